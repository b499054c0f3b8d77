//! Parts of frames that are stored and never shown.
//!
//! Source: ITU-T H.264, sections 7.3.2.1 (sequence parameter set) and 9.1 (its codes); ISO/IEC
//! 14496-15, section 5.3.3 (`avcC`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Encoders fill frames up to whole blocks of 64 pixels at most.
const FILLING_PX: u32 = 64;
/// Bytes of the head that are read.
const MAX_HEAD_BYTES: usize = 4096;

/// Width and height.
type Size = (u32, u32);

/// The stored size, if it is larger than the shown one by more than filling. `declared`: the stored
/// size as `ffprobe` tells it, zeros where it does not. `h264`: the head of an H.264 stream as
/// `ffprobe` prints it, since it tells the shown size there.
pub(super) fn outside(shown: Size, declared: Size, h264: Option<&str>) -> Option<Size> {
    let stored = h264.map(hex).and_then(|head| stored_size(&head));
    let larger = |stored: Size| {
        stored.0.saturating_sub(shown.0) > FILLING_PX
            || stored.1.saturating_sub(shown.1) > FILLING_PX
    };
    stored.into_iter().chain([declared]).find(|size| larger(*size))
}

/// The bytes of lines such as `00000010: ff83 dc04  ....`.
fn hex(lines: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.lines().take(MAX_HEAD_BYTES / 16) {
        let Some((_, rest)) = line.split_once(": ") else { continue };
        let numbers = rest.split("  ").next().unwrap_or_default();
        let digits: Vec<u8> = numbers.bytes().filter(|byte| *byte != b' ').collect();
        let (pairs, _) = digits.as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        bytes.extend(pairs.iter().map_while(byte));
    }
    bytes
}

/// The size of whole frames.
fn stored_size(head: &[u8]) -> Option<Size> {
    let unit = if head.first() == Some(&1) {
        // The first parameter set behind its length.
        head.get(8..)?
    } else {
        let at = head.windows(4).position(|w| {
            w.starts_with(&[0, 0, 1]) && w.last().is_some_and(|kind| kind & 0x1F == 7)
        })?;
        head.get(at.checked_add(3)?..)?
    };
    (unit.first()? & 0x1F == 7).then(|| size_of_set(unit.get(1..)?)).flatten()
}

fn size_of_set(set: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(set);
    let profile = bits.read(8)?;
    bits.read(16)?;
    bits.code()?;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        let chroma = bits.code()?;
        if chroma == 3 {
            bits.read(1)?;
        }
        bits.code()?;
        bits.code()?;
        bits.read(1)?;
        if bits.read(1)? == 1 {
            let n_lists = if chroma == 3 { 12 } else { 8 };
            for i in 0..n_lists {
                if bits.read(1)? == 1 {
                    bits.skip_list(if i < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.code()?;
    match bits.code()? {
        0 => {
            bits.code()?;
        }
        1 => {
            bits.read(1)?;
            bits.code()?;
            bits.code()?;
            for _ in 0..bits.code()?.min(255) {
                bits.code()?;
            }
        }
        _ => {}
    }
    bits.code()?;
    bits.read(1)?;
    let width = bits.code()?.checked_add(1)?.checked_mul(16)?;
    let rows = bits.code()?.checked_add(1)?.checked_mul(16)?;
    let fields = 2u32.checked_sub(bits.read(1)?)?;
    Some((width, rows.checked_mul(fields)?))
}

/// Bits without the bytes that keep start codes apart.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(set: &[u8]) -> Self {
        let mut bytes: Vec<u8> = Vec::new();
        let mut n_zeros = 0usize;
        for byte in set {
            if n_zeros >= 2 && *byte == 3 {
                n_zeros = 0;
                continue;
            }
            n_zeros = if *byte == 0 { n_zeros.saturating_add(1) } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, at: 0 }
    }

    fn read(&mut self, n: u32) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..n {
            let byte = *self.bytes.get(self.at / 8)?;
            let shift = 7u32.checked_sub(u32::try_from(self.at % 8).ok()?)?;
            value = value.wrapping_shl(1) | (u32::from(byte).wrapping_shr(shift) & 1);
            self.at = self.at.checked_add(1)?;
        }
        Some(value)
    }

    /// An Exp-Golomb code. Signed ones are as long.
    fn code(&mut self) -> Option<u32> {
        let mut n_zeros = 0u32;
        while self.read(1)? == 0 {
            n_zeros = n_zeros.checked_add(1).filter(|n| *n < 32)?;
        }
        1u32.checked_shl(n_zeros)?.checked_sub(1)?.checked_add(self.read(n_zeros)?)
    }

    /// A list of factors, which ends early where a factor is 0.
    fn skip_list(&mut self, n: usize) -> Option<()> {
        let (mut last, mut next) = (8i64, 8i64);
        for _ in 0..n {
            if next != 0 {
                let code = i64::from(self.code()?);
                let half = code.checked_add(1)?.checked_div(2)?;
                let delta = if code % 2 == 1 { half } else { half.checked_neg()? };
                next = last.checked_add(delta)?.rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads of a stream of 320 x 240 pixels of which 320 x 120 are shown, as `ffprobe` prints
    /// them.
    const IN_MP4: &str = "
00000000: 0164 000c ffe1 001a 6764 000c acd9 4141  .d......gd....AA
00000010: ff83 dc04 4000 0003 0040 0000 0503 c50a  ....@....@......
00000020: 6580 0100 0668 ebe3 cb22 c0fd f8f8 00    e....h...\"....
";
    const IN_TS: &str = "
00000000: 0000 0167 6400 0cac d941 41ff 83dc 0440  ...gd....AA....@
00000010: 0000 0300 4000 0005 03c5 0a65 8000 0000  ....@......e....
00000020: 0168 ebe3 cb22 c0                        .h...\".
";

    #[test]
    fn what_an_h264_stream_stores_beyond_what_it_shows_is_found() {
        for head in [IN_MP4, IN_TS] {
            assert_eq!(outside((320, 120), (320, 120), Some(head)), Some((320, 240)));
            assert_eq!(outside((320, 240), (320, 240), Some(head)), None);
            assert_eq!(outside((320, 228), (320, 228), Some(head)), None, "filling");
        }
        assert_eq!(outside((322, 242), (328, 448), None), Some((328, 448)), "as ffprobe says");
        assert_eq!(outside((320, 240), (0, 0), None), None, "not declared");
    }

    #[test]
    fn damaged_heads_say_nothing() {
        let whole = hex(IN_MP4);
        for n in 0..whole.len() {
            let size = whole.get(..n).and_then(stored_size);
            assert!(size.is_none_or(|size| size == (320, 240)), "{n}: {size:?}");
        }
        assert_eq!(stored_size(&[1; 400]), None);
        assert_eq!(size_of_set(&[0; 40]), None);
        assert_eq!(hex("no lines"), Vec::<u8>::new());
    }
}
