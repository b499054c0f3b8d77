//! L4, the queue of a case: filling it, also from a watched folder or the results of a scan, examining,
//! ranking with a reason for each rank, comparing readers, exporting and importing masks.
//!
//! * **In**: an open [`Case`](crate::case::Case), folders, data sets, what the detector finds.
//! * **Out**: a filled, examined and ranked case, items by what their files say, the agreement of two
//!   readers, data sets.
//! * **Not here**: the file (`case`), formats (`dataset`), the examination of a file (`pipeline`:
//!   callers pass a function).
//!
//! Work that takes long reads the case by one handle and writes in bounded batches, see
//! [`BatchWriter`](crate::case::BatchWriter). Ranking is a pure function: the same case gives the same
//! ranks.

mod add_folder;
mod descriptions;
mod error;
mod examine;
mod export;
mod findings_table;
mod import;
mod queue;
mod readers;
mod report_json;
mod scanned;
mod watch;

pub use add_folder::{AddedFolder, ItemOrigin, add_folder, add_folder_from, sub_folder_of};
pub use descriptions::{
    CREDENTIAL_WORDS, Criterion, DescribeCounts, DescribedFile, SearchHit, SearchResult,
    describe_items, search,
};
pub use error::Error;
pub use examine::{
    Examination, ExamineCounts, ExamineFailure, ItemReport, examine, examine_items, record,
};
pub use export::{CaseExport, CaseExportOptions, export};
pub use findings_table::{FindingColumn, findings_csv};
pub use import::{CaseImport, import};
pub use queue::{
    BLUR_INPUT_PX, BlurredCopy, Excitation, ItemSignals, QueueStrategy, Quotas, RankedItem,
    Ranking, Signals, UnknownStrategy, UnrankedItem, difference_hash, item_signals, rank,
};
pub use readers::{DECISIONS, ReaderAgreement, ReaderComparison, compare_readers};
pub use scanned::{ScannedFile, TakenResults, take_results};
pub use watch::{FolderSnapshot, FolderWatch, SETTLE, WatchEvent, WatchWork};
