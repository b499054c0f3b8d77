//! From bytes to a [`Frame`].

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Read as _, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::LimitErrorKind;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageReader};

use super::container::{JpegFacts, jpeg_facts};
use super::error::one_line;
use super::jpeg::with_usual_colors;
use super::png_damage::repaired;
use super::profile::odd_colors;
use super::remarks::Remarks;
use super::sniff::sniff;
use super::surplus::{
    WebpFrames, has_reversed_bits, of_webp_frames, shortened_webp, webp_frames, whole_tiles,
};
use super::transparent::to_rgb;
use super::{Error, StillFormat};
use crate::base::{Frame, Limits, NotExamined, Orientation, Warning};
use crate::files::sha256_hex;

/// Allowed to the color profile and the texts of a PNG file, unpacked.
const PNG_EXTRA_BYTES: u64 = 16 << 20;

/// Each scan of a progressive JPEG goes over the whole picture, however few bytes it has.
const MAX_JPEG_SCANS: usize = 100;
/// A decoder that broke off without a reason.
const FAILED: &str = "the decoder failed";

/// A decoded still picture.
#[derive(Debug, Clone)]
pub struct Still {
    /// The pixels and their orientation.
    pub frame: Frame,
    /// Lower-case hex of the file's bytes.
    pub sha256: String,
    /// The format of the content.
    pub format: StillFormat,
    /// Deviations from what was asked, one sentence each.
    pub warnings: Vec<Warning>,
    /// Parts of the file that are not among the pixels, or cannot be relied on.
    pub not_examined: Vec<NotExamined>,
    /// The pixels are a smaller copy of a picture in the file that is not decoded.
    pub is_reduced_copy: bool,
}

/// The header of a still picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillHead {
    /// Columns of the stored grid.
    pub width_px: u32,
    /// Rows of the stored grid.
    pub height_px: u32,
    /// Rotation and mirroring for display.
    pub orientation: Orientation,
}

/// Decodes a picture that is in memory already. Deterministic.
///
/// # Errors
///
/// [`Error`] by cause. Sizes and memory are checked against `limits` before a pixel is decoded.
///
/// # Examples
///
/// ```
/// use pentimento::base::{Limits, RgbImage};
/// use pentimento::media;
///
/// let jpeg = media::encode_jpeg(&RgbImage::filled(16, 8, [200, 100, 50]), 90)?;
/// let still = media::decode_still(&jpeg, &Limits::default())?;
/// assert_eq!((still.frame.image.width_px, still.frame.image.height_px), (16, 8));
/// # Ok::<(), media::Error>(())
/// ```
pub fn decode_still(bytes: &[u8], limits: &Limits) -> Result<Still, Error> {
    let size = bytes.len() as u64;
    if size > limits.file_bytes {
        return Err(Error::FileSize { bytes: size, limit: limits.file_bytes });
    }
    decode_hashed(bytes, sha256_hex(bytes), limits)
}

/// The same for bytes whose size was checked and whose hash is known.
pub(super) fn decode_hashed(bytes: &[u8], sha256: String, limits: &Limits) -> Result<Still, Error> {
    let format = sniff(bytes)?;
    let jpeg = (format == StillFormat::Jpeg).then(|| jpeg_facts(bytes));
    if let Some(facts) = &jpeg {
        refuse_rare_jpeg(facts)?;
    }
    // A progressive file is gathered as 16-bit coefficients before it becomes pixels.
    let is_progressive = jpeg.is_some_and(|facts| facts.start_of_frame == Some(0xC2));
    let extra_bytes_per_pixel = if is_progressive { 6 } else { 0 };
    // The decoders are made for hostile files; should one panic nevertheless, the file is to blame
    // and the program goes on.
    let attempt = |bytes: &[u8]| {
        catch_unwind(AssertUnwindSafe(|| decode(bytes, format, extra_bytes_per_pixel, limits)))
            .unwrap_or_else(|_| {
                Err(Error::Malformed { format: format.name(), what: FAILED.to_owned() })
            })
    };
    let mut remarks = Remarks::default();
    let Decoded { picture, orientation, icc } = match attempt(bytes) {
        // The decoder does not heed the order, and finds nothing that it can unpack.
        Err(Error::Malformed { .. }) if format == StillFormat::Tiff && has_reversed_bits(bytes) => {
            return Err(Error::Unsupported {
                what: "a TIFF picture with its bits in reverse order".to_owned(),
                advice: "; convert it to PNG first".to_owned(),
            });
        }
        Err(Error::Malformed { format, what }) => {
            let repaired = repaired(bytes).map(|png| (png.is_whole(limits), png));
            match repaired {
                Some((true, png)) => {
                    remarks.warnings.extend(png.faults.iter().cloned().map(Warning));
                    attempt(&png.bytes)?
                }
                Some((false, png)) => match png.rows(limits) {
                    // Only the checksum of the pixels is wrong or missing.
                    Some(rows) if rows.first_damaged >= rows.picture.height() => {
                        remarks.warnings.extend(png.faults.iter().cloned().map(Warning));
                        attempt(&png.bytes)?
                    }
                    Some(rows) => {
                        remarks.damage = Some((rows.first_damaged, what));
                        Decoded {
                            picture: rows.picture,
                            orientation: Orientation::UPRIGHT,
                            icc: None,
                        }
                    }
                    None => return Err(Error::Malformed { format, what }),
                },
                None => return Err(Error::Malformed { format, what }),
            }
        }
        other => other?,
    };
    if let Some(facts) = jpeg {
        remarks.of_jpeg(bytes, facts, limits);
    }
    let has_more = match format {
        StillFormat::WebP => shortened_webp(bytes)
            .is_some_and(|short| attempt(&short).is_ok_and(|shorter| shorter.picture == picture)),
        StillFormat::Tiff => whole_tiles(bytes).is_some_and(|tiles| {
            let whole = attempt(&tiles.bytes);
            remarks.unpacked_tiles(whole.is_ok());
            let sides = (picture.width(), picture.height());
            whole.is_ok_and(|whole| tiles.hides(&whole.picture, sides))
        }),
        _ => false,
    };
    if format == StillFormat::WebP {
        remarks.not_examined.extend(of_webp_frames(longer_frames(bytes, limits, &attempt)));
    }
    remarks.of_container(format, bytes, jpeg.and_then(|facts| facts.end), has_more);
    remarks.not_examined.extend(odd_colors(format, bytes, icc.as_deref()));
    if format == StillFormat::Tiff {
        remarks.of_tiff_opacity(bytes, picture.color().has_alpha());
    }
    let image = to_rgb(picture, &mut remarks).ok_or_else(|| Error::Malformed {
        format: format.name(),
        what: "it has no pixels".to_owned(),
    })?;
    let decode_inner = |bytes: &[u8], format: StillFormat| {
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes, format, 6, limits))).ok()?;
        to_rgb(decoded.ok()?.picture, &mut Remarks::default())
    };
    remarks.of_inner_files(format, bytes, jpeg.and_then(|facts| facts.end), &image, &decode_inner);
    let damaged = remarks.damaged_part(format, &image);
    let jpeg_quality = jpeg.and_then(|facts| facts.quality);
    let frame = Frame { jpeg_quality, damaged, ..Frame::new(image, orientation) };
    let Remarks { warnings, not_examined, is_reduced_copy, .. } = remarks;
    Ok(Still { frame, sha256, format, warnings, not_examined, is_reduced_copy })
}

/// Compares each frame of an animation with a shortened copy of itself, up to as many pixels as a
/// picture may have.
fn longer_frames(
    bytes: &[u8],
    limits: &Limits,
    attempt: &dyn Fn(&[u8]) -> Result<Decoded, Error>,
) -> WebpFrames {
    let (mut found, mut pixels) = (WebpFrames::default(), 0u64);
    for frame in webp_frames(bytes) {
        if pixels > limits.pixels {
            found.is_unfinished = true;
            break;
        }
        let Some(Ok(shorter)) = shortened_webp(&frame).map(|short| attempt(&short)) else {
            continue;
        };
        let area =
            u64::from(shorter.picture.width()).saturating_mul(shorter.picture.height().into());
        pixels = pixels.saturating_add(area);
        let is_longer = attempt(&frame).is_ok_and(|whole| whole.picture == shorter.picture);
        found.n_longer = found.n_longer.saturating_add(is_longer.into());
    }
    found
}

/// Reads size and orientation from the header; decodes no pixel.
pub(super) fn read_head<R: BufRead + Seek>(
    mut file: R,
    limits: &Limits,
) -> Result<StillHead, Error> {
    let mut first = Vec::new();
    (&mut file).take(64).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    let format = sniff(&first)?;
    let read = || {
        let mut decoder = ImageReader::with_format(file, format.decoder()).into_decoder()?;
        let (width_px, height_px) = decoder.dimensions();
        let orientation = decoder
            .orientation()
            .map_or(Orientation::UPRIGHT, |turn| Orientation::from_exif(turn.to_exif()));
        Ok(StillHead { width_px, height_px, orientation })
    };
    // As when pixels are decoded: a decoder that panics is the file's fault.
    let head = catch_unwind(AssertUnwindSafe(read))
        .map_err(|_panic| Error::Malformed { format: format.name(), what: FAILED.to_owned() })?;
    let head = head.map_err(|e| wrap(e, format, limits))?;
    check_size((head.width_px, head.height_px), limits)?;
    Ok(head)
}

/// Refuses a picture that is larger than the limits allow; returns the number of its pixels.
pub(super) fn check_size((width_px, height_px): (u32, u32), limits: &Limits) -> Result<u64, Error> {
    if !limits.allows(width_px, height_px) {
        let Limits { side_px, pixels, .. } = *limits;
        let megapixels = pixels / 1_000_000;
        return Err(Error::Dimensions { width_px, height_px, side_px, megapixels });
    }
    Ok(u64::from(width_px).saturating_mul(u64::from(height_px)))
}

fn refuse_rare_jpeg(facts: &JpegFacts) -> Result<(), Error> {
    if facts.scans > MAX_JPEG_SCANS {
        return Err(Error::Malformed {
            format: StillFormat::Jpeg.name(),
            what: format!("it has {} scans, more than any program writes", facts.scans),
        });
    }
    let kind = match facts.start_of_frame {
        Some(0xC3) => "lossless coding",
        Some(0xC5..=0xC7) => "hierarchical coding",
        Some(0xC9..=0xCF) => "arithmetic coding",
        _ => return Ok(()),
    };
    Err(Error::Unsupported {
        what: format!("a JPEG picture with {kind}"),
        advice: "; convert it to PNG first".to_owned(),
    })
}

/// What a decoder gives.
struct Decoded {
    picture: DynamicImage,
    orientation: Orientation,
    /// The color profile, if there is one that can be read.
    icc: Option<Vec<u8>>,
}

fn decode(
    bytes: &[u8],
    format: StillFormat,
    extra_bytes_per_pixel: u64,
    limits: &Limits,
) -> Result<Decoded, Error> {
    let wrap = |e: ImageError| wrap(e, format, limits);
    let mut budget = image::Limits::no_limits();
    budget.max_alloc = Some(alloc_bytes(format, bytes, limits));
    let is_jpeg = format == StillFormat::Jpeg;
    let bytes = if is_jpeg { with_usual_colors(bytes) } else { Cow::Borrowed(bytes) };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
    reader.limits(budget.clone());
    let mut decoder = reader.into_decoder().map_err(wrap)?;

    let pixels = check_size(decoder.dimensions(), limits)?;
    let needed = decoder
        .total_bytes()
        .saturating_add(pixels.saturating_mul(extra_bytes_per_pixel.saturating_add(3)));
    if needed > limits.alloc_bytes {
        return Err(Error::Memory { limit_mib: limits.alloc_bytes >> 20 });
    }
    budget.max_image_width = Some(limits.side_px);
    budget.max_image_height = Some(limits.side_px);
    decoder.set_limits(budget).map_err(wrap)?;

    // A damaged tag is no reason to refuse the picture.
    let orientation = decoder
        .orientation()
        .map_or(Orientation::UPRIGHT, |turn| Orientation::from_exif(turn.to_exif()));
    let icc = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(wrap)?;
    Ok(Decoded { picture, orientation, icc })
}

/// Memory limit of the decoder. A PNG file may hold a compressed color profile that grows a
/// thousandfold and that the decoder unpacks unasked, so its limit follows from its pixels.
fn alloc_bytes(format: StillFormat, bytes: &[u8], limits: &Limits) -> u64 {
    let header = bytes.get(16..24).and_then(|size| <[u8; 8]>::try_from(size).ok());
    let (StillFormat::Png, Some([a, b, c, d, e, f, g, h])) = (format, header) else {
        return limits.alloc_bytes;
    };
    let side = |bytes| u64::from(u32::from_be_bytes(bytes));
    let pixels = side([a, b, c, d]).saturating_mul(side([e, f, g, h]));
    // Up to 8 bytes per pixel, twice, for the buffers of the decoder.
    pixels.saturating_mul(16).saturating_add(PNG_EXTRA_BYTES).min(limits.alloc_bytes)
}

fn wrap(error: ImageError, format: StillFormat, limits: &Limits) -> Error {
    let too_large = || Error::Memory { limit_mib: limits.alloc_bytes >> 20 };
    match error {
        ImageError::Limits(e) if e.kind() == LimitErrorKind::InsufficientMemory => too_large(),
        ImageError::Unsupported(e) => Error::Unsupported {
            what: format!("a {format} picture of an uncommon kind ({})", one_line(&e)),
            advice: "; convert it to PNG first".to_owned(),
        },
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::Malformed { format: format.name(), what: "it ends early".to_owned() }
        }
        other => Error::Malformed {
            format: format.name(),
            what: std::error::Error::source(&other)
                .map_or_else(|| one_line(&other), |e| one_line(&e)),
        },
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use image::ImageFormat;

    use super::*;

    #[test]
    fn a_small_png_may_not_unpack_a_huge_profile() {
        let limits = Limits::default();
        let header = |side: u32| {
            let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec();
            bytes.extend(side.to_be_bytes());
            bytes.extend(side.to_be_bytes());
            bytes
        };
        let share = |bytes: &[u8]| alloc_bytes(StillFormat::Png, bytes, &limits);
        assert_eq!(share(&header(8)), PNG_EXTRA_BYTES + 64 * 16);
        assert_eq!(share(&header(40_000)), limits.alloc_bytes, "never more than allowed");
        assert_eq!(share(b"\x89PNG"), limits.alloc_bytes, "cut off: the decoder refuses it");
    }

    /// Noise, so that every byte of the file counts.
    fn noise() -> DynamicImage {
        let pixels = (0..90 * 80 * 3u64).map(|i| ((i * i * 2_654_435_761) >> 15) as u8).collect();
        image::RgbImage::from_raw(90, 80, pixels).unwrap().into()
    }

    #[test]
    fn a_file_that_ends_early_is_refused_or_reported_in_every_format() {
        let formats = [
            ImageFormat::Jpeg,
            ImageFormat::Png,
            ImageFormat::Gif,
            ImageFormat::WebP,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
        ];
        for format in formats {
            let mut whole = Cursor::new(Vec::new());
            noise().write_to(&mut whole, format).unwrap();
            let whole = whole.into_inner();
            let intact = decode_still(&whole, &Limits::default()).unwrap();
            assert_eq!(
                (intact.frame.damaged, intact.not_examined),
                (None, Vec::new()),
                "{format:?}"
            );
            for percent in [30, 60, 90] {
                let cut = &whole[..whole.len() * percent / 100];
                match decode_still(cut, &Limits::default()) {
                    Err(error) => println!("{format:?} cut at {percent} %: {error}"),
                    Ok(still) => {
                        println!("{format:?} cut at {percent} %: {:?}", still.not_examined);
                        assert!(still.frame.damaged.is_some(), "{format:?} at {percent} %");
                    }
                }
            }
        }
    }
}
