#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn folder_and_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/cursors.json");
    (folder, path)
}

#[tokio::test]
async fn cursors_of_several_sources_come_back() {
    let (_folder, path) = folder_and_path();
    let cursors = Cursors::open(&path).unwrap();
    let (one, two) = (cursors.cursor("one").unwrap(), cursors.cursor("two").unwrap());
    assert_eq!(one.load::<u64>().unwrap(), None);
    one.save(1u64).await.unwrap();
    two.save("b").await.unwrap();
    one.save(3u64).await.unwrap();
    drop((cursors, one, two));

    assert_eq!(fs::read_to_string(&path).unwrap(), r#"{"version":1,"cursors":{"one":3,"two":"b"}}"#);
    let cursors = Cursors::open(&path).unwrap();
    assert_eq!(cursors.cursor("one").unwrap().load::<u64>().unwrap(), Some(3));
    let wrong = cursors.cursor("two").unwrap().load::<u64>().unwrap_err();
    assert!(wrong.to_string().starts_with("the cursor of two in "), "{wrong}");
}

#[test]
fn a_file_in_use_is_refused() {
    let (_folder, path) = folder_and_path();
    let cursors = Cursors::open(&path).unwrap();
    let cursor = cursors.cursor("one").unwrap();
    drop(cursors);
    let error = Cursors::open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("another process uses the cursor file {}", path.display()));
    drop(cursor);
    Cursors::open(&path).unwrap();
}

#[test]
fn a_source_is_read_once() {
    let (_folder, path) = folder_and_path();
    let cursors = Cursors::open(&path).unwrap();
    let first = cursors.cursor("one").unwrap();
    assert_eq!(cursors.cursor("one").unwrap_err().to_string(), "one is read twice");
    drop(first);
    cursors.cursor("one").unwrap();
}

#[test]
fn what_is_no_cursor_file_is_left_alone() {
    let (folder, _) = folder_and_path();
    let path = folder.path().join("cursors.json");
    for (contents, reason) in [("{\"version\":1,", "EOF"), (r#"{"version":9,"cursors":{}}"#, "its version is 9")] {
        fs::write(&path, contents).unwrap();
        let error = format!("{:#}", Cursors::open(&path).unwrap_err());
        assert!(error.contains("is no cursor file") && error.contains(reason), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), contents);
    }
}

#[tokio::test]
async fn a_write_that_fails_leaves_the_old_file() {
    let (_folder, path) = folder_and_path();
    let cursors = Cursors::open(&path).unwrap();
    let cursor = cursors.cursor("one").unwrap();
    cursor.save(1u64).await.unwrap();
    // A folder in the place of the temporary file makes every write fail, for root as well.
    fs::create_dir(beside(&path, ".new")).unwrap();
    let error = cursor.save(2u64).await.unwrap_err();
    assert!(error.to_string().starts_with("writing the cursor file "), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), r#"{"version":1,"cursors":{"one":1}}"#);
}
