//! The name that an encoder leaves in the first frame of H.264 and H.265.
//!
//! Sources: ITU-T H.264 and H.265, annexes D: supplemental information (SEI) of user data.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::state::State;
use crate::metadata::sink::Sink;
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex_word, text_trimmed};

/// Bytes of the first frame that are searched.
const MAX_FRAME_BYTES: usize = 256 << 10;
/// Units of a frame that are looked at.
const MAX_UNITS: usize = 200;
/// Payload of user data behind an identifier of 16 bytes.
const USER_DATA: u32 = 5;

/// Looks into the configuration and the first frame of a track.
pub(super) fn read(input: &mut Input<'_>, state: &State, sink: &mut Sink) {
    let is_hevc = matches!(&state.codec, b"hvc1" | b"hev1");
    if !is_hevc && !matches!(&state.codec, b"avc1" | b"avc3") {
        return;
    }
    if is_hevc {
        in_configuration(state, sink);
    }
    let (Some(offset), Some(length)) = state.first_sample else { return };
    let n = usize::try_from(length).map_or(MAX_FRAME_BYTES, |n| n.min(MAX_FRAME_BYTES));
    let frame = input.read(offset, n);
    let frame = Span::new(&frame, offset);
    let size = state.nal_length.clamp(1, 4);
    let mut at = 0usize;
    for _ in 0..MAX_UNITS {
        let Some(length) = frame.be(at, size).and_then(|n| usize::try_from(n).ok()) else { break };
        let unit = frame.part_there(at.saturating_add(size), length);
        in_unit(state, unit, is_hevc, sink);
        at = at.saturating_add(size).saturating_add(length);
    }
}

/// H.265 keeps units of supplemental information in its configuration too.
fn in_configuration(state: &State, sink: &mut Sink) {
    let body = Span::new(&state.configuration, 0);
    let n_arrays = body.u8(22).unwrap_or_default();
    let mut at = 23usize;
    for _ in 0..n_arrays {
        let n_units = body.be16(at.saturating_add(1)).unwrap_or_default();
        at = at.saturating_add(3);
        for _ in 0..n_units {
            let Some(length) = body.be16(at).map(usize::from) else { return };
            let unit = body.part_there(at.saturating_add(2), length);
            in_unit(state, unit, true, sink);
            at = at.saturating_add(2).saturating_add(length);
        }
    }
}

/// Reads the messages of a unit, if it has some.
fn in_unit(state: &State, unit: Span<'_>, is_hevc: bool, sink: &mut Sink) {
    let Some(first) = unit.u8(0) else { return };
    let (kind, head) = if is_hevc { (first >> 1 & 63, 2) } else { (first & 31, 1) };
    let is_sei = if is_hevc { matches!(kind, 39 | 40) } else { kind == 6 };
    if !is_sei {
        return;
    }
    let plain = without_emulation(unit.rest(head).bytes);
    let body = Span::new(&plain, 0);
    let mut at = 0usize;
    while let (Some((kind, after)), true) = (sum(body, at), at.saturating_add(2) < body.len()) {
        let Some((length, from)) = sum(body, after) else { return };
        let message = body.part_there(from, length as usize);
        if kind == USER_DATA && message.len() > 16 {
            let words = text_trimmed(message.rest(16).bytes);
            let is_text = words.chars().take(64).all(|c| !c.is_control());
            if is_text && !words.is_empty() {
                let id = hex_word(message.part_there(0, 16).bytes);
                let place = Span::new(unit.bytes, unit.at);
                sink.field(crate::metadata::field::Field::new(
                    state.group(),
                    "StreamEncoder",
                    id,
                    words,
                    place,
                ));
            }
        }
        at = from.saturating_add(length as usize);
    }
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
    fn the_text_of_a_message_is_read() {
        let text = b"x264 - core 164";
        let mut unit = vec![6, 5, 16 + text.len() as u8];
        unit.extend([7; 16]);
        unit.extend(text);
        unit.push(0x80);
        let mut sink = Sink::default();
        in_unit(&State { track: 1, ..State::default() }, Span::new(&unit, 50), false, &mut sink);
        let [field] = sink.fields.as_slice() else { panic!("{:?}", sink.fields) };
        assert_eq!((field.raw.as_str(), field.group.as_ref()), ("x264 - core 164", "Track1"));
        assert_eq!(without_emulation(&[0, 0, 3, 1, 0, 0, 0, 3]), [0, 0, 1, 0, 0, 0]);
    }
}
