//! Pixels of TIFF tiles beyond the edge of the picture.
//!
//! Tiles are whole: the last ones reach beyond the right and the lower edge, by up to a tile less one
//! pixel, and no program shows what lies there. Writers fill it with one value or repeat the edge. So a
//! copy of the file whose sides reach to the end of its tiles is decoded as well.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use image::DynamicImage;

use crate::media::tiff::Directory;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const COMPRESSION: u16 = 259;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILES: u16 = 324;
/// Compression by JPEG, of two generations: what is filled up with one value comes back uneven.
const JPEG: [u64; 2] = [6, 7];
/// A block of JPEG with halved colors: the edge of the picture shines into the rest of it.
const BLOCK_PX: usize = 16;
/// Most that values of a filling differ in JPEG.
const UNEVEN: u8 = 40;

/// A tiled file as if its picture went to the end of its tiles.
pub(in crate::media) struct WholeTiles {
    pub(in crate::media) bytes: Vec<u8>,
    is_jpeg: bool,
}

/// `None` when no tile reaches beyond the picture.
pub(in crate::media) fn whole_tiles(bytes: &[u8]) -> Option<WholeTiles> {
    let directory = Directory::first(bytes)?;
    directory.values(TILES)?;
    let one = |tag: u16| directory.values(tag)?.first().copied();
    let whole = |side: u64, tile: u64| side.checked_next_multiple_of(tile);
    let (width, height) = (one(WIDTH)?, one(HEIGHT)?);
    let sides = (whole(width, one(TILE_WIDTH)?)?, whole(height, one(TILE_HEIGHT)?)?);
    if sides == (width, height) {
        return None;
    }
    let mut copy = bytes.to_vec();
    directory.set(&mut copy, WIDTH, sides.0)?;
    directory.set(&mut copy, HEIGHT, sides.1)?;
    let is_jpeg = one(COMPRESSION).is_some_and(|compression| JPEG.contains(&compression));
    Some(WholeTiles { bytes: copy, is_jpeg })
}

impl WholeTiles {
    /// Whether anything but a filling lies beyond a picture of these sides. `whole`: the copy, decoded.
    pub(in crate::media) fn hides(
        &self,
        whole: &DynamicImage,
        (width, height): (u32, u32),
    ) -> bool {
        let pixel = usize::from(whole.color().bytes_per_pixel());
        let row = (whole.width() as usize).saturating_mul(pixel);
        let (step, most) = if self.is_jpeg { (BLOCK_PX, UNEVEN) } else { (1, 0) };
        let from = |side: u32| (side as usize).next_multiple_of(step);
        let differ = |(a, b): (&u8, &u8)| a.abs_diff(*b) > most;
        let bytes = whole.as_bytes();
        // To the right each pixel repeats the one before, below each the one above.
        let begin = from(width).saturating_mul(pixel);
        let is_uneven = |row: &[u8]| {
            let beyond = row.get(begin..).unwrap_or_default();
            beyond.iter().zip(beyond.get(pixel..).unwrap_or_default()).any(differ)
        };
        let below = from(height).saturating_mul(row);
        let (above, below) = bytes.split_at_checked(below).unwrap_or((bytes, &[]));
        above.chunks_exact(row.max(1)).any(is_uneven)
            || below.iter().zip(below.get(row..).unwrap_or_default()).any(differ)
    }
}
