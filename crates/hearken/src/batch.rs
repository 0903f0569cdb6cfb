//! Batching: rows of like length go through the model together, so that little of a batch is padding.

use ndarray::ArrayView2;
use serde::Deserialize;

use crate::tokenize::Tokens;

/// How large a batch may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchLimits {
    /// Rows at the most; a batch always has one.
    pub rows: usize,
    /// Ids at the most, padding included; a single row may exceed it.
    pub ids: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { rows: 128, ids: 4096 }
    }
}

/// Cuts the rows of a chunk into batches, shortest rows first. Its buffers are reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct Batcher {
    limits: BatchLimits,
    padding: i64,
    order: Vec<usize>,
    next: usize,
    ids: Vec<i64>,
    lengths: Vec<usize>,
}

/// Token ids of some rows of a chunk, ready for the model.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Which rows of the chunk these are.
    pub rows: &'a [usize],
    /// `[rows, longest row]`, short rows filled up with the padding id.
    pub ids: ArrayView2<'a, i64>,
    /// `[rows]`: how many ids of each row are its own.
    pub lengths: &'a [usize],
}

impl Batcher {
    /// A batcher whose batches keep to `limits`, and fill short rows up with 0.
    pub fn new(limits: BatchLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Fills short rows up with another id.
    pub fn padding(mut self, id: u32) -> Self {
        self.padding = id.into();
        self
    }

    /// Starts on a new chunk: its rows in order of length, and within a length in order of arrival.
    pub fn start(&mut self, tokens: &Tokens) {
        self.next = 0;
        self.order.clear();
        self.order.extend(0..tokens.len());
        self.order.sort_unstable_by_key(|&row| (tokens.row(row).len(), row));
    }

    /// The next batch of the chunk that [`Batcher::start`] was given, until every row was in one.
    pub fn next_batch(&mut self, tokens: &Tokens) -> Option<Batch<'_>> {
        let waiting = &self.order[self.next..];
        let length_of = |row: usize| tokens.row(row).len().max(1);
        // Rows come longest last: the last one in decides how wide the batch is.
        let count = waiting
            .iter()
            .take(self.limits.rows.max(1))
            .enumerate()
            .take_while(|&(before, &row)| before == 0 || (before + 1) * length_of(row) <= self.limits.ids)
            .count();
        let rows = &waiting[..count];
        let width = length_of(*rows.last()?);
        self.ids.clear();
        self.lengths.clear();
        for (nth, &row) in rows.iter().enumerate() {
            let ids = tokens.row(row);
            self.ids.extend(ids.iter().map(|&id| i64::from(id)));
            self.ids.resize((nth + 1) * width, self.padding);
            self.lengths.push(ids.len());
        }
        self.next += count;
        let ids = ArrayView2::from_shape((count, width), &self.ids).ok()?;
        Some(Batch { rows, ids, lengths: &self.lengths })
    }
}

#[cfg(test)]
mod tests;
