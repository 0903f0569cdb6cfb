//! Redaction: e-mail addresses, numbers of telephones, cards and accounts, and if wanted handles, masked in what leaves the engine.
//!
//! A mask says what stood there: `[email]`, `[phone]`, `[card]`, `[iban]`, `[handle]`. Numbers are masked by their shape, and cards
//! and accounts only where their check digits are right. Where it is not clear whether a number is somebody's telephone, it is
//! masked: an order number can be asked for again.
//!
//! Ids stay as they are, though they may look like numbers that somebody is called by: an answer, an edit, a deletion and the next
//! run know a post by nothing else, and two ids with one mask would be one post. Names are handles.

mod line;
mod phone;

use std::borrow::Cow;
use std::ops::Range;

use regex::{Regex, RegexSet};

use crate::error::{Error, ErrorKind, Result};
use crate::format::Deletion;
use crate::post::Post;

/// What is masked beside addresses and numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redact {
    /// Handles: authors, whom a post names, `@name` and `u/name` in its text.
    pub handles: bool,
}

/// What stands for a name.
pub const HANDLE: &str = "[handle]";

/// Finds the part of a match that is to be masked, if there is one. Takes the whole text and where the match is.
type Find = fn(&str, Range<usize>) -> Option<Range<usize>>;

/// What is masked, in the order in which it is looked for: what was masked is not looked at again.
const RULES: [(&str, &str, Find); 5] = [
    ("[email]", r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+", email),
    ("[iban]", r"(?i)\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}\b", iban),
    ("[card]", r"\b[2-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}\b|\b3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5}\b", card),
    ("[phone]", phone::CANDIDATE, phone::find),
    (HANDLE, r"\B@\w(?:[\w.-]*\w)?(?:@\w(?:[\w.-]*\w)?)*|(?:\B/|\b)u/[\w-]{3,20}\b", |_, at| Some(at)),
];

/// Masks texts and posts.
#[derive(Debug)]
pub struct Redactor {
    /// Says at once which rules may have something to mask; for most texts none.
    any: RegexSet,
    rules: Vec<(&'static str, Regex, Find)>,
    handles: bool,
}

impl Redactor {
    /// Makes the patterns ready.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when a pattern is none, which none of them is.
    pub fn new(what: Redact) -> Result<Self> {
        let faulty = |error: regex::Error| Error::with_source(ErrorKind::Config, "a pattern of the redaction", error);
        let rules = || RULES.into_iter().filter(|(mask, ..)| what.handles || *mask != HANDLE);
        let regex = |(mask, pattern, find)| Ok((mask, Regex::new(pattern).map_err(faulty)?, find));
        Ok(Self {
            any: RegexSet::new(rules().map(|(_, pattern, _)| pattern)).map_err(faulty)?,
            rules: rules().map(regex).collect::<Result<_>>()?,
            handles: what.handles,
        })
    }

    /// The text with masks; the same text, not copied, where there is nothing to mask.
    ///
    /// ```
    /// use hearken::redact::{Redact, Redactor};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let redactor = Redactor::new(Redact::default())?;
    /// assert_eq!(redactor.text("Ring me, 030 1234567, or ann@example.org"), "Ring me, [phone], or [email]");
    /// assert_eq!(redactor.text("In 2019 it was 12.50, at 10:30"), "In 2019 it was 12.50, at 10:30");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for rule in &self.any.matches(text) {
            let (mask, regex, find) = &self.rules[rule];
            if let Some(replaced) = replaced(&masked, regex, *find, mask) {
                masked = Cow::Owned(replaced);
            }
        }
        masked
    }

    /// Masks whose posts were deleted, if wanted. Without an id it says nothing then: which posts these are, only the ids tell.
    pub fn deletion(&self, deletion: &mut Deletion<'_>) {
        if let Some(author) = deletion.author.as_mut().filter(|_| self.handles) {
            *author = Cow::Borrowed(HANDLE);
        }
    }

    /// Whether names are masked.
    pub fn masks_handles(&self) -> bool {
        self.handles
    }

    /// Bytes of which not all may be UTF-8: what is no text stays as it is.
    pub fn bytes(&self, bytes: &mut Vec<u8>) {
        let mut masked = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            masked.extend_from_slice(self.text(chunk.valid()).as_bytes());
            masked.extend_from_slice(chunk.invalid());
        }
        *bytes = masked;
    }

    /// Masks a post: its text, and if wanted who wrote it and whom it names.
    pub fn post(&self, post: &mut Post<'_>) {
        if let Cow::Owned(masked) = self.text(&post.text) {
            post.text = Cow::Owned(masked);
        }
        if self.handles {
            for name in post.author.iter_mut().chain(&mut post.mentions) {
                *name = Cow::Borrowed(HANDLE);
            }
        }
    }
}

fn replaced(text: &str, regex: &Regex, find: Find, mask: &str) -> Option<String> {
    let mut replaced = String::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(candidate) = regex.find_at(text, from) {
        let masked = find(text, candidate.range());
        from = masked.as_ref().map_or(candidate.end(), |masked| masked.end);
        if let Some(masked) = masked {
            replaced.push_str(&text[copied..masked.start]);
            replaced.push_str(mask);
            copied = masked.end;
        }
    }
    replaced.push_str(&text[copied..]);
    (copied > 0).then_some(replaced)
}

/// The name of someone on another server, `@ann@example.org`, looks like an address.
fn email(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_name = |local: &[u8]| {
        is_end(local.first()) && is_end(local.last()) && !local.contains(&b'+') && !local.contains(&b'%')
    };
    let local = text[at.clone()].split('@').next().unwrap_or_default();
    (!(text[..at.start].ends_with('@') && is_name(local.as_bytes()))).then_some(at)
}

/// Words may follow that look like more of it: the longest beginning whose check digits are right is it.
fn iban(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let is_end = |end: &usize| !text[*end..].starts_with(|next: char| next.is_ascii_alphanumeric());
    let is_iban = |end: &usize| {
        let known: String = text[at.start..*end].chars().filter(char::is_ascii_alphanumeric).collect();
        known.to_ascii_uppercase().parse::<iban::BaseIban>().is_ok()
    };
    let ends = (at.start + 15..=at.end).rev().filter(|end| text.is_char_boundary(*end));
    ends.filter(is_end).find(is_iban).map(|end| at.start..end)
}

/// With a plus before it it is a telephone number.
fn card(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    let mut check = luhn3::Mixer::default();
    let digits = text[at.clone()].bytes().filter(u8::is_ascii_digit);
    let count = digits.map(|digit| check.push(digit - b'0')).count();
    (count >= 13 && check.valid() && !text[..at.start].ends_with('+')).then_some(at)
}

#[cfg(test)]
mod tests;
