//! Running the binary to its end, away from the settings of whoever runs the tests.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The moment at which tests take place: just after the sample feed.
pub(crate) const NOW: &str = "2026-11-20T22:00:00Z";

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Variables that change what the command prints.
const SETTINGS: [&str; 6] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_LOG", "RUST_BACKTRACE"];

/// The binary with a clean environment, in the folder of the sample feed, so that messages call it `posts.jsonl`.
pub(crate) fn command() -> process::Command {
    let mut command = process::Command::new(program());
    command.current_dir(examples());
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if name.starts_with("HEARKEN_") || SETTINGS.contains(&name.as_str()) {
            command.env_remove(name);
        }
    }
    command
}

/// The binary: another than the one that was built with the tests where `HEARKEN_TEST_BINARY` says so.
fn program() -> PathBuf {
    // Tests run in the folder of their crate; people type paths in that of the project.
    let other = std::env::var_os("HEARKEN_TEST_BINARY").map(|path| fs::canonicalize(project().join(path)).unwrap());
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_hearken").into())
}

/// `hearken` with nothing typed yet.
pub(crate) fn hearken() -> Command {
    let mut command = Command::from_std(command());
    command.timeout(PATIENCE);
    command
}

/// `hearken` as it is without any flag for the model: the cascade of both that ship.
pub(crate) fn cascade() -> Command {
    let mut command = hearken();
    command.args(["--now", NOW]);
    command
}

/// `hearken` with the fast model that ships.
pub(crate) fn fast() -> Command {
    let mut command = cascade();
    command.args(["--model", "fast"]);
    command
}

/// `hearken` with a model that starts at once and hears a label exactly where its word is in the text: "grief", "angry",
/// "seeking", "giving", "promo" or "urgent"; see `make_tiny.py` beside it. Once is 50 %, twice is 98 %.
pub(crate) fn tiny() -> Command {
    let mut command = cascade();
    command.arg("--model").arg(tiny_dir());
    command
}

/// The folder of the sample feed.
pub(crate) fn examples() -> PathBuf {
    project().join("crates/hearken/examples")
}

/// The folder of the model for tests.
pub(crate) fn tiny_dir() -> PathBuf {
    project().join("crates/hearken/tests/data/tiny")
}

/// The folder of the whole project.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

/// The sample feed: 259 lines, of which 7 are no posts and one comes twice.
pub(crate) fn sample() -> String {
    fs::read_to_string(examples().join("posts.jsonl")).unwrap()
}

/// Posts with these texts, called 1, 2, 3 …, each a minute younger than the one before.
pub(crate) fn posts(texts: &[&str]) -> String {
    let line = |(before, text)| {
        let created_at = format!("2026-11-20T12:{before:02}:00Z");
        format!("{}\n", serde_json::json!({"id": before + 1, "text": text, "created_at": created_at}))
    };
    texts.iter().enumerate().map(line).collect()
}

/// So many posts that need somebody, called 0, 1, 2 ….
pub(crate) fn many(count: usize) -> String {
    (0..count).map(|id| format!("{{\"id\":{id},\"text\":\"grief\"}}\n")).collect()
}

/// The same, gzipped.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// What was printed.
pub(crate) fn stdout(done: &Assert) -> &str {
    std::str::from_utf8(&done.get_output().stdout).unwrap()
}

/// What was said beside it.
pub(crate) fn stderr(done: &Assert) -> &str {
    std::str::from_utf8(&done.get_output().stderr).unwrap()
}
