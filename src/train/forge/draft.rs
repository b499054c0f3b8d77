//! One forgery before post-processing: where, what, and how it is joined.

use rand::Rng;

use super::attribute::{Edit, EditRegion};
use super::blend::{self, Blend};
use super::color::ColorTransfer;
use super::fill::{self, Fill};
use super::generator::Generator;
use super::kind::MaskKind;
use super::mask::hard_mask;
use super::method::Method;
use super::picture::Picture;
use super::raster::{Plane, Window};
use super::{Portrait, meshswap, patch, pyramid, swap};
use crate::base::{Point, Rect};

/// Mean change under the mask, in gray levels, below which a forgery is drawn again: less is lost
/// in the rounding to 8 bits, and a fake without a change teaches noise.
pub(in crate::train::forge) const LEAST_CHANGE: f32 = 1.0;
/// Draws before the strongest so far is taken.
const DRAWS: usize = 6;

/// A forgery and its real partner, as large as the target.
#[derive(Debug)]
pub(in crate::train::forge) struct Draft {
    pub(in crate::train::forge) base: Picture,
    pub(in crate::train::forge) forged: Picture,
    pub(in crate::train::forge) mask: Plane,
    pub(in crate::train::forge) method: Method,
    pub(in crate::train::forge) kind: MaskKind,
    pub(in crate::train::forge) steps: Vec<&'static str>,
    /// Mean absolute change in gray levels where the mask is above one half.
    change: f32,
}

impl Draft {
    /// A forgery whose pixels and mask were made elsewhere; outside the window nothing changes.
    pub(in crate::train::forge) fn laid(
        base: Picture,
        top: &Picture,
        (window, soft): (&Window, &Plane),
        (method, kind): (Method, MaskKind),
        steps: Vec<&'static str>,
    ) -> Self {
        let under = base.cut(window);
        let piece = under.clone().blend(top, soft);
        let change = change(&under, &piece, soft);
        let mut forged = base.clone();
        forged.paste(window, &piece);
        let mut mask = Plane::filled(base.width(), base.height(), 0.0);
        mask.paste(window, soft);
        Self { base, forged, mask, method, kind, steps, change }
    }
}

/// Draws until a forgery changes enough; else the strongest.
pub(in crate::train::forge) fn strongest<R: Rng>(
    rng: &mut R,
    make: impl Fn(&mut R) -> Draft,
) -> Draft {
    let mut best = make(rng);
    for _ in 1..DRAWS {
        if best.change >= LEAST_CHANGE {
            break;
        }
        let next = make(rng);
        if next.change > best.change {
            best = next;
        }
    }
    best
}

/// Where a forgery goes: a window of the target that holds the mask and some of its surroundings.
struct Site {
    window: Window,
    /// 0 or 1, as large as the window.
    hard: Plane,
    /// What is seen of the forgery, as large as the window.
    soft: Plane,
    blend: Blend,
}

impl Site {
    fn draw(
        target: &Portrait,
        kind: MaskKind,
        blend: Blend,
        room: f32,
        rng: &mut impl Rng,
    ) -> Option<Self> {
        let unit = target.unit();
        let whole =
            hard_mask(kind, &target.landmarks, target.mesh.as_deref(), target.picture.size(), rng);
        if kind == MaskKind::WholePicture {
            let window = Window::whole(target.picture.size());
            return Some(Self { window, hard: whole.clone(), soft: whole, blend });
        }
        let margin = (unit * blend::WIDEST_RIM) as usize + 4;
        let wide = whole.support(margin)?;
        let soft = blend.soften(&whole.cut(&wide), unit, rng);
        let inner = soft.support((unit * room) as usize + 6)?;
        let window = Window { x: wide.x + inner.x, y: wide.y + inner.y, ..inner };
        Some(Self { window, hard: whole.cut(&window), soft: soft.cut(&inner), blend })
    }
}

impl Draft {
    /// One draw of a method. The donor is there when the method needs one.
    pub(in crate::train::forge) fn make(
        target: &Portrait,
        donor: Option<&Portrait>,
        method: Method,
        rng: &mut impl Rng,
    ) -> Self {
        let kind = draw_kind(method, rng);
        let blend = draw_blend(method, rng);
        // Fills look around the hole; the rest needs little more than the mask.
        let room = match method {
            Method::PatchFill => 0.9,
            Method::Inpaint => 0.25,
            _ => 0.05,
        };
        let Some(site) = Site::draw(target, kind, blend, room, rng) else {
            return Self::nothing(target, method, kind);
        };
        let mut steps = Vec::new();
        let (base, top) = match (method, donor) {
            (Method::PersonSwap, Some(donor)) => {
                (target.picture.clone(), person_top(target, donor, &site, &mut steps, rng))
            }
            (Method::MeshSwap, Some(donor)) => {
                (target.picture.clone(), mesh_top(target, donor, &site, &mut steps, rng))
            }
            (Method::SelfBlend | Method::PersonSwap | Method::MeshSwap, _) => {
                self_blend(target, &site, &mut steps, rng)
            }
            (Method::Inpaint, _) => {
                (target.picture.clone(), inpainted(target, &site, &mut steps, rng))
            }
            (Method::PatchFill, _) => {
                let around = target.picture.cut(&site.window);
                (target.picture.clone(), patch::patched(&around, &site.hard, rng))
            }
            (Method::Attribute | Method::Resynthesis, _) => {
                (target.picture.clone(), edited(target, &site, &mut steps, rng))
            }
            (Method::Resample, _) => {
                let around = target.picture.cut(&site.window);
                let factor = rng.random_range(1.6..4.0);
                (target.picture.clone(), swap::rescaled(&around, factor))
            }
            // The others have drafts of their own.
            (
                Method::UpConvolve
                | Method::OneShot
                | Method::Decoded
                | Method::Composite
                | Method::Geometry,
                _,
            ) => generated(target, &site, rng),
        };
        steps.push(site.blend.as_str());
        Self::joined(base, top, site, (method, kind), steps, rng)
    }

    /// One draw of a forgery whose upper layer was painted elsewhere.
    pub(in crate::train::forge) fn with_top(
        target: &Portrait,
        top: &Picture,
        method: Method,
        rng: &mut impl Rng,
    ) -> Self {
        let kind = draw_kind(method, rng);
        let Some(site) = Site::draw(target, kind, draw_blend(method, rng), 0.05, rng) else {
            return Self::nothing(target, method, kind);
        };
        let mut top = top.cut(&site.window);
        let mut steps = vec!["from-outside", site.blend.as_str()];
        let mut base = target.picture.clone();
        if kind == MaskKind::WholePicture {
            // Softness alone is no forgery: the real partner is resampled as often as not.
            if rng.random() {
                steps.push("base-resampled");
                base = swap::rescaled(&base, rng.random_range(1.05..1.5));
            }
            // Some of the real's pixels, mixed in: less residue, the same everywhere.
            if rng.random() {
                steps.push("mixed");
                let share = rng.random_range(0.0..0.6);
                let rest = Plane::filled(top.width(), top.height(), share);
                top = top.blend(&target.picture, &rest);
            }
        }
        Self::joined(base, top, site, (method, kind), steps, rng)
    }

    fn joined(
        base: Picture,
        top: Picture,
        site: Site,
        (method, kind): (Method, MaskKind),
        steps: Vec<&'static str>,
        rng: &mut impl Rng,
    ) -> Self {
        let Site { window, hard, soft, blend } = site;
        let under = base.cut(&window);
        let top = blend.prepare(top, &under, &hard);
        let forged_piece = under.clone().blend(&top, &scaled(&soft, draw_opacity(method, rng)));
        let change = change(&under, &forged_piece, &soft);
        let mut forged = base.clone();
        forged.paste(&window, &forged_piece);
        let mut mask = Plane::filled(base.width(), base.height(), 0.0);
        mask.paste(&window, &soft);
        Self { base, forged, mask, method, kind, steps, change }
    }

    /// Lays more over what is forged already; the mask becomes the union.
    pub(in crate::train::forge) fn lay(&mut self, window: &Window, top: &Picture, soft: &Plane) {
        let piece = self.forged.cut(window).blend(top, soft);
        self.change = self.change.max(change(&self.base.cut(window), &piece, soft));
        self.forged.paste(window, &piece);
        let mut mask = self.mask.cut(window);
        for (m, s) in mask.data.iter_mut().zip(&soft.data) {
            // In this form the faintest share is not lost to rounding.
            *m += s * (1.0 - *m);
        }
        self.mask.paste(window, &mask);
    }

    /// A draw whose mask fell outside the picture.
    pub(in crate::train::forge) fn nothing(
        target: &Portrait,
        method: Method,
        kind: MaskKind,
    ) -> Self {
        let (width, height) = target.picture.size();
        Self {
            base: target.picture.clone(),
            forged: target.picture.clone(),
            mask: Plane::filled(width, height, 0.0),
            method,
            kind,
            steps: Vec::new(),
            change: 0.0,
        }
    }
}

fn draw_kind(method: Method, rng: &mut impl Rng) -> MaskKind {
    use MaskKind::{
        AlignedBox, Blob, Cheeks, EyeBand, Eyes, FaceHull, Features, Forehead, Hair, HalfFace,
        InnerFace, InnerHull, LowerFace, Mouth, Nose, Polygon, Spots, WholeFace, WholePicture,
    };
    let choices: &[MaskKind] = match method {
        // Whole faces and their hulls first: that is what swapping tools replace.
        Method::SelfBlend | Method::PersonSwap => &[
            WholeFace, WholeFace, FaceHull, FaceHull, FaceHull, InnerFace, InnerHull, InnerHull,
            InnerHull, Features, Features, LowerFace, LowerFace, EyeBand, Eyes, Nose, Mouth, Mouth,
            HalfFace, Polygon, Blob,
        ],
        Method::MeshSwap => &[FaceHull, InnerHull],
        Method::Inpaint | Method::PatchFill => &[
            Spots, Spots, Spots, Spots, Blob, Blob, Polygon, Nose, Mouth, Eyes, EyeBand, LowerFace,
            Cheeks, Forehead,
        ],
        Method::Attribute => &[
            WholeFace, FaceHull, InnerFace, LowerFace, EyeBand, Eyes, Nose, Mouth, HalfFace, Hair,
            Polygon, Blob, Cheeks, Forehead,
        ],
        Method::Resynthesis => &[FaceHull, InnerFace, LowerFace, EyeBand, Eyes, Mouth],
        Method::OneShot => &[FaceHull, InnerHull, AlignedBox],
        Method::Composite | Method::Geometry => &[Features, Mouth, Eyes],
        // A third whole pictures; else what is inpainted or swapped with such a model.
        Method::Decoded => &[
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholeFace,
            FaceHull,
            FaceHull,
            InnerFace,
            InnerHull,
            LowerFace,
            EyeBand,
            Eyes,
            Mouth,
            HalfFace,
            Polygon,
            AlignedBox,
        ],
        Method::Resample => {
            &[WholeFace, FaceHull, InnerHull, LowerFace, EyeBand, Mouth, HalfFace, Polygon, Blob]
        }
        Method::UpConvolve => &[
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholeFace,
            FaceHull,
            InnerHull,
            LowerFace,
            HalfFace,
            Polygon,
        ],
    };
    choices[rng.random_range(0..choices.len())]
}

fn draw_blend(method: Method, rng: &mut impl Rng) -> Blend {
    let (seamless, hard) = match method {
        Method::SelfBlend => (15, 8),
        Method::PersonSwap => (25, 10),
        Method::Inpaint | Method::PatchFill => (0, 35),
        Method::UpConvolve
        | Method::Resample
        | Method::OneShot
        | Method::Decoded
        | Method::Composite
        | Method::Geometry => (0, 15),
        Method::Attribute | Method::MeshSwap | Method::Resynthesis => (0, 0),
    };
    Blend::draw(seamless, hard, rng)
}

/// Partial opacity makes harder forgeries; the mask stays the region. The values are those of
/// Self-Blended Images (Shiohara & Yamasaki, CVPR 2022) without 0.25.
fn draw_opacity(method: Method, rng: &mut impl Rng) -> f32 {
    let opacity = [0.5, 0.75, 1.0, 1.0, 1.0, 1.0][rng.random_range(0..6)];
    match method {
        Method::SelfBlend | Method::PersonSwap | Method::Attribute => opacity,
        _ => 1.0,
    }
}

/// The two sides of a self-blend. Which side is changed is a coin's choice, so that "changed
/// colors" alone does not say "forged"; the real partner is the base as it is blended.
fn self_blend(
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

fn person_top(
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
fn mesh_top(
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

fn inpainted(
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

fn edited(
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
fn generated(target: &Portrait, site: &Site, rng: &mut impl Rng) -> (Picture, Picture) {
    let top = Generator::draw(rng).repaint(&target.picture.cut(&site.window));
    let covers_all = (site.window.width, site.window.height) == target.picture.size();
    let base = if covers_all && rng.random() {
        swap::rescaled(&target.picture, rng.random_range(1.1..2.2))
    } else {
        target.picture.clone()
    };
    (base, top)
}

fn scaled(mask: &Plane, factor: f32) -> Plane {
    Plane { data: mask.data.iter().map(|m| m * factor).collect(), ..*mask }
}

/// Mean absolute difference in gray levels, after rounding, where the mask is above one half.
fn change(real: &Picture, forged: &Picture, mask: &Plane) -> f32 {
    let (mut sum, mut n) = (0.0, 0.0f32);
    for (a, b) in real.planes.iter().zip(&forged.planes) {
        for ((a, b), m) in a.data.iter().zip(&b.data).zip(&mask.data) {
            if *m > 0.5 {
                sum += (a.round() - b.round()).abs();
                n += 1.0;
            }
        }
    }
    if n >= 60.0 { sum / n } else { 0.0 }
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
