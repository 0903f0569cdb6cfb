//! 0: all processed. 1: finished, but something was rejected and the user is strict, or a check failed. 2: usage or fatal.

use std::fs;
use std::io::{BufRead, BufReader, Read, pipe};
use std::process::Stdio;

use predicates::prelude::*;
use predicates::str::contains;

use crate::cli::{command, fast, hearken, many, project, tiny, tiny_dir};

#[test]
fn all_processed_is_0() {
    tiny().write_stdin(many(1)).assert().code(0).stderr("");
}

#[test]
fn rejected_lines_are_0_unless_strict() {
    tiny().arg("posts.jsonl").assert().code(0).stderr(contains("7 lines were rejected, first posts.jsonl:29:"));
    let strict = fast().args(["--strict", "posts.jsonl"]).assert().code(1);
    strict.stdout(predicate::str::is_empty().not());
    tiny().arg("posts.jsonl").env("HEARKEN_STRICT", "1").assert().code(1);
    tiny().arg("--strict").write_stdin(many(1)).assert().code(0);
}

#[test]
fn wrong_usage_is_2_and_says_what_is_wrong() {
    let cases: [(&[&str], &str); 14] = [
        (&["--frobnicate"], "--frobnicate"),
        (&["--output", "xml"], "xml"),
        (&["--top", "0"], "--top"),
        (&["--top", "many"], "--top"),
        (&["--workers", "0"], "--workers"),
        (&["--threshold", "grief=2"], "\"2\" is not a probability from 0 to 1"),
        (&["--threshold", "grief=NaN"], "\"NaN\" is not a probability"),
        (&["--threshold", "joy=0.5"], "the labels are grief, frustration, advice and promotion"),
        (&["--threshold", "grief"], "it must look like grief=0.4"),
        (&["--every", "10s", "--output", "annotated"], "--every goes with --output queue"),
        (&["--every", "0s"], "--every"),
        (&["--every=-10s"], "--every"),
        (&["--every", "soon"], "--every"),
        (&["-", "-"], "standard input can be read only once"),
    ];
    for (args, message) in cases {
        let done = hearken().args(args).write_stdin(many(1)).assert().code(2).stdout("");
        done.stderr(contains(message));
    }
}

#[test]
fn a_missing_file_is_2_before_anything_is_read() {
    tiny().args(["posts.jsonl", "no-such.jsonl"]).assert().code(2).stdout("").stderr(contains("no-such.jsonl: "));
}

#[test]
fn a_folder_in_place_of_a_file_is_2() {
    let dir = tempfile::tempdir().unwrap();
    tiny().arg(dir.path()).assert().code(2).stdout("").stderr(contains("is a directory"));
}

#[test]
fn a_missing_model_is_2_and_names_the_file() {
    let done = hearken().args(["--model", "no-such-model", "posts.jsonl"]).assert().code(2).stdout("");
    done.stderr(contains("no-such-model/hearken.json: No such file"));
}

#[test]
fn a_damaged_model_is_2_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["model.onnx", "tokenizer.json", "hearken.json"] {
        fs::copy(project().join("models/fast").join(name), dir.path().join(name)).unwrap();
    }
    let damaged = dir.path().join("model.onnx");
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let done = hearken().arg("posts.jsonl").arg("--model").arg(dir.path()).assert().code(2).stdout("");
    done.stderr(contains("model.onnx is not the file that hearken.json describes"));
}

#[test]
fn an_output_that_can_not_be_opened_is_2_and_names_it() {
    for flag in ["--dead-letter", "--held"] {
        let done = tiny().args([flag, "no/such/folder.jsonl", "posts.jsonl"]).assert().code(2).stdout("");
        done.stderr(contains("no/such/folder.jsonl: No such file"));
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /dev/full")]
fn a_full_disk_is_2() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for output in ["queue", "annotated"] {
        let mut run = command();
        run.args(["--output", output, "posts.jsonl"]).stdout(full());
        let done = run.stderr(Stdio::piped()).output().unwrap();
        assert_eq!(done.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&done.stderr).contains("No space left on device"), "{done:?}");
    }
    let done = tiny().args(["--dead-letter", "/dev/full", "posts.jsonl"]).assert().code(2);
    done.stderr(contains("rejected lines can't be written: No space left on device"));
}

#[test]
fn a_reader_that_has_seen_enough_is_a_quiet_0() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("many.jsonl");
    fs::write(&file, many(50_000)).unwrap();
    let mut run = command();
    run.args(["--output", "annotated", "--model"]).arg(tiny_dir()).arg(file);
    let mut child = run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"id\":\"0\""), "{first}");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /dev/full")]
fn warnings_that_nobody_hears_stop_nothing() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = command().arg("posts.jsonl").stderr(full).output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(done.stdout.split(|byte| *byte == b'\n').count(), 51);

    // Both on one pipe, as with `hearken … 2>&1 | head -0`.
    let (reader, writer) = pipe().unwrap();
    let mut both = command();
    both.arg("posts.jsonl").stdout(writer.try_clone().unwrap()).stderr(writer);
    drop(reader);
    assert_eq!(both.status().unwrap().code(), Some(0));
}

#[test]
fn a_missing_runtime_is_2_with_one_message_that_says_what_to_do() {
    let done = fast().arg("posts.jsonl").env("ORT_DYLIB_PATH", "/no/such/runtime.so").assert().code(2).stdout("");
    done.stderr(
        contains("hearken: ORT_DYLIB_PATH names /no/such/runtime.so, which is not a file. Run scripts/setup")
            .and(predicate::function(|said: &str| said.lines().count() == 1)),
    );
}

#[test]
fn a_runtime_that_is_none_is_2() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let done = fast().arg("posts.jsonl").env("ORT_DYLIB_PATH", file.path()).assert().code(2).stdout("");
    done.stderr(contains("hearken: ONNX Runtime can't be loaded"));
}
