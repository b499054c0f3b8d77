//! The forms of the game and its rules.

use serde::{Deserialize, Serialize};

use super::blur::Kernel;

/// What changes the copies.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum GameForm {
    /// No copies.
    #[default]
    None,
    /// Control: smooth random widths with the mean [`Game::sigma_mean`].
    RandomBlur,
    /// A uniform width, moved one step up the gradient of the loss.
    GradientBlur,
    /// One signed step of [`Game::epsilon`] up the gradient of the loss (FGSM).
    Additive,
    /// One generator for both classes.
    OneGenerator,
    /// A generator for reals, another for forgeries.
    TwoGenerators,
    /// One generator that looks at the forgery; its widths blur the real partner too. Not in the
    /// paper.
    SharedGenerator,
    /// A random level for every pair, the same everywhere and on both partners.
    BudgetedUniform,
    /// That level on average, in a random pattern.
    BudgetedRandom,
    /// The one of three such patterns that costs the detector most.
    BudgetedWorst,
    /// That level on average, in a pattern that a generator chooses.
    BudgetedGenerator,
}

impl GameForm {
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::RandomBlur,
        Self::GradientBlur,
        Self::Additive,
        Self::OneGenerator,
        Self::TwoGenerators,
        Self::SharedGenerator,
        Self::BudgetedUniform,
        Self::BudgetedRandom,
        Self::BudgetedWorst,
        Self::BudgetedGenerator,
    ];

    /// The forms whose blur has a random level.
    pub const BUDGETED: [Self; 4] =
        [Self::BudgetedUniform, Self::BudgetedRandom, Self::BudgetedWorst, Self::BudgetedGenerator];

    /// The word used in arguments and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Rules of the game.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Game {
    /// What changes the copies.
    pub form: GameForm,
    /// Window of the blur.
    pub kernel: Kernel,
    /// Largest width in pixels of the input.
    pub sigma_max: f64,
    /// Mean width of random blur and of the budgeted forms, and the start of gradient blur, in
    /// pixels; below `sigma_max`.
    pub sigma_mean: f64,
    /// Learning rate of the generators at its peak.
    pub rate: f64,
    /// Weight of the mean squared logit of a generator: it keeps one that has run to an end of its
    /// range able to come back when the detector has adapted.
    #[serde(rename = "leash")]
    pub logit_penalty: f64,
    /// Size of the additive step, in input units (2 = black to white).
    pub epsilon: f32,
    /// Whether changed copies go through a normalization of the latent of their own, with its own
    /// weights, which the finished net does not have.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dual_norm: bool,
}

impl Default for Game {
    /// 5 × 5, σ up to 1: the 3 × 3 kernel of the paper's code turns the sign of the finest grain
    /// (its gain there is -0.1 at σ 1), 5 × 5 does not. ε from that code. There the generators
    /// learn four times as fast as the detector; ours, far smaller, swing at that.
    fn default() -> Self {
        Self {
            form: GameForm::None,
            kernel: Kernel::Five,
            sigma_max: 1.0,
            sigma_mean: 0.5,
            rate: 1e-3,
            logit_penalty: 3e-4,
            epsilon: 1.0 / 255.0,
            dual_norm: false,
        }
    }
}
