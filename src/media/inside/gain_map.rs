//! The gain map of a picture of high dynamic range, which lies behind the picture.
//!
//! Sources: Google's Ultra HDR format 1.1 (the map, and `GContainer`), Adobe's gain map specification
//! (the name space `hdrgm`), CIPA DC-007 (the index of further pictures).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::alike::have_same_shape;
use super::embedded::Embedded;
use super::packed::{Segment, jpeg_segments};
use crate::media::container::{JpegFacts, jpeg_facts};
use crate::media::tiff::Directory;

/// How XMP begins in a segment APP1.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The name space of the map's parameters.
const NAME_SPACE: &[u8] = b"http://ns.adobe.com/hdr-gain-map/1.0/";
/// The index of further pictures, in a segment APP2: the mark, the entry that lists them, bytes of each.
const INDEX: &[u8] = b"MPF\0";
const LIST: u16 = 0xB002;
const LISTED_BYTES: usize = 16;
/// A map in color has at most this part of the picture's pixels, as one over it.
const COLOR_SHARE: u64 = 2;

/// The place behind the map that lies at `place` in the file of a picture: it says in its own XMP that it
/// is one, the picture lists it, it has the shape of the picture, and it is gray or has fewer pixels.
/// `None` for any other picture.
pub(super) fn end_of_gain_map(bytes: &[u8], place: usize) -> Option<usize> {
    let map = bytes.get(place..)?;
    let JpegFacts { end, n_components, .. } = jpeg_facts(map);
    let length = end?;
    let says_so = xmp(map).any(|text| position(text, NAME_SPACE).is_some());
    let is_listed =
        lengths_in_index(bytes, place).chain(lengths_in_xmp(bytes)).any(|n| n == length);
    let (whole, own) = (Embedded::at(bytes)?.size?, Embedded::at(map)?.size?);
    let pixels = |(width, height): (u32, u32)| u64::from(width).saturating_mul(height.into());
    let is_small = pixels(own).saturating_mul(COLOR_SHARE) <= pixels(whole);
    let is_like_one = have_same_shape(whole, own) && (n_components == 1 || is_small);
    (says_so && is_listed && is_like_one).then(|| place.saturating_add(length))
}

fn xmp(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    jpeg_segments(bytes)
        .filter(|segment| segment.code == 0xE1)
        .filter_map(|segment| segment.data.strip_prefix(XMP))
}

/// Lengths of the pictures that the index places here.
fn lengths_in_index(bytes: &[u8], place: usize) -> impl Iterator<Item = usize> {
    let lists = jpeg_segments(bytes).filter_map(move |Segment { code, begin, data }| {
        let block = data.strip_prefix(INDEX).filter(|_| code == 0xE2)?;
        let is_little = block.starts_with(b"II");
        let word = |entry: &[u8], at: usize| {
            let word = <[u8; 4]>::try_from(entry.get(at..at.checked_add(4)?)?).ok()?;
            let number =
                if is_little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) };
            usize::try_from(number).ok()
        };
        let list: Vec<u8> =
            Directory::first(block)?.values(LIST)?.into_iter().map(|byte| byte as u8).collect();
        // Places count from the block on.
        let wanted = place.checked_sub(begin)?.checked_sub(INDEX.len())?;
        let lengths = list
            .chunks_exact(LISTED_BYTES)
            .filter_map(|entry| word(entry, 4).filter(|_| word(entry, 8) == Some(wanted)));
        Some(lengths.collect::<Vec<_>>())
    });
    lists.flatten()
}

/// Lengths of the maps that the picture's XMP names, in the attributes of an element.
fn lengths_in_xmp(bytes: &[u8]) -> impl Iterator<Item = usize> {
    xmp(bytes).filter_map(|text| {
        let at = position(text, b"Semantic=\"GainMap\"")?;
        let begin = text.get(..at)?.iter().rposition(|byte| *byte == b'<')?;
        let element = text.get(begin..)?;
        let element = element.get(..element.iter().position(|byte| *byte == b'>')?)?;
        let name = b":Length=\"";
        let number = element.get(position(element, name)?.checked_add(name.len())?..)?;
        let number = number.get(..number.iter().position(|byte| *byte == b'"')?)?;
        std::str::from_utf8(number).ok()?.parse().ok()
    })
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;
    use crate::base::{Limits, RgbImage};
    use crate::media::{decode_still, encode_jpeg};

    /// A JPEG file of this size with a segment behind its first two bytes.
    fn jpeg(sides: (u32, u32), code: u8, data: &[u8]) -> Vec<u8> {
        let bytes = encode_jpeg(&RgbImage::filled(sides.0, sides.1, [90, 120, 60]), 90).unwrap();
        let length = (data.len() as u16).saturating_add(2).to_be_bytes();
        [&bytes[..2], &[0xFF, code], &length, data, &bytes[2..]].concat()
    }

    fn map(sides: (u32, u32)) -> Vec<u8> {
        jpeg(sides, 0xE1, &[XMP, b"<x xmlns:hdrgm='", NAME_SPACE, b"'/>"].concat())
    }

    /// A picture of 160 x 120 pixels whose XMP names a map of this length.
    fn listing_by_xmp(length: usize) -> Vec<u8> {
        let item = format!("<C:Item Item:Semantic=\"GainMap\" Item:Length=\"{length}\"/>");
        jpeg((160, 120), 0xE1, &[XMP, item.as_bytes()].concat())
    }

    /// The same with an index of one further picture, behind the first.
    fn listing_by_index(length: usize) -> Vec<u8> {
        let with = |offset: u32| {
            let mut block =
                b"MPF\0II*\0\x08\0\0\0\x01\0\x02\xB0\x07\0\x10\0\0\0\x1A\0\0\0\0\0\0\0".to_vec();
            block.extend([0; 4]);
            block.extend((length as u32).to_le_bytes());
            block.extend(offset.to_le_bytes());
            block.extend([0; 4]);
            jpeg((160, 120), 0xE2, &block)
        };
        // The block stands behind the first mark, the head of its segment and its own mark.
        let n = with(0).len() as u32;
        with(n.saturating_sub(10))
    }

    fn reported(parts: &[&[u8]]) -> String {
        let still = decode_still(&parts.concat(), &Limits::default()).unwrap();
        still.not_examined.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_map_that_the_picture_lists_is_no_further_picture() {
        let map = map((80, 60));
        for listing in [listing_by_xmp, listing_by_index] {
            let picture = listing(map.len());
            let one = reported(&[&picture, &map]);
            assert!(one.contains("its gain map") && !one.contains("more picture"), "{one}");
            let two = reported(&[&picture, &map, &map]);
            assert!(two.contains("1 more picture"), "a second map is none: {two}");
            let behind = reported(&[&picture, &map, b"PK\x03\x04", &[7; 90]]);
            assert!(behind.contains("a ZIP archive"), "{behind}");
            let unlike = reported(&[&listing(map.len().saturating_add(1)), &map]);
            assert!(unlike.contains("1 more picture"), "another length: {unlike}");
        }
    }

    #[test]
    fn another_picture_that_calls_itself_a_map_is_a_further_picture() {
        let reported_of = |map: &[u8]| reported(&[&listing_by_xmp(map.len()), map]);
        let large = map((160, 120));
        assert!(reported_of(&large).contains("1 more picture"), "as large, in color");
        assert!(reported_of(&map((80, 80))).contains("1 more picture"), "another shape");
        let comment = jpeg((80, 60), 0xFE, &[b"hdrgm:Version ", NAME_SPACE].concat());
        assert!(reported_of(&comment).contains("1 more picture"), "in a comment");
        let small = map((80, 60));
        let unlisted = reported(&[&jpeg((160, 120), 0xFE, b"nothing"), &small]);
        assert!(unlisted.contains("1 more picture"), "{unlisted}");
        let picture = listing_by_xmp(small.len());
        let gap = reported(&[&picture, &[7; 90], &small]);
        assert!(gap.contains("1 more picture"), "not at once behind the picture: {gap}");
    }
}
