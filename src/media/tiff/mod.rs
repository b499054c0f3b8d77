//! The structure of TIFF files, raw files of cameras included. EXIF blocks have the same.
//!
//! Sources: TIFF 6.0, sections 2 (directories) and 8 (`NewSubfileType`); TIFF technical note 1
//! (`SubIFDs`); the `BigTIFF` design of Aware Systems.

mod directory;
mod layout;
mod pages;

pub(super) use directory::Directory;
pub(super) use pages::{described, exif_thumbnail, pixel_pieces, tiff_pages};
