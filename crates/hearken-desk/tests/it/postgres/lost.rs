//! Connections that are lost, and servers that crash: what was acknowledged is there afterwards, and nothing is there twice.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hearken_desk::{Claimant, Desk, Error, Filter, Next, Outcome, PostgresStore, State, TicketId};

use super::{Server, new_desk, server};
use crate::processes::lenient;
use crate::testing::{at, post, posts};

/// When a connection is cut: at its next commit, before the server has heard of it or before the client has its answer.
const NEVER: u8 = 0;
const BEFORE: u8 = 1;
const AFTER: u8 = 2;

/// Stands between a client and the server, and cuts a connection when it is told to.
struct Proxy {
    port: u16,
    cut: Arc<AtomicU8>,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (cut, cuts) = (Arc::new(AtomicU8::new(NEVER)), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { port: listener.local_addr().unwrap().port(), cut, cuts };
        let (socket, cut, cuts) = (server.dir.join(".s.PGSQL.5432"), proxy.cut.clone(), proxy.cuts.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (socket, cut, cuts) = (socket.clone(), cut.clone(), cuts.clone());
                thread::spawn(move || carry(client, socket, &cut, &cuts));
            }
        });
        proxy
    }

    fn url(&self, schema: &str) -> String {
        format!("postgres://hearken@127.0.0.1:{}/desks?sslmode=disable&schema={schema}", self.port)
    }
}

fn carry(mut client: TcpStream, socket: PathBuf, cut: &AtomicU8, cuts: &AtomicUsize) {
    let mut server = UnixStream::connect(socket).unwrap();
    let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let silent = Arc::new(AtomicBool::new(false));
    let is_silent = silent.clone();
    let answering = thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = answers.read(&mut bytes) {
            if is_silent.load(Ordering::SeqCst) || back.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
    });
    let mut bytes = [0; 8192];
    loop {
        let read = match client.read(&mut bytes) {
            Ok(read @ 1..) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            _ => break,
        };
        let commits = bytes[..read].windows(7).any(|window| window == b"COMMIT\0");
        let now = if commits { cut.swap(NEVER, Ordering::SeqCst) } else { NEVER };
        if now != NEVER {
            cuts.fetch_add(1, Ordering::SeqCst);
            silent.store(true, Ordering::SeqCst);
        }
        if now != BEFORE && server.write_all(&bytes[..read]).is_err() {
            break;
        }
        if now == AFTER {
            // The server has answered when the other thread leaves.
            drop(answering.join());
            drop(client.shutdown(Shutdown::Both));
            return;
        }
        if now == BEFORE {
            break;
        }
    }
    drop((client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both)));
}

#[test]
fn a_commit_that_nobody_answered_is_neither_lost_nor_made_twice() {
    let Some(server) = server() else { return };
    let proxy = Proxy::start(server);
    for (when, schema) in [(BEFORE, "cut_before"), (AFTER, "cut_after")] {
        let desk = Desk::new(PostgresStore::open(&proxy.url(schema)).unwrap(), lenient());
        let cut = |what: &str, deed: &dyn Fn()| {
            let before = proxy.cuts.load(Ordering::SeqCst);
            proxy.cut.store(when, Ordering::SeqCst);
            deed();
            assert_eq!(proxy.cuts.load(Ordering::SeqCst), before + 1, "{what} was not cut");
        };
        desk.take_in(&posts([post("0", "z", 9)]), at(9)).unwrap();
        cut("taking in", &|| {
            let taken = desk.take_in(&posts([post("1", "a", 0), post("2", "b", 1)]), at(2)).unwrap();
            assert_eq!(taken.opened, 2);
        });
        let ids: Vec<TicketId> =
            desk.list(&Filter::default(), None, 9, at(2)).unwrap().iter().map(|ticket| ticket.id).collect();
        cut("a claim", &|| {
            let Next::Claimed(claimed) = desk.next(&Claimant::new("ann"), at(3)).unwrap() else { panic!("nobody") };
            assert_eq!(claimed.ticket.id, ids[0]);
        });
        cut("an answer", &|| drop(desk.answer(ids[0], "ann", Some("rang her"), false, at(4)).unwrap()));
        cut("a note", &|| desk.note(ids[0], "ann", "she asked for a call", at(5)).unwrap());
        let case = desk.show(ids[0], true, at(6)).unwrap();
        let deeds: Vec<&str> = case.history.iter().map(|entry| entry.deed.name()).collect();
        assert_eq!(deeds, ["opened", "claimed", "answered", "noted"], "cut {when}");
        assert_eq!(desk.list(&Filter::default(), None, 9, at(6)).unwrap().len(), 3);
        assert_eq!(desk.check().unwrap(), []);
    }
}

#[test]
fn connections_that_were_lost_between_two_deeds_are_no_matter() {
    let (Some(server), Some(url)) = (server(), new_desk()) else { return };
    let url = format!("{url}&application_name=to_be_ended");
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), lenient());
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let mut admin = postgres::Client::connect(&server.superuser(), postgres::NoTls).unwrap();
    let mut end_all = || {
        let sql =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'to_be_ended'";
        assert_ne!(admin.query_one(sql, &[]).unwrap().get::<_, i64>(0), 0, "no connection was there to be ended");
    };
    end_all();
    assert_eq!(desk.ledger(at(0)).unwrap().waiting, 1);
    end_all();
    assert!(matches!(desk.next(&Claimant::new("ann"), at(0)).unwrap(), Next::Claimed(_)));
}

/// How often the server crashes.
const CRASHES: usize = 3;

#[test]
fn a_server_that_crashes_keeps_what_it_acknowledged() {
    let Some(mut server) = Server::start() else { return };
    let url = server.url("crashing");
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), lenient());
    let over = AtomicBool::new(false);
    let kept = AtomicUsize::new(0);
    let resolved = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let number = kept.load(Ordering::SeqCst);
                let batch =
                    (0..16).map(|place| post(&format!("{number}/{place}"), &format!("author {number}/{place}"), 0));
                desk.take_in(&posts(batch), at(0)).unwrap();
                kept.fetch_add(1, Ordering::SeqCst);
            }
        });
        let colleagues: Vec<_> = (0..3)
            .map(|number| {
                let (desk, over) = (&desk, &over);
                scope.spawn(move || {
                    let name = format!("colleague {number}");
                    let mut resolved = Vec::new();
                    while !over.load(Ordering::SeqCst) {
                        let Next::Claimed(claimed) = desk.next(&Claimant::new(&name), at(0)).unwrap() else {
                            thread::sleep(Duration::from_millis(5));
                            continue;
                        };
                        // A crash may take the claim back, which then was another's: that is refused, and no harm.
                        let id = claimed.ticket.id;
                        match desk.resolve(id, &name, Outcome::Helped, None, at(0)) {
                            Ok(_) => resolved.push(id),
                            Err(Error::Refused(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                    resolved
                })
            })
            .collect();
        for _ in 0..CRASHES {
            thread::sleep(Duration::from_millis(700));
            server.crash();
        }
        thread::sleep(Duration::from_millis(500));
        over.store(true, Ordering::SeqCst);
        colleagues.into_iter().flat_map(|colleague| colleague.join().unwrap()).collect::<Vec<TicketId>>()
    });
    let kept = kept.load(Ordering::SeqCst);
    assert!(kept > CRASHES && resolved.len() > CRASHES, "{kept} batches, {} resolved: nobody worked", resolved.len());
    assert_eq!(desk.check().unwrap(), []);
    let mut tickets = std::collections::HashMap::new();
    desk.export(|row| {
        if let hearken_desk::Row::Ticket(ticket) = row {
            tickets.insert(ticket.id, ticket.state);
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(tickets.len(), kept * 16, "each post is one ticket");
    assert!(resolved.iter().all(|id| matches!(tickets[id], State::Resolved { .. })), "a resolution is lost");
    let different: std::collections::HashSet<&TicketId> = resolved.iter().collect();
    assert_eq!(different.len(), resolved.len(), "a ticket was resolved twice");
}
