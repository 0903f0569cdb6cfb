//! Other processes on the same file: this test program again, told to run one test only, which is ignored otherwise.

use std::env;
use std::io::{BufRead, BufReader, Lines, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use hearken_desk::Rules;
#[cfg(feature = "sqlite")]
use hearken_desk::{Desk, SqliteStore};

const FILE: &str = "HEARKEN_TEST_DESK";
const NAME: &str = "HEARKEN_TEST_NAME";

/// What a line begins with that is a process's own, and not the test program's.
const MARK: &str = "desk> ";

/// Starts `test` as a process of its own on a file, or whatever else names a desk.
pub(crate) fn start(test: &str, file: &Path, name: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// What this process was started with; none in a run of ignored tests by hand.
pub(crate) fn given() -> Option<(PathBuf, String)> {
    Some((env::var_os(FILE)?.into(), env::var(NAME).ok()?))
}

/// Says something to the process that started this one, at once.
pub(crate) fn say(line: &str) {
    let mut stdout = stdout().lock();
    stdout.write_all(format!("\n{MARK}{line}\n").as_bytes()).unwrap();
    stdout.flush().unwrap();
}

/// What a process says.
pub(crate) struct Said(Lines<BufReader<ChildStdout>>);

impl Said {
    pub(crate) fn by(child: &mut Child) -> Self {
        Self(BufReader::new(child.stdout.take().unwrap()).lines())
    }
}

impl Iterator for Said {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            // A process that was killed may leave half a line, which it then has not said.
            let line = self.0.next()?.ok()?;
            if let Some(said) = line.strip_prefix(MARK) {
                return Some(said.to_owned());
            }
        }
    }
}

/// Rules that stand in nobody's way.
pub(crate) fn lenient() -> Rules {
    let mut rules = Rules { lease: std::time::Duration::from_secs(1 << 30), ..Rules::default() };
    rules.contact.times = u32::MAX;
    rules.contact.quiet = std::time::Duration::ZERO;
    rules
}

#[cfg(feature = "sqlite")]
pub(crate) fn open(file: &Path) -> Desk<SqliteStore> {
    Desk::new(SqliteStore::open(file).unwrap(), lenient())
}
