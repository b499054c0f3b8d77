//! Requests of panels and keys to the window itself, beside commands to the session.

use super::case_state::FormKind;
use super::file_picker::prompt::FilePrompt;

/// A request to the window, served at the end of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowRequest {
    OpenFiles,
    /// Open or close the list of keyboard shortcuts.
    ShowShortcuts,
    /// Open or close the manual.
    ToggleManual,
    ToggleTheme,
    ShowForm(FormKind),
    PickFiles(FilePrompt),
    /// Open or close the training window.
    ToggleTraining,
    CompareReaders,
}
