//! Faces laid over faces point by point: 468 points, triangles between them, an affine map each.

use crate::base::Point;
use crate::train::forge::Portrait;
use crate::train::forge::kinds::facets::Facets;
use crate::train::forge::masks::mask::fit_affine;
use crate::train::forge::masks::polygon::convex_hull;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Window;

/// How far beyond the hull of the mesh the donor is carried along, from the mesh's middle out.
const BEYOND: f32 = 1.35;

/// A window of the target with the donor's face in it; `None` when a mesh is missing.
///
/// Beyond the mesh its rim is carried on outwards.
pub(in crate::train::forge) fn warped_by_mesh(
    donor: &Portrait,
    target: &Portrait,
    window: &Window,
) -> Option<Picture> {
    let (from, to) = (donor.mesh.as_deref()?, target.mesh.as_deref()?);
    let mut ends: Vec<Point> = to.to_vec();
    let mut starts: Vec<Point> = from.to_vec();
    let (center_to, center_from) = (mean(to), mean(from));
    let away =
        |p: Point, c: Point| Point { x: c.x + BEYOND * (p.x - c.x), y: c.y + BEYOND * (p.y - c.y) };
    for corner in convex_hull(to.to_vec()) {
        if let Some(i) = to.iter().position(|p| *p == corner) {
            ends.push(away(corner, center_to));
            starts.push(away(from[i], center_from));
        }
    }
    let inside: Vec<Point> = ends.iter().map(|p| window.inside(*p)).collect();
    let elsewhere = fit_affine(&target.landmarks, &donor.landmarks).after(&window.shift());
    let [a, b, _, d, e, _] = elsewhere.m;
    let shrink = (a * e - b * d).abs().sqrt();
    let source =
        if shrink > 1.2 { donor.picture.blurred(shrink * 0.35) } else { donor.picture.clone() };

    let facets = Facets::new(&inside, &starts, window);
    Some(
        source.displaced(window.width, window.height, |p| {
            facets.at(p).unwrap_or(&elsewhere).apply(p)
        }),
    )
}

fn mean(points: &[Point]) -> Point {
    let n = points.len().max(1) as f32;
    Point {
        x: points.iter().map(|p| p.x).sum::<f32>() / n,
        y: points.iter().map(|p| p.y).sum::<f32>() / n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Mesh, Rect};
    use crate::train::forge::pixels::raster::Plane;

    /// A portrait whose mesh is a grid mapped by `at`; its picture tells where it is.
    fn portrait(at: impl Fn(Point) -> Point) -> Portrait {
        let spread =
            |i: usize| Point { x: 3.0 * (i % 22) as f32 + 20.0, y: 3.0 * (i / 22) as f32 + 20.0 };
        let mesh: Mesh = std::array::from_fn(|i| at(spread(i)));
        let corner = |x, y| at(Point { x, y });
        Portrait {
            picture: Picture {
                planes: [
                    Plane::from_fn(120, 110, |p| p.x),
                    Plane::from_fn(120, 110, |p| p.y),
                    Plane::filled(120, 110, 0.0),
                ],
            },
            landmarks: [
                corner(35.0, 40.0),
                corner(65.0, 40.0),
                corner(50.0, 55.0),
                corner(38.0, 70.0),
                corner(62.0, 70.0),
            ],
            face: Rect::new(20.0, 20.0, 66.0, 66.0),
            mesh: Some(Box::new(mesh)),
        }
    }

    #[test]
    fn every_point_of_the_donor_comes_to_the_targets() {
        let target = portrait(|p| p);
        let bent = |p: Point| Point { x: p.x + 3.0 * (p.y * 0.1).sin(), y: p.y + 2.0 };
        let donor = portrait(bent);
        let window = Window { x: 15, y: 12, width: 80, height: 75 };
        let out = warped_by_mesh(&donor, &target, &window).unwrap();
        for (x, y) in [(40, 40), (55, 60), (72, 33)] {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let wanted = bent(Point { x: px, y: py });
            let i = (y - window.y) * window.width + x - window.x;
            let got = (out.planes[0].data[i], out.planes[1].data[i]);
            assert!((got.0 - wanted.x).hypot(got.1 - wanted.y) < 0.35, "{got:?} {wanted:?}");
        }
        let bare = Portrait { mesh: None, ..portrait(|p| p) };
        assert!(warped_by_mesh(&bare, &target, &window).is_none(), "no mesh, no warp");
    }
}
