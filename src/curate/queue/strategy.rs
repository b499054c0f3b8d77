//! The strategies of the queue: names and descriptions.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// What the queue puts first. Arguments and files hold the names in kebab case.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum QueueStrategy {
    /// LAE's concept candidates.
    #[default]
    Concept,
    /// Scores between the two thresholds.
    Uncertainty,
    /// Score and heat map that change under a slight blur.
    BlurConsistency,
    /// Highest scores.
    Score,
    /// Random order.
    Random,
}

/// Strategies of earlier versions. Cases that name them still open.
const DROPPED: [&str; 3] = ["margin", "map-versus-score", "diversity"];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the queue has no strategy {name:?}{dropped}; the strategies are {all}",
    name = self.0,
    dropped = if DROPPED.contains(&self.0.as_str()) {
        " any more, because no measurement supported it"
    } else {
        ""
    },
    all = QueueStrategy::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ")
)]
pub struct UnknownStrategy(pub String);

impl QueueStrategy {
    /// All strategies, in the order of menus.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in arguments and files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Concept => "Concept candidates",
            Self::Uncertainty => "Uncertain first",
            Self::BlurConsistency => "Changed by blur",
            Self::Score => "Most suspicious first",
            Self::Random => "Random",
        }
    }

    /// What it puts first and what it is good for: one sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Concept => {
                "Pictures that excite the model's chief concept of a forgery most; their masks teach \
                 the model where to look."
            }
            Self::Uncertainty => {
                "Pictures whose score lies nearest to the middle between the two thresholds."
            }
            Self::BlurConsistency => {
                "Pictures whose score or heat map changes most under a blur of one pixel of the \
                 model's input."
            }
            Self::Score => "Pictures with the highest scores.",
            Self::Random => "Pictures in random order: the fair sample to compare the others with.",
        }
    }
}

impl Display for QueueStrategy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for QueueStrategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        let found = Self::ALL.iter().find(|strategy| strategy.as_str() == name);
        found.copied().ok_or_else(|| UnknownStrategy(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_unknown_ones_are_answered_with_all() {
        for strategy in QueueStrategy::ALL {
            assert_eq!(strategy.as_str().parse(), Ok(*strategy));
            let json = serde_json::to_string(strategy).unwrap();
            assert_eq!(json, format!("\"{strategy}\""), "one name everywhere");
            assert!(strategy.description().ends_with('.'), "{strategy}");
        }
        let message = |name: &str| name.parse::<QueueStrategy>().unwrap_err().to_string();
        let unknown = message("chaos");
        assert!(unknown.contains("blur-consistency") && unknown.contains("chaos"), "{unknown}");
        assert!(message("diversity").contains("any more"), "{}", message("diversity"));
        assert!(!unknown.contains("any more"), "{unknown}");
    }
}
