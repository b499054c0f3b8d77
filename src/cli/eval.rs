//! `eval`: measures a detector on labeled pictures, as a user would run it.
//!
//! The folder has a `manifest.csv` with the columns `file`, `set`, `label` (real or fake) and
//! `mask` (a picture, or empty). The score of a picture is that of its most suspicious face.
//! Pictures that could not be examined are counted separately. Thresholds are those of the card.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Deserialize;

use super::output;
use super::progress::ProgressLine;
use super::tools::ToolArgs;
use crate::base::text::visible_path;
use crate::base::{Cancel, Frame, Limits, MediaReport, Phase, Rect, TaskCtx};
use crate::bundle::{Bundle, ModelStore, Thresholds};
use crate::eval::{MaskPair, Scored, detection, face_prior, localization, pixel_pair};
use crate::infer::EngineOptions;
use crate::media;
use crate::pipeline::{Plan, Stages, examine_still};

/// Width of the uncounted band along the edges of a mask, in pixels: the masks of the development
/// sets are blurred differences.
const BAND_PX: usize = 6;

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder with manifest.csv and pictures
    #[arg(long, value_name = "DIR", env = "PENTIMENTO_DEV_DATA")]
    data: PathBuf,
    /// Measure only this set; may be repeated
    #[arg(long, value_name = "SET")]
    set: Vec<String>,
    /// Name of the detector's model bundle. Default: the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    /// Print one JSON object per set
    #[arg(long)]
    json: bool,
    /// Write the figures into the card of the bundle
    #[arg(long)]
    card: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

#[derive(Debug, Deserialize)]
struct Row {
    file: String,
    set: String,
    label: String,
    #[serde(default)]
    mask: String,
}

#[derive(Debug, Default)]
struct SetResults {
    scored: Vec<Scored>,
    maps: Vec<MaskPair>,
    /// For comparison: the middle of the face, marked without looking at the picture.
    blind_maps: Vec<MaskPair>,
    false_areas: Vec<f64>,
    not_examined: usize,
}

/// Values by set and by name of the figure.
pub(super) type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// The pictures to measure, and the detector.
pub(super) struct EvalJob<'a> {
    /// Folder with manifest.csv and pictures.
    pub(super) data: &'a Path,
    /// Measure only these sets; all when empty.
    pub(super) sets: &'a [String],
    /// Folders that hold model bundles.
    pub(super) store: &'a ModelStore,
    /// Name of the detector's bundle.
    pub(super) detector: &'a str,
    pub(super) engine: &'a EngineOptions,
}

/// Measures a detector.
pub(super) fn measure(job: &EvalJob<'_>, ctx: &TaskCtx<'_>) -> anyhow::Result<Figures> {
    let manifest = job.data.join("manifest.csv");
    let rows: Vec<Row> = csv::Reader::from_path(&manifest)
        .and_then(|mut reader| reader.deserialize().collect())
        .with_context(|| format!("cannot read {}", visible_path(&manifest)))?;
    let rows: Vec<Row> =
        rows.into_iter().filter(|r| job.sets.is_empty() || job.sets.contains(&r.set)).collect();
    if rows.is_empty() {
        bail!("{} lists no picture of these sets", visible_path(&manifest));
    }
    let silent = TaskCtx::silent();
    let mut stages = Stages::load(job.store, job.detector, job.engine, &silent)?;
    let thresholds =
        job.store.read(job.detector)?.card.thresholds.context("the model has no thresholds")?;
    let mut sets: BTreeMap<String, SetResults> = BTreeMap::new();
    for (done, row) in rows.iter().enumerate() {
        ctx.step(Phase::Evaluating, done as u64, rows.len() as u64)?;
        let path = job.data.join(&row.file);
        let (report, frame) = examine_still(&mut stages, &path, &Plan::default(), &silent)?;
        let results = sets.entry(row.set.clone()).or_default();
        let mask = (!row.mask.is_empty()).then(|| job.data.join(&row.mask));
        results.add(row.label == "fake", &report, frame.as_ref(), mask.as_deref(), &thresholds)?;
    }
    Ok(sets.into_iter().map(|(name, results)| (name, results.figures(&thresholds))).collect())
}

/// Measures and prints.
pub(super) fn run(args: EvalArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let detector = args.tools.detector(args.detector.as_deref())?;
    let line = ProgressLine::bar(1);
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let job = EvalJob {
        data: &args.data,
        sets: &args.set,
        store: &store,
        detector: &detector,
        engine: &args.tools.engine(),
    };
    let sets = measure(&job, &ctx)?;
    drop(line);
    let bundle = store.read(&detector)?;
    let mut card = bundle.card.clone();
    for (name, figures) in sets {
        let text = if args.json {
            let mut object = serde_json::Map::new();
            object.insert("set".to_owned(), name.clone().into());
            object.extend(figures.iter().map(|(k, v)| (k.clone(), serde_json::json!(v))));
            serde_json::Value::Object(object).to_string()
        } else {
            figures_text(&name, &figures)
        };
        output::print_page(&text)?;
        card.measured.insert(name, figures.into_iter().filter(|(_, v)| v.is_finite()).collect());
    }
    if args.card {
        Bundle::write(&bundle.folder, card, bundle.model)?;
        output::eprint_line(&format!("card written in {}", visible_path(&bundle.folder)));
    }
    Ok(())
}

impl SetResults {
    fn add(
        &mut self,
        forged: bool,
        report: &MediaReport,
        frame: Option<&Frame>,
        mask: Option<&Path>,
        thresholds: &Thresholds,
    ) -> anyhow::Result<()> {
        let (Some(score), Some(frame)) = (report.score, frame) else {
            self.not_examined += 1;
            return Ok(());
        };
        self.scored.push(Scored { score, forged });
        let (width, height) = (frame.image.width_px, frame.image.height_px);
        let mut map = vec![0u8; width as usize * height as usize];
        let mut examined = vec![false; map.len()];
        for heat in report.faces.iter().filter_map(|f| f.heatmap.as_ref()) {
            for (sum, value) in map.iter_mut().zip(heat.rasterize(width, height)) {
                *sum = (*sum).max(value);
            }
            let cells = Rect::new(0.0, 0.0, heat.width as f32, heat.height as f32);
            let area = heat.image_from_map.apply_rect(&cells);
            for y in area.y.max(0.0) as u32..((area.y + area.h) as u32).min(height) {
                let row = y as usize * width as usize;
                let end = ((area.x + area.w) as u32).min(width) as usize;
                examined[row + area.x.max(0.0) as usize..row + end].fill(true);
            }
        }
        if !forged {
            let seen = examined.iter().filter(|e| **e).count().max(1);
            let limit = (thresholds.map * 255.0) as u8;
            let marked = map.iter().zip(&examined).filter(|(v, e)| **e && **v >= limit).count();
            self.false_areas.push(marked as f64 / seen as f64);
        } else if let Some(mask) = mask {
            let mask = media::open_still(mask, &Limits::default(), &TaskCtx::silent())
                .with_context(|| format!("cannot read the mask {}", visible_path(mask)))?
                .frame
                .image;
            if (mask.width_px, mask.height_px) != (width, height) {
                bail!(
                    "a mask is {} x {} px, its picture {width} x {height}",
                    mask.width_px,
                    mask.height_px
                );
            }
            let red: Vec<u8> = mask.pixels.iter().step_by(3).copied().collect();
            let size = (width as usize, height as usize);
            let pair = pixel_pair(size, &map, &red, &examined, BAND_PX);
            let mut prior = vec![0.0f32; map.len()];
            for face in &report.faces {
                let face_area = face_prior(size.0, size.1, &face.face.box_px);
                for (sum, value) in prior.iter_mut().zip(face_area) {
                    *sum = sum.max(value);
                }
            }
            self.blind_maps.push(MaskPair { map: prior, truth: pair.truth.clone() });
            self.maps.push(pair);
        }
        Ok(())
    }

    fn figures(&self, thresholds: &Thresholds) -> BTreeMap<String, f64> {
        let (upper, lower) = (thresholds.traces_found, thresholds.no_trace_found);
        let score = detection(&self.scored, upper, lower);
        let place = localization(&self.maps, thresholds.map);
        let blind = localization(&self.blind_maps, 0.5);
        let n_areas = self.false_areas.len() as f64;
        let pairs = [
            ("n_real", score.n_real as f64),
            ("n_forged", score.n_forged as f64),
            ("not_examined", self.not_examined as f64),
            ("auc", score.auc),
            ("ap", score.ap),
            ("eer", score.eer),
            ("balanced_accuracy", score.balanced_accuracy),
            ("false_positive_rate", score.false_positive_rate),
            ("detection_rate", score.detection_rate),
            ("miss_rate", score.miss_rate),
            ("n_masks", self.maps.len() as f64),
            ("iou", place.iou),
            ("f1", place.f1),
            ("pixel_auc", place.pixel_auc),
            ("iou_face_prior", blind.iou),
            ("pixel_auc_face_prior", blind.pixel_auc),
            ("false_positive_area", self.false_areas.iter().sum::<f64>() / n_areas),
        ];
        let round = |v: f64| (v * 1e4).round() / 1e4;
        pairs.into_iter().map(|(name, value)| (name.to_owned(), round(value))).collect()
    }
}

fn figures_text(name: &str, figures: &BTreeMap<String, f64>) -> String {
    let figure = |key: &str| figures.get(key).copied().unwrap_or(f64::NAN);
    let mut text = String::new();
    let _infallible = write!(
        text,
        "{name}: {} real, {} forged, {} not examined\n  AUC {:.3}  AP {:.3}  EER {:.3}  balanced accuracy {:.3}  traces found in {:.3} of the real pictures and {:.3} of the forgeries; no trace found in {:.3} of the forgeries",
        figure("n_real"),
        figure("n_forged"),
        figure("not_examined"),
        figure("auc"),
        figure("ap"),
        figure("eer"),
        figure("balanced_accuracy"),
        figure("false_positive_rate"),
        figure("detection_rate"),
        figure("miss_rate"),
    );
    if figure("n_masks") > 0.0 {
        let _infallible = write!(
            text,
            "\n  {} masks: IoU {:.3}  F1 {:.3}  pixel AUC {:.3}  (for comparison, the middle of each face: IoU {:.3}  pixel AUC {:.3})",
            figure("n_masks"),
            figure("iou"),
            figure("f1"),
            figure("pixel_auc"),
            figure("iou_face_prior"),
            figure("pixel_auc_face_prior"),
        );
    }
    let _infallible =
        write!(text, "\n  area marked in real pictures {:.4}", figure("false_positive_area"));
    text
}
