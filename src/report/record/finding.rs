//! What was found in one file.

use serde::{Deserialize, Serialize};

use super::RatioRecord;

/// What was found in one file, and what was not examined of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingsRecord {
    /// `image`, `video`, or `None` for a file of neither kind.
    pub kind: Option<String>,
    /// Width of the stored picture, of a clip as a player shows it.
    pub width_px: Option<u32>,
    /// Height of the same.
    pub height_px: Option<u32>,
    /// Facts about a clip.
    pub clip: Option<ClipFacts>,
    /// `traces-found`, `inconclusive`, `no-trace-found`, `not-examined`.
    pub verdict: String,
    /// The verdict in words, with the reason where nothing was examined.
    pub headline: String,
    /// Score of the most suspicious face, 0 to 1.
    pub score: Option<f32>,
    /// Why nothing was examined, or why the verdict is not definite.
    pub reason: Option<String>,
    /// The findings in words, one sentence for each face.
    pub sentences: Vec<String>,
    /// Faces of a picture.
    pub faces: Vec<FaceRecord>,
    /// Faces of a clip.
    pub tracks: Vec<TrackRecord>,
    /// What could not be decoded.
    pub damage: Vec<DamageRecord>,
    /// What the verdict says nothing about.
    pub not_examined: Vec<NotExaminedRecord>,
    /// Other deviations from what was asked.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    /// Length in seconds.
    pub duration_s: f64,
    /// Mean frames per second.
    pub fps: f64,
    /// Frames that a player shows.
    pub frames: u64,
    pub frames_examined: u64,
    /// Only some frames, spread over the clip, were examined.
    pub quick: bool,
    /// The examination stopped before the end.
    pub partial: bool,
}

/// A face of a picture, or a region drawn by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaceRecord {
    /// From 1.
    pub number: usize,
    /// `[x, y, width, height]` in the stored picture.
    pub box_px: [f32; 4],
    /// A person drew the region.
    pub drawn: bool,
    /// 0 to 1; `None` when it was not examined.
    pub score: Option<f32>,
    pub verdict: String,
    /// Why it was not examined.
    pub reason: Option<String>,
    /// The marked place in words.
    pub region: Option<String>,
    /// Limits of the detector's test that the face lies beyond.
    pub caveats: Vec<String>,
    /// Measured quality of the picture of the face.
    pub quality: Option<QualityRecord>,
    /// How far the detector trusts its own heat map.
    pub reliability: Option<ReliabilityRecord>,
    /// The comparison with genuine faces in words.
    pub reference: Option<String>,
    /// The marked cells of the heat map.
    pub map: Option<MapRecord>,
    /// The verdict on worse copies, where it was asked for.
    #[serde(default)]
    pub robustness: Option<RobustnessRecord>,
    /// The likelihood ratio, where a calibration set fits.
    #[serde(default)]
    pub ratio: Option<RatioRecord>,
    /// Why the calibration set does not fit.
    #[serde(default)]
    pub why_no_ratio: Option<String>,
}

/// The verdict on copies that were made worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustnessRecord {
    /// The same in one sentence.
    pub sentence: String,
    /// Each copy, from mild to strong within its kind.
    pub steps: Vec<RobustnessStep>,
}

/// One worse copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustnessStep {
    /// What was done to it.
    pub what: String,
    /// 0 to 1; `None` when it was not examined.
    pub score: Option<f32>,
    pub verdict: String,
    /// Overlap (IoU) of the marked cells with those of the original.
    pub map_iou: f32,
}

/// Measured quality; see `faces[].quality` of `inspect --json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QualityRecord {
    /// Longer side of the face in pixels.
    pub face_px: f32,
    /// 0 sharp to 1 blurred.
    pub blur: f32,
    /// How much the blocks of JPEG stand out.
    pub blockiness: f32,
    /// Gray levels.
    pub noise: f32,
    /// Gray levels between the channels.
    pub color: f32,
    /// Shades of gray in use.
    pub shades: f32,
    /// Quality of the last saving; `None` for other formats.
    pub jpeg_quality: Option<u8>,
}

/// How far the detector trusts its own heat map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityRecord {
    /// Over the marked cells, 0 to 1; `None` when none is marked.
    pub mean_in_marked: Option<f32>,
    /// Share of cells that are not to be trusted.
    pub untrusted_share: f32,
}

/// The cells of a heat map at or above the threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRecord {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// One bit a cell, row by row, the first cell in the highest bit, as hex.
    pub marked_hex: String,
    /// Number of marked cells.
    pub n_marked: u64,
}

/// A face through a clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// Its number, from 1.
    pub id: u32,
    /// 0 to 1; `None` when it was not examined.
    pub score: Option<f32>,
    pub verdict: String,
    /// Why it was not examined, or why the verdict is not definite.
    pub reason: Option<String>,
    /// First frame with this face, from 0.
    pub first_frame: usize,
    /// Last frame with this face.
    pub last_frame: usize,
    /// Seconds from the first frame shown; `None` where the case does not keep them.
    pub first_s: Option<f64>,
    /// Seconds from the first frame shown; `None` where the case does not keep them.
    pub last_s: Option<f64>,
    /// Frames of this face that were examined.
    pub frames_examined: usize,
    /// The most suspicious moments, the worst first.
    pub worst: Vec<MomentRecord>,
    /// The highest score in each of at most 200 equal parts of the clip, `None` where no frame was
    /// examined; empty where the case does not keep it.
    #[serde(default)]
    pub score_curve: Vec<Option<f32>>,
    /// Why it has no likelihood ratio although a calibration set was named.
    #[serde(default)]
    pub why_no_ratio: Option<String>,
}

/// A suspicious moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MomentRecord {
    /// Frame, from 0.
    pub frame: usize,
    /// Seconds from the first frame shown; `None` where the case does not keep them.
    pub t_s: Option<f64>,
    /// Time stamp in units of the container's time base.
    pub pts: Option<i64>,
    /// 0 to 1.
    pub score: f32,
    /// The marked place in words.
    #[serde(default)]
    pub region: Option<String>,
    /// `[x, y, width, height]` in the frame.
    pub box_px: Option<[f32; 4]>,
}

/// A place that could not be decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DamageRecord {
    /// Frame, from 0.
    pub frame: usize,
    /// Seconds from the first frame shown.
    pub t_s: f64,
    /// What the decoder says.
    pub what: String,
}

/// A part that was not examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotExaminedRecord {
    /// The part.
    pub what: String,
    /// Where it lies.
    #[serde(rename = "where")]
    pub place: String,
    /// The reason.
    pub why: String,
}
