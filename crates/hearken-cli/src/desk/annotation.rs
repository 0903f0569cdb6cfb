//! What the desk keeps of how a post was judged, and what people are told of it beside labels and minutes.

use hearken::evidence::Copies;
use hearken_desk::TicketPost;
use serde::{Deserialize, Serialize};

use crate::output::text;

#[derive(Serialize)]
struct Kept<R> {
    #[serde(flatten)]
    record: R,
    /// How many like texts stand behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<Copies>,
}

/// The annotation as the desk keeps it: a JSON object.
pub(super) fn kept(record: impl Serialize, campaign: Option<Copies>) -> String {
    // Strings and numbers: it can be written.
    serde_json::to_string(&Kept { record, campaign }).unwrap_or_else(|_| "{}".to_owned())
}

/// What is read of it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Annotation {
    campaign: Option<Many>,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Many {
    posts: u64,
    authors: u64,
}

impl Annotation {
    /// That of a post; of one that came from elsewhere perhaps nothing.
    pub(super) fn of(kept: &TicketPost) -> Self {
        serde_json::from_str(&kept.post.record).unwrap_or_default()
    }

    /// What it says beside what was heard, if anything.
    pub(super) fn in_words(&self) -> Option<String> {
        let many = |Many { posts, authors }: &Many| {
            format!("stands for {} like texts by {} people", text::count(*posts), text::count(*authors))
        };
        let unjudged = |reason: &String| format!("nobody judged it: {}", text::plain(reason, 80));
        self.campaign.as_ref().map(many).or_else(|| self.reason.as_ref().map(unjudged))
    }
}
