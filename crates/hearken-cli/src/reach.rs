//! What a run needs from other machines at its start. A server that is away then is waited for, as it would be if it went away a
//! moment later.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result};
use backon::{BackoffBuilder, ExponentialBuilder};
use tracing::{info, warn};

use crate::stop::Stop;

/// So long a server is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shortest and the longest wait before it is tried again.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];

/// So often it is looked whether a stop has come.
const LOOKS: Duration = Duration::from_millis(50);

/// A stop came before all was reached, and nothing was begun.
#[derive(Debug)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

/// Tries until it succeeds, for as long as nothing but time is missing.
///
/// # Errors
///
/// What the last try says, or [`Stopped`].
pub(crate) fn reach<T: Send + 'static>(stop: &Stop, attempt: impl FnMut() -> Result<T> + Send + 'static) -> Result<T> {
    within(PATIENCE, stop, attempt)
}

fn within<T: Send + 'static>(
    patience: Duration,
    stop: &Stop,
    attempt: impl FnMut() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (tell, told) = mpsc::channel();
    // On a thread of its own, for a try may take long where a network says nothing. A stop leaves it to the end of the process.
    let body = move || drop(tell.send(keep_trying(patience, attempt)));
    thread::Builder::new().name("hearken-reach".to_owned()).spawn(body).context("starting a thread")?;
    loop {
        match told.recv_timeout(LOOKS) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Timeout) if stop.is_set() => return Err(Stopped.into()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("whoever connects died"),
        }
    }
}

fn keep_trying<T>(patience: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let [shortest, longest] = WAITS;
    let schedule = ExponentialBuilder::new().with_min_delay(shortest).with_max_delay(longest).without_max_times();
    for (tries, wait) in schedule.with_jitter().build().enumerate() {
        let error = match attempt() {
            Err(error) if is_away(&error) => error,
            outcome => {
                if tries > 0 && outcome.is_ok() {
                    info!("It is there.");
                }
                return outcome;
            }
        };
        if begun.elapsed() + wait > patience {
            return Err(error);
        }
        if tries == 0 {
            let reason = crate::in_one_sentence(&error);
            warn!(reason, seconds = patience.as_secs(), "What this run needs is away; it is waited for.");
        }
        thread::sleep(wait);
    }
    attempt()
}

fn is_away(error: &Error) -> bool {
    let of_desk = error.downcast_ref::<hearken_desk::Error>();
    matches!(of_desk, Some(hearken_desk::Error::Away { .. })) || error.is::<hearken_streams::Away>()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use anyhow::anyhow;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn away() -> Error {
        let error = hearken_desk::Error::away("the desk can't be opened", "nobody listens");
        Error::from(error).context("--desk")
    }

    #[test]
    fn what_is_away_is_tried_again_until_it_is_there() {
        let mut tries = 0;
        let reached = within(LONG, &Stop::unset().unwrap(), move || {
            tries += 1;
            if tries < 4 { Err(away()) } else { Ok(tries) }
        });
        assert_eq!(reached.unwrap(), 4);
    }

    #[test]
    fn patience_ends_with_the_reason() {
        let begun = Instant::now();
        let patience = Duration::from_millis(600);
        let error = within::<()>(patience, &Stop::unset().unwrap(), || Err(away())).unwrap_err();
        assert_eq!(format!("{error:#}"), "--desk: the desk can't be opened: nobody listens");
        assert!((Duration::from_millis(200)..LONG).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_waiting_can_not_mend_is_told_at_once() {
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let error = within::<()>(LONG, &Stop::unset().unwrap(), move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Err(anyhow!("wrong password"))
        });
        assert_eq!((error.unwrap_err().to_string(), tries.load(Ordering::Relaxed)), ("wrong password".to_owned(), 1));
    }

    #[test]
    fn a_stop_ends_the_wait_even_amid_a_try() {
        let stop = Stop::unset().unwrap();
        let (begun, wants_to) = (Instant::now(), stop.clone());
        let error = within::<()>(LONG, &stop, move || {
            wants_to.now();
            thread::sleep(Duration::from_secs(10));
            Err(away())
        });
        assert!(error.unwrap_err().is::<Stopped>());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
