//! Taking a detector into use: installing, choosing, going back.
//!
//! * **In**: what a person wishes. **Out**: the choice in the library, a sentence about it.
//! * **Not here**: the library (`bundle`), the training (`training`), who examines with it
//!   (`examiner`, which looks at the choice before every file).
//!
//! A bundle is read whole, hashed and copied: some megabytes, on a disk that may be slow. So every
//! change has a short thread of its own, one at a time; the window goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use crate::bundle::{Bundle, Library, ModelKind, ModelStore};
use crate::session::examine::worker::Wake;
use crate::session::router::Session;
use crate::session::training::retraining::{Trained, TrainingState};

/// What is to become of the detector in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) enum Change {
    /// Take this one.
    Use(String),
    /// Take the one before.
    RollBack,
    /// Copy this one into the library, and take it.
    Install(Trained),
}

/// A change that is being made.
pub(in crate::session) struct Changing {
    change: Change,
    /// The name of the detector in use afterwards, or why nothing was changed.
    answer: Receiver<Result<String, String>>,
    thread: Option<JoinHandle<()>>,
}

impl Changing {
    fn start(change: Change, library: Library, wake: Wake) -> std::io::Result<Self> {
        let (sender, answer) = sync_channel(1);
        let wished = change.clone();
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| wished.make(&library)));
            let crashed = "The library of detectors crashed; this is a fault of the program.";
            // Nobody may wait any more.
            if sender.send(done.unwrap_or_else(|_crash| Err(crashed.to_owned()))).is_ok() {
                wake();
            }
        };
        let thread = std::thread::Builder::new().name("library".into()).spawn(work)?;
        Ok(Self { change, answer, thread: Some(thread) })
    }
}

impl Drop for Changing {
    /// What was begun is done, so that no half a copy stays behind.
    fn drop(&mut self) {
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the library crashed");
        }
    }
}

impl Change {
    /// The name of the detector in use afterwards.
    fn make(self, library: &Library) -> Result<String, String> {
        let say = |error: crate::bundle::Error| error.to_string();
        let choice = match self {
            Self::Use(name) => {
                usable(library, &name)?;
                library.choose(&name).map_err(say)?
            }
            Self::RollBack => {
                let none = || "No other detector was in use before.".to_owned();
                let choice = library.choice().map_err(say)?;
                usable(library, choice.earlier.last().ok_or_else(none)?)?;
                library.rollback().map_err(say)?.ok_or_else(none)?
            }
            Self::Install(trained) => {
                let bundle = Bundle::read(&trained.bundle).map_err(say)?;
                if bundle.card.kind != ModelKind::Lae {
                    return Err(format!("{} is no detector.", bundle.card.name));
                }
                library.install(&bundle).map_err(say)?;
                usable(library, &bundle.card.name)?;
                library.choose(&bundle.card.name).map_err(say)?
            }
        };
        Ok(choice.detector)
    }
}

impl Session {
    pub(in crate::session) fn change_detector(&mut self, change: Change) {
        let Some(library) = self.training.library.clone() else {
            let what = "There is no folder for detectors of your own; name one in \
                        PENTIMENTO_LIBRARY.";
            return self.notify(what.to_owned());
        };
        if self.training.changing.is_some() {
            let what = "One moment: a detector is being taken into use already.";
            return self.notify(what.to_owned());
        }
        match Changing::start(change, library, Wake::clone(&self.training.wake)) {
            Ok(changing) => {
                self.training.changing = Some(changing);
                self.view.is_detector_changing = true;
            }
            Err(error) => self.notify(format!("The system gives no thread: {error}")),
        }
    }

    /// Takes in what became of a change; true when the view has changed.
    pub(in crate::session) fn poll_detector(&mut self) -> bool {
        let Some(changing) = &self.training.changing else { return false };
        let Ok(answer) = changing.answer.try_recv() else { return false };
        let Some(changing) = self.training.changing.take() else { return false };
        self.view.is_detector_changing = false;
        if let (Ok(_), Change::Install(trained), Some(training)) =
            (&answer, &changing.change, &mut self.view.training)
            && training.state == TrainingState::Done(trained.clone())
        {
            training.state = TrainingState::Installed(trained.clone());
        }
        self.notify(match answer {
            Ok(name) => format!(
                "{name} examines from now on. What is open keeps its findings until it is \
                 examined again."
            ),
            Err(why) => why,
        });
        true
    }
}

/// Reads a bundle whole before it is taken into use: one that is missing or damaged would leave the
/// program without a detector.
fn usable(library: &Library, name: &str) -> Result<(), String> {
    let mut store = ModelStore::discover(None);
    // The examiner looks in this library last, too.
    store.library = Some(library.clone());
    let bundle = store.read(name).map_err(|e| format!("{name} is not taken into use: {e}"))?;
    if bundle.card.kind == ModelKind::Lae {
        Ok(())
    } else {
        Err(format!("{name} is not taken into use: it is no detector"))
    }
}
