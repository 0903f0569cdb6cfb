//! When posts are due: at a fixed rate, whether or not anyone is ready to take them.
//!
//! A load generator that waits for the system it measures, and counts from the moment at which it was let in, leaves out
//! just those waits that it should measure (coordinated omission). So every post has its moment beforehand.

use std::time::Duration;

/// A stretch of time with one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// How many posts are due in it.
    pub posts: u64,
    /// Posts a second.
    pub rate: f64,
}

impl Phase {
    /// A phase of so many seconds.
    pub fn lasting(seconds: f64, rate: f64) -> Self {
        Self { posts: (seconds * rate).ceil() as u64, rate }
    }

    /// How long so many posts take.
    fn after(&self, posts: u64) -> Duration {
        Duration::from_secs_f64(posts as f64 / self.rate)
    }
}

/// Phases one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    phases: Vec<Phase>,
}

impl Schedule {
    /// A schedule of phases with positive rates; an infinite one has all its posts due at once.
    pub fn new(phases: Vec<Phase>) -> Self {
        Self { phases }
    }

    /// The phases in their order.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// How many posts there are.
    pub fn posts(&self) -> u64 {
        self.phases.iter().map(|phase| phase.posts).sum()
    }

    /// How long after the start a phase begins.
    pub fn start_of(&self, phase: usize) -> Duration {
        self.phases[..phase].iter().map(|phase| phase.after(phase.posts)).sum()
    }

    /// In which phase a post is due (numbers count from 0), and how long after the start.
    pub fn due(&self, post: u64) -> (usize, Duration) {
        let (mut nth, mut within) = (0, post);
        while nth + 1 < self.phases.len() && within >= self.phases[nth].posts {
            within -= self.phases[nth].posts;
            nth += 1;
        }
        (nth, self.start_of(nth) + self.phases[nth].after(within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_due_at_the_rate_of_their_phase() {
        let schedule =
            Schedule::new(vec![Phase::lasting(2.0, 10.0), Phase::lasting(1.0, 100.0), Phase::lasting(1.0, 10.0)]);
        assert_eq!(schedule.posts(), 130);
        assert_eq!([0, 1, 2].map(|phase| schedule.start_of(phase).as_secs()), [0, 2, 3]);
        let due = |post| (schedule.due(post).0, schedule.due(post).1.as_millis());
        assert_eq!(
            [0, 19, 20, 119, 120, 129].map(due),
            [(0, 0), (0, 1900), (1, 2000), (1, 2990), (2, 3000), (2, 3900)]
        );
    }

    #[test]
    fn at_an_infinite_rate_all_is_due_at_once() {
        let schedule = Schedule::new(vec![Phase { posts: 9, rate: f64::INFINITY }, Phase::lasting(1.0, 2.0)]);
        assert_eq!([0, 8, 9, 10].map(|post| schedule.due(post).1.as_millis()), [0, 0, 0, 500]);
    }

    #[test]
    fn a_phase_has_at_least_one_post() {
        assert_eq!(Phase::lasting(0.01, 1.0).posts, 1);
    }
}
