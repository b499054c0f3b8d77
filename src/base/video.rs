//! A video and what was found in it: frames with their true times, tracks of faces, moments.
//!
//! Space: **image space of a video** is the frame as a player shows it. Rotation and pixel aspect
//! of the container are applied by the decoder, so stored and upright grid are one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Affine, EngineInfo, Face, Heatmap, ModelRef, NotExamined, Verdict, Warning};

/// One displayed frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameTime {
    /// Index in display order, from 0. Frames hidden by an edit list are not counted.
    pub index: usize,
    /// Index of its packet in the file, from 0; hidden packets are counted.
    pub packet: usize,
    /// Presentation time stamp in units of [`VideoInfo::time_base`], as the container has it.
    pub pts: i64,
    /// Seconds since the first frame shown.
    pub t_s: f64,
    /// A key frame: decoding can begin here.
    pub is_key: bool,
}

/// A frame of a video as kept in cases, data sets and files beside masks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FrameRef {
    /// From 0, in presentation order.
    pub index: usize,
    /// Time stamp in units of `time_base`.
    pub pts: i64,
    /// Seconds of one unit of `pts`, as a fraction.
    pub time_base: [u32; 2],
    /// Seconds since the first frame.
    pub t_s: f64,
}

/// The video stream as its container describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoInfo {
    /// Name of the container format, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// Name of the codec, for instance `h264`.
    pub codec: String,
    /// Name of the pixel format, for instance `yuv420p`.
    pub pixel_format: String,
    /// Width as displayed.
    pub width_px: u32,
    /// Height as displayed.
    pub height_px: u32,
    /// Clockwise turn that a player applies to the stored frame: 0, 90, 180 or 270.
    pub rotation_deg: u16,
    /// From the first frame shown to the end of the last one, in seconds.
    pub duration_s: f64,
    /// Frames shown.
    pub n_frames: usize,
    /// Mean frames per second.
    pub fps: f64,
    /// The frame rate is variable.
    pub is_variable: bool,
    /// Seconds of one unit of time stamps, as a fraction.
    pub time_base: (u32, u32),
    /// There is an audio stream, which is never examined.
    pub has_audio: bool,
}

/// A place in the stream that could not be decoded correctly.
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The frame at or after which it occurs.
    pub frame: usize,
    /// Time of that frame, in seconds.
    pub t_s: f64,
    /// The decoder's message, one line.
    pub what: String,
}

/// A heat map with one byte per cell, to keep many in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct ByteHeatmap {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `[height, width]`, 255 for probability 1.
    pub values: Box<[u8]>,
    /// Takes map positions to image space.
    pub image_from_map: Affine,
}

impl ByteHeatmap {
    /// Rounds every value to 1/255.
    pub fn new(map: &Heatmap) -> Self {
        let byte = |v: &f32| (v * 255.0).round().clamp(0.0, 255.0) as u8;
        Self {
            width: map.width,
            height: map.height,
            values: map.values.iter().map(byte).collect(),
            image_from_map: map.image_from_map,
        }
    }

    /// The map as floats.
    pub fn heatmap(&self) -> Heatmap {
        Heatmap {
            width: self.width,
            height: self.height,
            values: self.values.iter().map(|v| f32::from(*v) / 255.0).collect(),
            image_from_map: self.image_from_map,
        }
    }
}

/// One examined face of one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Index of the frame.
    pub frame: usize,
    /// The face in image space. Between two detections its place is interpolated.
    pub face: Face,
    /// Calibrated score; `None` when the face was not examined, which `reason` explains.
    pub score: Option<f32>,
    /// The verdict for this frame alone.
    pub verdict: Verdict,
    /// Why it was not examined.
    pub reason: Option<String>,
    /// Limits of the model's test that this picture of the face lies beyond.
    pub caveats: Vec<String>,
    /// The marked place in words.
    pub region: Option<String>,
    /// The heat map, if maps are kept.
    pub map: Option<Arc<ByteHeatmap>>,
}

/// How many of these samples were examined.
pub fn n_examined(samples: &[Sample]) -> usize {
    samples.iter().filter(|sample| sample.score.is_some()).count()
}

/// A suspicious moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Index of the frame with the highest score of the moment.
    pub frame: usize,
    pub score: f32,
    /// The place marked in that frame, in words.
    pub region: Option<String>,
}

/// Parts of a clip that a curve of scores distinguishes.
pub const CURVE_PARTS: usize = 200;

/// Fewest examined frames for a verdict other than inconclusive.
pub const MIN_DEFINITE_FRAMES: usize = 3;

/// Orders the faces of a clip by suspicion: faces with too few examined frames come last, then the
/// verdict decides, then the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackSuspicion {
    is_definite: bool,
    rank: u8,
    score: f32,
}

impl TrackSuspicion {
    /// For a face with `n_examined` examined frames.
    pub const fn new(n_examined: usize, verdict: Verdict, score: Option<f32>) -> Self {
        let score = match score {
            Some(score) => score,
            None => -1.0,
        };
        Self { is_definite: n_examined >= MIN_DEFINITE_FRAMES, rank: verdict.rank(), score }
    }

    /// Greater is more suspicious.
    pub fn compare(self, other: Self) -> std::cmp::Ordering {
        (self.is_definite, self.rank)
            .cmp(&(other.is_definite, other.rank))
            .then(self.score.total_cmp(&other.score))
    }
}

/// One face through the clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its number, from 1, in the order of first appearance.
    pub id: u32,
    /// In display order.
    pub samples: Vec<Sample>,
    /// Robust aggregate of its samples; `None` when none was examined.
    pub score: Option<f32>,
    /// The verdict for this score.
    pub verdict: Verdict,
    /// Why nothing of it was examined.
    pub reason: Option<String>,
    /// The most suspicious moments, the worst first, at least a second apart.
    pub worst: Vec<Moment>,
}

impl Track {
    /// Index of the first frame with this face; 0 without samples.
    pub fn first_frame(&self) -> usize {
        self.samples.first().map_or(0, |s| s.frame)
    }

    /// Index of the last frame with this face; 0 without samples.
    pub fn last_frame(&self) -> usize {
        self.samples.last().map_or(0, |s| s.frame)
    }

    pub fn at(&self, frame: usize) -> Option<&Sample> {
        let i = self.samples.binary_search_by_key(&frame, |s| s.frame).ok()?;
        self.samples.get(i)
    }

    /// The highest score in each of [`CURVE_PARTS`] equal parts of a clip of `n_frames` frames, `None`
    /// where no frame was examined. Of a clip with fewer frames, the score of each.
    pub fn score_curve(&self, n_frames: usize) -> Vec<Option<f32>> {
        let mut curve = vec![None; n_frames.min(CURVE_PARTS)];
        let n_parts = curve.len();
        for sample in &self.samples {
            let part = sample.frame.saturating_mul(n_parts).checked_div(n_frames);
            let highest = part.and_then(|part| curve.get_mut(part));
            if let (Some(highest), Some(score)) = (highest, sample.score) {
                *highest = Some(highest.map_or(score, |other: f32| other.max(score)));
            }
        }
        curve
    }

    /// Its place among the faces of the clip.
    pub fn suspicion(&self) -> TrackSuspicion {
        TrackSuspicion::new(n_examined(&self.samples), self.verdict, self.score)
    }
}

/// The result for one video.
#[derive(Debug, Clone)]
pub struct VideoReport {
    /// Lower-case hex of the file's bytes; empty when it could not be read.
    pub sha256: String,
    /// `None` when it could not be read.
    pub info: Option<VideoInfo>,
    /// All displayed frames.
    pub frames: Arc<[FrameTime]>,
    /// Verdict of the most suspicious track.
    pub verdict: Verdict,
    /// Score of the most suspicious track.
    pub score: Option<f32>,
    /// Why nothing was examined, or why the verdict is not definite.
    pub reason: Option<String>,
    /// Faces, in the order of first appearance.
    pub tracks: Vec<Track>,
    /// Index of the first frame of every shot but the first.
    pub cuts: Vec<usize>,
    /// Frames that were decoded and searched or tracked for faces.
    pub frames_examined: usize,
    /// Only frames spread over the clip were examined.
    pub is_quick: bool,
    /// The work was stopped before its end.
    pub is_partial: bool,
    /// Places that could not be decoded.
    pub damage: Vec<Damage>,
    /// What the verdict says nothing about.
    pub not_examined: Vec<NotExamined>,
    /// The detector.
    pub model: ModelRef,
    /// The engine that ran it.
    pub engine: EngineInfo,
    /// From opening the file to this report.
    pub elapsed_ms: u64,
    /// Deviations from what was asked, one sentence each; also what was not examined.
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FaceOrigin, Rect};

    #[test]
    fn a_curve_keeps_the_highest_score_of_each_part() {
        let sample = |(frame, score): (usize, Option<f32>)| Sample {
            frame,
            face: Face {
                box_px: Rect::new(0.0, 0.0, 60.0, 60.0),
                landmarks: None,
                confidence: 1.0,
                origin: FaceOrigin::Found,
            },
            score,
            verdict: Verdict::NotExamined,
            reason: None,
            caveats: Vec::new(),
            region: None,
            map: None,
        };
        let scores = [(0, Some(0.2)), (1, Some(0.7)), (4, Some(0.1)), (6, None), (999, Some(0.5))];
        let track = Track {
            id: 1,
            samples: scores.map(sample).into(),
            score: None,
            verdict: Verdict::NotExamined,
            reason: None,
            worst: Vec::new(),
        };
        let curve = track.score_curve(1000);
        assert_eq!(curve.len(), CURVE_PARTS);
        assert_eq!((curve[0], curve[1], curve[199]), (Some(0.7), None, Some(0.5)));
        assert_eq!(curve.iter().flatten().count(), 2);
        assert_eq!(track.score_curve(3), [Some(0.2), Some(0.7), None], "frames beyond the end");
        assert_eq!(track.score_curve(0), []);
    }
}
