//! The cascade: which posts a careful, slow model judges after the first, fast one, and how many it has time for.
//!
//! Pure arithmetic: times come in as values. A [`Controller`] says how many posts of a group the careful model may judge,
//! from how fast posts come, what the models cost, and the [`Budget`]; [`stake`] says which ones.

use std::time::Duration;

use crate::label::{Label, PerLabel};
use crate::policy::Policy;
use crate::score::{Judgement, Probability};

/// How much of the machine a careful model may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Its share of the workers' time while posts come faster than they can be judged, 0 to 1; at 1 it judges every post.
    /// Time that the workers would spend waiting is its own anyway.
    pub share: f64,
    /// How long it may hold up a post that comes while the machine isn't busy.
    pub delay: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { share: 0.25, delay: Duration::from_millis(500) }
    }
}

/// A group of posts that the first model has judged, as the controller sees it.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many posts it has.
    pub posts: usize,
    /// How many of them would get into a queue that only few get into: what people will see.
    pub entering: usize,
    /// From the arrival of the last post before the group to that of its own last one; `None` for the first group.
    pub arrived_within: Option<Duration>,
    /// How long its oldest post has waited.
    pub age: Duration,
    /// Whether the input had to wait for the workers.
    pub pressed: bool,
    /// What part of the worker's time may be planned with, more than 0; 1 where no other stream shares it.
    pub room: f64,
}

/// What a group took.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// How many posts it had.
    pub posts: usize,
    /// The time for everything but the careful model.
    pub first: Duration,
    /// How many of the posts the careful model judged.
    pub careful_posts: usize,
    /// The time that it took.
    pub careful: Duration,
}

/// Workers that are busy all the time have no answer to a burst: so much of their time is planned for.
const UTILISATION: f64 = 0.85;

/// The rate at which posts come is that of about so many last seconds.
const ARRIVAL_MEMORY: f64 = 1.0;

/// A model costs what it did in about so many last seconds of its own work: less for each post in a larger batch.
const COST_MEMORY: f64 = 0.2;

/// What the careful model is believed to cost until it has been seen at work, seconds for a post.
const SUPPOSED_COST: f64 = 0.001;

/// Decides how many posts of a stream the careful model may judge. One for each worker; none knows of another.
#[derive(Clone, Debug)]
pub struct Controller {
    budget: Budget,
    /// Seconds that the careful model may take though no time is left over; below 0 it has taken too many.
    credit: f64,
    /// Seconds that were left over in the group at hand.
    spare: f64,
    /// The part of a post that it could not judge last time.
    fraction: f64,
    /// [`Load::room`] as it was last.
    room: f64,
    arrival: Mean,
    first: Mean,
    careful: Mean,
}

impl Controller {
    /// A controller that knows nothing of the machine yet.
    pub fn new(budget: Budget) -> Self {
        Self {
            budget,
            credit: 0.0,
            spare: 0.0,
            fraction: 0.0,
            room: 1.0,
            // Before the first post was silence: two posts in a moment are no firehose yet.
            arrival: Mean { seconds: ARRIVAL_MEMORY, ..Mean::over(ARRIVAL_MEMORY) },
            first: Mean::over(COST_MEMORY),
            careful: Mean::over(COST_MEMORY),
        }
    }

    /// How many posts of the group the careful model may judge. Those that get into the queue it may judge on credit: they
    /// become fewer and fewer, or the queue would not be the best of many.
    pub fn allow(&mut self, load: &Load) -> usize {
        if let Some(within) = load.arrived_within {
            self.arrival.add(load.posts, within);
        }
        self.room = load.room;
        if self.budget.share >= 1.0 {
            return load.posts;
        }
        let within_delay = (self.budget.delay.as_secs_f64() - load.age.as_secs_f64()).max(0.0);
        self.spare = match self.arrival.get() {
            _ if load.pressed => 0.0,
            // As many more will have come when this group is done: what they leave of the time is to be had.
            Some(gap) => {
                let left = UTILISATION * self.room * gap - self.first.get().unwrap_or_default();
                (left * load.posts as f64).clamp(0.0, within_delay)
            }
            None => within_delay,
        };
        let cost = self.careful.get().unwrap_or(SUPPOSED_COST);
        let posts = self.spare.max(self.credit).max(0.0) / cost + self.fraction;
        self.fraction = posts.fract();
        let on_credit = (self.credit + self.budget.delay.as_secs_f64()).max(0.0) / cost;
        load.posts.min((posts as usize).max(load.entering.min(on_credit as usize)))
    }

    /// Whether [`Controller::allow`] would have to choose among the posts, going by the last second.
    pub fn is_selective(&self) -> bool {
        let (Some(gap), Some(first)) = (self.arrival.get(), self.first.get()) else { return false };
        self.budget.share < 1.0 && UTILISATION * self.room * gap < first + self.careful.get().unwrap_or(SUPPOSED_COST)
    }

    /// Learns what the group took.
    pub fn spent(&mut self, spent: &Spent) {
        self.first.add(spent.posts, spent.first);
        self.careful.add(spent.careful_posts, spent.careful);
        let [first, careful] = [spent.first, spent.careful].map(|time| time.as_secs_f64());
        let earned = first * self.budget.share / (1.0 - self.budget.share);
        // What was left over anyway counts towards the share, but makes no debts.
        let least = self.credit.min(0.0) - (careful - self.spare).max(0.0);
        let most = self.budget.delay.as_secs_f64();
        self.credit = (self.credit + earned - careful).max(least).clamp(-most, most);
    }
}

/// Seconds for a post, on average over a while.
#[derive(Clone, Copy, Debug)]
struct Mean {
    memory: f64,
    posts: f64,
    seconds: f64,
}

impl Mean {
    fn over(memory: f64) -> Self {
        Self { memory, posts: 0.0, seconds: 0.0 }
    }

    fn add(&mut self, posts: usize, time: Duration) {
        let seconds = time.as_secs_f64();
        let kept = (-seconds / self.memory).exp();
        self.posts = self.posts * kept + posts as f64;
        self.seconds = self.seconds * kept + seconds;
    }

    /// `None` before the first post.
    fn get(&self) -> Option<f64> {
        (self.posts > 0.0).then(|| self.seconds / self.posts)
    }
}

/// What a label that could as well go the other way is worth, minutes.
const LABEL_IN_DOUBT: f64 = 240.0;

/// How much could change for a post if it were judged with more care, minutes: the standard deviation of its head start by
/// the first model's own probabilities, and how near its labels are to their thresholds. A post that would have to gain
/// `behind` minutes to get into the queue at all counts the less the less likely that is.
pub fn stake(judgement: &Judgement, policy: &Policy, thresholds: &PerLabel<f64>, behind: f64) -> f64 {
    let [urgency_1, urgency_2, urgency_3] = policy.urgency;
    let [at_least_1, at_least_2, at_least_3] = judgement.urgency_at_least;
    let terms = [
        (urgency_1, at_least_1),
        (urgency_2, at_least_2),
        (urgency_3, at_least_3),
        (policy.grief, judgement.grief),
        (policy.frustration, judgement.frustration),
        (policy.advice_seeking, judgement.advice_seeking),
        (policy.advice_giving, judgement.advice_giving),
        (policy.promotion, judgement.promotion),
    ];
    let variance = |(minutes, probability): (f64, Probability)| {
        let probability = probability.value();
        minutes * minutes * probability * (1.0 - probability)
    };
    let deviation = terms.into_iter().map(variance).sum::<f64>().sqrt();
    let doubt = Label::ALL
        .map(|label| nearness(judgement.probability(label).value(), *thresholds.get(label)))
        .into_iter()
        .fold(0.0, f64::max);
    let stake = deviation + LABEL_IN_DOUBT * doubt;
    if behind > 0.0 { stake * (-0.5 * (behind / stake.max(1.0)).powi(2)).exp() } else { stake }
}

/// 1 at the threshold, falling with the ratio of the odds.
fn nearness(probability: f64, threshold: f64) -> f64 {
    let (below, above) = (probability * (1.0 - threshold), threshold * (1.0 - probability));
    if below.max(above) > 0.0 { below.min(above) / below.max(above) } else { 0.0 }
}

#[cfg(test)]
mod tests;
