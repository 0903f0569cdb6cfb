//! Figures of pipelines.

use std::fmt;

use hearken::pipeline::Reading;
use hearken::{Budget, Label, Meter, Pipeline, Tally, Timestamp};

use super::page::{self, Labels, Page};
use crate::stats::Judges;
use crate::tenants::TenantName;

/// So many digits of a digest tell policies apart.
const DIGITS: usize = 12;

/// A pipeline, and what it goes by.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    meter: Meter,
    /// Whose posts it judges, where there are several.
    tenant: Option<String>,
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
        Self { meter: pipeline.meter(), tenant: None, models, budget: None, policy: policy.map(digest), now }
    }

    /// What the careful model may take.
    pub(crate) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget).filter(|_| self.models.len() > 1);
        self
    }

    /// Whose posts it judges, where there are several.
    pub(crate) fn tenant(mut self, tenant: Option<&TenantName>) -> Self {
        self.tenant = tenant.map(TenantName::to_string);
        self
    }

    pub(super) fn has_failed(&self) -> bool {
        self.meter.has_failed()
    }
}

pub(super) fn write(engines: &[Engine], page: &mut Page<'_>) -> fmt::Result {
    let all = All(engines.iter().map(|engine| (engine, engine.meter.read())).collect());
    write_settings(engines, page)?;
    write_input(&all, page)?;
    write_queue(&all, page)?;
    write_times(&all, page)
}

fn write_settings(engines: &[Engine], page: &mut Page<'_>) -> fmt::Result {
    let of_tenant = |engine: &Engine, labels: Labels| with_tenant(engine, labels);
    let models = engines.iter().flat_map(|engine| {
        let labels = |(tier, model): &(&str, String)| vec![("tier", (*tier).to_owned()), ("model", model.clone())];
        engine.models.iter().map(move |model| of_tenant(engine, labels(model)))
    });
    page.info("hearken_model", "What judges: name and digest of model, tokenizer, thresholds and policy.", models)?;
    let policies =
        engines.iter().filter_map(|engine| Some(of_tenant(engine, vec![("digest", engine.policy.clone()?)])));
    page.info("hearken_policy", "The policy file in force, by its digest; none: the built-in one.", policies)?;
    let budgets = |of: fn(Budget) -> f64| {
        engines.iter().filter_map(move |engine| Some((of_tenant(engine, Vec::new()), of(engine.budget?))))
    };
    page.gauge(
        "hearken_careful_budget_ratio",
        "Share of the workers' time that is the careful model's even when posts never let up.",
        budgets(|budget| budget.share),
    )?;
    page.gauge(
        "hearken_careful_budget_delay_seconds",
        "How long the careful model may hold up a post that comes while the machine isn't busy.",
        budgets(|budget| budget.delay.as_secs_f64()),
    )
}

fn write_input(all: &All<'_>, page: &mut Page<'_>) -> fmt::Result {
    page.counter(
        "hearken_posts",
        "Posts by what became of them: queued, held, neutral, unsupported_language or other_shard.",
        all.by_source("outcome", |tally| {
            vec![
                ("queued", tally.queued),
                ("held", tally.held),
                ("neutral", tally.neutral),
                ("unsupported_language", tally.unsupported_language),
                ("other_shard", tally.other_shards),
            ]
        }),
    )?;
    page.counter(
        "hearken_posts_labelled",
        "Posts by assigned label; one with two counts in both.",
        all.by_source("label", |tally| labelled(tally.assigned)),
    )?;
    page.counter(
        "hearken_careful_posts",
        "Posts that the careful model of a cascade judged again.",
        all.each_source(|tally| tally.with_care),
    )?;
    page.counter(
        "hearken_quota_waited_posts",
        "Posts that waited for the quota of whoever they are for.",
        all.each_source(|tally| tally.waited_for_quota),
    )?;
    page.counter("hearken_lines_rejected", "Lines that are no posts.", all.each_source(|tally| tally.rejected))?;
    page.counter("hearken_input_bytes", "Input, line ends included.", all.each_source(|tally| tally.bytes))?;
    page.counter(
        "hearken_input_oddities",
        "What was passed over or mended: undated posts, fields of the wrong type, blank lines, what is no post.",
        all.total("kind", |tally| {
            vec![
                ("undated", tally.undated),
                ("ignored_field", tally.ignored_fields),
                ("blank_line", tally.blank),
                ("no_post", tally.skipped.no_post),
                ("account", tally.skipped.account),
                ("control", tally.skipped.control),
            ]
        }),
    )?;
    page.counter(
        "hearken_stream_events",
        "What was said of other posts: deletions, edits, reposts, replies; and campaigns that were found.",
        all.total("kind", |tally| {
            vec![
                ("deletion", tally.deletions),
                ("edit", tally.edits),
                ("repost", tally.reposts),
                ("reply", tally.replies),
                ("campaign", tally.campaigns),
                ("campaign_post", tally.campaign_posts),
            ]
        }),
    )
}

fn write_queue(all: &All<'_>, page: &mut Page<'_>) -> fmt::Result {
    page.counter(
        "hearken_queue_fates",
        "Queued posts that stand for no case of their own any more, or came in after all (lifted).",
        all.total("fate", |tally| {
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
    )?;
    page.counter(
        "hearken_shed_posts_labelled",
        "Posts given up because the queue was full, by label; grief stays 0.",
        all.total("label", |tally| labelled(tally.shed)),
    )?;
    page.gauge(
        "hearken_queue_cases",
        "Cases that wait in the queue, by urgency to the nearest level.",
        all.rows(|_, reading| levels(|level| reading.waiting.cases[level])),
    )?;
    page.gauge(
        "hearken_queue_oldest_seconds",
        "Since when the oldest of them waits; 0: nobody does.",
        all.rows(|engine, reading| {
            let now = engine.now.unwrap_or_else(Timestamp::now);
            levels(|level| reading.waiting.oldest[level].map_or(0.0, |oldest| page::age(oldest, now)))
        }),
    )
}

fn write_times(all: &All<'_>, page: &mut Page<'_>) -> fmt::Result {
    page.durations(
        "hearken_stage_duration_seconds",
        "How long chunks of posts spent in each stage.",
        all.rows(|_, reading| reading.stages.map(|(stage, took)| (vec![("stage", stage.name().to_owned())], took))),
    )?;
    page.durations(
        "hearken_post_latency_seconds",
        "From arrival to ranked and told, of each post that was judged.",
        all.rows(|_, reading| [(Vec::new(), reading.latency)]),
    )?;
    page.gauge(
        "hearken_chunks",
        "Chunks of posts; when none is free, whoever brings posts waits.",
        all.rows(|_, reading| {
            let (busy, all) = (reading.busy_chunks as u64, reading.chunks as u64);
            [("busy", busy), ("free", all - busy)].map(|(state, count)| (vec![("state", state.to_owned())], count))
        }),
    )?;
    page.counter(
        "hearken_reader_waits_seconds",
        "How long those who brought posts have waited for a free chunk.",
        all.rows(|_, reading| [(Vec::new(), reading.held_up.as_secs_f64())]),
    )
}

/// All pipelines with what they say.
struct All<'a>(Vec<(&'a Engine, Reading)>);

impl All<'_> {
    fn rows<V, I: IntoIterator<Item = (Labels, V)>>(&self, of: impl Fn(&Engine, &Reading) -> I) -> Vec<(Labels, V)> {
        let rows = self.0.iter().flat_map(|(engine, reading)| {
            of(engine, reading).into_iter().map(|(labels, value)| (with_tenant(engine, labels), value))
        });
        rows.collect()
    }

    /// Counts by source and one thing more.
    fn by_source(&self, label: &'static str, of: impl Fn(&Tally) -> Vec<(&'static str, u64)>) -> Vec<(Labels, u64)> {
        self.rows(|_, reading| {
            let rows = reading.sources.iter().flat_map(|(source, tally)| {
                let labels = move |what: &str| vec![("source", page::source(source)), (label, what.to_owned())];
                of(tally).into_iter().map(move |(what, count)| (labels(what), count))
            });
            rows.collect::<Vec<_>>()
        })
    }

    /// Counts by source.
    fn each_source(&self, of: impl Fn(&Tally) -> u64) -> Vec<(Labels, u64)> {
        self.rows(|_, reading| {
            let rows = reading.sources.iter().map(|(name, tally)| (vec![("source", page::source(name))], of(tally)));
            rows.collect::<Vec<_>>()
        })
    }

    /// Counts by one thing, of all sources.
    fn total(&self, label: &'static str, of: impl Fn(&Tally) -> Vec<(&'static str, u64)>) -> Vec<(Labels, u64)> {
        self.rows(|_, reading| {
            let tally = reading.sources.iter().fold(Tally::default(), |mut sum, (_, tally)| {
                sum += tally;
                sum
            });
            of(&tally).into_iter().map(|(what, count)| (vec![(label, what.to_owned())], count)).collect::<Vec<_>>()
        })
    }
}

fn with_tenant(engine: &Engine, mut labels: Labels) -> Labels {
    labels.extend(engine.tenant.as_ref().map(|tenant| ("tenant", page::plain(tenant))));
    labels
}

fn labelled(counts: hearken::label::PerLabel<u64>) -> Vec<(&'static str, u64)> {
    Label::ALL.map(|label| (label.name(), *counts.get(label))).to_vec()
}

/// A row for each level of urgency.
pub(super) fn levels<V>(of: impl Fn(usize) -> V) -> [(Labels, V); 4] {
    [0, 1, 2, 3].map(|level| (vec![("urgency", level.to_string())], of(level)))
}
