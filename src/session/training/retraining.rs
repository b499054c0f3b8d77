//! The part that retrains the detector, and takes detectors into use.

use std::path::{Path, PathBuf};

use super::child::Trainer;
use super::detector_choice::{Chosen, DetectorChange, DetectorChanger};
use super::values::{TrainingCommand, TrainingRun, TrainingState};
use crate::bundle::Library;
use crate::session::worker::Wake;
use crate::session::workspace::Workspace;

/// Retrains, and takes detectors into use.
pub(in crate::session) struct Training {
    wake: Wake,
    library: Option<Library>,
    shown: Option<TrainingRun>,
    trainer: Option<Trainer>,
    detectors: DetectorChanger,
}

impl Training {
    pub(in crate::session) fn new(wake: Wake, library: Option<Library>) -> Self {
        let detectors = DetectorChanger::new(Wake::clone(&wake));
        Self { wake, library, shown: None, trainer: None, detectors }
    }

    pub(in crate::session) const fn shown(&self) -> Option<&TrainingRun> {
        self.shown.as_ref()
    }

    pub(in crate::session) const fn is_detector_changing(&self) -> bool {
        self.detectors.is_busy()
    }

    pub(in crate::session) fn command(&mut self, ws: &mut Workspace, command: TrainingCommand) {
        match command {
            TrainingCommand::Start { set, program } => self.start(ws, set, program),
            TrainingCommand::Stop => self.trainer.iter_mut().for_each(Trainer::stop),
            TrainingCommand::Install => {
                if let Some(TrainingState::Done(trained)) = self.shown.as_ref().map(|t| &t.state) {
                    let change = DetectorChange::Install(trained.clone());
                    self.detectors.change(ws, self.library.as_ref(), change);
                }
            }
            TrainingCommand::Dismiss => {
                if self.trainer.is_none() {
                    self.shown = None;
                }
            }
            TrainingCommand::Use(name) => {
                self.detectors.change(ws, self.library.as_ref(), DetectorChange::Use(name));
            }
            TrainingCommand::RollBack => {
                self.detectors.change(ws, self.library.as_ref(), DetectorChange::RollBack);
            }
        }
    }

    fn start(&mut self, ws: &mut Workspace, set: PathBuf, program: Option<PathBuf>) {
        if self.trainer.is_some() {
            return ws.notify("A training is under way already.");
        }
        if let Some(why) = retrain_refusal().filter(|_| program.is_none()) {
            return ws.notify(why);
        }
        let run = run_folder(&set);
        let program = program.map_or_else(std::env::current_exe, Ok);
        match program.and_then(|program| Trainer::start(&program, &set, &run, &self.wake)) {
            Ok(trainer) => {
                self.trainer = Some(trainer);
                self.shown = Some(TrainingRun::new(set, run));
            }
            Err(error) => ws.notify(format!("The trainer could not be started: {error}")),
        }
    }

    /// Takes in what the trainer has written and detectors that were taken into use; true when
    /// something changed.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = self.poll_detector(ws);
        let (Some(trainer), Some(training)) = (&mut self.trainer, &mut self.shown) else {
            return has_changed;
        };
        has_changed |= trainer.poll(training);
        if let Some(status) = trainer.ended() {
            training.state = trainer.result(status, training);
            self.trainer = None;
            has_changed = true;
        }
        has_changed
    }

    fn poll_detector(&mut self, ws: &mut Workspace) -> bool {
        let Some((change, result)) = self.detectors.poll() else { return false };
        if let (Ok(_), DetectorChange::Install(trained), Some(training)) =
            (&result, change, &mut self.shown)
            && training.state == TrainingState::Done(trained.clone())
        {
            training.state = TrainingState::Installed(trained);
        }
        let notice = match result {
            Ok(Chosen { name, fingerprint }) => {
                // Whoever takes a detector into use has decided about it.
                ws.preferences.change(|settings| settings.trust(fingerprint));
                format!(
                    "{name} examines from now on. What is open keeps its findings until it is \
                     examined again."
                )
            }
            Err(why) => why,
        };
        ws.notify(notice);
        true
    }
}

/// Why this build cannot retrain; `None` when it can.
pub const fn retrain_refusal() -> Option<&'static str> {
    if cfg!(feature = "train") {
        return None;
    }
    Some("This build has no trainer. One that has: cargo run --release --features train")
}

/// Beside the data set. The trainer makes a folder in it for every content of the set and every
/// detector that is started from, so that nothing goes on with other pictures.
pub(super) fn run_folder(set: &Path) -> PathBuf {
    let mut name = set.file_name().unwrap_or_default().to_os_string();
    name.push(".training");
    set.with_file_name(name)
}
