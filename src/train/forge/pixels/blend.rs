//! Putting one picture over another: soft rims, seamless joins, hard cuts.

use rand::Rng;

use crate::train::forge::pixels::harmonic::{Membrane, Stiffness};
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// How the upper picture joins the lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub(in crate::train::forge) enum Blend {
    /// By a soft mask.
    Feathered,
    /// The gradients of the upper picture inside the rim of the lower one (P. Pérez et al.,
    /// "Poisson Image Editing", 2003).
    Seamless,
    /// By a mask with a rim of a pixel or two.
    HardCut,
}

impl Blend {
    pub(in crate::train::forge) fn as_str(self) -> &'static str {
        self.into()
    }

    /// Draws one in the proportions of 100.
    pub(in crate::train::forge) fn draw(seamless: u32, hard: u32, rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            v if v < seamless => Self::Seamless,
            v if v < seamless + hard => Self::HardCut,
            _ => Self::Feathered,
        }
    }

    /// The share of the upper picture, from a hard mask. `unit` is the distance of the eyes.
    pub(in crate::train::forge) fn soften(
        self,
        hard: &Plane,
        unit: f32,
        rng: &mut impl Rng,
    ) -> Plane {
        match self {
            Self::Feathered => feathered(hard, unit, rng),
            Self::Seamless => hard.clone(),
            Self::HardCut => hard.blurred(rng.random_range(0.0..1.0)),
        }
    }

    /// The upper picture as it is to be laid over the lower one by the softened mask.
    pub(in crate::train::forge) fn prepare(
        self,
        top: Picture,
        under: &Picture,
        hard: &Plane,
    ) -> Picture {
        if self == Self::Seamless { seamless(top, under, hard) } else { top }
    }
}

/// Widest rim that [`Blend::soften`] makes, in distances of the eyes.
pub(in crate::train::forge) const WIDEST_RIM: f32 = 0.16 * 3.0;

/// Softens the rim by a random share of the face; sometimes draws it inwards first.
fn feathered(hard: &Plane, unit: f32, rng: &mut impl Rng) -> Plane {
    // From a pixel or two to the wide rims of landmark scripts, all scales alike.
    let sigma = unit * 0.015 * 10.0f32.powf(rng.random());
    let soft = hard.blurred(sigma);
    let (inwards, low) = (rng.random_bool(0.5), rng.random_range(0.3..0.6f32));
    let soft = if inwards {
        let data = soft.data.iter().map(|m| ((m - low) / (1.0 - low)).clamp(0.0, 1.0));
        let eroded = Plane { data: data.collect(), ..soft };
        // The new rim has a corner where it starts; tools blur once more.
        Plane { data: eroded.blurred(sigma * 0.4).data, ..eroded }
    } else {
        soft
    };
    // Small shapes can vanish under a wide blur; then nearly the hard shape must do.
    if soft.data.iter().any(|m| *m > 0.6) { soft } else { hard.blurred(unit * 0.02) }
}

/// Adds the membrane that takes the upper picture to the lower one along the rim: inside, its
/// gradients stay.
fn seamless(mut top: Picture, under: &Picture, hole: &Plane) -> Picture {
    let membrane = Membrane::new(hole);
    for (top, under) in top.planes.iter_mut().zip(&under.planes) {
        let mut difference = under.clone();
        for (d, t) in difference.data.iter_mut().zip(&top.data) {
            *d -= t;
        }
        for (t, d) in
            top.data.iter_mut().zip(&membrane.close(&difference, Stiffness::Membrane).data)
        {
            *t = (*t + d).clamp(0.0, 255.0);
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn disk() -> Plane {
        Plane::from_fn(80, 80, |p| f32::from(u8::from((p.x - 40.0).hypot(p.y - 40.0) < 22.0)))
    }

    #[test]
    fn a_seamless_join_takes_the_level_of_the_rim_and_keeps_the_detail() {
        let under = Picture {
            planes: std::array::from_fn(|c| Plane::filled(80, 80, 60.0 + 20.0 * c as f32)),
        };
        let top = Picture {
            planes: std::array::from_fn(|_| {
                Plane::from_fn(80, 80, |p| {
                    180.0 + if (p.x - 40.0).hypot(p.y - 40.0) < 5.0 { 20.0 } else { 0.0 }
                })
            }),
        };
        let joined = Blend::Seamless.prepare(top, &under, &disk());
        for (c, plane) in joined.planes.iter().enumerate() {
            let level = 60.0 + 20.0 * c as f32;
            assert!((plane.data[40 * 80 + 25] - level).abs() < 2.0, "the rim's level");
            assert!((plane.data[40 * 80 + 40] - level - 20.0).abs() < 2.0, "the spot stays");
        }
    }

    #[test]
    fn every_softened_mask_keeps_a_core_and_ends_within_its_rim() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let hard = disk();
        for blend in [Blend::Feathered, Blend::Seamless, Blend::HardCut] {
            for _ in 0..40 {
                let soft = blend.soften(&hard, 30.0, &mut rng);
                assert!(soft.data[40 * 80 + 40] > 0.6, "{blend:?} lost its middle");
                let reach = 22.0 + WIDEST_RIM * 30.0 + 4.0;
                for (i, m) in soft.data.iter().enumerate() {
                    let p = ((i % 80) as f32 - 39.5).abs().max(((i / 80) as f32 - 39.5).abs());
                    assert!(p < reach || *m == 0.0, "{blend:?} reaches {p}");
                }
            }
        }
    }
}
