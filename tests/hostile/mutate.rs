//! Changes to files that a person with bad intentions, or a bad disk, makes.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

/// Numbers at which programs are off by one, or by everything.
const EXTREMES: [u32; 12] = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];

/// A file made of `seed` by one to four changes. `other` lends parts.
pub(crate) fn mutated(seed: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        if bytes.len() < 8 {
            break;
        }
        match rng.random_range(0..9) {
            0..=2 => flip_bits(&mut bytes, rng),
            3 => rewrite(&mut bytes, rng),
            4 | 5 => set_number(&mut bytes, rng),
            6 => cut_off(&mut bytes, rng),
            7 => splice(&mut bytes, other, rng),
            _ => remove_or_repeat(&mut bytes, rng),
        }
    }
    bytes
}

/// A place: half of the time in the head, where lengths and sizes stand.
fn place(len: usize, rng: &mut ChaCha8Rng) -> usize {
    let most = if rng.random() { len } else { len.min(256) };
    rng.random_range(0..most)
}

fn flip_bits(bytes: &mut [u8], rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..20) {
        let at = place(bytes.len(), rng);
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
}

fn rewrite(bytes: &mut [u8], rng: &mut ChaCha8Rng) {
    let at = place(bytes.len(), rng);
    let n = rng.random_range(1..64).min(bytes.len() - at);
    rng.fill(&mut bytes[at..at + n]);
}

/// A length, a size or an offset becomes an extreme one, in either order of bytes.
fn set_number(bytes: &mut [u8], rng: &mut ChaCha8Rng) {
    let value = EXTREMES[rng.random_range(0..EXTREMES.len())];
    let width = [1, 2, 4][rng.random_range(0..3)];
    let at = place(bytes.len() - width, rng);
    let (big, little) = (value.to_be_bytes(), value.to_le_bytes());
    let number = if rng.random() { &big[4 - width..] } else { &little[..width] };
    bytes[at..at + width].copy_from_slice(number);
}

fn cut_off(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let at = place(bytes.len(), rng).max(1);
    bytes.truncate(at);
}

/// The head of this file and the tail of another one of its kind.
fn splice(bytes: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    if other.is_empty() {
        return;
    }
    let (at, from) = (place(bytes.len(), rng), rng.random_range(0..other.len()));
    bytes.truncate(at);
    bytes.extend_from_slice(&other[from..]);
}

fn remove_or_repeat(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let at = place(bytes.len(), rng);
    let n = rng.random_range(1..512).min(bytes.len() - at);
    if rng.random() {
        bytes.drain(at..at + n);
    } else {
        let part = bytes[at..at + n].to_vec();
        let times = rng.random_range(1..40);
        bytes.splice(at..at, part.repeat(times));
    }
}
