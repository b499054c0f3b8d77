//! The scores of a face over a clip as a small chart, in gray.

use super::block::RichText;
use super::lines::TextStyle;
use super::page::{Mark, Page, PlacedMark};
use super::pixels::draw_page;
use super::typesetter::Typesetter;
use crate::base::RgbImage;
use crate::base::text::time_code;
use crate::report::Error;

/// Width and height in points.
const SIZE: [f32; 2] = [300.0, 130.0];
/// Left, upper, right and lower end of the bars.
const PLOT: [f32; 4] = [24.0, 16.0, 292.0, 112.0];
/// Pixels a point.
const PIXELS: f32 = 2.0;
const TEXT: TextStyle = TextStyle { size: 10.0, is_bold: false };
const BAR: [u8; 3] = [140; 3];
const LINE: [u8; 3] = [0; 3];
/// Length of the dashes of the upper and of the lower line.
const DASHES: [f32; 2] = [300.0, 6.0];
/// Marks of time at most, but for that at the start.
const MOST_TICKS: f64 = 4.0;
/// Seconds between two of them, the smallest first.
const STEPS: [f64; 14] =
    [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

impl Typesetter {
    /// A bar for each part of the clip, as high as its score; nothing where no frame was examined.
    ///
    /// A whole line stands at the first threshold and a dashed one at the second. `curve`: scores from 0
    /// to 1 of equal parts of the clip. `duration_s`: its length in seconds, for the marks of time.
    ///
    /// # Errors
    ///
    /// [`Error::Picture`].
    pub fn timeline(
        &mut self,
        curve: &[Option<f32>],
        thresholds: [f32; 2],
        duration_s: Option<f64>,
    ) -> Result<RgbImage, Error> {
        let mut chart = Chart { typesetter: self, page: Page::default() };
        chart.bars(curve);
        chart.lines(thresholds);
        chart.axes(duration_s);
        draw_page(&chart.page, SIZE, PIXELS)
    }
}

struct Chart<'a> {
    typesetter: &'a mut Typesetter,
    page: Page,
}

impl Chart<'_> {
    fn fill(&mut self, area: [f32; 4], color: [u8; 3]) {
        self.page.marks.push(PlacedMark { mark: Mark::Fill { area, color }, element: None });
    }

    /// A text with its middle at `x`, as far as it has room, and its upper end at `y`.
    fn text(&mut self, text: &str, x: f32, y: f32) {
        let lines = self.typesetter.fonts.set(&RichText::plain(text), TEXT, SIZE[0]);
        for line in lines.into_iter().take(1) {
            let x = (x - 0.5 * line.width).clamp(1.0, (SIZE[0] - line.width - 1.0).max(1.0));
            self.page.marks.push(PlacedMark { mark: Mark::Text { line, x, y }, element: None });
        }
    }

    fn bars(&mut self, curve: &[Option<f32>]) {
        let [left, top, right, bottom] = PLOT;
        let column = (right - left) / curve.len().max(1) as f32;
        for (i, score) in curve.iter().enumerate() {
            let high = score.unwrap_or(0.0).clamp(0.0, 1.0) * (bottom - top);
            self.fill([left + i as f32 * column, bottom - high, column, high], BAR);
        }
    }

    fn lines(&mut self, thresholds: [f32; 2]) {
        let [left, _, right, _] = PLOT;
        for (threshold, dash) in thresholds.into_iter().zip(DASHES) {
            let y = height_of(threshold);
            let mut x = left;
            while x < right {
                self.fill([x, y - 0.5, dash.min(right - x), 1.0], LINE);
                x += 2.0 * dash;
            }
        }
    }

    /// Frame, marks and their words.
    fn axes(&mut self, duration_s: Option<f64>) {
        let [left, top, right, bottom] = PLOT;
        self.fill([left - 1.0, top, 1.0, bottom - top], LINE);
        self.fill([left - 1.0, bottom, right - left + 1.0, 1.0], LINE);
        self.text("score", 0.0, 1.0);
        for score in [0.0, 0.5, 1.0] {
            let y = height_of(score);
            self.fill([left - 4.0, y - 0.5, 3.0, 1.0], LINE);
            self.text(&format!("{score:.1}"), 0.5 * left - 3.0, y - 6.0);
        }
        for (share, word) in ticks(duration_s) {
            let x = left + share * (right - left);
            self.fill([x - 0.5, bottom, 1.0, 4.0], LINE);
            self.text(&word, x, bottom + 4.0);
        }
    }
}

fn height_of(score: f32) -> f32 {
    let [_, top, _, bottom] = PLOT;
    bottom - score.clamp(0.0, 1.0) * (bottom - top)
}

/// Marks of time: where in the clip, from 0 to 1, and their words.
fn ticks(duration_s: Option<f64>) -> Vec<(f32, String)> {
    let Some(duration_s) = duration_s.filter(|s| s.is_finite() && *s > 0.0) else {
        return vec![(0.0, "start of the clip".to_owned()), (1.0, "end".to_owned())];
    };
    let is_wide = |step: &f64| duration_s / step <= MOST_TICKS;
    let step = STEPS.into_iter().find(is_wide).unwrap_or(duration_s / MOST_TICKS);
    let n = (duration_s / step + 1e-6) as u32;
    let word = |t_s: f64| {
        let code = time_code(t_s);
        if step < 1.0 { code } else { code.split('.').next().unwrap_or_default().to_owned() }
    };
    let at = |i: u32| ((f64::from(i) * step / duration_s) as f32, word(f64::from(i) * step));
    (0..=n).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_at_their_parts_and_lines_at_the_thresholds() {
        let mut curve = [None; 100];
        (curve[10], curve[50]) = (Some(0.9), Some(0.3));
        let draw =
            |duration_s| Typesetter::for_text("").timeline(&curve, [0.8, 0.2], duration_s).unwrap();
        let chart = draw(Some(4.2));
        assert_eq!((chart.width_px, chart.height_px), (600, 260));
        let [left, _, right, bottom] = PLOT.map(|v| v * PIXELS);
        let y = |value: f32| (height_of(value) * PIXELS) as i64;
        let x = |part: f32| (left + (part + 0.5) / 100.0 * (right - left)) as i64;
        let at = |part: f32, value: f32| chart.get(x(part), y(value))[0];
        assert_eq!([at(10.0, 0.7), at(10.0, 0.95)], [BAR[0], 255]);
        assert_eq!([at(50.0, 0.25), at(50.0, 0.35)], [BAR[0], 255]);
        assert_eq!([at(80.0, 0.1), at(30.0, 0.1)], [255, 255], "not examined");
        let n_dark = |value: f32| {
            (left as i64..right as i64).filter(|x| chart.get(*x, y(value))[0] < 40).count()
        };
        let width = (right - left) as usize;
        assert!(n_dark(0.8) == width && (200..340).contains(&n_dark(0.2)), "whole and dashed");
        let n_ink = |chart: &RgbImage,
                     rows: std::ops::Range<i64>,
                     columns: std::ops::Range<i64>| {
            let dark = |row| columns.clone().filter(move |x| chart.get(*x, row)[0] < 100).count();
            rows.map(dark).sum::<usize>()
        };
        assert!(n_ink(&chart, 0..260, 0..(left as i64 - 8)) > 100, "words at the scores");
        let below = bottom as i64 + 10..260;
        assert!(n_ink(&chart, below.clone(), 0..600) > 100, "words at the times");
        let without = draw(None);
        assert!(n_ink(&without, below, 560..600) > 10, "the end of a clip of unknown length");
    }

    #[test]
    fn marks_of_time_are_few_and_round() {
        let words = |s| ticks(Some(s)).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        assert_eq!(words(4.2), ["00:00", "00:02", "00:04"]);
        assert_eq!(words(0.3), ["00:00.000", "00:00.100", "00:00.200", "00:00.300"]);
        assert_eq!(words(3700.0), ["00:00", "30:00", "1:00:00"]);
        assert!((2..=5).contains(&ticks(Some(1e6)).len()));
        assert_eq!(ticks(Some(4.0))[1].0, 0.25);
    }
}
