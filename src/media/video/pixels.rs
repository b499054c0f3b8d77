//! Decoded pixels: RGB, or the planes that nearly every video is coded in.
//!
//! Converting a whole frame to RGB costs more than decoding it, and most of a frame is no face. So
//! planes travel as they were decoded, and only the part that is wanted is converted.

use std::borrow::Cow;

use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgb};

use crate::base::{Rect, RgbImage};

/// Matrix that converts luma and chroma to RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YuvMatrix {
    /// ITU-R BT.601: standard definition.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
}

/// Values of black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LumaRange {
    /// 16 and 235.
    Limited,
    /// 0 and 255.
    Full,
}

/// Planes of 8 bits, chroma at half the width and height, rounded up.
#[derive(Clone, PartialEq, Eq)]
pub struct Yuv420 {
    width_px: u32,
    height_px: u32,
    planes: Vec<u8>,
    matrix: YuvMatrix,
    range: LumaRange,
}

impl std::fmt::Debug for Yuv420 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width_px, height_px, matrix, range, .. } = self;
        write!(f, "Yuv420({width_px} x {height_px}, {matrix:?}, {range:?})")
    }
}

impl Yuv420 {
    /// Planes y, u, v one after the other, rows without padding; `None` when a side is 0 or the
    /// number of bytes does not fit.
    pub fn new(
        (width_px, height_px): (u32, u32),
        planes: Vec<u8>,
        matrix: YuvMatrix,
        range: LumaRange,
    ) -> Option<Self> {
        let fits = width_px > 0
            && height_px > 0
            && planes.len() as u64 == Self::bytes_of(width_px, height_px);
        fits.then_some(Self { width_px, height_px, planes, matrix, range })
    }

    /// Bytes of all three planes.
    pub(super) fn bytes_of(width_px: u32, height_px: u32) -> u64 {
        let area = |w: u32, h: u32| u64::from(w).saturating_mul(u64::from(h));
        let chroma = area(width_px.div_ceil(2), height_px.div_ceil(2));
        area(width_px, height_px).saturating_add(chroma.saturating_mul(2))
    }

    fn split(&self) -> (&[u8], &[u8], &[u8]) {
        let n_luma = (self.width_px as usize).saturating_mul(self.height_px as usize);
        // The number of bytes was checked when the planes were taken.
        let (y, chroma) = self.planes.split_at_checked(n_luma).unwrap_or_default();
        let (u, v) = chroma.split_at(chroma.len() / 2);
        (y, u, v)
    }

    /// The part from the even column `x` and the even row `y` on.
    fn part(&self, x: u32, y: u32, width: u32, height: u32) -> RgbImage {
        let (luma, u, v) = self.split();
        let chroma_width = self.width_px.div_ceil(2);
        let place = |x: u32, y: u32, stride: u32| {
            (y as usize).saturating_mul(stride as usize).saturating_add(x as usize)
        };
        let luma_at = place(x, y, self.width_px);
        let chroma_at = place(x / 2, y / 2, chroma_width);
        let image = YuvPlanarImage {
            y_plane: luma.get(luma_at..).unwrap_or_default(),
            y_stride: self.width_px,
            u_plane: u.get(chroma_at..).unwrap_or_default(),
            u_stride: chroma_width,
            v_plane: v.get(chroma_at..).unwrap_or_default(),
            v_stride: chroma_width,
            width,
            height,
        };
        let range = match self.range {
            LumaRange::Limited => YuvRange::Limited,
            LumaRange::Full => YuvRange::Full,
        };
        let matrix = match self.matrix {
            YuvMatrix::Bt601 => YuvStandardMatrix::Bt601,
            YuvMatrix::Bt709 => YuvStandardMatrix::Bt709,
        };
        let stride = width.saturating_mul(3);
        let mut pixels = vec![0; (stride as usize).saturating_mul(height as usize)];
        // Sizes were checked when the planes were taken.
        if let Err(error) = yuv420_to_rgb(&image, &mut pixels, stride, range, matrix) {
            tracing::error!(%error, "a part of a frame was not converted");
        }
        RgbImage { width_px: width, height_px: height, pixels }
    }
}

/// A decoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// Ready to look at.
    Rgb(RgbImage),
    /// As it was coded.
    Yuv420(Yuv420),
}

impl Pixels {
    /// Width and height in pixels.
    pub const fn size(&self) -> (u32, u32) {
        match self {
            Self::Rgb(image) => (image.width_px, image.height_px),
            Self::Yuv420(planes) => (planes.width_px, planes.height_px),
        }
    }

    /// The whole frame as RGB.
    pub fn rgb(&self) -> Cow<'_, RgbImage> {
        match self {
            Self::Rgb(image) => Cow::Borrowed(image),
            Self::Yuv420(planes) => {
                Cow::Owned(planes.part(0, 0, planes.width_px, planes.height_px))
            }
        }
    }

    /// The whole frame as RGB, without a copy where it is RGB already.
    pub fn into_rgb(self) -> RgbImage {
        match self {
            Self::Rgb(image) => image,
            Self::Yuv420(planes) => planes.part(0, 0, planes.width_px, planes.height_px),
        }
    }

    /// A part as RGB, equal to the same part of [`Self::rgb`]. The rectangle is widened outwards to
    /// even pixels and cut to the picture; what lies wholly outside gives the nearest 2 × 2 pixels.
    /// Also the position of its left top pixel in the frame.
    pub fn cut(&self, part: &Rect) -> (RgbImage, [u32; 2]) {
        let (width, height) = self.size();
        let (x, w) = even_span(part.x, part.w, width);
        let (y, h) = even_span(part.y, part.h, height);
        let image = match self {
            Self::Yuv420(planes) => planes.part(x, y, w, h),
            Self::Rgb(image) => {
                let bytes = |columns: u32| (columns as usize).saturating_mul(3);
                let (stride, columns) = (bytes(width), bytes(x)..bytes(x.saturating_add(w)));
                let rows = image.pixels.chunks_exact(stride).skip(y as usize).take(h as usize);
                let pixels = rows
                    .flat_map(|row| row.get(columns.clone()).unwrap_or_default())
                    .copied()
                    .collect();
                RgbImage { width_px: w, height_px: h, pixels }
            }
        };
        (image, [x, y])
    }

    /// Four thumbnails of `w` × `h` values, `[4, h, w]`: brightness, 0 black to 255 white, its mean
    /// deviation within the cell, and the two color differences, 128 gray. Each is taken from at
    /// most 8 × 8 pixels spread over its cell. Deterministic; meant for comparing frames.
    pub fn tiny(&self, w: usize, h: usize) -> Vec<u8> {
        let (width, height) = self.size();
        let (width, height) = (width as usize, height as usize);
        let n_cells = w.saturating_mul(h);
        let mut values = vec![0; n_cells.saturating_mul(TINY_PLANES)];
        for row in 0..h {
            let ys = spread(row, h, height);
            for column in 0..w {
                let xs = spread(column, w, width);
                let (mut lumas, mut n) = ([0; TINY_SAMPLES], 0u32);
                let (mut sum, mut differences) = (0u32, [0u32; 2]);
                let places = ys.clone().flat_map(|y| xs.clone().map(move |x| (x, y)));
                for ((x, y), kept) in places.zip(&mut lumas) {
                    *kept = self.luma(x, y);
                    sum = sum.saturating_add(*kept);
                    for (total, part) in differences.iter_mut().zip(self.chroma(x, y)) {
                        *total = total.saturating_add(part);
                    }
                    n = n.saturating_add(1);
                }
                let mean = |sum: u32| sum.checked_div(n).unwrap_or(0);
                let luma = mean(sum);
                let spreads = lumas.iter().take(n as usize).map(|value| value.abs_diff(luma));
                let deviation = mean(spreads.fold(0, u32::saturating_add));
                let [blue, red] = differences.map(mean);
                let cell = row.saturating_mul(w).saturating_add(column);
                for (plane, value) in [luma, deviation, blue, red].into_iter().enumerate() {
                    let at = plane.saturating_mul(n_cells).saturating_add(cell);
                    if let Some(to) = values.get_mut(at) {
                        *to = value as u8;
                    }
                }
            }
        }
        values
    }

    /// Brightness of a pixel, 0 to 255.
    fn luma(&self, x: usize, y: usize) -> u32 {
        match self {
            Self::Yuv420(planes) => {
                let at = y.saturating_mul(planes.width_px as usize).saturating_add(x);
                let value = u32::from(planes.planes.get(at).copied().unwrap_or_default());
                match planes.range {
                    LumaRange::Full => value,
                    LumaRange::Limited => {
                        (value.saturating_sub(16).saturating_mul(255) / 219).min(255)
                    }
                }
            }
            Self::Rgb(image) => {
                let [r, g, b] = pixel(image, x, y);
                let shares = [r.saturating_mul(77), g.saturating_mul(150), b.saturating_mul(29)];
                shares.iter().sum::<u32>() >> 8
            }
        }
    }

    /// How much bluer and redder than gray a pixel is, 128 for gray.
    fn chroma(&self, x: usize, y: usize) -> [u32; 2] {
        match self {
            Self::Yuv420(planes) => {
                let (_, u, v) = planes.split();
                let width = planes.width_px.div_ceil(2) as usize;
                let at = (y / 2).saturating_mul(width).saturating_add(x / 2);
                [u, v].map(|plane| u32::from(plane.get(at).copied().unwrap_or(128)))
            }
            Self::Rgb(image) => {
                let [r, _, b] = pixel(image, x, y);
                let luma = self.luma(x, y);
                // Half of the difference, so that it fits.
                [b, r].map(|value| value.saturating_add(256).saturating_sub(luma) / 2)
            }
        }
    }
}

/// Thumbnails that [`Pixels::tiny`] makes of a frame.
const TINY_PLANES: usize = 4;
/// Most pixels that one of their values stands for.
const TINY_SAMPLES: usize = 64;

fn pixel(image: &RgbImage, x: usize, y: usize) -> [u32; 3] {
    let at = y.saturating_mul(image.width_px as usize).saturating_add(x);
    let (pixels, _) = image.pixels.as_chunks::<3>();
    pixels.get(at).copied().unwrap_or_default().map(u32::from)
}

/// Positions of 1 to 8 pixels spread over cell `i` of `n` in a side of `side` pixels.
fn spread(i: usize, n: usize, side: usize) -> impl Iterator<Item = usize> + Clone {
    let share = |i: usize| i.saturating_mul(side).checked_div(n).unwrap_or(0);
    let from = share(i).min(side.saturating_sub(1));
    let to = share(i.saturating_add(1)).clamp(from.saturating_add(1), side.max(1));
    let step = to.saturating_sub(from).div_ceil(8);
    (from..to).step_by(step.max(1))
}

/// Start and length of a span of pixels, both even unless it ends at an odd side.
fn even_span(from: f32, length: f32, side: u32) -> (u32, u32) {
    let last_even = side.saturating_sub(1) & !1;
    let start = (from.floor().max(0.0) as u32).min(last_even) & !1;
    let end = ((from + length).ceil().max(0.0) as u32).min(side).next_multiple_of(2);
    let end = end.clamp(start.saturating_add(2), side.max(start.saturating_add(2))).min(side);
    (start, end.saturating_sub(start))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn frames() -> impl Strategy<Value = ((u32, u32), Pixels)> {
        (1..66u32, 1..50u32).prop_flat_map(|size| {
            let n = Yuv420::bytes_of(size.0, size.1) as usize;
            vec(any::<u8>(), n).prop_map(move |planes| {
                let frame = Yuv420::new(size, planes, YuvMatrix::Bt709, LumaRange::Limited);
                (size, Pixels::Yuv420(frame.unwrap()))
            })
        })
    }

    /// Where a cut begins or how long it is: inside, outside, or nonsense.
    fn length() -> impl Strategy<Value = f32> {
        prop_oneof![4 => -20.0..80.0f32, 1 => any::<f32>(), 1 => Just(f32::NAN)]
    }

    proptest! {
        #[test]
        fn a_cut_is_the_same_part_of_the_whole(
            (size, frame) in frames(), [x, y, w, h] in prop::array::uniform4(length())
        ) {
            cut_is_part_of_the_whole(size, &frame, &Rect::new(x, y, w, h))?;
        }
    }

    fn cut_is_part_of_the_whole(
        size: (u32, u32),
        frame: &Pixels,
        part: &Rect,
    ) -> Result<(), TestCaseError> {
        let whole = Pixels::Rgb(frame.rgb().into_owned());
        let ((a, at), (b, b_at)) = (frame.cut(part), whole.cut(part));
        prop_assert_eq!((&a, at), (&b, b_at));
        prop_assert!(at[0] % 2 == 0 && at[1] % 2 == 0, "{at:?}");
        prop_assert!(a.width_px > 0 && at[0] + a.width_px <= size.0, "{at:?}");
        prop_assert!(a.height_px > 0 && at[1] + a.height_px <= size.1, "{at:?}");
        let (all, _) = frame.cut(&Rect::new(0.0, 0.0, size.0 as f32, size.1 as f32));
        let rgb = frame.rgb();
        prop_assert_eq!(&all, rgb.as_ref());
        Ok(())
    }

    /// A failure that random inputs once found: it lies below the frame, without a width.
    #[test]
    fn a_cut_that_is_no_rectangle_is_a_part_of_the_whole() {
        let size = (61, 15);
        let planes: Vec<u8> = (0..Yuv420::bytes_of(size.0, size.1)).map(|i| i as u8).collect();
        let frame = Yuv420::new(size, planes, YuvMatrix::Bt709, LumaRange::Limited).unwrap();
        let part = Rect::new(44.289_837, 73.454_95, f32::NAN, 1.233_310_4e34);
        cut_is_part_of_the_whole(size, &Pixels::Yuv420(frame), &part).unwrap();
    }

    #[test]
    fn black_white_and_red_are_what_the_standards_say() {
        for (range, black, white) in [(LumaRange::Limited, 16, 235), (LumaRange::Full, 0, 255)] {
            for (level, rgb) in [(black, [0; 3]), (white, [255; 3])] {
                let planes = [vec![level; 4], vec![128; 2]].concat();
                let frame = Yuv420::new((2, 2), planes, YuvMatrix::Bt601, range).unwrap();
                assert_eq!(Pixels::Yuv420(frame).rgb().get(1, 1), rgb, "{range:?}");
            }
        }
        // Red of BT.709, limited range: Y 63, Cb 102, Cr 240.
        let planes = [vec![63; 4], vec![102], vec![240]].concat();
        let red = Yuv420::new((2, 2), planes, YuvMatrix::Bt709, LumaRange::Limited).unwrap();
        let [r, g, b] = Pixels::Yuv420(red).rgb().get(0, 0);
        assert!(r > 252 && g < 3 && b < 3, "{r} {g} {b}");
    }

    #[test]
    fn tiny_pictures_show_where_it_is_bright() {
        let mut image = RgbImage::filled(100, 50, [0; 3]);
        for (i, value) in image.pixels.iter_mut().enumerate() {
            *value = if (i / 3) % 100 >= 50 { 200 } else { 0 };
        }
        let tiny = Pixels::Rgb(image).tiny(4, 2);
        assert_eq!(tiny[..8], [0, 0, 200, 200, 0, 0, 200, 200]);
        assert_eq!(tiny[8..], [[0; 8], [128; 8], [128; 8]].concat(), "even and gray");
        let dot = Yuv420::new((1, 1), vec![128; 3], YuvMatrix::Bt709, LumaRange::Full).unwrap();
        assert_eq!(Pixels::Yuv420(dot).tiny(32, 18).len(), 4 * 32 * 18);
        // Stripes of the same mean, and a color of the same brightness.
        let stripes = |i: usize| if i.is_multiple_of(2) { [60; 3] } else { [140; 3] };
        let pixels = (0..64).flat_map(stripes).collect();
        let striped = Pixels::Rgb(RgbImage::new(8, 8, pixels).unwrap()).tiny(1, 1);
        assert_eq!(striped, [100, 40, 128, 128]);
        let red = Pixels::Rgb(RgbImage::filled(8, 8, [180, 66, 66])).tiny(1, 1);
        assert_eq!((red[0], red[1]), (100, 0));
        assert!(red[2] < 120 && red[3] > 160, "{red:?}");
        assert!(Yuv420::new((2, 2), vec![0; 5], YuvMatrix::Bt601, LumaRange::Full).is_none());
    }
}
