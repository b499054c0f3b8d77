//! L5, the application without a window: what is open, what is being done, what was found.
//!
//! * **In**: [`Command`]s from a front end, results from the worker thread, settings from disk.
//! * **Out**: a [`View`] to be drawn; a call of `wake` when there is something new.
//! * **Not here**: windows, GPU, drawing (`gui`, `gpu`). Everything slow happens on the worker
//!   thread, moving pictures on the player's: `apply` and `poll` never block.
//!
//! The worker owns an [`Examiner`]; the real one is [`PipelineExaminer`], tests bring their own.

mod author;
mod case_beside;
mod case_command;
mod case_desk;
mod case_events;
mod case_jobs;
mod case_keep;
mod case_masks;
mod case_view;
mod case_worker;
mod clip;
mod command;
mod detector_choice;
mod dispatch;
mod documents;
mod examination;
mod examiner;
mod farewell;
mod frames;
mod live;
mod mask_again;
mod mask_file;
mod mask_follow;
mod mask_jobs;
mod mask_parts;
mod mask_view;
mod mask_worker;
mod masks;
mod player;
mod prepare;
mod results;
mod robustness;
mod saver;
mod settings;
mod state;
mod thumbnails;
mod tracks;
mod training;
mod video;
mod video_results;
mod video_view;
mod view;
mod worker;

pub use author::{config_folder, stored_settings, usual_author};
pub use case_command::CaseCommand;
pub use case_view::{CaseView, CaseWork, QueueFilter, QueueSums};
pub use clip::{Clip, ClipStream};
pub use command::Command;
pub use examination::{QueuePlan, examination};
pub use examiner::{ExamineError, Examiner, PipelineExaminer};
pub use mask_view::{CopyView, MarkedView, MaskCommand, MaskDeskView, MaskQuestion, MaskView};
pub use robustness::{RescoredItem, Robustness, Trial};
pub use settings::{Settings, Theme};
pub use state::{Session, SessionOptions};
pub use training::{Trained, TrainingCommand, TrainingState, TrainingView};
pub use video_view::{Pass, TrackView, VideoView};
pub use view::{
    Document, DocumentId, DocumentState, FaceItem, FacePatch, JobView, ModelFacts, Notice, Picture,
    View, ViewMode,
};
