//! What is passed over is sampled, and people judge it: in a conversation on a terminal, or by commands that programs call.

use std::process::Stdio;

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{command, stderr, stdout, tiny};
use crate::desk::Desk;
use crate::pty::Terminal;

/// One that the queue hears, 30 that need nobody, one of them in words that a model may miss, and one who sells.
fn stream() -> String {
    let post = |id: &str, text: &str| {
        format!(
            "{{\"id\":\"{id}\",\"platform\":\"example\",\"author\":\"{id}\",\"created_at\":\"2026-11-20T18:00:00Z\",\"lang\":\"en\",\"text\":\"{text}\"}}\n"
        )
    };
    let mut lines = post("heard", "grief grief. My dog died this morning.");
    for number in 0..29 {
        lines += &post(&format!("n{number}"), &format!("what I had for lunch, part {number}"));
    }
    lines += &post("missed", "the house is so quiet since Tuesday");
    lines + &post("sells", "promo promo")
}

fn drawn(desk: &Desk) -> Vec<Value> {
    desk.json("ann", "22:00", &["audit", "--draw", "100"])
}

#[test]
fn what_is_passed_over_is_drawn_judged_and_summed_up() {
    let desk = Desk::with(&stream());
    let all = drawn(&desk);
    assert_eq!(all.len(), 31, "all that were passed over, and who sells");
    assert!(all.iter().all(|post| post["text"] != "" && post["annotation"]["model"] != Value::Null));
    let first: Vec<&Value> = all.iter().take(5).collect();
    assert_eq!(desk.json("ann", "22:00", &["audit", "--draw", "5"]).iter().collect::<Vec<_>>(), first);
    desk.by("ann", "22:00", &["audit", "--estimate"]).assert().success().stdout(
        "estimated grief recall unknown until more suppressed posts are judged: 1 heard, 0 missed among 0 judged of 31 passed over\n\
         estimated urgency recall unknown until more suppressed posts are judged: 0 heard, 0 missed among 0 judged of 31 passed over\n",
    );
    for post in &all {
        let name = post["post"].as_str().unwrap();
        let what = if name == "example/missed" { "--grief" } else { "--neither" };
        desk.by("ann", "22:01", &["audit", "--judge", name, what]).assert().success();
    }
    assert_eq!(drawn(&desk).len(), 0);
    desk.by("ann", "22:02", &["audit", "--estimate"]).assert().success().stdout(contains(
        "estimated grief recall 0.50 [0.50, 0.50]: 1 heard, 1 missed among 31 judged of 31 passed over\n",
    ));
    let sum = &desk.json("ann", "22:02", &["audit", "--estimate"])[0];
    assert_eq!((&sum["grief"]["missed"], &sum["urgency"]["judged"]), (&1.into(), &31.into()), "{sum}");
    let next = &desk.json("ben", "22:03", &["next"])[0];
    assert_eq!((&next["person"]["author"], &next["pinned"]), (&"missed".into(), &true.into()));
}

#[test]
fn a_verdict_says_what_came_of_it() {
    let desk = Desk::with(&stream());
    let judge = |args: &[&str]| {
        let mut judge = desk.by("ann", "22:01", &[&["audit", "--json", "--judge"], args].concat());
        stdout(&judge.assert().success()).trim_end().to_owned()
    };
    assert_eq!(
        judge(&["example/missed", "--grief", "--urgent"]),
        r#"{"post":"example/missed","grief":true,"urgent":true,"ticket":"T3"}"#
    );
    assert_eq!(
        judge(&["example/sells", "--urgent"]),
        r#"{"post":"example/sells","grief":false,"urgent":true,"ticket":"T2"}"#
    );
    assert_eq!(
        judge(&["example/n1", "--neither"]),
        r#"{"post":"example/n1","grief":false,"urgent":false,"ticket":null}"#
    );
    for (args, said) in [
        (&["audit", "--judge", "example/heard", "--grief"][..], "post heard is not in the sample"),
        (&["audit", "--judge", "example/n1"], "what is in it?"),
        (&["audit", "--judge", "example/n1", "--grief", "--neither"], "cannot be used with"),
        (&["audit", "--draw", "0"], "0 is not in 1..=1000"),
        (&["audit"], "asks on a terminal"),
        (&["audit", "--estimate", "--since", "2026-11-21T00:00:00Z"], "is after --until"),
    ] {
        let refused = desk.by("ann", "22:02", args).assert().code(2).stdout("");
        assert!(stderr(&refused).contains(said), "{args:?}: {}", stderr(&refused));
    }
}

#[test]
fn a_heavy_text_is_hidden_until_someone_asks() {
    let desk = Desk::none();
    let policy = desk.dir.path().join("policy.toml");
    std::fs::write(&policy, "[head-start]\nqueue-from = 500000").unwrap();
    let mut run = tiny();
    run.args(["--threshold", "grief=1", "--policy"]).arg(policy).arg("--desk").arg(desk.path());
    run.write_stdin(r#"{"id":"1","author":"a","created_at":"2026-11-20T18:00:00Z","text":"grief"}"#).assert().success();
    let draw = |args: &[&str]| {
        stdout(&desk.by("ann", "22:00", &[&["audit", "--draw", "9"], args].concat()).assert().success()).to_owned()
    };
    assert_eq!(draw(&[]), "@a · Nov 20 18:00 · /1\n  ▒▒▒▒▒▒ --reveal\n");
    assert_eq!(draw(&["--reveal"]), "@a · Nov 20 18:00 · /1\n  grief\n");
    let screen = conversation(&desk, "v\nn\n");
    assert!(screen.contains("this may be heavy; v shows it") && screen.contains("  grief\n"), "{screen}");
    assert!(screen.contains("0 missed among 1 judged of 1 passed over"), "{screen}");
}

#[test]
fn an_audit_is_a_conversation_on_a_terminal() {
    let desk = Desk::with(&stream());
    let mut keys = String::from("what?\n");
    for post in drawn(&desk).iter().take(29) {
        keys += if post["id"] == "missed" { "both\n" } else { "n\n" };
    }
    let screen = conversation(&desk, &(keys + "s\nq\n"));
    assert!(screen.contains("\n31 to judge, drawn at random"), "{screen}");
    assert!(screen.contains("1 of 31 · @"), "{screen}");
    assert!(screen.contains("31 of 31 · @"), "{screen}");
    let sum = &desk.json("ann", "22:05", &["audit", "--estimate"])[0]["grief"];
    assert_eq!(sum["judged"], 29, "one was skipped, and one left");
    assert!(screen.contains("judged of 31 passed over"), "{screen}");
    let again = conversation(&desk, "\x04");
    assert!(again.contains("2 to judge"), "who quits is asked about the rest next time: {again}");
}

/// An audit by someone who types these keys.
fn conversation(desk: &Desk, keys: &str) -> String {
    let terminal = Terminal::new(120);
    let mut audit = command();
    audit.args(["desk", "audit"]).env("HEARKEN_DESK", desk.path()).env("HEARKEN_AS", "ann");
    audit.env("HEARKEN_NOW", "2026-11-20T22:01:00Z").env("TERM", "xterm-256color");
    audit.stdin(terminal.stream()).stdout(terminal.stream()).stderr(Stdio::inherit());
    terminal.type_in(keys);
    let shown = terminal.run(audit);
    assert_eq!(shown.status, Some(0), "{}", shown.screen());
    shown.screen()
}
