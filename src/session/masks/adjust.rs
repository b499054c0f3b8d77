//! The newest step done otherwise: a wand with another tolerance, the model's map at another
//! threshold, while a person turns the wheel and looks.
//!
//! * **In**: steps that come back from the thread of masks. **Out**: the newest step replaced.
//! * **Not here**: the work itself (`mask_worker`).

use std::sync::Arc;

use crate::annotate::Patch;
use crate::session::MaskCommand;
use crate::session::masks::commands::record;
use crate::session::masks::worker::{Job, Key};
use crate::session::router::Session;

/// A step that can be done otherwise, as long as it is the newest.
pub(in crate::session) struct Adjustable {
    pub(in crate::session) key: Key,
    /// Of the mask after it.
    version: u64,
    command: MaskCommand,
}

/// Whether what a command does depends on a tolerance or threshold.
pub(in crate::session) const fn is_adjustable(command: &MaskCommand) -> bool {
    matches!(
        command,
        MaskCommand::WandOnPicture { .. } | MaskCommand::WandOnMap { .. } | MaskCommand::AcceptMap
    )
}

impl Session {
    /// A step that came from the model's map follows the threshold.
    pub(in crate::session) fn follow_threshold(&mut self) {
        if self.view.masks.is_editing && self.masks.adjustable.is_some() {
            self.mask_command(MaskCommand::Again { tolerance: None });
        }
    }

    pub(in crate::session) fn do_again(&mut self, key: Key, tolerance: Option<u8>) {
        let Some(last) = self.masks.adjustable.as_ref().filter(|last| last.key == key) else {
            return;
        };
        let is_of_picture = matches!(last.command, MaskCommand::WandOnPicture { .. });
        if is_of_picture != tolerance.is_some() {
            return;
        }
        let (command, version) = (last.command.clone(), last.version);
        let document = self.document(key.0);
        let own = document.and_then(|d| d.masks.get(&key.1)).filter(|own| own.version == version);
        let history = self.masks.histories.get(&key);
        let before = own.zip(history).and_then(|(own, history)| history.before_newest(&own.mask));
        let Some(before) = before else { return };
        let Some(task) = self.task_of(key, &command, tolerance) else { return };
        let job = Job { key, mask: Arc::new(before), version, replaces: true, task };
        self.start_mask_job(job);
    }

    /// A step of the thread of masks: a new one, or another one in the place of the newest.
    pub(in crate::session) fn take_step(
        &mut self,
        key: Key,
        patch: Patch,
        tool: &'static str,
        replaces: bool,
    ) {
        let sent = self.masks.sent.take();
        if replaces {
            self.replace_step(key, patch);
        } else if patch.n_pixels() > 0 {
            self.commit(key, patch, tool);
            let version = self.mask_mut(key).map(|view| view.version);
            let parts = version.zip(sent);
            self.masks.adjustable =
                parts.map(|(version, command)| Adjustable { key, version, command });
        }
    }

    fn replace_step(&mut self, key: Key, patch: Patch) {
        let Some(mut history) = self.masks.histories.remove(&key) else { return };
        let version = self.masks.next_version();
        if let Some(view) = self.mask_mut(key) {
            if let Some(bounds) = history.replace_newest(Arc::make_mut(&mut view.mask), patch) {
                record(view, version, bounds);
            }
            (view.n_undo, view.n_redo) = (history.n_done(), history.n_undone());
            view.n_set = view.mask.count();
            let version = view.version;
            if let Some(adjustable) = &mut self.masks.adjustable {
                adjustable.version = version;
            }
        }
        self.masks.histories.insert(key, history);
    }
}
