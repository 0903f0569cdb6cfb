//! `hearken eval`: figures, misses and charts from labelled posts.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::cli::{command, gzip, hearken, stderr, stdout, tiny_dir};
use crate::pty::Terminal;

/// `hearken eval` with the model for tests, on a page of 110 columns.
fn eval() -> Command {
    let mut run = hearken();
    run.args(["eval", "--resamples", "100", "--model"]).arg(tiny_dir()).env("COLUMNS", "110");
    run
}

/// Labelled posts of which the model for tests gets some wrong: it hears words only.
fn labelled() -> String {
    let posts = [
        json!({"id": "a", "text": "grief grief urgent urgent", "grief": 1, "frustration": 0, "advice": 0, "promotion": 0, "urgency": 3}),
        json!({"id": "b", "text": "grief", "grief": 0, "frustration": null, "advice": 0, "promotion": 0, "urgency": 0}),
        json!({"id": "c", "text": "she is gone and the house is so quiet", "grief": true, "frustration": 0, "advice": null, "urgency": 3}),
        json!({"text": "angry angry", "grief": false, "frustration": 1, "advice_seeking": 0, "advice_giving": 0, "promotion": 0, "urgency": 1}),
        json!({"id": "e", "text": "seeking seeking urgent", "grief": 0, "frustration": 0, "advice_seeking": 1, "advice_giving": 0, "urgency": 2}),
        json!({"id": "f", "text": "promo promo", "grief": 0, "promotion": 1, "urgency": 0}),
        json!({"id": "g", "text": "angry", "grief": 0, "frustration": 0, "promotion": 0, "urgency": 0}),
        json!({"id": "h", "text": "giving giving", "grief": 0, "frustration": 1.0, "advice": 1, "promotion": 0, "urgency": 1}),
        json!({"id": "i", "text": "a fine day", "grief": 0, "frustration": 0, "advice": 0, "promotion": 0, "urgency": 0}),
        json!({"id": "j", "text": "another fine day", "grief": 0, "frustration": 0, "advice": 0, "promotion": 0, "urgency": null}),
    ];
    posts.map(|post| format!("{post}\n")).concat()
}

/// A model that hears no grief, else like the one for tests.
fn deaf(dir: &Path) {
    for file in ["model.onnx", "tokenizer.json"] {
        fs::copy(tiny_dir().join(file), dir.join(file)).unwrap();
    }
    let mut manifest: Value =
        serde_json::from_str(&fs::read_to_string(tiny_dir().join("hearken.json")).unwrap()).unwrap();
    manifest["name"] = json!("deaf");
    manifest["calibration"]["grief"]["bias"] = json!(-30.0);
    fs::write(dir.join("hearken.json"), manifest.to_string()).unwrap();
}

/// Digests change with the policy; what is measured doesn't.
fn assert_snapshot(name: &str, printed: &str) {
    insta::with_settings!({filters => vec![(r"@[0-9a-f]{12}", "@DIGEST")]}, {
        insta::assert_snapshot!(name, printed);
    });
}

fn report(run: &mut Command) -> Value {
    serde_json::from_str(stdout(&run.arg("--json").assert().success())).unwrap()
}

fn label<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["labels"].as_array().unwrap().iter().find(|label| label["label"] == name).unwrap()
}

#[test]
fn a_table_has_every_figure_with_its_interval_and_the_misses_by_id() {
    let done = eval().write_stdin(labelled()).assert().success().stderr("");
    assert!(!stdout(&done).contains("gone"), "a text was shown unasked");
    assert_snapshot("eval_table", stdout(&done));
}

#[test]
fn two_models_stand_side_by_side_with_their_difference() {
    let dir = tempfile::tempdir().unwrap();
    deaf(dir.path());
    let done = eval().arg("--against").arg(dir.path()).write_stdin(labelled()).assert().success();
    assert_snapshot("eval_two_models", stdout(&done));
}

#[test]
fn json_has_all_that_the_table_has() {
    let done = eval().args(["--json", "--misses", "1"]).write_stdin(labelled()).assert().success();
    assert_eq!(stdout(&done).lines().count(), 1);
    let report: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_snapshot("eval_json", &serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn texts_are_shown_on_request_and_made_safe() {
    let hostile = json!({"id": "x\u{1b}[2J", "text": "gone\u{1b}]0;owned\u{7}\n│ a fake row", "grief": 1});
    let quiet = eval().write_stdin(format!("{hostile}\n")).assert().success();
    assert!(!stdout(&quiet).contains("owned") && !stdout(&quiet).contains('\u{1b}'), "{}", stdout(&quiet));
    let shown = eval().arg("--show-text").write_stdin(format!("{hostile}\n")).assert().success();
    assert!(stdout(&shown).contains("gone ]0;owned │ a fake row"), "{}", stdout(&shown));
    assert!(!stdout(&shown).contains('\u{1b}') && !stdout(&shown).contains('\u{7}'));
    let quiet = report(eval().write_stdin(labelled()));
    assert!(quiet["misses"][0]["labels"][0]["missed"][0].get("text").is_none());
    let shown = report(eval().arg("--show-text").write_stdin(labelled()));
    let missed = &shown["misses"][0]["labels"][0]["missed"][0];
    assert_eq!(missed["text"], "she is gone and the house is so quiet");
    assert_eq!((&missed["id"], &missed["place"]), (&json!("c"), &json!("stdin:3")));
}

#[test]
fn figures_are_right() {
    let report = report(eval().write_stdin(labelled()));
    let value = |label: &Value, measure: &str| label["figures"][measure]["models"][0]["value"].as_f64();
    let grief = label(&report, "grief");
    assert_eq!((&grief["known"], &grief["positives"]), (&json!(10), &json!(2)));
    assert_eq!((value(grief, "precision"), value(grief, "recall")), (Some(0.5), Some(0.5)));
    // 98 % is right; 50 % is wrong; the other eight share one probability, and one of them is grief.
    assert_eq!(value(grief, "average_precision"), Some(0.6));
    let advice = label(&report, "advice");
    assert_eq!((&advice["known"], &advice["positives"]), (&json!(7), &json!(2)));
    assert_eq!(value(label(&report, "advice_seeking"), "precision"), None);
    assert_eq!(label(&report, "advice_seeking")["known"], 2);
    assert_eq!(report["urgency"]["known"], 9);
    assert_eq!(report["urgency"]["by_priority"]["urgent_in_top_10_percent"]["models"][0]["value"], 0.5);
}

#[test]
fn the_same_seed_gives_the_same_output_with_any_number_of_workers() {
    let run = |args: &[&str]| stdout(&eval().args(args).write_stdin(labelled()).assert().success()).to_owned();
    let once = run(&["--workers", "1"]);
    assert_eq!(once, run(&["--workers", "3", "--seed", "1"]));
    assert_ne!(once, run(&["--seed", "2"]));
    assert!(!run(&["--resamples", "0"]).contains('…'));
}

#[test]
fn lines_that_are_no_labelled_posts_are_told_counted_and_move_no_other() {
    let bad = [
        "{\"text\": \"torn",
        "{\"grief\": 1}",
        "{\"text\": \"secret one\", \"grief\": 7}",
        "{\"text\": \"secret two\", \"urgency\": \"high\"}",
        "",
    ];
    let mut feed = String::new();
    for (post, bad) in labelled().lines().zip(bad.iter().cycle()) {
        feed += &format!("{bad}\n{post}\n");
    }
    let clean = report(eval().write_stdin(labelled()));
    let done = eval().arg("--json").write_stdin(feed.clone()).assert().code(0);
    let told = stderr(&done);
    assert!(told.contains("hearken: stdin:1: not JSON: "), "{told}");
    assert!(told.contains("hearken: stdin:3: the object has no \"text\""), "{told}");
    assert!(told.contains("hearken: stdin:5: \"grief\" is 7, not 0, 1 or null"), "{told}");
    assert!(told.contains("hearken: stdin:7: \"urgency\" is a string, not 0, 1, 2, 3 or null"), "{told}");
    assert!(told.ends_with("hearken: 8 lines were rejected\n"), "{told}");
    assert!(!told.contains("secret"), "{told}");
    let found: Value = serde_json::from_str(stdout(&done)).unwrap();
    for part in ["posts", "labels", "macro", "urgency"] {
        assert_eq!(found[part], clean[part], "{part}");
    }
    assert_eq!((&clean["rejected"], &found["rejected"]), (&json!(0), &json!(8)));
    assert_eq!(found["misses"][0]["labels"][0]["missed"][0]["place"], "stdin:6");
    let done = eval().args(["--strict", "--resamples", "0"]).write_stdin(feed).assert().code(1);
    done.stdout(contains("10 labelled posts, 8 lines rejected"));
    eval().arg("--strict").write_stdin(labelled()).assert().code(0);
}

#[test]
fn files_may_be_packed_and_ids_may_come_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (plain, packed) = (dir.path().join("a.jsonl"), dir.path().join("b.jsonl.gz"));
    fs::write(&plain, labelled()).unwrap();
    fs::write(&packed, gzip(labelled().as_bytes())).unwrap();
    let twice = report(eval().args([&plain, &packed]));
    assert_eq!((&twice["posts"], &label(&twice, "grief")["positives"]), (&json!(20), &json!(4)));
    let once = report(eval().write_stdin(labelled()));
    let area = |report: &Value| label(report, "grief")["figures"]["average_precision"]["models"][0]["value"].clone();
    assert_eq!(area(&twice), area(&once));
}

#[test]
fn without_a_known_label_there_is_nothing_to_measure() {
    for feed in ["", "{\"text\":\"hi\"}\n", "{\"text\":\"hi\",\"grief\":null,\"urgency\":null}\n"] {
        let done = eval().write_stdin(feed).assert().code(2).stdout("");
        done.stderr(contains("stdin: no label is known of any of").and(contains("hearken eval --help")));
    }
}

#[test]
fn wrong_usage_is_2_and_says_what_is_wrong() {
    let cases: [(&[&str], &str); 7] = [
        (&["no-such.jsonl"], "no-such.jsonl: "),
        (&["--against", "no-such-model"], "no-such-model/hearken.json: No such file"),
        (&["--threshold", "joy=0.5"], "the labels are grief, frustration, advice and promotion"),
        (&["--resamples=-1"], "--resamples"),
        (&["--resamples=100001"], "--resamples"),
        (&["--misses", "some"], "--misses"),
        (&["--top", "3"], "--top"),
    ];
    for (args, message) in cases {
        eval().args(args).write_stdin(labelled()).assert().code(2).stdout("").stderr(contains(message));
    }
}

#[test]
fn thresholds_and_policy_count() {
    let recall = |run: &mut Command| {
        label(&report(run.write_stdin(labelled())), "grief")["figures"]["precision"]["models"][0]["value"].as_f64()
    };
    assert_eq!(recall(&mut eval()), Some(0.5));
    assert_eq!(recall(eval().args(["--threshold", "grief=0.9"])), Some(1.0));
    assert_eq!(recall(eval().env("HEARKEN_THRESHOLD", "grief=0.9")), Some(1.0));

    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    let policy = dir.path().join("care.toml");
    fs::write(&policy, "[head-start]\nurgency = [0, 0, 0]\ngrief = -100\n").unwrap();
    fs::write(&config, format!("threshold = {{ grief = 0.9 }}\npolicy = {policy:?}\n")).unwrap();
    assert_eq!(recall(eval().arg("--config").arg(&config)), Some(1.0));
    let found = |run: &mut Command| {
        let report = report(run.write_stdin(labelled()));
        let top = |ranking: &str| report["urgency"][ranking]["urgent_in_top_1_percent"]["models"][0]["value"].clone();
        (top("by_urgency"), top("by_priority"))
    };
    assert_eq!(found(&mut eval()), (json!(0.5), json!(0.5)));
    assert_eq!(found(eval().arg("--config").arg(&config)), (json!(0.5), json!(0.0)));
}

#[test]
fn colours_come_when_they_are_wanted() {
    let dir = tempfile::tempdir().unwrap();
    deaf(dir.path());
    let run = |when| {
        let done =
            eval().args(["--color", when, "--against"]).arg(dir.path()).write_stdin(labelled()).assert().success();
        stdout(&done).contains('\x1b')
    };
    assert!(run("always") && !run("auto"));
}

#[test]
fn progress_is_shown_on_a_terminal_and_cleared() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("labelled.jsonl");
    fs::write(&file, labelled()).unwrap();
    let terminal = Terminal::new(120);
    let mut run = command();
    run.args(["eval", "--model"]).arg(tiny_dir()).arg(file).env("TERM", "xterm-256color");
    run.stdin(Stdio::null()).stdout(terminal.stream()).stderr(terminal.stream());
    let shown = terminal.run(run);
    assert!(shown.raw().contains("drawing posts anew, 1,000 times"), "{:?}", shown.raw());
    assert!(shown.raw().contains("\x1b[1m"), "bold labels: {:?}", shown.raw());
    let screen = shown.screen();
    assert!(screen.contains("grief") && !screen.contains("drawing posts"), "{screen}");
    assert_eq!(shown.status, Some(0));
}

#[test]
fn charts_are_svg_and_name_what_they_show() {
    let dir = tempfile::tempdir().unwrap();
    deaf(dir.path());
    let (one, two) = (dir.path().join("made/one"), dir.path().join("two"));
    eval().arg("--plots").arg(&one).write_stdin(labelled()).assert().success();
    eval().arg("--against").arg(dir.path()).arg("--plots").arg(&two).write_stdin(labelled()).assert().success();
    for (folder, models) in [(&one, &["tiny@"][..]), (&two, &["tiny@", "deaf@"])] {
        for (file, panels) in [("precision-recall", 4), ("reliability", 4), ("queue-depth", 5)] {
            let svg = fs::read_to_string(folder.join(format!("{file}.svg"))).unwrap();
            let svg = roxmltree::Document::parse(&svg).unwrap();
            let texts: Vec<&str> =
                svg.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).map(str::trim).collect();
            let named = |start: &str| texts.iter().filter(|text| text.starts_with(start)).count();
            for model in models {
                assert_eq!(named(model), 1, "{model} in {file}: {texts:?}");
            }
            let labels = ["grief: 2 of 10", "frustration: 2 of 8", "advice: 2 of 7", "promotion: 1 of 8"];
            assert!(labels.iter().all(|label| named(label) == 1), "{file}: {texts:?}");
            assert_eq!(named("urgency 3: 2 of 9"), panels - 4, "{file}: {texts:?}");
            assert_eq!(named("100 %"), 2 * panels);
            let lines = svg.descendants().filter(|node| node.attribute("stroke") == Some("#D55E00")).count();
            assert_eq!(lines > 0, models.len() > 1, "{file}");
        }
    }
    let done = eval().args(["--plots", "/dev/null/charts"]).write_stdin(labelled()).assert().code(2);
    done.stdout("").stderr(contains("/dev/null/charts: "));
}
