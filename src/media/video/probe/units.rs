//! Coded pictures that lie beside those which decoders show: layers, auxiliary pictures, units of
//! kinds that no player knows.
//!
//! Sources: ITU-T H.264 (08/2021), table 7-1; ITU-T H.265 (08/2021), table 7-1 and annexes F to I.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use super::{Probe, Source};
use crate::base::text::counted;
use crate::base::{NotExamined, TaskCtx, Warning};
use crate::media::Error;
use crate::media::video::child::{ReadFrom, arguments, run, start};

/// Units of unknown kinds are reported from so many bytes on, in all and in the mean: encoders keep
/// small notes in them.
const LEAST_UNKNOWN: (u64, u64) = (4096, 1024);

/// What a unit of the stream is, if decoders pass over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A picture of another layer, view or quality, or with the transparency.
    Layer,
    Unknown(u8),
}

/// Bytes and number of the units of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Units {
    is_hevc: bool,
    found: BTreeMap<Kind, (u64, u64)>,
    /// Bytes of the unit so far, its first two, and zeros before the next byte.
    length: u64,
    head: [u8; 2],
    zeros: u8,
    has_begun: bool,
}

impl Units {
    /// Takes the next piece of a stream in the form of annex B.
    fn take(&mut self, piece: &[u8]) {
        for byte in piece {
            if *byte == 1 && self.zeros >= 2 {
                self.finish();
                self.has_begun = true;
                continue;
            }
            self.zeros = if *byte == 0 { self.zeros.saturating_add(1) } else { 0 };
            match self.length {
                0 => self.head = [*byte, 0],
                1 => {
                    let [first, _] = self.head;
                    self.head = [first, *byte];
                }
                _ => {}
            }
            self.length = self.length.saturating_add(1);
        }
    }

    /// The end of a unit.
    fn finish(&mut self) {
        if self.has_begun
            && let Some(kind) = self.kind()
        {
            let (n, bytes) = self.found.entry(kind).or_default();
            *n = n.saturating_add(1);
            // The zeros belong to the start of the next one.
            *bytes = bytes.saturating_add(self.length.saturating_sub(self.zeros.into()));
        }
        (self.length, self.zeros) = (0, 0);
    }

    fn kind(&self) -> Option<Kind> {
        let [first, second] = self.head;
        if self.is_hevc {
            let (unit, layer) = (first >> 1 & 63, (first & 1) << 5 | second >> 3);
            return match unit {
                _ if layer > 0 => (unit < 32).then_some(Kind::Layer),
                41..=63 => Some(Kind::Unknown(unit)),
                _ => None,
            };
        }
        match first & 31 {
            19..=21 => Some(Kind::Layer),
            unit @ (0 | 17..=18 | 22..=31) => Some(Kind::Unknown(unit)),
            _ => None,
        }
    }

    /// What was passed over.
    fn reported(&self) -> Vec<NotExamined> {
        let (least, least_mean) = LEAST_UNKNOWN;
        let as_reported = |(kind, (n, bytes)): (&Kind, &(u64, u64))| match kind {
            Kind::Layer => Some(NotExamined::new(
                "further pictures within its frames",
                format!("in {} of the stream, {bytes} bytes", counted(*n, "unit")),
                "another view, layer or quality, as for 3D or for transparency: the base layer was \
                 examined, which players without support for others show",
            )),
            Kind::Unknown(unit) => {
                let mean = bytes.checked_div(*n).unwrap_or(0);
                (*bytes >= least && mean >= least_mean).then(|| {
                    NotExamined::new(
                        format!("{bytes} bytes of an unknown kind"),
                        format!("in {} of type {unit} within the stream", counted(*n, "unit")),
                        "decoders pass over them, and frames may be among them",
                    )
                })
            }
        };
        self.found.iter().filter_map(as_reported).collect()
    }
}

/// Reads through a stream of H.264 or HEVC; nothing is decoded.
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
    let (format, is_hevc) = match probe.codec.as_str() {
        "h264" => ("h264", false),
        "hevc" => ("hevc", true),
        _ => return Ok((Vec::new(), None)),
    };
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "quiet", "-nostdin"]));
    args.extend(source.input()?);
    args.extend(arguments(["-map", &format!("0:{}", probe.stream), "-c", "copy"]));
    args.extend(arguments(["-f", format, "-"]));
    let (limit, limits) = source.limits.of_reading(file_bytes);
    let child = start(&source.tools.ffmpeg, &args, limits, source.reach())?;
    let mut units = Units { is_hevc, ..Units::default() };
    let end = run(child, ReadFrom::Output, limit, ctx, |piece| {
        units.take(piece);
        true
    });
    units.finish();
    let is_whole = match end {
        Ok(end) => end.status.is_some_and(|status| status.success()),
        Err(Error::Stalled { .. }) => false,
        Err(error) => return Err(error),
    };
    let warning = (!is_whole).then(|| {
        Warning(
            "its frames were not searched to the end for further pictures within them".to_owned(),
        )
    });
    Ok((units.reported(), warning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(units: &[(&[u8], usize)]) -> Vec<u8> {
        let unit = |(head, n): &(&[u8], usize)| [&[0, 0, 0, 1], *head, &vec![0xAA; *n]].concat();
        units.iter().flat_map(unit).collect()
    }

    fn reported(is_hevc: bool, bytes: &[u8], piece: usize) -> Vec<String> {
        let mut units = Units { is_hevc, ..Units::default() };
        bytes.chunks(piece).for_each(|piece| units.take(piece));
        units.finish();
        units.reported().into_iter().map(|part| format!("{}; {}", part.what, part.place)).collect()
    }

    #[test]
    fn layers_and_unknown_units_are_found_however_the_stream_is_cut() {
        // Parameter sets, slices, SEI and a filler are what every stream has.
        let usual =
            [(&[0x67][..], 20), (&[0x68], 4), (&[0x06], 9000), (&[0x65], 9000), (&[12], 9000)];
        let with = |odd: &[(&'static [u8], usize)]| stream(&[&usual[..], odd].concat());
        let layer = "further pictures within its frames; in 2 units of the stream, 10002 bytes";
        let unknown = "5001 bytes of an unknown kind; in 1 unit of type 30 within the stream";
        for piece in [1, 3, 7, 1 << 16] {
            assert!(reported(false, &with(&[]), piece).is_empty());
            let slices: [(&[u8], usize); 2] = [(&[0x74], 5000), (&[0x73], 5000)];
            assert_eq!(reported(false, &with(&slices), piece), [layer]);
            assert_eq!(reported(false, &with(&[(&[30], 5000)]), piece), [unknown]);
            assert!(reported(false, &with(&[(&[30], 900)]), piece).is_empty(), "a small note");
        }
    }

    #[test]
    fn layers_of_hevc_are_told_from_its_base() {
        let base: [(&[u8], usize); 3] = [(&[0x40, 1], 20), (&[0x26, 1], 9000), (&[0x4E, 1], 9000)];
        assert!(reported(true, &stream(&base), 64).is_empty());
        // Type 1 in layer 1, notes of Dolby Vision, and a parameter set of layer 1.
        let more: [(&[u8], usize); 3] =
            [(&[0x02, 0x09], 4000), (&[0x7C, 1], 500), (&[0x42, 9], 90)];
        let layer = "further pictures within its frames; in 1 unit of the stream, 4002 bytes";
        assert_eq!(reported(true, &stream(&[&base[..], &more].concat()), 64), [layer]);
        let picture: [(&[u8], usize); 1] = [(&[0x7E, 1], 6000)];
        assert_eq!(
            reported(true, &stream(&[&base[..], &picture].concat()), 64),
            ["6002 bytes of an unknown kind; in 1 unit of type 63 within the stream"]
        );
    }
}
