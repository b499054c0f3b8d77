//! The window driven without a display: clicked and typed at by label, its pixels looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::base::{Affine, Heatmap, RgbImage};
use pentimento::detect::Degradation;
use pentimento::session::{DocumentState, Theme, View, ViewMode};
use pentimento::signal::{Colormap, OverlayMode, OverlayStyle, compose};

use crate::gui::window::Window;
use crate::support::fake_examiner::{CLEAN, COPY, DEGRADED, FORGED, GREY, HEIGHT, WIDTH};

/// In the half of the forged face that the fake calls hot, away from lines and labels.
const HOT: [u32; 2] = [124, 96];
/// In its other half.
const COLD: [u32; 2] = [68, 96];
/// In the other face.
const IN_CLEAN: [u32; 2] = [230, 150];

/// What the CPU twin makes of the picture at these positions.
fn twin<const N: usize>(style: &OverlayStyle, at: [[u32; 2]; N]) -> [[u8; 3]; N] {
    let side = 28;
    let values = (0..side * side).map(|i| if i % side >= side / 2 { 1.0 } else { 0.0 }).collect();
    let map = Heatmap { width: side, height: side, values, image_from_map: Affine::IDENTITY };
    let grid = pentimento::base::Rect::new(0.0, 0.0, side as f32, side as f32);
    let picture = RgbImage::filled(WIDTH, HEIGHT, GREY);
    let drawn = compose(&picture, &[(&map, Affine::rect_to_rect(&FORGED, &grid))], style);
    at.map(|[x, y]| drawn.get(i64::from(x), i64::from(y)))
}

fn assert_near<const N: usize>(what: &str, drawn: [[u8; 3]; N], expected: [[u8; 3]; N]) {
    for (a, b) in drawn.iter().zip(&expected) {
        let near = a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 2);
        assert!(near, "{what}: drawn {drawn:?}, expected {expected:?}");
    }
}

fn style() -> OverlayStyle {
    OverlayStyle { threshold: 0.4, ..OverlayStyle::default() }
}

#[test]
fn the_first_screen_says_what_to_do() {
    let Some(mut window) = Window::open(&[]) else { return };
    assert!(window.says("Drop pictures or videos of people here"), "the invitation");
    assert!(window.says("is no proof"), "the honest word");
    window.click(Role::Button, "Open files…");
    assert!(window.says("Double-click") || window.says("double-click"), "the browser is open");
    window.press(Key::Escape);
    assert!(!window.says("double-click to open one"), "and closed again");
}

#[test]
fn the_heat_map_is_drawn_as_the_twin_says_and_can_be_taken_away() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let places = [HOT, COLD, IN_CLEAN];
    let heat = window.pixels(places);
    assert_near("heat", heat, twin(&style(), places));
    assert_ne!(heat[0], GREY, "the hot half is colored");
    window.click(Role::Button, "Picture");
    assert_eq!(window.view().mode, ViewMode::Picture);
    assert_eq!(window.pixels(places), [GREY; 3], "the picture alone");
    window.press(Key::Num3);
    assert_near("reconstruction", window.pixels(places), [COPY; 3]);
    window.press(Key::Num4);
    let residual = Colormap::Viridis.lookup(80.0 / 255.0);
    assert_near("residual", window.pixels([HOT, COLD]), [residual; 2]);
    window.press(Key::Num2);
    assert_near("heat again", window.pixels(places), twin(&style(), places));
}

#[test]
fn opacity_and_threshold_follow_the_keyboard() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.harness.get_by_role_and_label(Role::Slider, "Opacity").focus();
    window.harness.run_ok();
    for _ in 0..30 {
        window.press(Key::ArrowLeft);
    }
    let opacity = window.view().settings.opacity;
    assert!((opacity - 0.4).abs() < 0.011, "thirty steps of 0.01 below 0.7: {opacity}");
    let weaker = OverlayStyle { opacity, ..style() };
    assert_near("opacity", window.pixels([HOT]), twin(&weaker, [HOT]));
    window.press_with(Modifiers::SHIFT, Key::T);
    assert!((window.view().style.threshold - 0.35).abs() < 1e-4, "the key T");
    window.click(Role::Button, "Reset");
    assert_eq!(window.view().style.threshold, 0.4, "what the model says");
}

#[test]
fn threshold_and_contour_modes_are_drawn() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.click(Role::Button, "Threshold");
    let filled = OverlayStyle { mode: OverlayMode::Threshold, ..style() };
    assert_near("threshold", window.pixels([HOT, COLD]), twin(&filled, [HOT, COLD]));
    window.press(Key::M);
    assert_eq!(window.view().settings.overlay_mode, OverlayMode::Contour);
    assert_eq!(window.pixels([HOT, COLD]), [GREY; 2], "flat parts stay bare");
    // The lines run between the halves, at the middle of the face.
    let middle: Vec<[u32; 2]> = (92..100).map(|x| [x, 96]).collect();
    let row: [[u32; 2]; 8] = middle.try_into().expect("eight places");
    let lines = window.pixels(row);
    assert!(lines.iter().any(|p| *p != GREY), "lines between the halves: {lines:?}");
}

#[test]
fn holding_h_hides_everything() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let shown = window.pixels([HOT]);
    window.harness.key_down(Key::H);
    window.harness.run_ok();
    assert_eq!(window.pixels([HOT]), [GREY], "hidden while held");
    window.harness.key_up(Key::H);
    window.harness.run_ok();
    assert_eq!(window.pixels([HOT]), shown, "back when released");
    let button = window.harness.get_by_label("Hide overlay").rect().center();
    window.harness.hover_at(button);
    window.harness.drag_at(button);
    window.harness.run_ok();
    assert_eq!(window.pixels([HOT]), [GREY], "hidden while the button is pressed");
    window.harness.drop_at(button);
    window.harness.run_ok();
    assert_eq!(window.pixels([HOT]), shown);
}

#[test]
fn left_of_the_divider_is_the_picture_alone() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let shown = window.pixels([HOT]);
    window.press(Key::B);
    assert_eq!(window.pixels([HOT]), [GREY], "the face lies left of the middle");
    for _ in 0..20 {
        window.press(Key::OpenBracket);
    }
    assert_eq!(window.pixels([HOT]), shown, "the divider is left of the face now");
    let divider = window.harness.get_by_label("Divider between picture and overlay");
    let (from, canvas) =
        (divider.rect().center(), window.harness.get_by_label("Picture canvas").rect());
    window.harness.drag_at(from);
    window.harness.run_ok();
    window.harness.hover_at(egui::pos2(canvas.right() - 20.0, from.y));
    window.harness.run_ok();
    window.harness.drop_at(egui::pos2(canvas.right() - 20.0, from.y));
    window.harness.run_ok();
    assert_eq!(window.pixels([HOT]), [GREY], "dragged to the right");
    window.press(Key::B);
    assert_eq!(window.pixels([HOT]), shown, "gone");
}

#[test]
fn faces_are_listed_selected_and_spoken_of() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let selected = |window: &Window| window.view().document().and_then(|d| d.selected_face);
    assert_eq!(selected(&window), Some(0), "the most suspicious first");
    assert!(window.says("Mostly marked: left cheek and mouth."), "the region in words");
    assert!(window.says("5.0 % of genuine faces"), "the error rate beside the verdict");
    window.click(Role::Button, "Face 2: No trace found, score 0.08");
    assert_eq!(selected(&window), Some(1));
    assert!(window.says("No trace found does not mean authentic"), "the honest word");
    window.press(Key::N);
    assert_eq!(selected(&window), Some(0), "around the end");
    let canvas = window.harness.get_by_label("Picture canvas");
    let spoken = canvas.accesskit_node().description().unwrap_or_default();
    assert!(
        spoken.contains("Face 1: Traces of forgery found, score 0.93, mostly left cheek and mouth"),
        "the heat map in words: {spoken}"
    );
    for text in ["Model fake", "fake 1.0", "cpu"] {
        assert!(window.says(text), "always visible: {text}");
    }
}

#[test]
fn what_cannot_be_examined_is_reported_in_words() {
    let Some(mut window) = Window::open(&["no-face.png", "unreadable.txt", "broken.png"]) else {
        return;
    };
    assert!(window.says("Not examined, because no face was found."), "the banner");
    assert!(window.says("Because no face was found."), "in the place of the verdict");
    assert!(window.says("Press R and draw a region"), "the way out");
    window.press(Key::PageDown);
    assert!(window.says("Because this is no picture."), "why it is not examined");
    window.press(Key::PageDown);
    assert!(window.says("broken.png: Not examined: failed"), "in the list of files");
    let why = "the examination failed: no model bundle named \"lae\".";
    assert!(window.says(&format!("Because {why}")), "in the place of the verdict");
    assert!(window.says(&format!("Not examined, because {why}")), "above the picture");
    assert!(window.says("pentimento doctor"), "the way out");
}

#[test]
fn a_region_is_drawn_with_the_keys_and_with_the_pointer() {
    let Some(mut window) = Window::open(&["no-face.png"]) else { return };
    window.press(Key::R);
    window.press(Key::ArrowRight);
    window.press(Key::Enter);
    window.until("a region", |view| view.document().is_some_and(|d| d.faces.len() == 1));
    let by_keys = window.view().document().map(|d| d.faces[0].upright_box).expect("a region");
    assert!(by_keys.center().x > WIDTH as f32 / 2.0 + 1.0, "moved to the right: {by_keys:?}");
    window.click(Role::Button, "Draw region");
    let canvas = window.harness.get_by_label("Picture canvas").rect();
    let (from, to) = (canvas.center() - egui::vec2(60.0, 60.0), canvas.center());
    window.harness.drag_at(from);
    window.harness.run_ok();
    window.harness.hover_at(to);
    window.harness.run_ok();
    window.harness.drop_at(to);
    window.until("another", |view| view.document().is_some_and(|d| d.faces.len() == 2));
    let drawn = window.view().document().map(|d| d.faces[1].upright_box).expect("a region");
    assert!((drawn.w - 60.0).abs() < 1.5 && (drawn.h - 60.0).abs() < 1.5, "{drawn:?}");
    assert!(window.says("Region 2: 0.55"), "listed as a region");
}

#[test]
fn the_wheel_zooms_about_the_pointer_and_the_keys_lead_back() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    assert!(window.says("100 %"), "a small picture is not enlarged");
    let canvas = window.harness.get_by_label("Picture canvas").rect();
    let corner = canvas.center() + egui::vec2(CLEAN.center().x, CLEAN.center().y)
        - egui::vec2(WIDTH as f32, HEIGHT as f32) / 2.0;
    window.harness.hover_at(corner);
    window.harness.run_ok();
    let under = |x: u32, y: u32| format!("x {x} y {y}  RGB 90 90 90");
    assert!(window.says(&under(230, 150)), "the pixel under the pointer");
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_ok();
    window.harness.run_ok();
    assert!(!window.says("100 %"), "closer");
    assert!(window.says(&under(230, 150)), "and the same pixel is under the pointer");
    window.press(Key::A);
    assert!(window.says("100 %"), "actual size");
    window.press(Key::Plus);
    assert!(window.says("125 %"), "by key");
    window.press(Key::F);
    assert!(!window.says("100 %") && !window.says("125 %"), "as large as it fits");
}

#[test]
fn the_sheet_opens_with_the_question_mark_and_closes_with_escape() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.press(Key::Questionmark);
    assert!(window.says("Draw a region to examine"), "the sheet lists the keys");
    window.press(Key::Num1);
    assert_eq!(window.view().mode, ViewMode::HeatMap, "keys wait while it is open");
    window.press(Key::Escape);
    assert!(!window.says("Draw a region to examine"), "closed");
    window.press_with(Modifiers::SHIFT, Key::Questionmark);
    assert!(window.says("Draw a region to examine"), "the question mark opens it too");
}

#[test]
fn light_and_dark_can_be_switched() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let panel = |window: &mut Window| {
        let image = window.harness.render().expect("the window is drawn");
        u32::from(image.get_pixel(640, 4).0[0])
    };
    assert!(panel(&mut window) < 90, "dark, as the system");
    window.press(Key::D);
    assert_eq!(window.view().settings.theme, Theme::Light);
    assert!(panel(&mut window) > 170, "light");
    let heat = window.pixels([HOT]);
    assert_near("the picture is the same", heat, twin(&style(), [HOT]));
    window.press(Key::D);
    assert!(panel(&mut window) < 90, "dark again");
}

#[test]
fn cancel_stops_the_work() {
    let Some(mut window) = Window::open(&[]) else { return };
    window.drop_file("slow.png");
    window.until("at work", |view| {
        let progress = view.job.as_ref().and_then(|job| job.progress);
        progress.is_some_and(|p| p.done > 1)
    });
    assert!(window.says("slow.png"), "what is being done is named");
    window.click(Role::Button, "Cancel");
    window.until("stopped", |view| view.job.is_none());
    let state = window.view().document().map(|d| d.state.clone());
    assert_eq!(state, Some(DocumentState::Cancelled));
    assert!(window.says("Because the examination was stopped."), "said in words");
    assert!(window.says("Re-examine"), "the way back");
}

#[test]
fn files_are_dropped_and_the_window_says_so_before() {
    let Some(mut window) = Window::open(&[]) else { return };
    let over = egui::HoveredFile { path: Some("two-faces.png".into()), mime: String::new() };
    window.harness.input_mut().hovered_files = vec![over];
    let before = window.harness.render().expect("drawn").get_pixel(640, 300).0;
    window.harness.step();
    let during = window.harness.render().expect("drawn").get_pixel(640, 300).0;
    assert!(during[0] < before[0], "the window darkens: {before:?} {during:?}");
    window.harness.input_mut().hovered_files.clear();
    window.drop_file("two-faces.png");
    window
        .until("examined", |view| view.document().is_some_and(|d| d.state == DocumentState::Done));
    assert_near("heat", window.pixels([HOT]), twin(&style(), [HOT]));
}

/// A file let go over the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("only the path is used".to_owned())
    }
}

impl Window {
    pub(crate) fn drop_file(&mut self, name: &str) {
        self.harness.input_mut().dropped_files = vec![Arc::new(Dropped(PathBuf::from(name)))];
        self.harness.step();
    }
}

#[test]
fn robustness_is_tested_and_reported() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.click(Role::Button, "Test");
    let complete = |view: &View<'_>| {
        view.document().is_some_and(|d| d.faces.first().is_some_and(|f| f.robustness.is_complete()))
    };
    window.until("the series", complete);
    window.until("idle", |view| view.job.is_none());
    assert!(window.says("holds under JPEG down to quality 30"), "what holds");
    assert!(window.says("it is lost with blur of 2 px (no trace found)"), "what does not");
    assert!(window.says("JPEG quality 30: score 0.83"), "the plot in words");
    assert!(window.says("Test again"), "once more if wished");
}

#[test]
fn a_degraded_face_is_shown_with_its_own_map_until_it_is_taken_back() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    let places = [HOT, COLD];
    let before = window.pixels(places);
    window.harness.get_by_label("Blur").click();
    let shown = |view: &View<'_>| {
        let document = view.document()?;
        document.faces.first()?.robustness.trial.as_ref()?.shown.as_ref().map(|i| i.degradation)
    };
    window.until("the trial", |view| shown(view) == Some(Degradation::Blur(1.0)));
    let degraded = window.pixels(places);
    // The map of the degraded copy is hot on the other side.
    assert_eq!(degraded[0], DEGRADED, "the copy, without heat");
    assert_ne!(degraded[1], DEGRADED, "heat over the copy");
    assert_ne!(degraded[1], before[1]);
    assert!(window.says("Score 0.85 (original 0.93)"), "both scores");
    assert!(window.says("The picture now shows the degraded face"), "what is seen");
    window.harness.get_by_label("Original").click();
    window.until("the original", |view| shown(view).is_none());
    assert_eq!(window.pixels(places), before);
}

#[test]
fn cells_not_to_be_trusted_are_hatched_and_the_reasons_shown() {
    let Some(mut window) = Window::open(&["doubts.png"]) else { return };
    // A row of pixels long enough for two lines, in the upper and in the lower half of the face.
    let row = |y: u32| -> [[u32; 2]; 24] { std::array::from_fn(|i| [100 + i as u32, y]) };
    let differ = |drawn: [[u8; 3]; 24], at: [[u32; 2]; 24]| {
        let plain = twin(&style(), at);
        let apart =
            |(a, b): (&[u8; 3], &[u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12);
        drawn.iter().zip(&plain).filter(|pair| apart(*pair)).count()
    };
    let (upper, lower) = (row(75), row(120));
    let (hatched, bare) = (window.pixels(upper), window.pixels(lower));
    assert!((4..20).contains(&differ(hatched, upper)), "lines, not a filling: {hatched:?}");
    assert_eq!(differ(bare, lower), 0, "trusted");
    // The face lies left of the divider, on the side of the picture alone.
    window.press(Key::B);
    assert_eq!(window.pixels(upper), [GREY; 24], "no lines over the picture alone");
    window.press(Key::B);
    window.press(Key::Num1);
    assert_eq!(window.pixels(upper), [GREY; 24], "nothing over the picture alone");
    for text in ["unreliable in 50 %", "blurred beyond what was tested", "JPEG 35"] {
        assert!(window.says(text), "{text}");
    }
}
