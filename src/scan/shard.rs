//! Which part of a manifest a process works on.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// Shards of a scan at most.
const MAX_SHARDS: u32 = 1_000_000;

/// Part `index` of `n`, counted from 0. Which part a file belongs to follows from its path alone, so a
/// line more in the manifest moves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    n: u32,
}

impl Shard {
    /// The only part.
    pub const WHOLE: Self = Self { index: 0, n: 1 };

    /// `None` unless `index < n`, and `n` is from 1 to 1,000,000.
    pub fn new(index: u32, n: u32) -> Option<Self> {
        (index < n && n <= MAX_SHARDS).then_some(Self { index, n })
    }

    /// How many parts there are.
    pub const fn n(self) -> u32 {
        self.n
    }

    /// Whether the bytes of a path (or of a line that names none) belong to this part.
    pub fn holds(self, key: &[u8]) -> bool {
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(key));
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) % u64::from(self.n) == u64::from(self.index)
    }

    /// The file name of its result lines.
    pub fn results_name(self) -> String {
        self.file_name("jsonl")
    }

    /// The name of a file of this part.
    pub(super) fn file_name(self, ending: &str) -> String {
        format!("shard-{}-of-{}.{ending}", self.index, self.n)
    }
}

/// Sixteen bytes that stand for a path where many are remembered.
pub(super) fn path_key(path: &str) -> [u8; 16] {
    let digest = <[u8; 32]>::from(Sha256::digest(path));
    digest.first_chunk().copied().unwrap_or_default()
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.n)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let Some((index, n)) = numbers else {
            return Err("expected I/N, for instance 0/8: the first of eight shards".to_owned());
        };
        Self::new(index, n).ok_or_else(|| {
            format!("of N shards (1 to {MAX_SHARDS}) the first is 0 and the last N - 1")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_lies_in_one_shard_whatever_their_number() {
        for n in [1, 3, 7, 64] {
            let shards: Vec<Shard> = (0..n).map(|index| Shard::new(index, n).unwrap()).collect();
            for i in 0..1000 {
                let key = format!("folder/{i}.jpg");
                let n_holding = shards.iter().filter(|s| s.holds(key.as_bytes())).count();
                assert_eq!(n_holding, 1, "{key} of {n}");
            }
        }
        let first = Shard::new(0, 7).unwrap();
        let n = (0..7000).filter(|i| first.holds(format!("{i}").as_bytes())).count();
        assert!((850..1150).contains(&n), "a seventh, about: {n}");
    }

    #[test]
    fn the_shard_of_a_path_stays_the_same_from_version_to_version() {
        // SHA-256 of "a.jpg" begins with 0x509b0d4641a7c3ba, by `printf a.jpg | sha256sum`.
        let index = (0..1000).find(|i| Shard::new(*i, 1000).unwrap().holds(b"a.jpg")).unwrap();
        assert_eq!(index, 26);
    }

    #[test]
    fn shards_are_counted_from_zero() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, n: 3 }));
        for wrong in ["0/0", "3/3", "5/3", "1", "-1/3", "a/b", "1/2/3", "0/1000001", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!(Shard::new(4, 8).unwrap().to_string(), "4/8");
    }
}
