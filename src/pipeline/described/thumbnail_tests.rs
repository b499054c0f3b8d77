//! Thumbnails of made scenes: same, cut and unlike.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::super::damaged::compare_rows;
use super::*;
use crate::base::{Limits, luma};
use crate::media::{decode_still, encode_jpeg};

/// A made scene: a slope of brightness and overlapping ellipses of any size and color.
fn scene(seed: u64, width: u32, height: u32) -> RgbImage {
    let mut rng = StdRng::seed_from_u64(seed);
    let slope = [rng.random_range(-0.5..0.5f32), rng.random_range(-0.5..0.5f32)];
    let ellipses: Vec<[f32; 8]> = (0..rng.random_range(15..40))
        .map(|_| std::array::from_fn(|_| rng.random_range(0.0..1.0f32)))
        .collect();
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let mut color = [0.5 + slope[0] * (u - 0.5) + slope[1] * (v - 0.5); 3];
            for [cx, cy, rx, ry, r, g, b, _] in &ellipses {
                let (dx, dy) = ((u - cx) / (0.02 + 0.2 * rx), (v - cy) / (0.02 + 0.2 * ry));
                if dx * dx + dy * dy < 1.0 {
                    color = [*r, *g, *b];
                }
            }
            pixels.extend(color.map(|c| (c.clamp(0.0, 1.0) * 255.0) as u8));
        }
    }
    RgbImage::new(width, height, pixels).unwrap()
}

fn part(image: &RgbImage, x: u32, y: u32, width: u32, height: u32) -> RgbImage {
    let at = |i: u32| image.get(i64::from(x + i % width), i64::from(y + i / width));
    RgbImage::new(width, height, (0..width * height).flat_map(at).collect()).unwrap()
}

/// As cameras make it: small, saved as JPEG at a low quality.
fn thumbnail(image: &RgbImage, longer: usize, quality: u8) -> RgbImage {
    let planes = (0..3).map(|c| {
        let values = image.pixels.iter().skip(c).step_by(3).map(|v| f32::from(*v)).collect();
        let gray =
            Gray { width: image.width_px as usize, height: image.height_px as usize, values };
        shrunk(&gray, longer)
    });
    let planes: Vec<Gray> = planes.collect();
    let pixels = (0..planes[0].values.len())
        .flat_map(|i| [0, 1, 2].map(|c| planes[c].values[i].round() as u8))
        .collect();
    let (width, height) = (planes[0].width as u32, planes[0].height as u32);
    let small = RgbImage::new(width, height, pixels).unwrap();
    let jpeg = encode_jpeg(&small, quality).unwrap();
    decode_still(&jpeg, &Limits::default()).unwrap().frame.image.as_ref().clone()
}

/// 16 made scenes (seeds 0 to 15): same, cropped and unlike thumbnails. The thresholds lie between what is
/// printed here.
#[test]
fn made_pictures_are_told_apart() {
    let (mut least_same, mut least_cut, mut most_unlike) = (1.0f32, 1.0f32, -1.0f32);
    for seed in 0..16u64 {
        let mut rng = StdRng::seed_from_u64(seed + 1000);
        let (width, height) = [(200, 150), (210, 140), (140, 210), (224, 126)][(seed % 4) as usize];
        let picture = scene(seed, width, height);
        let quality = rng.random_range(40..90);
        let same = compare(&picture, &thumbnail(&picture, 120, quality)).unwrap();
        assert_eq!(same.content, ThumbnailContent::Same, "{seed}: {same:?}");
        least_same = least_same.min(same.correlation);
        // Cut to 50 to 85 % of each side, with another aspect.
        let cut = |n: u32, rng: &mut StdRng| (f64::from(n) * rng.random_range(0.5..0.85)) as u32;
        let (w, h) = (cut(width, &mut rng), cut(height, &mut rng));
        let (x, y) = (rng.random_range(0..width - w), rng.random_range(0..height - h));
        let cropped =
            compare(&part(&picture, x, y, w, h), &thumbnail(&picture, 120, quality)).unwrap();
        if cropped.correlation >= PART {
            assert_eq!(cropped.content, ThumbnailContent::OtherCut, "{seed}: {cropped:?}");
            let expected = (w as f32 / width as f32, h as f32 / height as f32);
            let (across, down) = cropped.covered;
            let is_near = (across - expected.0).abs() < 0.08 && (down - expected.1).abs() < 0.08;
            assert!(is_near, "{seed}: {cropped:?}, expected {expected:?}");
        }
        least_cut = least_cut.min(cropped.correlation);
        let other = scene(seed + 500, width, height);
        let unlike = compare(&picture, &thumbnail(&other, 120, quality)).unwrap();
        assert_eq!(unlike.content, ThumbnailContent::Different, "{seed}: {unlike:?}");
        most_unlike = most_unlike.max(unlike.correlation);
    }
    println!(
        "16 scenes: same at least {least_same:.2}, cropped {least_cut:.2}, unlike at most \
         {most_unlike:.2}"
    );
    assert!(least_same >= SAME && least_cut >= PART && most_unlike < SAME.min(PART), "margins");
}

#[test]
fn a_turned_picture_a_center_part_and_bars_are_known() {
    let picture = scene(7, 320, 240);
    let small = thumbnail(&picture, 160, 75);
    let turned = crate::base::Orientation::from_exif(6).upright(&picture);
    let found = compare(&turned, &small).unwrap();
    assert_eq!((found.content, found.turn_deg), (ThumbnailContent::Same, 270), "{found:?}");
    // Phones make square thumbnails of the middle.
    let square = thumbnail(&part(&picture, 40, 0, 240, 240), 128, 75);
    let found = compare(&picture, &square).unwrap();
    assert_eq!(found.content, ThumbnailContent::OtherCut, "{found:?}");
    assert!(found.covered.0 > 1.0, "{found:?}");
    // A picture of 3:2 in a thumbnail of 4:3 with black bars.
    let wide = scene(8, 300, 200);
    let small = thumbnail(&wide, 160, 75);
    let mut barred = vec![0; 160 * 120 * 3];
    let start = (120 - small.height_px as usize) / 2 * 160 * 3;
    barred[start..start + small.pixels.len()].copy_from_slice(&small.pixels);
    let barred = RgbImage::new(160, 120, barred).unwrap();
    let found = compare(&wide, &barred).unwrap();
    assert_eq!(found.content, ThumbnailContent::Same, "{found:?}");
}

/// What was painted over, recolored or robbed of its colors after the thumbnail was made is told; what a
/// program changes as a whole is not.
#[test]
fn changed_parts_and_colors_are_told() {
    for seed in 0..6u64 {
        let picture = scene(seed, 320, 240);
        let small = thumbnail(&picture, 160, 80);
        let mapped = |change: &dyn Fn(usize, [u8; 3]) -> [u8; 3]| {
            let (pixels, _) = picture.pixels.as_chunks::<3>();
            let changed = pixels.iter().enumerate().flat_map(|(i, rgb)| change(i, *rgb));
            compare(&RgbImage::new(320, 240, changed.collect()).unwrap(), &small).unwrap()
        };
        // 20 % of the area, at the lower right.
        let is_inside = |i: usize| i % 320 >= 176 && i / 320 >= 132;
        let painted = mapped(&|i, rgb| if is_inside(i) { rgb.map(|v| v ^ 0x60) } else { rgb });
        assert_eq!(painted.content, ThumbnailContent::Changed, "{seed}: {painted:?}");
        assert!((0.05..0.35).contains(&painted.local.share), "{seed}: {painted:?}");
        assert!(painted.sentence().contains("around the bottom right"), "{}", painted.sentence());
        let swapped = mapped(&|i, [r, g, b]| if is_inside(i) { [b, r, g] } else { [r, g, b] });
        assert_eq!(swapped.content, ThumbnailContent::Changed, "{seed}: {swapped:?}");
        let gray = mapped(&|_, rgb| [(luma(rgb.map(f32::from))) as u8; 3]);
        assert_eq!(gray.content, ThumbnailContent::Changed, "{seed}: {gray:?}");
        assert!(gray.local.in_light == 0.0 && gray.sentence().contains("color in"), "{gray:?}");
        let darker = mapped(&|_, rgb| rgb.map(|v| v / 2 + 20));
        assert_eq!(darker.content, ThumbnailContent::Same, "{seed}: {darker:?}");
    }
}

#[test]
fn a_squeezed_picture_is_no_other_one() {
    for seed in 0..6u64 {
        let picture = scene(seed, 300, 200);
        let small = prep::resample(&picture, &picture.bounds(), 160, 120);
        let found = compare(&picture, &small).unwrap();
        assert_eq!(found.content, ThumbnailContent::Squeezed, "{seed}: {found:?}");
        assert!(found.sentence().contains("squeezed: other aspect"), "{}", found.sentence());
    }
}

/// What a decoder gives of a file that ends early: the rows from a share on are of one color.
fn cut(image: &RgbImage, share: f64, fill: u8) -> RgbImage {
    let mut cut = image.clone();
    let row = (f64::from(image.height_px) * share) as usize;
    let from = row * image.width_px as usize * 3;
    cut.pixels[from..].fill(fill);
    cut
}

/// A thumbnail, or the picture, of which only the upper rows are there: same scenes are known by them, and
/// other scenes are not taken for the same.
#[test]
fn damaged_pictures_are_judged_by_the_rows_that_are_there() {
    let (mut least_same, mut most_unlike, mut n_different) = (1.0f32, -1.0f32, 0);
    for seed in 0..16u64 {
        let (width, height) = [(200, 150), (210, 140), (140, 210), (224, 126)][(seed % 4) as usize];
        let picture = scene(seed, width, height);
        let other = scene(seed + 500, width, height);
        let turned = crate::base::Orientation::from_exif(6).upright(&picture);
        for share in [0.3, 0.5, 0.7, 0.9] {
            let small = cut(&thumbnail(&picture, 120, 70), share, 128);
            n_different += usize::from(
                compare(&picture, &small).unwrap().content == ThumbnailContent::Different,
            );
            let found = compare_rows(&picture, &small, [1.0, share]).unwrap();
            assert_eq!((found.content, found.turn_deg), (ThumbnailContent::Same, 0), "{found:?}");
            assert!((f64::from(found.compared) - share).abs() < 0.02, "{found:?}");
            least_same = least_same.min(found.correlation);
            let unlike = compare_rows(&other, &small, [1.0, share]).unwrap();
            most_unlike = most_unlike.max(unlike.correlation);
            // The same with a damaged picture, as it lies and turned.
            let whole = thumbnail(&picture, 120, 70);
            let found = compare_rows(&cut(&picture, share, 0), &whole, [share, 1.0]).unwrap();
            assert_eq!(found.content, ThumbnailContent::Same, "{seed}, {share}: {found:?}");
            let found = compare_rows(&cut(&turned, share, 0), &whole, [share, 1.0]).unwrap();
            let expected = (ThumbnailContent::Same, 270);
            assert_eq!((found.content, found.turn_deg), expected, "{seed}, {share}: {found:?}");
        }
        assert_eq!(compare_rows(&picture, &thumbnail(&picture, 120, 70), [1.0, 0.1]), None);
    }
    println!("same at least {least_same:.2}, unlike at most {most_unlike:.2}");
    assert!(least_same >= SAME && most_unlike < SAME, "{least_same}, {most_unlike}");
    assert!(n_different > 10, "compared as a whole they would be called different: {n_different}");
    // A picture of 3:2 in a thumbnail of 4:3 whose lower half is missing, with its lower bar.
    let wide = scene(8, 300, 200);
    let small = thumbnail(&wide, 160, 75);
    let mut barred = vec![0; 160 * 120 * 3];
    let start = (120 - small.height_px as usize) / 2 * 160 * 3;
    barred[start..start + small.pixels.len()].copy_from_slice(&small.pixels);
    let barred = cut(&RgbImage::new(160, 120, barred).unwrap(), 0.5, 128);
    let found = compare_rows(&wide, &barred, [1.0, 0.5]).unwrap();
    assert_eq!(found.content, ThumbnailContent::Same, "{found:?}");
}

#[test]
fn a_flat_picture_is_not_compared() {
    let picture = scene(9, 320, 240);
    let flat = RgbImage::filled(160, 120, [90, 90, 90]);
    assert_eq!(compare(&picture, &flat), None);
    assert_eq!(compare(&flat, &thumbnail(&picture, 160, 75)), None);
}

#[test]
fn a_difference_is_dark_where_both_are_the_same_and_bright_where_a_part_was_changed() {
    let before = scene(3, 400, 300);
    let small = thumbnail(&before, 160, 85);
    let mut after = before.clone();
    for y in 100..160usize {
        for x in 200..260usize {
            let at = (y * 400 + x) * 3;
            for value in &mut after.pixels[at..at + 3] {
                *value ^= 0x80;
            }
        }
    }
    let found = difference(&after, &small).unwrap();
    assert_eq!((found.width_px, found.height_px), (160, 120));
    let mean = |image: &RgbImage, x: u32, y: u32| {
        let values = part(image, x, y, 16, 16).pixels;
        values.iter().map(|v| f32::from(*v)).sum::<f32>() / values.len() as f32
    };
    assert!(mean(&found, 84, 44) > 240.0, "changed: {}", mean(&found, 84, 44));
    let same = difference(&before, &small).unwrap();
    let (here, all) = (mean(&same, 84, 44), f32::from(u8::MAX) / 4.0);
    assert!(here < all, "only what the coder changed: {here}");
    assert!(difference(&after, &thumbnail(&part(&before, 0, 0, 300, 300), 160, 85)).is_none());
}
