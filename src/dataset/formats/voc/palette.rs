//! Names of the files of Pascal VOC, and the colors of its classes.

pub(super) const MASKS: &str = "SegmentationClass";
pub(super) const IMAGES: &str = "JPEGImages";
pub(super) const LISTS: &str = "ImageSets/Segmentation";
pub(super) const LABELS: &str = "labelmap.txt";

/// The color of an index in VOC's palette: its bits, three at a time, become the highest bits of
/// red, green and blue.
pub(super) fn color_of(index: u8) -> [u8; 3] {
    // By bit of the index: the bit of its channel.
    let bit = |from: u8, to: u8| if index & from == 0 { 0 } else { to };
    [
        bit(1, 128) | bit(8, 64) | bit(64, 32),
        bit(2, 128) | bit(16, 64) | bit(128, 32),
        bit(4, 128) | bit(32, 64),
    ]
}

/// The index of a color of the palette.
pub(super) fn index_of([r, g, b]: [u8; 3]) -> Option<u8> {
    let bit = |value: u8, from: u8, to: u8| if value & from == 0 { 0 } else { to };
    let red = bit(r, 128, 1) | bit(r, 64, 8) | bit(r, 32, 64);
    let green = bit(g, 128, 2) | bit(g, 64, 16) | bit(g, 32, 128);
    let index = red | green | bit(b, 128, 4) | bit(b, 64, 32);
    (color_of(index) == [r, g, b]).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_that_of_voc() {
        let known = [(0, [0, 0, 0]), (1, [128, 0, 0]), (2, [0, 128, 0]), (15, [192, 128, 128])];
        for (index, color) in known {
            assert_eq!(color_of(index), color);
        }
        assert!((0..=255).all(|n| index_of(color_of(n)) == Some(n)), "one number, one color");
        assert_eq!(index_of([1, 2, 3]), None, "not in the palette");
    }
}
