//! The scores of a face over a clip as a small chart, in gray.

use super::Error;
use super::picture::{JpegPicture, coded};
use crate::base::{Rect, RgbImage};
use crate::signal::{draw_box, fill_rect};

/// Columns and rows of the chart.
const SIZE: [u32; 2] = [800, 200];
const BAR: [u8; 3] = [140; 3];
const LINE: [u8; 3] = [0; 3];
/// Length of the dashes of the upper and of the lower line.
const DASHES_PX: [u32; 2] = [800, 16];

/// A bar for each part of the clip, as high as its score; nothing where no frame was examined.
///
/// A whole line stands at the first threshold and a dashed one at the second. `curve`: scores from 0 to 1
/// of equal parts of the clip.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn timeline_picture(curve: &[Option<f32>], thresholds: [f32; 2]) -> Result<JpegPicture, Error> {
    coded(&draw(curve, thresholds))
}

fn draw(curve: &[Option<f32>], thresholds: [f32; 2]) -> RgbImage {
    let [width, height] = SIZE;
    let mut chart = RgbImage::filled(width, height, [255; 3]);
    let (w, h) = (width as f32, height as f32);
    let column = w / curve.len().max(1) as f32;
    for (i, score) in curve.iter().enumerate() {
        let high = score.unwrap_or(0.0).clamp(0.0, 1.0) * h;
        fill_rect(&mut chart, &Rect::new(i as f32 * column, h - high, column, high), BAR);
    }
    for (threshold, dash) in thresholds.into_iter().zip(DASHES_PX) {
        let y = (1.0 - threshold.clamp(0.0, 1.0)) * h - 1.0;
        for x in (0..width).step_by(2 * dash as usize) {
            fill_rect(&mut chart, &Rect::new(x as f32, y, dash as f32, 2.0), LINE);
        }
    }
    draw_box(&mut chart, &Rect::new(0.0, 0.0, w, h), 2.0, LINE);
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_at_their_parts_and_lines_at_the_thresholds() {
        let mut curve = [None; 100];
        (curve[10], curve[50]) = (Some(0.9), Some(0.5));
        let chart = draw(&curve, [0.8, 0.2]);
        let at = |part: u32, value: f32| {
            chart.get(i64::from(8 * part + 4), ((1.0 - value) * 200.0) as i64)[0]
        };
        assert_eq!([at(10, 0.85), at(10, 0.95)], [BAR[0], 255]);
        assert_eq!([at(50, 0.45), at(50, 0.55)], [BAR[0], 255]);
        assert_eq!([at(80, 0.1), at(30, 0.1)], [255, 255], "not examined");
        let n_dark = |value: f32| {
            let y = ((1.0 - value) * 200.0) as i64;
            (20..780).filter(|x| chart.get(*x, y)[0] == 0).count()
        };
        assert!(n_dark(0.8) == 760 && (300..460).contains(&n_dark(0.2)), "whole and dashed");
    }
}
