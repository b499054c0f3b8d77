//! Whether a thumbnail in a file shows the picture of the file.
//!
//! Both are averaged to 64 pixels on the longer side, and brightness that changes slowly is taken out of
//! them: what is left is the detail, which two unlike pictures do not share. The number is the
//! normalized correlation of the details. Where both show the same scene, cells are compared too (`local`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::gray::{Gray, SIDE, aspect_differs, correlation, fitted, shrunk};
use super::local::{LocalDifference, Planes, differing};
use crate::base::RgbImage;
use crate::prep;

/// Longer side for the first search of a part.
const COARSE_SIDE: usize = 32;
/// Detail: what differs from the mean of so many pixels on each side.
pub(super) const RADIUS: usize = 6;
/// From this correlation on two pictures show the same, and a part is one of the other. Chosen on made
/// pictures, see the tests: of 24 scenes equal pairs had at least 0.99, parts at least 0.85, unlike ones at
/// most 0.73: their best place was searched too.
pub(super) const SAME: f32 = 0.8;
const PART: f32 = 0.8;
/// A scene of which much was changed is still known from this correlation on, if at most this share of its
/// cells differs.
const SCENE: f32 = 0.5;
const MOST_CHANGED: f32 = 0.5;
/// Sides in this proportion count as equal: thumbnails have whole pixels.
pub(super) const SAME_ASPECT: f64 = 1.04;
/// A part is looked for down to this share of the side.
const LEAST_SHARE: f64 = 0.45;
/// Pictures with less detail are flat: nothing can be compared.
pub(super) const LEAST_DETAIL: f32 = 0.004;

/// What a thumbnail shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ThumbnailContent {
    /// The picture.
    Same,
    /// The picture, but lightness or color of some parts, or the colors of all, differ.
    Changed,
    /// The whole picture, its sides squeezed to another aspect.
    Squeezed,
    /// More of the scene than the picture, a part of it, or another aspect.
    OtherCut,
    /// Something else.
    Different,
}

impl ThumbnailContent {
    /// A stable word for JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A thumbnail compared with the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThumbnailMatch {
    /// What it shows.
    pub content: ThumbnailContent,
    /// Correlation of the details, -1 to 1, at the place that fits best.
    pub correlation: f32,
    /// By how many degrees the stored picture has to be turned clockwise to fit: 0, 90, 180 or 270.
    pub turn_deg: u16,
    /// Share of the thumbnail's sides that the picture covers: width, height; above 1 where the thumbnail
    /// shows only a part of the picture.
    pub covered: (f32, f32),
    /// Share of the thumbnail that was compared: below 1 where it or the picture is damaged.
    pub compared: f32,
    /// Cells that differ, where both show the same scene.
    pub local: LocalDifference,
}

impl ThumbnailMatch {
    /// What was found, as a sentence.
    pub fn sentence(&self) -> String {
        let Self { correlation, turn_deg, covered: (across, down), .. } = *self;
        let turned = match turn_deg {
            0 => String::new(),
            degrees => format!(", turned by {degrees} degrees"),
        };
        let number = format!("correlation of the details {correlation:.2}");
        match self.content {
            ThumbnailContent::Same if self.compared < 1.0 => format!(
                "The thumbnail shows the picture{turned}, as far as both are there: {:.0} % of it \
                 was compared ({number}).",
                self.compared * 100.0
            ),
            ThumbnailContent::Same => {
                format!("The thumbnail shows the picture{turned} ({number}).")
            }
            ThumbnailContent::Changed => format!(
                "The thumbnail shows the picture{turned}, but with differences: {} ({number}).",
                self.local.words()
            ),
            ThumbnailContent::Squeezed => {
                let but = if self.local.share > 0.0 {
                    format!(", and with differences: {}", self.local.words())
                } else {
                    String::new()
                };
                format!(
                    "The thumbnail shows the whole picture{turned}, squeezed: other aspect{but} \
                     ({number})."
                )
            }
            ThumbnailContent::OtherCut if across <= 1.0 && down <= 1.0 => format!(
                "The thumbnail shows more than the picture{turned}: the picture is {:.0} % of its \
                 width and {:.0} % of its height ({number}).",
                across * 100.0,
                down * 100.0
            ),
            ThumbnailContent::OtherCut => {
                format!(
                    "The thumbnail shows another part or aspect of the picture{turned} ({number})."
                )
            }
            ThumbnailContent::Different => {
                format!(
                    "The thumbnail shows something else than the picture, or more than twice as \
                     much of the scene ({number})."
                )
            }
        }
    }
}

/// Compares a thumbnail with the picture, both as stored; `None` where one of them is flat.
pub(super) fn compare(picture: &RgbImage, thumbnail: &RgbImage) -> Option<ThumbnailMatch> {
    let side = SIDE.saturating_mul(4);
    let (whole, barred) = (Planes::new(picture, side), Planes::new(thumbnail, side));
    let bare = without_bars(barred.light(), whole.light()).map(|rest| barred.part(rest));
    let thumbnail = bare.as_ref().unwrap_or(&barred);
    let is_flat = |gray: &Gray| shrunk(gray, SIDE).detail(RADIUS).deviation() < LEAST_DETAIL;
    if is_flat(whole.light()) || is_flat(thumbnail.light()) {
        return None;
    }
    let as_wholes = whole_matches(&whole, thumbnail);
    let best_of = |all: &[ThumbnailMatch], is_squeezed: bool| {
        let of =
            all.iter().filter(|found| (found.content == ThumbnailContent::Squeezed) == is_squeezed);
        of.copied().max_by(|a, b| a.correlation.total_cmp(&b.correlation))
    };
    let (as_it_is, squeezed) = (best_of(&as_wholes, false), best_of(&as_wholes, true));
    if let Some(found) = as_it_is.filter(|found| found.correlation >= SAME) {
        let content = if found.local.share > 0.0 {
            ThumbnailContent::Changed
        } else {
            ThumbnailContent::Same
        };
        return Some(ThumbnailMatch { content, ..found });
    }
    let part = best_part(whole.light(), thumbnail.light());
    let squeezed = squeezed.filter(|found| found.correlation >= SAME);
    if let Some(found) =
        squeezed.filter(|f| part.is_none_or(|part| part.correlation < f.correlation))
    {
        return Some(found);
    }
    let is_part = part.is_some_and(|part| part.content == ThumbnailContent::OtherCut);
    let changed = as_it_is.filter(|found| {
        found.correlation >= SCENE && found.local.share > 0.0 && found.local.share <= MOST_CHANGED
    });
    if let Some(found) = changed.filter(|_| !is_part) {
        return Some(ThumbnailMatch { content: ThumbnailContent::Changed, ..found });
    }
    let better = as_it_is.filter(|f| part.is_none_or(|part| part.correlation < f.correlation));
    better.or(part)
}

/// The whole thumbnail against the whole picture in each of four turns, at the aspect of both or squeezed.
fn whole_matches(picture: &Planes, thumbnail: &Planes) -> Vec<ThumbnailMatch> {
    let mut found = Vec::new();
    let mut turned = picture.clone();
    for turn_deg in [0u16, 90, 180, 270] {
        let (ours, theirs) = (turned.light(), thumbnail.light());
        let aspect = aspect_differs(ours, theirs);
        let (width, height) = fitted(theirs, SIDE);
        let details = |gray: &Gray| gray.averaged(width, height).detail(RADIUS);
        let correlation = correlation(&details(ours), &details(theirs), (0, 0));
        let is_squeezed = aspect > SAME_ASPECT;
        let content =
            if is_squeezed { ThumbnailContent::Squeezed } else { ThumbnailContent::Different };
        // Squeezed edges lie where they belong.
        let local = if correlation >= SCENE {
            differing(&turned, thumbnail, if is_squeezed { 1.0 } else { aspect })
        } else {
            LocalDifference::NONE
        };
        let covered = (1.0, 1.0);
        found.push(ThumbnailMatch {
            content,
            correlation,
            turn_deg,
            covered,
            compared: 1.0,
            local,
        });
        turned = turned.turned();
    }
    found
}

/// One as a part of the other, at the turn and place that fit best.
fn best_part(picture: &Gray, thumbnail: &Gray) -> Option<ThumbnailMatch> {
    let mut best = None::<ThumbnailMatch>;
    let mut turned = picture.clone();
    for turn_deg in [0u16, 90, 180, 270] {
        for is_inside in [true, false] {
            let (small, large) =
                if is_inside { (&turned, thumbnail) } else { (thumbnail, &turned) };
            let (correlation, covered) = part_of(small, large);
            let covered = if is_inside { covered } else { (1.0 / covered.0, 1.0 / covered.1) };
            let content = if correlation >= PART {
                ThumbnailContent::OtherCut
            } else {
                ThumbnailContent::Different
            };
            let local = LocalDifference::NONE;
            let found =
                ThumbnailMatch { content, correlation, turn_deg, covered, compared: 1.0, local };
            best = best.filter(|best| best.correlation >= correlation).or(Some(found));
        }
        turned = turned.turned();
    }
    best
}

/// How often brighter a difference is shown than it is: the same for every picture.
pub const DIFFERENCE_GAIN: u8 = 4;

/// How much a thumbnail and the picture differ, both upright.
///
/// Each pixel of the thumbnail gets the absolute difference of each color, [`DIFFERENCE_GAIN`] times
/// brighter. `None` where the sides have another proportion.
pub fn difference(picture: &RgbImage, thumbnail: &RgbImage) -> Option<RgbImage> {
    let (width, height) = (thumbnail.width_px, thumbnail.height_px);
    let aspect = |image: &RgbImage| f64::from(image.width_px) / f64::from(image.height_px.max(1));
    let factor = aspect(picture) / aspect(thumbnail);
    if !(SAME_ASPECT.recip()..=SAME_ASPECT).contains(&factor) {
        return None;
    }
    let small = prep::resample(picture, &picture.bounds(), width, height);
    let pairs = small.pixels.iter().zip(&thumbnail.pixels);
    let pixels = pairs.map(|(a, b)| a.abs_diff(*b).saturating_mul(DIFFERENCE_GAIN)).collect();
    RgbImage::new(width, height, pixels)
}

/// Where the thumbnail lies between black bars at two sides, if that has the aspect of the picture: left, top,
/// width, height.
fn without_bars(thumbnail: &Gray, picture: &Gray) -> Option<[usize; 4]> {
    let (width, height) = (thumbnail.width, thumbnail.height);
    // By each quarter turn the next side comes to the top: left, bottom, right.
    let side = thumbnail.turned();
    let below = side.turned();
    let beside = below.turned();
    let [top, left, bottom, right] = [thumbnail, &side, &below, &beside].map(Gray::dark_rows);
    if top.saturating_add(bottom) >= height || left.saturating_add(right) >= width {
        return None;
    }
    let rest = [
        left,
        top,
        width.saturating_sub(left).saturating_sub(right),
        height.saturating_sub(top).saturating_sub(bottom),
    ];
    let [_, _, rest_width, rest_height] = rest;
    let bare = thumbnail.part(left, top, rest_width, rest_height);
    let is_cut = bare.values.len() < thumbnail.values.len();
    let fits = aspect_differs(&bare, picture) < aspect_differs(thumbnail, picture);
    (is_cut && fits).then_some(rest)
}

/// Where `small` fits best into `large` when it is scaled down: the correlation there, and the shares of
/// the width and height that it covers.
fn part_of(small: &Gray, large: &Gray) -> (f32, (f32, f32)) {
    let coarse = Search::new(large, COARSE_SIDE);
    let mut best = (-1.0f32, 1.0f64, (0usize, 0usize));
    let mut share = LEAST_SHARE;
    while share <= 1.0 {
        coarse.all_places(small, share, &mut best);
        share *= 1.05;
    }
    let (_, share, (x, y)) = best;
    let fine = Search::new(large, SIDE);
    let mut best = (-1.0f32, share, (0, 0));
    for factor in [0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06] {
        let around = (x.saturating_mul(2), y.saturating_mul(2));
        fine.places_around(small, share * factor, around, &mut best);
    }
    let (found, share, _) = best;
    let (width, height) = fine.size(small, share);
    let covered = |n: usize, of: usize| n as f32 / of.max(1) as f32;
    (found, (covered(width, fine.large.width), covered(height, fine.large.height)))
}

/// A picture in which another one is looked for.
struct Search {
    large: Gray,
    radius: usize,
}

impl Search {
    fn new(large: &Gray, side: usize) -> Self {
        let (width, height) = fitted(large, side);
        let radius = (RADIUS.saturating_mul(side) / SIDE).max(1);
        Self { large: large.averaged(width, height).detail(radius), radius }
    }

    /// The size of `small` at a share of the side that limits it.
    fn size(&self, small: &Gray, share: f64) -> (usize, usize) {
        let across = self.large.width as f64 / small.width.max(1) as f64;
        let down = self.large.height as f64 / small.height.max(1) as f64;
        let scale = across.min(down) * share;
        let scaled = |n: usize| ((n as f64 * scale).round() as usize).max(1);
        (scaled(small.width), scaled(small.height))
    }

    fn all_places(&self, small: &Gray, share: f64, best: &mut (f32, f64, (usize, usize))) {
        let far = self.large.width.max(self.large.height);
        self.places(small, share, ((0, far), (0, far)), best);
    }

    fn places_around(
        &self,
        small: &Gray,
        share: f64,
        (x, y): (usize, usize),
        best: &mut (f32, f64, (usize, usize)),
    ) {
        let near = |at: usize| (at.saturating_sub(3), at.saturating_add(3));
        self.places(small, share, (near(x), near(y)), best);
    }

    fn places(
        &self,
        small: &Gray,
        share: f64,
        ((x0, x1), (y0, y1)): ((usize, usize), (usize, usize)),
        best: &mut (f32, f64, (usize, usize)),
    ) {
        let (width, height) = self.size(small, share);
        let (Some(last_x), Some(last_y)) =
            (self.large.width.checked_sub(width), self.large.height.checked_sub(height))
        else {
            return;
        };
        let patch = small.averaged(width, height).detail(self.radius);
        for y in y0..=y1.min(last_y) {
            for x in x0..=x1.min(last_x) {
                let found = correlation(&patch, &self.large, (x, y));
                if found > best.0 {
                    *best = (found, share, (x, y));
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "thumbnail_tests.rs"]
#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests may panic")]
mod tests;
