//! Promise 2: a bad line never stops the stream, it is kept with where it stood and why it was rejected.

use std::fs;
use std::path::Path;

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{many, tiny};
use crate::records::{ids, queue};

fn letters(file: &Path) -> Vec<Value> {
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_bad_line_of_the_sample_is_kept_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.jsonl");
    let done = tiny().arg("posts.jsonl").arg("--dead-letter").arg(&file).assert().success();
    done.stderr(contains("all are in "));
    insta::assert_snapshot!(fs::read_to_string(&file).unwrap());
}

#[test]
fn letters_are_appended_and_name_their_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), "{}\n").unwrap();
    fs::write(dir.path().join("b.jsonl"), "\n\n[]\n").unwrap();
    for files in [["a.jsonl", "b.jsonl"], ["b.jsonl", "-"]] {
        let mut run = tiny();
        run.current_dir(dir.path())
            .args(files)
            .args(["--dead-letter", "bad.jsonl"])
            .write_stdin("1")
            .assert()
            .success();
    }
    let letters = letters(&dir.path().join("bad.jsonl"));
    let places: Vec<String> = letters.iter().map(|letter| format!("{}:{}", letter["file"], letter["line"])).collect();
    assert_eq!(places, ["\"a.jsonl\":1", "\"b.jsonl\":3", "\"b.jsonl\":3", "\"stdin\":1"]);
}

#[test]
fn a_line_that_is_not_utf8_keeps_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.jsonl");
    let line = b"{\"text\":\"caf\xe9\"}";
    let feed = [many(1).as_bytes(), line, b"\r\n", many(2).as_bytes()].concat();
    let done = tiny().arg("--dead-letter").arg(&file).write_stdin(feed).assert().success();
    assert_eq!(ids(&queue(&done)), ["0", "1"], "the lines before and after it are processed");
    let [letter]: [Value; 1] = letters(&file).try_into().unwrap();
    assert_eq!((letter["line"].as_u64(), letter["reason"].as_str()), (Some(2), Some("invalid_utf8")));
    assert_eq!(letter["record_bytes"], serde_json::json!(line.as_slice()));
    assert_eq!(letter.get("record"), None);
}

#[test]
fn a_line_that_is_too_long_is_rejected_with_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.jsonl");
    let feed = format!("{{\"text\":\"{}\"}}\n{}", "grief ".repeat(20_000), many(1));
    let mut run = tiny();
    run.args(["--max-line-bytes", "65536", "--dead-letter"]).arg(&file);
    let done = run.write_stdin(feed).assert().success();
    assert_eq!(ids(&queue(&done)), ["0"]);
    let [letter]: [Value; 1] = letters(&file).try_into().unwrap();
    assert_eq!(letter["reason"], "line_too_long");
    assert_eq!(letter["detail"], "the line is 120011 bytes long, which is over the limit");
    assert!(letter["record"].as_str().unwrap().starts_with("{\"text\":\"grief grief"));
}
