//! The JSON keys about the structure of a file.

use serde::Serialize;

use super::describe::{Description, RepeatCheck, ThumbnailCheck};
use super::repeats::RepeatedSpan;
use crate::media::JpegDataEnd;
use crate::metadata::{EarlierCoding, JpegCoding, PacketChart, Part, Thumbnail};

/// Parts and packets without `--raw`.
const MAX_PARTS: usize = 1000;
const MAX_PACKETS: usize = 2000;

#[derive(Debug, Serialize)]
pub(super) struct StructureObject {
    format: &'static str,
    bytes: u64,
    jpeg: Option<JpegObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packets: Option<PacketsObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<RepeatsObject>,
    thumbnails: Vec<ThumbnailObject>,
    n_parts: usize,
    parts: Vec<PartObject>,
}

#[derive(Debug, Serialize)]
struct JpegObject {
    process: String,
    precision: u8,
    sampling: Option<&'static str>,
    ijg_quality: Option<u8>,
    ijg_deviation: Option<f64>,
    is_ijg: bool,
    adobe_tables: Option<&'static str>,
    standard_huffman: Option<bool>,
    restart_interval: u32,
    scans: u32,
    tables: Vec<TableObject>,
    end: Option<u64>,
    data_end: Option<DataEndObject>,
}

#[derive(Debug, Serialize)]
struct DataEndObject {
    first_missing_row: Option<u32>,
    words: &'static str,
}

#[derive(Debug, Serialize)]
struct TableObject {
    id: u8,
    offset: u64,
    steps: Vec<u16>,
}

#[derive(Debug, Serialize)]
struct ThumbnailObject {
    offset: u64,
    length: u64,
    /// Only where it was to be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    shows: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn_deg: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covered: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

#[derive(Debug, Serialize)]
struct PacketsObject {
    track: u32,
    n_declared: u64,
    is_cut: bool,
    n: usize,
    key_frames: Vec<usize>,
    t_s: Vec<f64>,
    bytes: Vec<u32>,
    earlier_coding: EarlierObject,
}

#[derive(Debug, Serialize)]
struct EarlierObject {
    period: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_high: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_compared: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_by_chance: Option<f64>,
    words: String,
}

#[derive(Debug, Serialize)]
struct RepeatsObject {
    spans: Vec<SpanObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_still: Option<usize>,
    words: String,
}

#[derive(Debug, Serialize)]
struct SpanObject {
    original: [usize; 2],
    copy: [usize; 2],
    n_same: usize,
}

#[derive(Debug, Serialize)]
struct PartObject {
    depth: u8,
    name: String,
    meaning: String,
    offset: u64,
    length: u64,
}

impl StructureObject {
    pub(super) fn new(description: &Description, is_raw: bool) -> Self {
        let metadata = &description.metadata;
        let (most_parts, most_packets) =
            if is_raw { (usize::MAX, usize::MAX) } else { (MAX_PARTS, MAX_PACKETS) };
        let thumbnails = metadata.thumbnails.iter().enumerate();
        Self {
            format: metadata.format.name(),
            bytes: metadata.length,
            jpeg: metadata.jpeg.as_ref().map(|coding| jpeg(coding, description.data_end)),
            packets: metadata.packets.as_ref().map(|chart| packets(chart, most_packets)),
            repeats: repeats(&description.repeats),
            thumbnails: thumbnails
                .map(|(i, place)| thumbnail(place, description.thumbnails.get(i)))
                .collect(),
            n_parts: metadata.parts.len(),
            parts: metadata.parts.iter().take(most_parts).map(part).collect(),
        }
    }
}

fn part(part: &Part) -> PartObject {
    PartObject {
        depth: part.depth,
        name: part.name.to_string(),
        meaning: part.meaning.to_string(),
        offset: part.offset,
        length: part.length,
    }
}

fn thumbnail(place: &Thumbnail, check: Option<&ThumbnailCheck>) -> ThumbnailObject {
    let found = match check {
        Some(ThumbnailCheck::Compared(found)) => Some(found),
        _ => None,
    };
    ThumbnailObject {
        offset: place.offset,
        length: place.length,
        shows: match check {
            Some(ThumbnailCheck::Compared(found)) => Some(found.content.as_str()),
            Some(ThumbnailCheck::NotCompared(_)) => Some("not-compared"),
            Some(ThumbnailCheck::NotAsked) | None => None,
        },
        correlation: found.map(|found| thousandth(f64::from(found.correlation))),
        turn_deg: found.map(|found| found.turn_deg),
        covered: found.map(|found| {
            let (across, down) = found.covered;
            [across, down].map(|share| thousandth(f64::from(share)))
        }),
        compared: found.map(|found| thousandth(f64::from(found.compared))),
        words: match check {
            Some(ThumbnailCheck::Compared(found)) => Some(found.sentence()),
            Some(ThumbnailCheck::NotCompared(why)) => Some(why.clone()),
            Some(ThumbnailCheck::NotAsked) | None => None,
        },
    }
}

fn packets(chart: &PacketChart, most: usize) -> PacketsObject {
    let shown = || chart.packets.iter().take(most);
    let (mut first, mut counts, mut ratio, mut chance) = (None, None, None, None);
    if let EarlierCoding::Period { first: at, n_high, n, ratio: r, expected_by_chance, .. } =
        &chart.earlier
    {
        first = Some(*at);
        counts = Some((*n_high, *n));
        (ratio, chance) = (Some(thousandth(*r)), Some(*expected_by_chance));
    }
    PacketsObject {
        track: chart.track,
        n_declared: chart.n_declared,
        is_cut: chart.is_cut,
        n: chart.packets.len(),
        key_frames: chart.key_frames().take_while(|frame| *frame < most).collect(),
        t_s: shown().map(|packet| thousandth(packet.t_s)).collect(),
        bytes: shown().map(|packet| packet.bytes).collect(),
        earlier_coding: EarlierObject {
            period: chart.earlier.period(),
            first,
            n_high: counts.map(|(n_high, _)| n_high),
            n_compared: counts.map(|(_, n)| n),
            ratio,
            expected_by_chance: chance,
            words: chart.earlier.sentence(),
        },
    }
}

fn repeats(check: &RepeatCheck) -> Option<RepeatsObject> {
    let found = match check {
        RepeatCheck::NotAsked => return None,
        RepeatCheck::NotCompared(why) => {
            let words = format!("The frames were not compared: {why}");
            return Some(RepeatsObject { spans: Vec::new(), n_frames: None, n_still: None, words });
        }
        RepeatCheck::Compared(found) => found,
    };
    let span = |span: &RepeatedSpan| SpanObject {
        original: [span.original.0, span.original.1],
        copy: [span.copy.0, span.copy.1],
        n_same: span.n_same,
    };
    Some(RepeatsObject {
        spans: found.spans.iter().map(span).collect(),
        n_frames: Some(found.n_frames),
        n_still: Some(found.n_still),
        words: found.sentence(),
    })
}

fn thousandth(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

fn jpeg(coding: &JpegCoding, data_end: Option<JpegDataEnd>) -> JpegObject {
    let quality = coding.quality();
    JpegObject {
        process: coding.process.clone(),
        precision: coding.precision,
        sampling: coding.sampling(),
        ijg_quality: quality.map(|(quality, ..)| quality),
        ijg_deviation: quality.map(|(_, deviation, _)| thousandth(deviation)),
        is_ijg: quality.is_some_and(|(.., is_exact)| is_exact),
        adobe_tables: coding.adobe_tables(),
        standard_huffman: coding.has_standard_huffman,
        restart_interval: coding.restart_interval,
        scans: coding.n_scans,
        tables: coding
            .tables
            .iter()
            .map(|table| TableObject {
                id: table.id,
                offset: table.offset,
                steps: table.steps.clone(),
            })
            .collect(),
        end: coding.end,
        data_end: data_end
            .map(|end| DataEndObject { first_missing_row: end.first_row, words: end.what }),
    }
}
