//! From the JSON of a line to events: lines that hold one thing or many.

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
