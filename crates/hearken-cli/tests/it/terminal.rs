//! What people in front of a terminal see, and what a hostile post can't make them see.

use std::io::{Write, pipe};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::cli::{NOW, command, posts, tiny_dir};
use crate::pty::{Shown, Terminal};

/// A run on a terminal, its input from a pipe or a file.
fn show(columns: u16, feed: &str, set: impl FnOnce(&mut Command)) -> Shown {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("feed.jsonl");
    std::fs::write(&file, feed).unwrap();
    let terminal = Terminal::new(columns);
    let mut run = command();
    run.args(["--now", NOW, "--model"]).arg(tiny_dir()).arg(file).env("TERM", "xterm-256color");
    run.stdin(Stdio::null()).stdout(terminal.stream()).stderr(terminal.stream());
    set(&mut run);
    terminal.run(run)
}

#[test]
fn people_get_a_table_in_colour_and_counts_in_words() {
    let shown = show(90, &posts(&["hello", "grief grief"]), |_| ());
    let screen = shown.screen();
    assert_eq!(shown.status, Some(0));
    assert!(screen.contains("head start") && screen.contains("grief grief"), "{screen}");
    assert!(screen.contains("2 posts in "), "{screen}");
    assert!(shown.raw().contains("\x1b[38;5;13m"), "{:?}", shown.raw());
    let rule = screen.lines().find(|line| line.starts_with('─')).unwrap();
    assert!(rule.chars().count() <= 90, "{screen}");
}

#[test]
fn no_color_is_honoured() {
    let shown = show(90, &posts(&["grief grief"]), |run| {
        run.env("NO_COLOR", "1").args(["--progress", "never", "--stats", "human"]);
    });
    assert!(!shown.raw().contains('\x1b'), "{:?}", shown.raw());
    assert!(shown.screen().contains("head start"));
}

#[test]
fn jsonl_is_to_be_had_on_a_terminal_too() {
    let shown = show(400, &posts(&["grief grief"]), |run| {
        run.args(["--table", "never"]);
    });
    assert!(shown.screen().starts_with("{\"rank\":1,"), "{}", shown.screen());
}

#[test]
fn progress_is_shown_and_cleared() {
    let (slow, mut feed) = pipe().unwrap();
    thread::spawn(move || {
        for _ in 0..5 {
            feed.write_all(b"{\"text\":\"hello\"}\n").unwrap();
            thread::sleep(Duration::from_millis(150));
        }
    });
    let shown = show(90, "", |run| {
        run.arg("-").stdin(slow);
    });
    assert!(shown.raw().contains("0 worth a human's time"), "no progress: {:?}", shown.raw());
    let screen = shown.screen();
    assert!(screen.starts_with("Nobody in these posts needs a human now.\n5 posts in "), "{screen}");
}

#[test]
fn progress_does_not_run_into_what_is_handed_out() {
    let (slow, mut feed) = pipe().unwrap();
    thread::spawn(move || {
        for id in 0..3 {
            writeln!(feed, "{{\"text\":\"grief\",\"id\":\"post {id}\"}}").unwrap();
            thread::sleep(Duration::from_millis(400));
        }
    });
    let shown = show(90, "", |run| {
        run.args(["--every", "100ms", "-"]).stdin(slow);
    });
    let screen = shown.screen();
    for id in 0..3 {
        assert!(screen.contains(&format!(" post {id} · Nov 20 22:00")), "{screen}");
    }
    assert!(screen.lines().all(|line| !line.contains(" posts, ")), "{screen}");
}

#[test]
fn a_hostile_post_cannot_reach_the_terminal() {
    let esc = "\x1b]0;owned\x07\x1b[2J\x1b[31mred \u{9b}31m\u{202e}desrever\u{2066}\u{200f}\u{61c}\u{85}\u{2028}";
    let text = format!("grief grief {esc}\n\r\n1 │ a fake row\ttab\u{8}\u{7f}");
    let feed = serde_json::json!({"id": "1", "text": text, "author": format!("{esc}eve\n"), "lang": esc});
    let feed = format!("{feed}\n{}\n", serde_json::json!({"id": format!("{esc}id"), "text": "grief"}));
    let shown = show(110, &feed, |run| {
        run.args(["--color", "never", "--progress", "never"]);
    });
    let raw = shown.raw();
    let unsafe_char = |c: char| {
        (c.is_control() && c != '\n' && c != '\r')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}')
    };
    assert_eq!(raw.chars().filter(|c| unsafe_char(*c)).collect::<String>(), "", "{raw:?}");
    let screen = shown.screen();
    assert!(screen.contains("grief grief ]0;owned"), "{screen}");
    assert!(!screen.lines().any(|line| line.trim_start().starts_with("1 │")), "{screen}");
}

#[test]
fn a_hostile_line_is_reported_without_its_text() {
    let shown = show(110, "\x1b]0;owned\x07\n{\"text\":\"\x1b[31m\"}\n", |run| {
        run.args(["--progress", "never"]);
    });
    assert!(!shown.raw().contains('\x1b'), "{:?}", shown.raw());
    assert!(shown.screen().contains("2 lines were rejected"), "{}", shown.screen());
}

#[test]
fn whoever_starts_it_on_a_terminal_is_told_what_it_waits_for() {
    let terminal = Terminal::new(200);
    let mut run = command();
    run.args(["--now", NOW, "--model"]).arg(tiny_dir());
    run.stdin(terminal.stream()).stdout(terminal.stream()).stderr(terminal.stream());
    terminal.type_in("{\"text\":\"grief grief\"}\n\x04");
    let shown = terminal.run(run);
    let screen = shown.screen();
    assert!(screen.contains("reading posts from the terminal") && screen.contains("Ctrl-D ends"), "{screen}");
    assert!(screen.contains("head start"), "{screen}");
    assert_eq!(shown.status, Some(0));
}
