//! By what a queue is ordered: names and sentences.
//!
//! * **In / out**: the words of arguments, files and menus. **Not here**: the ordering
//!   ([`super::order`]).

use serde::{Deserialize, Serialize};

/// What comes first in the queue.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// LAE's candidates.
    #[default]
    Concept,
    /// Scores between the thresholds.
    Uncertainty,
    /// The two halves of the latent nearly equal.
    Margin,
    /// What changes under a slight blur.
    BlurConsistency,
    /// Map and score say different things.
    MapVersusScore,
    /// Unlike everything before.
    Diversity,
    /// Most suspicious first.
    Score,
    /// By lot.
    Random,
}

/// The word names no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no strategy of the queue; there are {all}", all = Strategy::words_of_all())]
pub struct UnknownStrategy(pub String);

impl Strategy {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 8] = [
        Self::Concept,
        Self::Uncertainty,
        Self::Margin,
        Self::BlurConsistency,
        Self::MapVersusScore,
        Self::Diversity,
        Self::Score,
        Self::Random,
    ];

    /// The stable word of arguments and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Concept => "concept",
            Self::Uncertainty => "uncertainty",
            Self::Margin => "margin",
            Self::BlurConsistency => "blur-consistency",
            Self::MapVersusScore => "map-versus-score",
            Self::Diversity => "diversity",
            Self::Score => "score",
            Self::Random => "random",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Concept => "Concept candidates",
            Self::Uncertainty => "Uncertain first",
            Self::Margin => "Smallest margin first",
            Self::BlurConsistency => "Changed by blur",
            Self::MapVersusScore => "Map against score",
            Self::Diversity => "Most diverse",
            Self::Score => "Most suspicious first",
            Self::Random => "Random",
        }
    }

    /// What it does and when it serves, one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Concept => {
                "Pictures that excite the model's chief concept of a forgery most; drawing their \
                 masks teaches it where to look."
            }
            Self::Uncertainty => {
                "Pictures whose score lies nearest to the middle between the two thresholds."
            }
            Self::Margin => {
                "Pictures for which the model's real half and its forged half speak up nearly alike."
            }
            Self::BlurConsistency => {
                "Pictures of which the model says something else after a blur of one pixel of its \
                 input: such traces do not last."
            }
            Self::MapVersusScore => {
                "Pictures whose heat map marks much more or much less than their score leads one \
                 to expect."
            }
            Self::Diversity => {
                "Pictures that differ most, in the model's eyes, from all that were ranked or \
                 finished before them."
            }
            Self::Score => "Pictures with the highest scores.",
            Self::Random => "Pictures in random order: a fair sample to compare the others with.",
        }
    }

    fn words_of_all() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(word: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == word)
            .ok_or_else(|| UnknownStrategy(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_others_are_answered_with_all_of_them() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.as_str().parse(), Ok(strategy));
            let json = serde_json::to_string(&strategy).unwrap();
            assert_eq!(json, format!("\"{strategy}\""), "one word everywhere");
            assert!(strategy.sentence().ends_with('.'), "{strategy}");
        }
        let said = "chaos".parse::<Strategy>().unwrap_err().to_string();
        assert!(said.contains("map-versus-score") && said.contains("chaos"), "{said}");
    }
}
