//! What the queue says of items: states, time spent, ranks.
//!
//! * **In**: decisions of a person, an order made by `curate`. **Out**: rows of `items` show them.
//! * **Not here**: making an order (`curate`).

use rusqlite::params;

use super::change::Change;
use super::log::Event;
use super::seal::Seal;
use super::{Case, Error, ItemId, ItemState};

impl Case {
    /// Sets how far a person is with an item. Setting what is set already does nothing.
    ///
    /// # Errors
    ///
    /// When there is no such item or the file cannot be written.
    pub fn set_state(&mut self, id: ItemId, state: ItemState) -> Result<(), Error> {
        self.write(|change| {
            change.require_item(id)?;
            let sql = "UPDATE item SET state = ?2 WHERE id = ?1 AND state IS NOT ?2";
            let word = state.as_str();
            if change.tx.prepare_cached(sql)?.execute(params![id.0, word])? == 0 {
                return Ok(());
            }
            change.log(&Event::State { item: id.0, state: word.to_owned() })
        })
    }

    /// Adds time that a person spent on an item, in seconds. No time is not worth an entry.
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

    /// Puts the queue into a new order: items, their ranks from 1, and why in words. Items that are
    /// not named have no rank any more.
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
        if let Some(twice) = ranks.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::Unfit { what: format!("item {} has two ranks", twice[0].0.0) });
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
            let mut seal = Seal::new("ranks");
            for (id, rank, why) in &ranks {
                insert.execute(params![id.0, rank, strategy, why])?;
                seal = seal_place(seal, id.0, *rank, strategy, why);
            }
            let (strategy, n) = (strategy.to_owned(), ranks.len() as i64);
            change.log(&Event::Ranked { strategy, n, sha256: seal.hex() })
        })
    }
}

/// What is sealed of a place in the queue; places go in by the number of their item.
pub(super) fn seal_place(seal: Seal, item: i64, rank: u32, strategy: &str, why: &str) -> Seal {
    let seal = seal.number(item).number(i64::from(rank));
    seal.field(strategy.as_bytes()).field(why.as_bytes())
}

impl Change<'_> {
    /// Refuses a number that no item has.
    pub(super) fn require_item(&self, id: ItemId) -> Result<(), Error> {
        let sql = "SELECT 1 FROM item WHERE id = ?1";
        if self.tx.prepare_cached(sql)?.exists([id.0])? { Ok(()) } else { Err(Error::NoItem(id.0)) }
    }
}
