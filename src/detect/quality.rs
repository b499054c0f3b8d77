//! Quality of the picture of a face: size, blur, block grid, noise, color, shades.
//!
//! Measures, all from published descriptions:
//! * blur: F. Crete, T. Dolmiere, P. Ladret, M. Nicolas, "The blur effect: perception and
//!   estimation with a new no-reference perceptual blur metric", SPIE 6492, 2007. The picture is
//!   blurred once more; what is sharp loses much of its variation, what is blurred little.
//! * noise: J. Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996.
//! * block grid: the idea of Z. Fan and R. de Queiroz, "Identification of bitmap compression
//!   history", IEEE TIP 12(2), 2003: steps across the borders of 8 × 8 blocks against steps
//!   elsewhere. The form is ours: the grid may begin anywhere, so the most conspicuous of the eight
//!   phases is taken. A picture scaled after compression has no such grid any more and seems clean.

use crate::base::{Frame, Quality, Rect, RgbImage, luma};
use crate::prep;

/// Blur is measured on faces brought down to this longer side; smaller ones are taken as they are.
const BLUR_SIDE_PX: f32 = 160.0;
/// Taps of the second blur, as in the paper.
const BLUR_TAPS: usize = 9;
/// Noise and blocks are measured in the middle of the face, within a square of this side.
const NATIVE_SIDE_PX: f32 = 384.0;
/// Side of a JPEG block.
const BLOCK: usize = 8;
/// Steps smaller than this, in gray levels, are no evidence for a grid.
const QUIET: f32 = 0.5;

/// Measures the face in the stored picture.
pub fn measure(frame: &Frame, box_px: &Rect) -> Quality {
    let picture = &frame.image;
    let face = box_px.intersect(&picture.bounds()).unwrap_or_else(|| picture.bounds());
    let shrink = (BLUR_SIDE_PX / face.w.max(face.h)).min(1.0);
    let side = |extent: f32| ((extent * shrink).round() as u32).max(1);
    let small = prep::resample(picture, &face, side(face.w), side(face.h));
    let part = middle(&face);
    let native = Luma::cut(picture, &part);
    Quality {
        face_px: box_px.w.max(box_px.h),
        blur: blur_effect(&Luma::from_rgb(&small)),
        blockiness: blockiness(&native),
        noise: noise(&native),
        color: color(picture, &part),
        shades: shades(&native),
        jpeg: frame.jpeg_quality,
    }
}

/// The middle of a face, no larger than is measured.
fn middle(face: &Rect) -> Rect {
    let (w, h) = (face.w.min(NATIVE_SIDE_PX), face.h.min(NATIVE_SIDE_PX));
    let center = face.center();
    Rect::new(center.x - w / 2.0, center.y - h / 2.0, w, h)
}

/// Rows of the whole pixels under a rectangle inside the picture, at least one pixel.
fn rows<'a>(picture: &'a RgbImage, part: &Rect) -> impl ExactSizeIterator<Item = &'a [u8]> {
    let (x0, y0) = (part.x.max(0.0) as u32, part.y.max(0.0) as u32);
    let (x0, y0) = (x0.min(picture.width_px - 1), y0.min(picture.height_px - 1));
    let x1 = ((part.x + part.w) as u32).clamp(x0 + 1, picture.width_px);
    let y1 = ((part.y + part.h) as u32).clamp(y0 + 1, picture.height_px);
    let stride = picture.width_px as usize;
    (y0 as usize..y1 as usize).map(move |y| {
        &picture.pixels[(y * stride + x0 as usize) * 3..(y * stride + x1 as usize) * 3]
    })
}

/// Gray values, ITU-R BT.601.
struct Luma {
    width: usize,
    height: usize,
    data: Vec<f32>,
}

impl Luma {
    fn from_rgb(picture: &RgbImage) -> Self {
        Self::cut(picture, &picture.bounds())
    }

    fn cut(picture: &RgbImage, part: &Rect) -> Self {
        let rows = rows(picture, part);
        let height = rows.len();
        let gray = |p: &[u8]| luma([p[0], p[1], p[2]].map(f32::from));
        let data: Vec<f32> = rows.flat_map(|row| row.chunks_exact(3).map(gray)).collect();
        Self { width: data.len() / height, height, data }
    }

    fn transposed(&self) -> Self {
        let column = |x: usize| (0..self.height).map(move |y| self.data[y * self.width + x]);
        let data = (0..self.width).flat_map(column).collect();
        Self { width: self.height, height: self.width, data }
    }
}

/// The larger of the two directions; 1 for a flat picture, which has nothing sharp in it.
fn blur_effect(luma: &Luma) -> f32 {
    blur_along_rows(luma).max(blur_along_rows(&luma.transposed()))
}

fn blur_along_rows(luma: &Luma) -> f32 {
    let (mut variation, mut lost) = (0.0f64, 0.0f64);
    let reach = BLUR_TAPS / 2;
    for row in luma.data.chunks_exact(luma.width) {
        let at = |i: usize| row[i.saturating_sub(reach).min(row.len() - 1)];
        let mut sum: f32 = (0..BLUR_TAPS).map(at).sum();
        for (x, pair) in row.windows(2).enumerate() {
            // The window of the mean moves from x to x + 1.
            let next = sum - at(x) + at(x + BLUR_TAPS);
            let step = (pair[1] - pair[0]).abs();
            let blurred_step = ((next - sum) / BLUR_TAPS as f32).abs();
            variation += f64::from(step);
            lost += f64::from((step - blurred_step).max(0.0));
            sum = next;
        }
    }
    if variation > 0.0 { (1.0 - lost / variation) as f32 } else { 1.0 }
}

/// Mean over both directions of how far the most conspicuous phase lies above the others.
fn blockiness(luma: &Luma) -> f32 {
    f32::midpoint(grid_along_rows(luma), grid_along_rows(&luma.transposed()))
}

fn grid_along_rows(luma: &Luma) -> f32 {
    // Two whole blocks at least, or a phase has no border to show.
    if luma.width < 2 * BLOCK + 3 {
        return 0.0;
    }
    let mut steps = [0.0f64; BLOCK];
    let mut n = [0.0f64; BLOCK];
    for row in luma.data.chunks_exact(luma.width) {
        for (x, four) in row.windows(4).enumerate() {
            // The step in the middle less what its neighbors on both sides would explain.
            let excess = (four[2] - four[1]) - 0.5 * ((four[1] - four[0]) + (four[3] - four[2]));
            steps[x % BLOCK] += f64::from(excess.abs());
            n[x % BLOCK] += 1.0;
        }
    }
    let means: [f32; BLOCK] = std::array::from_fn(|i| (steps[i] / n[i]) as f32);
    let highest = means.iter().copied().fold(0.0, f32::max);
    let others = (means.iter().sum::<f32>() - highest) / (BLOCK - 1) as f32;
    (highest - others) / (others + QUIET)
}

fn noise(luma: &Luma) -> f32 {
    let (w, h) = (luma.width, luma.height);
    if w < 3 || h < 3 {
        return 0.0;
    }
    let mut sum = 0.0f64;
    for y in 1..h - 1 {
        let [above, here, below] = [y - 1, y, y + 1].map(|y| &luma.data[y * w..(y + 1) * w]);
        for x in 1..w - 1 {
            // Second differences in both directions: [1 -2 1; -2 4 -2; 1 -2 1].
            let cross = |row: &[f32]| row[x - 1] - 2.0 * row[x] + row[x + 1];
            sum += f64::from((cross(above) - 2.0 * cross(here) + cross(below)).abs());
        }
    }
    let cells = ((w - 2) * (h - 2)) as f64;
    ((std::f64::consts::FRAC_PI_2).sqrt() * sum / (6.0 * cells)) as f32
}

fn color(picture: &RgbImage, part: &Rect) -> f32 {
    let (mut sum, mut n) = (0u64, 0u64);
    for pixel in rows(picture, part).flat_map(|row| row.chunks_exact(3)) {
        let (low, high) = (pixel.iter().min(), pixel.iter().max());
        sum += u64::from(high.copied().unwrap_or(0) - low.copied().unwrap_or(0));
        n += 1;
    }
    sum as f32 / n.max(1) as f32
}

fn shades(luma: &Luma) -> f32 {
    let mut counts = [0u32; 256];
    for value in &luma.data {
        counts[value.round().clamp(0.0, 255.0) as usize] += 1;
    }
    let n = luma.data.len().max(1) as f64;
    let shares = counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / n);
    (-shares.map(|p| p * p.ln()).sum::<f64>()).exp() as f32
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::base::Orientation;
    use crate::detect::Degradation;

    /// Edges of several sizes and a little texture.
    fn scene(side: u32) -> RgbImage {
        let pixels = (0..side).flat_map(|y| {
            (0..side).flat_map(move |x| {
                let patch = (x / 13 * 37 + y / 11 * 59) % 150;
                let texture = (x * 7919 + y * 104_729 + x * y * 31) % 17;
                [(40 + patch + texture) as u8; 3]
            })
        });
        RgbImage::new(side, side, pixels.collect()).unwrap()
    }

    fn quality_of(image: RgbImage) -> Quality {
        let bounds = image.bounds();
        measure(&Frame::new(image, Orientation::UPRIGHT), &bounds)
    }

    #[test]
    fn each_degradation_moves_its_own_measure() {
        let image = scene(150);
        let plain = quality_of(image.clone());
        let mut last = plain.blur;
        for sigma in [0.7, 1.5, 3.0] {
            let blur = quality_of(Degradation::Blur(sigma).apply(&image)).blur;
            assert!(blur > last + 0.03, "blur {sigma}: {blur} after {last}");
            last = blur;
        }
        let mut last = plain.blockiness;
        for quality in [60, 30, 12] {
            let blockiness = quality_of(Degradation::Jpeg(quality).apply(&image)).blockiness;
            assert!(blockiness > last, "JPEG {quality}: {blockiness} after {last}");
            last = blockiness;
        }
        assert!(plain.blockiness < 0.2 && last > 0.5, "{plain:?}, {last}");
        assert!(
            quality_of(Degradation::Blur(2.0).apply(&image)).noise < 0.3 * plain.noise,
            "smoothed"
        );
    }

    #[test]
    fn noise_is_read_in_gray_levels() {
        // A sum of four uniform draws is near enough to a Gaussian.
        let mut rng = StdRng::seed_from_u64(1);
        let sigma = 6.0;
        let pixels = (0..120 * 120).flat_map(|_| {
            let sum: f32 = (0..4).map(|_| rng.random_range(-0.5..0.5f32)).sum();
            [(128.0 + sigma * sum * 3.0f32.sqrt()).round() as u8; 3]
        });
        let found = quality_of(RgbImage::new(120, 120, pixels.collect()).unwrap()).noise;
        assert!((found - sigma).abs() < 0.6, "{found} for {sigma}");
    }

    #[test]
    fn gray_pictures_have_no_color_and_halftones_two_shades() {
        let image = scene(90);
        let gray = quality_of(image.clone());
        assert_eq!(gray.color, 0.0);
        assert!(gray.shades > 40.0, "{gray:?}");
        let two = |v: u8| if v > 110 { 255 } else { 0 };
        let halftone = RgbImage::new(90, 90, image.pixels.iter().map(|v| two(*v)).collect());
        let shades = quality_of(halftone.unwrap()).shades;
        assert!((1.0..=2.0).contains(&shades), "{shades}");
        let red = RgbImage::filled(20, 20, [200, 90, 140]);
        assert_eq!(quality_of(red).color, 110.0);
    }

    #[test]
    fn a_grid_is_found_wherever_it_begins() {
        let coded = Degradation::Jpeg(12).apply(&scene(160));
        let whole = Frame::new(coded, Orientation::UPRIGHT);
        let at = |x, y| measure(&whole, &Rect::new(x, y, 130.0, 130.0)).blockiness;
        let (zero, shifted) = (at(0.0, 0.0), at(5.0, 3.0));
        assert!((zero - shifted).abs() < 0.15 * zero, "{zero} {shifted}");
    }

    #[test]
    fn tiny_flat_and_outlying_boxes_are_measured_too() {
        let frame = Frame::new(RgbImage::filled(40, 30, [9; 3]), Orientation::UPRIGHT);
        for face in [
            Rect::new(39.5, 29.5, 0.2, 0.2),
            Rect::new(-10.0, -10.0, 20.0, 20.0),
            Rect::new(500.0, 500.0, 10.0, 10.0),
        ] {
            let quality = measure(&frame, &face);
            assert_eq!((quality.blur, quality.blockiness, quality.noise), (1.0, 0.0, 0.0));
            assert_eq!((quality.color, quality.shades), (0.0, 1.0));
            assert_eq!(quality.face_px, face.w.max(face.h));
        }
    }
}
