//! Where lines come from.

use crate::format::Format;

/// Where lines come from, and how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Stands in dead letters, and in ids of posts without one.
    pub name: &'a str,
    /// Under what its posts are counted, where one source has many names, such as files that come and go; `None`: its name.
    pub counted_as: Option<&'a str>,
    /// How the posts are written; `None`: as the pipeline was told, or by the shape of each line.
    pub format: Option<Format>,
    /// The number of the first line.
    pub first_line: u64,
}

impl<'a> From<&'a str> for Origin<'a> {
    fn from(name: &'a str) -> Self {
        Self { name, counted_as: None, format: None, first_line: 1 }
    }
}

impl<'a> From<&'a String> for Origin<'a> {
    fn from(name: &'a String) -> Self {
        Self::from(name.as_str())
    }
}
