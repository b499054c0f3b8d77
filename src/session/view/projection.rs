//! All there is to see of a session.

use std::path::{Path, PathBuf};

use super::values::{JobView, ModelFacts, ViewMode};
use crate::session::case::view::CaseView;
use crate::session::document::id::DocumentId;
use crate::session::document::open::Document;
use crate::session::examine::error::ForeignModel;
use crate::session::masks::command::MaskQuestion;
use crate::session::masks::marks::ModelMarks;
use crate::session::notices::Notice;
use crate::session::preferences::settings::Settings;
use crate::session::recovery::keeper::RecoveryOffer;
use crate::session::reports::order::ReportMaking;
use crate::session::reports::values::Report;
use crate::session::training::values::TrainingRun;
use crate::signal::OverlayStyle;

/// Masks as they are edited.
#[derive(Debug, Clone, Copy, Default)]
pub struct MasksView<'a> {
    /// Masks are being edited.
    pub is_editing: bool,
    /// What takes a moment, for people.
    pub doing: Option<&'static str>,
    /// What the model marks in the picture shown, while masks are edited.
    pub marked: Option<&'a ModelMarks>,
    /// What must be decided.
    pub question: Option<&'a MaskQuestion>,
}

/// All there is to see: borrowed from the session, for as long as nothing changes.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// Open files, oldest first.
    pub documents: &'a [Document],
    /// The one shown.
    pub active: Option<DocumentId>,
    /// What is laid over it.
    pub mode: ViewMode,
    /// Preferences.
    pub settings: &'a Settings,
    /// Files opened last, newest first.
    pub recent: &'a [PathBuf],
    /// Folder of genuine material that pictures are compared with.
    pub reference: Option<&'a Path>,
    /// Folder of genuine files that what files say is compared with; `None` is that of pictures.
    pub metadata_reference: Option<&'a Path>,
    /// The work going on.
    pub job: Option<JobView>,
    /// The detector; `None` until the first file was examined.
    pub model: Option<&'a ModelFacts>,
    /// A model that did not come with the program, until a person has decided about it.
    pub foreign: Option<&'a ForeignModel>,
    /// Sentences not yet dismissed.
    pub notices: &'a [Notice],
    /// Masks as they are edited.
    pub masks: MasksView<'a>,
    /// The open case.
    pub case: Option<&'a CaseView>,
    /// What a command of the command line printed.
    pub report: Option<&'a Report>,
    /// The report to hand over that was asked for last.
    pub report_making: Option<&'a ReportMaking>,
    /// Masks that the last run left behind, until a person has decided about them.
    pub recovery: Option<&'a RecoveryOffer>,
    /// Whether unsaved masks can be kept for the next start.
    pub can_keep_unsaved: bool,
    /// The retraining, if there is one.
    pub training: Option<&'a TrainingRun>,
    /// A detector is being installed or chosen.
    pub is_detector_changing: bool,
    /// How maps are drawn: the settings, with the model's own threshold unless one was set.
    pub style: OverlayStyle,
}

impl<'a> View<'a> {
    /// Nothing is open.
    #[cfg(test)]
    pub(crate) fn with_settings(settings: &'a Settings) -> Self {
        Self {
            documents: &[],
            active: None,
            mode: ViewMode::default(),
            settings,
            recent: &[],
            reference: None,
            metadata_reference: None,
            job: None,
            model: None,
            foreign: None,
            notices: &[],
            masks: MasksView::default(),
            case: None,
            report: None,
            report_making: None,
            recovery: None,
            can_keep_unsaved: false,
            training: None,
            is_detector_changing: false,
            style: OverlayStyle::default(),
        }
    }

    /// The document shown.
    pub fn document(&self) -> Option<&'a Document> {
        self.active.and_then(|id| self.documents.iter().find(|d| d.id == id))
    }
}
