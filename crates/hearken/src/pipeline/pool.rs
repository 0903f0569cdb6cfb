//! A pool: worker threads with their model sessions, which one pipeline has for itself or several share.

use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::shared::lock;
use super::start::caught;
use super::work::{Lane, Work};
use super::worker::Worker;
use crate::cascade::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;

/// Worker threads, each with sessions of its own, that several pipelines share: one for each tenant of a process. Cloning gives another
/// handle; the threads end when the last handle and the last pipeline are gone.
///
/// While several pipelines have work to do, each gets its [share](super::Builder::share) of the bytes that are worked on, within a
/// chunk of each worker (of a cascade within a group of chunks); what one doesn't use goes to the others. Each has chunks of its own,
/// so one that floods waits for itself, and one whose queue nobody empties holds nobody else up. A pipeline that fails takes no other
/// with it. When a worker dies, all of them fail and say why.
///
/// ```no_run
/// use hearken::{Model, Pipeline, Pool, Post};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::new(Model::open("models/fast")?, None, 2)?;
/// let acme = Pipeline::builder_in(&pool).share(2).start()?;
/// let globex = Pipeline::builder_in(&pool).start()?;
/// acme.feeder().submit(Post::new("1", "My dog died at the front door."))?;
/// assert_eq!(globex.finish()?.tally.posts, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    model: Model,
    careful: Option<(Model, Budget)>,
    workers: usize,
    work: Arc<Work>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Loads a session of `model` for each of so many worker threads, and of `careful` where a second, slower model judges some posts
    /// again ([`Builder::careful`](super::Builder::careful)), and starts them. The budget is that of each pipeline, within its share of
    /// the workers' time and what the others leave of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a setting is out of range, [`ErrorKind::Runtime`] and [`ErrorKind::Model`] when ONNX Runtime or a
    /// model can't be loaded, [`ErrorKind::Worker`] when a thread can't be started.
    pub fn new(model: Model, careful: Option<(Model, Budget)>, workers: usize) -> Result<Self> {
        check(&model, careful.as_ref(), workers)?;
        let inner = Inner { model, careful, workers, work: Arc::default(), threads: Mutex::default() };
        let sessions = (0..workers)
            .map(|number| Worker::new(number, &inner.model, inner.careful.as_ref().map(|(model, _)| model)))
            .collect::<Result<Vec<_>>>()?;
        for (number, mut worker) in sessions.into_iter().enumerate() {
            let work = Arc::clone(&inner.work);
            let name = format!("hearken-worker-{number}");
            let thread_name = name.clone();
            let body = move || {
                if let Err(error) = caught(&thread_name, || worker.run(&work)) {
                    work.die(&error.to_string());
                }
            };
            let thread = thread::Builder::new().name(name).spawn(body).map_err(not_started)?;
            lock(&inner.threads).push(thread);
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// One worker per core.
    pub fn default_workers() -> usize {
        thread::available_parallelism().map_or(1, NonZero::get)
    }

    /// What judges every post.
    pub fn model(&self) -> &Model {
        &self.inner.model
    }

    /// The second model of a cascade, and its budget.
    pub fn careful(&self) -> Option<&(Model, Budget)> {
        self.inner.careful.as_ref()
    }

    /// How many worker threads it has.
    pub fn workers(&self) -> usize {
        self.inner.workers
    }

    pub(super) fn work(&self) -> &Arc<Work> {
        &self.inner.work
    }

    /// A lane for a pipeline that is about to start.
    pub(super) fn lane(&self) -> (Lane, u64) {
        let id = self.inner.work.new_id();
        (Lane::new(Arc::clone(&self.inner.work), id), id)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.work.end();
        let own = thread::current().id();
        for thread in lock(&self.threads).drain(..) {
            // A caller's closure that holds the last handle may end with a worker.
            if thread.thread().id() != own {
                let _ = thread.join();
            }
        }
    }
}

/// Makes sure that the settings are in range.
pub(super) fn check(model: &Model, careful: Option<&(Model, Budget)>, workers: usize) -> Result<()> {
    let out_of_range = |message: String| Err(Error::new(ErrorKind::Config, message));
    if workers == 0 || workers > 1024 {
        return out_of_range(format!("{workers} workers: it must be 1 to 1024"));
    }
    if let Some((careful, budget)) = careful {
        if !(0.0..=1.0).contains(&budget.share) {
            return out_of_range(format!("a share of {} for the careful model: it must be 0 to 1", budget.share));
        }
        let (first, careful) = (model.manifest(), careful.manifest());
        if first.languages != careful.languages {
            let message = "the models of a cascade must read the same languages".to_owned();
            return out_of_range(format!("{message}: {} and {} don't", first.name, careful.name));
        }
    }
    Ok(())
}

pub(super) fn not_started(error: std::io::Error) -> Error {
    Error::with_source(ErrorKind::Worker, format!("a thread can't be started: {error}"), error)
}
