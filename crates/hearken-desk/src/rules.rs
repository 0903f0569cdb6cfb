//! The rules of a desk: how long a lease lasts, how often a person may be contacted, how much grief one colleague takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::intake::NewPost;
use crate::label::Label;
use crate::outbox::Hook;
use crate::route::Route;
use crate::service::ServiceLevels;
use crate::spike::Spikes;
use crate::time::readable;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The longest name of a person or a team, bytes.
pub(crate) const LONGEST_NAME: usize = 256;

/// Whether something can be the name of a person, a team or a view.
pub(crate) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

/// What the desk goes by. In what people write, names are `kebab-case`, and spans of time are written `"30m"`, `"12h"` or `"7d"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// How long a claim lasts.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub lease: Duration,
    /// Posts of one person belong to one case if the later came within so long of the one before, or in one conversation.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub case_within: Duration,
    /// How often a person may be contacted.
    pub contact: ContactBudget,
    /// The same for those who mourn.
    pub grief_contact: ContactBudget,
    /// From this urgency on, nobody is left alone because they were contacted before: the budget only warns.
    pub always_from: f64,
    /// What protects colleagues.
    pub care: Care,
    /// How many suppressed posts of a day are kept to be checked.
    pub sample_per_day: u32,
    /// Which team a post is for: the first route whose conditions hold decides; where none does, the post is everyone's.
    #[serde(rename = "route", skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Within what time a human is with whom.
    pub service: ServiceLevels,
    /// When many more tickets than usual are a spike.
    pub spikes: Spikes,
    /// Which of the team's own systems are told of what happens.
    #[serde(rename = "hook", skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
}

/// How often a person may be contacted by all colleagues together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContactBudget {
    /// So many times at the most
    pub times: u32,
    /// within so long.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub within: Duration,
    /// After one contact, so long none.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub quiet: Duration,
}

/// What protects those who read it all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Care {
    /// So many tickets of grief one after the other, then something else.
    pub grief_in_a_row: u32,
    /// A break of this length counts as something else.
    #[serde(with = "readable")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub rest: Duration,
    /// Texts of grief are blurred from this urgency on, until someone asks.
    pub blur_from: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            lease: HOUR / 2,
            case_within: DAY,
            contact: ContactBudget { times: 3, within: 7 * DAY, quiet: 12 * HOUR },
            grief_contact: ContactBudget { times: 2, within: 7 * DAY, quiet: DAY },
            always_from: 2.5,
            care: Care::default(),
            sample_per_day: 500,
            routes: Vec::new(),
            service: ServiceLevels::default(),
            spikes: Spikes::default(),
            hooks: Vec::new(),
        }
    }
}

impl Default for Care {
    fn default() -> Self {
        Self { grief_in_a_row: 3, rest: 2 * HOUR, blur_from: 2.5 }
    }
}

impl Rules {
    /// The budget that goes for a ticket.
    pub fn budget(&self, grief: bool) -> &ContactBudget {
        if grief { &self.grief_contact } else { &self.contact }
    }

    /// Makes sure that one can work by them.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the rule.
    pub fn check(&self) -> Result<()> {
        let fault = |fault: String| Err(Error::Invalid(fault));
        if self.lease.is_zero() {
            return fault("lease is nothing: whoever claims a ticket would lose it at once".to_owned());
        }
        let urgencies = [("always-from", self.always_from), ("care.blur-from", self.care.blur_from)];
        let of_routes = self.routes.iter().filter_map(|route| Some(("urgency-from of a route", route.urgency_from?)));
        if let Some((rule, urgency)) = urgencies.into_iter().chain(of_routes).find(|(_, urgency)| !urgency.is_finite())
        {
            return fault(format!("{rule} is {urgency}, it must be a number"));
        }
        if let Some(of_service) = self.service.faults().into_iter().next() {
            return fault(format!("service: {of_service}"));
        }
        if let Some(first) = Hook::faults(&self.hooks).into_iter().next() {
            return fault(first);
        }
        if !(self.spikes.times.is_finite() && self.spikes.chance.is_finite()) {
            return fault("times and chance of spikes must be numbers".to_owned());
        }
        for (place, route) in self.routes.iter().enumerate() {
            if !is_name(&route.name) || !is_name(&route.team) {
                let place = place + 1;
                return fault(format!(
                    "route {place}: its name and its team need 1 to 256 bytes without control characters"
                ));
            }
            if self.routes[..place].iter().any(|other| other.name == route.name) {
                return fault(format!("two routes are called {:?}", route.name));
            }
        }
        Ok(())
    }
}

impl Care {
    /// Whether the text of a post is shown only to those who ask.
    pub fn blurs(&self, post: &NewPost) -> bool {
        post.labels.contains(Label::Grief) && post.urgency >= self.blur_from
    }
}
