//! The bundles that belong to this program, pinned in it.
//!
//! A bundle matches its card by hash, but whoever changes the model can change the card as well. So
//! the cards of the shipped bundles are part of the program.

use super::Card;
use crate::files::sha256_hex;

/// The cards that this program was built with.
const CARDS: [&str; 3] = [
    include_str!("../../models/lae/card.toml"),
    include_str!("../../models/yunet/card.toml"),
    include_str!("../../models/facemesh/card.toml"),
];

/// Who made a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Origin {
    /// It is exactly a bundle that this program was built with.
    Shipped,
    /// Somebody else made or changed it.
    Foreign,
}

impl Card {
    /// Compares the whole card, the hash of its model included, with those pinned in the program.
    pub fn origin(&self) -> Origin {
        let is_pinned = |text: &&str| toml::from_str::<Self>(text).is_ok_and(|card| card == *self);
        if CARDS.iter().any(is_pinned) { Origin::Shipped } else { Origin::Foreign }
    }

    /// A hash of the whole card, the hash of its model included: what a person trusted once is trusted
    /// as long as nothing of it changes.
    pub fn fingerprint(&self) -> String {
        // A card that was read can be written.
        sha256_hex(toml::to_string(self).unwrap_or_default().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bundle::Bundle;

    #[test]
    fn what_lies_in_the_tree_is_shipped_and_a_changed_threshold_is_foreign() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        for name in ["lae", "yunet", "facemesh"] {
            let mut card = Bundle::read(&models.join(name)).unwrap().card;
            assert_eq!(card.origin(), Origin::Shipped, "{name}");
            let before = card.fingerprint();
            card.summary.push('!');
            assert_ne!(card.fingerprint(), before, "{name}, changed");
            assert_eq!(card.origin(), Origin::Foreign, "{name}, changed");
        }
    }
}
