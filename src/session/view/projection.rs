//! What a front end sees: plain values, rebuilt by the session, never changed by a front end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{
    Affine, EngineInfo, FaceFinding, Frame, Heatmap, MediaReport, Progress, Rect, RgbImage, Verdict,
};
use crate::bundle::Card;
use crate::case::ItemId;
use crate::session::{
    CaseView, MaskDeskView, MaskView, Robustness, Settings, TrainingView, VideoView,
};
use crate::signal::{OverlayStyle, Pyramid};

/// Names a document for as long as the session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u64);

/// What is laid over the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewMode {
    /// Nothing.
    Picture,
    /// Where traces are.
    #[default]
    HeatMap,
    /// The autoencoder's copy of each face.
    Reconstruction,
    /// What the copy lacks.
    Residual,
}

impl ViewMode {
    /// All of them, in the order of menus and of the keys 1 to 4.
    pub const ALL: [Self; 4] = [Self::Picture, Self::HeatMap, Self::Reconstruction, Self::Residual];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Picture => "Picture",
            Self::HeatMap => "Heat map",
            Self::Reconstruction => "Reconstruction",
            Self::Residual => "Residual",
        }
    }
}

/// How far a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// In the queue.
    Waiting,
    /// On the worker.
    Working,
    /// Examined, or found not to be examinable: see [`Document::verdict`].
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
    /// moves: then the frame is a smaller copy.
    pub full_px: [u32; 2],
}

impl Picture {
    /// The pixels are all there: it is no smaller copy.
    pub fn is_exact(&self) -> bool {
        let image = &self.frame.upright;
        [image.width_px, image.height_px] == self.full_px
    }
}

/// The autoencoder's view of a face, placed in the picture.
#[derive(Debug, Clone)]
pub struct FacePatch {
    /// What the network saw.
    pub input: Arc<RgbImage>,
    /// What it made of it.
    pub output: Arc<RgbImage>,
    /// Colored residual.
    pub residual: Arc<RgbImage>,
    /// Takes the patch's pixels to upright positions.
    pub upright_from_patch: Affine,
}

/// One face or region of a document.
#[derive(Debug, Clone)]
pub struct FaceItem {
    /// What was found.
    pub finding: FaceFinding,
    /// The box as a person sees it.
    pub upright_box: Rect,
    /// The heat map with the map that takes upright positions to its cells.
    pub map: Option<(Arc<Heatmap>, Affine)>,
    /// The autoencoder's view.
    pub patch: Option<FacePatch>,
    /// A small upright picture of the face.
    pub thumbnail: Arc<RgbImage>,
    /// What was tried on it.
    pub robustness: Robustness,
    /// Number of the face in a video; `None` for stills and drawn regions.
    pub track: Option<u32>,
}

/// An open file.
#[derive(Debug, Clone)]
pub struct Document {
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
    /// What was said of the file; drawn regions are not in it.
    pub report: Option<Arc<MediaReport>>,
    /// Faces of the report, then drawn regions.
    pub faces: Vec<FaceItem>,
    /// The face pointed out.
    pub selected_face: Option<usize>,
    /// Of the most suspicious face or region.
    pub verdict: Option<Verdict>,
    /// Of the most suspicious face or region.
    pub score: Option<f32>,
    /// Why nothing was examined.
    pub reason: Option<String>,
    /// What there is beside the picture when the file is a video: then `picture` and `faces` are
    /// those of one frame.
    pub video: Option<VideoView>,
    /// Masks drawn by hand, by frame; of a still by 0.
    pub masks: BTreeMap<usize, MaskView>,
    /// What it is in the open case.
    pub item: Option<ItemId>,
}

impl Document {
    /// The file's name for people.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |n| n.to_string_lossy().into_owned())
    }
}

/// The work going on.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The document it is about.
    pub document: DocumentId,
    /// Name of the file.
    pub name: String,
    /// How far it is.
    pub progress: Option<Progress>,
    /// A stop was asked for and will come at the next safe point.
    pub stopping: bool,
    /// Documents waiting behind it.
    pub n_waiting: usize,
    /// It follows the hand and is over at once: nothing to wait for.
    pub is_live: bool,
}

/// The detector in use.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    /// Its card.
    pub card: Card,
    /// What runs it.
    pub engine: EngineInfo,
}

/// A sentence for people that belongs to no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its name in [`Command::Dismiss`](crate::session::Command::Dismiss).
    pub id: u64,
    /// The sentence.
    pub text: String,
}

/// All there is to see.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Open files, oldest first.
    pub documents: Vec<Document>,
    /// The one shown.
    pub active: Option<DocumentId>,
    /// What is laid over it.
    pub mode: ViewMode,
    /// Preferences.
    pub settings: Settings,
    /// Newest first.
    pub recent: Vec<PathBuf>,
    /// The work going on.
    pub job: Option<JobView>,
    /// The detector; `None` until the first file was examined.
    pub model: Option<Arc<ModelFacts>>,
    /// Sentences not yet dismissed.
    pub notices: Vec<Notice>,
    /// The annotator's desk.
    pub masks: MaskDeskView,
    /// The open case.
    pub case: Option<CaseView>,
    /// The retraining, if there is one.
    pub training: Option<TrainingView>,
    /// A detector is being installed or chosen; which one is in use then is said.
    pub is_detector_changing: bool,
}

impl View {
    /// The document shown.
    pub fn document(&self) -> Option<&Document> {
        self.active.and_then(|id| self.documents.iter().find(|d| d.id == id))
    }

    /// The style of maps: the settings, with the model's own threshold unless one was set.
    pub fn style(&self) -> OverlayStyle {
        let from_card = self
            .model
            .as_ref()
            .and_then(|model| model.card.thresholds)
            .map_or_else(|| OverlayStyle::default().threshold, |t| t.map);
        OverlayStyle {
            colormap: self.settings.colormap,
            opacity: self.settings.opacity,
            threshold: self.settings.threshold.unwrap_or(from_card),
            mode: self.settings.overlay_mode,
        }
    }
}
