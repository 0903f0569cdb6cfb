//! `hearken explain`: what each word of a post does, for people and for programs.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::cli::{NOW, PATIENCE, command, hearken, sample, stderr, stdout, tiny_dir};
use crate::pty::{Shown, Terminal};

/// `hearken explain` with the model that hears a label exactly where its word is.
fn explain(words: &[&str]) -> Command {
    let mut run = hearken();
    run.args(["explain", "--now", NOW, "--model"]).arg(tiny_dir()).args(words).env("COLUMNS", "80");
    run
}

fn as_json(run: &mut Command) -> Value {
    let done = run.arg("--json").assert().success().stderr("");
    assert_eq!(stdout(&done).lines().count(), 1);
    serde_json::from_str(stdout(&done)).unwrap()
}

/// On a terminal of 60 columns.
fn show(words: &[&str], no_color: bool) -> Shown {
    let terminal = Terminal::new(60);
    let mut run = command();
    run.args(["explain", "--now", NOW, "--model"]).arg(tiny_dir()).args(words).env("TERM", "xterm-256color");
    run.stdin(Stdio::null()).stdout(terminal.stream()).stderr(terminal.stream());
    if no_color {
        run.env("NO_COLOR", "1");
    }
    terminal.run(run)
}

const GRIEF: &str = "grief, and nobody was there: urgent, it is so urgent, and I am angry";

#[test]
fn people_read_what_was_heard_which_words_did_it_and_the_minutes() {
    let done = explain(&[GRIEF]).assert().success().stderr("");
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn programs_read_one_object() {
    let done = explain(&["--json", "grief", "żółć,", "angry"]).assert().success().stderr("");
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn on_a_terminal_words_are_coloured_by_what_they_do() {
    let shown = show(&[GRIEF], false);
    assert_eq!(shown.status, Some(0));
    let raw = shown.raw().replace('\x1b', "␛").replace('\r', "");
    insta::assert_snapshot!(raw);
    assert!(shown.screen().lines().all(|line| line.chars().count() <= 60), "{}", shown.screen());
}

#[test]
fn the_strongest_colour_is_on_the_word_that_was_heard() {
    let raw = show(&["so", "grief", "grief", "it", "is"], false).raw();
    // Eight steps of log-odds each.
    assert!(raw.contains("\x1b[48;5;203mgrief\x1b[0m \x1b[38;5;16m\x1b[48;5;203mgrief\x1b[0m it is"), "{raw:?}");
}

#[test]
fn no_color_is_honoured_and_brackets_mark_the_words() {
    let shown = show(&["so", "grief"], true);
    assert!(!shown.raw().contains('\x1b'), "{:?}", shown.raw());
    assert!(shown.screen().contains("so [+50.0 grief]"), "{}", shown.screen());
    let asked = explain(&["grief", "--color", "always"]).env("NO_COLOR", "1").assert().success();
    assert!(stdout(&asked).contains("\x1b[48;5;203mgrief"));
    assert!(!stdout(&asked).contains("[+"), "no brackets where there are colours");
    let unasked = explain(&["grief"]).env("HEARKEN_COLOR", "never").assert().success();
    assert!(!stdout(&unasked).contains('\x1b'));
}

#[test]
fn the_terms_add_up_and_are_the_queues() {
    let done = hearken().args(["--now", NOW, "--top", "1", "posts.jsonl"]).assert().success();
    let mut queued: Value = serde_json::from_str(stdout(&done)).unwrap();
    // What others reply is no part of the post.
    let why = queued["why"].as_array_mut().unwrap();
    why.retain(|term| term["reason"] != "replies");
    let by_itself: f64 = why.iter().map(|term| term["minutes"].as_f64().unwrap()).sum();
    queued["priority"] = ((by_itself * 10.0).round() / 10.0).into();
    let line = sample().lines().find(|line| line.contains(&queued["id"].to_string())).unwrap().to_owned();
    let mut run = hearken();
    let explained = as_json(run.args(["explain", "--now", NOW]).write_stdin(line.as_str()));
    for field in ["text", "lang", "labels", "advice", "assigned", "urgency", "priority", "why", "due_by", "model"] {
        assert_eq!(explained[field], queued[field], "{field}");
    }
    assert_eq!(explained["disposition"], "queued");
    let tenths = |minutes: &Value| (minutes.as_f64().unwrap() * 10.0).round() as i64;
    let sum: i64 = explained["why"].as_array().unwrap().iter().map(|term| tenths(&term["minutes"])).sum();
    assert_eq!(sum, tenths(&explained["priority"]));

    let mut run = hearken();
    let page = run.args(["explain", "--now", NOW]).write_stdin(line).assert().success();
    let (_, minutes) = stdout(&page).split_once("of head start\n").unwrap();
    let printed: Vec<i64> = minutes
        .lines()
        .map_while(|line| line.split_whitespace().next()?.parse::<f64>().ok())
        .map(|minutes| (minutes * 10.0).round() as i64)
        .collect();
    let (total, terms) = printed.split_last().unwrap();
    assert_eq!((terms.iter().sum::<i64>(), *total), (sum, sum), "{minutes}");
}

#[test]
fn the_post_comes_from_the_command_line_a_file_or_standard_input() {
    let text = "grief\n  and more";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("post.txt");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(as_json(&mut explain(&["grief", "and more"]))["text"], "grief and more");
    assert_eq!(as_json(&mut explain(&["--file", file]))["text"], text);
    assert_eq!(as_json(explain(&[]).env("HEARKEN_FILE", file))["text"], text);
    assert_eq!(as_json(explain(&[]).write_stdin(text))["text"], text);
    assert_eq!(as_json(explain(&["--file", "-"]).write_stdin(text))["text"], text);
    explain(&["grief", "--file", file]).assert().code(2).stderr(contains("not both"));
    assert_eq!(as_json(explain(&["angry"]).env("HEARKEN_FILE", file))["text"], "angry", "typed before environment");
}

#[test]
fn a_post_of_a_feed_brings_its_time_and_its_reach() {
    let post =
        json!({"id": 1, "text": "grief urgent", "lang": "en", "reach": 999_999, "created_at": "2026-11-20T08:00:00Z"});
    let feed = format!("\n \n{post}\n{{\"text\":\"another\"}}\n");
    let done = explain(&["--json"]).write_stdin(feed).assert().success();
    let said = stderr(&done);
    assert_eq!(said, "hearken: stdin: the post of line 3 is explained, the others are not\n");
    let explained: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_eq!((&explained["lang"], &explained["due_by"]), (&json!("en"), &json!("2026-11-20T16:00:00Z")));
    let reach = json!({"reason": "reach", "minutes": 10.0});
    assert!(explained["why"].as_array().unwrap().contains(&reach), "{explained}");
    // The same, printed over several lines.
    let pretty = serde_json::to_string_pretty(&post).unwrap();
    assert_eq!(as_json(explain(&[]).write_stdin(pretty)), explained);
}

#[test]
fn a_post_is_explained_before_its_stream_ends() {
    let mut run = command();
    run.args(["explain", "--model"]).arg(tiny_dir()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = run.spawn().unwrap();
    let mut stream = child.stdin.take().unwrap();
    stream.write_all(b"{\"text\":\"grief\"}\n").unwrap();
    let (done, printed) = channel();
    thread::spawn(move || done.send(child.wait_with_output().unwrap().stdout));
    let printed = printed.recv_timeout(PATIENCE).expect("an answer while the stream is open");
    assert!(String::from_utf8(printed).unwrap().contains("[+50.0 grief]"));
    drop(stream);
}

#[test]
fn what_is_no_post_is_2_and_says_where() {
    let refused = |input: &[u8], message: &str| {
        explain(&[]).write_stdin(input).assert().code(2).stdout("").stderr(contains(message));
    };
    refused(b"", "stdin: there is no text to explain");
    refused(b" \n\n\t", "stdin: there is no text to explain");
    refused(b"\n{\"id\": 1}\n", "stdin:2: the object has no \"text\"");
    refused(b"{\"text\": 1}", "stdin:1: \"text\" is a number, not a string");
    refused(b"{\"text\": \" \"}", "stdin:1: \"text\" is empty");
    refused(b"{\n\"id\": 1\n}", "stdin: the object has no \"text\"");
    refused(b"grief \xff", "stdin: not UTF-8 from byte 6 on");
    refused(&vec![b'a'; 4 * 1024 * 1024 + 1], "stdin: a post has at most 4194304 bytes");
    explain(&[" "]).assert().code(2).stderr(contains("what was typed: there is no text").and(contains("--help")));
    explain(&["--file", "no-such.txt"]).assert().code(2).stderr(contains("no-such.txt: No such file"));
    explain(&["--file", "."]).assert().code(2).stderr(contains("reading .: Is a directory"));
    hearken().args(["explain", "hi", "--model", "nowhere"]).assert().code(2).stderr(contains("nowhere"));
    explain(&["some", "poison"]).assert().code(2).stdout("").stderr(contains("poison").not());
}

#[test]
fn half_an_object_is_taken_for_text_and_that_is_said() {
    let done = explain(&["--json"]).write_stdin("{sigh} grief").assert().success();
    done.stdout(contains("{sigh} grief")).stderr(contains("stdin:1: not JSON (").and(contains("plain text")));
}

#[test]
fn thresholds_and_config_are_those_of_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("hearken.toml");
    let policy = dir.path().join("care.toml");
    std::fs::write(&policy, "[head-start]\ngrief = 1000.0\nqueue-from = 500.5").unwrap();
    std::fs::write(&config, format!("policy = {policy:?}\n[threshold]\ngrief = 0.9")).unwrap();
    let config = config.to_str().unwrap();
    let explained = as_json(&mut explain(&["grief", "--config", config]));
    assert_eq!((&explained["assigned"], &explained["thresholds"]["grief"]), (&json!([]), &json!(0.9)));
    assert_eq!(explained["why"][0], json!({"reason": "grief", "minutes": 500.0}));
    assert_eq!(explained["words"][0]["effect"]["priority"], 499.7);
    assert_eq!(
        as_json(&mut explain(&["grief", "--config", config, "--threshold", "grief=0.1"]))["assigned"],
        json!(["grief"])
    );
    let mut run = hearken();
    let run = run.args(["--now", NOW, "--output", "annotated", "--config", config, "--model"]).arg(tiny_dir());
    let annotated: Value = serde_json::from_str(stdout(&run.write_stdin("{\"text\":\"grief\"}").assert())).unwrap();
    assert_eq!(explained["model"], annotated["model"]);
    explain(&["grief", "--threshold", "grief=2"]).assert().code(2).stderr(contains("not a probability"));
}

#[test]
fn what_becomes_of_the_post_is_said() {
    let said = |words: &[&str], what| {
        explain(words).assert().success().stdout(contains(what));
    };
    said(&["grief", "urgent"], "\nQueued, due by Nov 21 06:00 UTC.\n");
    said(&["grief"], "\nQueued, and not due at any time.\n");
    said(&["promo"], "\nHeld back as promotion.\n");
    said(&["hello"], "\nNeeds nobody: posts are queued from 60 minutes on.\n");
    said(&["hello"], "urgency 0.00\n  hello\n  No word changes it much by itself.\n");
}

#[test]
fn a_hostile_text_cannot_reach_the_terminal_and_keeps_its_offsets() {
    let text = "grief\x1b[31m\u{202e} \u{200f} promo\x07\u{9b}promo \u{1f469}\u{200d}\u{1f680}";
    let post = json!({"text": text}).to_string();
    for color in ["always", "never"] {
        let done = explain(&["--color", color]).write_stdin(post.as_str()).assert().success();
        let seen = stdout(&done).replace("\x1b[38;5;16m\x1b[48;5;", "").replace("\x1b[0m", "").replace("\x1b[1m", "");
        let unsafe_char = |c: char| {
            (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200f}')
        };
        assert_eq!(seen.chars().filter(|c| unsafe_char(*c)).count(), 0, "{seen:?}");
        assert!(seen.contains("grief [31m") && seen.contains('□'), "{seen}");
    }
    let explained = as_json(explain(&[]).write_stdin(post.as_str()));
    let words = explained["words"].as_array().unwrap();
    let sliced: Vec<&str> = words
        .iter()
        .map(|word| &text[word["start"].as_u64().unwrap() as usize..word["end"].as_u64().unwrap() as usize])
        .collect();
    assert_eq!(sliced, text.split_whitespace().collect::<Vec<_>>());
    assert!(words.iter().zip(sliced).all(|(word, slice)| word["word"] == slice));
}

#[test]
fn a_long_text_is_bounded_and_what_is_left_out_is_counted() {
    let text = "grief so ".repeat(5_000);
    let done = explain(&[]).write_stdin(text.as_str()).assert().success();
    done.stdout(contains("\nToo long for the model, which doesn't read the last 9,984 words.\n"));
    let just = explain(&[]).write_stdin("so ".repeat(17)).assert().success();
    just.stdout(contains("so …\n").and(contains("the last 1 word.\n")));
    let explained = as_json(explain(&[]).write_stdin(text));
    let words = explained["words"].as_array().unwrap();
    assert_eq!(words.len(), 10_000);
    for (nth, word) in words.iter().enumerate() {
        assert_eq!((&word["read"], word["effect"].is_null()), (&json!(nth < 16), nth >= 16), "{nth}");
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    let text = format!("grief {} {} urgent {}", "long".repeat(60), "悲".repeat(90), "angry ".repeat(8));
    for columns in [40, 57, 80, 200] {
        let done = explain(&[&text]).env("COLUMNS", columns.to_string()).assert().success();
        for line in stdout(&done).lines().filter(|line| line.starts_with("  ")) {
            let wide = line.chars().filter(|c| *c == '悲').count();
            // The lines of what was heard have the same width on any page.
            if !line.contains("assigned, threshold") {
                assert!(line.chars().count() + wide <= columns, "{columns}: {line}");
            }
        }
    }
    for columns in ["1", "0", "wide", ""] {
        explain(&["grief"]).env("COLUMNS", columns).assert().success().stdout(contains("[+50.0 grief]"));
    }
}

#[test]
fn whoever_starts_it_on_a_terminal_is_told_what_it_waits_for() {
    let terminal = Terminal::new(120);
    let mut run = command();
    run.args(["explain", "--now", NOW, "--model"]).arg(tiny_dir());
    run.stdin(terminal.stream()).stdout(terminal.stream()).stderr(terminal.stream());
    terminal.type_in("so much grief\n\x04");
    let shown = terminal.run(run);
    let screen = shown.screen();
    assert!(screen.contains("reading a post from the terminal") && screen.contains("Ctrl-D ends"), "{screen}");
    assert!(screen.contains("without it"), "{screen}");
    assert_eq!(shown.status, Some(0));
}
