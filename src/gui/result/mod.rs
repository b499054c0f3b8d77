//! The result on what is shown, as it leaves the window: text to paste, a caption for a picture.
//!
//! * **In**: the view of the session. **Out**: text; the pixels of a caption.
//! * **Not here**: writing files (`session`).

mod caption;
mod caption_pixels;
mod entries;
mod text;

pub(super) use caption::caption;
pub(super) use caption_pixels::caption_pixels;
pub(super) use entries::result_entries_ui;
pub(super) use text::{picture_name, result_text};
