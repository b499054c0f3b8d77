//! Slow work on masks: sent to its thread, and what comes back of it.
//!
//! * **In**: tasks, results of the thread of masks. **Out**: masks in the view, questions.
//! * **Not here**: which command wants what (`masks`), the work itself (`mask_worker`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::annotate::Mask;
use crate::base::{Heatmap, Point};
use crate::session::masks::file::{
    CopyFacts, FrameFacts, MediaFacts, ModelFacts, NotSaved, Sidecar, ToSave,
};
use crate::session::masks::worker::{Done, Job, Key, MaskWorker, Outcome, Task};
use crate::session::router::Session;
use crate::session::{CopyView, DocumentId, MarkedView, MaskCommand, MaskQuestion, Picture};

/// Which marks the view is to show.
pub(in crate::session) struct Wanted {
    key: Key,
    threshold: f32,
    maps: Vec<Arc<Heatmap>>,
}

impl Wanted {
    fn is(&self, other: &Self) -> bool {
        let is_same = |(a, b): (&Arc<Heatmap>, &Arc<Heatmap>)| Arc::ptr_eq(a, b);
        self.key == other.key
            && self.threshold == other.threshold
            && self.maps.len() == other.maps.len()
            && self.maps.iter().zip(&other.maps).all(is_same)
    }
}

impl Session {
    pub(in crate::session) fn send_mask_job(&mut self, key: Key, task: Task) {
        let Some(view) = self.mask_mut(key) else { return };
        let (mask, version) = (Arc::clone(&view.mask), view.version);
        self.start_mask_job(Job { key, mask, version, replaces: false, task });
    }

    pub(in crate::session) fn start_mask_job(&mut self, job: Job) {
        let doing = match &job.task {
            Task::Superpixel { .. } => "Finding superpixels",
            Task::Save(_) => "Saving the mask",
            Task::Load { .. } => "Loading a mask",
            Task::Follow { .. } => "Carrying the mask on",
            _ => "Working on the mask",
        };
        if self.start_mask_worker(job) {
            self.masks.is_busy = true;
            self.view.masks.doing = Some(doing);
        }
    }

    fn start_mask_worker(&mut self, job: Job) -> bool {
        if self.masks.worker.is_none() {
            match MaskWorker::start(Arc::clone(&self.masks.wake)) {
                Ok(worker) => self.masks.worker = Some(worker),
                Err(e) => self.notify(format!("The system gives no thread for masks: {e}")),
            }
        }
        self.masks.worker.as_ref().is_some_and(|worker| worker.send(job))
    }

    /// What the thread of masks does for a wand or the model's map.
    pub(in crate::session) fn task_of(
        &mut self,
        key: Key,
        command: &MaskCommand,
        other_tolerance: Option<u8>,
    ) -> Option<Task> {
        let ([w, h], image_from_upright) = self.grid_of(key)?;
        let pixel = |p: &Point| {
            let p = image_from_upright.apply(*p);
            let is_inside = p.x >= 0.0 && p.y >= 0.0 && p.x < w as f32 && p.y < h as f32;
            is_inside.then_some((p.x as u32, p.y as u32))
        };
        let threshold = self.view.style().threshold;
        Some(match command {
            MaskCommand::WandOnPicture { at, tolerance, change } => {
                let at = pixel(at)?;
                let picture = Arc::clone(&self.exact_picture(key)?.frame.image);
                let tolerance = other_tolerance.unwrap_or(*tolerance);
                Task::WandOnPicture { picture, at, tolerance, change: *change }
            }
            MaskCommand::Superpixel { at, side_px, change } => {
                let at = pixel(at)?;
                let picture = Arc::clone(&self.exact_picture(key)?.frame.image);
                let side_px = (*side_px).clamp(4, 1024);
                Task::Superpixel { picture, at, side_px, change: *change }
            }
            MaskCommand::WandOnMap { at, change } => {
                let at = pixel(at)?;
                Task::WandOnMap { maps: self.maps_of(key)?, threshold, at, change: *change }
            }
            MaskCommand::AcceptMap => Task::AcceptMap { maps: self.maps_of(key)?, threshold },
            _ => return None,
        })
    }

    /// The pixels of what is shown; says why when they are not all there.
    pub(in crate::session) fn exact_picture(&mut self, (id, frame): Key) -> Option<Arc<Picture>> {
        let document = self.document(id).filter(|d| d.mask_frame() == Some(frame));
        let picture = document.and_then(|d| d.picture.clone()).filter(|p| p.is_exact());
        if picture.is_none() {
            self.notify("The frame is not there in full yet: try again in a moment.".to_owned());
        }
        picture
    }

    /// The model's maps of what is shown; says so when there are none.
    fn maps_of(&mut self, (id, frame): Key) -> Option<Vec<Arc<Heatmap>>> {
        let document = self.document(id).filter(|d| d.mask_frame() == Some(frame))?;
        let faces = document.faces.iter();
        let maps: Vec<_> = faces.filter_map(|f| Some(Arc::clone(&f.map.as_ref()?.0))).collect();
        if maps.is_empty() {
            self.notify("The model has no map of this picture yet.".to_owned());
        }
        Some(maps).filter(|maps| !maps.is_empty())
    }

    pub(in crate::session) fn save_mask(&mut self, key: Key, path: PathBuf, replaces: bool) {
        let is_png = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
        let mut name = path.into_os_string();
        if !is_png {
            name.push(".png");
        }
        let path = PathBuf::from(name);
        let originals = self.view.documents.iter().map(|d| d.path.clone()).collect();
        let Some(([width_px, height_px], _)) = self.grid_of(key) else { return };
        let hash = self.media_sha256(key.0);
        let Some(view) = self.mask_mut(key).map(|view| view.clone()) else { return };
        let Some(document) = self.document(key.0) else { return };
        let media = MediaFacts {
            name: document.name(),
            sha256: view.media_sha256.or(hash).unwrap_or_default(),
            width_px,
            height_px,
        };
        let mut sidecar = Sidecar::new(media, &view.label);
        sidecar.frame = document.video.as_ref().and_then(|video| {
            let time = video.frames.get(key.1)?;
            let (numerator, denominator) = video.info.time_base;
            let time_base = [numerator, denominator];
            Some(FrameFacts { index: time.index, pts: time.pts, time_base, t_s: time.t_s })
        });
        sidecar.model = self.view.model.as_ref().map(|model| ModelFacts {
            name: model.card.name.clone(),
            sha256: model.card.file.sha256.clone(),
        });
        sidecar.started_from_map_at = view.started_from_map_at;
        sidecar.tools = view.tools.clone();
        sidecar.copy = view
            .copy
            .map(|copy| CopyFacts { from_frame: copy.from_frame, is_reviewed: copy.is_accepted });
        let original = document.path.clone();
        let mask = view.mask;
        let to_save = ToSave { path, replaces, mask, sidecar, original, originals };
        self.view.masks.question = None;
        self.send_mask_job(key, Task::Save(Box::new(to_save)));
    }

    pub(in crate::session) fn save_and_close(&mut self, id: DocumentId) {
        self.view.masks.question = None;
        self.masks.closing = Some(id);
        self.save_all(id);
        self.close_when_saved();
    }

    /// Every mask that is in no file goes where it belongs.
    pub(in crate::session) fn save_all(&mut self, id: DocumentId) {
        self.end_stroke();
        let Some(document) = self.document(id) else { return };
        let unsaved = document.masks.iter().filter(|(_, mask)| mask.is_unsaved());
        let saves: Vec<(usize, PathBuf)> =
            unsaved.map(|(frame, _)| (*frame, document.mask_path(*frame))).collect();
        for (frame, path) in saves {
            self.mask_later((id, frame), MaskCommand::Save { path, replaces: false });
        }
    }

    fn close_when_saved(&mut self) {
        let Some(id) = self.masks.closing else { return };
        let is_saved = self.document(id).is_none_or(|d| d.n_unsaved_masks() == 0);
        if is_saved && !self.masks.is_busy && self.masks.waiting.is_empty() {
            self.masks.closing = None;
            self.close_now(id);
        }
    }

    /// Does what had to wait for its turn.
    pub(in crate::session) fn do_waiting_mask_commands(&mut self) {
        while !self.masks.is_busy
            && let Some((key, command)) = self.masks.waiting.pop_front()
        {
            self.do_to_mask(key, command);
        }
        self.close_when_saved();
    }

    /// Takes in what the thread of masks has done; true when the view has changed.
    pub(in crate::session) fn poll_masks(&mut self) -> bool {
        let mut changed = false;
        while let Some(done) = self.masks.worker.as_ref().and_then(MaskWorker::take) {
            self.take_in_mask(done);
            changed = true;
            self.do_waiting_mask_commands();
        }
        changed
    }

    fn take_in_mask(&mut self, done: Done) {
        let Done { key, version, is_mark, replaces, outcome } = done;
        if is_mark {
            self.masks.is_marking = false;
            if let Outcome::Marked { mask, threshold } = outcome {
                let version = self.masks.next_version();
                let (document, frame) = key;
                let marked = MarkedView { document, frame, threshold, mask, version };
                self.view.masks.marked = Some(marked);
            }
            return;
        }
        self.masks.is_busy = false;
        self.view.masks.doing = None;
        let view = self.document(key.0).and_then(|document| document.masks.get(&key.1));
        // Nothing but this job changed the mask meanwhile, unless it was given up.
        if view.is_none_or(|view| view.version != version) {
            return;
        }
        match outcome {
            Outcome::Changed { patch, tool, threshold } => {
                let is_start = threshold.is_some();
                self.take_step(key, patch, tool, replaces);
                if let Some(view) = self.mask_mut(key).filter(|_| is_start) {
                    (view.started_from_map_at, view.started_from) = (threshold, None);
                }
            }
            Outcome::Loaded { patch, path, sidecar, remarks } => {
                self.commit(key, patch, "load");
                let is_whole = remarks.is_empty();
                if let Some(view) = self.mask_mut(key) {
                    if let Some(sidecar) = sidecar {
                        view.label = sidecar.label();
                        view.started_from_map_at = sidecar.started_from_map_at;
                        view.copy = sidecar.copy.as_ref().map(|copy| CopyView {
                            from_frame: copy.from_frame,
                            is_accepted: copy.is_reviewed,
                            version: view.version,
                        });
                    }
                    if is_whole {
                        (view.saved_to, view.saved_version) = (Some(path), view.version);
                        (view.saved_label, view.saved_copy) = (view.label.clone(), view.copy);
                    }
                }
                for remark in remarks {
                    self.notify(remark);
                }
            }
            Outcome::Saved(path, label) => {
                if let Some(view) = self.mask_mut(key) {
                    (view.saved_to, view.saved_version) = (Some(path), version);
                    (view.saved_label, view.saved_copy) = (label, view.copy);
                }
            }
            Outcome::NotSaved(path, why) => {
                self.masks.closing = None;
                match why {
                    NotSaved::InTheWay(why) => {
                        self.view.masks.question = Some(MaskQuestion::Replace(path, why));
                    }
                    NotSaved::Refused(why) => {
                        let name = name_of(&path);
                        self.notify(format!("The mask was not saved as {name}: {why}."));
                    }
                }
            }
            Outcome::Followed { copies, ended } => self.take_in_copies(key, copies, &ended),
            Outcome::Failed(what) => self.notify(what),
            Outcome::Marked { .. } => {}
        }
    }

    /// Has the marks of the model made for what is shown, if they are to be seen.
    pub(in crate::session) fn refresh_marks(&mut self) {
        if !self.view.masks.is_editing || self.masks.is_marking || self.masks.is_busy {
            return;
        }
        let threshold = self.view.style().threshold;
        let wanted = self.view.document().and_then(|document| {
            let key = (document.id, document.mask_frame()?);
            let faces = document.faces.iter();
            let maps = faces.filter_map(|face| Some(Arc::clone(&face.map.as_ref()?.0))).collect();
            Some(Wanted { key, threshold, maps })
        });
        let Some(wanted) = wanted else { return };
        let Some(([w, h], _)) = self.grid_of(wanted.key) else { return };
        if self.masks.marks.as_ref().is_some_and(|old| old.is(&wanted)) {
            return;
        }
        let task = Task::Mark { maps: wanted.maps.clone(), threshold };
        let mask = Arc::new(Mask::new(w, h));
        let job = Job { key: wanted.key, mask, version: 0, replaces: false, task };
        self.masks.is_marking = self.start_mask_worker(job);
        self.masks.marks = Some(wanted);
    }

    /// The file is another one now: masks that do not fit it any more are given up, with a word.
    pub(in crate::session) fn drop_misfit_masks(&mut self, id: DocumentId, is_other_clip: bool) {
        let size = self.grid_of((id, 0)).map(|(size, _)| size);
        let Some(document) = self.document_mut(id) else { return };
        let before = document.n_unsaved_masks();
        document.masks.retain(|_, view| {
            !is_other_clip && Some([view.mask.width_px(), view.mask.height_px()]) == size
        });
        if document.n_unsaved_masks() < before {
            let name = document.name();
            self.notify(format!("{name} has changed: unsaved masks of it no longer fit."));
        }
        let Some(document) = self.document(id) else { return };
        let left: Vec<usize> = document.masks.keys().copied().collect();
        self.masks.histories.retain(|(of, frame), _| *of != id || left.contains(frame));
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
