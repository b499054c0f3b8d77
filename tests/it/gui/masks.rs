//! Masks in the window: painted, corrected, saved and loaded with pointer and keys.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::annotate::Mask;
use pentimento::session::{Document, MaskQuestion, View, ViewMode};

use crate::gui::window::Window;
use crate::support::fake_examiner::{GREY, HEIGHT, WIDTH};

impl Window {
    /// Where a pixel of the picture lies, as long as it is shown at 1:1.
    pub(crate) fn at(&self, x: f32, y: f32) -> Pos2 {
        let canvas = self.harness.get_by_label("Picture canvas").rect();
        let size = vec2(WIDTH as f32, HEIGHT as f32);
        canvas.center() - size / 2.0 + vec2(x, y)
    }

    pub(crate) fn drag(&mut self, from: (f32, f32), to: (f32, f32)) {
        let (from, to) = (self.at(from.0, from.1), self.at(to.0, to.1));
        self.harness.hover_at(from);
        self.harness.run_ok();
        self.harness.drag_at(from);
        self.harness.run_ok();
        for i in 1..=5 {
            self.harness.hover_at(from + (to - from) * (i as f32 / 5.0));
            self.harness.step();
        }
        self.harness.drop_at(to);
        self.settle();
    }

    fn click_at(&mut self, x: f32, y: f32) {
        let at = self.at(x, y);
        self.harness.hover_at(at);
        self.harness.run_ok();
        self.harness.drag_at(at);
        self.harness.step();
        self.harness.drop_at(at);
        self.settle();
    }

    /// Until no mask is being worked on.
    pub(crate) fn settle(&mut self) {
        self.until("masks are done", |view| view.masks.doing.is_none());
    }

    pub(crate) fn mask(&self) -> Option<Mask> {
        Some(Mask::clone(&self.view().document()?.mask()?.mask))
    }

    pub(crate) fn n_set(&self) -> u64 {
        self.mask().map_or(0, |mask| mask.count())
    }

    pub(crate) fn editing(files: &[&str]) -> Option<Self> {
        let mut window = Self::open(files)?;
        window.press(Key::Num1);
        window.press(Key::E);
        assert!(window.view().masks.is_editing, "the key E");
        window.settle();
        Some(window)
    }
}

/// A place away from faces and their labels.
const BARE: (f32, f32) = (30.0, 200.0);

#[test]
fn a_mask_is_painted_seen_undone_and_erased() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.drag(BARE, (130.0, 200.0));
    let painted = window.mask().expect("a mask");
    assert!(painted.get(80, 200) && !painted.get(80, 100), "along the way");
    // The pointer's circle is elsewhere.
    window.harness.hover_at(window.at(300.0, 20.0));
    window.harness.run_ok();
    let [inside, outside] = window.pixels([[80, 200], [80, 235]]);
    assert_ne!(inside, GREY, "tinted");
    assert!(inside[2] > inside[0], "with the color of the hand: {inside:?}");
    assert_eq!(outside, GREY);
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.n_set(), 0);
    assert_eq!(window.pixels([[80, 200]]), [GREY], "undone on the screen too");
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.mask(), Some(painted.clone()), "done again, bit for bit");
    window.press_with(Modifiers::COMMAND, Key::Z);
    window.press_with(Modifiers::COMMAND, Key::Y);
    assert_eq!(window.mask(), Some(painted), "by the other key");
    window.click(Role::Button, "Eraser");
    window.drag((80.0, 150.0), (80.0, 239.0));
    let erased = window.mask().expect("a mask");
    assert!(!erased.get(80, 200) && erased.get(40, 200));
    assert_eq!(window.pixels([[80, 205]]), [GREY], "truly erased");
    assert!(window.says("Unsaved mask"), "said");
    window.press(Key::E);
    assert!(!window.view().masks.is_editing);
    assert_eq!(window.pixels([[40, 200]]), [GREY], "seen only while it is worked on");
}

#[test]
fn the_models_map_is_accepted_corrected_saved_and_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.click(Role::Button, "Start from the model's map at 0.40");
    window.settle();
    let accepted = window.n_set();
    assert!(accepted > 5000, "the hot half: {accepted}");
    assert!(window.says("Overlap (IoU) 1.00"), "compared with the model");
    window.drag(BARE, (130.0, 200.0));
    assert!(!window.says("Overlap (IoU) 1.00"), "no longer the same");
    let drawn = window.mask().expect("a mask");
    let path = folder.path().join("corrected.png");
    for key in [Key::S, Key::L] {
        if key == Key::L {
            window.press(Key::Delete);
            assert_eq!(window.n_set(), 0, "cleared");
        }
        window.press_with(Modifiers::COMMAND, key);
        window.click(Role::Button, "Browse…");
        let title = ["Choose where to save the mask", "Choose the mask to load"];
        assert!(window.says(title[usize::from(key == Key::L)]));
        window.press(Key::Escape);
        let field = window.harness.get_by_role_and_label(Role::TextInput, "PNG file");
        field.focus();
        window.harness.run_ok();
        window.press_with(Modifiers::COMMAND, Key::A);
        let field = window.harness.get_by_role_and_label(Role::TextInput, "PNG file");
        field.type_text(path.to_str().expect("a name"));
        window.harness.run_ok();
        window.press(Key::Enter);
        window.settle();
        let unsaved = window.view().document().map(Document::n_unsaved_masks);
        assert_eq!(unsaved, Some(0), "{key:?}: {:?}", window.view().notices);
    }
    assert_eq!(window.mask(), Some(drawn), "the same mask, bit for bit");
    assert!(window.says("Saved: corrected.png"));
}

#[test]
fn everything_can_be_drawn_with_the_keys_alone() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.press(Key::E);
    for _ in 0..4 {
        window.press(Key::W);
    }
    window.press(Key::ArrowUp);
    window.press(Key::Enter);
    window.settle();
    let dab = window.n_set();
    assert!(dab > 1000, "a dab of the larger brush: {dab}");
    for _ in 0..3 {
        window.press(Key::ArrowRight);
    }
    window.press_with(Modifiers::SHIFT, Key::Enter);
    window.settle();
    assert!(window.n_set() > dab + 1000, "a line from the dab to here");
    window.press(Key::Delete);
    window.press(Key::Num7);
    let way = [Key::ArrowRight, Key::ArrowDown, Key::ArrowLeft];
    window.press(Key::Enter);
    for key in way {
        for _ in 0..2 {
            window.press(key);
        }
        window.press(Key::Enter);
    }
    window.press_with(Modifiers::SHIFT, Key::Enter);
    window.settle();
    assert_eq!(window.n_set(), 32 * 32, "a square of two strides of 16 pixels");
    window.press(Key::Slash);
    window.press(Key::Num9);
    window.press(Key::Enter);
    window.settle();
    assert_eq!(window.n_set(), 0, "the wand takes all of the one color away");
    window.press_with(Modifiers::COMMAND, Key::A);
    window.settle();
    let marked = window.n_set();
    window.press(Key::G);
    window.settle();
    assert!(window.n_set() > marked && marked > 0, "accepted and grown");
    window.press(Key::I);
    window.settle();
    assert!(window.n_set() > u64::from(WIDTH * HEIGHT) / 2, "inverted");
}

#[test]
fn polygon_lasso_wands_and_superpixels_follow_the_pointer() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.click(Role::Button, "Polygon");
    for (x, y) in [(10.0, 170.0), (60.0, 170.0), (60.0, 220.0), (10.0, 220.0), (11.0, 171.0)] {
        window.click_at(x, y);
    }
    assert_eq!(window.n_set(), 2500, "closed by a click on the first corner");
    window.click(Role::Button, "Subtract");
    window.click(Role::Button, "Superpixel");
    window.click_at(35.0, 195.0);
    let n = window.n_set();
    assert!((1500..2500).contains(&n), "a part taken away: {n}");
    window.click(Role::Button, "Add");
    window.click(Role::Button, "Map wand");
    window.click_at(130.0, 100.0);
    assert!(window.n_set() > n + 5000, "the hot half of the face");
    window.press(Key::Delete);
    window.click(Role::Button, "Lasso");
    window.drag((100.0, 170.0), (190.0, 230.0));
    assert!(window.n_set() < 200, "a line surrounds next to nothing");
    window.press(Key::Num9);
    window.click_at(5.0, 5.0);
    assert_eq!(window.n_set(), u64::from(WIDTH * HEIGHT), "all of one color");
}

#[test]
fn layers_show_mask_model_and_difference() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.until("marks", |view| view.masks.marked.is_some());
    let (hot, by_hand) = ([124, 96], [80, 200]);
    window.drag(BARE, (130.0, 200.0));
    window.harness.hover_at(window.at(300.0, 20.0));
    window.harness.run_ok();
    let [at_hot, at_hand] = window.pixels([hot, by_hand]);
    assert_eq!(at_hot, GREY, "the model's marks are another layer");
    assert_ne!(at_hand, GREY);
    window.click(Role::Button, "Model's marks");
    let [at_hot, at_hand] = window.pixels([hot, by_hand]);
    assert!(at_hot[0] > at_hot[2], "orange: {at_hot:?}");
    assert_eq!(at_hand, GREY);
    window.press(Key::Y);
    let [at_hot, at_hand] = window.pixels([hot, by_hand]);
    assert!(at_hot[0] > at_hot[2] && at_hand[2] > at_hand[0], "both: {at_hot:?} {at_hand:?}");
    window.harness.key_down(Key::H);
    window.harness.run_ok();
    assert_eq!(window.pixels([hot, by_hand]), [GREY; 2], "hidden while H is held");
    window.harness.key_up(Key::H);
    window.harness.run_ok();
}

#[test]
fn space_moves_the_picture_and_paints_nothing() {
    let Some(mut window) = Window::editing(&["clip.mp4"]) else { return };
    window.harness.key_down(Key::Space);
    window.harness.run_ok();
    window.drag((100.0, 100.0), (160.0, 130.0));
    window.harness.key_up(Key::Space);
    window.harness.run_ok();
    assert_eq!(window.n_set(), 0);
    let is_playing = |view: &View<'_>| {
        view.document().is_some_and(|d| d.video.as_ref().is_some_and(|v| v.is_playing))
    };
    assert!(!is_playing(&window.view()), "and does not play the video");
    window.press(Key::F);
    window.drag((100.0, 100.0), (160.0, 130.0));
    assert!(window.n_set() > 0, "without Space the same drag paints");
    assert!(window.says("Mask of frame 1"), "the frame is named");
    let first = window.mask();
    window.press_with(Modifiers::COMMAND, Key::D);
    window
        .until("the next frame", |view| view.document().and_then(Document::mask_frame) == Some(1));
    assert_eq!(window.mask(), first, "copied");
}

#[test]
fn an_unsaved_mask_is_asked_about_before_the_file_is_closed() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.drag(BARE, (130.0, 200.0));
    assert!(window.says("unsaved mask"), "in the list of files");
    window.press_with(Modifiers::COMMAND, Key::W);
    assert!(matches!(window.view().masks.question, Some(MaskQuestion::Close(_))));
    assert!(window.says("The mask of two-faces.png is not saved."));
    window.press(Key::Delete);
    assert!(window.n_set() > 0, "keys wait while the question is open");
    window.click(Role::Button, "Keep open");
    assert_eq!(window.view().documents.len(), 1);
    window.press_with(Modifiers::COMMAND, Key::W);
    window.click(Role::Button, "Close without saving");
    assert!(window.view().documents.is_empty());
}

#[test]
fn every_part_has_a_name_and_the_sheet_lists_the_keys() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    for name in [
        "Brush",
        "Eraser",
        "Polygon",
        "Lasso",
        "Wand",
        "Map wand",
        "Superpixel",
        "Undo",
        "Redo",
        "Mask",
        "Model's marks",
        "Difference",
        "Fill holes",
        "Remove islands",
        "Grow",
        "Shrink",
        "Invert",
        "Clear",
        "Save mask…",
        "Load mask…",
        "Pressure",
        "Whole face",
        "Inner face",
        "Eyes",
        "Nose",
        "Mouth",
        "Lower face",
        "Edit mask",
    ] {
        let found = window.harness.query_all_by_role_and_label(Role::Button, name).count();
        assert_eq!(found, 1, "{name}");
    }
    for (role, name) in [
        (Role::SpinButton, "Size"),
        (Role::SpinButton, "Hardness"),
        (Role::SpinButton, "Tint"),
        (Role::SpinButton, "Smallest island in pixels"),
        (Role::SpinButton, "Pixels to grow or shrink by"),
        (Role::ComboBox, "Kind of forgery: Not set"),
        (Role::ComboBox, "Confidence: Not set"),
        (Role::MultilineTextInput, "Note"),
    ] {
        let found = window.harness.query_all_by_role_and_label(role, name).count();
        assert_eq!(found, 1, "{name}");
    }
    window.press(Key::Questionmark);
    for text in [
        "Wand on the heat map",
        "Start from the model's map at the threshold",
        "Whole face, inner face",
        "propagate it along the track",
        "Accept, reject the copy",
        "Ctrl+wheel",
    ] {
        assert!(window.says(text), "{text}");
    }
}

#[test]
fn parts_of_the_face_are_marked_by_button_and_key() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.click(Role::Button, "Mouth");
    window.settle();
    assert_eq!(window.n_set(), 112 * 56, "the lower half of the face pointed out");
    window.press_with(Modifiers::COMMAND, Key::Z);
    window.press(Key::N);
    window.press_with(Modifiers::COMMAND, Key::Num5);
    window.settle();
    assert_eq!(window.n_set(), 60 * 30, "the other face, by the key");
    assert!(window.view().mode == ViewMode::Picture, "Ctrl+5 is not 5");
    window.press(Key::Num6);
    window.press_with(Modifiers::COMMAND, Key::Num5);
    window.settle();
    assert_eq!(window.n_set(), 0, "the eraser takes it away");
}

#[test]
fn the_wheel_with_ctrl_turns_the_threshold_and_the_mask_follows() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    let turn = |window: &mut Window, notches: f32| {
        window.harness.hover_at(window.at(150.0, 200.0));
        window.harness.run_ok();
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::COMMAND,
            source: egui::MouseWheelSource::Unknown,
        });
        window.harness.run_ok();
        window.settle();
    };
    window.press_with(Modifiers::COMMAND, Key::A);
    window.settle();
    let (hot, before) = (window.n_set(), window.at(0.0, 0.0));
    turn(&mut window, -15.0);
    assert!((window.view().style.threshold - 0.25).abs() < 1e-4);
    for _ in 0..3 {
        turn(&mut window, -10.0);
    }
    assert_eq!(window.view().style.threshold, 0.0);
    assert_eq!(window.n_set(), 112 * 112 + 60 * 60, "all of both maps");
    assert!(window.says("Start from the model's map at 0.00"), "said");
    for _ in 0..2 {
        turn(&mut window, 20.0);
    }
    assert_eq!(window.n_set(), hot, "and back");
    assert_eq!(window.at(0.0, 0.0), before);
    assert!(window.says("100 %"), "the picture was not zoomed");
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.n_set(), 0, "one step");
    window.press(Key::Num9);
    turn(&mut window, 3.0);
    let tolerance = window.harness.get_by_role_and_label(Role::SpinButton, "Tolerance");
    assert_eq!(tolerance.value().as_deref(), Some("30"), "24 and three notches of two");
}

#[test]
fn a_pen_tells_how_hard_it_is_pressed() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    let touch = |phase, pos, force| egui::Event::Touch {
        device_id: egui::TouchDeviceId(7),
        id: egui::TouchId(1),
        phase,
        pos,
        force: Some(force),
    };
    let dab = |window: &mut Window, force: f32| {
        let pos = window.at(30.0, 200.0);
        window.harness.hover_at(pos);
        window.harness.run_ok();
        window.harness.event(touch(egui::TouchPhase::Start, pos, force));
        window.harness.drag_at(pos);
        window.harness.run_ok();
        window.harness.event(touch(egui::TouchPhase::End, pos, 0.0));
        window.harness.drop_at(pos);
        window.settle();
        let n = window.n_set();
        window.press(Key::Delete);
        n
    };
    let (light, hard) = (dab(&mut window, 0.5), dab(&mut window, 1.0));
    assert!(light.abs_diff(314) < 12 && hard.abs_diff(1257) < 20, "{light} and {hard}");
    // A touch that draws nothing leaves nothing behind for the mouse.
    for phase in [egui::TouchPhase::Start, egui::TouchPhase::End] {
        window.harness.event(touch(phase, Pos2::new(4.0, 4.0), 0.2));
        window.harness.run_ok();
    }
    window.click_at(30.0, 200.0);
    assert_eq!(window.n_set(), hard, "the mouse has no pressure");
    window.press(Key::Delete);
    window.click(Role::Button, "Pressure");
    assert_eq!(dab(&mut window, 0.5), hard, "when it is not wanted");
}

#[test]
fn the_tint_is_as_strong_as_one_likes() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.drag(BARE, (130.0, 200.0));
    window.harness.hover_at(window.at(300.0, 20.0));
    window.harness.run_ok();
    let [usual] = window.pixels([[80, 200]]);
    for _ in 0..5 {
        window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    }
    assert_eq!(window.pixels([[80, 200]]), [GREY], "none: only the line is left");
    for _ in 0..10 {
        window.press_with(Modifiers::COMMAND, Key::T);
    }
    let [full] = window.pixels([[80, 200]]);
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2);
    assert!(near(full, [86, 180, 233]), "the color itself: {full:?}");
    assert!(!near(usual, full) && !near(usual, GREY), "{usual:?}");
}

#[test]
fn copies_are_made_and_reviewed_with_the_keys() {
    let Some(mut window) = Window::editing(&["moving-clip.mp4"]) else { return };
    let at = |frame: usize| {
        move |view: &View<'_>| view.document().and_then(Document::mask_frame) == Some(frame)
    };
    for frame in 1..=12 {
        window.press(Key::Period);
        window.until("the next frame", at(frame));
    }
    window.drag((100.0, 100.0), (130.0, 110.0));
    let left = |window: &Window| window.mask().and_then(|mask| mask.bounds()).map(|b| b.x0);
    let drawn = left(&window);
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    window.settle();
    assert!(window.says("Unreviewed copies: 37"), "{:?}", window.view().notices);
    window.press_with(Modifiers::COMMAND, Key::N);
    window.until("the first copy", at(13));
    assert_eq!(left(&window), drawn.map(|x| x + 1), "with the face");
    assert!(window.says("propagated from frame 13 and is not reviewed"), "over the picture");
    let timeline = window.harness.get_by_role_and_label(Role::Slider, "Timeline");
    let spoken = timeline.accesskit_node().description().unwrap_or_default();
    assert!(spoken.contains("Frames with masks: 38, of them not reviewed: 37."), "{spoken}");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.until("the next copy", at(14));
    assert!(window.says("Unreviewed copies: 36"));
    window.press_with(Modifiers::COMMAND, Key::Backspace);
    window.until("the next copy", at(15));
    assert!(window.says("Unreviewed copies: 35"));
    window.click(Role::Button, "Accept");
    window.until("the next copy", at(16));
    window.click(Role::Button, "Accept all shown: 1");
    assert!(window.says("Unreviewed copies: 33"), "{:?}", window.view().notices);
    for (role, name) in [
        (Role::SpinButton, "Frames to propagate the mask to"),
        (Role::Button, "Propagate along the track"),
        (Role::Button, "Copy to the next frame"),
        (Role::Button, "Reject"),
        (Role::Button, "Previous"),
        (Role::Button, "Next"),
        (Role::Button, "Save all 37 masks"),
    ] {
        let found = window.harness.query_all_by_role_and_label(role, name).count();
        assert_eq!(found, 1, "{name}");
    }
    window.press(Key::E);
    assert!(!window.says("is not reviewed"), "seen only while masks are worked on");
}
