//! Why a line can't be used.

use std::fmt;

/// Why a line is not a post. The line goes to the dead letter, the stream goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The line is not UTF-8; `at` is the offset of the first bad byte.
    InvalidUtf8 {
        /// Offset in the line, bytes.
        at: usize,
    },
    /// The line is not JSON; what the parser said.
    InvalidJson(String),
    /// The line is JSON, but not an object.
    NotAnObject,
    /// The object has no `text`.
    TextMissing,
    /// The object has no `text`, but a `payload`: a dump has put what a feed sent into another object.
    Wrapped,
    /// The `text` is of another type, which is named.
    TextNotAString(&'static str),
    /// The `text` is empty or white space.
    TextEmpty,
    /// A field that the format can't do without is missing or of another type; it is named.
    FieldUnusable(&'static str),
    /// The object is none that the format knows.
    UnknownObject,
    /// The line is a deletion or a repost where a post is wanted.
    NoPost,
    /// The line has more objects in it than any feed sends at once; they would take up too much memory.
    TooManyObjects,
    /// The line is longer than the limit.
    LineTooLong {
        /// Length of the line, bytes.
        length: u64,
    },
    /// The post is in a language that the model doesn't read, and the caller wants such posts rejected.
    UnsupportedLanguage {
        /// The ISO 639 code of the language, or the tag that the feed gave.
        lang: String,
    },
}

impl RejectReason {
    /// A stable name for machines, such as `text_missing`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUtf8 { .. } => "invalid_utf8",
            Self::InvalidJson(_) => "invalid_json",
            Self::NotAnObject => "not_an_object",
            Self::TextMissing => "text_missing",
            Self::Wrapped => "wrapped",
            Self::TextNotAString(_) => "text_not_a_string",
            Self::TextEmpty => "text_empty",
            Self::FieldUnusable(_) => "field_unusable",
            Self::UnknownObject => "unknown_object",
            Self::NoPost => "no_post",
            Self::TooManyObjects => "too_many_objects",
            Self::LineTooLong { .. } => "line_too_long",
            Self::UnsupportedLanguage { .. } => "unsupported_language",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 { at } => write!(f, "not UTF-8 from byte {at} of the line on"),
            Self::InvalidJson(error) => write!(f, "not JSON: {error}"),
            Self::NotAnObject => f.write_str("not a JSON object"),
            Self::TextMissing => f.write_str("the object has no \"text\""),
            Self::Wrapped => {
                f.write_str("the object has no \"text\", but a \"payload\": pass on what is in there (jq -c .payload)")
            }
            Self::TextNotAString(found) => write!(f, "\"text\" is {found}, not a string"),
            Self::TextEmpty => f.write_str("\"text\" is empty"),
            Self::FieldUnusable(name) => write!(f, "\"{name}\" is missing or of the wrong type"),
            Self::UnknownObject => f.write_str("an object that the format doesn't know"),
            Self::NoPost => f.write_str("a deletion or a repost, not a post"),
            Self::TooManyObjects => f.write_str("more objects in one line than any feed sends at once"),
            Self::LineTooLong { length } => write!(f, "the line is {length} bytes long, which is over the limit"),
            Self::UnsupportedLanguage { lang } => write!(f, "unsupported language: {lang}"),
        }
    }
}
