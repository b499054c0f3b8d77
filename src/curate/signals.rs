//! What is kept of an examined picture for the queue: a handful of numbers of its most suspicious
//! face.
//!
//! * **In**: a frame and its report, the detector that wrote it. **Out**: [`Signals`] and the
//!   embedding.
//! * **Not here**: finding and examining faces (`pipeline`), ranking ([`super::rank`]).

use serde::{Deserialize, Serialize};

use crate::base::{FaceFinding, Frame, RgbImage};
use crate::bundle::{Card, Concepts};
use crate::detect::{self, Degradation, Detector};
use crate::prep;

/// Standard deviation of the blur of the second look, in pixels of the network's input, so that
/// small faces and large ones lose alike.
pub const BLUR_INPUT_PX: f32 = 1.0;
/// The most suspicious share of the cells, whose mean is the map's peak.
const PEAK_SHARE: f32 = 0.1;
/// Pictures whose largest difference between neighbours of the hash's grid is smaller have no hash:
/// bare walls are not copies of each other. In units of 0 to 255.
const MIN_CONTRAST: i32 = 6;

/// Of the most suspicious face of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// SHA-256 of the model, lower-case hex: excitations and embeddings of two models do not
    /// compare.
    pub model: String,
    /// Calibrated, `0.0..=1.0`.
    pub score: f32,
    /// Middle between the model's two thresholds.
    pub middle: f32,
    /// The two halves' difference, in the model's logits: above 0 forged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f32>,
    /// Mean of the map's most suspicious tenth, `0.0..=1.0`.
    pub map_peak: f32,
    /// Share of the map's cells at or above the model's map threshold.
    pub map_area: f32,
    /// What the model says of a slightly blurred copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blurred: Option<Blurred>,
    /// Of the model's concepts, the chief one first; empty when its card names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<Excitation>,
    /// Difference hash of the upright picture, 16 hex digits; `None` for pictures of one shade.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex")]
    pub hash: Option<u64>,
}

/// The second look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Blurred {
    /// Calibrated score of the copy.
    pub score: f32,
    /// Intersection over union of the marked cells; 1 when neither map marks any.
    pub iou: f32,
}

/// How strongly a channel is excited somewhere in the face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Excitation {
    /// Its number in the embedding.
    pub channel: usize,
    /// In units of the channel's mean peak over validation forgeries.
    pub times: f32,
}

impl Signals {
    /// As a case keeps them.
    pub fn to_value(&self) -> serde_json::Value {
        // Nothing in it can fail to be written.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What the queue keeps of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The numbers.
    pub signals: Signals,
    /// Peaks of the model's last features, `[C]`; empty when the model does not tell.
    pub embedding: Vec<f32>,
}

/// Looks a second time at the most suspicious face of a picture; `None` when none was examined.
///
/// # Errors
///
/// As [`Detector::rescore`].
pub fn look(
    detector: &mut Detector,
    frame: &Frame,
    faces: &[FaceFinding],
) -> Result<Option<Look>, detect::Error> {
    let examined = faces.iter().filter(|f| f.score.is_some());
    let Some(worst) = examined.max_by(|a, b| a.compare_suspicion(b)) else { return Ok(None) };
    let sigma_px = blur_px(detector.card(), worst);
    let copy = detector.rescore(frame, worst, Degradation::Blur(sigma_px))?;
    let blurred = copy.finding.score.map(|score| Blurred { score, iou: copy.agreement.iou });
    let model = detector.model().sha256;
    Ok(of(worst, detector.card(), model, blurred, difference_hash(&frame.upright)))
}

/// One pixel of the network's input, in pixels of the picture.
fn blur_px(card: &Card, finding: &FaceFinding) -> f32 {
    let face = finding.face.box_px.w.max(finding.face.box_px.h);
    let side = match card.input.size {
        crate::bundle::InputSize::SquarePx(side) => side as f32,
        crate::bundle::InputSize::MultipleOf(_) => face,
    };
    BLUR_INPUT_PX * face * card.input.crop_scale.unwrap_or(1.0) / side.max(1.0)
}

fn of(
    finding: &FaceFinding,
    card: &Card,
    model: String,
    blurred: Option<Blurred>,
    hash: Option<u64>,
) -> Option<Look> {
    let (score, thresholds) = (finding.score?, card.thresholds?);
    let map = finding.heatmap.as_ref().map_or(&[][..], |m| &m.values);
    let n_cells = map.len().max(1) as f32;
    let embedding = finding.embedding.clone().unwrap_or_default();
    let signals = Signals {
        model,
        score,
        middle: f32::midpoint(thresholds.traces_found, thresholds.no_trace_found),
        margin: card.calibration.map(|c| c.invert(score)),
        map_peak: peak(map),
        map_area: map.iter().filter(|v| **v >= thresholds.map).count() as f32 / n_cells,
        blurred,
        concepts: card.concepts.as_ref().map_or_else(Vec::new, |c| excitations(&embedding, c)),
        hash,
    };
    Some(Look { signals, embedding })
}

fn excitations(embedding: &[f32], concepts: &Concepts) -> Vec<Excitation> {
    let of = |concept: &crate::bundle::Concept| {
        let times = embedding.get(concept.channel)? / concept.mean_peak;
        times.is_finite().then_some(Excitation { channel: concept.channel, times })
    };
    concepts.channels.iter().filter_map(of).collect()
}

fn peak(map: &[f32]) -> f32 {
    let n = ((map.len() as f32 * PEAK_SHARE) as usize).max(1);
    let mut sorted = map.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.truncate(n);
    sorted.iter().sum::<f32>() / n as f32
}

/// 64 bits of a picture: whether each of 8 x 8 cells is darker than its right neighbour. Copies that
/// were scaled or compressed anew differ in a few bits. `None` for pictures of one shade.
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

/// A hash as 16 hex digits: numbers beyond 2^53 do not survive every reader of JSON.
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
