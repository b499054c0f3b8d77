//! The bundle of a retrained net.

use std::path::Path;

use super::Exam;
use crate::bundle::{Bundle, Card, ErrorRates, FileSpec, Source, Thresholds};
use crate::train::Error;
use crate::train::fit::FitPlan;
use crate::train::net::Lae;
use crate::train::publish::export;

/// Held-out faces of each kind that make a rate worth quoting.
const ENOUGH: usize = 20;

/// What a retrained net came from.
#[derive(Debug, Clone)]
pub struct Parent {
    pub card: Card,
    /// Corrected faces that were learned from.
    pub n_learned: usize,
    /// The data set, for the card: its name and the start of its hash.
    pub set: String,
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Commit of this repository.
    pub commit: String,
}

impl Parent {
    /// A name that no other model has: that of the family and the start of the model's hash.
    pub fn name_of(onnx: &[u8]) -> String {
        let hash = crate::files::sha256_hex(onnx);
        format!("lae-{}", hash.get(..8).unwrap_or_default())
    }

    /// Where the weights come from, in words.
    pub fn origin(&self, plan: &FitPlan, steps: u64) -> String {
        let hash = self.card.file.sha256.get(..8).unwrap_or_default();
        let device = plan.device.card().map(|card| format!(", on {card}")).unwrap_or_default();
        format!(
            "{} ({hash}), retrained with {steps} steps of {} pairs on {} corrected faces of {}{device}",
            self.card.name, plan.pairs, self.n_learned, self.set
        )
    }

    /// Terms of the parent's weights, and of the person's own pictures.
    pub fn terms(&self) -> String {
        let own = "Retrained on pictures corrected by the user, under whatever terms those have.";
        format!("{} {own}", self.card.source.terms).trim().to_owned()
    }
}

/// The bundle where no photos are at hand: calibration and thresholds stay those of the parent, the
/// error rates are measured on the held-out faces if there are enough, and the card says which.
///
/// # Errors
///
/// A folder that cannot be written.
pub fn without_photos(
    model: &Lae,
    parent: &Parent,
    (plan, steps): (&FitPlan, u64),
    folder: &Path,
) -> Result<Bundle, Error> {
    let onnx =
        export::to_onnx(model, &[("seed", plan.seed.to_string()), ("steps", steps.to_string())]);
    let card = Card {
        name: Parent::name_of(&onnx),
        source: Source {
            origin: format!(
                "{}; calibration, thresholds and limits are those of {}, not chosen anew",
                parent.origin(plan, steps),
                parent.card.name
            ),
            rebuild: "none: it takes the corrected pictures".to_owned(),
            terms: parent.terms(),
            commit: parent.commit.clone(),
            date: parent.date.clone(),
            seed: Some(plan.seed),
            steps: Some(steps),
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        // What was measured of the parent does not hold for this one.
        outputs: export::OUTPUTS.map(str::to_owned).to_vec(),
        reliability: None,
        concepts: None,
        error_rates: ErrorRates::Parent,
        measured: std::collections::BTreeMap::new(),
        ..parent.card.clone()
    };
    Ok(Bundle::write(folder, card, onnx)?)
}

/// Puts what was measured on held-out pictures on a card: figures, and where the error rates were
/// not measured on photos, rates.
pub fn rated(card: Card, before: &Exam, after: &Exam, measured_on_photos: bool) -> Card {
    let mut card = card;
    card.measured.insert("held-out-before".to_owned(), before.figures());
    card.measured.insert("held-out-after".to_owned(), after.figures());
    let are_enough = after.n_real >= ENOUGH && after.n_forged >= ENOUGH && !measured_on_photos;
    if let (true, Some(thresholds)) = (are_enough, card.thresholds)
        && let (Some(false_alarms), Some(misses)) = (after.false_positive_rate, after.miss_rate)
    {
        let (false_positive_rate, miss_rate) = (false_alarms as f32, misses as f32);
        card.thresholds = Some(Thresholds { false_positive_rate, miss_rate, ..thresholds });
        card.error_rates = ErrorRates::HeldOut;
    }
    card
}
