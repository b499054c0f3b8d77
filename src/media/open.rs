//! From a path to a [`Still`].

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::decode::{StillHead, decode_hashed, read_head};
use super::sniff::sniff;
use super::{Error, Still, StillFormat, apart};
use crate::base::{Limits, Phase, TaskCtx, Warning};
use crate::files::{sha256_hex, sha256_of_reader};

/// Reads, hashes and decodes a still picture. The file is only read.
///
/// # Errors
///
/// [`Error`] by cause. The size of the file is checked before it is read, the size of the picture
/// before it is decoded.
pub fn open_still(path: &Path, limits: &Limits, ctx: &TaskCtx<'_>) -> Result<Still, Error> {
    let (bytes, sha256) = read(path, limits, ctx)?;
    ctx.step(Phase::Decoding, 0, 1)?;
    let format = sniff(&bytes)?;
    let mut still = match apart::decode(&bytes, format, &sha256, limits, ctx) {
        Some(still) => still?,
        None => decode_hashed(&bytes, sha256, limits)?,
    };
    ctx.step(Phase::Decoding, 1, 1)?;
    still.warnings.extend(extension_warning(path.extension(), still.format));
    Ok(still)
}

/// Decodes a picture that is in memory, for instance one out of another file, in a child process as
/// [`open_still`] does.
///
/// # Errors
///
/// Those of [`open_still`].
pub fn open_still_in_memory(
    bytes: &[u8],
    limits: &Limits,
    ctx: &TaskCtx<'_>,
) -> Result<Still, Error> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Error::FileSize { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    let (format, sha256) = (sniff(bytes)?, sha256_hex(bytes));
    match apart::decode(bytes, format, &sha256, limits, ctx) {
        Some(still) => still,
        None => decode_hashed(bytes, sha256, limits),
    }
}

/// Reads the header of a still picture and nothing else.
///
/// # Errors
///
/// [`Error`] by cause; larger files and pictures than `limits` allows are refused. Some decoders read
/// the whole file to find its header.
pub fn still_head(path: &Path, limits: &Limits) -> Result<StillHead, Error> {
    let file = open_within(path, limits)?.0.take(limits.file_bytes);
    read_head(std::io::BufReader::new(file), limits)
}

/// Opens a regular file, and its size.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), Error> {
    // Asked by name first: opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(Error::Folder);
    }
    if !metadata.is_file() {
        return Err(Error::NotAFile);
    }
    let file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    Ok((file, size))
}

/// As [`open_file`], for a file that has no more bytes than the limits allow.
fn open_within(path: &Path, limits: &Limits) -> Result<(File, u64), Error> {
    let (file, bytes) = open_file(path)?;
    let limit = limits.file_bytes;
    if bytes > limit { Err(Error::FileSize { bytes, limit }) } else { Ok((file, bytes)) }
}

fn read(path: &Path, limits: &Limits, ctx: &TaskCtx<'_>) -> Result<(Vec<u8>, String), Error> {
    let (file, size) = open_within(path, limits)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    // A file may grow while it is read.
    let rest = file.take(limits.file_bytes.saturating_add(1));
    let sha256 = sha256_of_reader(rest, |chunk| {
        bytes.extend_from_slice(chunk);
        ctx.step(Phase::Reading, bytes.len() as u64, size).map_err(Error::from)
    })?;
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Error::FileSize { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    Ok((bytes, sha256))
}

pub(super) fn io(source: std::io::Error) -> Error {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Error::Missing,
        ErrorKind::PermissionDenied => Error::Denied,
        ErrorKind::IsADirectory => Error::Folder,
        _ => Error::Io { source },
    }
}

fn extension_warning(extension: Option<&OsStr>, format: StillFormat) -> Option<Warning> {
    let extension = extension?.to_string_lossy().to_lowercase();
    (!format.extensions().contains(&extension.as_str())).then(|| {
        Warning(format!("the name ends in .{extension}, but the content is a {format} picture"))
    })
}
