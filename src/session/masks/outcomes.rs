//! What comes back of jobs of the mask worker.

use super::command::MaskQuestion;
use super::editor::MaskEditor;
use super::file::NotSaved;
use super::job::{Copied, Finished, Outcome};
use crate::base::text::file_name;
use crate::session::document::id::DrawnMaskKey;
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
        // Nothing but this job changed the mask meanwhile, unless its document was closed or
        // reloaded.
        if ws.documents.mask(key).is_none_or(|mask| mask.version != version) {
            return;
        }
        match outcome {
            Outcome::Changed { patch, tool, threshold } => {
                self.take_step(ws, key, patch, tool, replaces);
                if let Some((mask, threshold)) = ws.documents.mask_mut(key).zip(threshold) {
                    mask.set_started_from_map(threshold);
                }
            }
            Outcome::Loaded { patch, path, sidecar, remarks } => {
                let Some(mask) = ws.documents.mask_mut(key) else { return };
                mask.apply_step(patch, "load");
                if let Some(sidecar) = sidecar {
                    let copy =
                        sidecar.copy.as_ref().map(|copy| (copy.from_frame, copy.is_reviewed));
                    mask.take_facts(sidecar.label(), sidecar.started_from_map_at, copy);
                }
                if remarks.is_empty() {
                    mask.set_saved_to(path, mask.version, mask.label.clone());
                }
                for remark in remarks {
                    ws.notify(remark);
                }
            }
            Outcome::Saved(path, label) => {
                if let Some(mask) = ws.documents.mask_mut(key) {
                    mask.set_saved_to(path, version, label);
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

fn take_copies(ws: &mut Workspace, key: DrawnMaskKey, copies: Vec<Copied>, ended: &str) {
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
