//! Edit lists: which part of a track is shown, and when.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::state::State;
use crate::base::text::counted;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::number;
use crate::metadata::source::words::duration;

/// Entries of an edit list that are kept.
const MAX_EDITS: usize = 1000;

/// Keeps the entries of a track.
pub(super) fn read(state: &mut State, body: Span<'_>) {
    let is_wide = body.u8(0) == Some(1);
    let n = body.be32(4).unwrap_or_default() as usize;
    let size = if is_wide { 20usize } else { 12 };
    for i in 0..n.min(MAX_EDITS) {
        let at = i.saturating_mul(size).saturating_add(8);
        let entry = if is_wide {
            let start = body.be64(at.saturating_add(8)).map(u64::cast_signed);
            body.be64(at).zip(start).zip(body.be32(at.saturating_add(16)))
        } else {
            let start = body.be32(at.saturating_add(4)).map(|v| i64::from(v.cast_signed()));
            body.be32(at).map(u64::from).zip(start).zip(body.be32(at.saturating_add(8)))
        };
        let Some(((length, start), rate)) = entry else { break };
        state.edits.push((length, start, f64::from(rate) / 65_536.0, body.place(at)));
    }
}

/// Seconds by which the list moves what is shown: by empty edits later, by the start of the first other one
/// earlier.
pub(super) fn shift_s(state: &State) -> f64 {
    let mut later_s = 0.0;
    for (length, start, ..) in &state.edits {
        if *start >= 0 {
            return later_s - *start as f64 / f64::from(state.media_scale.max(1));
        }
        later_s += *length as f64 / f64::from(state.movie_scale.max(1));
    }
    0.0
}

/// Shows the edit list of a track, once both clocks are known.
pub(super) fn show(state: &State, sink: &mut Sink) {
    let n = state.edits.len();
    for (length, start, rate, at) in &state.edits {
        let shown_s = *length as f64 / f64::from(state.movie_scale.max(1));
        let words = if *start < 0 {
            format!("{} of nothing", duration(shown_s))
        } else {
            let start_s = *start as f64 / f64::from(state.media_scale.max(1));
            let rate = if *rate == 1.0 {
                String::new()
            } else {
                format!(", at {} times the speed", number(*rate, 5))
            };
            format!("{} shown, from {} of the media on{rate}", duration(shown_s), duration(start_s))
        };
        let raw = format!("{length} {start} {}", number(*rate, 6));
        let value = Span::new(&[], *at);
        state.note(sink, ("EditListEntry", "elst"), value, raw, Some(words));
    }
    if n >= MAX_EDITS {
        sink.warn(format!("the edit list has more than {}", counted(n as u64, "entry")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_edits_move_later_and_a_start_moves_earlier() {
        let with = |edits: &[(u64, i64)]| {
            let edits = edits.iter().map(|(length, start)| (*length, *start, 1.0, 0)).collect();
            shift_s(&State { movie_scale: 1000, media_scale: 100, edits, ..State::default() })
        };
        assert_eq!(with(&[]), 0.0);
        assert_eq!(with(&[(500, -1), (2000, 25)]), 0.25);
        assert_eq!(with(&[(2000, 25), (500, 0)]), -0.25);
    }
}
