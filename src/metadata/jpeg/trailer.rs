//! The bytes behind the end of a JPEG picture.
//!
//! Sources: CIPA DC-007 (further pictures), Google's Motion Photo format (a clip), marks of makers.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::hex;

/// Bytes that are shown.
const SHOWN_BYTES: usize = 32;
/// Marks of makers stand at the end.
const TAIL_BYTES: usize = 64;

/// Lists what follows the end mark.
pub(super) fn read_trailer(rest: Span<'_>, sink: &mut Sink) {
    if rest.is_empty() {
        return;
    }
    let kind = kind(rest);
    let length = rest.len() as u64;
    sink.part(0, "trailer", kind, (rest.at, length));
    let head = rest.part_there(0, SHOWN_BYTES);
    let meaning = format!("{length} bytes behind the end of the picture, {kind}");
    let raw = hex(head.bytes);
    sink.field(Field::new("Trailer", "BytesAfterEOI", "trailer", raw, rest).meaning(meaning));
}

/// What the bytes are, from their first or last ones.
fn kind(rest: Span<'_>) -> &'static str {
    let is_filling = |b: &u8| matches!(b, 0 | 0xFF | b'\r' | b'\n' | b' ');
    let content = rest.bytes.iter().position(|b| !is_filling(b)).unwrap_or(rest.len());
    // 0xFF begins a picture as well as filling.
    let content = if rest.has(content.saturating_sub(1), b"\xFF\xD8\xFF") {
        content.saturating_sub(1)
    } else {
        content
    };
    let body = rest.rest(content);
    let tail = rest.rest(rest.len().saturating_sub(TAIL_BYTES));
    let tail_has = |word: &[u8]| tail.bytes.windows(word.len()).any(|window| window == word);
    let heads: [(&[u8], &str); 8] = [
        (b"\xFF\xD8\xFF", "a further JPEG picture"),
        (b"\x89PNG", "a PNG picture"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"Rar!", "a RAR archive"),
        (b"%PDF", "a PDF document"),
        (b"AXS!", "metadata of AFCP; not read"),
        (b"vivo{", "metadata of Vivo; not read"),
        (b"CANON OPTIONAL DATA", "edits of Canon; not read"),
    ];
    if body.is_empty() {
        return "filling";
    }
    if let Some((_, kind)) = heads.iter().find(|(head, _)| body.starts_with(head)) {
        return kind;
    }
    // The size before it may begin with zeros.
    if (content..content.saturating_add(8)).any(|at| rest.has(at, b"ftyp")) {
        return "a video";
    }
    let tails: [(&[u8], &str); 6] = [
        (b"SEFT", "metadata of Samsung; not read"),
        (b"AXS!", "metadata of AFCP; not read"),
        (b"cbipcbbl", "metadata of PhotoMechanic; not read"),
        (b"CANON OPTIONAL DATA", "edits of Canon; not read"),
        (b"\xA1\xB2\xC3\xD4", "metadata of FotoStation; not read"),
        (b"~\0\x04\0zmie~", "metadata of MIE; not read"),
    ];
    let known = tails.iter().find(|(mark, _)| tail_has(mark));
    known.map_or("of no known kind", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_named() {
        let of = |bytes: &[u8]| kind(Span::new(bytes, 0));
        assert_eq!(of(b"\0\0\0"), "filling");
        assert_eq!(of(b"\0\xFF\xD8\xFF\xE0"), "a further JPEG picture");
        assert_eq!(of(b"\0\0\0\x18ftypmp42"), "a video");
        assert_eq!(of(b"hello"), "of no known kind");
        assert_eq!(of(b"xxxxSEFT"), "metadata of Samsung; not read");
    }
}
