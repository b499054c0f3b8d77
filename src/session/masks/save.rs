//! Saving masks as files, and closing a document when that is done.

use std::sync::Arc;

use std::path::PathBuf;

use super::command::MaskCommand;
use super::editor::MaskEditor;
use super::file::{CopyFacts, MaskFile, MediaFacts, Sidecar};
use super::job::MaskTask;
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl MaskEditor {
    /// Starts saving a mask. `replaces` lets a file give way that is no mask of this picture.
    pub(super) fn save(
        &mut self,
        ws: &mut Workspace,
        key: DrawnMaskKey,
        path: PathBuf,
        replaces: bool,
    ) {
        if let Some(mask_file) = mask_file(ws, key, path, replaces) {
            self.question = None;
            self.start_task(ws, key, MaskTask::Save(Box::new(mask_file)));
        }
    }

    pub(super) fn save_and_close(&mut self, ws: &mut Workspace, id: DocumentId) {
        self.question = None;
        self.closes_when_saved = Some(id);
        self.save_all(ws, id);
        self.close_when_saved(ws);
    }

    /// Saves every mask that is in no file where it belongs.
    pub(super) fn save_all(&mut self, ws: &mut Workspace, id: DocumentId) {
        ws.documents.end_strokes();
        let Some(document) = ws.documents.get(id) else { return };
        let unsaved = document.masks.iter().filter(|(_, mask)| mask.is_unsaved());
        self.waiting.extend(unsaved.map(|(&frame, _)| {
            let path = document.mask_path(frame);
            ((id, frame), MaskCommand::Save { path, replaces: false })
        }));
        self.do_waiting(ws);
    }

    /// Closes the document that waits for its masks to be saved, if they are.
    pub(super) fn close_when_saved(&mut self, ws: &mut Workspace) {
        let Some(id) = self.closes_when_saved else { return };
        let is_saved = ws.documents.get(id).is_none_or(|d| d.n_unsaved_masks() == 0);
        if is_saved && !self.is_busy() && self.waiting.is_empty() {
            self.closes_when_saved = None;
            ws.request(Request::Close(id));
        }
    }
}

/// A mask with all that its files say of it.
fn mask_file(
    ws: &mut Workspace,
    key: DrawnMaskKey,
    path: PathBuf,
    replaces: bool,
) -> Option<MaskFile> {
    let is_png = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
    let mut name = path.into_os_string();
    if !is_png {
        name.push(".png");
    }
    ws.documents.mask_mut(key)?;
    let document = ws.documents.get(key.0)?;
    let mask = document.masks.get(&key.1)?;
    let [width_px, height_px] = document.image_px()?;
    let sha256 = mask.media_sha256.clone().or_else(|| document.media_sha256());
    let media = MediaFacts {
        name: document.file_name(),
        sha256: sha256.unwrap_or_default(),
        width_px,
        height_px,
    };
    let mut sidecar = Sidecar::new(media, &mask.label);
    sidecar.frame = document.frame_ref(key.1);
    sidecar.model = ws.model_ref();
    sidecar.started_from_map_at = mask.started_from_map_at;
    sidecar.tools = mask.tools.clone();
    sidecar.copy = mask
        .copy
        .map(|copy| CopyFacts { from_frame: copy.from_frame, is_reviewed: copy.is_accepted });
    Some(MaskFile {
        path: PathBuf::from(name),
        replaces,
        mask: Arc::clone(&mask.mask),
        sidecar,
        original: document.path.clone(),
        originals: ws.documents.paths(),
    })
}
