//! The section of `experiment blur-budget`.

use std::fmt::Write as _;

use super::cells::{TRAINING_HEADS, cell, distinct, heads, n_of, short, table, training_cells};
use super::sections::BUDGET_HEADING;
use super::verdicts::{chance, findings_table};
use crate::train::experiment::blur_budget::{Columns, UNSEEN, examine, word};
use crate::train::experiment::design::Design;
use crate::train::experiment::figures::{Figure, Measure};
use crate::train::experiment::record::Record;
use crate::train::game::GameForm;

/// Rows in the order of the table.
const ROWS: [(GameForm, &str); 5] = [
    (GameForm::None, "no copies"),
    (GameForm::BudgetedUniform, "the same level everywhere"),
    (GameForm::BudgetedRandom, "random pattern"),
    (GameForm::BudgetedWorst, "worst of three random patterns"),
    (GameForm::BudgetedGenerator, "pattern by a generator (the game)"),
];

/// Renders the section of one setup, its heading included.
pub fn section(records: &[Record], design: &Design, command: &str, about: &str) -> String {
    let all: Vec<&Record> = records.iter().collect();
    let columns = Columns::from_design(design);
    let of = |names: &[String]| names.first().map_or(0, |name| n_of(records, name));
    let mut page = format!("{BUDGET_HEADING}\n\n");
    let _infallible = writeln!(
        page,
        "Written by `{command}`, {}, by the program of commit {}. {about} Every set has {n} + {n} pictures, under a quality the first {k} + {k}.\n",
        distinct(&all, |r| r.date.clone()),
        distinct(&all, |r| short(&r.commit)),
        n = of(&columns.clean),
        k = of(&columns.unseen),
    );
    page.push_str("AUC over all sets, and the share of pairs whose forgery scores above its own real partner; mean over seeds, with the smallest and largest in brackets.\n\n");
    detection(&mut page, records, &columns);
    page.push_str("Maps, and the trainings. Widths of the blur in pixels of the net's input.\n\n");
    maps(&mut page, records, &columns);
    page.push_str("### What is claimed of the game under a budget, and what holds\n\nIntervals and verdicts by the rule of \"What the papers claim and what holds here\".\n\n");
    let findings = examine(records, &columns);
    findings_table(&mut page, &findings);
    chance(&mut page, &findings);
    page
}

fn rows(records: &[Record]) -> impl Iterator<Item = (String, &'static str)> {
    let all = ROWS.map(|(form, title)| (word(form), title));
    all.into_iter().filter(|(word, _)| records.iter().any(|r| r.row == *word))
}

fn detection(page: &mut String, records: &[Record], columns: &Columns) {
    let own = ["copies", "native", "blur-2"];
    let last = ["mean of unseen", "paired, native", "paired, unseen"];
    let heads = heads(&[&own, &UNSEEN, &last]);
    let lines = rows(records).map(|(word, title)| {
        let of = |figure, names: &[String]| cell(records, &word, &Measure::new(figure, names));
        let under = |quality: &str| -> Vec<String> {
            columns.unseen.iter().filter(|name| name.ends_with(quality)).cloned().collect()
        };
        let mut line = vec![
            title.to_owned(),
            of(Figure::Auc, &columns.clean),
            of(Figure::Auc, &columns.blurred),
        ];
        line.extend(UNSEEN.map(|quality| of(Figure::Auc, &under(quality))));
        line.extend([
            of(Figure::Auc, &columns.unseen),
            of(Figure::Paired, &columns.clean),
            of(Figure::Paired, &columns.unseen),
        ]);
        line
    });
    table(page, &heads, lines);
}

fn maps(page: &mut String, records: &[Record], columns: &Columns) {
    let own = ["copies", "IoU, native", "F1, native", "F1, unseen quality", "false area on reals"];
    let lines = rows(records).map(|(word, title)| {
        let of = |figure, names: &[String]| cell(records, &word, &Measure::new(figure, names));
        let mut line = vec![
            title.to_owned(),
            of(Figure::Iou, &columns.clean),
            of(Figure::F1, &columns.clean),
            of(Figure::F1, &columns.unseen),
            of(Figure::FalseArea, &columns.clean),
        ];
        line.extend(training_cells(records, &word));
        line
    });
    table(page, &heads(&[&own, &TRAINING_HEADS]), lines);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::experiment::record::Answers;
    use crate::train::experiment::record::tests::planted;

    #[test]
    fn the_section_says_which_copies_help() {
        let columns = Columns::from_design(&Design::Sharp);
        let record = |form: GameForm, seed: u64, shift: f32| {
            let mut record = planted(&word(form), seed);
            let noise = |i: usize, k: usize| ((i * 7919 + k * 104_729) % 1000) as f32 / 500.0;
            for name in columns.clean.iter().chain(&columns.unseen).chain(&columns.blurred) {
                let answers = Answers {
                    real: (0..100).map(|i| noise(i, 1)).collect(),
                    forged: (0..100).map(|i| noise(i, 2) + shift).collect(),
                    ..Answers::default()
                };
                record.columns.insert(name.clone(), answers);
            }
            record
        };
        let records: Vec<Record> = [1, 2]
            .into_iter()
            .flat_map(|seed| {
                [
                    record(GameForm::BudgetedRandom, seed, 0.3),
                    record(GameForm::BudgetedGenerator, seed, 1.0),
                ]
            })
            .collect();
        let page = section(&records, &Design::Sharp, "pentimento experiment blur-budget", "About.");
        assert!(page.starts_with(BUDGET_HEADING), "{page}");
        let line =
            page.lines().find(|l| l.starts_with("| the game beats random patterns of")).unwrap();
        assert!(line.contains("**holds**"), "{line}");
        assert!(
            page.contains("| worst of three minus") || page.contains("**not measured**"),
            "{page}"
        );
        assert!(!page.contains("| no copies |"), "not measured");
    }
}
