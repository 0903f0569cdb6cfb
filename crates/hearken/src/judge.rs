//! A judge: text to judgement by one model, with a session and buffers of its own. Used by one thread.

use crate::batch::Batcher;
use crate::error::Result;
use crate::model::{Classifier, Model};
use crate::score::{Judgement, Scorer};
use crate::tokenize::{Tokenizer, Tokens};

/// Tokenizes, batches, classifies, and scores by whatever thresholds go.
#[derive(Debug)]
pub struct Judge {
    tokenizer: Tokenizer,
    batcher: Batcher,
    classifier: Classifier,
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
    pub fn new(model: &Model) -> Result<Self> {
        Ok(Self {
            tokenizer: model.tokenizer().clone(),
            batcher: model.manifest().batcher(),
            classifier: model.classifier()?,
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

    /// Judges all texts that were taken in, and hands out each judgement with the text's number; the shortest texts first. `scorer` is one
    /// of the same model.
    ///
    /// # Errors
    ///
    /// Those of [`Classifier::classify`].
    pub fn judge(&mut self, scorer: &Scorer, mut each: impl FnMut(usize, Judgement)) -> Result<()> {
        self.batcher.start(&self.tokens);
        while let Some(batch) = self.batcher.next_batch(&self.tokens) {
            let logits = self.classifier.classify(&batch)?;
            for (&row, logits) in batch.rows.iter().zip(logits.rows()) {
                each(self.rows[row], scorer.judge(&logits));
            }
        }
        self.forget();
        Ok(())
    }

    /// Lets go of the texts that were taken in, as after an error.
    pub fn forget(&mut self) {
        self.tokens.clear();
        self.rows.clear();
    }
}
