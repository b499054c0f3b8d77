//! The main views as pictures, compared with those in `tests/snapshots`.
//!
//! After a change of the looks that is wanted: `UPDATE_SNAPSHOTS=1 cargo test snapshots`, then look
//! at each picture before it is committed. A picture that differs leaves `….new.png` and
//! `….diff.png` beside it. All pictures show the fake examiner's flat surfaces, never a person.

use egui::{Key, vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{OsThreshold, SnapshotOptions};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use pentimento::session::FaceTrack;

use crate::gui::case::pictures;
use crate::gui::window::Window;
use crate::support::root;

/// Smaller than a window usually is, so that the pictures are small.
const SIZE: egui::Vec2 = vec2(1120.0, 700.0);

/// Adapters round colors and edges of letters differently: each pixel may be a little off, and some
/// few more. A moved line or another word changes hundreds.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new().threshold(1.5).max_failed_pixels(OsThreshold::new(40))
}

/// Compares what the window shows with the picture of this name.
fn same(window: &mut Window, name: &str) {
    window.harness.set_size(SIZE);
    compare(window, name);
}

fn compare(window: &mut Window, name: &str) {
    // A notice fades by the clock.
    loop {
        let Some(notice) = window.harness.query_all_by_label("Dismiss notice").next() else {
            break;
        };
        notice.click();
        window.harness.run_ok();
    }
    // No pointer is drawn and nothing highlighted.
    window.harness.event(egui::Event::PointerGone);
    window.harness.run_ok();
    window.harness.snapshot_options(name, &tolerance());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        shrink(name);
    }
}

/// Writes a new picture again, as small as can be.
fn shrink(name: &str) {
    let path = root().join("tests/snapshots").join(name).with_extension("png");
    let picture = image::open(&path).expect("a picture").to_rgb8();
    let file = std::fs::File::create(path).expect("it can be written");
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(encoder).expect("it can be written");
}

#[test]
fn a_picture_in_dark_light_and_a_small_window() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    same(&mut window, "picture_dark");
    window.press(Key::D);
    same(&mut window, "picture_light");
    window.harness.set_size(vec2(1000.0, 650.0));
    compare(&mut window, "picture_small");
}

#[test]
fn the_manual() {
    let Some(mut window) = Window::open(&["two-faces.png"]) else { return };
    window.press(Key::F1);
    same(&mut window, "manual");
}

#[test]
fn a_mask_being_painted() {
    let Some(mut window) = Window::editing(&["two-faces.png"]) else { return };
    window.drag((60.0, 60.0), (140.0, 100.0));
    same(&mut window, "mask");
}

#[test]
fn a_video_with_its_timeline() {
    let Some(mut window) = Window::open(&["five-clip.mp4"]) else { return };
    window.press(Key::Home);
    window.until("the first frame", |view| {
        let video = view.document().and_then(|d| d.video.as_ref());
        // The faces are pictures of their worst moments.
        let has_face = |track: &FaceTrack| {
            let worst = track.worst.first().map(|moment| moment.frame);
            track.thumbnail_frame.is_some_and(|frame| worst.is_none_or(|worst| worst == frame))
        };
        video.is_some_and(|video| {
            video.shown == Some(0) && !video.tracks.is_empty() && video.tracks.iter().all(has_face)
        })
    });
    same(&mut window, "video");
}

#[test]
fn a_case_with_a_queue_and_a_mask() {
    let folder = pictures(&["1.png", "2-unreadable.png", "45.png", "80.png"]);
    let Some(mut window) = Window::open(&[]) else { return };
    window.new_case(&folder.path().join("evidence"), "ada");
    let dropped = folder.path().join("in");
    window.drop_file(dropped.to_str().expect("a name"));
    window.until_case("added", |case| case.rows.len() == 4 && case.work.is_none());
    window.press(Key::F5);
    window.until_case("examined", |case| case.examined() == [3, 1, 0]);
    window.press(Key::PageDown);
    window.shown("1.png");
    window.press(Key::Num1);
    window.press(Key::E);
    window.settle();
    window.drag((60.0, 60.0), (140.0, 100.0));
    window.until_case("kept", |case| case.rows[0].n_masks == 1);
    same(&mut window, "case");
}
