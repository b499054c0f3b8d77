//! Changes of looks: make-up, light, shape, skin.

use rand::Rng;

use crate::base::Point;
use crate::train::forge::kinds::swap::sharpened;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::train::forge) enum Edit {
    /// Skin without texture.
    Smoothed,
    /// More texture: age, sharpening.
    Roughened,
    /// Another color: lips, eyes, skin, hair.
    MakeUp,
    /// Another light.
    Relit,
    /// Another shape: larger, smaller, moved.
    Reshaped,
}

/// Where a change goes.
#[derive(Debug, Clone, Copy)]
pub(in crate::train::forge) struct EditRegion {
    /// Middle of the mask.
    pub(in crate::train::forge) center: Point,
    /// Radius of a disk about as large as the mask.
    pub(in crate::train::forge) radius: f32,
    /// Distance of the eyes.
    pub(in crate::train::forge) unit: f32,
}

impl Edit {
    pub(in crate::train::forge) fn as_str(self) -> &'static str {
        self.into()
    }

    pub(in crate::train::forge) fn draw(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..22 => Self::Smoothed,
            22..32 => Self::Roughened,
            32..56 => Self::MakeUp,
            56..74 => Self::Relit,
            _ => Self::Reshaped,
        }
    }

    /// Makes the change.
    pub(in crate::train::forge) fn apply(
        self,
        picture: &Picture,
        region: &EditRegion,
        rng: &mut impl Rng,
    ) -> Picture {
        match self {
            Self::Smoothed => smoothed(picture, region.unit, rng),
            Self::Roughened => roughened(picture, region.unit, rng),
            Self::MakeUp => made_up(picture, rng),
            Self::Relit => relit(picture, region, rng),
            Self::Reshaped => reshaped(picture, region, rng),
        }
    }
}

fn luma(picture: &Picture) -> Vec<f32> {
    let [r, g, b] = &picture.planes;
    let pixels = r.data.iter().zip(&g.data).zip(&b.data);
    pixels.map(|((r, g), b)| 0.3 * r + 0.59 * g + 0.11 * b).collect()
}

/// Smooths skin: a low-pass that keeps edges stronger than some gray levels (a bilateral filter
/// on a grid of offsets).
pub(in crate::train::forge) fn smoothed(
    picture: &Picture,
    unit: f32,
    rng: &mut impl Rng,
) -> Picture {
    let range = rng.random_range(10.0..30.0f32);
    let step = (unit * rng.random_range(0.015..0.05)).max(1.0) as i64;
    let share = rng.random_range(0.6..1.0f32);
    let (w, h) = (picture.width() as i64, picture.height() as i64);
    let luma = luma(picture);
    let mut out = picture.clone();
    for y in 0..h {
        for x in 0..w {
            let here = (y * w + x) as usize;
            let (mut sums, mut total) = ([0.0f32; 3], 0.0f32);
            for oy in -2..=2 {
                for ox in -2..=2 {
                    let at = ((y + oy * step).clamp(0, h - 1) * w + (x + ox * step).clamp(0, w - 1))
                        as usize;
                    let difference = (luma[at] - luma[here]) / range;
                    let weight = 1.0 / (1.0 + difference * difference * difference * difference);
                    total += weight;
                    for (sum, plane) in sums.iter_mut().zip(&picture.planes) {
                        *sum += weight * plane.data[at];
                    }
                }
            }
            for (sum, plane) in sums.iter().zip(&mut out.planes) {
                let v = &mut plane.data[here];
                *v += share * (sum / total - *v);
            }
        }
    }
    out
}

fn roughened(picture: &Picture, unit: f32, rng: &mut impl Rng) -> Picture {
    if rng.random_bool(0.4) {
        return sharpened(picture.clone(), rng.random_range(0.5..1.5));
    }
    let sigma = (unit * rng.random_range(0.02..0.06)).max(1.2);
    let amount = rng.random_range(0.4..1.0f32);
    let soft = picture.blurred(sigma);
    let mut out = picture.clone();
    for (plane, soft) in out.planes.iter_mut().zip(&soft.planes) {
        for (v, s) in plane.data.iter_mut().zip(&soft.data) {
            let detail = *v - s;
            // Strong edges would get halos; they are left alone.
            *v = (*v + amount * detail / (1.0 + detail.abs() / 20.0)).clamp(0.0, 255.0);
        }
    }
    out
}

/// Shifts along the color axes and a gamma, as make-up, tan or dye would.
fn made_up(picture: &Picture, rng: &mut impl Rng) -> Picture {
    let mut spread =
        |lo: f32, hi: f32| rng.random_range(lo..hi) * if rng.random() { 1.0 } else { -1.0 };
    let (redder, bluer) = (spread(3.0, 16.0), spread(0.0, 14.0));
    let saturation = 1.0 + spread(0.05, 0.4);
    let gamma = 1.0 + spread(0.0, 0.18);
    let luma = luma(picture);
    let mut out = picture.clone();
    let shifts = [redder, -0.5 * redder - 0.1 * bluer, bluer - 0.3 * redder];
    for (plane, shift) in out.planes.iter_mut().zip(shifts) {
        for (v, l) in plane.data.iter_mut().zip(&luma) {
            // Dark pixels take little color, as under real light.
            let lit = (l / 110.0).min(1.0);
            *v = (l + (*v - l) * saturation + shift * lit).clamp(0.0, 255.0);
        }
    }
    out.map_by_table(|_, v| 255.0 * (v / 255.0).powf(gamma))
}

/// Shades the picture: a slope of light across it and a soft spot or shadow.
fn relit(picture: &Picture, region: &EditRegion, rng: &mut impl Rng) -> Picture {
    let angle = rng.random_range(0.0..std::f32::consts::TAU);
    let slope = rng.random_range(0.08..0.28f32);
    let spot = rng.random_range(-0.22..0.22f32);
    let (dx, dy) = (rng.random_range(-0.6..0.6f32), rng.random_range(-0.6..0.6f32));
    let warmth = rng.random_range(-0.05..0.05f32);
    let radius = region.radius.max(4.0);
    let (cos, sin) = (angle.cos() * slope / radius, angle.sin() * slope / radius);
    let (w, h) = picture.size();
    let gain = Plane::from_fn(w, h, |p| {
        let (x, y) = (p.x - region.center.x, p.y - region.center.y);
        let (u, v) = (x / radius - dx, y / radius - dy);
        let near = 1.0 / (1.0 + 2.0 * (u * u + v * v));
        (1.0 + (x * cos + y * sin).clamp(-0.35, 0.35) + spot * near).clamp(0.5, 1.5)
    });
    let mut out = picture.clone();
    for (plane, tint) in out.planes.iter_mut().zip([1.0 + warmth, 1.0, 1.0 - warmth]) {
        for (v, g) in plane.data.iter_mut().zip(&gain.data) {
            *v = (*v * g * tint).clamp(0.0, 255.0);
        }
    }
    out
}

/// Local scaling and shifting that fade to nothing at the rim, as face-slimming and eye-enlarging
/// filters do; one to three of them.
fn reshaped(picture: &Picture, region: &EditRegion, rng: &mut impl Rng) -> Picture {
    #[derive(Clone, Copy)]
    struct Warp {
        center: Point,
        radius: f32,
        swell: f32,
        push: (f32, f32),
    }
    let n = rng.random_range(1..4);
    let warps: Vec<Warp> = (0..n)
        .map(|i| {
            let mut off = |reach: f32| rng.random_range(-reach..reach) * region.radius;
            let (x, y) = if i == 0 { (0.0, 0.0) } else { (off(0.6), off(0.6)) };
            let push = (off(0.13), off(0.13));
            let radius =
                region.radius * rng.random_range(0.7..1.2) / if i == 0 { 1.0 } else { 1.5 };
            let sign = if rng.random() { 1.0 } else { -1.0 };
            Warp {
                center: Point { x: region.center.x + x, y: region.center.y + y },
                radius,
                swell: sign * rng.random_range(0.07..0.24),
                push: if rng.random_bool(0.5) { push } else { (0.0, 0.0) },
            }
        })
        .collect();
    let (w, h) = picture.size();
    picture.displaced(w, h, |p| {
        warps.iter().fold(p, |p, warp| {
            let (dx, dy) = (p.x - warp.center.x, p.y - warp.center.y);
            let r2 = (dx * dx + dy * dy) / (warp.radius * warp.radius);
            if r2 >= 1.0 {
                return p;
            }
            let fade = (1.0 - r2) * (1.0 - r2);
            Point {
                x: p.x - fade * (warp.swell * dx + warp.push.0),
                y: p.y - fade * (warp.swell * dy + warp.push.1),
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn picture() -> Picture {
        Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(70, 64, |p| {
                    150.0 - 15.0 * c as f32
                        + 30.0 * ((p.x * 0.1).sin() + (p.y * 0.13).cos())
                        + 6.0 * ((p.x * 2.1).sin() * (p.y * 1.7).cos())
                })
            }),
        }
    }

    const REGION: EditRegion =
        EditRegion { center: Point { x: 35.0, y: 32.0 }, radius: 20.0, unit: 40.0 };

    fn change(a: &Picture, b: &Picture) -> f32 {
        let each = a.planes.iter().zip(&b.planes).flat_map(|(a, b)| a.data.iter().zip(&b.data));
        each.map(|(a, b)| (a - b).abs()).sum::<f32>() / (3.0 * a.planes[0].data.len() as f32)
    }

    #[test]
    fn every_edit_changes_something_but_not_everything() {
        for edit in [Edit::Smoothed, Edit::Roughened, Edit::MakeUp, Edit::Relit, Edit::Reshaped] {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let mean = (0..20)
                .map(|_| change(&picture(), &edit.apply(&picture(), &REGION, &mut rng)))
                .sum::<f32>()
                / 20.0;
            assert!((0.3..40.0).contains(&mean), "{edit:?} changes {mean} gray levels");
        }
    }

    #[test]
    fn reshaping_stays_near_its_place() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let region = EditRegion { radius: 8.0, ..REGION };
        for _ in 0..20 {
            let out = reshaped(&picture(), &region, &mut rng);
            assert_eq!(out.planes[0].data[0], picture().planes[0].data[0]);
            assert_eq!(out.planes[0].data[63 * 70 + 69], picture().planes[0].data[63 * 70 + 69]);
            assert_ne!(out, picture(), "something moved");
        }
    }

    #[test]
    fn smoothing_takes_texture_and_leaves_shades() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let out = smoothed(&picture(), 40.0, &mut rng);
        let rough = |p: &Picture| change(p, &p.blurred(1.5));
        assert!(rough(&out) < 0.8 * rough(&picture()), "texture went");
        assert!(change(&out, &picture()) < 8.0, "shades stayed");
    }
}
