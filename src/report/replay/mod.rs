//! Compares a second examination with the one that a record holds.
//!
//! * **In**: what was found then and now. **Out**: one [`Comparison`] for every value, and whether its
//!   difference is within the tolerance of the record.
//! * **Not here**: examining the files again (`cli`).

mod compare;
mod value;

pub use compare::compare_findings;
pub use value::Comparison;
