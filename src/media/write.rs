//! From pixels to files.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::Error;
use crate::base::RgbImage;

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
    replace(path, &out).map_err(|source| Error::Write { source, path: path.to_owned() })
}

/// Writes beside the file, to the disk, and renames: a file that is there is replaced whole or not
/// at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static N: AtomicU64 = AtomicU64::new(0);
    let n = N.fetch_add(1, Ordering::Relaxed);
    // Short, since the file's own name may be as long as the system allows.
    let part = path.with_file_name(format!(".pentimento-{}-{n}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&part, path)
    };
    let written = write();
    if written.is_err() {
        // What was never begun cannot be removed: nothing to be told.
        std::fs::remove_file(&part).ok();
    }
    written
}

fn encode(
    encoder: impl ImageEncoder,
    pixels: &[u8],
    (width_px, height_px): (u32, u32),
    color: ExtendedColorType,
) -> Result<(), Error> {
    // The encoders panic on a wrong number of bytes and on no pixels.
    let pixel_bytes = u64::from(color.channel_count());
    let expected = u64::from(width_px) * u64::from(height_px) * pixel_bytes;
    if expected == 0 || expected != pixels.len() as u64 {
        let what = format!("{} bytes for {width_px} x {height_px} pixels", pixels.len());
        return Err(Error::Encode { what });
    }
    encoder
        .write_image(pixels, width_px, height_px, color)
        .map_err(|e| Error::Encode { what: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_replaced_and_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.png"), folder.path().join("b.png"));
        write_png(&path, &RgbImage::filled(4, 4, [1; 3])).unwrap();
        let before = std::fs::read(&path).unwrap();
        // A second name of the same file shows what becomes of the first content.
        std::fs::hard_link(&path, &other).unwrap();
        write_png(&path, &RgbImage::filled(4, 4, [9; 3])).unwrap();
        assert_ne!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read(&other).unwrap(), before);
        std::fs::create_dir(folder.path().join("c.png")).unwrap();
        write_png(&folder.path().join("c.png"), &RgbImage::filled(4, 4, [1; 3])).unwrap_err();
        let n = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(n, 3, "nothing half done stays behind");
    }
}
