//! The light on a face, as graphics have it: nine spherical harmonics over the normals of an
//! ellipsoid (R. Ramamoorthi and P. Hanrahan, "An Efficient Representation for Irradiance
//! Environment Maps", 2001).

use crate::base::{Affine, Point};
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// Harmonics up to the second order.
const N: usize = 9;
/// Center and half axes of the ellipsoid in the canonical frame (eyes 1 apart, y downwards).
const CENTER: Point = Point { x: 0.0, y: 0.55 };
const HALF_AXES: Point = Point { x: 1.25, y: 1.6 };
/// Every so many pixels a side one is read.
const STEP: usize = 3;
/// Least and largest ratio of two lights.
const RATIO: (f32, f32) = (0.4, 2.5);

/// Multiplies `face` by the ratio of the light on `target` to its own, to the power of `share`.
///
/// All are of one size; the light is read where `mask` is above one half.
pub(in crate::train::forge) fn relit(
    face: &Picture,
    target: &Picture,
    mask: &Plane,
    canonical_from_picture: &Affine,
    share: f32,
) -> Picture {
    let at = |i: usize| {
        let (x, y) = (i % mask.width, i / mask.width);
        harmonics(canonical_from_picture.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 }))
    };
    let is_read = |i: &usize| {
        let (x, y) = (i % mask.width, i / mask.width);
        mask.data[*i] > 0.5 && x.is_multiple_of(STEP) && y.is_multiple_of(STEP)
    };
    let read: Vec<(usize, [f64; N])> =
        (0..mask.data.len()).filter(is_read).map(|i| (i, at(i))).collect();
    let fit = Fit::new(&read);
    let (own, wanted) = (fit.light(face), fit.light(target));
    let ratio: Vec<f32> = (0..mask.data.len())
        .map(|i| {
            let normal = at(i);
            let ratio = dot(&wanted, &normal).max(4.0) / dot(&own, &normal).max(4.0);
            (ratio as f32).clamp(RATIO.0, RATIO.1).powf(share)
        })
        .collect();
    face.map_planes(|plane| {
        let lit = plane.data.iter().zip(&ratio).map(|(v, r)| (v * r).clamp(0.0, 255.0));
        Plane { data: lit.collect(), ..*plane }
    })
}

/// Least squares over the pixels read.
struct Fit<'a> {
    read: &'a [(usize, [f64; N])],
    /// Combinations of the harmonics that are orthonormal over these pixels.
    basis: Vec<[f64; N]>,
}

impl<'a> Fit<'a> {
    fn new(read: &'a [(usize, [f64; N])]) -> Self {
        let gram: [[f64; N]; N] = std::array::from_fn(|i| {
            std::array::from_fn(|j| read.iter().map(|(_, h)| h[i] * h[j]).sum())
        });
        let product =
            |a: &[f64; N], b: &[f64; N]| -> f64 { (0..N).map(|i| a[i] * dot(&gram[i], b)).sum() };
        let mut basis: Vec<[f64; N]> = Vec::with_capacity(N);
        for k in 0..N {
            let mut own: [f64; N] = std::array::from_fn(|i| f64::from(u8::from(i == k)));
            for done in &basis {
                let along = product(&own, done);
                own = std::array::from_fn(|i| own[i] - along * done[i]);
            }
            let length = product(&own, &own);
            // What the others say already, over so few pixels, is left out.
            if length > 1e-6 * read.len() as f64 {
                basis.push(own.map(|v| v / length.sqrt()));
            }
        }
        Self { read, basis }
    }

    /// The harmonics of a picture's brightness.
    fn light(&self, picture: &Picture) -> [f64; N] {
        let mut moments = [0.0; N];
        for (i, h) in self.read {
            let value: f64 = picture.planes.iter().map(|p| f64::from(p.data[*i]) / 3.0).sum();
            for (m, h) in moments.iter_mut().zip(h) {
                *m += value * h;
            }
        }
        self.basis.iter().fold([0.0; N], |light, own| {
            let along = dot(own, &moments);
            std::array::from_fn(|i| light[i] + along * own[i])
        })
    }
}

fn dot(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The harmonics, without their constants, of the normal at a place of the canonical face.
fn harmonics(p: Point) -> [f64; N] {
    let x = f64::from((p.x - CENTER.x) / HALF_AXES.x);
    let y = f64::from((p.y - CENTER.y) / HALF_AXES.y);
    let across = x.hypot(y);
    // Beyond the outline the normal stays that of the outline.
    let (x, y) = if across > 0.98 { (x * 0.98 / across, y * 0.98 / across) } else { (x, y) };
    let z = (1.0 - x * x - y * y).max(0.0).sqrt();
    [1.0, x, y, z, x * y, x * z, y * z, x * x - y * y, 3.0 * z * z - 1.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(light: impl Fn(Point) -> f32) -> Picture {
        let texture = |p: Point| 1.0 + 0.1 * (p.x * 1.7).sin() * (p.y * 1.3).cos();
        Picture {
            planes: std::array::from_fn(|_| Plane::from_fn(120, 140, |p| texture(p) * light(p))),
        }
    }

    #[test]
    fn the_light_of_the_target_comes_over_and_the_texture_stays() {
        let from_left = picture(|p| 150.0 - 0.7 * p.x);
        let from_below = picture(|p| 60.0 + 0.6 * p.y);
        let mask = Plane::from_fn(120, 140, |p| {
            f32::from(u8::from((p.x - 60.0).hypot((p.y - 70.0) * 0.8) < 45.0))
        });
        // Eyes 40 pixels apart.
        let canonical = Affine { m: [1.0 / 40.0, 0.0, -1.5, 0.0, 1.0 / 40.0, -1.2] };
        let lit = relit(&from_left, &from_below, &mask, &canonical, 1.0);
        let half = relit(&from_left, &from_below, &mask, &canonical, 0.5);
        for (x, y) in [(40, 50), (80, 50), (60, 95)] {
            let i = y * 120 + x;
            let (got, wanted) = (lit.planes[1].data[i], from_below.planes[1].data[i]);
            assert!((got - wanted).abs() < 8.0, "{got} for {wanted} at {x}, {y}");
            let (from, between) = (from_left.planes[1].data[i], half.planes[1].data[i]);
            assert!((between - (from * got).sqrt()).abs() < 1.0, "half way: {between}");
        }
        let none = Plane::filled(120, 140, 0.0);
        assert_eq!(relit(&from_left, &from_below, &none, &canonical, 1.0), from_left, "unread");
    }
}
