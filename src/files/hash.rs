//! SHA-256 of bytes and of files of any size.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

const CHUNK_BYTES: usize = 1 << 20;

/// Lower-case hex SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Lower-case hex SHA-256 of a file.
///
/// # Errors
///
/// When the file cannot be read.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    sha256_of_reader(File::open(path)?, |_| Ok(()))
}

/// Lower-case hex SHA-256 of all that is left in a reader, read a mebibyte at a time.
///
/// * `on_chunk`: gets every chunk; reports progress, keeps the bytes or stops the reading.
///
/// # Errors
///
/// The error of the reader or of `on_chunk`.
pub fn sha256_of_reader<E: From<io::Error>>(
    mut reader: impl Read,
    mut on_chunk: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<String, E> {
    let (mut hasher, mut chunk) = (Sha256::new(), vec![0; CHUNK_BYTES]);
    loop {
        let n_bytes = match reader.read(&mut chunk) {
            Ok(0) => return Ok(format!("{:x}", hasher.finalize())),
            Ok(n_bytes) => n_bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let read = chunk.get(..n_bytes).unwrap_or_default();
        hasher.update(read);
        on_chunk(read)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_readers_have_the_same_hash() {
        let bytes = vec![7; 3 * CHUNK_BYTES + 5];
        let mut n_read = 0;
        let hash = sha256_of_reader(bytes.as_slice(), |chunk| {
            n_read += chunk.len();
            Ok::<(), io::Error>(())
        });
        assert_eq!((hash.unwrap(), n_read), (sha256_hex(&bytes), bytes.len()));
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), known);
    }

    #[test]
    fn reading_stops_when_a_chunk_is_refused() {
        let stop = |_: &[u8]| Err(io::Error::other("stopped"));
        assert_eq!(sha256_of_reader(&b"abc"[..], stop).unwrap_err().to_string(), "stopped");
    }
}
