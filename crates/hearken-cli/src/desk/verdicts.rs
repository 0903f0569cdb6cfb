//! `hearken desk verdicts`: what people said of what was heard, to be read or to be trained on.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use hearken::Timestamp;
use hearken::kept::Kept;
use hearken::redact::{Redact, Redactor};
use hearken_desk::{Error, Feedback, Origin, Truth};
use serde::Serialize;

use super::args::VerdictsArgs;
use super::{Session, words};
use crate::output::text;

/// What the rows are called among others that a model is trained on.
const SOURCE: &str = "desk";

/// A verdict, for programs. Holds no word of the post.
#[derive(Serialize)]
struct Verdict<'a> {
    post: &'a str,
    origin: Origin,
    by: &'a str,
    at: Timestamp,
    model: Option<String>,
    truth: Truth,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<f64>,
}

/// A row of training data, as `scripts/train` reads it: 1 or 0, and null where nobody said so.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    source: &'static str,
    text: &'a str,
    grief: Option<u8>,
    frustration: Option<u8>,
    advice_seeking: Option<u8>,
    advice_giving: Option<u8>,
    promotion: Option<u8>,
    /// 0 to 3.
    urgency: Option<u8>,
    /// Whether it is 2 or more, where the level is not known.
    urgent: Option<u8>,
    stratum: &'static str,
}

impl Session {
    pub(super) fn verdicts(&self, args: &VerdictsArgs) -> Result<bool> {
        let redactor = Redactor::new(Redact { handles: false })?;
        let mut out = BufWriter::new(io::stdout().lock());
        let failed =
            |error: io::Error| Error::Store { message: "a verdict can't be printed".to_owned(), source: error.into() };
        self.desk.feedback(|feedback| {
            if args.since.is_some_and(|since| feedback.at < since) {
                return Ok(());
            }
            let id = format!("{}/{}", feedback.post.platform, feedback.post.id);
            let line = match (args.training, self.print.json) {
                (true, _) => serde_json::to_string(&Row::new(&id, &feedback, &redactor.text(&feedback.post.text))),
                (false, true) => serde_json::to_string(&Verdict::new(&id, &feedback)),
                (false, false) => Ok(told(&id, &feedback)),
            };
            let line = line.map_err(io::Error::from).map_err(failed)?;
            writeln!(out, "{line}").map_err(failed)
        })?;
        out.flush()?;
        Ok(true)
    }
}

impl<'a> Verdict<'a> {
    fn new(post: &'a str, feedback: &'a Feedback) -> Self {
        let Feedback { post: judged, truth, origin, by, at, stands_for } = feedback;
        let model = Kept::from_json(&judged.record).map(|kept| kept.judge).ok();
        Self { post, origin: *origin, by, at: *at, model, truth: *truth, stands_for: *stands_for }
    }
}

impl<'a> Row<'a> {
    fn new(id: &'a str, feedback: &Feedback, text: &'a str) -> Self {
        let Truth { grief, frustration, advice_seeking, advice_giving, promotion, urgency, urgent } = feedback.truth;
        Self {
            id,
            source: SOURCE,
            text,
            grief: grief.map(u8::from),
            frustration: frustration.map(u8::from),
            advice_seeking: advice_seeking.map(u8::from),
            advice_giving: advice_giving.map(u8::from),
            promotion: promotion.map(u8::from),
            urgency,
            urgent: urgent.map(u8::from),
            stratum: feedback.origin.name(),
        }
    }
}

/// `Nov 20 22:05 ann relabelled example/7: advice_seeking, urgency 2; not grief`.
fn told(id: &str, feedback: &Feedback) -> String {
    let Feedback { truth, origin, by, at, .. } = feedback;
    let heads = [
        ("grief", truth.grief),
        ("frustration", truth.frustration),
        ("advice_seeking", truth.advice_seeking),
        ("advice_giving", truth.advice_giving),
        ("promotion", truth.promotion),
        ("urgent", truth.urgent),
    ];
    let named =
        |wanted| heads.iter().filter(move |(_, said)| *said == Some(wanted)).map(|(name, _)| (*name).to_owned());
    let mut there: Vec<String> = named(true).collect();
    there.extend(truth.urgency.map(|urgency| format!("urgency {urgency}")));
    let not = named(false).collect::<Vec<_>>().join(", ");
    let mut said = there.join(", ");
    if !not.is_empty() {
        said += &format!("{}not {not}", if said.is_empty() { "" } else { "; " });
    }
    let id = text::plain(id, 200);
    format!("{} {} {} {id}: {said}", text::moment(*at), words::name(by), origin.name())
}
