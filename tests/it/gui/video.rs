//! Videos in the window: driven by label and key, what is said and shown looked at.

use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::session::{DocumentState, OpenVideo, Pass, View};

use crate::gui::window::Window;
use crate::support::fake_clip::{LOST, N_FRAMES, QUICK_EVERY, STUCK_AT, WORST, color};

fn video<'a>(view: &View<'a>) -> Option<&'a OpenVideo> {
    view.document()?.video.as_ref()
}

fn position(view: &View<'_>) -> usize {
    video(view).expect("a video is shown").position.index
}

/// A window whose full pass has come to a halt.
fn stuck() -> Option<Window> {
    let mut window = Window::start(&["stuck-clip.mp4"])?;
    window.until("stuck", |view| {
        video(view).is_some_and(|video| {
            video.pass == Pass::Full && video.progress == Some((STUCK_AT, N_FRAMES))
        })
    });
    Some(window)
}

/// Where a frame lies on the timeline.
fn on_timeline(window: &Window, frame: usize) -> Pos2 {
    let rect = window.harness.get_by_label("Timeline").rect();
    let (left, right) = (rect.left() + 30.0, rect.right() - 10.0);
    let share = (frame as f32 + 0.5) / N_FRAMES as f32;
    egui::pos2(left + share * (right - left), rect.center().y)
}

fn go_to(window: &mut Window, frame: usize) {
    let at = on_timeline(window, frame);
    window.harness.hover_at(at);
    window.harness.step();
    window.harness.drag_at(at);
    window.harness.step();
    window.harness.drop_at(at);
    window.until("the frame", |view| {
        video(view).is_some_and(|video| video.position.index == frame && video.shown == Some(frame))
    });
}

/// A corner of the picture, away from faces.
const CORNER: [u32; 2] = [310, 230];

#[test]
fn play_pause_and_step_by_button_and_key() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    window.click(Role::Button, "One frame forward");
    window.press(Key::Period);
    window.press(Key::Period);
    window.press(Key::Comma);
    window.until("the frame", |view| video(view).is_some_and(|video| video.shown == Some(2)));
    assert!(window.says("00:00.080 / 00:04.000"), "the time code");
    assert!(window.says("frame 3 of 100"), "the number");
    assert_eq!(window.pixels([CORNER]), [color(2)], "the picture is that of the frame");
    window.press(Key::End);
    assert_eq!(position(&window.view()), N_FRAMES - 1);
    window.press(Key::Home);
    window.press(Key::L);
    assert_eq!(position(&window.view()), 25, "a second on");
    window.press(Key::J);
    assert_eq!(position(&window.view()), 0);
    // While it plays the window never rests, so steps are drawn one by one.
    let playing = |view: &View<'_>| video(view).is_some_and(|video| video.is_playing);
    for key in [Key::Space, Key::K] {
        window.harness.key_press(key);
        window.until_seen("it plays", |view| playing(view) && position(view) > 3);
        window.harness.key_press(key);
        window.until("it stays", |view| !playing(view));
    }
    window.harness.get_by_role_and_label(Role::Button, "Play").click();
    window.until_seen("it plays", playing);
    window.harness.step();
    window.harness.get_by_role_and_label(Role::Button, "Pause").click();
    window.until("it stays", |view| !playing(view));
    // A busy machine shows the frame later than it stops.
    window.until("the frame", |view| {
        video(view).is_some_and(|video| video.shown == Some(video.position.index))
    });
    let at = position(&window.view());
    assert_eq!(window.pixels([CORNER]), [color(at)]);
}

#[test]
fn space_presses_a_button_that_has_the_focus() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    window.harness.get_by_role_and_label(Role::Button, "One frame forward").focus();
    window.harness.run_ok();
    window.press(Key::Space);
    let video = video(&window.view()).expect("a video");
    assert!(!video.is_playing && video.position.index == 1, "a step, not playing");
}

#[test]
fn the_timeline_is_clicked_dragged_and_stepped() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    go_to(&mut window, 37);
    assert_eq!(window.pixels([CORNER]), [color(37)]);
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    assert_eq!(position(&window.view()), 39, "the timeline has the focus: arrows step");
    window.harness.drag_at(on_timeline(&window, 39));
    window.harness.step();
    for frame in [50, 60, 72] {
        window.harness.hover_at(on_timeline(&window, frame));
        window.harness.step();
        window.harness.step();
        assert_eq!(position(&window.view()), frame, "it follows the pointer");
    }
    window.harness.drop_at(on_timeline(&window, 72));
    window.until("the frame", |view| video(view).is_some_and(|video| video.shown == Some(72)));
    let value = window.harness.get_by_label("Timeline").accesskit_node().numeric_value();
    assert_eq!(value, Some(73.0), "the frame for screen readers");
}

#[test]
fn a_part_is_marked_and_played_round_and_round() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    mark(&mut window);
    let marked = video(&window.view()).expect("a video");
    assert_eq!((marked.loop_range, marked.is_looping), (Some((20, 40)), true));
    window.click(Role::Button, "Whole clip");
    assert_eq!(video(&window.view()).expect("a video").loop_range, None);
    window.press(Key::P);
    assert!(!video(&window.view()).expect("a video").is_looping, "by key");
    window.click(Role::Button, "Loop");
    assert!(video(&window.view()).expect("a video").is_looping, "by button");
}

/// Marks the frames 20 to 40 in the timeline.
fn mark(window: &mut Window) {
    let (from, to) = (on_timeline(window, 20), on_timeline(window, 40));
    window.harness.hover_at(from);
    window.harness.step();
    window.harness.event(egui::Event::ModifiersChanged(Modifiers::SHIFT));
    window.harness.drag_at(from);
    window.harness.step();
    window.harness.hover_at(to);
    window.harness.step();
    window.harness.drop_at(to);
    window.harness.step();
    window.harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    window.until("marked", |view| video(view).is_some_and(|video| video.loop_range.is_some()));
}

#[test]
fn moments_are_jumped_to_and_faces_listed() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    assert!(window.says("Audio was not examined."), "said of every video");
    assert!(window.says("2 faces"), "the list");
    window.click(Role::Button, "Next suspicious moment");
    assert_eq!(position(&window.view()), WORST[0]);
    window.press(Key::X);
    assert_eq!(position(&window.view()), WORST[1]);
    window.press_with(Modifiers::SHIFT, Key::X);
    assert_eq!(position(&window.view()), WORST[0]);
    let row = "Face 2: No trace found, score 0.08, 00:00.000 to 00:03.960";
    window.click(Role::Button, row);
    window.until("its worst moment", |view| position(view) == 0);
    assert_eq!(video(&window.view()).and_then(|video| video.selected_track), Some(2));
    window.press(Key::N);
    assert_eq!(video(&window.view()).and_then(|video| video.selected_track), Some(1));
    window.until("its worst moment", |view| video(view).is_some_and(|v| v.shown == Some(WORST[0])));
    assert!(window.says("00:01.200: score 0.97"), "the moments");
    let canvas = window.harness.get_by_label("Picture canvas");
    let spoken = canvas.accesskit_node().description().unwrap_or_default();
    assert!(spoken.contains("Frame 31 of 100, at 00:01.200."), "{spoken}");
    assert!(spoken.contains("Face 1: Traces of forgery found, score 0.97"), "{spoken}");
    let timeline = window.harness.get_by_label("Timeline");
    let spoken = timeline.accesskit_node().description().unwrap_or_default();
    for text in [
        "Examined: 100 of 100 frames.",
        "Face 1, 00:00.400 to 00:03.600: Traces of forgery found, score 0.90; most suspicious at \
         00:01.200.",
        "Shots begin at 00:02.000.",
        "Thresholds at 0.20 and 0.80.",
    ] {
        assert!(spoken.contains(text), "{text}: {spoken}");
    }
}

#[test]
fn the_heat_map_follows_the_frame() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    let hot = [124, 96];
    go_to(&mut window, 5);
    assert_eq!(window.pixels([hot]), [color(5)], "the face is not there yet");
    go_to(&mut window, 30);
    assert_ne!(window.pixels([hot]), [color(30)], "heat");
    window.press(Key::Num1);
    assert_eq!(window.pixels([hot]), [color(30)], "the picture alone");
}

#[test]
fn a_large_video_lies_where_it_belongs_while_it_is_small() {
    let Some(mut window) = Window::open(&["large-clip.mp4"]) else { return };
    window.press(Key::Num1);
    let rect = |window: &Window| window.harness.get_by_label("Picture canvas").rect();
    let edges = |window: &mut Window| {
        let canvas = rect(window);
        let image = window.harness.render().expect("drawn");
        let y = canvas.center().y as u32;
        let row = canvas.left() as u32..canvas.right() as u32;
        let around = image.get_pixel(canvas.left() as u32 + 2, y).0;
        let inside: Vec<u32> = row.filter(|x| image.get_pixel(*x, y).0 != around).collect();
        (inside.first().copied(), inside.last().copied())
    };
    let exact = edges(&mut window);
    window.harness.key_press(Key::Space);
    window.until_seen("a smaller copy", |view| {
        let picture = view.document().and_then(|d| d.picture.as_ref());
        position(view) > 2 && picture.is_some_and(|picture| !picture.is_exact())
    });
    assert_eq!(edges(&mut window), exact, "the same place");
}

#[test]
fn results_arrive_live_and_frames_not_examined_say_so() {
    let Some(mut window) = stuck() else { return };
    assert!(window.says("So far: traces of forgery found"), "the list of files");
    assert!(window.says("Examining every frame: 40 of 100 frames"), "how far it is");
    go_to(&mut window, STUCK_AT + 1);
    assert!(window.says("This frame is not examined yet."), "on the canvas");
    assert_eq!(window.pixels([[124, 96]]), [color(STUCK_AT + 1)], "and no map");
    go_to(&mut window, STUCK_AT + QUICK_EVERY);
    assert!(!window.says("This frame is not examined yet."), "of the quick look");
    window.click(Role::Button, "Cancel");
    window.until("stopped", |view| view.job.is_none());
    let state = window.view().document().map(|d| d.state.clone());
    assert_eq!(state, Some(DocumentState::Cancelled));
    assert!(window.says("Stopped: 46 of 100 frames were examined."), "the banner");
    assert!(window.says("The findings are for the examined part only."), "the findings");
    go_to(&mut window, STUCK_AT + 1);
    assert!(window.says("the examination was stopped"), "on the canvas");
    window.harness.get_all_by_label("Re-examine").next().expect("a way on").click();
    window.until("at it again", |view| video(view).is_some_and(|v| v.pass == Pass::Full));
}

#[test]
fn a_failed_analysis_says_why() {
    let Some(window) = Window::open(&["half-broken-clip.mp4"]) else { return };
    assert!(window.says("The engine gave up."), "why");
    assert!(window.says("Stopped: 46 of 100 frames were examined"), "how far it came");
    assert!(window.says("Re-examine"), "the way on");
}

#[test]
fn damage_is_reported_and_marked() {
    let Some(mut window) = Window::open(&["damaged-clip.mp4"]) else { return };
    assert!(window.says("Stream damaged at 00:02.400: error while decoding."), "the findings");
    let at = on_timeline(&window, LOST.start + 2);
    window.harness.hover_at(at);
    window.harness.step();
    window.harness.drag_at(at);
    window.harness.step();
    window.harness.drop_at(at);
    window.until("the reason", |view| video(view).is_some_and(|v| v.problem.is_some()));
    assert!(window.says("Frame 63 cannot be shown: this frame is damaged."), "on the canvas");
    assert!(window.says("Frame 1 is shown."), "what is seen instead");
}

#[test]
fn the_pointer_tells_of_the_frame_below_it() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    let at = on_timeline(&window, WORST[0]);
    window.harness.hover_at(at);
    window.until("a small picture", |view| {
        video(view).is_some_and(|video| video.thumbnails.contains_key(&WORST[0]))
    });
    let start = Instant::now();
    while !window.says("00:01.200, frame 31") {
        assert!(start.elapsed() < Duration::from_secs(30), "still waiting: the tooltip");
        window.harness.step();
    }
    assert!(window.says("Face 1: score 0.97, traces of forgery found"), "its scores");
    assert!(!video(&window.view()).is_some_and(|video| video.is_playing));
    assert_eq!(position(&window.view()), 0, "looking is not going there");
}

#[test]
fn the_wheel_stretches_the_time() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    let at = on_timeline(&window, 30);
    window.harness.hover_at(at);
    window.harness.run_ok();
    for _ in 0..6 {
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, 120.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        window.harness.run_ok();
    }
    let beside = at + egui::vec2(20.0, 0.0);
    window.harness.drag_at(beside);
    window.harness.step();
    window.harness.drop_at(beside);
    window.harness.run_ok();
    let frame = position(&window.view());
    assert!((30..=32).contains(&frame), "closely seen: {frame}");
}

#[test]
fn speed_and_loop_are_chosen_and_named() {
    let Some(mut window) = Window::open(&["clip.mp4"]) else { return };
    window.press(Key::S);
    assert!(window.says("Speed: 2×"), "by key");
    window.press_with(Modifiers::SHIFT, Key::S);
    window.press_with(Modifiers::SHIFT, Key::S);
    assert!(window.says("Speed: 0.5×"), "slower");
    window.harness.get_by_label("Speed: 0.5×").click();
    window.harness.run_ok();
    window.harness.get_by_label("4×").click();
    window.harness.run_ok();
    assert_eq!(video(&window.view()).map(|video| video.speed), Some(4.0), "by the list");
    window.press(Key::Questionmark);
    assert!(window.says("Next, previous suspicious moment"), "on the sheet");
}

#[test]
fn dropped_frames_are_reported() {
    let Some(mut window) = Window::open(&["slow-decoding-clip.mp4"]) else { return };
    window.press(Key::S);
    window.harness.key_press(Key::Space);
    window.until_seen("dropped", |view| video(view).is_some_and(|video| video.n_dropped > 2));
    assert!(window.says("dropped"), "said under the picture");
    window.harness.key_press(Key::Space);
    window.until("it stays", |view| video(view).is_some_and(|video| !video.is_playing));
    mark(&mut window);
    // With all that the bar can hold.
    let names = ["Play", "frame ", "Speed: ", "Loop", "Whole clip", " dropped"];
    let panel = window.harness.get_by_label("Timeline").rect();
    let places = names.map(|name| {
        let found = window.harness.get_all_by_label_contains(name);
        let rects = found.map(|node| node.rect());
        let mut inside =
            rects.filter(|rect| rect.left() >= panel.left() && rect.top() < panel.top());
        inside.next_back().unwrap_or_else(|| panic!("{name} is not there"))
    });
    let rows: std::collections::BTreeSet<i32> =
        places.iter().map(|rect| (rect.center().y / 12.0) as i32).collect();
    assert!(rows.len() <= 2, "{places:?}");
    assert!(places.iter().all(|rect| rect.right() <= panel.right() + 0.5), "{places:?}");
}

#[test]
fn five_faces_are_told_apart_in_both_themes() {
    let Some(mut window) = Window::open(&["five-clip.mp4"]) else { return };
    assert!(window.says("5 faces"), "the list");
    for key in [Key::Home, Key::D] {
        window.press(key);
        let rect = window.harness.get_by_label("Timeline").rect();
        let image = window.harness.render().expect("drawn");
        let mut colors = std::collections::BTreeSet::new();
        for y in rect.top() as u32..rect.bottom() as u32 {
            for x in rect.left() as u32..rect.right() as u32 {
                colors.insert(image.get_pixel(x, y).0.map(|v| v / 24));
            }
        }
        assert!(colors.len() > 20, "lines, marks and words: {} colors", colors.len());
    }
}
