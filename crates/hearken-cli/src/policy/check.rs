//! `hearken policy check`: what is wrong in a policy, and what is odd.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use hearken::Label;
use hearken_desk::policy::digest;
use hearken_desk::service::Target;
use serde::Serialize;

use super::args::CheckArgs;
use super::file::{PolicyFile, parse};
use crate::desk::{json_line, print};
use crate::models;

/// What is said of a policy.
#[derive(Debug, Default, Serialize)]
struct Findings {
    file: String,
    digest: String,
    /// One can't go by it.
    errors: Vec<String>,
    /// One can, but hardly means to.
    warnings: Vec<String>,
}

/// Prints what is found. False where something is wrong.
pub(super) fn check(args: &CheckArgs) -> Result<bool> {
    let file = args.file.file.display().to_string();
    let source = fs::read_to_string(&args.file.file).with_context(|| format!("policy {file}"))?;
    let mut found = Findings { digest: digest(&source), ..Findings::default() };
    match parse(&source, &file).and_then(|policy| policy.validate().map(|()| policy)) {
        Ok(policy) => found.warnings = odd(&policy),
        Err(error) => found.errors.push(format!("{error:#}")),
    }
    found.file = file;
    let right = found.errors.is_empty();
    if args.json.json {
        json_line(&found)?;
    } else {
        print(&found.told())?;
    }
    Ok(right)
}

impl Findings {
    fn told(&self) -> String {
        let lines = |kind: &str, findings: &[String]| -> String {
            findings.iter().map(|finding| format!("{kind}: {finding}\n")).collect()
        };
        let all = lines("error", &self.errors) + &lines("warning", &self.warnings);
        if all.is_empty() { format!("{}: nothing is wrong or odd.\n", self.file) } else { all }
    }
}

/// What nobody is likely to mean.
fn odd(policy: &PolicyFile) -> Vec<String> {
    let mut odd = Vec::new();
    of_minutes(policy, &mut odd);
    of_thresholds(policy, &mut odd);
    of_desk(policy, &mut odd);
    of_service(policy, &mut odd);
    of_routes(policy, &mut odd);
    of_examples(policy, &mut odd);
    odd
}

fn of_minutes(policy: &PolicyFile, odd: &mut Vec<String>) {
    let minutes = &policy.head_start;
    let gains = [minutes.grief, minutes.frustration, minutes.advice_seeking, minutes.advice_giving, minutes.reach];
    let most: f64 = gains.iter().chain(&minutes.urgency).filter(|gain| **gain > 0.0).sum();
    if most < minutes.queue_from {
        odd.push(format!(
            "[head-start] queue-from is {}, but all terms together give {most} at most: only grief would be queued",
            minutes.queue_from
        ));
    }
    if minutes.queue_from <= 0.0 {
        odd.push(format!("[head-start] queue-from is {}: every post would be queued", minutes.queue_from));
    }
    for (name, value) in [("grief", minutes.grief), ("frustration", minutes.frustration)] {
        if value < 0.0 {
            odd.push(format!("[head-start] {name} is {value}: whoever needs someone would wait longer"));
        }
    }
    if minutes.urgency.iter().any(|level| *level < 0.0) {
        odd.push("[head-start] urgency is negative: the more urgent would come later".to_owned());
    }
    for (name, value) in [("promotion", minutes.promotion), ("campaign", minutes.campaign)] {
        if value > 0.0 {
            odd.push(format!("[head-start] {name} is {value}: it would come before those who need someone"));
        }
    }
    let [first, second, third] = minutes.respond_within;
    if first < second || second < third {
        odd.push("[head-start] respond-within: the more urgent would be due later".to_owned());
    }
}

fn of_thresholds(policy: &PolicyFile, odd: &mut Vec<String>) {
    let has = |set: &str, name| models::manifest(Path::new(name)).is_ok_and(|model| model.threshold_set(set).is_ok());
    if let Some(set) =
        policy.thresholds.set.as_deref().filter(|set| !models::BUILT_IN.iter().any(|name| has(set, name)))
    {
        odd.push(format!("[thresholds] set is {set:?}, which no built-in model has"));
    }
    for label in Label::ALL {
        match policy.thresholds.own().get(label) {
            Some(0.0) => odd.push(format!("[thresholds] {label} is 0: every post would be {label}")),
            Some(1.0) => odd.push(format!("[thresholds] {label} is 1: hardly any post would be {label}")),
            _ => {}
        }
    }
}

fn of_desk(policy: &PolicyFile, odd: &mut Vec<String>) {
    let rules = &policy.desk;
    for (name, budget) in [("contact", &rules.contact), ("grief-contact", &rules.grief_contact)] {
        if budget.times == 0 {
            odd.push(format!("[desk.{name}] times is 0: nobody could ever be answered"));
        } else if budget.times > 1 && budget.quiet >= budget.within {
            odd.push(format!("[desk.{name}] quiet is as long as within: the second contact could never take place"));
        }
    }
    if rules.sample_per_day == 0 {
        odd.push("[desk] sample-per-day is 0: what the queue misses can't be audited".to_owned());
    }
    if rules.care.grief_in_a_row == 0 {
        odd.push("[desk.care] grief-in-a-row is 0, which is taken for 1".to_owned());
    }
}

fn of_service(policy: &PolicyFile, odd: &mut Vec<String>) {
    let targets = &policy.desk.service.targets;
    if targets.is_empty() {
        odd.push("[desk.service] has no target: nobody is ever late".to_owned());
    }
    for (place, target) in targets.iter().enumerate() {
        let goes_for_all = |other: &&Target| {
            other.labels.is_empty()
                && other.languages.is_empty()
                && other.team.is_none()
                && other.urgency_from <= target.urgency_from
        };
        if let Some(before) = targets[..place].iter().find(goes_for_all) {
            odd.push(format!(
                "target {:?} never counts: {:?} stands before it and goes for all its cases",
                target.name, before.name
            ));
        }
    }
    for (name, _) in
        policy.desk.service.calendars.iter().filter(|(name, _)| targets.iter().all(|it| it.hours != **name))
    {
        odd.push(format!("calendar {name:?}: no target counts in its hours"));
    }
}

fn of_routes(policy: &PolicyFile, odd: &mut Vec<String>) {
    let routes = &policy.desk.routes;
    for (place, route) in routes.iter().enumerate() {
        if let Some(before) = routes[..place].iter().find(|before| before.covers(route)) {
            odd.push(format!(
                "route {:?} is never asked: all that it is for goes to {:?}, which stands before it",
                route.name, before.name
            ));
        }
        if route.urgency_from.is_some_and(|from| from > 3.0) {
            odd.push(format!("route {:?} is for nobody: urgency is 3 at the most", route.name));
        }
        let tags = |tag: &&String| !hearken_desk::route::is_language(tag);
        if let Some(tag) = route.languages.iter().find(tags) {
            odd.push(format!("route {:?}: {tag:?} is no tag of a language, such as \"en\"", route.name));
        }
        if route.words.iter().any(|word| word.trim().is_empty()) {
            odd.push(format!("route {:?}: an empty word is in no text", route.name));
        }
    }
}

fn of_examples(policy: &PolicyFile, odd: &mut Vec<String>) {
    let examples = &policy.examples;
    for (place, example) in examples.iter().enumerate() {
        let name = &example.name;
        if examples[..place].iter().any(|other| other.name == *name) {
            odd.push(format!("two examples are called {name:?}"));
        }
        if example.text.is_none() && example.labels.is_none() {
            odd.push(format!("example {name:?} has no text, and doesn't say what is heard in it: give it labels"));
        }
        if let Some(other) = &example.expect.before
            && examples.iter().all(|example| example.name != *other)
        {
            odd.push(format!("example {name:?} is to come before {other:?}, which isn't there"));
        }
        if let Some(route) = &example.expect.route
            && policy.desk.routes.iter().all(|known| known.name != *route)
        {
            odd.push(format!("example {name:?} expects route {route:?}, which isn't there"));
        }
    }
}
