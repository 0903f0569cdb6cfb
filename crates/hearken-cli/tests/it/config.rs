//! Settings: what is typed comes before the environment, that before the config file, that before the defaults.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use crate::cli::{fast, hearken, many, posts, stdout, tiny};
use crate::records::{annotated, ids, queue};

/// A folder with `hearken.toml` in it; it goes when it is dropped.
fn config(toml: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("hearken.toml"), toml).unwrap();
    dir
}

fn with(dir: &TempDir) -> Command {
    let mut run = tiny();
    run.current_dir(dir.path()).args(["--config", "hearken.toml"]);
    run
}

#[test]
fn flag_before_environment_before_config_before_default() {
    let dir = config("top = 3");
    let count = |run: &mut Command| queue(&run.write_stdin(many(60)).assert().success()).len();
    assert_eq!(count(&mut tiny()), 50);
    assert_eq!(count(&mut with(&dir)), 3);
    assert_eq!(count(with(&dir).env("HEARKEN_TOP", "4")), 4);
    assert_eq!(count(with(&dir).env("HEARKEN_TOP", "4").args(["--top", "5"])), 5);
    assert_eq!(count(tiny().env("HEARKEN_CONFIG", dir.path().join("hearken.toml"))), 3);
}

#[test]
fn the_last_of_a_flag_typed_twice_counts_and_thresholds_add_up() {
    let twice = ["--top", "3", "--top", "4", "--strict", "--strict"];
    for run in [&[][..], &["run"]] {
        let mut command = hearken();
        command.args(run).args(twice).arg("--model").arg(crate::cli::tiny_dir());
        assert_eq!(queue(&command.write_stdin(many(9)).assert().success()).len(), 4);
    }
    let thresholds = ["--output", "annotated", "--threshold", "frustration=0", "--threshold", "advice=0"];
    let done = tiny().args(thresholds).write_stdin(posts(&["hello"])).assert().success();
    assert_eq!(annotated(&done).remove(0).assigned, ["frustration", "advice"]);
}

#[test]
fn the_config_sets_thresholds_which_flags_change_one_by_one() {
    let dir = config("output = \"annotated\"\n[threshold]\ngrief = 0.9\nfrustration = 0.0");
    let assigned = |run: &mut Command| {
        let done = run.write_stdin(posts(&["grief"])).assert().success();
        annotated(&done).remove(0).assigned
    };
    assert_eq!(assigned(tiny().args(["--output", "annotated"])), ["grief"]);
    assert_eq!(assigned(&mut with(&dir)), ["frustration"]);
    assert_eq!(assigned(with(&dir).args(["--threshold", "grief=0.4"])), ["grief", "frustration"]);
    assert_eq!(assigned(with(&dir).env("HEARKEN_THRESHOLD", "grief=0.4,frustration=1")), ["grief"]);
}

#[test]
fn the_config_names_the_policy() {
    let dir = config("policy = \"care.toml\"");
    fs::write(dir.path().join("care.toml"), "[head-start]\nfrustration = 5000.0\nurgency = [0, 0, 0]").unwrap();
    let feed = posts(&["grief urgent urgent", "grief angry"]);
    assert_eq!(ids(&queue(&tiny().write_stdin(feed.as_str()).assert().success())), ["1", "2"]);
    assert_eq!(ids(&queue(&with(&dir).write_stdin(feed).assert().success())), ["2", "1"]);
}

#[test]
fn every_setting_of_the_config_is_taken() {
    let dir = config(
        "output = \"queue\"\nevery = \"1h\"\nworkers = 1\nstrict = true\nstats = \"json\"\nprogress = \"never\"\n\
         table = \"always\"\ncolor = \"always\"\nqueue-size = 10\nmax-line-bytes = 70000\n\
         dead-letter = \"bad.jsonl\"\nheld = \"held.jsonl\"\n",
    );
    let feed = format!("{}no post\n", posts(&["promo promo", "grief"]));
    let done = with(&dir).write_stdin(feed).assert().code(1);
    assert!(stdout(&done).contains("\x1b["), "{}", stdout(&done));
    done.stderr(contains("\"posts\":2"));
    for kept in ["bad.jsonl", "held.jsonl"] {
        assert_eq!(fs::read_to_string(dir.path().join(kept)).unwrap().lines().count(), 1, "{kept}");
    }
}

#[test]
fn a_mistake_in_the_config_is_2_and_names_file_and_key() {
    let cases = [
        ("tpo = 3", "unknown field `tpo`"),
        ("[threshold]\njoy = 0.5", "unknown variant `joy`"),
        ("top = \"many\"", "top = \"many\""),
        ("top = ", "top = "),
        ("every = \"soon\"", "every = \"soon\""),
        ("output = \"xml\"", "unknown variant `xml`"),
    ];
    for (toml, message) in cases {
        let dir = config(toml);
        let done = with(&dir).write_stdin("").assert().code(2).stdout("");
        done.stderr(contains("hearken.toml").and(contains(message)));
    }
    hearken().args(["--config", "no-such.toml"]).assert().code(2).stderr(contains("no-such.toml: No such file"));
}

#[test]
fn a_setting_out_of_range_is_refused_wherever_it_comes_from() {
    let cases = [
        ("top = 0", "top"),
        ("workers = 0", "worker"),
        ("queue-size = 0", "queue-size"),
        ("max-line-bytes = 1", "max-line-bytes"),
        ("every = \"0s\"", "every"),
        ("[threshold]\ngrief = 2.0", "grief is 2"),
        ("output = \"annotated\"\nevery = \"1s\"", "--every goes with --output queue"),
    ];
    for (toml, message) in cases {
        let dir = config(toml);
        let done = with(&dir).write_stdin(many(3)).assert();
        done.code(2).stdout("").stderr(contains(message));
    }
}

#[test]
fn variables_of_one_command_do_not_disturb_another() {
    let done = tiny().env("HEARKEN_TOP", "5").arg("posts.jsonl").assert().success();
    let mut run = hearken();
    run.args(["run", "--now", crate::cli::NOW, "posts.jsonl"]).env("HEARKEN_TOP", "5");
    let same = run.env("HEARKEN_MODEL", crate::cli::tiny_dir()).assert().success();
    assert_eq!(stdout(&same), stdout(&done));
    hearken().arg("doctor").env("HEARKEN_MODEL", "fast").env("HEARKEN_STRICT", "true").assert().success();
    hearken().args(["completions", "bash"]).env("HEARKEN_TOP", "5").assert().success();
    hearken().arg("man").env("HEARKEN_JSON", "1").assert().success();
}

#[test]
fn switches_in_the_environment_can_be_off() {
    for off in ["0", "false", "no", "off"] {
        tiny().arg("posts.jsonl").env("HEARKEN_STRICT", off).assert().code(0);
    }
}

#[test]
fn thresholds_and_policy_show_in_the_name_of_the_judge() {
    let judge = |run: &mut Command| {
        queue(&run.args(["--top", "1", "posts.jsonl"]).assert().success()).remove(0).annotated.model
    };
    let plain = judge(&mut fast());
    assert_eq!(judge(fast().args(["--workers", "1"])), plain);
    let threshold = judge(fast().args(["--threshold", "promotion=0.9999"]));
    let dir = config("[head-start]\nqueue-from = 60.1");
    let policy = judge(fast().arg("--policy").arg(dir.path().join("hearken.toml")));
    assert!(plain != threshold && plain != policy && threshold != policy, "{plain} {threshold} {policy}");
}
