//! What commands do to masks drawn by hand.
//!
//! * **In**: [`MaskCommand`]s. **Out**: masks in the view, tasks for the thread of masks.
//! * **Not here**: the tools (`annotate`), what comes back of tasks (`mask_jobs`).
//!
//! Strokes, undo and the like are done at once; they touch what they change and no more. What may
//! take longer goes to a thread, one thing at a time, and wishes that come meanwhile wait for it in
//! their order: what a row of commands does never depends on how fast the machine is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::annotate::{
    Brush, Change, History, Mask, MaskLabel, Patch, PixelRect, Region, polygon, pressure_stroke,
};
use crate::base::{Affine, Point};
use crate::session::examine::worker::Wake;
use crate::session::masks::adjust::{Adjustable, is_adjustable};
use crate::session::masks::face_parts::{AwaitedPart, KnownMesh};
use crate::session::masks::jobs::Wanted;
use crate::session::masks::worker::{Key, MaskWorker, Task};
use crate::session::router::Session;
use crate::session::{DocumentId, MaskCommand, MaskView};

/// Bytes of steps that can be taken back, for each mask.
const HISTORY_BYTES: usize = 64 << 20;
/// Changes remembered for textures; older ones have the texture made anew.
const MAX_CHANGES: usize = 64;

/// A stroke that goes on.
struct OpenStroke {
    key: Key,
    brush: Brush,
    change: Change,
    last: Point,
    /// How hard the pen was pressed there.
    last_pressure: f32,
    patches: Vec<Patch>,
}

/// What the session keeps for masks beside the view. The thread starts with the first job.
pub(in crate::session) struct MaskDesk {
    pub(in crate::session) wake: Wake,
    pub(in crate::session) worker: Option<MaskWorker>,
    pub(in crate::session) histories: BTreeMap<Key, History>,
    stroke: Option<OpenStroke>,
    /// How hard the pen is pressed, `0.0..=1.0`; 1 when none is down.
    pressure: f32,
    pub(in crate::session) waiting: VecDeque<(Key, MaskCommand)>,
    pub(in crate::session) is_busy: bool,
    /// What the thread of masks does, if it can be done otherwise afterwards.
    pub(in crate::session) sent: Option<MaskCommand>,
    pub(in crate::session) adjustable: Option<Adjustable>,
    pub(in crate::session) awaited: Option<AwaitedPart>,
    pub(in crate::session) known_mesh: Option<KnownMesh>,
    pub(in crate::session) marks: Option<Wanted>,
    pub(in crate::session) is_marking: bool,
    /// To be closed as soon as its masks are saved.
    pub(in crate::session) closing: Option<DocumentId>,
    last_version: u64,
}

impl MaskDesk {
    pub(in crate::session) const fn new(wake: Wake) -> Self {
        Self {
            wake,
            worker: None,
            histories: BTreeMap::new(),
            stroke: None,
            pressure: 1.0,
            waiting: VecDeque::new(),
            is_busy: false,
            sent: None,
            adjustable: None,
            awaited: None,
            known_mesh: None,
            marks: None,
            is_marking: false,
            closing: None,
            last_version: 0,
        }
    }

    pub(in crate::session) fn forget(&mut self, id: DocumentId) {
        self.histories.retain(|(of, _), _| *of != id);
        self.waiting.retain(|((of, _), _)| *of != id);
        self.stroke.take_if(|stroke| stroke.key.0 == id);
        self.closing.take_if(|closing| *closing == id);
    }

    /// Of the stroke that goes on.
    pub(in crate::session) fn key_in_hand(&self) -> Option<Key> {
        self.stroke.as_ref().map(|stroke| stroke.key)
    }

    pub(in crate::session) const fn next_version(&mut self) -> u64 {
        self.last_version += 1;
        self.last_version
    }
}

impl Session {
    pub(in crate::session) fn mask_command(&mut self, command: MaskCommand) {
        match command {
            MaskCommand::Edit(is_editing) => {
                self.view.masks.is_editing = is_editing;
                self.end_stroke();
                if is_editing {
                    self.pause();
                }
            }
            MaskCommand::DismissQuestion => self.view.masks.question = None,
            MaskCommand::CloseAnyway(id) => {
                self.view.masks.question = None;
                self.close_now(id);
            }
            MaskCommand::SaveAndClose(id) => self.save_and_close(id),
            MaskCommand::SaveAll => {
                if let Some(id) = self.view.active {
                    self.save_all(id);
                }
            }
            MaskCommand::SetLabel(label) => {
                let shown = self.view.document().and_then(|d| Some((d.id, d.mask_frame()?)));
                if let Some(view) = shown.and_then(|key| self.mask_mut(key)) {
                    view.label = label;
                }
            }
            MaskCommand::ExtendStroke(_) | MaskCommand::EndStroke => {
                let queued = self.masks.waiting.back().map(|(key, _)| *key);
                let key = self.masks.stroke.as_ref().map(|stroke| stroke.key).or(queued);
                if let Some(key) = key {
                    self.mask_later(key, command);
                }
            }
            MaskCommand::Press(_) if self.masks.stroke.is_none() && !self.masks.is_busy => {
                // Of the stroke that begins now.
                if let MaskCommand::Press(pressure) = command {
                    self.masks.pressure = pressure;
                }
            }
            other => {
                self.pause();
                let shown = self.view.document().and_then(|d| Some((d.id, d.mask_frame()?)));
                match shown {
                    Some(key) => self.mask_later(key, other),
                    None => self.notify("There is no picture to draw a mask on.".to_owned()),
                }
            }
        }
    }

    /// Does it now, or after what is being done.
    pub(in crate::session) fn mask_later(&mut self, key: Key, command: MaskCommand) {
        if self.masks.is_busy || !self.masks.waiting.is_empty() {
            let is_again = |c: &MaskCommand| matches!(c, MaskCommand::Again { .. });
            // Only where the wheel has come to counts.
            if is_again(&command) {
                self.masks.waiting.pop_back_if(|(of, last)| *of == key && is_again(last));
            }
            self.masks.waiting.push_back((key, command));
        } else {
            self.do_to_mask(key, command);
        }
    }

    pub(in crate::session) fn do_to_mask(&mut self, key: Key, command: MaskCommand) {
        let Some((size, image_from_upright)) = self.grid_of(key) else { return };
        let [w, h] = size;
        let stored = |p: Point| image_from_upright.apply(p);
        if !matches!(command, MaskCommand::ExtendStroke(_) | MaskCommand::Press(_)) {
            self.end_stroke();
        }
        self.masks.sent = is_adjustable(&command).then(|| command.clone());
        match command {
            MaskCommand::BeginStroke { brush, change, at } => {
                let last = stored(at);
                let last_pressure = self.masks.pressure;
                let patches = Vec::new();
                self.masks.stroke =
                    Some(OpenStroke { key, brush, change, last, last_pressure, patches });
                self.paint(&[last], size);
            }
            MaskCommand::Press(pressure) => self.masks.pressure = pressure,
            MaskCommand::ExtendStroke(points) => {
                let points: Vec<Point> = points.into_iter().map(stored).collect();
                self.paint(&points, size);
            }
            MaskCommand::Polygon { corners, change, is_lasso } => {
                let corners: Vec<Point> = corners.into_iter().map(stored).collect();
                if let Some(region) = polygon(w, h, &corners) {
                    let tool = if is_lasso { "lasso" } else { "polygon" };
                    self.take_region(key, &region, change, tool);
                }
            }
            MaskCommand::Undo => self.travel(key, History::undo),
            MaskCommand::Redo => self.travel(key, History::redo),
            MaskCommand::Clear => {
                let Some(mask) = self.mask_mut(key).map(|view| Arc::clone(&view.mask)) else {
                    return;
                };
                let patch = Patch::between(&mask, &Mask::new(w, h));
                self.commit(key, patch, "clear");
            }
            MaskCommand::Invert => {
                let Some(mask) = self.mask_mut(key).map(|view| Arc::clone(&view.mask)) else {
                    return;
                };
                let patch = Patch::between(&mask, &mask.inverted());
                self.commit(key, patch, "invert");
            }
            MaskCommand::CopyToNextFrame => self.copy_to_next_frame(key),
            MaskCommand::FacePart { part, change } => self.mark_face_part(key, part, change),
            MaskCommand::Follow { n_frames } => self.follow_face(key, n_frames),
            MaskCommand::NextUnreviewed(direction) => self.next_unreviewed(key, direction),
            MaskCommand::Accept => self.review(key, true),
            MaskCommand::AcceptSeen => self.accept_seen(key),
            MaskCommand::Reject => self.review(key, false),
            MaskCommand::Again { tolerance } => self.do_again(key, tolerance),
            MaskCommand::WandOnPicture { .. }
            | MaskCommand::WandOnMap { .. }
            | MaskCommand::AcceptMap
            | MaskCommand::Superpixel { .. } => {
                if let Some(task) = self.task_of(key, &command, None) {
                    self.send_mask_job(key, task);
                }
            }
            MaskCommand::FillHoles => self.send_mask_job(key, Task::FillHoles),
            MaskCommand::RemoveIslands(min_px) => {
                self.send_mask_job(key, Task::RemoveIslands(min_px));
            }
            MaskCommand::Grow(by_px) => {
                self.send_mask_job(key, Task::Grow(by_px.clamp(-1024, 1024)));
            }
            MaskCommand::Load(path) => {
                let sha256 = self.media_sha256(key.0);
                let is_frame = self.document(key.0).is_some_and(|d| d.video.is_some());
                self.send_mask_job(key, Task::Load { path, sha256, is_frame });
            }
            MaskCommand::Save { path, replaces } => self.save_mask(key, path, replaces),
            // The stroke has ended above; the others are done without a mask.
            MaskCommand::EndStroke
            | MaskCommand::Edit(_)
            | MaskCommand::SetLabel(_)
            | MaskCommand::SaveAndClose(_)
            | MaskCommand::SaveAll
            | MaskCommand::CloseAnyway(_)
            | MaskCommand::DismissQuestion => {}
        }
    }

    /// Size of the stored grid, and how upright positions get there.
    pub(in crate::session) fn grid_of(&self, (id, _): Key) -> Option<([u32; 2], Affine)> {
        let document = self.document(id)?;
        Some((document.image_px()?, document.image_from_upright()))
    }

    /// The mask, made when there is none.
    pub(in crate::session) fn mask_mut(&mut self, (id, frame): Key) -> Option<&mut MaskView> {
        let ([w, h], _) = self.grid_of((id, frame))?;
        let media_sha256 = self.media_sha256(id);
        let version = self.masks.next_version();
        let document = self.document_mut(id)?;
        Some(document.masks.entry(frame).or_insert_with(|| MaskView {
            mask: Arc::new(Mask::new(w, h)),
            version,
            changes: Vec::new(),
            n_set: 0,
            label: MaskLabel::default(),
            started_from_map_at: None,
            tools: BTreeMap::new(),
            started_from: None,
            copy: None,
            is_seen: false,
            n_undo: 0,
            n_redo: 0,
            saved_to: None,
            media_sha256,
            saved_version: version,
            saved_label: MaskLabel::default(),
            saved_copy: None,
            laid_out: None,
        }))
    }

    /// Hash of the file, as far as it is known.
    pub(in crate::session) fn media_sha256(&self, id: DocumentId) -> Option<String> {
        let document = self.document(id)?;
        match (&document.video, &document.report) {
            (Some(video), _) => Some(video.sha256.clone()),
            (None, Some(report)) => Some(report.sha256.clone()).filter(|hash| !hash.is_empty()),
            (None, None) => None,
        }
    }

    /// Moves the brush that is down.
    fn paint(&mut self, points: &[Point], [w, h]: [u32; 2]) {
        let Some(mut open) = self.masks.stroke.take() else { return };
        let way: Vec<Point> = std::iter::once(open.last).chain(points.iter().copied()).collect();
        open.last = *way.last().unwrap_or(&open.last);
        let pressures = [open.last_pressure, self.masks.pressure];
        open.last_pressure = self.masks.pressure;
        if let Some(region) = pressure_stroke(w, h, open.brush, &way, pressures)
            && let Some(view) = self.mask_mut(open.key)
        {
            let patch = Patch::new(&view.mask, &region, open.change);
            if patch.n_pixels() > 0 {
                self.turn_over(open.key, &patch);
                open.patches.push(patch);
            }
        }
        self.masks.stroke = Some(open);
    }

    /// What was painted since the brush was put down becomes one step.
    pub(in crate::session) fn end_stroke(&mut self) {
        let Some(open) = self.masks.stroke.take() else { return };
        self.masks.pressure = 1.0;
        if open.patches.is_empty() {
            return;
        }
        let tool = match open.change {
            Change::Add => "brush",
            Change::TakeAway => "eraser",
        };
        if let Some(([w, h], _)) = self.grid_of(open.key) {
            self.remember_step(open.key, Patch::merged(&open.patches, w, h), tool);
        }
    }

    pub(in crate::session) fn take_region(
        &mut self,
        key: Key,
        region: &Region,
        change: Change,
        tool: &'static str,
    ) {
        if let Some(view) = self.mask_mut(key) {
            let patch = Patch::new(&view.mask, region, change);
            self.commit(key, patch, tool);
        }
    }

    /// Applies a patch as one step.
    pub(in crate::session) fn commit(&mut self, key: Key, patch: Patch, tool: &'static str) {
        if patch.n_pixels() > 0 {
            self.turn_over(key, &patch);
            self.remember_step(key, patch, tool);
        }
    }

    fn turn_over(&mut self, key: Key, patch: &Patch) {
        let version = self.masks.next_version();
        let bounds = patch.bounds();
        if let (Some(view), Some(bounds)) = (self.mask_mut(key), bounds) {
            patch.apply(Arc::make_mut(&mut view.mask));
            record(view, version, bounds);
        }
    }

    pub(in crate::session) fn remember_step(&mut self, key: Key, patch: Patch, tool: &'static str) {
        let history =
            self.masks.histories.entry(key).or_insert_with(|| History::new(HISTORY_BYTES));
        history.push(patch);
        let (n_undo, n_redo) = (history.n_done(), history.n_undone());
        if let Some(view) = self.mask_mut(key) {
            (view.n_undo, view.n_redo, view.n_set) = (n_undo, n_redo, view.mask.count());
            *view.tools.entry(tool.to_owned()).or_default() += 1;
        }
    }

    fn travel(&mut self, key: Key, go: fn(&mut History, &mut Mask) -> Option<PixelRect>) {
        let Some(mut history) = self.masks.histories.remove(&key) else { return };
        let version = self.masks.next_version();
        if let Some(view) = self.mask_mut(key) {
            if let Some(bounds) = go(&mut history, Arc::make_mut(&mut view.mask)) {
                record(view, version, bounds);
            }
            (view.n_undo, view.n_redo) = (history.n_done(), history.n_undone());
            view.n_set = view.mask.count();
        }
        self.masks.histories.insert(key, history);
    }
}

pub(in crate::session) fn record(view: &mut MaskView, version: u64, bounds: PixelRect) {
    if view.changes.len() >= MAX_CHANGES {
        view.changes.drain(..MAX_CHANGES / 2);
    }
    view.changes.push((view.version, version, bounds));
    view.version = version;
}
