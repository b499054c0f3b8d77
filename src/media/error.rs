//! Why a picture cannot be opened or written, by cause.

use std::path::PathBuf;

use crate::base::Cancelled;
use crate::base::text::visible;

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
    #[error("the file cannot be read: permission denied")]
    Denied,
    /// Reading failed for another reason.
    #[error("the file cannot be read: {source}")]
    Io {
        /// The error of the system.
        #[from]
        source: std::io::Error,
    },
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed; unread.
    #[error("the file has {bytes} bytes, more than the limit of {limit}")]
    FileSize { bytes: u64, limit: u64 },
    /// Not a picture that is known here.
    #[error("the content is neither a picture nor a video of a known format")]
    UnknownFormat,
    /// A known format, or a variant of one, that is not decoded here.
    #[error("this is {what}, which is not supported{advice}")]
    Unsupported {
        /// The format with its article.
        what: String,
        /// The remedy, beginning with its punctuation; may be empty.
        advice: String,
    },
    /// The header declares more pixels than allowed; nothing was decoded.
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
    /// Decoding needs more memory than allowed.
    #[error("decoding the picture would take more than the {limit_mib} MiB of memory allowed")]
    Memory { limit_mib: u64 },
    /// The file breaks the rules of its format.
    #[error("the {format} file is damaged: {what}")]
    Malformed {
        format: &'static str,
        /// The message of the decoder.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("the picture cannot be encoded: {what}")]
    Encode {
        /// The message of the encoder.
        what: String,
    },
    /// The file cannot be written.
    #[error("the file cannot be written: {source} {path:?}")]
    Write {
        /// The error of the system.
        source: std::io::Error,
        path: PathBuf,
    },
    /// A still picture was asked for.
    #[error("this is {what}, not a still picture")]
    Video {
        /// The format with its article.
        what: &'static str,
    },
    /// A video was asked for.
    #[error("this {format} picture is not animated: it is no video")]
    NotAVideo { format: &'static str },
    /// The file was written to or replaced after it was hashed.
    #[error(
        "the file changed while it was examined, so its hash and its frames may not belong together; copy it to a place where nothing writes, and examine it again"
    )]
    Changed,
    /// `ffmpeg` or `ffprobe` is not there.
    #[error(
        "videos are decoded by ffmpeg and ffprobe, which were not found; install them: {install}"
    )]
    NoFfmpeg {
        /// The command that installs them.
        install: &'static str,
    },
    /// `ffmpeg` is there, but too old.
    #[error(
        "videos need ffmpeg 5.1 or later, and this is {version}; install a newer one: {install}"
    )]
    OldFfmpeg {
        /// The version as `ffmpeg` prints it.
        version: String,
        /// The command that installs it.
        install: &'static str,
    },
    /// A child process did not start.
    #[error("the program that decodes the file cannot be started: {source}")]
    NoStart {
        /// The error of the system.
        source: std::io::Error,
    },
    /// The container holds no moving picture.
    #[error("the file has no video track")]
    NoPicture,
    /// The container or the whole of the stream cannot be decoded.
    #[error("the video cannot be decoded: {what}")]
    Undecodable {
        /// The message of the decoder.
        what: String,
    },
    /// A decoder that neither ended nor went on; it was killed.
    #[error("the decoder produced nothing for {secs} s and was stopped")]
    Stalled {
        /// The limit.
        secs: u64,
    },
    /// The system killed the decoder for exceeding its limits, or it crashed.
    #[error("the decoder was stopped by the system ({how}): it crashed or exceeded its limits")]
    Stopped {
        /// The status of the process.
        how: String,
    },
    /// One frame that was asked for does not come out of the decoder.
    #[error("frame {frame} at {at} cannot be decoded: the stream is damaged there")]
    FrameMissing {
        /// Its index.
        frame: usize,
        /// Its time, minutes and seconds.
        at: String,
    },
    /// A file is there already and is not written over.
    #[error("a file of that name exists already and is not overwritten {path:?}")]
    Exists { path: PathBuf },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The message of a decoder, at most 160 characters on one line.
pub(super) fn one_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let text = match text.as_str() {
        t if t.starts_with("CRC error") => "a checksum does not match its data".to_owned(),
        t if t.starts_with("Corrupt deflate stream") => "its pixels cannot be unpacked".to_owned(),
        other => with_chunks_named(other),
    };
    let text: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect();
    // A decoder may repeat bytes of the file.
    visible(text.trim().trim_end_matches('.')).into_owned()
}

/// The decoder of PNG files shows its own structure of a chunk's name, of which the name stays.
fn with_chunks_named(text: &str) -> String {
    let Some((before, rest)) = text.split_once("ChunkType { type: ") else {
        return text.to_owned();
    };
    let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
    let name = name.split(',').next().unwrap_or_default();
    format!("{before}{name}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_called_by_its_name_alone() {
        let chunk = |name: &str| {
            format!("ChunkType {{ type: {name}, critical: true, private: false, safecopy: false }}")
        };
        let reported = |text: String| one_line(&text);
        assert_eq!(
            reported(format!("{} chunk appeared before IHDR chunk", chunk("IDAT"))),
            "IDAT chunk appeared before IHDR chunk"
        );
        assert_eq!(
            reported(format!("Chunk {} must appear at most once", chunk("IHDR"))),
            "Chunk IHDR must appear at most once"
        );
        assert_eq!(
            reported(format!("Unrecognized critical chunk: {}", chunk("ABCD"))),
            "Unrecognized critical chunk: ABCD"
        );
        assert_eq!(reported("it ends\nearly.".to_owned()), "it ends early");
    }
}
