//! A file browser inside the window, for systems without a dialog.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use egui::{Key, RichText, ScrollArea, TextEdit};

use super::listing;
use super::listing::{Listing, Pending};
use super::prompt::{CASE, FilePrompt, Selection};
use crate::base::text::{counted, visible};
use crate::gui::widgets::floating;

/// Width of the browser, points.
const WIDTH: f32 = 640.0;
/// Height of the list at most, points.
const MAX_LIST: f32 = 480.0;
/// Height of everything above, below and around the list, points.
const BESIDE_LIST: f32 = 300.0;

/// The browser while it is open.
pub(in crate::gui) struct Browser {
    prompt: FilePrompt,
    /// Name of a file to be created.
    name: String,
    folder: PathBuf,
    typed: String,
    filter: String,
    shows_all_files: bool,
    picked: BTreeSet<PathBuf>,
    pending: Option<Pending>,
    listing: Listing,
}

/// The result of the browser in this frame.
pub(in crate::gui) enum BrowserOutcome {
    Open,
    /// Cancelled.
    Closed,
    Picked(Vec<PathBuf>),
}

impl Browser {
    /// Starts at a path, else in the home folder.
    pub(in crate::gui) fn new(prompt: FilePrompt, at: Option<&Path>, ctx: &egui::Context) -> Self {
        let folder = at
            .and_then(|at| if at.is_dir() { Some(at) } else { at.parent() })
            .filter(|folder| folder.is_absolute())
            .map(Path::to_owned)
            .or_else(|| directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned()))
            .or_else(|| std::env::current_dir().ok())
            .unwrap_or_else(|| PathBuf::from("/"));
        let name = at.filter(|_| prompt.picks() == Selection::NewName).and_then(Path::file_name);
        let mut browser = Self {
            prompt,
            name: name.unwrap_or_default().to_string_lossy().into_owned(),
            folder: PathBuf::new(),
            typed: String::new(),
            filter: String::new(),
            shows_all_files: false,
            picked: BTreeSet::new(),
            pending: None,
            listing: Listing::default(),
        };
        browser.go_to(folder, ctx);
        browser
    }

    fn go_to(&mut self, folder: PathBuf, ctx: &egui::Context) {
        self.typed = folder.display().to_string();
        self.pending = Some(listing::start(folder.clone(), ctx));
        self.folder = folder;
        self.filter.clear();
        self.picked.clear();
        self.listing = Listing::default();
    }

    /// Goes to a typed folder; any other path is picked.
    fn go_to_typed(&mut self, ctx: &egui::Context) -> BrowserOutcome {
        let path = PathBuf::from(self.typed.trim());
        if path.is_dir() {
            self.go_to(path, ctx);
            return BrowserOutcome::Open;
        }
        BrowserOutcome::Picked(vec![path])
    }

    /// Shows the browser above everything else.
    pub(in crate::gui) fn ui(&mut self, ctx: &egui::Context) -> BrowserOutcome {
        if let Some(listing) = self.pending.as_ref().and_then(Pending::take) {
            (self.listing, self.pending) = (listing, None);
        }
        let mut outcome = BrowserOutcome::Open;
        let modal = floating::dialog(ctx, "file browser", WIDTH, |ui| {
            ui.heading(self.prompt.title());
            ui.horizontal(|ui| {
                if ui.button("Up").on_hover_text("Parent folder").clicked()
                    && let Some(parent) = self.folder.parent().map(Path::to_owned)
                {
                    self.go_to(parent, ctx);
                }
                let label = ui.label("Path");
                let edit = TextEdit::singleline(&mut self.typed).desired_width(f32::INFINITY);
                let response = ui.add(edit).labelled_by(label.id);
                let enter = ui.input(|i| i.key_pressed(Key::Enter));
                if response.lost_focus() && enter {
                    outcome = self.go_to_typed(ctx);
                }
            });
            hidden_ui(ui, &self.typed);
            ui.horizontal(|ui| {
                let label = ui.label("Filter");
                let edit = TextEdit::singleline(&mut self.filter).desired_width(220.0);
                ui.add(edit.hint_text("part of a name")).labelled_by(label.id);
                ui.checkbox(&mut self.shows_all_files, "All files");
            });
            ui.separator();
            if let Some(picked) = self.entries_ui(ui, ctx) {
                outcome = picked;
            }
            ui.separator();
            if self.prompt.picks() == Selection::NewName {
                ui.horizontal(|ui| {
                    let label = ui.label("Name");
                    let edit = TextEdit::singleline(&mut self.name).desired_width(f32::INFINITY);
                    ui.add(edit).labelled_by(label.id);
                });
                hidden_ui(ui, &self.name);
            }
            ui.horizontal(|ui| {
                let (label, picked, hint) = self.answer();
                let can = !picked.is_empty();
                if ui.add_enabled(can, egui::Button::new(label)).clicked() {
                    outcome = BrowserOutcome::Picked(picked);
                }
                if ui.button("Cancel").clicked() {
                    outcome = BrowserOutcome::Closed;
                }
                ui.weak(hint);
            });
        });
        if modal.should_close() && matches!(outcome, BrowserOutcome::Open) {
            outcome = BrowserOutcome::Closed;
        }
        outcome
    }

    /// Label of the button, the paths it would pick, and a hint.
    fn answer(&self) -> (String, Vec<PathBuf>, &'static str) {
        let picked: Vec<PathBuf> = self.picked.iter().cloned().collect();
        match self.prompt.picks() {
            Selection::Files | Selection::File => {
                let verb = if self.prompt == FilePrompt::AddFiles { "Add" } else { "Open" };
                let label = match picked.len() {
                    1 => format!("{verb} 1 file"),
                    n => format!("{verb} {n} files"),
                };
                let hint = if self.prompt.picks() == Selection::File {
                    "Double-click to choose a file."
                } else {
                    "Click to select several files, double-click to open one."
                };
                (label, picked, hint)
            }
            Selection::Folder => {
                let label = "Choose this folder".to_owned();
                (label, vec![self.folder.clone()], "Click a folder to open it.")
            }
            Selection::NewName => {
                let mut path = self.folder.join(self.name.trim());
                if self.prompt == FilePrompt::NewCase && path.extension().is_none() {
                    path.set_extension(CASE);
                }
                let picked = if self.name.trim().is_empty() { Vec::new() } else { vec![path] };
                ("Use this name".to_owned(), picked, "It will be created in the folder shown.")
            }
        }
    }

    /// Folders and files that pass the filters; folders first.
    fn rows(&self) -> Vec<(PathBuf, bool)> {
        let filter = self.filter.to_lowercase();
        let passes = |path: &PathBuf| name_of(path).to_lowercase().contains(&filter);
        let folders = self.listing.folders.iter().filter(|p| passes(p)).map(|p| (p.clone(), true));
        let files = self.listing.files.iter().filter(|p| passes(p));
        let files = files.filter(|p| self.shows_all_files || self.prompt.has_known_extension(p));
        folders.chain(files.map(|p| (p.clone(), false))).collect()
    }

    fn entries_ui(&mut self, ui: &mut egui::Ui, ctx: &egui::Context) -> Option<BrowserOutcome> {
        let mut outcome = None;
        let mut next_folder = None;
        let rows = self.rows();
        let n_folders = rows.iter().filter(|(_, is_folder)| *is_folder).count();
        // Always one line, so that nothing moves when the listing arrives.
        let text = match &self.listing.problem {
            Some(problem) => problem.clone(),
            None if self.pending.is_some() => "Reading the folder…".to_owned(),
            None if rows.is_empty() => "Nothing to open here.".to_owned(),
            None => {
                let n_files = rows.len() - n_folders;
                let folders = counted(n_folders as u64, "folder");
                format!("{folders}, {}", counted(n_files as u64, "file"))
            }
        };
        ui.add(egui::Label::new(RichText::new(text).weak()).truncate());
        let row_height = ui.spacing().interact_size.y;
        let height = (ctx.content_rect().height() - BESIDE_LIST).clamp(4.0 * row_height, MAX_LIST);
        let area = ScrollArea::both().max_height(height).min_scrolled_height(height);
        area.auto_shrink([false, false]).show_rows(ui, row_height, rows.len(), |ui, shown| {
            for (path, is_folder) in rows.get(shown).unwrap_or_default() {
                let mut name = visible(&name_of(path)).into_owned();
                if *is_folder {
                    name.push('/');
                }
                // When a folder is picked, its files are listed for orientation only.
                let can = *is_folder || self.prompt.picks() != Selection::Folder;
                let button = egui::Button::selectable(self.picked.contains(path), name);
                let button = button.wrap_mode(egui::TextWrapMode::Extend);
                let response = ui.add_enabled(can, button);
                if *is_folder {
                    if response.clicked() {
                        next_folder = Some(path.clone());
                    }
                } else if response.double_clicked() {
                    outcome = Some(BrowserOutcome::Picked(vec![path.clone()]));
                } else if response.clicked() && !self.picked.remove(path) {
                    match self.prompt.picks() {
                        Selection::Files | Selection::Folder => {}
                        Selection::File => self.picked.clear(),
                        Selection::NewName => self.name = name_of(path),
                    }
                    self.picked.insert(path.clone());
                }
            }
        });
        if let Some(folder) = next_folder {
            self.go_to(folder, ctx);
        }
        outcome
    }
}

/// Shows what a field hides: marks of writing direction and other characters that are not seen.
fn hidden_ui(ui: &mut egui::Ui, text: &str) {
    if let Cow::Owned(shown) = visible(text) {
        ui.add(egui::Label::new(format!("With its hidden characters: {shown}")).wrap());
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
