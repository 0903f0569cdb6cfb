//! Judging the labelled posts through the pipeline that users run, its annotated records read back.

use std::io;
use std::path::Path;
use std::sync::mpsc;

use anyhow::Result;
use hearken::{Label, Pipeline, Post};
use hearken_eval::{Prediction, Predictions, Question};
use serde::Deserialize;

use crate::models;
use crate::settings::Settings;

/// A record of the annotated output, as far as it counts here. Of a post that was left unjudged, values are null.
#[derive(Deserialize)]
struct Record {
    id: String,
    labels: Option<Labels>,
    advice: Option<Advice>,
    assigned: Vec<Label>,
    urgency: Option<f64>,
    priority: Option<f64>,
}

#[derive(Deserialize)]
struct Labels {
    grief: f64,
    frustration: f64,
    advice: f64,
    promotion: f64,
}

#[derive(Deserialize)]
struct Advice {
    seeking: f64,
    giving: f64,
}

/// Runs all posts through `model`, with thresholds and policy of the settings. A post without a record counts as unjudged.
/// `told` is called for each post that went in.
pub(super) fn judge(
    model: &Path,
    posts: &[Post<'static>],
    settings: &Settings,
    told: impl Fn(),
) -> Result<Predictions> {
    // As many records wait in the channel as there are posts, which are held anyway.
    let (records, judged) = mpsc::channel();
    let mut builder = Pipeline::builder(models::load(model)?)
        .queue(0, hearken::WhenFull::KeepBest)
        .policy(settings.policy())
        .thresholds(settings.thresholds())
        .annotated(Box::new(move |lines| read(lines, &records)));
    if let Some(workers) = settings.workers {
        builder = builder.workers(workers);
    }
    let pipeline = builder.start()?;
    let name = pipeline.judge().to_owned();
    let feeder = pipeline.feeder();
    for (number, post) in posts.iter().enumerate() {
        // Ids of a file may be missing or come twice; a number finds its way back.
        let mut post = post.clone();
        post.id = number.to_string().into();
        if feeder.submit(post).is_err() {
            // `finish` tells why.
            break;
        }
        told();
    }
    pipeline.finish()?;
    let mut predictions = vec![Prediction::unjudged(); posts.len()];
    for (number, prediction) in judged {
        if let Some(place) = predictions.get_mut(number) {
            *place = prediction;
        }
    }
    Ok(Predictions { model: name, posts: predictions })
}

/// Reads records, one a line, and sends on what they say of which post.
fn read(lines: &[u8], records: &mpsc::Sender<(usize, Prediction)>) -> io::Result<()> {
    for record in serde_json::Deserializer::from_slice(lines).into_iter::<Record>() {
        let record = record?;
        let number = record.id.parse().map_err(io::Error::other)?;
        records.send((number, record.prediction())).map_err(io::Error::other)?;
    }
    Ok(())
}

impl Record {
    fn prediction(&self) -> Prediction {
        let mut prediction = Prediction::unjudged();
        let (Some(labels), Some(urgency), Some(priority)) = (&self.labels, self.urgency, self.priority) else {
            return prediction;
        };
        prediction.probabilities[Question::Grief] = labels.grief;
        prediction.probabilities[Question::Frustration] = labels.frustration;
        prediction.probabilities[Question::Advice] = labels.advice;
        prediction.probabilities[Question::Promotion] = labels.promotion;
        if let Some(advice) = &self.advice {
            prediction.probabilities[Question::AdviceSeeking] = advice.seeking;
            prediction.probabilities[Question::AdviceGiving] = advice.giving;
        }
        for label in &self.assigned {
            prediction.assigned[question(*label)] = Some(true);
        }
        Prediction { urgency, priority, judged: true, ..prediction }
    }
}

fn question(label: Label) -> Question {
    match label {
        Label::Grief => Question::Grief,
        Label::Frustration => Question::Frustration,
        Label::Advice => Question::Advice,
        Label::Promotion => Question::Promotion,
    }
}

#[cfg(test)]
mod tests;
