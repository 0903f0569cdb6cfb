//! Export and import: all rows of a desk, one after the other, as they are.

use super::Desk;
use crate::error::{Error, Result};
use crate::state::State;
use crate::store::{Filter, Row, Store, Survives};
use crate::time::Timestamp;

impl<S: Store> Desk<S> {
    /// Hands over every row, from one consistent state: the trail first, then what it explains. Nothing is held in memory but the
    /// row at hand. Who had how much grief lately is left out.
    ///
    /// # Errors
    /// `sink` or the store fails.
    pub fn export(&self, mut sink: impl FnMut(Row) -> Result<()>) -> Result<()> {
        self.read(|rows| rows.export(&mut sink))
    }

    /// Takes exported rows into a desk that is empty, all or none. Returns how many.
    ///
    /// # Errors
    /// The desk is not empty, a row of the iterator is an error, or the store fails.
    pub fn import(&self, rows: impl IntoIterator<Item = Result<Row>>) -> Result<u64> {
        let mut rows = Some(rows);
        // Nobody is told: what others were to hear of it is among the rows.
        self.store.write(&self.tenant, Survives::PowerCut, |desk| {
            // They can be read once only.
            let Some(rows) = rows.take() else {
                return Err(Error::Invalid(
                    "the store failed amid the import; nothing was imported, try again".to_owned(),
                ));
            };
            let any = Filter { states: State::NAMES.map(str::to_owned).to_vec(), ..Filter::default() };
            if desk.policy()?.is_some() || !desk.list(&any, Timestamp::MIN, None, 1)?.is_empty() {
                return Err(Error::Invalid(
                    "the desk has tickets or a policy; rows are imported into an empty one only".to_owned(),
                ));
            }
            let mut imported = 0;
            for row in rows {
                desk.restore(&row?)?;
                imported += 1;
            }
            Ok(imported)
        })
    }
}
