//! Arguments of `inspect`, and the request they amount to.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::base::Rect;
use crate::bundle::{self, ModelStore};
use crate::cli::progress::ProgressArg;
#[cfg(feature = "remote")]
use crate::cli::tools::RemoteArgs;
use crate::cli::tools::ToolArgs;
use crate::infer::EngineOptions;
use crate::pipeline::video::VideoPlan;
use crate::pipeline::{MIN_FACE_PX, Plan};

/// The files to examine, and how.
#[derive(Debug)]
pub(in crate::cli) struct InspectRequest {
    pub(in crate::cli) files: Vec<PathBuf>,
    pub(super) json: bool,
    pub(super) out: Option<PathBuf>,
    /// Name of the detector's bundle.
    pub(in crate::cli) detector: String,
    pub(super) models: ModelStore,
    pub(in crate::cli) engine: EngineOptions,
    pub(in crate::cli) plan: Plan,
    /// Examine every face again under a series of degradations.
    pub(in crate::cli) robustness: bool,
    /// Folder of genuine pictures.
    pub(super) reference: Option<PathBuf>,
    pub(super) video: VideoRequest,
    pub(super) progress: ProgressArg,
}

/// Options that only videos have.
#[derive(Debug)]
pub(super) struct VideoRequest {
    pub(super) every: usize,
    pub(super) max_frames: Option<usize>,
    pub(super) from_s: f64,
    pub(super) to_s: f64,
    pub(super) is_quick: bool,
    pub(super) journal: Option<PathBuf>,
    pub(super) annotate: Option<CopyFormat>,
}

impl VideoRequest {
    /// The plan for a video; `plan` holds for each of its frames.
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
pub(super) enum CopyFormat {
    /// H.264 in MP4.
    Mp4,
    /// VP9 in `WebM`.
    Webm,
}

pub(in crate::cli) const INSPECT_HELP: &str = "\
Verdicts:
  traces-found     the score is at or above the upper threshold of the model
  inconclusive     the score lies between the two thresholds, or the picture is beyond what the
                   model was tested on
  no-trace-found   the score is below the lower threshold; this does NOT mean authentic
  not-examined     nothing was examined; the reason is given

Exit codes:
  0  all files were examined, each as a whole
  1  wrong use, or nothing could start
  2  something was not examined: a file, a part of one, a face; or heat maps could not be written

With --json, stdout carries one JSON object per line for every FILE, also for those that could
not be examined. Messages go to stderr.

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
pub struct InspectArgs {
    /// Pictures and videos to examine: JPEG, PNG, WebP, GIF, TIFF, BMP; with ffmpeg also MP4, MOV,
    /// MKV, WebM, AVI, TS and animated pictures
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print one JSON object per line for each file
    #[arg(long)]
    json: bool,

    /// Write heat maps and an overlay as PNG into this folder, created if missing; of a video those
    /// of its most suspicious frames
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Examine this region too, in pixels of the stored picture (as in box_px); may be repeated
    #[arg(long, value_name = "X,Y,W,H", value_parser = region, allow_hyphen_values = true)]
    region: Vec<Rect>,

    /// Examine only the regions given, without looking for faces
    #[arg(long, requires = "region")]
    only_regions: bool,

    /// Skip faces whose longer side has fewer pixels
    #[arg(long, value_name = "PX", value_parser = pixels, default_value_t = MIN_FACE_PX)]
    min_face: f32,

    /// Examine every face again under JPEG compression, blur and scaling, and compare the results
    #[arg(long)]
    robustness: bool,

    /// Examine every Nth frame only
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, help_heading = VIDEOS)]
    every: usize,

    /// Examine at most N frames, spread evenly
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = VIDEOS)]
    max_frames: Option<usize>,

    /// Start at this time: seconds, M:SS or H:MM:SS
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "0", hide_default_value = true, help_heading = VIDEOS)]
    from: f64,

    /// End at this time: seconds, M:SS or H:MM:SS
    #[arg(long, value_name = "TIME", value_parser = seconds, help_heading = VIDEOS)]
    to: Option<f64>,

    /// Examine about 24 frames only, for a first impression within seconds
    #[arg(long, conflicts_with_all = ["every", "max_frames"], help_heading = VIDEOS)]
    quick: bool,

    /// Keep the frames already examined in this folder and resume from there after a stop
    #[arg(long, value_name = "DIR", help_heading = VIDEOS)]
    resume: Option<PathBuf>,

    /// Write a copy of each video, with heat maps and marked faces, into the folder of --out
    #[arg(long, value_name = "FORMAT", requires = "out", help_heading = VIDEOS)]
    annotate: Option<CopyFormat>,

    /// Compare each face of a picture with those of the pictures in this folder, which you know to be
    /// genuine and of the same source (camera, channel, codec). "Traces of forgery found" becomes
    /// "Inconclusive" where such scores are usual
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,

    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    progress: ProgressArg,

    /// Name of the detector's model bundle. Default: the one in use (see pentimento models)
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,

    #[cfg(feature = "remote")]
    #[command(flatten)]
    remote: RemoteArgs,

    #[command(flatten)]
    tools: ToolArgs,
}

impl InspectArgs {
    /// Checks what clap cannot express.
    pub(super) fn check(&self) -> Result<(), String> {
        #[cfg(feature = "remote")]
        self.remote.options()?;
        match self.to {
            Some(to) if to <= self.from => {
                Err(format!("--to ({to} s) must be later than --from ({} s)", self.from))
            }
            _ => Ok(()),
        }
    }

    /// The detector asked for, else the one in use.
    pub(super) fn detector(&self) -> Result<String, bundle::Error> {
        self.tools.detector(self.detector.as_deref())
    }

    /// The request; `detector` is the name of its bundle.
    pub(in crate::cli) fn request(self, detector: String) -> InspectRequest {
        let args = self;
        let models = args.tools.models();
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "nothing is added to it"))]
        let mut engine = args.tools.engine();
        #[cfg(feature = "remote")]
        {
            engine.remote = args.remote.options().ok().flatten();
        }
        InspectRequest {
            files: args.files,
            json: args.json,
            out: args.out,
            detector,
            models,
            engine,
            plan: Plan {
                min_face_px: args.min_face,
                regions: args.region,
                find_faces: !args.only_regions,
                ..Plan::default()
            },
            robustness: args.robustness,
            reference: args.reference,
            video: VideoRequest {
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

/// Parses `X,Y,W,H`; width and height must be above 0.
pub(in crate::cli) fn region(text: &str) -> Result<Rect, String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|n| n.trim().parse::<f32>().ok().filter(|v| v.is_finite()))
        .collect::<Option<_>>()
        .ok_or("expected four numbers, for instance 120,80,200,220")?;
    match *numbers.as_slice() {
        [x, y, w, h] if w > 0.0 && h > 0.0 => Ok(Rect::new(x, y, w, h)),
        [_, _, _, _] => Err("width and height must be above 0".to_owned()),
        _ => Err(format!("expected four numbers, not {}", numbers.len())),
    }
}

/// Parses a number of pixels, at least 1.
pub(in crate::cli) fn pixels(text: &str) -> Result<f32, String> {
    text.parse::<f32>()
        .ok()
        .filter(|v| v.is_finite() && *v >= 1.0)
        .ok_or_else(|| "expected a number of pixels, at least 1".to_owned())
}

/// Parses a whole number, at least 1.
fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| "expected a whole number, at least 1".to_owned())
}

/// Parses `12.5`, `1:02.5` or `1:00:02` as seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || "expected a time, for instance 12.5, 1:02 or 1:00:02".to_owned();
    let mut sum = 0.0;
    let parts: Vec<&str> = text.split(':').collect();
    for (i, part) in parts.iter().enumerate() {
        let value: f64 = part.parse().ok().ok_or_else(wrong)?;
        let is_overflow = i > 0 && value >= 60.0;
        if !value.is_finite() || value < 0.0 || is_overflow || parts.len() > 3 {
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
