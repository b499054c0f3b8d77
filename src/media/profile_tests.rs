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
    assert!(is_odd_profile(&profile(*b"RGB ", &[(b"A2B0", vec![0; 32])])), "a table of colors");
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
    assert!(is_odd(b"cICP", &[9, 16, 0, 1]), "high dynamic range");
    let numbers = |xy: [u32; 8]| xy.map(u32::to_be_bytes).concat();
    let usual = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
    assert!(!is_odd(b"cHRM", &numbers(usual)), "sRGB");
    let swapped = [31_270, 32_900, 15_000, 6_000, 30_000, 60_000, 64_000, 33_000];
    assert!(is_odd(b"cHRM", &numbers(swapped)), "red is blue");
}
