//! Geometry-only edits: expression, lips, gaze, slimming, as reenactment and "liquify" tools bend a
//! face, at full resolution.
//!
//! A displacement field is a sum of a few bumps in the canonical face frame. Pixels that it moves
//! are the mask, exactly: what would move by less than a tenth of a pixel is not moved at all.

use rand::Rng;

use crate::base::{Affine, Point};
use crate::train::forge::Portrait;
use crate::train::forge::draft::Draft;
use crate::train::forge::kinds::generator::Generator;
use crate::train::forge::masks::kind::MaskKind;
use crate::train::forge::masks::mask::picture_from_canonical;
use crate::train::forge::method::Method;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// Displacements below this many pixels are none.
const STILL: f32 = 0.1;
/// From this many pixels on a pixel counts as moved in full.
const MOVED: f32 = 0.5;

/// A smooth bump of displacement in the canonical frame (eyes 1 apart, y downwards).
#[derive(Debug, Clone, Copy)]
struct Bump {
    center: (f32, f32),
    radius: (f32, f32),
    push: (f32, f32),
}

impl Bump {
    /// Displacement at a point: 0 at an ellipse's rim, smoothly.
    fn at(&self, p: Point) -> (f32, f32) {
        let x = (p.x - self.center.0) / self.radius.0;
        let y = (p.y - self.center.1) / self.radius.1;
        let fade = (1.0 - (x * x + y * y)).max(0.0);
        (self.push.0 * fade * fade, self.push.1 * fade * fade)
    }
}

/// What is bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum Mode {
    /// Lower lip and chin down or up: speech.
    Jaw,
    /// Corners of the mouth out and up, or in and down.
    Smile,
    /// Brows up or down.
    Brows,
    /// Irises aside.
    Gaze,
    /// Cheeks and jaw inwards or outwards.
    Slim,
    /// Eyes larger or smaller.
    Lids,
    /// The nose narrower or wider.
    Nose,
}

impl Mode {
    const ALL: [Self; 7] =
        [Self::Jaw, Self::Smile, Self::Brows, Self::Gaze, Self::Slim, Self::Lids, Self::Nose];

    fn as_str(self) -> &'static str {
        self.into()
    }

    /// The mask kind nearest to what it bends.
    const fn kind(self) -> MaskKind {
        match self {
            Self::Jaw | Self::Slim => MaskKind::LowerFace,
            Self::Smile => MaskKind::Mouth,
            Self::Brows => MaskKind::EyeBand,
            Self::Gaze | Self::Lids => MaskKind::Eyes,
            Self::Nose => MaskKind::Nose,
        }
    }

    /// Its bumps; `amount` from -1 to 1, most of it in use.
    fn bumps(self, amount: f32, rng: &mut impl Rng) -> Vec<Bump> {
        let wobble = rng.random_range(0.85..1.15f32);
        let bump = |x: f32, y: f32, rx: f32, ry: f32, dx: f32, dy: f32| Bump {
            center: (x, y),
            radius: (rx * wobble, ry * wobble),
            push: (dx * amount, dy * amount),
        };
        let both = |x: f32, y: f32, rx: f32, ry: f32, dx: f32, dy: f32| {
            vec![bump(x, y, rx, ry, dx, dy), bump(-x, y, rx, ry, -dx, dy)]
        };
        match self {
            Self::Jaw => {
                vec![bump(0.0, 1.42, 0.7, 0.5, 0.0, 0.16), bump(0.0, 1.02, 0.5, 0.2, 0.0, -0.04)]
            }
            Self::Smile => both(0.42, 1.12, 0.4, 0.36, 0.1, -0.07),
            Self::Brows => both(0.5, -0.34, 0.55, 0.3, 0.0, -0.1),
            Self::Gaze => {
                let (dx, dy) = (0.05, rng.random_range(-0.02..0.02));
                vec![bump(0.5, 0.0, 0.2, 0.13, dx, dy), bump(-0.5, 0.0, 0.2, 0.13, dx, dy)]
            }
            Self::Slim => both(0.85, 1.0, 0.55, 0.95, -0.1, 0.0),
            Self::Lids => {
                let lids = |y: f32, dy: f32| both(0.5, y, 0.32, 0.2, 0.0, dy);
                [lids(-0.12, -0.045), lids(0.12, 0.035)].concat()
            }
            Self::Nose => both(0.2, 0.55, 0.25, 0.32, 0.07, 0.0),
        }
    }
}

/// A bent face and its real partner, which is resampled as a whole as often as not: softness by
/// interpolation alone is no forgery.
pub(in crate::train::forge) fn draft(target: &Portrait, rng: &mut impl Rng) -> Draft {
    let n = rng.random_range(1..4);
    let mut steps = Vec::new();
    let mut bumps = Vec::new();
    let mut kind = MaskKind::FaceHull;
    for i in 0..n {
        let mode = Mode::ALL[rng.random_range(0..Mode::ALL.len())];
        let sign = if rng.random() { 1.0 } else { -1.0 };
        bumps.extend(mode.bumps(sign * rng.random_range(0.35..1.0), rng));
        steps.push(mode.as_str());
        kind = if i == 0 { mode.kind() } else { MaskKind::FaceHull };
    }
    let (width, height) = target.picture.size();
    let to_picture = picture_from_canonical(&target.landmarks);
    let Some(to_canonical) = to_picture.inverse() else {
        return Draft::nothing(target, Method::Geometry, kind);
    };
    let field = Field { bumps, to_picture, to_canonical };
    let mask = Plane::from_fn(width, height, |p| {
        let (dx, dy) = field.displacement(p);
        (dx.hypot(dy) / MOVED).min(1.0)
    });
    let mut top = target.picture.displaced(width, height, |p| {
        let (dx, dy) = field.displacement(p);
        Point { x: p.x - dx, y: p.y - dy }
    });
    let Some(window) = mask.support(2) else {
        return Draft::nothing(target, Method::Geometry, kind);
    };
    if rng.random_bool(0.3) {
        // Neural reenactment draws the pixels anew.
        steps.push("generated");
        top = Generator::draw(rng).repaint(&top);
    }
    // Interpolation lies under the whole mask, however little a pixel moved.
    let shown =
        Plane { data: mask.data.iter().map(|m| f32::from(u8::from(*m > 0.0))).collect(), ..mask };
    let mut draft = Draft::laid(
        target.picture.clone(),
        &top.cut(&window),
        (&window, &shown.cut(&window)),
        (Method::Geometry, kind),
        steps,
    );
    draft.mask = mask;
    if rng.random() {
        draft.steps.push("base-resampled");
        draft.base = rigid(&target.picture, rng);
    }
    draft
}

/// The picture turned, scaled and shifted by next to nothing: interpolated everywhere.
fn rigid(picture: &Picture, rng: &mut impl Rng) -> Picture {
    let (w, h) = picture.size();
    let (angle, scale) = (rng.random_range(-0.012..0.012f32), rng.random_range(0.99..1.01f32));
    let (c, s) = (angle.cos() * scale, angle.sin() * scale);
    let (x, y) = (w as f32 / 2.0, h as f32 / 2.0);
    let (dx, dy) = (rng.random_range(-0.5..0.5), rng.random_range(-0.5..0.5));
    let m = [c, -s, x + dx - c * x + s * y, s, c, y + dy - s * x - c * y];
    picture.warped(w, h, &Affine { m })
}

struct Field {
    bumps: Vec<Bump>,
    to_picture: Affine,
    to_canonical: Affine,
}

impl Field {
    /// In pixels of the picture.
    fn displacement(&self, p: Point) -> (f32, f32) {
        let q = self.to_canonical.apply(p);
        let (u, v) = self.bumps.iter().fold((0.0, 0.0), |(u, v), bump| {
            let (du, dv) = bump.at(q);
            (u + du, v + dv)
        });
        let [a, b, _, d, e, _] = self.to_picture.m;
        let (dx, dy) = (a * u + b * v, d * u + e * v);
        let size = dx.hypot(dy);
        if size <= STILL {
            return (0.0, 0.0);
        }
        let left = (size - STILL) / size;
        (dx * left, dy * left)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::base::Rect;

    fn portrait() -> Portrait {
        let at = |x, y| Point { x, y };
        Portrait {
            picture: Picture {
                planes: std::array::from_fn(|c| {
                    Plane::from_fn(200, 220, |p| {
                        120.0
                            + 50.0 * ((p.x * 0.3).sin() * (p.y * 0.27 + c as f32).cos())
                            + 20.0 * (p.x * 1.1 + p.y * 0.9).sin()
                    })
                }),
            },
            landmarks: [
                at(70.0, 90.0),
                at(130.0, 92.0),
                at(100.0, 126.0),
                at(76.0, 158.0),
                at(124.0, 160.0),
            ],
            face: Rect::new(45.0, 45.0, 110.0, 150.0),
            mesh: None,
        }
    }

    #[test]
    fn only_what_moved_is_changed_and_masked() {
        let target = portrait();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let (mut n_resampled, mut n_masked) = (0, 0);
        for _ in 0..30 {
            let made = draft(&target, &mut rng);
            n_resampled += usize::from(made.steps.contains(&"base-resampled"));
            n_masked += usize::from(made.mask.mean() > 0.002);
            for (c, plane) in made.forged.planes.iter().enumerate() {
                let real = &target.picture.planes[c].data;
                for ((f, r), m) in plane.data.iter().zip(real).zip(&made.mask.data) {
                    assert!(*m > 0.0 || f == r, "{:?} leaks", made.steps);
                }
            }
        }
        assert!((8..23).contains(&n_resampled), "{n_resampled} of 30 partners are resampled");
        assert!(n_masked > 25, "{n_masked} of 30 bend something");
    }

    #[test]
    fn a_jaw_moves_the_mouth_and_leaves_the_eyes() {
        let target = portrait();
        let to_picture = picture_from_canonical(&target.landmarks);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let field = Field {
            bumps: Mode::Jaw.bumps(1.0, &mut rng),
            to_canonical: to_picture.inverse().unwrap(),
            to_picture,
        };
        let chin = to_picture.apply(Point { x: 0.0, y: 1.42 });
        let (dx, dy) = field.displacement(chin);
        assert!(dy > 5.0 && dx.abs() < 2.0, "{dx} {dy}");
        assert_eq!(field.displacement(target.landmarks[0]), (0.0, 0.0));
    }
}
