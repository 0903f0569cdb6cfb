//! Likeness: what makes two posts the same person's, the same words, or nearly the same words.
//!
//! Identities and texts become fingerprints of 64 bits, because ids and texts are as long as a feed likes and an index must
//! be bounded in bytes. Nearly the same words are found by MinHash over pairs of words. Pure: computed by workers.

use std::hash::{DefaultHasher, Hash, Hasher};

use txtfp::{
    Canonicalizer, Fingerprinter, LshIndex, MinHashFingerprinter, MinHashSig, ShingleTokenizer, WordTokenizer,
};

use crate::post::Post;

/// From so many words on, equal texts under the same name on two networks are one person's.
const LEAST_WORDS_OF_A_CROSS_POST: usize = 4;

/// From so many words on, equal texts on two networks are one person's whatever the names.
const LEAST_WORDS_OF_ANY_NAME: usize = 12;

/// From so many words on, a text is held against others for likeness. Shorter ones are everyday sentences that many people
/// write in earnest.
const LEAST_WORDS_OF_A_COPY: usize = 8;

/// Texts are nearly the same from this share of equal pairs of words on, as MinHash estimates it.
const LIKE: f32 = 0.7;

/// Of 24 values in 6 bands of 4, a copy with 80 % of equal pairs shares a band with its original in 96 of 100 cases, one
/// with 90 % practically always.
const VALUES: usize = 24;
const BANDS: usize = 6;
const ROWS: usize = 4;

/// The fingerprint of some parts. The same in every process, so that results don't depend on the run.
pub fn fingerprint(parts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// The fingerprint of a post by its identity.
pub fn of_post(platform: Option<&str>, id: &str) -> u64 {
    fingerprint(&["post", platform.unwrap_or_default(), id])
}

/// The fingerprint of an author by their identity.
pub fn of_person(platform: Option<&str>, author: &str) -> u64 {
    fingerprint(&["person", platform.unwrap_or_default(), author])
}

/// What a post is recognised by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// The post itself.
    pub post: u64,
    /// Its author on its network.
    pub person: Option<u64>,
    /// Its words under its author's name on any network.
    pub words_and_name: Option<u64>,
    /// Its words, where they are many.
    pub words: Option<u64>,
    /// What texts like it have in common.
    pub signature: Option<Box<Signature>>,
    /// The post that it answers, if that is all it is there for.
    pub answers: Option<u64>,
}

/// A MinHash signature of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature(MinHashSig<VALUES>);

/// Makes [`Marks`].
pub struct Marker {
    sketcher: MinHashFingerprinter<ShingleTokenizer<WordTokenizer>, VALUES>,
}

impl std::fmt::Debug for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Marker").finish_non_exhaustive()
    }
}

impl Default for Marker {
    fn default() -> Self {
        let pairs = ShingleTokenizer { k: 2, inner: WordTokenizer };
        Self { sketcher: MinHashFingerprinter::new(Canonicalizer::default(), pairs) }
    }
}

impl Marker {
    /// What a post is recognised by.
    pub fn marks(&self, post: &Post<'_>) -> Marks {
        let platform = post.platform.as_deref();
        let (words, count) = plain_words(&post.text);
        let author = post.author.as_deref();
        Marks {
            post: of_post(platform, &post.id),
            person: author.map(|author| of_person(platform, author)),
            words_and_name: author
                .filter(|_| count >= LEAST_WORDS_OF_A_CROSS_POST)
                .map(|author| fingerprint(&["words and name", &handle(author), &words])),
            words: (count >= LEAST_WORDS_OF_ANY_NAME).then(|| fingerprint(&["words", &words])),
            signature: self.signature(&words, count),
            answers: None,
        }
    }

    fn signature(&self, words: &str, count: usize) -> Option<Box<Signature>> {
        // Only a text without words has none.
        let sketch = || self.sketcher.fingerprint(words).ok();
        (count >= LEAST_WORDS_OF_A_COPY).then(sketch)?.map(|signature| Box::new(Signature(signature)))
    }
}

/// A text without what copies of it differ in: addresses, names, numbers, signs, the case of letters. And how many words that
/// leaves.
fn plain_words(text: &str) -> (String, usize) {
    let mut words = String::with_capacity(text.len());
    let mut count = 0;
    for word in text.split_whitespace() {
        if word.starts_with('@') || word.contains("://") || word.starts_with("www.") {
            continue;
        }
        let before = words.len();
        words.extend(word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase));
        if words.len() > before {
            words.push(' ');
            count += 1;
        }
    }
    (words, count)
}

/// A name without the sign and the server that networks put around it.
fn handle(author: &str) -> String {
    let name = author.trim_start_matches('@');
    let name = name.split('@').next().unwrap_or(name);
    // Of a domain name, such as `ada.bsky.social`, the part that a person chose.
    let name = name.split('.').next().unwrap_or(name);
    name.to_lowercase()
}

/// Signatures that can be asked for those like another. About 500 bytes each.
pub(crate) struct SignatureIndex(Option<LshIndex<VALUES>>);

impl std::fmt::Debug for SignatureIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignatureIndex").field("len", &self.0.as_ref().map(LshIndex::len)).finish()
    }
}

impl SignatureIndex {
    pub(crate) fn new() -> Self {
        // 6 bands of 4 are 24 values: it can't fail.
        Self(LshIndex::with_bands_rows(BANDS, ROWS).ok())
    }

    pub(crate) fn insert(&mut self, key: u64, signature: &Signature) {
        if let Some(index) = &mut self.0 {
            index.insert(key, signature.0);
        }
    }

    pub(crate) fn remove(&mut self, key: u64) {
        if let Some(index) = &mut self.0 {
            index.remove(key);
        }
    }

    /// The smallest key, so the oldest, among those whose text is nearly the same.
    pub(crate) fn like(&self, signature: &Signature) -> Option<u64> {
        self.0.as_ref()?.query_with_threshold(&signature.0, LIKE).first().copied()
    }
}

#[cfg(test)]
mod tests;
