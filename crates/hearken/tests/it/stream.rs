//! What a stream says beside posts: deletions, edits, reposts and replies, through a whole pipeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hearken::format::{Deletion, Event, Repost, Skipped};
use hearken::pipeline::SubmitEventError;
use hearken::{ErrorKind, Pipeline, Policy, Post, Receipt, UnsupportedLanguage, WhenFull};

use crate::language::english;
use crate::testing::{Log, PATIENCE, after_noon, noon, post, tiny, until, within};

fn by(author: &str, mut post: Post<'static>) -> Post<'static> {
    post.author = Some(author.to_owned().into());
    post
}

fn deletion(id: &str) -> Event<'static> {
    Event::Delete(Deletion { id: id.to_owned().into(), ..Deletion::default() })
}

/// A pipeline that has taken these events in.
fn fed(pipeline: &Pipeline, events: impl IntoIterator<Item = Event<'static>>) {
    events.into_iter().for_each(|event| pipeline.feeder().submit_event(event).unwrap());
}

#[test]
fn a_deletion_stands_in_its_place_among_the_annotated_posts() {
    within(|| {
        let log = Log::default();
        let pipeline = tiny().workers(3).chunk_posts(2).annotated(log.sink()).start().unwrap();
        let account = Deletion { author: Some("ann".into()), platform: Some("x".into()), ..Deletion::default() };
        let events =
            [Event::Post(post(1, "grief")), deletion("1"), Event::Post(post(2, "hello")), Event::Delete(account)];
        fed(&pipeline, events);
        let summary = pipeline.finish().unwrap();
        let lines: Vec<String> = log.text().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[0].starts_with(r#"{"id":"1","labels""#) && lines[2].starts_with(r#"{"id":"2","labels""#),
            "{lines:?}"
        );
        assert_eq!(lines[1], r#"{"id":"1","deleted":true}"#);
        assert_eq!(lines[3], r#"{"author":"ann","platform":"x","deleted":true}"#);
        assert!(summary.queue.is_empty() && summary.deletions.is_empty());
        assert_eq!((summary.tally.deletions, summary.tally.withdrawn, summary.tally.posts), (2, 1, 2));
    });
}

#[test]
fn whoever_took_a_post_learns_that_it_is_deleted() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        fed(&pipeline, [Event::Post(post(1, "grief")), Event::Post(post(2, "grief"))]);
        let queue = pipeline.queue();
        let taken = queue.next(PATIENCE).unwrap().post.id.into_owned();
        until("the other one waits", || queue.len() == 1);
        fed(&pipeline, [deletion("1"), deletion("2"), deletion("3")]);
        until("it is deleted", || queue.is_empty());
        let summary = pipeline.finish().unwrap();
        let told: Vec<&str> = summary.deletions.iter().map(|deletion| &*deletion.id).collect();
        assert_eq!(told, [taken.as_str()], "nobody has seen the others");
    });
}

#[test]
fn an_edit_is_judged_anew() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        let events = [
            Event::Post(post(1, "grief")),
            Event::Post(post(2, "grief")),
            Event::Post(post(3, "hello")),
            Event::Edit(post(1, "hello")),
            Event::Edit(post(2, "angry angry urgent urgent")),
            Event::Edit(post(3, "grief")),
            Event::Post(post(2, "grief")),
        ];
        fed(&pipeline, events);
        let summary = pipeline.finish().unwrap();
        let mut left: Vec<(&str, &str)> = summary.queue.iter().map(|case| (&*case.post.id, &*case.post.text)).collect();
        left.sort_unstable();
        assert_eq!(left, [("2", "angry angry urgent urgent"), ("3", "grief")]);
        let tally = summary.tally;
        assert_eq!((tally.edits, tally.withdrawn, tally.duplicates), (3, 2, 1));
    });
}

#[test]
fn a_repost_counts_and_brings_its_original_along() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        let repost = |who: &str, text: &str| {
            let of = by("ann", post(1, text));
            let author = Some(who.to_owned().into());
            Event::Repost(Repost { id: None, author, created_at: Some(after_noon(90)), of })
        };
        fed(&pipeline, [repost("bo", ""), repost("cy", "grief"), repost("di", "grief"), repost("di", "")]);
        let summary = pipeline.finish().unwrap();
        let [case] = summary.queue.try_into().unwrap();
        assert_eq!((case.post.author.as_deref(), case.created_at), (Some("ann"), after_noon(1)));
        assert_eq!((case.evidence.reposts, summary.tally.reposts), (3, 4));
    });
}

#[test]
fn a_neutral_reply_is_heard_and_one_to_nobody_costs_nothing() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        let reply = |number, author: &str, text: &str, to: &str| {
            let mut reply = by(author, post(number, text));
            reply.reply_to = Some(to.to_owned().into());
            Event::Post(reply)
        };
        fed(
            &pipeline,
            [
                reply(2, "bo", "are you ok?", "1"),
                Event::Post(by("ann", post(1, "grief"))),
                reply(3, "cy", "so sorry for your loss", "1"),
                reply(4, "ann", "me too", "1"),
                reply(5, "di", "nice picture", "1"),
            ],
        );
        let summary = pipeline.finish().unwrap();
        assert_eq!(summary.queue.len(), 1);
        let record = serde_json::to_value(hearken::record::Queued::new(&summary.queue[0], Some(1))).unwrap();
        assert_eq!(record["replies"], serde_json::json!({"concern": 1, "condolence": 1}));
        let why = record["why"].as_array().unwrap().iter().find(|term| term["reason"] == "replies").unwrap();
        assert_eq!(*why, serde_json::json!({"reason": "replies", "minutes": 90.0, "posts": ["2", "3"]}));
        assert_eq!(summary.tally.neutral, 4);
    });
}

#[test]
fn a_record_of_a_plain_post_has_no_new_fields() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        fed(&pipeline, [Event::Post(post(1, "grief"))]);
        let queue = pipeline.finish().unwrap().queue;
        let record = serde_json::to_string(&hearken::record::Queued::new(&queue[0], Some(1))).unwrap();
        let fields = ["replies", "reposts", "case", "campaign", "posts"].map(|name| format!("\"{name}\""));
        assert!(fields.iter().all(|field| !record.contains(field)), "{record}");
    });
}

#[test]
fn no_batch_stays_open_whatever_becomes_of_its_posts() {
    within(|| {
        let pipeline = tiny().queue(2, WhenFull::KeepBest).held(Box::new(|_| Ok(()))).start().unwrap();
        let settled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&settled);
        let receipt = Receipt::new(move || flag.store(true, Ordering::SeqCst));
        let copy = "angry angry one of many like texts that are sent by quite a few accounts at once";
        let mut lines = String::new();
        let mut line = |id: usize, author: usize, text: &str| {
            lines += &format!("{}\n", serde_json::json!({"id": id, "author": author, "text": text, "reply_to": 1}));
        };
        (1..4).for_each(|id| line(id, 1, "grief"));
        (4..9).for_each(|id| line(id, id, "grief so sorry for your loss"));
        (10..30).for_each(|id| line(id, id, copy));
        (30..40).for_each(|id| line(id, id, "promo promo"));
        (40..50).for_each(|id| line(id, id, "urgent urgent angry"));
        pipeline.read_batch(lines.as_bytes(), "feed", receipt).unwrap();
        fed(&pipeline, (1..60).step_by(2).map(|id| deletion(&id.to_string())));
        let summary = pipeline.finish().unwrap();
        assert!(
            !settled.load(Ordering::SeqCst) && !summary.queue.is_empty(),
            "someone still has to say that it is safe"
        );
        for mut case in summary.queue {
            case.settle();
        }
        assert!(settled.load(Ordering::SeqCst), "{:?}", summary.tally);
    });
}

#[test]
fn what_is_no_post_is_counted_by_kind() {
    within(|| {
        let pipeline = tiny().start().unwrap();
        fed(&pipeline, [Skipped::NoPost, Skipped::Account, Skipped::Control, Skipped::NoPost].map(Event::Skipped));
        let skipped = pipeline.finish().unwrap().tally.skipped;
        assert_eq!((skipped.no_post, skipped.account, skipped.control, skipped.total()), (2, 1, 1, 4));
    });
}

#[test]
fn a_finished_pipeline_gives_the_event_back() {
    let pipeline = tiny().start().unwrap();
    let feeder = pipeline.feeder();
    pipeline.finish().unwrap();
    let SubmitEventError(back) = feeder.submit_event(deletion("7")).unwrap_err();
    assert_eq!(*back, deletion("7"));
}

#[test]
fn policies_that_make_no_sense_are_refused() {
    let refused = [
        ("campaign_authors", Policy { campaign_authors: 1, ..Policy::default() }),
        ("replies", Policy { replies: -1.0, ..Policy::default() }),
        ("replies_at_most", Policy { replies_at_most: f64::INFINITY, ..Policy::default() }),
        ("campaign", Policy { campaign: f64::NAN, ..Policy::default() }),
    ];
    for (field, policy) in refused {
        let error = tiny().now(noon()).policy(policy).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(field), "{error}");
    }
}

/// Urgent once is not enough for the queue, but two people who worry make it so.
fn hard_to_please() -> Policy {
    let alone = 0.5 * Policy::default().urgency.iter().sum::<f64>();
    Policy { queue_from: alone + 60.0, ..Policy::default() }
}

fn answers(id: u64, to: u64, text: &str) -> Event<'static> {
    let mut reply = by(&format!("friend{id}"), post(id, text));
    reply.reply_to = Some(to.to_string().into());
    Event::Post(reply)
}

#[test]
fn people_who_worry_bring_a_post_in_that_just_missed_the_queue() {
    within(|| {
        let pipeline = tiny().policy(hard_to_please()).start().unwrap();
        let receipt = Arc::new(AtomicBool::new(false));
        let settled = Arc::clone(&receipt);
        let line =
            br#"{"id":"1","author":"ann","lang":"en","created_at":"2026-11-20T12:00:01Z","text":"urgent, perhaps"}"#;
        pipeline.read_batch(line, "file", Receipt::new(move || settled.store(true, Ordering::SeqCst))).unwrap();
        fed(
            &pipeline,
            [Event::Post(by("bo", post(2, "urgent, perhaps not"))), Event::Post(by("cy", post(3, "hello")))],
        );
        until("nothing waits for it", || receipt.load(Ordering::SeqCst));
        assert!(pipeline.queue().is_empty());
        fed(&pipeline, [answers(4, 1, "are you ok?"), answers(5, 1, "you ok? worried about you")]);
        fed(&pipeline, [answers(6, 2, "are you ok?"), answers(7, 3, "are you ok?"), answers(8, 3, "are you ok?")]);
        let summary = pipeline.finish().unwrap();
        let [case] = summary.queue.try_into().unwrap();
        assert_eq!((&*case.post.id, &case.evidence.replies.named), ("1", &vec!["4".to_owned(), "5".to_owned()]));
        assert!(case.due_by.is_some());
        assert_eq!((summary.tally.lifted, summary.tally.queued), (1, 0));
    });
}

#[test]
fn an_edit_that_is_rejected_for_its_language_takes_the_post_out_of_the_queue() {
    within(|| {
        let pipeline = english().unsupported_language(UnsupportedLanguage::Reject).start().unwrap();
        let mut spanish = post(1, "ya no quiero que nadie me conteste, gracias");
        spanish.lang = Some("es".into());
        fed(&pipeline, [Event::Post(post(1, "grief")), Event::Post(post(2, "grief"))]);
        fed(&pipeline, [Event::Edit(spanish)]);
        let summary = pipeline.finish().unwrap();
        let ids: Vec<&str> = summary.queue.iter().map(|case| &*case.post.id).collect();
        assert_eq!((ids, summary.tally.unsupported_language), (vec!["2"], 1));
    });
}
