//! Tests of `profile.rs`.

#![expect(clippy::arithmetic_side_effects, reason = "sizes of the test's own profiles")]

use super::*;
use crate::base::{Limits, RgbImage};
use crate::media::{decode_still, encode_jpeg};

const SRGB: [[f64; 3]; 3] = [[0.436, 0.222, 0.014], [0.385, 0.717, 0.097], [0.143, 0.061, 0.714]];

fn fixed_bytes(value: f64) -> [u8; 4] {
    ((value * 65_536.0).round() as i32).to_be_bytes()
}

fn profile(space: [u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.splice(16..20, space);
    bytes.extend((tags.len() as u32).to_be_bytes());
    let mut at = 132 + tags.len() * 12;
    for (name, data) in tags {
        bytes.extend(*name);
        bytes.extend((at as u32).to_be_bytes());
        bytes.extend((data.len() as u32).to_be_bytes());
        at += data.len();
    }
    for (_, data) in tags {
        bytes.extend(data);
    }
    bytes
}

fn color(xyz: [f64; 3]) -> Vec<u8> {
    [b"XYZ \0\0\0\0".to_vec(), xyz.map(fixed_bytes).concat()].concat()
}

/// A table of equal steps.
fn table(light: &dyn Fn(f64) -> f64) -> Vec<u8> {
    let mut bytes = b"curv\0\0\0\0\0\0\x01\0".to_vec();
    let value = |i: u16| (light(f64::from(i) / 255.0) * 65_535.0) as u16;
    bytes.extend((0..256).flat_map(|i| value(i).to_be_bytes()));
    bytes
}

fn rgb(colors: [[f64; 3]; 3], curve: &[u8]) -> Vec<u8> {
    let [r, g, b] = colors.map(color);
    let curve = || curve.to_vec();
    let tags = [(b"rXYZ", r), (b"gXYZ", g), (b"bXYZ", b)];
    let curves = [(b"rTRC", curve()), (b"gTRC", curve()), (b"bTRC", curve())];
    profile(*b"RGB ", &[tags, curves].concat())
}

/// The curve of sRGB as five numbers.
fn srgb_curve() -> Vec<u8> {
    let numbers = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];
    [b"para\0\0\0\0\0\x03\0\0".to_vec(), numbers.map(fixed_bytes).concat()].concat()
}

#[test]
fn usual_profiles_are_not_odd() {
    let wide = [[0.673, 0.279, -0.002], [0.166, 0.675, 0.030], [0.125, 0.046, 0.797]];
    let p3 = [[0.515, 0.241, -0.001], [0.292, 0.692, 0.042], [0.157, 0.067, 0.784]];
    let pro = [[0.798, 0.288, 0.0], [0.135, 0.712, 0.0], [0.031, 0.0, 0.825]];
    for colors in [SRGB, wide, p3, pro] {
        assert!(!is_odd_profile(&rgb(colors, &srgb_curve())), "{colors:?}");
    }
    for power in [1.8, 2.2, 2.6] {
        assert!(!is_odd_profile(&rgb(SRGB, &table(&|v: f64| v.powf(power)))), "{power}");
    }
    let one = [b"curv\0\0\0\0\0\0\0\x01".as_slice(), &[2, 0x33]].concat();
    assert!(!is_odd_profile(&profile(*b"GRAY", &[(b"kTRC", one)])), "gray of gamma 2.2");
}

#[test]
fn profiles_that_invert_swap_or_brighten_are_odd() {
    let curve = srgb_curve();
    let swapped = [SRGB[1], SRGB[0], SRGB[2]];
    assert!(is_odd_profile(&rgb(swapped, &curve)), "red and green change places");
    assert!(is_odd_profile(&rgb(SRGB, &table(&|v: f64| (1.0 - v).powf(2.2)))), "a negative");
    assert!(is_odd_profile(&rgb(SRGB, b"curv\0\0\0\0\0\0\0\0")), "as if stored as light");
    for table in TABLES {
        let [r, g, b] = SRGB.map(color);
        let curves = [(b"rTRC", curve.clone()), (b"gTRC", curve.clone()), (b"bTRC", curve.clone())];
        let tags = [&[(b"rXYZ", r), (b"gXYZ", g), (b"bXYZ", b)][..], &curves].concat();
        assert!(!is_odd_profile(&profile(*b"RGB ", &tags)));
        let with_table = [&tags[..], &[(table, vec![0; 32])]].concat();
        assert!(is_odd_profile(&profile(*b"RGB ", &with_table)), "a table of colors");
    }
    assert!(is_odd_profile(&profile(*b"CMYK", &[])), "printing colors");
    let many: Vec<(&[u8; 4], Vec<u8>)> = vec![(b"junk", Vec::new()); 1001];
    assert!(is_odd_profile(&profile(*b"RGB ", &many)), "too many tags to be read");
    for n in 0..rgb(SRGB, &curve).len() {
        let whole = rgb(SRGB, &curve);
        let _no_panic = whole.get(..n).map(is_odd_profile);
    }
}

#[test]
fn a_picture_with_an_odd_profile_is_reported() {
    let jpeg = encode_jpeg(&RgbImage::filled(16, 8, [200, 100, 50]), 90).unwrap();
    let with = |icc: &[u8]| {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE2];
        bytes.extend((icc.len() as u16 + 16).to_be_bytes());
        bytes.extend(b"ICC_PROFILE\0\x01\x01");
        bytes.extend(icc);
        bytes.extend(jpeg.iter().skip(2));
        decode_still(&bytes, &Limits::default()).unwrap().not_examined
    };
    assert_eq!(with(&rgb(SRGB, &srgb_curve())), []);
    let numbered = |numbers: [u8; 2]| {
        let icc = rgb(SRGB, &table(&|v: f64| 1.0 - v));
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE2];
        bytes.extend((icc.len() as u16 + 16).to_be_bytes());
        bytes.extend(b"ICC_PROFILE\0");
        bytes.extend(numbers);
        bytes.extend(icc);
        bytes.extend(jpeg.iter().skip(2));
        decode_still(&bytes, &Limits::default()).unwrap().not_examined.len()
    };
    for numbers in [[1, 1], [1, 2], [0, 0], [2, 1]] {
        assert_eq!(numbered(numbers), 1, "{numbers:?}");
    }
    let odd = with(&rgb(SRGB, &table(&|v: f64| 1.0 - v)));
    assert!(odd.iter().any(|part| part.why.contains("convert it to sRGB")), "{odd:?}");
}

/// A PNG picture with a chunk behind its header.
fn png_with(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let png = crate::media::encode_png(&RgbImage::filled(8, 8, [9, 99, 199])).unwrap();
    let mut chunk = name.to_vec();
    chunk.extend(data);
    let sum = crc32fast::hash(&chunk);
    let (head, rest) = png.split_at(33);
    let length = (data.len() as u32).to_be_bytes();
    [head, &length, &chunk, &sum.to_be_bytes(), rest].concat()
}

/// The same with two chunks.
fn png_twice(first: ([u8; 4], &[u8]), second: ([u8; 4], &[u8])) -> Vec<u8> {
    let (one, other) = (png_with(first.0, first.1), png_with(second.0, second.1));
    let end = 33 + 12 + first.1.len();
    one.into_iter().take(end).chain(other.into_iter().skip(33)).collect()
}

/// A header of a BMP file with 124 bytes of which `kind` stands in the place of the color space.
fn bmp(kind: [u8; 4], endpoint: u8, profile: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 138];
    bytes.splice(14..18, 124u32.to_le_bytes());
    bytes.splice(70..74, kind);
    bytes.splice(74..75, [endpoint]);
    bytes.splice(126..130, 124u32.to_le_bytes());
    bytes.splice(130..134, (profile.len() as u32).to_le_bytes());
    bytes.extend(profile);
    bytes
}

#[test]
fn colors_that_a_bmp_file_asks_for_are_read() {
    let usual = rgb(SRGB, &srgb_curve());
    let odd = rgb(SRGB, &table(&|v: f64| 1.0 - v));
    for (kind, endpoint, profile, is_odd) in [
        (b"BGRs", 1, &odd, false),
        (b" niW", 0, &odd, false),
        (&[0; 4], 0, &odd, false),
        (&[0; 4], 9, &odd, true),
        (b"KNIL", 0, &usual, true),
        (b"DEBM", 0, &usual, false),
        (b"DEBM", 0, &odd, true),
    ] {
        assert_eq!(is_odd_bmp(&bmp(*kind, endpoint, profile)), is_odd, "{kind:?} {endpoint}");
    }
    assert!(!is_odd_bmp(b"BM"), "cut off");
}

#[test]
fn colors_that_a_png_file_asks_for_are_read() {
    let is_odd = |name: &[u8; 4], data: &[u8]| {
        let still = decode_still(&png_with(*name, data), &Limits::default()).unwrap();
        !still.not_examined.is_empty()
    };
    assert!(!is_odd(b"gAMA", &45_455u32.to_be_bytes()), "the usual gamma");
    assert!(is_odd(b"gAMA", &100_000u32.to_be_bytes()), "stored as light");
    assert!(is_odd(b"gAMA", &7u32.to_be_bytes()), "nearly black");
    assert!(!is_odd(b"cICP", &[1, 13, 0, 1]), "sRGB");
    let both = |intent: &[u8]| {
        let colors =
            PngColors::read(&png_twice((*b"gAMA", &100_000u32.to_be_bytes()), (*b"sRGB", intent)));
        colors.is_odd(None)
    };
    assert!(!both(&[0]) && both(&[9]) && both(&[]), "a chunk that is none counts for nothing");
    let codes = png_twice((*b"cICP", &[9, 16, 0, 1]), (*b"cICP", &[1, 13, 0, 1]));
    assert!(PngColors::read(&codes).is_odd(None), "the first counts");
    assert!(is_odd(b"cICP", &[9, 16, 0, 1]), "high dynamic range");
    let numbers = |xy: [u32; 8]| xy.map(u32::to_be_bytes).concat();
    let usual = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
    assert!(!is_odd(b"cHRM", &numbers(usual)), "sRGB");
    let swapped = [31_270, 32_900, 15_000, 6_000, 30_000, 60_000, 64_000, 33_000];
    assert!(is_odd(b"cHRM", &numbers(swapped)), "red is blue");
}
