//! A video and what was found in it: frames with their true times, tracks of faces, moments.
//!
//! Space: **image space of a video** is the frame as a player shows it. Rotation and pixel aspect of
//! the container are applied by the decoder, so stored and upright grid are one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Affine, EngineInfo, Face, Heatmap, ModelRef, Verdict, Warning};

/// One frame that a player shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameTime {
    /// Place in the order of showing, from 0. Frames that an edit list hides are not counted.
    pub index: usize,
    /// Place of its packet in the file, from 0; hidden ones are counted.
    pub packet: usize,
    /// Presentation time stamp in units of [`VideoInfo::time_base`], as the container has it.
    pub pts: i64,
    /// Seconds since the first frame shown.
    pub t_s: f64,
    /// Decoding can begin here.
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

/// What a container says of its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoInfo {
    /// Name of the container format, for instance `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// Name of the codec, for instance `h264`.
    pub codec: String,
    /// Name of the pixel format, for instance `yuv420p`.
    pub pixel_format: String,
    /// Width as shown.
    pub width_px: u32,
    /// Height as shown.
    pub height_px: u32,
    /// Clockwise turn that a player applies to the stored frame: 0, 90, 180 or 270.
    pub rotation_deg: u16,
    /// From the first frame shown to the end of the last one, in seconds.
    pub duration_s: f64,
    /// Frames shown.
    pub n_frames: usize,
    /// Mean frames per second.
    pub fps: f64,
    /// The steps between frames differ.
    pub is_variable: bool,
    /// Seconds of one unit of time stamps, as a fraction.
    pub time_base: (u32, u32),
    /// There is sound, which is never examined.
    pub has_audio: bool,
}

/// Something in the stream that could not be decoded as it should.
#[derive(Debug, Clone, PartialEq)]
pub struct Damage {
    /// The frame at or after which it was met.
    pub frame: usize,
    /// The same in seconds.
    pub t_s: f64,
    /// What the decoder said, one line.
    pub what: String,
}

/// A heat map in a byte a cell, for keeping many.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallMap {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `[height, width]`, 255 for probability 1.
    pub values: Box<[u8]>,
    /// Takes map positions to image space.
    pub image_from_map: Affine,
}

impl SmallMap {
    /// A copy to within 1/510.
    pub fn new(map: &Heatmap) -> Self {
        let byte = |v: &f32| (v * 255.0).round().clamp(0.0, 255.0) as u8;
        Self {
            width: map.width,
            height: map.height,
            values: map.values.iter().map(byte).collect(),
            image_from_map: map.image_from_map,
        }
    }

    /// The map in full.
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
    /// Where; image space. Between two frames in which the finder looked, the place is
    /// interpolated.
    pub face: Face,
    /// Calibrated score; `None` when the face was not examined, which `reason` explains.
    pub score: Option<f32>,
    /// Of this frame alone.
    pub verdict: Verdict,
    /// Why it was not examined.
    pub reason: Option<String>,
    /// Limits of the model's test that this picture of the face lies beyond.
    pub caveats: Vec<String>,
    /// Where the traces are, if maps are kept.
    pub map: Option<Arc<SmallMap>>,
}

/// A moment worth looking at.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Index of the frame with the highest score of the moment.
    pub frame: usize,
    /// Its score.
    pub score: f32,
}

/// Examined frames from which on something definite is said of a face.
pub const LASTING_FRAMES: usize = 3;

/// How much a face weighs in what is said of a clip: one that was seen for a moment only weighs
/// less than any other, then the verdict decides, then the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    is_lasting: bool,
    rank: u8,
    score: f32,
}

impl Weight {
    /// Of a face of which `n_examined` frames were examined.
    pub const fn new(n_examined: usize, verdict: Verdict, score: Option<f32>) -> Self {
        let score = match score {
            Some(score) => score,
            None => -1.0,
        };
        Self { is_lasting: n_examined >= LASTING_FRAMES, rank: verdict.rank(), score }
    }

    /// Larger weighs more.
    pub fn against(self, other: Self) -> std::cmp::Ordering {
        (self.is_lasting, self.rank)
            .cmp(&(other.is_lasting, other.rank))
            .then(self.score.total_cmp(&other.score))
    }
}

/// One face through the clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its number, from 1, in the order of first appearance.
    pub id: u32,
    /// In the order of showing.
    pub samples: Vec<Sample>,
    /// Robust aggregate of its samples; `None` when none was examined.
    pub score: Option<f32>,
    /// The words that go with it.
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

    /// The sample of a frame.
    pub fn at(&self, frame: usize) -> Option<&Sample> {
        let i = self.samples.binary_search_by_key(&frame, |s| s.frame).ok()?;
        self.samples.get(i)
    }

    /// What it weighs among the faces of the clip.
    pub fn weight(&self) -> Weight {
        let n_examined = self.samples.iter().filter(|s| s.score.is_some()).count();
        Weight::new(n_examined, self.verdict, self.score)
    }
}

/// All that is said of one video.
#[derive(Debug, Clone)]
pub struct VideoReport {
    /// Lower-case hex of the file's bytes; empty when it could not be read.
    pub sha256: String,
    /// `None` when it could not be read.
    pub info: Option<VideoInfo>,
    /// All frames that a player shows.
    pub frames: Arc<[FrameTime]>,
    /// Of the most suspicious track.
    pub verdict: Verdict,
    /// Of the most suspicious track.
    pub score: Option<f32>,
    /// Why nothing was examined, or why nothing definite is said.
    pub reason: Option<String>,
    /// Faces, in the order of first appearance.
    pub tracks: Vec<Track>,
    /// Index of the first frame of every shot but the first.
    pub cuts: Vec<usize>,
    /// Frames that were decoded and searched or tracked for faces.
    pub frames_examined: usize,
    /// Only frames spread over the clip were looked at.
    pub is_quick: bool,
    /// The work was stopped before its end.
    pub is_partial: bool,
    /// What could not be decoded.
    pub damage: Vec<Damage>,
    /// The detector.
    pub model: ModelRef,
    /// The engine that ran it.
    pub engine: EngineInfo,
    /// From opening the file to this report.
    pub elapsed_ms: u64,
    /// What went otherwise than asked.
    pub warnings: Vec<Warning>,
}
