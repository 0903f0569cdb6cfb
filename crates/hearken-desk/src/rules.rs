//! The rules of a desk: how long a lease lasts, how often a person may be contacted, how much grief one colleague takes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::intake::NewPost;
use crate::label::Label;
use crate::outbox::Hook;
use crate::spike::Spikes;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the desk goes by. As JSON or TOML, durations are whole seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// How long a claim lasts.
    #[serde(with = "seconds")]
    pub lease: Duration,
    /// Posts of one person belong to one case if the later came within so long of the one before, or in one conversation.
    #[serde(with = "seconds")]
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
    /// When many more tickets than usual are a spike.
    pub spikes: Spikes,
    /// Who is told of what happens. In a policy file the last of the desk's tables: `[[hooks]]`.
    pub hooks: Vec<Hook>,
}

/// How often a person may be contacted by all colleagues together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactBudget {
    /// So many times at the most
    pub times: u32,
    /// within so long.
    #[serde(with = "seconds")]
    pub within: Duration,
    /// After one contact, so long none.
    #[serde(with = "seconds")]
    pub quiet: Duration,
}

/// What protects those who read it all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Care {
    /// So many tickets of grief one after the other, then something else.
    pub grief_in_a_row: u32,
    /// A break of this length counts as something else.
    #[serde(with = "seconds")]
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
}

impl Care {
    /// Whether the text of a post is shown only to those who ask.
    pub fn blurs(&self, post: &NewPost) -> bool {
        post.labels.contains(Label::Grief) && post.urgency >= self.blur_from
    }
}

pub(crate) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}
