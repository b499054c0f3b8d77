//! A whole clip, from packets to verdicts: every frame, every face, in threads.
//!
//! * **In**: loaded [`Stages`](super::Stages), an opened [`Video`](crate::media::video::Video), a
//!   [`VideoPlan`]. **Out**: [`VideoEvent`]s while it runs, a
//!   [`VideoReport`](crate::base::VideoReport) at the end.
//! * **Not here**: decoding (`media`), windows and players (`session`), words for people.
//!
//! ```text
//! decode (child process) -> read (thread) -> find, follow, align (thread) -> detect, report (caller)
//! ```
//!
//! The stages are joined by channels that hold a few frames, so memory does not grow with the clip
//! but for a small `Sample` a face and frame. Frames come out in the order in
//! which they are shown. Cancelling ends all stages within a frame; what was done until then is in
//! the report.

mod aggregate;
mod cuts;
mod journal;
mod left_out;
mod plan;
mod read;
mod report;
mod run;
mod track;
mod verdict;

pub use aggregate::{TrackAggregate, aggregate_track};
pub use journal::RESUMED_FRAMES;
pub use plan::{QUICK_FRAMES, VideoEvent, VideoPlan};
pub use run::{examine_video, unreadable_report};
pub use verdict::{ClipVerdict, FaceVerdict, clip_verdict};
