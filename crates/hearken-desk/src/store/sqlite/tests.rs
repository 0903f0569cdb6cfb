#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::label::{Label, Labels};
use crate::ticket::Lane;

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
fn every_lane_has_a_key_of_its_own() {
    let text = |text: &str| Some(text.to_owned());
    let teams = [None, text(""), text("night"), text("=\u{1f}en\u{1f}3"), text("\u{1f}\u{1f}")];
    let mut keys = std::collections::HashSet::new();
    let connection = Connection::open_in_memory().unwrap();
    for team in &teams {
        for lang in [None, text("en")] {
            for labels in [Labels::default(), Label::Grief.into(), Labels::from_bits(15)] {
                let lane = Lane { team: team.clone(), lang: lang.clone(), labels };
                let key = convert::lane_key(&lane);
                assert_eq!(connection.query_row("SELECT ?1", [&key], convert::lane).unwrap(), lane);
                assert!(keys.insert(key));
            }
        }
    }
}
