//! The table of findings: how it is sorted and filtered, and the order that follows.

use crate::curate::FindingColumn;
use crate::session::CaseView;

/// Window state of the table of findings.
pub(super) struct FindingsUiState {
    pub(super) is_open: bool,
    /// A part of a name, source, person or verdict.
    pub(super) filter: String,
    pub(super) sort: FindingColumn,
    pub(super) is_descending: bool,
    /// How far the rows are scrolled sideways, points.
    pub(super) scrolled_x: f32,
    /// Indices of the rows shown, and what they follow from.
    order: Vec<usize>,
    order_key: Option<OrderKey>,
}

/// What the order of the rows follows from.
#[derive(PartialEq)]
struct OrderKey {
    /// Two cases may have the same version.
    case: std::path::PathBuf,
    version: u64,
    filter: String,
    sort: FindingColumn,
    is_descending: bool,
}

impl Default for FindingsUiState {
    fn default() -> Self {
        Self {
            is_open: false,
            filter: String::new(),
            sort: FindingColumn::Score,
            is_descending: true,
            scrolled_x: 0.0,
            order: Vec::new(),
            order_key: None,
        }
    }
}

impl FindingsUiState {
    /// Opens the table, or closes it.
    pub(super) const fn toggle(&mut self) {
        self.is_open = !self.is_open;
    }

    /// Sorts by a column; a second time the other way round.
    pub(super) fn sort_by(&mut self, column: FindingColumn) {
        if self.sort == column {
            self.is_descending = !self.is_descending;
        } else {
            let begins_with_most = matches!(
                column,
                FindingColumn::Score | FindingColumn::Verdict | FindingColumn::Faces
            );
            (self.sort, self.is_descending) = (column, begins_with_most);
        }
    }

    /// Indices of the rows that the table shows, in its order. Sorted only when something changed.
    pub(super) fn order(&mut self, case: &CaseView) -> &[usize] {
        let key = OrderKey {
            case: case.path.clone(),
            version: case.version,
            filter: self.filter.trim().to_lowercase(),
            sort: self.sort,
            is_descending: self.is_descending,
        };
        if self.order_key.as_ref() != Some(&key) {
            self.order = ordered(case, &key);
            self.order_key = Some(key);
        }
        &self.order
    }
}

fn ordered(case: &CaseView, key: &OrderKey) -> Vec<usize> {
    let holds = |text: &str| text.to_lowercase().contains(&key.filter);
    let is_shown = |at: &usize| {
        let row = &case.rows[*at];
        let cell = |column: FindingColumn| column.text(row, case.state_for_reader(row));
        let is_in_filter = key.filter.is_empty()
            || FindingColumn::ALL.into_iter().any(|column| holds(&cell(column)))
            || [&row.source, &row.person].into_iter().flatten().any(|text| holds(text));
        is_in_filter && case.is_found(row.id)
    };
    let mut order: Vec<usize> = (0..case.rows.len()).filter(is_shown).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&case.rows[*a], &case.rows[*b]);
        let is_empty = |row| key.sort.text(row, case.state_for_reader(row)).is_empty();
        let ordering = key.sort.compare(a, b, |row| case.state_for_reader(row));
        // Empty cells stay at the end whichever way round.
        if key.is_descending && !is_empty(a) && !is_empty(b) {
            ordering.reverse()
        } else {
            ordering
        }
    });
    order
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::base::Verdict;
    use crate::case::{Access, Examined, ItemId, ItemRow, ItemState};

    fn case() -> CaseView {
        let row = |(i, (name, score)): (usize, (&str, Option<f32>))| ItemRow {
            id: ItemId(i as i64 + 1),
            path: Path::new(name).into(),
            state: ItemState::ToDo,
            sha256: None,
            source: (i == 2).then(|| "holiday".into()),
            person: None,
            examined: Examined::Done,
            verdict: score.map(|_| Verdict::Inconclusive),
            score,
            found: None,
            rank: None,
            strategy: None,
            why: None,
            n_masks: 0,
            seconds: 0.0,
        };
        let names = [("b.png", Some(0.2)), ("c.png", None), ("a.png", Some(0.7))];
        let rows = names.into_iter().enumerate().map(row).collect();
        CaseView::new(PathBuf::from("/m.pentimento"), "ada".into(), Access::Write, rows)
    }

    #[test]
    fn the_table_is_sorted_both_ways_and_filtered() {
        let (case, mut table) = (case(), FindingsUiState::default());
        assert_eq!(table.order(&case), [2, 0, 1], "highest first, unknown last");
        table.sort_by(FindingColumn::Score);
        assert_eq!(table.order(&case), [0, 2, 1], "lowest first, unknown last all the same");
        table.sort_by(FindingColumn::Name);
        assert_eq!(table.order(&case), [2, 0, 1]);
        table.filter = " HOLI".to_owned();
        assert_eq!(table.order(&case), [2], "by source");
        table.filter = "inconcl".to_owned();
        assert_eq!(table.order(&case), [2, 0], "by verdict");
    }
}
