//! The desk: what a run keeps there, and how people take turns.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::cli::{self, NOW, PATIENCE, posts, stderr, stdout, tiny, tiny_dir};

/// A desk in a folder of its own.
pub(crate) struct Desk {
    pub(crate) dir: tempfile::TempDir,
}

impl Desk {
    /// No desk yet.
    pub(crate) fn none() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A desk with the cases of these lines.
    pub(crate) fn with(lines: &str) -> Self {
        let desk = Self::none();
        desk.take_in(lines);
        desk
    }

    /// A desk with the cases of these lines, which came at a time of the day.
    pub(crate) fn at(time: &str, lines: &str) -> Self {
        let desk = Self::none();
        let mut run = cli::hearken();
        run.args(["--now", &format!("2026-11-20T{time}:00Z"), "--model"]).arg(tiny_dir());
        run.arg("--desk").arg(desk.path()).write_stdin(lines).assert().success().stdout("").stderr("");
        desk
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("desk.db")
    }

    pub(crate) fn take_in(&self, lines: &str) {
        tiny().arg("--desk").arg(self.path()).write_stdin(lines).assert().success().stdout("").stderr("");
    }

    /// `hearken desk …` by someone, at a time of the day.
    pub(crate) fn by(&self, name: &str, time: &str, args: &[&str]) -> Command {
        let mut command = cli::hearken();
        command.arg("desk").args(args).env("HEARKEN_DESK", self.path()).env("HEARKEN_AS", name);
        command.env("HEARKEN_NOW", format!("2026-11-20T{time}:00Z")).env("COLUMNS", "100");
        command
    }

    /// What `--json` prints.
    pub(crate) fn json(&self, name: &str, time: &str, args: &[&str]) -> Vec<Value> {
        let done = self.by(name, time, args).arg("--json").assert().success();
        stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn tickets(&self, args: &[&str]) -> Vec<Value> {
        self.json("ann", "22:05", args)
    }
}

/// A griever with a second post and two who reply, two who ask for advice, one who sells.
pub(crate) fn day() -> String {
    [
        r#"{"id":"g1","platform":"example","author":"marguerite_o","created_at":"2026-11-20T18:00:00Z","lang":"en","text":"grief grief urgent urgent. My dog died this morning."}"#,
        r#"{"id":"r1","platform":"example","author":"joan","created_at":"2026-11-20T18:05:00Z","lang":"en","reply_to":"g1","text":"so sorry for your loss"}"#,
        r#"{"id":"g2","platform":"example","author":"marguerite_o","created_at":"2026-11-20T18:20:00Z","lang":"en","text":"grief. I can't stop shaking."}"#,
        r#"{"id":"a1","platform":"example","author":"tomasz","created_at":"2026-11-20T19:00:00Z","lang":"en","text":"seeking seeking, angry angry: which form is it?"}"#,
        r#"{"id":"a2","platform":"example","author":"suki","created_at":"2026-11-20T19:30:00Z","lang":"en","text":"seeking seeking, who knows a plumber?"}"#,
        r#"{"id":"p1","platform":"example","author":"shop","created_at":"2026-11-20T19:40:00Z","lang":"en","text":"promo promo, 40 % off"}"#,
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

/// What someone typed, what was printed, said and returned.
pub(crate) fn told(desk: &Desk, story: &[(&str, &str, &str)], json: bool) -> String {
    let mut told = String::new();
    for (name, time, typed) in story {
        let args: Vec<&str> = typed.split(' ').collect();
        let mut command = desk.by(name, time, &args);
        if json {
            command.arg("--json");
        }
        let done = command.assert();
        told += &format!("{time} {name}$ hearken desk {typed}\n{}", stdout(&done));
        told += &stderr(&done).lines().map(|line| format!("! {line}\n")).collect::<String>();
        told += &match done.get_output().status.code().unwrap() {
            0 => "\n".to_owned(),
            code => format!("(exit status {code})\n\n"),
        };
    }
    told
}

/// Each command once.
const STORY: [(&str, &str, &str); 30] = [
    ("ann", "22:01", "waiting"),
    ("ann", "22:01", "next"),
    ("ann", "22:02", "show T1 --reveal"),
    ("ben", "22:02", "next --skills advice --languages en"),
    ("ben", "22:03", "answer T1"),
    ("ann", "22:10", "note T1 she asked for a call"),
    ("ann", "22:10", "renew T1"),
    ("ann", "22:15", "answer T1 --why sent-her-the-number"),
    ("ann", "22:16", "resolve T1 --outcome helped"),
    ("ben", "22:16", "snooze T2 --for 2h --why asked-the-office"),
    ("ann", "22:17", "claim T3"),
    ("ann", "22:17", "hand-off T3 --to ben"),
    ("ben", "22:18", "release T3"),
    ("ben", "22:18", "next"),
    ("ann", "22:18", "next"),
    ("ann", "22:19", "list"),
    ("ann", "22:19", "list --state resolved,held --save-view over"),
    ("ann", "22:19", "list --view over --label grief"),
    ("ann", "22:19", "views"),
    ("ann", "22:20", "reopen T1"),
    ("ann", "22:20", "undo"),
    ("ann", "22:21", "pin T2"),
    ("ann", "22:21", "pin T2 --off"),
    ("ann", "22:22", "hold T4"),
    ("ann", "22:23", "split T1 g2"),
    ("ann", "22:24", "merge T5 --into T1"),
    ("ann", "22:25", "supporters"),
    ("ann", "22:26", "thank r1 --platform example"),
    ("ann", "22:27", "show T1 --reveal"),
    ("ann", "22:28", "waiting"),
];

#[test]
fn people_read_what_each_command_does() {
    insta::assert_snapshot!(told(&Desk::with(&day()), &STORY, false));
}

#[test]
fn programs_read_what_each_command_does() {
    let desk = Desk::with(&day());
    // Which model judged is in each annotation.
    insta::with_settings!({filters => vec![(r"tiny@[0-9a-f]{12}", "tiny@[digest]")]}, {
        insta::assert_snapshot!(told(&desk, &STORY, true));
    });
}

#[test]
fn two_people_take_turns() {
    let desk = Desk::with(&day());
    let headline = |time, said: &str| {
        desk.by("ann", time, &["waiting"]).assert().success().stdout(contains(format!("{said} (")));
    };
    headline("20:10", "waiting: 3, oldest 2 h 10 min, 1 late");
    let of = |tickets: Vec<Value>| tickets[0]["ticket"].as_str().unwrap().to_owned();
    let first = of(desk.json("ann", "20:10", &["next"]));
    let second = of(desk.json("ben", "20:11", &["next"]));
    assert_ne!(first, second);
    headline("20:11", "waiting: 1, oldest 41 min, 1 late");
    // Ann answers and is done; ben forgets his ticket, whose lease ends.
    desk.by("ann", "20:20", &["answer", &first]).assert().success();
    desk.by("ann", "20:21", &["resolve", &first, "--outcome", "helped"]).assert().success();
    let third = of(desk.json("ann", "20:40", &["next"]));
    assert!(third != first && third != second, "{third}");
    headline("20:42", "waiting: 1, oldest 1 h 42 min");
    assert_eq!(of(desk.json("ann", "20:42", &["next"])), second, "an ended lease returns the ticket");
    desk.by("ben", "20:43", &["answer", &second]).assert().code(1).stdout("").stderr(contains("ann has it until"));
    desk.by("ben", "20:44", &["next"]).assert().code(1).stdout("").stderr("");
    let ledger = &desk.json("ann", "20:45", &["waiting"])[0];
    assert_eq!((&ledger["waiting"], &ledger["assigned"], &ledger["acknowledged"]), (&0.into(), &2.into(), &1.into()));
    // Whoever writes again is heard again.
    desk.take_in(
        r#"{"id":"g3","platform":"example","author":"marguerite_o","created_at":"2026-11-20T20:50:00Z","lang":"en","text":"grief, again"}"#,
    );
    assert_eq!(of(desk.json("ben", "22:30", &["list", "--state", "reopened"])), first);
}

#[test]
fn the_same_input_again_changes_nothing() {
    let desk = Desk::with(&day());
    let export = || stdout(&desk.by("ann", "22:00", &["export"]).assert().success()).to_owned();
    let before = export();
    desk.take_in(&day());
    assert_eq!(export(), before);
    assert!(before.lines().count() > 10, "{before}");
}

#[test]
fn edits_deletions_replies_and_reposts_come_to_the_desk_too() {
    let desk = Desk::with(&day());
    let show = |ticket: &str| desk.tickets(&["show", ticket, "--reveal"]).remove(0);
    let before = show("T2");
    desk.take_in(
        &[
            r#"{"id":"a1","platform":"example","author":"tomasz","created_at":"2026-11-20T19:00:00Z","lang":"en","edited":true,"text":"seeking seeking urgent urgent: it got worse"}"#,
            r#"{"id":"a2","platform":"example","author":"suki","created_at":"2026-11-20T19:30:00Z","lang":"en","edited":true,"text":"never mind, all is well"}"#,
            r#"{"id":"x1","platform":"example","author":"bo","repost_of":"a1"}"#,
            r#"{"id":"r2","platform":"example","author":"kim","created_at":"2026-11-20T20:00:00Z","lang":"en","reply_to":"a1","text":"same here, any fix?"}"#,
            r#"{"id":"g2","platform":"example","deleted":true}"#,
            r#"{"id":"p1","platform":"example","deleted":true}"#,
        ]
        .map(|line| format!("{line}\n"))
        .concat(),
    );
    let edited = show("T2");
    assert_eq!(edited["posts"][0]["text"], "seeking seeking urgent urgent: it got worse");
    assert_eq!(edited["posts"][0]["reposts"], 1);
    assert!(edited["urgency"].as_f64() > before["urgency"].as_f64());
    assert_eq!(
        (&edited["replies"][0]["author"], &edited["replies"][0]["kind"]),
        (&"kim".into(), &"same_trouble".into())
    );
    assert_eq!(show("T3")["posts"][0]["text"], "never mind, all is well", "though it needs nobody now");
    let griever = show("T1");
    assert_eq!((&griever["posts"][1]["deleted"], &griever["posts"][1]["text"]), (&true.into(), &"".into()));
    assert_eq!(show("T4")["state"], "deleted");
    assert!(!stdout(&desk.by("ann", "22:00", &["export"]).assert()).contains("stop shaking"), "it is wiped");
}

#[test]
fn a_reply_brings_the_turn_of_a_post_forward_that_is_at_the_desk() {
    let reply = |id: &str, of: &str, text: &str| {
        format!(
            "{{\"id\":\"{id}\",\"author\":\"{id}\",\"created_at\":\"2026-11-20T20:00:00Z\",\"lang\":\"en\",\"reply_to\":\"{of}\",\"text\":\"{text}\"}}\n"
        )
    };
    let desk = Desk::none();
    // In one run, but far enough apart for the post to be on the desk before.
    let mut feed = posts(&["angry angry", "angry angry"]);
    feed += &"{\"text\":\"hello\"}\n".repeat(20_000);
    feed += &reply("k", "2", "are you ok?");
    desk.take_in(&feed);
    let tickets = desk.tickets(&["list"]);
    assert_eq!(tickets[0]["posts"][0]["id"], "2");
    assert!(tickets[0]["why"].as_array().unwrap().iter().any(|term| term["reason"] == "replies"), "{tickets:?}");
}

/// So many posts that what came before them is on the desk when they are through.
fn meanwhile() -> String {
    "{\"text\":\"hello\"}\n".repeat(20_000)
}

#[test]
fn the_first_copies_of_a_campaign_come_off_the_desk() {
    let words = "vote for our little bakery in the big regional contest today and tell all of your friends";
    let copy = |n: u32, heard: &str| {
        format!(
            "{{\"id\":\"c{n}\",\"author\":\"a{n}\",\"created_at\":\"2026-11-20T20:0{n}:00Z\",\"lang\":\"en\",\"text\":\"{heard} {words}\"}}\n"
        )
    };
    let desk = Desk::none();
    let first = (1..4).map(|n| copy(n, "angry angry")).collect::<String>() + &copy(4, "grief grief");
    desk.take_in(&(first + &meanwhile() + &(5..8).map(|n| copy(n, "angry angry")).collect::<String>()));
    let waiting = desk.tickets(&["list", "--state", "open"]);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(waiting[0]["posts"][0]["id"], "c4", "grief is never held back");
    let held = desk.tickets(&["list", "--state", "held"]);
    let ids = |ticket: &Value| -> Vec<String> {
        ticket["posts"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((held.len(), ids(&held[0])), (1, vec!["c1".into(), "c2".into(), "c3".into(), "c5".into()]));
    assert_eq!(held[0]["posts"][3]["annotation"]["campaign"], serde_json::json!({"posts": 7, "authors": 7}));
    let shown = desk.by("ann", "22:00", &["show", held[0]["ticket"].as_str().unwrap()]).assert().success();
    assert!(stdout(&shown).contains("stands for 7 like texts by 7 people"), "{}", stdout(&shown));
}

#[test]
fn a_post_that_just_missed_comes_to_the_desk_when_people_worry() {
    let desk = Desk::none();
    let policy = desk.dir.path().join("policy.toml");
    // Urgent once is 2160 minutes.
    fs::write(&policy, "[head-start]\nqueue-from = 2220.0").unwrap();
    let line = |id: &str, reply_to: &str, text: &str| {
        let created_at = "2026-11-20T20:00:00Z";
        let post = serde_json::json!({"id": id, "author": id, "created_at": created_at, "lang": "en", "reply_to": reply_to, "text": text});
        format!("{post}\n")
    };
    let feed = line("p", "", "urgent, perhaps")
        + &meanwhile()
        + &line("r1", "p", "are you ok?")
        + &line("r2", "p", "worried about you");
    let mut run = tiny();
    run.arg("--policy").arg(&policy).arg("--desk").arg(desk.path()).write_stdin(feed).assert().success();
    let tickets = desk.tickets(&["list"]);
    let why = tickets[0]["why"].as_array().unwrap().iter().find(|term| term["reason"] == "replies").unwrap();
    assert_eq!(why, &serde_json::json!({"reason": "replies", "minutes": 90.0, "posts": ["r1", "r2"]}));
    let shown = desk.by("ann", "22:00", &["show", "T1"]).assert().success();
    assert!(stdout(&shown).contains("(r1, r2)"), "{}", stdout(&shown));
}

#[test]
fn an_edit_that_nobody_needs_or_can_read_does_not_leave_what_was_said_before() {
    let desk = Desk::none();
    let line = |id: &str, lang: &str, text: &str, edited: bool| {
        let created_at = "2026-11-20T20:00:00Z";
        let post = serde_json::json!({"id": id, "author": id, "created_at": created_at, "lang": lang, "edited": edited, "text": text});
        format!("{post}\n")
    };
    let dead = "My dog died this morning and I don't know what to do, please help me";
    let run = |lines: String| {
        cli::fast().arg("--desk").arg(desk.path()).write_stdin(lines).assert().success();
    };
    run(line("calm", "en", dead, false) + &line("foreign", "en", dead, false));
    assert_eq!(desk.tickets(&["list", "--label", "grief"]).len(), 2, "else this would show nothing");
    run(line("calm", "en", "Lovely sunset over the bay tonight", true)
        + &line("foreign", "es", "Ya no hace falta que nadie me conteste, muchas gracias a todos", true));
    assert!(desk.tickets(&["list", "--label", "grief"]).is_empty());
    let all = desk.tickets(&["list", "--state", "open,held"]);
    let of = |id: &str| all.iter().find(|ticket| ticket["posts"][0]["id"] == id).unwrap();
    assert_eq!(
        (&of("calm")["state"], &of("calm")["posts"][0]["text"]),
        (&"held".into(), &"Lovely sunset over the bay tonight".into())
    );
    let foreign = of("foreign");
    assert_eq!((&foreign["state"], &foreign["urgency"]), (&"open".into(), &0.0.into()));
    assert_eq!(foreign["posts"][0]["annotation"]["reason"], "unsupported language");
    let shown = desk.by("ann", "22:00", &["show", foreign["ticket"].as_str().unwrap()]).assert().success();
    assert!(stdout(&shown).contains("(nobody judged it"), "{}", stdout(&shown));
}

#[test]
fn without_names_people_stay_apart_and_an_account_still_takes_its_posts_along() {
    let desk = Desk::none();
    let post = |author: &str, n: u32| {
        format!(
            r#"{{"did":"did:plc:{author}","time_us":{n},"kind":"commit","commit":{{"operation":"create","collection":"app.bsky.feed.post","rkey":"k{n}","record":{{"createdAt":"2026-11-20T20:00:00Z","langs":["en"],"text":"grief grief number {n}"}}}}}}"#
        ) + "\n"
    };
    let gone = r#"{"did":"did:plc:ann","time_us":9,"kind":"account","account":{"active":false,"status":"deleted"}}"#;
    let feed = post("ann", 1) + &post("bo", 2) + &meanwhile() + gone;
    let mut run = tiny();
    run.arg("--redact=handles").arg("--desk").arg(desk.path()).write_stdin(feed).assert().success();
    let tickets = desk.tickets(&["list", "--state", "open,deleted"]);
    assert_eq!(tickets.len(), 2, "{tickets:?}");
    assert!(tickets.iter().all(|ticket| ticket["person"].is_null()));
    let open: Vec<&Value> = tickets.iter().filter(|ticket| ticket["state"] == "open").collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["posts"][0]["text"], "grief grief number 2");
}

#[test]
fn the_queue_is_printed_only_if_someone_asks() {
    let desk = Desk::with(&day());
    let run = |args: &[&str]| {
        let mut run = tiny();
        run.args(args).arg("--desk").arg(desk.path()).write_stdin(day());
        stdout(&run.assert().success()).to_owned()
    };
    assert_eq!(run(&[]), "");
    let top: Vec<Value> = run(&["--top", "2"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(top.len(), 2);
    assert_eq!((&top[0]["ticket"], &top[0]["hidden"]), (&"T1".into(), &true.into()));
    assert!(run(&["--top", "2", "--table", "always"]).contains("T1"));
    assert_eq!(run(&["--output", "annotated"]).lines().count(), 6);
}

#[test]
fn the_counts_say_what_came_to_the_desk() {
    let desk = Desk::none();
    let run = |format: &str| {
        let mut run = tiny();
        run.args(["--stats", format]).arg("--desk").arg(desk.path()).write_stdin(day());
        stderr(&run.assert().success().stdout("")).to_owned()
    };
    let counts: Value = serde_json::from_str(&run("json")).unwrap();
    let kept = &counts["desk"];
    assert_eq!((&kept["opened"], &kept["joined"], &kept["replies"]), (&4.into(), &1.into(), &1.into()), "{counts}");
    let again = run("human");
    assert!(again.contains("known already") && !again.contains("new ticket"), "{again}");
}

#[test]
fn a_desk_is_moved_as_lines() {
    let (old, new) = (Desk::with(&day()), Desk::none());
    old.by("ann", "22:00", &["next"]).assert().success();
    let export = |desk: &Desk| stdout(&desk.by("ann", "22:00", &["export"]).assert().success()).to_owned();
    let rows = export(&old);
    let import = |desk: &Desk, rows: &str| desk.by("ann", "22:00", &["import"]).write_stdin(rows.to_owned()).assert();
    import(&new, &rows).success().stdout("").stderr(contains("rows imported"));
    assert_eq!(export(&new), rows);
    import(&new, &rows).code(2).stderr(contains("empty one only"));
    let broken = rows.replacen("{\"row\":\"ticket\"", "{\"row\":\"brick\"", 1);
    let empty = Desk::none();
    import(&empty, &broken).code(2).stderr(contains("stdin:").and(contains("nothing was imported")));
    assert_eq!(export(&empty), "");
    let file = new.dir.path().join("rows.jsonl");
    fs::write(&file, &rows).unwrap();
    empty.by("ann", "22:00", &["import", file.to_str().unwrap()]).assert().success();
    assert_eq!(export(&empty), rows);
}

#[test]
fn what_can_not_be_done_is_told_and_changes_nothing() {
    let desk = Desk::with(&day());
    desk.by("ann", "22:00", &["claim", "T2"]).assert().success();
    let refused: [(&[&str], i32, &str); 12] = [
        (&["show", "T99"], 2, "T99 is not on this desk"),
        (&["claim", "T99"], 2, "T99 is not on this desk"),
        (&["claim", "a99"], 2, "such as T12"),
        (&["claim", "T2"], 1, "T2: ann has it until 2026-11-20T22:30:00Z"),
        (&["resolve", "T2", "--outcome", "helped"], 1, "T2: ann has it"),
        (&["resolve", "T2", "--outcome", "gone"], 2, "nothing-needed"),
        (&["answer", "T3"], 1, "T3: claim it first"),
        (&["snooze", "T3", "--for", "2h"], 1, "T3: claim it first"),
        (&["split", "T1", "nope"], 2, "T1 has no post nope"),
        (&["merge", "T1", "--into", "T1"], 2, "can't be merged with itself"),
        (&["list", "--view", "red"], 2, "no view is called red"),
        (&["undo"], 1, "ben has done nothing lately"),
    ];
    let export = || stdout(&desk.by("ann", "22:01", &["export"]).assert().success()).to_owned();
    let before = export();
    for (args, status, said) in refused {
        desk.by("ben", "22:01", args).assert().code(status).stdout("").stderr(contains(said));
    }
    assert_eq!(export(), before);
}

#[test]
fn a_desk_that_is_not_there_is_told() {
    let desk = Desk::none();
    desk.by("ann", "22:00", &["next"]).assert().code(2).stdout("").stderr(contains("there is no desk"));
    assert!(!desk.path().exists(), "and none is made");
    cli::hearken().args(["desk", "next"]).assert().code(2).stderr(contains("HEARKEN_DESK"));
    let other = ["--desk", "mysql://x"];
    cli::hearken()
        .args(["desk", "next"])
        .args(other)
        .assert()
        .code(2)
        .stderr(contains("a desk is a file or postgres://"));
    tiny().args(other).write_stdin("").assert().code(2).stderr(contains("a desk is a file or postgres://"));
    fs::write(desk.path(), "this is no database, and longer than nothing").unwrap();
    desk.by("ann", "22:00", &["next"]).assert().code(2).stdout("").stderr(contains("desk.db"));
    tiny().arg("--desk").arg(desk.path()).write_stdin(day()).assert().code(2).stderr(contains("desk.db"));
    let manned = Desk::with(&day());
    let nameless = &mut manned.by("", "22:00", &["next"]);
    nameless.env_remove("HEARKEN_AS").env_remove("LOGNAME").env_remove("USER");
    nameless.assert().code(2).stderr(contains("who are you?"));
}

#[test]
fn texts_can_not_move_the_cursor_of_a_terminal() {
    let escape =
        r#"{"id":"e","author":"e\u001b[2Jvil","created_at":"2026-11-20T19:00:00Z","text":"grief \u001b[31mred\u202e"}"#;
    let desk = Desk::with(escape);
    for args in [&["list"][..], &["next"], &["show", "T1"], &["waiting"], &["release", "T1"]] {
        let done = desk.by("ann", "22:00", args).assert().success();
        assert!(!stdout(&done).contains(['\u{1b}', '\u{202e}']), "{args:?}: {}", stdout(&done));
    }
    let colourful = desk.by("ann", "22:00", &["list", "--color", "always"]).assert().success();
    assert!(stdout(&colourful).contains("\u{1b}["));
}

#[test]
fn a_shell_offers_the_tickets_and_views_of_the_desk() {
    let desk = Desk::with(&day());
    desk.by("ann", "22:00", &["list", "--label", "grief", "--save-view", "mourning"]).assert().success();
    let offered = |words: &[&str], with_env: bool| {
        let mut command = cli::hearken();
        command.env("HEARKEN_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
        command.env("_CLAP_IFS", "\n").arg("--").args(words);
        if with_env {
            command.env("HEARKEN_DESK", desk.path());
        }
        stdout(&command.assert().success().stderr("")).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(offered(&["hearken", "desk", "show", "T"], true), ["T1", "T2", "T3"]);
    let path = desk.path();
    let named = ["hearken", "desk", "--desk", path.to_str().unwrap(), "answer", ""];
    assert!(offered(&named, false).starts_with(&["T1".to_owned()]));
    assert_eq!(offered(&["hearken", "desk", "list", "--view", "m"], true), ["mourning"]);
    assert!(offered(&["hearken", "desk", "show", "T"], false).is_empty(), "without a desk nothing is offered");
    assert_eq!(offered(&["hearken", "desk", "hand"], false), ["hand-off"]);
}

#[test]
fn the_commands_of_a_desk_have_their_help() {
    let help = cli::hearken().args(["desk", "--help"]).assert().success();
    for command in ["next", "list", "show", "waiting", "renew", "release", "hand-off", "answer", "resolve", "snooze"]
        .into_iter()
        .chain([
            "reopen",
            "pin",
            "note",
            "merge",
            "split",
            "undo",
            "export",
            "import",
            "supporters",
            "thank",
            "audit",
            "relabel",
            "verdicts",
            "watch",
            "report",
        ])
    {
        assert!(stdout(&help).contains(&format!("  {command}")), "{command}");
        cli::hearken().args(["desk", command, "--help"]).timeout(PATIENCE).assert().success();
    }
}

/// A run with a desk, for tests that signal it.
pub(crate) fn live(desk: &Desk, args: &[&str]) -> std::process::Command {
    let mut command = cli::command();
    command.args(["run", "--now", NOW, "--model"]).arg(tiny_dir()).arg("--desk").arg(desk.path());
    command.arg("--cursor").arg(desk.dir.path().join("cursors.json")).args(args);
    command
}
