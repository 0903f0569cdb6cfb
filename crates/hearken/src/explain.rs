//! Explaining: how much each word of one post moves what is heard in it, and its priority.
//!
//! By occlusion: the text is judged as it is and once more without each word, all in one go, and the effect of a word is
//! the difference that it makes. So the effects need not add up: of two words that say the same, either can be missing
//! without much change, and "not bad" is more than its words.

use std::borrow::Cow;
use std::ops::Sub;

use ndarray::ArrayView1;
use serde::Serialize;

use crate::batch::Batcher;
use crate::error::Result;
use crate::label::{Label, PerLabel};
use crate::language::Languages;
use crate::manifest::Column;
use crate::model::{Classifier, Model};
use crate::policy::{Disposition, HeadStart, Minutes, Policy};
use crate::post::Post;
use crate::score::{Judgement, Scorer, Thresholds, sigmoid};
use crate::tokenize::{Tokenizer, Tokens};

/// How many words of a text are tried at the most, the first ones: each costs a run of the model over the whole text.
pub const MOST_WORDS: usize = 512;

/// Judges posts by the same model, thresholds and policy as a pipeline, and says which word did what. Used by one thread.
///
/// ```no_run
/// use hearken::{Explainer, Model, Policy, Post, Thresholds};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut explainer = Explainer::new(&Model::open("models/fast")?, &Thresholds::default(), Policy::default())?;
/// let post = Post::new("1", "My dog died at the front door.");
/// let explanation = explainer.explain(&post)?;
/// for word in &explanation.words {
///     let effect = word.effect.map_or(0.0, |effect| effect.probability.grief);
///     println!("{effect:+.2} {}", &post.text[word.start..word.end]);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Explainer {
    /// `None`: the model reads all.
    languages: Option<Languages>,
    tokenizer: Tokenizer,
    classifier: Classifier,
    batcher: Batcher,
    scorer: Scorer,
    thresholds: PerLabel<f64>,
    policy: Policy,
    judge: String,
}

/// What is made of a post, and each word's part in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What is known of the post's language, as in the records of a pipeline.
    pub lang: Option<String>,
    /// Whether the model reads it. A pipeline leaves a post unjudged otherwise; here it is told what it would make of it.
    pub lang_is_read: bool,
    /// What is heard in the post.
    pub judgement: Judgement,
    /// Its priority, term by term.
    pub head_start: HeadStart,
    /// What becomes of it.
    pub disposition: Disposition,
    /// All words of the text, in their order.
    pub words: Vec<Word>,
}

/// A word: what stands between white space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    /// Where it begins in the text, bytes.
    pub start: usize,
    /// Where it ends, bytes.
    pub end: usize,
    /// Whether it reaches the model, which cuts long texts off.
    pub read: bool,
    /// What the word does; `None` where it was not tried: it is not read, or beyond [`MOST_WORDS`].
    pub effect: Option<Effect>,
}

/// What a word does: with it, less without it. Above 0 it raises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// In probability, and for urgency in levels; in steps of 1/10,000.
    pub probability: Findings,
    /// In log-odds: tells strong words from weak ones even where the probability stays at 0 or 1 without them.
    pub log_odds: Findings,
    /// In minutes of head start.
    pub priority: Minutes,
}

/// One number for each thing that is heard in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Findings {
    /// For grief.
    pub grief: f64,
    /// For frustration.
    pub frustration: f64,
    /// For seeking advice.
    pub advice_seeking: f64,
    /// For giving advice.
    pub advice_giving: f64,
    /// For the label advice, which is the greater of the two.
    pub advice: f64,
    /// For promotion.
    pub promotion: f64,
    /// For the expected urgency, 0 to 3; its log-odds are those of its share of 3.
    pub urgency: f64,
}

impl Findings {
    /// The number for a label.
    pub fn get(&self, label: Label) -> f64 {
        match label {
            Label::Grief => self.grief,
            Label::Frustration => self.frustration,
            Label::Advice => self.advice,
            Label::Promotion => self.promotion,
        }
    }

    fn probabilities(judgement: &Judgement) -> Self {
        Self {
            grief: judgement.grief.value(),
            frustration: judgement.frustration.value(),
            advice_seeking: judgement.advice_seeking.value(),
            advice_giving: judgement.advice_giving.value(),
            advice: judgement.probability(Label::Advice).value(),
            promotion: judgement.promotion.value(),
            urgency: judgement.urgency(),
        }
    }

    /// A head that the model doesn't have stays at 0.
    fn log_odds(columns: impl Iterator<Item = (Column, f64)>) -> Self {
        /// An infinite logit, too, must have a difference from another.
        const MOST: f64 = 500.0;
        let mut found = Self::default();
        let (mut advice, mut reached, mut missed) = (None::<f64>, 0.0, 0.0);
        for (column, log_odds) in columns {
            let log_odds = log_odds.clamp(-MOST, MOST);
            match column {
                Column::Grief => found.grief = log_odds,
                Column::Frustration => found.frustration = log_odds,
                Column::AdviceSeeking => found.advice_seeking = log_odds,
                Column::AdviceGiving => found.advice_giving = log_odds,
                Column::Promotion => found.promotion = log_odds,
                Column::Urgency1 | Column::Urgency2 | Column::Urgency3 => {
                    reached += sigmoid(log_odds);
                    missed += sigmoid(-log_odds);
                }
            }
            if matches!(column, Column::AdviceSeeking | Column::AdviceGiving) {
                advice = Some(advice.map_or(log_odds, |other| other.max(log_odds)));
            }
        }
        found.advice = advice.unwrap_or_default();
        if reached > 0.0 && missed > 0.0 {
            found.urgency = reached.ln() - missed.ln();
        }
        found
    }
}

impl Sub for Findings {
    type Output = Self;

    /// In steps of 1/10,000, like the probabilities: a difference of two has no more digits than they have.
    fn sub(self, other: Self) -> Self {
        // Adding 0 takes the sign off a zero.
        let minus = |one: f64, other: f64| ((one - other) * 10_000.0).round() / 10_000.0 + 0.0;
        Self {
            grief: minus(self.grief, other.grief),
            frustration: minus(self.frustration, other.frustration),
            advice_seeking: minus(self.advice_seeking, other.advice_seeking),
            advice_giving: minus(self.advice_giving, other.advice_giving),
            advice: minus(self.advice, other.advice),
            promotion: minus(self.promotion, other.promotion),
            urgency: minus(self.urgency, other.urgency),
        }
    }
}

/// What is made of one text, as it is or without a word.
struct Heard {
    judgement: Judgement,
    log_odds: Findings,
    head_start: HeadStart,
}

impl Explainer {
    /// Loads the model into a session of its own. Labels without a threshold of the caller's keep the model's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a threshold or a number of minutes is out of range,
    /// [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) and [`ErrorKind::Model`](crate::ErrorKind::Model) when ONNX
    /// Runtime or the model can't be loaded.
    pub fn new(model: &Model, thresholds: &Thresholds, policy: Policy) -> Result<Self> {
        policy.check()?;
        let thresholds = thresholds.in_force(model.manifest())?;
        Ok(Self {
            languages: model.manifest().languages(),
            tokenizer: model.tokenizer().clone(),
            classifier: model.classifier()?,
            batcher: model.manifest().batcher(),
            scorer: Scorer::new(model.manifest(), thresholds),
            thresholds,
            judge: model.judge_name(&(thresholds, &policy))?,
            policy,
        })
    }

    /// What the records of a pipeline with the same model, thresholds and policy call it, such as `fast@0123456789ab`.
    pub fn judge(&self) -> &str {
        &self.judge
    }

    /// The probability from which each label is assigned.
    pub fn thresholds(&self) -> PerLabel<f64> {
        self.thresholds
    }

    /// The minutes for each finding.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges a post as a pipeline would, whatever its language, and explains nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Inference`](crate::ErrorKind::Inference) when the model fails on the text.
    pub fn hear(&mut self, post: &Post<'_>) -> Result<(Judgement, HeadStart)> {
        let mut tokens = Tokens::default();
        self.tokenizer.encode(&post.text, &mut tokens)?;
        let Heard { judgement, head_start, .. } = self.hear_all(&tokens, post)?.remove(0);
        Ok((judgement, head_start))
    }

    /// Judges a post as a pipeline would, and tries it without each of its words.
    ///
    /// Of a text that is too long for the model only the part that it reads is tried: a word that is taken out lets no
    /// later one move up.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Inference`](crate::ErrorKind::Inference) when the model fails on the text or a part of it.
    pub fn explain(&mut self, post: &Post<'_>) -> Result<Explanation> {
        let mut words = words(&post.text);
        let ends: Vec<usize> = words.iter().map(|word| word.end).collect();
        let read = self.tokenizer.words_read(&post.text, &ends)?;
        let text = if read < words.len() { &post.text[..ends[read - 1]] } else { &*post.text };
        words[..read].iter_mut().for_each(|word| word.read = true);

        let tried = read.min(MOST_WORDS);
        let mut tokens = Tokens::default();
        self.tokenizer.encode(text, &mut tokens)?;
        for nth in 0..tried {
            self.tokenizer.encode(&without(text, &words[..read], nth), &mut tokens)?;
        }
        let mut variants = self.hear_all(&tokens, post)?;
        let Heard { judgement, log_odds, head_start } = variants.remove(0);
        let probability = Findings::probabilities(&judgement);
        for (word, other) in words.iter_mut().zip(&variants) {
            word.effect = Some(Effect {
                probability: probability - Findings::probabilities(&other.judgement),
                log_odds: log_odds - other.log_odds,
                priority: head_start.total() - other.head_start.total(),
            });
        }
        let disposition = self.policy.disposition(&judgement, &head_start);
        let mut seen = Post { text: Cow::Borrowed(&post.text), lang: post.lang.clone(), ..Post::default() };
        let lang_is_read = self.languages.as_ref().is_none_or(|languages| languages.admit(&mut seen));
        let lang = seen.lang.map(Cow::into_owned);
        Ok(Explanation { lang, lang_is_read, judgement, head_start, disposition, words })
    }

    /// Batch, classify, score, weigh: one for each row of tokens.
    fn hear_all(&mut self, tokens: &Tokens, post: &Post<'_>) -> Result<Vec<Heard>> {
        let mut heard: Vec<Option<Heard>> = (0..tokens.len()).map(|_| None).collect();
        self.batcher.start(tokens);
        while let Some(batch) = self.batcher.next_batch(tokens) {
            let logits = self.classifier.classify(&batch)?;
            for (&row, logits) in batch.rows.iter().zip(logits.rows()) {
                heard[row] = Some(hear_one(&self.scorer, &self.policy, &logits, post));
            }
        }
        Ok(heard.into_iter().flatten().collect())
    }
}

/// All that is made of one text. Whatever corrects a judgement by what is known of the post belongs here, so that it holds
/// for the text without each word as well.
fn hear_one(scorer: &Scorer, policy: &Policy, logits: &ArrayView1<'_, f32>, post: &Post<'_>) -> Heard {
    let judgement = scorer.judge(logits);
    let log_odds = Findings::log_odds(scorer.log_odds(logits));
    Heard { judgement, log_odds, head_start: policy.head_start(&judgement, post) }
}

/// The words of a text, none of them read yet.
fn words(text: &str) -> Vec<Word> {
    text.split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            Word { start, end: start + word.len(), read: false, effect: None }
        })
        .collect()
}

/// The text without one of its words and the white space after it; for the last one, that before it.
fn without(text: &str, words: &[Word], nth: usize) -> String {
    let (from, to) = match (words.get(nth + 1), nth.checked_sub(1)) {
        (Some(next), _) => (words[nth].start, next.start),
        (None, Some(before)) => (words[before].end, words[nth].end),
        (None, None) => (words[nth].start, words[nth].end),
    };
    [&text[..from], &text[to..]].concat()
}

#[cfg(test)]
mod tests;
