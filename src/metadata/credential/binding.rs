//! Whether a credential is bound to what is shown: what its hash leaves out, and the hash itself.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::store::Binding;
use crate::metadata::field::Part;
use crate::metadata::sniff::Format;
use crate::metadata::source::input::Input;

/// Larger files are not hashed here.
const MAX_HASHED_BYTES: u64 = 512 << 20;
const CHUNK_BYTES: usize = 1 << 20;
const RIFF_HEAD_BYTES: u64 = 12;
/// Boxes that an ISO file may leave out: none of them holds what is shown. The tables of offsets move
/// when a credential is put in; [`stray_samples`] looks where they point to.
const FREE_BOXES: &[&str] = &[
    "/uuid",
    "/free",
    "/skip",
    "/ftyp",
    "/styp",
    "/sidx",
    "/emsg",
    "/mfra",
    "/mfra/tfra",
    "/meta/iloc",
    "/moov/trak/mdia/minf/stbl/stco",
    "/moov/trak/mdia/minf/stbl/co64",
    "/moof/traf/tfhd",
    "/moof/traf/trun",
];

/// What lies in the excluded parts of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Excluded {
    /// Parts that are shown, or that no reader skips: each a reason for "not bound".
    pub(super) shown: Vec<String>,
    /// Headers that the signature does not cover, with their offsets.
    pub(super) headers: Vec<String>,
}

/// Judges every excluded range and box. `store`: where the credential itself lies.
pub(super) fn excluded(
    format: Format,
    binding: &Binding,
    parts: &[Part],
    store: (u64, u64),
    length: u64,
) -> Excluded {
    let mut found = Excluded::default();
    // The size in the head of a RIFF file changes with the credential.
    let head_bytes = if format == Format::WebP { RIFF_HEAD_BYTES } else { 0 };
    for path in &binding.paths {
        if !FREE_BOXES.contains(&path.as_str()) {
            found.shown.push(format!("the box {path}"));
        }
    }
    for (start, n) in &binding.ranges {
        let end = start.saturating_add(*n);
        if end > length {
            found.shown.push(format!("bytes up to {end}, behind the end of the file"));
        }
        let mut reached = (*start).max(head_bytes.min(end));
        let top = parts.iter().filter(|part| part.depth == level(format));
        for part in top {
            let part_end = part.offset.saturating_add(part.length);
            if part_end <= *start || part.offset >= end {
                continue;
            }
            reached = reached.max(part_end);
            let is_store = part.offset >= store.0 && part_end <= store.0.saturating_add(store.1);
            let what = format!("{} at byte {}", part.name, part.offset);
            if !is_header(format, part) {
                found.shown.push(what);
            } else if !is_store && part.name != "SOI" {
                found.headers.push(what);
            }
        }
        if reached < end && end <= length {
            found.shown.push(format!("bytes {reached} to {end}, which belong to no known part"));
        }
    }
    found
}

/// Samples that lie outside of the boxes of coded data: one could hide them where no hash looks.
pub(super) fn stray_samples(samples: &[(u64, u64)], parts: &[Part]) -> Vec<String> {
    let is_inside = |at: u64| {
        parts.iter().any(|part| {
            let end = part.offset.saturating_add(part.length);
            part.depth == 0 && part.name == "mdat" && part.offset <= at && at < end
        })
    };
    let ends = samples.iter().flat_map(|(low, high)| [*low, *high]);
    ends.filter(|at| !is_inside(*at)).map(|at| format!("samples at byte {at}")).collect()
}

/// How deep the parts lie that a file consists of.
pub(super) const fn level(format: Format) -> u8 {
    if matches!(format, Format::WebP | Format::Avi) { 1 } else { 0 }
}

/// Whether it is known here which parts of a container are shown.
pub(super) const fn is_known(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png | Format::WebP | Format::IsoMedia | Format::Heif)
}

/// Whether a part holds nothing that is shown.
fn is_header(format: Format, part: &Part) -> bool {
    match format {
        Format::Jpeg => {
            let name = part.name.as_ref();
            name.starts_with("APP") || name == "COM" || (name == "SOI" && part.offset == 0)
        }
        Format::Png => part.name == "caBX",
        Format::WebP => part.name.trim() == "C2PA",
        Format::IsoMedia | Format::Heif => matches!(part.name.as_ref(), "uuid" | "free" | "skip"),
        _ => false,
    }
}

/// The hash of a file without some ranges; `None` for unknown algorithms and very large files.
pub(super) fn hash(
    input: &mut Input<'_>,
    algorithm: &str,
    ranges: &[(u64, u64)],
) -> Option<Vec<u8>> {
    let length = input.length();
    if length > MAX_HASHED_BYTES {
        return None;
    }
    match algorithm {
        "sha256" => Some(digest::<Sha256>(input, length, ranges)),
        "sha384" => Some(digest::<Sha384>(input, length, ranges)),
        "sha512" => Some(digest::<Sha512>(input, length, ranges)),
        _ => None,
    }
}

fn digest<D: Digest>(input: &mut Input<'_>, length: u64, ranges: &[(u64, u64)]) -> Vec<u8> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut hasher = D::new();
    let mut at = 0u64;
    let mut cover = |from: u64, to: u64, input: &mut Input<'_>| {
        let mut at = from;
        while at < to {
            let n =
                usize::try_from(to.saturating_sub(at)).map_or(CHUNK_BYTES, |n| n.min(CHUNK_BYTES));
            let bytes = input.read(at, n);
            if bytes.is_empty() {
                break;
            }
            hasher.update(&bytes);
            at = at.saturating_add(bytes.len() as u64);
        }
    };
    for (start, n) in sorted {
        cover(at, start.min(length), input);
        at = at.max(start.saturating_add(n));
    }
    cover(at, length, input);
    hasher.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &'static str, offset: u64, length: u64) -> Part {
        Part { depth: 0, name: name.into(), meaning: "".into(), offset, length }
    }

    #[test]
    fn only_headers_may_be_left_out() {
        let parts = [
            part("SOI", 0, 2),
            part("APP1", 2, 18),
            part("APP11", 20, 80),
            part("DQT", 100, 50),
            part("scan data", 150, 50),
        ];
        let judged = |start, n| {
            let binding = Binding { ranges: vec![(start, n)], ..Binding::default() };
            excluded(Format::Jpeg, &binding, &parts, (20, 80), 200)
        };
        assert_eq!(judged(20, 80), Excluded::default());
        assert_eq!(judged(0, 100).headers, ["APP1 at byte 2"]);
        assert_eq!(judged(20, 81).shown, ["DQT at byte 100"]);
        assert_eq!(judged(20, 999).shown.len(), 3, "{:?}", judged(20, 999));
        let movie = Binding { paths: vec!["/uuid".into(), "/moov".into()], ..Binding::default() };
        let found = excluded(Format::IsoMedia, &movie, &[], (0, 0), 10);
        assert_eq!(found.shown, ["the box /moov"]);
        let chunk = |name, offset| Part { depth: 1, ..part(name, offset, 20) };
        let parts = [part("RIFF", 0, 52), chunk("VP8 ", 12), chunk("C2PA", 32)];
        let judged = |ranges: &[(u64, u64)]| {
            let binding = Binding { ranges: ranges.to_vec(), ..Binding::default() };
            excluded(Format::WebP, &binding, &parts, (32, 20), 52).shown
        };
        assert_eq!(judged(&[(4, 4), (32, 20)]), [""; 0]);
        assert_eq!(judged(&[(30, 22)]), ["VP8  at byte 12"]);
    }

    #[test]
    fn samples_outside_of_the_coded_data_are_seen() {
        let parts = [part("uuid", 0, 100), part("mdat", 100, 100)];
        assert!(stray_samples(&[(108, 199)], &parts).is_empty(), "inside");
        assert_eq!(stray_samples(&[(50, 150)], &parts), ["samples at byte 50"]);
    }

    #[test]
    fn the_hash_leaves_out_what_it_is_told() {
        let whole = crate::files::sha256_hex(b"abef");
        let found = hash(&mut Input::Bytes(b"abcdef"), "sha256", &[(2, 2)]).unwrap();
        assert_eq!(crate::metadata::source::text::hex_word(&found), whole);
        assert_eq!(hash(&mut Input::Bytes(b"a"), "md5", &[]), None);
    }
}
