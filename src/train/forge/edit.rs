//! Edits of one face: parts removed and filled in, attributes changed.

use rand::Rng;

use super::raster::{Picture, Plane};
use crate::base::Point;

/// Fills the masked region from its surroundings by diffusion, then gives it back some grain.
///
/// Solves Laplace's equation coarse to fine: each level starts from the one above and relaxes a
/// fixed number of rounds. The result has the smoothness of classical inpainting.
pub(super) fn inpainted(picture: &Picture, hole: &Plane, rng: &mut impl Rng) -> Picture {
    let grain = rng.random_range(0.0..1.0f32);
    let seed: u32 = rng.random();
    let filled = picture.map_planes(|plane| diffuse(plane, hole, 5));
    let residue = picture.map_planes(|p| {
        let soft = p.blurred(1.2);
        let data = p.data.iter().zip(&soft.data).map(|(v, s)| v - s).collect();
        Plane { data, ..soft }
    });
    // Grain: the picture's own fine detail, read from a place a random shift away.
    let (w, h) = (picture.width(), picture.height());
    let (dx, dy) = (seed as usize % w, (seed >> 16) as usize % h);
    let mut out = filled;
    for (plane, residue) in out.planes.iter_mut().zip(&residue.planes) {
        for y in 0..h {
            let from = (y + dy) % h * w;
            for x in 0..w {
                let detail = residue.data[from + (x + dx) % w];
                let v = &mut plane.data[y * w + x];
                *v = (*v + grain * detail).clamp(0.0, 255.0);
            }
        }
    }
    out
}

fn diffuse(plane: &Plane, hole: &Plane, levels: usize) -> Plane {
    let (w, h) = (plane.width, plane.height);
    let mut out = plane.clone();
    if levels > 0 && w >= 16 && h >= 16 {
        let coarse = diffuse(&halved(plane, hole), &halved_hole(hole), levels - 1);
        for y in 0..h {
            for x in 0..w {
                if hole.data[y * w + x] > 0.5 {
                    let at = (y / 2).min(coarse.height - 1) * coarse.width
                        + (x / 2).min(coarse.width - 1);
                    out.data[y * w + x] = coarse.data[at];
                }
            }
        }
    }
    for _ in 0..12 {
        for y in 1..h - 1 {
            for x in 1..w - 1 {
                let i = y * w + x;
                if hole.data[i] > 0.5 {
                    let d = &out.data;
                    out.data[i] = (d[i - 1] + d[i + 1] + d[i - w] + d[i + w]) / 4.0;
                }
            }
        }
    }
    out
}

/// Half size; known pixels only, where a cell has any.
fn halved(plane: &Plane, hole: &Plane) -> Plane {
    let (w, h) = (plane.width / 2, plane.height / 2);
    let mut out = Plane::filled(w, h, 0.0);
    for y in 0..h {
        for x in 0..w {
            let cells =
                [0, 1, plane.width, plane.width + 1].map(|o| 2 * y * plane.width + 2 * x + o);
            let known = cells.iter().filter(|i| hole.data[**i] <= 0.5);
            let (sum, n) = known.fold((0.0, 0.0), |(s, n), i| (s + plane.data[*i], n + 1.0));
            out.data[y * w + x] = if n > 0.0 {
                sum / n
            } else {
                cells.iter().map(|i| plane.data[*i]).sum::<f32>() / 4.0
            };
        }
    }
    out
}

/// Half size; a cell is a hole when all its pixels are.
fn halved_hole(hole: &Plane) -> Plane {
    let (w, h) = (hole.width / 2, hole.height / 2);
    let mut out = Plane::filled(w, h, 0.0);
    for y in 0..h {
        for x in 0..w {
            let i = 2 * y * hole.width + 2 * x;
            let all = [0, 1, hole.width, hole.width + 1].iter().all(|o| hole.data[i + o] > 0.5);
            out.data[y * w + x] = f32::from(u8::from(all));
        }
    }
    out
}

/// Smooths skin: a low-pass that keeps edges stronger than `range` gray levels (a bilateral filter
/// on a grid of offsets).
pub(super) fn smoothed(picture: &Picture, unit: f32, rng: &mut impl Rng) -> Picture {
    let range = rng.random_range(12.0..30.0f32);
    let step = (unit * rng.random_range(0.02..0.05)).max(1.0) as i64;
    let (w, h) = (picture.width() as i64, picture.height() as i64);
    let [r, g, b] = &picture.planes;
    let luma: Vec<f32> = r
        .data
        .iter()
        .zip(&g.data)
        .zip(&b.data)
        .map(|((r, g), b)| 0.3 * r + 0.59 * g + 0.11 * b)
        .collect();
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
                plane.data[here] = sum / total;
            }
        }
    }
    out
}

/// Recolors as make-up, tan or dye would: channel gains and a gamma, strong enough to be an edit.
pub(super) fn tinted(picture: Picture, rng: &mut impl Rng) -> Picture {
    let gains: [f32; 3] = std::array::from_fn(|_| rng.random_range(0.78..1.22));
    let gamma = rng.random_range(0.75..1.33f32);
    picture.map_values(|c, v| (255.0 * (v / 255.0).powf(gamma) * gains[c]).clamp(0.0, 255.0))
}

/// Reshapes: pixels within `radius` of `center` are pushed in or out (a local scaling that fades
/// to nothing at the rim), as face-slimming and eye-enlarging filters do.
pub(super) fn reshaped(
    picture: &Picture,
    center: Point,
    radius: f32,
    rng: &mut impl Rng,
) -> Picture {
    let strength = rng.random_range(0.12..0.3f32) * if rng.random() { 1.0 } else { -1.0 };
    picture.displaced(picture.width(), picture.height(), |p| {
        let (dx, dy) = (p.x - center.x, p.y - center.y);
        let r2 = (dx * dx + dy * dy) / (radius * radius);
        if r2 >= 1.0 {
            return p;
        }
        let scale = 1.0 - strength * (1.0 - r2) * (1.0 - r2);
        Point { x: center.x + dx * scale, y: center.y + dy * scale }
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn diffusion_closes_a_hole_with_the_values_around_it() {
        let ramp = Plane::from_fn(48, 48, |p| p.x * 4.0);
        let hole = Plane::from_fn(48, 48, |p| {
            f32::from(u8::from((16.0..32.0).contains(&p.x) && (16.0..32.0).contains(&p.y)))
        });
        let mut broken = ramp.clone();
        for (v, h) in broken.data.iter_mut().zip(&hole.data) {
            if *h > 0.5 {
                *v = 255.0;
            }
        }
        let closed = diffuse(&broken, &hole, 5);
        for (i, (c, r)) in closed.data.iter().zip(&ramp.data).enumerate() {
            assert!((c - r).abs() < 12.0, "pixel {i}: {c} should be near {r}");
        }
    }

    #[test]
    fn reshaping_stays_inside_its_circle() {
        let picture = Picture {
            planes: std::array::from_fn(|_| Plane::from_fn(60, 60, |p| (p.x * p.y) % 255.0)),
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let out = reshaped(&picture, Point { x: 30.0, y: 30.0 }, 10.0, &mut rng);
        assert_eq!(out.planes[0].data[0], picture.planes[0].data[0]);
        assert_ne!(out, picture, "something moved");
    }
}
