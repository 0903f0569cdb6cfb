//! Counts and rates at the end of a run, on standard error.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use hearken::{Label, Pipeline, Summary, Tally};
use serde::Serialize;

use crate::args::StatsFormat;
use crate::desk::Kept;
use crate::output::text;
use crate::settings::Settings;
use crate::sources::Standing;
use crate::tenants::TenantName;

/// What records call the models.
#[derive(Debug, Serialize)]
pub(crate) struct Judges {
    #[serde(rename = "model")]
    pub(crate) first: String,
    #[serde(rename = "careful_model", skip_serializing_if = "Option::is_none")]
    pub(crate) careful: Option<String>,
}

impl Judges {
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        Self { first: pipeline.judge().to_owned(), careful: pipeline.careful_judge().map(str::to_owned) }
    }
}

#[derive(Serialize)]
struct Stats<'a> {
    /// Of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(flatten)]
    judges: &'a Judges,
    #[serde(flatten)]
    tally: Tally,
    /// What came to the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<Kept>,
    /// In the queue, but beyond the last that was printed.
    waiting: usize,
    /// Sources of messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<Standing>,
    elapsed_seconds: f64,
    posts_per_second: f64,
}

/// Prints the counts in the form that was asked for; unasked, in words and only to a terminal.
pub(crate) fn report(
    summary: &Summary,
    waiting: usize,
    kept: Option<Kept>,
    judges: &Judges,
    sources: Vec<Standing>,
    settings: &Settings,
) -> Result<()> {
    let seconds = summary.elapsed.as_secs_f64();
    let posts_per_second = summary.tally.posts as f64 / seconds.max(1e-9);
    let (tally, desk) = (summary.tally, kept);
    let tenant = settings.one_of().map(TenantName::as_str);
    let stats = Stats { tenant, judges, tally, desk, waiting, sources, elapsed_seconds: seconds, posts_per_second };
    match settings.stats.or(io::stderr().is_terminal().then_some(StatsFormat::Human)) {
        Some(StatsFormat::Json) => writeln!(io::stderr(), "{}", serde_json::to_string(&stats)?)?,
        Some(StatsFormat::Human) => io::stderr().write_all(human(&stats).as_bytes())?,
        None => {}
    }
    Ok(())
}

fn human(stats: &Stats<'_>) -> String {
    let tally = &stats.tally;
    let [posts, rate, queued, held, neutral] =
        [tally.posts, stats.posts_per_second as u64, tally.queued, tally.held, tally.neutral].map(text::count);
    let whose = stats.tenant.map(|tenant| format!("tenant {tenant}: ")).unwrap_or_default();
    let mut out =
        format!("{whose}{posts} posts in {:.2} s ({rate}/s), judged by {}", stats.elapsed_seconds, stats.judges.first);
    if let Some(careful) = &stats.judges.careful {
        out += &format!(", {} of them again by {careful}", text::count(tally.with_care));
    }
    out.push('\n');
    out += &format!("  {queued} worth a human's time, {held} held back as promotion, {neutral} need nobody\n");
    let heard = Label::ALL.map(|label| format!("{label} {}", text::count(*tally.assigned.get(label))));
    out += &format!("  heard: {}\n", heard.join(", "));
    let waiting = stats.waiting as u64;
    let counted = |count: u64, one, many| (count, if count == 1 { one } else { many });
    let also = [
        (tally.below_cut + waiting, "below the last that was printed"),
        (tally.duplicates, "came twice"),
        (tally.merged, "of a person who stands there already"),
        (tally.replies_only, "only a reply to someone who does"),
        (tally.folded, "one of many like texts"),
        (tally.withdrawn, "deleted or changed since"),
        (tally.shed_posts, "shed because the queue was full"),
        (tally.unsupported_language, "in a language that the model doesn't read"),
        (tally.other_shards, "for other shards"),
        (tally.waited_for_quota, "waited for quota"),
        (tally.undated, "without a usable time"),
        counted(tally.ignored_fields, "field of the wrong type ignored", "fields of the wrong type ignored"),
        counted(tally.blank, "empty line", "empty lines"),
        counted(tally.rejected, "line rejected", "lines rejected"),
    ];
    let stream = [
        counted(tally.deletions, "deletion", "deletions"),
        counted(tally.edits, "edit", "edits"),
        counted(tally.reposts, "repost", "reposts"),
        counted(tally.replies, "reply heard", "replies heard"),
        (tally.lifted, "brought into the queue by them"),
        counted(tally.campaigns, "campaign", "campaigns"),
        (tally.campaign_posts, "posts in them"),
        (tally.skipped.total(), "no posts, skipped"),
    ];
    let kept = stats.desk.unwrap_or_default();
    let desk = [
        counted(kept.opened, "new ticket at the desk", "new tickets at the desk"),
        counted(kept.joined, "post more in those there", "posts more in those there"),
        counted(kept.replies, "reply kept with them", "replies kept with them"),
        (kept.changed, "changed"),
        counted(
            kept.collapsed,
            "ticket put aside as one of many like texts",
            "tickets put aside as some of many like texts",
        ),
        (kept.deleted, "wiped"),
        (kept.sampled, "passed over and kept to be checked"),
        (kept.unchanged, "known already or about nobody there"),
        (kept.misfits, "that can't be kept"),
    ];
    let [also, stream, desk] = [also.as_slice(), &stream, &desk].map(|counts| {
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, what)| format!("{} {what}", text::count(*count))).collect::<Vec<_>>()
    });
    for line in [also, stream, desk] {
        if !line.is_empty() {
            out += &format!("  {}\n", line.join(", "));
        }
    }
    for Standing { source, counts } in &stats.sources {
        let [delivered, acknowledged, lag] = [counts.delivered, counts.acknowledged, counts.lag].map(text::count);
        out += &format!("  {source}: {delivered} messages came, ");
        out += &match (counts.redelivered.map(text::count), counts.dead.map(text::count)) {
            (Some(again), Some(dead)) => {
                format!(
                    "{again} of them again, {acknowledged} acknowledged, {dead} given up, {lag} not delivered yet\n"
                )
            }
            _ => format!("{acknowledged} committed, {lag} not yet\n"),
        };
    }
    out
}
