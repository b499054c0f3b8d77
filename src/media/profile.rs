//! Whether programs that use color profiles show another picture than the stored values.
//!
//! Stored values are examined as sRGB. Usual profiles change them little; one that inverts or swaps
//! colors makes another picture of them.
//!
//! Sources: ICC.1:2022, sections 7 (header, tags) and 10 (`curv`, `para`, `XYZ`); the PNG
//! specification, third edition, section 11.3.2; ITU-T H.273 (`cICP`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::StillFormat;
use crate::base::NotExamined;

/// How far the light of a value may lie from that of sRGB, of 1.
const MOST_APART: f64 = 0.12;
/// More tags of a profile are not read.
const MAX_TAGS: u32 = 100;
/// X, Y and Z of red, green and blue in sRGB, Display P3, Adobe RGB, Rec. 2020 and `ProPhoto` RGB, least
/// and most, with a margin.
const USUAL: [[(f64, f64); 3]; 3] = [
    [(0.35, 0.88), (0.12, 0.40), (-0.10, 0.13)],
    [(0.05, 0.47), (0.52, 0.80), (-0.08, 0.18)],
    [(-0.05, 0.24), (-0.10, 0.15), (0.62, 0.91)],
];
/// x and y of white, red, green and blue, in the same way.
const USUAL_XY: [[(f64, f64); 2]; 4] = [
    [(0.25, 0.40), (0.25, 0.40)],
    [(0.55, 0.78), (0.20, 0.40)],
    [(0.00, 0.40), (0.50, 0.95)],
    [(0.00, 0.22), (-0.10, 0.15)],
];
/// Transfer functions that lie near to that of sRGB: those of television and of sRGB, and pure powers.
const USUAL_TRANSFER: [u8; 7] = [1, 4, 5, 6, 13, 14, 15];

/// What is not examined because of the colors that a file asks for. `icc`: its color profile.
pub(super) fn odd_colors(
    format: StillFormat,
    bytes: &[u8],
    icc: Option<&[u8]>,
) -> Option<NotExamined> {
    let png =
        if format == StillFormat::Png { PngColors::read(bytes) } else { PngColors::default() };
    let is_odd = match (png.is_odd_code, icc) {
        (Some(is_odd), _) => is_odd,
        (None, Some(icc)) => is_odd_profile(icc),
        (None, None) => !png.has_srgb && png.odd_light,
    };
    is_odd.then(|| {
        NotExamined::new(
            "the picture in the colors that its file asks for",
            "everywhere",
            "its color profile changes the stored values more than usual ones do, so other programs \
             may show another picture than the one examined; convert it to sRGB and examine the result",
        )
    })
}

/// A profile that cannot be read is not used by other programs either.
fn is_odd_profile(icc: &[u8]) -> bool {
    let tag = |name: &[u8; 4]| tag(icc, *name);
    match icc.get(16..20) {
        Some(b"RGB ") => {
            let has_table = [b"A2B0", b"A2B1", b"D2B0"].iter().any(|name| tag(name).is_some());
            let colors = [b"rXYZ", b"gXYZ", b"bXYZ"].map(|name| tag(name).and_then(xyz));
            let curves = [b"rTRC", b"gTRC", b"bTRC"].map(|name| tag(name).map(is_odd_curve));
            let is_odd_color = colors.iter().zip(USUAL).any(|(color, usual)| {
                color.is_some_and(|color| !color.iter().zip(usual).all(is_within))
            });
            has_table || is_odd_color || curves.iter().flatten().any(|is_odd| *is_odd)
        }
        Some(b"GRAY") => tag(b"kTRC").is_some_and(is_odd_curve),
        _ => false,
    }
}

fn is_within((value, (least, most)): (&f64, (f64, f64))) -> bool {
    (least..=most).contains(value)
}

/// The content of a tag.
fn tag(icc: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let n = big(icc, 128)?.min(MAX_TAGS);
    (0..n).find_map(|i| {
        let at = 132usize.checked_add((i as usize).checked_mul(12)?)?;
        let found = icc.get(at..at.checked_add(4)?)? == name;
        let begin = big(icc, at.checked_add(4)?)? as usize;
        let length = big(icc, at.checked_add(8)?)? as usize;
        icc.get(begin..begin.checked_add(length)?).filter(|_| found)
    })
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

/// A number with 16 bits behind the point.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(big(bytes, at)?.cast_signed()) / 65_536.0)
}

fn xyz(tag: &[u8]) -> Option<[f64; 3]> {
    Some([fixed(tag, 8)?, fixed(tag, 12)?, fixed(tag, 16)?])
}

/// Whether a curve from stored values to light lies far from that of sRGB.
fn is_odd_curve(tag: &[u8]) -> bool {
    let light: Option<Vec<f64>> =
        (0..=64u8).map(|step| light_of(tag, f64::from(step) / 64.0)).collect();
    light.is_some_and(|light| !is_usual_light(light.into_iter()))
}

/// Light by equal steps of the stored value, from 0 to 1.
fn is_usual_light(mut light: impl Iterator<Item = f64>) -> bool {
    (0..=64u8).all(|step| {
        let usual = (f64::from(step) / 64.0).powf(2.2);
        light.next().is_some_and(|light| (light - usual).abs() <= MOST_APART)
    })
}

/// The light of a stored value; `None` for a curve of unknown kind.
fn light_of(tag: &[u8], value: f64) -> Option<f64> {
    match tag.get(..4)? {
        b"curv" => match big(tag, 8)? {
            0 => Some(value),
            1 => Some(value.powf(f64::from(entry(tag, 0)?) / 256.0)),
            n => {
                let at = value * f64::from(n.checked_sub(1)?);
                let before = at.floor();
                let [low, high] = [before, at.ceil()].map(|i| entry(tag, i as usize));
                let (low, high) = (f64::from(low?), f64::from(high?));
                Some((low + (high - low) * (at - before)) / 65_535.0)
            }
        },
        b"para" => {
            let kind = big(tag, 8)? >> 16;
            let p = |i: usize| fixed(tag, 12usize.checked_add(i.checked_mul(4)?)?);
            let power = |x: f64| Some((p(1)? * x + p(2)?).max(0.0).powf(p(0)?));
            match kind {
                0 => Some(value.powf(p(0)?)),
                2 => Some(power(value)? + p(3)?),
                3 if value < p(4)? => Some(p(3)? * value),
                1 | 3 => power(value),
                4 if value < p(4)? => Some(p(3)? * value + p(6)?),
                4 => Some(power(value)? + p(5)?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// An entry of a curve.
fn entry(tag: &[u8], i: usize) -> Option<u16> {
    let at = 12usize.checked_add(i.checked_mul(2)?)?;
    Some(u16::from_be_bytes(tag.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// What the chunks of a PNG file say about its colors.
#[derive(Debug, Default, Clone, Copy)]
struct PngColors {
    has_srgb: bool,
    /// Gamma or primaries lie far from those of sRGB.
    odd_light: bool,
    /// Whether the code points of video, which come before all others, are far from those of sRGB.
    is_odd_code: Option<bool>,
}

impl PngColors {
    fn read(bytes: &[u8]) -> Self {
        let (mut found, mut at) = (Self::default(), 8usize);
        while let Some(length) = big(bytes, at) {
            let data = at.saturating_add(8);
            let end = data.saturating_add(length as usize);
            let content = bytes.get(data..end).unwrap_or_default();
            match bytes.get(at.saturating_add(4)..data) {
                Some(b"sRGB") => found.has_srgb = true,
                Some(b"gAMA") => found.odd_light |= big(content, 0).is_some_and(is_odd_gamma),
                Some(b"cHRM") => found.odd_light |= is_odd_primaries(content),
                Some(b"cICP") => found.is_odd_code = is_odd_code(content),
                Some(b"IDAT") | None => break,
                _ => {}
            }
            at = end.saturating_add(4);
        }
        found
    }
}

/// In units of 1/100,000; 0 is none.
fn is_odd_gamma(gamma: u32) -> bool {
    let power = 100_000.0 / f64::from(gamma);
    gamma != 0 && !is_usual_light((0..=64u8).map(|step| (f64::from(step) / 64.0).powf(power)))
}

fn is_odd_primaries(content: &[u8]) -> bool {
    let value = |i: usize| {
        let number = big(content, i.saturating_mul(4)).map_or(f64::NAN, f64::from);
        number / 100_000.0
    };
    let usual = USUAL_XY.iter().flatten();
    !usual.enumerate().all(|(i, (least, most))| (*least..=*most).contains(&value(i)))
}

fn is_odd_code(content: &[u8]) -> Option<bool> {
    let [_, transfer, matrix, is_full, ..] = content else { return None };
    Some(!USUAL_TRANSFER.contains(transfer) || *matrix != 0 || *is_full != 1)
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
