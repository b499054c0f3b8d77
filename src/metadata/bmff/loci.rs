//! The place that 3GPP phones write.
//!
//! Source: 3GPP TS 26.244, 8.2.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex, text, utf16};
use crate::metadata::source::words::place;

/// Reads the content of a box: version and language, then name, role, three numbers and two more texts.
pub(super) fn read(body: Span<'_>, sink: &mut Sink) {
    let (name, rest) = words(body.rest(6));
    let fixed = |at: usize| {
        rest.be32(at).map(|stored| f64::from(stored.cast_signed()) / 65_536.0).unwrap_or_default()
    };
    let (role, longitude, latitude, height) =
        (rest.u8(0).unwrap_or_default(), fixed(1), fixed(5), fixed(9));
    let (on, notes) = words(rest.rest(13));
    let (notes, _) = words(notes);
    let name = if name.is_empty() { "(none)" } else { &name };
    let role = match role {
        0 => "shooting".to_owned(),
        1 => "real".to_owned(),
        2 => "fictional".to_owned(),
        3 => "reserved".to_owned(),
        other => format!("unknown({other})"),
    };
    let meaning = format!(
        "{name} Role={role} Lat={latitude:.5} Lon={longitude:.5} Alt={height:.2} Body={on} \
         Notes={notes}"
    );
    let field = Field::new("UserData", "LocationInformation", "loci", hex(body.bytes), body);
    sink.field(field.meaning(meaning));
    let is_on_earth = on.is_empty() || on.eq_ignore_ascii_case("earth");
    if rest.len() >= 13 && is_on_earth && latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
        let raw = format!("{latitude:+09.5}{longitude:+010.5}{height:+.2}/");
        let meaning = place(latitude, longitude, Some(height));
        let value = rest.part_there(1, 12);
        sink.field(Field::new("UserData", "GPSCoordinates", "loci", raw, value).meaning(meaning));
    }
}

/// A text up to its zero, in UTF-8 or with a mark in UTF-16, and what follows.
fn words(span: Span<'_>) -> (String, Span<'_>) {
    if let [0xFE, 0xFF, rest @ ..] = span.bytes {
        let (pairs, _) = rest.as_chunks::<2>();
        let n = pairs.iter().position(|pair| *pair == [0, 0]).unwrap_or(pairs.len());
        let length = n.saturating_mul(2);
        let text = utf16(span.part_there(2, length).bytes, true);
        return (text, span.rest(length.saturating_add(4)));
    }
    let (head, rest) = span.split_at_zero();
    (text(head.bytes), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_and_one_elsewhere_is_none() {
        let of = |on: &[u8]| {
            let body = [
                &[0; 6][..],
                b"here\0\0",
                &0x000B_8000u32.to_be_bytes(),
                &0xFFCF_E667u32.to_be_bytes(),
                &0u32.to_be_bytes(),
                on,
                b"\0by hand\0",
            ]
            .concat();
            let mut sink = Sink::default();
            read(Span::new(&body, 0), &mut sink);
            sink.fields
        };
        let found = of(b"earth");
        let [words, place] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            words.words(),
            "here Role=shooting Lat=-48.09999 Lon=11.50000 Alt=0.00 Body=earth Notes=by hand"
        );
        assert_eq!(
            (place.name.as_ref(), place.raw.as_str()),
            ("GPSCoordinates", "-48.09999+011.50000+0.00/")
        );
        assert_eq!(of(b"moon").len(), 1);
        let mut sink = Sink::default();
        read(Span::new(&[0; 9], 0), &mut sink);
        assert_eq!(sink.fields.len(), 1, "cut");
    }
}
