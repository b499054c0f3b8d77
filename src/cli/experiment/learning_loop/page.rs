//! The section of `RESULTS.md` on the learning loop.

use std::path::Path;

use super::measured::{Arm, Measured};
use crate::cli::experiment::page_file::update_page;
use crate::train::experiment::report::{LOOP_HEADING, with_section};

/// The section in words and figures.
pub(super) fn section(measured: &Measured) -> String {
    let Measured { date, commit, command, parent, method, n_pool, n_rest, budget, .. } = measured;
    let commit = commit.get(..9).unwrap_or(commit);
    let mut lines = vec![
        LOOP_HEADING.to_owned(),
        String::new(),
        format!(
            "Written by `{command}`, {date}, commit {commit}. A scripted annotator works through the \
             session commands of the window: {n_pool} pictures of training people, half of them forged \
             by {method}, which {parent} was never trained on, are examined and ranked; {budget} % of \
             them are decided on, with the true masks; the export retrains the detector ({} steps of \
             {} pairs, {:.0} % replayed, seed {}; calibration as before); measured on the faces found in {n_rest} pictures, half of them forged alike, of \
             people of whom nothing was trained on. Learned from: forged and unforged faces. The \
             intervals take the faces for independent.",
            measured.steps,
            measured.pairs,
            100.0 * measured.replay,
            measured.seed
        ),
        String::new(),
        "| chosen by | looked at | learned from | AUC | 95 % interval | balanced accuracy | detected | false alarms | IoU | pixel AUC |".to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(measured.arms.iter().map(row));
    lines.push(String::new());
    lines.push(gains(measured));
    lines.push(String::new());
    lines.join("\n")
}

fn row(arm: &Arm) -> String {
    let figure = |name: &str| {
        arm.exam.get(name).map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
    };
    let chosen = match arm.name.as_str() {
        "none" => "nothing: no retraining",
        "all" => "everything",
        "random" => "random",
        strategy => strategy,
    };
    let [low, high] = arm.auc_interval;
    format!(
        "| {chosen} | {} | {} + {} | {} | {low:.3} to {high:.3} | {} | {} | {} | {} | {} |",
        arm.n_looked_at,
        arm.n_forged,
        arm.n_real,
        figure("auc"),
        figure("balanced_accuracy"),
        figure("detection_rate"),
        figure("false_positive_rate"),
        figure("iou"),
        figure("pixel_auc"),
    )
}

/// What share of the gain of all masks each choice has.
fn gains(measured: &Measured) -> String {
    let of = |name: &str, figure: &str| {
        let arm = measured.arms.iter().find(|arm| arm.name == name)?;
        arm.exam.get(figure).copied()
    };
    let mut sentences = Vec::new();
    for (figure, name) in [("auc", "AUC"), ("iou", "IoU")] {
        let (Some(none), Some(all)) = (of("none", figure), of("all", figure)) else { continue };
        if all <= none {
            sentences.push(format!("All masks brought no gain in {name}."));
            continue;
        }
        let others = measured.arms.iter().filter(|arm| arm.name != "none" && arm.name != "all");
        let shares: Vec<String> = others
            .filter_map(|arm| {
                let share = 100.0 * (arm.exam.get(figure)? - none) / (all - none);
                Some(format!("{} {share:.0} %", arm.name))
            })
            .collect();
        sentences.push(format!(
            "Of the gain in {name} with everything ({:+.3}): {}.",
            all - none,
            shares.join(", ")
        ));
    }
    sentences
        .push("One seed: differences between choices within the intervals say nothing.".to_owned());
    sentences.join(" ")
}

/// Writes the section at the end of a page, in place of an earlier one.
pub(super) fn write_section(page: &Path, measured: &Measured) -> anyhow::Result<()> {
    update_page(page, |earlier| with_section(earlier, LOOP_HEADING, &section(measured)))
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
        let text = section(&measured());
        assert!(text.contains("concept 50 %"), "{text}");
        assert!(text.contains("no gain in IoU"), "{text}");
    }

    #[test]
    fn a_section_takes_the_place_of_the_old_one_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("RESULTS.md");
        std::fs::write(&page, "# Table\n\nfigures\n").unwrap();
        write_section(&page, &measured()).unwrap();
        write_section(&page, &Measured { seed: 7, ..measured() }).unwrap();
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.starts_with("# Table\n\nfigures\n\n## "), "{text}");
        assert!(text.matches(LOOP_HEADING).count() == 1 && text.contains("seed 7"), "{text}");
    }
}
