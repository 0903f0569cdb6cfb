//! Fills the gap that a break leaves in a stream, from the timeline.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::sleep;

use super::rest::Rest;
use super::status::{Id, Line};
use crate::failure::Failure;

type Asking = Pin<Box<dyn Future<Output = Result<Vec<Line>, Failure>> + Send>>;

/// A gap that is being filled, from the last post before it to the newest one when the stream was open again: whatever is
/// newer, the stream brings.
pub(crate) struct Fill {
    rest: Rest,
    /// The last post that was read.
    after: Id,
    newest: Option<Id>,
    asking: Asking,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Newest,
    Pages,
    Done,
}

impl Fill {
    /// Begins after `settle`: a server answers that a stream is open a little before it is.
    pub(crate) fn new(rest: Rest, after: Id, settle: Duration) -> Self {
        let asked = rest.clone();
        let asking = Box::pin(async move {
            sleep(settle).await;
            asked.newest().await
        });
        Self { rest, after, newest: None, asking, stage: Stage::Newest }
    }

    /// Up to here the gap is filled.
    pub(crate) fn filled(&self) -> &Id {
        match &self.newest {
            Some(newest) if self.stage == Stage::Done => newest.max(&self.after),
            _ => &self.after,
        }
    }

    /// Waits for the next page, oldest first; `None`: the gap is filled. May be dropped half-way.
    ///
    /// # Errors
    ///
    /// The server doesn't give the timeline.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Line>>, Failure> {
        while self.stage != Stage::Done {
            let page = self.asking.as_mut().await?;
            let last = page.iter().filter_map(|line| line.id.clone()).max();
            let is_page = self.stage == Stage::Pages;
            let is_end = last.is_none();
            if !is_page {
                self.newest = last;
                self.stage = Stage::Pages;
            } else if let Some(last) = last {
                self.after = last;
            }
            if is_end || self.newest.as_ref() <= Some(&self.after) {
                self.stage = Stage::Done;
            } else {
                self.asking = Box::pin(self.rest.clone().after(self.after.clone()));
            }
            if is_page && !is_end {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }
}
