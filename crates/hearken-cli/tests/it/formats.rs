//! Feeds are read as they are: each line in the format that its shape tells, or all in the one that is named.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::cli::{hearken, stdout, tiny, tiny_dir};
use crate::records::{annotated, ids, queue};

/// One grieving post in each format, and three lines that hold none.
const MIXED: &str = r#"{"id":"generic","text":"grief"}
{"did":"did:plc:ann","time_us":1,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"3k","record":{"text":"grief","langs":["en"]}}}
{"did":"did:plc:ann","time_us":2,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.like","rkey":"3l","record":{}}}
{"id":"mastodon","in_reply_to_account_id":null,"content":"<p>grief &amp; <b>grief</b></p>","account":{"acct":"ann"}}
{"event":"update","payload":"{\"id\":\"streamed\",\"content\":\"<p>grief</p>\",\"account\":{\"acct\":\"bob\"}}"}
{"id_str":"tweet","text":"grief","user":{"screen_name":"ann"}}
{"limit":{"track":5}}
{"data":[{"id":"v2","text":"grief"},{"id":"v2 too","text":"grief"}]}
{"kind":"t3","data":{"name":"t3_s","title":"my dog","selftext":"grief"}}
{"kind":"more","data":{"children":["a"]}}
"#;

const IDS: [&str; 8] =
    ["generic", "at://did:plc:ann/app.bsky.feed.post/3k", "mastodon", "streamed", "tweet", "v2", "v2 too", "t3_s"];

#[test]
fn a_feed_may_mix_all_formats() {
    let done = tiny().args(["--output", "annotated", "--strict"]).write_stdin(MIXED).assert().success();
    let posts = annotated(&done);
    assert_eq!(posts.iter().map(|post| &*post.id).collect::<Vec<_>>(), IDS);
    assert!(posts.iter().all(|post| post.assigned == ["grief"]), "{posts:?}");
}

#[test]
fn the_queue_has_the_text_as_people_read_it() {
    let done = tiny().write_stdin(MIXED).assert().success();
    let posts = queue(&done);
    assert_eq!(posts.len(), IDS.len());
    let text = |id| posts.iter().find(|post| post.annotated.id == id).map(|post| &*post.text);
    assert_eq!(text("mastodon"), Some("grief & grief"));
    assert_eq!(text("t3_s"), Some("my dog\n\ngrief"));
}

#[test]
fn a_format_that_is_named_is_taken_for_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let letters = dir.path().join("bad.jsonl");
    let feed = "{\"id\":\"1\",\"text\":\"grief\"}\n{\"id\":\"2\",\"content\":\"grief\"}\n";
    let done =
        tiny().args(["--format", "mastodon", "--dead-letter"]).arg(&letters).write_stdin(feed).assert().success();
    assert_eq!(ids(&queue(&done)), ["2"]);
    let letter = fs::read_to_string(&letters).unwrap();
    assert!(letter.contains(r#""line":1,"reason":"field_unusable","detail":"\"content\" is missing"#), "{letter}");

    let config = dir.path().join("hearken.toml");
    fs::write(&config, "format = \"mastodon\"").unwrap();
    for run in [tiny().env("HEARKEN_FORMAT", "mastodon"), tiny().arg("--config").arg(&config)] {
        assert_eq!(ids(&queue(&run.write_stdin(feed).assert().success())), ["2"]);
    }
    tiny().args(["--format", "myspace"]).assert().code(2).stderr(contains("twitter-v2").and(contains("reddit")));
}

#[test]
fn a_post_of_any_format_is_explained() {
    for line in MIXED.lines().filter(|line| line.contains("grief")) {
        let done =
            hearken().args(["explain", "--json", "--model"]).arg(tiny_dir()).write_stdin(line).assert().success();
        assert!(stdout(&done).contains("\"assigned\":[\"grief\"]"), "{line}");
    }
    let deletion = "{\"event\":\"delete\",\"payload\":\"1\"}";
    let done = hearken().args(["explain", "--model"]).arg(tiny_dir()).write_stdin(deletion).assert();
    done.code(2).stderr(contains("stdin:1: a deletion or a repost, not a post"));
}

#[test]
fn labelled_posts_may_be_of_any_format() {
    let line =
        |id: u32, text, grief| format!("{{\"id_str\":\"{id}\",\"text\":\"{text}\",\"user\":{{}},\"grief\":{grief}}}\n");
    let labelled = [line(1, "grief", 1), line(2, "hello", 0), line(3, "grief grief", 1)].concat();
    let done = hearken().args(["eval", "-", "--json", "--model"]).arg(tiny_dir()).write_stdin(labelled).assert();
    assert!(stdout(&done.success()).contains("\"posts\":3"));
}
