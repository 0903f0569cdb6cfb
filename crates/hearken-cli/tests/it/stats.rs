//! Standard output is data only; counts and warnings go to standard error.

use std::collections::BTreeMap;

use insta::Settings;
use predicates::prelude::*;

use crate::cli::{command, fast, posts, stderr, stdout, tiny, tiny_dir};
use crate::live::Live;
use crate::records::queue;

#[test]
fn standard_output_is_the_same_whatever_is_said_beside_it() {
    let quiet = tiny().arg("posts.jsonl").assert().success();
    let talkative: [&[&str]; 4] = [&["--stats", "human"], &["--stats", "json"], &["--progress", "always"], &["-vv"]];
    for args in talkative {
        let done = tiny().args(args).arg("posts.jsonl").assert().success();
        assert_eq!(stdout(&done), stdout(&quiet), "{args:?}");
    }
}

#[test]
fn on_a_pipe_nothing_is_said_when_all_went_well() {
    tiny().write_stdin(posts(&["grief"])).assert().success().stderr("");
}

#[test]
fn verbose_says_what_is_going_on_in_few_lines() {
    let done = tiny().args(["-v", "posts.jsonl"]).assert().success();
    let lines: Vec<&str> = stderr(&done).lines().filter(|line| line.contains("INFO")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("judge=\"tiny@") && lines[1].contains("source=\"posts.jsonl\""), "{lines:?}");
}

#[test]
fn verbose_lines_have_no_colour_on_a_pipe() {
    tiny().arg("-vv").write_stdin(posts(&["grief"])).assert().success().stderr(predicate::str::contains('\x1b').not());
}

#[test]
fn progress_without_a_terminal_is_lines() {
    let mut run = Live::start(command().args(["--progress", "always", "--every", "1500ms", "--model"]).arg(tiny_dir()));
    run.say(&posts(&["grief"]));
    run.line();
    let ended = run.close();
    assert!(ended.stderr.starts_with("hearken: 1 posts, "), "{ended:?}");
}

#[test]
fn programs_get_the_counts_as_one_json_object() {
    let done = fast().args(["--stats", "json", "posts.jsonl"]).assert().success();
    let lines: Vec<&str> = stderr(&done).lines().filter(|line| !line.starts_with("hearken: ")).collect();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let stats: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).unwrap();
    let keys: Vec<&String> = stats.keys().collect();
    insta::assert_snapshot!(format!("{keys:?}"), @r#"["assigned", "below_cut", "blank", "bytes", "campaign_posts", "campaigns", "deletions", "duplicates", "edits", "elapsed_seconds", "folded", "held", "ignored_fields", "lifted", "merged", "model", "neutral", "other_shards", "posts", "posts_per_second", "queued", "rejected", "replies", "replies_only", "reposts", "shed", "shed_posts", "skipped", "undated", "unsupported_language", "waited_for_quota", "waiting", "with_care", "withdrawn"]"#);

    let count = |key: &str| stats[key].as_u64().unwrap();
    assert_eq!((count("posts"), count("unsupported_language")), (236, 16));
    assert_eq!((count("rejected"), count("blank")), (7, 0));
    assert_eq!(count("queued") + count("held") + count("neutral"), count("posts"));
    let printed = queue(&done).len() as u64;
    let elsewhere = ["below_cut", "duplicates", "merged", "replies_only", "folded", "withdrawn"].map(count);
    assert_eq!(count("queued") + count("lifted"), printed + count("waiting") + elsewhere.iter().sum::<u64>());
}

#[test]
fn people_get_the_counts_in_words() {
    let feed = posts(&["grief", "promo promo", "hello", "angry angry urgent", "grief seeking"]);
    let feed = format!("{feed}{feed}\n{{\"text\":\"grief\",\"author\":[]}}\nno post\n");
    let done = tiny().args(["--top", "2", "--stats", "human"]).write_stdin(feed).assert().success();
    let mut settings = Settings::clone_current();
    settings.add_filter(r"in \d+\.\d\d s \([\d,]+/s\)", "in [TIME]");
    settings.add_filter(r"tiny@[0-9a-f]{12}", "tiny@[HASH]");
    settings.bind(|| insta::assert_snapshot!(stderr(&done), @r"
    hearken: 1 line was rejected, first stdin:13: not JSON: expected ident at column 2 (--dead-letter FILE keeps them)
    11 posts in [TIME], judged by tiny@[HASH]
      7 worth a human's time, 2 held back as promotion, 2 need nobody
      heard: grief 5, frustration 2, advice 2, promotion 2
      2 below the last that was printed, 3 came twice, 1 without a usable time, 1 field of the wrong type ignored, 1 empty line, 1 line rejected
    "));
}
