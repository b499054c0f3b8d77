//! A second file beside the first: it shows the same place at the same zoom.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::gui::window::Window;

impl Window {
    /// Right-clicks a place and chooses an entry of the menu that opens.
    fn choose_at(&mut self, at: Pos2, entry: &str) {
        self.harness.hover_at(at);
        for pressed in [true, false] {
            self.harness.event(egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Secondary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        self.harness.run_ok();
        self.click(Role::Button, entry);
    }

    /// The brightness at these places of the canvas and of the second picture, from their middles.
    fn both(&mut self, from_middle: [Vec2; 3]) -> [[u8; 2]; 3] {
        let middles = ["Picture canvas", "Picture beside"]
            .map(|name| self.harness.get_by_label(name).rect().center());
        let image = self.harness.render().expect("the window is drawn");
        from_middle.map(|by| {
            middles.map(|middle| {
                let at = middle + by;
                image.get_pixel(at.x.round() as u32, at.y.round() as u32).0[0]
            })
        })
    }
}

/// Pictures of this kind are brighter by one every two columns.
#[test]
fn two_files_are_seen_side_by_side_and_move_together() {
    let Some(mut window) = Window::open(&["shaded-1.png", "shaded-2.png"]) else { return };
    window.press(Key::Num1);
    let row = window.harness.get_by_label_contains("shaded-2.png: ").rect().center();
    window.choose_at(row, "Show beside");
    window.harness.run_ok();
    let places = [vec2(-60.0, 40.0), vec2(0.0, 40.0), vec2(60.0, 40.0)];
    let is_same = |both: &[[u8; 2]; 3]| both.iter().all(|[a, b]| a.abs_diff(*b) <= 3);
    let before = window.both(places);
    assert!(is_same(&before), "{before:?}");
    assert!(before[2][0] > before[0][0] + 20, "the gradient is seen: {before:?}");
    let over = window.harness.get_by_label("Picture beside").rect().center();
    window.harness.hover_at(over);
    window.harness.run_ok();
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_ok();
    window.harness.run_ok();
    let closer = window.both(places);
    assert!(is_same(&closer), "{closer:?}");
    let spread = |both: &[[u8; 2]; 3]| both[2].map(u32::from)[1] - both[0].map(u32::from)[1];
    assert!(spread(&closer) + 10 < spread(&before), "closer: {before:?} {closer:?}");
    window.harness.drag_at(over);
    window.harness.run_ok();
    window.harness.hover_at(over + vec2(50.0, 0.0));
    window.harness.run_ok();
    window.harness.drop_at(over + vec2(50.0, 0.0));
    window.harness.run_ok();
    let moved = window.both(places);
    assert!(is_same(&moved), "{moved:?}");
    assert!(moved[1][0] + 4 < closer[1][0], "what lay at the left is in the middle: {moved:?}");
    window.click(Role::Button, "Close");
    assert!(window.harness.query_by_label("Picture beside").is_none(), "one file again");
}

#[test]
fn both_files_keep_their_room_in_a_narrow_window() {
    let Some(mut window) = Window::open(&["shaded-1.png", "shaded-2.png"]) else { return };
    let row = window.harness.get_by_label_contains("shaded-2.png: ").rect().center();
    window.choose_at(row, "Show beside");
    let wide = window.canvas();
    let sizes =
        [(1280.0, 800.0), (1024.0, 700.0), (1024.0, 640.0), (760.0, 480.0), (1280.0, 800.0)];
    for (width, height) in sizes {
        window.harness.set_size(vec2(width, height));
        window.harness.run_ok();
        window.harness.run_ok();
        let [one, other] = ["Picture canvas", "Picture beside"]
            .map(|name| window.harness.get_by_label(name).rect());
        let least = |rect: egui::Rect| rect.width() >= 250.0 && rect.height() >= 120.0;
        assert!(least(one) && least(other), "{width} x {height}: {one:?} {other:?}");
        assert!(!one.shrink(1.0).intersects(other.shrink(1.0)), "{one:?} {other:?}");
        if one.right() <= other.left() + 1.0 {
            assert_eq!((one.top(), one.height()), (other.top(), other.height()), "side by side");
        }
        let words = window.harness.get_by_label("Score 0.93, from the most suspicious of 2 faces.");
        assert!(words.rect().left() >= one.right(), "the findings begin beside the picture");
    }
    assert_eq!(window.canvas(), wide, "as before");
}

#[test]
fn the_heat_map_lies_over_both_files_and_they_change_places() {
    let Some(mut window) = Window::open(&["shaded-1.png", "shaded-2.png"]) else { return };
    let row = window.harness.get_by_label_contains("shaded-2.png: ").rect().center();
    window.choose_at(row, "Show beside");
    let reds = |window: &mut Window| {
        window.harness.run_ok();
        let columns = (-12..12).map(|x| window.both([vec2(10.0 * x as f32, -20.0); 3])[0]);
        columns.collect::<Vec<_>>()
    };
    window.press(Key::Num1);
    let picture = reds(&mut window);
    window.press(Key::Num2);
    let map = reds(&mut window);
    let changed = [0, 1].map(|side| {
        let pairs = picture.iter().zip(&map);
        pairs.filter(|(before, after)| before[side].abs_diff(after[side]) > 60).count()
    });
    assert!(changed[0] > 1 && changed[0] == changed[1], "{changed:?}: {picture:?} {map:?}");

    let beside = |window: &Window, name: &str| {
        window
            .harness
            .query_all_by_label_contains(name)
            .any(|label| label.rect().left() > window.canvas().right())
    };
    assert!(beside(&window, "shaded-2.png: "));
    let rows = window.harness.query_all_by_label_contains("shaded-2.png: ");
    rows.min_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).expect("the list").click();
    window.harness.run_ok();
    assert!(beside(&window, "shaded-1.png: "), "the two changed places");
}
