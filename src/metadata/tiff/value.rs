//! Values of TIFF entries: types, numbers, texts.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt::Write as _;

use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex, number, text, trim_zeros};

/// Numbers of one value that are written out; of a longer list the rest is counted.
const MAX_NUMBERS: usize = 1024;

/// Byte order of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, span: Span<'_>, at: usize) -> Option<u16> {
        if self == Self::Big { span.be16(at) } else { span.le16(at) }
    }

    pub(super) fn u32(self, span: Span<'_>, at: usize) -> Option<u32> {
        if self == Self::Big { span.be32(at) } else { span.le32(at) }
    }

    fn u64(self, span: Span<'_>, at: usize) -> Option<u64> {
        let bytes = span.array(at)?;
        Some(if self == Self::Big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }
}

/// One number of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Ratio(i64, i64),
    Float(f64),
}

impl Number {
    /// The value; infinite or no number where the denominator is zero.
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Ratio(numerator, denominator) => numerator as f64 / denominator as f64,
            Self::Float(value) => value,
        }
    }

    fn raw(self) -> String {
        match self {
            Self::Whole(n) => n.to_string(),
            Self::Ratio(numerator, denominator) => format!("{numerator}/{denominator}"),
            Self::Float(value) => number(value, 15),
        }
    }

    pub(super) fn decimal(self) -> String {
        match self {
            Self::Whole(n) => n.to_string(),
            Self::Ratio(..) => number(self.value(), 10),
            Self::Float(value) => number(value, 15),
        }
    }
}

/// Bytes of one number of a type; `None` for unknown types.
pub(super) const fn type_bytes(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 | 129 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16..=18 => Some(8),
        _ => None,
    }
}

/// The value of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    /// Type of the numbers: 1 byte, 2 text, 3 short, 4 long, 5 fraction, 7 undefined, and so on.
    pub(super) kind: u16,
    pub(super) span: Span<'a>,
    pub(super) order: Order,
}

impl Value<'_> {
    /// The numbers, up to a limit. Texts and undefined bytes give their bytes.
    pub(super) fn numbers(self) -> Vec<Number> {
        self.numbers_up_to(MAX_NUMBERS)
    }

    fn numbers_up_to(self, most: usize) -> Vec<Number> {
        let Some(size) = type_bytes(self.kind) else { return Vec::new() };
        let n = self.span.len().checked_div(size).unwrap_or(0).min(most);
        (0..n).map_while(|i| self.number(i.checked_mul(size)?)).collect()
    }

    fn number(self, at: usize) -> Option<Number> {
        let (span, order) = (self.span, self.order);
        let second = at.checked_add(4)?;
        Some(match self.kind {
            6 => Number::Whole(i64::from(i8::from_ne_bytes(span.array(at)?))),
            3 => Number::Whole(i64::from(order.u16(span, at)?)),
            8 => Number::Whole(i64::from(order.u16(span, at)?.cast_signed())),
            4 | 13 => Number::Whole(i64::from(order.u32(span, at)?)),
            9 => Number::Whole(i64::from(order.u32(span, at)?.cast_signed())),
            5 => Number::Ratio(order.u32(span, at)?.into(), order.u32(span, second)?.into()),
            10 => Number::Ratio(
                order.u32(span, at)?.cast_signed().into(),
                order.u32(span, second)?.cast_signed().into(),
            ),
            11 => Number::Float(f64::from(f32::from_bits(order.u32(span, at)?))),
            12 => Number::Float(f64::from_bits(order.u64(span, at)?)),
            16..=18 => Number::Whole(order.u64(span, at)?.cast_signed()),
            _ => Number::Whole(i64::from(span.u8(at)?)),
        })
    }

    /// The first number.
    pub(super) fn first(self) -> Option<f64> {
        self.numbers_up_to(1).first().map(|n| n.value())
    }

    /// Text of an entry of text; zeros at its end are left out.
    pub(super) fn text(self) -> String {
        text(trim_zeros(self.span.bytes))
    }

    /// The value as stored.
    pub(super) fn raw(self) -> String {
        match self.kind {
            2 | 129 => self.text(),
            7 => hex(self.span.bytes),
            kind if type_bytes(kind).is_none() => hex(self.span.bytes),
            _ => self.joined(Number::raw),
        }
    }

    /// The numbers in decimal where `raw` has fractions.
    pub(super) fn decimals(self) -> Option<String> {
        matches!(self.kind, 5 | 10).then(|| self.joined(Number::decimal))
    }

    fn joined(self, write: impl Fn(Number) -> String) -> String {
        let mut joined = String::new();
        for (i, number) in self.numbers().into_iter().enumerate() {
            if i > 0 {
                joined.push(' ');
            }
            joined.push_str(&write(number));
        }
        let all = type_bytes(self.kind).and_then(|size| self.span.len().checked_div(size));
        let n_more = all.unwrap_or(0).saturating_sub(MAX_NUMBERS);
        if n_more > 0 {
            write!(joined, " and {n_more} more").unwrap_or_default();
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u16, bytes: &[u8]) -> String {
        Value { kind, span: Span::new(bytes, 0), order: Order::Big }.raw()
    }

    #[test]
    fn values_are_written_as_stored() {
        assert_eq!(raw(3, &[0, 1, 255, 255]), "1 65535");
        assert_eq!(raw(8, &[255, 255]), "-1");
        assert_eq!(raw(5, &[0, 0, 0, 1, 0, 0, 0, 20]), "1/20");
        assert_eq!(raw(10, &[255, 255, 255, 255, 0, 0, 0, 2]), "-1/2");
        assert_eq!(raw(2, b"ab\0\0"), "ab");
        assert_eq!(raw(7, &[1, 2]), "01 02");
        assert_eq!(raw(99, &[9]), "09");
        assert_eq!(raw(12, &2.5f64.to_be_bytes()), "2.5");
        assert!(raw(1, &[0; 5000]).ends_with("0 and 3976 more"), "a long list");
        assert_eq!(raw(3, &[1]), "", "half a number");
    }
}
