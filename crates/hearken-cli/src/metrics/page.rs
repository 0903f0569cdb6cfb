//! A page of figures, as OpenMetrics writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use hearken::Timestamp;
use hearken::pipeline::{BOUNDS, Durations};
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::tenants::TenantName;

/// Names and values that tell the rows of a figure apart.
pub(super) type Labels = Vec<(&'static str, String)>;

/// The longest value of a label, characters.
const LONGEST: usize = 128;

/// Takes the figures of a scrape, in any order: OpenMetrics wants all rows of a figure together, whoever they are of.
#[derive(Debug, Default)]
pub(super) struct Page {
    families: BTreeMap<&'static str, Family>,
    tenant: Option<String>,
}

#[derive(Debug)]
struct Family {
    help: &'static str,
    kind: MetricType,
    rows: BTreeMap<Labels, Figure>,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Whole(u64),
    Real(f64),
    Times(Durations),
    /// Its labels say it.
    Words,
}

impl Page {
    /// Of whom all is that comes next: each row says so. `None`: of the process, or of nobody in particular.
    pub(super) fn of(&mut self, tenant: Option<&TenantName>) {
        self.tenant = tenant.map(TenantName::to_string);
    }

    /// What only grows. Its name ends with `_total`, which is not to be said.
    pub(super) fn counter<V: Into<Figure>>(
        &mut self,
        name: &'static str,
        help: &'static str,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) {
        self.add(name, help, MetricType::Counter, rows);
    }

    /// What goes up and down.
    pub(super) fn gauge<V: Into<Figure>>(
        &mut self,
        name: &'static str,
        help: &'static str,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) {
        self.add(name, help, MetricType::Gauge, rows);
    }

    /// How long something took. Its name ends with `_seconds`.
    pub(super) fn durations(
        &mut self,
        name: &'static str,
        help: &'static str,
        rows: impl IntoIterator<Item = (Labels, Durations)>,
    ) {
        self.add(name, help, MetricType::Histogram, rows);
    }

    /// What is said in words. Its name ends with `_info`, which is not to be said.
    pub(super) fn info(&mut self, name: &'static str, help: &'static str, rows: impl IntoIterator<Item = Labels>) {
        self.add(name, help, MetricType::Info, rows.into_iter().map(|labels| (labels, Figure::Words)));
    }

    /// Rows whose labels come out the same are one: a page with two of them would be refused whole.
    fn add<V: Into<Figure>>(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: MetricType,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) {
        let family = self.families.entry(name).or_insert_with(|| Family { help, kind, rows: BTreeMap::new() });
        for (mut labels, figure) in rows {
            labels.extend(self.tenant.as_ref().map(|tenant| ("tenant", tenant.clone())));
            let figure = figure.into();
            family.rows.entry(labels).and_modify(|sum| *sum = sum.and(figure)).or_insert(figure);
        }
    }

    /// Writes it all down.
    pub(super) fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, Family { help, kind, rows }) in self.families.iter().filter(|(_, family)| !family.rows.is_empty()) {
            let mut encoder = encoder.encode_descriptor(name, help, None, *kind)?;
            for (labels, figure) in rows {
                match figure {
                    Figure::Words => encoder.encode_info(labels)?,
                    _ if labels.is_empty() => figure.encode(*kind, &mut encoder)?,
                    _ => figure.encode(*kind, &mut encoder.encode_family(labels)?)?,
                }
            }
        }
        Ok(())
    }
}

impl Figure {
    /// Both together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Self::Whole(one + other),
            (Self::Real(one), Self::Real(other)) => Self::Real(one + other),
            // Nobody measures twice, and words stay as they are.
            (_, other) => other,
        }
    }

    fn encode(self, kind: MetricType, encoder: &mut MetricEncoder<'_>) -> fmt::Result {
        match (self, kind) {
            (Self::Whole(value), MetricType::Counter) => encoder.encode_counter::<NoLabelSet, _, f64>(&value, None),
            (Self::Real(value), MetricType::Counter) => encoder.encode_counter::<NoLabelSet, _, f64>(&value, None),
            (Self::Whole(value), _) => encoder.encode_gauge(&value),
            (Self::Real(value), _) => encoder.encode_gauge(&value),
            (Self::Times(durations), _) => {
                let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
                let buckets: Vec<(f64, u64)> = bounds.zip(durations.buckets).collect();
                encoder.encode_histogram::<NoLabelSet>(durations.sum, durations.count(), &buckets, None)
            }
            (Self::Words, _) => Ok(()),
        }
    }
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Whole(count)
    }
}

impl From<f64> for Figure {
    fn from(measure: f64) -> Self {
        Self::Real(measure)
    }
}

impl From<Durations> for Figure {
    fn from(times: Durations) -> Self {
        Self::Times(times)
    }
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
#[allow(clippy::unwrap_used, reason = "tests")]
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
    fn rows_that_came_out_the_same_are_one_and_those_of_tenants_are_not() {
        let long = "x".repeat(LONGEST);
        let mut page = Page::default();
        for tenant in [None, Some("acme"), Some("globex")] {
            page.of(tenant.map(|name| name.parse().unwrap()).as_ref());
            let row = |name: &str, value: u64| (vec![("source", plain(name))], value);
            page.gauge("posts", "Posts.", [row(&format!("{long}1"), 2), row(&format!("{long}2"), 3), row("y", 4)]);
        }
        let row = |(labels, figure): (&Labels, &Figure)| {
            let Figure::Whole(value) = figure else { return None };
            Some((labels.get(1).map(|(_, tenant)| tenant.clone()), *value))
        };
        let mut rows: Vec<_> = page.families["posts"].rows.iter().filter_map(row).collect();
        rows.sort();
        let wanted = [None, Some("acme".to_owned()), Some("globex".to_owned())];
        assert_eq!(rows, wanted.map(|tenant| [(tenant.clone(), 4), (tenant, 5)]).concat());
    }
}
