#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::AtomicUsize;

use super::*;

fn counted() -> (Receipt, Arc<AtomicUsize>) {
    let settled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&settled);
    let receipt = Receipt::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    (receipt, settled)
}

#[test]
fn the_last_share_settles_the_batch_once() {
    let (receipt, settled) = counted();
    let shares = vec![receipt.clone(), receipt.clone(), receipt];
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(|| share.settle());
        }
    });
    assert_eq!(settled.load(Ordering::SeqCst), 1);
}

#[test]
fn a_share_that_is_dropped_keeps_the_batch_open() {
    let (receipt, settled) = counted();
    drop(receipt.clone());
    receipt.settle();
    assert_eq!(settled.load(Ordering::SeqCst), 0);
}
