//! Progress on standard error: a bar where the size of the input is known, else a count.

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use hearken::Pipeline;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::When;
use crate::input::Source;
use crate::output::text;

const REFRESH: Duration = Duration::from_millis(100);

/// How far a run has come.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress over these inputs, shown or not.
    pub(crate) fn new(when: When, sources: &[Source]) -> Self {
        if !when.or_auto(std::io::stderr().is_terminal()) {
            return Self { bar: None };
        }
        let total: Option<u64> = sources.iter().map(Source::size).sum();
        let template = match total {
            Some(_) => "{bar:30} {percent:>3} %  {msg}",
            None => "{spinner} {msg}",
        };
        // With `always`, the bar is drawn for whoever reads standard error, terminal or not.
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(total, target);
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar: Some(bar) }
    }

    /// Shows how far `pipeline` has come until the reader is done.
    pub(crate) fn show(&self, pipeline: &Pipeline, reader: &Receiver<()>) {
        let Some(bar) = &self.bar else { return };
        let started = Instant::now();
        while reader.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
            let tally = pipeline.tally();
            let rate = tally.posts as f64 / started.elapsed().as_secs_f64();
            let [posts, rate, queued] = [tally.posts, rate as u64, tally.queued].map(text::count);
            bar.set_message(format!("{posts} posts, {rate}/s, {queued} worth a human's time"));
            bar.set_position(tally.bytes);
        }
        bar.finish_and_clear();
    }
}
