//! One hook's turn: its messages, one after the other, until none is due.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use hearken::Timestamp;
use hearken_desk::{Hook, Sent};
use serde::Serialize;
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::target::Target;
use crate::desk::open::AnyDesk;

/// A hook that failed so often in a row is left alone until the next turn.
const FAILURES: u32 = 3;

/// Whoever is to leave notices so soon.
const NOTICES: Duration = Duration::from_millis(50);

/// What became of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Delivered {
    pub(crate) delivered: u64,
    /// Deliveries that failed. Their messages are tried again.
    pub(crate) failed: u64,
    /// Messages that failed too often, and wait for someone to retry them.
    pub(crate) put_aside: u64,
}

impl Delivered {
    pub(super) fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.put_aside += other.put_aside;
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Delivers what is due to one hook. When `leave` is set, even a delivery that is under way is left: its message comes again.
pub(super) fn turn(
    desk: &AnyDesk,
    hook: &Hook,
    target: &Target,
    now: Option<Timestamp>,
    leave: &AtomicBool,
) -> Result<Delivered> {
    let runtime = Builder::new_current_thread().enable_all().build().context("starting to deliver")?;
    let present = || now.unwrap_or_else(Timestamp::now);
    let (mut done, mut in_a_row) = (Delivered::default(), 0);
    while in_a_row < FAILURES
        && !leave.load(Ordering::Relaxed)
        && let Some(delivery) = desk.take_message(hook, present())?
    {
        let sent = runtime.block_on(async {
            tokio::select! {
                sent = target.deliver(hook, &delivery) => Some(sent),
                () = told_to(leave) => None,
            }
        });
        let Some(sent) = sent else { break };
        let left = desk.sent(hook, &delivery, &sent, present())?;
        match (&sent, left) {
            (Sent::Delivered, _) => {
                done.delivered += 1;
                in_a_row = 0;
                continue;
            }
            (_, Some(message)) if message.next_try_at.is_none() => done.put_aside += 1,
            _ => done.failed += 1,
        }
        in_a_row += 1;
    }
    Ok(done)
}

async fn told_to(leave: &AtomicBool) {
    while !leave.load(Ordering::Relaxed) {
        sleep(NOTICES).await;
    }
}
