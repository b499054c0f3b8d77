//! Compares a second examination with the one that a record holds.
//!
//! * **In**: what was found then and now. **Out**: one [`Comparison`] for every value, and whether its
//!   difference is within the tolerance of the record; [`NOT_CHECKED`] names the others.
//! * **Not here**: examining the files again (`cli`), making sentences again (`build`).

mod compare;
mod derived;
mod tree;
mod unchecked;
mod value;

pub use compare::{PICTURES_LEFT_OUT, WEAKENED, compare_findings};
pub use derived::{compare_derived, compare_identity, compare_said};
pub use unchecked::{NOT_CHECKED, Unchecked};
pub use value::Comparison;
