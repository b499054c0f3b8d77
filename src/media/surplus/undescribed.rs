//! Bytes of a TIFF file that no directory of it leads to.
//!
//! A directory may lie anywhere, and so may what it describes: whoever takes a directory out of its chain
//! hides a picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use crate::media::container::is_filling;
use crate::media::tiff::described;

/// Programs that change a file leave smaller gaps: directories that grew, texts.
const LEAST_BYTES: u64 = 4096;

/// Before them nothing is described.
const HEADER_BYTES: u64 = 8;

/// The stretches that nothing describes, without filling, in order.
pub(super) fn undescribed(bytes: &[u8]) -> Vec<Range<u64>> {
    let mut found = Vec::new();
    let mut at = HEADER_BYTES;
    let end = bytes.len() as u64;
    for next in described(bytes).into_iter().chain(std::iter::once(end..end)) {
        let begin = next.start.min(end);
        let gap = usize::try_from(at).ok().zip(usize::try_from(begin).ok());
        let gap = gap.and_then(|(at, begin)| bytes.get(at..begin)).unwrap_or_default();
        if gap.len() as u64 >= LEAST_BYTES && !is_filling(gap) {
            found.push(at..begin);
        }
        at = at.max(next.end);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::base::Limits;
    use crate::media::decode_still;

    fn noise(n: u64) -> Vec<u8> {
        (0..n).map(|i| (i.wrapping_mul(i).wrapping_mul(2_654_435_761) >> 15) as u8).collect()
    }

    fn reported(file: &[u8]) -> String {
        let still = decode_still(file, &Limits::default()).unwrap();
        still.not_examined.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn pixels_that_no_directory_leads_to_are_reported() {
        let mut file = Cursor::new(Vec::new());
        let picture = image::RgbImage::from_raw(90, 80, noise(90 * 80 * 3)).unwrap();
        picture.write_to(&mut file, image::ImageFormat::Tiff).unwrap();
        let file = file.into_inner();
        assert_eq!(reported(&file), "");
        let found = reported(&[&file[..], &noise(6000)].concat());
        let place = format!("6000 bytes (within the file, from byte {} on)", file.len());
        assert!(found.contains(&place), "{found}");
        assert_eq!(reported(&[&file[..], &[0; 6000]].concat()), "", "filling");
        assert_eq!(
            reported(&[&file[..], &noise(500)].concat()),
            "",
            "a directory that was left behind"
        );
    }
}
