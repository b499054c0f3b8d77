//! Reads CBOR, within limits.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Values inside values, and values in all.
const MAX_DEPTH: u32 = 64;
const MAX_VALUES: u32 = 200_000;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cbor {
    Unsigned(u64),
    Negative(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Float(f64),
    Bool(bool),
    Null,
}

impl Cbor {
    /// The value under a key of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn unsigned(&self) -> Option<u64> {
        if let Self::Unsigned(n) = self { Some(*n) } else { None }
    }

    /// The values of a list; empty for anything else.
    pub(super) fn list(&self) -> &[Self] {
        if let Self::List(list) = self { list } else { &[] }
    }

    /// A text under a key.
    pub(super) fn string(&self, key: &str) -> Option<String> {
        self.get(key).and_then(Self::text).map(str::to_owned)
    }
}

/// Reads one value; bytes behind it are left.
///
/// # Errors
///
/// A clause about what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<Cbor, &'static str> {
    let mut reader = Reader { bytes, at: 0, n: 0 };
    reader.value(0)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    n: u32,
}

const CUT: &str = "its data end early";

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, &'static str> {
        let byte = self.bytes.get(self.at).copied().ok_or(CUT)?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn take(&mut self, n: u64) -> Result<&[u8], &'static str> {
        let n = usize::try_from(n).ok().ok_or(CUT)?;
        let end = self.at.checked_add(n).ok_or(CUT)?;
        let part = self.bytes.get(self.at..end).ok_or(CUT)?;
        self.at = end;
        Ok(part)
    }

    /// The number behind a head; `None` for an open length.
    fn number(&mut self, low: u8) -> Result<Option<u64>, &'static str> {
        let n_bytes = match low {
            0..=23 => return Ok(Some(u64::from(low))),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Ok(None),
            _ => return Err("a number has an unknown size"),
        };
        let bytes = self.take(n_bytes)?;
        Ok(Some(bytes.iter().fold(0u64, |value, b| value.wrapping_shl(8) | u64::from(*b))))
    }

    fn is_end(&mut self) -> bool {
        let is_end = self.bytes.get(self.at) == Some(&0xFF);
        self.at = self.at.saturating_add(usize::from(is_end));
        is_end
    }

    fn value(&mut self, depth: u32) -> Result<Cbor, &'static str> {
        self.n = self.n.saturating_add(1);
        if depth > MAX_DEPTH || self.n > MAX_VALUES {
            return Err("it is nested too deeply or has too many values");
        }
        let head = self.byte()?;
        let (major, low) = (head >> 5, head & 31);
        let below = depth.saturating_add(1);
        if major == 7 {
            return self.simple(low);
        }
        let number = self.number(low)?;
        match major {
            0 => number.map(Cbor::Unsigned).ok_or("a number is open"),
            1 => {
                let n =
                    number.and_then(|n| i64::try_from(n).ok()).ok_or("a number is too large")?;
                Ok(Cbor::Negative((-1i64).saturating_sub(n)))
            }
            2 | 3 => {
                let bytes = match number {
                    Some(n) => self.take(n)?.to_vec(),
                    None => self.pieces(below)?,
                };
                Ok(if major == 2 {
                    Cbor::Bytes(bytes)
                } else {
                    Cbor::Text(String::from_utf8_lossy(&bytes).into_owned())
                })
            }
            4 => {
                let mut list = Vec::new();
                while number.map_or_else(|| !self.is_end(), |n| (list.len() as u64) < n) {
                    list.push(self.value(below)?);
                }
                Ok(Cbor::List(list))
            }
            5 => {
                let mut map = Vec::new();
                while number.map_or_else(|| !self.is_end(), |n| (map.len() as u64) < n) {
                    map.push((self.value(below)?, self.value(below)?));
                }
                Ok(Cbor::Map(map))
            }
            // A tag says what its value is for: dates, signatures. The value is what counts here.
            _ => self.value(below),
        }
    }

    fn pieces(&mut self, depth: u32) -> Result<Vec<u8>, &'static str> {
        let mut joined = Vec::new();
        while !self.is_end() {
            match self.value(depth)? {
                Cbor::Bytes(bytes) => joined.extend(bytes),
                Cbor::Text(text) => joined.extend(text.into_bytes()),
                _ => return Err("a text in pieces holds something else"),
            }
        }
        Ok(joined)
    }

    fn simple(&mut self, low: u8) -> Result<Cbor, &'static str> {
        Ok(match low {
            20 => Cbor::Bool(false),
            21 => Cbor::Bool(true),
            24 => {
                self.byte()?;
                Cbor::Null
            }
            25 => {
                self.take(2)?;
                Cbor::Null
            }
            26 => {
                let bits = self.number(26)?.unwrap_or_default() as u32;
                Cbor::Float(f64::from(f32::from_bits(bits)))
            }
            27 => Cbor::Float(f64::from_bits(self.number(27)?.unwrap_or_default())),
            31 => return Err("an end mark stands alone"),
            _ => Cbor::Null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind_are_read() {
        let map = parse(b"\xA2\x61a\x82\x01\x39\x01\xF3\x61b\xD8\x12\x7F\x61x\x61y\xFF").unwrap();
        assert_eq!(map.get("a").unwrap().list(), [Cbor::Unsigned(1), Cbor::Negative(-500)]);
        assert_eq!(map.string("b").unwrap(), "xy");
        assert_eq!(parse(b"\xFB\x3F\xF8\0\0\0\0\0\0"), Ok(Cbor::Float(1.5)));
        assert_eq!(parse(b"\xF5"), Ok(Cbor::Bool(true)));
    }

    #[test]
    fn hostile_data_end() {
        parse(&vec![0x81; 100_000]).unwrap_err();
        parse(b"\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01").unwrap_err();
        parse(b"\x5B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01").unwrap_err();
        parse(&[vec![0x9F], vec![0x00; 300_000]].concat()).unwrap_err();
        parse(b"").unwrap_err();
    }
}
