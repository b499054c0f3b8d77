//! A window driven without a display, for tests.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::bundle::Library;
use pentimento::gpu;
use pentimento::gui::{App, AppOptions};
use pentimento::session::View;

use crate::support::fake_examiner::{FakeExaminer, HEIGHT, WIDTH};
use crate::support::skip;

/// Options of a window that keeps nothing on the disk.
pub(crate) fn options(files: &[&str]) -> AppOptions {
    AppOptions {
        files: files.iter().map(PathBuf::from).collect(),
        config_folder: None,
        recovery_folder: None,
        library: None,
        uses_system_dialog: false,
        trainer: None,
        models: None,
        make_examiner: Box::new(|| Box::new(FakeExaminer::default())),
    }
}

/// The window with the fake examiner behind it.
pub(crate) struct Window {
    pub(crate) harness: Harness<'static, App>,
}

impl Window {
    /// A window with these files, all examined; `None` (after `skip`) where nothing can draw.
    pub(crate) fn open(files: &[&str]) -> Option<Self> {
        let mut window = Self::start(files)?;
        window.until("idle", |view| view.job.is_none());
        Some(window)
    }

    /// The same, while they are being examined.
    pub(crate) fn start(files: &[&str]) -> Option<Self> {
        Self::start_with(files, None, None)
    }

    /// The same, with a library of detectors and a program that stands in for the trainer.
    pub(crate) fn start_with(
        files: &[&str],
        library: Option<Library>,
        trainer: Option<PathBuf>,
    ) -> Option<Self> {
        Self::start_options(AppOptions { library, trainer, ..options(files) })
    }

    /// The same, with other options; `None` (after `skip`) where nothing can draw.
    pub(crate) fn start_options(options: AppOptions) -> Option<Self> {
        if gpu::adapters().is_empty() {
            skip("the window: no graphics adapter");
            return None;
        }
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_max_steps(24)
            .with_theme(egui::Theme::Dark)
            .wgpu()
            .build_eframe(|cc| App::new(cc, options).expect("a window"));
        Some(Self { harness })
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.harness.state().view()
    }

    /// Draws frames until the view is as wanted, then until nothing moves.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&View<'_>) -> bool) {
        self.until_seen(what, wanted);
        self.harness.run_ok();
    }

    /// Draws frames until the view is as wanted, no further: for what never rests.
    pub(crate) fn until_seen(&mut self, what: &str, wanted: impl Fn(&View<'_>) -> bool) {
        let start = Instant::now();
        loop {
            self.harness.step();
            if wanted(&self.view()) {
                break;
            }
            let notices = &self.view().notices;
            assert!(start.elapsed() < Duration::from_secs(30), "still waiting: {what} {notices:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_ok();
    }

    pub(crate) fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_ok();
    }

    pub(crate) fn click(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.run_ok();
    }

    /// The same, and draws one frame only: what it sends lies in [`Harness::output`].
    pub(crate) fn click_once(&mut self, role: Role, label: &str) {
        self.harness.get_by_role_and_label(role, label).click();
        self.harness.step();
    }

    /// Clicks an entry of a menu; its name may end in its key.
    pub(crate) fn menu(&mut self, menu: &str, entry: &str) {
        self.click(Role::Button, menu);
        let all = self.harness.get_all_by_role(Role::Button);
        let names: Vec<String> = all.filter_map(|node| node.accesskit_node().label()).collect();
        let name = names.into_iter().find(|name| name.starts_with(entry)).expect("an entry");
        self.click(Role::Button, &name);
    }

    /// The text that was copied in the last frame.
    pub(crate) fn copied(&self) -> Option<String> {
        let commands = &self.harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// The canvas on the screen.
    pub(crate) fn canvas(&self) -> egui::Rect {
        self.harness.get_by_label("Picture canvas").rect()
    }

    /// Whether any text on the screen contains these words.
    pub(crate) fn says(&self, expected: &str) -> bool {
        self.harness.query_all_by_label_contains(expected).next().is_some()
    }

    /// The canvas's colors at picture positions, as long as the picture is shown at 1:1.
    pub(crate) fn pixels<const N: usize>(&mut self, at: [[u32; 2]; N]) -> [[u8; 3]; N] {
        let canvas = self.harness.get_by_label("Picture canvas").rect();
        let image = self.harness.render().expect("the window is drawn");
        let left = canvas.min.x.round() + ((canvas.width().round() - WIDTH as f32) / 2.0).round();
        let top = canvas.min.y.round() + ((canvas.height().round() - HEIGHT as f32) / 2.0).round();
        at.map(|[x, y]| {
            let pixel = image.get_pixel(left as u32 + x, top as u32 + y).0;
            [pixel[0], pixel[1], pixel[2]]
        })
    }
}
