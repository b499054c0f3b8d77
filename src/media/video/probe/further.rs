//! Reading through the coded frames of a video for pictures that decoders pass over.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::ask::{Probe, Source};
use super::obus::Obus;
use super::passed_over::PassedOver;
use super::units::Units;
use crate::base::{NotExamined, TaskCtx, Warning};
use crate::media::Error;
use crate::media::video::child::{ReadFrom, arguments, run, start};

/// A reader of a codec's stream.
enum Reader {
    Units(Units),
    Obus(Obus),
}

impl Reader {
    /// The reader for a codec, and the form of `ffmpeg` that it reads.
    fn new(codec: &str) -> Option<(Self, &'static str)> {
        Some(match codec {
            "h264" => (Self::Units(Units::new(false)), "h264"),
            "hevc" => (Self::Units(Units::new(true)), "hevc"),
            "av1" => (Self::Obus(Obus::default()), "obu"),
            _ => return None,
        })
    }

    fn take(&mut self, piece: &[u8]) {
        match self {
            Self::Units(units) => units.take(piece),
            Self::Obus(obus) => obus.take(piece),
        }
    }

    /// What was passed over, and whether the stream was followed to its end.
    fn end(self) -> (PassedOver, bool) {
        match self {
            Self::Units(units) => (units.end(), true),
            Self::Obus(obus) => obus.end(),
        }
    }
}

/// Reads through a stream of H.264, HEVC or AV1; nothing is decoded.
///
/// # Errors
///
/// [`Error::NoStart`], [`Error::Cancelled`], [`Error::Changed`].
pub(in crate::media::video) fn further_pictures(
    source: &Source,
    probe: &Probe,
    file_bytes: u64,
    ctx: &TaskCtx<'_>,
) -> Result<(Vec<NotExamined>, Option<Warning>), Error> {
    let Some((mut reader, format)) = Reader::new(&probe.codec) else {
        return Ok((Vec::new(), None));
    };
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "quiet", "-nostdin"]));
    args.extend(source.input()?);
    args.extend(arguments(["-map", &format!("0:{}", probe.stream), "-c", "copy"]));
    args.extend(arguments(["-f", format, "-"]));
    let (limit, limits) = source.limits.of_reading(file_bytes);
    let child = start(&source.tools.ffmpeg, &args, limits, source.reach())?;
    let end = run(child, ReadFrom::Output, limit, ctx, |piece| {
        reader.take(piece);
        true
    });
    let (passed_over, is_followed) = reader.end();
    let is_whole = match end {
        Ok(end) => is_followed && end.status.is_some_and(|status| status.success()),
        Err(Error::Stalled { .. }) => false,
        Err(error) => return Err(error),
    };
    let warning = (!is_whole).then(|| {
        Warning(
            "its frames were not searched to the end for further pictures within them".to_owned(),
        )
    });
    Ok((passed_over.reported(), warning))
}
