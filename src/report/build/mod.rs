//! Builds the parts of a record from what the program found.
//!
//! * **In**: reports, stored findings, cards, files. **Out**: values of the record, with the sentences
//!   that every form prints.
//! * **Not here**: reading cases and running detectors (`cli`).

mod case_parts;
mod clip;
mod custody;
mod derived;
mod detector;
mod limits;
mod program;
mod ratio;
mod said;
mod sections;
mod still;
mod stored;
mod summary;
mod weight;
mod words;

pub use case_parts::{entry_record, is_about, reading_record};
pub use clip::clip_findings;
pub use custody::custody;
pub use derived::{MAX_CARDS, complete, wrote_pdf};
pub use detector::{detector_facts, unknown_detector};
pub use limits::limits;
pub use program::{program_facts, shell_line};
pub use ratio::{CalibrationSet, weigh};
pub use said::{FileSays, file_says};
pub use sections::{Section, paper_of, paper_word};
pub use still::{map_record, still_findings};
pub use stored::{failed_findings, stored_findings};
pub use summary::{case_caution, most_suspicious_first, most_telling, since, summarize};
pub use words::verdict_from;
