//! L5, the application without a window: what is open, what is being done, what was found.
//!
//! * **In**: [`Command`]s from a front end, results from the worker thread, settings from disk.
//! * **Out**: a [`View`] to be drawn; a call of `wake` when there is something new.
//! * **Not here**: windows, GPU, drawing (`gui`, `gpu`). Everything slow happens on the worker
//!   thread, moving pictures on the player's: `apply` and `poll` never block.
//!
//! The worker owns an [`Examiner`]; the real one is [`PipelineExaminer`], tests bring their own.

mod case;
mod command;
mod document;
mod examine;
mod masks;
mod preferences;
mod router;
mod training;
mod video;
mod view;
mod worker;

pub use case::command::CaseCommand;
pub use case::view::{CaseView, CaseWork, QueueFilter, QueueSums};
pub use command::Command;
pub use examine::examination::{QueuePlan, examination};
pub use examine::examiner::{ExamineError, Examiner, PipelineExaminer};
pub use examine::robustness::{RescoredItem, Robustness, Trial};
pub use masks::view::{CopyView, MarkedView, MaskCommand, MaskDeskView, MaskQuestion, MaskView};
pub use preferences::author::{config_folder, stored_settings, usual_author};
pub use preferences::settings::{Settings, Theme};
pub use router::{Session, SessionOptions};
pub use training::retraining::{Trained, TrainingCommand, TrainingState, TrainingView};
pub use video::clip::{Clip, ClipStream};
pub use video::view::{Pass, TrackView, VideoView};
pub use view::projection::{
    Document, DocumentId, DocumentState, FaceItem, FacePatch, JobView, ModelFacts, Notice, Picture,
    View, ViewMode,
};
