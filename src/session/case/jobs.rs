//! The jobs of the thread of the case.
//!
//! * **In**: a job, and the case it is for. **Out**: changes of the case, events.
//! * **Not here**: the thread (`case_worker`), long work (`case_beside`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::case::{self, Again, Case, ItemId, ItemState};
use crate::curate::{self, Examination};
use crate::session::case::beside::{Beside, Ended};
use crate::session::case::worker::{Desk, Epoch, Event, Job, ToKeep};

/// Items of a folder that a person points at are fetched for examination so many at a time.
const CHUNK: usize = 64;
/// A save that found the case held by another program is tried so often; each time waits for long.
const TRIES: usize = 3;

/// What the thread has at hand.
#[derive(Default)]
pub(in crate::session) struct Hand {
    case: Option<(Epoch, Case)>,
    /// Long work on it.
    beside: Beside,
    /// Items changed here while long work went on: what that hands back may be older.
    told: BTreeSet<ItemId>,
    /// Masks that could not be saved, by item and frame.
    unsaved: BTreeSet<(ItemId, Option<usize>)>,
    /// The last file hashed for a mask.
    hashed: Option<Hashed>,
}

/// A file with what tells that it was not written since.
struct Hashed {
    path: PathBuf,
    len: u64,
    modified: Option<SystemTime>,
    sha256: String,
}

pub(in crate::session) fn work(hand: &mut Hand, job: Job, desk: &Desk) {
    let opened = match job {
        Job::New(path, author) => {
            hand.leave();
            Case::create(&path, &author).map_err(|e| about(&path, &e))
        }
        Job::Open(path, author) => {
            hand.leave();
            Case::open(&path, &author).map_err(|e| about(&path, &e))
        }
        Job::Close => {
            hand.leave();
            return desk.put(Event::Closed);
        }
        job => return work_in(hand, job, desk),
    };
    let rows = opened.and_then(|opened| {
        let rows = opened.rows().map_err(|e| e.to_string())?;
        let keys = opened.mask_keys().map_err(|e| e.to_string())?;
        let own = keys.into_iter().filter(|key| key.author == opened.author());
        let read = own.map(|key| key.item).collect();
        Ok((opened, rows, read))
    });
    match rows {
        Ok((opened, rows, read)) => {
            desk.put(Event::Opened {
                path: opened.path().to_owned(),
                author: opened.author().to_owned(),
                access: opened.access().clone(),
                rows,
                read,
            });
            hand.case = Some((desk.epoch, opened));
        }
        Err(what) => {
            desk.put(Event::Closed);
            desk.put(Event::Said(what));
        }
    }
}

impl Hand {
    /// Leaves the case that is open. Long work on it is stopped and waited for.
    pub(in crate::session) fn leave(&mut self) {
        self.beside.leave();
        self.case = None;
        self.unsaved.clear();
        self.told.clear();
    }

    /// The end of the thread.
    pub(in crate::session) fn end(mut self) {
        self.leave();
        self.beside.end();
    }

    /// Tells what came of long work, and brings up to date what was changed here meanwhile.
    pub(in crate::session) fn take_back(&self, ended: Ended, desk: &Desk) {
        let Ended { epoch, rows, event } = ended;
        if let (Some(mut rows), Some((_, case))) =
            (rows, self.case.as_ref().filter(|(open, _)| *open == epoch))
        {
            for id in &self.told {
                let at = rows.binary_search_by_key(id, |row| row.id);
                if let (Ok(at), Ok(row)) = (at, case.row(*id)) {
                    rows[at] = row;
                }
            }
            desk.put(Event::Rows(rows));
        }
        desk.put(event);
    }
}

/// Does what needs the case that was open when it was wished for.
fn work_in(hand: &mut Hand, job: Job, desk: &Desk) {
    let Hand { case, beside, unsaved, told, hashed } = hand;
    let Some((_, case)) = case.as_mut().filter(|(epoch, _)| *epoch == desk.epoch) else {
        match job {
            Job::SaveMask(ToKeep { ticket, .. }) => {
                let what = "the case is not open any more.".to_owned();
                desk.put(Event::MaskNotSaved(ticket, what));
            }
            Job::Long(..) => desk.put(Event::Over),
            _ => {}
        }
        return;
    };
    // Long work makes no new change until this is done.
    let _first = case.first();
    told.extend(item_of(&job));
    let done = match job {
        Job::SaveMask(keep) => {
            save_mask(case, unsaved, hashed, &keep, desk);
            Ok(())
        }
        Job::SetState(id, ItemState::Done) if unsaved.iter().any(|(item, _)| *item == id) => {
            let what = "It is not marked as done: its mask is not in the case.".to_owned();
            row(case, id, desk).and(Err(what))
        }
        Job::Record(id, path, result) => {
            if let Err(what) = record(case, id, &path, result, desk) {
                desk.put(Event::NotRecorded(what));
            }
            Ok(())
        }
        Job::WaitingAgain(model) => {
            let again = Again { other_than: Some(&model), failed: true };
            let waiting = case.waiting_for(&again, usize::MAX).map_err(|e| e.to_string());
            let (waiting, said) = match waiting {
                Ok(waiting) if waiting.is_empty() => {
                    let what = "Everything was examined by the detector in use already.";
                    (waiting, Err(what.to_owned()))
                }
                Ok(waiting) => (waiting, Ok(())),
                Err(what) => (Vec::new(), Err(what)),
            };
            desk.put(Event::Waiting(waiting));
            said
        }
        Job::Waiting => {
            let waiting = case.waiting(CHUNK).map_err(|e| e.to_string());
            let (waiting, said) = match waiting {
                Ok(waiting) => (waiting, Ok(())),
                Err(what) => (Vec::new(), Err(what)),
            };
            desk.put(Event::Waiting(waiting));
            said
        }
        Job::Long(long, cancel) => {
            if beside.is_idle() {
                told.clear();
            }
            let begun = beside.begin(case, long, cancel, desk);
            if begun.is_err() {
                desk.put(Event::Over);
            }
            begun
        }
        job => work_on(case, job, desk),
    };
    if let Err(what) = done {
        desk.put(Event::Said(what));
    }
}

/// Which item a job may change.
fn item_of(job: &Job) -> Option<ItemId> {
    match job {
        Job::SaveMask(keep) => Some(keep.mask.item),
        Job::Review(key, _) => Some(key.item),
        Job::SetState(id, _)
        | Job::AddSeconds(id, _)
        | Job::Identify(id, _)
        | Job::Record(id, ..) => Some(*id),
        _ => None,
    }
}

fn row(case: &Case, id: ItemId, desk: &Desk) -> Result<(), String> {
    case.row(id).map(|row| desk.put(Event::Row(Box::new(row)))).map_err(|e| e.to_string())
}

/// Saves a mask, in one transaction with the hash of the file it was drawn on: where the case knows
/// another file, nothing is saved.
fn save_mask(
    case: &mut Case,
    unsaved: &mut BTreeSet<(ItemId, Option<usize>)>,
    hashed: &mut Option<Hashed>,
    keep: &ToKeep,
    desk: &Desk,
) {
    let ToKeep { ticket, mask, media_sha256 } = keep;
    let spot = (mask.item, mask.frame.map(|frame| frame.index));
    let media = media_sha256.clone().or_else(|| media_of(case, mask.item, hashed));
    let mut n_tries = 0;
    let saved = loop {
        n_tries += 1;
        let saved: Result<(), case::Error> = case.together(|case| {
            if let Some(media) = &media {
                case.identify(mask.item, media)?;
            }
            case.save_mask(mask)
        });
        if !matches!(saved, Err(case::Error::Busy)) || n_tries == TRIES {
            break saved;
        }
    };
    match saved {
        Ok(()) => {
            unsaved.remove(&spot);
            desk.put(Event::MaskSaved(*ticket));
            if let Err(what) = row(case, mask.item, desk) {
                desk.put(Event::Said(what));
            }
        }
        Err(error) => {
            unsaved.insert(spot);
            desk.put(Event::MaskNotSaved(*ticket, format!("{error}.")));
        }
    }
}

/// Hash of the file of an item that the case knows by its hash, as it is now.
fn media_of(case: &Case, id: ItemId, hashed: &mut Option<Hashed>) -> Option<String> {
    let row = case.row(id).ok().filter(|row| row.sha256.is_some())?;
    let facts = std::fs::metadata(&row.path).ok()?;
    let (len, modified) = (facts.len(), facts.modified().ok());
    let is_it = |h: &Hashed| *h.path == *row.path && (h.len, h.modified) == (len, modified);
    if !hashed.as_ref().is_some_and(|h| is_it(h) && modified.is_some()) {
        let sha256 = crate::files::sha256_of_file(&row.path).ok()?;
        *hashed = Some(Hashed { path: row.path.to_path_buf(), len, modified, sha256 });
    }
    hashed.as_ref().map(|h| h.sha256.clone())
}

/// Keeps what an examination found, if the item is still the file that was examined.
fn record(
    case: &mut Case,
    id: ItemId,
    path: &Path,
    result: Result<Box<Examination>, String>,
    desk: &Desk,
) -> Result<(), String> {
    let say = |e: case::Error| e.to_string();
    if *case.row(id).map_err(say)?.path != *path {
        let what = format!("item {} is another file than {}", id.0, path.display());
        return Err(what);
    }
    let refused = match result {
        Ok(examination) => curate::record(case, id, &examination).map_err(|e| e.to_string())?,
        Err(reason) => Some(reason),
    };
    if let Some(reason) = refused {
        case.record_failure(id, None, &reason).map_err(say)?;
    }
    row(case, id, desk)
}

fn about(path: &Path, error: &case::Error) -> String {
    format!("{}: {error}", path.display())
}

fn work_on(case: &mut Case, job: Job, desk: &Desk) -> Result<(), String> {
    let say = |e: case::Error| e.to_string();
    match job {
        Job::SetState(id, state) => {
            case.set_state(id, state).map_err(say)?;
            row(case, id, desk)
        }
        Job::AddSeconds(id, seconds) => {
            case.add_seconds(id, seconds).map_err(say)?;
            row(case, id, desk)
        }
        Job::Identify(id, sha256) => {
            case.identify(id, &sha256).map_err(say)?;
            row(case, id, desk)
        }
        Job::Masks(id) => {
            case.masks(id).map(|masks| desk.put(Event::Masks(id, masks))).map_err(say)
        }
        Job::Review(key, agrees) => {
            let reviewer = case.author().to_owned();
            let reviewer = agrees.then_some(reviewer.as_str());
            case.set_review(&key, reviewer).map_err(say)?;
            row(case, key.item, desk)?;
            case.masks(key.item).map(|m| desk.put(Event::Masks(key.item, m))).map_err(say)
        }
        #[cfg(test)]
        Job::Crash => std::panic::panic_any("on purpose"),
        // Done elsewhere.
        Job::New(..)
        | Job::Open(..)
        | Job::Close
        | Job::SaveMask(_)
        | Job::Record(..)
        | Job::Waiting
        | Job::WaitingAgain(_)
        | Job::Long(..)
        | Job::Nudge(_) => Ok(()),
    }
}
