//! Expert composites: two to four parts of a face, each from another person, with local colors and
//! healed rims.

use rand::Rng;

use crate::train::forge::Portrait;
use crate::train::forge::draft::Draft;
use crate::train::forge::kinds::swap;
use crate::train::forge::masks::kind::MaskKind;
use crate::train::forge::masks::mask::hard_mask;
use crate::train::forge::method::Method;
use crate::train::forge::pixels::blend::Blend;
use crate::train::forge::pixels::color::ColorTransfer;
use crate::train::forge::pixels::noise::Noise;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::{Plane, Window};

/// Distance of two poses, in eye distances, up to which a donor's part looks as if it belonged.
const WORST_POSE: f32 = 0.1;

/// Sets of parts that do not overlap.
const SETS: [&[MaskKind]; 4] = [
    &[MaskKind::Eyes, MaskKind::Nose, MaskKind::Mouth],
    &[MaskKind::EyeBand, MaskKind::Mouth],
    &[MaskKind::EyeBand, MaskKind::Nose, MaskKind::Mouth],
    &[MaskKind::Eyes, MaskKind::LowerFace],
];

/// A composite of `target` with a part of each donor whose pose fits, as many as a set has; where
/// none fits, of the one that fits best.
pub(in crate::train::forge) fn draft(
    target: &Portrait,
    donors: &[Portrait],
    rng: &mut impl Rng,
) -> Draft {
    let kinds = SETS[rng.random_range(0..SETS.len())];
    let first = rng.random_range(0..kinds.len());
    let mut draft = Draft::nothing(target, Method::Composite, MaskKind::Features);
    for (i, donor) in fitting(target, donors).into_iter().take(kinds.len()).enumerate() {
        let kind = kinds[(first + i) % kinds.len()];
        if let Some((window, top, soft)) = part(target, donor, kind, rng) {
            draft.lay(&window, &top, &soft);
        }
        draft.steps.push("part");
    }
    draft
}

/// The donors whose pose is near the target's, or the nearest.
fn fitting<'a>(target: &Portrait, donors: &'a [Portrait]) -> Vec<&'a Portrait> {
    let distance = |donor: &Portrait| swap::pose_distance(&donor.landmarks, &target.landmarks);
    let near: Vec<&Portrait> = donors.iter().filter(|d| distance(d) <= WORST_POSE).collect();
    if !near.is_empty() {
        return near;
    }
    donors.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).into_iter().collect()
}

/// One part: where, its pixels, and what of them is seen.
fn part(
    target: &Portrait,
    donor: &Portrait,
    kind: MaskKind,
    rng: &mut impl Rng,
) -> Option<(Window, Picture, Plane)> {
    let (unit, size) = (target.unit(), target.picture.size());
    let whole = hard_mask(kind, &target.landmarks, target.mesh.as_deref(), size, rng);
    let window = whole.support((unit * 0.5) as usize + 6)?;
    let hard = whole.cut(&window);
    let under = target.picture.cut(&window);
    let aligned = swap::aligned(donor, &target.landmarks, &window, rng);
    let colored = ColorTransfer::LocalMean(unit * 0.25).apply(aligned, &under, &hard);
    let grained = alike_in_grain(colored, &under, rng);
    // Healed: the rim's level is met, then the rim is softened by a pixel or a few.
    let healed = if rng.random_bool(0.6) {
        Blend::Seamless.prepare(grained, &under, &hard)
    } else {
        grained
    };
    let mut soft = hard.blurred((unit * rng.random_range(0.01..0.06)).max(0.6));
    // A blur of sums leaves tiny shares of either sign where there is nothing.
    for share in &mut soft.data {
        *share = if *share < 1.0 / 512.0 { 0.0 } else { share.min(1.0) };
    }
    Some((window, healed, soft))
}

/// Softened or given noise, until the finest detail is as strong as around it.
fn alike_in_grain(top: Picture, under: &Picture, rng: &mut impl Rng) -> Picture {
    let grain = |p: &Picture| {
        let plane = &p.planes[1];
        let soft = plane.blurred(0.8);
        let sum: f32 = plane.data.iter().zip(&soft.data).map(|(a, b)| (a - b).abs()).sum();
        sum / plane.data.len().max(1) as f32
    };
    let (own, wanted) = (grain(&top), grain(under));
    if own > wanted * 1.25 {
        let softer = top.blurred(0.45);
        return if grain(&softer) > wanted * 1.25 { top.blurred(0.7) } else { softer };
    }
    if own < wanted * 0.8 {
        let mut noise = Noise::new(rng.random());
        let amount = (wanted * wanted - own * own).max(0.0).sqrt();
        let mut grainy = top;
        for v in grainy.planes.iter_mut().flat_map(|p| p.data.iter_mut()) {
            *v = (*v + amount * noise.normal()).clamp(0.0, 255.0);
        }
        return grainy;
    }
    top
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::base::{Point, Rect};

    fn portrait(phase: f32, detail: f32) -> Portrait {
        let at = |x, y| Point { x, y };
        Portrait {
            picture: Picture {
                planes: std::array::from_fn(|c| {
                    Plane::from_fn(200, 220, |p| {
                        120.0
                            + 50.0 * ((p.x * 0.1 + phase).sin() * (p.y * 0.12 + c as f32).cos())
                            + detail * (p.x * 2.3 + phase).sin() * (p.y * 2.9).cos()
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
    fn parts_of_several_donors_are_one_mask_and_nothing_else_changes() {
        let target = portrait(0.0, 12.0);
        let donors = [portrait(1.0, 12.0), portrait(2.0, 3.0), portrait(3.0, 25.0)];
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..15 {
            let made = draft(&target, &donors, &mut rng);
            assert!(made.steps.len() >= 2, "{:?}", made.steps);
            assert!(made.mask.mean() > 0.005, "there is a mask");
            for (plane, real) in made.forged.planes.iter().zip(&target.picture.planes) {
                for ((f, r), m) in plane.data.iter().zip(&real.data).zip(&made.mask.data) {
                    assert!(*m > 0.0 || f == r, "it leaks");
                }
            }
        }
    }

    #[test]
    fn donors_of_another_pose_are_left_out_and_one_is_always_taken() {
        let target = portrait(0.0, 12.0);
        let turned = |by: f32| {
            let mut donor = portrait(1.0, 12.0);
            donor.landmarks[2].x += by;
            donor
        };
        let donors = [turned(60.0), turned(2.0), turned(30.0)];
        let nose = |of: &[&Portrait]| of.iter().map(|d| d.landmarks[2].x).collect::<Vec<_>>();
        assert_eq!(nose(&fitting(&target, &donors)), [102.0]);
        let far = [turned(60.0), turned(30.0)];
        assert_eq!(nose(&fitting(&target, &far)), [130.0], "the nearest");
        assert!(fitting(&target, &[]).is_empty());
    }

    #[test]
    fn grain_comes_near_that_of_the_target() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let under = portrait(0.0, 12.0).picture;
        let grain = |p: &Picture| {
            let soft = p.planes[1].blurred(0.8);
            p.planes[1].data.iter().zip(&soft.data).map(|(a, b)| (a - b).abs()).sum::<f32>()
        };
        for detail in [2.0, 30.0] {
            let top = portrait(1.0, detail).picture;
            let (before, wanted) = (grain(&top), grain(&under));
            let after = grain(&alike_in_grain(top, &under, &mut rng));
            assert!((after - wanted).abs() < (before - wanted).abs(), "{before} {after} {wanted}");
        }
    }
}
