//! The review of masks that were propagated through a clip.

use super::editor::MaskEditor;
use crate::annotate::Mask;
use crate::session::document::id::DrawnMaskKey;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// Goes to the next copy that is not reviewed (negative: the previous one), around the ends.
pub(super) fn go_to_unreviewed(ws: &mut Workspace, (id, frame): DrawnMaskKey, direction: i32) {
    let Some(document) = ws.documents.get(id) else { return };
    let has_copies = document.masks.values().any(|mask| mask.copy.is_some());
    let next = {
        let (mut before, mut after) = (document.unreviewed_masks(), document.unreviewed_masks());
        if direction >= 0 {
            after.find(|at| *at > frame).or_else(|| before.next())
        } else {
            before.rev().find(|at| *at < frame).or_else(|| after.next_back())
        }
    };
    match next {
        Some(at) => ws.request(Request::GoToFrame(at)),
        None if has_copies => ws.notify("Every copy is reviewed."),
        None => ws.notify("No frame has a copy that is to be reviewed."),
    }
}

/// Accepts the copy of a frame, or rejects it: then it is emptied. Goes to the next one.
pub(super) fn review(ws: &mut Workspace, key: DrawnMaskKey, is_right: bool) {
    let shown = ws.documents.mask_mut(key).filter(|mask| mask.copy.is_some());
    let Some(mask) = shown else {
        return ws.notify("The mask of this frame is no copy that is to be reviewed.");
    };
    if !is_right {
        let [w, h] = mask.size();
        mask.replace_with(&Mask::new(w, h), "reject");
    }
    // Undoing a rejection brings the copy back as one that is to be reviewed.
    mask.set_accepted(is_right);
    go_to_unreviewed(ws, key, 1);
}

impl MaskEditor {
    /// A frame is on the screen: its copy counts as seen while masks are edited.
    pub(in crate::session) fn see(&self, ws: &mut Workspace, (id, frame): DrawnMaskKey) {
        if self.is_editing
            && let Some(mask) = ws.documents.get_mut(id).and_then(|d| d.known_mask_mut(frame))
        {
            mask.set_seen();
        }
    }

    /// Accepts all copies that were on the screen since they were made.
    pub(super) fn accept_seen(&self, ws: &mut Workspace, key: DrawnMaskKey) {
        self.see(ws, key);
        let Some(document) = ws.documents.get_mut(key.0) else { return };
        let seen = document.masks_mut().filter(|mask| mask.is_seen && mask.is_unreviewed());
        let n = seen.map(|mask| mask.set_accepted(true)).count();
        let n_left = document.unreviewed_masks().count();
        ws.notify(match (n, n_left) {
            (0, 0) => "Every copy is reviewed.".to_owned(),
            (0, _) => "No copy that is not reviewed was on the screen yet.".to_owned(),
            (n, 0) => format!("Accepted: {n}. Every copy is reviewed."),
            (n, left) => format!("Accepted: {n}. Not on the screen yet: {left}."),
        });
    }
}
