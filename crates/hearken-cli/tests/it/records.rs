//! The records of the output, as other programs read them.

use assert_cmd::assert::Assert;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cli::stdout;

/// A line of `--output annotated`, its fields in the order of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Annotated {
    pub(crate) id: String,
    pub(crate) labels: Labels,
    pub(crate) advice: Advice,
    pub(crate) assigned: Vec<String>,
    pub(crate) urgency: f64,
    pub(crate) priority: f64,
    pub(crate) lang: Option<String>,
    pub(crate) model: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Labels {
    pub(crate) grief: f64,
    pub(crate) frustration: f64,
    pub(crate) advice: f64,
    pub(crate) promotion: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Advice {
    pub(crate) seeking: f64,
    pub(crate) giving: f64,
}

/// A line of the queue, or without a rank of what is held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queued {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank: Option<usize>,
    #[serde(flatten)]
    pub(crate) annotated: Annotated,
    pub(crate) author: Option<String>,
    pub(crate) text: String,
    pub(crate) created_at: String,
    pub(crate) due_by: Option<String>,
    pub(crate) why: Vec<Term>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replies: Option<Replies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reposts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<Case>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) campaign: Option<Copies>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replies {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) concern: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condolence: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) same_trouble: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Copies {
    pub(crate) posts: u32,
    pub(crate) authors: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) count: usize,
    pub(crate) posts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Term {
    pub(crate) reason: String,
    pub(crate) minutes: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) posts: Vec<String>,
}

impl Queued {
    /// Milliseconds since 1970 that the post is ranked by: when it was written, minus its head start.
    pub(crate) fn key(&self) -> i64 {
        let created_at: jiff::Timestamp = self.created_at.parse().unwrap();
        created_at.as_millisecond() - (self.annotated.priority * 60_000.0).round() as i64
    }
}

/// Reads records, and makes sure that they hold the fields of `T`, all of them in that order, and no others: written
/// again, they are the same to the byte.
pub(crate) fn read<T: DeserializeOwned + Serialize>(jsonl: &str) -> Vec<T> {
    let read_one = |line: &str| {
        let record: T = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(serde_json::to_string(&record).unwrap(), line);
        record
    };
    jsonl.lines().map(read_one).collect()
}

/// The queue that was printed.
pub(crate) fn queue(done: &Assert) -> Vec<Queued> {
    read(stdout(done))
}

/// The annotated posts that were printed.
pub(crate) fn annotated(done: &Assert) -> Vec<Annotated> {
    read(stdout(done))
}

/// The ids of a queue, in its order.
pub(crate) fn ids(queue: &[Queued]) -> Vec<&str> {
    queue.iter().map(|post| post.annotated.id.as_str()).collect()
}

/// The ids of all posts of a queue, those of cases last.
pub(crate) fn all_ids(queue: &[Queued]) -> Vec<&str> {
    let alone = queue.iter().filter(|post| post.case.is_none()).map(|post| post.annotated.id.as_str());
    alone
        .chain(queue.iter().filter_map(|post| post.case.as_ref()).flat_map(|case| &case.posts).map(String::as_str))
        .collect()
}
