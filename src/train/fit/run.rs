//! The training loop: steps, checkpoints, resume, log.
//!
//! Batches depend on photos, seed and step, the learning rate on the step and on how many there
//! are, so a resumed run with the same plan and photos goes on as if it had not been interrupted,
//! bit by bit on the processor. A run whose `steps` were raised goes on along the longer curve.

use std::path::Path;
use std::time::Instant;

use super::plan::FitPlan;
use crate::base::{Phase, TaskCtx};
use crate::train::Error;
use crate::train::batch::Batches;
use crate::train::batch::recipe::Mix;
use crate::train::data::Photo;
use crate::train::fit::journal::Journal;
use crate::train::fit::learner::{self, Learner};
use crate::train::net::Lae;
use crate::train::publish::validate;

/// What a finished (or cancelled) run leaves behind.
#[derive(Debug)]
pub struct Fitted {
    /// In evaluation mode, on the processor.
    pub model: Lae,
    /// Steps done.
    pub steps: u64,
}

/// Trains until `plan.steps`, from the last checkpoint in `folder` if there is one.
///
/// # Errors
///
/// [`Error::Cancelled`] after a complete checkpoint; [`Error::Diverged`]; [`Error::Card`]. A file
/// that cannot be read. A folder with a run of another plan: only `steps` and the intervals may
/// differ.
pub fn fit(
    plan: &FitPlan,
    batches: &mut dyn Batches,
    validation: &[Photo],
    folder: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Fitted, Error> {
    plan.check()?;
    std::fs::create_dir_all(folder).map_err(Error::io("the run folder", folder))?;
    let (mut learner, start) = open(plan, folder)?;
    let again = start - start.min(learner.remembers());
    batches.begin(again..plan.steps)?;
    for step in again..start.min(plan.steps) {
        learner.remember(&batches.batch(step)?);
    }
    let mut journal = Journal::open(folder, start)?;
    let device = &plan.device;
    journal.device(start, &device.line())?;
    for step in start..plan.steps {
        let waited = Instant::now();
        let batch = batches.batch(step)?;
        let wait_secs = waited.elapsed().as_secs_f32();
        let begun = Instant::now();
        let factor = plan.factor(step);
        let report = device.run(step, || learner.step(step, &batch, factor))?;
        if !report.numbers[0].is_finite() {
            return Err(Error::Diverged(step));
        }
        let secs = [begun.elapsed().as_secs_f32(), wait_secs];
        journal.step(step, &report, plan.rate_head * factor, secs)?;
        let done = step + 1;
        let cancelled = ctx.step(Phase::Training, done, plan.steps);
        if done.is_multiple_of(plan.checkpoint_every) || done == plan.steps || cancelled.is_err() {
            device.run(step, || {
                if !learner.is_finite() {
                    return Err(Error::Diverged(step));
                }
                learner.save(folder, done)
            })?;
        }
        cancelled?;
        let is_due = plan.validate_every > 0 && done.is_multiple_of(plan.validate_every);
        if is_due || (plan.validate_every > 0 && done == plan.steps) {
            let model = learner.measured();
            let figures =
                device.run(step, || validate::quick(&model, validation, plan, device.device()))?;
            journal.validation(done, &figures)?;
            if plan.recipe.mix != Mix::Usual {
                let wide = device
                    .run(step, || validate::wide(&model, validation, plan, device.device()))?;
                journal.wide(done, &wide)?;
                // Chosen among later, by these figures.
                let kept = folder.join("kept").join(done.to_string());
                keep_weights(&learner.finished(), (plan, done), &kept)?;
            }
        }
    }
    let model = device.run(plan.steps, || Ok(learner.finished()))?;
    Ok(Fitted { model, steps: plan.steps.max(start) })
}

/// The net of the last checkpoint in a run folder, or of weights kept alone, in evaluation mode,
/// with its plan and steps. Of a run that averages its weights, the average.
///
/// # Errors
///
/// No or a malformed checkpoint.
pub fn last_checkpoint(folder: &Path) -> Result<(Fitted, FitPlan), Error> {
    let path = folder.join("plan.json");
    let text = std::fs::read_to_string(&path).map_err(Error::io("the plan", &path))?;
    let plan: FitPlan =
        serde_json::from_str(&text).map_err(|e| Error::malformed_file(&path, &e))?;
    let (model, steps) = learner::kept(&plan, folder)?;
    Ok((Fitted { model, steps }, plan))
}

/// Puts the weights of a net beside a bundle, so that other runs can start from its folder.
///
/// # Errors
///
/// A folder that cannot be written.
pub fn keep_weights(
    model: &Lae,
    (plan, steps): (&FitPlan, u64),
    folder: &Path,
) -> Result<(), Error> {
    let path = folder.join("plan.json");
    let text = serde_json::to_string_pretty(plan).map_err(|e| Error::malformed_file(&path, &e))?;
    std::fs::create_dir_all(folder).map_err(Error::io("the bundle", folder))?;
    std::fs::write(&path, text).map_err(Error::io("the plan", &path))?;
    learner::keep(model, steps, folder)
}

/// Whether weights kept in a folder go on with the first layers of ImageNet.
pub fn is_start_frozen(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("plan.json")).unwrap_or_default();
    serde_json::from_str::<FitPlan>(&text).is_ok_and(|plan| plan.freezes_start())
}

fn open<'a>(plan: &'a FitPlan, folder: &Path) -> Result<(Learner<'a>, u64), Error> {
    let plan_path = folder.join("plan.json");
    let json = |e: serde_json::Error| Error::malformed_file(&plan_path, &e);
    if let Ok(text) = std::fs::read_to_string(&plan_path) {
        let earlier: FitPlan = serde_json::from_str(&text).map_err(json)?;
        if !plan.continues(&earlier) {
            return Err(Error::malformed_file(
                folder,
                &"it holds a run with another plan; choose another folder",
            ));
        }
    }
    let (learner, start) = match Learner::resumed(plan, folder)? {
        Some(resumed) => resumed,
        None => (Learner::new(plan)?, 0),
    };
    let learner = plan.device.run(start, || Ok(learner.moved()))?;
    let text = serde_json::to_string_pretty(plan).map_err(json)?;
    std::fs::write(&plan_path, text).map_err(Error::io("the plan", &plan_path))?;
    Ok((learner, start))
}
