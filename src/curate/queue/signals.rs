//! Signals: the numbers of an examined picture that the queue ranks by. All are of its most
//! suspicious face.

use serde::{Deserialize, Serialize};

use crate::base::{FaceFinding, Frame, RgbImage};
use crate::bundle::{Card, Concepts};
use crate::detect::{self, Degradation, Detector};
use crate::prep;

/// Standard deviation of the blur of the second examination, in pixels of the network's input, so
/// that small and large faces lose equally much.
pub const BLUR_INPUT_PX: f32 = 1.0;
/// Share of the most suspicious cells, whose mean is the map's peak.
const PEAK_SHARE: f32 = 0.1;
/// Largest difference between neighbors in the hash's grid, 0 to 255, that a picture needs to have
/// a hash: bare walls are not copies of each other.
const MIN_CONTRAST: i32 = 6;

/// Signals of one picture, as JSON in the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// SHA-256 of the model, lower-case hex: excitations and embeddings of two models do not
    /// compare.
    pub model: String,
    /// Calibrated, `0.0..=1.0`.
    pub score: f32,
    /// Middle between the model's two thresholds.
    pub middle: f32,
    /// Logit of the score, above 0 forged. No strategy uses it; it is kept so that equal
    /// examinations give equal findings in every version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f32>,
    /// Mean of the most suspicious tenth of the heat map, `0.0..=1.0`; kept like [`Self::margin`].
    pub map_peak: f32,
    /// Share of the map's cells at or above the model's map threshold; kept like [`Self::margin`].
    pub map_area: f32,
    /// Result for a slightly blurred copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blurred: Option<BlurredCopy>,
    /// Excitations of the model's concepts, the chief concept first; empty when its card names
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<Excitation>,
    /// Difference hash of the upright picture, 16 hex digits; `None` for pictures without contrast.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex")]
    pub hash: Option<u64>,
}

/// The second examination, of a blurred copy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlurredCopy {
    /// Calibrated score of the copy.
    pub score: f32,
    /// Intersection over union of the marked cells; 1 when neither map marks any.
    pub iou: f32,
}

/// The strongest excitation of a channel anywhere in the face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Excitation {
    /// Its number in the embedding.
    pub channel: usize,
    /// In units of the channel's mean peak over validation forgeries.
    pub times: f32,
}

impl Signals {
    /// JSON, as a case stores it.
    pub fn to_value(&self) -> serde_json::Value {
        // No field can fail to serialize.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Signals and embedding of one picture, as a case stores them.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemSignals {
    pub signals: Signals,
    /// Peaks of the model's last features, `[C]`; empty when the model does not output them.
    pub embedding: Vec<f32>,
}

/// Examines a blurred copy of the most suspicious face of a picture, and returns the signals of
/// that face; `None` when no face was examined.
///
/// # Errors
///
/// As [`Detector::rescore`].
pub fn item_signals(
    detector: &mut Detector,
    frame: &Frame,
    faces: &[FaceFinding],
) -> Result<Option<ItemSignals>, detect::Error> {
    let examined = faces.iter().filter(|f| f.score.is_some());
    let Some(worst) = examined.max_by(|a, b| a.compare_suspicion(b)) else { return Ok(None) };
    let sigma_px = blur_px(detector.card(), worst);
    let copy = detector.rescore(frame, worst, Degradation::Blur(sigma_px))?;
    let blurred = copy.finding.score.map(|score| BlurredCopy { score, iou: copy.agreement.iou });
    let model = detector.model().sha256;
    Ok(signals_of_face(worst, detector.card(), model, blurred, difference_hash(&frame.upright)))
}

/// [`BLUR_INPUT_PX`] in pixels of the picture.
fn blur_px(card: &Card, finding: &FaceFinding) -> f32 {
    let face = finding.face.box_px.w.max(finding.face.box_px.h);
    let side = match card.input.size {
        crate::bundle::InputSize::SquarePx(side) => side as f32,
        crate::bundle::InputSize::MultipleOf(_) => face,
    };
    BLUR_INPUT_PX * face * card.input.crop_scale.unwrap_or(1.0) / side.max(1.0)
}

fn signals_of_face(
    finding: &FaceFinding,
    card: &Card,
    model: String,
    blurred: Option<BlurredCopy>,
    hash: Option<u64>,
) -> Option<ItemSignals> {
    let (score, thresholds) = (finding.score?, card.thresholds?);
    let map = finding.heatmap.as_ref().map_or(&[][..], |m| &m.values);
    let n_cells = map.len().max(1) as f32;
    let embedding = finding.embedding.clone().unwrap_or_default();
    let signals = Signals {
        model,
        score,
        middle: f32::midpoint(thresholds.traces_found, thresholds.no_trace_found),
        margin: card.calibration.map(|c| c.invert(score)),
        map_peak: mean_of_peak(map),
        map_area: map.iter().filter(|v| **v >= thresholds.map).count() as f32 / n_cells,
        blurred,
        concepts: card.concepts.as_ref().map_or_else(Vec::new, |c| excitations(&embedding, c)),
        hash,
    };
    Some(ItemSignals { signals, embedding })
}

fn excitations(embedding: &[f32], concepts: &Concepts) -> Vec<Excitation> {
    let excitation = |concept: &crate::bundle::Concept| {
        let times = embedding.get(concept.channel)? / concept.mean_peak;
        times.is_finite().then_some(Excitation { channel: concept.channel, times })
    };
    concepts.channels.iter().filter_map(excitation).collect()
}

fn mean_of_peak(map: &[f32]) -> f32 {
    let n = ((map.len() as f32 * PEAK_SHARE) as usize).max(1);
    let mut sorted = map.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.truncate(n);
    sorted.iter().sum::<f32>() / n as f32
}

/// Difference hash of an upright picture: 64 bits, one for each of 8 x 8 cells.
///
/// A bit is set when the cell is darker than its right neighbor. Copies that were scaled or
/// compressed again differ in a few bits. `None` for pictures without contrast.
pub fn difference_hash(upright: &RgbImage) -> Option<u64> {
    let small = prep::resample(upright, &upright.bounds(), 9, 8);
    let shade = |p: &[u8]| 299 * i32::from(p[0]) + 587 * i32::from(p[1]) + 114 * i32::from(p[2]);
    let shades: Vec<i32> = small.pixels.chunks_exact(3).map(shade).collect();
    let (mut hash, mut contrast) = (0u64, 0);
    for row in shades.chunks_exact(9) {
        for pair in row.windows(2) {
            hash = hash << 1 | u64::from(pair[0] < pair[1]);
            contrast = contrast.max((pair[0] - pair[1]).abs());
        }
    }
    (contrast >= MIN_CONTRAST * 1000).then_some(hash)
}

/// A hash as 16 hex digits: many readers of JSON lose digits of numbers beyond 2^53.
mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(super) fn serialize<S: Serializer>(hash: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => to.serialize_str(&format!("{hash:016x}")),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| u64::from_str_radix(&t, 16).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
#[path = "signals_tests.rs"]
mod tests;
