//! WebP pictures that are larger than they say.
//!
//! Where the codes of a picture end is known to its decoder only. So a copy without the last bytes of
//! its data is decoded as well: a picture that needs them fails or differs.
//!
//! Sources: RFC 9649 (container, VP8L), RFC 6386 section 9.1 (VP8).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::media::container::{little_u32, webp_canvas};

/// Bytes left out: more than decoders read ahead or encoders fill up.
const CUT_BYTES: usize = 48;
/// Place, sides, time and flags of a frame.
const FRAME_HEADER_BYTES: usize = 16;

/// Name, place of the data and length of the first chunk of pixels.
fn pixels(bytes: &[u8]) -> Option<(&[u8], usize, usize)> {
    let mut at = 12usize;
    loop {
        let (name, data, length) = chunk(bytes, at)?;
        if name == b"VP8 " || name == b"VP8L" {
            return Some((name, data, length));
        }
        at = data.checked_add(length.checked_next_multiple_of(2)?)?;
    }
}

/// The frames of an animation, each as a file of its own.
pub(in crate::media) fn webp_frames(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let mut at = 12usize;
    let chunks = std::iter::from_fn(move || {
        let (name, data, length) = chunk(bytes, at)?;
        at = data.checked_add(length.checked_next_multiple_of(2)?)?;
        Some((name, bytes.get(data..data.checked_add(length)?)?))
    });
    chunks.filter(|(name, _)| *name == b"ANMF").filter_map(|(_, frame)| picture(frame))
}

/// A file with nothing but the pixels of a frame.
fn picture(frame: &[u8]) -> Option<Vec<u8>> {
    let mut at = FRAME_HEADER_BYTES;
    loop {
        let (name, data, length) = chunk(frame, at)?;
        let end = data.checked_add(length.checked_next_multiple_of(2)?)?;
        if name == b"VP8 " || name == b"VP8L" {
            let pixels = frame.get(at..end.min(frame.len()))?;
            let size = u32::try_from(pixels.len().checked_add(4)?).ok()?;
            return Some([b"RIFF", &size.to_le_bytes()[..], b"WEBP", pixels].concat());
        }
        at = end;
    }
}

/// Name, place of the data and length of the chunk that begins there.
fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8], usize, usize)> {
    let name = bytes.get(at..at.checked_add(4)?)?;
    let length = usize::try_from(little_u32(bytes, at.checked_add(4)?)?).ok()?;
    Some((name, at.checked_add(8)?, length))
}

/// A copy whose pixels lack their last bytes; `None` for small ones.
pub(in crate::media) fn shortened_webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let (_, data, length) = pixels(bytes)?;
    let kept = length.checked_sub(CUT_BYTES).filter(|kept| *kept > CUT_BYTES)?;
    let kept = kept.checked_next_multiple_of(2)?.checked_sub(2)?;
    let end = data.checked_add(length.checked_next_multiple_of(2)?)?.min(bytes.len());
    let mut copy = bytes.get(..data.checked_add(kept)?)?.to_vec();
    copy.get_mut(data.checked_sub(4)?..data)?
        .copy_from_slice(&u32::try_from(kept).ok()?.to_le_bytes());
    copy.extend_from_slice(bytes.get(end..)?);
    let size = u32::try_from(copy.len().checked_sub(8)?).ok()?;
    copy.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    Some(copy)
}

/// Width and height.
type Size = (u32, u32);

/// Sizes of the pixels and of the canvas, if the canvas is another one.
pub(super) fn outside(bytes: &[u8]) -> Option<(Size, Size)> {
    if bytes.get(12..16) != Some(b"VP8X") {
        return None;
    }
    let canvas = webp_canvas(bytes)?;
    let (name, data, _) = pixels(bytes)?;
    let frame = if name == b"VP8L" {
        let packed = little_u32(bytes, data.checked_add(1)?)?;
        ((packed & 0x3FFF).checked_add(1)?, (packed.wrapping_shr(14) & 0x3FFF).checked_add(1)?)
    } else {
        let packed = little_u32(bytes, data.checked_add(6)?)?;
        (packed & 0x3FFF, packed.wrapping_shr(16) & 0x3FFF)
    };
    (frame != canvas).then_some((frame, canvas))
}
