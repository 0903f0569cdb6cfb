//! `--budget`: how much of the machine the careful model of a cascade may take.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// A share of the time, a delay, or both, as typed: `25%`, `200ms`, `25%,200ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Budget {
    share: Option<f64>,
    delay: Option<Duration>,
}

impl From<Budget> for hearken::Budget {
    fn from(Budget { share, delay }: Budget) -> Self {
        let default = Self::default();
        Self { share: share.unwrap_or(default.share), delay: delay.unwrap_or(default.delay) }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        for part in text.split(',').map(str::trim) {
            let twice = if let Some(percent) = part.strip_suffix('%') {
                budget.share.replace(share(percent)?).is_some()
            } else {
                budget.delay.replace(delay(part)?).is_some()
            };
            if twice {
                return Err(format!("{text:?} names two of a kind; it must look like 25%, 200ms or 25%,200ms"));
            }
        }
        Ok(budget)
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn share(percent: &str) -> Result<f64, String> {
    match percent.trim().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(format!("{percent:?} is no share; it must be from 0% to 100%")),
    }
}

fn delay(text: &str) -> Result<Duration, String> {
    let unusable = || format!("{text:?} is neither a share like 25% nor a time like 200ms");
    let delay: SignedDuration = text.parse().map_err(|_| unusable())?;
    Duration::try_from(delay).map_err(|_| unusable())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_a_delay_or_both() {
        let default = hearken::Budget::default();
        for (text, share, delay) in [
            ("40%", 0.4, default.delay),
            ("200ms", default.share, Duration::from_millis(200)),
            ("0%, 1s", 0.0, Duration::from_secs(1)),
            ("2m,100%", 1.0, Duration::from_secs(120)),
        ] {
            let budget = text.parse::<Budget>().map(hearken::Budget::from);
            assert_eq!(budget, Ok(hearken::Budget { share, delay }), "of {text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "40", "101%", "-1%", "NaN%", "20%,30%", "1s,2s", "-1s", "fast"] {
            let refused = text.parse::<Budget>();
            assert!(refused.is_err(), "{text:?} became {refused:?}");
        }
    }
}
