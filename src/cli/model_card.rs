//! `models card`: the card of a detector as a page for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::base::text::{capitalized, percent_to_tenths};
use crate::bundle::{
    CLIP_FIGURES, Card, ErrorKind, FIGURE_SETS, FILMED_CLIP_FIGURES, InputSize, Measure,
    ScopeLimit, Thresholds, figure_set_name,
};
use crate::eval::{auc_interval, wilson};

/// Figures of one set by name.
type Figures = BTreeMap<String, f64>;

/// Sets that are not pictures of faces, real and forged.
const OTHER_FIGURES: [&str; 5] =
    [CLIP_FIGURES, FILMED_CLIP_FIGURES, "calibration", "reliability", "unseen-quality"];
/// Photos that this project forged itself, all methods together.
const OWN: &str = "test-people";
/// Sets of degraded photos end like this.
const DEGRADED: [&str; 3] = ["jpeg-", "blur-", "scale-"];
/// A detection rate below this counts as missed, in [`missed`].
const LOW_DETECTION: f64 = 0.25;
/// An AUC below this is little better than chance.
const LOW_AUC: f64 = 0.6;

/// The page, in Markdown.
pub(super) fn model_card(card: &Card) -> String {
    let mut out = String::new();
    let mut part = |text: String| {
        if !text.is_empty() {
            out.push_str(&text);
            out.push_str("\n\n");
        }
    };
    part(format!(
        "# Model card: {}\n\nWritten by `pentimento models card` from `card.toml`. Do not edit.",
        card.name
    ));
    part(facts(card));
    part(PURPOSE.to_owned());
    part(OUT_OF_SCOPE.to_owned());
    part(missed(card));
    part(format!("## Data and terms\n\n{}.", card.source.terms.trim_end_matches('.')));
    part(training(card));
    part(card.thresholds.map(|t| thresholds(card, &t)).unwrap_or_default());
    part(HOW_TO_READ.to_owned());
    part(own_forgeries(card));
    part(made_by_others(card));
    part(degraded(card));
    part(clips(card));
    part(limits(card));
    part(reliability(card));
    part(format!(
        "## License\n\n`{}`. The [notices](../NOTICES.md) name the terms of all shipped models.",
        card.license
    ));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

const PURPOSE: &str = "## Purpose

The detector scores one face and marks where it sees traces of forgery. It gives a person a hint \
where to look closer. Intended users are analysts, journalists and annotators who check the picture \
themselves. A verdict is not a proof, for or against anybody.";

const OUT_OF_SCOPE: &str = "## Out of scope

- decisions about people without a person who looks closer
- proof that a picture is authentic: \"No trace found\" does not say that
- anything but faces: background, text, bodies, sound, movement
- faces beyond the limits listed below";

const HOW_TO_READ: &str = "## How to read the tables

- **AUC**: how well the score ranks forged above real; 0.5 is chance. In brackets: 95 % interval \
(Hanley and McNeil).
- **False alarms**: real faces called forged. **Found**: forged faces called forged. **Missed**: \
forged faces called \"No trace found\". The rest is inconclusive. In brackets: 95 % interval (Wilson).
- **IoU**: overlap of the marked cells with the true mask. **Blind guess**: the same for an ellipse \
in the face box. Where the guess is as good, the heat map has not shown that it locates anything.";

fn facts(card: &Card) -> String {
    let mut out =
        format!("{}.\n\n| fact | value |\n|---|---|\n", card.summary.trim_end_matches('.'));
    let side = match card.input.size {
        InputSize::SquarePx(px) => format!("square of {px} px"),
        InputSize::MultipleOf(px) => format!("sides are multiples of {px} px"),
    };
    let mut row = |name: &str, value: String| {
        let _infallible = writeln!(out, "| {name} | {value} |");
    };
    row("file", format!("`model.onnx`, {} bytes", card.file.bytes));
    row("SHA-256", format!("`{}`", card.file.sha256));
    row("input", side);
    row("outputs", card.outputs.join(", "));
    row("date", card.source.date.clone());
    if !card.source.commit.is_empty() {
        row("trained at commit", format!("`{}`", card.source.commit));
    }
    row("license", format!("`{}`", card.license));
    out.trim_end().to_owned()
}

/// The sets in which the detector finds little, or locates no better than a blind guess.
fn missed(card: &Card) -> String {
    let mut lines = Vec::new();
    for (set, figures) in face_sets(card) {
        if DEGRADED.iter().any(|kind| set.contains(kind)) {
            continue;
        }
        let (Some(auc), Some(found)) = (figures.get("auc"), figures.get("detection_rate")) else {
            continue;
        };
        let mut faults = Vec::new();
        if *found < LOW_DETECTION {
            faults.push(format!("it calls {} forged", percent_to_tenths(*found)));
        }
        if *auc < LOW_AUC {
            faults.push(format!("it ranks them no better than chance (AUC {auc:.3})"));
        }
        if let (Some(iou), Some(guess)) = (figures.get("iou"), figures.get("iou_face_prior"))
            && iou <= guess
        {
            faults.push(format!("its map is no better than a blind guess (IoU {iou:.3})"));
        }
        if !faults.is_empty() {
            lines.push(format!("- **{}:** {}.", figure_set_name(set), faults.join("; ")));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("## What it misses\n\n{}", lines.join("\n"))
}

fn training(card: &Card) -> String {
    let source = &card.source;
    let mut out =
        format!("## How it was trained\n\n{}.", capitalized(source.origin.trim_end_matches('.')));
    if let (Some(seed), Some(steps)) = (source.seed, source.steps) {
        let _infallible = write!(out, " The last run had seed {seed} and {steps} steps.");
    }
    let commands = source.rebuild.replace(" && ", " &&\n");
    let _infallible = write!(out, "\n\n```sh\n{commands}\n```");
    out
}

fn thresholds(card: &Card, t: &Thresholds) -> String {
    let mut out = format!(
        "## Thresholds and error rates\n\n| verdict | score | error rate |\n|---|---|---|\n\
         | Traces of forgery found | {:.2} and above | {} of real faces |\n\
         | Inconclusive | between | |\n\
         | No trace found | below {:.2} | {} of forged faces |\n\n\
         Cells of the heat map count as marked from {:.2} on.",
        t.traces_found,
        percent_to_tenths(f64::from(t.false_positive_rate)),
        t.no_trace_found,
        percent_to_tenths(f64::from(t.miss_rate)),
        t.map,
    );
    if let Some(caution) = card.error_rates.caution() {
        let _infallible = write!(out, " {caution}");
    }
    if let Some(figures) = card.measured.get("calibration")
        && let (Some(before), Some(after)) = (figures.get("ece_before"), figures.get("ece_after"))
    {
        let _infallible = write!(
            out,
            " The scores are calibrated; the mean calibration error is {after:.3} ({before:.3} \
             before)."
        );
    }
    out
}

fn own_forgeries(card: &Card) -> String {
    let is_own =
        |set: &str| set.starts_with(OWN) && !DEGRADED.iter().any(|kind| set.contains(kind));
    let rows = FIGURE_SETS.iter().map(|(set, _)| *set).filter(|set| is_own(set));
    let others = face_sets(card).map(|(set, _)| set);
    let others =
        others.filter(|set| is_own(set) && FIGURE_SETS.iter().all(|(name, _)| name != set));
    let table = table(card, rows.chain(others));
    if table.is_empty() {
        return table;
    }
    let photos = card.measured.get(OWN).and_then(|figures| figures.get("n_photos"));
    let photos = photos.map(|n| format!(" of {n:.0} photos")).unwrap_or_default();
    format!(
        "## Own forgeries of test photos\n\nDraws{photos} that were kept out of training: by person \
         where a set names persons, by photo elsewhere; near-copies of training photos are left \
         out. Half are forged and saved once at JPEG quality 90; half are also scaled, blurred, \
         noised and compressed at random, both pictures of a pair alike. A photo is drawn more than \
         once, so the counts promise slightly more than they hold. Unseen methods were never \
         trained on; they helped to choose the thresholds, on other photos. The place of the face \
         comes from the untouched photo; maps are compared cell by cell.\n\n{table}"
    )
}

fn made_by_others(card: &Card) -> String {
    let table = table(card, face_sets(card).map(|(set, _)| set).filter(|s| !s.starts_with(OWN)));
    if table.is_empty() {
        return table;
    }
    format!(
        "## Pictures made by others\n\nExamined as `inspect` examines them. Nothing was trained or \
         tuned on them; each set shows few people. Maps are compared by pixel, without 6 px around \
         the rim.\n\n{table}"
    )
}

fn degraded(card: &Card) -> String {
    let is_degraded = |set: &&str| DEGRADED.iter().any(|kind| set.contains(kind));
    let mut rows = String::new();
    for (set, figures) in face_sets(card).filter(|(set, _)| is_degraded(set)) {
        let Some(auc) = figures.get("auc") else { continue };
        let name = set.trim_start_matches(OWN).trim_start_matches('-');
        let loss = figures.get("auc_loss").map(|v| format!("{v:.3}")).unwrap_or_default();
        let (found, missed) = (rate(figures, "detection_rate"), rate(figures, "miss_rate"));
        let alarms = rate(figures, "false_positive_rate");
        let _infallible = writeln!(
            rows,
            "| {name} | {} | {auc:.3} | {loss} | {alarms} | {found} | {missed} |",
            counts(figures)
        );
    }
    if rows.is_empty() {
        return rows;
    }
    let mean = card.measured.get("unseen-quality").and_then(|f| f.get("mean_auc_loss"));
    let mean = mean.map(|v| format!(" The mean loss is {v:.3}.")).unwrap_or_default();
    format!(
        "## By quality\n\nBoth pictures of a pair are degraded alike. The loss is that of the AUC \
         against JPEG quality 90.{mean} Training shows milder degradations.\n\n\
         | degradation | n real + forged | AUC | loss | false alarms | found | missed |\n\
         |---|---|---|---|---|---|---|\n{}",
        rows.trim_end()
    )
}

fn clips(card: &Card) -> String {
    let Some(figures) = card.measured.get(CLIP_FIGURES) else { return String::new() };
    let Some(auc) = figures.get("auc") else { return String::new() };
    let frames = figures.get("auc_of_frames").map(|v| format!(" (of single frames {v:.3})"));
    let n_frames = figures.get("frames_per_clip").map_or(0.0, |n| *n);
    let mut out = format!(
        "## Clips\n\nTest photos, real and forged, drift, turn, zoom and flicker for {n_frames:.0} \
         frames and go through H.264. They do not blink or speak, and every frame is forged. Other \
         clips may do worse.\n\n| figure | value |\n|---|---|\n| n real + forged | {} |\n\
         | AUC | {auc:.3}{} |\n| false alarms | {} |\n| found | {} |\n| missed | {} |\n",
        counts(figures),
        frames.unwrap_or_default(),
        rate(figures, "false_positive_rate"),
        rate(figures, "detection_rate"),
        rate(figures, "miss_rate"),
    );
    for (name, value) in figures {
        let method = name.strip_prefix("auc_").filter(|method| *method != "of_frames");
        if let Some(method) = method {
            let _infallible = writeln!(out, "| AUC of {method} | {value:.3} |");
        }
    }
    if let Some(filmed) = card.measured.get(FILMED_CLIP_FIGURES) {
        let _infallible = write!(
            out,
            "\nFilmed clips, some forged by others, every frame examined; the rates count verdicts on \
             whole clips:\n\n| figure | value |\n|---|---|\n| n real + forged | {} |\n| false alarms | {} |\n\
             | found | {} |\n| missed | {} |\n",
            counts(filmed),
            rate(filmed, "false_positive_rate"),
            rate(filmed, "detection_rate"),
            rate(filmed, "miss_rate"),
        );
    }
    out.trim_end().to_owned()
}

fn limits(card: &Card) -> String {
    let Some(scope) = &card.scope else { return String::new() };
    let row = |limit: &ScopeLimit| {
        let (measure, at) = match limit.measure {
            Measure::FacePx => ("longer side of the face, px", format!("below {:.0}", limit.limit)),
            Measure::Blur => ("blur, 0 to 1", format!("above {:.2}", limit.limit)),
            Measure::Blockiness => ("JPEG blocking", format!("above {:.2}", limit.limit)),
            Measure::JpegQuality => ("JPEG quality", format!("below {:.0}", limit.limit)),
            Measure::Noise => ("noise, gray levels", format!("above {:.1}", limit.limit)),
            Measure::Color => {
                ("color, gray levels between channels", format!("below {:.1}", limit.limit))
            }
            Measure::Shades => ("shades of gray", format!("below {:.0}", limit.limit)),
        };
        let error = match limit.error {
            ErrorKind::Misses => "forged faces called \"No trace found\"",
            ErrorKind::FalseAlarms => "real faces called forged",
            ErrorKind::Misordered => "pairs in which the real face scores higher",
        };
        format!(
            "| {measure} | {at} | {error} | {} (n {}) | {} (n {}) |\n",
            percent_to_tenths(f64::from(limit.rate_within)),
            limit.n_within,
            percent_to_tenths(f64::from(limit.rate_beyond)),
            limit.n_beyond,
        )
    };
    let rows: String = scope.limits.iter().map(row).collect();
    let rise = f64::from(scope.rise) * 100.0;
    if rows.is_empty() {
        return format!("## Limits\n\nNo error rate rose by {rise:.0} points on degraded photos.");
    }
    format!(
        "## Limits\n\nBeyond these values an error rate rose by {rise:.0} percentage points or more. \
         A face beyond a limit gets a warning, and its verdict weakens.\n\n\
         | measure | beyond | error | rate within | rate beyond |\n|---|---|---|---|---|\n{}",
        rows.trim_end()
    )
}

fn reliability(card: &Card) -> String {
    let Some(facts) = &card.reliability else { return String::new() };
    format!(
        "## Cells not to be trusted\n\nThe detector estimates for each cell how likely its map is \
         right there. Cells below {:.2} are hatched: they are {} of all cells and were right in {}; \
         the others in {}.",
        facts.threshold,
        percent_to_tenths(f64::from(facts.share_below)),
        percent_to_tenths(f64::from(facts.right_below)),
        percent_to_tenths(f64::from(facts.right_above)),
    )
}

/// Sets of real and forged faces.
fn face_sets(card: &Card) -> impl Iterator<Item = (&str, &Figures)> {
    let sets = card.measured.iter().map(|(set, figures)| (set.as_str(), figures));
    sets.filter(|(set, figures)| {
        !OTHER_FIGURES.contains(set)
            && figures.contains_key("auc")
            && figures.contains_key("n_real")
    })
}

/// The table of these sets; empty when none was measured.
fn table<'a>(card: &Card, sets: impl Iterator<Item = &'a str>) -> String {
    let mut rows = String::new();
    for set in sets {
        let Some(figures) = card.measured.get(set) else { continue };
        let Some(auc) = figures.get("auc") else { continue };
        let overlap = |name: &str| figures.get(name).map(|v| format!("{v:.3}")).unwrap_or_default();
        let has_masks = figures.contains_key("iou");
        let guess = if has_masks { overlap("iou_face_prior") } else { String::new() };
        let _infallible = writeln!(
            rows,
            "| {} | {} | {} | {} | {} | {} | {} | {guess} |",
            figure_set_name(set),
            counts(figures),
            auc_with_interval(*auc, figures),
            rate(figures, "false_positive_rate"),
            rate(figures, "detection_rate"),
            rate(figures, "miss_rate"),
            overlap("iou"),
        );
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "| pictures | n real + forged | AUC | false alarms | found | missed | IoU | blind guess |\n\
         |---|---|---|---|---|---|---|---|\n{}",
        rows.trim_end()
    )
}

fn count(figures: &Figures, name: &str) -> usize {
    figures.get(name).map_or(0, |n| *n as usize)
}

fn counts(figures: &Figures) -> String {
    format!("{} + {}", count(figures, "n_real"), count(figures, "n_forged"))
}

/// An AUC with its interval; the approximation gives none for a perfect one.
fn auc_with_interval(auc: f64, figures: &Figures) -> String {
    let [low, high] = auc_interval(auc, count(figures, "n_forged"), count(figures, "n_real"));
    if high - low < 1e-9 { format!("{auc:.3}") } else { format!("{auc:.3} ({low:.3}–{high:.3})") }
}

/// A share with its interval, over the pictures that it is a share of.
fn rate(figures: &Figures, name: &str) -> String {
    let Some(share) = figures.get(name) else { return String::new() };
    let n = count(figures, if name == "false_positive_rate" { "n_real" } else { "n_forged" });
    let [low, high] = wilson((share * n as f64).round() as usize, n);
    format!("{} ({:.1}–{:.1})", percent_to_tenths(*share), low * 100.0, high * 100.0)
}
