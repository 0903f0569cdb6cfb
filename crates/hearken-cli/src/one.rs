//! One post, where a line of a feed is to hold just that.

use hearken::format::{self, RejectReason};
use hearken::{Event, Post};

/// The post of a line in any format; of a repost, what is passed on. Where a line has more than one it is the first.
pub(crate) fn post(line: &[u8]) -> Result<Post<'static>, RejectReason> {
    let mut events = Vec::new();
    format::read(line, None, &mut events)?;
    let mut reason = RejectReason::NoPost;
    for event in events {
        match event {
            Event::Post(post) | Event::Edit(post) => return Ok(post.into_owned()),
            Event::Repost(repost) if !repost.of.text.is_empty() => return Ok(repost.of.into_owned()),
            Event::Rejected(why) => reason = why,
            Event::Repost(_) | Event::Delete(_) | Event::Skipped(_) => {}
        }
    }
    Err(reason)
}
