//! What a person has entered about a report.

use std::path::{Path, PathBuf};

use crate::gui::file_picker::prompt::FilePrompt;
use crate::report::Paper;
use crate::report::build::Section;
use crate::session::{Password, ReportOrder, ReportSource, View, usual_author};

/// What the report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum About {
    /// The file shown; an item of a case as the case stores it.
    #[default]
    Shown,
    /// All items of the case.
    Case,
}

/// The window and its fields.
#[derive(Debug, Default)]
pub(in crate::gui) struct ReportUiState {
    pub(in crate::gui) is_open: bool,
    pub(super) about: About,
    pub(super) title: String,
    pub(super) question: String,
    pub(super) author: String,
    pub(super) recipient: String,
    pub(super) reference: String,
    pub(super) paper: Paper,
    pub(super) left_out: Vec<Section>,
    pub(super) key: String,
    pub(super) password: String,
    pub(super) folder: String,
    /// What the report says comes into sight as soon as it is there.
    pub(super) scrolls: bool,
    /// The folder that was proposed: it follows what the report is about until a person changes it.
    proposed: String,
}

impl ReportUiState {
    /// Opens the window, or closes it. `home`: where a new folder is proposed.
    pub(in crate::gui) fn toggle(&mut self, view: &View<'_>, home: &Path) {
        self.is_open = !self.is_open;
        if !self.is_open {
            return;
        }
        if self.title.is_empty() {
            "Report on traces of forgery".clone_into(&mut self.title);
        }
        if self.author.is_empty() {
            self.author =
                view.case.map_or_else(|| usual_author(view.settings), |case| case.author.clone());
        }
        if view.case.is_none() {
            self.about = About::Shown;
        }
        self.propose(view, home);
    }

    fn propose(&mut self, view: &View<'_>, home: &Path) {
        if self.folder != self.proposed && !self.folder.is_empty() {
            return;
        }
        let name = match (self.about, view.case, view.document()) {
            (About::Case, Some(case), _) => case.name().trim_end_matches(".pentimento").to_owned(),
            (_, _, Some(document)) => {
                let stem = document.path.file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
            _ => "report".to_owned(),
        };
        let folder = crate::gui::case_state::unused(&home.join(format!("{name}-report")));
        self.proposed = folder.display().to_string();
        self.folder.clone_from(&self.proposed);
    }

    /// Puts a picked path into its field.
    pub(in crate::gui) fn take_path(&mut self, prompt: FilePrompt, path: &Path) {
        let text = path.display().to_string();
        if prompt == FilePrompt::SigningKey {
            self.key = text;
        } else {
            self.folder = text;
        }
    }

    /// Start folder of a dialog.
    pub(in crate::gui) fn typed(&self, prompt: FilePrompt) -> &str {
        if prompt == FilePrompt::SigningKey { &self.key } else { &self.folder }
    }

    /// What the report is about; `None` when nothing is open.
    pub(super) fn source(&self, view: &View<'_>) -> Option<ReportSource> {
        let case = view.case.map(|case| case.path.clone());
        match (self.about, case, view.document()) {
            (About::Case, Some(path), _) => Some(ReportSource::Case { path, item: None }),
            (_, Some(path), Some(document)) if document.item.is_some() => {
                let item = document.item.map(|item| item.0);
                Some(ReportSource::Case { path, item })
            }
            (_, _, Some(document)) => Some(ReportSource::Files(vec![document.path.clone()])),
            (_, _, None) => None,
        }
    }

    /// The order, as it was entered.
    pub(super) fn order(
        &self,
        view: &View<'_>,
        program: Option<&PathBuf>,
        models: Option<&PathBuf>,
    ) -> Option<Box<ReportOrder>> {
        let key = self.key.trim();
        Some(Box::new(ReportOrder {
            source: self.source(view)?,
            title: self.title.clone(),
            question: self.question.clone(),
            author: self.author.clone(),
            recipient: self.recipient.clone(),
            reference: self.reference.clone(),
            paper: self.paper,
            left_out: self.left_out.clone(),
            key: (!key.is_empty()).then(|| PathBuf::from(key)),
            password: Password(self.password.clone()),
            program: program.cloned(),
            models: models.cloned(),
        }))
    }
}
