//! A mask drawn by hand, with its undo history.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::stroke::Stroke;
use crate::annotate::{Brush, Change, History, Mask, MaskLabel, Patch, PixelRect, Region};
use crate::base::{ModelRef, Point};
use crate::case::StoredMask;

/// Bytes of steps that can be undone, for each mask.
const HISTORY_BYTES: usize = 64 << 20;
/// Changes remembered for textures; after more, a texture is made anew.
const MAX_CHANGES: usize = 64;

/// Counts versions over all masks, so that no two masks have the same.
static LAST_VERSION: AtomicU64 = AtomicU64::new(0);

/// A version that no mask had yet.
pub(in crate::session) fn next_version() -> u64 {
    LAST_VERSION.fetch_add(1, Ordering::Relaxed) + 1
}

/// Where a mask that was propagated from another frame comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskCopy {
    /// The frame whose mask was copied.
    pub from_frame: usize,
    /// A person has looked at it and found it right.
    pub is_accepted: bool,
    /// The mask's version when it was copied. While the mask has it, nobody has changed the copy.
    version: u64,
}

/// Version and label of a mask as last saved, to a file or to the case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SavedState {
    version: u64,
    label: MaskLabel,
    copy: Option<MaskCopy>,
}

/// What there is to see of a mask drawn by hand.
#[derive(Debug, Clone)]
pub struct DrawnMaskFacts {
    /// On the stored pixel grid.
    pub mask: Arc<Mask>,
    /// Another one after every change; no two masks have the same.
    pub version: u64,
    /// The newest changes: version before, version after, where.
    pub changes: Vec<(u64, u64, PixelRect)>,
    /// Pixels set; while a stroke is being drawn, those before it.
    pub n_set: u64,
    /// What a person says of it.
    pub label: MaskLabel,
    /// The threshold at which the model's map was taken as a start.
    pub started_from_map_at: Option<f32>,
    /// How often each tool was used.
    pub tools: BTreeMap<String, u32>,
    /// Set when it was propagated from another frame.
    pub copy: Option<MaskCopy>,
    /// It was on the screen while masks were edited, since it was copied.
    pub is_seen: bool,
    /// Steps that can be undone.
    pub n_undo: usize,
    /// Steps that can be redone.
    pub n_redo: usize,
    /// The file it was saved to or loaded from.
    pub saved_to: Option<PathBuf>,
    /// Hash of the file it was begun on, if that was known.
    pub media_sha256: Option<String>,
}

/// A mask drawn by hand. Its facts are read as fields; only the methods here change them.
#[derive(Debug, Clone)]
pub struct DrawnMask {
    facts: DrawnMaskFacts,
    /// The model whose map was the start, when that was not in this session.
    started_from: Option<ModelRef>,
    /// The stroke being drawn.
    stroke: Option<Stroke>,
    saved: SavedState,
    history: History,
    /// Another reader's mask was shown as this version.
    shown_author: Option<(String, u64)>,
}

impl Deref for DrawnMask {
    type Target = DrawnMaskFacts;

    fn deref(&self) -> &DrawnMaskFacts {
        &self.facts
    }
}

impl DrawnMask {
    /// An empty mask that needs no saving.
    pub(in crate::session) fn new([w, h]: [u32; 2], media_sha256: Option<String>) -> Self {
        let version = next_version();
        let facts = DrawnMaskFacts {
            mask: Arc::new(Mask::new(w, h)),
            version,
            changes: Vec::new(),
            n_set: 0,
            label: MaskLabel::default(),
            started_from_map_at: None,
            tools: BTreeMap::new(),
            copy: None,
            is_seen: false,
            n_undo: 0,
            n_redo: 0,
            saved_to: None,
            media_sha256,
        };
        Self {
            facts,
            started_from: None,
            stroke: None,
            saved: SavedState { version, label: MaskLabel::default(), copy: None },
            history: History::new(HISTORY_BYTES),
            shown_author: None,
        }
    }

    /// Columns and rows.
    pub(in crate::session) fn size(&self) -> [u32; 2] {
        [self.mask.width_px(), self.mask.height_px()]
    }

    /// Whether something of it is neither in a file nor in the case.
    pub fn is_unsaved(&self) -> bool {
        let is_changed = self.version != self.saved.version
            || self.label != self.saved.label
            || self.copy != self.saved.copy;
        is_changed && !(self.saved_to.is_none() && self.is_nothing())
    }

    /// True when the mask has no pixels and no label. A copy that was emptied counts though it has a
    /// label.
    pub(in crate::session) fn is_nothing(&self) -> bool {
        self.n_set == 0 && (self.label == MaskLabel::default() || self.copy.is_some())
    }

    /// Whether it is a copy that nobody has found right yet.
    pub fn is_unreviewed(&self) -> bool {
        self.n_set > 0 && self.copy.is_some_and(|copy| !copy.is_accepted)
    }

    /// Whether a propagated mask may take its place: it is empty, or a copy that nobody has changed.
    pub(in crate::session) fn may_be_replaced(&self) -> bool {
        let is_untouched = self.copy.is_some_and(|c| !c.is_accepted && c.version == self.version);
        self.is_nothing() || is_untouched
    }

    pub(in crate::session) const fn saved_version(&self) -> u64 {
        self.saved.version
    }

    /// The model whose map was the start, when that was not in this session.
    pub(in crate::session) fn started_from_model(&self) -> Option<&ModelRef> {
        self.started_from.as_ref().filter(|_| self.started_from_map_at.is_some())
    }

    pub(in crate::session) fn set_label(&mut self, label: MaskLabel) {
        self.facts.label = label;
    }

    /// The newest step came from the model's map at this threshold.
    pub(in crate::session) fn set_started_from_map(&mut self, threshold: f32) {
        (self.facts.started_from_map_at, self.started_from) = (Some(threshold), None);
    }

    /// Takes what the file beside a mask says of it: the label, the threshold of the model's map,
    /// the frame it was copied from and whether that copy was accepted.
    pub(in crate::session) fn take_facts(
        &mut self,
        label: MaskLabel,
        started_from_map_at: Option<f32>,
        copy: Option<(usize, bool)>,
    ) {
        let version = self.version;
        self.facts.label = label;
        self.facts.started_from_map_at = started_from_map_at;
        self.facts.copy =
            copy.map(|(from_frame, is_accepted)| MaskCopy { from_frame, is_accepted, version });
    }

    /// A person finds a copy right, or does not.
    pub(in crate::session) fn set_accepted(&mut self, is_right: bool) {
        if let Some(copy) = &mut self.facts.copy {
            copy.is_accepted = is_right;
        }
    }

    /// It is on the screen while masks are edited.
    pub(in crate::session) const fn set_seen(&mut self) {
        self.facts.is_seen = true;
    }

    /// It is in a file, as it was in this version with this label.
    pub(in crate::session) fn set_saved_to(
        &mut self,
        path: PathBuf,
        version: u64,
        label: MaskLabel,
    ) {
        self.facts.saved_to = Some(path);
        self.set_saved(version, label, self.copy);
    }

    /// Marks this much of it as saved.
    pub(in crate::session) fn set_saved(
        &mut self,
        version: u64,
        label: MaskLabel,
        copy: Option<MaskCopy>,
    ) {
        self.saved = SavedState { version, label, copy };
    }

    /// The author, as long as it is shown just as another reader left it in the case.
    pub fn shown_author(&self) -> Option<&str> {
        let (author, version) = self.shown_author.as_ref()?;
        (*version == self.version && self.label == self.saved.label).then_some(author)
    }

    /// Shows a mask of the case in place of what there is. The history goes; `is_own` is false when
    /// another reader drew it.
    pub(in crate::session) fn show_stored(&mut self, stored: StoredMask, is_own: bool) {
        let StoredMask { mask, label, author, tools, model, .. } = stored;
        let version = next_version();
        self.facts.n_set = mask.count();
        self.history = History::new(HISTORY_BYTES);
        (self.facts.n_undo, self.facts.n_redo) = (0, 0);
        self.shown_author = (!is_own).then_some((author, version));
        let facts = &mut self.facts;
        // What another reader did is not one's own work.
        facts.tools = if is_own { tools } else { BTreeMap::new() };
        (facts.mask, facts.label, facts.version) = (Arc::new(mask), label, version);
        (facts.started_from_map_at, self.started_from) = (stored.started_from_map_at, model);
        facts.copy = None;
        facts.changes.clear();
        self.set_saved(version, self.label.clone(), None);
    }

    /// Puts the brush down. `at` is in image space, `pressure` is `0.0..=1.0`.
    pub(in crate::session) fn begin_stroke(
        &mut self,
        brush: Brush,
        change: Change,
        at: Point,
        pressure: f32,
    ) {
        self.stroke = Some(Stroke::new(brush, change, at, pressure));
        self.extend_stroke(&[at]);
    }

    /// Whether the brush is down.
    pub(in crate::session) const fn is_drawn_on(&self) -> bool {
        self.stroke.is_some()
    }

    /// Presses the pen this hard from the next point on; false when no brush is down.
    pub(in crate::session) fn press(&mut self, pressure: f32) -> bool {
        self.stroke.as_mut().map(|stroke| stroke.press(pressure)).is_some()
    }

    /// Moves the brush that is down through these points of image space.
    pub(in crate::session) fn extend_stroke(&mut self, points: &[Point]) {
        let Some(mut stroke) = self.stroke.take() else { return };
        if let Some(patch) = stroke.extend(&self.mask, points) {
            self.paint(patch);
        }
        self.stroke = Some(stroke);
    }

    /// Lifts the brush: what was painted since it was put down becomes one step.
    pub(in crate::session) fn end_stroke(&mut self) {
        let size = self.size();
        if let Some((patch, tool)) = self.stroke.take().and_then(|s| s.into_step(size)) {
            self.push_step(patch, tool);
        }
    }

    /// Applies a patch; [`push_step`](Self::push_step) follows.
    fn paint(&mut self, patch: &Patch) {
        if let Some(bounds) = patch.bounds() {
            patch.apply(Arc::make_mut(&mut self.facts.mask));
            self.set_changed(bounds);
        }
    }

    /// What is painted already becomes one step that can be undone.
    fn push_step(&mut self, patch: Patch, tool: &'static str) {
        self.history.push(patch);
        *self.facts.tools.entry(tool.to_owned()).or_default() += 1;
        self.count();
    }

    /// Applies a patch as one step; an empty patch does nothing.
    pub(in crate::session) fn apply_step(&mut self, patch: Patch, tool: &'static str) {
        if patch.n_pixels() > 0 {
            self.paint(&patch);
            self.push_step(patch, tool);
        }
    }

    /// Adds a region or takes it away, as one step.
    pub(in crate::session) fn apply_region(
        &mut self,
        region: &Region,
        change: Change,
        tool: &'static str,
    ) {
        self.apply_step(Patch::new(&self.mask, region, change), tool);
    }

    /// Makes it equal to another mask of its size, as one step.
    pub(in crate::session) fn replace_with(&mut self, other: &Mask, tool: &'static str) {
        self.apply_step(Patch::between(&self.mask, other), tool);
    }

    /// Takes back the newest step.
    pub(in crate::session) fn undo(&mut self) {
        let bounds = self.history.undo(Arc::make_mut(&mut self.facts.mask));
        self.finish_change(bounds);
    }

    /// Does the step undone last again.
    pub(in crate::session) fn redo(&mut self) {
        let bounds = self.history.redo(Arc::make_mut(&mut self.facts.mask));
        self.finish_change(bounds);
    }

    /// The mask before the newest step; `None` when there is no step, or one was undone.
    pub(in crate::session) fn before_newest_step(&self) -> Option<Mask> {
        self.history.before_newest(&self.mask)
    }

    /// The newest step is done otherwise: `patch` goes in its place.
    pub(in crate::session) fn replace_newest_step(&mut self, patch: Patch) {
        let bounds = self.history.replace_newest(Arc::make_mut(&mut self.facts.mask), patch);
        self.finish_change(bounds);
    }

    /// Takes a mask propagated from another frame in place of what there is, as one step. `n_set` is
    /// the number of its pixels: many copies come at once, and counting them takes a while.
    pub(in crate::session) fn take_copy(
        &mut self,
        (mask, n_set): (Arc<Mask>, u64),
        patch: Patch,
        from_frame: usize,
        label: MaskLabel,
    ) {
        let version = next_version();
        let facts = &mut self.facts;
        (facts.mask, facts.version) = (mask, version);
        facts.changes.clear();
        facts.label = label;
        facts.started_from_map_at = None;
        facts.is_seen = false;
        facts.copy = Some(MaskCopy { from_frame, is_accepted: false, version });
        *facts.tools.entry("follow".to_owned()).or_default() += 1;
        self.history.push(patch);
        (facts.n_undo, facts.n_redo) = (self.history.n_done(), self.history.n_undone());
        facts.n_set = n_set;
    }

    fn finish_change(&mut self, bounds: Option<PixelRect>) {
        if let Some(bounds) = bounds {
            self.set_changed(bounds);
        }
        self.count();
    }

    fn count(&mut self) {
        let facts = &mut self.facts;
        (facts.n_undo, facts.n_redo) = (self.history.n_done(), self.history.n_undone());
        facts.n_set = facts.mask.count();
    }

    fn set_changed(&mut self, bounds: PixelRect) {
        let facts = &mut self.facts;
        if facts.changes.len() >= MAX_CHANGES {
            facts.changes.drain(..MAX_CHANGES / 2);
        }
        let version = next_version();
        facts.changes.push((facts.version, version, bounds));
        facts.version = version;
    }
}
