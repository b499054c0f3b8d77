//! What comes back of jobs of the mask worker.

use std::path::Path;

use super::command::MaskQuestion;
use super::editor::MaskEditor;
use super::file::{NotSaved, Sidecar};
use super::job::{Copied, Finished, Outcome};
use crate::session::document::id::MaskKey;
use crate::session::document::mask::{DrawnMask, MaskCopy};
use crate::session::workspace::Workspace;

impl MaskEditor {
    pub(super) fn finish_job(&mut self, ws: &mut Workspace, finished: Finished) {
        let Finished { key, version, is_mark, replaces, outcome } = finished;
        if is_mark {
            self.marks.is_running = false;
            if let Outcome::Marked { mask, threshold } = outcome {
                self.marks.take_in(key, mask, threshold);
            }
            return;
        }
        self.doing = None;
        // Nothing but this job changed the mask meanwhile, unless its document was closed or reloaded.
        if ws.documents.mask(key).is_none_or(|mask| mask.version != version) {
            return;
        }
        match outcome {
            Outcome::Changed { patch, tool, threshold } => {
                self.take_step(ws, key, patch, tool, replaces);
                if let (Some(mask), Some(_)) = (ws.documents.mask_mut(key), threshold) {
                    (mask.started_from_map_at, mask.started_from) = (threshold, None);
                }
            }
            Outcome::Loaded { patch, path, sidecar, remarks } => {
                let Some(mask) = ws.documents.mask_mut(key) else { return };
                mask.apply_step(patch, "load");
                if let Some(sidecar) = sidecar {
                    take_facts(mask, &sidecar);
                }
                if remarks.is_empty() {
                    mask.saved_to = Some(path);
                    mask.set_saved(mask.version, mask.label.clone(), mask.copy);
                }
                for remark in remarks {
                    ws.notify(remark);
                }
            }
            Outcome::Saved(path, label) => {
                if let Some(mask) = ws.documents.mask_mut(key) {
                    mask.saved_to = Some(path);
                    mask.set_saved(version, label, mask.copy);
                }
            }
            Outcome::NotSaved(path, why) => {
                self.closes_when_saved = None;
                match why {
                    NotSaved::InTheWay(why) => {
                        self.question = Some(MaskQuestion::Replace(path, why));
                    }
                    NotSaved::Refused(why) => {
                        let name = file_name(&path);
                        ws.notify(format!("The mask was not saved as {name}: {why}."));
                    }
                }
            }
            Outcome::Propagated { copies, ended } => take_copies(ws, key, copies, &ended),
            Outcome::Failed(what) => ws.notify(what),
            Outcome::Marked { .. } => {}
        }
    }
}

/// What the file beside a mask says of it.
fn take_facts(mask: &mut DrawnMask, sidecar: &Sidecar) {
    mask.label = sidecar.label();
    mask.started_from_map_at = sidecar.started_from_map_at;
    mask.copy = sidecar.copy.as_ref().map(|copy| MaskCopy {
        from_frame: copy.from_frame,
        is_accepted: copy.is_reviewed,
        version: mask.version,
    });
}

fn take_copies(ws: &mut Workspace, key: MaskKey, copies: Vec<Copied>, ended: &str) {
    let (id, from_frame) = key;
    let Some(label) = ws.documents.mask(key).map(|mask| mask.label.clone()) else { return };
    let n_copies = copies.len();
    for Copied { frame, mask, patch, n_set } in copies {
        let Some(own) = ws.documents.mask_mut((id, frame)) else { continue };
        if own.size() == [mask.width_px(), mask.height_px()] {
            own.take_copy((mask, n_set), patch, from_frame, label.clone());
        }
    }
    ws.notify(match n_copies {
        0 => "The face leaves the picture at once: the mask was not propagated.".to_owned(),
        1 => format!("The mask was propagated to one frame, {ended} Look at it (Ctrl+N)."),
        n => format!(
            "The mask was propagated to {n} frames, {ended} Look at each: Ctrl+N goes to the next, \
             Ctrl+Enter accepts it, Ctrl+Backspace rejects it."
        ),
    });
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
