//! Holds the shape of the crate: data flows one way, and each thing is known in one place only.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Each file of `src` but tests, by its path in it, without comments.
fn sources() -> BTreeMap<String, String> {
    fn collect(root: &Path, folder: &Path, sources: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                collect(root, &path, sources);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let code = fs::read_to_string(&path).unwrap();
                let lines: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap()).collect();
                sources.insert(name, lines.join("\n"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = BTreeMap::new();
    collect(&root, &root, &mut sources);
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

#[test]
fn each_thing_is_known_in_one_place() {
    let known: &[(&str, &[&str])] = &[
        ("rusqlite", &["store/sqlite/"]),
        ("imbl", &["store/memory/"]),
        ("r2d2::", &["store/postgres/"]),
        ("rustls::crypto", &["store/postgres/tls.rs"]),
        ("thread::", &["store/postgres/", "store/sqlite/mod.rs"]),
        ("Mutex<", &["store/"]),
        ("statrs::", &["sample.rs", "spike.rs"]),
        ("hdrhistogram::", &["report.rs"]),
        ("jiff::tz", &["service/calendar.rs", "report.rs"]),
        ("ticket.state = ", &["desk/step.rs", "desk/view.rs"]),
        ("Timestamp::now", &[]),
        ("Instant::now", &[]),
        ("SystemTime", &[]),
        ("unsafe", &[]),
        ("println!", &[]),
    ];
    let sources = sources();
    for (word, files) in known {
        let naming: Vec<&String> =
            sources.iter().filter(|(_, code)| code.contains(word)).map(|(file, _)| file).collect();
        for file in &naming {
            assert!(
                files.iter().any(|allowed| file.starts_with(allowed)),
                "{file} names {word}, which only {files:?} may"
            );
        }
        assert!(files.is_empty() || !naming.is_empty(), "nobody names {word}: what is this rule for?");
    }
}

#[test]
fn stores_know_no_rule() {
    for (file, code) in sources().iter().filter(|(file, _)| file.starts_with("store/")) {
        assert!(!code.contains("crate::desk") && !code.contains("crate::rules"), "{file} knows the desk's rules");
        assert!(!code.contains("transition"), "{file} decides about states");
    }
}
