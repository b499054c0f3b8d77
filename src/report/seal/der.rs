//! Just enough of DER (X.690) for time stamps: elements with a definite length.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(super) const CONTEXT_0: u8 = 0xa0;
pub(super) const BOOLEAN: u8 = 0x01;

/// The elements of a text in DER, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// Takes the next element: its tag and its content. `None` at the end and where the text is damaged.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let length = if *first < 0x80 {
            usize::from(*first)
        } else {
            // Four bytes are more than any answer has.
            let n = usize::from(first & 0x7f);
            if n == 0 || n > 4 {
                return None;
            }
            let (digits, after) = rest.split_at_checked(n)?;
            rest = after;
            digits.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

/// An element with its tag and length.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let n = content.len();
    if n < 0x80 {
        out.push(n as u8);
    } else {
        let digits: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_and_damaged_ones_end() {
        for n in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; n];
            let text = element(OCTETS, &content);
            let mut elements = Elements(&text);
            assert_eq!(elements.next(), Some((OCTETS, content.as_slice())), "{n}");
            assert_eq!(elements.next(), None);
            assert_eq!(Elements(&text[..text.len() - 1]).next(), None, "{n}, cut");
        }
        for text in
            [&[][..], &[4], &[4, 0x80], &[4, 0x85, 1, 1, 1, 1, 1], &[4, 0x84, 255, 255, 255, 255]]
        {
            assert_eq!(Elements(text).next(), None, "{text:?}");
        }
    }
}
