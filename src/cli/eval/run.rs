//! `eval`: measures a detector on labeled pictures, as a user would run it.
//!
//! The folder has a `manifest.csv` with the columns `file`, `label` (real or fake) and, if wanted, `set`
//! and `mask` (a picture, or empty). The score of a picture is that of its most suspicious face; of a
//! clip every frame is examined. What could not be examined is counted separately. Thresholds are those
//! of the card.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Deserialize;

use super::clips::ClipResults;
use super::figures::figures_text;
use super::stills::StillResults;
use crate::base::text::{visible, visible_path};
use crate::base::{Cancel, Phase, TaskCtx};
use crate::bundle::{Bundle, FILMED_CLIP_FIGURES, ModelStore};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::infer::EngineOptions;
use crate::media::video::{MediaKind, kind};
use crate::pipeline::{Plan, Stages, examine_still};

/// Name of the set of pictures whose row names none.
const PICTURES: &str = "pictures";

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder with manifest.csv, pictures and clips
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
    #[serde(default)]
    set: String,
    label: String,
    #[serde(default)]
    mask: String,
}

/// Values by set and by name of the figure.
pub(in crate::cli) type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// What is measured, and on what.
pub(in crate::cli) struct EvalJob<'a> {
    /// Folder with manifest.csv, pictures and clips.
    pub(in crate::cli) data: &'a Path,
    /// Measure only these sets; all when empty.
    pub(in crate::cli) sets: &'a [String],
    /// Folders that hold model bundles.
    pub(in crate::cli) store: &'a ModelStore,
    /// Name of the detector's bundle.
    pub(in crate::cli) detector: &'a str,
    pub(in crate::cli) engine: &'a EngineOptions,
}

/// Measures a detector.
pub(in crate::cli) fn measure(job: &EvalJob<'_>, ctx: &TaskCtx<'_>) -> anyhow::Result<Figures> {
    let manifest = job.data.join("manifest.csv");
    let rows: Vec<Row> = csv::Reader::from_path(&manifest)
        .and_then(|mut reader| reader.deserialize().collect())
        .with_context(|| format!("cannot read {}", visible_path(&manifest)))?;
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|row| with_set(job.data, row))
        .filter(|row| job.sets.is_empty() || job.sets.contains(&row.set))
        .collect();
    if rows.is_empty() {
        bail!("{} lists no file of these sets", visible_path(&manifest));
    }
    let silent = TaskCtx::silent();
    let mut stages = Stages::load(job.store, job.detector, job.engine, &silent)?;
    let thresholds =
        job.store.read(job.detector)?.card.thresholds.context("the model has no thresholds")?;
    let mut stills: BTreeMap<String, StillResults> = BTreeMap::new();
    let mut clips: BTreeMap<String, ClipResults> = BTreeMap::new();
    for (done, row) in rows.iter().enumerate() {
        ctx.step(Phase::Evaluating, done as u64, rows.len() as u64)?;
        let path = job.data.join(&row.file);
        let is_forged = match row.label.as_str() {
            "fake" => true,
            "real" => false,
            other => bail!(
                "{}: the label of {} is {}, not real or fake",
                visible_path(&manifest),
                visible(&row.file),
                visible(other)
            ),
        };
        if is_clip(&path) {
            let results = clips.entry(row.set.clone()).or_default();
            results.examine(&mut stages, &path, is_forged, ctx)?;
            continue;
        }
        let (report, frame) = examine_still(&mut stages, &path, &Plan::default(), &silent)?;
        let results = stills.entry(row.set.clone()).or_default();
        let mask = (!row.mask.is_empty()).then(|| job.data.join(&row.mask));
        results.add(is_forged, &report, frame.as_ref(), mask.as_deref(), &thresholds)?;
    }
    if let Some(both) = stills.keys().find(|set| clips.contains_key(*set)) {
        bail!("the set {both} holds pictures and clips; give them sets of their own");
    }
    let stills = stills.into_iter().map(|(name, results)| (name, results.figures(&thresholds)));
    let clips = clips.into_iter().map(|(name, results)| (name, results.figures()));
    Ok(stills.chain(clips).collect())
}

fn is_clip(path: &Path) -> bool {
    matches!(kind(path), Ok(MediaKind::Video))
}

/// The row with the set that it belongs to.
fn with_set(data: &Path, row: Row) -> Row {
    if !row.set.is_empty() {
        return row;
    }
    let set = if is_clip(&data.join(&row.file)) { FILMED_CLIP_FIGURES } else { PICTURES };
    Row { set: set.to_owned(), ..row }
}

/// Measures and prints.
pub(in crate::cli) fn run(args: EvalArgs) -> anyhow::Result<()> {
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
