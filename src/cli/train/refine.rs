//! `train --from`: retrains a detector on corrected masks. Nothing is installed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::choices::choose_device;
use super::photos::{PhotoArgs, Photos};
use super::provenance::{commit, today};
use super::step_log::StepLog;
use crate::base::{Cancel, TaskCtx};
use crate::bundle::{Bundle, ModelStore};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::dataset;
use crate::detect::Detector;
use crate::faces::Finder;
use crate::infer::Engine;
use crate::pipeline::FINDER;
use crate::train::fit::device::DeviceChoice;
use crate::train::fit::{self, FitPlan};
use crate::train::publish::measure;
use crate::train::publish::measured::MeasuredPair;
use crate::train::publish::{Looks, Provenance, publish};
use crate::train::refine::{self, Comparison, Exam, Items, Learned, Mixed, Parent, Side};

/// Pairs of every forgery method that both detectors answer, to see what was forgotten.
const COMPARED_PAIRS: u64 = 20;
/// Pairs of every forgery method for calibration, and again for the card.
const MEASURED_PAIRS: u64 = 60;

/// More forged faces than this for an unforged one are warned of.
const FORGED_FOR_A_REAL: usize = 4;

/// What is asked for; `None` is a default that depends on what there is.
pub(super) struct RefineJob {
    pub(super) set: PathBuf,
    /// Bundle to go on from: a name or a folder.
    pub(super) parent: Option<String>,
    pub(super) photos: PhotoArgs,
    pub(super) run: Option<PathBuf>,
    /// Where the run gets a folder of its own, when none is named.
    pub(super) runs: PathBuf,
    pub(super) out: Option<PathBuf>,
    pub(super) seed: u64,
    pub(super) steps: Option<u64>,
    pub(super) pairs: usize,
    pub(super) rate: Option<f64>,
    pub(super) replay: f64,
    pub(super) measure_pairs: Option<u64>,
    pub(super) device: DeviceChoice,
    pub(super) json: bool,
}

/// Trains, writes the bundle, compares, says what can be done with it.
pub(super) fn run(
    job: &RefineJob,
    store: &ModelStore,
    engine: &Engine,
    line: ProgressLine,
) -> anyhow::Result<()> {
    let log = StepLog::new(&line);
    let on_progress = |p| log.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let parent = parent_of(job.parent.as_deref(), store)?;
    let set = dataset::open(&job.set)?;
    let set_name = name_of(&job.set)?;
    let mut finder = Finder::load(engine, &store.read(FINDER)?)?;
    let mut items = Items::read(set, &mut finder, &ctx)?;
    let learned = Learned::read(&parent.folder)?;
    let n_known = items.drop_learned(&learned);
    let items = Arc::new(items);
    line.suspend(|| print_items(&items, n_known));
    let photos = photos_of(job, store, engine, &ctx)?;

    let replay = if photos.is_some() { job.replay } else { 0.0 };
    let n_forged = items.train.iter().filter(|item| item.is_forged).count();
    let steps = job.steps.unwrap_or_else(|| refine::default_steps(n_forged, job.pairs, replay));
    let usual = if replay > 0.0 { refine::RATE_WITH_REPLAY } else { refine::RATE_WITHOUT_REPLAY };
    let plan =
        refine::plan(job.seed, steps, job.pairs.max(1), job.rate.unwrap_or(usual), &parent.folder);
    let own = || job.runs.join(run_folder(&set_name, &parent, job.seed));
    let run = job.run.clone().unwrap_or_else(own);
    line.suspend(|| output::eprint_line(&plan_text(&plan, replay, &parent, &run)));
    same_question(&run, &set_name, &parent, replay)?;

    let plan = choose_device(plan, job.device, &line);
    let train = photos.as_ref().map(|photos| photos.train.clone()).unwrap_or_default();
    let mut batches = Mixed::new(Arc::clone(&items), Arc::new(train), replay, &plan)?;
    let fitted = fit::fit(&plan, &mut batches, &[], &run, &ctx)?;

    let facts = Parent {
        card: parent.card.clone(),
        n_learned: items.train.len(),
        set: set_name,
        date: today(),
        commit: commit(),
    };
    let out = job.out.clone().unwrap_or_else(|| run.join("bundle"));
    let made = (&plan, fitted.steps);
    let bundle = match &photos {
        Some(photos) => calibrated(&fitted.model, made, &facts, photos, job, engine, &out, &ctx)?,
        None => refine::without_photos(&fitted.model, &facts, made, &out)?,
    };
    fit::keep_weights(&fitted.model, made, &out)?;
    items.learned_with(learned).write(&out)?;

    let test = photos.as_ref().map(|photos| photos.test.as_slice());
    let before = side(&parent, &items, test, engine, &ctx)?;
    let after = side(&bundle, &items, test, engine, &ctx)?;
    let card = refine::rated(bundle.card, &before.held_out, &after.held_out, test.is_some());
    let bundle = Bundle::write(&out, card, bundle.model)?;
    let comparison = Comparison { before, after };
    let path = run.join("comparison.json");
    let text = serde_json::to_string_pretty(&comparison)?;
    std::fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    drop(line);
    if job.json {
        let object = serde_json::json!({
            "bundle": out, "name": bundle.card.name, "sha256": bundle.card.file.sha256,
            "steps": fitted.steps, "learned_from": items.train.len(),
            "left_out": items.left_out, "comparison": comparison,
            "sentence": comparison.sentence(),
        });
        output::print_line(&object.to_string())?;
    } else {
        output::print_page(&comparison.text())?;
    }
    output::eprint_line(&format!(
        "\nNothing is installed yet. To use it: pentimento models install {} --use",
        out.display()
    ));
    Ok(())
}

/// Refuses to go on with other pictures, another parent or another share of photos than before.
fn same_question(run: &Path, set: &str, parent: &Bundle, replay: f64) -> anyhow::Result<()> {
    let path = run.join("question.json");
    let now = serde_json::json!({
        "set": set, "parent": parent.card.file.sha256, "replay": replay,
    });
    match std::fs::read_to_string(&path) {
        Ok(text)
            if serde_json::from_str::<serde_json::Value>(&text).ok().as_ref() != Some(&now) =>
        {
            bail!(
                "{} was begun with other pictures, another detector or another share of photos; \
                 name another folder with --run",
                run.display()
            );
        }
        Ok(_) => Ok(()),
        Err(_) => std::fs::create_dir_all(run)
            .and_then(|()| std::fs::write(&path, now.to_string()))
            .with_context(|| format!("cannot write {}", path.display())),
    }
}

/// The bundle that a word names, with weights to go on from.
pub(in crate::cli) fn parent_of(word: Option<&str>, store: &ModelStore) -> anyhow::Result<Bundle> {
    let name = word.map_or_else(|| store.detector(), |word| Ok(word.to_owned()))?;
    let folder = Path::new(&name);
    let bundle = if folder.join("card.toml").is_file() {
        Bundle::read(folder)?
    } else {
        store.read(&name)?
    };
    if !bundle.folder.join("checkpoint/model.bpk").is_file() {
        bail!(
            "{} holds no weights to train on (checkpoint/model.bpk), only the finished model; go \
             on from a bundle that has them, for instance lae",
            bundle.folder.display()
        );
    }
    Ok(bundle)
}

/// Photos to replay and to measure on, where they are at hand.
fn photos_of(
    job: &RefineJob,
    store: &ModelStore,
    engine: &Engine,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<Option<Photos>> {
    if job.photos.data.is_none() {
        output::eprint_line(
            "Without photos of real faces (--data) nothing is replayed, the learning rate is halved, \
             the calibration stays as it was, and forgetting cannot be measured.",
        );
        return Ok(None);
    }
    job.photos.read(store, engine, ctx).map(Some)
}

fn print_items(items: &Items, n_known: usize) {
    let n = |faces: &[refine::Corrected], forged: bool| {
        faces.iter().filter(|face| face.is_forged == forged).count()
    };
    let (train, held_out) = (&items.train, &items.held_out);
    output::eprint_line(&format!(
        "{} forged and {} unforged faces to learn from, {} and {} held out",
        n(train, true),
        n(train, false),
        n(held_out, true),
        n(held_out, false)
    ));
    if n_known > 0 {
        output::eprint_line(&format!(
            "{n_known} faces of sources, persons or pictures that the detector learned from earlier \
             are not held out: they would flatter it",
        ));
    }
    let (n_forged, n_real) = (n(train, true), n(train, false));
    if n_forged > FORGED_FOR_A_REAL * n_real {
        output::eprint_line(
            "warning: there are few unforged faces to learn from. The detector may learn what all \
             your pictures have in common instead of what is forged in them; mark some of the same \
             sources as done without a mask",
        );
    }
    const SHOWN: usize = 10;
    for what in items.left_out.iter().take(SHOWN) {
        output::eprint_line(&format!("left out: {what}"));
    }
    if items.left_out.len() > SHOWN {
        output::eprint_line(&format!("and {} more", items.left_out.len() - SHOWN));
    }
}

fn plan_text(plan: &FitPlan, replay: f64, parent: &Bundle, run: &Path) -> String {
    let guard = if replay > 0.0 {
        format!("{:.0} % of every step replayed from photos", 100.0 * replay)
    } else {
        "nothing replayed".to_owned()
    };
    format!(
        "{} steps of {} pairs from {}, learning rate {}, {guard}; {} can be interrupted and goes on",
        plan.steps,
        plan.pairs,
        parent.card.name,
        plan.rate_head,
        run.display()
    )
}

/// The data set's name and the start of its manifest's hash: another export is another set.
fn name_of(set: &Path) -> anyhow::Result<String> {
    let path = set.join("manifest.jsonl");
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let hash = crate::files::sha256_hex(&bytes);
    let name = set.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(format!("{name} ({})", hash.get(..8).unwrap_or_default()))
}

/// The same data set, parent and seed go on in the same folder.
fn run_folder(set_name: &str, parent: &Bundle, seed: u64) -> String {
    let plain: String =
        set_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parent = parent.card.file.sha256.get(..8).unwrap_or_default();
    format!("refine-{}-{parent}-{seed}", plain.trim_matches('-'))
}

#[expect(clippy::too_many_arguments, reason = "one call site; each is a different kind of thing")]
fn calibrated(
    model: &crate::train::net::Lae,
    made: (&FitPlan, u64),
    facts: &Parent,
    photos: &Photos,
    job: &RefineJob,
    engine: &Engine,
    out: &Path,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<Bundle> {
    let (plan, steps) = made;
    let provenance = Provenance {
        name: "lae".to_owned(),
        commit: facts.commit.clone(),
        date: facts.date.clone(),
        terms: facts.terms(),
        license: facts.card.license.clone(),
        looks: Looks::These(facts.card.input.looks.clone()),
        pairs_per_method: job.measure_pairs.unwrap_or(MEASURED_PAIRS),
    };
    let bundle =
        publish(model, made, &provenance, &photos.validation, &photos.test, engine, out, ctx)?;
    let mut card = bundle.card;
    card.name = Parent::name_of(&bundle.model);
    card.source.origin = facts.origin(plan, steps);
    "none: it takes the corrected pictures".clone_into(&mut card.source.rebuild);
    Ok(Bundle::write(out, card, bundle.model)?)
}

/// What a detector does on held-out pictures, and on test photos.
fn side(
    bundle: &Bundle,
    items: &Items,
    test: Option<&[crate::train::data::Photo]>,
    engine: &Engine,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<Side> {
    let mut detector = Detector::load(engine, bundle)?;
    let held_out = refine::compare(&mut detector, items, &items.held_out, ctx)?;
    let photos = match test {
        None => None,
        Some(test) => {
            let measured = measure::measure(&mut detector, test, COMPARED_PAIRS, 1, false, ctx)?;
            let card = detector.card();
            let calibration = card.calibration.context("the detector has no calibration")?;
            let mut scored = measured.scored(MeasuredPair::is_plain);
            for s in &mut scored {
                s.score = calibration.apply(s.score);
            }
            let thresholds = detector.thresholds();
            let limits = (thresholds.traces_found, thresholds.no_trace_found);
            let maps = measured.maps(MeasuredPair::is_plain);
            Some(Exam::from_scores(&scored, &maps, limits, thresholds.map))
        }
    };
    let model = detector.model();
    Ok(Side { name: model.name, sha256: model.sha256, held_out, photos })
}
