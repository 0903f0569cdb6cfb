#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;

use tempfile::TempDir;

use super::*;

/// A project with an executable deep in it, and empty files for libraries.
struct Project(TempDir);

impl Project {
    fn with(libraries: &[&str]) -> Self {
        let project = Self(TempDir::new().unwrap());
        for library in libraries {
            let path = project.path(library);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn locate(&self, named: Option<&str>) -> Result<PathBuf> {
        locate_from(named.map(PathBuf::from), Some(&self.path("target/release/hearken")))
    }
}

fn in_folder(folder: &str) -> String {
    format!("{folder}/{}", FILE_NAMES[0])
}

#[test]
fn the_nearest_library_is_found() {
    let nearest_first =
        ["target/release", "target/lib", "target/release/.runtime", "target/.runtime", ".runtime"].map(in_folder);
    for nearest in 0..nearest_first.len() {
        let there: Vec<&str> = nearest_first[nearest..].iter().map(String::as_str).collect();
        let project = Project::with(&there);
        assert_eq!(project.locate(None).unwrap(), project.path(there[0]));
        assert_eq!(project.locate(Some("")).unwrap(), project.path(there[0]), "an empty variable is not set");
    }
}

#[test]
fn the_exact_version_goes_before_another() {
    let both: Vec<String> = FILE_NAMES.iter().map(|name| format!(".runtime/{name}")).collect();
    let project = Project::with(&[&both[0], both.last().unwrap()]);
    assert_eq!(project.locate(None).unwrap(), project.path(&both[0]));
    let project = Project::with(&[both.last().unwrap()]);
    assert_eq!(project.locate(None).unwrap(), project.path(both.last().unwrap()));
}

#[test]
fn the_variable_is_taken_at_its_word() {
    let project = Project::with(&[&in_folder(".runtime"), "elsewhere/mine.so"]);
    let mine = project.path("elsewhere/mine.so");
    assert_eq!(project.locate(mine.to_str()).unwrap(), mine);

    for wrong in ["elsewhere/missing.so", "elsewhere"] {
        let wrong = project.path(wrong);
        let error = project.locate(wrong.to_str()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Runtime);
        let message = error.to_string();
        assert!(message.contains(&format!("ORT_DYLIB_PATH names {}", wrong.display())), "{message}");
        assert!(message.contains("scripts/setup"), "{message}");
    }
}

#[test]
fn where_there_is_none_the_message_lists_every_place_and_what_to_do() {
    let project = Project::with(&["target/lib/libonnxruntime_providers_shared.so"]);
    let error = project.locate(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    let message = error.to_string();
    for folder in ["target/release", "target/lib", "target/release/.runtime", "target/.runtime", ".runtime"] {
        assert!(message.contains(&format!("{}, ", project.path(folder).display())), "{folder} is not in: {message}");
    }
    for word in ["scripts/setup", PATH_VARIABLE, VERSION, FILE_NAMES[0]] {
        assert!(message.contains(word), "{word} is not in: {message}");
    }
}

#[test]
fn without_an_executable_only_the_variable_counts() {
    assert_eq!(locate_from(None, None).unwrap_err().kind(), ErrorKind::Runtime);
}
