//! The words of made-up posts: those of the model's vocabulary, as often as they are used, and others that are in none.

use anyhow::{Context, Result};
use fastrand::Rng;

/// What the model listens for, how often posts begin with it, and how they put it. With these shares about as many of the
/// made-up posts are worth a human's time as in a mixed stream.
const SUBJECTS: [(f64, &[&str]); 4] = [
    (0.015, &["my dog died this morning", "my father died last night", "I miss my mum so much", "we buried her today"]),
    (0.16, &["my flight is cancelled again", "worst service ever", "why does this never work", "so tired of this"]),
    (0.08, &["does anyone know how to fix this?", "can someone tell me what to do?", "which one should I take?"]),
    (0.005, &["20% off today only, use the code in our bio", "new in our shop, order now"]),
];

/// Sentences that the model can't read.
const FOREIGN: [&str; 6] = [
    "no sé qué hacer con todo esto y mañana tengo que trabajar otra vez",
    "heute regnet es schon wieder und der Zug kommt natürlich viel zu spät",
    "je ne comprends pas pourquoi le magasin est encore fermé ce matin",
    "não consigo dormir porque amanhã começa o meu novo trabalho",
    "今日は雨が降っているのでどこにも行きたくないです",
    "сегодня утром поезд опять опоздал на целый час",
];

/// What people write more often than the books do that the vocabulary was counted in.
const EVERYDAY: [&str; 24] = [
    "you", "my", "just", "like", "the", "to", "this", "so", "have", "me", "not", "get", "what", "now", "today",
    "really", "know", "your", "going", "love", "out", "time", "when", "got",
];

const EMOJI: [&str; 8] = ["😭", "😂", "❤️", "🙏", "🎉", "😡", "👍🏽", "🇵🇹"];
const CONTRACTIONS: [&str; 8] = ["I'm", "can't", "don't", "it's", "didn't", "won't", "you're", "that's"];
const PUNCTUATION: [&str; 8] = [".", ".", ",", ",", "!", "?", "...", "!!"];

/// Draws words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// The most frequent first.
    vocabulary: Vec<String>,
}

impl Words {
    /// The words of a Hugging Face `tokenizer.json`, which numbers them by frequency.
    pub(super) fn new(tokenizer: &str) -> Result<Self> {
        let tokenizer: serde_json::Value = serde_json::from_str(tokenizer)?;
        let vocabulary = tokenizer["model"]["vocab"].as_object().context("the tokenizer has no vocabulary")?;
        let is_word = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let mut words: Vec<_> = vocabulary.iter().filter(|(word, _)| is_word(word)).collect();
        words.sort_by_key(|(_, id)| id.as_u64());
        Ok(Self { vocabulary: words.into_iter().map(|(word, _)| word.clone()).collect() })
    }

    /// The beginning of a post about something that the model listens for; `None` for most posts.
    pub(super) fn subject(&self, rng: &mut Rng) -> Option<&'static str> {
        let mut draw = rng.f64();
        for (share, phrases) in SUBJECTS {
            if draw < share {
                return rng.choice(phrases).copied();
            }
            draw -= share;
        }
        None
    }

    /// A sentence in another language.
    pub(super) fn foreign(&self, rng: &mut Rng) -> &'static str {
        one(rng, &FOREIGN)
    }

    /// The name of an account: two words and, more often than not, a number.
    pub(super) fn mention(&self, rng: &mut Rng) -> String {
        let (first, second) = (self.frequent(rng), self.frequent(rng));
        if rng.bool() { format!("@{first}_{second}{}", rng.u8(..)) } else { format!("@{first}{second}") }
    }

    /// An address.
    pub(super) fn link(&self, rng: &mut Rng) -> String {
        let path: String = (0..8).map(|_| rng.alphanumeric()).collect();
        format!("https://{}.example/{path}", self.frequent(rng))
    }

    /// A hashtag.
    pub(super) fn hashtag(&self, rng: &mut Rng) -> String {
        format!("#{}{}", self.frequent(rng), self.frequent(rng))
    }

    /// A face or a flag.
    pub(super) fn emoji(&self, rng: &mut Rng) -> &'static str {
        one(rng, &EMOJI)
    }

    /// A word of a sentence, with a mark behind it now and then.
    pub(super) fn word(&self, rng: &mut Rng) -> String {
        let mut word = match rng.u8(..100) {
            0..6 => "I".to_owned(),
            6..9 => "a".to_owned(),
            9..12 => one(rng, &CONTRACTIONS).to_owned(),
            12 => one(rng, &CONTRACTIONS).replace('\'', "’"),
            // Names, slips and drawn-out words, which no vocabulary holds.
            13..15 => format!("{}{}", self.frequent(rng), self.frequent(rng)),
            15 => format!("{}{}", self.frequent(rng), "o".repeat(rng.usize(2..6))),
            16 => rng.u32(..3000).to_string(),
            17..40 => one(rng, &EVERYDAY).to_owned(),
            _ => self.frequent(rng).to_owned(),
        };
        if let Some(first) = word.get_mut(..1).filter(|_| rng.u8(..100) < 12) {
            first.make_ascii_uppercase();
        }
        if rng.u8(..100) < 14 { word + one(rng, &PUNCTUATION) } else { word }
    }

    /// By Zipf's law: the word of rank r about once in r words.
    fn frequent(&self, rng: &mut Rng) -> &str {
        let rank = (self.vocabulary.len() as f64).powf(rng.f64()) as usize;
        self.vocabulary.get(rank - 1).map_or("the", String::as_str)
    }
}

fn one(rng: &mut Rng, of: &[&'static str]) -> &'static str {
    rng.choice(of).copied().unwrap_or_default()
}
