//! A worker: carries chunks from parse to score, with sessions and buffers of its own, for whichever pipeline's turn it is.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::admit::Admitted;
use super::careful::Careful;
use super::chunk::{Chunk, Outcome};
use super::fair::LaneId;
use super::happening::Aside;
use super::line::Line;
use super::meter::Stage;
use super::rules::Verdict;
use super::start::caught;
use super::usage::Usage;
use super::work::{More, Taken, Work};
use crate::error::Result;
use crate::judge::Judge;
use crate::model::Model;
use crate::post::Post;

pub(super) struct Worker {
    number: usize,
    judge: Judge,
    /// The second model of a cascade.
    careful: Option<Careful>,
    /// What of its time each pipeline uses.
    usage: Usage,
    started: Instant,
    /// One for each post of a group; `None` where the model doesn't read its language.
    verdicts: Vec<Option<Verdict>>,
}

/// A chunk of a group while it is worked on.
pub(super) struct Part<'a> {
    pub(super) arrived: Instant,
    pub(super) received: Timestamp,
    pub(super) pressed: bool,
    pub(super) posts: Vec<Post<'a>>,
    pub(super) asides: Vec<(usize, Aside)>,
    pub(super) outcome: &'a mut Outcome,
}

/// How many chunks of a pipeline a worker of a cascade takes at once at the most. They are whole frames when posts come fast, and a
/// few posts each when a feed is flushed often.
pub(super) const CASCADE_GROUP: usize = 32;

/// A group is complete when it has so many bytes: some thousand posts, of which the careful model finds a batch worth
/// judging even when it has time for one in five hundred.
const GROUP_BYTES: usize = 1 << 20;

/// How long a group waits for more posts to choose from: a batch of one costs the careful model twice as much for a post as
/// one of sixteen.
const LINGER: Duration = Duration::from_millis(20);

impl Worker {
    /// Loads sessions of its own.
    pub(super) fn new(number: usize, first: &Model, careful: Option<&Model>) -> Result<Self> {
        Ok(Self {
            number,
            judge: Judge::new(first)?,
            careful: careful.map(|model| Ok(Careful::new(Judge::new(model)?))).transpose()?,
            usage: Usage::default(),
            started: Instant::now(),
            verdicts: Vec::new(),
        })
    }

    /// Works until the pool ends. What goes wrong with a group of chunks fails the pipeline that it is of, and no other.
    pub(super) fn run(&mut self, work: &Work) -> Result<()> {
        let name = format!("hearken-worker-{}", self.number);
        let mut group = Vec::new();
        while let Some(Taken { id, line, chunk }) = work.next() {
            let Some(chunk) = chunk.or_else(|| open_chunk(work, id, &line)) else { continue };
            group.push(chunk);
            let served = caught(&name, || self.serve(&mut group, id, &line, work));
            if let Err(error) = served {
                self.forget();
                line.shared.fail(error);
            }
            for chunk in group.drain(..) {
                // There is room for every chunk, and nobody takes those of a pipeline that has failed.
                let _ = line.done.send(chunk);
            }
        }
        Ok(())
    }

    #[allow(clippy::vec_box, reason = "chunks travel boxed; here they are on their way")]
    fn serve(&mut self, group: &mut Vec<Box<Chunk>>, id: LaneId, line: &Line, work: &Work) -> Result<()> {
        if self.careful.is_some() {
            let selective = line.pace(self.number).is_some_and(|pace| pace.is_selective());
            gather(group, selective, work, id, line);
        }
        self.process(group, id, line)
    }

    fn process(&mut self, group: &mut [Box<Chunk>], id: LaneId, line: &Line) -> Result<()> {
        let started = Instant::now();
        let shared = &line.shared;
        self.verdicts.clear();
        let mut parts = Vec::with_capacity(group.len());
        for chunk in group {
            #[cfg(test)]
            if let Some(fault) = &line.rules.fault {
                fault(chunk.number);
            }
            parts.push(self.judge_chunk(chunk, line)?);
        }
        let mut watch = shared.gauges.watch();
        let mut pace = line.pace(self.number);
        if let (Some(careful), Some(pace)) = (&mut self.careful, &mut pace) {
            let room = self.usage.room(id, line.share, self.started.elapsed());
            careful.look(&parts, &mut self.verdicts, line, pace, room)?;
            watch.lap(Stage::Careful);
        }
        let mut settled = 0;
        for part in parts {
            let verdicts = &self.verdicts[settled..settled + part.posts.len()];
            settled += part.posts.len();
            line.rules.settle(part, verdicts, shared)?;
            watch.lap(Stage::Settle);
        }
        if let (Some(_), Some(pace)) = (&self.careful, &mut pace) {
            pace.learn(started.elapsed());
            self.usage.spent(id, line.share, started.elapsed(), self.started.elapsed());
        }
        Ok(())
    }

    /// Parse, language, tokenize, batch, classify, score.
    fn judge_chunk<'a>(&mut self, chunk: &'a mut Chunk, line: &Line) -> Result<Part<'a>> {
        let Chunk { arrived, received, pressed, booked, .. } = *chunk;
        let before = self.verdicts.len();
        line.shared.gauges.took(Stage::Wait, arrived.elapsed());
        let mut watch = line.shared.gauges.watch();
        let (Admitted { posts, asides }, outcome) = line.rules.admit_chunk(chunk, &mut self.verdicts);
        watch.lap(Stage::Parse);
        if let Some(quota) = &line.shared.quota {
            quota.correct(posts.len() as i64 - booked as i64);
        }
        let verdicts = &mut self.verdicts[before..];
        for (place, post) in posts.iter().enumerate().filter(|(place, _)| verdicts[*place].is_some()) {
            self.judge.hear(place, &post.text)?;
        }
        watch.lap(Stage::Tokenize);
        let heard = |place: usize, judgement| verdicts[place] = Some(Verdict { judgement, with_care: false });
        self.judge.judge(&line.first, heard)?;
        watch.lap(Stage::Classify);
        Ok(Part { arrived, received, pressed, posts, asides, outcome })
    }

    /// Lets go of what an error left.
    fn forget(&mut self) {
        self.judge.forget();
        if let Some(careful) = &mut self.careful {
            careful.forget();
        }
    }
}

/// What was submitted one by one to a pipeline since anyone looked.
fn open_chunk(work: &Work, id: LaneId, line: &Line) -> Option<Box<Chunk>> {
    let chunk = line.shared.take_open()?;
    work.charge(id, chunk.cost());
    Some(chunk)
}

/// Adds chunks of the same pipeline that wait already to a group, and those that come in a moment.
#[allow(clippy::vec_box, reason = "chunks travel boxed; here they are on their way")]
fn gather(group: &mut Vec<Box<Chunk>>, linger: bool, work: &Work, id: LaneId, line: &Line) {
    let until = Instant::now() + if linger { LINGER } else { Duration::ZERO };
    let mut bytes: usize = group.iter().map(|chunk| chunk.bytes()).sum();
    while bytes < GROUP_BYTES && group.len() < CASCADE_GROUP {
        let chunk = match work.more(id, until) {
            More::Chunk(chunk) => chunk,
            More::Open => match open_chunk(work, id, line) {
                Some(chunk) => chunk,
                None => continue,
            },
            More::Nothing => break,
        };
        bytes += chunk.bytes();
        group.push(chunk);
    }
}
