//! Messages in the units of H.264 and H.265: supplemental information (SEI).
//!
//! Sources: ITU-T H.264 and H.265, annexes D.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::span::Span;
use super::text::{hex_word, text_trimmed};

/// Kind of a message with data of a program behind an identifier.
const USER_DATA: u32 = 5;
/// Bytes of the identifier.
const ID_BYTES: usize = 16;
/// Messages of a unit that are read.
const MAX_MESSAGES: usize = 100;

/// A message.
#[derive(Debug)]
pub(in crate::metadata) struct Message {
    kind: u32,
    bytes: Vec<u8>,
}

impl Message {
    /// Identifier and content, of data of a program.
    pub(in crate::metadata) fn user_data(&self) -> Option<(&[u8], &[u8])> {
        self.bytes.split_at_checked(ID_BYTES).filter(|_| self.kind == USER_DATA)
    }

    /// Identifier in hex and content, where this is text.
    pub(in crate::metadata) fn words(&self) -> Option<(String, String)> {
        let (id, content) = self.user_data()?;
        let words = text_trimmed(content);
        let is_text = words.chars().take(64).all(|c| !c.is_control());
        (is_text && !words.is_empty()).then(|| (hex_word(id), words))
    }
}

/// The messages of a unit; other units have none.
pub(in crate::metadata) fn messages(unit: Span<'_>, is_hevc: bool) -> Vec<Message> {
    let mut found = Vec::new();
    let Some(first) = unit.u8(0) else { return found };
    let (kind, head) = if is_hevc { (first >> 1 & 63, 2) } else { (first & 31, 1) };
    let is_sei = if is_hevc { matches!(kind, 39 | 40) } else { kind == 6 };
    if !is_sei {
        return found;
    }
    let plain = without_emulation(unit.rest(head).bytes);
    let body = Span::new(&plain, 0);
    let mut at = 0usize;
    while let (Some((kind, after)), true) = (sum(body, at), at.saturating_add(2) < body.len()) {
        let Some((length, from)) = sum(body, after) else { break };
        let bytes = body.part_there(from, length as usize).bytes.to_vec();
        found.push(Message { kind, bytes });
        if found.len() >= MAX_MESSAGES {
            break;
        }
        at = from.saturating_add(length as usize);
    }
    found
}

/// A number as a sum of bytes, of which all but the last are 255; and where it ends.
fn sum(body: Span<'_>, at: usize) -> Option<(u32, usize)> {
    let (mut at, mut total) = (at, 0u32);
    loop {
        let byte = body.u8(at)?;
        at = at.checked_add(1)?;
        total = total.checked_add(u32::from(byte))?;
        if byte != 255 {
            return Some((total, at));
        }
    }
}

/// The bytes without the 3 that follows two zeros.
fn without_emulation(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut n_zeros = 0u32;
    for byte in bytes {
        if n_zeros >= 2 && *byte == 3 {
            n_zeros = 0;
            continue;
        }
        n_zeros = if *byte == 0 { n_zeros.saturating_add(1) } else { 0 };
        plain.push(*byte);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_one_after_the_other() {
        let mut unit = vec![6, 1, 2, 8, 9, 5, 18];
        unit.extend([7; 16]);
        unit.extend(b"ab\x80");
        let found = messages(Span::new(&unit, 0), false);
        let [first, second] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((first.kind, first.bytes.as_slice()), (1, [8, 9].as_slice()));
        assert_eq!(
            (first.words(), second.words().map(|(_, words)| words)),
            (None, Some("ab".into()))
        );
        assert!(messages(Span::new(&[7, 1, 2, 8, 9], 0), false).is_empty(), "another unit");
        assert_eq!(without_emulation(&[0, 0, 3, 1, 0, 0, 0, 3]), [0, 0, 1, 0, 0, 0]);
    }
}
