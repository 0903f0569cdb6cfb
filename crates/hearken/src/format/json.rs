//! From the JSON of a line to events: lines that hold one thing or many, and lines that need repair.

use serde::Deserialize;

use super::field::{List, Object};
use super::{Event, RejectReason};

/// More objects than this in one line are rejected. The longest comment trees of Reddit have a tenth.
const MOST_OBJECTS: usize = 65_536;

/// What is found in a line.
pub(super) struct Out<'out, 'a> {
    pub(super) events: &'out mut Vec<Event<'a>>,
    /// How many known fields were of a type that can't be used.
    pub(super) ignored: u32,
}

/// Reads the thing of a line, or each of the array that the line is. Of an array, what can't be read is rejected by itself.
pub(super) fn each<'a, T: Deserialize<'a>>(
    line: &'a str,
    out: &mut Out<'_, 'a>,
    read: impl Fn(T, &mut Out<'_, 'a>) -> Result<(), RejectReason>,
) -> Result<(), RejectReason> {
    if line.len() > MOST_OBJECTS && memchr::memchr_iter(b'{', line.as_bytes()).count() > MOST_OBJECTS {
        return Err(RejectReason::TooManyObjects);
    }
    if !line.trim_ascii_start().starts_with('[') {
        return match serde_json::from_str(line).map_err(|error| invalid(&error))? {
            Object::Is(thing) => read(thing, out),
            Object::Absent | Object::Other => Err(RejectReason::NotAnObject),
        };
    }
    let things: List<Object<T>> = serde_json::from_str(line).map_err(|error| invalid(&error))?;
    for thing in things.elements {
        let outcome = match thing {
            Object::Is(thing) => read(thing, out),
            Object::Absent | Object::Other => Err(RejectReason::NotAnObject),
        };
        if let Err(reason) = outcome {
            out.events.push(Event::Rejected(reason));
        }
    }
    Ok(())
}

/// What the parser said.
pub(super) fn invalid(error: &serde_json::Error) -> RejectReason {
    // A line is one line: its number is in the dead letter already.
    RejectReason::InvalidJson(error.to_string().replace(" at line 1 column ", " at column "))
}

/// Reads a line again that was rejected, if it is not JSON only for want of the other half of a surrogate pair. What it
/// reads then can't borrow from the line.
pub(super) fn mended<T>(
    line: &str,
    reason: RejectReason,
    read: impl FnOnce(&str) -> Result<T, RejectReason>,
) -> Result<T, RejectReason> {
    match reason {
        RejectReason::InvalidJson(_) => without_half_pairs(line).map_or(Err(reason), |line| read(&line)),
        _ => Err(reason),
    }
}

/// The line with U+FFFD in place of each half of a surrogate pair; `None` where it has no such half. Feeds that cut long
/// posts do send them, which must not cost the post.
#[cold]
fn without_half_pairs(line: &str) -> Option<String> {
    fn unit(escape: &str) -> Option<u16> {
        u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
    }
    let mut repaired = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let (length, half) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            // The backslash and what it escapes.
            _ => (escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end), false),
        };
        repaired.push_str(before);
        repaired.push_str(if half { "\\ufffd" } else { &escape[..length] });
        rest = &escape[length..];
    }
    repaired.push_str(rest);
    (repaired != line).then_some(repaired)
}
