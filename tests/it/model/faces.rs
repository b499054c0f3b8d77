//! The face finder on real pictures, through the engine that this machine has.

use std::path::PathBuf;

use pentimento::base::{Cancel, Face, Frame, Limits, Orientation, Rect, RgbImage, TaskCtx};
use pentimento::bundle::ModelStore;
use pentimento::faces::{self, Finder};
use pentimento::infer::{Engine, EngineOptions};
use pentimento::{media, prep};

use crate::support::{self, root};

/// Photos measured, spread evenly over the manifest.
const N_PHOTOS: usize = 200;

fn finder() -> Finder {
    let bundle = ModelStore::discover(None).read("yunet").unwrap();
    Finder::load(&Engine::start(&EngineOptions::default()).unwrap(), &bundle).unwrap()
}

fn find(finder: &mut Finder, image: RgbImage, exif: u8) -> Vec<Face> {
    let frame = Frame::new(image, Orientation::from_exif(exif));
    finder.find(&frame, &TaskCtx::silent()).unwrap()
}

fn portrait() -> RgbImage {
    let still =
        media::open_still(&support::portrait(), &Limits::default(), &TaskCtx::silent()).unwrap();
    (*still.frame.image).clone()
}

/// The shared photos: folder and rows of (file, face box).
fn photos() -> Option<(PathBuf, Vec<(String, Rect)>)> {
    let folder = support::shared_path("data/faces");
    let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.csv")) else {
        // Photos of people are not in the repository: a fresh clone lacks nothing.
        support::say_skipped(&format!("no photos at {}", folder.display()));
        return None;
    };
    let mut lines = manifest.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let file = column("file");
    let sides = ["face_x_px", "face_y_px", "face_w_px", "face_h_px"].map(column);
    let rows = lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let [x, y, w, h] = sides.map(|side| cells[side].parse().unwrap());
            (cells[file].to_owned(), Rect::new(x, y, w, h))
        })
        .collect();
    Some((folder, rows))
}

/// Some of the shared photos: file, pixels, face box.
pub(crate) fn some_photos() -> Option<Vec<(String, RgbImage, Rect)>> {
    let (folder, rows) = photos()?;
    let step = (rows.len() / N_PHOTOS).max(1);
    let open = |(file, area): &(String, Rect)| {
        let still =
            media::open_still(&folder.join(file), &Limits::default(), &TaskCtx::silent()).unwrap();
        (file.clone(), (*still.frame.image).clone(), *area)
    };
    Some(rows.iter().step_by(step).take(N_PHOTOS).map(open).collect())
}

fn cut(image: &RgbImage, area: &Rect) -> RgbImage {
    let area = area.intersect(&image.bounds()).unwrap();
    let (x, y) = (area.x.round(), area.y.round());
    let (w, h) = (area.w.floor().max(1.0), area.h.floor().max(1.0));
    prep::resample(image, &Rect::new(x, y, w, h), w as u32, h as u32)
}

#[test]
fn the_portrait_has_one_face_with_its_landmarks_in_place() {
    let image = portrait();
    let found = find(&mut finder(), image, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    let face = &found[0];
    assert!(face.confidence > 0.85, "confidence {}", face.confidence);
    // Looked at by eye: the face of the 512 x 512 portrait.
    let expected = Rect::new(175.0, 60.0, 95.0, 130.0);
    assert!(face.box_px.iou(&expected) > 0.6, "{:?}", face.box_px);
    let [right_eye, left_eye, nose, right_mouth, left_mouth] = face.landmarks.unwrap();
    assert!(right_eye.x < nose.x && nose.x < left_eye.x, "the person's right is on our left");
    assert!(right_mouth.x < left_mouth.x && right_eye.y < nose.y && nose.y < right_mouth.y);
}

#[test]
fn a_turned_photo_gives_the_same_face_in_image_space() {
    let image = portrait();
    let mut finder = finder();
    let straight = find(&mut finder, image.clone(), 1).remove(0);
    // For each way to store the portrait, a person sees the same picture.
    for exif in 1..=8 {
        let orientation = Orientation::from_exif(exif);
        let (w, h) = (image.width_px, image.height_px);
        let (stored_w, stored_h) = if orientation.swaps_sides() { (h, w) } else { (w, h) };
        let image_from_upright = orientation.image_from_upright(stored_w, stored_h);
        let stored = image.warp(stored_w, stored_h, &image_from_upright.inverse().unwrap());
        let found = find(&mut finder, stored, exif);
        assert_eq!(found.len(), 1, "orientation {exif}: {found:?}");
        let expected = image_from_upright.apply_rect(&straight.box_px);
        assert!(found[0].box_px.iou(&expected) > 0.99, "orientation {exif}: {found:?}");
        let (eye, straight_eye) = (found[0].landmarks.unwrap()[0], straight.landmarks.unwrap()[0]);
        let expected = image_from_upright.apply(straight_eye);
        let off = (eye.x - expected.x).hypot(eye.y - expected.y);
        assert!(off < 1.0, "orientation {exif}: eye {off} px off");
    }
}

#[test]
fn small_faces_of_a_large_picture_are_found_by_the_fine_look() {
    let image = portrait();
    // The face gets 42 px high; at 640 of 2,600 px it would have 10.
    let small = prep::resample(&image, &image.bounds(), 170, 170);
    let (width, height) = (2600u32, 1500u32);
    let mut wide = RgbImage::filled(width, height, [90, 110, 120]);
    for (at_x, at_y) in [(200u32, 300u32), (2300, 1200)] {
        for y in 0..170u32 {
            for x in 0..170u32 {
                let to = (((at_y + y) * width + at_x + x) * 3) as usize;
                wide.pixels[to..to + 3].copy_from_slice(&small.get(x.into(), y.into()));
            }
        }
    }
    let found = find(&mut finder(), wide, 1);
    assert_eq!(found.len(), 2, "{found:?}");
    for (at_x, at_y) in [(200.0, 300.0), (2300.0, 1200.0)] {
        let expected = Rect::new(at_x + 58.0, at_y + 20.0, 32.0, 43.0);
        assert!(found.iter().any(|f| f.box_px.iou(&expected) > 0.5), "{expected:?}: {found:?}");
    }
}

/// A grid of portraits whose faces are `face_px` high on a picture of this size, and their boxes.
fn crowd(width: u32, height: u32, face_px: u32, step: (u32, u32)) -> (RgbImage, Vec<Rect>) {
    let image = portrait();
    // The head and shoulders of the portrait: the face in it is 130 px high.
    let head = Rect::new(120.0, 10.0, 220.0, 240.0);
    let scale = face_px as f32 / 130.0;
    let (w, h) = ((220.0 * scale) as u32, (240.0 * scale) as u32);
    let small = prep::resample(&image, &head, w, h);
    let mut whole = RgbImage::filled(width, height, [150, 160, 150]);
    let mut boxes = Vec::new();
    for top in (20..height - h).step_by(step.1 as usize) {
        for left in (20..width - w).step_by(step.0 as usize) {
            for y in 0..h {
                let to = (((top + y) * width + left) * 3) as usize;
                let from = (y * w * 3) as usize;
                let n = (w * 3) as usize;
                whole.pixels[to..to + n].copy_from_slice(&small.pixels[from..from + n]);
            }
            let (x, y) = (left as f32 + 55.0 * scale, top as f32 + 50.0 * scale);
            boxes.push(Rect::new(x, y, 95.0 * scale, 130.0 * scale));
        }
    }
    (whole, boxes)
}

#[test]
fn faces_of_48_px_are_found_in_pictures_of_any_size() {
    let mut finder = finder();
    for (width, height, step) in
        [(6000, 4000, (900, 700)), (1080, 12_000, (400, 900)), (12_000, 1500, (800, 500))]
    {
        let (picture, boxes) = crowd(width, height, 50, step);
        let begun = std::time::Instant::now();
        let found = find(&mut finder, picture, 1);
        let megapixels = f64::from(width) * f64::from(height) / 1e6;
        let ms = begun.elapsed().as_secs_f64() * 1e3 / megapixels;
        let n = boxes.iter().filter(|b| found.iter().any(|f| f.box_px.iou(b) > 0.4)).count();
        println!("{width} x {height}: {n} of {} found, {ms:.0} ms a megapixel", boxes.len());
        assert!(n * 100 >= boxes.len() * 97, "{n} of {} in {width} x {height}", boxes.len());
        assert!(found.len() <= boxes.len(), "{} found of {}", found.len(), boxes.len());
    }
}

#[test]
fn a_group_of_500_faces_is_found() {
    let (picture, boxes) = crowd(5000, 3333, 60, (150, 155));
    assert!(boxes.len() > 500, "{}", boxes.len());
    let found = find(&mut finder(), picture, 1);
    let n = boxes.iter().filter(|b| found.iter().any(|f| f.box_px.iou(b) > 0.4)).count();
    assert!(n * 100 >= boxes.len() * 97, "{n} of {}", boxes.len());
}

#[test]
fn a_portrait_on_its_side_is_seen_to_be_so() {
    let image = portrait();
    let mut finder = finder();
    for exif in [3, 6, 8] {
        // Turned pixels without a tag that says so.
        let frame = Frame::new(Orientation::from_exif(exif).upright(&image), Orientation::UPRIGHT);
        let better = finder.better_orientation(&frame, &TaskCtx::silent()).unwrap();
        let back = match exif {
            6 => 8,
            8 => 6,
            other => other,
        };
        assert_eq!(better, Some(Orientation::from_exif(back)), "turned by {exif}");
    }
    let upright = Frame::new(image, Orientation::UPRIGHT);
    let found = finder.find(&upright, &TaskCtx::silent()).unwrap();
    assert!(!faces::is_lying(&found[0].landmarks.unwrap()), "{found:?}");
}

#[test]
fn a_tight_crop_is_found_at_any_size_and_stays_inside_the_picture() {
    let image = portrait();
    let mut finder = finder();
    let face = find(&mut finder, image.clone(), 1).remove(0).box_px;
    let crop = cut(&image, &face);
    for side in [60, 150, 400, 900, 1600, 3000] {
        let height = side * crop.height_px / crop.width_px;
        let large = prep::resample(&crop, &crop.bounds(), side, height);
        let bounds = large.bounds();
        let found = find(&mut finder, large, 1);
        assert_eq!(found.len(), 1, "{side} px wide: {found:?}");
        let found = found[0].box_px;
        assert!(found.iou(&bounds) > 0.6, "{side} px wide: {found:?}");
        let inside = found.intersect(&bounds).unwrap();
        assert_eq!(inside, found, "{side} px wide: box leaves the picture");
    }
}

#[test]
fn pictures_without_faces_give_none() {
    let mut finder = finder();
    let noise = (0..700u32 * 500 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    assert_eq!(find(&mut finder, RgbImage::new(700, 500, noise.collect()).unwrap(), 1), vec![]);
    for (w, h) in [(1, 1), (1, 3000), (2000, 3), (33, 31), (1300, 900)] {
        let found = find(&mut finder, RgbImage::filled(w, h, [120, 130, 140]), 1);
        assert_eq!(found, vec![], "{w} x {h}");
    }
}

#[test]
fn a_cancelled_search_stops() {
    let cancel = Cancel::default();
    cancel.cancel();
    let ctx = TaskCtx { cancel, on_progress: &|_| {} };
    let frame = Frame::new(RgbImage::filled(64, 64, [0; 3]), Orientation::UPRIGHT);
    let result = finder().find(&frame, &ctx);
    assert!(matches!(result, Err(faces::Error::Cancelled(_))), "{result:?}");
}

#[test]
fn another_kind_of_bundle_is_refused() {
    let mut bundle = ModelStore::discover(None).read("yunet").unwrap();
    bundle.card.kind = pentimento::bundle::ModelKind::Lae;
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    let refused = Finder::load(&engine, &bundle);
    assert!(matches!(refused, Err(faces::Error::Model { .. })), "{refused:?}");
}

#[test]
fn nearly_all_known_faces_of_the_shared_photos_are_found() {
    let Some(photos) = some_photos() else { return };
    let mut finder = finder();
    let (mut hits, mut extra) = (0, 0);
    for (file, image, expected) in &photos {
        let found = find(&mut finder, image.clone(), 1);
        let hit = found.iter().any(|f| f.box_px.iou(expected) >= 0.3);
        hits += usize::from(hit);
        extra += found.len().saturating_sub(1);
        if !hit {
            println!("missed: {file}");
        }
    }
    let recall = hits as f64 / photos.len() as f64;
    println!("whole photos: {hits} of {} found, {extra} further faces", photos.len());
    assert!(recall >= 0.98, "recall {recall}");
}

#[test]
fn nearly_all_tight_crops_of_the_shared_photos_are_found() {
    let Some(photos) = some_photos() else { return };
    let mut finder = finder();
    for (inset, floor) in [(0.0, 0.95), (0.1, 0.95)] {
        let (mut hits, mut extra) = (0, 0);
        for (file, image, area) in photos.iter().step_by(4) {
            let tight = Rect::new(
                area.x + area.w * inset,
                area.y + area.h * inset,
                area.w * (1.0 - 2.0 * inset),
                area.h * (1.0 - 2.0 * inset),
            );
            let crop = cut(image, &tight);
            // As large as people send them.
            let height = 800 * crop.height_px / crop.width_px;
            let crop = prep::resample(&crop, &crop.bounds(), 800, height);
            let bounds = crop.bounds();
            let found = find(&mut finder, crop, 1);
            let hit = found.first().is_some_and(|f| f.box_px.iou(&bounds) >= 0.5);
            hits += usize::from(hit);
            extra += found.len().saturating_sub(1);
            if !hit {
                println!("missed: {file} at inset {inset}: {found:?}");
            }
        }
        let n_crops = photos.len().div_ceil(4);
        let recall = hits as f64 / n_crops as f64;
        println!("crops, inset {inset}: {hits} of {n_crops} found, {extra} further");
        assert!(recall >= floor, "recall {recall} at inset {inset}");
    }
}

#[cfg(feature = "train")]
const WHEEL: &str = "yuface-2023.5.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";

#[cfg(feature = "train")]
#[test]
fn the_shipped_bundle_is_the_one_the_wheel_gives() {
    // `tests/run.sh` puts it there.
    let wheel = root().join("third_party/yuface").join(WHEEL);
    if !wheel.is_file() {
        return support::skip(&format!("no wheel of PyPI yuface 2023.5.1 at {wheel:?}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let made = faces::rebuild_yunet(&wheel, folder.path()).unwrap();
    let shipped = ModelStore::discover(None).read("yunet").unwrap();
    assert_eq!(made.model.len(), shipped.model.len());
    // The first bytes name the version of the program that wrote the file.
    assert!(made.model.ends_with(&shipped.model[64..]), "the graphs differ");
    assert!(folder.path().join("LICENSE").is_file(), "the license text comes along");

    let other = folder.path().join("other.whl");
    std::fs::write(&other, b"no wheel").unwrap();
    let refused = faces::rebuild_yunet(&other, folder.path());
    assert!(matches!(refused, Err(faces::Error::Malformed { .. })), "{refused:?}");
}
