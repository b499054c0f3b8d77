//! The units of an AV1 stream that decoders pass over.
//!
//! Source: AV1 Bitstream & Decoding Process Specification 1.0.0 with errata 1, sections 5.3 (headers),
//! 6.2.2 (types) and 4.10.5 (lengths).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::passed_over::{Kind, PassedOver};

/// Bytes of a length, at most.
const MAX_LENGTH_BYTES: usize = 8;

/// Reads a stream in the low-overhead form, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Obus {
    found: PassedOver,
    /// The header of the unit, as far as it was read.
    head: Vec<u8>,
    /// Bytes of the unit that are still to come.
    rest: u64,
    /// A unit without a length: where the next one begins is not known.
    is_lost: bool,
}

impl Obus {
    /// Takes the next piece.
    pub(super) fn take(&mut self, mut piece: &[u8]) {
        while !self.is_lost && !piece.is_empty() {
            if self.rest > 0 {
                let n = usize::try_from(self.rest).unwrap_or(usize::MAX).min(piece.len());
                self.rest = self.rest.saturating_sub(n as u64);
                piece = piece.get(n..).unwrap_or_default();
                continue;
            }
            let Some((byte, after)) = piece.split_first() else { return };
            piece = after;
            self.head.push(*byte);
            self.begin();
        }
    }

    /// Begins a unit whose header is complete.
    fn begin(&mut self) {
        let Some(flags) = self.head.first() else { return };
        let (unit, has_layers) = (flags >> 3 & 15, flags & 4 != 0);
        if flags & 2 == 0 {
            self.is_lost = true;
            return;
        }
        let Some(length) = self.head.get(if has_layers { 2 } else { 1 }..) else { return };
        match length.last() {
            Some(byte) if byte & 0x80 == 0 => {}
            _ => {
                self.is_lost = length.len() >= MAX_LENGTH_BYTES;
                return;
            }
        }
        self.rest = length.iter().rev().fold(0, |sum: u64, byte| sum << 7 | u64::from(byte & 0x7F));
        let layer = self.head.get(1).filter(|_| has_layers).map_or(0, |byte| byte >> 3 & 3);
        let kind = match unit {
            // Headers and tiles of frames.
            3 | 4 | 6 | 7 if layer > 0 => Some(Kind::Layer),
            // Pieces of a picture that is no frame.
            8 => Some(Kind::Layer),
            0 | 9..=14 => Some(Kind::Unknown(unit)),
            _ => None,
        };
        if let Some(kind) = kind {
            self.found.add(kind, self.rest);
        }
        self.head.clear();
    }

    /// What was passed over, and whether the stream was followed to its end.
    pub(super) fn end(self) -> (PassedOver, bool) {
        (self.found, !self.is_lost && self.rest == 0 && self.head.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit of a type, in a layer if it has a number.
    fn unit(kind: u8, layer: Option<u8>, length: usize) -> Vec<u8> {
        let mut bytes = vec![kind << 3 | 2 | u8::from(layer.is_some()) << 2];
        bytes.extend(layer.map(|layer| layer << 3));
        bytes.extend([(length & 0x7F) as u8 | 0x80, (length >> 7) as u8]);
        bytes.extend(vec![0xFF; length]);
        bytes
    }

    fn reported(stream: &[u8], piece: usize) -> Vec<String> {
        let mut obus = Obus::default();
        stream.chunks(piece).for_each(|piece| obus.take(piece));
        let (found, is_followed) = obus.end();
        assert!(is_followed);
        let parts = found.reported();
        parts.into_iter().map(|part| format!("{}; {}", part.what, part.place)).collect()
    }

    #[test]
    fn layers_and_unknown_units_are_found_however_the_stream_is_cut() {
        // A delimiter, a sequence header, metadata, a frame, padding.
        let usual = [(2, 0), (1, 12), (5, 9000), (6, 9000), (15, 9000)];
        let usual: Vec<u8> = usual.iter().flat_map(|(kind, n)| unit(*kind, None, *n)).collect();
        for piece in [1, 3, 1000, 1 << 16] {
            assert!(reported(&usual, piece).is_empty());
            let layers = [&usual[..], &unit(6, Some(0), 800), &unit(6, Some(1), 5000)].concat();
            let expected =
                "further pictures within its frames; in 1 unit of the stream, 5000 bytes";
            assert_eq!(reported(&layers, piece), [expected]);
            let unknown = [&usual[..], &unit(12, None, 6000), &usual].concat();
            let expected = "6000 bytes of an unknown kind; in 1 unit of type 12 within the stream";
            assert_eq!(reported(&unknown, piece), [expected]);
        }
    }

    #[test]
    fn a_stream_that_cannot_be_followed_is_reported_so() {
        for stream in [&[0x30u8, 1, 2, 3][..], &[0x32, 0x85, 1, 0, 0], &[0x32], &[0xFF; 40]] {
            let mut obus = Obus::default();
            obus.take(stream);
            assert!(!obus.end().1, "{stream:?}");
        }
    }
}
