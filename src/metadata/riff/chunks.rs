//! Walks the chunks of a RIFF file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::avi::Avi;
use super::webp::read_webp;
use crate::metadata::sink::Sink;
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::code;

/// Chunks that are read, and how deep they lie.
const MAX_CHUNKS: usize = 20_000;
const MAX_DEPTH: u8 = 8;
/// Bytes of a chunk that are read. Metadata are smaller; frames are larger and not needed.
const MAX_BODY_BYTES: usize = 8 << 20;
/// Bytes read of a chunk of frames: the first are enough.
const HEAD_BYTES: usize = 64;

struct Walk<'a, 'b> {
    input: &'a mut Input<'b>,
    avi: Option<Avi>,
    n: usize,
}

/// Reads a whole file.
pub(in crate::metadata) fn read(input: &mut Input<'_>, sink: &mut Sink) {
    let head = input.read(0, 12);
    let head = Span::new(&head, 0);
    let size = u64::from(head.le32(4).unwrap_or_default());
    let form = head.part_there(8, 4).bytes;
    let avi = form.starts_with(b"AVI").then(Avi::default);
    let declared = size.saturating_add(8);
    sink.part(0, "RIFF", code(form), (0, declared));
    let length = input.length();
    if declared > length {
        sink.warn("the file is shorter than its RIFF header says: it was cut off");
    }
    let mut walk = Walk { input, avi, n: 0 };
    let end = declared.min(length);
    walk.chunks(12, end, 1, sink);
    // Large AVI files go on in further RIFF parts.
    let mut at = end.saturating_add(size & 1);
    while walk.avi.is_some() && walk.input.read(at, 4) == b"RIFF" && walk.n < MAX_CHUNKS {
        walk.n = walk.n.saturating_add(1);
        let head = walk.input.read(at, 8);
        let size = u64::from(Span::new(&head, at).le32(4).unwrap_or_default());
        sink.part(0, "RIFF", "a further part", (at, size.saturating_add(8)));
        at = at.saturating_add(size).saturating_add(8);
    }
    if walk.n >= MAX_CHUNKS {
        sink.cut("the file has too many chunks: the rest is not read");
    }
    if let Some(avi) = &walk.avi {
        sink.packets = avi.packets.chart(walk.input);
    }
    if at < length {
        let rest = length.saturating_sub(at);
        sink.part(0, "trailer", "bytes behind the last chunk", (at, rest));
    }
}

impl Walk<'_, '_> {
    fn chunks(&mut self, from: u64, end: u64, depth: u8, sink: &mut Sink) {
        let mut at = from;
        while at.saturating_add(8) <= end && self.n < MAX_CHUNKS && !sink.is_full() {
            self.n = self.n.saturating_add(1);
            let head = self.input.read(at, 12);
            let head = Span::new(&head, at);
            let (Some(name), Some(size)) = (head.array::<4>(0), head.le32(4)) else { return };
            let body_at = at.saturating_add(8);
            let size = u64::from(size);
            let body_end = body_at.saturating_add(size).min(end);
            let is_list = &name == b"LIST" && depth < MAX_DEPTH;
            let kind = head.part_there(8, 4).bytes.to_vec();
            let is_frames = is_list && kind == b"movi";
            let label = if is_list { format!("LIST {}", code(&kind)) } else { code(&name) };
            let meaning = if self.avi.is_some() {
                super::avi::meaning(name, &kind)
            } else {
                super::webp::meaning(name)
            };
            sink.part(depth, label, meaning, (at, size.saturating_add(8)));
            if body_at.saturating_add(size) > end {
                sink.warn(format!("the chunk {} at byte {at} is cut off", code(&name)));
            }
            if is_list && !is_frames {
                if let Some(avi) = &mut self.avi {
                    avi.list(&kind);
                }
                self.chunks(body_at.saturating_add(4), body_end, depth.saturating_add(1), sink);
            } else if !is_frames {
                self.body(name, body_at, body_end, sink);
            }
            at = body_at.saturating_add(size).saturating_add(size & 1);
        }
    }

    fn body(&mut self, name: [u8; 4], at: u64, end: u64, sink: &mut Sink) {
        if let (Some(avi), b"idx1") = (&mut self.avi, &name) {
            avi.packets.short(at, end);
        }
        let is_large = matches!(&name, b"VP8 " | b"VP8L" | b"ANMF" | b"ALPH" | b"idx1" | b"JUNK");
        let most = if is_large { HEAD_BYTES } else { MAX_BODY_BYTES };
        let n = usize::try_from(end.saturating_sub(at)).map_or(most, |n| n.min(most));
        let bytes = self.input.read(at, n);
        let body = Span::new(&bytes, at);
        match &mut self.avi {
            Some(avi) => avi.chunk(name, body, sink),
            None => read_webp(name, body, sink),
        }
    }
}
