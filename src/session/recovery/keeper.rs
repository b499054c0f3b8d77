//! The part: which masks are kept, which were left behind, what a person decides about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{RunFolder, left_behind};
use super::kept_mask::{KeptFacts, KeptMask, list};
use super::restore::Restoring;
use super::thread::{KeepEvent, KeepHandler, KeepJob, WORKER};
use crate::annotate::MaskLabel;
use crate::base::Cancel;
use crate::session::document::id::DrawnMaskKey;
use crate::session::document::mask::DrawnMask;
use crate::session::document::open::Document;
use crate::session::worker::{Wake, Worker};
use crate::session::workspace::Workspace;

/// What becomes of masks that were left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryChoice {
    /// Open their files and show the masks, unsaved as they were.
    Restore,
    /// Delete them.
    Discard,
    /// Ask again at the next start.
    Later,
}

/// Masks that were left behind, by the files they are of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecoveryOffer {
    /// Files, and how many masks of each.
    pub files: BTreeMap<PathBuf, usize>,
}

impl RecoveryOffer {
    pub fn n_masks(&self) -> usize {
        self.files.values().sum()
    }
}

/// A folder that was left behind, with the names of the masks in it.
struct LeftFolder {
    folder: RunFolder,
    masks: Vec<(String, KeptFacts)>,
}

/// Keeps unsaved masks.
pub(in crate::session) struct MaskKeeper {
    wake: Wake,
    /// Where all runs keep theirs; `None` keeps nothing.
    root: Option<PathBuf>,
    /// Made with the first mask.
    own: Option<RunFolder>,
    worker: Option<Worker<KeepJob, KeepEvent>>,
    /// Masks that were written, as they were then.
    written: BTreeMap<DrawnMaskKey, (u64, MaskLabel)>,
    left: Vec<LeftFolder>,
    offer: Option<RecoveryOffer>,
    restoring: Restoring,
    /// The masks stay for the next start when the program ends.
    keeps_at_end: bool,
    /// Stops writing.
    cancel: Cancel,
}

impl MaskKeeper {
    /// Looks for masks that were left behind.
    pub(in crate::session) fn start(root: Option<PathBuf>, wake: Wake) -> Self {
        let mut keeper = Self {
            wake,
            root,
            own: None,
            worker: None,
            written: BTreeMap::new(),
            left: Vec::new(),
            offer: None,
            restoring: Restoring::default(),
            keeps_at_end: false,
            cancel: Cancel::default(),
        };
        keeper.look_for_left();
        keeper
    }

    fn look_for_left(&mut self) {
        let Some(root) = &self.root else { return };
        let mut offer = RecoveryOffer::default();
        for folder in left_behind(root) {
            let masks = list(&folder.path);
            if masks.is_empty() {
                folder.remove();
                continue;
            }
            for (_, facts) in &masks {
                *offer.files.entry(facts.media.clone()).or_default() += 1;
            }
            self.left.push(LeftFolder { folder, masks });
        }
        self.offer = Some(offer).filter(|offer| !offer.files.is_empty());
    }

    /// Masks that were left behind, until a person has decided.
    pub(in crate::session) const fn offer(&self) -> Option<&RecoveryOffer> {
        self.offer.as_ref()
    }

    /// Whether unsaved masks can be kept for the next start.
    pub(in crate::session) const fn is_possible(&self) -> bool {
        self.root.is_some()
    }

    /// The program is about to end: unsaved masks stay for the next start, or go.
    pub(in crate::session) const fn set_keeps_at_end(&mut self, keeps: bool) {
        self.keeps_at_end = keeps;
    }

    /// Does what a person has decided.
    pub(in crate::session) fn choose(&mut self, ws: &mut Workspace, choice: RecoveryChoice) {
        self.offer = None;
        match choice {
            RecoveryChoice::Later => self.left.clear(),
            RecoveryChoice::Discard => {
                self.left.drain(..).for_each(|left| left.folder.remove());
            }
            RecoveryChoice::Restore => {
                let mut jobs = Vec::new();
                let mut files: Vec<PathBuf> = Vec::new();
                for left in &self.left {
                    for (name, facts) in &left.masks {
                        if !files.contains(&facts.media) {
                            files.push(facts.media.clone());
                        }
                        let (folder, name) = (left.folder.path.clone(), name.clone());
                        jobs.push(KeepJob::Read { folder, name });
                    }
                }
                ws.open(&files);
                for job in jobs {
                    self.send(ws, job);
                }
            }
        }
    }

    /// Keeps masks that are in no file and no case, and lets those go that are. A mask is written
    /// when a stroke ends, so at most the stroke in hand is lost.
    pub(in crate::session) fn keep(&mut self, ws: &mut Workspace, is_case_writable: bool) {
        if self.root.is_none() {
            return;
        }
        let mut jobs = Vec::new();
        let is_kept = |document: &Document, mask: &DrawnMask| {
            let is_in_case = is_case_writable && document.item.is_some();
            !is_in_case && mask.is_unsaved()
        };
        for document in ws.documents.iter() {
            for (frame, mask) in &document.masks {
                let key = (document.id, *frame);
                let is_written = self.written.get(&key).is_some_and(|(version, label)| {
                    *version == mask.version && *label == mask.label
                });
                if is_written || mask.is_drawn_on() || !is_kept(document, mask) {
                    continue;
                }
                let sha256 = mask.media_sha256.clone().or_else(|| document.media_sha256());
                let media = document.path.clone();
                let media = std::path::absolute(&media).unwrap_or(media);
                let facts = KeptFacts::new(media, sha256, *frame, &mask.label);
                jobs.push((key, KeptMask { facts, mask: Arc::clone(&mask.mask) }));
                self.written.insert(key, (mask.version, mask.label.clone()));
            }
        }
        let is_needed = |key: &DrawnMaskKey| {
            let document = ws.documents.get(key.0);
            let mask = document.and_then(|d| Some((d, d.masks.get(&key.1)?)));
            mask.is_some_and(|(document, mask)| is_kept(document, mask))
        };
        let gone: Vec<DrawnMaskKey> =
            self.written.keys().filter(|key| !is_needed(key)).copied().collect();
        for (key, kept) in jobs {
            if let Some(folder) = self.own_folder(ws) {
                self.send(ws, KeepJob::Write { folder, name: name_of(key), kept });
            }
        }
        for key in gone {
            self.written.remove(&key);
            if let Some(folder) = self.own.as_ref().map(|own| own.path.clone()) {
                self.send(ws, KeepJob::Remove { folder, name: name_of(key) });
            }
        }
    }

    /// The folder of this run, made when there is none.
    fn own_folder(&mut self, ws: &mut Workspace) -> Option<PathBuf> {
        if self.own.is_none() {
            match RunFolder::create(self.root.as_deref()?) {
                Ok(own) => self.own = Some(own),
                Err(e) => {
                    self.root = None;
                    ws.notify(format!(
                        "Unsaved masks are not kept for the case that the program is ended: {e}."
                    ));
                }
            }
        }
        self.own.as_ref().map(|own| own.path.clone())
    }

    fn send(&mut self, ws: &mut Workspace, job: KeepJob) {
        if self.worker.is_none() {
            let cancel = self.cancel.clone();
            let make = move || KeepHandler(cancel.clone());
            match Worker::start(WORKER, Wake::clone(&self.wake), make) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => return ws.notify(format!("Could not start a background thread: {e}")),
            }
        }
        if !self.worker.as_ref().is_some_and(|worker| worker.send(job)) {
            tracing::warn!("the thread that keeps unsaved masks is gone");
        }
    }

    /// Takes in what the thread has read, and brings masks back whose pictures are there; true when
    /// something changed.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        while let Some(event) = self.worker.as_ref().and_then(Worker::next_event) {
            has_changed = true;
            match event {
                KeepEvent::Notice(text) => ws.notify(text),
                KeepEvent::Read { folder, name, kept } => self.restoring.add(folder, name, *kept),
            }
        }
        for (folder, name) in self.restoring.bring_back(ws) {
            has_changed = true;
            // It is kept by this run first, then removed where it was.
            self.keep(ws, false);
            self.forget(ws, &folder, name);
        }
        has_changed
    }

    /// A mask that was left behind is kept by this run now.
    fn forget(&mut self, ws: &mut Workspace, folder: &Path, name: String) {
        self.send(ws, KeepJob::Remove { folder: folder.to_owned(), name });
    }
}

impl Drop for MaskKeeper {
    /// The folder of this run goes, unless a person wants its masks at the next start or the
    /// program crashes: then what waits is written, and the folder stays.
    fn drop(&mut self) {
        self.keeps_at_end |= std::thread::panicking();
        if !self.keeps_at_end {
            self.cancel.cancel();
        }
        self.worker = None;
        if let Some(own) = self.own.take().filter(|_| !self.keeps_at_end) {
            own.remove();
        }
        for left in self.left.drain(..) {
            if list(&left.folder.path).is_empty() {
                left.folder.remove();
            }
        }
    }
}

fn name_of((document, frame): DrawnMaskKey) -> String {
    format!("{}-{frame}", document.0)
}
