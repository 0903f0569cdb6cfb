#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::channel;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::*;

/// Gives batches 1, 2, 3 … one a millisecond, up to `end`, then ends, fails or waits; remembers what was committed, and when.
struct Numbers {
    next: Token,
    end: Token,
    then: Then,
    commits: Arc<Mutex<Vec<(Token, Instant)>>>,
}

#[derive(Clone, Copy)]
enum Then {
    End,
    Fail,
    Wait,
}

impl Source for Numbers {
    fn name(&self) -> &str {
        "numbers"
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        sleep(Duration::from_millis(1)).await;
        if self.next == self.end {
            return match self.then {
                Then::End => Ok(None),
                Then::Fail => Err(anyhow::anyhow!("the sky fell")),
                Then::Wait => std::future::pending().await,
            };
        }
        self.next += 1;
        Ok(Some(Batch {
            name: "numbers".into(),
            first_line: 1,
            numbers: Vec::new(),
            lines: b"1\n".to_vec(),
            token: self.next,
        }))
    }

    async fn commit(&mut self, token: Token) -> Result<()> {
        self.commits.lock().unwrap().push((token, Instant::now()));
        Ok(())
    }
}

struct Driven {
    deliveries: tokio::sync::mpsc::Receiver<Delivery>,
    commits: Arc<Mutex<Vec<(Token, Instant)>>>,
    stop: CancellationToken,
    task: JoinHandle<Result<()>>,
}

impl Driven {
    fn start(end: Token, then: Then) -> Self {
        let (deliver, deliveries) = channel(2);
        let commits = Arc::default();
        let stop = CancellationToken::new();
        let source = Numbers { next: 0, end, then, commits: Arc::clone(&commits) };
        let task = tokio::spawn(drive(source, deliver, stop.clone(), Pace::default()));
        Self { deliveries, commits, stop, task }
    }

    async fn take(&mut self) -> Settled {
        self.deliveries.recv().await.unwrap().settled
    }

    fn committed(&self) -> Vec<Token> {
        self.commits.lock().unwrap().iter().map(|(token, _)| *token).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn commits_follow_the_settled_prefix() {
    let mut driven = Driven::start(3, Then::End);
    let (one, two, three) = (driven.take().await, driven.take().await, driven.take().await);
    two.settle();
    sleep(Duration::from_secs(9)).await;
    assert!(driven.committed().is_empty());
    std::thread::spawn(move || one.settle()).join().unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(driven.committed(), [2]);
    assert!(driven.deliveries.recv().await.is_none(), "the end of the source is passed on");
    three.settle();
    driven.task.await.unwrap().unwrap();
    assert_eq!(driven.commits.lock().unwrap().last().unwrap().0, 3);
}

#[tokio::test(start_paused = true)]
async fn commits_keep_their_pace() {
    let mut driven = Driven::start(2000, Then::End);
    while let Some(delivery) = driven.deliveries.recv().await {
        delivery.settled.settle();
    }
    driven.task.await.unwrap().unwrap();
    let commits = driven.commits.lock().unwrap();
    assert_eq!(commits.last().unwrap().0, 2000);
    // Two seconds of batches, and one commit at the end.
    assert!((8..=10).contains(&commits.len()), "{}", commits.len());
}

#[tokio::test(start_paused = true)]
async fn commits_go_on_while_nobody_takes_batches() {
    let mut driven = Driven::start(9, Then::Wait);
    let one = driven.take().await;
    // Now the channel is full, and a batch waits for room.
    sleep(Duration::from_secs(1)).await;
    one.settle();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(driven.committed(), [1]);
    assert_eq!(driven.deliveries.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_what_is_under_way() {
    let mut driven = Driven::start(9, Then::Wait);
    let (one, two) = (driven.take().await, driven.take().await);
    // Two more fill the channel; a fifth waits for room and is never handed out.
    sleep(Duration::from_secs(1)).await;
    driven.stop.cancel();
    sleep(Duration::from_secs(5)).await;
    two.settle();
    one.settle();
    while let Some(delivery) = driven.deliveries.recv().await {
        delivery.settled.settle();
    }
    driven.task.await.unwrap().unwrap();
    let last = driven.commits.lock().unwrap().last().unwrap().0;
    assert_eq!(last, 4);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let mut driven = Driven::start(9, Then::Wait);
    let (one, _two) = (driven.take().await, driven.take().await);
    driven.stop.cancel();
    one.settle();
    let stopped = Instant::now();
    driven.task.await.unwrap().unwrap();
    assert_eq!(stopped.elapsed(), Pace::default().grace);
    assert_eq!(driven.commits.lock().unwrap().last().unwrap().0, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_not_waited_for() {
    let mut driven = Driven::start(2, Then::End);
    let (one, two) = (driven.take().await, driven.take().await);
    drop(one);
    two.settle();
    drop((two, driven.deliveries));
    timeout(Duration::from_secs(1), driven.task).await.unwrap().unwrap().unwrap();
    assert_eq!(driven.commits.lock().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_commits_what_was_settled() {
    let mut driven = Driven::start(2, Then::Fail);
    while let Some(delivery) = driven.deliveries.recv().await {
        delivery.settled.settle();
    }
    let error = driven.task.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the sky fell");
    assert_eq!(driven.commits.lock().unwrap().last().unwrap().0, 2);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_is_an_error() {
    let driven = Driven::start(2, Then::Wait);
    drop(driven.deliveries);
    let error = driven.task.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "nobody takes the posts of numbers any more");
}
