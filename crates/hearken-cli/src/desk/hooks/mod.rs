//! Delivering what a desk has for others: to the team's own servers and commands, and to nobody else.
//!
//! Each hook has a thread of its own while it has something due, so one that doesn't answer holds up no other. What became of a message
//! is written down at once; a deliverer that is killed amid one leaves it to the next, under the same id.

mod program;
mod target;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;
use hearken::Timestamp;

use super::open::AnyDesk;
use crate::output::say;
use crate::stop::Stop;
use target::Target;
pub(super) use target::host;
pub(super) use turn::Delivered;

/// A run looks so often whether anything is due.
const LOOKS: Duration = Duration::from_secs(1);

/// After its input has ended, a run goes on to deliver for so long at the most.
const GRACE: Duration = Duration::from_secs(10);

/// Whoever waits for threads to end asks so often.
const ASKS: Duration = Duration::from_millis(20);

/// How many deliveries to each hook have failed.
pub(crate) type Failures = Arc<Mutex<BTreeMap<String, u64>>>;

/// Delivers whatever is due at a desk.
#[derive(Debug)]
pub(super) struct Deliverer {
    desk: Arc<AnyDesk>,
    /// What time it is, if not the present.
    now: Option<Timestamp>,
    /// The hooks that are being served.
    busy: BTreeMap<String, JoinHandle<Result<Delivered>>>,
    /// Set when everybody is to leave, whatever is under way.
    leave: Arc<AtomicBool>,
    /// Hooks of which it was said already that they can't be served.
    unusable: BTreeSet<String>,
    done: Delivered,
    failures: Failures,
}

impl Deliverer {
    pub(super) fn new(desk: Arc<AnyDesk>, now: Option<Timestamp>) -> Self {
        let (leave, done) = (Arc::new(AtomicBool::new(false)), Delivered::default());
        let failures = Failures::default();
        Self { desk, now, busy: BTreeMap::new(), leave, unusable: BTreeSet::new(), done, failures }
    }

    /// Serves each hook that has something due and is not being served.
    pub(super) fn serve(&mut self) -> Result<()> {
        self.gather();
        for hook in self.desk.rules()?.hooks {
            let now = self.now.unwrap_or_else(Timestamp::now);
            if self.busy.contains_key(&hook.name) || !self.desk.has_due(&hook, now)? {
                continue;
            }
            let target = match Target::of(&hook) {
                Ok(target) => target,
                Err(error) => {
                    if self.unusable.insert(hook.name.clone()) {
                        say(format_args!("hook {:?} can't be served, its messages wait: {error:#}", hook.name));
                    }
                    continue;
                }
            };
            let (desk, now, leave) = (Arc::clone(&self.desk), self.now, Arc::clone(&self.leave));
            let name = hook.name.clone();
            let thread = thread::Builder::new().name(format!("hearken-hook-{name}"));
            self.busy.insert(name, thread.spawn(move || turn::turn(&desk, &hook, &target, now, &leave))?);
        }
        Ok(())
    }

    /// Waits until nobody is served any more; when `ends` says so, for no delivery that is under way.
    pub(super) fn finish(&mut self, ends: impl Fn() -> bool) {
        while !self.busy.is_empty() {
            if ends() {
                self.leave.store(true, Ordering::Relaxed);
            }
            self.gather();
            thread::sleep(ASKS);
        }
    }

    /// What was delivered since this was asked last, and whether every hook could be served.
    pub(super) fn take_done(&mut self) -> (Delivered, bool) {
        (std::mem::take(&mut self.done), self.unusable.is_empty())
    }

    fn gather(&mut self) {
        let ended: Vec<String> =
            self.busy.iter().filter(|(_, thread)| thread.is_finished()).map(|(name, _)| name.clone()).collect();
        for name in ended {
            match self.busy.remove(&name).map(JoinHandle::join) {
                Some(Ok(Ok(delivered))) => {
                    self.done.add(delivered);
                    let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                    *failures.entry(name).or_default() += delivered.failed + delivered.put_aside;
                }
                Some(Ok(Err(error))) => say(format_args!("hook {name:?}: {error:#}")),
                _ => say(format_args!("hook {name:?}: its thread died; its message comes again")),
            }
        }
    }
}

/// Delivers while a run goes on.
#[derive(Debug)]
pub(crate) struct Delivering {
    end: Sender<()>,
    failures: Failures,
    thread: JoinHandle<()>,
}

impl Delivering {
    /// Starts to deliver what is due at a desk. What can't be delivered now waits; it is never why a run fails.
    pub(crate) fn start(desk: Arc<AnyDesk>, now: Option<Timestamp>, stop: &Stop) -> Result<Self> {
        let (end, ended) = channel();
        let stop = stop.clone();
        let mut deliverer = Deliverer::new(desk, now);
        let failures = Arc::clone(&deliverer.failures);
        let body = move || {
            let serve = |deliverer: &mut Deliverer| {
                deliverer.serve().unwrap_or_else(|error| say(format_args!("messages wait: {error:#}")));
            };
            while ended.recv_timeout(LOOKS) == Err(RecvTimeoutError::Timeout) {
                serve(&mut deliverer);
            }
            if !stop.is_set() {
                serve(&mut deliverer);
            }
            let until = Instant::now() + GRACE;
            deliverer.finish(|| stop.is_set() || Instant::now() > until);
        };
        Ok(Self { end, failures, thread: thread::Builder::new().name("hearken-hooks".to_owned()).spawn(body)? })
    }

    /// How many deliveries have failed so far, for whoever asks while it goes on.
    pub(crate) fn failures(&self) -> Failures {
        Arc::clone(&self.failures)
    }

    /// Delivers what came last, for a while. What is left waits for the next run, or for `hearken desk deliver`.
    pub(crate) fn end(self) {
        drop(self.end);
        let _ = self.thread.join();
    }
}
