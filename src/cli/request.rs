//! What `inspect` is asked for: its arguments, and what they amount to.
//!
//! * **In**: the words after `inspect`. **Out**: an [`InspectRequest`].
//! * **Not here**: the other commands (`args`), doing it (`inspect`).

use std::path::PathBuf;

use clap::Args;

use super::args::{DETECTOR, ToolArgs};
use crate::base::Rect;
use crate::bundle::ModelStore;
use crate::infer::EngineOptions;
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
  2  some files could not be examined, or their heat maps could not be written

With --json, stdout carries one JSON object a line for every FILE, also for those that could not be
examined; README.md describes the keys. Words for people go to stderr.

Examples:
  pentimento inspect photo.jpg
  pentimento inspect --json *.jpg > results.jsonl
  pentimento inspect --out maps --region 120,80,200,220 photo.jpg";

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Pictures to examine: JPEG, PNG, WebP, GIF, TIFF, BMP
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print one JSON object a line for each file
    #[arg(long)]
    json: bool,

    /// Write heat maps and an overlay as PNG into this folder; it is made if need be
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

    /// Name of the model bundle that examines faces
    #[arg(long, value_name = "NAME", default_value = DETECTOR)]
    detector: String,

    #[command(flatten)]
    tools: ToolArgs,
}

impl From<InspectArgs> for InspectRequest {
    fn from(args: InspectArgs) -> Self {
        Self {
            files: args.files,
            json: args.json,
            out: args.out,
            detector: args.detector,
            models: args.tools.models(),
            engine: args.tools.engine(),
            plan: Plan {
                min_face_px: args.min_face,
                regions: args.region,
                find_faces: !args.only_regions,
                ..Plan::default()
            },
            robustness: args.robustness,
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
