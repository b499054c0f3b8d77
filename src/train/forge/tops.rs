//! The upper layers of forgeries: what is laid over the target, as large as its window.

use rand::Rng;

use super::Portrait;
use super::kinds::attribute::{Edit, EditRegion};
use super::kinds::fill::{self, Fill};
use super::kinds::generator::Generator;
use super::kinds::{meshswap, swap};
use super::pixels::color::ColorTransfer;
use super::pixels::picture::Picture;
use super::pixels::pyramid;
use super::pixels::raster::Plane;
use super::site::Site;
use crate::base::{Point, Rect};

/// The two sides of a self-blend. Which side is changed is a coin's choice, so that "changed
/// colors" alone does not say "forged"; the real partner is the base as it is blended.
pub(super) fn self_blend(
    target: &Portrait,
    site: &Site,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> (Picture, Picture) {
    let unit = target.unit();
    let moved = swap::nudged(&target.picture, &site.window, target.face.center(), unit, rng);
    let (base, top) = if rng.random() {
        steps.push("top-styled");
        (target.picture.clone(), swap::restyle(moved, rng))
    } else {
        steps.push("base-styled");
        (swap::restyle(target.picture.clone(), rng), moved)
    };
    if rng.random_bool(0.15) {
        steps.push("generated");
        return (base, Generator::draw(rng).repaint(&top));
    }
    (base, top)
}

pub(super) fn person_top(
    target: &Portrait,
    donor: &Portrait,
    site: &Site,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let warped = swap::aligned(donor, &target.landmarks, &site.window, rng);
    let transfer = ColorTransfer::draw(target.unit(), rng);
    steps.push(transfer.as_str());
    let colored = transfer.apply(warped, &target.picture.cut(&site.window), &site.hard);
    match rng.random_range(0..100) {
        0..30 => {
            steps.push("generated");
            Generator::draw(rng).repaint(&colored)
        }
        30..55 => {
            steps.push("low-resolution");
            swap::rescaled(&colored, rng.random_range(1.2..2.5))
        }
        _ => colored,
    }
}

/// Unseen in training: warped triangle by triangle where both have meshes, blended band by band.
pub(super) fn mesh_top(
    target: &Portrait,
    donor: &Portrait,
    site: &Site,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let by_mesh = meshswap::warped_by_mesh(donor, target, &site.window);
    steps.push(if by_mesh.is_some() { "triangles" } else { "landmarks" });
    let warped =
        by_mesh.unwrap_or_else(|| swap::aligned(donor, &target.landmarks, &site.window, rng));
    let under = target.picture.cut(&site.window);
    let colored = ColorTransfer::Decorrelated.apply(warped, &under, &site.hard);
    steps.push("bands");
    let levels = rng.random_range(3..6);
    pyramid::blended_by_bands(&under, &colored, &site.hard, levels)
}

pub(super) fn inpainted(
    target: &Portrait,
    site: &Site,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let around = target.picture.cut(&site.window);
    let fill = Fill::ALL[rng.random_range(0..Fill::ALL.len())];
    steps.push(fill.as_str());
    let filled = fill.close(&around, &site.hard, rng);
    if rng.random_bool(0.7) {
        steps.push("grained");
        return fill::grained(filled, &around, &site.hard, rng);
    }
    filled
}

pub(super) fn edited(
    target: &Portrait,
    site: &Site,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let around = target.picture.cut(&site.window);
    let edit = Edit::draw(rng);
    steps.push(edit.as_str());
    let (center, radius) = extent(&site.soft, &target.face);
    let edited = edit.apply(&around, &EditRegion { center, radius, unit: target.unit() }, rng);
    // Many editors of today are generators.
    if rng.random_bool(0.2) {
        steps.push("generated");
        return Generator::draw(rng).repaint(&edited);
    }
    edited
}

/// Part of a picture, or all of it, out of a generator. Where all of it is, the real partner is as
/// often as not resampled the ordinary way: softness alone is no forgery.
pub(super) fn generated(target: &Portrait, site: &Site, rng: &mut impl Rng) -> (Picture, Picture) {
    let top = Generator::draw(rng).repaint(&target.picture.cut(&site.window));
    let covers_all = (site.window.width, site.window.height) == target.picture.size();
    let base = if covers_all && rng.random() {
        swap::rescaled(&target.picture, rng.random_range(1.1..2.2))
    } else {
        target.picture.clone()
    };
    (base, top)
}

/// Center of gravity of a mask and the radius of a disk of its area, somewhat widened.
fn extent(mask: &Plane, fallback: &Rect) -> (Point, f32) {
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, m) in mask.data.iter().enumerate() {
        sum += m;
        x += m * (i % mask.width) as f32;
        y += m * (i / mask.width) as f32;
    }
    if sum < 1.0 {
        return (fallback.center(), fallback.w / 2.0);
    }
    (Point { x: x / sum, y: y / sum }, (sum / std::f32::consts::PI).sqrt() * 1.3)
}
