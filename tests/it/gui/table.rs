//! The table of findings of a case, in the window: sorted, filtered, opened, saved.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::gui::case::pictures;
use crate::gui::window::Window;

impl Window {
    /// The rows of the table that are drawn, from the top.
    fn findings(&self) -> Vec<String> {
        let all = self.harness.query_all_by_label_contains("Finding: ");
        let mut rows: Vec<(f32, String)> = all
            .map(|node| (node.rect().top(), node.accesskit_node().label().unwrap_or_default()))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let name =
            |text: &str| text.trim_start_matches("Finding: ").split(',').next().map(str::to_owned);
        rows.iter().filter_map(|(_, text)| name(text)).collect()
    }
}

impl Window {
    /// Two quick clicks on a place, within one frame.
    fn double_click(&mut self, at: egui::Pos2) {
        self.harness.hover_at(at);
        self.harness.run_ok();
        let click = |pressed| egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.input_mut().events.extend([true, false, true, false].map(click));
        self.harness.run_ok();
    }
}

#[test]
fn a_double_click_in_the_table_opens_the_item_and_a_click_does_not() {
    let folder = pictures(&["1.png", "2.png"]);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    window.add_folder(&folder.path().join("in"));
    window.press(Key::F10);
    let row = window.harness.get_by_label_contains("Finding: 2.png").rect().center();
    window.harness.hover_at(row);
    window.harness.run_ok();
    window.harness.drag_at(row);
    window.harness.drop_at(row);
    window.harness.run_ok();
    assert!(window.view().documents.is_empty(), "one click only selects");
    for _ in 0..4 {
        window.harness.step();
    }
    window.double_click(row);
    window.shown("2.png");
    assert!(window.harness.query_by_label_contains("Finding: ").is_none(), "the table gives way");
}

#[test]
fn a_table_that_is_wider_than_the_window_is_scrolled_sideways_with_its_headings() {
    let folder = pictures(&["1.png"]);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    window.add_folder(&folder.path().join("in"));
    window.harness.set_size(egui::vec2(800.0, 600.0));
    window.press(Key::F10);
    let left = |window: &Window| {
        let row = window.harness.get_by_label_contains("Finding: 1.png").rect();
        (row.left(), window.harness.get_by_label("Sort by look").rect().left(), row)
    };
    let before = left(&window);
    assert!(before.1 > 800.0, "the last column is out of sight: {before:?}");
    window.harness.hover_at(before.2.left_center() + egui::vec2(40.0, 0.0));
    window.harness.run_ok();
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(-2000.0, 0.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..4 {
        window.harness.run_ok();
    }
    let after = left(&window);
    assert!(after.1 < 700.0, "it is in sight: {after:?}");
    assert!((after.0 - before.0 - (after.1 - before.1)).abs() < 1.0, "{before:?} {after:?}");
}

#[test]
fn findings_are_sorted_filtered_opened_and_saved() {
    let folder = pictures(&["1.png", "2-unreadable.png", "3-clip.mp4"]);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("a"), "ada");
    window.drop_file(folder.path().join("in").to_str().expect("a name"));
    window.until_case("added", |case| case.rows.len() == 3 && case.work.is_none());
    window.click(Role::Button, "Examine");
    window.until_case("examined", |case| case.examined()[2] == 0);
    assert!(window.says("3-clip.mp4: to do") && window.says("quick look"), "marked in the queue");
    window.press(Key::F10);
    assert!(window.says("Quick: ") && window.says("of 100 frames"), "marked in the table");
    window.click(Role::Button, "Sort by name");
    assert_eq!(window.findings(), ["1.png", "2-unreadable.png", "3-clip.mp4"]);
    window.click(Role::Button, "Sort by name");
    assert_eq!(window.findings(), ["3-clip.mp4", "2-unreadable.png", "1.png"]);
    window.fill("Filter of the findings", "no picture");
    assert_eq!(window.findings(), ["2-unreadable.png"], "by the reason");
    window.press_with(Modifiers::COMMAND, Key::A);
    window.press(Key::Backspace);
    assert_eq!(window.findings().len(), 3, "all again");
    window.click(Role::Button, "Save as CSV…");
    window.fill_path("Path", folder.path());
    window.press(Key::Enter);
    window.fill("Name", "table");
    window.click(Role::Button, "Use this name");
    window.until("saved", |view| view.notices.iter().any(|n| n.text.starts_with("Saved: ")));
    let csv = std::fs::read_to_string(folder.path().join("table.csv")).expect("the file");
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.starts_with("Name,Kind,Verdict,Score,"), "{csv}");
    window.harness.get_by_label_contains("Finding: 1.png").focus();
    window.harness.run_ok();
    window.press(Key::Enter);
    window.shown("1.png");
    assert!(window.harness.query_by_label_contains("Finding: ").is_none(), "the table gives way");
}
