//! One forgery before post-processing: where, what, and how it is joined.

use rand::Rng;

use super::Portrait;
use super::draw::{draw_blend, draw_kind, draw_opacity};
use super::kinds::{patch, swap};
use super::masks::kind::MaskKind;
use super::method::Method;
use super::pixels::picture::Picture;
use super::pixels::raster::{Plane, Window};
use super::site::Site;
use super::tops::{edited, generated, inpainted, mesh_top, person_top, self_blend};

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
                | Method::Geometry
                | Method::Graphics,
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
