//! `hearken eval`: how well a model does on labelled posts.

mod args;
mod judge;
mod labelled;
mod misses;
mod plots;
mod progress;
mod table;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use hearken_eval::{Options, Predictions, Report, Truth, evaluate};
use serde::Serialize;

pub(crate) use args::{EXAMPLES, EvalArgs};
use labelled::Labelled;
use misses::Listing;
use progress::Progress;

use crate::input::Source;
use crate::output::{self, text};
use crate::settings::Settings;

/// All that `--json` prints.
#[derive(Serialize)]
struct Whole<'a> {
    files: Vec<String>,
    rejected: u64,
    #[serde(flatten)]
    report: &'a Report,
    misses: &'a [Listing<'a>],
}

/// Evaluates, prints and draws. False when lines were rejected and the user asked to be strict.
pub(crate) fn eval(args: &EvalArgs) -> Result<bool> {
    let settings = Settings::new(args.as_run())?;
    let sources = Source::all(&settings.files);
    Source::check(&sources)?;
    Source::tell_of_terminal(&sources);
    let labelled = Labelled::read(&sources, settings.max_line_bytes)?;
    let files: Vec<String> = sources.iter().map(Source::name).collect();
    if !labelled.truths.iter().any(Truth::is_known) {
        let posts = text::count(labelled.posts.len() as u64);
        bail!(
            "{}: no label is known of any of {posts} posts; hearken eval --help shows a labelled one",
            files.join(", ")
        );
    }

    let progress = Progress::new(settings.progress);
    let judge = |model: &Path| {
        progress.judging(model, labelled.posts.len());
        judge::judge(model, &labelled.posts, &settings, || progress.post())
    };
    let first = judge(&settings.model)?;
    let second = args.against.as_deref().map(judge).transpose()?;
    progress.drawing(args.resamples);
    let options = Options { resamples: args.resamples, seed: args.seed };
    let report = evaluate(&labelled.truths, &first, second.as_ref(), &options);
    progress.done();
    let report = report.with_context(|| files.join(", "))?;

    let models: Vec<&Predictions> = std::iter::once(&first).chain(&second).collect();
    let listings: Vec<Listing<'_>> =
        models.iter().map(|model| Listing::new(&labelled, model, args.misses, args.show_text)).collect();
    let mut out = Vec::new();
    if args.json {
        let whole = Whole { files, rejected: labelled.rejected, report: &report, misses: &listings };
        serde_json::to_writer(&mut out, &whole)?;
        out.push(b'\n');
    } else {
        let color = output::in_color(settings.color);
        out.extend_from_slice(table::render(&report, labelled.rejected, color).as_bytes());
        if args.misses > 0 {
            out.extend_from_slice(misses::render(&report, &listings).as_bytes());
        }
    }
    if let Some(dir) = &args.plots {
        plots::write(dir, &labelled.truths, &models)?;
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(!settings.strict || labelled.rejected == 0)
}
