//! Whole pictures and videos within the file of a picture: between its parts, in its metadata, packed as
//! text.
//!
//! Not reported: pictures too small to show a face, thumbnails that are compared with the picture as
//! metadata, and pictures that show the same as the picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use super::alike::shows_the_same;
use super::embedded::Embedded;
use super::packed::{Unpacked, is_jumbf, jpeg_segments, jumbf_of_jpeg, unpack};
use super::places::next_place;
use super::texts::{in_base64, in_hexadecimal};
use super::thumbnails::{thumbnail_of_block, thumbnails};
use crate::base::text::{counted, visible};
use crate::base::{NotExamined, RgbImage};
use crate::media::StillFormat;
use crate::media::container::{jpeg_facts, little_u32, png_chunks, png_end};
use crate::media::tiff::{Directory, pixel_pieces};

/// In pictures with shorter sides no face is examined.
const SMALLEST_PX: u32 = 48;
/// Files that are reported one by one.
const MAX_LISTED: usize = 4;
/// Pictures that are decoded to be compared.
const MAX_COMPARED: usize = 8;
/// Places in a file that are looked at.
const MAX_PLACES: usize = 100_000;
/// The entry of a TIFF file that holds credentials (C2PA specification, embedding in TIFF).
const CREDENTIALS_OF_TIFF: u16 = 0xCD41;
/// Why a file within a file is not examined.
const REASON: &str = "programs show the first picture of a file, and only that is examined; save this \
                      one as a file of its own to examine it";

/// A file within the file of a picture.
struct InnerFile {
    embedded: Embedded,
    place: String,
}

/// Decodes a picture of a format from the first bytes on; `None` where it cannot be decoded.
pub(in crate::media) type DecodeInner<'a> = dyn Fn(&[u8], StillFormat) -> Option<RgbImage> + 'a;

/// Searches the bytes of a file before `end`, where its own picture ends. `picture`: its pixels.
pub(in crate::media) fn within(
    format: StillFormat,
    bytes: &[u8],
    end: Option<usize>,
    picture: &RgbImage,
    decode: &DecodeInner<'_>,
) -> Vec<NotExamined> {
    let own = end.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
    let mut search = Search { picture, decode, found: Vec::new(), n_compared: 0, n_places: 0 };
    let passed_over = passed_over(format, own);
    search.raw(own, 1, &passed_over, &|at| format!("{}, from byte {at} on", part(format, own, at)));
    if format == StillFormat::Jpeg {
        let place = "in its segments APP11".to_owned();
        let bytes = jumbf_of_jpeg(own);
        let credentials = PassedOver {
            credentials: std::iter::once(0..bytes.len()).collect(),
            ..PassedOver::default()
        };
        search.all(&Unpacked { bytes, place }, &credentials);
    }
    let is_unpacked = unpack(format, own, &mut |unpacked| {
        search.all(&unpacked, &PassedOver::default());
    });
    search.text(own, &|at| format!("{} as text, from byte {at} on", part(format, own, at)));
    let unfinished = if search.n_places >= MAX_PLACES {
        Some("too many places look like the beginning of one")
    } else {
        (!is_unpacked).then_some("more data are packed in it than are unpacked")
    };
    let found = search.found;
    let mut parts: Vec<NotExamined> = found
        .iter()
        .take(MAX_LISTED)
        .map(|file| NotExamined::new(file.embedded.to_string(), &file.place, REASON))
        .collect();
    let n_more = found.len().saturating_sub(MAX_LISTED) as u64;
    if n_more > 0 {
        parts.push(NotExamined::new(counted(n_more, "more file"), "within the file", REASON));
    }
    parts.extend(unfinished.map(|why| {
        NotExamined::new("whether more pictures are in the file", "within the file", why)
    }));
    parts
}

struct Search<'a> {
    picture: &'a RgbImage,
    decode: &'a DecodeInner<'a>,
    found: Vec<InnerFile>,
    n_compared: usize,
    n_places: usize,
}

impl Search<'_> {
    /// Searches unpacked bytes, and text in them.
    fn all(&mut self, unpacked: &Unpacked, passed_over: &PassedOver) {
        let place = |_| unpacked.place.clone();
        self.raw(&unpacked.bytes, 0, passed_over, &place);
        self.text(&unpacked.bytes, &place);
    }

    /// Searches bytes from a place on.
    fn raw(
        &mut self,
        bytes: &[u8],
        from: usize,
        passed_over: &PassedOver,
        place: &dyn Fn(usize) -> String,
    ) {
        let mut at = from;
        while let Some((begin, mark)) = next_place(bytes, at) {
            at = mark.saturating_add(1);
            self.n_places = self.n_places.saturating_add(1);
            if self.n_places >= MAX_PLACES {
                return;
            }
            if begin < from || passed_over.contains(begin) {
                continue;
            }
            let rest = bytes.get(begin..).unwrap_or_default();
            if let Some(embedded) = Embedded::at(rest)
                && self.is_reported(&embedded, rest, passed_over.is_in_credential(begin))
            {
                // What lies within that file belongs to it.
                at = at.max(begin.saturating_add(length(&embedded, rest)));
                self.found.push(InnerFile { embedded, place: place(begin) });
            }
        }
    }

    /// Searches for pictures that are written as text.
    fn text(&mut self, bytes: &[u8], place: &dyn Fn(usize) -> String) {
        self.base64(bytes, place);
        for text in in_hexadecimal(bytes) {
            let place = |_| place(text.begin);
            let places = thumbnail_of_block(&text.bytes).into_iter().collect();
            let passed_over = PassedOver { places, ..PassedOver::default() };
            self.raw(&text.bytes, 0, &passed_over, &place);
            self.base64(&text.bytes, &place);
        }
    }

    fn base64(&mut self, bytes: &[u8], place: &dyn Fn(usize) -> String) {
        for text in in_base64(bytes) {
            self.n_places = self.n_places.saturating_add(1);
            if self.n_places >= MAX_PLACES {
                return;
            }
            if let Some(embedded) = Embedded::at(&text.bytes)
                && self.is_reported(&embedded, &text.bytes, false)
            {
                self.found.push(InnerFile { embedded, place: place(text.begin) });
            }
        }
    }

    fn is_reported(&mut self, embedded: &Embedded, bytes: &[u8], is_thumbnail: bool) -> bool {
        if embedded.is_smaller_than(SMALLEST_PX) {
            return false;
        }
        let (Some(format), Some((width, height))) = (embedded.format, embedded.size) else {
            return true;
        };
        let pixels = |width: u32, height: u32| u64::from(width).saturating_mul(height.into());
        let own = pixels(self.picture.width_px, self.picture.height_px);
        if pixels(width, height) > own || self.n_compared >= MAX_COMPARED {
            return true;
        }
        self.n_compared = self.n_compared.saturating_add(1);
        let decoded = (self.decode)(bytes, format);
        !decoded.is_some_and(|inner| shows_the_same(self.picture, &inner, is_thumbnail))
    }
}

/// The length of a file as far as it is easily known.
fn length(embedded: &Embedded, bytes: &[u8]) -> usize {
    let end = match embedded.format {
        Some(StillFormat::Jpeg) => jpeg_facts(bytes).end,
        Some(StillFormat::Png) => png_end(bytes),
        Some(StillFormat::WebP | StillFormat::Bmp) => {
            let at = if embedded.format == Some(StillFormat::Bmp) { 2 } else { 4 };
            little_u32(bytes, at).and_then(|n| usize::try_from(n).ok())
        }
        // Of a video nothing but its beginning is looked at.
        _ if embedded.is_clip => Some(bytes.len()),
        _ => None,
    };
    end.filter(|end| *end <= bytes.len()).unwrap_or(0)
}

/// Places at which a picture belongs to the file, or is searched in another way.
#[derive(Debug, Default)]
struct PassedOver {
    /// In order.
    places: Vec<usize>,
    ranges: Vec<Range<usize>>,
    /// Credentials, whose thumbnails have up to 1024 pixels, however large the picture is.
    credentials: Vec<Range<usize>>,
}

impl PassedOver {
    fn contains(&self, at: usize) -> bool {
        self.places.binary_search(&at).is_ok()
            || self.ranges.iter().any(|range| range.contains(&at))
    }

    fn is_in_credential(&self, at: usize) -> bool {
        self.credentials.iter().any(|range| range.contains(&at))
    }
}

fn passed_over(format: StillFormat, bytes: &[u8]) -> PassedOver {
    let mut credentials = Vec::new();
    let mut places = thumbnails(format, bytes);
    let mut ranges = Vec::new();
    match format {
        // Pieces of a picture may be JPEG files.
        StillFormat::Tiff => {
            places.extend(pixel_pieces(bytes));
            let first = Directory::first(bytes);
            credentials.extend(first.and_then(|page| page.range(CREDENTIALS_OF_TIFF)));
        }
        StillFormat::Jpeg => ranges.extend(
            jpeg_segments(bytes)
                .filter(is_jumbf)
                .map(|segment| segment.begin..segment.begin.saturating_add(segment.data.len())),
        ),
        StillFormat::Png => credentials.extend(
            png_chunks(bytes)
                .filter(|part| part.name == b"caBX")
                .map(|part| part.begin..part.begin.saturating_add(part.data.len())),
        ),
        StillFormat::WebP => credentials.extend(
            webp_chunks(bytes).filter(|(name, _)| *name == b"C2PA").map(|(_, range)| range),
        ),
        StillFormat::Gif | StillFormat::Bmp => {}
    }
    places.sort_unstable();
    PassedOver { places, ranges, credentials }
}

/// The part of a file in which a place lies.
fn part(format: StillFormat, bytes: &[u8], at: usize) -> String {
    let within = |begin: usize, length: usize| (begin..begin.saturating_add(length)).contains(&at);
    let name = match format {
        StillFormat::Jpeg => jpeg_segments(bytes)
            .find(|segment| within(segment.begin, segment.data.len()))
            .and_then(|segment| match segment.code {
                0xE0..=0xEF => Some(format!("segment APP{}", segment.code & 15)),
                0xFE => Some("comment".to_owned()),
                _ => None,
            }),
        StillFormat::Png => png_chunks(bytes)
            .find(|part| within(part.begin, part.data.len()))
            .map(|part| format!("chunk {}", visible(&String::from_utf8_lossy(part.name)))),
        StillFormat::WebP => webp_chunk(bytes, at).map(|name| format!("chunk {name}")),
        StillFormat::Gif | StillFormat::Tiff | StillFormat::Bmp => None,
    };
    name.map_or_else(|| "within the file".to_owned(), |name| format!("in its {name}"))
}

/// The name of the chunk of a WebP file that holds a place.
fn webp_chunk(bytes: &[u8], at: usize) -> Option<String> {
    let (name, _) = webp_chunks(bytes).find(|(_, range)| range.contains(&at))?;
    Some(visible(String::from_utf8_lossy(name).trim()).into_owned())
}

/// The chunks of a WebP file, each with its name and place, its head and padding included.
fn webp_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut begin = 12usize;
    std::iter::from_fn(move || {
        let name = bytes.get(begin..begin.checked_add(4)?)?;
        let length = usize::try_from(little_u32(bytes, begin.checked_add(4)?)?).ok()?;
        let end = begin.checked_add(8)?.checked_add(length.checked_next_multiple_of(2)?)?;
        Some((name, std::mem::replace(&mut begin, end)..end))
    })
}

#[cfg(test)]
#[path = "within_tests.rs"]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests;
