//! The thread that writes unsaved masks and reads those left behind.

use std::path::PathBuf;

use super::kept_mask::{self, KeptMask};
use crate::base::Cancel;
use crate::base::text::visible_path;
use crate::session::worker::{AtEnd, EventSender, Handler, WorkerOptions};

/// How the thread is set up: what waits is written also when the program ends.
pub(super) const WORKER: WorkerOptions = WorkerOptions {
    name: "unsaved masks",
    max_jobs: usize::MAX,
    max_events: 64,
    at_end: AtEnd::Finish,
};

/// What is to be done.
pub(super) enum KeepJob {
    Write { folder: PathBuf, name: String, kept: KeptMask },
    Remove { folder: PathBuf, name: String },
    Read { folder: PathBuf, name: String },
}

/// What came of it.
pub(super) enum KeepEvent {
    /// A mask that was left behind, with the place where it is still kept.
    Read { folder: PathBuf, name: String, kept: Box<KeptMask> },
    /// A sentence for people.
    Notice(String),
}

/// Writes and reads. Once it is cancelled nothing more is written: nobody wants it.
pub(super) struct KeepHandler(pub(super) Cancel);

impl Handler<KeepJob, KeepEvent> for KeepHandler {
    fn handle(&mut self, job: &KeepJob, events: &EventSender<KeepEvent>) {
        match job {
            KeepJob::Write { .. } if self.0.is_cancelled() => {}
            KeepJob::Write { folder, name, kept } => {
                if let Err(reason) = kept_mask::write(folder, name, kept) {
                    events.send(KeepEvent::Notice(format!(
                        "Unsaved masks are not kept for the case that the program is ended: {reason}."
                    )));
                }
            }
            KeepJob::Remove { folder, name } => kept_mask::remove(folder, name),
            KeepJob::Read { folder, name } => {
                let (folder, name) = (folder.clone(), name.clone());
                events.send(match kept_mask::read(&folder, &name) {
                    Ok(kept) => KeepEvent::Read { folder, name, kept: Box::new(kept) },
                    Err(reason) => KeepEvent::Notice(format!(
                        "An unsaved mask could not be read: {reason}. It stays in {}.",
                        visible_path(&folder)
                    )),
                });
            }
        }
    }

    fn on_crash(_job: &KeepJob, events: &EventSender<KeepEvent>) {
        let notice =
            "Keeping unsaved masks crashed; this is a fault of the program. Save the masks.";
        events.send(KeepEvent::Notice(notice.to_owned()));
    }
}
