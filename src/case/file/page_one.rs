//! The first page of a database, which says whose file it is and how large its pages are.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::migrate;
use crate::case::Error;

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes of the header at the start of the page.
pub(super) const HEADER_BYTES: usize = 100;
/// Offsets of big-endian numbers in the header; that of the size has 16 bits, the others 32.
const PAGE_BYTES_AT: usize = 16;
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// Checks that a page, or the header alone, is that of a case.
///
/// # Errors
///
/// [`Error::Foreign`], [`Error::Newer`].
pub(super) fn check(page: &[u8]) -> Result<(), Error> {
    if !page.starts_with(MAGIC) {
        return Err(Error::Foreign);
    }
    let signed = |at| number(page, at) as i64;
    migrate::check_format(signed(APPLICATION_ID_AT), signed(USER_VERSION_AT)).map(|_| ())
}

/// Bytes of a page of the file with this header.
pub(super) fn page_bytes(header: &[u8]) -> u64 {
    match number(header, PAGE_BYTES_AT) >> 16 {
        // 65,536 does not fit.
        1 => 1 << 16,
        bytes => bytes,
    }
}

/// A big-endian number of 32 bits.
pub(super) fn number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..).and_then(|rest| rest.get(..4)).unwrap_or_default();
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
