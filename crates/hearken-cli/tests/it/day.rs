//! A scripted day: a griever on three networks, replies, an edit, a deletion, a campaign of forty accounts.

use std::fs;
use std::sync::{Arc, Mutex};

use hearken::format::{Deletion, Event, Repost};
use hearken::record::Queued;
use hearken::{Budget, Model, Pipeline, Post, Summary};
use serde_json::Value;

use crate::cli::{NOW, cascade, examples, project, stdout};

/// The day, event by event.
fn day() -> Vec<Event<'static>> {
    let lines = fs::read_to_string(examples().join("day.jsonl")).unwrap();
    lines.lines().map(|line| event(&serde_json::from_str(line).unwrap())).collect()
}

fn event(line: &Value) -> Event<'static> {
    let field = |name: &str| line[name].as_str().map(|text| text.to_owned().into());
    let mut post = Post::new(field("id").unwrap(), field("text").unwrap_or_default());
    (post.author, post.platform, post.lang) = (field("author"), field("platform"), field("lang"));
    post.reply_to = field("reply_to");
    post.created_at = line["created_at"].as_str().map(|time| time.parse().unwrap());
    if line["deleted"] == true {
        return Event::Delete(Deletion { id: post.id, platform: post.platform, author: None });
    }
    if let Some(of) = field("repost_of") {
        let mut original = Post::new(of, "");
        original.platform = post.platform;
        return Event::Repost(Repost {
            id: Some(post.id),
            author: post.author,
            created_at: post.created_at,
            of: original,
        });
    }
    if line["edited"] == true { Event::Edit(post) } else { Event::Post(post) }
}

/// What both models make of the day, and what is held back.
fn run(workers: usize) -> (Summary, String) {
    let model = |name: &str| Model::open(project().join("models").join(name)).unwrap();
    let held = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&held);
    let pipeline = Pipeline::builder(model("fast"))
        .careful(model("accurate"), Budget { share: 1.0, ..Budget::default() })
        .workers(workers)
        .chunk_posts(7)
        .now(NOW.parse().unwrap())
        .held(Box::new(move |lines| {
            log.lock().unwrap().extend_from_slice(lines);
            Ok(())
        }))
        .start()
        .unwrap();
    for event in day() {
        pipeline.feeder().submit_event(event).unwrap();
    }
    let summary = pipeline.finish().unwrap();
    let held = String::from_utf8(held.lock().unwrap().clone()).unwrap();
    (summary, held)
}

/// What of a record tells whether the day was understood, a line for each field.
fn told(record: &Value) -> String {
    let told = ["rank", "id", "assigned", "text", "replies", "reposts", "case", "campaign"];
    let fields = told.iter().filter_map(|name| Some(format!("{name}: {}\n", record.get(name)?)));
    let whose = ["replies", "campaign"];
    let why = record["why"].as_array().unwrap().iter().filter(|term| whose.contains(&term["reason"].as_str().unwrap()));
    fields.chain(why.map(|term| format!("why: {term}\n"))).chain(["\n".to_owned()]).collect()
}

/// The day as the command reads it from its file.
#[test]
fn the_command_makes_the_same_of_the_day() {
    let dir = tempfile::tempdir().unwrap();
    let held = dir.path().join("held.jsonl");
    let done = cascade().args(["--budget", "100%", "--held"]).arg(&held).arg("day.jsonl").assert().success();
    let tell = |lines: &str| lines.lines().map(|line| told(&serde_json::from_str(line).unwrap())).collect::<String>();
    let (queue, held) = (tell(stdout(&done)), tell(&fs::read_to_string(held).unwrap()));
    insta::assert_snapshot!(format!("QUEUE\n{queue}HELD BACK\n{held}"));
    let done = cascade().args(["--budget", "100%", "--table", "always", "day.jsonl"]).assert().success();
    insta::assert_snapshot!("table_of_the_day", stdout(&done));
}

#[test]
fn a_day_of_a_stream_becomes_one_case_for_each_person_and_one_entry_for_the_campaign() {
    let (summary, held) = run(2);
    let queue =
        summary.queue.iter().zip(1..).map(|(case, rank)| serde_json::to_value(Queued::new(case, Some(rank))).unwrap());
    let queue: String = queue.map(|record| told(&record)).collect();
    let held: String = held.lines().map(|line| told(&serde_json::from_str(line).unwrap())).collect();
    let tally = summary.tally;
    insta::assert_snapshot!(format!("QUEUE\n{queue}HELD BACK\n{held}{tally:#?}"));
    for workers in [1, 3] {
        let (again, held_again) = run(workers);
        assert_eq!((again.queue, again.tally), (summary.queue.clone(), tally), "{workers} workers");
        assert_eq!(held_again.lines().count(), 1);
    }
}
