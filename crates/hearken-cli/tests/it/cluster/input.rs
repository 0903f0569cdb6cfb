//! Posts to be triaged: some that plainly need somebody, some that plainly sell something, and made-up talk between them.

use fastrand::Rng;
use hearken::Timestamp;
use hearken_benches::made_up::MadeUp;
use serde_json::json;

const WHO: [&str; 8] = ["dog", "cat", "father", "mother", "brother", "sister", "grandmother", "best friend"];
const WHEN: [&str; 6] = ["this morning", "last night", "an hour ago", "today", "yesterday", "on Sunday"];
const WHOSE: [&str; 6] = ["VoltaMobile", "RidgewayRail", "NorthBank", "Parcelly", "AquaWorks", "Lumen Broadband"];
const WHAT: [&str; 6] = ["order", "refund", "parcel", "booking", "complaint", "contract"];
const BROKEN: [&str; 6] = ["dishwasher", "laptop", "bicycle", "boiler", "lock", "tap"];
const SOLD: [&str; 6] = ["shoes", "candles", "vitamins", "headphones", "mugs", "lamps"];

/// What is longer may be one of many like texts. Here nobody copies anyone, but there are only so many words.
const MOST_WORDS: usize = 7;

/// Lines of posts without end, each with its id: people write two on average, all of them just now.
pub(super) struct Input {
    random: Rng,
    talk: MadeUp,
    people: usize,
    created_at: Timestamp,
    number: usize,
}

impl Input {
    /// As many people as would write half of so many posts.
    pub(super) fn new(seed: u64, posts: usize) -> Self {
        let talk = MadeUp::new(seed).unwrap();
        Self { random: Rng::with_seed(seed), talk, people: posts / 2, created_at: Timestamp::now(), number: 0 }
    }

    fn text(&mut self) -> String {
        let talk = self.talk.next().unwrap();
        let talk: Vec<&str> = talk.text.split_whitespace().take(MOST_WORDS).collect();
        let mut one = |of: &[&'static str]| *self.random.choice(of).unwrap();
        let (who, when, whose, what, broken, sold) =
            (one(&WHO), one(&WHEN), one(&WHOSE), one(&WHAT), one(&BROKEN), one(&SOLD));
        match self.random.u8(..100) {
            0..8 => format!("My {who} died {when}."),
            8..20 => format!("{whose} lost my {what}, nobody answers."),
            20..30 => format!("How do I fix a broken {broken}?"),
            30..33 => format!("Buy our {sold}, 20% off today only!"),
            _ => talk.join(" "),
        }
    }
}

impl Iterator for Input {
    type Item = (String, String);

    fn next(&mut self) -> Option<(String, String)> {
        let id = self.number.to_string();
        self.number += 1;
        let author = format!("author {}", self.random.usize(..self.people));
        let (text, created_at) = (self.text(), self.created_at.to_string());
        let post = json!({"id": id, "platform": "net", "author": author, "lang": "en", "created_at": created_at, "text": text});
        Some((id, format!("{post}\n")))
    }
}
