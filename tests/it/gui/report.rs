//! Reports and bookmarks made in the window. The command that makes them is the program itself.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use pentimento::report::ReportRecord;
use pentimento::session::{BookmarkMark, ReportMaking};

use crate::gui::case::pictures;
use crate::gui::window::{Window, options};
use crate::support::root;

/// A window whose commands are run by the program that was built, with the shipped models.
fn window(files: &[&str]) -> Option<Window> {
    let mut options = options(files);
    options.trainer = Some(env!("CARGO_BIN_EXE_pentimento").into());
    options.models = Some(root().join("models"));
    Window::start_options(options)
}

fn is_made(view: &pentimento::session::View<'_>) -> bool {
    matches!(view.report_making, Some(ReportMaking::Made(_) | ReportMaking::Failed(_)))
}

#[test]
fn a_report_of_a_case_is_previewed_signed_and_saved() {
    let folder = pictures(&["1.png", "45.png"]);
    let at = |name: &str| folder.path().join(name);
    let Some(mut window) = window(&[]) else { return };
    window.new_case(&at("first"), "ada");
    window.add_folder(&at("in"));
    window.click(Role::Button, "Examine");
    window.until_case("examined", |case| case.examined() == [2, 0, 0]);
    window.menu("File", "Report…");
    window.click(Role::RadioButton, "all 2 items of the case");
    window.fill("Question", "Was it changed?");
    window.click(Role::CheckBox, "Log of the case");
    window.click(Role::Button, "Preview");
    window.until("previewed", is_made);
    assert!(window.says("What the report will say"), "{:?}", window.view().report_making);
    assert!(window.says("Only faces were examined"), "limits");
    assert!(window.says("Log of the case: left out by who made the report"), "what is missing");
    assert!(!at("out").exists(), "a preview writes nothing");

    // A key that is none is named, and no report appears.
    std::fs::write(at("bad.key"), "x").expect("a file");
    window.fill_path("Sign with the key (optional)", &at("bad.key"));
    window.fill_path("New folder", &at("out"));
    window.click(Role::Button, "Save the report");
    window.until("refused", is_made);
    assert!(window.says("There is no report") && window.says("secret key cannot be used"));
    assert!(!at("out").exists());
    window.fill("Sign with the key (optional)", " ");
    window.click(Role::Button, "Save the report");
    window.until("saved", is_made);
    assert!(window.says("The report was written"), "{:?}", window.view().report_making);
    let record = ReportRecord::read(&at("out/report.json")).expect("a record");
    assert_eq!((record.items.len(), record.request.author.as_str()), (2, "ada"));
    assert_eq!(record.request.question.as_deref(), Some("Was it changed?"));
    assert!(window.says("This folder is not empty"), "it is not replaced");
}

/// Presses what lies below the part of the panel that is in sight.
fn press(window: &mut Window, role: Role, label: &str) {
    window.harness.get_by_role_and_label(role, label).click_accesskit();
    window.harness.run_ok();
}

#[test]
fn a_bookmark_is_kept_in_the_case_and_of_the_item_shown() {
    let folder = pictures(&["1.png", "45.png"]);
    let Some(mut window) = window(&[]) else { return };
    window.new_case(&folder.path().join("first"), "ada");
    window.add_folder(&folder.path().join("in"));
    window.press(egui::Key::PageDown);
    window.shown("1.png");
    let item = window.view().document().and_then(|d| d.item).expect("an item");
    press(&mut window, Role::DisclosureTriangle, "Bookmarks");
    press(&mut window, Role::RadioButton, "Warning");
    window.harness.get_by_role_and_label(Role::TextInput, "Comment of the bookmark").focus();
    window.harness.run_ok();
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Comment of the bookmark");
    field.type_text("the ear is doubled");
    window.harness.run_ok();
    press(&mut window, Role::Button, "Add bookmark");
    window.until_case("kept", |case| case.bookmarks(item).count() == 1);
    assert!(window.says("Bookmarks (1)") && window.says("the ear is doubled"));
    let kept = window.case().bookmarks(item).next().expect("it").clone();
    assert_eq!((kept.author.as_str(), kept.mark.as_str()), ("ada", BookmarkMark::Warning.word()));
    window.press(egui::Key::PageDown);
    window.shown("45.png");
    assert!(!window.says("the ear is doubled"), "it is of the other item");
}
