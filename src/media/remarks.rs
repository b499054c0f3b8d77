//! What the bytes of a picture say about what is missing from its pixels.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::container::{JpegFacts, has_more_pictures, png_animation, webp_has_stray};
use super::inside::{DecodeInner, behind, end_of_picture, within};
use super::surplus::{of_picture, of_tiff_file};
use super::tiff::{Directory, tiff_pages};
use super::{StillFormat, jpeg};
use crate::base::text::counted;
use crate::base::{Limits, NotExamined, Rect, RgbImage, Warning};

const PRINTING_COLORS: &str = "the picture is stored in printing colors (CMYK): they are converted \
                               without a color profile";

/// The entry of a TIFF file on channels beside the colors, and the value for plain opacity.
const EXTRA_SAMPLES: u16 = 338;
const UNASSOCIATED: u64 = 2;

/// What is gathered while a picture is decoded.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) warnings: Vec<Warning>,
    pub(super) not_examined: Vec<NotExamined>,
    /// The first row that cannot be relied on, and why.
    pub(super) damage: Option<(u32, String)>,
    pub(super) is_reduced_copy: bool,
}

impl Remarks {
    /// Compares the data of a JPEG picture with its size.
    pub(super) fn of_jpeg(&mut self, bytes: &[u8], facts: JpegFacts, limits: &Limits) {
        if facts.n_components == 4 {
            self.warnings.push(Warning(PRINTING_COLORS.to_owned()));
        }
        if jpeg::contradicts_itself(bytes) {
            self.not_examined.push(NotExamined::new(
                "the picture in other colors",
                "everywhere",
                "the JPEG file says in several ways how its colors are stored, and they contradict one \
                 another: programs differ in what they show, and the picture that most of them show is \
                 examined",
            ));
        }
        let checked = jpeg::check(bytes, limits.pixels);
        if let Some(damage) = checked.and_then(|findings| findings.damage) {
            self.damage = Some((damage.first_row, damage.what.to_owned()));
            return;
        }
        if facts.end.is_some() {
            if checked.is_none() {
                self.not_examined.push(NotExamined::new(
                    "whether the picture is damaged",
                    "everywhere",
                    "the JPEG file has parts that usual programs do not write, so its data cannot be \
                     checked; save it again with another program and compare",
                ));
            }
            return;
        }
        if checked.is_some() {
            self.warnings.push(Warning(
                "the JPEG file ends early: its end mark is missing; every pixel is there and is \
                 examined"
                    .to_owned(),
            ));
        } else {
            let what = "the file ends early; how much of the picture is missing cannot be told";
            self.damage = Some((0, what.to_owned()));
        }
    }

    /// Says so where the opacity of a TIFF picture is not stored as it is read here: apart from the colors.
    pub(super) fn of_tiff_opacity(&mut self, bytes: &[u8], has_opacity: bool) {
        let kind = Directory::first(bytes).and_then(|page| page.value(EXTRA_SAMPLES));
        if has_opacity && kind != Some(UNASSOCIATED) {
            self.not_examined.push(NotExamined::new(
                "the picture with its transparency",
                "everywhere",
                "its TIFF file stores colors that are multiplied by their opacity, or does not say what its \
                 further channel is: programs may show other colors than those examined",
            ));
        }
    }

    /// Says so when the tiles of a TIFF picture could not be unpacked as a whole.
    pub(super) fn unpacked_tiles(&mut self, is_done: bool) {
        if !is_done {
            self.not_examined.push(NotExamined::new(
                "whether tiles hold pixels beyond the edge",
                "to the right and below the picture",
                "the tiles cannot be unpacked as a whole",
            ));
        }
    }

    /// Looks for further frames, pages, files and rows. `jpeg_end`: where a JPEG picture ends;
    /// `has_more`: a WebP picture does not need all of its data, or the tiles of a TIFF picture hold more
    /// than the picture.
    pub(super) fn of_container(
        &mut self,
        format: StillFormat,
        bytes: &[u8],
        jpeg_end: Option<usize>,
        has_more: bool,
    ) {
        if has_more_pictures(format, bytes) {
            self.warnings.push(Warning(format!(
                "the {format} file is animated: only the first is examined"
            )));
            self.not_examined.push(NotExamined::new(
                "further frames",
                "behind the first one",
                "only the first frame is examined here",
            ));
        }
        let has_stray = match format {
            StillFormat::Png => png_animation(bytes).has_stray,
            StillFormat::WebP => !has_more_pictures(format, bytes) && webp_has_stray(bytes),
            _ => false,
        };
        if has_stray {
            self.not_examined.push(NotExamined::new(
                "more pictures",
                "in the file, behind the first one",
                format!(
                    "the {format} file holds them without announcing an animation: programs differ in \
                     which they show, and only the first is examined"
                ),
            ));
        }
        if format == StillFormat::Tiff {
            let pages = tiff_pages(bytes);
            if pages.is_printed {
                self.warnings.push(Warning(PRINTING_COLORS.to_owned()));
            }
            self.is_reduced_copy = pages.is_reduced_copy;
            if pages.is_reduced_copy {
                self.not_examined.push(NotExamined::new(
                    "the picture in full size",
                    "in another directory of the file",
                    "only the smaller copy that stands first is decoded, as in raw files of \
                     cameras; develop the file and examine the result",
                ));
            } else if pages.n_further > 0 {
                self.not_examined.push(NotExamined::new(
                    counted(pages.n_further, "further page"),
                    "behind the first one",
                    "the TIFF file has several pages: only the first is examined",
                ));
            }
            if !pages.is_reduced_copy {
                self.not_examined.extend(of_tiff_file(bytes));
            }
            if pages.n_copies > 0 && !pages.is_reduced_copy {
                self.not_examined.push(NotExamined::new(
                    counted(pages.n_copies, "smaller picture"),
                    "in other directories of the file",
                    "each calls itself a smaller copy of the first picture: only that one is examined",
                ));
            }
        }
        if self.damage.is_none() {
            self.not_examined.extend(of_picture(format, bytes, has_more));
        }
        let jpeg_end = jpeg_end.filter(|_| self.damage.is_none());
        let behind = behind(format, bytes, end_of_picture(format, bytes, jpeg_end));
        self.not_examined.extend(behind.not_examined);
        self.warnings.extend(behind.warnings);
    }

    /// Looks for pictures and videos within the file. `jpeg_end`: where a JPEG picture ends; `image`: the
    /// picture; `decode` decodes another one.
    pub(super) fn of_inner_files(
        &mut self,
        format: StillFormat,
        bytes: &[u8],
        jpeg_end: Option<usize>,
        image: &RgbImage,
        decode: &DecodeInner<'_>,
    ) {
        let jpeg_end = jpeg_end.filter(|_| self.damage.is_none());
        let end = end_of_picture(format, bytes, jpeg_end);
        self.not_examined.extend(within(format, bytes, end, image, decode));
    }

    /// The damaged part of the stored picture, which is also noted as not examined.
    pub(super) fn damaged_part(&mut self, format: StillFormat, image: &RgbImage) -> Option<Rect> {
        let (first, what) = self.damage.take()?;
        let (first, last) = (first.min(image.height_px), image.height_px.saturating_sub(1));
        let what_part = if first == 0 { "the picture" } else { "part of the picture" };
        self.not_examined.push(NotExamined::new(
            what_part,
            format!("rows {first} to {last} of the stored picture"),
            format!("the {format} file is damaged there: {what}"),
        ));
        let height = image.height_px.saturating_sub(first);
        Some(Rect::new(0.0, first as f32, image.width_px as f32, height as f32))
    }
}
