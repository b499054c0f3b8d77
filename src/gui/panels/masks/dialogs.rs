//! Dialogs of masks: the path to save or load, and unsaved masks.

use std::path::PathBuf;

use egui::{Context, Key, TextEdit, Ui};

use crate::base::text::{counted, visible_path};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::mask_tools::PathForm;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::floating;
use crate::session::{Command, MaskCommand, MaskQuestion, RecoveryChoice, View};

/// Room for a button beside a path, points.
const BROWSE: f32 = 86.0;
/// Files that the offer of masks left behind names.
const MAX_LISTED: usize = 8;

/// The form for a path, while it is open.
pub(in crate::gui) fn path_form_ui(
    ctx: &Context,
    form: &mut Option<PathForm>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let Some(open) = form else { return };
    let (heading, verb, prompt) = if open.is_load {
        ("Load a mask", "Load", FilePrompt::LoadMask)
    } else {
        ("Save the mask", "Save", FilePrompt::SaveMask)
    };
    let mut is_done = false;
    let mut is_wanted = false;
    let modal = floating::dialog(ctx, "mask path", 560.0, |ui| {
        ui.heading(heading);
        let label = ui.label("PNG file");
        ui.horizontal(|ui| {
            let width = ui.available_width() - BROWSE;
            let edit = TextEdit::singleline(&mut open.text).desired_width(width);
            let response = ui.add(edit).labelled_by(label.id);
            if !std::mem::replace(&mut open.was_shown, true) {
                response.request_focus();
            }
            is_wanted = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            if ui.button("Browse…").clicked() {
                requests.push(WindowRequest::PickFiles(prompt));
            }
        });
        let text = if open.is_load {
            "The mask must have the size of the stored picture. Loading can be undone."
        } else {
            "Facts about the mask are saved beside it, under the same name with .json."
        };
        ui.weak(text);
        ui.horizontal(|ui| {
            is_wanted |= ui.button(verb).clicked();
            is_done = ui.button("Cancel").clicked();
        });
    });
    let path = PathBuf::from(open.text.trim());
    if is_wanted && !path.as_os_str().is_empty() {
        out.push(Command::Mask(if open.is_load {
            MaskCommand::Load(path)
        } else {
            MaskCommand::Save { path, replaces: false }
        }));
        is_done = true;
    }
    if is_done || modal.should_close() {
        *form = None;
    }
}

/// The question of the session, if there is one.
pub(in crate::gui) fn mask_question_ui(ctx: &Context, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(question) = &view.masks.question else { return };
    let mut answer = None;
    let mut offer = |ui: &mut Ui, label: &str, command: MaskCommand| {
        let button = ui.button(label);
        // Enter loses nothing.
        if matches!(command, MaskCommand::SaveAndClose(_) | MaskCommand::DismissQuestion) {
            floating::focus_by_default(&button);
        }
        if button.clicked() {
            answer = Some(command);
        }
    };
    let modal = floating::dialog(ctx, "mask question", 460.0, |ui| match question {
        MaskQuestion::Close(id) => {
            let document = view.documents.iter().find(|d| d.id == *id);
            let name = document.map(crate::session::Document::name).unwrap_or_default();
            let n = document.map_or(0, crate::session::Document::n_unsaved_masks);
            ui.heading("Close without saving?");
            ui.label(match n {
                1 => format!("The mask of {name} is not saved."),
                n => format!("{n} masks of {name} are not saved."),
            });
            let n_open = document.map_or(0, |d| d.unreviewed_masks().count());
            if n_open > 0 {
                ui.label(format!("{n_open} of its masks are unreviewed copies."));
            }
            ui.horizontal(|ui| {
                offer(ui, "Save and close", MaskCommand::SaveAndClose(*id));
                offer(ui, "Close without saving", MaskCommand::CloseAnyway(*id));
                offer(ui, "Keep open", MaskCommand::DismissQuestion);
            });
        }
        MaskQuestion::Replace(path, why) => {
            ui.heading("Replace the file?");
            ui.label(format!("The mask was not saved: {why}."));
            ui.label(visible_path(path));
            ui.horizontal(|ui| {
                let path = path.clone();
                offer(ui, "Replace", MaskCommand::Save { path, replaces: true });
                offer(ui, "Keep the old file", MaskCommand::DismissQuestion);
            });
        }
    });
    if modal.should_close() && answer.is_none() {
        answer = Some(MaskCommand::DismissQuestion);
    }
    out.extend(answer.map(Command::Mask));
}

/// The choice when the program quits with unsaved masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum QuitChoice {
    Undecided,
    Stay,
    /// Save all masks, then quit.
    Save,
    /// Quit, and offer the masks at the next start.
    Keep,
    Quit,
}

pub(in crate::gui) fn quit_question_ui(ctx: &Context, view: &View<'_>) -> QuitChoice {
    let mut answer = QuitChoice::Undecided;
    let unsaved = view.documents.iter().map(crate::session::Document::n_unsaved_masks);
    let n_unsaved: usize = unsaved.sum();
    let modal = floating::dialog(ctx, "unsaved masks", 520.0, |ui| {
        ui.heading("Quit with unsaved masks?");
        ui.label(match n_unsaved {
            1 => "One mask is not saved.".to_owned(),
            n => format!("{n} masks are not saved."),
        });
        ui.weak(
            "\"Save and quit\" writes each as a PNG file beside its picture or video, or where it was \
             saved before.",
        );
        ui.horizontal_wrapped(|ui| {
            let mut offer = |ui: &mut Ui, label: &str, help: &str, choice: QuitChoice| {
                let button = ui.button(label).on_hover_text(help);
                if choice == QuitChoice::Save {
                    floating::focus_by_default(&button);
                }
                if button.clicked() {
                    answer = choice;
                }
            };
            offer(ui, "Save and quit", "Nothing is replaced without a question", QuitChoice::Save);
            if view.can_keep_unsaved {
                let help = "The masks are offered again when the program is started";
                offer(ui, "Keep for next time", help, QuitChoice::Keep);
            }
            offer(ui, "Quit without saving", "The masks are lost", QuitChoice::Quit);
            offer(ui, "Cancel", "Keep the window open", QuitChoice::Stay);
        });
    });
    if modal.should_close() && answer == QuitChoice::Undecided {
        answer = QuitChoice::Stay;
    }
    answer
}

/// The offer to restore masks that the last run left behind.
pub(in crate::gui) fn recovery_ui(ctx: &Context, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(found) = view.recovery else { return };
    let mut choice = None;
    let modal = floating::dialog(ctx, "recovery", 520.0, |ui| {
        ui.heading("Restore unsaved masks?");
        let masks = counted(found.n_masks() as u64, "mask");
        let files = counted(found.files.len() as u64, "file");
        ui.label(format!("The program ended with {masks} of {files} that were not saved."));
        for (path, n) in found.files.iter().take(MAX_LISTED) {
            ui.weak(format!("{}: {n}", visible_path(path)));
        }
        if found.files.len() > MAX_LISTED {
            ui.weak(format!("And {} more.", found.files.len() - MAX_LISTED));
        }
        ui.horizontal(|ui| {
            for (label, help, decided) in [
                ("Restore", "Opens the files and shows the masks", RecoveryChoice::Restore),
                ("Ask me later", "They are kept until then", RecoveryChoice::Later),
                ("Delete them", "This cannot be undone", RecoveryChoice::Discard),
            ] {
                let button = ui.button(label).on_hover_text(help);
                if decided == RecoveryChoice::Restore {
                    floating::focus_by_default(&button);
                }
                if button.clicked() {
                    choice = Some(decided);
                }
            }
        });
    });
    if modal.should_close() && choice.is_none() {
        choice = Some(RecoveryChoice::Later);
    }
    out.extend(choice.map(Command::Recover));
}
