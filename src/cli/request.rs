//! What `inspect` is asked for: its arguments, and what they amount to.
//!
//! * **In**: the words after `inspect`. **Out**: an [`InspectRequest`].
//! * **Not here**: the other commands (`args`), doing it (`inspect`).

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::ToolArgs;
use super::progress::ProgressWord;
use crate::base::Rect;
use crate::bundle::{self, ModelStore};
use crate::infer::EngineOptions;
use crate::pipeline::video::VideoPlan;
use crate::pipeline::{MIN_FACE_PX, Plan};

/// What to examine and how.
#[derive(Debug)]
pub struct InspectRequest {
    pub(super) files: Vec<PathBuf>,
    pub(super) json: bool,
    pub(super) out: Option<PathBuf>,
    pub(super) detector: String,
    pub(super) models: ModelStore,
    pub(super) engine: EngineOptions,
    pub(super) plan: Plan,
    /// Examine every face again under a series of degradations.
    pub(super) robustness: bool,
    /// What to do with clips.
    pub(super) clip: ClipRequest,
    pub(super) progress: ProgressWord,
}

/// What is asked for of clips.
#[derive(Debug)]
pub(super) struct ClipRequest {
    pub(super) every: usize,
    pub(super) max_frames: Option<usize>,
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    pub(super) is_quick: bool,
    pub(super) journal: Option<PathBuf>,
    pub(super) annotate: Option<ClipFormat>,
}

impl ClipRequest {
    /// The plan for a clip, with what holds for single frames.
    pub(super) fn plan(&self, plan: &Plan, keeps_maps: bool) -> VideoPlan {
        let is_whole = self.from_s <= 0.0 && self.to_s.is_infinite();
        VideoPlan {
            every: self.every,
            range: (!is_whole).then_some((self.from_s, self.to_s)),
            max_frames: self.max_frames,
            is_quick: self.is_quick,
            keeps_maps,
            journal: self.journal.clone(),
            plan: plan.clone(),
        }
    }
}

/// Container of an annotated copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ClipFormat {
    /// H.264 in MP4.
    Mp4,
    /// VP9 in `WebM`.
    Webm,
}

pub(super) const HELP: &str = "\
Verdicts:
  traces-found     the score is at or above the model's upper threshold
  inconclusive     the score lies between the two thresholds
  no-trace-found   the score is below the lower threshold; this does NOT mean authentic
  not-examined     nothing was examined; a reason goes with it

Exit codes:
  0  all files were examined
  1  wrong use
  2  some files could not be examined to the end, or their heat maps could not be written

With --json, stdout carries one JSON object a line for every FILE, also for those that could not be
examined; README.md describes the keys. Words for people go to stderr.

Examples:
  pentimento inspect photo.jpg
  pentimento inspect --json *.jpg > results.jsonl
  pentimento inspect --out maps --region 120,80,200,220 photo.jpg
  pentimento inspect --quick clip.mp4
  pentimento inspect --json --from 0:30 --to 1:00 --out maps --annotate mp4 clip.mp4";

const VIDEOS: &str = "Videos";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[expect(clippy::doc_markdown, reason = "these comments are the help that people read")]
pub(super) struct InspectArgs {
    /// Pictures and videos to examine. JPEG, PNG, WebP, GIF, TIFF, BMP; with ffmpeg also MP4, MOV,
    /// MKV, WebM, AVI, TS and animated pictures
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print one JSON object a line for each file
    #[arg(long)]
    json: bool,

    /// Write heat maps and an overlay as PNG into this folder, of videos those of the worst moments;
    /// it is made if need be
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Examine this region too, in pixels of the stored picture (as `box_px`); may be repeated
    #[arg(long, value_name = "X,Y,W,H", value_parser = region, allow_hyphen_values = true)]
    region: Vec<Rect>,

    /// Do not look for faces, examine only the regions given
    #[arg(long, requires = "region")]
    only_regions: bool,

    /// Faces whose longer side is shorter are not examined
    #[arg(long, value_name = "PX", value_parser = pixels, default_value_t = MIN_FACE_PX)]
    min_face: f32,

    /// Examine every face again under JPEG compression, blur and scaling, and say what holds
    #[arg(long)]
    robustness: bool,

    /// Of a video, examine one frame in so many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, help_heading = VIDEOS)]
    every: usize,

    /// Of a video, examine at most so many frames, spread evenly
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = VIDEOS)]
    max_frames: Option<usize>,

    /// Of a video, begin here: seconds, M:SS or H:MM:SS
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "0", hide_default_value = true, help_heading = VIDEOS)]
    from: f64,

    /// Of a video, end here: seconds, M:SS or H:MM:SS
    #[arg(long, value_name = "TIME", value_parser = seconds, help_heading = VIDEOS)]
    to: Option<f64>,

    /// Of a video, look at about 24 frames only: a first impression in seconds
    #[arg(long, conflicts_with_all = ["every", "max_frames"], help_heading = VIDEOS)]
    quick: bool,

    /// Keep what was done of a video in this folder, and go on from there when it was stopped
    #[arg(long, value_name = "DIR", help_heading = VIDEOS)]
    resume: Option<PathBuf>,

    /// Write a copy of each video with heat maps and marked faces into the folder of --out
    #[arg(long, value_name = "FORMAT", requires = "out", help_heading = VIDEOS)]
    annotate: Option<ClipFormat>,

    /// Who is told on stderr how far the work is
    #[arg(long, value_enum, default_value_t = ProgressWord::Auto)]
    progress: ProgressWord,

    /// Name of the model bundle that examines faces; without it the one in use (see
    /// `pentimento models`)
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,

    #[command(flatten)]
    tools: ToolArgs,
}

impl InspectArgs {
    /// What clap cannot see.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.to {
            Some(to) if to <= self.from => {
                Err(format!("--to ({to} s) must lie behind --from ({} s)", self.from))
            }
            _ => Ok(()),
        }
    }
}

impl InspectArgs {
    /// The detector asked for, else the one in use.
    pub(super) fn detector(&self) -> Result<String, bundle::Error> {
        self.tools.detector(self.detector.as_deref())
    }

    /// What these arguments amount to.
    pub(super) fn request(self, detector: String) -> InspectRequest {
        let args = self;
        InspectRequest {
            files: args.files,
            json: args.json,
            out: args.out,
            detector,
            models: args.tools.models(),
            engine: args.tools.engine(),
            plan: Plan {
                min_face_px: args.min_face,
                regions: args.region,
                find_faces: !args.only_regions,
                ..Plan::default()
            },
            robustness: args.robustness,
            clip: ClipRequest {
                every: args.every,
                max_frames: args.max_frames,
                from_s: args.from,
                to_s: args.to.unwrap_or(f64::INFINITY),
                is_quick: args.quick,
                journal: args.resume,
                annotate: args.annotate,
            },
            progress: args.progress,
        }
    }
}

/// `X,Y,W,H`; width and height above 0.
fn region(text: &str) -> Result<Rect, String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|n| n.trim().parse::<f32>().ok().filter(|v| v.is_finite()))
        .collect::<Option<_>>()
        .ok_or("four numbers are needed, for instance 120,80,200,220")?;
    match *numbers.as_slice() {
        [x, y, w, h] if w > 0.0 && h > 0.0 => Ok(Rect::new(x, y, w, h)),
        [_, _, _, _] => Err("width and height must be above 0".to_owned()),
        _ => Err(format!("four numbers are needed, not {}", numbers.len())),
    }
}

/// A number of pixels from 1 on.
fn pixels(text: &str) -> Result<f32, String> {
    text.parse::<f32>()
        .ok()
        .filter(|v| v.is_finite() && *v >= 1.0)
        .ok_or_else(|| "a number of pixels from 1 on is needed".to_owned())
}

/// A whole number from 1 on.
fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| "a whole number from 1 on is needed".to_owned())
}

/// `12.5`, `1:02.5` or `1:00:02`.
fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || "a time is needed, for instance 12.5, 1:02 or 1:00:02".to_owned();
    let mut sum = 0.0;
    let parts: Vec<&str> = text.split(':').collect();
    for (i, part) in parts.iter().enumerate() {
        let value: f64 = part.parse().ok().ok_or_else(wrong)?;
        let is_clock = i > 0 && value >= 60.0;
        if !value.is_finite() || value < 0.0 || is_clock || parts.len() > 3 {
            return Err(wrong());
        }
        sum = sum * 60.0 + value;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn hours_minutes_and_seconds_are_one_time(h in 0..99u32, m in 0..60u32, ms in 0..60_000u32) {
            let s = f64::from(ms) / 1000.0;
            let want = f64::from(h * 3600 + m * 60) + s;
            let found = seconds(&format!("{h}:{m:02}:{s:06.3}")).unwrap();
            proptest::prop_assert!((found - want).abs() < 1e-9, "{} is not {}", found, want);
            proptest::prop_assert_eq!(seconds(&format!("{want}")), Ok(want));
        }

        #[test]
        fn any_text_is_a_time_or_refused(text in "[0-9:.e+-]{0,12}") {
            if let Ok(found) = seconds(&text) {
                proptest::prop_assert!(found >= 0.0, "{} from {}", found, text);
            }
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, want) in [("12.5", 12.5), ("1:02", 62.0), ("1:00:02.5", 3602.5), ("0", 0.0)] {
            assert_eq!(seconds(text), Ok(want), "{text}");
        }
        for text in ["", "-3", "1:75", "1:2:3:4", "nan", "x"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
