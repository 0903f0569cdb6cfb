#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::label::{Label, Labels};
use crate::store::Filter;
use crate::ticket::{Alarm, Lane, Place, TicketId};
use crate::time::Timestamp;

#[test]
fn what_has_to_survive_a_power_cut_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let pragma = |name: &str| -> String {
        let open = store.0.lock().unwrap();
        open.connection
            .query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    for (survives, synchronous) in [(Survives::Kill, "1"), (Survives::PowerCut, "2"), (Survives::Kill, "1")] {
        store.write("", survives, |_| Ok(())).unwrap();
        assert_eq!(pragma("synchronous"), synchronous, "{survives:?}");
    }
}

#[test]
fn the_log_of_a_large_file_may_be_long() {
    assert_eq!([0, 40_000, 100_000, 5_000_000].map(long_log), [4096, 8192, 24_576, 65_536]);
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let log = || -> i64 {
        let open = store.0.lock().unwrap();
        open.connection.query_row("PRAGMA wal_autocheckpoint", [], |row| row.get(0)).unwrap()
    };
    store.write("", Survives::Kill, |_| Ok(())).unwrap();
    assert_eq!(log(), 4 * 4096, "who claims leaves it to those who wait for the disk anyway");
    store.write("", Survives::PowerCut, |_| Ok(())).unwrap();
    assert_eq!(log(), 4096);
}

#[test]
fn every_lane_has_a_key_of_its_own() {
    let text = |text: &str| Some(text.to_owned());
    let teams = [None, text(""), text("night"), text("=\u{1f}en\u{1f}3"), text("\u{1f}\u{1f}")];
    let mut keys = std::collections::HashSet::new();
    let connection = Connection::open_in_memory().unwrap();
    for team in &teams {
        for lang in [None, text("en")] {
            for labels in [Labels::default(), Label::Grief.into(), Labels::from_bits(15)] {
                let lane = Lane { team: team.clone(), lang: lang.clone(), labels };
                let key = lane.key();
                assert_eq!(connection.query_row("SELECT ?1", [&key], convert::lane).unwrap(), lane);
                assert!(keys.insert(key));
            }
        }
    }
}

#[test]
fn few_are_found_without_looking_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let open = store.0.lock().unwrap();
    let plan = |sql: &str| -> String {
        let mut statement = open.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect::<rusqlite::Result<Vec<_>>>();
        steps.unwrap().join("; ")
    };
    let after = Some(Place { unpinned: true, rank_at: 5, id: TicketId(5) });
    let list = |filter: &Filter, after| {
        let (condition, _) = list::condition(1, filter, Timestamp::MIN, after);
        plan(&format!("SELECT * FROM ticket WHERE {condition} ORDER BY {} LIMIT 50", list::order(filter)))
    };
    for after in [None, after] {
        assert!(list(&Filter::default(), after).contains("INDEX ticket_place"));
        let holder = Filter { holder: Some("ann".to_owned()), ..Filter::default() };
        assert!(list(&holder, after).contains("INDEX ticket_holder"), "{}", list(&holder, after));
        for (alarm, index) in [(Alarm::Breached, "INDEX ticket_alarm "), (Alarm::Warned, "INDEX ticket_alarm ")] {
            let late = Filter { alarm: Some(alarm), ..Filter::default() };
            assert!(list(&late, after).contains(index), "{}", list(&late, after));
        }
        let author = Filter { author: Some("a".to_owned()), ..Filter::default() };
        assert!(list(&author, after).contains("INDEX ticket_person"), "{}", list(&author, after));
    }
    for (what, index) in [
        ("alarm_at <= 5 ORDER BY alarm_at, id LIMIT 9", "SEARCH ticket USING INDEX ticket_alarm_at"),
        ("alarm = 'breached'", "SEARCH ticket USING INDEX ticket_alarm "),
        ("alarm_at <= 5 AND due_by <= 5", "SEARCH ticket USING INDEX ticket_alarm_at"),
    ] {
        let looked = plan(&format!("SELECT * FROM ticket WHERE tenant = ?1 AND {what}"));
        assert!(looked.contains(index), "{looked}");
    }
    // Each of these in the order of its index, so nothing is sorted.
    for (rows, index) in [(outbox::DUE, "INDEX message_due"), (outbox::OF_HOOK, "INDEX message_hook")] {
        let plan = plan(&format!("SELECT * {rows}"));
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    let posts_by = plan(&format!("SELECT text {}", read::POSTS_BY));
    assert!(posts_by.contains("INDEX post_ticket") && posts_by.contains("INDEX ticket_person"), "{posts_by}");
}
