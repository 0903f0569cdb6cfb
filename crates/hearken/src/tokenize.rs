//! Tokenizing: text to the ids of the model's vocabulary, gathered for a whole chunk in one reused buffer.

use serde::Deserialize;
use tokenizers::pipeline::{EncodeOptions, Override, PipelineToken, PipelineTokenizer};
use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

use crate::error::{Error, ErrorKind, Result};

/// How much of a text is looked at, bytes for each token that the model can take. Words of a language are far shorter;
/// this keeps a megabyte of text from costing a megabyte's time for tokens that would be cut off anyway.
const BYTES_PER_TOKEN: usize = 64;

/// Turns text into token ids, cut to the model's length.
#[derive(Clone)]
pub struct Tokenizer {
    inner: PipelineTokenizer,
    options: EncodeOptions,
    max_tokens: usize,
    /// Whether it makes no difference to the ids if ASCII letters are lower case already.
    ignores_case: bool,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("max_tokens", &self.max_tokens).finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Reads a Hugging Face `tokenizer.json`; texts are cut to `max_tokens` ids, among them the special ones when
    /// `special_tokens` asks for the post-processor's frame (`[CLS] … [SEP]`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] when the JSON is no tokenizer that the `tokenizers` crate can run.
    pub fn from_json(json: &str, max_tokens: usize, special_tokens: bool) -> Result<Self> {
        let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::with_source(ErrorKind::Model, format!("tokenizer.json can't be used: {error}"), error)
        };
        let canonical = tokenizers::canonicalize_str(json).map_err(|error| unusable(error.into()))?;
        let inner = tokenizers::from_json(&canonical).map_err(unusable)?;
        let truncation = if special_tokens {
            Override::With(TruncationParams {
                max_length: max_tokens,
                strategy: TruncationStrategy::LongestFirst,
                stride: 0,
                direction: TruncationDirection::Right,
            })
        } else {
            // The fast path has no frame to keep: `encode` cuts the ids itself.
            Override::Off
        };
        let options = EncodeOptions {
            add_special_tokens: special_tokens,
            // People may type "[PAD]" or "[SEP]"; that is text of theirs, never a command to the model.
            encode_special_tokens: true,
            padding: Override::Off,
            truncation,
        };
        Ok(Self { inner, options, max_tokens, ignores_case: ignores_case(json) })
    }

    /// Appends the ids of one text to `tokens`, as its next row.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] when the tokenizer fails, which no text should make it do.
    pub fn encode(&self, text: &str, tokens: &mut Tokens) -> Result<()> {
        let Tokens { ids, ends, lower } = tokens;
        let mut text = truncate(text, self.most_bytes());
        if self.ignores_case {
            // The tokenizer makes a new string of each text that it has to change, which most posts then spare it.
            lower.clear();
            lower.push_str(text);
            lower.make_ascii_lowercase();
            text = lower;
        }
        let start = ids.len();
        self.inner
            .encode_into(text, &self.options, ids)
            .map_err(|error| Error::with_source(ErrorKind::Model, "the tokenizer failed on a text", error))?;
        ids.truncate(start + self.max_tokens);
        ends.push(ids.len());
        Ok(())
    }

    /// How many of the words of `text` that end at these offsets reach the model, the last of them perhaps only in part.
    pub(crate) fn words_read(&self, text: &str, ends: &[usize]) -> Result<usize> {
        let mut tokens = Tokens::default();
        self.encode(text, &mut tokens)?;
        if tokens.row(0).len() < self.max_tokens && text.len() <= self.most_bytes() {
            return Ok(ends.len());
        }
        // The shortest beginning that gives the same ids is what is read.
        let (mut low, mut high) = (0, ends.len());
        while low < high {
            let middle = low.midpoint(high);
            self.encode(&text[..ends[middle]], &mut tokens)?;
            if tokens.row(tokens.len() - 1) == tokens.row(0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(ends.len().min(low + 1))
    }

    fn most_bytes(&self) -> usize {
        self.max_tokens.saturating_mul(BYTES_PER_TOKEN)
    }
}

/// Whether a `tokenizer.json` lowers all letters before it looks at anything else, as BERT's does when it is uncased.
fn ignores_case(json: &str) -> bool {
    #[derive(Deserialize)]
    struct Json {
        normalizer: Normalizer,
        added_tokens: Vec<AddedToken>,
    }
    #[derive(Deserialize)]
    struct Normalizer {
        r#type: String,
        lowercase: bool,
    }
    #[derive(Deserialize)]
    struct AddedToken {
        special: bool,
    }
    // Added tokens that are not special are looked for in the text as it stands; special ones are not looked for at all.
    let uncased = |json: Json| {
        json.normalizer.r#type == "BertNormalizer"
            && json.normalizer.lowercase
            && json.added_tokens.iter().all(|token| token.special)
    };
    serde_json::from_str(json).is_ok_and(uncased)
}

/// The longest beginning of `text` within `limit` bytes that ends between characters.
fn truncate(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// Token ids of many texts, one row each, in one buffer.
#[derive(Debug, Default)]
pub struct Tokens {
    ids: Vec<PipelineToken>,
    /// Where each row ends in `ids`.
    ends: Vec<usize>,
    /// The text at hand in lower case.
    lower: String,
}

impl Tokens {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The ids of a row.
    pub fn row(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        PipelineToken::cast_slice(&self.ids[start..self.ends[row]])
    }

    /// Takes all rows out; the buffers stay.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests;
