//! The check of each format, and its words.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::gif::{GifSurplus, gif_surplus};
use super::png::{PngSurplus, animation_surplus, png_surplus};
use super::tiff::{TiffSurplus, tiff_surplus};
use super::undescribed::undescribed;
use super::{bmp, webp};
use crate::base::NotExamined;
use crate::base::text::counted;
use crate::media::StillFormat;

/// Who hides pixels, and who finds them.
const REMEDY: &str = "programs show only what the header announces; whoever changes the header sees \
                      the rest";

/// Pixels of a still picture that no header announces. A WebP picture is compared with a shortened copy
/// of itself by the decoder, the tiles of a TIFF picture are unpacked as a whole: `has_more` says whether
/// that showed more pixels.
pub(in crate::media) fn of_picture(
    format: StillFormat,
    bytes: &[u8],
    has_more: bool,
) -> Vec<NotExamined> {
    let mut found = Vec::new();
    match format {
        StillFormat::Png => found.extend(png_surplus(bytes).map(of_png)),
        StillFormat::Gif => found.extend(of_gif(&gif_surplus(bytes))),
        StillFormat::Tiff => {
            found.extend(tiff_surplus(bytes).map(of_tiff));
            if has_more {
                found.push(part(
                    "pixels of tiles",
                    "beyond the right or the lower edge of the picture",
                    "the tiles of the TIFF file hold more than a filling there",
                ));
            }
        }
        StillFormat::Bmp => {
            found.extend(bmp::hidden_before(bytes).map(|n| {
                let why = format!("{n} bytes lie there");
                part("pixels", "between the header and the first row", &why)
            }));
            if bmp::has_gaps(bytes) {
                found.push(NotExamined::new(
                    "pixels without a value",
                    "where the run lengths of the file leave them out",
                    "programs fill them in different ways",
                ));
            }
        }
        StillFormat::WebP => {
            if has_more {
                found.push(more_rows("the WebP data go on behind the last row"));
            }
            found.extend(webp::outside(bytes).map(|(frame, canvas)| {
                let what = format!(
                    "the picture has {} x {} pixels, and {} x {} are announced",
                    frame.0, frame.1, canvas.0, canvas.1
                );
                part("part of the picture", "outside the canvas", &what)
            }));
        }
        // The check of its codes finds what is left over.
        StillFormat::Jpeg => {}
    }
    found
}

/// Bytes of a TIFF file that none of its directories describes.
pub(in crate::media) fn of_tiff_file(bytes: &[u8]) -> Option<NotExamined> {
    let found = undescribed(bytes);
    let first = found.first()?;
    let n = found.iter().map(|range| range.end.saturating_sub(range.start)).sum();
    Some(NotExamined::new(
        counted(n, "byte"),
        format!("within the file, from byte {} on", first.start),
        "no directory of the TIFF file describes them, so no program shows them: they may be the pixels \
         of a picture whose directory was taken away",
    ))
}

/// The same for the frames of a GIF or PNG animation.
pub(in crate::media) fn of_animation(format: StillFormat, bytes: &[u8]) -> Vec<NotExamined> {
    match format {
        StillFormat::Gif => of_gif(&gif_surplus(bytes)),
        StillFormat::Png => {
            let found = animation_surplus(bytes);
            let longer = (found.n_longer > 0).then(|| longer_frames(found.n_longer));
            longer.into_iter().chain(found.is_unfinished.then(unfinished_frames)).collect()
        }
        _ => Vec::new(),
    }
}

/// How the frames of an animated WebP file came out that were compared with shortened copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::media) struct WebpFrames {
    pub(in crate::media) n_longer: u64,
    /// Not all were compared.
    pub(in crate::media) is_unfinished: bool,
}

/// The same for the frames of a WebP animation.
pub(in crate::media) fn of_webp_frames(found: WebpFrames) -> Vec<NotExamined> {
    let longer = (found.n_longer > 0).then(|| longer_frames(found.n_longer));
    longer.into_iter().chain(found.is_unfinished.then(unfinished_frames)).collect()
}

/// What the parts on frames are called.
pub(in crate::media) const MORE_ROWS_OF_FRAMES: [&str; 2] =
    ["more rows of pixels in frames", "whether frames hold more rows than they announce"];

fn longer_frames(n: u64) -> NotExamined {
    let [what, _] = MORE_ROWS_OF_FRAMES;
    let why = format!("the data of {n} of the frames go on there");
    part(what, "behind the last row of frames", &why)
}

fn unfinished_frames() -> NotExamined {
    let [_, what] = MORE_ROWS_OF_FRAMES;
    let why = "there are too many pixels to unpack all of them twice";
    NotExamined::new(what, "in the rest of the file", why)
}

fn part(what: &str, place: &str, why: &str) -> NotExamined {
    NotExamined::new(what, place, format!("{why}: {REMEDY}"))
}

fn more_rows(why: &str) -> NotExamined {
    part("more rows of pixels", "behind the last row that the header announces", why)
}

fn of_png(found: PngSurplus) -> NotExamined {
    match found {
        PngSurplus::Rows => more_rows("the PNG data go on there"),
        PngSurplus::Behind(n) => part(
            "data among the pixels",
            "behind the end of the packed pixels",
            &format!("{n} bytes of the chunks of pixels belong to no row"),
        ),
    }
}

fn of_tiff(found: TiffSurplus) -> NotExamined {
    match found {
        TiffSurplus::Pieces(n) => part(
            "more strips or tiles of pixels",
            "behind the last row that the header announces",
            &format!("the TIFF file lists {n} more than its rows need"),
        ),
        TiffSurplus::Rows => more_rows("the data of a strip go on there"),
        TiffSurplus::Short => NotExamined::new(
            "part of the picture",
            "in strips of pixels that say they have no data, or too few",
            "the TIFF file contradicts itself there: programs differ in what they show",
        ),
        TiffSurplus::Reversed => NotExamined::new(
            "the picture with its bits in the order that the file asks for",
            "everywhere",
            "the TIFF file asks for the reverse order: programs differ in whether they heed that",
        ),
    }
}

fn of_gif(found: &GifSurplus) -> Vec<NotExamined> {
    let mut parts = Vec::new();
    if found.n_outside > 0 {
        parts.push(part(
            "part of the picture",
            "outside the screen that the header announces",
            &format!("{} of the frames reach beyond it", found.n_outside),
        ));
    }
    if found.n_longer > 0 {
        parts.push(more_rows(&format!("the data of {} of the frames go on there", found.n_longer)));
    }
    parts
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
