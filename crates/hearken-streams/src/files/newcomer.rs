//! What a file is that turns up: a new one, or one that is known in another guise (a copy, or packed).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::content::Content;
use super::follower::{Entry, name};
use super::lines;
use super::place::{Likeness, Place, SAMPLE, first_line};
use super::scan::{Found, Identity};

/// How long a file that begins like a known one must be untouched to be taken for what it is: a copy may be under way.
const SETTLED: Duration = Duration::from_secs(2);

/// What is to be done with it.
#[derive(Debug)]
pub(super) enum Verdict {
    /// A file to be read from this place on, beside all others.
    New(Place, Content),
    /// It has what is left of this entry.
    Instead(usize, Place, Content),
    /// It can't be told yet.
    Later,
}

/// Looks at a file that isn't known. `first_look`: what rotations left before is not wanted.
pub(super) fn judge(found: &Found, entries: &mut [Entry], follow: bool, first_look: bool) -> io::Result<Verdict> {
    let mut content = Content::open(&found.path)?;
    if Identity::of(&content.metadata()?) != found.identity {
        return Ok(Verdict::Later);
    }
    let settled = found.modified.elapsed().is_ok_and(|age| age >= SETTLED);
    let whole = !follow || content.is_packed();
    let head = match first_line(&mut content, whole) {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(Verdict::Later),
        Err(error) => return not_yet(error, settled),
    };
    let start = || Place::start(name(found, head, follow), Arc::clone(&found.base), found.identity, head);
    if first_look && found.rotated {
        return Ok(Verdict::New(Place { unwanted: true, ..start() }, content));
    }
    // The latest first: of two that are the same as far as they go, that has the place which was reached.
    // Where files are read to their ends, two that are the same are two, and only one that is gone is looked for.
    let like = |entry: &Entry| entry.place.head == head && (follow || entry.missing);
    for (index, entry) in entries.iter_mut().enumerate().rev().filter(|(_, entry)| like(entry)) {
        let same_base = entry.place.base == found.base;
        if entry.place.unwanted {
            if same_base && found.rotated {
                return Ok(Verdict::New(Place { unwanted: true, ..start() }, content));
            }
            continue;
        }
        let as_it = |place: &Place| Place { identity: Some(found.identity), ..place.clone() };
        let likeness = match entry.place.likeness(&mut content) {
            Ok(likeness) => likeness,
            Err(error) => return not_yet(error, settled),
        };
        let is_copy = match likeness {
            Likeness::Other => continue,
            Likeness::Same => match &mut entry.content {
                // What is read of the one must not be read of the other again: first that is read to its end.
                Some(known) if !known.is_packed() && known.length()? != entry.place.offset => {
                    return Ok(Verdict::Later);
                }
                Some(_) => return Ok(Verdict::New(as_it(&entry.place), content)),
                None if entry.place.identity.is_some() => return Ok(Verdict::New(as_it(&entry.place), content)),
                None => return Ok(Verdict::Instead(index, as_it(&entry.place), content)),
            },
            Likeness::Shorter => match &mut entry.content {
                Some(known) => begins_like(found, &mut content, known)?,
                None => same_base && found.rotated,
            },
        };
        if !settled {
            return Ok(Verdict::Later);
        }
        if is_copy {
            // A copy that was made before the rest was written: all that it has was read.
            let mut place = start();
            while let Some(lines) = lines::next(&mut content, place.offset, usize::MAX / 4, true)? {
                place =
                    place.after(lines.length, lines.count, &lines.bytes[lines.bytes.len().saturating_sub(SAMPLE)..]);
            }
            return Ok(Verdict::New(place, content));
        }
    }
    Ok(Verdict::New(start(), content))
}

/// Whether the end of a content stands at the same place of a longer one.
fn begins_like(found: &Found, content: &mut Content, longer: &mut Content) -> io::Result<bool> {
    if content.is_packed() || longer.is_packed() {
        return Ok(false);
    }
    let (mut ours, mut theirs) = ([0; SAMPLE], [0; SAMPLE]);
    let from = found.length.saturating_sub(SAMPLE as u64);
    let (count, other) = (content.read_at(from, &mut ours)?, longer.read_at(from, &mut theirs)?);
    Ok(count <= other && ours[..count] == theirs[..count])
}

/// A packed file that is still being written can't be unpacked: that is no trouble yet.
fn not_yet(error: io::Error, settled: bool) -> io::Result<Verdict> {
    if settled { Err(error) } else { Ok(Verdict::Later) }
}
