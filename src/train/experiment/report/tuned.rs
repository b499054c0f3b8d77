//! The section of `experiment game`: a detector that had learned, trained on with and without the
//! game.

use std::fmt::Write as _;

use super::cells::{
    MAP_HEADS, TRAINING_HEADS, cell, columns_of, counts, distinct, heads, map_cells,
    measured_qualities, n_of, quality_cells, short, table, training_cells,
};
use super::sections::GAME_HEADING;
use super::verdicts::{chance, findings_table};
use crate::train::experiment::claims::{self, Tuned};
use crate::train::experiment::design::SETS;
use crate::train::experiment::figures::{Figure, Measure};
use crate::train::experiment::record::Record;
use crate::train::experiment::tuned::{START, word};
use crate::train::game::GameForm;

/// The arms in the order of the table.
fn arms() -> Vec<(String, &'static str)> {
    let title = |form| match form {
        GameForm::None => "trained on without a game",
        GameForm::RandomBlur => "… with random blur",
        GameForm::GradientBlur => "… with gradient blur",
        GameForm::Additive => "… with the additive attack",
        GameForm::OneGenerator => "… with one generator",
        GameForm::TwoGenerators => "… with two generators",
        GameForm::SharedGenerator => "… with one generator shared by both partners (ours)",
        GameForm::BudgetedUniform => "… with a random level, everywhere alike",
        GameForm::BudgetedRandom => "… with a random level, random pattern",
        GameForm::BudgetedWorst => "… with a random level, worst of three patterns",
        GameForm::BudgetedGenerator => "… with a random level, pattern by a generator",
    };
    let start = (START.to_owned(), "the detector as it was");
    std::iter::once(start).chain(GameForm::ALL.map(|form| (word(form), title(form)))).collect()
}

/// Renders the section, its heading included.
pub fn section(records: &[Record], command: &str, about: &str) -> String {
    let all: Vec<&Record> = records.iter().collect();
    let mut page = format!("{GAME_HEADING}\n\n");
    let _infallible = writeln!(
        page,
        "Written by `{command}`, {}, by the program of commit {}. {about} The first {} pairs of each of the six sets, n = {} + {} each, are also measured under every quality; mean and loss are over {}.\n",
        distinct(&all, |r| r.date.clone()),
        distinct(&all, |r| short(&r.commit)),
        n_of(records, &format!("{}/native", SETS[0].0)),
        n_of(records, SETS[0].0),
        n_of(records, SETS[0].0),
        qualities_counted(records),
    );
    let arms: Vec<_> =
        arms().into_iter().filter(|(word, _)| records.iter().any(|r| r.row == *word)).collect();
    page.push_str("### Detection\n\nAUC at native quality, then of those first pairs.\n\n");
    detection(&mut page, records, &arms);
    page.push_str("### Localization, and the trainings\n\nWidths of the blur in pixels of the net's input; accuracies while training.\n\n");
    localization(&mut page, records, &arms);
    page.push_str("### What is claimed of it, and what holds\n\nIntervals and verdicts by the rule of \"What the papers claim and what holds here\".\n\n");
    let findings = claims::examine_tuned(
        records,
        &columns_of(records),
        Tuned {
            two: &word(GameForm::TwoGenerators),
            one: &word(GameForm::OneGenerator),
            shared: &word(GameForm::SharedGenerator),
            random: &word(GameForm::RandomBlur),
            without: &word(GameForm::None),
        },
    );
    findings_table(&mut page, &findings);
    chance(&mut page, &findings);
    page
}

fn qualities_counted(records: &[Record]) -> String {
    let counted: Vec<String> =
        measured_qualities(records).into_iter().filter(|q| counts(q)).collect();
    counted.join(", ")
}

fn detection(page: &mut String, records: &[Record], arms: &[(String, &str)]) {
    let qualities = measured_qualities(records);
    let columns = columns_of(records);
    let mut heads = ["arm", "seen generators", "unseen generators", "those pairs, native"]
        .map(str::to_owned)
        .to_vec();
    heads.extend(qualities.iter().cloned());
    heads.extend(["mean of degraded", "loss"].map(str::to_owned));
    let lines = arms.iter().map(|(word, title)| {
        let auc = |columns: &[String]| cell(records, word, &Measure::new(Figure::Auc, columns));
        let clean = [(*title).to_owned(), auc(&columns.seen), auc(&columns.unseen)];
        clean.into_iter().chain(quality_cells(records, word)).collect()
    });
    table(page, &heads, lines);
}

fn localization(page: &mut String, records: &[Record], arms: &[(String, &str)]) {
    let columns = columns_of(records);
    let lines = arms.iter().map(|(word, title)| {
        let degraded = [Figure::F1, Figure::FalseArea]
            .map(|figure| cell(records, word, &Measure::new(figure, &columns.degraded)));
        std::iter::once((*title).to_owned())
            .chain(map_cells(records, word))
            .chain(degraded)
            .chain(training_cells(records, word))
            .collect()
    });
    let degraded: &[&str] = &["F1, degraded", "false area, degraded"];
    table(page, &heads(&[&["arm"], &MAP_HEADS, degraded, &TRAINING_HEADS]), lines);
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::record;
    use super::*;

    /// As [`record`], with answers under one quality whose forgeries score higher by `shift`.
    fn under_blur(form: GameForm, seed: u64, shift: f32) -> Record {
        let mut all = record(&word(form), seed, 1.0, 1.0);
        for (set, _) in SETS {
            let native = all.columns[set].clone();
            let mut blurred = native.clone();
            blurred.forged.iter_mut().for_each(|score| *score += shift - 1.0);
            all.columns.insert(format!("{set}/native"), native);
            all.columns.insert(format!("{set}/blur-2"), blurred);
        }
        all
    }

    fn verdict<'a>(page: &'a str, claim: &str) -> &'a str {
        let line = page.lines().find(|l| l.starts_with(&format!("| {claim}")));
        line.and_then(|l| l.split("**").nth(1)).unwrap_or_else(|| panic!("{claim}: {page}"))
    }

    #[test]
    fn the_section_says_what_the_arms_show() {
        let both = |two: f32, none: f32| {
            [1, 2].into_iter().flat_map(move |seed| {
                [
                    under_blur(GameForm::TwoGenerators, seed, two),
                    under_blur(GameForm::None, seed, none),
                ]
            })
        };
        let claim = "the game helps on degraded pictures";
        let better: Vec<Record> = both(0.9, 0.3).collect();
        let page = section(&better, "pentimento experiment game", "About it.");
        assert!(page.starts_with(GAME_HEADING) && page.contains("About it."), "{page}");
        assert_eq!(verdict(&page, claim), "holds");
        assert_eq!(verdict(&page, "target: the loss"), "holds");
        assert_eq!(verdict(&page, "the game beats random blur"), "not measured");
        assert!(!page.contains("with random blur |"), "an arm that was not trained: {page}");
        let line = page.lines().find(|l| l.starts_with("| … with two generators")).unwrap();
        assert_eq!(line.matches('|').count(), 8, "one quality: {line}");
        let worse: Vec<Record> = both(0.3, 0.9).collect();
        let page = section(&worse, "", "");
        assert_eq!(verdict(&page, claim), "does not hold");
        assert_eq!(verdict(&page, "target: the loss"), "does not hold");
        let same: Vec<Record> = both(0.6, 0.6).collect();
        assert_eq!(verdict(&section(&same, "", ""), claim), "cannot be told with this n");
    }
}
