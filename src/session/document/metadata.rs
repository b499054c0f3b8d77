//! What the file of a document says about itself. The metadata part calls these.

use std::sync::Arc;

use super::open::Document;
use crate::base::RgbImage;
use crate::pipeline::described::ThumbnailCheck;
use crate::session::metadata::values::{FileMetadata, MetadataState, ReferenceState, SmallPicture};

impl Document {
    /// The reading began, ended, or is forgotten.
    pub(in crate::session) fn set_metadata(&mut self, state: Option<MetadataState>) {
        self.facts.metadata = state;
    }

    /// Takes in a small picture of the file.
    pub(in crate::session) fn take_embedded_picture(&mut self, at: usize, picture: SmallPicture) {
        if let Some(slot) = self.file_metadata().and_then(|file| file.thumbnails.get_mut(at)) {
            *slot = picture;
        }
    }

    pub(in crate::session) fn take_credential_picture(&mut self, at: usize, picture: SmallPicture) {
        let file = self.file_metadata();
        if let Some(slot) = file.and_then(|file| file.credential_pictures.get_mut(at)) {
            *slot = picture;
        }
    }

    /// Its thumbnails were compared with its picture.
    pub(in crate::session) fn take_thumbnail_checks(
        &mut self,
        checks: Vec<ThumbnailCheck>,
        differences: Vec<Option<Arc<RgbImage>>>,
    ) {
        if let Some(file) = self.file_metadata() {
            file.thumbnail_checks = Some(checks);
            file.thumbnail_differences = differences;
        }
    }

    /// The comparison with known genuine files began, ended, or is forgotten.
    pub(in crate::session) fn set_reference(&mut self, state: Option<ReferenceState>) {
        if let Some(file) = self.file_metadata() {
            file.reference = state;
        }
    }

    fn file_metadata(&mut self) -> Option<&mut FileMetadata> {
        match &mut self.facts.metadata {
            Some(MetadataState::Read(file)) => Some(file),
            _ => None,
        }
    }
}
