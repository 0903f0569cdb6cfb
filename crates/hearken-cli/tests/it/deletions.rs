//! A post that its author takes back leaves everything that is still ours to change, and whoever has it already is told.

use crate::cli::{command, stdout, tiny, tiny_dir};
use crate::live::Live;
use crate::records::{ids, queue};

const DELETION: &str = "{\"id\":\"1\",\"platform\":\"p\",\"deleted\":true}\n";
const TOMBSTONE: &str = r#"{"id":"1","platform":"p","deleted":true}"#;

fn grief(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"platform\":\"p\",\"text\":\"grief\"}}\n")
}

#[test]
fn a_deleted_post_is_not_in_the_queue() {
    let input = grief("1") + &grief("2") + DELETION;
    assert_eq!(ids(&queue(&tiny().write_stdin(input).assert().success())), ["2"]);
}

#[test]
fn a_deletion_that_comes_before_its_post_keeps_it_out() {
    let input = DELETION.to_owned() + &grief("1") + &grief("2");
    assert_eq!(ids(&queue(&tiny().write_stdin(input).assert().success())), ["2"]);
}

#[test]
fn among_annotated_posts_a_tombstone_stands_where_the_deletion_was() {
    let input = grief("1") + DELETION + &grief("2");
    let done = tiny().args(["--output", "annotated"]).write_stdin(input).assert().success();
    let lines: Vec<&str> = stdout(&done).lines().collect();
    assert_eq!((lines.len(), lines[1]), (3, TOMBSTONE));
}

#[test]
fn whoever_was_handed_a_post_is_told_that_it_is_deleted() {
    let mut run = Live::start(command().args(["--every=50ms", "--model"]).arg(tiny_dir()));
    run.say(&grief("1"));
    assert!(run.line().contains(r#""id":"1""#));
    run.say(DELETION);
    assert_eq!(run.line(), TOMBSTONE);
    assert!(run.close().status.success());
}
