//! Window state about cases that the session does not keep: open forms, the ranking options, which
//! windows are shown.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::file_picker::prompt::{CASE, FilePrompt};
use super::findings_state::FindingsUiState;
use super::search_state::SearchState;
use crate::case::ItemId;
use crate::curate::{QueueStrategy, Quotas};
use crate::dataset::Format;
use crate::session::{self, CaseCommand, CaseView, View};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormKind {
    New,
    Open,
    Export,
    Import,
}

/// A form, while it is open.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) kind: FormKind,
    pub(super) path: String,
    /// The proposed path. It follows the format until a person changes it.
    proposed: String,
    pub(super) author: String,
    pub(super) format: Format,
    pub(super) copies_images: bool,
    /// The first field received the focus.
    pub(super) was_shown: bool,
}

/// Window state about cases.
#[expect(clippy::struct_excessive_bools, reason = "windows that are open, boxes that are checked")]
pub(super) struct CaseUiState {
    pub(super) form: Option<Form>,
    /// The author entered last in this run of the program.
    author: Option<String>,
    /// The chosen strategy; `None` is the one that ranked the case last.
    strategy: Option<QueueStrategy>,
    /// Most items per source; 0 is any number.
    pub(super) per_source: u32,
    pub(super) duplicates_last: bool,
    pub(super) seed: u64,
    /// Shows the open files instead of the queue.
    pub(super) shows_files: bool,
    /// The item that the list scrolled to last.
    pub(super) scrolled_to: Option<ItemId>,
    /// Scroll offset and height of the list, in points.
    pub(super) list: (f32, f32),
    pub(super) is_training_open: bool,
    pub(super) are_readers_open: bool,
    pub(super) training_set: String,
    /// The program that trains; `None` is this one.
    pub(super) trainer: Option<PathBuf>,
    /// The folder that a new case begins with: before the form is answered, and until the case is
    /// open.
    first_folder: Option<(Option<PathBuf>, PathBuf)>,
    /// The table of findings.
    pub(super) findings: FindingsUiState,
    /// The search over what the files say.
    pub(super) search: SearchState,
}

impl CaseUiState {
    pub(super) fn new(trainer: Option<PathBuf>) -> Self {
        Self {
            form: None,
            author: None,
            strategy: None,
            per_source: 0,
            duplicates_last: true,
            seed: 1,
            shows_files: false,
            scrolled_to: None,
            list: (0.0, 0.0),
            is_training_open: false,
            are_readers_open: false,
            training_set: String::new(),
            trainer,
            first_folder: None,
            findings: FindingsUiState::default(),
            search: SearchState::default(),
        }
    }

    /// Shows the queue, with the search over what the files say ready to be typed into.
    pub(super) const fn go_to_search(&mut self) {
        (self.shows_files, self.search.takes_focus) = (false, true);
    }

    /// Why retraining is not offered; `None` where it can work.
    pub(super) const fn retrain_refusal(&self) -> Option<&'static str> {
        if self.trainer.is_some() { None } else { session::retrain_refusal() }
    }

    /// The new case whose form is open begins with this folder.
    pub(super) fn begin_with(&mut self, folder: PathBuf) {
        if let (Some(form), Some(name)) = (&mut self.form, folder.file_name()) {
            let mut file = name.to_os_string();
            file.push(format!(".{CASE}"));
            let path = unused(&Path::new(&form.path).with_file_name(file));
            form.path = path.display().to_string();
            form.proposed.clone_from(&form.path);
        }
        self.first_folder = Some((None, folder));
    }

    /// The folder that the case at this path was begun with, once.
    pub(super) fn take_first_folder(&mut self, case: &Path) -> Option<PathBuf> {
        let is_it = |(of, _): &mut (Option<PathBuf>, PathBuf)| of.as_deref() == Some(case);
        self.first_folder.take_if(is_it).map(|(_, folder)| folder)
    }

    /// The strategy for the next ranking.
    pub(super) fn strategy(&self, case: &CaseView) -> QueueStrategy {
        self.strategy.or(case.strategy).unwrap_or_default()
    }

    pub(super) fn choose(&mut self, strategy: QueueStrategy, case: &CaseView) {
        if strategy != self.strategy(case) {
            self.strategy = Some(strategy);
        }
    }

    /// The command to rank with the chosen options.
    pub(super) fn rank(&self, case: &CaseView) -> CaseCommand {
        let quotas = Quotas {
            per_source: NonZeroU32::new(self.per_source),
            duplicates_last: self.duplicates_last,
        };
        CaseCommand::Rank { strategy: self.strategy(case), quotas, seed: self.seed }
    }

    /// Opens a form with a path, or with a proposed one.
    pub(super) fn open_form(&mut self, kind: FormKind, path: Option<&Path>, view: &View<'_>) {
        let format = Format::Pentimento;
        let proposed = match (path, kind, &view.case) {
            (Some(path), ..) => path.to_owned(),
            (None, FormKind::New, _) => unused(&home(view).join(format!("case.{CASE}"))),
            (None, FormKind::Export, Some(case)) => export_path(case, format),
            (None, FormKind::Open, _) => {
                let is_case = |path: &&PathBuf| super::file_picker::prompt::is_case(path);
                view.recent.iter().find(is_case).cloned().unwrap_or_default()
            }
            _ => PathBuf::new(),
        };
        let path = proposed.display().to_string();
        self.first_folder = None;
        self.form = Some(Form {
            kind,
            proposed: path.clone(),
            path,
            author: self.author.clone().unwrap_or_else(|| session::usual_author(view.settings)),
            format,
            copies_images: true,
            was_shown: false,
        });
    }

    /// Closes the form and returns its command.
    pub(super) fn answer(&mut self) -> Option<CaseCommand> {
        let form = self.form.take()?;
        let mut path = PathBuf::from(form.path.trim());
        let author = form.author.trim().to_owned();
        Some(match form.kind {
            FormKind::New | FormKind::Open => {
                self.author = Some(author.clone());
                self.shows_files = false;
                self.strategy = None;
                if form.kind == FormKind::Open {
                    return Some(CaseCommand::Open { path, author });
                }
                if path.extension().is_none() {
                    path.set_extension(CASE);
                }
                if let Some((of, _)) = &mut self.first_folder {
                    *of = Some(path.clone());
                }
                CaseCommand::New { path, author }
            }
            FormKind::Export => {
                let (format, copies_images) = (form.format, form.copies_images);
                CaseCommand::Export { format, out: path, copies_images }
            }
            FormKind::Import => CaseCommand::Import(path),
        })
    }

    /// Puts a picked path into its field.
    pub(super) fn take_path(&mut self, prompt: FilePrompt, path: &Path) {
        let text = path.display().to_string();
        if prompt == FilePrompt::TrainingSet {
            self.training_set = text;
        } else if let Some(form) = &mut self.form {
            form.path = text;
        }
    }
}

impl Form {
    /// Whether all fields are filled in.
    pub(super) fn is_complete(&self) -> bool {
        let is_signed = !self.has_author() || !self.author.trim().is_empty();
        is_signed && !self.path.trim().is_empty()
    }

    /// Whether the form has a field for the author.
    pub(super) const fn has_author(&self) -> bool {
        matches!(self.kind, FormKind::New | FormKind::Open)
    }

    /// Sets the format; an unchanged path follows it.
    pub(super) fn set_format(&mut self, format: Format, case: &CaseView) {
        if self.path == self.proposed {
            self.path = export_path(case, format).display().to_string();
            self.proposed.clone_from(&self.path);
        }
        self.format = format;
    }
}

/// The proposed export folder, beside the case.
fn export_path(case: &CaseView, format: Format) -> PathBuf {
    let mut name = case.path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!("-{}", format.as_str()));
    unused(&case.path.with_file_name(name))
}

/// The path, with a number added if it is taken.
pub(super) fn unused(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = |n: u32| {
        let mut name = format!("{stem}-{n}");
        if let Some(extension) = path.extension() {
            name.push('.');
            name.push_str(&extension.to_string_lossy());
        }
        path.with_file_name(name)
    };
    let mut all = std::iter::once(path.to_owned()).chain((2..100).map(numbered));
    all.find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// The folder for new cases.
fn home(view: &View<'_>) -> PathBuf {
    let last = view.recent.iter().find(|path| super::file_picker::prompt::is_case(path));
    last.and_then(|path| path.parent())
        .map(Path::to_owned)
        .or_else(|| {
            let folders = directories::UserDirs::new()?;
            let documents = folders.document_dir().filter(|folder| folder.is_dir());
            Some(documents.unwrap_or_else(|| folders.home_dir()).to_owned())
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Settings;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.pentimento");
        assert_eq!(unused(&path), path);
        std::fs::write(&path, "x").unwrap();
        assert_eq!(unused(&path), folder.path().join("case-2.pentimento"));
    }

    #[test]
    fn the_name_of_the_last_run_is_proposed() {
        let mut window = CaseUiState::new(None);
        let settings = Settings { author: Some("Ada".to_owned()), ..Settings::default() };
        let view = View::with_settings(&settings);
        window.open_form(FormKind::New, None, &view);
        assert_eq!(window.form.as_ref().unwrap().author, "Ada");
    }

    #[test]
    fn a_new_case_gets_its_extension_and_the_author_is_remembered() {
        let mut window = CaseUiState::new(None);
        window.open_form(
            FormKind::New,
            Some(Path::new("/tmp/mine")),
            &View::with_settings(&Settings::default()),
        );
        let form = window.form.as_mut().unwrap();
        form.author = " ada ".to_owned();
        assert!(form.is_complete());
        let made = window.answer().unwrap();
        let expected =
            CaseCommand::New { path: "/tmp/mine.pentimento".into(), author: "ada".into() };
        assert_eq!(made, expected);
        window.open_form(
            FormKind::Open,
            Some(Path::new("/tmp/mine.pentimento")),
            &View::with_settings(&Settings::default()),
        );
        assert_eq!(window.form.as_ref().unwrap().author, "ada");
        window.form.as_mut().unwrap().author.clear();
        assert!(!window.form.as_ref().unwrap().is_complete(), "without a name nothing is signed");
    }
}
