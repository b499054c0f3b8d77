//! The section of `RESULTS.md` on the learning loop.

use std::path::Path;

use super::measured::{Arm, Measured};
use crate::cli::experiment::page_file::update_page;
use crate::train::experiment::report::{LOOP_HEADING, with_section};

/// The section in words and figures: of one question, asked with one seed or several.
pub(super) fn section(seeds: &[Measured]) -> String {
    let Some(first) = seeds.first() else { return LOOP_HEADING.to_owned() };
    let Measured { commit, command, parent, method, n_pool, n_rest, budget, .. } = first;
    let commit = commit.get(..9).unwrap_or(commit);
    let date = seeds.iter().map(|of| of.date.as_str()).max().unwrap_or_default();
    let all_seeds: Vec<String> = seeds.iter().map(|of| of.seed.to_string()).collect();
    let all_seeds = all_seeds.join(",");
    let command =
        command.replace(&format!("--seeds {}", first.seed), &format!("--seeds {all_seeds}"));
    let mut lines = vec![
        LOOP_HEADING.to_owned(),
        String::new(),
        format!(
            "Written by `{command}`, {date}, commit {commit}. A scripted annotator works through the \
             session commands of the window: {n_pool} pictures of training people, half of them forged \
             by {method}, which {parent} was never trained on, are examined and ranked; {budget} % of \
             them are decided on, with the true masks; the export retrains the detector ({} steps of \
             {} pairs, {:.0} % replayed; calibration as before); measured on the faces found in {n_rest} \
             pictures, half of them forged alike, of people of whom nothing was trained on. Learned \
             from: forged and unforged faces.",
            first.steps,
            first.pairs,
            100.0 * first.replay,
        ),
        String::new(),
        cells_note(seeds),
        String::new(),
        "| chosen by | looked at | learned from | AUC | balanced accuracy | detected | false alarms | IoU | pixel AUC |".to_owned(),
        "|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(first.arms.iter().map(|arm| row(&arm.name, seeds)));
    lines.push(String::new());
    lines.push(gains(seeds));
    lines.push(String::new());
    lines.join("\n")
}

/// What the brackets in the table are.
fn cells_note(seeds: &[Measured]) -> String {
    match seeds {
        [_] => "One seed. In brackets: the 95 % interval of the AUC, faces taken for independent: \
                differences between choices within it say nothing."
            .to_owned(),
        _ => format!(
            "Means over {} seeds, each with pictures of its own; in brackets the smallest and the \
             largest.",
            seeds.len()
        ),
    }
}

fn row(name: &str, seeds: &[Measured]) -> String {
    let arms: Vec<&Arm> =
        seeds.iter().flat_map(|of| &of.arms).filter(|arm| arm.name == name).collect();
    let chosen = match name {
        "none" => "nothing: no retraining",
        "all" => "everything",
        strategy => strategy,
    };
    let figure = |figure: &str| {
        let values: Vec<f64> = arms.iter().filter_map(|a| a.exam.get(figure).copied()).collect();
        match values[..] {
            [] => "–".to_owned(),
            [value] => format!("{value:.3}"),
            _ => {
                let (low, high) = bounds(&values);
                format!("{:.3} ({low:.3}–{high:.3})", mean(&values))
            }
        }
    };
    let auc = match arms[..] {
        [Arm { auc_interval: [low, high], .. }] => {
            format!("{} ({low:.3}–{high:.3})", figure("auc"))
        }
        _ => figure("auc"),
    };
    let n = |of: fn(&Arm) -> u64| {
        let (low, high) = bounds(&arms.iter().map(|arm| of(arm) as f64).collect::<Vec<_>>());
        if low < high { format!("{low}–{high}") } else { low.to_string() }
    };
    format!(
        "| {chosen} | {} | {} + {} | {auc} | {} | {} | {} | {} | {} |",
        n(|arm| arm.n_looked_at),
        n(|arm| arm.n_forged),
        n(|arm| arm.n_real),
        figure("balanced_accuracy"),
        figure("detection_rate"),
        figure("false_positive_rate"),
        figure("iou"),
        figure("pixel_auc"),
    )
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The smallest and the largest.
fn bounds(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// What share of the gain of all masks each choice has, and in how many seeds concept beats chance.
fn gains(seeds: &[Measured]) -> String {
    let of = |name: &str, figure: &str| -> Option<f64> {
        let arms = seeds.iter().flat_map(|of| &of.arms).filter(|arm| arm.name == name);
        let values: Vec<f64> = arms.filter_map(|arm| arm.exam.get(figure).copied()).collect();
        (!values.is_empty()).then(|| mean(&values))
    };
    let arms = seeds.first().map_or(&[][..], |of| &of.arms);
    let others = || arms.iter().filter(|arm| arm.name != "none" && arm.name != "all");
    let mut sentences = Vec::new();
    for (figure, name) in [("auc", "AUC"), ("iou", "IoU")] {
        let (Some(none), Some(all)) = (of("none", figure), of("all", figure)) else { continue };
        if all <= none {
            sentences.push(format!("All masks brought no gain in {name}."));
            continue;
        }
        let shares: Vec<String> = others()
            .filter_map(|arm| {
                let share = 100.0 * (of(&arm.name, figure)? - none) / (all - none);
                Some(format!("{} {share:.0} %", arm.name))
            })
            .collect();
        sentences.push(format!(
            "Of the gain in {name} with everything ({:+.3}): {}.",
            all - none,
            shares.join(", ")
        ));
    }
    if seeds.len() > 1 {
        sentences.extend(others().filter(|arm| arm.name != "random").filter_map(|arm| {
            let wins = |figure: &str| {
                let value = |of: &Measured, name: &str| {
                    of.arms.iter().find(|arm| arm.name == name)?.exam.get(figure).copied()
                };
                let pairs =
                    seeds.iter().map(|of| Some((value(of, &arm.name)?, value(of, "random")?)));
                let pairs: Option<Vec<_>> = pairs.collect();
                pairs.map(|pairs| pairs.iter().filter(|(own, random)| own > random).count())
            };
            Some(format!(
                "Choosing by {} beats chance in {} of {n} seeds by AUC, in {} of {n} by IoU.",
                arm.name,
                wins("auc")?,
                wins("iou")?,
                n = seeds.len()
            ))
        }));
    }
    sentences.join(" ")
}

/// Writes the section at the end of a page, in place of an earlier one.
pub(super) fn write_section(page: &Path, seeds: &[Measured]) -> anyhow::Result<()> {
    update_page(page, |earlier| with_section(earlier, LOOP_HEADING, &section(seeds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Measured {
        let arm = |name: &str, auc: f64, iou: f64| Arm {
            name: name.to_owned(),
            n_looked_at: 3,
            n_forged: 2,
            n_real: 1,
            exam: [("auc".to_owned(), auc), ("iou".to_owned(), iou)].into(),
            auc_interval: [auc - 0.05, auc + 0.05],
        };
        let arms = vec![arm("none", 0.7, 0.2), arm("concept", 0.75, 0.15), arm("all", 0.8, 0.2)];
        Measured { arms, budget: 3.0, ..Measured::default() }
    }

    #[test]
    fn gains_are_shares_of_what_everything_brings() {
        let text = section(&[measured()]);
        assert!(text.contains("concept 50 %"), "{text}");
        assert!(text.contains("no gain in IoU"), "{text}");
        assert!(text.contains("One seed.") && text.contains("0.750 (0.700–0.800)"), "{text}");
    }

    #[test]
    fn seeds_are_averaged_and_choices_counted_against_chance() {
        let seed = |seed: u64, concept: f64, random: f64| {
            let mut of = measured();
            of.command = format!("loop --seeds {seed}");
            of.seed = seed;
            of.arms[1].exam.insert("auc".to_owned(), concept);
            of.arms[1].exam.insert("iou".to_owned(), 0.3);
            let arm = Arm { name: "random".to_owned(), ..of.arms[1].clone() };
            of.arms.insert(2, arm);
            of.arms[2].exam.insert("auc".to_owned(), random);
            of
        };
        let text = section(&[seed(4, 0.76, 0.72), seed(5, 0.74, 0.78)]);
        assert!(text.contains("`loop --seeds 4,5`"), "{text}");
        assert!(text.contains("| concept | 3 | 2 + 1 | 0.750 (0.740–0.760) |"), "{text}");
        assert!(text.contains("concept 50 %, random 50 %"), "{text}");
        assert!(text.contains("in 1 of 2 seeds by AUC, in 0 of 2 by IoU"), "{text}");
    }

    #[test]
    fn a_section_takes_the_place_of_the_old_one_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("RESULTS.md");
        std::fs::write(&page, "# Table\n\nfigures\n").unwrap();
        write_section(&page, &[measured()]).unwrap();
        write_section(&page, &[Measured { method: "painted".to_owned(), ..measured() }]).unwrap();
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.starts_with("# Table\n\nfigures\n\n## "), "{text}");
        assert!(text.matches(LOOP_HEADING).count() == 1 && text.contains("by painted"), "{text}");
    }
}
