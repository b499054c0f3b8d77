//! Parts removed and filled in from around them, as inpainting tools do.

use std::collections::VecDeque;

use rand::Rng;

use crate::train::forge::pixels::harmonic::{Membrane, Stiffness};
use crate::train::forge::pixels::noise::Noise;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// How a hole is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::train::forge) enum Fill {
    /// Laplace's equation: as short as possible.
    Diffused,
    /// The equation of a thin plate: slopes run on into the hole.
    Stiff,
    /// Layer by layer from the rim, each pixel from known ones around it (in the manner of
    /// A. Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004).
    Marched,
    /// The blurred surroundings.
    Surroundings,
}

impl Fill {
    pub(in crate::train::forge) const ALL: [Self; 4] =
        [Self::Diffused, Self::Stiff, Self::Marched, Self::Surroundings];

    pub(in crate::train::forge) fn as_str(self) -> &'static str {
        self.into()
    }

    /// Closes the hole (values above one half).
    pub(in crate::train::forge) fn close(
        self,
        picture: &Picture,
        hole: &Plane,
        rng: &mut impl Rng,
    ) -> Picture {
        match self {
            Self::Diffused | Self::Stiff => {
                let membrane = Membrane::new(hole);
                let stiffness =
                    if self == Self::Stiff { Stiffness::Plate } else { Stiffness::Membrane };
                picture.map_planes(|p| membrane.close(p, stiffness))
            }
            Self::Marched => marched(picture, hole, rng.random_range(3..7)),
            Self::Surroundings => surroundings(picture, hole),
        }
    }
}

/// Gives a filled hole a share of the grain that the picture has around it.
pub(in crate::train::forge) fn grained(
    mut filled: Picture,
    picture: &Picture,
    hole: &Plane,
    rng: &mut impl Rng,
) -> Picture {
    let share = rng.random_range(0.0..1.1f32);
    let seed: u64 = rng.random();
    let softness = rng.random_range(0.0..0.8);
    let copied = rng.random_bool(0.4);
    let (w, h) = picture.size();
    let (dx, dy) = (seed as usize % w, (seed >> 32) as usize % h);
    for (c, (plane, source)) in filled.planes.iter_mut().zip(&picture.planes).enumerate() {
        let soft = source.blurred(1.2);
        let residue: Vec<f32> = source.data.iter().zip(&soft.data).map(|(v, s)| v - s).collect();
        let known = || residue.iter().zip(&hole.data).filter(|(_, h)| **h <= 0.5).map(|(r, _)| r);
        // Mean absolute residue times 1.25: the deviation of noise, little moved by edges.
        let deviation =
            known().map(|r| r.abs().min(12.0)).sum::<f32>() / known().count().max(1) as f32 * 1.25;
        let grain = if copied {
            let at = |i: usize| residue[(i / w + dy) % h * w + (i % w + dx) % w];
            Plane { width: w, height: h, data: (0..w * h).map(at).collect() }
        } else {
            let mut noise = Noise::new(seed ^ c as u64);
            let data = (0..w * h).map(|_| deviation * noise.normal()).collect();
            Plane { width: w, height: h, data }.blurred(softness)
        };
        for ((v, g), m) in plane.data.iter_mut().zip(&grain.data).zip(&hole.data) {
            *v = (*v + share * g * m).clamp(0.0, 255.0);
        }
    }
    filled
}

/// Means of the known pixels, near ones where there are any, far ones deep inside.
fn surroundings(picture: &Picture, hole: &Plane) -> Picture {
    let known = Plane { data: hole.data.iter().map(|h| 1.0 - h).collect(), ..*hole };
    let mut out = picture.clone();
    let masked = picture.map_planes(|p| {
        let data = p.data.iter().zip(&known.data).map(|(v, k)| v * k).collect();
        Plane { data, ..*p }
    });
    let deepest = hole.width.max(hole.height) as f32 / 3.0;
    let mut sigma = 2.0;
    let mut is_open: Vec<bool> = hole.data.iter().map(|h| *h > 0.5).collect();
    // From near to far: each round fills what it can, softly joined to the next one.
    let mut settled = vec![0.0f32; is_open.len()];
    for plane in &mut out.planes {
        for (v, open) in plane.data.iter_mut().zip(&is_open) {
            *v = if *open { 0.0 } else { *v };
        }
    }
    while sigma < deepest * 2.0 && is_open.iter().any(|o| *o) {
        let weight = known.blurred(sigma);
        let means = masked.blurred(sigma);
        for (i, open) in is_open.iter_mut().enumerate().filter(|(_, o)| **o) {
            let share = (weight.data[i] * 5.0).min(1.0) * (1.0 - settled[i]);
            if weight.data[i] > 1e-3 {
                for (out, mean) in out.planes.iter_mut().zip(&means.planes) {
                    out.data[i] += share * mean.data[i] / weight.data[i];
                }
                settled[i] += share;
            }
            *open = settled[i] < 0.999;
        }
        sigma *= 1.8;
    }
    for (i, s) in settled.iter().enumerate().filter(|(_, s)| **s > 0.0) {
        for out in &mut out.planes {
            out.data[i] = (out.data[i] / s).clamp(0.0, 255.0);
        }
    }
    out
}

/// Fills ring after ring; every pixel is a mean of the known ones within `reach`, those straight
/// outwards and near counting most.
fn marched(picture: &Picture, hole: &Plane, reach: i64) -> Picture {
    let (w, h) = (hole.width as i64, hole.height as i64);
    let mut out = picture.clone();
    let mut depth: Vec<i32> =
        hole.data.iter().map(|v| if *v > 0.5 { i32::MAX } else { 0 }).collect();
    let mut queue: VecDeque<i64> = (0..w * h).filter(|i| depth[*i as usize] == 0).collect();
    let mut order = Vec::new();
    while let Some(i) = queue.pop_front() {
        let (x, y) = (i % w, i / w);
        for (nx, ny) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
            let n = ny * w + nx;
            if nx >= 0 && ny >= 0 && nx < w && ny < h && depth[n as usize] == i32::MAX {
                depth[n as usize] = depth[i as usize] + 1;
                order.push(n);
                queue.push_back(n);
            }
        }
    }
    for i in order {
        let (x, y) = (i % w, i / w);
        let here = depth[i as usize];
        let (mut sums, mut total) = ([0.0f32; 3], 0.0f32);
        // The way outwards: where the depth falls.
        let at =
            |x: i64, y: i64| depth[(y.clamp(0, h - 1) * w + x.clamp(0, w - 1)) as usize] as f32;
        let (gx, gy) = (at(x - 1, y) - at(x + 1, y), at(x, y - 1) - at(x, y + 1));
        for oy in -reach..=reach {
            for ox in -reach..=reach {
                let (px, py) = (x + ox, y + oy);
                if px < 0 || py < 0 || px >= w || py >= h {
                    continue;
                }
                let p = (py * w + px) as usize;
                if depth[p] >= here {
                    continue;
                }
                let (fx, fy) = (ox as f32, oy as f32);
                let distance = fx * fx + fy * fy;
                let along =
                    (fx * gx + fy * gy).abs() / (distance * (gx * gx + gy * gy)).sqrt().max(1e-3);
                let level = 1.0 / (1.0 + (here - depth[p]) as f32);
                let weight = (along + 0.05) * level / distance;
                total += weight;
                for (sum, plane) in sums.iter_mut().zip(&out.planes) {
                    *sum += weight * plane.data[p];
                }
            }
        }
        for (plane, sum) in out.planes.iter_mut().zip(sums) {
            plane.data[i as usize] = sum / total.max(1e-9);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn scene() -> (Picture, Picture, Plane) {
        let hole =
            Plane::from_fn(64, 56, |p| f32::from(u8::from((p.x - 30.0).hypot(p.y - 28.0) < 13.0)));
        let ramp = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(64, 56, |p| 40.0 + 2.0 * p.x + p.y + c as f32)
            }),
        };
        let mut broken = ramp.clone();
        for plane in &mut broken.planes {
            for (v, h) in plane.data.iter_mut().zip(&hole.data) {
                *v = if *h > 0.5 { 255.0 } else { *v };
            }
        }
        (ramp, broken, hole)
    }

    #[test]
    fn every_fill_closes_a_hole_with_the_values_around_it() {
        let (ramp, broken, hole) = scene();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for fill in Fill::ALL {
            let closed = fill.close(&broken, &hole, &mut rng);
            let tolerance = match fill {
                Fill::Diffused => 2.0,
                Fill::Stiff => 4.0,
                Fill::Marched | Fill::Surroundings => 26.0,
            };
            for (c, r) in closed.planes.iter().zip(&ramp.planes) {
                for (i, (c, r)) in c.data.iter().zip(&r.data).enumerate() {
                    assert!((c - r).abs() < tolerance, "{fill:?} pixel {i}: {c} should be {r}");
                }
            }
        }
    }

    #[test]
    fn grain_stays_in_the_hole_and_is_like_that_around_it() {
        let (_, _, hole) = scene();
        let mut noise = Noise::new(9);
        let data: Vec<f32> = (0..64 * 56).map(|_| 128.0 + 6.0 * noise.normal()).collect();
        let noisy = Picture {
            planes: std::array::from_fn(|_| Plane { width: 64, height: 56, data: data.clone() }),
        };
        let flat = Picture { planes: std::array::from_fn(|_| Plane::filled(64, 56, 128.0)) };
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut strongest = 0.0f32;
        for _ in 0..20 {
            let out = grained(flat.clone(), &noisy, &hole, &mut rng);
            let inside: Vec<f32> = out.planes[0]
                .data
                .iter()
                .zip(&hole.data)
                .filter_map(|(v, h)| (*h > 0.5).then_some(v - 128.0))
                .collect();
            let var = inside.iter().map(|v| v * v).sum::<f32>() / inside.len() as f32;
            strongest = strongest.max(var.sqrt());
            assert_eq!(out.planes[0].data[0], 128.0, "outside nothing is added");
        }
        assert!((3.0..9.0).contains(&strongest), "{strongest} for a grain of 6");
    }
}
