//! A document: one open file with everything that belongs to it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use super::face::FaceItem;
use super::id::DocumentId;
use super::mask::DrawnMask;
use super::video::OpenVideo;
use crate::base::text::{file_name, visible};
use crate::base::{Frame, MediaReport, RgbImage, Verdict};
use crate::case::ItemId;
use crate::files::FileFacts;
use crate::session::case::mask_state::CaseItem;
use crate::session::metadata::values::MetadataState;
use crate::signal::Pyramid;

/// How far a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// In the queue.
    Waiting,
    /// Being examined.
    Working,
    /// Examined, or found not to be examinable: see [`DocumentFacts::verdict`].
    Done,
    /// The engine or a model failed; a sentence for people.
    Failed(String),
    /// Stopped on request.
    Cancelled,
}

/// Decoded pixels ready to be drawn.
#[derive(Debug)]
pub struct Picture {
    /// Stored and upright pixels.
    pub frame: Frame,
    /// The upright picture and its smaller copies.
    pub pyramid: Arc<Pyramid>,
    /// Size of the upright picture that positions refer to. Larger than `frame` while a video
    /// plays: then the frame is a smaller copy.
    pub full_px: [u32; 2],
}

impl Picture {
    /// Whether the pixels are all there: it is no smaller copy.
    pub fn is_exact(&self) -> bool {
        let image = &self.frame.upright;
        [image.width_px, image.height_px] == self.full_px
    }

    /// Bytes of its pixels, those of the smaller copies included.
    fn bytes(&self) -> usize {
        let upright = self.frame.upright.pixels.len();
        let is_turned = !Arc::ptr_eq(&self.frame.image, &self.frame.upright);
        upright + upright / 3 + if is_turned { upright } else { 0 }
    }
}

/// What there is to see of an open file.
#[derive(Debug, Clone)]
pub struct DocumentFacts {
    /// Its name in commands.
    pub id: DocumentId,
    /// The file.
    pub path: PathBuf,
    /// How far it is.
    pub state: DocumentState,
    /// `None` until decoded, and when it was put away to save memory.
    pub picture: Option<Arc<Picture>>,
    /// A small upright copy, for lists.
    pub thumbnail: Option<Arc<RgbImage>>,
    /// The report on the file; regions drawn by hand are not in it.
    pub report: Option<Arc<MediaReport>>,
    /// Faces of the report, then regions drawn by hand.
    pub faces: Vec<FaceItem>,
    pub selected_face: Option<usize>,
    /// That of the most suspicious face or region; `score` is its score.
    pub verdict: Option<Verdict>,
    pub score: Option<f32>,
    /// Why nothing was examined.
    pub reason: Option<String>,
    /// What there is beside the picture when the file is a video: then `picture` and `faces` are
    /// those of one frame.
    pub video: Option<OpenVideo>,
    /// Masks drawn by hand, by frame; of a still by 0.
    pub masks: BTreeMap<usize, DrawnMask>,
    /// Size and dates of the file when it was opened.
    pub file_facts: Option<FileFacts>,
    /// What the file says about itself; `None` until somebody asks.
    pub metadata: Option<MetadataState>,
    /// The item of the open case that it shows.
    pub item: Option<ItemId>,
}

/// An open file. Its facts are read as fields; only methods in this folder change them.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) facts: DocumentFacts,
    /// What the case part keeps of it.
    pub(in crate::session) case_item: CaseItem,
}

impl Deref for Document {
    type Target = DocumentFacts;

    fn deref(&self) -> &DocumentFacts {
        &self.facts
    }
}

impl Document {
    /// A file that waits to be examined.
    pub(in crate::session) fn new(id: DocumentId, path: PathBuf) -> Self {
        let facts = DocumentFacts {
            id,
            path,
            state: DocumentState::Waiting,
            picture: None,
            thumbnail: None,
            report: None,
            faces: Vec::new(),
            selected_face: None,
            verdict: None,
            score: None,
            reason: None,
            video: None,
            masks: BTreeMap::new(),
            file_facts: None,
            metadata: None,
            item: None,
        };
        Self { facts, case_item: CaseItem::default() }
    }

    /// The file's name for people: characters that hide or forge text are visible.
    pub fn name(&self) -> String {
        visible(&self.file_name()).into_owned()
    }

    /// The file's name as it is, for names of other files.
    pub(in crate::session) fn file_name(&self) -> String {
        file_name(&self.path).into_owned()
    }

    /// Whether the masks of its item were loaded. Until then the item cannot be marked as done.
    pub const fn has_case_masks(&self) -> bool {
        self.case_item.has_masks()
    }

    /// The file was opened: its size and dates, where the system says them.
    pub(in crate::session) fn take_file_facts(&mut self, file_facts: Option<FileFacts>) {
        self.facts.file_facts = file_facts;
    }

    /// Bytes of its decoded pixels.
    pub(in crate::session) fn picture_bytes(&self) -> usize {
        self.picture.as_ref().map_or(0, |picture| picture.bytes())
    }

    /// Its pixels are put away to save memory. They are decoded anew when it is shown.
    pub(super) fn put_picture_away(&mut self) {
        self.facts.picture = None;
        if let Some(video) = &mut self.facts.video {
            video.show_no_frame();
        }
    }

    /// The file is a still with these pixels. What was found on a clip before is forgotten.
    pub(in crate::session) fn show_still(
        &mut self,
        picture: Arc<Picture>,
        thumbnail: Arc<RgbImage>,
    ) {
        (self.facts.picture, self.facts.thumbnail) = (Some(picture), Some(thumbnail));
        if self.facts.video.take().is_some() {
            self.forget_findings();
        }
    }

    /// It shows an item of the open case.
    pub(in crate::session) const fn show_item(&mut self, item: ItemId) {
        self.facts.item = Some(item);
    }

    /// The case was left: it shows no item any more.
    pub(in crate::session) fn leave_case(&mut self) {
        self.facts.item = None;
        self.case_item.leave_case();
    }

    /// Hash of the file, as far as it is known.
    pub(in crate::session) fn media_sha256(&self) -> Option<String> {
        match (&self.video, &self.report) {
            (Some(video), _) => Some(video.sha256.clone()),
            (None, Some(report)) => Some(report.sha256.clone()).filter(|hash| !hash.is_empty()),
            (None, None) => None,
        }
    }

    /// Hash of the video if the quick look at it is done.
    pub(in crate::session) fn quick_look_sha256(&self) -> Option<String> {
        let video = self.video.as_ref()?;
        video.has_quick_look.then(|| video.sha256.clone())
    }
}
