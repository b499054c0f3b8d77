//! IPTC's IIM records, and the Photoshop resources in which they lie.
//!
//! * **In**: a block of image resources (`8BIM`), or bare IIM records.
//! * **Out**: a field for each dataset; resources by name, those without a reader as bytes.
//! * **Not here**: IPTC in XMP.
//!
//! Sources: IPTC-NAA IIM 4.2, Adobe's Photoshop file format specification.

mod iim;
mod names;
mod resources;

pub(super) use iim::read as read_iim;
pub(super) use resources::{is_whole, read as read_photoshop};
