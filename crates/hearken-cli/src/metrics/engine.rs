//! Figures of pipelines.

use hearken::pipeline::Reading;
use hearken::{Budget, Label, Meter, Pipeline, Tally, Timestamp};

use super::page::{self, Labels, Page};
use crate::stats::Judges;

/// So many digits of a digest tell policies apart.
const DIGITS: usize = 12;

/// A pipeline, and what it goes by.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    meter: Meter,
    /// What records call its models, each with its part.
    models: Vec<(&'static str, String)>,
    /// Of a cascade.
    budget: Option<Budget>,
    /// Of the policy as people wrote it.
    policy: Option<String>,
    now: Option<Timestamp>,
}

impl Engine {
    /// Of a pipeline that goes by a policy with this text, at this time if not the present.
    pub(crate) fn new(pipeline: &Pipeline, judges: &Judges, policy: Option<&str>, now: Option<Timestamp>) -> Self {
        let mut models = vec![("first", judges.first.clone())];
        models.extend(judges.careful.clone().map(|careful| ("careful", careful)));
        let digest = |text: &str| hearken_desk::policy::digest(text).chars().take(DIGITS).collect();
        Self { meter: pipeline.meter(), models, budget: None, policy: policy.map(digest), now }
    }

    /// What the careful model may take.
    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget).filter(|_| self.models.len() > 1);
        self
    }

    pub(super) fn has_failed(&self) -> bool {
        self.meter.has_failed()
    }

    pub(super) fn write(&self, page: &mut Page) {
        self.write_settings(page);
        let reading = self.meter.read();
        write_input(&reading, page);
        self.write_queue(&reading, page);
        write_times(&reading, page);
    }

    fn write_settings(&self, page: &mut Page) {
        let models =
            self.models.iter().map(|(tier, model)| vec![("tier", (*tier).to_owned()), ("model", model.clone())]);
        page.info("hearken_model", "What judges: name and digest of model, tokenizer, thresholds and policy.", models);
        let policy = self.policy.clone().map(|digest| vec![("digest", digest)]);
        page.info("hearken_policy", "The policy file in force, by its digest; none: the built-in one.", policy);
        page.gauge(
            "hearken_careful_budget_ratio",
            "Share of the workers' time that is the careful model's even when posts never let up.",
            self.budget.map(|budget| (Vec::new(), budget.share)),
        );
        page.gauge(
            "hearken_careful_budget_delay_seconds",
            "How long the careful model may hold up a post that comes while the machine isn't busy.",
            self.budget.map(|budget| (Vec::new(), budget.delay.as_secs_f64())),
        );
    }

    fn write_queue(&self, reading: &Reading, page: &mut Page) {
        let now = self.now.unwrap_or_else(Timestamp::now);
        page.counter(
            "hearken_queue_fates",
            "Queued posts that stand for no case of their own any more, or came in after all (lifted).",
            total(reading, "fate", |tally| {
                vec![
                    ("duplicate", tally.duplicates),
                    ("merged", tally.merged),
                    ("reply_only", tally.replies_only),
                    ("folded", tally.folded),
                    ("withdrawn", tally.withdrawn),
                    ("below_cut", tally.below_cut),
                    ("shed", tally.shed_posts),
                    ("lifted", tally.lifted),
                ]
            }),
        );
        page.counter(
            "hearken_shed_posts_labelled",
            "Posts given up because the queue was full, by label; grief stays 0.",
            total(reading, "label", |tally| labelled(tally.shed)),
        );
        page.gauge(
            "hearken_queue_cases",
            "Cases that wait in the queue, by urgency to the nearest level.",
            levels(|level| reading.waiting.cases[level]),
        );
        page.gauge(
            "hearken_queue_oldest_seconds",
            "Since when the oldest of them waits; 0: nobody does.",
            levels(|level| reading.waiting.oldest[level].map_or(0.0, |oldest| page::age(oldest, now))),
        );
    }
}

fn write_input(reading: &Reading, page: &mut Page) {
    page.counter(
        "hearken_posts",
        "Posts by what became of them: queued, held, neutral, unsupported_language or other_shard.",
        by_source(reading, "outcome", |tally| {
            vec![
                ("queued", tally.queued),
                ("held", tally.held),
                ("neutral", tally.neutral),
                ("unsupported_language", tally.unsupported_language),
                ("other_shard", tally.other_shards),
            ]
        }),
    );
    page.counter(
        "hearken_posts_labelled",
        "Posts by assigned label; one with two counts in both.",
        by_source(reading, "label", |tally| labelled(tally.assigned)),
    );
    page.counter(
        "hearken_careful_posts",
        "Posts that the careful model of a cascade judged again.",
        each_source(reading, |tally| tally.with_care),
    );
    page.counter(
        "hearken_quota_waited_posts",
        "Posts that waited for the quota of whoever they are for.",
        each_source(reading, |tally| tally.waited_for_quota),
    );
    page.counter("hearken_lines_rejected", "Lines that are no posts.", each_source(reading, |tally| tally.rejected));
    page.counter("hearken_input_bytes", "Input, line ends included.", each_source(reading, |tally| tally.bytes));
    page.counter(
        "hearken_input_oddities",
        "What was passed over or mended: undated posts, fields of the wrong type, blank lines, what is no post.",
        total(reading, "kind", |tally| {
            vec![
                ("undated", tally.undated),
                ("ignored_field", tally.ignored_fields),
                ("blank_line", tally.blank),
                ("no_post", tally.skipped.no_post),
                ("account", tally.skipped.account),
                ("control", tally.skipped.control),
            ]
        }),
    );
    page.counter(
        "hearken_stream_events",
        "What was said of other posts: deletions, edits, reposts, replies; and campaigns that were found.",
        total(reading, "kind", |tally| {
            vec![
                ("deletion", tally.deletions),
                ("edit", tally.edits),
                ("repost", tally.reposts),
                ("reply", tally.replies),
                ("campaign", tally.campaigns),
                ("campaign_post", tally.campaign_posts),
            ]
        }),
    );
}

fn write_times(reading: &Reading, page: &mut Page) {
    page.durations(
        "hearken_stage_duration_seconds",
        "How long chunks of posts spent in each stage.",
        reading.stages.map(|(stage, took)| (vec![("stage", stage.name().to_owned())], took)),
    );
    page.durations(
        "hearken_post_latency_seconds",
        "From arrival to ranked and told, of each post that was judged.",
        [(Vec::new(), reading.latency)],
    );
    let (busy, all) = (reading.busy_chunks as u64, reading.chunks as u64);
    page.gauge(
        "hearken_chunks",
        "Chunks of posts; when none is free, whoever brings posts waits.",
        [("busy", busy), ("free", all - busy)].map(|(state, count)| (vec![("state", state.to_owned())], count)),
    );
    page.counter(
        "hearken_reader_waits_seconds",
        "How long those who brought posts have waited for a free chunk.",
        [(Vec::new(), reading.held_up.as_secs_f64())],
    );
}

/// Counts by source and one thing more.
fn by_source(
    reading: &Reading,
    label: &'static str,
    of: impl Fn(&Tally) -> Vec<(&'static str, u64)>,
) -> Vec<(Labels, u64)> {
    let rows = reading.sources.iter().flat_map(|(source, tally)| {
        let labels = move |what: &str| vec![("source", page::source(source)), (label, what.to_owned())];
        of(tally).into_iter().map(move |(what, count)| (labels(what), count))
    });
    rows.collect()
}

/// Counts by source.
fn each_source(reading: &Reading, of: impl Fn(&Tally) -> u64) -> Vec<(Labels, u64)> {
    let sources = reading.sources.iter();
    sources.map(|(name, tally)| (vec![("source", page::source(name))], of(tally))).collect()
}

/// Counts by one thing, of all sources.
fn total(
    reading: &Reading,
    label: &'static str,
    of: impl Fn(&Tally) -> Vec<(&'static str, u64)>,
) -> impl Iterator<Item = (Labels, u64)> {
    let tally = reading.sources.iter().fold(Tally::default(), |mut sum, (_, tally)| {
        sum += tally;
        sum
    });
    of(&tally).into_iter().map(move |(what, count)| (vec![(label, what.to_owned())], count))
}

fn labelled(counts: hearken::label::PerLabel<u64>) -> Vec<(&'static str, u64)> {
    Label::ALL.map(|label| (label.name(), *counts.get(label))).to_vec()
}

/// A row for each level of urgency.
pub(super) fn levels<V>(of: impl Fn(usize) -> V) -> [(Labels, V); 4] {
    [0, 1, 2, 3].map(|level| (vec![("urgency", level.to_string())], of(level)))
}
