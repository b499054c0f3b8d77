//! The adversarial game: copies of a batch, changed so as to mislead the detector.
//!
//! * **In**: the detector as it stands, a batch. **Out**: [`Attack`]: the changed pictures, and
//!   figures that tell whether the game is healthy. The generators learn on the way.
//! * **Not here**: the detector's own step, which sees clean and changed copies 1:1
//!   (`train::fit::learner`).
//!
//! Source: Wang, Guo, Zuo, "Deepfake Forensics via an Adversarial Game", IEEE TIP 31, 2022.
//! Generators predict a Gaussian width per pixel and climb the detector's cross-entropy; with two
//! of them, one for reals and one for forgeries, neither class alone is ever blurred. The
//! gradient-only forms (blur, additive) are the paper's too. Random blur is the control. Deviations:
//! a small generator, the width as such instead of its inverse square, and
//! a penalty on the generators' logits. The mask of a forgery does not change when it is blurred, so LAE's
//! locality holds on blurred copies as well: the join of the two papers.
//!
//! One form is ours, [`GameForm::SharedGenerator`]. In the paper's forms reals are blurred by a field of
//! their own; where the trace of a forgery is a region that differs from its surroundings, a generator
//! may then teach the detector that such regions mean nothing. Here, a generator looks at the forgery
//! and blurs both partners alike: what it wipes out is the trace, what it adds tells them not apart.
//!
//! The budgeted forms ([`GameForm::BUDGETED`]) fix how much every pair is blurred and leave open where.

pub mod blur;
mod budgeted;
mod form;
mod generator;
mod opponents;
mod widths;

pub use blur::Kernel;
pub use form::{Game, GameForm};
pub use generator::{Generator, SIGMA_MIN};
pub(super) use opponents::Opponents;
pub use opponents::{Attack, copies};
pub use widths::BlurWidths;
