//! The newest step done again with another tolerance or threshold, while a person turns the wheel.

use std::sync::Arc;

use super::command::MaskCommand;
use super::editor::MaskEditor;
use super::job::MaskJob;
use super::pending::AdjustableStep;
use super::tool_task::tool_task;
use crate::annotate::Patch;
use crate::session::document::id::DrawnMaskKey;
use crate::session::document::mask::DrawnMask;
use crate::session::workspace::Workspace;

impl MaskEditor {
    /// The threshold shown has changed: a step that came from the model's map follows it.
    pub(in crate::session) fn follow_threshold(&mut self, ws: &mut Workspace) {
        if self.is_editing && self.adjustable_step.is_some() {
            self.command(ws, MaskCommand::Again { tolerance: None });
        }
    }

    /// Starts the newest step anew, on the mask before it.
    pub(super) fn adjust(&mut self, ws: &mut Workspace, key: DrawnMaskKey, tolerance: Option<u8>) {
        let Some(step) = self.adjustable_step.as_ref().filter(|step| step.key == key) else {
            return;
        };
        let is_on_picture = matches!(step.command, MaskCommand::WandOnPicture { .. });
        if is_on_picture != tolerance.is_some() {
            return;
        }
        let version = step.version;
        let mask = ws.documents.mask(key).filter(|mask| mask.version == version);
        let Some(before) = mask.and_then(DrawnMask::before_newest_step) else { return };
        let Some(task) = tool_task(ws, key, &step.command, tolerance) else { return };
        self.start_job(MaskJob { key, mask: Arc::new(before), version, replaces: true, task });
    }

    /// Takes in a step of the worker: a new one, or another one in the place of the newest.
    pub(super) fn take_step(
        &mut self,
        ws: &mut Workspace,
        key: DrawnMaskKey,
        patch: Patch,
        tool: &'static str,
        replaces: bool,
    ) {
        let command = self.adjustable_command.take();
        let Some(mask) = ws.documents.mask_mut(key) else { return };
        if replaces {
            mask.replace_newest_step(patch);
            if let Some(step) = &mut self.adjustable_step {
                step.version = mask.version;
            }
        } else if patch.n_pixels() > 0 {
            mask.apply_step(patch, tool);
            let version = mask.version;
            self.adjustable_step = command.map(|command| AdjustableStep { key, version, command });
        }
    }
}
