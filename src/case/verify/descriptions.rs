//! The descriptions compared with what the replayed log leads to.

use std::collections::BTreeSet;

use super::replay::ExpectedCase;
use super::verification::{CasePart, Verification};
use crate::base::{Phase, TaskCtx};
use crate::case::descriptions::{self, DescriptionRow};
use crate::case::{Case, Error};

/// Rows between two checks of the stop switch.
const STRIDE: u64 = 256;

impl Case {
    pub(super) fn compare_descriptions(
        &self,
        expected: &ExpectedCase,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        if self.has_descriptions() {
            let sql =
                format!("SELECT id, sameness, sha256, {} FROM description", descriptions::COLUMNS);
            let mut statement = self.connection().prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if out.n_descriptions.is_multiple_of(STRIDE) {
                    let n = expected.descriptions.len() as u64;
                    ctx.step(Phase::Reading, out.n_descriptions, n)?;
                }
                out.n_descriptions = out.n_descriptions.saturating_add(1);
                let id: i64 = row.get(0)?;
                seen.insert(id);
                let column: String = row.get(2)?;
                let stored = DescriptionRow::from_row(row, 3)?;
                let mut fault = |what: &str| {
                    out.fault(CasePart::Description, format!("description {id} {what}"));
                };
                match expected.descriptions.get(&id) {
                    None => fault("is not in the log"),
                    Some((item, hash)) if *hash != stored.sha256() || *item != stored.item => {
                        fault("was changed");
                    }
                    Some((_, hash)) if *hash != column => {
                        fault("has a stored hash that is not the one in the log");
                    }
                    Some(_) if !stored.has_sameness(&row.get::<_, String>(1)?) => {
                        fault("cannot be read");
                    }
                    Some(_) => {}
                }
            }
        }
        for id in expected.descriptions.keys().filter(|id| !seen.contains(id)) {
            out.fault(CasePart::Description, format!("description {id} is missing"));
        }
        Ok(())
    }
}
