//! Where a thumbnail and the picture differ that show the same scene.
//!
//! Both are averaged to 64 pixels, as lightness and two differences of color. What differs over the whole,
//! as brightness, contrast and strength of color, is fitted and taken out. Then the means of cells of 8
//! pixels are compared.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::gray::{Gray, SIDE, fitted, shrunk};
use crate::base::{RgbImage, luma};

/// Pixels of a cell's side.
const CELL: usize = 8;
/// Means of a cell that differ by more: 1 is from black to white. Chosen on 8 thumbnails of cameras and
/// programs and on 16 made scenes: where nothing was changed, lightness differs by 0.03 at most and color by
/// 0.03.
const LIGHT: f32 = 0.055;
const COLOR: f32 = 0.045;
/// What a program may change as a whole: contrast, and strength of color.
const CONTRASTS: (f32, f32) = (0.4, 2.5);
const STRENGTHS: (f32, f32) = (0.5, 2.0);
/// Rounds of fitting; pixels that fit badly are left out of the next one.
const ROUNDS: usize = 3;

/// Lightness, and blue and red without it, of equal size.
#[derive(Debug, Clone)]
pub(super) struct Planes([Gray; 3]);

/// Which cells differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalDifference {
    /// Shares of the cells that differ, in lightness and in color, 0 to 1.
    pub in_light: f32,
    /// See `in_light`.
    pub in_color: f32,
    /// Share of the cells that differ in any of them.
    pub share: f32,
    /// Middle of the cells that differ, as shares of the sides; without any the middle of the picture.
    pub middle: (f32, f32),
}

impl Planes {
    /// The planes of a picture, with `side` pixels or somewhat more on the longer side.
    pub(super) fn new(image: &RgbImage, side: usize) -> Self {
        let of: [fn([f32; 3]) -> f32; 3] = [
            |rgb| luma(rgb) / 255.0,
            |[r, g, b]| (b - luma([r, g, b])) / 255.0,
            |[r, g, b]| (r - luma([r, g, b])) / 255.0,
        ];
        Self(of.map(|of| shrunk(&Gray::sampled_as(image, side.saturating_mul(2), of), side)))
    }

    /// The lightness.
    pub(super) const fn light(&self) -> &Gray {
        let [light, ..] = &self.0;
        light
    }

    /// Turned clockwise by a quarter.
    pub(super) fn turned(&self) -> Self {
        Self(self.0.each_ref().map(Gray::turned))
    }

    /// A part of them: left, top, width, height.
    pub(super) fn part(&self, [x, y, width, height]: [usize; 4]) -> Self {
        Self(self.0.each_ref().map(|gray| gray.part(x, y, width, height)))
    }

    fn averaged(&self, width: usize, height: usize) -> [Gray; 3] {
        self.0.each_ref().map(|gray| gray.averaged(width, height))
    }
}

/// Compares cell by cell. Both show the same scene, the picture turned as the thumbnail is. `aspect`: the
/// factor by which the aspects differ, at least 1; where they do, edges lie beside each other.
pub(super) fn differing(picture: &Planes, thumbnail: &Planes, aspect: f64) -> LocalDifference {
    let (width, height) = fitted(thumbnail.light(), SIDE);
    let pairs = picture.averaged(width, height).into_iter().zip(thumbnail.averaged(width, height));
    let limits = [CONTRASTS, STRENGTHS, STRENGTHS];
    let means = pairs.zip(limits).map(|((a, b), limits)| cell_means(&residual(&a, &b, limits)));
    let means: Vec<Vec<f32>> = means.collect();
    let room = 1.0 + (aspect as f32 - 1.0) * 50.0;
    let across = width.div_ceil(CELL).max(1);
    let (mut n_light, mut n_color, mut n_any, mut n, mut sum) =
        (0u32, 0u32, 0u32, 0u32, (0.0f32, 0.0f32));
    let mut cells = means.iter().map(|plane| plane.iter());
    let (Some(light), Some(blue), Some(red)) = (cells.next(), cells.next(), cells.next()) else {
        return LocalDifference::NONE;
    };
    for (i, ((light, blue), red)) in light.zip(blue).zip(red).enumerate() {
        let is_light = light.abs() > LIGHT * room;
        let is_color = blue.abs().max(red.abs()) > COLOR * room;
        n = n.saturating_add(1);
        n_light = n_light.saturating_add(u32::from(is_light));
        n_color = n_color.saturating_add(u32::from(is_color));
        if is_light || is_color {
            n_any = n_any.saturating_add(1);
            let (x, y) = ((i.checked_rem(across)).unwrap_or(0), i.checked_div(across).unwrap_or(0));
            sum = (sum.0 + x as f32 + 0.5, sum.1 + y as f32 + 0.5);
        }
    }
    let down = height.div_ceil(CELL).max(1);
    let share = |k: u32| k as f32 / n.max(1) as f32;
    let middle = if n_any == 0 {
        (0.5, 0.5)
    } else {
        (sum.0 / n_any as f32 / across as f32, sum.1 / n_any as f32 / down as f32)
    };
    LocalDifference {
        in_light: share(n_light),
        in_color: share(n_color),
        share: share(n_any),
        middle,
    }
}

/// What is left of `b` when it is fitted by `a` times a factor within limits, plus a constant.
fn residual(a: &Gray, b: &Gray, (least, most): (f32, f32)) -> Gray {
    let mut left = b.clone();
    let mut limit = f32::INFINITY;
    for _ in 0..ROUNDS {
        let fitting = a.values.iter().zip(&b.values).zip(&left.values);
        let kept = fitting.filter(|(_, left)| left.abs() < limit).map(|((a, b), _)| (*a, *b));
        let kept: Vec<(f32, f32)> = kept.collect();
        let n = kept.len().max(1) as f32;
        let mean = |of: fn(&(f32, f32)) -> f32| kept.iter().map(of).sum::<f32>() / n;
        let (mean_a, mean_b) = (mean(|(a, _)| *a), mean(|(_, b)| *b));
        let (var, cov) =
            (mean(|(a, _)| a * a) - mean_a * mean_a, mean(|(a, b)| a * b) - mean_a * mean_b);
        let factor = if var > 1e-6 { (cov / var).clamp(least, most) } else { 1.0 };
        let off = mean_b - factor * mean_a;
        for ((left, a), b) in left.values.iter_mut().zip(&a.values).zip(&b.values) {
            *left = b - factor * a - off;
        }
        let squares = kept.iter().map(|(a, b)| (b - factor * a - off).powi(2)).sum::<f32>();
        limit = 2.0 * (squares / n).sqrt() + 1e-4;
    }
    left
}

/// The means of the cells, row by row; those at the right and below may be smaller.
fn cell_means(gray: &Gray) -> Vec<f32> {
    let mut means = Vec::new();
    for y in (0..gray.height).step_by(CELL) {
        for x in (0..gray.width).step_by(CELL) {
            let (width, height) =
                (CELL.min(gray.width.saturating_sub(x)), CELL.min(gray.height.saturating_sub(y)));
            let cell = gray.part(x, y, width, height).values;
            means.push(cell.iter().sum::<f32>() / cell.len().max(1) as f32);
        }
    }
    means
}

impl LocalDifference {
    /// Nothing differs, or nothing was compared.
    pub(super) const NONE: Self =
        Self { in_light: 0.0, in_color: 0.0, share: 0.0, middle: (0.5, 0.5) };

    /// What differs and where, as the rest of a sentence.
    pub(super) fn words(&self) -> String {
        let percent = |share: f32| (share * 100.0).round().max(1.0);
        let what = match (self.in_light > 0.0, self.in_color > 0.0) {
            (true, true) => format!(
                "lightness in {:.0} % of its cells and color in {:.0} %",
                percent(self.in_light),
                percent(self.in_color)
            ),
            (false, true) => format!("color in {:.0} % of its cells", percent(self.in_color)),
            _ => format!("lightness in {:.0} % of its cells", percent(self.in_light)),
        };
        let (x, y) = self.middle;
        let place = if self.share > 0.5 {
            String::new()
        } else {
            let (across, down) = (third(x, ["left", "", "right"]), third(y, ["top", "", "bottom"]));
            match (down, across) {
                ("", "") => ", around the middle".to_owned(),
                (down, across) => format!(", around the {}", format!("{down} {across}").trim()),
            }
        };
        format!("{what}{place}")
    }
}

fn third(share: f32, [first, second, third]: [&'static str; 3]) -> &'static str {
    if share < 0.4 {
        first
    } else if share <= 0.6 {
        second
    } else {
        third
    }
}
