//! The child: bytes from standard input, an answer and pixels on standard output.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::io::{Read as _, Write};

use super::reply::{Failure, ReplyHeader, StillReply};
use super::{AT_END, READY};
use crate::base::Limits;
use crate::media::decode::decode_hashed;
use crate::media::video::webp::{WantedFrames, decode_frames};

/// Decodes one picture. `words`: the limits as this program wrote them. Returns the exit code: 0
/// when an answer was given, be it that the picture cannot be decoded.
pub fn still_decoder_main(arguments: &[OsString]) -> u8 {
    match decode(arguments) {
        Ok(()) => 0,
        // The parent has gone, or is no program of ours.
        Err(_) => 1,
    }
}

fn decode(arguments: &[OsString]) -> std::io::Result<()> {
    let limits = limits(arguments).ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{READY}")?;
    out.flush()?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(limits.file_bytes).read_to_end(&mut bytes)?;
    // The parent has hashed the bytes.
    match decode_hashed(&bytes, String::new(), &limits) {
        Ok(still) => {
            drop(bytes);
            send_reply(&mut out, &StillReply::Decoded(ReplyHeader::new(&still)))?;
            out.write_all(&still.frame.image.pixels)?;
        }
        Err(error) => send_reply(&mut out, &StillReply::Failed(Failure::new(error)))?,
    }
    out.flush()
}

fn send_reply(out: &mut impl Write, reply: &StillReply) -> std::io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(reply)?)
}

/// Decodes an animated WebP file. `words`: the most bytes of the file, and which frames are wanted,
/// as this program wrote them. Returns the exit code: 0 when all was said.
pub fn animation_decoder_main(arguments: &[OsString]) -> u8 {
    u8::from(decode_animation(arguments).is_err())
}

fn decode_animation(arguments: &[OsString]) -> std::io::Result<()> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
    let (most, wanted) = arguments.split_first().ok_or_else(invalid)?;
    let most = most.to_str().and_then(|most| most.parse().ok()).ok_or_else(invalid)?;
    let wanted = WantedFrames::from_arguments(wanted).ok_or_else(invalid)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{READY}")?;
    out.flush()?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    let mut sent = Ok(());
    let message = decode_frames(&bytes, &wanted, |number, image| {
        let Some(image) = image else { return true };
        sent = u32::try_from(number)
            .map_err(|_too_many| std::io::ErrorKind::InvalidData.into())
            .and_then(|number| out.write_all(&number.to_le_bytes()))
            .and_then(|()| out.write_all(&image.pixels))
            .and_then(|()| out.flush());
        sent.is_ok()
    });
    sent?;
    out.write_all(&AT_END.to_le_bytes())?;
    out.write_all(message.unwrap_or_default().as_bytes())?;
    out.flush()
}

/// The words of [`limits`](fn@limits).
pub(super) fn limit_arguments(limits: &Limits) -> [OsString; 4] {
    let Limits { file_bytes, pixels, side_px, alloc_bytes } = *limits;
    [file_bytes, pixels, u64::from(side_px), alloc_bytes].map(|n| n.to_string().into())
}

fn limits(arguments: &[OsString]) -> Option<Limits> {
    let numbers: Option<Vec<u64>> = arguments.iter().map(|w| w.to_str()?.parse().ok()).collect();
    let [file_bytes, pixels, side_px, alloc_bytes] = numbers?.try_into().ok()?;
    Some(Limits { file_bytes, pixels, side_px: u32::try_from(side_px).ok()?, alloc_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_come_back_from_their_words() {
        let some = Limits { side_px: 77, ..Limits::default() };
        assert_eq!(limits(&limit_arguments(&some)), Some(some));
        assert_eq!(limits(&["1".into()]), None);
        assert_eq!(still_decoder_main(&["x".into()]), 1);
        assert_eq!(animation_decoder_main(&["x".into()]), 1);
    }
}
