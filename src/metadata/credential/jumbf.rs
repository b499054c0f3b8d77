//! JUMBF: boxes with labels.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::source::span::Span;

/// Boxes inside boxes, and boxes in all.
const MAX_DEPTH: u32 = 32;
const MAX_BOXES: u32 = 20_000;

/// A box with a label, and what it holds.
#[derive(Debug, Clone, Default)]
pub(super) struct LabeledBox<'a> {
    pub(super) label: String,
    /// First four bytes of its kind, for instance `c2ma` of a manifest.
    pub(super) kind: [u8; 4],
    pub(super) boxes: Vec<Self>,
    /// Content boxes: kind and bytes.
    pub(super) contents: Vec<([u8; 4], Span<'a>)>,
}

impl LabeledBox<'_> {
    /// The box of this label directly inside.
    pub(super) fn child(&self, label: &str) -> Option<&Self> {
        self.boxes.iter().find(|inner| inner.label == label)
    }

    /// The first content of this kind.
    pub(super) fn content(&self, kind: [u8; 4]) -> Option<&[u8]> {
        self.contents.iter().find(|(known, _)| *known == kind).map(|(_, span)| span.bytes)
    }
}

/// Reads a store; its first box encloses everything.
///
/// # Errors
///
/// A clause about what is wrong.
pub(super) fn parse(store: Span<'_>) -> Result<LabeledBox<'_>, &'static str> {
    let mut n = 0;
    // Of a box `jumb` its content arrives from some containers, from others the box itself.
    let body = if store.has(4, b"jumb") {
        let (_, body, _) = head(store).ok_or("its boxes are damaged")?;
        body
    } else {
        store
    };
    labeled(body, 0, &mut n)
}

fn labeled<'a>(body: Span<'a>, depth: u32, n: &mut u32) -> Result<LabeledBox<'a>, &'static str> {
    if depth > MAX_DEPTH {
        return Err("its boxes lie too deep in each other");
    }
    let mut found = LabeledBox::default();
    let mut rest = body;
    while rest.len() >= 8 {
        *n = n.saturating_add(1);
        if *n > MAX_BOXES {
            return Err("it has too many boxes");
        }
        let (kind, inner, behind) = head(rest).ok_or("its boxes are damaged")?;
        match &kind {
            b"jumd" => {
                found.kind = inner.array(0).unwrap_or_default();
                let has_label = inner.u8(16).is_some_and(|toggles| toggles & 2 != 0);
                if has_label {
                    let (label, _) = inner.rest(17).split_at_zero();
                    found.label = String::from_utf8_lossy(label.bytes).into_owned();
                }
            }
            b"jumb" => found.boxes.push(labeled(inner, depth.saturating_add(1), n)?),
            _ => found.contents.push((kind, inner)),
        }
        rest = behind;
    }
    Ok(found)
}

/// Kind and content of the first box, and what follows it.
fn head(span: Span<'_>) -> Option<([u8; 4], Span<'_>, Span<'_>)> {
    let kind = span.array(4)?;
    let (size, start) = match span.be32(0)? {
        0 => (span.len(), 8),
        1 => (usize::try_from(span.be64(8)?).ok()?, 16),
        size => (size as usize, 8),
    };
    let length = size.checked_sub(start)?;
    Some((kind, span.part(start, length)?, span.rest(size)))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = (content.len() as u32 + 8).to_be_bytes();
        [&size[..], &kind, content].concat()
    }

    #[test]
    fn labels_and_contents_are_read() {
        let name =
            |label: &[u8]| boxed(*b"jumd", &[b"c2pa", &[0; 12][..], &[3], label, &[0]].concat());
        let inner = boxed(*b"jumb", &[name(b"claim"), boxed(*b"cbor", b"\x01")].concat());
        let store = boxed(*b"jumb", &[name(b"c2pa"), inner].concat());
        let parsed = parse(Span::new(&store, 0)).unwrap();
        assert_eq!(parsed.label, "c2pa");
        assert_eq!(parsed.child("claim").unwrap().content(*b"cbor"), Some(b"\x01".as_slice()));
        for cut in 9..store.len() {
            parse(Span::new(&store[..cut], 0)).unwrap_err();
        }
    }
}
