//! `RESULTS.md`: tables and words, computed from the lines of results and nothing else.
//!
//! * **In**: [`Record`]s of one setup, [`About`] the run. **Out**: Markdown.
//! * **Not here**: figures (`super::figures`), what the claims are (`super::claims`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::claims::{self, Columns, Finding};
use super::exam::{self, SETS};
use super::figures::{Figure, Measure, spread};
use super::record::Record;
use super::table::{BLIND, Row};
use super::{active, claims::Verdict};
use crate::train::select::Criterion;

/// What the page says about how its figures were made.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The commands that make the figures again: the table, and the curve where it was measured.
    pub commands: [String; 2],
    /// Facts in words, one a line.
    pub facts: Vec<String>,
}

/// The mask budgets of the curve, in percent.
pub const BUDGETS: [u32; 5] = [0, 1, 3, 10, 100];

/// Renders the page.
pub fn render(records: &[Record], about: &About) -> String {
    let mut page = String::new();
    let trained: Vec<&Record> = records.iter().filter(|r| r.row != BLIND).collect();
    let unique = |of: &dyn Fn(&Record) -> String| -> String {
        let set: BTreeSet<String> =
            trained.iter().map(|r| of(r)).filter(|s| !s.is_empty()).collect();
        set.into_iter().collect::<Vec<_>>().join(", ")
    };
    let seeds = unique(&|r| r.seed.to_string());
    let put = |page: &mut String, text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    put(&mut page, "# Experiments\n");
    put(
        &mut page,
        "Written by `pentimento experiment`; every figure and every verdict below is computed from the results of single pictures. Do not edit: run the command again.\n",
    );
    let [of_table, of_curve] = &about.commands;
    put(&mut page, &format!("- Command: `{of_table}`"));
    if trained.iter().any(|r| r.row.starts_with("active-")) {
        put(&mut page, &format!("- Active learning: `{of_curve}`"));
    }
    put(
        &mut page,
        &format!(
            "- Seeds: {seeds}. Dates: {}. Commits: {}.",
            unique(&|r| r.date.clone()),
            unique(&|r| short(&r.commit))
        ),
    );
    for fact in &about.facts {
        put(&mut page, &format!("- {fact}"));
    }
    put(
        &mut page,
        "\nThese nets are small and trained for minutes, so that rows can be compared; they are not the shipped model, whose figures are in its card.\n",
    );
    put(
        &mut page,
        "Where several seeds were run, a cell is the mean with the smallest and largest value in brackets.\n",
    );

    detection(&mut page, records);
    quality(&mut page, records);
    localization(&mut page, records);
    development(&mut page, records);
    training(&mut page, records);
    verdicts(&mut page, records);
    curve(&mut page, records);
    page
}

fn short(commit: &str) -> String {
    commit.chars().take(9).collect()
}

fn native() -> Vec<String> {
    SETS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn columns_of(records: &[Record]) -> Columns {
    let ending =
        |end: &str| -> Vec<String> { native().into_iter().filter(|n| n.ends_with(end)).collect() };
    let measured = measured_qualities(records);
    let under = |quality: &str| -> Vec<String> {
        native().into_iter().map(|n| format!("{n}/{quality}")).collect()
    };
    Columns {
        seen: ending("-seen"),
        unseen: ending("-unseen"),
        degraded: measured.iter().flat_map(|q| under(q)).collect(),
        degraded_native: under("native"),
    }
}

fn measured_qualities(records: &[Record]) -> Vec<String> {
    let has = |q: &String| {
        records.iter().any(|r| r.columns.keys().any(|c| c.ends_with(&format!("/{q}"))))
    };
    exam::qualities().into_iter().filter(has).collect()
}

/// Value of a measure for a row: mean over seeds, with extremes when there are several.
fn cell(records: &[Record], row: &str, measure: &Measure) -> String {
    let values: Vec<f64> = records.iter().filter(|r| r.row == row).map(|r| measure.of(r)).collect();
    words(&values)
}

fn words(values: &[f64]) -> String {
    match spread(values) {
        None => "–".to_owned(),
        Some((mean, ..)) if values.len() < 2 => format!("{mean:.3}"),
        Some((mean, low, high)) => format!("{mean:.3} ({low:.3}–{high:.3})"),
    }
}

fn table(page: &mut String, heads: &[String], lines: impl Iterator<Item = Vec<String>>) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    page.push_str(&line(heads));
    page.push_str(&line(&vec!["---".to_owned(); heads.len()]));
    for cells in lines {
        page.push_str(&line(&cells));
    }
    page.push('\n');
}

/// The rows of the table that were measured.
fn rows(records: &[Record]) -> Vec<(String, String)> {
    let measured = |word: &String| records.iter().any(|r| r.row == *word);
    let all = Row::ALL.iter().map(|row| (row.word(), row.title()));
    all.filter(|(word, _)| measured(word)).collect()
}

fn n_of(records: &[Record], column: &str) -> usize {
    records
        .iter()
        .filter_map(|r| r.columns.get(column))
        .map(super::record::Answers::n)
        .max()
        .unwrap_or(0)
}

fn detection(page: &mut String, records: &[Record]) {
    page.push_str("## Detection: seen and unseen generators\n\n");
    let ns: Vec<String> =
        native().iter().map(|c| format!("{c} n = {0} + {0}", n_of(records, c))).collect();
    let _infallible = writeln!(
        page,
        "Accuracy / AUC. The accuracy is balanced, at the threshold that parted seen forgeries of validation photos best. Numbers of real and forged pictures: {}.\n",
        ns.join(", ")
    );
    let mut heads = vec!["row".to_owned()];
    heads.extend(native());
    heads.extend(["mean seen", "mean unseen"].map(str::to_owned));
    let groups: Vec<Vec<String>> = native()
        .into_iter()
        .map(|c| vec![c])
        .chain([columns_of(records).seen, columns_of(records).unseen])
        .collect();
    let lines = rows(records).into_iter().map(|(word, title)| {
        let both = |columns: &Vec<String>| {
            let of = |figure| cell(records, &word, &Measure::new(figure, columns));
            format!("{} / {}", of(Figure::Accuracy), of(Figure::Auc))
        };
        std::iter::once(title).chain(groups.iter().map(both)).collect()
    });
    table(page, &heads, lines);
}

fn quality(page: &mut String, records: &[Record]) {
    let qualities = measured_qualities(records);
    if qualities.is_empty() {
        return;
    }
    page.push_str("## Detection under unseen quality\n\n");
    let first = format!("{}/native", SETS[0].0);
    let _infallible = writeln!(
        page,
        "AUC, mean over the six sets, of the first {} pairs of each; both partners are degraded alike, at the size of the photo, before the net shrinks it. Training saw none of these qualities.{}\n",
        n_of(records, &first),
        if qualities.iter().any(|q| q == exam::H264) {
            ""
        } else {
            " H.264 was not measured: `ffmpeg` was not there."
        }
    );
    let mut heads = vec!["row".to_owned(), "native".to_owned()];
    heads.extend(qualities.iter().cloned());
    heads.extend(["mean of unseen", "loss"].map(str::to_owned));
    let columns = columns_of(records);
    let lines = rows(records).into_iter().map(|(word, title)| {
        let under = |quality: &str| -> Vec<String> {
            native().into_iter().map(|n| format!("{n}/{quality}")).collect()
        };
        let auc = |columns: &[String]| cell(records, &word, &Measure::new(Figure::Auc, columns));
        let (clean, coarse) = (
            Measure::new(Figure::Auc, &columns.degraded_native),
            Measure::new(Figure::Auc, &columns.degraded),
        );
        let losses: Vec<f64> =
            records.iter().filter(|r| r.row == word).map(|r| clean.of(r) - coarse.of(r)).collect();
        let mut cells = vec![title, auc(&columns.degraded_native)];
        cells.extend(qualities.iter().map(|q| auc(&under(q))));
        cells.extend([auc(&columns.degraded), words(&losses)]);
        cells
    });
    table(page, &heads, lines);
}

fn localization(page: &mut String, records: &[Record]) {
    page.push_str("## Localization\n\n");
    page.push_str("Means over the forgeries of all six sets, cell by cell at 1/8 of the input's size, at the map threshold with the best F1 on validation photos (cells forged by 10 to 50 % do not count). The false area is the share of cells marked on real pictures. The blind ellipse marks the middle of the face whatever it is shown.\n\n");
    let heads = [
        "row",
        "IoU",
        "F1",
        "pixel AUC",
        "false area on reals",
        "IoU seen",
        "IoU unseen",
        "F1 under unseen quality",
    ]
    .map(str::to_owned);
    let columns = columns_of(records);
    let blind = (BLIND.to_owned(), "blind ellipse".to_owned());
    let lines = rows(records).into_iter().chain([blind]).map(|(word, title)| {
        let of = |figure, columns: &[String]| cell(records, &word, &Measure::new(figure, columns));
        vec![
            title,
            of(Figure::Iou, &native()),
            of(Figure::F1, &native()),
            of(Figure::PixelAuc, &native()),
            of(Figure::FalseArea, &native()),
            of(Figure::Iou, &columns.seen),
            of(Figure::Iou, &columns.unseen),
            of(Figure::F1, &columns.degraded),
        ]
    });
    table(page, &heads, lines);
}

fn development(page: &mut String, records: &[Record]) {
    let sets: BTreeSet<&String> = records.iter().flat_map(|r| r.dev.keys()).collect();
    if sets.is_empty() {
        return;
    }
    page.push_str("## Development sets\n\n");
    page.push_str("AUC on forgeries made by others, as `pentimento eval` measures it. Few people: see n. Nothing was trained, chosen or tuned on them.\n\n");
    let figure = |r: &Record, set: &str, name: &str| {
        r.dev.get(set).and_then(|f| f.get(name)).copied().unwrap_or(f64::NAN)
    };
    let head = |set: &&String| {
        let n = |name| {
            let of = records.iter().map(|r| figure(r, set, name)).filter(|v| v.is_finite());
            of.fold(0.0f64, f64::max)
        };
        format!("{set} (n = {} + {})", n("n_real"), n("n_forged"))
    };
    let heads: Vec<String> =
        std::iter::once("row".to_owned()).chain(sets.iter().map(head)).collect();
    let lines = rows(records).into_iter().map(|(word, title)| {
        let auc = |set: &&String| {
            let values: Vec<f64> =
                records.iter().filter(|r| r.row == word).map(|r| figure(r, set, "auc")).collect();
            words(&values)
        };
        std::iter::once(title).chain(sets.iter().map(auc)).collect()
    });
    table(page, &heads, lines);
}

fn training(page: &mut String, records: &[Record]) {
    page.push_str("## What the trainings were\n\n");
    page.push_str("Mean widths of the blur that the game chose, in pixels of the net's input; accuracy on clean and on changed copies while training (at logit 0); processor seconds of phase two.\n\n");
    let heads = [
        "row",
        "masks known",
        "σ reals",
        "σ forgeries",
        "accuracy clean",
        "accuracy changed",
        "processor s",
    ]
    .map(str::to_owned);
    let lines = rows(records).into_iter().map(|(word, title)| {
        let fact = |name: &str, digits: usize| {
            let values: Vec<f64> = records
                .iter()
                .filter(|r| r.row == word)
                .filter_map(|r| r.facts.get(name).copied())
                .collect();
            spread(&values).map_or_else(|| "–".to_owned(), |(mean, ..)| format!("{mean:.digits$}"))
        };
        vec![
            title,
            fact("known_masks", 0),
            fact("sigma_mean_real", 2),
            fact("sigma_mean_forged", 2),
            fact("accuracy_clean", 2),
            fact("accuracy_changed", 2),
            fact("cpu_secs_train", 0),
        ]
    });
    table(page, &heads, lines);
}

fn verdicts(page: &mut String, records: &[Record]) {
    page.push_str("## What the papers claim and what holds here\n\n");
    page.push_str("A claim *holds* when the whole 95 % interval of the difference lies on the claimed side, and so does the difference of every seed; it *does not hold* when the whole interval lies on the other side; else it cannot be told. Intervals are paired bootstraps over the test pairs. They do not cover what another training seed would give: with one seed, a small difference that \"holds\" may still be chance.\n\n");
    let findings = claims::examine(records, &columns_of(records));
    let heads = ["claim", "compared", "difference", "95 % interval", "per seed", "verdict"]
        .map(str::to_owned);
    let lines = findings.iter().map(|finding| {
        let Finding { claim, compared, interval, verdict } = finding;
        let (mean, range, each) = interval.as_ref().map_or_else(
            || ["–", "–", "–"].map(str::to_owned).into(),
            |i| {
                let each: Vec<String> = i.each.iter().map(|v| format!("{v:+.3}")).collect();
                (
                    format!("{:+.3}", i.mean),
                    format!("{:+.3} to {:+.3}", i.low, i.high),
                    each.join(", "),
                )
            },
        );
        vec![
            claim.clone(),
            compared.clone(),
            mean,
            range,
            each,
            format!("**{}**", verdict.as_str()),
        ]
    });
    table(page, &heads, lines);
    let count = |v: Verdict| findings.iter().filter(|f| f.verdict == v).count();
    let _infallible = writeln!(
        page,
        "Of {} comparisons {} hold, {} do not, {} cannot be told, {} were not measured. LAE's paper reports gains of 6.52, 12.03 and 3.08 points of accuracy on unseen manipulations for its three tasks, on other data with other generators; those figures are not comparable with these, the direction is.\n",
        findings.len(),
        count(Verdict::Holds),
        count(Verdict::DoesNotHold),
        count(Verdict::CannotBeTold),
        count(Verdict::NotMeasured),
    );
}

fn curve(page: &mut String, records: &[Record]) {
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
    page.push_str("### Against the lot\n\n");
    let heads = ["criterion", "masks", "difference in IoU", "95 % interval", "better than the lot"]
        .map(str::to_owned);
    let iou = &measures[3].1;
    let mut lines = Vec::new();
    for criterion in criteria.iter().filter(|c| **c != Criterion::Random) {
        for budget in BUDGETS.into_iter().filter(|b| (1..100).contains(b)) {
            let (word, lot) =
                (active::word(*criterion, budget), active::word(Criterion::Random, budget));
            let contrast = super::figures::Contrast::difference(&word, &lot, iou);
            let Some(interval) = contrast.over(records) else { continue };
            lines.push(vec![
                criterion.as_str().to_owned(),
                format!("{budget} %"),
                format!("{:+.3}", interval.mean),
                format!("{:+.3} to {:+.3}", interval.low, interval.high),
                format!("**{}**", Verdict::above(Some(&interval), 0.0).as_str()),
            ]);
        }
    }
    table(page, &heads, lines.into_iter());
}

#[cfg(test)]
mod tests {
    use super::super::record::Answers;
    use super::super::record::tests::planted;
    use super::*;

    /// A record in which forgeries of seen and unseen sets score above reals by these shifts.
    fn record(row: &str, seed: u64, seen: f32, unseen: f32) -> Record {
        let noise = |i: usize, k: usize| ((i * 7919 + k * 104_729) % 1000) as f32 / 500.0;
        let mut record = Record { threshold: 1.2, ..planted(row, seed) };
        for (s, (set, _)) in SETS.iter().enumerate() {
            let shift = if set.ends_with("-seen") { seen } else { unseen };
            let answers = Answers {
                real: (0..120).map(|i| noise(i, s)).collect(),
                forged: (0..120).map(|i| noise(i, s + 9) + shift).collect(),
                iou: (0..120).map(|i| 0.2 * shift + 0.05 * noise(i, s)).collect(),
                f1: vec![0.3 * shift; 120],
                pixel_auc: vec![Some(0.8); 120],
                false_area: vec![0.01; 120],
            };
            record.columns.insert((*set).to_owned(), answers);
        }
        record
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
        assert_eq!(verdict_of(&render(&better, &About::default()), claim), "holds");
        let worse = [record("autoencoder", 1, 1.0, 1.6), record("locality-100", 1, 1.0, 0.4)];
        assert_eq!(verdict_of(&render(&worse, &About::default()), claim), "does not hold");
        let same = [record("autoencoder", 1, 1.0, 0.80), record("locality-100", 1, 1.0, 0.81)];
        assert_eq!(
            verdict_of(&render(&same, &About::default()), claim),
            "cannot be told with this n"
        );
        // One seed for, one against.
        let [a, b] = better.clone();
        let [c, d] = worse.map(|r| Record { seed: 2, ..r });
        let torn = render(&[a, b, c, d], &About::default());
        assert_eq!(verdict_of(&torn, claim), "cannot be told with this n");
        let alone = render(&better[..1], &About::default());
        assert_eq!(verdict_of(&alone, claim), "not measured");
    }

    #[test]
    fn the_page_states_command_seeds_and_n_and_leaves_out_what_was_not_measured() {
        let about = About {
            commands: ["pentimento experiment table", "… active"].map(str::to_owned),
            facts: vec!["a fact".to_owned()],
        };
        let records = [record("base-ce", 1, 1.0, 0.5), record("base-ce", 2, 1.2, 0.5)];
        let page = render(&records, &about);
        for words in [
            "pentimento experiment table",
            "a fact",
            "Seeds: 1, 2",
            "2026-01-02",
            "abc",
            "n = 120 + 120",
        ] {
            assert!(page.contains(words), "{words} is not in {page}");
        }
        let line = page.lines().find(|l| l.starts_with("| base CE")).unwrap();
        assert!(line.contains('–') && line.contains('('), "a spread over two seeds: {line}");
        assert!(!page.contains("| + locality"), "rows that were not run are not there");
        assert!(
            !page.contains("## Development sets") && !page.contains("Active learning"),
            "{page}"
        );
    }

    #[test]
    fn the_curve_compares_criteria_with_the_lot() {
        let records = [
            record("autoencoder", 1, 1.0, 0.4),
            record("locality-3", 1, 1.0, 0.5),
            record("active-concept-3", 1, 1.5, 1.5),
            record("locality-100", 1, 2.0, 2.0),
        ];
        let page = render(&records, &About::default());
        let line = page.lines().find(|l| l.starts_with("| concept | 3 %")).unwrap();
        assert!(line.contains("**holds**"), "{line}");
        let curve = page.lines().find(|l| l.starts_with("| concept | 0")).unwrap();
        assert_eq!(curve.matches('–').count(), 2, "1 and 10 % were not run: {curve}");
    }
}
