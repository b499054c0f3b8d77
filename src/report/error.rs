//! Why a report could not be made or read.

use std::path::PathBuf;

use crate::base::text::visible_path;
use crate::media;

/// Why a report could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder for the report cannot be used.
    #[error("the report cannot be written to {}: {what}", visible_path(.folder))]
    Folder {
        /// The folder that was named.
        folder: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file of the report cannot be written, for instance on a full disk.
    #[error("the report cannot be written ({name}): {source}; nothing of it was kept")]
    Write {
        /// The file of the report.
        name: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The record is none that this program can read.
    #[error("this is no report that can be read: {0}")]
    Record(String),
    /// The record was written by a newer program.
    #[error(
        "the report has version {found}, this program reads versions up to {known}: use a newer \
         program"
    )]
    Newer {
        /// The version of the record.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The calibration set cannot be used.
    #[error("the calibration set cannot be used: {0}")]
    Calibration(String),
    /// The page cannot be made.
    #[error("the page of the report cannot be made: {0}")]
    Page(String),
    /// A picture cannot be coded.
    #[error("a picture of the report cannot be coded: {0}")]
    Picture(#[from] media::Error),
}
