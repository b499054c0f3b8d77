//! From a trained net to a bundle that may be used: export, calibration, thresholds, card.
//!
//! Calibration, thresholds and limits come from validation photos, the reported figures from test
//! photos; neither was seen by the optimizer. Both hold forgeries of all methods, the unseen ones
//! among them, half of them native, half varied. Everything is measured on the written ONNX file
//! through `infer` and `detect`; the place of the face is that of the untouched photo, so faces
//! that the finder would miss after heavy post-processing count too. Maps are compared cell by
//! cell.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::TaskCtx;
use crate::bundle::{
    Bundle, Calibration, Card, ErrorRates, FileSpec, ModelKind, Source, Thresholds,
};
use crate::detect::Detector;
use crate::eval::{
    Isotonic, detection, fit_correction, fit_platt, thresholds_at, trust_facts, trust_threshold,
};
use crate::infer::Engine;
use crate::train::Error;
use crate::train::batch::recipe::{Mix, Recipe};
use crate::train::data::Photo;
use crate::train::fit::loss::LossWeights;
use crate::train::fit::{self, FitPlan};
use crate::train::game::GameForm;
use crate::train::net::{HeadForm, Lae};
use crate::train::publish::looks::{self, Looks};
use crate::train::publish::measure;
use crate::train::publish::measured::MeasuredPair;
use crate::train::publish::{concepts, export, figures, limits, validate};

/// Share of held-out reals that may be called forged.
const FALSE_POSITIVE_RATE: f64 = 0.02;
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
    /// Further looks, see [`InputSpec::looks`](crate::bundle::InputSpec::looks).
    pub looks: Looks,
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
    if plan.objective.form == HeadForm::Cam {
        let why = "a net of the CAM form is an ablation; only the convolutional form is written";
        return Err(Error::malformed("the run", &why));
    }
    let onnx =
        export::to_onnx(model, &[("seed", plan.seed.to_string()), ("steps", steps.to_string())]);
    // Until it is calibrated it must not be found where a usable model is looked for.
    let unfinished = tempfile::tempdir().map_err(Error::io("a temporary folder", folder))?;
    let pairs = provenance.pairs_per_method;
    let mut draft = Bundle::write(unfinished.path(), draft_card(plan, steps, provenance), onnx)?;
    draft.card.input.looks = match &provenance.looks {
        Looks::These(looks) => looks.clone(),
        Looks::Chosen => {
            let mut plain = Detector::load(engine, &draft)?;
            let tried = looks::try_looks(&mut plain, validation, pairs.div_ceil(3), ctx)?;
            looks::write_csv(&tried, folder)?;
            looks::best(&tried)
        }
    };
    let rebuild = &mut draft.card.source.rebuild;
    rebuild.extend(draft.card.input.looks.iter().map(|look| format!(" --look {look}")));
    let mut detector = Detector::load(engine, &draft)?;

    let mut held_out = measure::measure(&mut detector, validation, pairs, 0, false, ctx)?;
    draft.card.correction = fit_correction(&held_out.observed());
    if let Some(correction) = &draft.card.correction {
        held_out.correct(correction);
        detector = Detector::load(engine, &draft)?;
    }
    let calibration = fit_platt(&held_out.scored(MeasuredPair::is_plain));
    let calibrated = figures::calibrated(&held_out.scored(MeasuredPair::is_plain), calibration);
    let map_threshold = validate::best_map_threshold(&held_out.maps(MeasuredPair::is_plain));
    let thresholds = thresholds_at(&calibrated, FALSE_POSITIVE_RATE, MISS_RATE, map_threshold);
    let limits = limits::find(&held_out, calibration, &thresholds);
    let trusted = trust_threshold(
        &held_out.trust_cells(MeasuredPair::is_plain, map_threshold),
        limits::RIGHT_SHARE,
    );
    let concepts = concepts::find(model, validation, pairs, ctx)?;
    let isotonic = Isotonic::fit(&held_out.scored(MeasuredPair::is_plain));
    drop(held_out);

    let on_test = measure::measure(&mut detector, test, pairs, 1, true, ctx)?;
    // The thresholds keep their places; the error rates that go with them are those of the test
    // people, since those of the validation photos were chosen.
    let all = figures::calibrated(&on_test.scored(MeasuredPair::is_plain), calibration);
    let rates = detection(&all, thresholds.traces_found, thresholds.no_trace_found);
    let thresholds = Thresholds {
        false_positive_rate: rates.false_positive_rate as f32,
        miss_rate: rates.miss_rate as f32,
        ..thresholds
    };
    let cells = on_test.trust_cells(MeasuredPair::is_plain, map_threshold);
    let mut measured = figures::all(&on_test, calibration, &thresholds, &isotonic, &cells);
    if let Some(overall) = measured.get_mut("test-people") {
        overall.insert("n_photos".to_owned(), test.len() as f64);
    }
    let card = Card {
        calibration: Some(calibration),
        thresholds: Some(thresholds),
        scope: Some(limits::rate(&limits, &on_test, calibration, &thresholds)),
        reliability: trusted
            .map(|threshold| trust_facts(&cells, threshold))
            .filter(|facts| facts.right_below < facts.right_above),
        concepts: Some(concepts),
        measured,
        ..draft.card
    };
    let bundle = Bundle::write(folder, card, draft.model)?;
    let sweep = folder.join("sweep.csv");
    let text = limits::sweep_csv(&on_test, calibration, &thresholds);
    std::fs::write(&sweep, text).map_err(Error::io("the table of the sweeps", &sweep))?;
    Ok(bundle)
}

pub(in crate::train) fn draft_card(plan: &FitPlan, steps: u64, provenance: &Provenance) -> Card {
    let ancestors = fit::ancestry(plan);
    let is_from_imagenet =
        plan.imagenet.is_some() || ancestors.iter().any(|(plan, _)| plan.imagenet.is_some());
    let encoder = if is_from_imagenet {
        let package = crate::train::net::imagenet::package(plan.recipe.backbone);
        format!("encoder from ImageNet weights ({package})")
    } else {
        "encoder from scratch".to_owned()
    };
    Card {
        format: 1,
        name: provenance.name.clone(),
        kind: ModelKind::Lae,
        summary: "Locality-Aware AutoEncoder: score, heat map and reconstruction of one face"
            .to_owned(),
        license: provenance.license.clone(),
        source: Source {
            origin: origin_of(plan, steps, &encoder),
            rebuild: rebuild_of(plan, steps),
            terms: provenance.terms.clone(),
            commit: provenance.commit.clone(),
            date: provenance.date.clone(),
            seed: Some(plan.seed),
            steps: Some(steps),
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        input: export::input_spec(),
        outputs: export::OUTPUTS.map(str::to_owned).to_vec(),
        correction: None,
        calibration: Some(Calibration { scale: 1.0, offset: 0.0 }),
        thresholds: Some(Thresholds {
            traces_found: 0.5,
            no_trace_found: 0.5,
            false_positive_rate: 1.0,
            miss_rate: 1.0,
            map: 0.5,
        }),
        scope: None,
        reliability: None,
        concepts: None,
        error_rates: ErrorRates::default(),
        measured: BTreeMap::new(),
    }
}

/// How a model came to be, its ancestors included.
fn origin_of(plan: &FitPlan, steps: u64, encoder: &str) -> String {
    let training_text = |plan: &FitPlan, steps: u64| {
        let game = match plan.game.form {
            GameForm::None => String::new(),
            form => format!(", each with a changed copy ({})", form.as_str()),
        };
        let part = if plan.objective.weights == LossWeights::CONFIDENCE {
            ", of the confidence head alone"
        } else {
            ""
        };
        let blend = plan.blend.as_ref().map_or_else(String::new, |blend| {
            format!(
                ", {:.0} % of the weights blended in from {}",
                100.0 * blend.share,
                blend.with.display()
            )
        });
        format!("{steps} steps of {} real/forged pairs{game}{part}{blend}", plan.pairs)
    };
    let mut out = format!("trained by pentimento train: {}, {encoder}", training_text(plan, steps));
    if let Some(card) = plan.device.card() {
        out.push_str(", on ");
        out.push_str(card);
    }
    for (plan, steps) in fit::ancestry(plan) {
        out.push_str("; before that ");
        out.push_str(&training_text(&plan, steps));
    }
    out
}

/// The commands that train such a model, the first ancestor first.
fn rebuild_of(plan: &FitPlan, steps: u64) -> String {
    let mut runs = vec![(plan.clone(), steps)];
    runs.extend(fit::ancestry(plan));
    let default = FitPlan::default();
    runs.reverse();
    // A run lies where the next one started from.
    let folder_of = |wanted: &Path| {
        let starts = |(next, _): &(FitPlan, u64)| next.start_from.as_deref() == Some(wanted);
        match runs.iter().skip(1).position(starts) {
            Some(i) => format!("runs/{i}"),
            None => wanted.display().to_string(),
        }
    };
    let commands: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(i, (plan, steps))| {
            let FitPlan { objective, game, .. } = plan;
            let mut sentence = format!(
                "cargo run --release --no-default-features --features train -- train --data PHOTOS \
                 --run runs/{i} --seed {} --steps {steps} --pairs {}",
                plan.seed, plan.pairs
            );
            let mut add = |wanted: bool, text: String| {
                if wanted {
                    sentence.push_str(&text);
                }
            };
            add(i + 1 < runs.len(), " --no-bundle".to_owned());
            add(i > 0, format!(" --start-from runs/{}", i.saturating_sub(1)));
            add(plan.imagenet.is_some(), " --imagenet WHEEL".to_owned());
            add(plan.rate_head != default.rate_head, format!(" --rate {}", plan.rate_head));
            add(game.form != GameForm::None, format!(" --game {}", game.form.as_str()));
            add(
                game.sigma_max != default.game.sigma_max,
                format!(" --sigma-max {}", game.sigma_max),
            );
            let phase_two = plan.phase_two.unwrap_or_default();
            add(plan.phase_two.is_some(), format!(" --phase-two {phase_two}"));
            add(plan.known_masks != 1.0, format!(" --known-masks {}", plan.known_masks));
            add(objective.select, " --select".to_owned());
            let confidence_only = objective.weights == LossWeights::CONFIDENCE;
            add(confidence_only, " --confidence-only".to_owned());
            let adversarial = objective.weights.adversarial;
            add(adversarial != 0.0, format!(" --adversarial {adversarial}"));
            let (word, recipe) = match plan.recipe.mix {
                Mix::Widest => ("widest", Recipe::WIDEST),
                Mix::Wider => ("wider", Recipe::WIDER),
                Mix::Wide | Mix::Usual => ("wide", Recipe::WIDE),
            };
            let wide = format!(" --recipe {word} --stock runs/stock");
            add(!plan.recipe.is_usual(), wide);
            let is_wide = !plan.recipe.is_usual();
            add(is_wide && !plan.recipe.is_gated, " --ungated".to_owned());
            let whole = plan.recipe.whole_share;
            add(is_wide && whole != recipe.whole_share, format!(" --whole-share {whole}"));
            if let Some(blend) = &plan.blend {
                add(
                    true,
                    format!(
                        " --no-bundle && cargo run --release --no-default-features --features train \
                         -- train --data PHOTOS --run runs/{i} --stock runs/stock --publish-only \
                         --blend-with {} --blend-share {}",
                        folder_of(&blend.with),
                        blend.share
                    ),
                );
            }
            for set in &plan.sets {
                add(true, format!(" --set {set}"));
            }
            sentence
        })
        .collect();
    commands.join(" && ")
}
