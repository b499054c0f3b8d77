//! L4, the report: one record of what was asked, examined, found and not examined, and its forms.
//!
//! * **In**: the reports of `pipeline` or the findings of a case, the card of the detector, what files
//!   say about themselves, entries of a log. **Out**: a [`ReportRecord`] as JSON, the same as one page
//!   of HTML, pictures, hashes; all of it in a folder that is whole or not there ([`ReportFolder`]).
//! * **Not here**: examining files, asking for arguments and printing (`cli`).
//!
//! Every form is made from the record, never from what the record was made of. A number of the page
//! names its place in the record, so that a test can compare both.

pub mod build;
mod error;
mod folder;
mod page;
mod picture;
mod record;
mod replay;
pub mod seal;

pub use error::Error;
pub use folder::{ANSWER_FILE, REQUEST_FILE, ReportFolder, SIGNATURE_FILE, SUMS_FILE};
pub use page::{PAGE_FILE, PictureSource, page_names, render_page, render_pages};
pub use picture::{DrawnFace, JpegPicture, face_overlay, moment_picture, thumbnail};
pub use record::{
    AgreementRecord, BookmarkRecord, CalibrationRecord, CaseRecord, ClipFacts, CustodyRecord,
    DamageRecord, DetectorFacts, EntryRecord, FORMAT, FaceRecord, FileState, FindingsRecord,
    MapRecord, MeasuredRates, MomentRecord, NotExaminedRecord, PictureRecord, ProgramFacts,
    QualityRecord, RECORD_FILE, RatioRecord, ReadingRecord, ReliabilityRecord, ReplayRecord,
    ReportItem, ReportRecord, RequestRecord, RunRecord, ScaleRecord, ShareInterval,
    StatementRecord, SummaryRecord, ThresholdRecord, ToleranceRecord, TrackRecord, VERSION,
    WeightRecord, bookmark_key,
};
pub use replay::{Comparison, compare_findings};
