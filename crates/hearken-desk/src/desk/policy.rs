//! The policy in force. It is read in the transaction that goes by it, so a desk that stays open, such as that of a run, goes by a
//! new one from the next step on.

use super::{Desk, LONGEST_LIST, check_name};
use crate::error::{Error, Result};
use crate::policy::{Adopted, digest};
use crate::rules::Rules;
use crate::store::{Rows, Store};
use crate::time::{Timestamp, whole};

/// The longest text of a policy, bytes.
const LONGEST_SOURCE: usize = 1024 * 1024;

impl<S: Store> Desk<S> {
    /// What the desk goes by now.
    ///
    /// # Errors
    /// What was adopted is unknown to this release, or the store fails.
    pub fn rules(&self) -> Result<Rules> {
        self.read(|rows| self.rules_in(rows))
    }

    /// The policy in force; none before one was adopted, when the desk goes by the rules that it was made with.
    ///
    /// # Errors
    /// The store fails.
    pub fn policy(&self) -> Result<Option<Adopted>> {
        self.read(|rows| rows.policy())
    }

    /// The policies that were ever adopted, the latest first, at most [`LONGEST_LIST`]; those `before` a number.
    ///
    /// # Errors
    /// The store fails.
    pub fn policies(&self, before: Option<i64>, limit: usize) -> Result<Vec<Adopted>> {
        self.read(|rows| rows.policies(before.unwrap_or(i64::MAX), limit.min(LONGEST_LIST)))
    }

    /// From now on everyone at this desk goes by these rules. `source` is what people wrote them in, and is kept as it is. Returns
    /// none if just that is in force already.
    ///
    /// # Errors
    /// The rules make no sense, the name is unusable, the source is longer than a megabyte; or the store fails.
    pub fn adopt(&self, rules: &Rules, source: &str, by: &str, now: Timestamp) -> Result<Option<Adopted>> {
        check_name(by)?;
        rules.check()?;
        if source.len() > LONGEST_SOURCE {
            return Err(Error::Invalid(format!(
                "a policy is at most {LONGEST_SOURCE} bytes long, not {}",
                source.len()
            )));
        }
        let json = serde_json::to_string(rules).map_err(|error| Error::store("the rules can't be written", error))?;
        let adopted = self.write(|rows| {
            let last = rows.policy()?;
            if last.as_ref().is_some_and(|last| last.rules == json && last.source == source) {
                return Ok(None);
            }
            let adopted = Adopted {
                seq: last.map_or(1, |last| last.seq + 1),
                at: whole(now),
                by: by.to_owned(),
                digest: digest(source),
                rules: json.clone(),
                source: source.to_owned(),
            };
            rows.put_policy(&adopted)?;
            Ok(Some(adopted))
        })?;
        if adopted.is_some() {
            self.reset_clocks()?;
        }
        Ok(adopted)
    }

    /// What goes in a transaction.
    pub(super) fn rules_in(&self, rows: &dyn Rows) -> Result<Rules> {
        let Some(Adopted { seq, rules, .. }) = rows.policy()? else { return Ok(self.rules.clone()) };
        serde_json::from_str(&rules).map_err(|error| {
            Error::Invalid(format!(
                "policy {seq} of this desk can't be read, a later release may have adopted it: {error}"
            ))
        })
    }
}
