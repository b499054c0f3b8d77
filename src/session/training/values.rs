//! Commands and state of a training: plain values.

use std::collections::VecDeque;
use std::path::PathBuf;

use serde::Deserialize;

/// What a person can do to trainings and detectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrainingCommand {
    /// Retrain the detector in use on this data set.
    Start {
        /// A data set folder of this program.
        set: PathBuf,
        /// The program that trains; `None` is this one.
        program: Option<PathBuf>,
    },
    /// Stop the training; it goes on from its last checkpoint when it is started again.
    Stop,
    /// The comparison was read: install the new detector and take it into use.
    Install,
    /// Forget the training shown; its files stay.
    Dismiss,
    /// Take a detector into use.
    Use(String),
    /// Take the detector before the present one into use again.
    RollBack,
}

/// Lines of the log that are kept.
const MAX_LOG: usize = 200;

/// A training, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRun {
    /// What it learns from.
    pub set: PathBuf,
    /// Run folder. Each content of the set and each parent detector has a folder in it, with
    /// checkpoints, log and new bundle.
    pub run: PathBuf,
    /// Where it stands.
    pub state: TrainingState,
    /// What is being done, and steps done of how many; 0 of 0 when unknown.
    pub progress: Option<(String, u64, u64)>,
    /// Lines of its log, newest last.
    pub log: VecDeque<String>,
}

/// Where a training stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrainingState {
    /// At work.
    Running,
    /// Stopped on request; can go on.
    Stopped,
    /// It broke off; a sentence for people.
    Failed(String),
    /// Done; not installed.
    Done(Trained),
    /// Done, and in use.
    Installed(Trained),
}

/// What a training made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trained {
    /// Folder of the bundle.
    pub bundle: PathBuf,
    /// Name of the bundle.
    pub name: String,
    /// Figures of both detectors, as `train --json` writes them.
    pub comparison: serde_json::Value,
    /// What can be told from them.
    pub sentence: String,
}

impl TrainingRun {
    pub(super) fn new(set: PathBuf, run: PathBuf) -> Self {
        let (state, log) = (TrainingState::Running, VecDeque::new());
        Self { set, run, state, progress: None, log }
    }

    /// Adds a line to the log; the oldest one goes when there are too many.
    pub(super) fn add_line(&mut self, line: String) {
        self.log.push_back(line);
        let surplus = self.log.len().saturating_sub(MAX_LOG);
        self.log.drain(..surplus);
    }

    /// The last line that says something.
    pub(super) fn last_line(&self) -> Option<&str> {
        self.log.iter().rev().find(|line| !line.is_empty()).map(String::as_str)
    }
}
