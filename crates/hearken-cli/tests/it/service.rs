//! Service levels: who waits too long is told, and how long people waited is reported.

use std::fs;
use std::time::Duration;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::cli::{self, NOW, PATIENCE, stderr, stdout};
use crate::desk::{Desk, day, live};
use crate::live::{Live, wait_until};

/// What someone typed, what was printed, said and returned.
fn told(desk: &Desk, story: &[(&str, &str, &str)], json: bool) -> String {
    let mut told = String::new();
    for (name, time, typed) in story {
        let mut command = desk.by(name, time, &typed.split(' ').collect::<Vec<_>>());
        if json {
            command.arg("--json");
        }
        let done = command.assert();
        told += &format!("{time} {name}$ hearken desk {typed}\n{}{}\n", stdout(&done), stderr(&done));
    }
    told
}

/// A crisis at 20:00 and a question at 20:10, which both need someone by half past.
fn two() -> String {
    [
        r#"{"id":"c1","platform":"example","author":"rosa","created_at":"2026-11-20T20:00:00Z","lang":"en","text":"urgent urgent grief grief"}"#,
        r#"{"id":"c2","platform":"example","author":"ivo","created_at":"2026-11-20T20:12:00Z","lang":"en","text":"urgent urgent angry angry"}"#,
        r#"{"id":"q1","platform":"example","author":"kim","created_at":"2026-11-20T20:15:00Z","lang":"en","text":"seeking seeking"}"#,
    ]
    .map(|line| format!("{line}\n"))
    .concat()
}

const STORY: [(&str, &str, &str); 14] = [
    ("ann", "20:16", "watch"),
    ("ann", "20:21", "watch"),
    ("ann", "20:21", "watch"),
    ("ann", "20:21", "list --alarm warned"),
    ("ann", "20:35", "waiting"),
    ("ann", "20:35", "watch"),
    ("ann", "20:36", "next"),
    ("ann", "20:40", "answer T1"),
    ("ben", "20:50", "next"),
    ("ben", "20:51", "answer T2"),
    ("ben", "20:52", "resolve T2 --outcome helped"),
    ("ann", "21:00", "list --alarm breached"),
    ("ann", "21:00", "report --since 7d"),
    ("ann", "21:00", "report --since 2026-11-20T00:00:00Z --by week"),
];

#[test]
fn people_hear_of_those_who_wait_too_long() {
    insta::assert_snapshot!(told(&Desk::at("20:16", &two()), &STORY, false));
}

#[test]
fn programs_hear_of_those_who_wait_too_long() {
    insta::with_settings!({filters => vec![(r"tiny@[0-9a-f]{12}", "tiny@[digest]")]}, {
        insta::assert_snapshot!(told(&Desk::at("20:16", &two()), &STORY, true));
    });
}

#[test]
fn who_stays_hears_what_others_find_too() {
    let desk = Desk::with("");
    let mut command = cli::command();
    command.args(["desk", "watch", "--every", "100ms", "--json"]).env("HEARKEN_DESK", desk.path());
    let watch = Live::start(command.env("HEARKEN_NOW", NOW));
    let next = || -> Value { serde_json::from_str(&watch.line()).unwrap() };
    std::thread::sleep(Duration::from_millis(300));
    desk.take_in(&day());
    let first = next();
    let said = (&first["ticket"], &first["alarm"], &first["state"]);
    assert_eq!(said, (&"T1".into(), &"breached".into(), &"open".into()));
    assert!(first["why"].as_str().unwrap().starts_with("crisis, due 2026-11-20T18:30:00"), "{first}");
    assert!(!first.to_string().contains("dog"), "no word of a post");
    // Of whoever is quicker to notice, once.
    desk.take_in(&two());
    desk.by("ann", "22:00", &["next"]).assert().success();
    let others = [next(), next()].map(|alarm| alarm["ticket"].as_str().unwrap().to_owned());
    assert_eq!(others, ["T5", "T6"]);
}

#[test]
fn a_run_looks_who_waits_while_no_news_comes() {
    let desk = Desk::none();
    let mut run = Live::start(&mut live(&desk, &[]));
    run.say(&day());
    wait_until(PATIENCE, || {
        let export = desk.path().exists().then(|| desk.by("ann", "22:00", &["export"]).output().unwrap())?;
        String::from_utf8(export.stdout).unwrap().contains(r#""deed":"breached""#).then_some(())
    });
    assert!(run.close().status.success());
    let breached = desk.json("ann", "22:00", &["list", "--alarm", "breached"]);
    assert_eq!((breached.len(), &breached[0]["ticket"]), (1, &"T1".into()));
    assert!(breached[0]["why"].as_array().unwrap().iter().any(|term| term["reason"] == "breach"), "{breached:?}");
}

/// Everyone within two hours of the office, which is open on Fridays until half past nine in the evening, in Berlin.
const OFFICE: &str = r#"
[[desk.service.target]]
name = "everyone"
first-human = "2h"
resolution = "1d"
warn-before = "30m"
hours = "office"

[desk.service.calendar.office]
time-zone = "Europe/Berlin"
monday = ["09:00-17:00"]
friday = ["09:00-12:00", "13:00-21:30"]
"#;

#[test]
fn a_policy_says_within_what_hours() {
    let desk = Desk::at("20:16", &two());
    let policy = desk.dir.path().join("care.toml");
    fs::write(&policy, OFFICE).unwrap();
    cli::hearken().args(["policy", "check"]).arg(&policy).assert().success();
    let mut apply = cli::hearken();
    apply.args(["policy", "apply"]).arg(&policy).arg("--desk").arg(desk.path());
    apply.env("HEARKEN_AS", "ann").assert().success();
    // They wrote a quarter of an hour before the end of the day there; the rest is on Monday.
    let shown = desk.by("ann", "20:17", &["show", "T3"]).assert().success();
    let promised = "by Nov 23 09:45: everyone, a human within 2 h of office (Europe/Berlin)";
    assert!(stdout(&shown).contains(promised), "{}", stdout(&shown));
    let first = &desk.json("ann", "20:17", &["list"])[0]["service"];
    assert_eq!((&first["hours"], &first["time_zone"]), (&"office".into(), &"Europe/Berlin".into()));
    let noon = |args: &[&str]| {
        let mut command = desk.by("ann", "00:00", args);
        command.env("HEARKEN_NOW", "2026-11-23T12:00:00Z");
        command
    };
    let answered = noon(&["next"]).assert().success();
    assert!(stdout(&answered).starts_with("T1"), "{}", stdout(&answered));
    noon(&["answer", "T1"]).assert().success();
    insta::assert_snapshot!(stdout(&noon(&["report", "--since", "7d"]).assert().success()));
    let csv = noon(&["report", "--since", "7d", "--csv"]).assert().success();
    let all: Vec<Vec<&str>> = stdout(&csv).lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        (all.len(), all[0].len(), &all[0][..2], &all[1][..2]),
        (5, 21, &["group", "cases"][..], &["all", "3"][..])
    );
    assert!(all.iter().all(|row| row.len() == 21));
    noon(&["report", "--csv", "--json"]).assert().code(2);
    fs::write(&policy, OFFICE.replace("\"office\"", "\"night\"")).unwrap();
    let said = "service: target everyone: no calendar is called night";
    cli::hearken().args(["policy", "check"]).arg(&policy).assert().code(1).stdout(contains(said));
}

#[test]
fn times_and_spans_that_are_none_are_told() {
    let desk = Desk::with(&day());
    for (args, said) in [
        (["report", "--since", "yesterday"], "or 7d for so long ago"),
        (["report", "--since", "0d"], "or 7d for so long ago"),
        (["report", "--by", "mood"], "label, urgency, team, week"),
        (["watch", "--every", "0s"], "a span of time is written 30s, 2h or 7d"),
        (["list", "--alarm", "red"], "warned, breached"),
    ] {
        desk.by("ann", "22:00", &args)
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(said).and(contains("tip").or(contains("help"))));
    }
    let just_come = desk.by("ann", "22:00", &["report"]).assert().success();
    assert!(stdout(&just_come).starts_with("3 cases from Oct 23 22:00 to Nov 20 22:00"), "{}", stdout(&just_come));
    let empty = desk.by("ann", "22:00", &["report", "--until", "1d"]).assert().success();
    assert_eq!(stdout(&empty), "0 cases from Oct 23 22:00 to Nov 19 22:00, by label\n");
}
