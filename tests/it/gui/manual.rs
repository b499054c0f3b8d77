//! The manual inside the window.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use pentimento::session::ViewMode;

use super::window::Window;

/// A window with the manual open.
fn open() -> Option<Window> {
    let mut window = Window::open(&[])?;
    window.press(Key::F1);
    Some(window)
}

/// Types words into the search field.
fn search(window: &mut Window, text: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, "Search").focus();
    window.harness.run_ok();
    window.harness.get_by_role_and_label(Role::TextInput, "Search").type_text(text);
    window.harness.run_ok();
}

#[test]
fn f1_opens_the_manual_and_f1_or_escape_closes_it() {
    let Some(mut window) = open() else { return };
    assert!(window.says("First steps") && window.says("Words used in this manual"));
    window.press(Key::F1);
    assert!(!window.says("First steps"));
    window.press(Key::F1);
    assert!(window.says("First steps"));
    window.press(Key::Escape);
    assert!(!window.says("First steps"));
}

#[test]
fn the_window_can_be_used_while_the_manual_is_open() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.press(Key::F1);
    window.press(Key::Num1);
    assert_eq!(window.view().mode, ViewMode::Picture);
    window.press(Key::R);
    window.press(Key::Escape);
    assert!(!window.says("First steps"), "Escape closes the manual first");
}

#[test]
fn search_finds_lines_in_all_pages_and_a_click_leads_there() {
    let Some(mut window) = open() else { return };
    search(&mut window, "kappa overlap");
    assert!(window.says("1 hit"), "hits are counted");
    let hit = "Compare readers (F9) shows the overlap of masks and Cohen's kappa, each with its n.";
    assert!(window.says("JSON") && window.says(hit));
    window.click(Role::Link, hit);
    assert!(window.says("Work through the queue"), "the page of cases is shown");
    search(&mut window, " zebra");
    assert!(window.says("No line of the manual holds all these words."));
    window.click(Role::Button, "Back");
    assert!(window.says("Work through the queue"));
}

#[test]
fn a_link_leads_to_its_page_and_heading_and_back() {
    let Some(mut window) = open() else { return };
    window.click(Role::Link, "Verdicts and limits");
    assert!(window.says("The four verdicts"));
    window.click(Role::Link, "model card");
    assert!(window.says("Model card: lae") && window.says("False alarms"));
    window.click(Role::Button, "Back");
    assert!(window.says("The four verdicts"));
    window.click(Role::Button, "Back");
    assert!(window.says("Words used in this manual"));
}

#[test]
fn every_page_is_drawn_and_the_page_of_keys_lists_the_keys() {
    let Some(mut window) = open() else { return };
    let pages = ["The window", "Videos", "Masks", "Cases", "Data sets", "JSON", "Experiments"];
    for page in pages {
        window.click(Role::Button, page);
    }
    // The list is longer than the window here: its last page is reached from the first.
    window.click(Role::Button, "Manual");
    window.click(Role::Link, "Keys");
    assert!(window.says("Next, previous suspicious moment"), "from the key table");
}
