//! `RESULTS.md`: tables and words, computed from the lines of results and nothing else.
//!
//! * **In**: [`Record`]s of one setup, [`About`] the run. **Out**: Markdown.
//! * **Not here**: figures (`super::figures`), what the claims are (`super::claims`).
//!
//! | part | what it renders |
//! |---|---|
//! | this one | the table's page |
//! | `curve` | active learning, at its end |
//! | `verdicts` | what the papers claim and what holds |
//! | [`tuned`] | the section of `experiment game` |

mod curve;
pub mod tuned;
mod verdicts;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::claims::Columns;
use super::exam::{self, SETS};
use super::figures::{Figure, Measure, spread};
use super::record::{Answers, Record};
use super::table::{BLIND, Row};

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

/// Heads the section that `experiment game` writes.
pub const GAME_HEADING: &str = "## The game on a detector that had learned";
/// Heads the section that `experiment loop` writes.
pub const LOOP_HEADING: &str = "## The learning loop";
/// Sections of other commands than the table's, in the order of the page.
const OTHERS: [&str; 2] = [GAME_HEADING, LOOP_HEADING];

/// A page with one of the sections that follow the table's, in place of an earlier one; everything
/// else stays as it is.
pub fn with_section(page: &str, heading: &str, section: &str) -> String {
    let mut parts = vec![table_of(page).trim_end()];
    for other in OTHERS {
        let part = if other == heading { section } else { section_of(page, other) };
        parts.push(part.trim_end());
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// A page whose table is replaced, with the sections of other commands as they were.
pub fn with_table(page: &str, table: &str) -> String {
    let others = OTHERS.iter().filter_map(|heading| page.find(heading)).min();
    let others = others.map_or("", |at| &page[at..]);
    [table.trim_end(), others.trim_end()].join("\n\n").trim_end().to_owned() + "\n"
}

/// What stands before the sections of other commands.
fn table_of(page: &str) -> &str {
    let end = OTHERS.iter().filter_map(|heading| page.find(heading)).min();
    &page[..end.unwrap_or(page.len())]
}

fn section_of<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some(begin) = page.find(heading) else { return "" };
    let later = OTHERS.iter().filter_map(|other| page.find(other)).filter(|at| *at > begin);
    &page[begin..later.min().unwrap_or(page.len())]
}

/// Renders the page; `None` when there is nothing to show.
pub fn render(records: &[Record], about: &About) -> Option<String> {
    let trained: Vec<&Record> = records.iter().filter(|r| r.row != BLIND).collect();
    if trained.is_empty() {
        return None;
    }
    let unique = |of: &dyn Fn(&Record) -> String| -> String {
        let all: BTreeSet<String> = trained.iter().map(|r| of(r)).collect();
        all.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let mut page = "# Experiments\n\nWritten by `pentimento experiment`; every figure and every verdict below is computed from the results of single pictures. Do not edit: run the command again.\n\n".to_owned();
    let mut put = |text: &str| {
        page.push_str(text);
        page.push('\n');
    };
    let [of_table, of_curve] = &about.commands;
    put(&format!("- Command: `{of_table}`"));
    if trained.iter().any(|r| r.row.starts_with("active-")) {
        put(&format!("- Active learning: `{of_curve}`"));
    }
    let seeds: BTreeSet<u64> = trained.iter().map(|r| r.seed).collect();
    for seed in seeds {
        let rows: Vec<&str> =
            trained.iter().filter(|r| r.seed == seed).map(|r| r.row.as_str()).collect();
        put(&format!("- Seed {seed}, {} rows: {}.", rows.len(), rows.join(", ")));
    }
    let (dates, commits) = (unique(&|r| r.date.clone()), unique(&|r| short(&r.commit)));
    put(&format!("- Measured: {dates}, by the program of commit {commits}."));
    let missing: Vec<String> = Row::ALL
        .iter()
        .map(|row| row.word())
        .filter(|word| !trained.iter().any(|r| r.row == *word))
        .collect();
    if !missing.is_empty() {
        put(&format!(
            "- **Not measured yet**: {}. The command goes on with them.",
            missing.join(", ")
        ));
    }
    for fact in about.facts.iter().chain(&pair_facts(records)) {
        put(&format!("- {fact}"));
    }
    put(
        "\nThese nets are small and trained for minutes, so that rows can be compared; they are not the shipped model, whose figures are in its card. Where several seeds were run, a cell is the mean with the smallest and largest value in brackets; with one seed, differences between rows of a few hundredths may be chance.\n",
    );

    if let Some(words) = unlearned(records) {
        put(&words);
    }

    detection(&mut page, records);
    quality(&mut page, records);
    localization(&mut page, records);
    development(&mut page, records);
    training(&mut page, records);
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
        records.iter().filter(|r| r.row == base).map(|r| measure.of(r)).collect();
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
        degraded: measured.iter().filter(|q| counts(q)).flat_map(|q| under(q)).collect(),
        degraded_native: under("native"),
    }
}

/// Whether claims and means are about this quality.
fn counts(quality: &str) -> bool {
    exam::qualities().iter().take(exam::N_COUNTED).any(|q| q == quality)
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

/// Mean over seeds of a fact of a row's trainings.
fn fact_cell(records: &[Record], row: &str, name: &str, digits: usize) -> String {
    let own = records.iter().filter(|r| r.row == row);
    let values: Vec<f64> = own.filter_map(|r| r.facts.get(name).copied()).collect();
    spread(&values).map_or_else(|| "–".to_owned(), |(mean, ..)| format!("{mean:.digits$}"))
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
    records.iter().filter_map(|r| r.columns.get(column)).map(Answers::n).max().unwrap_or(0)
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
        "AUC, mean over the six sets, of the first {} pairs of each; both partners are degraded alike, at the size of the photo, before the net shrinks it{}. Rows without a game trained at native quality alone; rows with a blur also on copies blurred by up to 1 px of the net's input, which is not far from the blur here; no row trained on coarse JPEG, scaling or H.264. Video codings are those of a short drift of the picture (one key frame, two predicted ones; the last is examined), through the decoder that reads clips; the messenger makes it smaller to two thirds and codes at a rate factor of 28. Mean and loss are over the first four.{}\n",
        n_of(records, &first),
        scale_words(records),
        if qualities.iter().any(|q| q.starts_with("h264")) {
            ""
        } else {
            " H.264 was not measured: `ffmpeg` was not there."
        }
    );
    let mut heads = vec!["row".to_owned(), "native".to_owned()];
    heads.extend(qualities.iter().cloned());
    heads.extend(["mean of unseen", "loss"].map(str::to_owned));
    let lines = rows(records)
        .into_iter()
        .map(|(word, title)| std::iter::once(title).chain(quality_cells(records, &word)).collect());
    table(page, &heads, lines);
}

/// AUC of the pairs that are measured under every quality: native, under each, the mean of those that
/// count, and what is lost.
fn quality_cells(records: &[Record], word: &str) -> Vec<String> {
    let columns = columns_of(records);
    let under = |quality: &String| -> Vec<String> {
        native().into_iter().map(|n| format!("{n}/{quality}")).collect()
    };
    let auc = |columns: &[String]| cell(records, word, &Measure::new(Figure::Auc, columns));
    let clean = Measure::new(Figure::Auc, &columns.degraded_native);
    let coarse = Measure::new(Figure::Auc, &columns.degraded);
    let losses: Vec<f64> =
        records.iter().filter(|r| r.row == word).map(|r| clean.of(r) - coarse.of(r)).collect();
    let mut cells = vec![auc(&columns.degraded_native)];
    cells.extend(measured_qualities(records).iter().map(|q| auc(&under(q))));
    cells.extend([auc(&columns.degraded), words(&losses)]);
    cells
}

fn localization(page: &mut String, records: &[Record]) {
    page.push_str("## Localization\n\n");
    page.push_str("Means over the forgeries of all six sets, cell by cell at 1/8 of the input's size, at the map threshold with the best F1 on validation photos (cells forged by 10 to 50 % do not count). The false area is the share of cells marked on real pictures. The blind ellipse marks the middle of the face whatever it is shown; its size, too, was chosen on validation photos.\n\n");
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
    page.push_str("AUC on forgeries made by others, as `pentimento eval` measures it. Few people: see n. Nothing in this command was trained, chosen or tuned on them; an early prototype of the recipe was looked at on them.\n\n");
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
    page.push_str("Mean widths of the blur, in pixels of the net's input: wanted (random blur is matched to what the two generators chose) and reached; accuracy on clean and on changed copies while training (at logit 0); processor seconds of phase two. A small budget shows the few pairs whose masks it knows again and again.\n\n");
    let heads = [
        "row",
        "masks known",
        "σ wanted",
        "σ reals",
        "σ forgeries",
        "accuracy clean",
        "accuracy changed",
        "processor s",
    ]
    .map(str::to_owned);
    let lines = rows(records).into_iter().map(|(word, title)| {
        let fact = |name, digits| fact_cell(records, &word, name, digits);
        vec![
            title,
            fact("known_masks", 0),
            fact("sigma_target", 2),
            fact("sigma_mean_real", 2),
            fact("sigma_mean_forged", 2),
            fact("accuracy_clean", 2),
            fact("accuracy_changed", 2),
            fact("cpu_secs_train", 0),
        ]
    });
    table(page, &heads, lines);
}

/// What the qualities are at the net's input.
fn scale_words(records: &[Record]) -> String {
    let blind = records.iter().find(|r| r.row == BLIND);
    let scale = blind.and_then(|r| r.facts.get("net_px_per_photo_px"));
    scale.map_or_else(String::new, |scale| {
        format!(
            " (a photo's pixel is {scale:.2} of the input's, in the median: the blur of 2 px is one of {:.2} px there, and what is left after halving still has {:.1} pixels for one of the net's)",
            scale * 2.0,
            0.5 / scale
        )
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::record::tests::planted;
    use super::*;

    /// A record in which forgeries of seen and unseen sets score above reals by these shifts.
    pub(super) fn record(row: &str, seed: u64, seen: f32, unseen: f32) -> Record {
        let noise = |i: usize, k: usize| ((i * 7919 + k * 104_729) % 1000) as f32 / 500.0;
        let mut record = Record { threshold: 1.2, ..planted(row, seed) };
        for (s, (set, _)) in SETS.iter().enumerate() {
            let shift = if set.ends_with("-seen") { seen } else { unseen };
            let answers = Answers {
                real: (0..120).map(|i| noise(i, s)).collect(),
                forged: (0..120).map(|i| noise(i, s + 9) + shift).collect(),
                iou: (0..120).map(|i| Some(0.2 * shift + 0.05 * noise(i, s))).collect(),
                f1: vec![Some(0.3 * shift); 120],
                pixel_auc: vec![Some(0.8); 120],
                false_area: vec![0.01; 120],
                groups: Vec::new(),
            };
            record.columns.insert((*set).to_owned(), answers);
        }
        record
    }

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
        for words in [
            "pentimento experiment table",
            "a fact",
            "Seed 1, 1 rows: base-ce.",
            "Not measured yet",
            "2026-01-02",
            "abc",
            "n = 120 + 120",
        ] {
            assert!(page.contains(words), "{words} is not in {page}");
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
    fn a_section_takes_the_place_of_its_earlier_self_alone() {
        let game = format!("{GAME_HEADING}\n\nan old game\n");
        let learning = format!("{LOOP_HEADING}\n\na loop\n");
        let page = format!("# Experiments\n\nrows\n\n{learning}");
        let with_game = with_section(&page, GAME_HEADING, &game);
        assert_eq!(with_game, format!("# Experiments\n\nrows\n\n{game}\n{learning}"), "in order");
        let again = with_section(&with_game, GAME_HEADING, &game.replace("old", "new"));
        assert_eq!(again, with_game.replace("old", "new"));
        assert_eq!(with_section(&again, LOOP_HEADING, &learning), again);
        assert_eq!(
            with_table(&again, "# Other rows"),
            format!("# Other rows\n\n{}", &again[again.find(GAME_HEADING).unwrap()..])
        );
        assert_eq!(with_table("", "# Rows\n"), "# Rows\n");
    }

    #[test]
    fn the_curve_compares_criteria_with_the_lot() {
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
