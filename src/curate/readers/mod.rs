//! How far two readers agree who saw the same pictures, the second without seeing the first's masks.
//!
//! * **In**: a case in which two people drew masks of the same pictures. **Out**: IoU of the masks,
//!   Cohen's kappa of decisions and of pixels, each with its count.
//! * **Not here**: comparing two masks (`annotate::Agreement`).

mod agreement;
mod compare;

pub use agreement::{DECISIONS, ReaderAgreement};
pub use compare::{ReaderComparison, compare_readers};
