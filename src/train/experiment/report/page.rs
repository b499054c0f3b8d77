//! The page of the table: how its figures were made, then the sections.

use std::collections::BTreeSet;

use super::cells::{columns_of, distinct, short};
use super::{curve, rows, verdicts};
use crate::train::experiment::figures::{Figure, Measure, spread};
use crate::train::experiment::record::Record;
use crate::train::experiment::table::{BLIND, Row};

/// What the page says about how its figures were made.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The commands that make the figures again: the table, and the curve where it was measured.
    pub commands: [String; 2],
    /// Facts in words, one a line.
    pub facts: Vec<String>,
}

/// Mean AUC on seen generators below which the base has not learned its task.
const LEARNED_AUC: f64 = 0.65;

/// Renders the page; `None` when there is nothing to show.
pub fn render(records: &[Record], about: &About) -> Option<String> {
    let trained: Vec<&Record> = records.iter().filter(|r| r.row != BLIND).collect();
    if trained.is_empty() {
        return None;
    }
    let mut page = "# Experiments\n\nWritten by `pentimento experiment`; every figure and every verdict below is computed from the results of single pictures. Do not edit: run the command again.\n\n".to_owned();
    let mut line = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    let [table, curve] = &about.commands;
    line(&format!("- Command: `{table}`"));
    if trained.iter().any(|r| r.row.starts_with("active-")) {
        line(&format!("- Active learning: `{curve}`"));
    }
    let seeds: BTreeSet<u64> = trained.iter().map(|r| r.seed).collect();
    for seed in seeds {
        let rows: Vec<&str> =
            trained.iter().filter(|r| r.seed == seed).map(|r| r.row.as_str()).collect();
        line(&format!("- Seed {seed}, {} rows: {}.", rows.len(), rows.join(", ")));
    }
    let dates = distinct(&trained, |r| r.date.clone());
    let commits = distinct(&trained, |r| short(&r.commit));
    line(&format!("- Measured: {dates}, by the program of commit {commits}."));
    let missing: Vec<String> = Row::ALL
        .iter()
        .map(|row| row.word())
        .filter(|word| !trained.iter().any(|r| r.row == *word))
        .collect();
    if !missing.is_empty() {
        line(&format!(
            "- **Not measured yet**: {}. The command goes on with them.",
            missing.join(", ")
        ));
    }
    for fact in about.facts.iter().chain(&pair_facts(records)) {
        line(&format!("- {fact}"));
    }
    line(
        "\nThese nets are small and trained for minutes, so that rows can be compared; they are not the shipped model, whose figures are in its card. Where several seeds were run, a cell is the mean with the smallest and largest value in brackets; with one seed, differences between rows of a few hundredths may be chance.\n",
    );

    if let Some(sentence) = unlearned(records) {
        line(&sentence);
    }

    rows::detection(&mut page, records);
    rows::quality(&mut page, records);
    rows::localization(&mut page, records);
    rows::development(&mut page, records);
    rows::training(&mut page, records);
    verdicts::verdicts(&mut page, records);
    verdicts::tasks(&mut page, records);
    curve::curve(&mut page, records);
    Some(page)
}

/// A warning where the base does not tell even seen forgeries from reals.
fn unlearned(records: &[Record]) -> Option<String> {
    let base = Row::Base.word();
    let measure = Measure::new(Figure::Auc, &columns_of(records).seen);
    let values: Vec<f64> =
        records.iter().filter(|r| r.row == base).map(|r| measure.value(r)).collect();
    let (mean, ..) = spread(&values)?;
    (mean < LEARNED_AUC).then(|| {
        format!(
            "**The base learned next to nothing in these few steps** (AUC {mean:.3} on the generators it trained on; 0.5 is chance). Comparisons with it, and among the rows that start from it, therefore say how fast a row learns, not how good it ends up; what the games do to a trained detector cannot be read off them.\n"
        )
    })
}

/// What is to be known about the test pairs.
fn pair_facts(records: &[Record]) -> Vec<String> {
    let Some(blind) = records.iter().find(|r| r.row == BLIND) else { return Vec::new() };
    let fact = |name: &str| blind.facts.get(name).copied();
    let mut facts = Vec::new();
    if let Some(share) = fact("mesh_swaps_with_triangles") {
        facts.push(format!(
            "Of the mesh swaps {:.0} % were warped by the triangles of a mesh; the others, where no mesh was sure, by landmarks.",
            share * 100.0
        ));
    }
    if let Some(ceiling) = fact("iou_ceiling") {
        facts.push(format!(
            "The masks themselves, brought to the map's grid and back, have a mean IoU of {ceiling:.3}: at pixels, no map on that grid can do better. IoU and F1 below are of cells, where the ceiling is 1."
        ));
    }
    let left_out: usize =
        blind.columns.values().map(|a| a.iou.iter().filter(|v| v.is_none()).count()).sum();
    let all: usize = blind.columns.values().map(|a| a.iou.len()).sum();
    facts.push(format!(
        "{left_out} of the {all} forgeries of the test sets fill no cell by half: they count for detection, not for localization."
    ));
    facts
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::record;
    use super::*;
    use crate::train::experiment::record::tests::planted;

    fn page_of(records: &[Record]) -> String {
        render(records, &About::default()).unwrap()
    }

    fn verdict_of<'a>(page: &'a str, claim: &str) -> &'a str {
        let line = page.lines().find(|l| l.starts_with('|') && l.contains(claim));
        line.and_then(|l| l.split("**").nth(1))
            .unwrap_or_else(|| panic!("{claim} is not in {page}"))
    }

    #[test]
    fn the_words_follow_the_figures() {
        let claim = "LAE: locality raises accuracy";
        let better = [record("autoencoder", 1, 1.0, 0.4), record("locality-100", 1, 1.0, 1.6)];
        assert_eq!(verdict_of(&page_of(&better), claim), "one seed: points to yes");
        let twice = |records: &[Record]| {
            let second = records.iter().map(|r| Record { seed: 2, ..r.clone() });
            records.iter().cloned().chain(second).collect::<Vec<_>>()
        };
        assert_eq!(verdict_of(&page_of(&twice(&better)), claim), "holds");
        let worse = [record("autoencoder", 1, 1.0, 1.6), record("locality-100", 1, 1.0, 0.4)];
        assert_eq!(verdict_of(&page_of(&worse), claim), "one seed: points to no");
        assert_eq!(verdict_of(&page_of(&twice(&worse)), claim), "does not hold");
        let same = [record("autoencoder", 1, 1.0, 0.80), record("locality-100", 1, 1.0, 0.81)];
        assert_eq!(verdict_of(&page_of(&same), claim), "cannot be told with this n");
        // One seed for, one against.
        let [a, b] = better.clone();
        let [c, d] = worse.map(|r| Record { seed: 2, ..r });
        let torn = page_of(&[a, b, c, d]);
        assert_eq!(verdict_of(&torn, claim), "cannot be told with this n");
        assert!(!page_of(&better).contains("### Task by task"), "the base is not there");
        let based: Vec<Record> =
            better.iter().cloned().chain([record("base-ce", 1, 1.0, 0.4)]).collect();
        let page = page_of(&based);
        let line = page.lines().find(|l| l.starts_with("| swap | +6.52")).unwrap();
        assert!(line.matches('+').count() >= 2, "a gain in points: {line}");
        let gainless = "3 % of the masks recover most of the gain in detection";
        let with_three = [
            record("autoencoder", 1, 1.0, 0.8),
            record("locality-3", 1, 1.0, 0.9),
            record("locality-100", 1, 1.0, 0.8),
        ];
        assert_eq!(verdict_of(&page_of(&with_three), gainless), "no gain to recover");
        assert_eq!(render(&[planted(BLIND, 0)], &About::default()), None, "no empty page");
        let alone = page_of(&better[..1]);
        assert_eq!(verdict_of(&alone, claim), "not measured");
    }

    #[test]
    fn the_page_states_command_seeds_and_n_and_leaves_out_what_was_not_measured() {
        let about = About {
            commands: ["pentimento experiment table", "… active"].map(str::to_owned),
            facts: vec!["a fact".to_owned()],
        };
        let records = [record("base-ce", 1, 1.0, 0.5), record("base-ce", 2, 1.2, 0.5)];
        let page = render(&records, &about).unwrap();
        for part in [
            "pentimento experiment table",
            "a fact",
            "Seed 1, 1 rows: base-ce.",
            "Not measured yet",
            "2026-01-02",
            "abc",
            "n = 120 + 120",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let line = page.lines().find(|l| l.starts_with("| base CE")).unwrap();
        assert!(line.contains('–') && line.contains('('), "a spread over two seeds: {line}");
        assert!(!page.contains("| + locality"), "rows that were not run are not there");
        assert!(!page.contains("next to nothing"), "this base learned");
        assert!(page_of(&[record("base-ce", 1, 0.1, 0.1)]).contains("next to nothing"), "not this");
        assert!(
            !page.contains("## Development sets") && !page.contains("Active learning"),
            "{page}"
        );
    }

    #[test]
    fn the_curve_compares_criteria_with_random() {
        let records = [
            record("autoencoder", 1, 1.0, 0.4),
            record("locality-3", 1, 1.0, 0.5),
            record("active-concept-3", 1, 1.5, 1.5),
            record("locality-100", 1, 2.0, 2.0),
        ];
        let page = page_of(&records);
        let line = page.lines().find(|l| l.starts_with("| concept | 3 %")).unwrap();
        assert!(line.contains("**one seed: points to yes**"), "{line}");
        let curve = page.lines().find(|l| l.starts_with("| concept | 0")).unwrap();
        assert_eq!(curve.matches('–').count(), 2, "1 and 10 % were not run: {curve}");
    }
}
