//! A model that someone else has made, and the thresholds that come with it.

use std::path::PathBuf;

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{fast, hearken, posts, project, stdout};
use crate::records::annotated;

/// The folder of a model of `make_foreign.py`.
fn foreign(name: &str) -> PathBuf {
    project().join("crates/hearken/tests/data/foreign").join(name)
}

#[test]
fn models_of_all_kinds_of_tokenizers_run() {
    for name in ["wordpiece", "bpe", "unigram"] {
        let mut run = fast();
        run.args(["--output", "annotated", "posts.jsonl", "--unsupported-language", "through", "--model"]);
        let posts = annotated(&run.arg(foreign(name)).assert().success());
        assert_eq!(posts.len(), 252);
        assert!(posts[0].model.starts_with(&format!("{name}@")));
    }
}

#[test]
fn the_doctor_tells_what_a_model_hears_and_reads() {
    let told = |name: &str| {
        let done = hearken().args(["doctor", "--json", "--model"]).arg(foreign(name)).assert().success();
        let report: Value = serde_json::from_str(stdout(&done)).unwrap();
        ["hears", "thresholds", "languages"].map(|check| report["checks"][check]["found"].as_str().unwrap().to_owned())
    };
    let wordpiece = ["grief, frustration, advice_seeking (softmax over 7 columns)", "best_f1, high_recall", "en"]
        .map(str::to_owned);
    assert_eq!(told("wordpiece"), wordpiece);
    let bpe = ["grief, promotion (sigmoid over 4 columns)", "best_f1", "all; posts are not checked"].map(str::to_owned);
    assert_eq!(told("bpe"), bpe);
}

#[test]
fn thresholds_are_chosen_by_the_name_of_their_set() {
    // Grief 0.23, frustration 0.66; the sets say 0.5 and 0.5, or 0.2 and 0.3.
    let assigned = |args: &[&str], environment: Option<&str>| {
        let mut run = fast();
        run.args(["--output", "annotated", "--model"]).arg(foreign("wordpiece")).args(args);
        run.envs(environment.map(|set| ("HEARKEN_THRESHOLDS", set)));
        let done = run.write_stdin(posts(&["how do i fix this, please?"])).assert().success();
        annotated(&done).remove(0).assigned
    };
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    std::fs::write(&config, "thresholds = \"high-recall\"\n").unwrap();
    let config = ["--config", config.to_str().unwrap()];

    assert_eq!(assigned(&[], None), ["frustration"]);
    for name in ["high-recall", "high_recall"] {
        assert_eq!(assigned(&["--thresholds", name], None), ["grief", "frustration"]);
    }
    assert_eq!(assigned(&[], Some("high-recall")), ["grief", "frustration"]);
    assert_eq!(assigned(&config, None), ["grief", "frustration"]);
    assert_eq!(assigned(&[config[0], config[1], "--thresholds", "best-f1"], None), ["frustration"]);
    assert_eq!(assigned(&["--thresholds", "high-recall", "--threshold", "frustration=0.9"], None), ["grief"]);
}

#[test]
fn thresholds_that_the_model_does_not_have_are_2_and_the_message_names_those_it_has() {
    let mut run = fast();
    run.args(["--thresholds", "high", "--model"]).arg(foreign("wordpiece"));
    let done = run.write_stdin("").assert().code(2).stdout("");
    done.stderr(contains("the model wordpiece has no thresholds called \"high\"; it has best_f1, high_recall"));
}
