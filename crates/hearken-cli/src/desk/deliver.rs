//! `hearken desk deliver`: what waits for others is brought to them, without a run.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hearken::Timestamp;

use super::hooks::{Delivered, Deliverer};
use super::open::AnyDesk;
use super::print::{json_line, print};
use crate::stop::Stop;

/// Delivers what is due, once or until a signal. False where something was not delivered.
pub(super) fn deliver(desk: AnyDesk, every: Option<Duration>, now: Option<Timestamp>, json: bool) -> Result<bool> {
    let stop = Stop::on_signals()?;
    let mut deliverer = Deliverer::new(Arc::new(desk), now);
    let Some(every) = every else {
        deliverer.serve()?;
        deliverer.finish(|| stop.is_set());
        let (done, usable) = deliverer.take_done();
        tell(done, json)?;
        return Ok(usable && done.failed + done.put_aside == 0);
    };
    loop {
        deliverer.serve()?;
        let ended = stop.wait(every)?;
        if ended {
            deliverer.finish(|| true);
        }
        let (done, _) = deliverer.take_done();
        if !done.is_nothing() {
            tell(done, json)?;
        }
        if ended {
            return Ok(true);
        }
    }
}

fn tell(done: Delivered, json: bool) -> Result<()> {
    if json {
        return json_line(&done);
    }
    let Delivered { delivered, failed, put_aside } = done;
    print(&format!("delivered: {delivered}, to be tried again: {failed}, put aside: {put_aside}\n"))
}
