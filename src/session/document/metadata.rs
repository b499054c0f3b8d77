//! What the file of a document says about itself. The metadata part calls these.

use super::open::Document;
use crate::session::metadata::values::{FileMetadata, MetadataState, SmallPicture};

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

    /// Takes in a picture of the credential.
    pub(in crate::session) fn take_credential_picture(&mut self, at: usize, picture: SmallPicture) {
        let file = self.file_metadata();
        if let Some(slot) = file.and_then(|file| file.credential_pictures.get_mut(at)) {
            *slot = picture;
        }
    }

    fn file_metadata(&mut self) -> Option<&mut FileMetadata> {
        match &mut self.facts.metadata {
            Some(MetadataState::Read(file)) => Some(file),
            _ => None,
        }
    }
}
