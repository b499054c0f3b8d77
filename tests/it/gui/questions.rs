//! What the window asks before it goes on: unsaved masks at the end, models of others; and reports.

use std::path::PathBuf;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use pentimento::gui::AppOptions;
use pentimento::session::{Document, DocumentState};

use crate::gui::case::pictures;
use crate::gui::window::{Window, options};

impl Window {
    /// Asks the window to close, as its frame does.
    fn close(&mut self) {
        let input = self.harness.input_mut();
        let viewport = input.viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        self.harness.step();
        let input = self.harness.input_mut();
        let viewport = input.viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.clear();
    }

    /// Whether the window has just closed, or refused to.
    fn has_sent(&self, wanted: &egui::ViewportCommand) -> bool {
        let output = &self.harness.output().viewport_output;
        output.values().any(|viewport| viewport.commands.contains(wanted))
    }
}

#[test]
fn save_and_quit_saves_every_mask_and_closes_the_window() {
    let folder = pictures(&["1.png"]);
    let path = folder.path().join("in/1.png");
    let Some(mut window) = Window::editing(&[path.to_str().expect("a name")]) else { return };
    window.close();
    assert!(!window.has_sent(&egui::ViewportCommand::CancelClose), "nothing is unsaved");
    window.drag((30.0, 200.0), (130.0, 200.0));
    window.close();
    assert!(window.has_sent(&egui::ViewportCommand::CancelClose), "it waits for an answer");
    window.harness.run_ok();
    assert!(window.says("Quit with unsaved masks?") && window.says("One mask is not saved."));
    window.click_once(Role::Button, "Save and quit");
    let mut has_closed = false;
    for _ in 0..2000 {
        window.harness.step();
        has_closed |= window.has_sent(&egui::ViewportCommand::Close);
        if has_closed {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(has_closed, "it closes when the mask is saved: {:?}", window.view().notices);
    assert_eq!(window.view().document().map(Document::n_unsaved_masks), Some(0));
    let masks = std::fs::read_dir(folder.path().join("in")).expect("it").flatten();
    let names: Vec<String> =
        masks.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().any(|name| name != "1.png" && name.contains(".png")), "{names:?}");
}

#[test]
fn a_model_of_somebody_else_is_asked_for_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_folder = |files: &[&str]| {
        let config_folder = Some(folder.path().join("config"));
        Window::start_options(AppOptions { config_folder, ..options(files) })
    };
    let Some(mut window) = with_folder(&["foreign-1.png", "foreign-2.png"]) else { return };
    window.until("asked", |view| view.foreign.is_some() && view.job.is_none());
    assert!(window.says("Use a model that did not come with this program?"));
    assert!(window.says("The model theirs") && window.says("a friend"), "named");
    window.press(Key::Escape);
    assert!(window.view().foreign.is_none(), "nothing is used without an answer");
    let is_refused = |state: &DocumentState| matches!(state, DocumentState::Failed(_));
    assert!(window.view().documents.iter().all(|d| is_refused(&d.state)), "nor examined");
    assert!(window.says("is not used"), "and the person hears so");
    let again = window.harness.get_all_by_role_and_label(Role::Button, "Re-examine").next();
    again.expect("above the picture").click();
    window.harness.run_ok();
    window.until("asked again", |view| view.foreign.is_some() && view.job.is_none());
    window.click(Role::Button, "Use this model");
    window.until("examined", |view| {
        let is_done = |state: &DocumentState| *state == DocumentState::Done;
        view.job.is_none() && view.documents.iter().all(|d| is_done(&d.state))
    });
    drop(window);
    let Some(mut window) = with_folder(&["foreign-3.png"]) else { return };
    window.until("examined", |view| view.document().is_some_and(|d| d.verdict.is_some()));
    assert!(window.view().foreign.is_none(), "asked for once");
}

#[cfg(unix)]
#[test]
fn a_report_shows_what_the_command_line_says_of_the_models_of_this_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("fake");
    let text = "#!/bin/sh\necho \"it was asked: $*\"\nprintf 'a \\033[31mred line\\n'\n";
    std::fs::write(&program, text).expect("a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("a program");
    let models = Some(PathBuf::from("/their/models"));
    let start = AppOptions { trainer: Some(program), models, ..options(&[]) };
    let Some(mut window) = Window::start_options(start) else { return };
    window.menu("Help", "Detectors");
    window.until("read", |view| view.report.is_some_and(|report| report.lines.is_some()));
    let asked = "it was asked: models list --models /their/models";
    assert!(window.says(asked), "{:?}", window.view().report);
    assert!(window.says("a \\u001b[31mred line"), "what is hidden is shown");
    window.click_once(Role::Button, "Copy all");
    assert!(window.copied().is_some_and(|text| text.starts_with(asked)), "copied");
}
