//! One still picture or video frame: the stored pixels and how a person sees them.

use std::sync::Arc;

use super::{Affine, Point, Rect, RgbImage};

/// EXIF orientation, the eight values of the tag (EXIF 2.32, tag 0x0112).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orientation(u8);

impl Orientation {
    /// Stored as seen.
    pub const UPRIGHT: Self = Self(1);

    /// From the tag's value; anything but 1 to 8 counts as upright.
    pub const fn from_exif(value: u8) -> Self {
        if value >= 1 && value <= 8 { Self(value) } else { Self(1) }
    }

    /// The tag's value, 1 to 8.
    pub const fn exif(self) -> u8 {
        if self.0 == 0 { 1 } else { self.0 }
    }

    /// The orientation of the same stored picture when it is shown turned clockwise by a quarter.
    #[must_use]
    pub const fn turned_right(self) -> Self {
        Self(match self.exif() {
            1 => 6,
            6 => 3,
            3 => 8,
            8 => 1,
            2 => 7,
            7 => 4,
            4 => 5,
            _ => 2,
        })
    }

    /// Whether width and height change places.
    pub const fn swaps_sides(self) -> bool {
        self.exif() >= 5
    }

    /// Maps upright positions to the stored grid of a picture of this stored size.
    pub fn image_from_upright(self, width_px: u32, height_px: u32) -> Affine {
        let (w, h) = (width_px as f32, height_px as f32);
        let m = match self.exif() {
            2 => [-1.0, 0.0, w, 0.0, 1.0, 0.0],
            3 => [-1.0, 0.0, w, 0.0, -1.0, h],
            4 => [1.0, 0.0, 0.0, 0.0, -1.0, h],
            5 => [0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            6 => [0.0, 1.0, 0.0, -1.0, 0.0, h],
            7 => [0.0, -1.0, w, -1.0, 0.0, h],
            8 => [0.0, -1.0, w, 1.0, 0.0, 0.0],
            _ => return Affine::IDENTITY,
        };
        Affine { m }
    }

    /// A turned copy of stored pixels, as a person sees them.
    #[must_use]
    pub fn upright(self, image: &RgbImage) -> RgbImage {
        let (w, h) = if self.swaps_sides() {
            (image.height_px, image.width_px)
        } else {
            (image.width_px, image.height_px)
        };
        let map = self.image_from_upright(image.width_px, image.height_px);
        let mut pixels = Vec::with_capacity(image.pixels.len());
        for y in 0..h {
            for x in 0..w {
                let p = map.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
                pixels.extend(image.get(p.x as i64, p.y as i64));
            }
        }
        RgbImage { width_px: w, height_px: h, pixels }
    }
}

/// Decoded pixels with their orientation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The stored pixel grid: **image space**.
    pub image: Arc<RgbImage>,
    /// The picture as a person sees it: **upright space**. The same buffer when nothing turns.
    pub upright: Arc<RgbImage>,
    /// The EXIF orientation between them.
    pub orientation: Orientation,
    /// Quality of the libjpeg tables nearest to those of the file, 1 to 100, if it was a JPEG.
    pub jpeg_quality: Option<u8>,
    /// Part of the stored picture whose pixels cannot be relied on, because the data of the file are
    /// damaged. Faces in it are not examined.
    pub damaged: Option<Rect>,
}

impl Frame {
    /// A frame of stored pixels, not known to come from a JPEG.
    pub fn new(image: RgbImage, orientation: Orientation) -> Self {
        let image = Arc::new(image);
        let upright = if orientation.exif() == 1 {
            Arc::clone(&image)
        } else {
            Arc::new(orientation.upright(&image))
        };
        Self { image, upright, orientation, jpeg_quality: None, damaged: None }
    }

    /// Maps upright positions to image space.
    pub fn image_from_upright(&self) -> Affine {
        self.orientation.image_from_upright(self.image.width_px, self.image.height_px)
    }

    /// Maps image-space positions to the upright picture.
    pub fn upright_from_image(&self) -> Affine {
        self.image_from_upright().inverse().unwrap_or(Affine::IDENTITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 2 x 3 picture whose red channel numbers the pixels.
    fn numbered() -> RgbImage {
        RgbImage::new(2, 3, (0..6).flat_map(|i| [i, 0, 0]).collect()).unwrap()
    }

    #[test]
    fn all_eight_orientations_turn_as_exif_says() {
        let expected: [&[u8]; 8] = [
            &[0, 1, 2, 3, 4, 5],
            &[1, 0, 3, 2, 5, 4],
            &[5, 4, 3, 2, 1, 0],
            &[4, 5, 2, 3, 0, 1],
            &[0, 2, 4, 1, 3, 5],
            &[4, 2, 0, 5, 3, 1],
            &[5, 3, 1, 4, 2, 0],
            &[1, 3, 5, 0, 2, 4],
        ];
        for (i, want) in expected.iter().enumerate() {
            let turned = Orientation::from_exif(i as u8 + 1).upright(&numbered());
            let red: Vec<u8> = turned.pixels.chunks(3).map(|p| p[0]).collect();
            assert_eq!(&red, want, "orientation {}", i + 1);
        }
    }

    #[test]
    fn a_quarter_turn_of_what_is_shown_is_another_orientation() {
        for exif in 1..=8 {
            let shown = Orientation::from_exif(exif);
            let turned = Orientation::from_exif(6).upright(&shown.upright(&numbered()));
            assert_eq!(shown.turned_right().upright(&numbered()), turned, "orientation {exif}");
        }
    }

    #[test]
    fn frame_maps_there_and_back() {
        for exif in 1..=8 {
            let frame = Frame::new(numbered(), Orientation::from_exif(exif));
            let p = Point { x: 0.5, y: 2.5 };
            let back = frame.image_from_upright().apply(frame.upright_from_image().apply(p));
            assert_eq!(back, p, "orientation {exif}");
        }
    }
}
