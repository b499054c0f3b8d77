//! The application window: panels, canvas, keys, drops, dialogs.
//!
//! * **In**: egui's input, the session's view. **Out**: commands, applied once a frame.
//! * **Not here**: opening the window (`run`).

use std::path::PathBuf;
use std::sync::Arc;

use egui::{CentralPanel, Frame, Margin, Panel};

use super::actions::{self, Action, MaskAction};
use super::browser::{Browser, Outcome};
use super::canvas::{self, CanvasState, Drawing, Request};
use super::dialog::{self, Answer, Dialog};
use super::panels::{self, Farewell, TimelineState, Wishes};
use super::textures::Textures;
use super::{bridge, theme};
use crate::bundle::Library;
use crate::gpu::{AdapterFacts, MaskMode};
use crate::session::{
    Command, Document, Examiner, MaskCommand, Session, SessionOptions, Theme, View,
};
use crate::signal::{Colormap, OverlayMode};

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
    /// Makes the examiner, on the worker thread.
    pub make_examiner: Box<dyn FnMut() -> Box<dyn Examiner> + Send>,
}

/// The application.
pub struct App {
    session: Session,
    canvas: CanvasState,
    timeline: TimelineState,
    textures: Textures,
    is_software: bool,
    is_sheet_open: bool,
    browser: Option<Browser>,
    uses_system_dialog: bool,
    dialog: Option<Dialog>,
    theme: Option<Theme>,
    title: String,
    farewell: Option<Farewell>,
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
        let mut session = Session::start(SessionOptions {
            make_examiner: options.make_examiner,
            wake: Arc::new(move || waker.request_repaint()),
            config_folder: options.config_folder,
            library: options.library,
        })?;
        if !options.files.is_empty() {
            session.apply(Command::Open(options.files));
        }
        Ok(Self {
            session,
            canvas: CanvasState::default(),
            timeline: TimelineState::default(),
            textures: Textures::default(),
            is_software,
            is_sheet_open: false,
            browser: None,
            uses_system_dialog: options.uses_system_dialog,
            dialog: None,
            theme: None,
            title: String::new(),
            farewell: None,
        })
    }

    /// What the session shows.
    pub const fn view(&self) -> &View {
        self.session.view()
    }

    fn open_files(&mut self, ctx: &egui::Context) {
        if self.dialog.is_some() || self.browser.is_some() {
            return;
        }
        self.dialog = if self.uses_system_dialog { dialog::open(ctx) } else { None };
        if self.dialog.is_none() {
            self.open_browser(ctx);
        }
    }

    fn open_browser(&mut self, ctx: &egui::Context) {
        let last_file = self.session.view().recent.first();
        self.browser = Some(Browser::new(last_file.map(PathBuf::as_path), ctx));
    }

    fn take_dialog_answer(&mut self, ctx: &egui::Context) {
        let Some(answer) = self.dialog.as_ref().and_then(Dialog::take) else { return };
        self.dialog = None;
        match answer {
            Answer::Picked(files) => self.session.apply(Command::Open(files)),
            Answer::Cancelled => {}
            Answer::NoDialog => self.open_browser(ctx),
        }
    }

    /// What the keys ask for; some of it concerns the window only.
    fn act(&mut self, action: Action, wishes: &mut Wishes, out: &mut Vec<Command>) {
        let view = self.session.view();
        let style = view.style();
        match action {
            Action::OpenFiles => wishes.open_files = true,
            Action::CloseFile => out.extend(view.active.map(Command::Close)),
            Action::StepFile(steps) => out.push(Command::SelectNext(steps)),
            Action::StepFace(steps) => out.extend(step_face(view, steps)),
            Action::SetMode(mode) => out.push(Command::SetMode(mode)),
            Action::ToggleSplit => {
                self.canvas.split = if self.canvas.split.is_some() { None } else { Some(0.5) };
            }
            Action::MoveSplit(by) => {
                if let Some(at) = &mut self.canvas.split {
                    *at = (*at + by).clamp(0.0, 1.0);
                }
            }
            Action::DrawRegion => {
                let can = view.document().is_some_and(|d| d.picture.is_some());
                let starts = can && self.canvas.drawing.is_none();
                if starts {
                    // A region is drawn in a frame that stays.
                    out.push(Command::Pause);
                }
                self.canvas.drawing = starts.then(Drawing::default);
            }
            Action::Fit => self.canvas.cameras.request(Request::Fit),
            Action::ActualSize => self.canvas.cameras.request(Request::ActualSize),
            Action::ZoomToFace => {
                let face = view.document().and_then(|d| d.faces.get(d.selected_face?));
                if let Some(face) = face {
                    self.canvas.cameras.request(Request::Show(face.upright_box));
                }
            }
            Action::Zoom(by) => self.canvas.cameras.request(Request::ZoomBy(by)),
            Action::Opacity(by) => out.push(Command::SetOpacity(style.opacity + by)),
            Action::Threshold(by) => out.push(Command::SetThreshold(Some(style.threshold + by))),
            Action::StepColormap(steps) => {
                out.push(Command::SetColormap(step(&Colormap::ALL, style.colormap, steps)));
            }
            Action::StepOverlayMode => {
                out.push(Command::SetOverlayMode(step(&OverlayMode::ALL, style.mode, 1)));
            }
            Action::ToggleTheme => wishes.toggle_theme = true,
            Action::Stop => out.push(Command::Cancel),
            Action::PlayPause => out.push(Command::PlayPause),
            Action::StepFrame(frames) => out.push(Command::Step(frames)),
            Action::Skip(seconds) => out.push(Command::Skip(seconds)),
            Action::ToStart => out.push(Command::Seek(0)),
            Action::ToEnd => out.push(Command::Seek(usize::MAX)),
            Action::NextMoment(direction) => out.push(Command::NextMoment(direction)),
            Action::StepSpeed(steps) => {
                let video = view.document().and_then(|d| d.video.as_ref());
                out.extend(video.map(|video| step_speed(video.speed, steps)));
            }
            Action::ToggleLoop => out.push(Command::ToggleLoop),
            Action::ToggleSheet => wishes.show_sheet = true,
            Action::EditMask => {
                let can = view.document().is_some_and(|d| d.picture.is_some());
                let starts = can && !view.masks.is_editing;
                self.canvas.drawing = None;
                out.push(Command::Mask(MaskCommand::Edit(starts)));
            }
            Action::Mask(action) => self.act_on_mask(action, out),
        }
    }

    /// Keys of the annotator; they rest while no mask is worked on.
    fn act_on_mask(&mut self, action: MaskAction, out: &mut Vec<Command>) {
        let view = self.session.view();
        let Some(document) = view.document().filter(|_| view.masks.is_editing) else { return };
        let tools = &mut self.canvas.mask;
        let step = |up: bool| if up { 1 } else { -1 };
        let command = match action {
            MaskAction::Choose(tool) => return tools.choose(tool),
            MaskAction::Resize { larger } => return tools.resize(larger),
            MaskAction::Harden { more } => {
                let hardness = tools.brush.hardness + step(more) as f32 * 0.1;
                tools.brush.hardness = hardness.clamp(0.0, 1.0);
                return;
            }
            MaskAction::Tolerate { more } => {
                tools.tolerate(step(more) * 4);
                tools.again()
            }
            MaskAction::Tint { more } => {
                tools.tint = (tools.tint + step(more) as f32 * 0.1).clamp(0.0, 1.0);
                return;
            }
            MaskAction::ToggleTakeAway => {
                tools.takes_away = !tools.takes_away;
                return;
            }
            MaskAction::StepLayer => {
                tools.layer = match tools.layer {
                    MaskMode::ByHand => MaskMode::ByModel,
                    MaskMode::ByModel => MaskMode::Difference,
                    MaskMode::Difference => MaskMode::ByHand,
                };
                return;
            }
            MaskAction::Save | MaskAction::Load => {
                tools.path_form = panels::path_form(document, action == MaskAction::Load);
                return;
            }
            MaskAction::Undo => MaskCommand::Undo,
            MaskAction::Redo => MaskCommand::Redo,
            MaskAction::AcceptMap => MaskCommand::AcceptMap,
            MaskAction::FacePart(part) => {
                MaskCommand::FacePart { part, change: tools.change(false) }
            }
            MaskAction::FillHoles => MaskCommand::FillHoles,
            MaskAction::RemoveIslands => MaskCommand::RemoveIslands(tools.islands_px),
            MaskAction::Grow => MaskCommand::Grow(tools.grow_px as i32),
            MaskAction::Shrink => MaskCommand::Grow(-(tools.grow_px as i32)),
            MaskAction::Invert => MaskCommand::Invert,
            MaskAction::Clear => MaskCommand::Clear,
            MaskAction::CopyToNextFrame => MaskCommand::CopyToNextFrame,
            MaskAction::Follow => tools.follow(),
            MaskAction::NextUnreviewed(direction) => MaskCommand::NextUnreviewed(direction),
            MaskAction::Accept => MaskCommand::Accept,
            MaskAction::AcceptSeen => MaskCommand::AcceptSeen,
            MaskAction::Reject => MaskCommand::Reject,
        };
        out.push(Command::Mask(command));
    }

    fn n_unsaved_masks(&self) -> usize {
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

    fn take_drops(ctx: &egui::Context, out: &mut Vec<Command>) {
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        let paths: Vec<PathBuf> = dropped
            .iter()
            .map(|file| file.path().to_owned())
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        if !paths.is_empty() {
            out.push(Command::Open(paths));
        }
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui, wishes: &mut Wishes, out: &mut Vec<Command>) {
        let view = self.session.view();
        let margin = |x, y| Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(x, y));
        let (bar, side) = (margin(8, 6), margin(8, 4));
        let canvas = &mut self.canvas;
        Panel::top("toolbar").frame(bar).show(ui, |ui| {
            panels::toolbar_ui(ui, view, canvas, wishes, out);
        });
        let is_masking =
            view.masks.is_editing && view.document().is_some_and(|d| d.picture.is_some());
        if let Some(document) = view.document().filter(|_| is_masking) {
            Panel::top("mask strip").frame(bar).show(ui, |ui| {
                panels::mask_strip_ui(ui, view, document, canvas, out);
            });
        }
        Panel::bottom("status").frame(bar).show(ui, |ui| {
            panels::status_ui(ui, view, canvas, self.is_software, out);
        });
        let textures = &mut self.textures;
        Panel::left("files")
            .frame(side)
            .default_size(270.0)
            .size_range(170.0..=440.0)
            .show(ui, |ui| panels::files_ui(ui, view, textures, out));
        Panel::right("findings").frame(side).default_size(310.0).size_range(240.0..=520.0).show(
            ui,
            |ui| match view.document().filter(|_| is_masking) {
                Some(document) => panels::mask_panel_ui(ui, view, document, canvas, out),
                None => panels::findings_ui(ui, view, textures, out),
            },
        );
        if view.document().is_some_and(|document| document.video.is_some()) {
            let timeline = &mut self.timeline;
            Panel::bottom("video")
                .frame(bar)
                .resizable(true)
                .default_size(176.0)
                .size_range(120.0..=420.0)
                .show(ui, |ui| {
                    panels::video_ui(ui, view, timeline, textures, out);
                });
        }
        CentralPanel::no_frame().show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            panels::notices_ui(ui, view, out);
            let Some(document) = view.document() else {
                panels::welcome_ui(ui, view, wishes, out);
                return;
            };
            let Some(picture) = &document.picture else {
                panels::unreadable_ui(ui, document, out);
                return;
            };
            panels::banner_ui(ui, document, out);
            canvas::canvas_ui(ui, view, document, picture, canvas, out);
        });
    }

    fn layers_ui(&mut self, ctx: &egui::Context, out: &mut Vec<Command>) {
        if self.is_sheet_open {
            self.is_sheet_open = panels::sheet_ui(ctx);
        }
        if let Some(browser) = &mut self.browser {
            match browser.ui(ctx) {
                Outcome::Open => {}
                Outcome::Closed => self.browser = None,
                Outcome::Picked(files) => {
                    self.browser = None;
                    out.push(Command::Open(files));
                }
            }
        }
        panels::path_form_ui(ctx, &mut self.canvas.mask.path_form, out);
        panels::mask_question_ui(ctx, self.session.view(), out);
        if self.farewell == Some(Farewell::Asked) {
            match panels::farewell_ui(ctx, self.n_unsaved_masks()) {
                Farewell::Asked => {}
                Farewell::Stay => self.farewell = None,
                Farewell::Leave => {
                    self.farewell = Some(Farewell::Leave);
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
        panels::drop_hint_ui(ctx);
    }

    fn show_title(&mut self, ctx: &egui::Context) {
        let name = self.session.view().document().map(|d| format!("{} - ", d.name()));
        let mark = if self.n_unsaved_masks() > 0 { "* " } else { "" };
        let title = format!("{mark}{}Pentimento", name.unwrap_or_default());
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
            || self.canvas.mask.path_form.is_some()
            || view.masks.question.is_some()
            || self.farewell == Some(Farewell::Asked);
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
        Self::take_drops(&ctx, &mut out);
        self.panels_ui(ui, &mut wishes, &mut out);
        self.layers_ui(&ctx, &mut out);
        if wishes.show_sheet {
            self.is_sheet_open = !self.is_sheet_open;
        }
        if wishes.open_files {
            self.open_files(&ctx);
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
            self.session.apply(command);
        }
    }
}

/// The face `steps` further, around the ends.
fn step_face(view: &View, steps: i32) -> Option<Command> {
    let document = view.document()?;
    if let Some(video) = &document.video {
        let ids: Vec<u32> = video.tracks.iter().map(|track| track.id).collect();
        let at = video.selected_track.and_then(|id| ids.iter().position(|other| *other == id));
        let from = at.map_or(if steps > 0 { -1 } else { 0 }, |i| i as i64);
        let n = ids.len() as i64;
        return (n > 0).then(|| {
            Command::SelectTrack(Some(ids[(from + i64::from(steps)).rem_euclid(n) as usize]))
        });
    }
    let n = document.faces.len() as i64;
    let from = document.selected_face.map_or(if steps > 0 { -1 } else { 0 }, |i| i as i64);
    (n > 0).then(|| Command::SelectFace(Some((from + i64::from(steps)).rem_euclid(n) as usize)))
}

/// The next faster or slower speed, held at the ends.
fn step_speed(speed: f32, steps: i32) -> Command {
    let at = panels::SPEEDS.iter().position(|s| *s >= speed).unwrap_or(panels::SPEEDS.len() - 1);
    let to = at.saturating_add_signed(steps as isize).min(panels::SPEEDS.len() - 1);
    Command::SetSpeed(panels::SPEEDS[to])
}

/// The choice `steps` further, around the ends.
fn step<T: Copy + PartialEq>(all: &[T], current: T, steps: i32) -> T {
    let n = all.len() as i64;
    let at = all.iter().position(|choice| *choice == current).unwrap_or(0) as i64;
    all[(at + i64::from(steps)).rem_euclid(n.max(1)) as usize]
}
