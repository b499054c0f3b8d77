//! From a trained net to a bundle that may be used: export, calibration, thresholds, card.
//!
//! * **In**: a net, validation photos and test photos. **Out**: a [`Bundle`] in a folder,
//!   whose card carries the figures.
//! * **Not here**: third-party sets (`cli::eval` adds their figures); nothing is tuned on those.
//!
//! Calibration and thresholds come from validation photos, the reported figures from test photos;
//! neither was seen by the optimizer. Everything is measured on the written ONNX file through
//! `infer` and `detect`; the place of the face is that of the untouched photo, so faces that the
//! finder would miss after heavy post-processing count too. Maps are compared cell by cell.

use std::collections::BTreeMap;
use std::path::Path;

use super::data::Photo;
use super::fit::FitPlan;
use super::net::Lae;
use super::{Error, export, validate};
use crate::base::TaskCtx;
use crate::bundle::{Bundle, Calibration, Card, FileSpec, ModelKind, Source, Thresholds};
use crate::detect::Detector;
use crate::eval::{Scored, detection, fit_platt, localization, thresholds_at};
use crate::infer::Engine;

/// Share of held-out reals that may be called forged.
const FALSE_POSITIVE_RATE: f64 = 0.05;
/// Share of held-out forgeries that may be called traceless.
const MISS_RATE: f64 = 0.10;

/// What the card says about the run.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// Name of the bundle.
    pub name: String,
    /// Commit of this repository.
    pub commit: String,
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Data and terms in words.
    pub terms: String,
    /// SPDX expression.
    pub license: String,
    /// Pairs of every forgery method measured, for validation and for test each.
    pub pairs_per_method: u64,
}

/// Exports, calibrates, measures and writes the bundle.
///
/// # Errors
///
/// Files, engine and data as they may fail; cancellation.
#[expect(clippy::too_many_arguments, reason = "one call site; each is a different kind of thing")]
pub fn publish(
    model: &Lae,
    (plan, steps): (&FitPlan, u64),
    provenance: &Provenance,
    validation: &[Photo],
    test: &[Photo],
    engine: &Engine,
    folder: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Bundle, Error> {
    let onnx =
        export::to_onnx(model, &[("seed", plan.seed.to_string()), ("steps", steps.to_string())]);
    // Until it is calibrated it must not be found where a usable model is looked for.
    let unfinished = tempfile::tempdir().map_err(Error::io("a temporary folder", folder))?;
    let draft = Bundle::write(unfinished.path(), draft_card(plan, steps, provenance), onnx)?;
    let mut detector = Detector::load(engine, &draft)?;

    let on_validation =
        validate::measure(&mut detector, validation, provenance.pairs_per_method, 0, ctx)?;
    let calibration = fit_platt(&on_validation.all_scored());
    let calibrated = |scored: &[Scored]| -> Vec<Scored> {
        scored.iter().map(|s| Scored { score: calibration.apply(s.score), ..*s }).collect()
    };
    let map_threshold = validate::best_map_threshold(&on_validation.all_maps());
    let thresholds = thresholds_at(
        &calibrated(&on_validation.all_scored()),
        FALSE_POSITIVE_RATE,
        MISS_RATE,
        map_threshold,
    );

    let on_test = validate::measure(&mut detector, test, provenance.pairs_per_method, 1, ctx)?;
    // The thresholds keep their places; the error rates that go with them are those of the test
    // people, since those of the validation photos were chosen.
    let all = calibrated(&on_test.all_scored());
    let rates = detection(&all, thresholds.traces_found, thresholds.no_trace_found);
    let thresholds = Thresholds {
        false_positive_rate: rates.false_positive_rate as f32,
        miss_rate: rates.miss_rate as f32,
        ..thresholds
    };
    let mut measured = BTreeMap::new();
    let mut overall = figures(&all, &on_test.all_maps(), &thresholds, Some(&on_test));
    overall.insert("n_photos".to_owned(), test.len() as f64);
    measured.insert("test-people".to_owned(), overall);
    for (method, scored) in &on_test.scored {
        let maps = on_test.maps.get(method).map_or(&[][..], Vec::as_slice);
        let name = format!("test-people-{}", method.as_str());
        measured.insert(name, figures(&calibrated(scored), maps, &thresholds, None));
    }
    let card = Card {
        calibration: Some(calibration),
        thresholds: Some(thresholds),
        measured,
        ..draft.card
    };
    Ok(Bundle::write(folder, card, draft.model)?)
}

fn figures(
    scored: &[Scored],
    maps: &[crate::eval::MaskPair],
    thresholds: &Thresholds,
    reals: Option<&validate::Measured>,
) -> BTreeMap<String, f64> {
    let score = detection(scored, thresholds.traces_found, thresholds.no_trace_found);
    let place = localization(maps, thresholds.map);
    let blind = localization(&validate::blindly(maps), 0.5);
    let mut out = BTreeMap::new();
    let mut put = |name: &str, value: f64| {
        out.insert(name.to_owned(), (value * 1e4).round() / 1e4);
    };
    put("n_real", score.n_real as f64);
    put("n_forged", score.n_forged as f64);
    put("auc", score.auc);
    put("ap", score.ap);
    put("eer", score.eer);
    put("balanced_accuracy", score.balanced_accuracy);
    put("false_positive_rate", score.false_positive_rate);
    put("detection_rate", score.detection_rate);
    put("miss_rate", score.miss_rate);
    put("iou", place.iou);
    put("f1", place.f1);
    put("pixel_auc", place.pixel_auc);
    put("iou_face_prior", blind.iou);
    put("pixel_auc_face_prior", blind.pixel_auc);
    if let Some(reals) = reals {
        put("false_positive_area", reals.false_area(thresholds.map));
    }
    out
}

fn draft_card(plan: &FitPlan, steps: u64, provenance: &Provenance) -> Card {
    let encoder = match plan.imagenet {
        Some(_) => format!("encoder from ImageNet weights ({})", super::net::imagenet::PACKAGE),
        None => "encoder from scratch".to_owned(),
    };
    Card {
        format: 1,
        name: provenance.name.clone(),
        kind: ModelKind::Lae,
        summary: "Locality-Aware AutoEncoder: score, heat map and reconstruction of one face"
            .to_owned(),
        license: provenance.license.clone(),
        source: Source {
            origin: format!(
                "trained by pentimento train: {steps} steps of {} real/forged pairs, {encoder}",
                plan.pairs
            ),
            rebuild: format!(
                "cargo run --release --features train -- train --seed {} --steps {steps} --pairs {}{}",
                plan.seed,
                plan.pairs,
                if plan.imagenet.is_some() { " --imagenet WHEEL" } else { "" }
            ),
            terms: provenance.terms.clone(),
            commit: provenance.commit.clone(),
            date: provenance.date.clone(),
            seed: Some(plan.seed),
            steps: Some(steps),
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        input: export::input_spec(),
        outputs: ["logit", "map", "reconstruction", "reliability"].map(str::to_owned).to_vec(),
        calibration: Some(Calibration { scale: 1.0, offset: 0.0 }),
        thresholds: Some(Thresholds {
            traces_found: 0.5,
            no_trace_found: 0.5,
            false_positive_rate: 1.0,
            miss_rate: 1.0,
            map: 0.5,
        }),
        measured: BTreeMap::new(),
    }
}
