//! Pictures and videos in a file that no program shows.
//!
//! * **In**: the bytes of a file, or pieces of it in order.
//! * **Out**: [`NotExamined`](crate::base::NotExamined) parts: files behind the end of a picture
//!   (`behind`) and within it (`within`), places in a long file (`PlaceFinder`).
//! * **Not here**: pages and frames of the picture's own format (`container`, `tiff`), pixels
//!   that its header does not announce (`surplus`).
//!
//! A file counts by its first bytes and by what has to follow them ([`Embedded`]): three bytes alone
//! occur by chance in every video.

mod alike;
mod behind;
mod embedded;
mod gain_map;
mod packed;
mod places;
mod texts;
mod thumbnails;
mod within;

pub(super) use behind::{MAX_NOTES, behind, describe_tail, end_of_picture};
pub(super) use embedded::Embedded;
pub(super) use places::{FoundPlaces, PlaceFinder};
pub(super) use within::{DecodeInner, within};
