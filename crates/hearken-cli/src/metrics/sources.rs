//! Figures of live sources.

use std::collections::BTreeMap;
use std::fmt;

use super::page::{self, Labels, Page};
use crate::sources::{Links, Standing, Standings};

/// The sources of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feeds {
    pub(crate) links: Links,
    pub(crate) standings: Standings,
}

impl Feeds {
    /// What is not known to have been reached.
    pub(super) fn never_reached(&self) -> Option<String> {
        self.links.never_reached().map(page::source)
    }

    pub(super) fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        // Of several sources with one name the worst counts.
        let mut up: BTreeMap<String, bool> = BTreeMap::new();
        for (name, is_up) in self.links.up() {
            *up.entry(page::source(name)).or_insert(true) &= is_up;
        }
        page.gauge(
            "hearken_source_up",
            "Whether a live source is read and has its connection, 1 or 0.",
            up.into_iter().map(|(source, up)| (vec![("source", source)], u64::from(up))),
        )?;
        let standings = self.standings.read();
        page.counter(
            "hearken_source_messages",
            "Messages of a source: delivered (also again), redelivered, acknowledged, dead (came too often).",
            standings.iter().flat_map(|standing| {
                let events = [
                    ("delivered", standing.delivered),
                    ("redelivered", standing.redelivered),
                    ("acknowledged", standing.acknowledged),
                    ("dead", standing.dead),
                ];
                events.map(|(event, count)| {
                    (vec![("source", page::source(&standing.source)), ("event", event.to_owned())], count)
                })
            }),
        )?;
        let each = |of: fn(&Standing) -> u64| {
            let row = move |standing: &Standing| -> (Labels, u64) {
                (vec![("source", page::source(&standing.source))], of(standing))
            };
            standings.iter().map(row).collect::<Vec<_>>()
        };
        page.gauge(
            "hearken_source_lag_messages",
            "Messages in the stream that no node was given yet.",
            each(|standing| standing.lag),
        )?;
        page.gauge(
            "hearken_source_in_flight_messages",
            "Messages that are here and not done with.",
            each(|standing| standing.under_way),
        )
    }
}
