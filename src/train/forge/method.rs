//! How a forgery is made, and which of the ways a detector is trained on.

use rand::Rng;

/// What a forgery does to a face: the tasks that results are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Task {
    /// Another face, or another copy of it, in the place of the face.
    Swap,
    /// The same face with another look.
    Attribute,
    /// A part removed and filled in.
    Inpainting,
    /// Pixels that went through a generator.
    Synthesis,
}

impl Task {
    /// The word used in logs and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How a forgery is made.
///
/// The unseen ways are kept out of training altogether: they measure what a detector does with
/// forgeries of a kind it never met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Method {
    /// A changed copy of the same face blended over it.
    SelfBlend,
    /// Another person's face, aligned and recolored.
    PersonSwap,
    /// A part removed and filled from around it.
    Inpaint,
    /// Smoothing, make-up, light or reshaping of a part.
    Attribute,
    /// A part sent down and up in resolution.
    Resample,
    /// A part, or the whole picture, taken down and brought up again as generators do.
    UpConvolve,
    /// Another person's face put in at a low resolution in an aligned square, as one-shot swapping
    /// tools do.
    OneShot,
    /// A part, or the whole picture, drawn by the decoder of a latent-diffusion autoencoder.
    Decoded,
    /// Two to four parts, each of another person, in local colors and with healed rims.
    Composite,
    /// Expression, lips, gaze or outline bent at full resolution.
    Geometry,
    /// Another person's face rendered on a mesh, facet by facet, and relit.
    Graphics,
    /// Unseen: another person's face, warped triangle by triangle, blended band by band.
    MeshSwap,
    /// Unseen: a part removed and filled with patches from elsewhere in the picture.
    PatchFill,
    /// Unseen: a part repainted by a learned network from outside the forger.
    Resynthesis,
}

impl Method {
    /// The ways a detector is trained on.
    pub const TRAINED: [Self; 11] = [
        Self::SelfBlend,
        Self::PersonSwap,
        Self::Inpaint,
        Self::Attribute,
        Self::Resample,
        Self::UpConvolve,
        Self::OneShot,
        Self::Decoded,
        Self::Composite,
        Self::Geometry,
        Self::Graphics,
    ];

    /// The ways kept for measuring.
    pub const UNSEEN: [Self; 3] = [Self::MeshSwap, Self::PatchFill, Self::Resynthesis];

    /// All ways.
    pub const ALL: [Self; 14] = [
        Self::SelfBlend,
        Self::PersonSwap,
        Self::Inpaint,
        Self::Attribute,
        Self::Resample,
        Self::UpConvolve,
        Self::OneShot,
        Self::Decoded,
        Self::Composite,
        Self::Geometry,
        Self::Graphics,
        Self::MeshSwap,
        Self::PatchFill,
        Self::Resynthesis,
    ];

    /// The word used in logs and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What it does to a face.
    pub const fn task(self) -> Task {
        match self {
            Self::SelfBlend
            | Self::PersonSwap
            | Self::OneShot
            | Self::Composite
            | Self::Graphics
            | Self::MeshSwap => Task::Swap,
            Self::Inpaint | Self::PatchFill => Task::Inpainting,
            Self::Attribute | Self::Geometry | Self::Resynthesis => Task::Attribute,
            Self::Resample | Self::UpConvolve | Self::Decoded => Task::Synthesis,
        }
    }

    /// Whether a detector is trained on it.
    pub const fn is_seen(self) -> bool {
        !matches!(self, Self::MeshSwap | Self::PatchFill | Self::Resynthesis)
    }

    /// Whether it needs the photo of a second person.
    pub const fn needs_donor(self) -> bool {
        matches!(
            self,
            Self::PersonSwap | Self::OneShot | Self::Composite | Self::Graphics | Self::MeshSwap
        )
    }

    /// Draws a method of [`Mix::Wide`](crate::train::batch::recipe::Mix::Wide): the usual mix for
    /// 62 of 100, the rest one-shot swaps and decoder residue.
    pub fn draw_wide(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..62 => Self::draw(rng),
            62..82 => Self::OneShot,
            _ => Self::Decoded,
        }
    }

    /// Draws a method of [`Mix::Wider`](crate::train::batch::recipe::Mix::Wider): composites and
    /// bent faces as well; the usual mix keeps 60 of 100.
    pub fn draw_wider(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..60 => Self::draw(rng),
            60..74 => Self::OneShot,
            74..86 => Self::Decoded,
            86..94 => Self::Composite,
            _ => Self::Geometry,
        }
    }

    /// Draws a method of [`Mix::Widest`](crate::train::batch::recipe::Mix::Widest): rendered swaps
    /// for 10 of 100, the rest as [`Self::draw_wider`].
    pub fn draw_widest(rng: &mut impl Rng) -> Self {
        if rng.random_range(0..100) < 10 { Self::Graphics } else { Self::draw_wider(rng) }
    }

    /// Draws a method of the usual mix: mostly swaps, never an unseen one.
    pub fn draw(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..32 => Self::SelfBlend,
            32..57 => Self::PersonSwap,
            57..70 => Self::Inpaint,
            70..84 => Self::Attribute,
            84..88 => Self::Resample,
            _ => Self::UpConvolve,
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|m| m.as_str() == word)
            .ok_or_else(|| format!("{word:?} is not one of {:?}", Self::ALL.map(Self::as_str)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn training_draws_every_seen_method_and_no_other() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let drawn: BTreeSet<Method> = (0..2000).map(|_| Method::draw_widest(&mut rng)).collect();
        assert_eq!(drawn, Method::TRAINED.into_iter().collect());
        let usual: BTreeSet<Method> = (0..2000).map(|_| Method::draw(&mut rng)).collect();
        assert_eq!(usual, Method::TRAINED[..6].iter().copied().collect());
    }

    #[test]
    fn seen_and_unseen_make_all() {
        let both: Vec<Method> = Method::TRAINED.into_iter().chain(Method::UNSEEN).collect();
        assert_eq!(both, Method::ALL);
        assert!(Method::TRAINED.iter().all(|m| m.is_seen()), "trained on means seen");
        assert!(!Method::UNSEEN.iter().any(|m| m.is_seen()), "kept for measuring means unseen");
        for method in Method::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
        }
    }
}
