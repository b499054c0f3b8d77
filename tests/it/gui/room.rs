//! Room for the picture: rows of tools never wrap, nothing moves it, notices take no rows.

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::gui::case::pictures;
use crate::gui::window::Window;

/// A window with a case whose only item is shown and its mask edited.
fn editing_in_a_case(folder: &tempfile::TempDir) -> Option<Window> {
    let mut window = Window::open(&[])?;
    window.new_case(&folder.path().join("a"), "ada");
    window.drop_file(folder.path().join("in").to_str().expect("a name"));
    window.until_case("added", |case| !case.rows.is_empty() && case.work.is_none());
    window.press(Key::PageDown);
    window.shown("1.png");
    window.press(Key::E);
    window.settle();
    Some(window)
}

#[test]
fn the_picture_keeps_most_of_the_height_with_a_case_and_the_mask_tools() {
    let folder = pictures(&["1.png"]);
    let Some(mut window) = editing_in_a_case(&folder) else { return };
    for (size, share) in [(vec2(1280.0, 820.0), 0.7), (vec2(1000.0, 650.0), 0.64)] {
        window.harness.set_size(size);
        window.harness.run_ok();
        window.harness.run_ok();
        let canvas = window.canvas();
        assert!(canvas.height() >= share * size.y, "{size:?}: {canvas:?}");
    }
}

#[test]
fn the_picture_stays_where_it_is_whatever_the_tool_view_and_notices_are() {
    let folder = pictures(&["1.png"]);
    let Some(mut window) = editing_in_a_case(&folder) else { return };
    for size in [vec2(1280.0, 820.0), vec2(900.0, 600.0)] {
        window.harness.set_size(size);
        window.harness.run_ok();
        let before = window.canvas();
        for key in [Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9, Key::Num0, Key::U] {
            window.press(key);
            assert_eq!(window.canvas(), before, "{key:?} at {size:?}");
        }
        for key in [Key::Num1, Key::Num3, Key::Num4, Key::Num2] {
            window.press(key);
            assert_eq!(window.canvas(), before, "{key:?} at {size:?}");
        }
        window.press(Key::F10);
        window.press(Key::F10);
        window.press(Key::F6);
        assert_eq!(window.canvas(), before, "a notice at {size:?}");
    }
}

#[test]
fn notices_stand_in_a_list_with_their_number() {
    let Some(mut window) = Window::open(&[]) else { return };
    assert!(!window.says("Notices ("), "nothing was reported");
    let copy = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    window.press_with(copy, Key::C);
    window.drop_file("two-faces.png");
    window.until("examined", |view| view.document().is_some_and(|d| d.verdict.is_some()));
    window.press_with(copy, Key::C);
    let texts = ["There is no result to copy yet.", "The result was copied as text."];
    assert!(texts.iter().all(|expected| window.says(expected)), "for a while over the picture");
    window.click(Role::Button, "Notices (2)");
    window.click(Role::Button, "Dismiss all");
    assert!(
        !window.says("Notices (") && !texts.iter().any(|expected| window.says(expected)),
        "read"
    );
}

#[test]
fn what_does_not_fit_is_in_a_menu_and_works_there() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.harness.set_size(vec2(760.0, 480.0));
    window.harness.run_ok();
    window.harness.run_ok();
    let tools = window.harness.query_all_by_label("More").count();
    assert!(tools >= 1, "a menu of what does not fit");
    assert!(window.canvas().height() > 0.55 * 480.0, "{:?}", window.canvas());
    assert!(window.says("File") && window.says("Brush"), "the first groups stay");
}

#[test]
fn escape_closes_the_topmost_window_and_windows_leave_the_menus_free() {
    let folder = pictures(&["1.png"]);
    let Some(mut window) = editing_in_a_case(&folder) else { return };
    window.press(Key::E);
    window.press(Key::F11);
    window.click(Role::Button, "Fields");
    window.press(Key::F10);
    window.press(Key::F1);
    window.menu("File", "Report…");
    let from_the_lowest =
        ["Search in the fields", "Filter of the findings", "First steps", "Save the report"];
    let menus = window.harness.get_by_role_and_label(Role::Button, "File").rect().bottom();
    for node in window.harness.get_all_by_role(Role::Window) {
        assert!(node.rect().top() >= menus, "{:?}", node.rect());
        assert!(node.rect().bottom() <= 800.0, "{:?}", node.rect());
    }
    for (i, words) in from_the_lowest.iter().enumerate().rev() {
        assert!(window.says(words), "{words}");
        window.press(Key::Escape);
        assert!(!window.says(words), "{words}: closed");
        let others = &from_the_lowest[..i];
        assert!(others.iter().all(|other| window.says(other)), "{words}: one at a time");
    }
}

#[test]
fn a_window_grows_with_the_screen_and_a_dialog_fits_into_the_smallest() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.harness.set_size(vec2(760.0, 480.0));
    window.harness.run_ok();
    window.press(Key::F1);
    let size = |window: &Window| window.harness.get_by_role(Role::Window).rect();
    let small = size(&window);
    assert!(small.bottom() <= 480.0 && small.right() <= 760.0, "{small:?}");
    window.harness.set_size(vec2(1280.0, 800.0));
    window.harness.run_ok();
    window.harness.run_ok();
    let large = size(&window);
    assert!(large.width() > 900.0 && large.height() > 600.0, "{large:?}");
    assert!((large.center().x - 640.0).abs() < 10.0, "in the middle: {large:?}");
    window.press(Key::Escape);
    window.harness.set_size(vec2(760.0, 480.0));
    window.harness.run_ok();
    window.press(Key::Questionmark);
    for label in ["Keyboard shortcuts", "Close"] {
        let mut all = window.harness.get_all_by_label(label).map(|node| node.rect());
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(760.0, 480.0));
        assert!(all.any(|rect| screen.contains_rect(rect)), "{label} is in sight");
    }
}

#[test]
fn brackets_size_the_brush_and_fit_enlarges() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    assert!(window.says("100 %"), "a small picture opens as it is");
    window.press(Key::F);
    assert!(!window.says("100 %"), "enlarged");
    window.press(Key::A);
    let size = |window: &Window| {
        let field = window.harness.get_by_role_and_label(Role::SpinButton, "Size");
        field.value().and_then(|text| text.split(' ').next()?.parse::<f32>().ok()).expect("a size")
    };
    let before = size(&window);
    window.press(Key::CloseBracket);
    assert!(size(&window) > before, "{before}");
    window.press(Key::OpenBracket);
    window.press(Key::OpenBracket);
    assert!(size(&window) < before, "{before}");
}
