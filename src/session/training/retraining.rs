//! Retraining from the window: the program's own trainer as a child process.
//!
//! * **In**: a data set of corrected masks. **Out**: a [`TrainingView`]: how far it is, what it
//!   says, how the new detector compares with the old one; installed only when a person agrees.
//! * **Not here**: the training (`train`, in the child), taking a detector into use
//!   (`detector_choice`), the library (`bundle`).
//!
//! A child, because a training takes hours, may take all memory, and must be stoppable at any
//! moment: it is killed, and goes on from its last checkpoint the next time.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::Deserialize;

use crate::bundle::Library;
use crate::session::examine::worker::Wake;
use crate::session::router::Session;
use crate::session::training::detector_choice::{Change, Changing};

/// Lines of the log that are kept.
const MAX_LOG: usize = 200;
/// Steps of the child that wait to be taken in; more make it wait.
const MAX_NEWS: usize = 256;
/// Longest line of the log.
const MAX_LINE: usize = 2000;

/// What a person wishes of trainings and detectors.
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

/// A training, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingView {
    /// What it learns from.
    pub set: PathBuf,
    /// In a folder of it, one for each content of the set and each detector started from: checkpoints,
    /// log and the new bundle.
    pub run: PathBuf,
    /// Where it stands.
    pub state: TrainingState,
    /// What is being done, and steps done of how many; 0 of 0 when unknown.
    pub progress: Option<(String, u64, u64)>,
    /// What it said, newest last.
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

/// One step of a child.
enum News {
    Line(String),
    Progress(String, u64, u64),
    Output(String),
    Ended,
}

/// What the session keeps of trainings beside the view.
pub(in crate::session) struct TrainingDesk {
    pub(in crate::session) wake: Wake,
    pub(in crate::session) library: Option<Library>,
    /// A detector that is being taken into use.
    pub(in crate::session) changing: Option<Changing>,
    child: Option<Running>,
}

struct Running {
    child: Child,
    news: Receiver<News>,
    output: String,
    /// Pipes of the child that are still open.
    n_open: usize,
    was_stopped: bool,
}

impl TrainingDesk {
    pub(in crate::session) const fn new(wake: Wake, library: Option<Library>) -> Self {
        Self { wake, library, changing: None, child: None }
    }
}

impl Drop for TrainingDesk {
    fn drop(&mut self) {
        if let Some(running) = &mut self.child {
            end(&mut running.child);
        }
    }
}

fn end(child: &mut Child) {
    // One that has ended already cannot be killed.
    if child.kill().is_ok() {
        tracing::debug!("the trainer was stopped");
    }
    if let Err(error) = child.wait() {
        tracing::warn!("the trainer did not end: {error}");
    }
}

impl Session {
    pub(in crate::session) fn training_command(&mut self, command: TrainingCommand) {
        match command {
            TrainingCommand::Start { set, program } => self.start_training(set, program),
            TrainingCommand::Stop => {
                if let Some(running) = &mut self.training.child {
                    running.was_stopped = true;
                    end(&mut running.child);
                }
            }
            TrainingCommand::Install => self.install_trained(),
            TrainingCommand::Dismiss => {
                if self.training.child.is_none() {
                    self.view.training = None;
                }
            }
            TrainingCommand::Use(name) => self.change_detector(Change::Use(name)),
            TrainingCommand::RollBack => self.change_detector(Change::RollBack),
        }
    }

    fn start_training(&mut self, set: PathBuf, program: Option<PathBuf>) {
        if self.training.child.is_some() {
            return self.notify("A training is under way already.".to_owned());
        }
        if program.is_none() && !cfg!(feature = "train") {
            return self.notify(
                "This build has no trainer. One that has: cargo run --release --features train"
                    .to_owned(),
            );
        }
        let run = run_folder(&set);
        let program = program.map_or_else(std::env::current_exe, Ok);
        let started = program.and_then(|program| {
            let wake = Wake::clone(&self.training.wake);
            Running::start(&program, &set, &run, wake)
        });
        match started {
            Ok(running) => {
                self.training.child = Some(running);
                let (state, log) = (TrainingState::Running, VecDeque::new());
                self.view.training = Some(TrainingView { set, run, state, progress: None, log });
            }
            Err(error) => self.notify(format!("The trainer could not be started: {error}")),
        }
    }

    fn install_trained(&mut self) {
        let Some(TrainingState::Done(trained)) = self.view.training.as_ref().map(|t| &t.state)
        else {
            return;
        };
        self.change_detector(Change::Install(trained.clone()));
    }

    /// Takes in what the trainer says; true when the view has changed.
    pub(in crate::session) fn poll_training(&mut self) -> bool {
        let has_changed = self.poll_detector();
        let Some(running) = &mut self.training.child else { return has_changed };
        let mut news: Vec<News> = running.news.try_iter().collect();
        let n_ended = news.iter().filter(|n| matches!(n, News::Ended)).count();
        running.n_open = running.n_open.saturating_sub(n_ended);
        let is_over = running.n_open == 0;
        let changed = !news.is_empty() || has_changed;
        for news in news.drain(..) {
            match (news, &mut self.view.training) {
                (News::Line(line), Some(training)) => {
                    training.log.push_back(line);
                    let surplus = training.log.len().saturating_sub(MAX_LOG);
                    training.log.drain(..surplus);
                }
                (News::Progress(phase, done, total), Some(training)) => {
                    training.progress = Some((phase, done, total));
                }
                (News::Output(line), _) => running.output.push_str(&line),
                _ => {}
            }
        }
        if is_over && let Some(running) = self.training.child.take() {
            let state = running.settle(self.view.training.as_ref());
            if let Some(training) = &mut self.view.training {
                training.state = state;
            }
        }
        changed
    }
}

impl Running {
    fn start(program: &Path, set: &Path, run: &Path, wake: Wake) -> std::io::Result<Self> {
        let mut child = Process::new(program)
            .args(["train", "--progress", "json", "--json", "--from"])
            .arg(set)
            .arg("--runs")
            .arg(run)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, news) = sync_channel(MAX_NEWS);
        let mut n_open = 0;
        if let Some(stdout) = child.stdout.take() {
            n_open += listen(stdout, sender.clone(), Wake::clone(&wake), News::Output);
        }
        if let Some(stderr) = child.stderr.take() {
            n_open += listen(stderr, sender, wake, said);
        }
        Ok(Self { child, news, output: String::new(), n_open, was_stopped: false })
    }

    /// What became of a child that has closed its pipes.
    fn settle(mut self, view: Option<&TrainingView>) -> TrainingState {
        let status = self.child.wait();
        if self.was_stopped {
            return TrainingState::Stopped;
        }
        if status.is_ok_and(|status| status.success()) {
            return serde_json::from_str(&self.output).map_or_else(
                |error| TrainingState::Failed(format!("The trainer's answer is damaged: {error}")),
                TrainingState::Done,
            );
        }
        let last = view.and_then(|view| view.log.iter().rev().find(|line| !line.is_empty()));
        let what = last.map_or("The trainer ended without a word.", |line| {
            line.strip_prefix("error: ").unwrap_or(line)
        });
        TrainingState::Failed(what.to_owned())
    }
}

/// Reads lines until the pipe closes; 1 when there is a thread to do so.
fn listen(
    pipe: impl Read + Send + 'static,
    news: SyncSender<News>,
    wake: Wake,
    wording: fn(String) -> News,
) -> usize {
    let thread = std::thread::Builder::new().name("trainer".into()).spawn(move || {
        let lines = BufReader::new(pipe).lines().map_while(Result::ok);
        for mut line in lines {
            if !matches!(wording(String::new()), News::Output(_)) && line.len() > MAX_LINE {
                line = line.chars().take(MAX_LINE).collect();
            }
            if news.send(wording(line)).is_err() {
                return;
            }
            wake();
        }
        // Nobody may listen any more.
        if news.send(News::Ended).is_ok() {
            wake();
        }
    });
    usize::from(thread.is_ok())
}

/// A line of stderr: an event, or words.
fn said(line: String) -> News {
    #[derive(Deserialize)]
    struct Event {
        phase: String,
        done: u64,
        total: u64,
    }
    match serde_json::from_str::<Event>(&line) {
        Ok(event) => News::Progress(event.phase, event.done, event.total),
        Err(_) => News::Line(line),
    }
}

/// Beside the data set. The trainer makes a folder in it for every content of the set and every
/// detector that is started from, so that nothing goes on with other pictures.
fn run_folder(set: &Path) -> PathBuf {
    let mut name = set.file_name().unwrap_or_default().to_os_string();
    name.push(".training");
    set.with_file_name(name)
}
