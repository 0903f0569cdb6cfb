//! News: all that a stream says, for whoever keeps cases beyond the queue.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use hearken::pipeline::{Builder, Tiding};
use hearken::policy::{Disposition, Reason};
use hearken::{ErrorKind, News, UnsupportedLanguage};

use crate::language::english;
use crate::testing::{tiny, until, watched, within};

type Told = Arc<Mutex<Vec<News>>>;

/// A pipeline, and what it tells.
fn telling() -> (Builder, Told) {
    told_by(tiny())
}

fn told_by(builder: Builder) -> (Builder, Told) {
    let told = Told::default();
    let kept = Arc::clone(&told);
    let builder = builder.workers(1).news(move |news| {
        kept.lock().unwrap().push(news);
        Ok(())
    });
    (builder, told)
}

const STREAM: &str = r#"{"id":"1","author":"ann","lang":"en","text":"grief grief"}
{"id":"2","author":"ann","lang":"en","text":"angry angry"}
{"id":"3","author":"bo","lang":"en","text":"promo promo"}
{"id":"4","author":"cy","lang":"en","text":"hello"}
{"id":"5","author":"di","lang":"en","reply_to":"1","text":"so sorry for your loss"}
{"id":"6","author":"di","repost_of":"1"}
{"id":"4","author":"cy","lang":"en","edited":true,"text":"hello again"}
{"id":"9","deleted":true}
"#;

#[test]
fn whoever_keeps_cases_is_told_all_that_is_said_of_posts_and_settles_it() {
    within(|| {
        let (builder, told) = telling();
        let pipeline = builder.start().unwrap();
        let (receipt, settled) = watched();
        pipeline.read_batch(STREAM.as_bytes(), "file", receipt).unwrap();
        until("it is told", || !told.lock().unwrap().is_empty());
        let summary = pipeline.finish().unwrap();
        assert!(summary.queue.is_empty() && summary.deletions.is_empty());
        let told = std::mem::take(&mut *told.lock().unwrap());
        let ids =
            |ranked: &[hearken::Ranked]| ranked.iter().map(|ranked| ranked.post.id.to_string()).collect::<Vec<_>>();
        let cases: Vec<_> = told.iter().flat_map(|news| ids(&news.cases)).collect();
        assert_eq!(cases, ["1"]);
        assert_eq!(ids(&told[0].cases[0].also), ["2"], "one person's posts come together");
        assert_eq!(told.iter().flat_map(|news| ids(&news.held)).collect::<Vec<_>>(), ["3"]);
        let tidings: Vec<&Tiding> = told.iter().flat_map(|news| &news.tidings).collect();
        let [Tiding::Replied(reply), Tiding::Reposted { id, total: 1, .. }, edit, Tiding::Deleted(deletion)] =
            tidings[..]
        else {
            panic!("{tidings:?}")
        };
        assert_eq!((&*reply.post.text, id.as_str(), &*deletion.id), ("so sorry for your loss", "1", "9"));
        let moved = reply.moves.as_ref().unwrap();
        assert_eq!(moved.replies, ["5"]);
        assert!(moved.head_start.why().iter().any(|term| term.reason == Reason::Replies));
        let Tiding::Edited(edited, Disposition::Neutral) = edit else { panic!("{edit:?}") };
        assert_eq!(edited.post.text, "hello again");
        assert!(!settled.load(Ordering::Relaxed), "nobody has settled it");
        told.into_iter().for_each(News::settle);
        assert!(settled.load(Ordering::Relaxed));
    });
}

#[test]
fn a_batch_of_which_nothing_is_told_is_settled_at_once() {
    within(|| {
        let (builder, told) = telling();
        let pipeline = builder.start().unwrap();
        let (receipt, settled) = watched();
        pipeline.read_batch(b"{\"text\":\"hello\"}\n", "file", receipt).unwrap();
        until("it is settled", || settled.load(Ordering::Relaxed));
        pipeline.finish().unwrap();
        assert!(told.lock().unwrap().is_empty());
    });
}

#[test]
fn the_first_copies_of_a_campaign_are_told_when_it_is_known_to_be_one() {
    within(|| {
        let (builder, told) = telling();
        let pipeline = builder.start().unwrap();
        let words = "vote for our little bakery in the big regional contest today and tell all of your friends";
        let copy = |n: usize| {
            let line =
                format!("{{\"id\":\"{n}\",\"author\":\"a{n}\",\"lang\":\"en\",\"text\":\"angry angry {words}\"}}\n");
            pipeline.read(line.as_bytes(), "file").unwrap();
        };
        for n in 1..5 {
            copy(n);
            until("the case is told", || told.lock().unwrap().len() == n);
        }
        copy(5);
        until("the campaign is told", || told.lock().unwrap().len() == 5);
        pipeline.finish().unwrap();
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert!(told[4].cases.is_empty(), "it is no case");
        let [Tiding::Campaign(campaign)] = &told[4].tidings[..] else { panic!("{:?}", told[4]) };
        let posts: Vec<&str> = campaign.posts.iter().map(|name| &*name.id).collect();
        assert_eq!((posts, &*campaign.entry.post.id), (vec!["1", "2", "3", "4", "5"], "5"));
        assert_eq!(campaign.entry.evidence.campaign.unwrap().authors, 5);
        assert!(campaign.entry.head_start.why().iter().any(|term| term.reason == Reason::Campaign));
    });
}

#[test]
fn an_edit_that_the_model_can_not_read_is_told_without_a_judgement() {
    for unread in [UnsupportedLanguage::Skip, UnsupportedLanguage::Reject] {
        within(move || {
            let (builder, told) = told_by(english());
            let pipeline = builder.unsupported_language(unread).start().unwrap();
            let feed = |line: &str| pipeline.read(format!("{line}\n").as_bytes(), "file").unwrap();
            feed(r#"{"id":"1","author":"ann","lang":"en","text":"grief grief"}"#);
            until("the case is told", || told.lock().unwrap().len() == 1);
            feed(
                r#"{"id":"1","author":"ann","lang":"es","edited":true,"text":"ya no quiero que nadie me conteste, gracias"}"#,
            );
            until("the edit is told", || told.lock().unwrap().len() == 2);
            feed(r#"{"id":"r","author":"bo","lang":"en","reply_to":"1","text":"are you ok?"}"#);
            pipeline.finish().unwrap();
            let told = std::mem::take(&mut *told.lock().unwrap());
            let [Tiding::Unjudged(unjudged)] = &told[1].tidings[..] else { panic!("{:?}", told[1]) };
            assert_eq!(&*unjudged.post.text, "ya no quiero que nadie me conteste, gracias");
            assert_eq!(&*unjudged.model, &*told[0].cases[0].model);
            let Tiding::Replied(reply) = &told[2].tidings[0] else { panic!("{:?}", told[2]) };
            assert_eq!(reply.moves, None, "what the post said before counts no more");
        });
    }
}

#[test]
fn whoever_can_not_keep_news_ends_the_run() {
    within(|| {
        let pipeline = tiny().news(|_| Err(io::Error::other("the desk burns"))).start().unwrap();
        let _ = pipeline.read(&b"{\"text\":\"grief\"}\n"[..], "file");
        let error = pipeline.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Output);
        assert!(error.to_string().contains("the desk burns"), "{error}");
    });
}

#[test]
fn a_reply_that_comes_later_tells_the_head_start_that_its_post_has_now() {
    within(|| {
        let (builder, told) = telling();
        let pipeline = builder.start().unwrap();
        let mut lines = STREAM.lines();
        let feed = |line: &str| pipeline.read(format!("{line}\n").as_bytes(), "file").unwrap();
        feed(lines.next().unwrap());
        until("the case is told", || told.lock().unwrap().len() == 1);
        feed(lines.nth(3).unwrap());
        until("the reply is told", || told.lock().unwrap().len() == 2);
        pipeline.finish().unwrap();
        let told = told.lock().unwrap();
        let Tiding::Replied(reply) = &told[1].tidings[0] else { panic!("{told:?}") };
        let moved = reply.moves.as_ref().unwrap();
        assert_eq!(moved.created_at, told[0].cases[0].created_at);
        assert!(moved.head_start.total() > told[0].cases[0].head_start.total());
    });
}

#[test]
fn posts_that_nobody_needs_are_told_where_someone_asks_for_them() {
    within(|| {
        let (builder, told) = telling();
        let pipeline = builder.sample(|post, _| post.id == "4" || post.id == "3").start().unwrap();
        let (receipt, settled) = watched();
        let feed = "{\"id\":\"7\",\"text\":\"hello\"}\n".to_owned() + STREAM;
        let feed: String =
            feed.lines().filter(|line| !line.contains("edited")).map(|line| format!("{line}\n")).collect();
        pipeline.read_batch(feed.as_bytes(), "file", receipt).unwrap();
        until("it is told", || !told.lock().unwrap().is_empty());
        assert_eq!(pipeline.finish().unwrap().tally.neutral, 3);
        let told = std::mem::take(&mut *told.lock().unwrap());
        let suppressed: Vec<_> = told.iter().flat_map(|news| &news.suppressed).collect();
        assert_eq!(suppressed.len(), 1, "the gate is asked of those only whom nobody needs: {suppressed:?}");
        assert_eq!((&*suppressed[0].post.id, &*suppressed[0].post.text), ("4", "hello"));
        assert!(!settled.load(Ordering::Relaxed), "it is as much to be kept as any other");
        told.into_iter().for_each(News::settle);
        assert!(settled.load(Ordering::Relaxed));
    });
}

#[test]
fn a_sample_needs_someone_who_is_told() {
    within(|| {
        let pipeline = tiny().sample(|_, _| panic!("nobody is told")).start().unwrap();
        let (receipt, settled) = watched();
        pipeline.read_batch(b"{\"text\":\"hello\"}\n", "file", receipt).unwrap();
        until("it is settled", || settled.load(Ordering::Relaxed));
        pipeline.finish().unwrap();
    });
}
