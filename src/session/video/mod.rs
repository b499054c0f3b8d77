//! Playing clips: the playhead, the player thread, small pictures for timeline and faces.
//!
//! * **In**: commands, decoded frames, small pictures. **Out**: picture, playhead and faces of the
//!   frame shown in its [`Document`](super::document::open::Document).
//! * **Not here**: examining clips (`examine`), decoding (`media::video`).
//!
//! | file | what |
//! |---|---|
//! | `clip` | an open video, the seam to the decoder |
//! | `clock` | that of the system, or of a test |
//! | `playback` | the part: commands |
//! | `player_events` | what the player and the thumbnailer have done |
//! | `player`, `player_state`, `show`, `play` | the player thread: one frame, and playing by a clock |
//! | `frames` | decoded frames kept for a while |
//! | `thumbnails` | the worker that makes small pictures |

pub(super) mod clip;
pub(super) mod clock;
mod frames;
mod play;
#[cfg(test)]
mod play_tests;
pub(super) mod playback;
mod player;
mod player_events;
mod player_state;
mod show;
#[cfg(test)]
mod tests;
mod thumbnails;
