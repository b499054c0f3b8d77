//! Plain values that a view shows and no document owns.

use crate::base::{EngineInfo, Progress};
use crate::bundle::Card;
use crate::session::document::id::DocumentId;

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
    /// Jobs waiting behind it.
    pub n_waiting: usize,
    /// A short job while a person moves a slider: the window shows no progress for it.
    pub is_live: bool,
}

/// The detector in use.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    pub card: Card,
    pub engine: EngineInfo,
}
