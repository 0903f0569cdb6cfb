//! Figures of live sources.

use std::collections::BTreeMap;

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

    pub(super) fn write(&self, page: &mut Page) {
        // Of several sources with one name the worst counts.
        let mut up: BTreeMap<String, bool> = BTreeMap::new();
        for (name, is_up) in self.links.up() {
            *up.entry(page::source(name)).or_insert(true) &= is_up;
        }
        page.gauge(
            "hearken_source_up",
            "Whether a live source is read and has its connection, 1 or 0.",
            up.into_iter().map(|(source, up)| (vec![("source", source)], u64::from(up))),
        );
        let standings = self.standings.read();
        page.counter(
            "hearken_source_messages",
            "Messages of a source: delivered (also again), redelivered, acknowledged, dead (came too often).",
            standings.iter().flat_map(|Standing { source, counts }| {
                let events = [
                    ("delivered", Some(counts.delivered)),
                    ("redelivered", counts.redelivered),
                    ("acknowledged", Some(counts.acknowledged)),
                    ("dead", counts.dead),
                ];
                events.into_iter().filter_map(|(event, count)| {
                    Some((vec![("source", page::source(source)), ("event", event.to_owned())], count?))
                })
            }),
        );
        let each = |of: fn(&Standing) -> u64| {
            let row = move |standing: &Standing| -> (Labels, u64) {
                (vec![("source", page::source(&standing.source))], of(standing))
            };
            standings.iter().map(row).collect::<Vec<_>>()
        };
        page.gauge(
            "hearken_source_lag_messages",
            "Messages that no node was given yet; of Kafka, those of this node that are not committed.",
            each(|standing| standing.counts.lag),
        );
        page.gauge(
            "hearken_source_in_flight_messages",
            "Messages that are here and not done with.",
            each(|standing| standing.counts.under_way),
        );
    }
}
