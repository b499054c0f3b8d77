//! The tables of the page, one line per row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::cells::{
    MAP_HEADS, TRAINING_HEADS, cell, columns_of, fact_cell, heads, map_cells, mean_cell,
    measured_qualities, n_of, native, quality_cells, rows, table, training_cells,
};
use crate::train::experiment::design::SETS;
use crate::train::experiment::figures::{Figure, Measure};
use crate::train::experiment::record::Record;
use crate::train::experiment::table::BLIND;

pub(super) fn detection(page: &mut String, records: &[Record]) {
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

pub(super) fn quality(page: &mut String, records: &[Record]) {
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
        scale_text(records),
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

/// What the qualities are at the net's input.
fn scale_text(records: &[Record]) -> String {
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

pub(super) fn localization(page: &mut String, records: &[Record]) {
    page.push_str("## Localization\n\n");
    page.push_str("Means over the forgeries of all six sets, cell by cell at 1/8 of the input's size, at the map threshold with the best F1 on validation photos (cells forged by 10 to 50 % do not count). The false area is the share of cells marked on real pictures. The blind ellipse marks the middle of the face whatever it is shown; its size, too, was chosen on validation photos.\n\n");
    let more = ["IoU seen", "IoU unseen", "F1 under unseen quality"];
    let columns = columns_of(records);
    let blind = (BLIND.to_owned(), "blind ellipse".to_owned());
    let lines = rows(records).into_iter().chain([blind]).map(|(word, title)| {
        let of = |figure, columns: &[String]| cell(records, &word, &Measure::new(figure, columns));
        let more = [
            of(Figure::Iou, &columns.seen),
            of(Figure::Iou, &columns.unseen),
            of(Figure::F1, &columns.degraded),
        ];
        std::iter::once(title).chain(map_cells(records, &word)).chain(more).collect()
    });
    table(page, &heads(&[&["row"], &MAP_HEADS, &more]), lines);
}

pub(super) fn development(page: &mut String, records: &[Record]) {
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
            mean_cell(&values)
        };
        std::iter::once(title).chain(sets.iter().map(auc)).collect()
    });
    table(page, &heads, lines);
}

pub(super) fn training(page: &mut String, records: &[Record]) {
    page.push_str("## What the trainings were\n\n");
    page.push_str("Mean widths of the blur, in pixels of the net's input: wanted (random blur is matched to what the two generators chose) and reached; accuracy on clean and on changed copies while training (at logit 0); processor seconds of phase two. A small budget shows the few pairs whose masks it knows again and again.\n\n");
    let lines = rows(records).into_iter().map(|(word, title)| {
        let fact = |name, digits| fact_cell(records, &word, name, digits);
        let own = [title, fact("known_masks", 0), fact("sigma_target", 2)];
        own.into_iter().chain(training_cells(records, &word)).collect()
    });
    table(page, &heads(&[&["row", "masks known", "σ wanted"], &TRAINING_HEADS]), lines);
}
