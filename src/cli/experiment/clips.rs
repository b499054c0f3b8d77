//! `experiment clips`: measures verdicts on videos made from photos.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use crate::base::{Cancel, Phase, TaskCtx};
use crate::bundle::{Bundle, CLIP_FIGURES};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::cli::train::photos::PhotoArgs;
use crate::eval::{Scored, detection, roc_auc};
use crate::media::video::{Video, VideoLimits};
use crate::pipeline::Stages;
use crate::pipeline::video::{VideoPlan, examine_video};
use crate::train::experiment::clips::{self, Motion};

pub(super) const HELP: &str = "\
There are no videos of real people to calibrate on. So photos of people outside the training
set, real and forged by our own forger, are moved like a hand-held camera (drift, turn, zoom,
flicker), coded as H.264 (crf 23), and examined like any video. The figures hold for such
videos only.

Example:
  pentimento experiment clips --pairs 200 --card";

/// Arguments of `experiment clips`.
#[derive(Debug, Args)]
pub struct ClipsArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Pairs of a real and a forged video
    #[arg(long, default_value_t = 200)]
    pairs: usize,
    /// Frames per video
    #[arg(long, default_value_t = 50)]
    frames: usize,
    /// Seed of forgeries and motion
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Name of the detector's model bundle. Default: the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    /// Write the figures into the model's card
    #[arg(long)]
    card: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Scores of videos and of their frames.
#[derive(Debug, Default)]
struct ClipScores {
    clips: Vec<Scored>,
    frames: Vec<Scored>,
    by_method: BTreeMap<&'static str, Vec<Scored>>,
    not_examined: usize,
}

/// Measures and prints the figures.
pub(super) fn run(args: ClipsArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let line = ProgressLine::bar(1);
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let detector = args.tools.detector(args.detector.as_deref())?;
    let bundle = store.read(&detector)?;
    let mut stages = Stages::load(&store, &detector, &args.tools.engine(), &ctx)?;
    let split = args.photos.read(&store, &stages.engine, &ctx)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("clip.mp4");
    let mut results = ClipScores::default();
    for index in 0..args.pairs {
        ctx.step(Phase::Evaluating, index as u64, args.pairs as u64)?;
        let (made, method) = clips::pair(&split.test, args.seed, index)?;
        let mut rng = made.rng;
        // Both videos of a pair move equally.
        let motion = Motion::draw(&mut rng);
        let sides = [(&made.pair.real, false), (&made.pair.forged, true)];
        for (picture, forged) in sides {
            clips::write(picture, &motion, args.frames, &path)?;
            results.add(&mut stages, &path, forged, method.as_str())?;
        }
    }
    drop(line);
    let thresholds = *stages.detector.thresholds();
    let rates = detection(&results.clips, thresholds.traces_found, thresholds.no_trace_found);
    let of_frames = detection(&results.frames, thresholds.traces_found, thresholds.no_trace_found);
    let mut figures = BTreeMap::from(
        [
            ("n_real", rates.n_real as f64),
            ("n_forged", rates.n_forged as f64),
            ("frames_per_clip", args.frames as f64),
            ("auc", rates.auc),
            ("false_positive_rate", rates.false_positive_rate),
            ("detection_rate", rates.detection_rate),
            ("miss_rate", rates.miss_rate),
            ("auc_of_frames", of_frames.auc),
            ("false_positive_rate_of_frames", of_frames.false_positive_rate),
            ("miss_rate_of_frames", of_frames.miss_rate),
            ("not_examined", results.not_examined as f64),
        ]
        .map(|(name, value)| (name.to_owned(), (value * 1e4).round() / 1e4)),
    );
    for (method, scored) in &results.by_method {
        figures.insert(format!("auc_{method}"), (roc_auc(scored) * 1e4).round() / 1e4);
    }
    for (name, value) in &figures {
        output::print_line(&format!("{name} {value}"))?;
    }
    if args.card {
        let mut card = bundle.card.clone();
        card.measured.insert(CLIP_FIGURES.to_owned(), figures);
        Bundle::write(&bundle.folder, card, bundle.model)?;
        output::eprint_line(&format!("card written in {}", bundle.folder.display()));
    }
    Ok(())
}

impl ClipScores {
    fn add(
        &mut self,
        stages: &mut Stages,
        path: &Path,
        forged: bool,
        method: &'static str,
    ) -> anyhow::Result<()> {
        let silent = TaskCtx::silent();
        let video = Video::open(path, &VideoLimits::default(), &silent)?;
        let plan = VideoPlan::default();
        let report = examine_video(stages, &video, &plan, &mut |_| {}, &silent)?;
        // The face of the photo, not one in the background.
        let Some(track) = report.tracks.iter().max_by_key(|t| t.samples.len()) else {
            self.not_examined += 1;
            return Ok(());
        };
        let Some(score) = track.score else {
            self.not_examined += 1;
            return Ok(());
        };
        let scored = Scored { score, forged };
        self.clips.push(scored);
        self.by_method.entry(method).or_default().push(scored);
        let frames = track.samples.iter().filter_map(|s| s.score);
        self.frames.extend(frames.map(|score| Scored { score, forged }));
        Ok(())
    }
}
