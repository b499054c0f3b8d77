//! From the bytes of a JPEG file to what is damaged in it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::picture::Picture;
use super::scan::{ScanHead, data_end, marker, read_scan};

/// From which row on the pixels cannot be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) struct Damage {
    /// Row of the stored picture.
    pub(in crate::media) first_row: u32,
    /// What is wrong with the data, in words.
    pub(in crate::media) what: &'static str,
}

/// What the data of a JPEG picture say about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::media) struct Findings {
    /// The first row that cannot be relied on.
    pub(in crate::media) damage: Option<Damage>,
    /// The place behind the end-of-image marker; `None` when it is missing.
    pub(in crate::media) end: Option<usize>,
}

/// Reads the codes of a picture of at most `max_pixels`; `None` when it is of a kind that is not
/// checked here.
pub(in crate::media) fn check(bytes: &[u8], max_pixels: u64) -> Option<Findings> {
    let mut picture = Picture::default();
    let mut findings = Findings::default();
    let mut n_scans = 0u32;
    let mut at = 2usize;
    while let Some((code, after)) = marker(bytes, data_end(bytes, at)) {
        at = after;
        match code {
            0x01 | 0xD0..=0xD8 => continue,
            0xD9 => {
                findings.end = Some(after);
                break;
            }
            // The number of rows follows the first scan.
            0xDC => return None,
            _ => {}
        }
        let length = bytes.get(after..after.checked_add(2)?)?;
        let end = after.checked_add(usize::from(u16::from_be_bytes(length.try_into().ok()?)))?;
        let Some(segment) = bytes.get(after.checked_add(2)?..end) else { break };
        at = end;
        match code {
            0xC0..=0xC2 => {
                let declared = segment.get(1..5).and_then(|s| <[u8; 4]>::try_from(s).ok())?;
                let [h1, h0, w1, w0] = declared;
                let sides = [[h1, h0], [w1, w0]].map(|s| u64::from(u16::from_be_bytes(s)));
                if sides.iter().product::<u64>() > max_pixels {
                    return None;
                }
                picture.take_frame(code, segment)?;
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return None,
            0xC4 => picture.take_codes(segment)?,
            0xDB => picture.take_steps(segment)?,
            0xDD => {
                let every = segment.get(..2).and_then(|s| <[u8; 2]>::try_from(s).ok())?;
                picture.restart_every = u32::from(u16::from_be_bytes(every));
            }
            0xDA => {
                let head = ScanHead::new(segment, &picture)?;
                let (next, fault) = read_scan(&mut picture, &head, bytes, end);
                n_scans = n_scans.saturating_add(1);
                if let Some(fault) = fault {
                    let damage = Damage { first_row: fault.first_row, what: fault.what };
                    return Some(Findings { damage: Some(damage), end: None });
                }
                head.note(&mut picture);
                at = next;
            }
            _ => {}
        }
    }
    let is_complete =
        picture.components.iter().all(|c| c.bits_to_come.iter().all(|n_bits| *n_bits == 0));
    if findings.end.is_none() && !is_complete {
        let what = "the file ends before the last of its scans";
        findings.damage = Some(Damage { first_row: 0, what });
    }
    (n_scans > 0).then_some(findings)
}
