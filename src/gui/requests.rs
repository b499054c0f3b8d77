//! Requests of panels and keys to the window itself, beside commands to the session.

use super::case_state::FormKind;
use super::file_picker::prompt::FilePrompt;
use crate::session::{DocumentId, ReportKind};

/// A request to the window, served at the end of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowRequest {
    OpenFiles,
    OpenFolder,
    /// Pick a folder of genuine material to compare pictures with.
    ChooseReference,
    /// Copy the result on what is shown as text.
    CopyResult,
    /// Show another file beside the one shown.
    ShowBeside(DocumentId),
    /// Save the picture shown with its overlay, after a path was chosen.
    SavePicture,
    /// Open or close the list of keyboard shortcuts.
    ShowShortcuts,
    /// Open or close the manual.
    ToggleManual,
    /// Open or close the window with what the file says.
    ToggleMetadata,
    ToggleTheme,
    ShowForm(FormKind),
    PickFiles(FilePrompt),
    /// Open or close the training window.
    ToggleTraining,
    CompareReaders,
    /// Show what a command of the command line prints.
    ShowReport(ReportKind),
    /// Open or close the window that makes a report to hand over.
    ToggleReport,
    /// Open or close the table of findings.
    ToggleFindings,
}
