//! Bluesky's Jetstream, over WebSocket.
//!
//! ```text
//!  reader (a task): connection ─► event ─► window ─► gathering ─► parcel ─► source ─► position ─► cursor
//! ```

mod compression;
mod event;
mod options;
mod position;
mod reader;
mod window;

use anyhow::Result;

pub use options::Options;

use crate::cursor::Cursor;
use crate::feed::Feed;
use crate::link::Link;
use crate::source::{Batch, Source, Token};
use position::{HandedOut, Position};
use reader::{Parcel, Reader};

/// Posts, reposts and deletions of Bluesky as they happen.
pub struct Bluesky {
    name: String,
    cursor: Option<Cursor>,
    /// Until the first batch is asked for.
    reader: Option<Reader>,
    feed: Option<Feed<Parcel>>,
    link: Link,
    handed_out: HandedOut,
}

impl Bluesky {
    /// Goes on from `cursor`; without one, every start begins now. Connects when the first batch is asked for.
    ///
    /// # Errors
    ///
    /// The cursor isn't one of Jetstream's, the dictionary can't be read, or the system has no certificates.
    pub fn new(options: Options, cursor: Option<Cursor>) -> Result<Self> {
        let saved: Option<Position> = cursor.as_ref().map(Cursor::load).transpose()?.flatten();
        let handed_out = saved.as_ref().map(HandedOut::after).unwrap_or_default();
        let name = options.name.clone();
        let reader = Reader::new(options, saved.as_ref())?;
        let link = reader.link.clone();
        Ok(Self { name, cursor, reader: Some(reader), feed: None, link, handed_out })
    }
}

impl Bluesky {
    /// Whether it has its connection.
    pub fn link(&self) -> Link {
        self.link.clone()
    }
}

impl Source for Bluesky {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next(&mut self) -> Result<Option<Batch>> {
        if let Some(reader) = self.reader.take() {
            self.feed = Some(Feed::start(|parcels| reader.run(parcels)));
        }
        let Some(feed) = &mut self.feed else { return Ok(None) };
        let Some(Parcel { name, first_line, lines, seen, progress }) = feed.next().await? else { return Ok(None) };
        let token = self.handed_out.hand_out(&seen, progress);
        Ok(Some(Batch { name, first_line, numbers: Vec::new(), lines, token }))
    }

    async fn commit(&mut self, token: Token) -> Result<()> {
        match (&self.cursor, self.handed_out.position(token)) {
            (Some(cursor), Some(position)) => cursor.save(position).await,
            _ => Ok(()),
        }
    }
}
