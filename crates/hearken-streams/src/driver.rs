//! Drives a source: hands out its batches, gathers what is settled, and commits.
//!
//! A batch is handed out once there is room for it, so a slow consumer slows the source. Batches settle in any order, from
//! any thread; what is committed is the greatest token up to which all of them are settled.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use tokio::sync::mpsc::{Sender, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::ledger::Ledger;
use crate::source::{Batch, Source, Token};

/// A batch on its way to whoever processes it.
#[derive(Debug)]
pub struct Delivery {
    /// The lines.
    pub batch: Batch,
    /// To be settled when what became of them is durable.
    pub settled: Settled,
}

/// Settles one batch. Dropping it instead leaves the batch open, and the source will bring it again.
#[derive(Clone, Debug)]
pub struct Settled {
    token: Token,
    tokens: UnboundedSender<Token>,
}

impl Settled {
    /// What became of the batch is durable. Never waits; works from any thread.
    pub fn settle(&self) {
        // A driver that is gone has left the batch uncommitted, which is safe.
        let _ = self.tokens.send(self.token);
    }
}

/// How often a source is told, and how long it is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The shortest time between two commits.
    pub commit_every: Duration,
    /// After a stop: how long to wait for batches under way.
    pub grace: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { commit_every: Duration::from_millis(250), grace: Duration::from_secs(10) }
    }
}

/// Reads `source` until its end or until `stop`, and returns when no batch is under way any more.
///
/// At the end of the source, and at a stop, `deliver` is dropped, so that the receiver can finish; then what is under way is
/// waited for, after a stop for [`Pace::grace`] at the most. Batches whose [`Settled`] is dropped are not waited for.
///
/// # Errors
///
/// Of the source: reading or committing failed for good. What was settled before is committed all the same, where that is
/// possible. An error too where the receiver of `deliver` is gone before the end.
pub async fn drive(
    mut source: impl Source,
    deliver: Sender<Delivery>,
    stop: CancellationToken,
    pace: Pace,
) -> Result<()> {
    let (tokens, mut settled) = unbounded_channel();
    let mut ledger = Ledger::default();
    let mut waiting: Option<Batch> = None;
    let mut commit_at = Instant::now();
    let ended = loop {
        let due = ledger.due();
        tokio::select! {
            () = stop.cancelled() => break Ok(()),
            Some(token) = settled.recv() => {
                settle(&mut source, &mut ledger, token);
                while let Ok(token) = settled.try_recv() {
                    settle(&mut source, &mut ledger, token);
                }
            }
            () = sleep_until(commit_at), if due.is_some() => {
                commit(&mut source, &mut ledger).await?;
                commit_at = Instant::now() + pace.commit_every;
            }
            room = deliver.reserve(), if waiting.is_some() => match (room, waiting.take()) {
                (Ok(room), Some(batch)) => {
                    let token = batch.token;
                    ensure!(ledger.hand_out(token), "{} gave batch {token} out of order", source.name());
                    room.send(Delivery { batch, settled: Settled { token, tokens: tokens.clone() } });
                }
                _ => break Err(anyhow!("nobody takes the posts of {} any more", source.name())),
            },
            batch = source.next(), if waiting.is_none() => match batch {
                Ok(Some(batch)) => waiting = Some(batch),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            },
        }
    };
    // From here on `settled` ends when the last batch under way is settled or given up.
    drop((deliver, tokens));
    let mut given_up_at = None;
    while ledger.open() > 0 {
        if stop.is_cancelled() && given_up_at.is_none() {
            given_up_at = Some(Instant::now() + pace.grace);
        }
        let due = ledger.due();
        tokio::select! {
            token = settled.recv() => match token {
                Some(token) => settle(&mut source, &mut ledger, token),
                None => break,
            },
            () = sleep_until(commit_at), if due.is_some() => {
                commit(&mut source, &mut ledger).await?;
                commit_at = Instant::now() + pace.commit_every;
            }
            () = stop.cancelled(), if given_up_at.is_none() => {}
            () = sleep_until(given_up_at.unwrap_or(commit_at)), if given_up_at.is_some() => {
                tracing::warn!(source = source.name(), batches = ledger.open(), "Batches were still under way; they will come again.");
                break;
            }
        }
    }
    commit(&mut source, &mut ledger).await?;
    ended
}

fn settle(source: &mut impl Source, ledger: &mut Ledger, token: Token) {
    ledger.settle(token);
    source.settled(token);
}

async fn commit(source: &mut impl Source, ledger: &mut Ledger) -> Result<()> {
    let Some(token) = ledger.due() else { return Ok(()) };
    source.commit(token).await.with_context(|| format!("noting how far {} was read", source.name()))?;
    ledger.commit(token);
    Ok(())
}

#[cfg(test)]
mod tests;
