//! L5, the application without a window: what is open, what is being done, what was found.
//!
//! * **In**: [`Command`]s from a front end, results of threads, settings from disk.
//! * **Out**: a [`View`] to be drawn; a call of `wake` when there is something new.
//! * **Not here**: windows, GPU, drawing (`gui`, `gpu`). Everything slow happens on threads:
//!   `apply` and `poll` never block.
//!
//! [`Session`] hands commands to the part that does them. A part owns its state and its thread; it
//! changes documents in the workspace, and asks other parts by requests.
//!
//! | folder | what |
//! |---|---|
//! | `router`, `request`, `workspace` | the session, what parts ask of each other, what they share |
//! | `document` | open files with everything that belongs to each |
//! | `examine` | the queue of examinations and their results |
//! | `masks` | editing masks, mask files |
//! | `video` | playing clips |
//! | `case` | the open case |
//! | `training` | retraining, choosing detectors |
//! | `output` | results as files |
//! | `metadata` | what files say about themselves |
//! | `reports` | what commands of the command line print |
//! | `recovery` | unsaved masks, kept for the case that the program is ended |
//! | `preferences` | settings and recent files |
//! | `worker` | the kind of thread that all parts use |
//! | `view` | what a front end sees |

mod case;
mod command;
mod document;
mod examine;
mod masks;
mod metadata;
mod notices;
mod output;
mod preferences;
mod recovery;
mod reports;
mod request;
mod router;
#[cfg(test)]
mod test_support;
mod training;
mod video;
mod view;
mod worker;
mod workspace;

pub use case::command::CaseCommand;
pub use case::queue_view::{CaseSearch, QueueFilter, QueueTotals};
pub use case::view::{CaseView, CaseWork};
pub use command::Command;
pub use document::face::{DegradedFace, FaceItem, FacePatch, Robustness, Trial};
pub use document::id::DocumentId;
pub use document::mask::{DrawnMask, DrawnMaskFacts, MaskCopy};
pub use document::open::{Document, DocumentFacts, DocumentState, Picture};
pub use document::video::{FaceTrack, OpenVideo, OpenVideoFacts, Pass};
pub use examine::error::{ExamineError, ForeignModel};
pub use examine::examiner::{ExamineSettings, Examiner, Opened, OpenedStill};
pub use examine::pipeline_examiner::PipelineExaminer;
pub use examine::queue_item::{QueuePlan, examination};
pub use masks::{MaskCommand, MaskQuestion, ModelMarks};
pub use metadata::described::described_file;
pub use metadata::values::{
    ChartPacket, FileMetadata, MetadataFacts, MetadataState, ProvenanceNode, ReferenceResult,
    ReferenceState, SmallPicture,
};
pub use notices::Notice;
pub use preferences::author::{config_folder, stored_settings, usual_author};
pub use preferences::settings::{Settings, Theme};
pub use recovery::{RecoveryChoice, RecoveryOffer, unsaved_folder};
pub use reports::{
    BookmarkMark, NewBookmark, Password, Report, ReportCommand, ReportContent, ReportKind,
    ReportMaking, ReportOrder, ReportSource, add_bookmark, bookmarks,
};
pub use router::{Session, SessionOptions};
pub use training::retraining::retrain_refusal;
pub use training::values::{Trained, TrainingCommand, TrainingRun, TrainingState};
pub use video::clip::{Clip, ClipStream};
pub use view::{JobView, MasksView, ModelFacts, View, ViewMode};
