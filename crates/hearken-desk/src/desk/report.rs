//! How long people wait, read from the trail as it is, and with the rules that are in force now.

use std::ops::Range;

use super::Desk;
use crate::error::Result;
use crate::report::{By, DEEDS, Report, Reporter};
use crate::store::Store;
use crate::time::{Timestamp, whole};

impl<S: Store> Desk<S> {
    /// How long people waited whose cases came to the desk in some time. Reads them one after the other, none of their posts, and
    /// holds nothing but counts.
    ///
    /// # Errors
    /// The store fails.
    pub fn report(&self, opened: Range<Timestamp>, by: By, now: Timestamp) -> Result<Report> {
        let opened = whole(opened.start)..whole(opened.end);
        self.read(|rows| {
            let levels = self.rules_in(rows)?.service;
            let mut reporter = Reporter::new(&levels, by, whole(now));
            rows.histories(opened.clone(), &DEEDS, &mut |ticket, entries| {
                reporter.add(&ticket, &entries);
                Ok(())
            })?;
            Ok(reporter.end(opened.start, opened.end))
        })
    }
}
