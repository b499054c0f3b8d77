//! From pixels to files.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::Error;
use crate::base::RgbImage;
use crate::files::write_whole;

/// The bytes of a JPEG file, with chroma at full size (4:4:4) and the tables of libjpeg.
///
/// * `quality`: 1 to 100, as libjpeg counts; values outside are clamped.
///
/// # Errors
///
/// [`Error::Encode`] when a side is longer than the 65,535 pixels of the format or the number of
/// bytes does not fit the size.
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, quality.clamp(1, 100));
    let size = (image.width_px, image.height_px);
    encode(encoder, &image.pixels, size, ExtendedColorType::Rgb8)?;
    Ok(out)
}

/// Writes an 8-bit RGB PNG file; one that is there is replaced, whole or not at all.
///
/// # Errors
///
/// [`Error::Encode`], [`Error::Write`].
pub fn write_png(path: &Path, image: &RgbImage) -> Result<(), Error> {
    let size = (image.width_px, image.height_px);
    write_encoded(path, &image.pixels, size, ExtendedColorType::Rgb8)
}

/// Writes an 8-bit grey PNG file from `[height_px, width_px]` values; one that is there is
/// replaced.
///
/// # Errors
///
/// [`Error::Encode`] also when the number of values does not fit the size; [`Error::Write`].
pub fn write_png_gray(
    path: &Path,
    width_px: u32,
    height_px: u32,
    values: &[u8],
) -> Result<(), Error> {
    write_encoded(path, values, (width_px, height_px), ExtendedColorType::L8)
}

/// The bytes of an 8-bit RGB PNG file.
///
/// # Errors
///
/// [`Error::Encode`].
pub fn encode_png(image: &RgbImage) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let size = (image.width_px, image.height_px);
    encode(PngEncoder::new(&mut out), &image.pixels, size, ExtendedColorType::Rgb8)?;
    Ok(out)
}

/// The bytes of an 8-bit grey PNG file from `[height_px, width_px]` values.
///
/// # Errors
///
/// [`Error::Encode`] also when the number of values does not fit the size.
pub fn encode_png_gray(width_px: u32, height_px: u32, values: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    encode(PngEncoder::new(&mut out), values, (width_px, height_px), ExtendedColorType::L8)?;
    Ok(out)
}

/// The bytes of an 8-bit indexed PNG file. `indices` are row by row; `palette` has up to 256 colors.
///
/// # Errors
///
/// [`Error::Encode`] when sizes do not fit or an index has no color.
pub fn encode_png_indexed(
    width_px: u32,
    height_px: u32,
    indices: &[u8],
    palette: &[[u8; 3]],
) -> Result<Vec<u8>, Error> {
    let fail = |e: png::EncodingError| Error::Encode { what: e.to_string() };
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width_px, height_px);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header().map_err(fail)?;
    writer.write_image_data(indices).map_err(fail)?;
    writer.finish().map_err(fail)?;
    Ok(out)
}

fn write_encoded(
    path: &Path,
    pixels: &[u8],
    size: (u32, u32),
    color: ExtendedColorType,
) -> Result<(), Error> {
    let mut out = Vec::new();
    encode(PngEncoder::new(&mut out), pixels, size, color)?;
    write_whole(path, &out).map_err(|source| Error::Write { source, path: path.to_owned() })
}

fn encode(
    encoder: impl ImageEncoder,
    pixels: &[u8],
    (width_px, height_px): (u32, u32),
    color: ExtendedColorType,
) -> Result<(), Error> {
    // The encoders panic on a wrong number of bytes and on no pixels.
    let pixel_bytes = u64::from(color.channel_count());
    let pixels_in_all = u64::from(width_px).saturating_mul(u64::from(height_px));
    let expected = pixels_in_all.saturating_mul(pixel_bytes);
    if expected == 0 || expected != pixels.len() as u64 {
        let what = format!("{} bytes for {width_px} x {height_px} pixels", pixels.len());
        return Err(Error::Encode { what });
    }
    encoder
        .write_image(pixels, width_px, height_px, color)
        .map_err(|e| Error::Encode { what: e.to_string() })
}
