//! How long to wait before trying again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// A connection that lived this long was a good one: the next try is a first one again.
const HEALTHY: Duration = Duration::from_secs(10);

/// Waits that double from try to try, each a random part of its full length, so that clients that a server lost together
/// don't come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    shape: Waits,
    full: ExponentialBackoff,
}

/// The shortest and the longest full wait.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Before the first new try.
    pub min: Duration,
    /// However many tries have failed.
    pub max: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { min: Duration::from_millis(500), max: Duration::from_secs(60) }
    }
}

impl Waits {
    fn schedule(self) -> ExponentialBackoff {
        ExponentialBuilder::new().with_min_delay(self.min).with_max_delay(self.max).without_max_times().build()
    }
}

impl Backoff {
    pub(crate) fn new(shape: Waits) -> Self {
        Self { shape, full: shape.schedule() }
    }

    /// The wait after a connection that lived for `lived`; zero for one that was never made.
    pub(crate) fn wait(&mut self, lived: Duration) -> Duration {
        if lived >= HEALTHY {
            self.full = self.shape.schedule();
        }
        self.full.next().unwrap_or(self.shape.max).mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: Waits = Waits { min: Duration::from_secs(1), max: Duration::from_secs(8) };

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_healthy_while() {
        let mut longest = [Duration::ZERO; 8];
        for _ in 0..400 {
            let mut backoff = Backoff::new(WAITS);
            for (step, longest) in longest.iter_mut().enumerate() {
                let lived = if step == 6 { HEALTHY } else { Duration::from_secs(1) };
                *longest = backoff.wait(lived).max(*longest);
            }
        }
        for (longest, full) in longest.into_iter().zip([1, 2, 4, 8, 8, 8, 1, 2]) {
            let part = longest.as_secs_f64() / f64::from(full);
            assert!((0.9..=1.0).contains(&part), "{part} of {full} s");
        }
    }

    #[test]
    fn waits_are_spread_over_their_whole_length() {
        let (mut short, mut long) = (0, 0);
        for _ in 0..1000 {
            let wait = Backoff::new(WAITS).wait(Duration::ZERO);
            short += u32::from(wait < WAITS.min / 4);
            long += u32::from(wait > WAITS.min / 4 * 3);
        }
        assert!(short > 150 && long > 150, "{short} short, {long} long");
    }
}
