//! GPS tags in words: degrees, directions, heights, times.
//!
//! Source: Exif 2.32, section 4.6.6.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::meaning::comment;
use super::value::{Number, Value};
use crate::metadata::source::text::number;
use crate::metadata::source::words;

/// The value of a GPS tag in words; `None` where the stored one is as clear.
pub(super) fn meaning(tag: u16, value: Value<'_>) -> Option<String> {
    let text = value.text();
    match tag {
        0x00 => {
            let parts: Vec<String> = value.span.bytes.iter().map(ToString::to_string).collect();
            Some(parts.join("."))
        }
        0x02 | 0x04 | 0x14 | 0x16 => degrees(&value.numbers()),
        0x05 => value.first().map(|v| match v as u8 {
            0 => "Above Sea Level".to_owned(),
            1 => "Below Sea Level".to_owned(),
            other => format!("Unknown ({other})"),
        }),
        0x06 | 0x1F => value
            .first()
            .map(|v| if v.is_finite() { format!("{} m", number(v, 10)) } else { number(v, 10) }),
        0x07 => time(&value.numbers()),
        0x1B | 0x1C => Some(comment(value)),
        0x1E => value.first().map(|v| match v as u8 {
            0 => "No Correction".to_owned(),
            1 => "Differential Corrected".to_owned(),
            other => format!("Unknown ({other})"),
        }),
        _ if value.kind == 2 => {
            Some(letter(tag, &text).map_or_else(
                || text.split('\0').next().unwrap_or_default().to_owned(),
                str::to_owned,
            ))
        }
        _ => value.decimals(),
    }
}

/// Letters that stand for words.
fn letter(tag: u16, text: &str) -> Option<&'static str> {
    let first = text.chars().next()?;
    Some(match (tag, first) {
        (0x01 | 0x13, 'N') => "North",
        (0x01 | 0x13, 'S') => "South",
        (0x03 | 0x15, 'E') => "East",
        (0x03 | 0x15, 'W') => "West",
        (0x09, 'A') => "Measurement Active",
        (0x09, 'V') => "Measurement Void",
        (0x0A, '2') => "2-Dimensional Measurement",
        (0x0A, '3') => "3-Dimensional Measurement",
        (0x0C, 'K') => "km/h",
        (0x0C, 'M') => "mph",
        (0x0C, 'N') => "knots",
        (0x0E | 0x10 | 0x17, 'T') => "True North",
        (0x0E | 0x10 | 0x17, 'M') => "Magnetic North",
        (0x19, 'K') => "Kilometers",
        (0x19, 'M') => "Miles",
        (0x19, 'N') => "Nautical Miles",
        _ => return None,
    })
}

/// Decimal degrees of degrees, minutes and seconds.
pub(super) fn decimal_degrees(numbers: &[Number]) -> Option<f64> {
    let mut parts = numbers.iter().take(3).map(|n| n.value());
    let degrees = parts.next()?;
    let (minutes, seconds) = (parts.next().unwrap_or(0.0), parts.next().unwrap_or(0.0));
    // Some writers leave the seconds as 0/0.
    let known = |v: f64| if v.is_nan() { 0.0 } else { v };
    let sum = degrees + known(minutes) / 60.0 + known(seconds) / 3600.0;
    sum.is_finite().then_some(sum)
}

fn degrees(numbers: &[Number]) -> Option<String> {
    decimal_degrees(numbers).map(words::degrees)
}

fn time(numbers: &[Number]) -> Option<String> {
    let [h, m, s] = <[Number; 3]>::try_from(numbers).ok()?.map(Number::value);
    let total = h * 3600.0 + m * 60.0 + s;
    if !total.is_finite() {
        return None;
    }
    let (hours, minutes) = ((total / 3600.0).floor(), (total / 60.0).floor() % 60.0);
    let seconds = total - (total / 60.0).floor() * 60.0;
    let seconds = number(seconds, 8);
    let pad = if seconds.find('.').unwrap_or(seconds.len()) < 2 { "0" } else { "" };
    Some(format!("{hours:02}:{minutes:02}:{pad}{seconds}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_and_times_are_worded() {
        let ratio = |n: [i64; 3]| n.map(|n| Number::Ratio(n, 1)).to_vec();
        assert_eq!(degrees(&ratio([53, 22, 58])).unwrap(), "53 deg 22' 58.00\"");
        assert_eq!(time(&ratio([7, 5, 9])).unwrap(), "07:05:09");
        let parts = [Number::Whole(17), Number::Whole(17), Number::Ratio(5865, 100)];
        assert_eq!(time(&parts).unwrap(), "17:17:58.65");
        assert_eq!(degrees(&[Number::Ratio(1, 0)]), None);
    }
}
