//! Data that a JPEG file spreads over several segments: color profile, extended XMP, credential.
//!
//! Sources: ICC.1 annex B.4, Adobe's XMP specification part 3 (section 1.1.3.1), ISO/IEC 19566-5.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::metadata::field::Field;
use crate::metadata::iptc::is_whole;
use crate::metadata::sink::{BlockKind, MAX_TEXT_BYTES, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::text;

/// Pieces that are kept of one kind.
const MAX_PIECES: usize = 10_000;
/// Bytes of all pieces.
const MAX_PIECE_BYTES: usize = 32 << 20;

/// A piece with its place in the whole.
struct Piece {
    number: u64,
    total: u64,
    bytes: Vec<u8>,
    at: u64,
}

/// Pieces that belong together: color profile, extended XMP by GUID, boxes by their number.
#[derive(Default)]
pub(super) struct Spread {
    icc: Vec<Piece>,
    xmp: BTreeMap<Vec<u8>, Vec<Piece>>,
    jumbf: BTreeMap<u16, Vec<Piece>>,
    /// Photoshop's resources that go on in the next segment, and where they begin.
    resources: Option<(u64, Vec<u8>)>,
    n: usize,
    n_bytes: usize,
}

impl Spread {
    /// A piece of a color profile, behind its name.
    pub(super) fn icc(&mut self, body: Span<'_>) {
        let (Some(number), Some(total)) = (body.u8(0), body.u8(1)) else { return };
        if self.counts(body) {
            let piece = piece(u64::from(number), u64::from(total), body.rest(2));
            self.icc.push(piece);
        }
    }

    /// A piece of extended XMP, behind its name: GUID, length of the whole, offset in it.
    pub(super) fn xmp(&mut self, body: Span<'_>, sink: &mut Sink) {
        let (Some(guid), Some(total), Some(offset)) =
            (body.part(0, 32), body.be32(32), body.be32(36))
        else {
            return;
        };
        let raw = format!("bytes from {offset} of {total}");
        sink.field(Field::new("APP1", "ExtendedXMPPart", text(guid.bytes), raw, body));
        if self.counts(body) {
            let piece = piece(u64::from(offset), u64::from(total), body.rest(40));
            self.xmp.entry(guid.bytes.to_vec()).or_default().push(piece);
        }
    }

    /// A piece of a box, behind `JP`: number of the box, number of the piece, head of the box.
    pub(super) fn jumbf(&mut self, body: Span<'_>) {
        let (Some(instance), Some(number)) = (body.be16(0), body.be32(2)) else { return };
        // Every piece repeats the head of the box; it counts once.
        let head = if body.be32(6) == Some(1) { 16usize } else { 8 };
        let start = if number <= 1 { 6 } else { head.saturating_add(6) };
        if self.counts(body) {
            let piece = piece(u64::from(number), 0, body.rest(start));
            self.jumbf.entry(instance).or_default().push(piece);
        }
    }

    /// A segment of Photoshop's resources. One that ends inside a resource goes on in the next.
    pub(super) fn resources(&mut self, body: Span<'_>, sink: &mut Sink) {
        match &mut self.resources {
            None if is_whole(body) => sink.block(BlockKind::Photoshop, body),
            None => self.resources = Some((body.at, body.bytes.to_vec())),
            Some((at, bytes)) => {
                let room = MAX_TEXT_BYTES.saturating_sub(bytes.len());
                bytes.extend_from_slice(body.part_there(0, room).bytes);
                if is_whole(Span::new(bytes, *at)) {
                    sink.block_of_bytes(BlockKind::Photoshop, std::mem::take(bytes), *at);
                    self.resources = None;
                }
            }
        }
    }

    fn counts(&mut self, piece: Span<'_>) -> bool {
        self.n = self.n.saturating_add(1);
        self.n_bytes = self.n_bytes.saturating_add(piece.len());
        self.n <= MAX_PIECES && self.n_bytes <= MAX_PIECE_BYTES
    }

    /// Joins the pieces and hands the blocks on.
    pub(super) fn finish(self, sink: &mut Sink) {
        if self.n > MAX_PIECES || self.n_bytes > MAX_PIECE_BYTES {
            sink.cut("the file spreads its metadata over too many segments: some were not read");
        }
        if let Some((at, bytes)) = self.resources {
            sink.block_of_bytes(BlockKind::Photoshop, bytes, at);
        }
        let mut icc = self.icc;
        if let Some(total) = icc.first().map(|piece| piece.total) {
            icc.sort_by_key(|piece| piece.number);
            let is_whole = icc.iter().map(|p| p.number).eq(1..=total);
            if !is_whole {
                sink.warn("the color profile is spread over segments of which some are missing");
            }
            join(BlockKind::Icc, &icc, sink);
        }
        for (guid, mut pieces) in self.xmp {
            pieces.sort_by_key(|piece| piece.number);
            let mut end = 0u64;
            let mut is_whole = true;
            for piece in &pieces {
                is_whole &= piece.number == end;
                end = end.saturating_add(piece.bytes.len() as u64);
            }
            if !is_whole || pieces.first().is_none_or(|piece| piece.total != end) {
                let guid = text(&guid);
                sink.warn(format!("of the extended XMP {guid} not all parts are in the file"));
            }
            join(BlockKind::ExtendedXmp, &pieces, sink);
        }
        for (_, mut pieces) in self.jumbf {
            pieces.sort_by_key(|piece| piece.number);
            join(BlockKind::Jumbf, &pieces, sink);
        }
    }
}

fn piece(number: u64, total: u64, body: Span<'_>) -> Piece {
    Piece { number, total, bytes: body.bytes.to_vec(), at: body.at }
}

fn join(kind: BlockKind, pieces: &[Piece], sink: &mut Sink) {
    // A credential holds pictures of its ingredients and may be larger than a text.
    let most = if kind == BlockKind::Jumbf { 2 * MAX_TEXT_BYTES } else { MAX_TEXT_BYTES };
    if let [piece] = pieces {
        sink.block(kind, Span::new(&piece.bytes, piece.at));
        return;
    }
    let mut joined = Vec::new();
    for piece in pieces {
        if joined.len().saturating_add(piece.bytes.len()) > most {
            sink.warn("metadata spread over segments are too long: the rest is left out");
            break;
        }
        joined.extend_from_slice(&piece.bytes);
    }
    sink.block_of_bytes(kind, joined, pieces.first().map_or(0, |piece| piece.at));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_in_order_and_missing_ones_are_told() {
        let mut spread = Spread::default();
        let mut sink = Sink::default();
        for (offset, data) in [(3u32, b"def"), (0, b"abc")] {
            let body = [&[b'A'; 32][..], &6u32.to_be_bytes(), &offset.to_be_bytes(), data].concat();
            spread.xmp(Span::new(&body, 50), &mut sink);
        }
        spread.icc(Span::new(b"\x02\x02late", 0));
        spread.finish(&mut sink);
        let (icc, xmp) = (sink.next_block().unwrap(), sink.next_block().unwrap());
        assert_eq!((icc.bytes.as_slice(), icc.kind), (b"late".as_slice(), BlockKind::Icc));
        assert_eq!(xmp.bytes, b"abcdef");
        assert_eq!(sink.warnings.len(), 1, "{:?}", sink.warnings);
    }

    #[test]
    fn resources_that_go_on_in_the_next_segment_are_joined() {
        let block = b"8BIM\x04\x0B\0\0\0\0\0\x04abcd";
        let (first, second) = block.split_at(14);
        let (mut spread, mut sink) = (Spread::default(), Sink::default());
        spread.resources(Span::new(block, 10), &mut sink);
        spread.resources(Span::new(first, 40), &mut sink);
        spread.resources(Span::new(second, 80), &mut sink);
        spread.finish(&mut sink);
        let (whole, joined) = (sink.next_block().unwrap(), sink.next_block().unwrap());
        assert_eq!((whole.at, whole.is_exact, whole.bytes.as_slice()), (10, true, &block[..]));
        assert_eq!((joined.at, joined.is_exact, joined.bytes.as_slice()), (40, false, &block[..]));
        assert!(sink.next_block().is_none(), "two blocks");
    }
}
