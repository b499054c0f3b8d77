//! Reads parts of a file that may be larger than the memory.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

/// Room is made at once for parts of so many bytes.
const SHORT_BYTES: usize = 4096;

/// A file, or the bytes of one.
pub(in crate::metadata) enum Input<'a> {
    Bytes(&'a [u8]),
    File { file: File, length: u64 },
}

impl Input<'_> {
    pub(in crate::metadata) const fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// As many of `n` bytes from `at` on as can be read.
    pub(in crate::metadata) fn read(&mut self, at: u64, n: usize) -> Vec<u8> {
        let there = self.length().saturating_sub(at);
        let n = usize::try_from(there).map_or(n, |there| n.min(there));
        match self {
            Self::Bytes(bytes) => {
                let rest =
                    usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
                rest.get(..n).unwrap_or(rest).to_vec()
            }
            Self::File { file, .. } => {
                // A short part is read by one call.
                let mut bytes = Vec::with_capacity(n.min(SHORT_BYTES));
                if file.seek(SeekFrom::Start(at)).is_ok() {
                    // What was read before an error is kept.
                    let _read = file.take(n as u64).read_to_end(&mut bytes);
                }
                bytes
            }
        }
    }
}
