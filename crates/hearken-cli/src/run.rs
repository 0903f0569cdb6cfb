//! `hearken run`: wires input, pipeline and output together.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use hearken::format::{Deletion, RejectReason};
use hearken::{Builder, Pipeline, Pool, Queue, Ranked, UnsupportedLanguage, WhenFull};
use tracing::info;

use crate::args::{OutputMode, Unsupported};
use crate::desk::{self, AnyDesk, Delivering, Keeper, open_or_make};
use crate::input::Source;
use crate::metrics::{Board, Engine, Feeds, Panel, Phase};
use crate::output::{Printer, of_tenant, say};
use crate::progress::Progress;
use crate::reach::{Stopped, reach};
use crate::settings::Settings;
use crate::sink::Sink;
use crate::sources::{Cursors, Letters, Live};
use crate::stats::Judges;
use crate::stop::Stop;
use crate::{dead_letter, models, policy, stats, tenants};

/// Runs to the end of the input or to a signal. False when lines were rejected and the user asked to be strict.
pub(crate) fn run(settings: Settings) -> Result<bool> {
    let stop = Stop::on_signals()?;
    let board = Board::new(&stop);
    let _served = settings.metrics.as_ref().map(|address| board.serve(address)).transpose()?;
    match &settings.tenants {
        Some(file) => tenants::run(file, &settings, &stop, &board),
        None => {
            let shared = Shared::new(&settings, None);
            one(settings, &stop, &board, &shared)
        }
    }
}

/// What a run shares with those of other tenants.
#[derive(Debug)]
pub(crate) struct Shared {
    /// `None`: it has workers of its own.
    pool: Option<Pool>,
    cursors: Cursors,
}

impl Shared {
    pub(crate) fn new(settings: &Settings, pool: Option<Pool>) -> Self {
        Self { pool, cursors: Cursors::new(settings.cursor.clone()) }
    }
}

/// Runs for one tenant, or for nobody in particular.
pub(crate) fn one(settings: Settings, stop: &Stop, board: &Arc<Board>, shared: &Shared) -> Result<bool> {
    match from_start_to_end(settings, stop, board, shared) {
        Err(error) if error.is::<Stopped>() => Ok(true),
        outcome => outcome,
    }
}

fn from_start_to_end(mut settings: Settings, stop: &Stop, board: &Arc<Board>, shared: &Shared) -> Result<bool> {
    let desk = settings.desk.clone().map(|place| {
        let tenant = settings.tenant.clone();
        reach(stop, move || open_or_make(&place, tenant.as_ref()))
    });
    let desk = desk.transpose()?.map(Arc::new);
    policy::in_force(&mut settings, desk.as_deref())?;
    let settings = &settings;
    let panel = board.panel(settings.tenant.as_ref());
    if let (Some(_), Some(place)) = (&settings.metrics, &settings.desk) {
        board.watch_desk(&panel, place, settings.now)?;
    }
    let files = if settings.sources.is_empty() { Source::all(&settings.files) } else { Vec::new() };
    Source::check(&files)?;
    Source::tell_of_terminal(&files);
    let mut live = (!settings.sources.is_empty()).then(|| Live::start(settings, stop, &shared.cursors)).transpose()?;
    let count = live.as_ref().map(Live::count);
    let standings = live.as_ref().map(Live::standings).unwrap_or_default();
    let links = live.as_ref().map(Live::links).unwrap_or_default();
    panel.set_feeds(Feeds { links, standings: standings.clone() });
    let sink = settings.sink.as_deref().map(|url| Sink::connect(url, settings, stop)).transpose()?;
    let first_rejected = FirstRejected::default();
    let keeper = desk.clone().map(|desk| Keeper::start(desk, settings.now, stop)).transpose()?;
    let delivering = desk.clone().map(|desk| Delivering::start(desk, settings.now, stop)).transpose()?;
    let letters = live.as_ref().map(Live::letters).unwrap_or_default();
    let mut builder = builder(settings, stop, shared, &first_rejected, sink.as_ref(), letters, &panel)?;
    if let Some(delivering) = &delivering {
        panel.outlets.set_failures(delivering.failures());
    }
    if let Some(keeper) = &keeper {
        panel.outlets.set_kept(keeper.kept());
        builder = builder.news(keeper.sink()).sample(keeper.sampler());
    }
    let pipeline = builder.start()?;
    let judges = Judges::of(&pipeline);
    if let Some(sink) = &sink {
        sink.judged_by(&judges);
    }
    let policy = settings.policy.as_ref().map(|loaded| loaded.source.as_str());
    let engine = Engine::new(&pipeline, &judges, policy, settings.now);
    panel.set_engine(engine.budget(settings.budget));
    panel.set_phase(Phase::Running);
    info!(judge = judges.first, careful = judges.careful, "The pipeline runs.");
    let printer = Printer::new(settings, sink.clone());
    let progress = Progress::new(settings, &files);

    let (read, printed) = thread::scope(|scope| {
        // Nothing is sent on these channels: they disconnect when the input is read to its end, and the threads leave.
        let (read_to_end, reader) = mpsc::channel::<()>();
        let (read_to_end_too, reader_too) = mpsc::channel::<()>();
        let (end, ended) = mpsc::channel::<()>();
        let (pipeline, progress) = (&pipeline, &progress);
        let shown = scope.spawn(move || progress.show(pipeline, count.as_ref(), &reader_too));
        let queue = pipeline.queue();
        let stop_too = stop.clone();
        let desk = desk.as_deref();
        let print = |deletions: &[Deletion<'_>], posts: &[Ranked]| {
            progress.aside(|| {
                printer.bury(deletions).and_then(|()| if posts.is_empty() { Ok(()) } else { printer.print(posts) })
            })
        };
        // A wait for quota is no reason not to stop.
        let stopped = settings.quota.map(|_| {
            scope.spawn(move || {
                while ended.recv_timeout(LOOKS) == Err(RecvTimeoutError::Timeout) {
                    if stop.is_set() {
                        pipeline.lift_quota();
                    }
                }
            })
        });
        let hand_out = settings.every.map(|every| {
            scope.spawn(move || {
                let handed_out = match desk {
                    Some(desk) => show_often(every, &reader, || progress.aside(|| show_desk(desk, settings))),
                    None => hand_out(every, &queue, settings.top, print, &reader).map_err(anyhow::Error::from),
                };
                handed_out.inspect_err(|_| stop_too.now())
            })
        });
        let read = match &mut live {
            Some(live) => live.feed(pipeline, stop, sink.as_ref()),
            None => read_all(pipeline, &files, stop),
        };
        panel.set_phase(Phase::Finishing);
        drop((read_to_end, read_to_end_too, end));
        let _ = (shown.join(), stopped.map(thread::ScopedJoinHandle::join));
        (read, hand_out.map_or(Ok(()), |thread| thread.join().unwrap_or(Ok(()))))
    });

    let finished = pipeline.finish();
    // A desk that failed is why the pipeline did.
    let kept = keeper.map(Keeper::end).transpose()?;
    delivering.into_iter().for_each(Delivering::end);
    let mut summary = finished?;
    printed?;
    let waiting = summary.queue.split_off(summary.queue.len().min(settings.top));
    printer.bury(&summary.deletions)?;
    if let Some(desk) = &desk {
        if settings.prints_queue {
            show_desk(desk, settings)?;
        }
    } else if settings.prints_queue && !(settings.every.is_some() && summary.queue.is_empty()) {
        printer.print(&summary.queue)?;
        summary.queue.iter_mut().for_each(Ranked::settle);
    }
    let waiting_posts = waiting.len();
    // What was not handed out is not done with: its source will bring it again.
    drop((waiting, std::mem::take(&mut summary.queue)));
    if let Some(sink) = &sink {
        sink.finish()?;
    }
    let live = live.map_or(Ok(()), Live::end);
    first_rejected.report(&summary.tally, settings);
    stats::report(&summary, waiting_posts, kept, &judges, standings.read(), settings)?;
    read.and(live)?;
    Ok(!settings.strict || summary.tally.rejected == 0)
}

/// So often it is looked whether a stop has come, while posts wait for quota.
const LOOKS: Duration = Duration::from_millis(100);

/// So many more than are printed are kept, to take the places of cases that a deletion or another case ends.
const RESERVE: usize = 64;

/// The models and workers: the pool's, or its own.
fn judging(settings: &Settings, shared: &Shared) -> Result<Builder> {
    if let Some(pool) = &shared.pool {
        return Ok(Pipeline::builder_in(pool));
    }
    let (model, careful) = models::load_cascade(&settings.model, settings.careful.as_deref())?;
    let mut builder = Pipeline::builder(model);
    if let Some(careful) = careful {
        builder = builder.careful(careful, settings.budget);
    }
    Ok(match settings.workers {
        Some(workers) => builder.workers(workers),
        None => builder,
    })
}

/// The pipeline as the settings want it.
fn builder(
    settings: &Settings,
    stop: &Stop,
    shared: &Shared,
    first_rejected: &FirstRejected,
    sink: Option<&Sink>,
    letters_of_sources: Vec<Letters>,
    panel: &Arc<Panel>,
) -> Result<Builder> {
    let queue = match (settings.output, settings.every) {
        (OutputMode::Annotated, _) => (0, WhenFull::KeepBest),
        (OutputMode::Queue, None) => (settings.top + RESERVE, WhenFull::KeepBest),
        (OutputMode::Queue, Some(_)) => (settings.queue_size.max(settings.top), WhenFull::Shed),
    };
    let stop = stop.clone();
    let mut builder = judging(settings, shared)?
        .share(settings.share)
        .queue(queue.0, queue.1)
        .policy(settings.policy())
        .unsupported_language(match settings.unsupported_language {
            Unsupported::Skip => UnsupportedLanguage::Skip,
            Unsupported::DeadLetter => UnsupportedLanguage::Reject,
            Unsupported::Through => UnsupportedLanguage::Through,
        })
        // A reader that waits for input would not notice that nobody processes it any more.
        .on_failure(move || stop.now());
    if let Some(quota) = settings.quota {
        builder = builder.quota(quota);
    }
    if let Some(bytes) = settings.max_line_bytes {
        builder = builder.max_line(bytes);
    }
    if let Some(now) = settings.now {
        builder = builder.now(now);
    }
    if let Some(format) = settings.format {
        builder = builder.format(format);
    }
    if let Some(what) = settings.redact {
        builder = builder.redact(what);
    }
    if let Some(shard) = settings.shard {
        builder = builder.shard(shard);
    }
    builder = builder.thresholds(settings.thresholds());
    builder = match (settings.output, sink.cloned()) {
        (OutputMode::Annotated, Some(sink)) => builder.keyed(move |lines, keys| sink.publish_lines(lines, keys)),
        (OutputMode::Annotated, None) => {
            let tenant = settings.one_of().cloned();
            builder.annotated(Box::new(move |lines| match &tenant {
                Some(tenant) => io::stdout().lock().write_all(&of_tenant(lines, tenant)),
                None => io::stdout().lock().write_all(lines),
            }))
        }
        (OutputMode::Queue, _) => builder,
    };
    if let Some(path) = &settings.held {
        let mut held = dead_letter::append_to(path)?;
        builder = builder.held(Box::new(move |lines| held.write_all(lines)));
    }
    let mut letters = settings.dead_letter.as_deref().map(dead_letter::append_to).transpose()?;
    if letters.is_some() || !letters_of_sources.is_empty() {
        panel.outlets.keeps_letters();
    }
    let (first_rejected, panel) = (first_rejected.clone(), Arc::clone(panel));
    Ok(builder.rejected(move |reject| {
        panel.outlets.rejected(reject.reason.code());
        // A foreign post is nothing wrong with the input.
        if !matches!(reject.reason, RejectReason::UnsupportedLanguage { .. }) {
            first_rejected.note(reject);
        }
        for letters in &letters_of_sources {
            if letters.send(reject)? {
                panel.outlets.letter_kept();
            }
        }
        let Some(letters) = &mut letters else { return Ok(()) };
        dead_letter::write(letters, reject)?;
        panel.outlets.letter_kept();
        Ok(())
    }))
}

fn read_all(pipeline: &Pipeline, sources: &[Source], stop: &Stop) -> Result<()> {
    for source in sources {
        if stop.is_set() {
            break;
        }
        info!(source = source.name(), "Reading.");
        let outcome = source.open(stop).and_then(|reader| Ok(pipeline.read(reader, &source.name())?));
        // A signal is no error, and if the pipeline has failed, `finish` tells why.
        if stop.is_set() {
            info!(source = source.name(), "Stopped before the end.");
        } else {
            outcome?;
        }
    }
    Ok(())
}

/// Prints the best of the queue every so often, until the reader is done.
fn hand_out(
    every: Duration,
    queue: &Queue,
    top: usize,
    print: impl Fn(&[Deletion<'_>], &[Ranked]) -> io::Result<()>,
    reader: &Receiver<()>,
) -> io::Result<()> {
    while reader.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        // First what is gone: a post that is taken now must not be told deleted before it is printed.
        let deletions = queue.take_deletions();
        let mut posts = queue.take(top);
        // A table that says "nobody" every so often would only scroll the others away.
        if !(posts.is_empty() && deletions.is_empty()) {
            print(&deletions, &posts)?;
            posts.iter_mut().for_each(Ranked::settle);
        }
    }
    Ok(())
}

/// Prints who is first at the desk, every so often, until the reader is done.
fn show_often(every: Duration, reader: &Receiver<()>, show: impl Fn() -> Result<()>) -> Result<()> {
    while reader.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        show()?;
    }
    Ok(())
}

fn show_desk(desk: &AnyDesk, settings: &Settings) -> Result<()> {
    desk::show_first(desk, settings.top, settings.now, settings.table, settings.color)
}

/// Remembers the first line that was no post, for a message that shows what is wrong.
#[derive(Clone, Debug, Default)]
struct FirstRejected(Arc<Mutex<Option<String>>>);

impl FirstRejected {
    fn note(&self, reject: &hearken::Reject) {
        if let Ok(mut first) = self.0.lock() {
            first.get_or_insert_with(|| format!("{}:{}: {}", reject.source, reject.line, reject.reason));
        }
    }

    fn report(&self, tally: &hearken::Tally, settings: &Settings) {
        let first = self.0.lock().ok().and_then(|first| first.clone());
        if let Some(first) = first {
            let kept = match &settings.dead_letter {
                Some(path) => format!("all are in {}", path.display()),
                None => "--dead-letter FILE keeps them".to_owned(),
            };
            let (count, lines) = (tally.rejected, if tally.rejected == 1 { "line was" } else { "lines were" });
            let whose = settings.whose();
            say(format_args!("{whose}{count} {lines} rejected, first {first} ({kept})"));
        }
    }
}
