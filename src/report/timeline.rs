//! The scores of a face over a clip as a small chart, in gray.

use super::Error;
use super::picture::{JpegPicture, coded};
use crate::base::{Rect, RgbImage, Track};
use crate::signal::{draw_box, fill_rect};

/// Columns and rows of the chart.
const SIZE: [u32; 2] = [800, 200];
/// A bar is at least this wide, so that few frames of a long clip are seen.
const LEAST_BAR_PX: f32 = 4.0;
const BAR: [u8; 3] = [140; 3];
const LINE: [u8; 3] = [0; 3];
/// Length of the dashes of the upper and of the lower line.
const DASHES_PX: [u32; 2] = [800, 16];

/// A bar for each examined frame, as high as its score; nothing where no frame was examined. A whole line
/// at the first threshold and a dashed one at the second. `n_frames`: frames of the clip.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn timeline_picture(
    track: &Track,
    n_frames: usize,
    thresholds: [f32; 2],
) -> Result<JpegPicture, Error> {
    coded(&draw(track, n_frames, thresholds))
}

fn draw(track: &Track, n_frames: usize, thresholds: [f32; 2]) -> RgbImage {
    let [width, height] = SIZE;
    let mut chart = RgbImage::filled(width, height, [255; 3]);
    let (w, h) = (width as f32, height as f32);
    let column = w / n_frames.max(1) as f32;
    for sample in &track.samples {
        let Some(score) = sample.score else { continue };
        let high = score.clamp(0.0, 1.0) * h;
        let bar = Rect::new(sample.frame as f32 * column, h - high, column.max(LEAST_BAR_PX), high);
        fill_rect(&mut chart, &bar, BAR);
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
    use crate::base::{Face, FaceOrigin, Sample, Verdict};

    #[test]
    fn bars_stand_at_their_frames_and_lines_at_the_thresholds() {
        let sample = |frame: usize, score: Option<f32>| Sample {
            frame,
            face: Face {
                box_px: Rect::new(0.0, 0.0, 60.0, 60.0),
                landmarks: None,
                confidence: 1.0,
                origin: FaceOrigin::Drawn,
            },
            score,
            verdict: Verdict::NotExamined,
            reason: None,
            caveats: Vec::new(),
            map: None,
        };
        let track = Track {
            id: 1,
            samples: vec![sample(10, Some(0.9)), sample(50, Some(0.5)), sample(80, None)],
            score: None,
            verdict: Verdict::NotExamined,
            reason: None,
            worst: Vec::new(),
        };
        let chart = draw(&track, 100, [0.8, 0.2]);
        let at = |frame: u32, value: f32| {
            chart.get(i64::from(8 * frame + 4), ((1.0 - value) * 200.0) as i64)[0]
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
