#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::testing::tiny_dir;
use crate::tokenize::Tokenizer;

/// Words of the tiny model, each one token, and none of them padding.
const WORDS: [&str; 4] = ["grief", "angry", "promo", "urgent"];

/// Rows of these lengths whose ids differ from row to row.
fn tokens(lengths: &[usize]) -> Tokens {
    static TOKENIZER: OnceLock<Tokenizer> = OnceLock::new();
    let tokenizer = TOKENIZER.get_or_init(|| {
        let json = std::fs::read_to_string(tiny_dir().join("tokenizer.json")).unwrap();
        Tokenizer::from_json(&json, 1000, false).unwrap()
    });
    let mut tokens = Tokens::default();
    for (row, &length) in lengths.iter().enumerate() {
        let words: Vec<&str> = (0..length).map(|place| WORDS[(row + place * place) % WORDS.len()]).collect();
        tokenizer.encode(&words.join(" "), &mut tokens).unwrap();
        assert_eq!(tokens.row(row).len(), length);
    }
    tokens
}

/// The rows of each batch, after a look at all that a batch promises.
fn checked_batches(batcher: &mut Batcher, tokens: &Tokens, limits: BatchLimits) -> Vec<Vec<usize>> {
    let padding = batcher.padding;
    let mut batches = Vec::new();
    batcher.start(tokens);
    while let Some(batch) = batcher.next_batch(tokens) {
        let (rows, width) = batch.ids.dim();
        assert_eq!(rows, batch.rows.len());
        assert_eq!(rows, batch.lengths.len());
        assert!((1..=limits.rows).contains(&rows), "{rows} rows");
        assert!(rows == 1 || rows * width <= limits.ids, "{rows} x {width} ids");
        assert_eq!(width, batch.lengths.iter().copied().max().unwrap().max(1), "no column is all padding");
        for ((&row, &length), ids) in batch.rows.iter().zip(batch.lengths).zip(batch.ids.rows()) {
            let own: Vec<i64> = tokens.row(row).iter().map(|&id| id.into()).collect();
            let ids = ids.to_vec();
            assert_eq!(length, own.len());
            assert_eq!(ids[..length], own);
            assert!(ids[length..].iter().all(|&id| id == padding));
        }
        batches.push(batch.rows.to_vec());
    }
    batches
}

proptest! {
    #[test]
    fn every_row_comes_once_within_the_limits_shortest_first(
        lengths in proptest::collection::vec(0..60usize, 0..80),
        rows in 1..20usize,
        ids in 1..300usize,
    ) {
        let tokens = tokens(&lengths);
        let limits = BatchLimits { rows, ids };
        let order = checked_batches(&mut Batcher::new(limits).padding(rows as u32), &tokens, limits).concat();
        let mut expected: Vec<usize> = (0..lengths.len()).collect();
        expected.sort_by_key(|&row| lengths[row]);
        prop_assert_eq!(order, expected);
    }
}

#[test]
fn a_batch_is_as_full_as_the_limits_allow() {
    let rows_of = |lengths: &[usize], limits| checked_batches(&mut Batcher::new(limits), &tokens(lengths), limits);
    assert_eq!(rows_of(&[2, 2, 2, 2], BatchLimits { rows: 3, ids: 100 }), [vec![0, 1, 2], vec![3]]);
    assert_eq!(rows_of(&[2, 2, 2, 2], BatchLimits { rows: 100, ids: 6 }), [vec![0, 1, 2], vec![3]]);
    assert_eq!(rows_of(&[9, 1, 1], BatchLimits { rows: 100, ids: 6 }), [vec![1, 2], vec![0]]);
    assert_eq!(rows_of(&[0, 0], BatchLimits { rows: 100, ids: 6 }), [vec![0, 1]]);
}

#[test]
fn a_batcher_forgets_the_last_chunk() {
    let limits = BatchLimits { rows: 2, ids: 10 };
    let mut batcher = Batcher::new(limits);
    let (first, second) = (tokens(&[5, 4, 3]), tokens(&[1, 2]));
    batcher.start(&first);
    assert!(batcher.next_batch(&first).is_some());
    assert_eq!(checked_batches(&mut batcher, &second, limits).concat(), [0, 1]);
    assert_eq!(checked_batches(&mut batcher, &Tokens::default(), limits), Vec::<Vec<usize>>::new());
}

#[test]
fn no_row_is_lost_to_a_limit_of_nothing() {
    let mut batcher = Batcher::new(BatchLimits { rows: 0, ids: 0 });
    let tokens = tokens(&[1, 2]);
    batcher.start(&tokens);
    assert_eq!(batcher.next_batch(&tokens).unwrap().rows, [0]);
    assert_eq!(batcher.next_batch(&tokens).unwrap().rows, [1]);
    assert!(batcher.next_batch(&tokens).is_none());
}
