//! The panel under a video: the transport bar and the timeline.
//!
//! * **In**: the video, pointer and keys. **Out**: a drawing, commands.
//! * **Not here**: the faces as a list (`findings`).

mod hover;
mod lines;
mod masks;
mod paint;
mod plot;
mod timeline;
mod transport;

pub(in crate::gui) use plot::{TimelineState, timeline_id};
pub(in crate::gui) use timeline::video_ui;
pub(in crate::gui) use transport::SPEEDS;
