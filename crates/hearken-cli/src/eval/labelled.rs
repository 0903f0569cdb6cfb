//! Reading labelled posts: the post as a run would read it, and what people said of it.

use hearken::Post;
use hearken::format;
use hearken::frame::{Frame, Framer};
use hearken_eval::{PerQuestion, Question, Truth};
use serde::Deserialize;
use serde_json::Value;

use crate::input::Source;
use crate::one;
use crate::output::{say, text};
use crate::stop::Stop;

/// Lines over this many bytes are rejected unless the settings say otherwise.
const MAX_LINE: usize = 4 * 1024 * 1024;

/// So many rejected lines are told one by one.
const TOLD: u64 = 10;

/// Labelled posts in input order.
#[derive(Debug, Default)]
pub(super) struct Labelled {
    pub(super) posts: Vec<Post<'static>>,
    /// What is known of each post.
    pub(super) truths: Vec<Truth>,
    /// Where each post stands, `FILE:LINE`; its id in the file may be missing, or stand there twice.
    pub(super) places: Vec<String>,
    pub(super) rejected: u64,
}

impl Labelled {
    /// Reads all sources. A line that is no labelled post is told on standard error, counted and left out.
    ///
    /// # Errors
    ///
    /// What opening or reading a source answered.
    pub(super) fn read(sources: &[Source], max_line: Option<usize>) -> anyhow::Result<Self> {
        let stop = Stop::unset()?;
        let mut labelled = Self::default();
        for source in sources {
            let mut framer = Framer::new(source.open(&stop)?, max_line.unwrap_or(MAX_LINE));
            let name = source.name();
            let mut frame = Frame::default();
            let reading = |error| anyhow::Error::new(error).context(format!("reading {name}"));
            while framer.next_frame(&mut frame).map_err(reading)? {
                for (number, line) in frame.lines().filter(|(_, line)| !line.trim_ascii().is_empty()) {
                    match parse(line) {
                        Ok((post, truth)) => labelled.push(post, truth, format!("{name}:{number}")),
                        Err(reason) => labelled.reject(&format!("{name}:{number}"), &reason),
                    }
                }
                if let Some(long) = frame.too_long() {
                    let reason = format::RejectReason::LineTooLong { length: long.length };
                    labelled.reject(&format!("{name}:{}", long.line), &reason.to_string());
                }
            }
        }
        if labelled.rejected > 0 {
            let lines = if labelled.rejected == 1 { "line was" } else { "lines were" };
            say(format_args!("{} {lines} rejected", text::count(labelled.rejected)));
        }
        Ok(labelled)
    }

    fn push(&mut self, post: Post<'static>, truth: Truth, place: String) {
        self.posts.push(post);
        self.truths.push(truth);
        self.places.push(place);
    }

    fn reject(&mut self, place: &str, reason: &str) {
        self.rejected += 1;
        if self.rejected <= TOLD {
            say(format_args!("{place}: {reason}"));
        }
    }

    /// What a person finds the post by: its id, or else where it stands.
    pub(super) fn name(&self, post: usize) -> &str {
        let id = &*self.posts[post].id;
        if id.is_empty() { &self.places[post] } else { id }
    }
}

#[derive(Deserialize)]
struct Labels {
    grief: Option<Value>,
    frustration: Option<Value>,
    advice: Option<Value>,
    advice_seeking: Option<Value>,
    advice_giving: Option<Value>,
    promotion: Option<Value>,
    urgency: Option<Value>,
}

/// The post of a line and what is known of it, or why there is none; the reason holds nothing of the text.
fn parse(line: &[u8]) -> Result<(Post<'static>, Truth), String> {
    let post = one::post(line).map_err(|reason| reason.to_string())?;
    let labels: Labels = serde_json::from_slice(line).map_err(|error| format!("its labels can't be read: {error}"))?;
    Ok((post, labels.truth()?))
}

impl Labels {
    fn truth(&self) -> Result<Truth, String> {
        let answer = |question: Question, value| answer(question.name(), value);
        let seeking = answer(Question::AdviceSeeking, &self.advice_seeking)?;
        let giving = answer(Question::AdviceGiving, &self.advice_giving)?;
        let mut labels = PerQuestion::default();
        labels[Question::Grief] = answer(Question::Grief, &self.grief)?;
        labels[Question::Frustration] = answer(Question::Frustration, &self.frustration)?;
        labels[Question::Advice] = answer(Question::Advice, &self.advice)?.or_else(|| either(seeking, giving));
        labels[Question::AdviceSeeking] = seeking;
        labels[Question::AdviceGiving] = giving;
        labels[Question::Promotion] = answer(Question::Promotion, &self.promotion)?;
        let urgency = whole("urgency", &self.urgency, 3, "0, 1, 2, 3 or null")?;
        Ok(Truth { labels, urgency })
    }
}

/// Whether one or the other holds, as far as what is known decides it.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn answer(name: &str, value: &Option<Value>) -> Result<Option<bool>, String> {
    match value {
        Some(Value::Bool(answer)) => Ok(Some(*answer)),
        value => Ok(whole(name, value, 1, "0, 1 or null")?.map(|number| number == 1)),
    }
}

/// A whole number from 0 to `highest`; 1.0 is one, as tables with gaps write it.
fn whole(name: &str, value: &Option<Value>, highest: u8, wanted: &str) -> Result<Option<u8>, String> {
    let found = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => {
            let fits = |whole: &u8| number.as_f64() == Some(f64::from(*whole));
            match (0..=highest).find(fits) {
                Some(whole) => return Ok(Some(whole)),
                None => number.to_string(),
            }
        }
        Some(Value::Bool(_)) => "a boolean".to_owned(),
        Some(Value::String(_)) => "a string".to_owned(),
        Some(Value::Array(_)) => "an array".to_owned(),
        Some(Value::Object(_)) => "an object".to_owned(),
    };
    Err(format!("\"{name}\" is {found}, not {wanted}"))
}

#[cfg(test)]
mod tests;
