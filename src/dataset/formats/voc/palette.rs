//! Names of the files of Pascal VOC, and the colors of its classes.

pub(super) const MASKS: &str = "SegmentationClass";
pub(super) const IMAGES: &str = "JPEGImages";
pub(super) const LISTS: &str = "ImageSets/Segmentation";
pub(super) const LABELS: &str = "labelmap.txt";

/// The color of an index in VOC's palette: its bits, three at a time, become the highest bits of
/// red, green and blue.
pub(super) fn color_of(index: u8) -> [u8; 3] {
    let mut color = [0u8; 3];
    for bit in 0..8u8 {
        let channel = usize::from(bit % 3);
        color[channel] |= (index >> bit & 1) << (7 - bit / 3);
    }
    color
}

/// The index of a color of the palette.
pub(super) fn index_of([r, g, b]: [u8; 3]) -> Option<u8> {
    let mut index = 0u8;
    for bit in 0..8u8 {
        let value = [r, g, b][usize::from(bit % 3)];
        index |= (value >> (7 - bit / 3) & 1) << bit;
    }
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
