//! The tables: whose rows they show, what they refuse, which release made them.

use std::time::Duration;

use hearken_desk::{Change, Claimant, Desk, Error, Listener, PostKey, PostgresOptions, PostgresStore, Rules, TicketId};
use postgres::{Client, NoTls};

use super::{new_desk, server};
use crate::testing::{at, post, posts};

/// A connection as any program of the desk's own role could make it, to the schema of a desk.
fn raw(url: &str) -> Client {
    let (place, schema) = url.split_once("&schema=").unwrap();
    let mut client = Client::connect(place, NoTls).unwrap();
    client.batch_execute(&format!("SET search_path = {schema}")).unwrap();
    client
}

fn tenants(url: &str) -> [Desk<PostgresStore>; 2] {
    ["one", "two"].map(|tenant| Desk::for_tenant(PostgresStore::open(url).unwrap(), tenant, Rules::default()))
}

#[test]
fn no_query_sees_the_rows_of_another_tenant() {
    let Some(url) = new_desk() else { return };
    let [one, two] = tenants(&url);
    one.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    two.take_in(&posts([post("1", "a", 0), post("2", "b", 0)]), at(0)).unwrap();
    // The control: the rows are there, for who may see through the fence.
    let schema = url.split_once("&schema=").unwrap().1;
    let mut admin = Client::connect(&server().unwrap().superuser(), NoTls).unwrap();
    let seen = |client: &mut Client, table: &str| -> i64 {
        client.query_one(&format!("SELECT count(*) FROM {schema}.{table}"), &[]).unwrap().get(0)
    };
    assert_eq!((seen(&mut admin, "ticket"), seen(&mut admin, "tenant")), (3, 2));

    let mut client = raw(&url);
    let tables = "SELECT table_name FROM information_schema.columns WHERE table_schema = $1 AND column_name = 'tenant'";
    let tables: Vec<String> = client.query(tables, &[&schema]).unwrap().iter().map(|row| row.get(0)).collect();
    assert!(tables.len() >= 10, "{tables:?}");
    for table in tables.iter().map(String::as_str).chain(["tenant"]) {
        assert_eq!(seen(&mut client, table), 0, "{table} is open to who names no tenant");
    }
    // A transaction of one tenant sees its own, and can make none of another's.
    let mut transaction = client.transaction().unwrap();
    let id: i64 = admin.query_one(&format!("SELECT id FROM {schema}.tenant WHERE name = 'one'"), &[]).unwrap().get(0);
    transaction.batch_execute(&format!("SET LOCAL hearken.tenant = {id}")).unwrap();
    let texts = transaction.query("SELECT text FROM post", &[]).unwrap();
    assert_eq!(texts.len(), 1);
    let forged = transaction.execute("INSERT INTO lane (tenant, lane) VALUES ($1, 'x')", &[&(id + 1)]).unwrap_err();
    assert!(forged.as_db_error().unwrap().message().contains("row-level security"), "{forged:?}");
    drop(transaction);
    // And what a transaction was for is forgotten with it.
    assert_eq!(seen(&mut client, "ticket"), 0);
}

#[test]
fn a_tenant_is_made_by_a_run_or_by_what_is_written_and_never_by_who_reads() {
    let Some(url) = new_desk() else { return };
    let [one, _] = tenants(&url);
    let store = PostgresStore::open(&url).unwrap();
    let is_known = |name: &str| match store.check_tenant(name) {
        Ok(()) => true,
        Err(Error::NoTenant { others, .. }) if others.is_empty() => false,
        other => panic!("{other:?}"),
    };
    // Whoever reads sees what a tenant has of whom nothing was written, in each way to read.
    assert_eq!(one.ledger(at(0)).unwrap().waiting, 0);
    assert_eq!(one.changes(0).unwrap().tickets, []);
    assert!(!is_known("one"));
    one.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    store.make_tenant("two").unwrap();
    store.make_tenant("two").unwrap();
    assert!(is_known("one") && is_known("two") && !is_known("three"));
    assert_eq!(one.ledger(at(0)).unwrap().waiting, 1, "who looked before there was anything sees it now");
}

#[test]
fn the_trail_can_not_be_changed_by_any_program() {
    let Some(url) = new_desk() else { return };
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let mut client = raw(&url);
    client.batch_execute("SET hearken.tenant = 1").unwrap();
    let mut refused = |sql: &str| {
        let error = client.batch_execute(sql).unwrap_err();
        error.as_db_error().unwrap().message().to_owned()
    };
    assert_eq!(refused("UPDATE entry SET by = 'nobody'"), "the trail is not changed");
    assert_eq!(refused("DELETE FROM entry"), "the trail is not shortened");
    assert_eq!(refused("TRUNCATE entry"), "the trail is not shortened");
    assert_eq!(refused("UPDATE ticket SET state = 'held'"), "a change of state needs an entry in the trail first");
    let copy =
        "CREATE TEMP TABLE copy AS SELECT * FROM ticket; UPDATE copy SET id = 2; INSERT INTO ticket SELECT * FROM copy";
    assert_eq!(refused(copy), "a ticket needs an entry in the trail first");
    assert_eq!(desk.check().unwrap(), []);
}

#[test]
fn many_at_once_may_make_the_same_desk() {
    for _ in 0..3 {
        let Some(url) = new_desk() else { return };
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..6).map(|_| scope.spawn(|| PostgresStore::open(&url).map(drop))).collect();
            opened.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
        });
        let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
        assert_eq!(desk.ledger(at(0)).unwrap().waiting, 0);
    }
}

#[test]
fn a_schema_of_another_program_or_a_later_release_is_left_alone() {
    let (Some(foreign), Some(later), Some(none)) = (new_desk(), new_desk(), new_desk()) else { return };
    let refused = |url: &str, make| {
        let options = PostgresOptions { make, ..PostgresOptions::default() };
        PostgresStore::open_with(url, options).unwrap_err().to_string()
    };
    let schema = foreign.split_once("&schema=").unwrap().1;
    raw(&foreign).batch_execute(&format!("CREATE SCHEMA {schema}; CREATE TABLE customer (name TEXT)")).unwrap();
    assert!(refused(&foreign, true).ends_with("is another program's, not a desk"), "{}", refused(&foreign, true));
    drop(PostgresStore::open(&later).unwrap());
    raw(&later).batch_execute("UPDATE schema_version SET version = 99").unwrap();
    assert!(refused(&later, true).contains("made by a later release: its tables are of version 99"));
    assert!(refused(&none, false).contains("there is no desk in the schema"), "{}", refused(&none, false));
}

#[test]
fn a_board_is_told_what_changed() {
    let Some(url) = new_desk() else { return };
    let [one, two] = tenants(&url);
    let store = PostgresStore::open(&url).unwrap();
    let mut changes = store.listen("one").unwrap();
    // What is told of other tests' desks ends a wait too.
    let next = |changes: &mut Listener| (0..100).find_map(|_| changes.wait(Duration::from_secs(1)).unwrap());
    one.take_in(&posts([post("1", "a", 0), post("2", "b", 0), post("3", "b", 0)]), at(0)).unwrap();
    let told = |ids: &[i64]| Some(Change::Tickets(ids.iter().map(|id| TicketId(*id)).collect()));
    assert_eq!(next(&mut changes), told(&[1, 2]), "once for a transaction");
    two.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    assert_eq!(changes.wait(Duration::from_millis(100)).unwrap(), None, "another's desk");
    one.next(&Claimant::new("ann"), at(0)).unwrap();
    assert!(one.claim(TicketId(1), "bob", at(0)).is_err());
    assert_eq!(next(&mut changes), told(&[1]), "what was refused changed nothing");
    assert_eq!(changes.wait(Duration::from_millis(1)).unwrap(), None);
    one.take_in(&posts((10..400).map(|n| post(&n.to_string(), &n.to_string(), 0))), at(0)).unwrap();
    assert_eq!(next(&mut changes), Some(Change::Any), "too many to name");
}

#[test]
fn a_listener_that_lost_its_connection_says_so() {
    let Some(mut server) = super::Server::start() else { return };
    let store = PostgresStore::open(&server.url("listened")).unwrap();
    let mut changes = store.listen("").unwrap();
    server.crash();
    assert_eq!(changes.wait(Duration::from_secs(30)).unwrap(), Some(Change::Any));
    let desk = Desk::new(store, Rules::default());
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    assert_eq!(changes.wait(Duration::from_secs(30)).unwrap(), Some(Change::Tickets([TicketId(1)].into())));
}

#[test]
fn what_postgresql_can_not_keep_costs_no_batch() {
    let Some(url) = new_desk() else { return };
    let desk = Desk::new(PostgresStore::open(&url).unwrap(), Rules::default());
    let mut odd = post("o\0dd", "a\0b", 0);
    odd.text = "words\0 of it".to_owned();
    for times in 0..2 {
        let taken = desk.take_in(&posts([odd.clone(), post("2", "b", 0)]), at(0)).unwrap();
        assert_eq!(taken.opened, if times == 0 { 2 } else { 0 }, "it is known again");
    }
    let case = desk.show(TicketId(1), true, at(0)).unwrap();
    assert_eq!(case.posts[0].post.text, "words\u{fffd} of it");
    assert_eq!(case.posts[0].post.key(), PostKey::new("net", "o\u{fffd}dd"));
}

#[test]
fn a_password_is_never_shown() {
    let Some(server) = server() else { return };
    let url = format!("postgres://nobody:secret@/desks?host={}&password=secret", server.dir.display());
    for url in [url.as_str(), "postgres://nobody:secret@127.0.0.1:1/desks", "postgres://nobody:secret@/?port=secret"] {
        let error = PostgresStore::open(url).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let said = format!("{error} {error:?} {cause:?}");
        assert!(!said.contains("secret"), "{said}");
    }
}
