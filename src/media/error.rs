//! Why a picture cannot be opened or written, by cause.

use std::path::PathBuf;

use crate::base::Cancelled;

/// One sentence for a person each. Paths of files to be read are left to the caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing has that name.
    #[error("there is no such file")]
    Missing,
    /// A folder, not a file.
    #[error("this is a folder, not a file")]
    Folder,
    /// A device, a pipe or the like.
    #[error("this is not a regular file")]
    NotAFile,
    /// The system does not let us read it.
    #[error("the file may not be read: permission denied")]
    Denied,
    /// Reading failed for another reason.
    #[error("the file cannot be read: {source}")]
    Io {
        /// What the system said.
        #[from]
        source: std::io::Error,
    },
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed; unread.
    #[error("the file has {bytes} bytes, more than the limit of {limit}")]
    FileSize {
        /// Size of the file.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Not a picture that is known here.
    #[error("the content is neither a picture nor a video of a known format")]
    UnknownFormat,
    /// A known format, or a variant of one, that is not decoded here.
    #[error("this is {what}, which is not supported{advice}")]
    Unsupported {
        /// What it is, with its article.
        what: String,
        /// What to do instead, beginning with its punctuation; may be empty.
        advice: String,
    },
    /// The header tells of more pixels than allowed; nothing was decoded.
    #[error(
        "the picture has {width_px} x {height_px} pixels, more than the limit of {side_px} a side and {megapixels} megapixels in all"
    )]
    Dimensions {
        /// Columns.
        width_px: u32,
        /// Rows.
        height_px: u32,
        /// The limit for either.
        side_px: u32,
        /// The limit for their product.
        megapixels: u64,
    },
    /// Decoding would take more memory than allowed.
    #[error("decoding the picture would take more than the {limit_mib} MiB of memory allowed")]
    Memory {
        /// The limit.
        limit_mib: u64,
    },
    /// The file breaks the rules of its format.
    #[error("the {format} file is damaged: {what}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What the decoder said.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("the picture cannot be encoded: {what}")]
    Encode {
        /// What the encoder said.
        what: String,
    },
    /// The file cannot be written.
    #[error("the file cannot be written: {source} {path:?}")]
    Write {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
