//! The application window: keys, dropped files, dialogs, and the work of one frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::actions::Action;
use super::canvas::CanvasState;
use super::case_state::{CaseUiState, FormKind};
use super::file_picker::browser::Browser;
use super::file_picker::folder_question::{FolderAnswer, FolderQuestion};
use super::file_picker::prompt::FilePrompt;
use super::file_picker::system_dialog::{Dialog, DialogOutcome};
use super::file_picker::{prompt, system_dialog};
use super::manual::Manual;
use super::panels::{BookmarkForm, MetadataUiState, QuitChoice, ReportUiState, TimelineState};
use super::requests::WindowRequest;
use super::widgets::textures::Textures;
use super::widgets::{code_points, floating, word_order};
use super::{actions, canvas, panels, result, theme};
use crate::bundle::Library;
use crate::gpu::AdapterFacts;
use crate::session::{
    CaseCommand, Command, Document, Examiner, ReportKind, Session, SessionOptions, Theme, View,
};

/// Options to start the application in an existing window.
pub struct AppOptions {
    /// Files to open at once.
    pub files: Vec<PathBuf>,
    /// Folder of the preferences; `None` saves none.
    pub config_folder: Option<PathBuf>,
    /// Folder of unsaved masks for the case that the program is ended; `None` keeps none.
    pub recovery_folder: Option<PathBuf>,
    /// Folder of the user's own detectors; `None` saves none.
    pub library: Option<Library>,
    /// Whether to look for the system's file dialog; without it the browser in the window serves.
    pub uses_system_dialog: bool,
    /// The program that retrains; `None` is this one.
    pub trainer: Option<PathBuf>,
    /// The folder of bundles that the person named; `None` are the usual ones.
    pub models: Option<PathBuf>,
    /// Makes the examiner, on the worker thread.
    pub make_examiner: Box<dyn FnMut() -> Box<dyn Examiner> + Send>,
}

/// The application.
pub struct App {
    pub(super) session: Session,
    pub(super) canvas: CanvasState,
    pub(super) case: CaseUiState,
    pub(super) timeline: TimelineState,
    pub(super) textures: Textures,
    pub(super) is_software: bool,
    pub(super) are_shortcuts_open: bool,
    pub(super) manual: Manual,
    pub(super) metadata: MetadataUiState,
    pub(super) report: ReportUiState,
    pub(super) bookmark: BookmarkForm,
    pub(super) browser: Option<(FilePrompt, Browser)>,
    uses_system_dialog: bool,
    dialog: Option<(FilePrompt, Dialog)>,
    theme: Option<Theme>,
    title: String,
    /// A folder was opened: as files, or as a case?
    pub(super) folder_question: Option<FolderQuestion>,
    /// Where results were saved last.
    output_folder: Option<PathBuf>,
    /// The folder of bundles that the person named.
    pub(super) models: Option<PathBuf>,
    pub(super) quit_choice: Option<QuitChoice>,
}

impl App {
    /// Builds the canvas, starts the session and opens the files.
    ///
    /// # Errors
    ///
    /// When the window has no wgpu to draw with, or no thread can be started.
    pub fn new(cc: &eframe::CreationContext<'_>, options: AppOptions) -> anyhow::Result<Self> {
        let Some(render_state) = &cc.wgpu_render_state else {
            anyhow::bail!("this window cannot draw: it was opened without wgpu");
        };
        canvas::install(render_state);
        let is_software = AdapterFacts::new(&render_state.adapter.get_info()).software;
        theme::install(&cc.egui_ctx, is_software);
        code_points::install(&cc.egui_ctx);
        cc.egui_ctx.add_plugin(word_order::WordOrder);
        let waker = cc.egui_ctx.clone();
        let session = Session::start(SessionOptions {
            make_examiner: options.make_examiner,
            wake: Arc::new(move || waker.request_repaint()),
            config_folder: options.config_folder,
            recovery_folder: options.recovery_folder,
            library: options.library,
        })?;
        let mut app = Self {
            session,
            canvas: CanvasState::default(),
            case: CaseUiState::new(options.trainer),
            timeline: TimelineState::default(),
            textures: Textures::default(),
            is_software,
            are_shortcuts_open: false,
            manual: Manual::default(),
            metadata: MetadataUiState::default(),
            report: ReportUiState::default(),
            bookmark: BookmarkForm::default(),
            browser: None,
            uses_system_dialog: options.uses_system_dialog,
            dialog: None,
            theme: None,
            title: String::new(),
            folder_question: None,
            output_folder: None,
            models: options.models,
            quit_choice: None,
        };
        if !options.files.is_empty() {
            app.apply(Command::Open(options.files), &cc.egui_ctx);
        }
        Ok(app)
    }

    /// The view of the session.
    pub fn view(&self) -> View<'_> {
        self.session.view()
    }

    /// Asks for files, with the system's dialog where there is one.
    fn pick_files(&mut self, prompt: FilePrompt, ctx: &egui::Context) {
        if self.dialog.is_some() || self.browser.is_some() {
            return;
        }
        let at = self.start_folder(prompt);
        let dialog =
            self.uses_system_dialog.then(|| system_dialog::open(ctx, prompt, at.as_deref()));
        self.dialog = dialog.flatten().map(|dialog| (prompt, dialog));
        if self.dialog.is_none() {
            self.browser = Some((prompt, Browser::new(prompt, at.as_deref(), ctx)));
        }
    }

    /// Start folder of a dialog: the path in its field, else the most recent file.
    fn start_folder(&self, prompt: FilePrompt) -> Option<PathBuf> {
        let typed = match (prompt, &self.case.form) {
            (FilePrompt::SavePicture | FilePrompt::SaveFindings, _) => {
                return Some(self.output_path(prompt));
            }
            (FilePrompt::SaveReport | FilePrompt::SigningKey, _) => {
                let typed = self.report.typed(prompt);
                return (!typed.trim().is_empty()).then(|| PathBuf::from(typed));
            }
            (FilePrompt::SaveMask | FilePrompt::LoadMask, _) => {
                self.canvas.mask.path_form.as_ref().map(|form| &form.text)
            }
            (FilePrompt::TrainingSet, _) => Some(&self.case.training_set),
            (
                FilePrompt::NewCase
                | FilePrompt::OldCase
                | FilePrompt::Export
                | FilePrompt::ImportFile,
                Some(form),
            ) => Some(&form.path),
            _ => None,
        };
        let typed = typed.filter(|text| !text.trim().is_empty()).map(PathBuf::from);
        typed.or_else(|| self.session.view().recent.first().cloned())
    }

    fn take_dialog_outcome(&mut self, ctx: &egui::Context) {
        let Some(outcome) = self.dialog.as_ref().and_then(|(_, dialog)| dialog.take()) else {
            return;
        };
        let Some((prompt, _)) = self.dialog.take() else { return };
        match outcome {
            DialogOutcome::Picked(files) => self.take_picked(prompt, files, ctx),
            DialogOutcome::Cancelled => {}
            DialogOutcome::NoDialog => {
                let at = self.start_folder(prompt);
                self.browser = Some((prompt, Browser::new(prompt, at.as_deref(), ctx)));
            }
        }
    }

    pub(super) fn take_picked(
        &mut self,
        prompt: FilePrompt,
        files: Vec<PathBuf>,
        ctx: &egui::Context,
    ) {
        match prompt {
            FilePrompt::Media | FilePrompt::OpenFolder => self.apply(Command::Open(files), ctx),
            FilePrompt::Reference => {
                self.apply(Command::CompareWith(files.into_iter().next()), ctx);
            }
            FilePrompt::MetadataReference => {
                self.apply(Command::CompareMetadataWith(files.into_iter().next()), ctx);
            }
            FilePrompt::AddFiles | FilePrompt::AddFolder => {
                self.apply(Command::Case(CaseCommand::Add(files)), ctx);
            }
            FilePrompt::SavePicture | FilePrompt::SaveFindings => {
                if let Some(path) = files.into_iter().next() {
                    self.save_result(prompt, path, ctx);
                }
            }
            FilePrompt::Engine => {
                let (program, kind) = (self.case.trainer.clone(), Some(ReportKind::Engine));
                let file = files.into_iter().next();
                self.apply(Command::ShowReport { kind, program, models: None, file }, ctx);
            }
            FilePrompt::SaveMask | FilePrompt::LoadMask => {
                let form = self.canvas.mask.path_form.as_mut();
                if let Some((form, path)) = form.zip(files.first()) {
                    form.text = path.display().to_string();
                }
            }
            FilePrompt::SaveReport | FilePrompt::SigningKey => {
                if let Some(path) = files.first() {
                    self.report.take_path(prompt, path);
                }
            }
            _ => {
                if let Some(path) = files.first() {
                    self.case.take_path(prompt, path);
                }
            }
        }
    }

    /// Saves what is shown, or the table of the case, under a path that a person chose.
    fn save_result(&mut self, prompt: FilePrompt, path: PathBuf, ctx: &egui::Context) {
        self.output_folder = path.parent().map(Path::to_owned);
        if prompt == FilePrompt::SaveFindings {
            return self.session.apply(Command::Case(CaseCommand::SaveFindings(path)));
        }
        let view = self.session.view();
        let width_px = view.document().and_then(|d| d.picture.as_ref()).map(|p| p.full_px[0]);
        let Some((text, width_px)) = result::caption(&view).zip(width_px) else { return };
        let caption = Arc::new(result::caption_pixels(ctx, &text, width_px));
        self.session.apply(Command::SavePicture { path, caption });
    }

    /// The proposed path of a result: where the last one was saved, never beside the evidence.
    fn output_path(&self, prompt: FilePrompt) -> PathBuf {
        let view = self.session.view();
        let name = match (prompt, view.case, view.document()) {
            (FilePrompt::SaveFindings, Some(case), _) => {
                format!("{}-findings.csv", case.name().trim_end_matches(".pentimento"))
            }
            (_, _, Some(document)) => result::picture_name(document),
            _ => String::new(),
        };
        super::case_state::unused(&self.output_home().join(name))
    }

    /// Where the last result was saved, else the person's documents.
    fn output_home(&self) -> PathBuf {
        let folder = self.output_folder.clone().filter(|folder| folder.is_dir());
        let folder = folder.or_else(|| {
            let folders = directories::UserDirs::new()?;
            let documents = folders.document_dir().filter(|folder| folder.is_dir());
            Some(documents.unwrap_or_else(|| folders.home_dir()).to_owned())
        });
        folder.unwrap_or_default()
    }

    /// Adds the folder that a new case was begun with, once the case is open.
    fn add_first_folder(&mut self) {
        let path = self.session.view().case.filter(|case| case.is_writable()).map(|c| &c.path);
        let folder = path.cloned().and_then(|path| self.case.take_first_folder(&path));
        if let Some(folder) = folder {
            self.session.apply(Command::Case(CaseCommand::Add(vec![folder])));
        }
    }

    /// Applies the answer to the question about a folder.
    pub(super) fn answer_folder(&mut self, answer: FolderAnswer, ctx: &egui::Context) {
        match answer {
            FolderAnswer::Undecided => return,
            FolderAnswer::Cancelled => {}
            FolderAnswer::Files(files) => self.apply(Command::Open(files), ctx),
            FolderAnswer::Case(folder) => {
                self.case.open_form(FormKind::New, None, &self.session.view());
                self.case.begin_with(folder);
            }
        }
        self.folder_question = None;
    }

    /// Applies a command. Opening a case first asks for the name of the reader, opening a folder
    /// what to do with it.
    pub(super) fn apply(&mut self, command: Command, ctx: &egui::Context) {
        let Command::Open(files) = command else { return self.session.apply(command) };
        let (folders, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| f.is_dir());
        if let Some(folder) = folders.first() {
            self.folder_question = Some(FolderQuestion::new(folder, ctx));
        }
        let (cases, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| prompt::is_case(f));
        if let Some(case) = cases.first() {
            self.case.open_form(FormKind::Open, Some(case), &self.session.view());
        }
        if !files.is_empty() {
            self.session.apply(Command::Open(files));
        }
    }

    fn serve(&mut self, request: WindowRequest, ctx: &egui::Context) {
        match request {
            WindowRequest::OpenFiles => self.pick_files(FilePrompt::Media, ctx),
            WindowRequest::OpenFolder => self.pick_files(FilePrompt::OpenFolder, ctx),
            WindowRequest::ChooseReference => self.pick_files(FilePrompt::Reference, ctx),
            WindowRequest::SavePicture => {
                if self.session.view().document().is_some_and(|d| d.picture.is_some()) {
                    self.pick_files(FilePrompt::SavePicture, ctx);
                }
            }
            WindowRequest::CopyResult => self.copy_result(ctx),
            WindowRequest::ShowBeside(id) => self.canvas.beside = Some(id),
            WindowRequest::PickFiles(prompt) => self.pick_files(prompt, ctx),
            WindowRequest::ToggleManual => self.manual.toggle(),
            WindowRequest::ToggleMetadata => self.metadata.toggle(),
            WindowRequest::ShowShortcuts => self.are_shortcuts_open = !self.are_shortcuts_open,
            WindowRequest::ToggleTheme => {
                let is_dark = ctx.global_style().visuals.dark_mode;
                let theme = if is_dark { Theme::Light } else { Theme::Dark };
                self.session.apply(Command::SetTheme(theme));
            }
            WindowRequest::ShowForm(kind) => self.case.open_form(kind, None, &self.session.view()),
            WindowRequest::ToggleTraining => {
                let refusal = self.case.retrain_refusal();
                match refusal.filter(|_| !self.case.is_training_open) {
                    Some(why) => self.session.apply(Command::Notify(why.to_owned())),
                    None => self.case.is_training_open = !self.case.is_training_open,
                }
            }
            WindowRequest::ShowReport(kind) => {
                let (program, models) = (self.case.trainer.clone(), self.models.clone());
                let kind = Some(kind);
                self.session.apply(Command::ShowReport { kind, program, models, file: None });
            }
            WindowRequest::ToggleReport => {
                let home = self.output_home();
                self.report.toggle(&self.session.view(), &home);
            }
            WindowRequest::ToggleFindings => self.case.findings.toggle(),
            WindowRequest::CompareReaders => {
                self.case.are_readers_open = true;
                self.session.apply(Command::Case(CaseCommand::CompareReaders));
            }
        }
    }

    /// Copies the result on what is shown as text.
    fn copy_result(&mut self, ctx: &egui::Context) {
        let text = result::result_text(&self.session.view());
        let notice = match text {
            Some(text) => {
                ctx.copy_text(text);
                "The result was copied as text."
            }
            None => "There is no result to copy yet.",
        };
        self.session.apply(Command::Notify(notice.to_owned()));
    }

    pub(super) fn n_unsaved_masks(&self) -> usize {
        self.session.view().documents.iter().map(Document::n_unsaved_masks).sum()
    }

    /// Keeps the size of the window for the next start, unless it fills the screen.
    fn keep_window_size(&mut self, ctx: &egui::Context) {
        let (rect, fills) = ctx.input(|i| {
            let viewport = i.viewport();
            let fills = viewport.maximized == Some(true) || viewport.fullscreen == Some(true);
            (viewport.inner_rect, fills)
        });
        let Some(size) = rect.map(|rect| rect.size()).filter(|_| !fills) else { return };
        let size = [size.x.round(), size.y.round()];
        if self.session.view().settings.window_size != Some(size) {
            self.session.apply(Command::KeepWindowSize(size));
        }
    }

    /// Asks before the window closes over unsaved masks.
    fn hold_closing(&mut self, ctx: &egui::Context) {
        let is_closing = ctx.input(|i| i.viewport().close_requested());
        let is_decided = matches!(self.quit_choice, Some(QuitChoice::Quit | QuitChoice::Keep));
        if is_closing && !is_decided && self.n_unsaved_masks() > 0 {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.quit_choice = Some(QuitChoice::Undecided);
        }
    }

    /// Quits once all masks are saved; stays when one could not be.
    fn quit_when_saved(&mut self, ctx: &egui::Context) {
        if self.quit_choice != Some(QuitChoice::Save) || self.session.view().masks.doing.is_some() {
            return;
        }
        if self.n_unsaved_masks() == 0 {
            self.quit_choice = Some(QuitChoice::Quit);
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        } else {
            self.quit_choice = None;
        }
    }

    /// Opens dropped files, or adds them to the open case.
    fn take_drops(&self, ctx: &egui::Context, out: &mut Vec<Command>) {
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        let paths: Vec<PathBuf> = dropped
            .iter()
            .map(|file| file.path().to_owned())
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        let (cases, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|f| prompt::is_case(f));
        if !cases.is_empty() {
            out.push(Command::Open(cases));
        }
        if !files.is_empty() {
            let is_open = self.session.view().case.is_some();
            out.push(if is_open {
                Command::Case(CaseCommand::Add(files))
            } else {
                Command::Open(files)
            });
        }
    }

    fn show_title(&mut self, ctx: &egui::Context) {
        let name = self.session.view().document().map(|d| format!("{} - ", d.name()));
        let mark = if self.n_unsaved_masks() > 0 { "* " } else { "" };
        let case = self.session.view().case.map(|case| format!("{} - ", case.name()));
        let title =
            format!("{mark}{}{}Pentimento", name.unwrap_or_default(), case.unwrap_or_default());
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_dialog_outcome(ctx);
        if self.session.poll() {
            ctx.request_repaint();
        }
        self.add_first_folder();
        let theme = self.session.view().settings.theme;
        if self.theme != Some(theme) {
            theme::apply(ctx, theme);
            self.theme = Some(theme);
        }
        self.show_title(ctx);
        self.keep_window_size(ctx);
        self.quit_when_saved(ctx);
        self.hold_closing(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut out = Vec::new();
        let mut requests = Vec::new();
        self.textures.begin_frame();
        let view = &self.session.view();
        self.canvas.follow_active(view.active);
        self.canvas.cameras.retain(|id| view.documents.iter().any(|d| d.id == id));
        let is_covered = self.are_shortcuts_open
            || self.browser.is_some()
            || self.case.form.is_some()
            || self.folder_question.is_some()
            || self.canvas.mask.path_form.is_some()
            || view.masks.question.is_some()
            || view.recovery.is_some()
            || view.foreign.is_some()
            || self.quit_choice == Some(QuitChoice::Undecided);
        floating::begin_frame(&ctx, is_covered);
        if !is_covered {
            self.metadata.take_keys(&ctx);
        }
        // While a region or a mask is drawn, Space held moves the picture.
        let is_drawing = self.canvas.drawing.is_some() || view.masks.is_editing;
        let space_is_free = !is_drawing && !is_covered;
        let is_ours = |id| id == canvas::canvas_id() || id == panels::timeline_id();
        if space_is_free && view.document().is_some_and(|d| d.video.is_some()) {
            out.extend(actions::plays(&ctx, is_ours).then_some(Command::PlayPause));
        }
        for action in actions::pressed(&ctx) {
            if !is_covered || action == Action::ToggleShortcuts {
                self.act(action, &mut requests, &mut out);
            }
        }
        self.take_drops(&ctx, &mut out);
        self.panels_ui(ui, &mut requests, &mut out);
        self.layers_ui(&ctx, &mut requests, &mut out);
        floating::end_frame(&ctx);
        if !out.is_empty() || !requests.is_empty() {
            // The effect of a command shows in the next frame.
            ctx.request_repaint();
        }
        for command in out {
            self.apply(command, &ctx);
        }
        for request in requests {
            self.serve(request, &ctx);
        }
    }
}
