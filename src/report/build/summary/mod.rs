//! Page 1: all items together, in words that can be read in two minutes.
//!
//! * **In**: items, detectors, the weight of the evidence, the question. **Out**: the sentences of page 1.
//! * **Not here**: sentences about a single face (`words`), ratios (`ratio`).

mod answer;
mod cautions;
mod found;
mod items;
mod rates;
mod steps;
mod weight;
mod whole;

pub(super) use cautions::left_out_of_case;
pub use cautions::{case_caution, since};
pub use items::{most_suspicious_first, most_telling};
pub use whole::summarize;
