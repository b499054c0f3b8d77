//! Who wrote a maker's note, from its first bytes.
//!
//! The notes themselves have no public specification and are not read.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Beginnings of notes and their makers.
const HEADS: &[(&[u8], &str)] = &[
    (b"Apple iOS\0", "Apple"),
    (b"Nikon\0", "Nikon"),
    (b"OLYMP\0", "Olympus"),
    (b"OLYMPUS\0", "Olympus"),
    (b"OM SYSTEM\0", "OM System"),
    (b"CAMEDIA\0", "Olympus"),
    (b"FUJIFILM", "Fujifilm"),
    (b"Panasonic\0", "Panasonic"),
    (b"SONY DSC ", "Sony"),
    (b"SONY CAM ", "Sony"),
    (b"SONY MOBILE", "Sony Mobile"),
    (b"AOC\0", "Pentax"),
    (b"PENTAX \0", "Pentax"),
    (b"Ricoh", "Ricoh"),
    (b"RICOH", "Ricoh"),
    (b"QVC\0", "Casio"),
    (b"KDK", "Kodak"),
    (b"MLT0", "Minolta"),
    (b"LEICA", "Leica"),
    (b"SIGMA\0", "Sigma"),
    (b"FOVEON\0", "Sigma"),
    (b"SANYO\0", "Sanyo"),
    (b"EPSON\0", "Epson"),
    (b"MOT\0", "Motorola"),
    (b"DJI", "DJI"),
];

/// The maker of a note; where the note has no name, the make that the file states.
pub(super) fn maker(note: &[u8], make: Option<&str>) -> String {
    let known = HEADS.iter().find(|(head, _)| note.starts_with(head));
    match (known, make.map(str::trim).filter(|make| !make.is_empty())) {
        (Some((_, maker)), _) => (*maker).to_owned(),
        (None, Some(make)) => format!("{make} (by the tag Make)"),
        (None, None) => "an unknown maker".to_owned(),
    }
}
