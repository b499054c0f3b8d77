//! The units of a stream of H.264 or HEVC that decoders pass over.
//!
//! Sources: ITU-T H.264 (08/2021), table 7-1; ITU-T H.265 (08/2021), table 7-1 and annexes F to I.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::passed_over::{Kind, PassedOver};

/// Reads a stream in the form of annex B, piece by piece.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    is_hevc: bool,
    found: PassedOver,
    /// Bytes of the unit so far, its first two, and zeros before the next byte.
    length: u64,
    head: [u8; 2],
    zeros: u8,
    has_begun: bool,
}

impl Units {
    pub(super) fn new(is_hevc: bool) -> Self {
        Self { is_hevc, ..Self::default() }
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &[u8]) {
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
            // The zeros belong to the start of the next one.
            self.found.add(kind, self.length.saturating_sub(self.zeros.into()));
        }
        (self.length, self.zeros) = (0, 0);
    }

    /// What was passed over, at the end of the stream.
    pub(super) fn end(mut self) -> PassedOver {
        self.finish();
        self.found
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(units: &[(&[u8], usize)]) -> Vec<u8> {
        let unit = |(head, n): &(&[u8], usize)| [&[0, 0, 0, 1], *head, &vec![0xAA; *n]].concat();
        units.iter().flat_map(unit).collect()
    }

    fn reported(is_hevc: bool, bytes: &[u8], piece: usize) -> Vec<String> {
        let mut units = Units::new(is_hevc);
        bytes.chunks(piece).for_each(|piece| units.take(piece));
        let parts = units.end().reported();
        parts.into_iter().map(|part| format!("{}; {}", part.what, part.place)).collect()
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
