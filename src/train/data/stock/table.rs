//! The tables of a stock: CSV without a head, one line a picture, appended to.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::train::Error;

pub(in crate::train) const CODED: &str = "coded.csv";
pub(in crate::train) const DECODED: &str = "decoded.csv";
pub(in crate::train) const SQUARES: &str = "squares.csv";
pub(in crate::train) const PAIRS: &str = "pairs.csv";

/// A photo through a codec.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::train) struct CodedRow {
    pub(in crate::train) file: String,
    pub(in crate::train) version: String,
    pub(in crate::train) coding: String,
}

/// A part of a photo drawn by the autoencoder.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::train) struct DecodedRow {
    pub(in crate::train) file: String,
    pub(in crate::train) version: String,
    pub(in crate::train) x: u32,
    pub(in crate::train) y: u32,
    pub(in crate::train) look: String,
}

/// A one-shot swap.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::train) struct SquareRow {
    pub(in crate::train) file: String,
    pub(in crate::train) version: String,
    pub(in crate::train) donor: String,
    pub(in crate::train) map: [f32; 6],
}

/// A forgery and its partner through one codec.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::train) struct PairRow {
    pub(in crate::train) name: String,
    pub(in crate::train) method: String,
    pub(in crate::train) kind: String,
    pub(in crate::train) coding: String,
    pub(in crate::train) face: [f32; 4],
}

/// All rows; none where there is no table yet.
pub(in crate::train) fn read<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
) -> Result<Vec<T>, Error> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let malformed = |e: csv::Error| Error::malformed_file(&path, &e);
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path);
    reader.map_err(malformed)?.into_deserialize().collect::<Result<_, _>>().map_err(malformed)
}

/// Adds rows at the end.
pub(in crate::train) fn append<T: Serialize>(
    folder: &Path,
    name: &str,
    rows: &[T],
) -> Result<(), Error> {
    let path = folder.join(name);
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(Error::io("a table of the stock", &path))?;
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
    for row in rows {
        writer.serialize(row).map_err(|e| Error::malformed_file(&path, &e))?;
    }
    writer.flush().map_err(Error::io("a table of the stock", &path))
}
