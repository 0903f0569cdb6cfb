//! The policy: one file that says who comes first and what people at a desk go by.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::cli::{self, NOW, posts, stderr, stdout, tiny, tiny_dir};
use crate::desk::{Desk, day};
use crate::records::queue;

/// Grief goes to care before all else, whatever asks for a form to the office; a shorter lease; more minutes for questions.
const CARE: &str = r#"
[head-start]
advice-seeking = 2000

[desk]
lease = "10m"

[[desk.route]]
name = "bereavement"
team = "care"
labels = ["grief"]

[[desk.route]]
name = "forms"
team = "office"
labels = ["advice"]
words = ["form"]
"#;

/// A policy in a folder of its own.
struct Policy {
    dir: tempfile::TempDir,
}

impl Policy {
    fn new(toml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("care.toml"), toml).unwrap();
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("care.toml")
    }

    /// `hearken policy …` in its folder.
    fn run(&self, args: &[&str]) -> Command {
        let mut command = cli::hearken();
        command.current_dir(self.dir.path()).arg("policy").args(args).env("COLUMNS", "100");
        command
    }

    /// The same for a desk.
    fn at(&self, desk: &Desk, args: &[&str]) -> Command {
        let mut command = self.run(args);
        command.env("HEARKEN_DESK", desk.path()).env("HEARKEN_NOW", NOW).env("HEARKEN_AS", "ann");
        command
    }
}

/// What was printed, said and returned, without digests.
fn told(command: &mut Command) -> String {
    let done = command.assert();
    let said: String = stderr(&done).lines().map(|line| format!("! {line}\n")).collect();
    format!("{}{said}(exit status {})\n", stdout(&done), done.get_output().status.code().unwrap())
}

/// Both ways of printing, without what changes with the model or the letters of a file.
fn assert_both(name: &str, mut command: impl FnMut() -> Command) {
    let filters = vec![(r"tiny@[0-9a-f]{12}", "tiny@[digest]"), (r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "[digest]")];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(name, told(&mut command()) + "\n" + &told(command().arg("--json")));
    });
}

#[test]
fn the_policy_with_all_defaults_is_in_order_and_describes_itself() {
    let defaults = stdout(&cli::hearken().args(["policy", "init"]).assert().success()).to_owned();
    let policy = Policy::new(&defaults);
    policy.run(&["check", "care.toml"]).assert().success().stdout("care.toml: nothing is wrong or odd.\n");
    policy.run(&["test", "care.toml"]).assert().success().stdout(contains("holds no examples"));
    let schema: Value = serde_json::from_str(stdout(&policy.run(&["schema"]).assert().success())).unwrap();
    for key in ["head-start", "thresholds", "desk", "example"] {
        assert!(
            schema["properties"][key]["description"].is_string() || schema["properties"][key]["$ref"].is_string(),
            "{key}"
        );
    }
    // A run by it is a run without it, to the digest of the judge.
    let run = |command: &mut Command| queue(&command.write_stdin(posts(&["grief"])).assert().success()).remove(0);
    let with = run(tiny().arg("--policy").arg(policy.path()));
    assert_eq!(with, run(&mut tiny()));
}

#[test]
fn what_is_odd_in_a_policy_is_told_and_what_is_wrong_is_1() {
    let odd = Policy::new(
        r#"
[head-start]
urgency = [1, 1, 1]
grief = -5
promotion = 10
queue-from = 500
respond-within = ["1h", "2h", "30m"]

[thresholds]
set = "no such"
frustration = 0
promotion = 1

[desk]
sample-per-day = 0

[desk.contact]
times = 0
within = "7d"
quiet = "1h"

[desk.grief-contact]
times = 2
within = "1d"
quiet = "1d"

[[desk.route]]
name = "all"
team = "everyone"

[[desk.route]]
name = "never asked"
team = "nobody"
languages = ["english"]
urgency-from = 4

[[example]]
name = "nothing"
expect = { before = "no such", route = "no such" }
"#,
    );
    assert_both("what_is_odd", || odd.run(&["check", "care.toml"]));
    let wrong = Policy::new("[head-start]\ngrief = 240\n\n[desk]\nlaese = \"30m\"\n");
    assert_both("what_is_wrong", || wrong.run(&["check", "care.toml"]));
    for (toml, said) in [
        ("[head-start]\ngrief = 1e9", "grief is 1000000000 minutes"),
        ("[head-start]\ngrief = nan", "grief is NaN minutes"),
        ("[thresholds]\ngrief = 2", "the threshold of grief is 2"),
        ("[desk]\nlease = \"0s\"", "lease is nothing"),
        ("[[desk.route]]\nname = \"a\"\nteam = \"\"", "route 1: its name and its team"),
    ] {
        let wrong = Policy::new(toml);
        wrong.run(&["check", "care.toml"]).assert().code(1).stdout(contains(said)).stderr("");
        tiny()
            .arg("--policy")
            .arg(wrong.path())
            .write_stdin("")
            .assert()
            .code(2)
            .stderr(contains("care.toml").and(contains(said)));
    }
    wrong.run(&["check", "no-such.toml"]).assert().code(2).stderr(contains("no-such.toml: No such file"));
}

#[test]
fn examples_are_tried_by_the_model_or_as_they_say() {
    let examples = r#"
[[example]]
name = "a death"
text = "grief grief urgent urgent"
expect = { team = "care", labels = ["grief"], before = "a form", rank = 1 }

[[example]]
name = "a form"
text = "seeking seeking: which form is it?"
expect = { disposition = "queued", route = "forms", rank = 2 }

[[example]]
name = "a parcel"
labels = ["frustration"]
urgency = 0.8
expect = { team = "" }
"#;
    let tiny = tiny_dir();
    let args = ["test", "care.toml", "--model", tiny.to_str().unwrap()];
    let right = Policy::new(&format!("{CARE}{examples}"));
    assert_both("examples_that_hold", || right.run(&args));
    let wrong = Policy::new(&format!(
        "{CARE}{}",
        examples.replace("rank = 1", "rank = 3").replace("\"forms\"", "\"bereavement\"")
    ));
    assert_both("examples_that_fail", || wrong.run(&args));
}

#[test]
fn a_run_puts_its_policy_on_the_desk_and_a_run_without_one_goes_by_that() {
    let (desk, policy) = (Desk::none(), Policy::new(CARE));
    let run = |policy: Option<&Path>, lines: &str| {
        let mut run = tiny();
        run.arg("--desk").arg(desk.path()).env("HEARKEN_AS", "ann");
        if let Some(path) = policy {
            run.arg("--policy").arg(path);
        }
        run.write_stdin(lines).assert().success();
    };
    run(Some(&policy.path()), &day());
    let ticket = |id: &str| desk.json("ann", "22:05", &["show", id, "--reveal"]).remove(0);
    let told = |ticket: &Value| format!("{} {}", ticket["team"], ticket["route"]);
    assert_eq!(told(&ticket("T1")), r#""care" "bereavement""#);
    assert_eq!(told(&ticket("T2")), r#""office" "forms""#);
    assert_eq!(told(&ticket("T3")), "null null");
    desk.by("ann", "22:05", &["show", "T1"])
        .assert()
        .stdout(contains("team care, by route bereavement").and(contains("a post came: route bereavement")));
    // Everyone at the desk goes by it: a claim lasts ten minutes.
    desk.by("ben", "22:06", &["claim", "T2"]).assert().success().stdout(contains("ben has it for 10 min"));
    // And so does the next run, whose records name the same judge.
    run(None, &day().replace("tomasz", "tamara").replace("\"a1\"", "\"a9\""));
    let judge = |id: &str| ticket(id)["posts"][0]["annotation"]["model"].clone();
    assert_eq!((told(&ticket("T5")), judge("T5")), (told(&ticket("T2")), judge("T2")));
    run(Some(&Policy::new("").path()), "");
    desk.take_in(&day().replace("tomasz", "tessa").replace("\"a1\"", "\"a10\""));
    assert_eq!(told(&ticket("T6")), "null null");
    assert_ne!(judge("T6"), judge("T2"), "a policy shows in every record");
}

#[test]
fn what_a_desk_goes_by_is_shown_with_all_that_went_before() {
    let (desk, policy) = (Desk::with(&day()), Policy::new("[desk]\nlease = \"10m\" # short\n"));
    policy
        .at(&desk, &["show"])
        .assert()
        .success()
        .stdout(contains("no policy was applied to this desk").and(contains("lease = \"30m\"")));
    assert_both("a_policy_is_applied", || policy.at(&desk, &["apply", "care.toml"]));
    assert_both("the_policy_in_force", || policy.at(&desk, &["show"]));
    fs::write(policy.path(), "[desk]\nlease = \"20m\"\n").unwrap();
    let mut later = policy.at(&desk, &["apply", "care.toml"]);
    later.args(["--as", "ben", "--now", "2026-11-21T08:00:00Z"]).assert().success();
    assert_both("policies_of_the_past", || policy.at(&desk, &["show", "--history"]));
    // One that makes no sense changes nothing.
    fs::write(policy.path(), "[desk]\nlease = \"0s\"\n").unwrap();
    policy.at(&desk, &["apply", "care.toml"]).assert().code(2).stderr(contains("lease is nothing"));
    policy.at(&desk, &["show"]).assert().stdout(contains("20m"));
    policy.run(&["apply", "care.toml", "--desk", "no-such.db"]).assert().code(2);
}

#[test]
fn a_backtest_says_who_would_move_and_why() {
    let desk = Desk::with(&day());
    let tiny = tiny_dir();
    let args = ["backtest", "care.toml", "--since", "2d", "--model", tiny.to_str().unwrap()];
    let minutes = "advice-seeking = 5000\npromotion = 0\nqueue-from = 0";
    let policy = Policy::new(&(CARE.replace("advice-seeking = 2000", minutes) + "[thresholds]\npromotion = 1\n"));
    assert_both("a_backtest", || policy.at(&desk, &args));
    // The policy by which it all was judged moves nobody, to the tenth of a minute.
    let same = Policy::new("");
    let done = same.at(&desk, &args).arg("--json").assert().success();
    let all: Vec<Value> = stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((all.len(), &all[0]["stay"], &all[0]["posts"]), (1, &5.into(), &6.into()), "{all:?}");
    // Thresholds decide who is held back, and who is queued though there are few minutes.
    let strict = Policy::new("[thresholds]\ngrief = 1\npromotion = 1\n[head-start]\nqueue-from = 2000\n");
    let done = strict.at(&desk, &args).arg("--json").assert().success();
    let summary: Value = serde_json::from_str(stdout(&done).lines().next().unwrap()).unwrap();
    assert_eq!((&summary["lose"]["grief"], &summary["lose"]["promotion"]), (&1.into(), &1.into()), "{summary}");
    assert_eq!(summary["leave"], 2, "{summary}");
    // Nothing is changed by it, and nothing is told of earlier posts.
    let later = ["backtest", "care.toml", "--since", "2026-11-20T21:00:00Z"];
    policy.at(&desk, &later).assert().success().stdout(contains("0 posts since Nov 20 21:00 in 0 cases"));
    policy.at(&desk, &["show", "--history"]).assert().success().stdout("");
    policy
        .at(&desk, &["backtest", "care.toml", "--since", "soon"])
        .assert()
        .code(2)
        .stderr(contains("no span of time"));
}

#[test]
fn the_backtest_of_a_run_says_what_that_run_would_have_made() {
    // What another policy would make is what a run by it makes.
    let lines = posts(&[
        "grief grief urgent urgent",
        "seeking seeking angry angry",
        "seeking seeking",
        "angry angry angry",
        "urgent urgent",
    ]);
    let (desk, policy) = (Desk::with(&lines), Policy::new(CARE));
    let tiny = tiny_dir();
    let args = ["backtest", "care.toml", "--since", "2d", "--top", "99", "--json", "--model", tiny.to_str().unwrap()];
    let done = policy.at(&desk, &args).assert().success();
    let foretold: Vec<Value> = stdout(&done).lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(foretold.len() > 2, "{foretold:?}");
    let made = queue(&cli::tiny().arg("--policy").arg(policy.path()).write_stdin(lines).assert().success());
    for change in &foretold {
        let post = made.iter().find(|post| post.annotated.id == change["posts"][0]).unwrap();
        assert_eq!(change["after"]["place"], post.rank.unwrap(), "{change}");
        assert_eq!(change["after"]["priority"], post.annotated.priority, "{change}");
    }
}
