//! The name that an encoder leaves in the first frame of H.264 and H.265.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::state::State;
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::input::Input;
use crate::metadata::source::sei::messages;
use crate::metadata::source::span::Span;

/// Bytes of the first frame that are searched.
const MAX_FRAME_BYTES: usize = 256 << 10;
/// Units of a frame that are looked at.
const MAX_UNITS: usize = 200;

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

/// Keeps the names in the messages of a unit, if it has some.
fn in_unit(state: &State, unit: Span<'_>, is_hevc: bool, sink: &mut Sink) {
    for message in messages(unit, is_hevc) {
        if let Some((id, words)) = message.words() {
            sink.field(Field::new(state.group(), "StreamEncoder", id, words, unit));
        }
    }
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
    }
}
