//! Mastodon: every status, none twice, however the stream breaks.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hearken_streams::mastodon::{Mastodon, Options, Token};
use hearken_streams::{Cursors, Source as _, Waits};
use serde_json::Value;
use tokio::time::sleep;

use crate::instance::{Instance, Plan, World};
use crate::proxy::{Doom, Fate};
use crate::sink::{Until, lines_of};

fn source(instance: &Instance, query: &str, state: &Path) -> Mastodon {
    let mut options = Options::from_url(&format!("mastodon+insecure://{}/public{query}", instance.address)).unwrap();
    options.waits = Waits { min: Duration::from_millis(1), max: Duration::from_millis(5) };
    options.stall = Duration::from_secs(5);
    options.settle = Duration::from_millis(2);
    options.token = Some(Token::new("s3cret"));
    let cursor = Cursors::open(state).unwrap().cursor("mastodon").unwrap();
    Mastodon::new(options, Some(cursor)).unwrap()
}

/// The id of the status in a line, from the stream or from the timeline.
fn id(line: &str) -> u64 {
    let line: Value = serde_json::from_str(line).unwrap();
    let status = match line["payload"].as_str() {
        Some(payload) => serde_json::from_str(payload).unwrap(),
        None => line,
    };
    status["id"].as_str().unwrap().parse().unwrap()
}

/// Posts until every break has happened and a little longer; tells `enough` how many posts that were. Every tenth status was
/// on its way for long: its id is below those of the ones before.
async fn keep_posting(world: Arc<World>, streams: Doom, enough: Arc<AtomicUsize>) {
    let mut left: Option<usize> = None;
    for number in 1_u64.. {
        let id = 1_000 + number * 10 - if number % 10 == 0 { 205 } else { 0 };
        if left.is_none() && streams.fates.lock().unwrap().is_empty() && world.plan.closes.lock().unwrap().is_empty() {
            left = Some(300);
            enough.store(usize::try_from(number).unwrap() - 1 + 300, Ordering::SeqCst);
        }
        if left == Some(0) {
            return;
        }
        left = left.map(|left| left - 1);
        world.post(id);
        sleep(Duration::from_millis(1)).await;
    }
}

async fn fifty_breaks(query: &str) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cursors.json");
    let cuts = (0..38).map(|n| if n % 3 == 0 { Fate::Refused } else { Fate::Cut(fastrand::usize(10..12_000)) });
    let streams = Doom::new("/api/v1/streaming", cuts.collect());
    let pages = Doom::new("/api/v1/timelines", (0..20).map(|_| Fate::Cut(fastrand::usize(10..1_200))).collect());
    let plan = Plan {
        closes: Mutex::new((0..12).map(|_| fastrand::usize(1..30)).collect()),
        limits: AtomicUsize::new(2),
        ..Plan::default()
    };
    let instance = Instance::start(plan, vec![streams.clone(), pages.clone()]).await;
    // What was there before isn't asked for.
    instance.world.post(7);
    let enough = Arc::new(AtomicUsize::new(usize::MAX));
    let world = Arc::clone(&instance.world);
    let (doom, told) = (streams.clone(), Arc::clone(&enough));
    let poster = tokio::spawn(async move {
        while !world.requests.lock().unwrap().iter().any(|request| request.contains("/api/v1/streaming")) {
            sleep(Duration::from_millis(1)).await;
        }
        keep_posting(world, doom, told).await;
    });
    // Two clean stops on the way.
    let mut lines = lines_of(source(&instance, query, &state), Until::Lines(100)).await;
    lines.extend(lines_of(source(&instance, query, &state), Until::Lines(100)).await);
    let all = Arc::new(AtomicUsize::new(usize::MAX));
    let (had, rest, told) = (lines.len(), Arc::clone(&all), Arc::clone(&enough));
    let teller = tokio::spawn(async move {
        while enough.load(Ordering::SeqCst) == usize::MAX {
            sleep(Duration::from_millis(1)).await;
        }
        rest.store(enough.load(Ordering::SeqCst) - had, Ordering::SeqCst);
    });
    lines.extend(lines_of(source(&instance, query, &state), Until::Told(all)).await);
    poster.await.unwrap();
    teller.await.unwrap();

    let ids: Vec<u64> = lines.iter().map(|line| id(line)).collect();
    let distinct: BTreeSet<u64> = ids.iter().copied().collect();
    let posted = told.load(Ordering::SeqCst) as u64;
    let wanted: BTreeSet<u64> = (1..=posted).map(|n| 1_000 + n * 10 - if n % 10 == 0 { 205 } else { 0 }).collect();
    assert_eq!(wanted.difference(&distinct).collect::<Vec<_>>(), Vec::<&u64>::new(), "some are missing");
    assert_eq!((distinct.len(), ids.len()), (wanted.len(), wanted.len()), "some came twice");
    let saved: Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert_eq!(saved["cursors"]["mastodon"]["last"].as_str(), Some(wanted.last().unwrap().to_string().as_str()));

    let met = streams.met.lock().unwrap().clone();
    let refused = met.iter().filter(|fate| **fate == Fate::Refused).count();
    let closed = instance.world.closed.load(Ordering::SeqCst);
    println!(
        "cut {}, refused {refused}, closed {closed}, pages cut {}",
        met.len() - refused,
        pages.met.lock().unwrap().len()
    );
    assert_eq!((met.len() - refused, refused), (25, 13), "every break that was planned happened");
    assert!(closed > 0 && met.len() + closed + pages.met.lock().unwrap().len() >= 50);
    assert_eq!(instance.world.limited.load(Ordering::SeqCst), 2);
    assert!(
        lines.iter().any(|line| line.starts_with("{\"event\"")) && lines.iter().any(|line| line.starts_with("{\"id\""))
    );
    assert!(instance.world.requests.lock().unwrap().iter().all(|request| request.ends_with(" Bearer s3cret")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_breaks_of_websockets_leave_neither_gap_nor_duplicate() {
    fifty_breaks("?transport=websocket").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_breaks_of_server_sent_events_leave_neither_gap_nor_duplicate() {
    fifty_breaks("?transport=sse").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_websockets_sends_events() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(Plan { no_websocket: true, ..Plan::default() }, Vec::new()).await;
    let world = Arc::clone(&instance.world);
    tokio::spawn(async move {
        world.until_opened(1).await;
        world.post(11);
        world.say("status.update", r#"{"id":"11"}"#.to_owned());
        world.say("filters_changed", "undefined".to_owned());
        world.say("delete", "11".to_owned());
    });
    let lines = lines_of(source(&instance, "", &folder.path().join("cursors.json")), Until::Lines(4)).await;
    assert!(
        lines[0].starts_with(r#"{"event":"update","payload":"{\"id\":\"11\","#)
            || lines[0].starts_with(r#"{"id":"11""#)
    );
    assert_eq!(
        lines[1..],
        [
            r#"{"event":"status.update","payload":"{\"id\":\"11\"}"}"#,
            r#"{"event":"filters_changed","payload":"undefined"}"#,
            r#"{"event":"delete","payload":"11"}"#
        ]
    );
}

#[tokio::test]
async fn a_limit_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(Plan { limits: AtomicUsize::new(1), ..Plan::default() }, Vec::new()).await;
    let world = Arc::clone(&instance.world);
    let began = Instant::now();
    tokio::spawn(async move {
        world.until_opened(1).await;
        world.post(11);
    });
    lines_of(source(&instance, "", &folder.path().join("cursors.json")), Until::Lines(1)).await;
    assert!(began.elapsed() >= Duration::from_secs(1), "the server said one second");
}

#[tokio::test]
async fn a_server_that_refuses_is_an_error_without_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let instance = Instance::start(Plan { refusal: Some(401), ..Plan::default() }, Vec::new()).await;
    let mut source = source(&instance, "", &folder.path().join("cursors.json"));
    let error = format!("{:#}", source.next().await.unwrap_err());
    assert_eq!(
        error,
        format!(
            "{}: the server answered 401: {{\"error\":\"not for you\"}} (does the token allow to read this?)",
            instance.address
        )
    );
    assert!(source.next().await.unwrap().is_none());
}
