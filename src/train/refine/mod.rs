//! Retraining: a shipped detector learns from masks that people drew.
//!
//! * **In**: a data set of corrected pictures ([`crate::dataset`]), a bundle with weights to go on
//!   from, photos of real faces where they are at hand. **Out**: batches for `train::fit`, a new
//!   bundle, and how it compares with the old one on pictures held out.
//! * **Not here**: the loop (`train::fit`), choosing what a person should look at (`curate`),
//!   installing (`bundle`'s library).
//!
//! The locality loss is asked for on the human masks (as LAE, CIKM 2020, closes its loop of
//! active learning). Forgetting is held off by replay: a share of every step
//! is made of freshly forged pairs of the photos that the shipped detector was trained on. Without
//! those photos a smaller learning rate is all there is, and the card says so.

mod batches;
mod bundle;
mod compare;
mod items;
mod learned;

pub use batches::Mixed;
pub use bundle::{Parent, rated, without_photos};
pub use compare::{Comparison, Exam, Side, compare};
pub use items::{Corrected, Items};
pub use learned::Learned;

use super::fit::{FitPlan, is_start_frozen};

/// Peak learning rate of the head with replay.
pub const RATE_WITH_REPLAY: f64 = 4e-4;
/// Without replay: half of it.
pub const RATE_WITHOUT_REPLAY: f64 = 2e-4;
/// Share of the pairs of a step that are forged from photos, where photos are at hand.
pub const REPLAY: f64 = 0.5;
/// Steps of warm-up.
const WARMUP: u64 = 6;
/// How often every corrected forgery is shown when nothing else is asked for.
const SHOWN: u64 = 24;
/// Steps at least and at most when nothing else is asked for.
const STEPS: std::ops::RangeInclusive<u64> = 60..=600;

/// Steps that show `n_forged` corrected forgeries two dozen times.
pub fn default_steps(n_forged: usize, pairs: usize, replay: f64) -> u64 {
    let shown_a_step = (pairs as f64 * (1.0 - replay)).max(1.0);
    let steps = (n_forged as u64 * SHOWN) as f64 / shown_a_step;
    (steps.ceil() as u64).clamp(*STEPS.start(), *STEPS.end())
}

/// The plan of a retraining: that of a training, with a small rate and short.
pub fn plan(seed: u64, steps: u64, pairs: usize, rate: f64, from: &std::path::Path) -> FitPlan {
    let default = FitPlan::default();
    let from = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    FitPlan {
        seed,
        steps,
        pairs,
        rate_head: rate,
        rate_encoder: rate * default.rate_encoder / default.rate_head,
        // The same for every number of steps: a run may go on with more of them.
        warmup: WARMUP,
        checkpoint_every: 20,
        validate_every: 0,
        frozen_start: is_start_frozen(&from),
        start_from: Some(from),
        ..default
    }
    .sized_for_its_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_the_number_of_corrections_within_bounds() {
        assert_eq!(default_steps(3, 12, 0.5), 60, "a few are not shown to death");
        assert_eq!(default_steps(50, 12, 0.5), 200);
        assert_eq!(default_steps(50, 12, 0.0), 100, "without replay a step holds twice as many");
        assert_eq!(default_steps(100_000, 12, 0.5), 600);
    }
}
