//! Charts of an evaluation, as SVG: which there are and what is in them. `draw` puts them on paper.

mod draw;

use std::path::Path;

use anyhow::{Context, Result};
use hearken_eval::{Predictions, Question, Truth, curve};

use crate::output::text;
use draw::{Chart, Line, Mark, Panel};

/// Characters of a model's name that are shown.
const SHOWN_OF_NAME: usize = 60;

/// Radius of the mark where labels are assigned, and of the smallest and the largest bin, pixels.
const DECISION: i32 = 6;
const BIN: (f64, f64) = (3.0, 8.0);

/// Writes all charts into the folder, which is made where it isn't there.
pub(super) fn write(dir: &Path, truths: &[Truth], models: &[&Predictions]) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let charts = [
        ("precision-recall.svg", precision_recall(truths, models)),
        ("reliability.svg", reliability(truths, models)),
        ("queue-depth.svg", queue_depth(truths, models)),
    ];
    for (file, chart) in charts {
        let path = dir.join(file);
        std::fs::write(&path, draw::svg(&chart)?).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn names(models: &[&Predictions]) -> Vec<String> {
    models.iter().map(|model| text::plain(&model.model, SHOWN_OF_NAME)).collect()
}

fn precision_recall(truths: &[Truth], models: &[&Predictions]) -> Chart {
    let panel = |label| {
        let (known, positives) = counts(truths, label);
        let line = |model: &&Predictions| Line {
            points: steps(&curve::precision_recall(label, truths, &model.posts)),
            marks: decision(label, truths, model).into_iter().collect(),
        };
        let base_rate = positives as f64 / known.max(1) as f64;
        let reference = (positives > 0).then_some([(0.0, base_rate), (1.0, base_rate)]);
        Panel { title: title(label.name(), known, positives), reference, lines: models.iter().map(line).collect() }
    };
    Chart {
        title: "Precision and recall".to_owned(),
        x: "recall: share of the positives that are found".to_owned(),
        y: "precision: share that is right".to_owned(),
        models: names(models),
        reference: "in random order".to_owned(),
        marks: "where the label is assigned".to_owned(),
        panels: Question::LABELS.into_iter().map(panel).collect(),
    }
}

/// The curve as the steps under which average precision is the area.
fn steps(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut before = 0.0;
    let mut points = Vec::new();
    for &(recall, precision) in curve.iter().filter(|(recall, _)| *recall > 0.0) {
        if recall > before {
            points.extend([(before, precision), (recall, precision)]);
        }
        before = recall;
    }
    points
}

/// Recall and precision of the decisions, where they are defined.
fn decision(label: Question, truths: &[Truth], model: &Predictions) -> Option<Mark> {
    let (mut positives, mut assigned, mut right) = (0, 0, 0);
    for (truth, prediction) in truths.iter().zip(&model.posts) {
        let Some(positive) = truth.labels[label] else { continue };
        let chosen = prediction.assigned[label] == Some(true);
        positives += u32::from(positive);
        assigned += u32::from(chosen);
        right += u32::from(positive && chosen);
    }
    let share = |of: u32| (of > 0).then(|| f64::from(right) / f64::from(of));
    Some(Mark { at: (share(positives)?, share(assigned)?), radius: DECISION })
}

fn reliability(truths: &[Truth], models: &[&Predictions]) -> Chart {
    let panel = |label| {
        let (known, positives) = counts(truths, label);
        let line = |model: &&Predictions| {
            let bins = curve::reliability(label, truths, &model.posts);
            let radius = |posts: usize| BIN.0 + (BIN.1 - BIN.0) * (posts as f64 / known as f64).sqrt();
            let marks = bins
                .iter()
                .map(|bin| Mark { at: (bin.probability, bin.positives), radius: radius(bin.posts).round() as i32 });
            Line { points: bins.iter().map(|bin| (bin.probability, bin.positives)).collect(), marks: marks.collect() }
        };
        let reference = (known > 0).then_some([(0.0, 0.0), (1.0, 1.0)]);
        Panel { title: title(label.name(), known, positives), reference, lines: models.iter().map(line).collect() }
    };
    Chart {
        title: "Reliability".to_owned(),
        x: "mean probability in the bin".to_owned(),
        y: "share of positives in the bin".to_owned(),
        models: names(models),
        reference: "calibrated".to_owned(),
        marks: "a bin; the larger, the more posts".to_owned(),
        panels: Question::LABELS.into_iter().map(panel).collect(),
    }
}

fn queue_depth(truths: &[Truth], models: &[&Predictions]) -> Chart {
    let panel = |title: String, found: &dyn Fn(&Predictions) -> Vec<(f64, f64)>| {
        let lines: Vec<Line> = models.iter().map(|model| Line { points: found(model), marks: Vec::new() }).collect();
        let any = lines.iter().any(|line| !line.points.is_empty());
        Panel { title, reference: any.then_some([(0.0, 0.0), (1.0, 1.0)]), lines }
    };
    let mut panels: Vec<Panel> = Question::LABELS
        .into_iter()
        .map(|label| {
            let (known, positives) = counts(truths, label);
            let found = |model: &Predictions| curve::recall_by_depth(label, truths, &model.posts);
            panel(title(label.name(), known, positives), &found)
        })
        .collect();
    let urgencies = || truths.iter().filter_map(|truth| truth.urgency);
    let urgent = title("urgency 3", urgencies().count(), urgencies().filter(|urgency| *urgency == 3).count());
    panels.push(panel(urgent, &|model| curve::urgent_by_depth(truths, &model.posts)));
    Chart {
        title: "Recall by queue depth".to_owned(),
        x: "share of the posts that are read, in order of priority".to_owned(),
        y: "recall: share that is found".to_owned(),
        models: names(models),
        reference: "in random order".to_owned(),
        marks: String::new(),
        panels,
    }
}

/// Of how many posts the answer is known, and how often it is yes.
fn counts(truths: &[Truth], question: Question) -> (usize, usize) {
    let answers = || truths.iter().filter_map(|truth| truth.labels[question]);
    (answers().count(), answers().filter(|answer| *answer).count())
}

fn title(name: &str, known: usize, positives: usize) -> String {
    format!("{name}: {} of {} posts", text::count(positives as u64), text::count(known as u64))
}

#[cfg(test)]
mod tests;
