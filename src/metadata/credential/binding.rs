//! Whether a credential is bound to what is shown: what its hash leaves out, and the hash itself.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::store::Binding;
use crate::metadata::field::{COLOR_PROFILE, Part};
use crate::metadata::sniff::Format;
use crate::metadata::source::input::Input;

/// Larger files are not hashed here.
const MAX_HASHED_BYTES: u64 = 512 << 20;
const CHUNK_BYTES: usize = 1 << 20;
/// Places of one kind that are kept: a check names the first ones.
const MAX_NAMED: usize = 20;
const RIFF_HEAD_BYTES: u64 = 12;
/// Boxes that an ISO file may leave out: none of them holds what is shown. The tables of offsets move
/// when a credential is put in; [`CodedData`] tells where they point to.
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

/// Those of them that say where samples and pictures lie.
const TABLES_OF_PLACES: &[&str] = &[
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
    let is_riff = matches!(format, Format::WebP | Format::Avi);
    let head_bytes = if is_riff { RIFF_HEAD_BYTES } else { 0 };
    let keep = |list: &mut Vec<String>, what: String| {
        if list.len() < MAX_NAMED {
            list.push(what);
        }
    };
    for path in binding.paths.iter().filter(|path| !FREE_BOXES.contains(&path.as_str())) {
        keep(&mut found.shown, format!("the box {path}"));
    }
    let top = TopParts::new(parts, level(format));
    for (start, end) in merged(&binding.ranges) {
        if end > length {
            keep(&mut found.shown, format!("bytes up to {end}, behind the end of the file"));
        }
        let mut reached = start.max(head_bytes.min(end));
        if !has_known_parts(format) {
            let inside = reached >= store.0 && end <= store.0.saturating_add(store.1);
            if reached < end && !inside {
                keep(&mut found.shown, format!("bytes {reached} to {end} beside the credential"));
            }
            continue;
        }
        for part in top.between(start, end) {
            let part_end = part.offset.saturating_add(part.length);
            reached = reached.max(part_end);
            let is_store = part.offset >= store.0 && part_end <= store.0.saturating_add(store.1);
            let what = || format!("{} at byte {}", part.name, part.offset);
            if !is_header(format, part) {
                keep(&mut found.shown, what());
            } else if !is_store && part.name != "SOI" {
                keep(&mut found.headers, what());
            }
        }
        if reached < end && end <= length {
            let what = format!("bytes {reached} to {end}, which belong to no known part");
            keep(&mut found.shown, what);
        }
    }
    found
}

/// Whether it is known here which parts of a container are shown. Of others nothing but the credential
/// may be left out.
const fn has_known_parts(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png | Format::WebP | Format::IsoMedia | Format::Heif)
}

/// Ranges of offset and bytes as start and end, in order; those that touch are joined.
fn merged(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (start, n) in sorted.into_iter().filter(|(_, n)| *n > 0) {
        let end = start.saturating_add(n);
        match merged.last_mut() {
            Some((_, reached)) if start <= *reached => *reached = end.max(*reached),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// The parts that a file consists of, in order.
struct TopParts<'a> {
    parts: Vec<&'a Part>,
    /// Up to where each part and those before it reach.
    ends: Vec<u64>,
}

impl<'a> TopParts<'a> {
    fn new(parts: &'a [Part], level: u8) -> Self {
        let mut parts: Vec<&Part> = parts.iter().filter(|part| part.depth == level).collect();
        parts.sort_by_key(|part| part.offset);
        let ends = parts.iter().scan(0u64, |reached, part| {
            *reached = part.offset.saturating_add(part.length).max(*reached);
            Some(*reached)
        });
        let ends = ends.collect();
        Self { parts, ends }
    }

    /// The parts of which some bytes lie between these offsets.
    fn between(&self, start: u64, end: u64) -> impl Iterator<Item = &'a Part> {
        let first = self.ends.partition_point(|reached| *reached <= start);
        let parts = self.parts.get(first..).unwrap_or_default().iter().copied();
        parts
            .take_while(move |part| part.offset < end)
            .filter(move |part| part.offset.saturating_add(part.length) > start)
    }
}

/// The boxes of an ISO file that hold coded data. Samples elsewhere could hide where no hash looks.
pub(super) struct CodedData(Vec<(u64, u64)>);

/// The head of a box has at most so many bytes.
const BOX_HEAD_BYTES: u64 = 16;
/// So many bytes of coded data may belong to no sample: writers align what they write.
const MAX_UNUSED_BYTES: u64 = 64;

impl CodedData {
    pub(super) fn new(parts: &[Part]) -> Self {
        let is_data =
            |part: &&Part| part.depth == 0 && matches!(part.name.as_ref(), "mdat" | "imda");
        let data = parts.iter().filter(is_data).map(|part| (part.offset, part.length));
        Self(merged(&data.collect::<Vec<_>>()))
    }

    /// Bytes that belong to none of these places, if they are more than a writer's filling.
    pub(super) fn unused(&self, places: impl Iterator<Item = (u64, u64)>) -> Option<u64> {
        let length = |spans: &[(u64, u64)]| {
            let each = spans.iter().map(|(start, end)| end.saturating_sub(*start));
            each.fold(0, u64::saturating_add)
        };
        let places: Vec<_> =
            places.map(|(start, end)| (start, end.saturating_sub(start))).collect();
        let heads = BOX_HEAD_BYTES.saturating_mul(self.0.len() as u64);
        let unused = length(&self.0).saturating_sub(heads).saturating_sub(length(&merged(&places)));
        (unused > MAX_UNUSED_BYTES).then_some(unused)
    }

    /// The first samples that lie elsewhere, of places given as start and end.
    pub(super) fn strays(&self, places: &[Vec<(u64, u64)>]) -> Vec<String> {
        let is_inside = |start: u64, end: u64| {
            let after = self.0.partition_point(|(from, _)| *from <= start);
            let around = after.checked_sub(1).and_then(|at| self.0.get(at));
            around.is_some_and(|(_, to)| start < *to && end <= *to)
        };
        let strays = places.iter().flatten().filter(|(start, end)| !is_inside(*start, *end));
        strays.take(MAX_NAMED).map(|(start, _)| format!("samples at byte {start}")).collect()
    }
}

/// Whether the hash leaves out where samples and pictures lie.
pub(super) fn leaves_out_places(binding: &Binding) -> bool {
    binding.paths.iter().any(|path| TABLES_OF_PLACES.contains(&path.as_str()))
}

/// Samples that may not be those that were signed, where the hash leaves out the tables of their places:
/// each track, and the list of items, has to go forward through the file, and no byte belongs to two. Else
/// frames may have been exchanged or repeated. `lists`: starts and ends, in the order of the tables.
pub(super) fn disorder(binding: &Binding, lists: &[Vec<(u64, u64)>]) -> Vec<String> {
    if !leaves_out_places(binding) {
        return Vec::new();
    }
    let backward = lists.iter().flat_map(|list| list.windows(2)).find_map(|pair| match pair {
        [(_, end), (start, _)] if start < end => Some(*start),
        _ => None,
    });
    let mut all: Vec<(u64, u64)> = lists.concat();
    all.sort_unstable();
    let shared = || {
        all.windows(2).find_map(|pair| match pair {
            [(_, end), (start, _)] if start < end => Some(*start),
            _ => None,
        })
    };
    let odd = backward.or_else(shared);
    odd.map(|at| format!("where samples lie (those at byte {at} are out of order)"))
        .into_iter()
        .collect()
}

/// How deep the parts lie that a file consists of.
pub(super) const fn level(format: Format) -> u8 {
    if matches!(format, Format::WebP | Format::Avi) { 1 } else { 0 }
}

/// Whether a part holds nothing that is shown.
fn is_header(format: Format, part: &Part) -> bool {
    match format {
        Format::Jpeg => {
            let name = part.name.as_ref();
            // Adobe's segment and color profiles decide what colors the numbers stand for.
            let is_color = name == "APP14" || part.meaning == COLOR_PROFILE;
            (name.starts_with("APP") && !is_color)
                || name == "COM"
                || (name == "SOI" && part.offset == 0)
        }
        Format::Png => matches!(part.name.as_ref(), "caBX" | "tEXt" | "zTXt" | "iTXt" | "tIME"),
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
    fn colors_are_shown_and_texts_are_not() {
        let profile = Part { meaning: COLOR_PROFILE.into(), ..part("APP2", 2, 18) };
        let parts = [part("SOI", 0, 2), profile, part("APP2", 20, 80), part("APP14", 100, 14)];
        let judged = |start, n| {
            let binding = Binding { ranges: vec![(start, n)], ..Binding::default() };
            excluded(Format::Jpeg, &binding, &parts, (0, 0), 200)
        };
        assert_eq!(judged(2, 18).shown, ["APP2 at byte 2"]);
        assert_eq!(judged(20, 80).headers, ["APP2 at byte 20"]);
        assert_eq!(judged(100, 14).shown, ["APP14 at byte 100"]);
        let parts = [part("tEXt", 33, 20), part("gAMA", 53, 16)];
        let binding = Binding { ranges: vec![(33, 36)], ..Binding::default() };
        let found = excluded(Format::Png, &binding, &parts, (0, 0), 100);
        assert_eq!(
            (found.headers, found.shown),
            (vec!["tEXt at byte 33".to_owned()], vec!["gAMA at byte 53".to_owned()])
        );
    }

    #[test]
    fn in_other_containers_nothing_but_the_credential_may_be_left_out() {
        let judged = |format, ranges: &[(u64, u64)]| {
            let binding = Binding { ranges: ranges.to_vec(), ..Binding::default() };
            excluded(format, &binding, &[], (50, 30), 200).shown
        };
        assert_eq!(judged(Format::Tiff, &[(50, 10), (60, 20)]), [""; 0]);
        assert_eq!(judged(Format::Tiff, &[(50, 31)]), ["bytes 50 to 81 beside the credential"]);
        assert_eq!(judged(Format::Tiff, &[(4, 4)]).len(), 1);
        assert_eq!(judged(Format::Avi, &[(4, 4), (50, 30)]), [""; 0], "the size of the file");
    }

    #[test]
    fn samples_outside_of_the_coded_data_are_seen() {
        let parts = [part("mdat", 300, 100), part("uuid", 0, 100), part("mdat", 100, 100)];
        let data = CodedData::new(&parts);
        let strays = |places: &[(u64, u64)]| data.strays(&[places.to_vec()]);
        assert!(strays(&[(108, 200), (100, 101), (300, 400)]).is_empty(), "inside");
        assert_eq!(strays(&[(50, 60), (150, 160)]), ["samples at byte 50"]);
        assert_eq!(strays(&[(199, 201)]), ["samples at byte 199"], "beyond the end");
        assert_eq!(strays(&[(250, 260)]), ["samples at byte 250"], "between two boxes");
        // 200 bytes in two boxes, of which each has a head.
        let unused = |places: &[(u64, u64)]| data.unused(places.iter().copied());
        assert_eq!(unused(&[(108, 200), (308, 400)]), None);
        assert_eq!(unused(&[(108, 150), (120, 200)]), Some(76));
    }

    #[test]
    fn samples_out_of_order_may_be_others_than_those_that_were_signed() {
        let binding = Binding {
            paths: vec!["/uuid".into(), "/moov/trak/mdia/minf/stbl/stco".into()],
            ..Binding::default()
        };
        let video = vec![(100, 150), (200, 250)];
        let sound = vec![(150, 200), (250, 260)];
        assert_eq!(disorder(&binding, &[video.clone(), sound.clone()]), [""; 0]);
        let reversed: Vec<_> = video.iter().rev().copied().collect();
        for odd in [reversed, vec![(100, 150), (100, 150)], vec![(100, 160)]] {
            assert_eq!(disorder(&binding, &[odd.clone(), sound.clone()]).len(), 1, "{odd:?}");
            assert_eq!(disorder(&Binding::default(), &[odd, sound.clone()]), [""; 0], "hashed");
        }
    }

    /// Each of many ranges covers each of many parts: their product would be four billion.
    #[test]
    fn many_ranges_and_parts_take_no_product_of_time() {
        const N: u64 = 65_536;
        let parts: Vec<Part> = (0..N).map(|i| part("APP1", i, 1)).collect();
        let ranges = (0..N).map(|i| (i / 2, N - i)).collect();
        let binding = Binding { ranges, ..Binding::default() };
        let start = std::time::Instant::now();
        let found = excluded(Format::Jpeg, &binding, &parts, (0, 0), N);
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
        assert_eq!(found.headers.len(), MAX_NAMED, "{found:?}");
        let apart = (0..N / 2).map(|i| (i * 2, 1)).collect();
        let binding = Binding { ranges: apart, ..Binding::default() };
        excluded(Format::Jpeg, &binding, &parts, (0, 0), N);
        let places: Vec<(u64, u64)> = (0..N).map(|i| (i, i + 1)).collect();
        let boxes: Vec<Part> = (0..N / 2).map(|i| part("mdat", i * 2, 1)).collect();
        assert_eq!(CodedData::new(&boxes).strays(&[places]).len(), MAX_NAMED);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    #[test]
    fn the_hash_leaves_out_what_it_is_told() {
        let whole = crate::files::sha256_hex(b"abef");
        let found = hash(&mut Input::Bytes(b"abcdef"), "sha256", &[(2, 2)]).unwrap();
        assert_eq!(crate::metadata::source::text::hex_word(&found), whole);
        assert_eq!(hash(&mut Input::Bytes(b"a"), "md5", &[]), None);
    }
}
