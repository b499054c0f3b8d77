//! TIFF directories: EXIF, GPS, thumbnails, and the blocks that TIFF files hold.
//!
//! * **In**: a TIFF structure, alone or as the EXIF block of another container.
//! * **Out**: every entry as a field, unknown ones by number and bytes; blocks of XMP, IPTC and ICC.
//! * **Not here**: the content of makers' notes: their maker, size and offset are listed.
//!
//! Sources: TIFF 6.0, CIPA DC-008 (Exif 2.32), DC-010 (Exif for XMP), Adobe's TIFF notes.

mod directory;
mod gps;
mod labels;
mod maker;
mod meaning;
mod names;
mod value;

pub(super) use directory::read;
