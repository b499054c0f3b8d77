//! Values of EXIF tags in words: times, apertures, versions, comments.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::labels::{has_labels, label};
use super::value::{Number, Value};
use crate::metadata::source::text::{number, text_trimmed, utf16, utf16_guessed};

/// The value of a tag in words; `None` where the stored one is as clear.
pub(super) fn meaning(tag: u16, value: Value<'_>) -> Option<String> {
    if has_labels(tag) {
        let stored = value.first()?;
        let known = label(tag, stored as u32).map(str::to_owned);
        return Some(known.unwrap_or_else(|| unknown_label(tag, stored as u32)));
    }
    match tag {
        // Text in several parts, split by zero bytes.
        0x8298 | 0x013B | 0x010E => {
            let text = value.text();
            let parts: Vec<&str> =
                text.split('\0').filter(|part| !part.trim().is_empty()).collect();
            text.contains('\0').then(|| parts.join("; "))
        }
        0x829A => value.first().map(exposure_time),
        // Stored as logarithms to base 2.
        0x9201 => value.first().map(|v| exposure_time((-v).exp2())),
        0x9202 | 0x9205 => value.first().map(|v| format!("{:.1}", (v / 2.0).exp2())),
        0x829D => value.first().map(f_number),
        0x9204 => value.first().map(signed_fraction),
        0x9206 => value.first().map(|v| if v.is_finite() { meters(v) } else { number(v, 10) }),
        0x920A => value.first().map(|v| format!("{v:.1} mm")),
        0xA405 => value.first().map(|v| format!("{v} mm")),
        0xA432 => lens_info(&value.numbers()),
        0x9000 | 0xA000 | 0x0002 => Some(text_trimmed(value.span.bytes)),
        0x9101 => Some(components(value)),
        0x9286 => Some(comment(value)),
        // Windows writes UTF-16 as bytes.
        0x9C9B..=0x9C9F => {
            let text = utf16(value.span.bytes, false);
            Some(text.trim_end_matches('\0').to_owned())
        }
        _ if value.kind == 2 => {
            let text = value.text();
            text.split_once('\0').map(|(head, _)| head.to_owned())
        }
        _ => value.decimals(),
    }
}

fn unknown_label(tag: u16, stored: u32) -> String {
    match tag {
        0xA001 | 0x9209 => format!("Unknown (0x{stored:x})"),
        _ => format!("Unknown ({stored})"),
    }
}

/// Seconds as photographers write them: `1/125`, `2`.
fn exposure_time(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 0.250_01 {
        return format!("1/{:.0}", 1.0 / seconds);
    }
    if !seconds.is_finite() {
        return number(seconds, 10);
    }
    let text = format!("{seconds:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

fn f_number(value: f64) -> String {
    if !value.is_finite() {
        number(value, 10)
    } else if value > 0.0 && value < 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}

fn meters(value: f64) -> String {
    format!("{} m", number(value, 10))
}

/// Steps of exposure: whole ones, halves and thirds as fractions, others in decimal.
fn signed_fraction(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value, 10);
    }
    for (steps, ending) in [(1.0, ""), (2.0, "/2"), (3.0, "/3")] {
        let scaled = value * steps;
        if (scaled - scaled.round()).abs() < 0.01 && scaled.round() != 0.0 {
            return format!("{:+.0}{ending}", scaled.round());
        }
    }
    let digits = number(value, 3);
    if value > 0.0 { format!("+{digits}") } else { digits }
}

fn lens_info(numbers: &[Number]) -> Option<String> {
    let [short, long, wide, tele] = <[Number; 4]>::try_from(numbers).ok()?.map(Number::value);
    let or_unknown = |v: f64| if v.is_finite() { number(v, 10) } else { "?".to_owned() };
    let range = |from: f64, to: f64| {
        if from == to || !to.is_finite() || to == 0.0 {
            or_unknown(from)
        } else {
            format!("{}-{}", or_unknown(from), or_unknown(to))
        }
    };
    Some(format!("{}mm f/{}", range(short, long), range(wide, tele)))
}

fn components(value: Value<'_>) -> String {
    let names = ["-", "Y", "Cb", "Cr", "R", "G", "B"];
    let words: Vec<String> = value
        .span
        .bytes
        .iter()
        .map(|b| {
            names.get(usize::from(*b)).map_or_else(|| format!("Err ({b})"), |n| (*n).to_owned())
        })
        .collect();
    words.join(", ")
}

/// Text behind a name of its character set of eight bytes.
pub(super) fn comment(value: Value<'_>) -> String {
    let (head, body) = (value.span.part_there(0, 8).bytes, value.span.rest(8).bytes);
    let text = match head {
        // Writers disagree whether the order of the bytes is that of the file.
        b"UNICODE\0" => utf16_guessed(body),
        b"ASCII\0\0\0" | [0, 0, 0, 0, 0, 0, 0, 0] | b"JIS\0\0\0\0\0" => text_trimmed(body),
        // Some programs write no name.
        _ => text_trimmed(value.span.bytes),
    };
    text.trim_end_matches(['\0', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::value::Order;
    use super::*;
    use crate::metadata::source::span::Span;

    #[test]
    fn numbers_are_worded_as_photographers_write_them() {
        assert_eq!(
            [0.05, 4.0, 0.5, 0.000_829_87].map(exposure_time),
            ["1/20", "4", "0.5", "1/1205"]
        );
        assert_eq!([1.8, 14.0, 0.64].map(f_number), ["1.8", "14.0", "0.64"]);
        assert_eq!(
            [0.0, -0.65, 0.7, 1.0, -0.5, 1.0 / 3.0].map(signed_fraction),
            ["0", "-0.65", "+0.7", "+1", "-1/2", "+1/3"]
        );
    }

    #[test]
    fn comments_are_decoded_by_their_character_set() {
        let worded =
            |bytes: &[u8]| comment(Value { kind: 7, span: Span::new(bytes, 0), order: Order::Big });
        assert_eq!(worded(b"ASCII\0\0\0plain  "), "plain");
        assert_eq!(worded(b"UNICODE\0\0h\0i"), "hi");
        assert_eq!(worded(b"UNICODE\0h\0i\0"), "hi");
        assert_eq!(worded(b"no charset here"), "no charset here");
        assert_eq!(worded(b"\0\0\0\0\0\0\0\0"), "");
    }
}
