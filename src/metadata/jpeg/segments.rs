//! Walks the markers of a JPEG file and hands each segment to its reader.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::app::read_app;
use super::coding::{Component, JpegCoding, QuantTable};
use super::spread::Spread;
use super::trailer::read_trailer;
use super::{huffman, ijg};
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::text_trimmed;

/// Segments that are read; each may be as small as two bytes.
const MAX_SEGMENTS: usize = 50_000;

/// Reads a whole file.
pub(in crate::metadata) fn read(file: Span<'_>, sink: &mut Sink) {
    sink.part(0, "SOI", "start of image", (file.at, 2));
    let mut coding = JpegCoding::default();
    let mut spread = Spread::default();
    let (mut at, mut n) = (2usize, 0usize);
    while let Some((code, marker_at)) = next_marker(file, at).filter(|_| n < MAX_SEGMENTS) {
        n = n.saturating_add(1);
        if marker_at > at {
            let length = (marker_at.saturating_sub(at)) as u64;
            sink.part(0, "stray bytes", "belong to no segment", (file.place(at), length));
        }
        let head = marker_at.saturating_add(2);
        at = head;
        let offset = file.place(marker_at);
        match code {
            0x01 | 0xD0..=0xD8 => {
                sink.part(0, name(code), "stands alone", (offset, 2));
                continue;
            }
            0xD9 => {
                sink.part(0, "EOI", "end of image", (offset, 2));
                coding.end = Some(file.place(head));
                break;
            }
            _ => {}
        }
        let Some(length) = file.be16(head).map(usize::from) else { break };
        let body = file.part_there(head.saturating_add(2), length.saturating_sub(2));
        let size = (length.saturating_add(2)) as u64;
        if body.len() < length.saturating_sub(2) {
            sink.warn(format!("the file ends inside the segment {} at byte {offset}", name(code)));
        }
        let meaning = match code {
            0xE0..=0xEF => read_app(code, body, &mut spread, sink),
            0xFE => {
                comment(body, sink);
                "comment"
            }
            0xDB => {
                read_tables(body, &mut coding);
                "quantization tables"
            }
            0xC4 => {
                let is_standard = huffman::is_standard(body);
                let before = coding.has_standard_huffman;
                coding.has_standard_huffman = is_standard.map(|is| is && before != Some(false));
                "Huffman tables"
            }
            0xCC => "conditions of arithmetic coding",
            0xDD => {
                coding.restart_interval = body.be16(0).map_or(0, u32::from);
                "restart interval"
            }
            0xC0..=0xCF => {
                read_frame(code, body, &mut coding, sink);
                "start of frame"
            }
            0xDA => "start of scan",
            0xDC => "number of lines",
            _ => "unknown",
        };
        sink.part(0, name(code), meaning, (offset, size));
        at = head.saturating_add(length.max(2));
        if code == 0xDA {
            coding.n_scans = coding.n_scans.saturating_add(1);
            coding.n_tables_before_scan.get_or_insert(coding.tables.len());
            let end = end_of_scan(file, at);
            let length = end.saturating_sub(at) as u64;
            sink.part(0, "scan data", "coded pixels", (file.place(at), length));
            at = end;
        }
    }
    if n >= MAX_SEGMENTS {
        sink.cut("the file has too many segments: the rest is not read");
    } else if coding.end.is_none() {
        sink.warn("the JPEG file ends early: its end mark is missing");
    }
    if let Some(end) = coding.end {
        let index = usize::try_from(end.saturating_sub(file.at)).unwrap_or(usize::MAX);
        read_trailer(file.rest(index), sink);
    }
    for id in coding.redefined_tables() {
        sink.warn(format!(
            "the quantization table {id} is defined more than once: the last one before the scan counts"
        ));
    }
    spread.finish(sink);
    sink.jpeg = Some(coding);
}

/// The next marker at or behind `at`: its code and where its 0xFF stands.
fn next_marker(file: Span<'_>, at: usize) -> Option<(u8, usize)> {
    let mut at = at;
    loop {
        let offset = file.bytes.get(at..)?.iter().position(|b| *b == 0xFF)?;
        at = at.checked_add(offset)?;
        match file.u8(at.checked_add(1)?)? {
            // A fill byte: the code follows. Stuffed data: no marker.
            0xFF => at = at.checked_add(1)?,
            0x00 => at = at.checked_add(2)?,
            code => return Some((code, at)),
        }
    }
}

/// Where the coded data of a scan end: at the first marker that is no restart.
fn end_of_scan(file: Span<'_>, at: usize) -> usize {
    let mut at = at;
    while let Some((code, marker_at)) = next_marker(file, at) {
        if !matches!(code, 0x01 | 0xD0..=0xD7) {
            return marker_at;
        }
        at = marker_at.saturating_add(2);
    }
    file.len()
}

fn name(code: u8) -> String {
    match code {
        0x01 => "TEM".to_owned(),
        0xC4 => "DHT".to_owned(),
        0xC8 => "JPG".to_owned(),
        0xCC => "DAC".to_owned(),
        0xC0..=0xCF => format!("SOF{}", code & 15),
        0xD0..=0xD7 => format!("RST{}", code & 7),
        0xD8 => "SOI".to_owned(),
        0xD9 => "EOI".to_owned(),
        0xDA => "SOS".to_owned(),
        0xDB => "DQT".to_owned(),
        0xDC => "DNL".to_owned(),
        0xDD => "DRI".to_owned(),
        0xDE => "DHP".to_owned(),
        0xDF => "EXP".to_owned(),
        0xE0..=0xEF => format!("APP{}", code & 15),
        0xFE => "COM".to_owned(),
        _ => format!("0xFF{code:02X}"),
    }
}

fn process(code: u8) -> &'static str {
    match code {
        0xC0 => "Baseline DCT, Huffman coding",
        0xC1 => "Extended sequential DCT, Huffman coding",
        0xC2 => "Progressive DCT, Huffman coding",
        0xC3 => "Lossless, Huffman coding",
        0xC5 => "Sequential DCT, differential Huffman coding",
        0xC6 => "Progressive DCT, differential Huffman coding",
        0xC7 => "Lossless, differential Huffman coding",
        0xC9 => "Extended sequential DCT, arithmetic coding",
        0xCA => "Progressive DCT, arithmetic coding",
        0xCB => "Lossless, arithmetic coding",
        0xCD => "Sequential DCT, differential arithmetic coding",
        0xCE => "Progressive DCT, differential arithmetic coding",
        0xCF => "Lossless, differential arithmetic coding",
        _ => "unknown",
    }
}

fn comment(body: Span<'_>, sink: &mut Sink) {
    sink.field(Field::new("File", "Comment", "COM", text_trimmed(body.bytes), body));
}

/// The frame header. A second one (of a hierarchical file) is listed only.
fn read_frame(code: u8, body: Span<'_>, coding: &mut JpegCoding, sink: &mut Sink) {
    if !coding.marker.is_empty() {
        return;
    }
    let (Some(precision), Some(height), Some(width), Some(n)) =
        (body.u8(0), body.be16(1), body.be16(3), body.u8(5))
    else {
        return;
    };
    let component = |i: usize| {
        let [id, sampling, table] = body.array(i.checked_mul(3)?.checked_add(6)?)?;
        Some(Component { id, sampling: (sampling >> 4, sampling & 15), table })
    };
    coding.components = (0..usize::from(n)).map_while(component).collect();
    coding.marker = name(code);
    process(code).clone_into(&mut coding.process);
    (coding.precision, coding.width_px, coding.height_px) =
        (precision, u32::from(width), u32::from(height));
    let mut note = |name: &'static str, raw: String, meaning: Option<String>, from, length| {
        let value = body.part_there(from, length);
        sink.field(Field::new("File", name, coding.marker.clone(), raw, value).meaning(meaning));
    };
    note("ImageWidth", width.to_string(), None, 3, 2);
    note("ImageHeight", height.to_string(), None, 1, 2);
    let process = Some(coding.process.clone());
    note("EncodingProcess", (code & 15).to_string(), process, 0, 0);
    note("BitsPerSample", precision.to_string(), None, 0, 1);
    note("ColorComponents", n.to_string(), None, 5, 1);
    if let Some(first) = coding.components.first().filter(|_| n == 3) {
        let (h, v) = first.sampling;
        let words = coding.sampling().map(|name| format!("YCbCr{name} ({h} {v})"));
        note("YCbCrSubSampling", format!("{h} {v}"), words, 7, 1);
    }
}

/// All tables of a DQT segment.
fn read_tables(body: Span<'_>, coding: &mut JpegCoding) {
    let mut at = 0usize;
    while let Some(head) = body.u8(at) {
        let is_wide = head >> 4 != 0;
        let start = at.saturating_add(1);
        let n_bytes = if is_wide { 128 } else { 64 };
        let Some(table) = body.part(start, n_bytes) else { break };
        let steps: Vec<u16> = if is_wide {
            let (pairs, _) = table.bytes.as_chunks::<2>();
            pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
        } else {
            table.bytes.iter().map(|step| u16::from(*step)).collect()
        };
        let preferred = coding.tables.first().map(|first| first.ijg.quality);
        let ijg = ijg::nearest(&steps, is_wide, preferred);
        // A damaged file can repeat its tables without end.
        if coding.tables.len() < 64 {
            coding.tables.push(QuantTable { id: head & 15, is_wide, steps, offset: table.at, ijg });
        }
        at = start.saturating_add(n_bytes);
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> (Vec<(String, u64, u64)>, JpegCoding) {
        let mut sink = Sink::default();
        read(Span::new(bytes, 0), &mut sink);
        let parts = sink.parts.iter().map(|p| (p.name.to_string(), p.offset, p.length)).collect();
        (parts, sink.jpeg.unwrap())
    }

    #[test]
    fn segments_are_listed_with_offsets_and_data_are_skipped() {
        let mut file = b"\xFF\xD8".to_vec();
        file.extend(b"\xFF\xFE\0\x05abc");
        file.extend(b"\xFF\xDA\0\x03\0\x11\xFF\0\x12\xFF\xD0\x13\xFF\xD9tail");
        let (found, coding) = parts(&file);
        let expected = [
            ("SOI", 0, 2),
            ("COM", 2, 7),
            ("SOS", 9, 5),
            ("scan data", 14, 7),
            ("EOI", 21, 2),
            ("trailer", 23, 4),
        ];
        let expected: Vec<_> = expected.map(|(n, o, l)| (n.to_owned(), o, l)).into();
        assert_eq!(found, expected);
        assert_eq!((coding.end, coding.n_scans), (Some(23), 1));
    }

    #[test]
    fn wide_tables_are_read() {
        let mut segment = vec![0x11];
        segment.extend([0, 3].repeat(64));
        let mut coding = JpegCoding::default();
        read_tables(Span::new(&segment, 10), &mut coding);
        let table = &coding.tables[0];
        assert!(table.is_wide && table.steps == [3; 64] && table.offset == 11, "{table:?}");
    }
}
