//! Holds the shape of the engine: data flows one way, and each thing is known in one place only.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::testing::crate_dir;

/// No file of code may be longer, lines.
const LONGEST_FILE: usize = 600;

/// Each file of `src` but tests, by its path in it, with its code: the lines without comments.
fn sources() -> BTreeMap<String, Vec<String>> {
    fn collect(root: &Path, folder: &Path, sources: &mut BTreeMap<String, Vec<String>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                collect(root, &path, sources);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && !name.starts_with("testing") {
                let code = fs::read_to_string(&path).unwrap();
                sources.insert(name, code.lines().map(|line| line.split("//").next().unwrap().to_owned()).collect());
            }
        }
    }
    let root = crate_dir().join("src");
    let mut sources = BTreeMap::new();
    collect(&root, &root, &mut sources);
    assert!(sources.len() > 15, "the sources were not found");
    sources
}

/// `pipeline` of `pipeline/worker.rs`.
fn module_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// The modules in the order in which `lib.rs` lists them.
fn listed(sources: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let name = |line: &String| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned());
    sources["lib.rs"].iter().filter_map(name).collect()
}

/// What stands after each `word` that is not the end of a longer word.
fn after<'a>(line: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let free = |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    line.match_indices(word).filter(move |(at, _)| free(*at)).map(move |(at, _)| &line[at + word.len()..])
}

#[test]
fn a_stage_imports_earlier_stages_only() {
    let sources = sources();
    let order = listed(&sources);
    let place = |module: &str| order.iter().position(|listed| listed == module);
    let mut imports = 0;
    for (file, code) in sources.iter().filter(|(file, _)| *file != "lib.rs") {
        let own = place(module_of(file)).unwrap_or_else(|| panic!("lib.rs doesn't list the module of {file}"));
        for line in code {
            for path in after(line, "crate::") {
                let module = path.split(|end: char| !end.is_alphanumeric() && end != '_').next().unwrap();
                let imported = place(module).unwrap_or_else(|| panic!("{file} imports no module: {line}"));
                assert!(imported < own, "{file} is listed before {module}, which it imports");
                imports += 1;
            }
        }
    }
    assert!(imports > 30, "only {imports} imports were seen");
}

#[test]
fn each_thing_is_known_in_one_place() {
    // What is named, and the files that may name it.
    let known: &[(&str, &[&str])] = &[
        ("ort::", &["model.rs"]),
        ("tokenizers::", &["tokenize.rs"]),
        ("whichlang::", &["language/"]),
        ("whatlang::", &["language/"]),
        ("isolang::", &["language/"]),
        ("html5gum::", &["format/html.rs"]),
        ("html_escape::", &["format/text.rs"]),
        ("regex::", &["redact.rs", "reply.rs"]),
        ("sha2::", &["key.rs", "model.rs", "pipeline/"]),
        ("std::thread", &["pipeline/"]),
        ("thread::", &["pipeline/"]),
        ("crossbeam_channel", &["pipeline/"]),
        ("Mutex<", &["model.rs", "pipeline/"]),
        ("fs::", &["model.rs", "runtime.rs"]),
        ("env::", &["runtime.rs"]),
        ("Timestamp::now", &["pipeline/"]),
        ("Instant::now", &["pipeline/"]),
        ("SystemTime", &[]),
        ("unsafe", &[]),
        ("println!", &[]),
        ("eprintln!", &[]),
    ];
    let sources = sources();
    for (word, files) in known {
        let mut seen = files.is_empty();
        for (file, code) in &sources {
            let names = code.iter().any(|line| after(line, word).next().is_some());
            let allowed = files.iter().any(|allowed| file.starts_with(allowed));
            assert!(allowed || !names, "{file} names {word}, which only {files:?} may");
            seen |= names && allowed;
        }
        assert!(seen, "nobody names {word}: what is this rule for?");
    }
}

#[test]
fn no_file_is_too_long() {
    for (file, code) in sources() {
        assert!(code.len() <= LONGEST_FILE, "{file} has {} lines", code.len());
    }
}
