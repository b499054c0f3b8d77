//! ISO base media files: MP4, MOV, 3GP, HEIC, AVIF and their kin.
//!
//! * **In**: a file, of which headers are read only. **Out**: the tree of boxes with offsets; fields
//!   of movie, tracks and tags; packets of the first video track; blocks of EXIF, XMP and credential for
//!   their readers.
//! * **Not here**: frames, but for the name of the encoder in the first one.
//!
//! Sources: ISO/IEC 14496-12 and 23008-12, Apple's `QuickTime` File Format, ITU-T H.264 and H.265 (SEI).

mod boxes;
mod coding;
mod edits;
mod encoder;
mod extents;
mod fragments;
mod items;
mod loci;
mod movie;
mod names;
mod places;
mod sample_entry;
mod sample_tables;
mod state;
mod tags;
mod walk;

pub(super) use places::SamplePlaces;
pub(super) use walk::read;
