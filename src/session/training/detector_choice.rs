//! Taking a detector into use: installing, choosing, going back.
//!
//! A bundle is read whole, hashed and copied: some megabytes, on a disk that may be slow. So a
//! worker does it, one change at a time; the window goes on.

use super::values::Trained;
use crate::bundle::{Bundle, Library, ModelKind, ModelStore};
use crate::session::worker::{AtEnd, EventSender, Handler, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the worker is set up. A change that was begun is made, so that no half a copy stays behind.
const WORKER: WorkerOptions =
    WorkerOptions { name: "library", max_jobs: 1, max_events: 1, at_end: AtEnd::Finish };

/// What is to become of the detector in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DetectorChange {
    /// Take this one.
    Use(String),
    /// Take the one before.
    RollBack,
    /// Copy this one into the library, and take it.
    Install(Trained),
}

/// A change to be made in a library.
struct DetectorJob {
    change: DetectorChange,
    library: Library,
}

/// The detector in use afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) name: String,
    /// Hash of its card.
    pub(super) fingerprint: String,
}

/// The detector in use afterwards, or why nothing was changed.
type Changed = Result<Chosen, String>;

struct ChangeHandler;

impl Handler<DetectorJob, Changed> for ChangeHandler {
    fn handle(&mut self, job: &DetectorJob, events: &EventSender<Changed>) {
        events.send(job.change.make(&job.library));
    }

    fn on_crash(_job: &DetectorJob, events: &EventSender<Changed>) {
        let what = "The library of detectors crashed; this is a fault of the program.";
        events.send(Err(what.to_owned()));
    }
}

/// Makes changes, one at a time.
pub(super) struct DetectorChanger {
    wake: Wake,
    /// Started with the first change.
    worker: Option<Worker<DetectorJob, Changed>>,
    /// The change being made.
    running: Option<DetectorChange>,
}

impl DetectorChanger {
    pub(super) const fn new(wake: Wake) -> Self {
        Self { wake, worker: None, running: None }
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn change(
        &mut self,
        ws: &mut Workspace,
        library: Option<&Library>,
        change: DetectorChange,
    ) {
        let Some(library) = library.cloned() else {
            return ws.notify(
                "There is no folder for detectors of your own; name one in PENTIMENTO_LIBRARY.",
            );
        };
        if self.is_busy() {
            return ws.notify("One moment: a detector is being taken into use already.");
        }
        let worker = match self.worker.take() {
            Some(worker) => Ok(worker),
            None => Worker::start(WORKER, Wake::clone(&self.wake), || ChangeHandler),
        };
        match worker {
            Ok(worker) => {
                let job = DetectorJob { change: change.clone(), library };
                self.running = self.worker.insert(worker).send(job).then_some(change);
            }
            Err(error) => ws.notify(format!("Could not start a background thread: {error}")),
        }
    }

    /// A change that is over.
    pub(super) fn poll(&mut self) -> Option<(DetectorChange, Changed)> {
        let changed = self.worker.as_ref()?.next_event()?;
        Some((self.running.take()?, changed))
    }
}

impl DetectorChange {
    fn make(&self, library: &Library) -> Changed {
        let say = |error: crate::bundle::Error| error.to_string();
        let (fingerprint, choice) = match self {
            Self::Use(name) => (usable(library, name)?, library.choose(name).map_err(say)?),
            Self::RollBack => {
                let none = || "No other detector was in use before.".to_owned();
                let previous = library.previous().map_err(say)?.ok_or_else(none)?;
                let fingerprint = usable(library, &previous)?;
                (fingerprint, library.rollback().map_err(say)?.ok_or_else(none)?)
            }
            Self::Install(trained) => {
                let bundle = Bundle::read(&trained.bundle).map_err(say)?;
                if bundle.card.kind != ModelKind::Lae {
                    return Err(format!("{} is no detector.", bundle.card.name));
                }
                library.install(&bundle).map_err(say)?;
                let fingerprint = usable(library, &bundle.card.name)?;
                (fingerprint, library.choose(&bundle.card.name).map_err(say)?)
            }
        };
        Ok(Chosen { name: choice.detector, fingerprint })
    }
}

/// Reads a bundle whole before it is taken into use: one that is missing or damaged would leave the
/// program without a detector. Returns the hash of its card.
fn usable(library: &Library, name: &str) -> Result<String, String> {
    // The examiner looks in this library last, too.
    let store = ModelStore::discover(None).with_library(library.clone());
    let bundle = store.read(name).map_err(|e| format!("{name} is not taken into use: {e}"))?;
    if bundle.card.kind == ModelKind::Lae {
        Ok(bundle.card.fingerprint())
    } else {
        Err(format!("{name} is not taken into use: it is no detector"))
    }
}
