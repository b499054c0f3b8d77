//! What all parts of the session read and change: documents, notices, preferences, the detector.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::document::documents::Documents;
use super::document::id::DocumentId;
use super::examine::error::ForeignModel;
use super::notices::Notices;
use super::preferences::store::Preferences;
use super::request::Request;
use super::view::values::ModelFacts;
use crate::base::ModelRef;
use crate::bundle::Thresholds;
use crate::signal::OverlayStyle;

/// State that belongs to no single part, and what the parts ask of each other.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) documents: Documents,
    pub(super) notices: Notices,
    pub(super) preferences: Preferences,
    /// The detector in use; `None` until the first file was examined.
    pub(super) detector: Option<Arc<ModelFacts>>,
    /// Folder of genuine material that pictures are compared with.
    pub(super) reference: Option<PathBuf>,
    /// Folder of genuine files that what files say is compared with, where it is another one.
    pub(super) metadata_reference: Option<PathBuf>,
    /// A model that waits for the person's decision.
    pub(super) foreign: Option<ForeignModel>,
    /// Requests to other parts, oldest first. The session carries them out when a part returns.
    requests: VecDeque<Request>,
}

impl Workspace {
    pub(super) fn new(preferences: Preferences) -> Self {
        Self { preferences, ..Self::default() }
    }

    /// Shows a sentence to the person.
    pub(super) fn notify(&mut self, text: impl Into<String>) {
        self.notices.add(text);
    }

    /// Asks another part for something.
    pub(super) fn request(&mut self, request: Request) {
        self.requests.push_back(request);
    }

    /// Takes the oldest request.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Shows a document.
    ///
    /// A document that was to be closed when its masks are saved stays open.
    pub(super) fn show(&mut self, id: DocumentId) {
        if let Some(document) = self.documents.get_mut(id) {
            document.case_item.keep_open();
        }
        if let Some(is_new) = self.documents.show(id) {
            self.request(Request::DocumentShown { document: id, is_new });
        }
    }

    /// Opens files and shows the first of them. New ones are examined.
    pub(super) fn open(&mut self, paths: &[PathBuf]) -> Option<DocumentId> {
        let mut first = None;
        for path in paths {
            let (id, is_new) = self.documents.open(path);
            if is_new {
                self.request(Request::Examine(id));
            }
            first = first.or(Some(id));
        }
        if let Some(id) = first {
            self.show(id);
        }
        first
    }

    /// Drops masks that do not fit a file any more, with a notice when one was not saved.
    pub(super) fn drop_misfit_masks(&mut self, id: DocumentId, is_other_clip: bool) {
        let Some(document) = self.documents.get_mut(id) else { return };
        if document.drop_misfit_masks(is_other_clip) {
            let name = document.name();
            self.notify(format!("{name} has changed: unsaved masks of it no longer fit."));
        }
    }

    /// Thresholds of the detector in use.
    pub(super) fn thresholds(&self) -> Option<Thresholds> {
        self.detector.as_ref().and_then(|model| model.card.thresholds)
    }

    /// The detector in use, by name and file.
    pub(super) fn model_ref(&self) -> Option<ModelRef> {
        let card = &self.detector.as_ref()?.card;
        Some(ModelRef { name: card.name.clone(), sha256: card.file.sha256.clone() })
    }

    /// How maps are drawn: the settings, with the detector's own threshold unless one was set.
    pub(super) fn overlay_style(&self) -> OverlayStyle {
        let settings = self.preferences.settings();
        let from_card =
            self.thresholds().map_or_else(|| OverlayStyle::default().threshold, |t| t.map);
        OverlayStyle {
            colormap: settings.colormap,
            opacity: settings.opacity,
            threshold: settings.threshold.unwrap_or(from_card),
            mode: settings.overlay_mode,
        }
    }
}
