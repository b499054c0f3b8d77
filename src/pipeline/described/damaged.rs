//! Whether a thumbnail shows the picture where one of the two is damaged.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::gray::{Gray, SIDE, aspect_differs, correlation, fitted, shrunk};
use super::local::LocalDifference;
use super::thumbnail::{LEAST_DETAIL, RADIUS, SAME, SAME_ASPECT, ThumbnailContent, ThumbnailMatch};
use crate::base::RgbImage;

/// Share of both pictures that has to be there.
const LEAST_THERE: f64 = 0.25;

/// Compares what is there of both, where one is damaged: only whether they show the same. `shares`: of
/// the rows of the picture and of the thumbnail those that are there, 0 to 1. `None` where that is too
/// little or flat.
pub(super) fn compare_rows(
    picture: &RgbImage,
    thumbnail: &RgbImage,
    [of_picture, of_thumbnail]: [f64; 2],
) -> Option<ThumbnailMatch> {
    let side = SIDE.saturating_mul(4);
    let gray = |image: &RgbImage| shrunk(&Gray::sampled(image, side.saturating_mul(2)), side);
    let (mut turned, all) = (gray(picture), gray(thumbnail));
    // Only bars at the top can be seen; those at the bottom are as high.
    let n_bar = all.dark_rows().min((all.height / 2).saturating_sub(1));
    let bare = all.part(0, n_bar, all.width, all.height.saturating_sub(n_bar.saturating_mul(2)));
    let is_barred = n_bar > 0 && aspect_differs(&bare, &turned) < aspect_differs(&all, &turned);
    let n_there = (all.height as f64 * of_thumbnail).floor() as usize;
    let (small, n_there) =
        if is_barred { (bare, n_there.saturating_sub(n_bar)) } else { (all, n_there) };
    let share = (n_there as f64 / small.height.max(1) as f64).min(1.0);
    let mut best = None::<ThumbnailMatch>;
    for turn_deg in [0u16, 90, 180, 270] {
        // Left, top, right, bottom: rows that are missing below come to another side by turning.
        let [left, top, right, bottom] = match turn_deg {
            0 => [0.0, 0.0, 1.0, of_picture],
            90 => [1.0 - of_picture, 0.0, 1.0, 1.0],
            180 => [0.0, 1.0 - of_picture, 1.0, 1.0],
            _ => [0.0, 0.0, of_picture, 1.0],
        };
        let bottom = bottom.min(share);
        let (both, area) = ([left, top, right, bottom], (right - left) * (bottom - top).max(0.0));
        if area >= LEAST_THERE && aspect_differs(&turned, &small) <= SAME_ASPECT {
            let (small, turned) = (small.share(both), turned.share(both));
            let (width, height) = fitted(&small, SIDE);
            let details = |gray: &Gray| gray.averaged(width, height).detail(RADIUS);
            let (ours, theirs) = (details(&turned), details(&small));
            if ours.deviation() >= LEAST_DETAIL && theirs.deviation() >= LEAST_DETAIL {
                let correlation = correlation(&ours, &theirs, (0, 0));
                let is_same = correlation >= SAME;
                let content =
                    if is_same { ThumbnailContent::Same } else { ThumbnailContent::Different };
                let (covered, compared) = ((1.0, 1.0), area as f32);
                let local = LocalDifference::NONE;
                let found =
                    ThumbnailMatch { content, correlation, turn_deg, covered, compared, local };
                best = best.filter(|best| best.correlation >= correlation).or(Some(found));
            }
        }
        turned = turned.turned();
    }
    best
}
