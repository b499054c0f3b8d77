//! Where the pixels of a BMP file begin and end.
//!
//! Source: Microsoft's documentation of `BITMAPFILEHEADER`, `BITMAPINFOHEADER` and `BITMAPV5HEADER`.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::media::container::{is_filling, little_u32};

/// Bytes of the header of the file.
const FILE_HEADER: usize = 14;
/// The oldest header, with sides of 16 bits.
const OLDEST: usize = 12;
/// The newest header, with a color profile in the file.
const NEWEST: usize = 124;
/// `PROFILE_EMBEDDED`
const EMBEDDED: u32 = 0x4D42_4544;

/// The pixels of a BMP file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) struct BmpRows {
    /// The place behind the last row, and behind a color profile that follows it.
    pub(in crate::media) end: usize,
    /// Bytes of a row that is not compressed.
    pub(in crate::media) row_bytes: usize,
}

struct Header {
    /// Where the pixels begin.
    begin: usize,
    /// Where they may begin.
    headers_end: usize,
    width: usize,
    height: usize,
    row_bytes: usize,
    bits: usize,
    compression: u32,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(word.try_into().ok()?)))
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(little_u32(bytes, at)?).ok()
}

fn header(bytes: &[u8]) -> Option<Header> {
    let begin = usize_at(bytes, 10)?;
    let size = usize_at(bytes, FILE_HEADER)?;
    let mut headers_end = FILE_HEADER.checked_add(size)?;
    let (width, height, bits, compression, n_colors, bytes_per_color);
    if size == OLDEST {
        (width, height, bits) = (u16_at(bytes, 18)?, u16_at(bytes, 20)?, u16_at(bytes, 24)?);
        (compression, n_colors, bytes_per_color) = (0, 0, 3);
    } else if size >= 40 {
        width = usize_at(bytes, 18)?;
        height = usize::try_from(little_u32(bytes, 22)?.cast_signed().unsigned_abs()).ok()?;
        (bits, compression) = (u16_at(bytes, 28)?, little_u32(bytes, 30)?);
        (n_colors, bytes_per_color) = (usize_at(bytes, 46)?, 4);
        // Masks of the channels follow the first header; later ones hold them.
        let masks = match compression {
            3 if size == 40 => 12,
            6 if size == 40 => 16,
            _ => 0,
        };
        headers_end = headers_end.checked_add(masks)?;
    } else {
        return None;
    }
    let most = if bits <= 8 { 1usize.checked_shl(u32::try_from(bits).ok()?)? } else { 0 };
    let colors = if n_colors == 0 { most } else { n_colors };
    headers_end = headers_end.checked_add(colors.checked_mul(bytes_per_color)?)?;
    let row_bytes = width.checked_mul(bits)?.div_ceil(32).checked_mul(4)?;
    Some(Header { begin, headers_end, width, height, row_bytes, bits, compression })
}

/// The pixels of a BMP file; `None` for kinds that are not known here.
pub(in crate::media) fn bmp_rows(bytes: &[u8]) -> Option<BmpRows> {
    let header = header(bytes)?;
    let row_bytes = header.row_bytes;
    let mut end = match header.compression {
        0 | 3 | 6 => header.begin.checked_add(row_bytes.checked_mul(header.height)?)?,
        1 | 2 => runs(bytes, &header)?.end,
        _ => return None,
    };
    if usize_at(bytes, FILE_HEADER)? >= NEWEST && little_u32(bytes, 70) == Some(EMBEDDED) {
        let profile = usize_at(bytes, 126)?.checked_add(FILE_HEADER)?;
        let after = profile.checked_add(usize_at(bytes, 130)?)?;
        // Anything else than a profile behind the last row would be hidden by its place.
        let signature = bytes.get(profile.checked_add(36)?..profile.checked_add(40)?);
        if signature == Some(b"acsp") && profile <= end.checked_next_multiple_of(4)? {
            end = end.max(after);
        }
    }
    Some(BmpRows { end, row_bytes })
}

/// Run lengths of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Runs {
    /// The place behind the end mark. Rows that are too many are part of the rest.
    end: usize,
    /// Some pixels get no value.
    has_gaps: bool,
}

fn runs(bytes: &[u8], header: &Header) -> Option<Runs> {
    let (mut at, mut row, mut column) = (header.begin, 0usize, 0usize);
    let mut has_gaps = false;
    let per_byte = if header.bits == 4 { 2 } else { 1 };
    while row < header.height {
        let [first, second] = *bytes.get(at..at.checked_add(2)?)? else { return None };
        at = at.checked_add(2)?;
        match (first, second) {
            (0, 0) => {
                has_gaps |= column < header.width;
                (row, column) = (row.checked_add(1)?, 0);
            }
            (0, 1) => {
                // The mark of the last row may be missing.
                has_gaps |= row.checked_add(1)? < header.height || column < header.width;
                return Some(Runs { end: at, has_gaps });
            }
            (0, 2) => {
                has_gaps = true;
                let [right, up] = *bytes.get(at..at.checked_add(2)?)? else { return None };
                column = column.checked_add(usize::from(right))?;
                row = row.checked_add(usize::from(up))?;
                at = at.checked_add(2)?;
            }
            (0, n) => {
                let n_bytes = usize::from(n).div_ceil(per_byte).checked_next_multiple_of(2)?;
                at = at.checked_add(n_bytes)?;
                column = column.checked_add(usize::from(n))?;
            }
            (n, _) => column = column.checked_add(usize::from(n))?,
        }
    }
    // The end mark may follow the mark of the last row.
    let is_mark = bytes.get(at..).is_some_and(|rest| rest.starts_with(&[0, 1]));
    Some(Runs { end: if is_mark { at.checked_add(2)? } else { at }, has_gaps })
}

/// Whether run lengths leave pixels without a value: each program fills them in its own way.
pub(super) fn has_gaps(bytes: &[u8]) -> bool {
    let header = header(bytes).filter(|header| matches!(header.compression, 1 | 2));
    header.and_then(|header| runs(bytes, &header)).is_some_and(|runs| runs.has_gaps)
}

/// Bytes between the headers and the first row, if they are enough for a row and mean something.
pub(super) fn hidden_before(bytes: &[u8]) -> Option<usize> {
    let header = header(bytes).filter(|header| header.width > 0)?;
    let gap = bytes.get(header.headers_end..header.begin)?;
    (gap.len() >= header.row_bytes.max(64) && !is_filling(gap)).then_some(gap.len())
}
