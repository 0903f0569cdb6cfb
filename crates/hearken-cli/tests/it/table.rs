//! The queue as a table, where it is asked for: without a terminal.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::cli::{hearken, posts, stdout, tiny};

/// A table for a page of 100 columns.
fn table() -> Command {
    let mut run = tiny();
    run.args(["--table", "always"]).env("COLUMNS", "100");
    run
}

fn feed() -> String {
    let mut feed = posts(&["angry angry, day 4 without my suitcase", "hello", "seeking seeking"]);
    feed += "{\"id\":\"g\",\"author\":\"@wren\",\"created_at\":\"2026-11-19T22:00:00Z\",\"reach\":5000,\
             \"text\":\"grief grief urgent urgent: my dog died at the front door and I can't stop shaking\"}\n";
    feed
}

#[test]
fn a_table_says_who_needs_someone_first_and_why() {
    let done = table().write_stdin(feed()).assert().success();
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn a_table_fills_the_width_it_is_given_and_no_more() {
    for columns in [60, 80, 200] {
        let done = table().env("COLUMNS", columns.to_string()).write_stdin(feed()).assert().success();
        let widest = stdout(&done).lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns, "{widest} of {columns}:\n{}", stdout(&done));
    }
    // Too narrow for any table, or no number at all: still a table.
    for columns in ["1", "0", "wide", ""] {
        table().env("COLUMNS", columns).write_stdin(feed()).assert().success().stdout(contains("═"));
    }
}

#[test]
fn nobody_in_need_is_said_in_words() {
    table().write_stdin(posts(&["hello"])).assert().success().stdout("Nobody in these posts needs a human now.\n");
}

#[test]
fn colours_come_when_they_are_wanted() {
    let colourful = contains("\x1b[");
    table().write_stdin(feed()).assert().stdout(contains('\x1b').not());
    table().args(["--color", "always"]).write_stdin(feed()).assert().stdout(colourful.clone());
    table().args(["--color", "always"]).env("NO_COLOR", "1").write_stdin(feed()).assert().stdout(colourful);
}

#[test]
fn a_table_without_a_model_is_none() {
    hearken().args(["--table", "always", "--model", "nowhere"]).write_stdin("").assert().code(2).stdout("");
}
