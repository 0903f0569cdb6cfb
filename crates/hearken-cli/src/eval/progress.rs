//! Progress on standard error, on a terminal.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::When;
use crate::output::text;

/// How far an evaluation has come.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shown on a terminal only, unless the settings say never.
    pub(super) fn new(when: When) -> Self {
        let shown = when != When::Never && std::io::stderr().is_terminal();
        Self(if shown { ProgressBar::new(0) } else { ProgressBar::hidden() })
    }

    /// So many posts are to be judged.
    pub(super) fn judging(&self, model: &Path, posts: usize) {
        self.0.reset();
        self.0.set_length(posts as u64);
        self.0.set_style(style("{bar:30} {percent:>3} %  {msg}"));
        self.0.set_message(format!("judged by {}", model.display()));
    }

    /// One more was.
    pub(super) fn post(&self) {
        self.0.inc(1);
    }

    /// Intervals are being made.
    pub(super) fn drawing(&self, resamples: u32) {
        self.0.set_style(style("{spinner} {msg}"));
        self.0.set_message(format!("drawing posts anew, {} times", text::count(u64::from(resamples))));
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    /// Clears it away.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
