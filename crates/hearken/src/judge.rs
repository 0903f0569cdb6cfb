//! A judge: text to judgement by one model, with a session and buffers of its own. Used by one thread.

use crate::batch::Batcher;
use crate::error::Result;
use crate::label::PerLabel;
use crate::model::{Classifier, Model};
use crate::score::{Judgement, Scorer};
use crate::tokenize::{Tokenizer, Tokens};

/// Tokenizes, batches, classifies and scores.
#[derive(Debug)]
pub struct Judge {
    tokenizer: Tokenizer,
    batcher: Batcher,
    classifier: Classifier,
    scorer: Scorer,
    tokens: Tokens,
    /// Which post each row of `tokens` is.
    rows: Vec<usize>,
}

impl Judge {
    /// Loads the model into a session of its own.
    ///
    /// # Errors
    ///
    /// Those of [`Model::classifier`].
    pub fn new(model: &Model, thresholds: PerLabel<f64>) -> Result<Self> {
        let manifest = model.manifest();
        Ok(Self {
            tokenizer: model.tokenizer().clone(),
            batcher: manifest.batcher(),
            classifier: model.classifier()?,
            scorer: Scorer::new(manifest, thresholds),
            tokens: Tokens::default(),
            rows: Vec::new(),
        })
    }

    /// Takes in a text that is to be judged, under a number of the caller's.
    ///
    /// # Errors
    ///
    /// Those of [`Tokenizer::encode`].
    pub fn hear(&mut self, number: usize, text: &str) -> Result<()> {
        self.tokenizer.encode(text, &mut self.tokens)?;
        self.rows.push(number);
        Ok(())
    }

    /// Judges all texts that were taken in, and hands out each judgement with the text's number; the shortest texts first.
    ///
    /// # Errors
    ///
    /// Those of [`Classifier::classify`].
    pub fn judge(&mut self, mut each: impl FnMut(usize, Judgement)) -> Result<()> {
        self.batcher.start(&self.tokens);
        while let Some(batch) = self.batcher.next_batch(&self.tokens) {
            let logits = self.classifier.classify(&batch)?;
            for (&row, logits) in batch.rows.iter().zip(logits.rows()) {
                each(self.rows[row], self.scorer.judge(&logits));
            }
        }
        self.tokens.clear();
        self.rows.clear();
        Ok(())
    }
}
