//! Keys: what is the same for the same thing wherever it is read, on any machine, today and tomorrow.
//!
//! Keys leave the process, so unlike the fingerprints that a queue goes by they are made by a hash that others have too: the
//! first 8 bytes of SHA-256, as a number, over the UTF-8 bytes of the parts with a zero byte behind each. (FNV-1a is quicker,
//! and leaves whole shards empty where authors are numbered.)

use sha2::{Digest as _, Sha256};

use crate::format::Deletion;
use crate::post::Post;

/// What a record is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose record it is: `PLATFORM/ID`, in which either may be empty. The same for all that is said of a post, also that it was
    /// deleted; where all posts of an author were, `PLATFORM/AUTHOR`.
    pub post: String,
    /// Which record it is: of these and of the words, so an edited post has another.
    pub record: u64,
}

/// The key of what becomes of a post.
pub fn of_post(post: &Post<'_>) -> Key {
    let platform = post.platform.as_deref().unwrap_or_default();
    Key { post: format!("{platform}/{}", post.id), record: of(&[platform, &post.id, &post.text]) }
}

/// The key of a deletion.
pub fn of_deletion(deletion: &Deletion<'_>) -> Key {
    let [platform, author] = [&deletion.platform, &deletion.author].map(|part| part.as_deref().unwrap_or_default());
    let whose = if deletion.id.is_empty() { author } else { &deletion.id };
    Key { post: format!("{platform}/{whose}"), record: of(&[platform, &deletion.id, author, "deleted"]) }
}

/// The key of some parts.
pub(crate) fn of(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_that_anyone_computes() {
        // printf 'a\0bc\0' | sha256sum
        assert_eq!(of(&["a", "bc"]), 0xaa79_5aa4_bbb6_1179);
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
    }

    #[test]
    fn a_post_is_known_by_its_network_its_id_and_its_words() {
        let post = |platform: &'static str, id: &'static str, text: &'static str| {
            let mut post = Post::new(id, text);
            post.platform = Some(platform.into());
            of_post(&post)
        };
        let key = post("bluesky", "1", "hello");
        assert_eq!(key, post("bluesky", "1", "hello"));
        for other in [post("mastodon", "1", "hello"), post("bluesky", "2", "hello"), post("bluesky", "1", "hello!")] {
            assert_ne!(key.record, other.record);
        }
        assert_eq!(key.post, post("bluesky", "1", "hello!").post, "an edited post is the same post");
        assert_ne!(key.post, post("mastodon", "1", "hello").post);
        let deletion = Deletion { id: "1".into(), platform: Some("bluesky".into()), author: None };
        assert_eq!(of_deletion(&deletion).post, key.post);
        assert_ne!(of_deletion(&deletion).record, key.record);
        let deletion = Deletion { id: "".into(), platform: Some("bluesky".into()), author: Some("did:plc:ann".into()) };
        assert_eq!(of_deletion(&deletion).post, "bluesky/did:plc:ann");
    }
}
