//! A page of figures, as OpenMetrics writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use hearken::Timestamp;
use hearken::pipeline::{BOUNDS, Durations};
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Names and values that tell the rows of a figure apart.
pub(super) type Labels = Vec<(&'static str, String)>;

/// The longest value of a label, characters.
const LONGEST: usize = 128;

/// Takes the figures of a scrape.
pub(super) struct Page<'a>(DescriptorEncoder<'a>);

impl<'a> Page<'a> {
    pub(super) fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// What only grows. Its name ends with `_total`, which is not to be said.
    pub(super) fn counter<V: EncodeCounterValue + AddAssign>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Counter, &summed(rows), |mut encoder, value| {
            encoder.encode_counter::<NoLabelSet, _, f64>(value, None)
        })
    }

    /// What goes up and down.
    pub(super) fn gauge<V: EncodeGaugeValue + AddAssign>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Gauge, &summed(rows), |mut encoder, value| encoder.encode_gauge(value))
    }

    /// How long something took. Its name ends with `_seconds`.
    pub(super) fn durations(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, Durations)>,
    ) -> fmt::Result {
        let rows = rows.into_iter().collect();
        self.family(name, help, MetricType::Histogram, &rows, |mut encoder, durations: &Durations| {
            let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(durations.buckets).collect();
            encoder.encode_histogram::<NoLabelSet>(durations.sum, durations.count(), &buckets, None)
        })
    }

    /// What is said in words. Its name ends with `_info`, which is not to be said.
    pub(super) fn info(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = Labels>) -> fmt::Result {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Info)?;
        rows.try_for_each(|labels| encoder.encode_info(&labels))
    }

    fn family<V>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        rows: &BTreeMap<Labels, V>,
        write: impl Fn(MetricEncoder<'_>, &V) -> fmt::Result,
    ) -> fmt::Result {
        if rows.is_empty() {
            return Ok(());
        }
        let mut encoder = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in rows {
            if labels.is_empty() {
                // Within a family without labels there is one row only.
                return write(encoder, value);
            }
            write(encoder.encode_family(labels)?, value)?;
        }
        Ok(())
    }
}

/// Rows whose labels came out the same are one: a page with two of them would be refused whole.
fn summed<V: AddAssign>(rows: impl IntoIterator<Item = (Labels, V)>) -> BTreeMap<Labels, V> {
    let mut sums = BTreeMap::new();
    for (labels, value) in rows {
        match sums.entry(labels) {
            std::collections::btree_map::Entry::Vacant(free) => _ = free.insert(value),
            std::collections::btree_map::Entry::Occupied(mut sum) => *sum.get_mut() += value,
        }
    }
    sums
}

/// A value of a label that others chose: one line, not too long.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
}

/// How long ago something was, seconds.
pub(super) fn age(since: Timestamp, now: Timestamp) -> f64 {
    (now.as_millisecond() - since.as_millisecond()).max(0) as f64 / 1000.0
}

/// What a source or a sink is called, without who reads it and with what secret.
pub(super) fn source(name: &str) -> String {
    let shown = match name.split_once("://") {
        Some((scheme, rest)) => {
            let place = rest.split(['?', '#']).next().unwrap_or_default();
            let (hosts, path) = place.split_at(place.find('/').unwrap_or(place.len()));
            let hosts: Vec<_> = hosts.split(',').map(|host| host.rsplit('@').next().unwrap_or_default()).collect();
            Cow::Owned(format!("{scheme}://{}{path}", hosts.join(",")))
        }
        None => Cow::Borrowed(name),
    };
    plain(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_source_no_secret_is_shown() {
        for (name, shown) in [
            ("nats://me:secret@a.example:4222,you:secret@b.example?token=secret", "nats://a.example:4222,b.example"),
            ("mastodon://a.example/public:local?access_token=secret#secret", "mastodon://a.example/public:local"),
            ("listen://[::1]:80", "listen://[::1]:80"),
            ("file:/var/log/a?b@c*.jsonl", "file:/var/log/a?b@c*.jsonl"),
            ("one\ntwo", "one two"),
        ] {
            assert_eq!(source(name), shown);
        }
        assert_eq!(source(&"ö".repeat(1000)).chars().count(), LONGEST);
    }

    #[test]
    fn rows_that_came_out_the_same_are_one() {
        let row = |name: &str, value: u64| (vec![("source", plain(name))], value);
        let long = "x".repeat(LONGEST);
        let sums = summed([row(&format!("{long}1"), 2), row(&format!("{long}2"), 3), row("y", 4)]);
        assert_eq!(sums.into_values().collect::<Vec<_>>(), [5, 4]);
    }
}
