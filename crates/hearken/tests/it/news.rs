//! News: all that a stream says, for whoever keeps cases beyond the queue.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use hearken::pipeline::{Builder, Tiding};
use hearken::policy::{Disposition, Reason};
use hearken::{ErrorKind, News};

use crate::testing::{tiny, until, watched, within};

type Told = Arc<Mutex<Vec<News>>>;

/// A pipeline, and what it tells.
fn telling() -> (Builder, Told) {
    let told = Told::default();
    let kept = Arc::clone(&told);
    let builder = tiny().workers(1).news(move |news| {
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
        let (_, head_start) = reply.moves.unwrap();
        assert!(head_start.why().iter().any(|term| term.reason == Reason::Replies));
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
        let (created_at, head_start) = reply.moves.unwrap();
        assert_eq!(created_at, told[0].cases[0].created_at);
        assert!(head_start.total() > told[0].cases[0].head_start.total());
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
