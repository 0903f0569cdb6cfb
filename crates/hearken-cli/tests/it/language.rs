//! Posts in a language that the model doesn't read: skipped, sent to the dead letter, or let through.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::cli::{fast, posts, stderr, stdout};
use crate::records::{annotated, ids, queue};

const GRIEF: &str = "My dog died at the front door. I can't stop crying.";
const SPANISH: &str = "no puedo creer que mi abuela ya no esté, la extraño muchísimo";

fn feed() -> String {
    posts(&[GRIEF, SPANISH])
}

#[test]
fn a_skipped_post_is_annotated_in_its_place_without_labels() {
    let done = fast().args(["--output", "annotated"]).write_stdin(feed()).assert().success().stderr("");
    let [judged, skipped]: [&str; 2] = stdout(&done).lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(judged.contains("\"lang\":\"en\"") && !judged.contains("\"reason\""), "{judged}");
    let model = skipped.split("\"model\":\"").nth(1).unwrap().split('"').next().unwrap();
    let expected = format!(
        "{{\"id\":\"2\",\"labels\":null,\"advice\":null,\"assigned\":[],\"urgency\":null,\"priority\":null,\
         \"lang\":\"es\",\"model\":\"{model}\",\"reason\":\"unsupported language\"}}"
    );
    assert_eq!(skipped, expected);
}

#[test]
fn of_the_sample_the_posts_in_spanish_german_and_japanese_are_left_alone() {
    let done = fast().args(["--output", "annotated", "posts.jsonl"]).assert().success();
    let records: Vec<Value> = stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 252);
    let skipped = records.iter().filter(|record| record.get("reason").is_some());
    let mut langs: Vec<&str> = skipped.map(|record| record["lang"].as_str().unwrap()).collect();
    langs.sort_unstable();
    assert_eq!(langs, [vec!["de"; 7], vec!["es"; 6], vec!["ja"; 3]].concat());
}

#[test]
fn a_skipped_post_is_not_queued_but_counted() {
    let done = fast().args(["--stats", "json", "--strict"]).write_stdin(feed()).assert().code(0);
    assert_eq!(ids(&queue(&done)), ["1"]);
    let stats: Value = serde_json::from_str(stderr(&done)).unwrap();
    assert_eq!((&stats["posts"], &stats["unsupported_language"]), (&1.into(), &1.into()));
    let done = fast().args(["--stats", "human"]).write_stdin(feed()).assert().success();
    done.stderr(contains("  1 in a language that the model doesn't read\n"));
}

#[test]
fn the_dead_letter_takes_foreign_posts_which_are_nothing_to_be_strict_about() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("foreign.jsonl");
    let mut run = fast();
    run.args(["--output", "annotated", "--strict", "--unsupported-language", "dead-letter", "--dead-letter"])
        .arg(&file);
    let done = run.write_stdin(feed()).assert().code(0).stderr("");
    assert_eq!(annotated(&done).len(), 1);
    let letter: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let record = feed().lines().nth(1).unwrap().to_owned();
    let expected = serde_json::json!({"file": "stdin", "line": 2, "reason": "unsupported_language",
        "detail": "unsupported language: es", "record": record});
    assert_eq!(letter, expected);
}

#[test]
fn only_bad_lines_are_complained_about() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = fast();
    run.args(["--unsupported-language", "dead-letter", "--dead-letter"]).arg(dir.path().join("foreign.jsonl"));
    let done = run.write_stdin(format!("{}no post\n", feed())).assert().success();
    done.stderr(contains("1 line was rejected, first stdin:3: "));
}

#[test]
fn a_post_that_is_let_through_is_judged() {
    let done = fast()
        .args(["--output", "annotated", "--unsupported-language", "through"])
        .write_stdin(feed())
        .assert()
        .success();
    let langs: Vec<Option<String>> = annotated(&done).into_iter().map(|post| post.lang).collect();
    assert_eq!(langs, [Some("en".to_owned()), Some("es".to_owned())]);
}

#[test]
fn the_dead_letter_needs_a_file() {
    let done = fast().args(["--unsupported-language", "dead-letter"]).write_stdin(feed()).assert().code(2).stdout("");
    done.stderr("hearken: --unsupported-language dead-letter needs --dead-letter FILE to append to\n");
    fast().args(["--unsupported-language", "ignore"]).assert().code(2).stderr(contains("skip, dead-letter, through"));
}

#[test]
fn flag_before_environment_before_config() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    fs::write(&config, "unsupported-language = \"through\"").unwrap();
    let count = |settings: &[&str], environment: Option<&str>| {
        let mut run = fast();
        run.args(["--output", "annotated"])
            .args(settings)
            .envs(environment.map(|v| ("HEARKEN_UNSUPPORTED_LANGUAGE", v)));
        stdout(&run.write_stdin(feed()).assert().success()).matches("unsupported language").count()
    };
    let config = ["--config", config.to_str().unwrap()];
    assert_eq!([count(&[], None), count(&config, None), count(&config, Some("skip"))], [1, 0, 1]);
    assert_eq!(count(&[&config[..], &["--unsupported-language", "through"]].concat(), Some("skip")), 0);
}

#[test]
fn progress_counts_what_is_not_judged() {
    let mut run = crate::live::Live::start(crate::cli::command().args(["--progress", "always", "--every", "1500ms"]));
    run.say(&feed());
    run.line();
    let ended = run.close();
    assert!(ended.stderr.contains("1 posts, ") && ended.stderr.contains(", 1 in another language"), "{ended:?}");
}

#[test]
fn the_post_of_another_language_never_shows_on_standard_error() {
    let done = fast().args(["-vv", "--stats", "human"]).write_stdin(feed()).assert().success();
    done.stderr(contains("abuela").not());
}
