//! A pseudo terminal: what the binary does when people sit in front of it, and what they see.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::cli::PATIENCE;

/// Tall enough that nothing scrolls away.
const ROWS: u16 = 400;

/// A terminal of a given width.
#[derive(Debug)]
pub(crate) struct Terminal {
    columns: u16,
    /// The people's end.
    ours: File,
    /// The program's end.
    theirs: OwnedFd,
}

impl Terminal {
    pub(crate) fn new(columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let theirs = open(ptsname(&ours, Vec::new()).unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&theirs, size).unwrap();
        Self { columns, ours: File::from(ours), theirs }
    }

    /// The terminal as one of the program's standard streams.
    pub(crate) fn stream(&self) -> Stdio {
        Stdio::from(self.theirs.try_clone().unwrap())
    }

    /// Types, as with a keyboard; `\x04` is Ctrl-D, `\x03` is Ctrl-C.
    pub(crate) fn type_in(&self, keys: &str) {
        (&self.ours).write_all(keys.as_bytes()).unwrap();
    }

    /// Runs a program to its end and gives all that it sent to the terminal, with its exit status.
    pub(crate) fn run(self, mut command: Command) -> Shown {
        let mut child = command.spawn().unwrap();
        // Only the program may hold its end open, or the end of its output would not show.
        drop((command, self.theirs));
        let (done, sent) = channel();
        let mut ours = self.ours;
        thread::spawn(move || {
            let mut sent = Vec::new();
            let mut buffer = [0; 4096];
            // Linux answers with an error once the other end is closed.
            while let Ok(count @ 1..) = read_some(&mut ours, &mut buffer) {
                sent.extend_from_slice(&buffer[..count]);
            }
            done.send(sent)
        });
        let bytes = sent.recv_timeout(PATIENCE);
        if bytes.is_err() {
            child.kill().unwrap();
        }
        let status = child.wait().unwrap().code();
        Shown { columns: self.columns, bytes: bytes.expect("an end"), status }
    }
}

fn read_some(from: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// What a program sent to its terminal.
#[derive(Debug)]
pub(crate) struct Shown {
    columns: u16,
    pub(crate) bytes: Vec<u8>,
    pub(crate) status: Option<i32>,
}

impl Shown {
    /// What people see in the end.
    pub(crate) fn screen(&self) -> String {
        let [rows, columns] = [ROWS, self.columns].map(|cells| cells.try_into().unwrap());
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(&self.bytes);
        parser.screen().contents()
    }

    /// All that was sent, escape sequences included.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
