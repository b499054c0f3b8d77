//! The tables compared with what the replayed log leads to.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::replay::{ExpectedCase, ExpectedItem};
use super::verification::{CasePart, Verification};
use crate::base::{Phase, TaskCtx};
use crate::case::findings::{self, FindingRow};
use crate::case::items::{hash_item, stored_path};
use crate::case::log::FieldHasher;
use crate::case::masks::{self, MaskRow};
use crate::case::notes::RESERVED_KEYS;
use crate::case::queue::hash_rank;
use crate::case::{Case, Error, ItemState};

/// Times are summed in the same order, but the log stores them as text.
const SECONDS_SLACK: f64 = 1e-6;
/// Rows between two checks of the stop switch.
const STRIDE: u64 = 256;

impl Case {
    /// Compares every part, also when another one cannot be read.
    pub(super) fn compare(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        out.run(|out| self.compare_notes(expected, out))?;
        out.run(|out| self.compare_added(expected, out, ctx))?;
        out.run(|out| self.compare_items(expected, out, ctx))?;
        out.run(|out| self.compare_findings(expected, out, ctx))?;
        out.run(|out| self.compare_descriptions(expected, out, ctx))?;
        out.run(|out| self.compare_masks(expected, out, ctx))?;
        out.run(|out| self.compare_ranks(expected, out))
    }

    fn compare_notes(&self, expected: &ExpectedCase, out: &mut Verification) -> Result<(), Error> {
        for (key, logged) in RESERVED_KEYS.into_iter().zip([&expected.id, &expected.folder]) {
            if self.note(key)? != *logged {
                out.fault(
                    CasePart::Note,
                    format!("the {key} of the case is not the one in the log"),
                );
            }
        }
        let mut statement = self.connection().prepare("SELECT key, value FROM fact")?;
        let notes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let notes = notes.collect::<Result<Vec<(String, String)>, _>>()?;
        for (key, value) in &notes {
            if !RESERVED_KEYS.contains(&key.as_str()) && expected.notes.get(key) != Some(value) {
                out.fault(CasePart::Note, format!("the note {key:?} is not the one in the log"));
            }
        }
        for key in expected.notes.keys() {
            if !notes.iter().any(|(stored, _)| stored == key) {
                out.fault(CasePart::Note, format!("the note {key:?} is missing"));
            }
        }
        Ok(())
    }

    /// Paths, sources and persons of items: the items of one transaction have one hash.
    fn compare_added(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let sql = "SELECT inside, path, id, source, person FROM item \
                   WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
        let mut statement = self.connection().prepare(sql)?;
        let mut next = 1;
        for (first, last, sha256) in &expected.added {
            ctx.step(Phase::Reading, next as u64, 0)?;
            if *first != next || last < first {
                out.fault(CasePart::Log, format!("items {first} to {last} were added out of turn"));
            }
            next = last.saturating_add(1);
            let mut hasher = FieldHasher::new("items");
            let mut rows = statement.query(params![first, last])?;
            while let Some(row) = rows.next()? {
                let path = stored_path(row, 0)?;
                let (source, person): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
                let (source, person) = (source.as_deref(), person.as_deref());
                hasher = hash_item(hasher, row.get(2)?, &path, source, person);
            }
            if hasher.hex() != *sha256 {
                let what = format!("items {first} to {last} are not those that were added");
                out.fault(CasePart::Item, what);
            }
        }
        let sql = "SELECT count(*), count(*) FILTER (WHERE id < 1 OR id >= ?1) FROM item";
        let count = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (n_items, n_strange): (i64, i64) = self.connection().query_row(sql, [next], count)?;
        out.n_items = n_items as u64;
        if n_strange > 0 {
            out.fault(CasePart::Item, format!("{n_strange} items were added without the log"));
        }
        Ok(())
    }

    /// What became of items.
    fn compare_items(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let sql = "SELECT id, state, seconds, sha256, finding, failure, verdict, score FROM item";
        let mut statement = self.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        let nothing = ExpectedItem::default();
        let mut n = 0u64;
        while let Some(row) = rows.next()? {
            n = n.saturating_add(1);
            if n.is_multiple_of(STRIDE) {
                ctx.step(Phase::Reading, n, out.n_items)?;
            }
            let id: i64 = row.get(0)?;
            let logged = expected.items.get(&id).unwrap_or(&nothing);
            let mut differs = |is_same: bool, what: &str| {
                if !is_same {
                    out.fault(
                        CasePart::Item,
                        format!("the {what} of item {id} is not as in the log"),
                    );
                }
            };
            let state = logged.state.as_deref().unwrap_or(ItemState::ToDo.as_str());
            differs(row.get::<_, String>(1)? == state, "state");
            let seconds: f64 = row.get(2)?;
            differs((seconds - logged.seconds).abs() <= SECONDS_SLACK, "time");
            differs(row.get::<_, Option<String>>(3)? == logged.sha256, "hash");
            differs(row.get::<_, Option<i64>>(4)? == logged.finding, "newest finding");
            differs(row.get::<_, Option<String>>(5)? == logged.failure, "failure");
            let finding = logged.finding.and_then(|number| expected.findings.get(&number));
            let verdict: Option<String> = row.get(6)?;
            differs(verdict.as_ref() == finding.map(|finding| &finding.verdict), "verdict");
            differs(row.get::<_, Option<f32>>(7)? == finding.and_then(|f| f.score), "score");
        }
        Ok(())
    }

    fn compare_findings(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let sql = format!("SELECT id, sameness, sha256, {} FROM finding", findings::COLUMNS);
        let mut statement = self.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut seen = BTreeSet::new();
        while let Some(row) = rows.next()? {
            if out.n_findings.is_multiple_of(STRIDE) {
                ctx.step(Phase::Reading, out.n_findings, expected.findings.len() as u64)?;
            }
            out.n_findings = out.n_findings.saturating_add(1);
            let id: i64 = row.get(0)?;
            seen.insert(id);
            let hash: String = row.get(2)?;
            let stored = FindingRow::from_row(row, 3)?;
            match expected.findings.get(&id) {
                None => out.fault(CasePart::Finding, format!("finding {id} is not in the log")),
                Some(logged) if logged.sha256 != stored.sha256() || logged.item != stored.item => {
                    out.fault(CasePart::Finding, format!("finding {id} was changed"));
                }
                Some(logged) if logged.sha256 != hash => {
                    let what = format!("the stored hash of finding {id} is not the one in the log");
                    out.fault(CasePart::Finding, what);
                }
                Some(_) if !stored.has_sameness(&row.get::<_, String>(1)?) => {
                    out.fault(CasePart::Finding, format!("finding {id} cannot be read"));
                }
                Some(_) => {}
            }
        }
        for id in expected.findings.keys().filter(|id| !seen.contains(id)) {
            out.fault(CasePart::Finding, format!("finding {id} is missing"));
        }
        Ok(())
    }

    fn compare_masks(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let name = |item: i64, frame: i64, author: &str| match frame {
            -1 => format!("the mask of item {item} by {author}"),
            _ => format!("the mask of item {item}, frame {frame}, by {author}"),
        };
        let sql = format!("SELECT {}, sha256 FROM mask", masks::COLUMNS);
        let mut statement = self.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut seen = BTreeSet::new();
        while let Some(row) = rows.next()? {
            if out.n_masks.is_multiple_of(STRIDE) {
                ctx.step(Phase::Reading, out.n_masks, expected.masks.len() as u64)?;
            }
            out.n_masks = out.n_masks.saturating_add(1);
            let hash: String = row.get("sha256")?;
            let stored = MaskRow::from_row(row)?;
            let key = (stored.item, stored.frame, stored.author.clone());
            let what = name(key.0, key.1, &key.2);
            match expected.masks.get(&key) {
                None => out.fault(CasePart::Mask, format!("{what} is not in the log")),
                Some(logged) if *logged != stored.sha256() => {
                    out.fault(CasePart::Mask, format!("{what} was changed"));
                }
                Some(logged) if *logged != hash => {
                    let what = format!("the stored hash of {what} is not the one in the log");
                    out.fault(CasePart::Mask, what);
                }
                Some(_) if stored.to_mask().is_err() => {
                    out.fault(CasePart::Mask, format!("{what} cannot be read"));
                }
                Some(_) => {}
            }
            seen.insert(key);
        }
        for key in expected.masks.keys().filter(|key| !seen.contains(key)) {
            out.fault(CasePart::Mask, format!("{} is missing", name(key.0, key.1, &key.2)));
        }
        Ok(())
    }

    fn compare_ranks(&self, expected: &ExpectedCase, out: &mut Verification) -> Result<(), Error> {
        let sql = "SELECT item, rank, strategy, why FROM place ORDER BY item";
        let mut statement = self.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        let (mut n, mut hasher) = (0i64, FieldHasher::new("ranks"));
        while let Some(row) = rows.next()? {
            n = n.saturating_add(1);
            let (strategy, why): (String, String) = (row.get(2)?, row.get(3)?);
            hasher = hash_rank(hasher, row.get(0)?, row.get(1)?, &strategy, &why);
        }
        let is_as_logged = match &expected.ranks {
            None => n == 0,
            Some((logged, sha256)) => n == *logged && hasher.hex() == *sha256,
        };
        if !is_as_logged {
            out.fault(CasePart::Queue, "the order of the queue is not the one in the log");
        }
        Ok(())
    }
}
