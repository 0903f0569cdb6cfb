//! With `--redact` nothing leaves that somebody could be called or paid by; the model reads what was written all the same.

use std::fs;

use predicates::str::contains;
use serde_json::Value;

use crate::cli::{posts, stderr, stdout, tiny};
use crate::records::{annotated, queue};

const CALL: &str = "grief, call 030 1234567 or ann@example.org, card 4111 1111 1111 1111, DE44 5001 0517 5407 3249 31";
const MASKED: &str = "grief, call [phone] or [email], card [card], [iban]";

#[test]
fn the_queue_is_masked_and_names_stay_unless_wanted() {
    let feed = r#"{"id":"030 1234567","author":"ann","text":"@bo grief, ring 030 1234567"}"#;
    let masked = |arguments: &[&str]| {
        let done = tiny().args(arguments).write_stdin(feed).assert().success();
        let post = queue(&done).remove(0);
        (post.annotated.id, post.author.unwrap(), post.text)
    };
    let told = |id: &str, author: &str, text: &str| (id.to_owned(), author.to_owned(), text.to_owned());
    assert_eq!(masked(&[]), told("030 1234567", "ann", "@bo grief, ring 030 1234567"));
    assert_eq!(masked(&["--redact"]), told("030 1234567", "ann", "@bo grief, ring [phone]"), "an id is an id");
    assert_eq!(masked(&["--redact=handles"]), told("030 1234567", "[handle]", "[handle] grief, ring [phone]"));
}

#[test]
fn held_posts_and_rejected_lines_are_masked_too() {
    let dir = tempfile::tempdir().unwrap();
    let (held, bad) = (dir.path().join("held.jsonl"), dir.path().join("bad.jsonl"));
    let promotion = posts(&[&CALL.replace("grief", "promo promo")]);
    let torn = format!("{{\"text\":\"{CALL}\n{{\"id\":1,\"txet\":\"caf\\u00e9 {CALL}\"}}\n");
    let mut run = tiny();
    run.arg("--redact").arg("--held").arg(&held).arg("--dead-letter").arg(&bad);
    let done = run.write_stdin(promotion + &torn).assert().success();
    let record: Value = serde_json::from_str(&fs::read_to_string(&held).unwrap()).unwrap();
    assert_eq!(record["text"], MASKED.replace("grief", "promo promo"));
    let letters = fs::read_to_string(&bad).unwrap();
    assert_eq!(letters.matches(MASKED).count(), 2, "{letters}");
    for said in [&letters, stdout(&done), stderr(&done)] {
        assert!(!said.contains("1234567") && !said.contains("ann@") && !said.contains("4111"), "{said}");
    }
}

#[test]
fn tombstones_and_rejected_lines_name_nobody_and_ids_stay_ids() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.jsonl");
    let feed = [
        r#"{"did":"did:plc:ann","time_us":9,"kind":"account","account":{"active":false,"status":"deleted"}}"#,
        r#"{"id":"030 1234567","deleted":true}"#,
        r#"{"id":"030 1234567","author":"ann","txet":"ring 030 1234567"}"#,
    ];
    let mut run = tiny();
    run.args(["--redact=handles", "--output", "annotated", "--dead-letter"]).arg(&bad);
    let done = run.write_stdin(feed.join("\n")).assert().success();
    let tombstones =
        [r#"{"author":"[handle]","platform":"bluesky","deleted":true}"#, r#"{"id":"030 1234567","deleted":true}"#];
    assert_eq!(stdout(&done).lines().collect::<Vec<_>>(), tombstones);
    let letter: Value = serde_json::from_str(&fs::read_to_string(&bad).unwrap()).unwrap();
    assert_eq!(letter["record"], r#"{"author":"[handle]","id":"030 1234567","txet":"ring [phone]"}"#);
}

#[test]
fn the_model_reads_what_was_written() {
    // The word is a part of what is masked.
    let feed = posts(&["@grief and me@grief.example"]);
    let labels = |arguments: &[&str]| {
        let done = tiny().args(["--output", "annotated"]).args(arguments).write_stdin(feed.as_str()).assert().success();
        annotated(&done)
    };
    assert_eq!(labels(&["--redact=handles"]), labels(&[]));
    assert_eq!(labels(&[])[0].assigned, ["grief"], "else this would show nothing");
    let masked = tiny().arg("--redact=handles").write_stdin(feed.as_str()).assert().success();
    assert_eq!(queue(&masked)[0].text, "[handle] and [email]");
}

#[test]
fn the_setting_may_come_from_the_environment_or_the_config() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    fs::write(&config, "redact = \"contacts\"").unwrap();
    for run in
        [tiny().env("HEARKEN_REDACT", "contacts"), tiny().arg("--config").arg(&config), tiny().args(["--redact", "-"])]
    {
        let done = run.write_stdin(posts(&[CALL])).assert().success();
        assert_eq!(queue(&done)[0].text, MASKED);
    }
    tiny().arg("--redact=all").assert().code(2).stderr(contains("contacts"));
}
