//! Threads: how many there are changes nothing, and one that dies takes the run down with its cause.

use predicates::str::contains;

use crate::cli::{NOW, command, fast, many, stdout, tiny, tiny_dir};
use crate::live::Live;

#[test]
fn the_number_of_workers_changes_nothing() {
    for output in ["queue", "annotated"] {
        let run = |workers| fast().args(["--output", output, "--workers", workers, "posts.jsonl"]).assert().success();
        assert_eq!(stdout(&run("1")), stdout(&run("2")));
    }
    let feed = many(5_000);
    let run = |workers| tiny().args(["--workers", workers]).write_stdin(feed.as_str()).assert().success();
    assert_eq!(stdout(&run("1")), stdout(&run("2")));
}

#[test]
fn a_model_that_fails_on_a_post_is_2_with_one_message() {
    let done = tiny().write_stdin("{\"text\":\"grief poison\"}").assert().code(2).stdout("");
    assert_eq!(crate::cli::stderr(&done).lines().count(), 1, "{}", crate::cli::stderr(&done));
    done.stderr(contains("hearken: the model failed on a batch"));
}

#[test]
fn a_dead_worker_ends_the_run_although_the_input_is_idle() {
    for every in [None, Some("--every=1h")] {
        let mut run = Live::start(command().args(["--now", NOW, "--model"]).arg(tiny_dir()).args(every));
        run.say("{\"text\":\"poison\"}\n");
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(ended.stderr.contains("the model failed on a batch"), "{ended:?}");
    }
}
