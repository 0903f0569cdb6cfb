//! `hearken policy test`: posts that the policy itself holds, and what is to become of them.

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use hearken::label::LabelSet;
use hearken::policy::{Disposition, Minutes, Term};
use hearken::{Explainer, Label};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::args::TestArgs;
use super::file::Loaded;
use super::trial::{Tried, becomes, names, try_all};
use crate::desk::{json_line, print};
use crate::models;
use crate::output::{table, text};

/// A post, and what is to become of it. It has a text, which the model judges, or says what is heard in it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Example {
    /// Its name, by which others refer to it.
    pub(crate) name: String,
    /// What it says.
    pub(crate) text: Option<String>,
    /// What is heard in it, whatever a model would say.
    pub(crate) labels: Option<Vec<Label>>,
    /// How urgent it is, 0 to 3; with `labels`.
    #[schemars(range(min = 0.0, max = 3.0))]
    pub(crate) urgency: Option<f64>,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// The network that it was written on.
    pub(crate) platform: Option<String>,
    /// The tag of its language.
    pub(crate) lang: Option<String>,
    /// How many see it.
    pub(crate) reach: Option<u64>,
    /// What is to become of it.
    #[serde(default)]
    pub(crate) expect: Expect,
}

/// What is to become of an example. What is not given doesn't matter.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    /// Whether it waits for a human, is held back, or needs nobody.
    pub(crate) disposition: Option<Disposition>,
    /// The labels that it is assigned, and no others.
    pub(crate) labels: Option<Vec<Label>>,
    /// The route that decides.
    pub(crate) route: Option<String>,
    /// The team that gets it; "" is everyone's.
    pub(crate) team: Option<String>,
    /// Its rank among the queued examples, all written at the same time, from 1.
    #[schemars(range(min = 1))]
    pub(crate) rank: Option<usize>,
    /// It comes before this other example.
    pub(crate) before: Option<String>,
}

/// Tries all examples of a policy and prints what became of them. False where one failed.
pub(super) fn test(args: &TestArgs) -> Result<bool> {
    let Loaded { policy, .. } = Loaded::read(&args.file.file)?;
    // A model takes a while to load; who says what is heard needs none.
    let explainer = match policy.examples.iter().any(|example| example.labels.is_none()) {
        true => {
            let model = models::load(args.model.as_deref().unwrap_or(models::CASCADE.as_ref()))?;
            Some(Explainer::new(&model, &policy.thresholds_under(&hearken::Thresholds::default()), policy.engine())?)
        }
        false => None,
    };
    let judge = explainer.as_ref().map(|explainer| explainer.judge().to_owned());
    let tried = try_all(&policy, explainer)?;
    let failed = tried.iter().filter(|tried| !tried.faults.is_empty()).count();
    if args.json.json {
        tried.iter().try_for_each(|tried| json_line(&Record::new(tried)))?;
    } else {
        print(&render(&tried, judge.as_deref(), failed))?;
    }
    Ok(failed == 0)
}

/// What became of an example, for programs.
#[derive(Serialize)]
struct Record<'a> {
    example: &'a str,
    ok: bool,
    faults: &'a [String],
    assigned: LabelSet,
    urgency: f64,
    priority: Minutes,
    why: Vec<Term>,
    disposition: Disposition,
    rank: Option<usize>,
    route: Option<&'a str>,
    team: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn new(tried: &'a Tried<'_>) -> Self {
        Self {
            example: &tried.example.name,
            ok: tried.faults.is_empty(),
            faults: &tried.faults,
            assigned: tried.assigned,
            urgency: tried.urgency,
            priority: tried.head_start.total(),
            why: tried.head_start.why(),
            disposition: tried.disposition,
            rank: tried.rank,
            route: tried.route.map(|route| &*route.name),
            team: tried.team(),
        }
    }
}

fn render(tried: &[Tried<'_>], judge: Option<&str>, failed: usize) -> String {
    if tried.is_empty() {
        return "The policy holds no examples: [[example]] in hearken policy init shows how they look.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(table::width());
    table.set_header(["", "example", "heard", "head start", "becomes", "team"]);
    for one in tried {
        let mut name = text::plain(&one.example.name, 60);
        one.faults.iter().for_each(|fault| name += &format!("\n{fault}"));
        let rank = one.rank.map(|rank| format!(", rank {rank}")).unwrap_or_default();
        table.add_row([
            if one.faults.is_empty() { "✓" } else { "✗" }.to_owned(),
            name,
            format!("{}\nurgency {:.1}", names(one.assigned.iter()), one.urgency),
            text::span(one.head_start.total()),
            format!("{}{rank}", becomes(one.disposition)),
            one.route.map_or("everyone's".to_owned(), |route| format!("{}\nby {}", route.team, route.name)),
        ]);
    }
    let judged = judge.map(|judge| format!(", texts judged by {judge}")).unwrap_or_default();
    let count = tried.len();
    format!("{table}\n{count} {}, {failed} failed{judged}\n", if count == 1 { "example" } else { "examples" })
}
