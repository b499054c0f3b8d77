//! Which forgeries an experiment trains and measures on.

use serde::Serialize;

use super::cue::Cue;
use crate::train::forge::Method;

/// A test set: its name, which ends with `-seen` or `-unseen`, and its generators.
pub type Set = (&'static str, &'static [Method]);

/// The six sets at native quality, and the generators of each.
pub const SETS: [Set; 6] = [
    ("swap-seen", &[Method::SelfBlend, Method::PersonSwap]),
    ("swap-unseen", &[Method::MeshSwap]),
    ("attribute-seen", &[Method::Attribute]),
    ("attribute-unseen", &[Method::Resynthesis]),
    ("inpainting-seen", &[Method::Inpaint]),
    ("inpainting-unseen", &[Method::PatchFill]),
];

/// Pairs to train and to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// Three tasks, each with generators that are trained on and one that is not.
    #[default]
    Tasks,
    /// Self-blends alone are trained on, and most of them carry the cue; no other generator is.
    Shortcut(Cue),
    /// Forgeries of which none is a blurred region, so that blurring a picture never makes one.
    Sharp,
}

/// The sets of [`Design::Shortcut`].
const SHORTCUT: [Set; 7] = [
    ("self-blend-seen", &[Method::SelfBlend]),
    ("person-swap-unseen", &[Method::PersonSwap]),
    ("mesh-swap-unseen", &[Method::MeshSwap]),
    ("attribute-unseen", &[Method::Attribute]),
    ("resynthesis-unseen", &[Method::Resynthesis]),
    ("inpainting-unseen", &[Method::Inpaint]),
    ("patch-fill-unseen", &[Method::PatchFill]),
];

/// The sets of [`Design::Sharp`].
const SHARP: [Set; 4] = [
    ("composite-seen", &[Method::Composite]),
    ("geometry-seen", &[Method::Geometry]),
    ("mesh-swap-unseen", &[Method::MeshSwap]),
    ("patch-fill-unseen", &[Method::PatchFill]),
];

impl Design {
    /// Whether it is [`Design::Tasks`].
    pub fn is_tasks(&self) -> bool {
        *self == Self::Tasks
    }

    /// The test sets.
    pub const fn sets(&self) -> &'static [Set] {
        match self {
            Self::Tasks => &SETS,
            Self::Shortcut(_) => &SHORTCUT,
            Self::Sharp => &SHARP,
        }
    }

    /// The methods of the pool, in equal parts.
    pub const fn mix(&self) -> &'static [Method] {
        match self {
            Self::Tasks => &[
                Method::SelfBlend,
                Method::Attribute,
                Method::Inpaint,
                Method::PersonSwap,
                Method::Attribute,
                Method::Inpaint,
            ],
            Self::Shortcut(_) => &[Method::SelfBlend],
            Self::Sharp => &[Method::Composite, Method::Geometry],
        }
    }

    /// What every forgery of the pool carries.
    pub const fn cue(&self) -> Option<Cue> {
        match self {
            Self::Shortcut(cue) => Some(*cue),
            Self::Tasks | Self::Sharp => None,
        }
    }

    /// Names of the sets with such an end.
    pub fn names(&self, end: &str) -> Vec<String> {
        let names = self.sets().iter().map(|(name, _)| (*name).to_owned());
        names.filter(|name| name.ends_with(end)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_sets_are_trained_on_and_unseen_ones_are_not() {
        for design in
            [Design::Tasks, Design::Shortcut(Cue { levels: 2, share: 1.0 }), Design::Sharp]
        {
            for (name, methods) in design.sets() {
                let is_seen = name.ends_with("-seen");
                assert!(is_seen || name.ends_with("-unseen"), "{name}");
                let trained = methods.iter().all(|method| design.mix().contains(method));
                assert_eq!(trained, is_seen, "{design:?} {name}");
            }
        }
    }
}
