//! Thresholds that people's verdicts speak for: proposed with what they would bring, and written only where someone asks.

use std::fs;

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{self, stderr, stdout};
use crate::desk::Desk;

/// Posts with grief once and twice: the model hears it in all of them, and people in those that say it twice.
fn desk(each: usize) -> Desk {
    let post = |id: &str, text: &str| {
        format!(
            "{{\"id\":\"{id}\",\"platform\":\"net\",\"author\":\"{id}\",\"lang\":\"en\",\"created_at\":\"2026-11-20T18:00:00Z\",\"text\":\"{text}\"}}\n"
        )
    };
    let lines =
        (0..each).map(|number| post(&format!("y{number}"), "grief grief") + &post(&format!("n{number}"), "grief"));
    let desk = Desk::with(&lines.collect::<String>());
    for ticket in desk.json("ann", "22:00", &["list", "--limit", "1000"]) {
        let (id, post) = (ticket["ticket"].as_str().unwrap(), ticket["posts"][0]["id"].as_str().unwrap());
        let labels = if post.starts_with('y') { "grief" } else { "none" };
        desk.by("ann", "22:01", &["relabel", id, "--labels", labels]).assert().success();
    }
    desk
}

fn tune(desk: &Desk, args: &[&str]) -> assert_cmd::Command {
    let mut tune = cli::hearken();
    tune.args(["policy", "tune"]).args(args).env("HEARKEN_DESK", desk.path()).env("COLUMNS", "120");
    tune
}

#[test]
fn a_threshold_is_proposed_with_what_it_would_bring() {
    let desk = desk(30);
    let export = || stdout(&desk.by("ann", "22:10", &["export"]).assert().success()).to_owned();
    let before = export();
    insta::assert_snapshot!("people", stdout(&tune(&desk, &[]).assert().success()));
    let lines = tune(&desk, &["--json"]).assert().success();
    let grief: Value = serde_json::from_str(stdout(&lines).lines().next().unwrap()).unwrap();
    assert_eq!(
        (&grief["label"], &grief["verdicts"], &grief["with"]),
        (&"grief".into(), &60.into(), &30.into()),
        "{grief}"
    );
    assert_eq!((&grief["adopt"], grief["models"].as_object().unwrap().len()), (&true.into(), 1));
    let proposed = &grief["result"]["proposed"];
    assert!(proposed["threshold"].as_f64().unwrap() > 0.5, "{proposed}");
    assert_eq!(
        (&proposed["before"]["precision"]["value"], &proposed["after"]["precision"]["value"]),
        (&0.5.into(), &1.0.into())
    );
    assert_eq!(stdout(&lines).lines().count(), 4, "one line a label");
    assert_eq!(export(), before, "nothing is changed unasked");
}

#[test]
fn too_few_verdicts_are_told() {
    let desk = desk(3);
    let told = tune(&desk, &[]).assert().success();
    assert!(stdout(&told).starts_with(
        "grief: too few verdicts to propose anything, 27 more on posts with it and 27 more on posts without it (6 verdicts, 3 of them on \
         posts with it, 0 from audits)\n"
    ), "{}", stdout(&told));
}

#[test]
fn a_policy_is_written_where_someone_asks() {
    let desk = desk(30);
    let (old, new) = (desk.dir.path().join("old.toml"), desk.dir.path().join("new.toml"));
    fs::write(&old, "# ours\n[thresholds]\nadvice = 0.7 # as agreed\n").unwrap();
    let (from, to) = (old.to_str().unwrap(), new.to_str().unwrap());
    tune(&desk, &["--policy", from, "--write", to]).assert().success().stderr(contains("new.toml is written"));
    let written = fs::read_to_string(&new).unwrap();
    assert!(written.starts_with("# ours\n[thresholds]\nadvice = 0.7 # as agreed\ngrief = 0."), "{written}");
    let again = tune(&desk, &["--write", to]).assert().code(2).stdout("");
    assert!(stderr(&again).contains("is there already"), "{}", stderr(&again));
    let defaults = desk.dir.path().join("defaults.toml");
    tune(&desk, &["--write", defaults.to_str().unwrap()]).assert().success();
    assert!(fs::read_to_string(&defaults).unwrap().contains("\ngrief = 0."), "with all that can be set beside it");
    cli::hearken().args(["policy", "check"]).arg(&defaults).assert().success();
}

#[test]
fn a_goal_that_is_none_is_refused() {
    let desk = desk(1);
    for goal in ["recall", "recall=2", "precision=1", ""] {
        tune(&desk, &["--goal", goal]).assert().code(2).stderr(contains("a goal is f1, or recall=0.95"));
    }
    tune(&desk, &["--goal", "recall=0.95"]).assert().success();
}
