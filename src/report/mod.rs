//! L4, the report: one record of what was asked, examined, found and not examined, and its forms.
//!
//! * **In**: the reports of `pipeline` or the findings of a case, the card of the detector, what files
//!   say about themselves, entries of a log. **Out**: a [`ReportRecord`] as JSON, the same as one page
//!   of HTML, as PDF and as cards, pictures, hashes; all of it in a folder that is whole or not there ([`ReportFolder`]).
//! * **Not here**: examining files, asking for arguments and printing (`cli`).
//!
//! Every form is made from the record, never from what the record was made of. A number of the page
//! names its place in the record, so that a test can compare both.

pub mod build;
mod error;
mod folder;
mod page;
mod paper;
mod picture;
mod record;
mod replay;
pub mod seal;

pub use error::Error;
pub use folder::{ANSWER_FILE, REQUEST_FILE, ReportFolder, SIGNATURE_FILE, SUMS_FILE};
pub use page::{
    CardFiles, PAGE_FILE, PictureSource, page_names, pdf_name, render_card, render_page,
    render_pages, render_pdf,
};
pub use paper::{Paper, PaperFacts, Typesetter, is_covered};
pub use picture::{
    DrawnFace, JpegPicture, SmallCopy, close_up, coded, face_overlay, is_small_in_overlay,
    moment_picture, thumbnail,
};
pub use record::{
    AgreementRecord, AnswerRecord, BookmarkRecord, CalibrationRecord, CaseRecord, ClipFacts,
    CredentialRecord, CustodyRecord, DamageRecord, DetectorFacts, EntropyRecord, EntryRecord,
    FORMAT, FaceRecord, FileState, FindingsRecord, MapRecord, MeasuredRates, MomentRecord,
    NotExaminedRecord, PictureRecord, ProgramFacts, QualityRecord, RECORD_FILE, RatioRecord,
    ReadingRecord, ReliabilityRecord, ReplayRecord, ReportItem, ReportRecord, RequestRecord,
    RobustnessRecord, RobustnessStep, RunRecord, ScaleRecord, ShareInterval, StatementRecord,
    SummaryRecord, ThresholdRecord, ToleranceRecord, TrackRecord, VERSION, WeightRecord,
    bookmark_key,
};
pub use replay::{
    Comparison, NOT_CHECKED, PICTURES_LEFT_OUT, Unchecked, WEAKENED, compare_derived,
    compare_findings, compare_identity, compare_said,
};

/// Whether this build writes reports as PDF (feature `report-pdf`).
pub const WRITES_PDF: bool = cfg!(feature = "report-pdf");
