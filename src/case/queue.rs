//! Decisions about items: their states, the time spent on them, their ranks in the queue.

use rusqlite::params;

use super::change::Change;
use super::log::{Event, FieldHasher};
use super::{Case, Error, ItemId, ItemState};

impl Case {
    /// Sets how far a person is with an item. Setting the same state again does nothing.
    ///
    /// # Errors
    ///
    /// When there is no such item or the file cannot be written.
    pub fn set_state(&mut self, id: ItemId, state: ItemState) -> Result<(), Error> {
        self.write(|change| {
            change.require_item(id)?;
            let sql = "UPDATE item SET state = ?2 WHERE id = ?1 AND state IS NOT ?2";
            let name = state.as_str();
            if change.tx.prepare_cached(sql)?.execute(params![id.0, name])? == 0 {
                return Ok(());
            }
            change.log(&Event::State { item: id.0, state: name.to_owned() })
        })
    }

    /// Adds seconds that a person spent on an item. Zero seconds do nothing.
    ///
    /// # Errors
    ///
    /// When the time is no number, there is no such item, or the file cannot be written.
    pub fn add_seconds(&mut self, id: ItemId, seconds: f64) -> Result<(), Error> {
        if !seconds.is_finite() || seconds < 0.0 {
            return Err(Error::Unfit { what: format!("a time of {seconds} seconds") });
        }
        if seconds == 0.0 {
            return Ok(());
        }
        self.write(|change| {
            change.require_item(id)?;
            let sql = "UPDATE item SET seconds = seconds + ?2 WHERE id = ?1";
            change.tx.prepare_cached(sql)?.execute(params![id.0, seconds])?;
            change.log(&Event::Worked { item: id.0, seconds })
        })
    }

    /// Ranks the queue anew: items, their ranks from 1, and the reason in words. Items that are not
    /// named lose their rank. All ranks are one transaction, which is not bounded in time.
    ///
    /// # Errors
    ///
    /// When an item is unknown or named twice, or the file cannot be written.
    pub fn set_ranks(
        &mut self,
        strategy: &str,
        ranks: &[(ItemId, u32, String)],
    ) -> Result<(), Error> {
        let mut ranks: Vec<&(ItemId, u32, String)> = ranks.iter().collect();
        ranks.sort_unstable_by_key(|(id, ..)| *id);
        let pairs = ranks.iter().zip(ranks.iter().skip(1));
        if let Some(((id, ..), _)) = pairs.into_iter().find(|(a, b)| a.0 == b.0) {
            return Err(Error::Unfit { what: format!("item {} has two ranks", id.0) });
        }
        let sql = "SELECT coalesce(max(id), 0) FROM item";
        let last: i64 = self.connection().query_row(sql, [], |row| row.get(0))?;
        let is_known = |id: ItemId| (1..=last).contains(&id.0);
        if let Some((id, ..)) = ranks.iter().find(|(id, ..)| !is_known(*id)) {
            return Err(Error::NoItem(id.0));
        }
        self.write(|change| {
            change.tx.prepare_cached("DELETE FROM place")?.execute([])?;
            let sql = "INSERT INTO place (item, rank, strategy, why) VALUES (?1, ?2, ?3, ?4)";
            let mut insert = change.tx.prepare_cached(sql)?;
            let mut hasher = FieldHasher::new("ranks");
            for (id, rank, why) in &ranks {
                insert.execute(params![id.0, rank, strategy, why])?;
                hasher = hash_rank(hasher, id.0, *rank, strategy, why);
            }
            let (strategy, n) = (strategy.to_owned(), ranks.len() as i64);
            change.log(&Event::Ranked { strategy, n, sha256: hasher.hex() })
        })
    }
}

/// Adds one rank to the hash that the log keeps of all ranks, in the order of item numbers.
pub(super) fn hash_rank(
    hasher: FieldHasher,
    item: i64,
    rank: u32,
    strategy: &str,
    why: &str,
) -> FieldHasher {
    let hasher = hasher.number(item).number(i64::from(rank));
    hasher.field(strategy.as_bytes()).field(why.as_bytes())
}

impl Change<'_> {
    /// Fails with [`Error::NoItem`] when no item has this number.
    pub(super) fn require_item(&self, id: ItemId) -> Result<(), Error> {
        let sql = "SELECT 1 FROM item WHERE id = ?1";
        if self.tx.prepare_cached(sql)?.exists([id.0])? { Ok(()) } else { Err(Error::NoItem(id.0)) }
    }
}
