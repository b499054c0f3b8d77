//! What a file says about itself, as a case keeps it.

use std::path::Path;

use crate::curate::DescribedFile;
use crate::pipeline::described::read_with_hash;

/// Reads a file for a case.
///
/// # Errors
///
/// The reason why it cannot be read.
pub fn described_file(path: &Path) -> Result<DescribedFile, String> {
    let (sha256, description) = read_with_hash(path).map_err(|error| error.to_string())?;
    let description = serde_json::to_value(description).map_err(|error| error.to_string())?;
    Ok(DescribedFile { sha256, said: description })
}
