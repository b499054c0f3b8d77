//! How the colors of a JPEG picture are stored, and whether its marks agree on that.
//!
//! Three marks say so: the JFIF segment, the transform of Adobe's segment, the names of the components.
//! Where they contradict one another, programs differ in whom they believe. This module follows libjpeg,
//! as most programs do, and the decoder gets a copy whose marks leave no choice.
//!
//! Sources: ITU-T T.871 (JFIF), T.872 (Adobe's segment), `jdapimin.c` and `jdmarker.c` of libjpeg.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use crate::media::container::{JpegMarker, jpeg_markers};

/// Components whose names say that they are colors and no brightness.
const RGB: [u8; 3] = *b"RGB";
/// The name that a component gets instead.
const NO_COLOR: u8 = 1;
/// Where the transform stands in the data of Adobe's segment, which has no fewer bytes.
const TRANSFORM: usize = 11;
/// Where the first component stands in the data of a frame's segment, and bytes of each.
const COMPONENTS: usize = 6;
const COMPONENT_BYTES: usize = 3;

/// What a file says about its colors.
#[derive(Debug, Default)]
struct Marks {
    is_jfif: bool,
    /// The transforms of all of Adobe's segments.
    transforms: Vec<u8>,
    /// That of the last one before the first scan.
    transform: Option<u8>,
    names: Vec<u8>,
}

impl Marks {
    fn read(bytes: &[u8]) -> Self {
        let mut marks = Self::default();
        let mut is_head = true;
        for marker in jpeg_markers(bytes) {
            let Some(data) = marker.data else { continue };
            match marker.code {
                0xDA => is_head = false,
                0xE0 => marks.is_jfif |= is_head && data.len() >= 14 && data.starts_with(b"JFIF\0"),
                0xC0..=0xC2 if marks.names.is_empty() => {
                    let parts = data.get(COMPONENTS..).unwrap_or_default();
                    let names = parts.chunks_exact(COMPONENT_BYTES).filter_map(<[u8]>::first);
                    marks.names = names.copied().collect();
                }
                _ => {
                    let Some(transform) = adobe_transform(&marker) else { continue };
                    marks.transforms.push(transform);
                    if is_head {
                        marks.transform = Some(transform);
                    }
                }
            }
        }
        marks
    }

    /// Adobe's number for what libjpeg makes of the marks; `None` for gray and odd pictures.
    fn usual_transform(&self) -> Option<u8> {
        match (self.names.len(), self.transform) {
            (3, _) if self.is_jfif => Some(1),
            (3, Some(transform)) => Some(transform.min(1)),
            (3, None) => Some(u8::from(self.names != RGB)),
            (4, Some(0) | None) => Some(0),
            (4, Some(_)) => Some(2),
            _ => None,
        }
    }

    fn contradict(&self) -> bool {
        let is_rgb = |transform: &u8| *transform == 0;
        let of_adobe = self.transforms.iter();
        match self.names.len() {
            3 => {
                let jfif = self.is_jfif.then_some(false);
                let names = (self.names == RGB).then_some(true);
                let mut all = of_adobe.clone().map(is_rgb).chain(jfif).chain(names);
                let first = all.next();
                all.any(|is_rgb| Some(is_rgb) != first) || of_adobe.clone().any(|t| *t > 2)
            }
            4 => {
                let first = of_adobe.clone().next();
                of_adobe.clone().any(|t| Some(t) != first || !matches!(t, 0 | 2))
            }
            _ => false,
        }
    }
}

fn adobe_transform(marker: &JpegMarker<'_>) -> Option<u8> {
    let data = marker.data.filter(|data| marker.code == 0xEE && data.starts_with(b"Adobe"))?;
    data.get(TRANSFORM).copied()
}

/// Whether the marks of a file contradict one another on how its colors are stored.
pub(in crate::media) fn contradicts_itself(bytes: &[u8]) -> bool {
    Marks::read(bytes).contradict()
}

/// The file with marks that agree on what libjpeg makes of them.
pub(in crate::media) fn with_usual_colors(bytes: &[u8]) -> Cow<'_, [u8]> {
    let marks = Marks::read(bytes);
    let Some(usual) = marks.usual_transform() else { return Cow::Borrowed(bytes) };
    let is_renamed = usual != 0 && marks.names == RGB;
    let is_changed = is_renamed || marks.transforms.iter().any(|transform| *transform != usual);
    if !is_changed {
        return Cow::Borrowed(bytes);
    }
    let mut copy = bytes.to_vec();
    let mut set = |begin: usize, offset: usize, value: u8| {
        if let Some(byte) = copy.get_mut(begin.saturating_add(offset)) {
            *byte = value;
        }
    };
    for marker in jpeg_markers(bytes) {
        let data = marker.data.unwrap_or_default();
        match marker.code {
            0xC0..=0xC2 if is_renamed => set(marker.begin, COMPONENTS, NO_COLOR),
            // The number of components of the scan, then the name and the tables of each.
            0xDA if is_renamed => {
                let n = data.first().copied().map_or(0, usize::from);
                for offset in (1..data.len()).step_by(2).take(n) {
                    if data.get(offset) == RGB.first() {
                        set(marker.begin, offset, NO_COLOR);
                    }
                }
            }
            _ if adobe_transform(&marker).is_some() => set(marker.begin, TRANSFORM, usual),
            _ => {}
        }
    }
    Cow::Owned(copy)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use crate::base::{Limits, RgbImage};
    use crate::media::{decode_still, encode_jpeg};

    const COLOR: [u8; 3] = [200, 60, 30];

    /// A picture of one color without a mark of its colors.
    fn plain() -> Vec<u8> {
        let mut bytes = encode_jpeg(&RgbImage::filled(32, 32, COLOR), 95).unwrap();
        if bytes[2..4] == [0xFF, 0xE0] {
            let length = usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
            bytes.drain(2..4 + length);
        }
        bytes
    }

    fn adobe(transform: u8) -> Vec<u8> {
        [b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0", &[transform][..]].concat()
    }

    const JFIF: &[u8] = b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

    /// With these segments, and with these names of the components.
    fn file(segments: &[&[u8]], names: [u8; 3]) -> Vec<u8> {
        let mut bytes = plain();
        let place = |bytes: &[u8], code: u8| bytes.windows(2).position(|w| w == [0xFF, code]);
        let frame = place(&bytes, 0xC0).unwrap() + 10;
        let scan = place(&bytes, 0xDA).unwrap() + 5;
        for (i, name) in names.into_iter().enumerate() {
            bytes[frame + 3 * i] = name;
            bytes[scan + 2 * i] = name;
        }
        [&bytes[..2], &segments.concat(), &bytes[2..]].concat()
    }

    /// Whether the picture has its color, and whether something is said.
    fn shown(bytes: &[u8]) -> (bool, bool) {
        let still = decode_still(bytes, &Limits::default()).unwrap();
        let first = &still.frame.image.pixels[..3];
        let is_true = first.iter().zip(COLOR).all(|(a, b)| a.abs_diff(b) < 8);
        (is_true, !still.not_examined.is_empty())
    }

    #[test]
    fn colors_follow_libjpeg_and_marks_that_contradict_are_reported() {
        let (usual, letters) = ([1, 2, 3], *b"RGB");
        let [zero, one, two, odd] = [0, 1, 2, 9].map(adobe);
        for (segments, names, is_true, is_said) in [
            (&[][..], usual, true, false),
            (&[JFIF], usual, true, false),
            (&[&one], usual, true, false),
            (&[JFIF, &one], usual, true, false),
            (&[&two], usual, true, false),
            (&[], [0, 1, 2], true, false),
            // The values are taken for red, green and blue.
            (&[&zero], usual, false, false),
            (&[], letters, false, false),
            (&[&zero], letters, false, false),
            (&[JFIF, &zero], usual, true, true),
            (&[&zero, JFIF], usual, true, true),
            (&[JFIF], letters, true, true),
            (&[&one], letters, true, true),
            (&[&zero, &one], usual, true, true),
            (&[&one, &zero], usual, false, true),
            (&[&odd], usual, true, true),
        ] {
            let found = shown(&file(segments, names));
            assert_eq!(found, (is_true, is_said), "{segments:?} {names:?}");
        }
    }
}
