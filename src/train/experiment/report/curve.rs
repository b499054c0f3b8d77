//! The section on active learning: the curve over mask budgets, and each criterion against random.

use std::fmt::Write as _;

use super::cells::{cell, columns_of, native, table};
use crate::train::experiment::active;
use crate::train::experiment::claims::ClaimVerdict;
use crate::train::experiment::figures::{Contrast, Figure, Measure};
use crate::train::experiment::record::Record;
use crate::train::select::Criterion;

/// The mask budgets of the curve, in percent.
const BUDGETS: [u32; 5] = [0, 1, 3, 10, 100];

pub(super) fn curve(page: &mut String, records: &[Record]) {
    let points = |criterion: Criterion| BUDGETS.map(|b| active::word(criterion, b));
    let is_measured = |criterion: &Criterion| {
        points(*criterion)
            .iter()
            .any(|w| w.starts_with("active-") && records.iter().any(|r| r.row == *w))
    };
    let criteria: Vec<Criterion> =
        Criterion::ALL.into_iter().filter(|c| *c == Criterion::Random || is_measured(c)).collect();
    if criteria.len() < 2 {
        return;
    }
    page.push_str("## Active learning: which masks to draw\n\n");
    page.push_str("Every point starts from the same autoencoder of its seed; the criterion picks the forgeries of the pool whose masks phase two may use. 0 and 100 % are the same for all.\n\n");
    let columns = columns_of(records);
    let measures = [
        ("accuracy, unseen generators", Measure::new(Figure::Accuracy, &columns.unseen)),
        ("AUC, seen generators", Measure::new(Figure::Auc, &columns.seen)),
        ("AUC, unseen generators", Measure::new(Figure::Auc, &columns.unseen)),
        ("IoU, all six sets", Measure::new(Figure::Iou, &native())),
    ];
    for (name, measure) in &measures {
        let _infallible = writeln!(page, "### {name}\n");
        let heads: Vec<String> = std::iter::once("criterion".to_owned())
            .chain(BUDGETS.map(|b| format!("{b} % of the masks")))
            .collect();
        let lines = criteria.iter().map(|criterion| {
            let cells = points(*criterion).map(|word| cell(records, &word, measure));
            std::iter::once(criterion.as_str().to_owned()).chain(cells).collect()
        });
        table(page, &heads, lines);
    }
    page.push_str("### Against a random choice\n\n");
    let heads = ["criterion", "masks", "difference in IoU", "95 % interval", "better than random"]
        .map(str::to_owned);
    let iou = &measures[3].1;
    let mut lines = Vec::new();
    for criterion in criteria.iter().filter(|c| **c != Criterion::Random) {
        for budget in BUDGETS.into_iter().filter(|b| (1..100).contains(b)) {
            let (word, random) =
                (active::word(*criterion, budget), active::word(Criterion::Random, budget));
            let contrast = Contrast::difference(&word, &random, iou);
            let Some(interval) = contrast.over(records) else { continue };
            lines.push(vec![
                criterion.as_str().to_owned(),
                format!("{budget} %"),
                format!("{:+.3}", interval.mean),
                format!("{:+.3} to {:+.3}", interval.low, interval.high),
                format!("**{}**", ClaimVerdict::above(Some(&interval), 0.0).as_str()),
            ]);
        }
    }
    table(page, &heads, lines.into_iter());
}
