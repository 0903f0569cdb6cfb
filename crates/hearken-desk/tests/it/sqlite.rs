//! What a file has to keep beside what every store has.

use std::fs;

use hearken_desk::{Desk, Error, Intake, NewPost, PostKey, Rules, SqliteStore, TicketId};
use rusqlite::Connection;

use crate::processes::open;
use crate::testing::{at, post, posts};

#[test]
fn the_trail_can_not_be_changed_by_any_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    let desk = open(&file);
    desk.take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let other = Connection::open(&file).unwrap();
    let refused = |sql: &str| other.execute(sql, []).unwrap_err().to_string();
    assert_eq!(refused("UPDATE entry SET by = 'nobody'"), "the trail is not changed");
    assert_eq!(refused("DELETE FROM entry"), "the trail is not shortened");
    assert_eq!(refused("UPDATE ticket SET state = 'held'"), "a change of state needs an entry in the trail first");
    let columns = "state, labels, urgency, rank_at, unpinned, posts, opened_at, last_post_at, since, entry";
    let copy = format!("INSERT INTO ticket (tenant, id, {columns}) SELECT tenant, 2, {columns} FROM ticket");
    assert_eq!(refused(&copy), "a ticket needs an entry in the trail first");
    assert_eq!(desk.check().unwrap(), []);
    // And what gets round all that is found.
    other.execute_batch("DROP TRIGGER ticket_change_is_entered; UPDATE ticket SET state = 'held'").unwrap();
    let faults = desk.check().unwrap();
    assert_eq!(faults[0].what, "it is held, but its last entry says open");
}

#[test]
fn a_tenant_is_made_by_a_run_or_by_what_is_written_and_never_by_who_reads() {
    let folder = tempfile::tempdir().unwrap();
    let open = || SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let store = open();
    let others = |name: &str| match store.check_tenant(name) {
        Err(Error::NoTenant { others, .. }) => others,
        known => panic!("{known:?}"),
    };
    let of = |tenant: &str| Desk::for_tenant(open(), tenant, Rules::default());
    assert_eq!(of("one").ledger(at(0)).unwrap().waiting, 0);
    assert_eq!(others("one"), [""; 0]);
    of("one").take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    of("").take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    store.make_tenant("two").unwrap();
    store.make_tenant("two").unwrap();
    store.check_tenant("one").unwrap();
    store.check_tenant("two").unwrap();
    assert_eq!(others("three"), ["one", "two"]);
}

#[test]
fn no_program_changes_what_a_desk_went_by() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    open(&file).adopt(&Rules::default(), "", "ann", at(0)).unwrap().unwrap();
    let other = Connection::open(&file).unwrap();
    let refused = |sql: &str| other.execute(sql, []).unwrap_err().to_string();
    assert_eq!(refused("UPDATE policy SET rules = '{}'"), "a policy that was adopted is not changed");
    assert_eq!(refused("DELETE FROM policy"), "a policy that was adopted is kept");
    // What a later release adopted is not guessed at.
    let rules = "INSERT INTO policy SELECT tenant, 2, at, by, digest, '{\"news\": 1}', source FROM policy";
    other.execute(rules, []).unwrap();
    let error = open(&file).rules().unwrap_err().to_string();
    assert!(error.starts_with("policy 2 of this desk can't be read, a later release may have adopted it"), "{error}");
}

#[test]
fn what_was_taken_back_is_not_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    let desk = open(&file);
    // Long enough for pages of their own, which are freed when they are taken back.
    let long = |id: &str| NewPost { text: format!("words of {id}, ").repeat(2_000), ..post(id, id, 0) };
    desk.take_in(&posts([long("1"), long("2")]), at(0)).unwrap();
    drop(desk);
    let holds = |words: &str| {
        let bytes = fs::read(&file).unwrap();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(holds("words of 1") && holds("words of 2"), "the last to close a file empties its log");
    let desk = open(&file);
    desk.take_in(&[Intake::Deletion(PostKey::new("net", "1"))], at(1)).unwrap();
    drop(desk);
    assert!(!holds("words of 1") && holds("words of 2"));
}

#[test]
fn a_desk_is_still_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("desk.db");
    open(&file).take_in(&posts([post("1", "a", 0)]), at(0)).unwrap();
    let desk = open(&file);
    assert_eq!(desk.show(TicketId(1), true, at(0)).unwrap().posts[0].post.text, "words of 1");
    // Two that are open at once see each other's work.
    let other = open(&file);
    desk.claim(TicketId(1), "ann", at(0)).unwrap();
    assert!(other.claim(TicketId(1), "bob", at(0)).is_err());
}

#[test]
fn a_file_of_another_program_or_a_later_release_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("shop.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE customer (name TEXT)").unwrap();
    let error = SqliteStore::open(&foreign).unwrap_err().to_string();
    assert!(error.ends_with("shop.db: the file is a database of another program, not a desk"), "{error}");
    let text = folder.path().join("posts.jsonl");
    fs::write(
        &text,
        "{\"text\": \"not a database at all, but long enough to be taken for one, were it not for that\"}\n".repeat(20),
    )
    .unwrap();
    let error = SqliteStore::open(&text).unwrap_err().to_string();
    assert!(error.contains("posts.jsonl"), "{error}");
    let later = folder.path().join("later.db");
    drop(SqliteStore::open(&later).unwrap());
    Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&later).unwrap_err().to_string();
    assert!(error.contains("made by a later release: its tables are of version 99"), "{error}");
}

#[test]
fn many_at_once_may_make_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let file = folder.path().join(format!("{round}.db"));
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| SqliteStore::open(&file).map(drop))).collect();
            opened.into_iter().for_each(|opened| opened.join().unwrap().unwrap());
        });
        let desk = Desk::new(SqliteStore::open(&file).unwrap(), Rules::default());
        assert_eq!(desk.ledger(at(0)).unwrap().waiting, 0);
    }
}
