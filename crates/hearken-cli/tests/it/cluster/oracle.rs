//! What is to become of an input, and what has become of it. What is to become is known from the model's judgement of each post on its
//! own (`--output annotated`, a process with neither stream nor desk) and from the input's own lines, without a word of what the nodes
//! did; what has become of it is what `hearken desk export` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli;

/// Minutes of head start from which on a post is worth a human's time, unless a policy says otherwise.
const WORTH: f64 = 60.0;

/// What a post comes to at a desk: who wrote it, and whether it waits for someone or is held back.
pub(super) type Fates = BTreeMap<String, (String, &'static str)>;

const QUEUED: &str = "queued";
const HELD: &str = "held";

/// What the posts of a file are to come to; those that nobody needs are left out.
pub(super) fn expected(input: &Path) -> Fates {
    let mut command = cli::command();
    let judged = printed(command.args(["--model", "fast", "--output", "annotated"]).arg(input));
    let fates: BTreeMap<String, &'static str> = judged.lines().filter_map(fate).collect();
    let input = fs::read_to_string(input).unwrap();
    let authors = input.lines().map(|line| {
        let post: Value = serde_json::from_str(line).unwrap();
        (text(&post["id"]), text(&post["author"]))
    });
    let mut expected = Fates::new();
    for (id, author) in authors {
        if let Some(fate) = fates.get(&id) {
            assert!(expected.insert(id, (author, fate)).is_none(), "the input has a post twice");
        }
    }
    expected
}

fn fate(record: &str) -> Option<(String, &'static str)> {
    let record: Value = serde_json::from_str(record).unwrap();
    let assigned = |label: &str| record["assigned"].as_array().is_some_and(|all| all.contains(&label.into()));
    let fate = match (assigned("grief"), assigned("promotion")) {
        (true, _) => QUEUED,
        (false, true) => HELD,
        (false, false) => record["priority"].as_f64().filter(|minutes| *minutes >= WORTH).map(|_| QUEUED)?,
    };
    Some((text(&record["id"]), fate))
}

/// How many are to wait for someone, and how many are to be held back.
pub(super) fn sorts(fates: &Fates) -> (usize, usize) {
    let queued = fates.values().filter(|(_, fate)| *fate == QUEUED).count();
    (queued, fates.len() - queued)
}

/// Holds a desk against what was expected: each post is there once, in the one ticket of its author, which waits if one of its posts
/// does; and nothing else is there.
pub(super) fn check(expected: &Fates, desk: &str) {
    let mut command = cli::command();
    let rows = printed(command.args(["desk", "export"]).env("HEARKEN_DESK", desk));
    let (mut found, mut of_ticket) = (Fates::new(), BTreeMap::<String, Vec<String>>::new());
    let (mut tickets, mut entered) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
    for row in rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let ticket = || text(&row["ticket"]);
        match row["row"].as_str().unwrap() {
            "post" => {
                let fate = [QUEUED, HELD].into_iter().find(|fate| row["disposition"] == *fate).unwrap();
                let twice = found.insert(text(&row["id"]), (text(&row["author"]), fate));
                assert_eq!(twice, None, "post {} is at the desk twice", row["id"]);
                of_ticket.entry(ticket()).or_default().push(text(&row["id"]));
            }
            "ticket" => {
                let known = (text(&row["person"]["author"]), text(&row["state"]), row["posts"].as_u64().unwrap());
                assert_eq!(tickets.insert(ticket(), known), None, "ticket {} is there twice", row["ticket"]);
            }
            // Each post that came was written down once.
            "entry" if row["deed"] == "opened" || row["deed"] == "wrote" => {
                *entered.entry(ticket()).or_default() += 1;
            }
            _ => {}
        }
    }
    let missing: Vec<&String> = expected.keys().filter(|id| !found.contains_key(*id)).collect();
    assert!(missing.is_empty(), "{} posts are missing, {:?} …", missing.len(), &missing[..missing.len().min(5)]);
    let others: Vec<&String> = found.keys().filter(|id| !expected.contains_key(*id)).collect();
    assert!(others.is_empty(), "{} posts deserve no ticket, {:?} …", others.len(), &others[..others.len().min(5)]);
    assert!(found == *expected, "a post is another's, or was held back that should wait");

    let authors: BTreeSet<&String> = expected.values().map(|(author, _)| author).collect();
    let waiting: BTreeSet<&String> =
        expected.values().filter(|(_, fate)| *fate == QUEUED).map(|(author, _)| author).collect();
    assert_eq!(tickets.len(), authors.len(), "each person has one ticket");
    for (ticket, (author, state, count)) in &tickets {
        let posts = &of_ticket[ticket];
        assert!(posts.iter().all(|post| found[post].0 == *author), "{ticket} holds another's post");
        assert_eq!((posts.len() as u64, entered[ticket]), (*count, posts.len()), "posts of {ticket}");
        assert_eq!(state, if waiting.contains(author) { "open" } else { "held" }, "{ticket}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
