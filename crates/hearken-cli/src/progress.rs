//! Progress on standard error: on a terminal a bar where the size of the input is known, else a count; elsewhere lines.

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use hearken::Pipeline;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{OutputMode, When};
use crate::input::Source;
use crate::output::{say, text};
use crate::settings::Settings;
use crate::sources::Count;

/// How far a run has come.
#[derive(Debug)]
pub(crate) enum Progress {
    Untold,
    Bar(ProgressBar),
    /// Each begins with whose it is, where there are several.
    Lines(String),
}

impl Progress {
    /// Progress over these inputs, shown or not.
    pub(crate) fn new(settings: &Settings, sources: &[Source]) -> Self {
        let terminal = std::io::stderr().is_terminal();
        // Annotated posts would run through the bar.
        let in_the_way = settings.output == OutputMode::Annotated && std::io::stdout().is_terminal();
        let told_first = settings.whose();
        match (settings.progress, terminal) {
            // Bars of several tenants would run through one another.
            (When::Auto, true) if settings.one_of_many => Self::Untold,
            (When::Always, true) if settings.one_of_many => Self::Lines(told_first),
            (When::Never, _) | (When::Auto, false) => Self::Untold,
            (When::Auto, true) if in_the_way => Self::Untold,
            (_, true) => Self::Bar(bar(Some(sources)
                .filter(|sources| !sources.is_empty())
                .and_then(|sources| sources.iter().map(Source::size).sum()))),
            (When::Always, false) => Self::Lines(told_first),
        }
    }

    /// Shows how far `pipeline` has come until the reader is done.
    pub(crate) fn show(&self, pipeline: &Pipeline, sources: Option<&Count>, reader: &Receiver<()>) {
        let refresh = match self {
            Self::Untold => return,
            Self::Bar(_) => Duration::from_millis(100),
            Self::Lines(_) => Duration::from_secs(1),
        };
        let started = Instant::now();
        while reader.recv_timeout(refresh) == Err(RecvTimeoutError::Timeout) {
            let tally = pipeline.tally();
            let rate = tally.posts as f64 / started.elapsed().as_secs_f64();
            let [posts, rate, queued] = [tally.posts, rate as u64, tally.queued].map(text::count);
            let mut told = format!("{posts} posts, {rate}/s, {queued} worth a human's time");
            if tally.unsupported_language > 0 {
                told += &format!(", {} in another language", text::count(tally.unsupported_language));
            }
            if tally.waited_for_quota > 0 {
                told += &format!(", {} waited for quota", text::count(tally.waited_for_quota));
            }
            if let Some(sources) = sources {
                told += &format!(", {sources}");
            }
            match self {
                Self::Bar(bar) => {
                    bar.set_position(tally.bytes);
                    bar.set_message(told);
                }
                Self::Lines(whose) => say(format_args!("{whose}{told}")),
                Self::Untold => {}
            }
        }
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }

    /// Prints something, with the bar out of its way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match self {
            Self::Bar(bar) => bar.suspend(print),
            _ => print(),
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:30} {percent:>3} %  {msg}",
        None => "{spinner} {msg}",
    };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
