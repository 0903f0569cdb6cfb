//! A run with a desk while it runs: what it has acknowledged is on the desk, whatever happens to it.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use hearken_desk::{Error, Row, Rules, SqliteStore};
use rustix::process::Signal;

use crate::cli::{PATIENCE, many, posts};
use crate::desk::{Desk, live};
use crate::live::{Live, wait_until};
use crate::sources::{free_port, send};

/// The same desk, as another program has it.
fn opened(desk: &Desk) -> hearken_desk::Desk<SqliteStore> {
    hearken_desk::Desk::new(SqliteStore::open(desk.path()).unwrap(), Rules::default())
}

fn count(desk: &Desk) -> usize {
    desk.json("ann", "22:00", &["list", "--limit", "1000"]).len()
}

#[test]
fn what_is_answered_is_on_the_desk_when_the_run_is_killed() {
    let (desk, port) = (Desk::none(), free_port());
    let source = format!("listen://127.0.0.1:{port}");
    let run = Live::start(live(&desk, &["--source", &source]).env("HEARKEN_HTTP_TOKEN", "sesame"));
    for sent in 1..=5 {
        let (status, _) = send(port, &format!("{{\"id\":{sent},\"text\":\"grief\"}}\n"));
        assert_eq!(status, "200");
    }
    run.signal(Signal::KILL);
    assert_eq!(run.end().status.code(), None);
    assert_eq!(count(&desk), 5);
}

#[test]
fn nothing_is_answered_before_it_is_on_the_desk() {
    let (desk, port) = (Desk::none(), free_port());
    let source = format!("listen://127.0.0.1:{port}?wait=1");
    let run = Live::start(live(&desk, &["--source", &source]).env("HEARKEN_HTTP_TOKEN", "sesame"));
    assert_eq!(send(port, &posts(&["hello"])).0, "200", "nobody needs it");
    // Someone writes to the desk, and takes their time: an import is one transaction, and waits for its rows.
    let (begun, is_begun) = channel();
    let (end, ends) = channel::<()>();
    let other = opened(&desk);
    let writer = thread::spawn(move || {
        let slow = std::iter::once_with(|| {
            begun.send(()).unwrap();
            ends.recv().unwrap();
            Err::<Row, _>(Error::Invalid("changed my mind".to_owned()))
        });
        other.import(slow)
    });
    is_begun.recv_timeout(PATIENCE).unwrap();
    let answer = send(port, &many(1));
    assert_eq!(answer, ("202".to_owned(), "{\"accepted\":1,\"durable\":false}".to_owned()));
    assert_eq!(count(&desk), 0);
    end.send(()).unwrap();
    writer.join().unwrap().unwrap_err();
    wait_until(PATIENCE, || (count(&desk) == 1).then_some(()));
    assert_eq!(send(port, &posts(&["angry angry"])).0, "200");
    assert_eq!(count(&desk), 2);
    run.signal(Signal::TERM);
    assert_eq!(run.end().status.code(), Some(0));
}

#[test]
fn a_signal_flushes_what_was_read() {
    let desk = Desk::none();
    let mut run = Live::start(&mut live(&desk, &[]));
    run.say(&many(300));
    wait_until(PATIENCE, || (desk.path().exists() && count(&desk) > 0).then_some(()));
    run.say("{\"id\":\"last\",\"text\":\"grief\"}\n");
    thread::sleep(Duration::from_millis(30));
    run.signal(Signal::TERM);
    let ended = run.end();
    assert_eq!((ended.status.code(), ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    assert_eq!(count(&desk), 301);
}

#[test]
fn few_posts_do_not_wait_for_many() {
    let desk = Desk::none();
    let mut run = Live::start(&mut live(&desk, &[]));
    run.say(&many(1));
    wait_until(PATIENCE, || (desk.path().exists() && count(&desk) == 1).then_some(()));
    assert_eq!(run.close().status.code(), Some(0));
}

#[test]
fn a_desk_that_fails_ends_the_run_and_nothing_is_answered() {
    let (desk, port) = (Desk::none(), free_port());
    let source = format!("listen://127.0.0.1:{port}?wait=1");
    let run = Live::start(live(&desk, &["--source", &source]).env("HEARKEN_HTTP_TOKEN", "sesame"));
    assert_eq!(send(port, &many(1)).0, "200");
    rusqlite::Connection::open(desk.path()).unwrap().execute_batch("DROP TABLE reply; DROP TABLE post").unwrap();
    assert_ne!(send(port, &posts(&["angry angry"])).0, "200");
    let ended = run.end();
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.contains("writing to the desk") && ended.stderr.contains("no such table"), "{ended:?}");
}
