//! Made-up posts: as long as those of a real stream, with words as frequent as people use them, accounts, addresses,
//! hashtags, emoji, slips, a few in other languages. The same ones every time.

pub mod lengths;
mod words;

use anyhow::{Context, Result};
use fastrand::Rng;
use hearken::{Post, Timestamp};

use words::Words;

/// Made-up posts without end, numbered from 0.
#[derive(Clone, Debug)]
pub struct MadeUp {
    rng: Rng,
    words: Words,
    number: u64,
}

/// Posts are written within this day (2026-01-01, UTC), in no order.
const DAY: std::ops::Range<i64> = 1_767_225_600..1_767_312_000;

impl MadeUp {
    /// The posts of a seed.
    ///
    /// # Errors
    ///
    /// When the vocabulary of the model `fast` can't be read.
    pub fn new(seed: u64) -> Result<Self> {
        let path = crate::models().join("fast/tokenizer.json");
        let tokenizer = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let words = Words::new(&tokenizer).with_context(|| path.display().to_string())?;
        Ok(Self { rng: Rng::with_seed(seed), words, number: 0 })
    }

    fn text(&mut self) -> String {
        let Self { rng, words, .. } = self;
        let length = lengths::quantile(rng.f64()).round() as usize;
        let mut text = Text { text: String::new(), room: length };
        if rng.f64() < 0.01 {
            while text.push(words.foreign(rng)) {}
            return text.text;
        }
        if rng.f64() < 0.21 {
            text.push(&words.mention(rng));
        }
        if let Some(subject) = words.subject(rng) {
            text.push(subject);
        }
        if rng.f64() < 0.036 {
            text.push(&words.hashtag(rng));
        }
        if rng.f64() < 0.017 {
            text.push(&words.link(rng));
        }
        if rng.f64() < 0.026 {
            text.push(&format!("\"{}\"", words.word(rng)));
        }
        if rng.f64() < 0.02 {
            text.push(words.emoji(rng));
        }
        while text.push(&words.word(rng)) {}
        text.text
    }
}

impl Iterator for MadeUp {
    type Item = Post<'static>;

    fn next(&mut self) -> Option<Post<'static>> {
        let text = self.text();
        let number = self.number;
        self.number += 1;
        let mut post = Post::new(format!("made-up:{number:08}"), text);
        post.author = Some(format!("author:{}", self.rng.u32(..50_000)).into());
        post.created_at = Timestamp::from_second(self.rng.i64(DAY)).ok();
        Some(post)
    }
}

/// A text that grows to a length.
struct Text {
    text: String,
    /// Characters that are still to come.
    room: usize,
}

impl Text {
    /// Appends a part, unless that would miss the length by more than leaving it out. False: the text is done.
    fn push(&mut self, part: &str) -> bool {
        let gap = usize::from(!self.text.is_empty());
        let length = part.chars().count() + gap;
        if gap > 0 && length > 2 * self.room {
            return false;
        }
        self.text.push_str(&" "[..gap]);
        self.text.push_str(part);
        self.room = self.room.saturating_sub(length);
        self.room > 0
    }
}

#[cfg(test)]
mod tests;
