//! A Mastodon server's streaming API, with its REST API for what a break left out.
//!
//! ```text
//!  reader (a task): stream, fill ─► line ─► known ─► gathering ─► parcel ─► source ─► position ─► cursor
//! ```

mod fill;
mod known;
mod options;
mod position;
mod reader;
mod rest;
mod status;
mod stream;
mod timeline;

use anyhow::Result;

pub use options::{Options, Token, Transport};
pub use timeline::Timeline;

use crate::cursor::Cursor;
use crate::feed::Feed;
use crate::link::Link;
use crate::source::{self, Batch, Source};
use position::{HandedOut, Position};
use reader::{Parcel, Reader};

/// Posts, edits and deletions of a timeline as they happen.
pub struct Mastodon {
    name: String,
    cursor: Option<Cursor>,
    /// Until the first batch is asked for.
    reader: Option<Reader>,
    feed: Option<Feed<Parcel>>,
    link: Link,
    handed_out: HandedOut,
}

impl Mastodon {
    /// Goes on from `cursor`; without one, every start begins now. Connects when the first batch is asked for.
    ///
    /// # Errors
    ///
    /// The cursor isn't one of a timeline, the token can't be one, or the system has no certificates.
    pub fn new(options: Options, cursor: Option<Cursor>) -> Result<Self> {
        let saved: Option<Position> = cursor.as_ref().map(Cursor::load).transpose()?.flatten();
        let handed_out = saved.as_ref().map(HandedOut::after).unwrap_or_default();
        let name = options.name.clone();
        let reader = Reader::new(options, saved)?;
        let link = reader.link.clone();
        Ok(Self { name, cursor, reader: Some(reader), feed: None, link, handed_out })
    }
}

impl Mastodon {
    /// Whether it has its connection.
    pub fn link(&self) -> Link {
        self.link.clone()
    }
}

impl Source for Mastodon {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        if let Some(reader) = self.reader.take() {
            self.feed = Some(Feed::start(|parcels| reader.run(parcels)));
        }
        let Some(feed) = &mut self.feed else { return Ok(None) };
        let Some(Parcel { name, first_line, lines, ids, covered }) = feed.next().await? else { return Ok(None) };
        let token = self.handed_out.hand_out(ids, covered);
        Ok(Some(Batch { name, first_line, numbers: Vec::new(), lines, token }))
    }

    async fn commit(&mut self, token: source::Token) -> Result<()> {
        match (&self.cursor, self.handed_out.position(token)) {
            (Some(cursor), Some(position)) => cursor.save(position).await,
            _ => Ok(()),
        }
    }
}
