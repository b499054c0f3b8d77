//! Whether programs that use color profiles show another picture than the stored values.
//!
//! Stored values are examined as sRGB. Usual profiles change them little; one that inverts or swaps
//! colors makes another picture of them.
//!
//! Sources: ICC.1:2022, sections 7 (header, tags) and 10 (`curv`, `para`, `XYZ`); the PNG
//! specification, third edition, section 11.3.2; ITU-T H.273 (`cICP`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::StillFormat;
use super::container::{jpeg_markers, little_u32};
use crate::base::NotExamined;

/// How far the light of a value may lie from that of sRGB, of 1.
const MOST_APART: f64 = 0.12;
/// A profile with more tags is not read.
const MAX_TAGS: u32 = 1000;
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
    let is_odd = match (format, icc) {
        (StillFormat::Png, icc) => PngColors::read(bytes).is_odd(icc),
        (_, Some(icc)) => is_odd_profile(icc),
        // Pieces of a profile that are not numbered as usual: programs differ in whether they use it.
        (StillFormat::Jpeg, None) => jpeg_markers(bytes).any(|marker| {
            marker.code == 0xE2 && marker.data.is_some_and(|d| d.starts_with(b"ICC_PROFILE\0"))
        }),
        (StillFormat::Bmp, None) => is_odd_bmp(bytes),
        (_, None) => false,
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

/// Whether a profile is anything else than one whose values are near to those of sRGB: other programs
/// may read what is not read here.
fn is_odd_profile(icc: &[u8]) -> bool {
    let tag = |name: &[u8; 4]| tag(icc, *name);
    let has_table = TABLES.iter().any(|name| tag(name).is_some());
    let is_usual = match icc.get(16..20) {
        Some(b"RGB ") => {
            let colors = [b"rXYZ", b"gXYZ", b"bXYZ"].map(|name| tag(name).and_then(xyz));
            let curves = [b"rTRC", b"gTRC", b"bTRC"].map(tag);
            let is_usual_color = colors.iter().zip(USUAL).all(|(color, usual)| {
                color.is_some_and(|color| color.iter().zip(usual).all(is_within))
            });
            is_usual_color && curves.iter().all(|curve| curve.is_some_and(is_usual_curve))
        }
        Some(b"GRAY") => tag(b"kTRC").is_some_and(is_usual_curve),
        // Printing colors and others are not converted by it.
        _ => false,
    };
    has_table || !is_usual
}

fn is_within((value, (least, most)): (&f64, (f64, f64))) -> bool {
    (least..=most).contains(value)
}

/// The content of a tag.
fn tag(icc: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let n = big(icc, 128).filter(|n| *n <= MAX_TAGS)?;
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

/// Whether a curve from stored values to light lies near to that of sRGB.
fn is_usual_curve(tag: &[u8]) -> bool {
    let light: Option<Vec<f64>> =
        (0..=64u8).map(|step| light_of(tag, f64::from(step) / 64.0)).collect();
    light.is_some_and(|light| is_usual_light(light.into_iter()))
}

/// Whether a BMP file asks for other colors than those of sRGB, by the kind in its longer headers.
fn is_odd_bmp(bytes: &[u8]) -> bool {
    let word = |at: usize| little_u32(bytes, at);
    // The header begins behind 14 bytes and has 108 or more with colors in it.
    if word(14).is_none_or(|length| length < 108) {
        return false;
    }
    match bytes.get(70..74) {
        Some(b"BGRs" | b" niW") => false,
        Some(b"DEBM") => {
            let place = word(126).and_then(|at| usize::try_from(at).ok()?.checked_add(14));
            let range = place.zip(word(130).and_then(|n| usize::try_from(n).ok()));
            let profile = range.and_then(|(at, n)| bytes.get(at..at.checked_add(n)?));
            profile.is_none_or(is_odd_profile)
        }
        // Nothing but zeros asks for nothing.
        Some([0, 0, 0, 0]) => bytes.get(74..122).is_some_and(|c| c.iter().any(|byte| *byte != 0)),
        _ => true,
    }
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

/// Tags that convert by tables.
const TABLES: [&[u8; 4]; 7] = [b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"];

/// What the chunks of a PNG file say about its colors.
#[derive(Debug, Default, Clone, Copy)]
struct PngColors {
    has_srgb: bool,
    has_profile: bool,
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
                // Another intent is none, and programs pass over the chunk.
                Some(b"sRGB") => found.has_srgb |= matches!(content, [0..=3]),
                Some(b"iCCP") => found.has_profile = true,
                Some(b"gAMA") => found.odd_light |= big(content, 0).is_some_and(is_odd_gamma),
                Some(b"cHRM") => found.odd_light |= is_odd_primaries(content),
                Some(b"cICP") => {
                    found.is_odd_code = found.is_odd_code.or_else(|| is_odd_code(content));
                }
                Some(b"IDAT") | None => break,
                _ => {}
            }
            at = end.saturating_add(4);
        }
        found
    }
}

impl PngColors {
    /// `icc`: the profile that the decoder found.
    fn is_odd(self, icc: Option<&[u8]>) -> bool {
        match (self.is_odd_code, icc) {
            (Some(is_odd), _) => is_odd,
            // Programs without profiles go by gamma and primaries.
            (None, Some(icc)) => is_odd_profile(icc) || !self.has_srgb && self.odd_light,
            // A profile that the decoder does not read may be read by others.
            (None, None) => self.has_profile || !self.has_srgb && self.odd_light,
        }
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
