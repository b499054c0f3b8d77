//! The thread that owns the case: the jobs that a person waits for, and batches of changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::job::{BackgroundResult, CaseEvent, CaseJob, Epoch, MaskToSave, WriterJob};
use crate::case::{self, Access, Case, ItemId, ItemState, Reexamine};
use crate::curate::{self, Examination};
use crate::files::{FileIdentity, sha256_of_file};
use crate::session::reports::bookmarks::{add_bookmark, bookmarks};
use crate::session::worker::{EventSender, Handler};

/// Items to be examined that are read at once.
const CHUNK: usize = 64;
/// How often saving a mask is tried while another program holds the case; each try waits long.
const MAX_TRIES: usize = 3;

/// Owns the case that is open.
#[derive(Default)]
pub(super) struct WriterHandler {
    case: Option<OpenCase>,
}

/// The case that is open, and what the writer knows of it.
struct OpenCase {
    epoch: Epoch,
    case: Case,
    /// Items changed since work in the background began: the rows that it reads may be older.
    changed_items: BTreeSet<ItemId>,
    /// Masks that could not be saved, by item and frame.
    unsaved_masks: BTreeSet<(ItemId, Option<usize>)>,
    last_hash: Option<HashedFile>,
}

/// The hash of a file, valid while the file stays the same.
struct HashedFile {
    path: PathBuf,
    identity: FileIdentity,
    sha256: String,
}

/// Sends the events of one job.
struct Events<'a> {
    epoch: Epoch,
    sender: &'a EventSender<(Epoch, CaseEvent)>,
}

impl Events<'_> {
    fn send(&self, event: CaseEvent) {
        self.sender.send((self.epoch, event));
    }

    fn send_notice(&self, text: impl Into<String>) {
        self.send(CaseEvent::Notice(text.into()));
    }
}

impl Handler<WriterJob, (Epoch, CaseEvent)> for WriterHandler {
    fn handle(&mut self, job: &WriterJob, sender: &EventSender<(Epoch, CaseEvent)>) {
        let events = Events { epoch: job.epoch, sender };
        let open = self.case.as_mut().filter(|open| open.epoch == job.epoch);
        match (&job.job, open) {
            (CaseJob::Create { path, author }, _) => {
                self.open(path, &events, |path| Case::create(path, author));
            }
            (CaseJob::Open { path, author }, _) => {
                self.open(path, &events, |path| Case::open(path, author));
            }
            (CaseJob::Close, _) => {
                self.case = None;
                events.send(CaseEvent::Closed);
            }
            (CaseJob::FinishBackground(result), open) => {
                if let Some(result) = result.take() {
                    finish_background(open, *result, &events);
                }
            }
            (CaseJob::SaveMask(mask), Some(open)) => open.save_mask(mask, &events),
            (job, Some(open)) => {
                if let Err(notice) = open.run(job, &events) {
                    events.send_notice(notice);
                }
            }
            (CaseJob::SaveMask(mask), None) => {
                let reason = "the case is not open any more.".to_owned();
                events.send(CaseEvent::MaskNotSaved { ticket: mask.ticket, reason });
            }
            // A batch is dropped with its job, which ends the work in the background.
            (_, None) => {}
        }
    }

    /// The case is closed. Every change is one transaction, so the file is whole.
    fn on_crash(job: &WriterJob, sender: &EventSender<(Epoch, CaseEvent)>) {
        let events = Events { epoch: job.epoch, sender };
        events.send_notice(
            "The work on the case crashed; this is a fault of the program. Open the case again: \
             what was saved is in it.",
        );
        events.send(CaseEvent::Closed);
        if let CaseJob::SaveMask(mask) = &job.job {
            let reason = "the work on the case crashed.".to_owned();
            events.send(CaseEvent::MaskNotSaved { ticket: mask.ticket, reason });
        }
    }
}

impl WriterHandler {
    fn open(
        &mut self,
        path: &Path,
        events: &Events<'_>,
        open: impl FnOnce(&Path) -> Result<Case, case::Error>,
    ) {
        self.case = None;
        let opened = open(path).map_err(|error| format!("{}: {error}", path.display()));
        match opened.and_then(|case| read_opened(&case).map(|event| (case, event))) {
            Ok((case, event)) => {
                events.send(event);
                self.case = Some(OpenCase {
                    epoch: events.epoch,
                    case,
                    changed_items: BTreeSet::new(),
                    unsaved_masks: BTreeSet::new(),
                    last_hash: None,
                });
            }
            Err(reason) => {
                events.send(CaseEvent::Closed);
                events.send_notice(reason);
            }
        }
    }
}

fn read_opened(case: &Case) -> Result<CaseEvent, String> {
    let rows = case.rows().map_err(|e| e.to_string())?;
    let keys = case.mask_keys().map_err(|e| e.to_string())?;
    let own = keys.into_iter().filter(|key| key.author == case.author());
    Ok(CaseEvent::Opened {
        path: case.path().to_owned(),
        author: case.author().to_owned(),
        access: case.access().clone(),
        rows,
        read: own.map(|key| key.item).collect(),
    })
}

/// Sends what work in the background has come to, with the rows that were changed meanwhile read anew.
fn finish_background(open: Option<&mut OpenCase>, result: BackgroundResult, events: &Events<'_>) {
    if let (Some(open), Some(mut rows)) = (open, result.rows) {
        for id in &open.changed_items {
            let at = rows.binary_search_by_key(id, |row| row.id);
            if let (Ok(at), Ok(row)) = (at, open.case.row(*id)) {
                rows[at] = row;
            }
        }
        events.send(CaseEvent::Rows(rows));
    }
    if let Some(event) = result.event {
        events.send(event);
    }
    events.send(CaseEvent::BackgroundEnded);
}

impl OpenCase {
    /// Does a job. Returns a sentence for people when it fails.
    fn run(&mut self, job: &CaseJob, events: &Events<'_>) -> Result<(), String> {
        let case = &mut self.case;
        match job {
            CaseJob::SetState(id, state) => {
                self.changed_items.insert(*id);
                if *state == ItemState::Done && self.unsaved_masks.iter().any(|m| m.0 == *id) {
                    send_row(case, *id, events)?;
                    return Err("It is not marked as done: its mask is not in the case.".to_owned());
                }
                // The session shows the new state already, so it needs the row also on failure.
                let set = case.set_state(*id, *state).map_err(|e| e.to_string());
                let sent = send_row(case, *id, events);
                set.and(sent)
            }
            CaseJob::AddSeconds(id, seconds) => {
                self.changed_items.insert(*id);
                case.add_seconds(*id, *seconds).map_err(|e| e.to_string())?;
                send_row(case, *id, events)
            }
            CaseJob::Identify(id, sha256) => {
                self.changed_items.insert(*id);
                case.identify(*id, sha256).map_err(|e| e.to_string())?;
                send_row(case, *id, events)
            }
            CaseJob::Record { item, path, result } => {
                self.changed_items.insert(*item);
                if let Err(reason) = record(case, *item, path, result, events) {
                    events.send(CaseEvent::NotRecorded(reason));
                }
                Ok(())
            }
            CaseJob::ReadMasks(id) => {
                let masks = case.masks(*id).map_err(|e| e.to_string())?;
                events.send(CaseEvent::Masks(*id, masks));
                send_bookmarks(case, *id, events)
            }
            CaseJob::Bookmark(id, new) => {
                add_bookmark(case, *id, new).map_err(|e| e.to_string())?;
                send_bookmarks(case, *id, events)
            }
            CaseJob::ReadUnexamined { every_frame } => {
                let again = Reexamine { quick_looks: true, ..Reexamine::default() };
                let items = if *every_frame {
                    case.to_examine(&again, usize::MAX)
                } else {
                    case.waiting(CHUNK)
                };
                let items = items.map_err(|e| e.to_string());
                // The session waits for an answer in any case.
                events.send(CaseEvent::ToExamine(items.clone().unwrap_or_default()));
                items.map(|_sent| ())
            }
            CaseJob::ReadForModel { model, every_frame } => {
                let again = Reexamine {
                    not_by_model: Some(model),
                    failed: true,
                    quick_looks: *every_frame,
                };
                let items = case.to_examine(&again, usize::MAX).map_err(|e| e.to_string());
                events.send(CaseEvent::ToExamine(items.clone().unwrap_or_default()));
                match items?.as_slice() {
                    [] => Err("Everything was examined by the detector in use already.".to_owned()),
                    _ => Ok(()),
                }
            }
            CaseJob::Review { key, agrees } => {
                self.changed_items.insert(key.item);
                let reviewer = agrees.then(|| case.author().to_owned());
                case.set_review(key, reviewer.as_deref()).map_err(|e| e.to_string())?;
                send_row(case, key.item, events)?;
                let masks = case.masks(key.item).map_err(|e| e.to_string())?;
                events.send(CaseEvent::Masks(key.item, masks));
                Ok(())
            }
            CaseJob::ConnectBackground(sender) => {
                self.changed_items.clear();
                let is_writable = *case.access() == Access::Write;
                // The work waits for it, unless the session has ended.
                sender.send(case.reader().map(|reader| (reader, is_writable))).ok();
                Ok(())
            }
            CaseJob::Batch(batch) => {
                batch.take().into_iter().for_each(|batch| batch(case));
                Ok(())
            }
            #[cfg(test)]
            CaseJob::Crash => std::panic::panic_any("on purpose"),
            // Done by the handler.
            CaseJob::Create { .. }
            | CaseJob::Open { .. }
            | CaseJob::Close
            | CaseJob::SaveMask(_)
            | CaseJob::FinishBackground(_) => Ok(()),
        }
    }

    /// Saves a mask in one transaction with the hash of the file it was drawn on: where the case has
    /// another hash for the item, nothing is saved.
    fn save_mask(&mut self, to_save: &MaskToSave, events: &Events<'_>) {
        let MaskToSave { ticket, mask, media_sha256 } = to_save;
        let (ticket, item) = (*ticket, mask.item);
        self.changed_items.insert(item);
        let media_sha256 = media_sha256.clone().or_else(|| self.current_media_sha256(item));
        let mut n_tries = 0;
        let saved = loop {
            n_tries += 1;
            let saved: Result<(), case::Error> = self.case.batch(|case| {
                if let Some(sha256) = &media_sha256 {
                    case.identify(item, sha256)?;
                }
                case.save_mask(mask)
            });
            if !matches!(saved, Err(case::Error::Busy)) || n_tries == MAX_TRIES {
                break saved;
            }
        };
        let key = (item, mask.frame.map(|frame| frame.index));
        match saved {
            Ok(()) => {
                self.unsaved_masks.remove(&key);
                events.send(CaseEvent::MaskSaved { ticket });
                if let Err(notice) = send_row(&self.case, item, events) {
                    events.send_notice(notice);
                }
            }
            Err(error) => {
                self.unsaved_masks.insert(key);
                let reason = format!("{error}.");
                events.send(CaseEvent::MaskNotSaved { ticket, reason });
            }
        }
    }

    /// The hash that the file of an item has now, if the case has a hash to compare it with.
    fn current_media_sha256(&mut self, id: ItemId) -> Option<String> {
        let row = self.case.row(id).ok().filter(|row| row.sha256.is_some())?;
        let known = self
            .last_hash
            .as_ref()
            .filter(|hashed| *hashed.path == *row.path && hashed.identity.is_still_at(&row.path));
        if let Some(hashed) = known {
            return Some(hashed.sha256.clone());
        }
        let identity = FileIdentity::new(&std::fs::metadata(&row.path).ok()?);
        let sha256 = sha256_of_file(&row.path).ok()?;
        // The hash of a file that changed meanwhile is that of no file: it is not used again.
        self.last_hash = identity.is_still_at(&row.path).then(|| HashedFile {
            path: row.path.to_path_buf(),
            identity,
            sha256: sha256.clone(),
        });
        Some(sha256)
    }
}

fn send_row(case: &Case, id: ItemId, events: &Events<'_>) -> Result<(), String> {
    events.send(CaseEvent::Row(Box::new(case.row(id).map_err(|e| e.to_string())?)));
    Ok(())
}

fn send_bookmarks(case: &Case, id: ItemId, events: &Events<'_>) -> Result<(), String> {
    let all = bookmarks(case, id).map_err(|e| e.to_string())?;
    events.send(CaseEvent::Bookmarks(id, all));
    Ok(())
}

/// Stores an examination, if the item is still the file that was examined.
fn record(
    case: &mut Case,
    id: ItemId,
    path: &Path,
    result: &Result<Box<Examination>, String>,
    events: &Events<'_>,
) -> Result<(), String> {
    if *case.row(id).map_err(|e| e.to_string())?.path != *path {
        return Err(format!("item {} is another file than {}", id.0, path.display()));
    }
    let failure = match result {
        Ok(examination) => curate::record(case, id, examination).map_err(|e| e.to_string())?,
        Err(reason) => Some(reason.clone()),
    };
    if let Some(reason) = failure {
        case.record_failure(id, None, &reason).map_err(|e| e.to_string())?;
    }
    send_row(case, id, events)
}
