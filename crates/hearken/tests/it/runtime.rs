//! What comes of a shared library that is not the ONNX Runtime the engine is made for. The loader belongs to the process,
//! so this file's tests run themselves again as a child.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a child talks to its parent that way")]

use std::fs;
use std::path::Path;
use std::process::Command;

use hearken::runtime::PATH_VARIABLE;

use crate::testing::tiny_dir;

/// The child: loads whatever the variable names, and says what came of it.
#[test]
#[ignore = "runs as a child of the other tests here"]
fn child() {
    let model = hearken::Model::open(tiny_dir()).unwrap();
    match model.classifier() {
        Ok(_) => println!("outcome: loaded"),
        Err(error) => println!("outcome: {:?}: {error}", error.kind()),
    }
    // A second try must not hang or crash either.
    println!("again: {}", if hearken::model::runtime_info().is_ok() { "loaded" } else { "refused" });
}

/// What the child says of a library.
fn outcome_with(library: &Path) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "runtime::child", "--nocapture"])
        .env(PATH_VARIABLE, library)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success(), "the child crashed ({}): {out}{err}", child.status);
    let line = |start: &str| out.lines().find_map(|line| line.split_once(start).map(|(_, rest)| rest.to_owned()));
    let outcome = line("outcome: ").unwrap_or_else(|| panic!("the child says nothing: {out}{err}"));
    assert_eq!(line("again: ").unwrap(), if outcome == "loaded" { "loaded" } else { "refused" });
    outcome
}

#[test]
fn the_right_library_is_loaded() {
    // Without the variable, as found in the project.
    let library = std::env::var_os(PATH_VARIABLE).map_or_else(|| hearken::runtime::locate().unwrap(), Into::into);
    assert_eq!(outcome_with(Path::new(&library)), "loaded");
}

#[test]
fn another_version_is_refused_by_its_number() {
    const SOURCE: &str = r#"
        typedef struct { const void *(*GetApi)(unsigned); const char *(*GetVersionString)(void); } OrtApiBase;
        static const void *get_api(unsigned version) { (void)version; return 0; }
        static const char *get_version(void) { return "1.20.0"; }
        static const OrtApiBase base = { get_api, get_version };
        const OrtApiBase *OrtGetApiBase(void) { return &base; }
    "#;
    let dir = tempfile::tempdir().unwrap();
    let (source, library) = (dir.path().join("fake.c"), dir.path().join("libonnxruntime.so"));
    fs::write(&source, SOURCE).unwrap();
    match Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status() {
        Ok(status) => assert!(status.success(), "cc failed"),
        Err(error) => {
            println!("skipped: there is no C compiler here ({error})");
            return;
        }
    }
    let outcome = outcome_with(&library);
    assert!(outcome.starts_with("Runtime: ONNX Runtime can't be loaded: "), "{outcome}");
    for word in ["1.20", "1.31", "scripts/setup"] {
        assert!(outcome.contains(word), "{word} is not in: {outcome}");
    }
}

#[test]
fn a_file_that_is_no_library_is_refused_by_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("libonnxruntime.so");
    for content in ["", "this is no library", "\x7fELF"] {
        fs::write(&library, content).unwrap();
        let outcome = outcome_with(&library);
        assert!(outcome.starts_with("Runtime: ONNX Runtime can't be loaded: "), "{outcome}");
        for word in [library.to_str().unwrap(), "scripts/setup"] {
            assert!(outcome.contains(word), "{word} is not in: {outcome}");
        }
    }
}

#[test]
fn a_library_without_the_entry_point_is_refused() {
    // The C library is a library, but another.
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let Some(libc) = maps.split_whitespace().find(|path| path.contains("/libc.so")) else {
        println!("skipped: there is no shared C library here");
        return;
    };
    let outcome = outcome_with(Path::new(libc));
    assert!(outcome.starts_with("Runtime: ONNX Runtime can't be loaded: "), "{outcome}");
}

#[test]
fn a_variable_that_names_nothing_is_refused_by_the_path() {
    let outcome = outcome_with(Path::new("/nowhere/libonnxruntime.so"));
    assert!(outcome.starts_with("Runtime: ORT_DYLIB_PATH names /nowhere/libonnxruntime.so"), "{outcome}");
}
