//! The record of a report: plain values.
//!
//! * **In**: values that `build` fills in, or a `report.json` of any version. **Out**:
//!   `report.json`.
//! * **Not here**: computing anything, sentences (`build`), pages (`page`).

mod case_record;
mod detector;
mod finding;
mod item;
mod report_record;
mod weight;

pub use case_record::{
    AgreementRecord, BookmarkRecord, CaseRecord, EntryRecord, ReadingRecord, bookmark_key,
};
pub use detector::{DetectorFacts, MeasuredRates, ShareInterval, ThresholdRecord};
pub use finding::{
    ClipFacts, DamageRecord, FaceRecord, FindingsRecord, MapRecord, MomentRecord,
    NotExaminedRecord, QualityRecord, ReliabilityRecord, RobustnessRecord, RobustnessStep,
    TrackRecord,
};
pub use item::{
    AnswerRecord, CredentialRecord, CustodyRecord, FileState, PictureRecord, ReportItem, RunRecord,
    StatementRecord,
};
pub use report_record::{
    FORMAT, ProgramFacts, RECORD_FILE, ReplayRecord, ReportRecord, RequestRecord, SummaryRecord,
    ToleranceRecord, VERSION,
};
pub use weight::{CalibrationRecord, EntropyRecord, RatioRecord, ScaleRecord, WeightRecord};
