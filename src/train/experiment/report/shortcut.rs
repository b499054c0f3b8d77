//! The section of `experiment shortcut`.

use std::fmt::Write as _;

use super::cells::{cell, distinct, fact_cell, n_of, short, table};
use super::sections::SHORTCUT_HEADING;
use super::verdicts::{chance, findings_table};
use crate::train::experiment::design::Design;
use crate::train::experiment::figures::{Figure, Measure};
use crate::train::experiment::record::Record;
use crate::train::experiment::shortcut::{Columns, ROWS, examine};

/// Renders the section of one setup, its heading included.
///
/// `records` and `design` belong together; `about` says how the figures were made.
pub fn section(records: &[Record], design: &Design, command: &str, about: &str) -> String {
    let all: Vec<&Record> = records.iter().collect();
    let columns = Columns::from_design(design);
    let mut page = format!("{SHORTCUT_HEADING}\n\n");
    let n = columns.plain.first().map_or(0, |name| n_of(records, name));
    let _infallible = writeln!(
        page,
        "Written by `{command}`, {}, by the program of commit {}. {about} Every set has {n} + {n} pictures.\n",
        distinct(&all, |r| r.date.clone()),
        distinct(&all, |r| short(&r.commit)),
    );
    page.push_str("AUC; mean over seeds, with the smallest and largest in brackets.\n\n");
    auc(&mut page, records, &columns);
    page.push_str("Over the unseen generators, and of the maps:\n\n");
    others(&mut page, records, &columns);
    page.push_str("### What LAE claims, and what holds where there is a shortcut\n\nIntervals and verdicts by the rule of \"What the papers claim and what holds here\".\n\n");
    let findings = examine(records, &columns);
    findings_table(&mut page, &findings);
    chance(&mut page, &findings);
    page
}

/// Words and titles of the rows that were measured.
fn rows(records: &[Record]) -> Vec<(String, String)> {
    let mut rows = ROWS;
    rows.sort_by_key(|row| (row.start() as u8, row.word().len(), row.word()));
    let all = rows.iter().map(|row| (row.word(), row.title()));
    all.filter(|(word, _)| records.iter().any(|r| r.row == *word)).collect()
}

fn auc(page: &mut String, records: &[Record], columns: &Columns) {
    let mut heads: Vec<String> = [
        "row",
        "self-blend, cue on forgeries (as trained)",
        "self-blend, no cue",
        "self-blend, cue on reals",
    ]
    .map(str::to_owned)
    .to_vec();
    heads.extend(columns.unseen.iter().map(|name| name.trim_end_matches("-unseen").to_owned()));
    heads.push("mean unseen".to_owned());
    let lines = rows(records).into_iter().map(|(word, title)| {
        let of = |columns: &[String]| cell(records, &word, &Measure::new(Figure::Auc, columns));
        let mut line =
            vec![title, of(&columns.as_trained), of(&columns.plain), of(&columns.reversed)];
        line.extend(columns.unseen.iter().map(|name| of(std::slice::from_ref(name))));
        line.push(of(&columns.unseen));
        line
    });
    table(page, &heads, lines);
}

fn others(page: &mut String, records: &[Record], columns: &Columns) {
    let heads =
        ["row", "masks known", "accuracy", "paired accuracy", "IoU", "pixel AUC", "processor s"];
    let lines = rows(records).into_iter().map(|(word, title)| {
        let of = |figure| cell(records, &word, &Measure::new(figure, &columns.unseen));
        vec![
            title,
            fact_cell(records, &word, "known_masks", 0),
            of(Figure::Accuracy),
            of(Figure::Paired),
            of(Figure::Iou),
            of(Figure::PixelAuc),
            fact_cell(records, &word, "cpu_secs_train", 0),
        ]
    });
    table(page, &heads.map(str::to_owned), lines);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::experiment::cue::Cue;
    use crate::train::experiment::record::Answers;
    use crate::train::experiment::record::tests::planted;

    #[test]
    fn the_section_has_a_line_for_every_measured_row_and_every_claim() {
        let design = Design::Shortcut(Cue { levels: 2, share: 1.0 });
        let columns = Columns::from_design(&design);
        let answers = Answers {
            real: vec![0.1, 0.3, 0.2],
            forged: vec![0.4, 0.2, 0.6],
            ..Answers::default()
        };
        let mut record = planted("base-ce", 1);
        let names = [&columns.as_trained, &columns.plain, &columns.reversed, &columns.unseen];
        for name in names.into_iter().flatten() {
            record.columns.insert(name.clone(), answers.clone());
        }
        let page = section(&[record], &design, "pentimento experiment shortcut", "About it.");
        assert!(page.starts_with(SHORTCUT_HEADING) && page.contains("3 + 3 pictures"), "{page}");
        let line = page.lines().find(|l| l.starts_with("| base CE | 0.")).unwrap();
        assert_eq!(line.matches('|').count(), 12, "{line}");
        assert!(page.contains("| the premise: "), "{page}");
        assert!(!page.contains("| + locality, 3 % masks |"), "not measured: {page}");
    }
}
