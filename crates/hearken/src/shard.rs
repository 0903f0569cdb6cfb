//! Shards: the simplest way to share a stream between processes. Each is given all of it and takes its own part.
//!
//! A post belongs to the shard of its author, so that the posts of one person stay together: as a case, and whatever is known
//! of them. The shard is `key % n`, with the [key] of platform and author, or of platform and id where no author
//! is known. What concerns a post whose author isn't known, as most deletions do, is for all shards.

use std::fmt;
use std::str::FromStr;

use crate::format::Event;
use crate::key;
use crate::post::Post;

/// One of `n` parts of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    of: u64,
}

/// It isn't like `1/4`.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no shard: it must be 1/N to N/N, with N up to 65536")]
pub struct NoShard(String);

impl FromStr for Shard {
    type Err = NoShard;

    /// `1/4` to `4/4` are the four quarters of a stream.
    fn from_str(text: &str) -> Result<Self, NoShard> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) && of <= 65536 => Ok(Self { index: index - 1, of }),
            _ => Err(NoShard(text.to_owned())),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

impl Shard {
    /// Whether an event is for this shard.
    pub fn takes(self, event: &Event<'_>) -> bool {
        match event {
            Event::Post(post) | Event::Edit(post) => self.has(post),
            // Who passes a post on says something of it.
            Event::Repost(repost) => repost.of.author.is_none() || self.has(&repost.of),
            Event::Delete(deletion) => match deletion.author.as_deref() {
                Some(author) => self.is(deletion.platform.as_deref(), author),
                None => true,
            },
            // Each is counted once over all shards.
            Event::Rejected(_) | Event::Skipped(_) => self.index == 0,
        }
    }

    fn has(self, post: &Post<'_>) -> bool {
        self.is(post.platform.as_deref(), post.author.as_deref().unwrap_or(&post.id))
    }

    fn is(self, platform: Option<&str>, name: &str) -> bool {
        key::of(&[platform.unwrap_or_default(), name]) % self.of == self.index
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::format::{Deletion, Repost, Skipped};

    fn shards(of: u64) -> Vec<Shard> {
        (1..=of).map(|index| format!("{index}/{of}").parse().unwrap()).collect()
    }

    fn takers(event: &Event<'_>, of: u64) -> Vec<usize> {
        shards(of).iter().enumerate().filter(|(_, shard)| shard.takes(event)).map(|(index, _)| index).collect()
    }

    fn by(author: &str) -> Post<'static> {
        let mut post = Post::new("1", "hello");
        post.author = Some(author.to_owned().into());
        post
    }

    #[test]
    fn every_post_is_for_one_shard_and_shards_are_about_equal() {
        for of in 2..8 {
            let mut counts = vec![0; of];
            // Numbered authors are what weak hashes put into few shards.
            for author in 0..1000 * of {
                let takers = takers(&Event::Post(by(&author.to_string())), of as u64);
                assert_eq!(takers.len(), 1);
                counts[takers[0]] += 1;
            }
            assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn what_is_said_of_a_person_goes_where_their_posts_go() {
        for author in ["ann", "ben", "cleo"] {
            let home = takers(&Event::Post(by(author)), 3);
            assert_eq!(takers(&Event::Edit(by(author)), 3), home);
            let repost = Repost { id: None, author: Some("zoe".into()), created_at: None, of: by(author) };
            assert_eq!(takers(&Event::Repost(repost), 3), home);
            let deletion = Deletion { id: "1".into(), platform: None, author: Some(author.into()) };
            assert_eq!(takers(&Event::Delete(deletion), 3), home);
        }
    }

    #[test]
    fn what_is_said_of_somebody_unknown_goes_to_all() {
        let deletion = Deletion { id: "1".into(), ..Deletion::default() };
        assert_eq!(takers(&Event::Delete(deletion), 3), [0, 1, 2]);
        let repost = Repost { id: None, author: Some("zoe".into()), created_at: None, of: Post::new("1", "") };
        assert_eq!(takers(&Event::Repost(repost), 3), [0, 1, 2]);
        assert_eq!(takers(&Event::Skipped(Skipped::NoPost), 3), [0]);
        assert_eq!(takers(&Event::Post(Post::new("1", "hello")), 3).len(), 1, "by its id");
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        let shard: Shard = "2/4".parse().unwrap();
        assert_eq!(shard.to_string(), "2/4");
        for wrong in ["", "2", "0/4", "5/4", "1/0", "a/b", "1/65537", "-1/2"] {
            assert!(wrong.parse::<Shard>().unwrap_err().to_string().contains("1/N to N/N"), "{wrong}");
        }
    }
}
