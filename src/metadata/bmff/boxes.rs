//! The head of a box.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;

/// Kind and place of a box.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoxHead {
    pub(super) kind: [u8; 4],
    /// Where it begins.
    pub(super) start: u64,
    /// Offset of its content, and of what follows it.
    pub(super) body: u64,
    pub(super) end: u64,
    /// It claims to be longer than what encloses it.
    pub(super) is_cut: bool,
}

/// Reads the head at `at`, in an enclosing box that ends at `end`; `None` where no box begins.
pub(super) fn read_head(input: &mut Input<'_>, at: u64, end: u64) -> Option<BoxHead> {
    let bytes = input.read(at, 16);
    parse_head(Span::new(&bytes, at), end)
}

/// The same in bytes that were read.
pub(super) fn parse_head(bytes: Span<'_>, end: u64) -> Option<BoxHead> {
    let at = bytes.at;
    let (short, kind) = (bytes.be32(0)?, bytes.array::<4>(4)?);
    let (size, head) = match short {
        // It reaches to the end.
        0 => (end.saturating_sub(at), 8),
        1 => (bytes.be64(8)?, 16),
        size => (u64::from(size), 8),
    };
    let is_name = kind.iter().all(|b| (0x20..0x7F).contains(b) || *b == 0xA9);
    // In lists of tags a box is named by its number.
    let is_number = kind.first() == Some(&0) && kind != [0; 4];
    if size < head || at.saturating_add(8) > end || !(is_name || is_number) {
        return None;
    }
    let claimed = at.saturating_add(size);
    let is_cut = claimed > end;
    Some(BoxHead { kind, start: at, body: at.saturating_add(head), end: claimed.min(end), is_cut })
}

/// The boxes inside bytes that were read, up to a limit.
pub(super) fn boxes_in(body: Span<'_>) -> Vec<(BoxHead, Span<'_>)> {
    let (mut at, mut found) = (0usize, Vec::new());
    let end = body.place(body.len());
    while found.len() < 1000 {
        let Some(head) = parse_head(body.rest(at), end) else { break };
        let from = usize::try_from(head.body.saturating_sub(body.at)).unwrap_or(usize::MAX);
        let to = usize::try_from(head.end.saturating_sub(body.at)).unwrap_or(usize::MAX);
        found.push((head, body.part_there(from, to.saturating_sub(from))));
        at = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_long_or_open_and_never_too_long() {
        let head = |bytes: &[u8], end| parse_head(Span::new(bytes, 100), end);
        let short = head(b"\0\0\0\x10free", 500).unwrap();
        assert_eq!((short.body, short.end, short.is_cut), (108, 116, false));
        let open = head(b"\0\0\0\0mdat", 500).unwrap();
        assert_eq!((open.body, open.end), (108, 500));
        let long = head(b"\0\0\0\x01mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 500).unwrap();
        assert_eq!((long.body, long.end, long.is_cut), (116, 500, true));
        for wrong in [&b"\0\0\0\x07free"[..], b"\0\0\0\x10\x01\x02\x03\x04", b"\0\0\0", b""] {
            assert!(head(wrong, 500).is_none(), "{wrong:?}");
        }
    }
}
