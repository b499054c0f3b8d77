//! Quantization tables of Adobe's programs, by name.
//!
//! Only tables that were seen in a file are listed: those of Save As in files that name the quality in a
//! resource of Photoshop, the one of Save for Web by the name that exiftool gives it. Others of Adobe's
//! tables are not known here.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::files::sha256_hex;

/// SHA-256 of the 128 entries of both tables in zigzag order, and the name.
const KNOWN: [(&str, &str); 4] = [
    (
        "14bb6b6680fef8db94890607851df9e82a8b7b92c59601e4d2f7116d7880d2be",
        "Photoshop, Save As at quality 12",
    ),
    (
        "3aa9595b47b7731ac4c2d807a64a4ce98f1ff081dd823d2221478f6b118c48a9",
        "Photoshop, Save As at quality 8, and Lightroom at 62 to 69",
    ),
    (
        "81cbac17d2557bdd5064fc334c2903f2e948b4747a88dd7c8d14b5fb406e096a",
        "Photoshop, Save As at quality 0",
    ),
    (
        "33e88b704f8a6a59bca78ea98544422f83bc662e25238900ba996235225ca4a0",
        "Photoshop, Save for Web at quality 10",
    ),
];

/// The program and the quality that write these tables; `None` for tables that are not listed here.
/// The steps are those of the tables 0 and 1, in zigzag order.
pub(super) fn adobe_name(luminance: &[u16], chrominance: &[u16]) -> Option<&'static str> {
    let steps = luminance.iter().chain(chrominance);
    let bytes: Vec<u8> = steps.map_while(|step| u8::try_from(*step).ok()).collect();
    let hash = sha256_hex(&bytes);
    KNOWN.iter().find(|(known, _)| *known == hash).map(|(_, name)| *name)
}
