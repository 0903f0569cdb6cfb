//! A clean stop: SIGINT and SIGTERM end the input, so that what was read is still processed and printed. A second one kills.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGINT, SIGTERM};

/// Set once a signal came. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    flag: Arc<AtomicBool>,
    /// Has a byte in it once a signal came, and is never read: whoever polls it wakes up.
    woken: Arc<UnixStream>,
    wake: Arc<UnixStream>,
}

impl Stop {
    /// Starts to listen for signals.
    pub(crate) fn on_signals() -> io::Result<Self> {
        let stop = Self::unset()?;
        for signal in [SIGINT, SIGTERM] {
            // IMPORTANT: this comes before the flag is set, or the first signal would already kill.
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop.flag))?;
            signal_hook::flag::register(signal, Arc::clone(&stop.flag))?;
            signal_hook::low_level::pipe::register(signal, stop.wake.try_clone()?)?;
        }
        Ok(stop)
    }

    /// Another one that signals set too, and that can be set alone.
    pub(crate) fn another(&self) -> io::Result<Self> {
        let stop = Self::unset()?;
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&stop.flag))?;
            signal_hook::low_level::pipe::register(signal, stop.wake.try_clone()?)?;
        }
        if self.is_set() {
            stop.now();
        }
        Ok(stop)
    }

    /// Leaves signals alone: the first one kills, as is right where half of the work is worth nothing.
    pub(crate) fn unset() -> io::Result<Self> {
        let (woken, wake) = UnixStream::pair()?;
        Ok(Self { flag: Arc::new(AtomicBool::new(false)), woken: Arc::new(woken), wake: Arc::new(wake) })
    }

    /// Stops as if a signal had come.
    pub(crate) fn now(&self) {
        self.flag.store(true, Ordering::Relaxed);
        // A full pipe wakes as well as one byte more does.
        let _ = (&*self.wake).write(&[0]);
    }

    /// Whether a signal came.
    pub(crate) fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Waits so long, or until a signal comes. Returns whether one came.
    pub(crate) fn wait(&self, limit: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let mut fds = [PollFd::new(&*self.woken, PollFlags::IN)];
        match poll(&mut fds, Some(&limit)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(self.is_set()),
            Err(error) => Err(error.into()),
        }
    }

    /// A stream that can be read from once a signal came, and is not to be read.
    pub(crate) fn woken(&self) -> io::Result<UnixStream> {
        self.woken.try_clone()
    }

    /// A reader that fails when a signal comes, even while it waits for input. It does not just end: half a line at the end
    /// of an input counts as a whole one.
    pub(crate) fn watch<R: Read + AsFd>(&self, inner: R) -> UntilStopped<R> {
        UntilStopped { inner, stop: self.clone() }
    }
}

/// See [`Stop::watch`].
#[derive(Debug)]
pub(crate) struct UntilStopped<R> {
    inner: R,
    stop: Stop,
}

impl<R: Read + AsFd> Read for UntilStopped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = PollFlags::IN;
        let mut fds = [PollFd::new(&self.inner, ready), PollFd::new(&*self.stop.woken, ready)];
        while let Err(error) = poll(&mut fds, None) {
            if error != rustix::io::Errno::INTR {
                return Err(error.into());
            }
        }
        if self.stop.is_set() { Err(io::Error::other("stopped")) } else { self.inner.read(buffer) }
    }
}
