//! The application window: keys, drops, dialogs, and what a frame brings.
//!
//! * **In**: egui's input, the session's view. **Out**: commands, applied once a frame.
//! * **Not here**: opening the window (`run`), what is where in it (`layout`).

use std::path::PathBuf;
use std::sync::Arc;

use super::actions::{self, Action};
use super::ask::{self, Ask};
use super::browser::Browser;
use super::canvas::{self, CanvasState};
use super::case_window::{CaseWindow, CaseWish, FormKind};
use super::dialog::{self, Answer, Dialog};
use super::manual::Manual;
use super::panels::{self, Farewell, TimelineState, Wishes};
use super::textures::Textures;
use super::{bridge, theme};
use crate::bundle::Library;
use crate::gpu::AdapterFacts;
use crate::session::{
    CaseCommand, Command, Document, Examiner, Session, SessionOptions, Theme, View,
};

/// How to start the application in a window that is there.
pub struct AppOptions {
    /// Files to open at once.
    pub files: Vec<PathBuf>,
    /// Where preferences are kept; `None` keeps none.
    pub config_folder: Option<PathBuf>,
    /// Where a person's own detectors are kept; `None` keeps none.
    pub library: Option<Library>,
    /// Whether to look for the system's file dialog; without it the browser in the window serves.
    pub uses_system_dialog: bool,
    /// The program that retrains; `None` is this one.
    pub trainer: Option<PathBuf>,
    /// Makes the examiner, on the worker thread.
    pub make_examiner: Box<dyn FnMut() -> Box<dyn Examiner> + Send>,
}

/// The application.
pub struct App {
    pub(super) session: Session,
    pub(super) canvas: CanvasState,
    pub(super) case: CaseWindow,
    pub(super) timeline: TimelineState,
    pub(super) textures: Textures,
    pub(super) is_software: bool,
    pub(super) is_sheet_open: bool,
    pub(super) manual: Manual,
    pub(super) browser: Option<(Ask, Browser)>,
    uses_system_dialog: bool,
    dialog: Option<(Ask, Dialog)>,
    theme: Option<Theme>,
    title: String,
    pub(super) farewell: Option<Farewell>,
}

impl App {
    /// Builds the canvas, starts the session and opens the files.
    ///
    /// # Errors
    ///
    /// When the window has no wgpu to draw with, or the system gives no thread.
    pub fn new(cc: &eframe::CreationContext<'_>, options: AppOptions) -> anyhow::Result<Self> {
        let Some(render_state) = &cc.wgpu_render_state else {
            anyhow::bail!("this window cannot draw: it was opened without wgpu");
        };
        bridge::install(render_state);
        let is_software = AdapterFacts::new(&render_state.adapter.get_info()).software;
        theme::install(&cc.egui_ctx, is_software);
        let waker = cc.egui_ctx.clone();
        let session = Session::start(SessionOptions {
            make_examiner: options.make_examiner,
            wake: Arc::new(move || waker.request_repaint()),
            config_folder: options.config_folder,
            library: options.library,
        })?;
        let mut app = Self {
            session,
            canvas: CanvasState::default(),
            case: CaseWindow::new(options.trainer),
            timeline: TimelineState::default(),
            textures: Textures::default(),
            is_software,
            is_sheet_open: false,
            manual: Manual::default(),
            browser: None,
            uses_system_dialog: options.uses_system_dialog,
            dialog: None,
            theme: None,
            title: String::new(),
            farewell: None,
        };
        if !options.files.is_empty() {
            app.do_it(Command::Open(options.files));
        }
        Ok(app)
    }

    /// What the session shows.
    pub const fn view(&self) -> &View {
        self.session.view()
    }

    /// Asks for files, with the system's dialog where there is one.
    fn ask(&mut self, ask: Ask, ctx: &egui::Context) {
        if self.dialog.is_some() || self.browser.is_some() {
            return;
        }
        let at = self.start_of(ask);
        let dialog = self.uses_system_dialog.then(|| dialog::open(ctx, ask, at.as_deref()));
        self.dialog = dialog.flatten().map(|dialog| (ask, dialog));
        if self.dialog.is_none() {
            self.browser = Some((ask, Browser::new(ask, at.as_deref(), ctx)));
        }
    }

    /// Where a dialog begins: at what stands in its field, else at the last file.
    fn start_of(&self, ask: Ask) -> Option<PathBuf> {
        let typed = match (ask, &self.case.form) {
            (Ask::TrainingSet, _) => Some(&self.case.training_set),
            (Ask::NewCase | Ask::OldCase | Ask::Export | Ask::ImportFile, Some(form)) => {
                Some(&form.path)
            }
            _ => None,
        };
        let typed = typed.filter(|text| !text.trim().is_empty()).map(PathBuf::from);
        typed.or_else(|| self.session.view().recent.first().cloned())
    }

    fn take_dialog_answer(&mut self, ctx: &egui::Context) {
        let Some(answer) = self.dialog.as_ref().and_then(|(_, dialog)| dialog.take()) else {
            return;
        };
        let Some((ask, _)) = self.dialog.take() else { return };
        match answer {
            Answer::Picked(files) => self.take_picked(ask, files),
            Answer::Cancelled => {}
            Answer::NoDialog => {
                let at = self.start_of(ask);
                self.browser = Some((ask, Browser::new(ask, at.as_deref(), ctx)));
            }
        }
    }

    pub(super) fn take_picked(&mut self, ask: Ask, files: Vec<PathBuf>) {
        match ask {
            Ask::Media => self.do_it(Command::Open(files)),
            Ask::AddFiles | Ask::AddFolder => self.do_it(Command::Case(CaseCommand::Add(files))),
            _ => {
                if let Some(path) = files.first() {
                    self.case.take_path(ask, path);
                }
            }
        }
    }

    /// Does what a panel asks for. A case among the files to be opened is asked about first: who
    /// works on it.
    fn do_it(&mut self, command: Command) {
        let Command::Open(files) = command else { return self.session.apply(command) };
        let (cases, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| ask::is_case(f));
        if let Some(case) = cases.first() {
            self.case.ask(FormKind::Open, Some(case), self.session.view());
        }
        if !files.is_empty() {
            self.session.apply(Command::Open(files));
        }
    }

    fn grant(&mut self, wish: CaseWish, ctx: &egui::Context) {
        match wish {
            CaseWish::Form(kind) => self.case.ask(kind, None, self.session.view()),
            CaseWish::Ask(ask) => self.ask(ask, ctx),
            CaseWish::Training => self.case.is_training_open = !self.case.is_training_open,
            CaseWish::CompareReaders => {
                self.case.are_readers_open = true;
                self.session.apply(Command::Case(CaseCommand::CompareReaders));
            }
        }
    }

    pub(super) fn n_unsaved_masks(&self) -> usize {
        self.session.view().documents.iter().map(Document::n_unsaved_masks).sum()
    }

    /// The window is not closed over masks that are not saved without a word.
    fn hold_closing(&mut self, ctx: &egui::Context) {
        let is_closing = ctx.input(|i| i.viewport().close_requested());
        if is_closing && self.farewell != Some(Farewell::Leave) && self.n_unsaved_masks() > 0 {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.farewell = Some(Farewell::Asked);
        }
    }

    /// What was dropped is opened, or added where a case is open.
    fn take_drops(&self, ctx: &egui::Context, out: &mut Vec<Command>) {
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        let paths: Vec<PathBuf> = dropped
            .iter()
            .map(|file| file.path().to_owned())
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        let (cases, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|f| ask::is_case(f));
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
        let case = self.session.view().case.as_ref().map(|case| format!("{} - ", case.name()));
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
        self.take_dialog_answer(ctx);
        if self.session.poll() {
            ctx.request_repaint();
        }
        let theme = self.session.view().settings.theme;
        if self.theme != Some(theme) {
            theme::apply(ctx, theme);
            self.theme = Some(theme);
        }
        self.show_title(ctx);
        self.hold_closing(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut out = Vec::new();
        let mut wishes = Wishes::default();
        self.textures.begin_frame();
        let view = self.session.view();
        self.canvas.cameras.retain(|id| view.documents.iter().any(|d| d.id == id));
        let is_covered = self.is_sheet_open
            || self.browser.is_some()
            || self.case.form.is_some()
            || self.canvas.mask.path_form.is_some()
            || view.masks.question.is_some()
            || self.farewell == Some(Farewell::Asked);
        if !is_covered {
            self.manual.close_on_escape(&ctx);
        }
        // While a region or a mask is drawn, Space held moves the picture.
        let is_drawing = self.canvas.drawing.is_some() || view.masks.is_editing;
        let space_is_free = !is_drawing && !is_covered;
        let is_ours = |id| id == canvas::canvas_id() || id == panels::timeline_id();
        if space_is_free && view.document().is_some_and(|d| d.video.is_some()) {
            out.extend(actions::plays(&ctx, is_ours).then_some(Command::PlayPause));
        }
        for action in actions::pressed(&ctx) {
            if !is_covered || action == Action::ToggleSheet {
                self.act(action, &mut wishes, &mut out);
            }
        }
        self.take_drops(&ctx, &mut out);
        self.panels_ui(ui, &mut wishes, &mut out);
        self.layers_ui(&ctx, &mut wishes, &mut out);
        if wishes.show_sheet {
            self.is_sheet_open = !self.is_sheet_open;
        }
        if wishes.open_files {
            self.ask(Ask::Media, &ctx);
        }
        if wishes.toggle_theme {
            let is_dark = ui.visuals().dark_mode;
            out.push(Command::SetTheme(if is_dark { Theme::Light } else { Theme::Dark }));
        }
        if !out.is_empty() {
            // What a command changes is seen in the next frame.
            ctx.request_repaint();
        }
        for command in out {
            self.do_it(command);
        }
        for wish in std::mem::take(&mut wishes.case) {
            ctx.request_repaint();
            self.grant(wish, &ctx);
        }
    }
}
