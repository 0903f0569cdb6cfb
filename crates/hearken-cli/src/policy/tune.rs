//! `hearken policy tune`: which thresholds people's verdicts speak for, and what they would bring. It changes nothing unasked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use comfy_table::{ContentArrangement, Table, presets};
use hearken::Label;
use hearken::kept::Kept;
use hearken_desk::{Feedback, Origin};
use hearken_eval::tune::{Goal, Judged, Proposal, Quality, Tuned, tune};
use serde::Serialize;

use super::args::TuneArgs;
use super::file::{DEFAULTS, Loaded, parse};
use crate::desk::{self, json_line, print};
use crate::output::table;

/// Draws of the bootstrap, and where they begin: the same verdicts give the same proposal.
const RESAMPLES: u32 = 1000;
const SEED: u64 = 1;

/// What a threshold is to be good for, as it is typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypedGoal(Goal);

impl FromStr for TypedGoal {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if typed == "f1" {
            return Ok(Self(Goal::F1));
        }
        let recall = typed.strip_prefix("recall=").and_then(|share| share.parse().ok());
        match recall.filter(|share| (0.0..=1.0).contains(share)) {
            Some(share) => Ok(Self(Goal::Recall(share))),
            None => Err("a goal is f1, or recall=0.95 for the best precision with that recall".to_owned()),
        }
    }
}

/// What people's verdicts say of one label.
#[derive(Serialize)]
struct Tuning {
    label: Label,
    /// Verdicts on this label,
    verdicts: usize,
    /// of these on posts that have it,
    with: usize,
    /// and on posts that were passed over, drawn at random.
    audited: usize,
    /// Verdicts by what had judged the post.
    models: BTreeMap<String, usize>,
    result: Tuned,
    /// Whether it is worth a change: a clear gain, or what was asked for.
    adopt: bool,
    #[serde(skip)]
    judged: Vec<Judged>,
}

pub(super) fn run(args: &TuneArgs) -> Result<()> {
    let TypedGoal(goal) = args.goal;
    if let Some(path) = &args.write {
        ensure!(!path.exists(), "{} is there already; --write names a new file", path.display());
    }
    let desk = desk::open_named(args.desk.desk.as_ref(), args.desk.tenant.as_ref())?;
    let source = match &args.policy {
        Some(path) => Loaded::read(path)?.source,
        None => desk.policy()?.map(|adopted| adopted.source).unwrap_or_default(),
    };
    let mut tunings = Label::ALL.map(Tuning::new);
    desk.feedback(|feedback| {
        tunings.iter_mut().for_each(|tuning| tuning.hear(&feedback));
        Ok(())
    })?;
    for tuning in &mut tunings {
        tuning.tune(goal);
    }
    match args.json.json {
        true => tunings.iter().try_for_each(json_line)?,
        false => print(&told(&tunings))?,
    }
    if let Some(path) = &args.write {
        write(path, if source.is_empty() { DEFAULTS } else { &source }, &tunings)?;
    }
    Ok(())
}

impl Tuning {
    fn new(label: Label) -> Self {
        let result = Tuned::TooFew { with: 0, without: 0 };
        let (judged, models) = (Vec::new(), BTreeMap::new());
        Self { label, verdicts: 0, with: 0, audited: 0, models, result, adopt: false, judged }
    }

    /// Takes a verdict if it says anything of the label.
    fn hear(&mut self, feedback: &Feedback) {
        let is_audit = feedback.origin == Origin::Audited;
        // What was drawn without an even chance would count for too much or too little.
        let weight = if is_audit { feedback.stands_for } else { Some(1.0) };
        let truth = feedback.truth.label(on_desk(self.label));
        let (Some(positive), Some(weight), Ok(kept)) = (truth, weight, Kept::from_json(&feedback.post.record)) else {
            return;
        };
        let probability = kept.judgement.probability(self.label).value();
        let assigned = kept.judgement.assigned.contains(self.label);
        self.judged.push(Judged { probability, assigned, positive, weight });
        self.verdicts += 1;
        self.with += usize::from(positive);
        self.audited += usize::from(is_audit);
        *self.models.entry(kept.judge).or_default() += 1;
    }

    fn tune(&mut self, goal: Goal) {
        self.result = tune(&self.judged, goal, RESAMPLES, SEED);
        self.adopt = match (&self.result, goal) {
            (Tuned::Proposed(_), Goal::Recall(_)) => true,
            (Tuned::Proposed(proposal), Goal::F1) => {
                proposal.change.clear && proposal.change.estimate.value.is_some_and(|change| change > 0.0)
            }
            _ => false,
        };
    }

    fn threshold(&self) -> Option<f64> {
        match &self.result {
            Tuned::Proposed(proposal) if self.adopt => Some(proposal.threshold),
            _ => None,
        }
    }
}

fn on_desk(label: Label) -> hearken_desk::Label {
    match label {
        Label::Grief => hearken_desk::Label::Grief,
        Label::Frustration => hearken_desk::Label::Frustration,
        Label::Advice => hearken_desk::Label::Advice,
        Label::Promotion => hearken_desk::Label::Promotion,
    }
}

const HEADER: [&str; 5] = ["label", "threshold", "precision", "recall", "F1"];

const EXPLAINED: &str = "\
Before is as each post was decided. After is measured on verdicts that the threshold was not chosen by; in brackets what 95 % of the
draws come to. Verdicts from the desk are those that colleagues chose to give, mostly on mistakes: both figures are worse than they are
on all posts, and tell which threshold is better, not how good it is. Audited posts stand for all that were passed over.
";

fn told(tunings: &[Tuning]) -> String {
    let mut out = String::new();
    let rows = tunings.iter().filter_map(|tuning| match &tuning.result {
        Tuned::Proposed(proposal) => Some(rows(tuning, proposal)),
        _ => None,
    });
    let rows: Vec<[String; 5]> = rows.flatten().collect();
    if !rows.is_empty() {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.force_no_tty().set_width(table::width());
        table.set_header(HEADER).add_rows(rows);
        table.lines().for_each(|line| out += &format!("{}\n", line.trim_end()));
        out += &format!("\n{EXPLAINED}\n");
    }
    for tuning in tunings {
        out += &format!("{}\n", verdict(tuning));
    }
    out
}

fn rows(tuning: &Tuning, proposal: &Proposal) -> [[String; 5]; 2] {
    let figures = |quality: &Quality| {
        [quality.precision, quality.recall, quality.f1].map(|estimate| {
            let figure = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
            format!("{} [{}, {}]", figure(estimate.value), figure(estimate.low), figure(estimate.high))
        })
    };
    let row = |first: &str, second: String, quality: &Quality| {
        let [precision, recall, f1] = figures(quality);
        [first.to_owned(), second, precision, recall, f1]
    };
    [
        row(tuning.label.name(), "before".to_owned(), &proposal.before),
        row("", format!("{:.4}", proposal.threshold), &proposal.after),
    ]
}

/// What follows for a label, in a sentence.
fn verdict(tuning: &Tuning) -> String {
    let Tuning { label, verdicts, with, audited, .. } = tuning;
    let behind = format!("{verdicts} verdicts, {with} of them on posts with it, {audited} from audits");
    match &tuning.result {
        Tuned::Proposed(proposal) if tuning.adopt => {
            format!("{label}: {:.4} is proposed ({behind})", proposal.threshold)
        }
        Tuned::Proposed(_) => format!("{label}: no clear gain, so it stays as it is ({behind})"),
        Tuned::OutOfReach => format!("{label}: no threshold reaches that recall ({behind})"),
        Tuned::TooFew { with, without } => {
            let missing = [(with, "with"), (without, "without")];
            let missing = missing
                .iter()
                .filter(|(count, _)| **count > 0)
                .map(|(count, what)| format!("{count} more on posts {what} it"));
            format!(
                "{label}: too few verdicts to propose anything, {} ({behind})",
                missing.collect::<Vec<_>>().join(" and ")
            )
        }
    }
}

/// Writes the policy with the thresholds that are worth a change; all else stays as it was, comments too.
fn write(path: &Path, source: &str, tunings: &[Tuning]) -> Result<()> {
    let mut policy: toml_edit::DocumentMut = source.parse().context("the policy")?;
    for tuning in tunings {
        if let Some(threshold) = tuning.threshold() {
            policy["thresholds"][tuning.label.name()] = toml_edit::value(threshold);
        }
    }
    let policy = policy.to_string();
    let name = path.display().to_string();
    parse(&policy, &name)?.validate()?;
    fs::write(path, policy).with_context(|| name.clone())?;
    crate::output::say(format_args!("{name} is written; hearken policy apply {name} has a desk go by it"));
    Ok(())
}
