//! What the keys of a line say of the format it is written in.
//!
//! A key of the first table decides as soon as it is met, wherever it stands, so a long line of another format is not read
//! twice. Those of the second are words that a generic line may have as well; they count in a line without a `text`.
//!
//! | at once: key and value | format |
//! | --- | --- |
//! | `did` beginning with `did:`, `$type` `message` or `error` | Bluesky |
//! | `in_reply_to_account_id` | Mastodon |
//! | `id_str`, `full_text` | Twitter v1.1 |
//! | `edit_history_tweet_ids` | Twitter v2, a bare tweet |
//! | `kind` `t1`, `t3`, `Listing` or `more`; `name` beginning with `t1_` or `t3_`, `subreddit_id` with `t5_` | Reddit |
//!
//! | in a line without `text`: keys | format |
//! | --- | --- |
//! | `data` | Twitter v2 |
//! | `event` with `payload` or `stream`; `content` with `account` | Mastodon |
//! | `delete`, `limit`, `warning`, `disconnect`, `scrub_geo`, `status_withheld`, `user_withheld` | Twitter v1.1 |

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::Format;
use super::field::Scalar;

/// The keys that other formats have; the last stands for all that say nothing.
#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum Telltale {
    Did,
    #[serde(rename = "$type")]
    Type,
    InReplyToAccountId,
    IdStr,
    FullText,
    EditHistoryTweetIds,
    Kind,
    Name,
    SubredditId,
    Data,
    Event,
    #[serde(alias = "stream")]
    Payload,
    Content,
    Account,
    #[serde(
        alias = "limit",
        alias = "warning",
        alias = "disconnect",
        alias = "scrub_geo",
        alias = "status_withheld",
        alias = "user_withheld"
    )]
    Delete,
    #[serde(other)]
    Unknown,
}

/// Which keys were met that don't decide by themselves.
#[derive(Default)]
pub(super) struct Shape {
    data: bool,
    event: bool,
    payload: bool,
    content: bool,
    account: bool,
    notice: bool,
}

impl Shape {
    /// Takes note of a key and reads its value, unless the key by itself tells the format.
    pub(super) fn note<'de, A: MapAccess<'de>>(
        &mut self,
        key: Telltale,
        map: &mut A,
    ) -> Result<Option<Format>, A::Error> {
        let (wanted, format): (fn(&str) -> bool, _) = match key {
            Telltale::InReplyToAccountId => return Ok(Some(Format::Mastodon)),
            Telltale::IdStr | Telltale::FullText => return Ok(Some(Format::TwitterV1)),
            Telltale::EditHistoryTweetIds => return Ok(Some(Format::TwitterV2)),
            Telltale::Did => (|value| value.starts_with("did:"), Format::Bluesky),
            Telltale::Type => (|value| matches!(value, "message" | "error"), Format::Bluesky),
            Telltale::Kind => (|value| matches!(value, "t1" | "t3" | "Listing" | "more"), Format::Reddit),
            Telltale::Name => (|value| value.starts_with("t1_") || value.starts_with("t3_"), Format::Reddit),
            Telltale::SubredditId => (|value| value.starts_with("t5_"), Format::Reddit),
            Telltale::Data => return skip(map, &mut self.data),
            Telltale::Event => return skip(map, &mut self.event),
            Telltale::Payload => return skip(map, &mut self.payload),
            Telltale::Content => return skip(map, &mut self.content),
            Telltale::Account => return skip(map, &mut self.account),
            Telltale::Delete => return skip(map, &mut self.notice),
            Telltale::Unknown => return skip(map, &mut false),
        };
        let value: Scalar<'de> = map.next_value()?;
        Ok(wanted(&value.word()).then_some(format))
    }

    /// Whether what the line is about is inside of it, as dumps write it.
    pub(super) fn has_payload(&self) -> bool {
        self.payload
    }

    /// What the keys say together, where there is no `text`.
    pub(super) fn without_text(&self) -> Option<Format> {
        if self.data {
            Some(Format::TwitterV2)
        } else if (self.event && self.payload) || (self.content && self.account) {
            Some(Format::Mastodon)
        } else {
            self.notice.then_some(Format::TwitterV1)
        }
    }
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A, seen: &mut bool) -> Result<Option<Format>, A::Error> {
    *seen = true;
    map.next_value::<IgnoredAny>()?;
    Ok(None)
}
