//! MPEG transport streams: programs, streams, service, the first picture's messages.
//!
//! Sources: ISO/IEC 13818-1 (packets, tables), ETSI EN 300 468 (service).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::camcorder;
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::input::Input;
use crate::metadata::source::sei::messages;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{number, text_trimmed};
use crate::metadata::source::words::duration;

/// Bytes at the beginning and at the end that are read.
const HEAD_BYTES: usize = 1 << 20;
const TAIL_BYTES: usize = 256 << 10;
/// Bytes of the first picture that are searched for messages, and units in it.
const MAX_PICTURE_BYTES: usize = 256 << 10;
const MAX_UNITS: usize = 200;
/// Streams that are listed.
const MAX_STREAMS: usize = 64;
/// Bytes of a packet, without what recorders put before it.
const PACKET: usize = 188;
/// The first byte of each.
const SYNC: u8 = 0x47;
/// Streams of tables: programs, services.
const PROGRAMS: u16 = 0;
const SERVICES: u16 = 17;
/// Kinds of tables.
const PROGRAM_MAP: u8 = 2;
const SERVICE_TABLE: u8 = 0x42;
/// Ticks of the clock a second, and the highest count, after which it begins anew.
const CLOCK_HZ: f64 = 90_000.0;
const LAST_TICK: u64 = 0x1_FFFF_FFFF;
/// Coders of video.
const AVC: u8 = 0x1B;
const HEVC: u8 = 0x24;

/// How packets lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::metadata) struct Shape {
    /// Bytes from one packet to the next.
    step: usize,
    /// Bytes before each: a time stamp of recorders.
    before: usize,
}

/// The shape of a transport stream; `None` for another file.
pub(in crate::metadata) fn shape(head: &[u8]) -> Option<Shape> {
    let shapes = [(PACKET, 0), (192, 4), (204, 0)].map(|(step, before)| Shape { step, before });
    shapes.into_iter().find(|Shape { step, before }| {
        let mut packets = head.chunks_exact(*step).take(8);
        packets.len() >= 3 && packets.all(|packet| packet.get(*before) == Some(&SYNC))
    })
}

/// A packet.
struct Packet<'a> {
    stream: u16,
    /// A table or a picture begins in it.
    begins: bool,
    clock: Option<u64>,
    body: Span<'a>,
    /// Where it begins in the file.
    at: u64,
}

/// A stream of the first program.
#[derive(Clone, Copy)]
struct Stream {
    kind: u8,
    number: u16,
}

pub(in crate::metadata) fn read(input: &mut Input<'_>, sink: &mut Sink) {
    let head = input.read(0, HEAD_BYTES);
    let Some(shape) = shape(&head) else { return };
    let step = shape.step as u64;
    let n_packets = input.length().checked_div(step).unwrap_or(0);
    let n_rest = input.length().saturating_sub(n_packets.saturating_mul(step));
    let whole = input.length().saturating_sub(n_rest);
    sink.part(0, "packets", format!("{n_packets} packets of {step} bytes"), (0, whole));
    let packets: Vec<Packet<'_>> = packets(Span::new(&head, 0), shape).collect();
    let streams = tables(&packets, step, sink);
    for stream in &streams {
        let first = packets.iter().find(|packet| packet.stream == stream.number);
        let name = format!("stream {:#06x}", stream.number);
        let at = first.map_or(0, |packet| packet.at);
        sink.part(1, name, kind_of(stream.kind).1, (at, if first.is_some() { step } else { 0 }));
    }
    if let Some(video) = streams.iter().find(|stream| matches!(stream.kind, AVC | HEVC)) {
        picture(&packets, *video, sink);
    }
    let n_tail = (TAIL_BYTES as u64).checked_div(step).unwrap_or(0).saturating_mul(step);
    let from = whole.saturating_sub(n_tail);
    let tail = input.read(from, TAIL_BYTES);
    length(&packets, &tail, (from, shape), sink);
    if n_rest > 0 {
        sink.part(0, "rest", "part of a packet", (whole, n_rest));
        sink.warn(format!("{n_rest} bytes behind the last packet are no packet"));
    }
}

/// The packets in these bytes, which begin with one. What has no mark is left out.
fn packets(bytes: Span<'_>, shape: Shape) -> impl Iterator<Item = Packet<'_>> {
    let starts = (0..bytes.len()).step_by(shape.step);
    starts.filter_map(move |start| {
        let packet = bytes.part(start.saturating_add(shape.before), PACKET)?;
        if packet.u8(0)? != SYNC {
            return None;
        }
        let (number, flags) = (packet.be16(1)?, packet.u8(3)?);
        let (mut from, mut clock) = (4usize, None);
        if flags & 0x20 != 0 {
            let length = usize::from(packet.u8(4)?);
            if length >= 7 && packet.u8(5)? & 0x10 != 0 {
                let high = u64::from(packet.be32(6)?);
                clock = Some(high.wrapping_shl(1) | u64::from(packet.u8(10)? >> 7));
            }
            from = length.saturating_add(5);
        }
        let has_body = flags & 0x10 != 0;
        let body = if has_body { packet.rest(from) } else { packet.rest(PACKET) };
        let begins = number & 0x4000 != 0;
        Some(Packet { stream: number & 0x1FFF, begins, clock, body, at: bytes.place(start) })
    })
}

/// Reads the first table of programs, that of the first program, and that of the services.
fn tables(packets: &[Packet<'_>], step: u64, sink: &mut Sink) -> Vec<Stream> {
    let table = |stream: u16, kind: u8| {
        let mut of_stream = packets.iter().filter(|p| p.stream == stream && p.begins);
        of_stream.find_map(|packet| Some((packet.at, section(packet.body, kind)?)))
    };
    let mut streams = Vec::new();
    if let Some((at, programs)) = table(PROGRAMS, 0) {
        sink.part(1, "PAT", "table of programs", (at, step));
        let (entries, _) = programs.rest(5).bytes.as_chunks::<4>();
        let mut found = entries.iter().map(|[a, b, c, d]| {
            (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]) & 0x1FFF)
        });
        let map = found.find(|(program, _)| *program != 0).map(|(_, stream)| stream);
        if let Some((at, body)) = map.and_then(|map| table(map, PROGRAM_MAP)) {
            sink.part(1, "PMT", "streams of the first program", (at, step));
            streams = program(body, sink);
        }
    }
    if let Some((at, services)) = table(SERVICES, SERVICE_TABLE) {
        sink.part(1, "SDT", "names of services", (at, step));
        service(services, sink);
    }
    streams
}

/// The content of a table of this kind that begins in a packet, without its checksum; of one that goes on
/// in further packets its beginning.
fn section(body: Span<'_>, kind: u8) -> Option<Span<'_>> {
    let table = body.rest(usize::from(body.u8(0)?).saturating_add(1));
    let length = usize::from(table.be16(1)? & 0x0FFF);
    (table.u8(0)? == kind).then(|| table.part_there(3, length.saturating_sub(4)))
}

/// The streams of a program.
fn program(body: Span<'_>, sink: &mut Sink) -> Vec<Stream> {
    let mut streams = Vec::new();
    let mut at = usize::from(body.be16(7).unwrap_or(0) & 0x0FFF).saturating_add(9);
    while let (Some(kind), Some(number), true) =
        (body.u8(at), body.be16(at.saturating_add(1)), streams.len() < MAX_STREAMS)
    {
        let stream = Stream { kind, number: number & 0x1FFF };
        let (name, words) = kind_of(kind);
        let tag = format!("stream {:#06x}", stream.number);
        let field = Field::new("M2TS", name, tag, kind.to_string(), body.part_there(at, 1));
        sink.field(field.meaning(Some(words.to_owned()).filter(|words| !words.is_empty())));
        streams.push(stream);
        let more = body.be16(at.saturating_add(3)).unwrap_or(0) & 0x0FFF;
        at = at.saturating_add(5).saturating_add(usize::from(more));
    }
    streams
}

/// Name of the field for a kind of stream, and the kind in words.
const fn kind_of(kind: u8) -> (&'static str, &'static str) {
    const VIDEO: &str = "VideoStreamType";
    const SOUND: &str = "AudioStreamType";
    match kind {
        0x01 => (VIDEO, "MPEG-1 Video"),
        0x02 => (VIDEO, "MPEG-2 Video"),
        0x03 => (SOUND, "MPEG-1 Audio"),
        0x04 => (SOUND, "MPEG-2 Audio"),
        0x0F => (SOUND, "MPEG-2 AAC Audio"),
        0x10 => (VIDEO, "MPEG-4 Video"),
        0x11 => (SOUND, "MPEG-4 LATM AAC Audio"),
        AVC => (VIDEO, "H.264 (AVC) Video"),
        HEVC => (VIDEO, "H.265 (HEVC) Video"),
        0x81 => (SOUND, "A52/AC-3 Audio"),
        0x87 => (SOUND, "A52b/E-AC-3 Audio"),
        0xEA => (VIDEO, "VC-1 Video"),
        _ => ("StreamType", ""),
    }
}

/// The names of the first service: who provides it, and how it is called. Programs write their own.
fn service(body: Span<'_>, sink: &mut Sink) {
    let length = usize::from(body.be16(11).unwrap_or(0) & 0x0FFF);
    let entries = body.part_there(13, length);
    let mut at = 0usize;
    while let (Some(tag), Some(n)) = (entries.u8(at), entries.u8(at.saturating_add(1))) {
        let entry = entries.part_there(at.saturating_add(2), n.into());
        if tag == 0x48 {
            let mut from = 1usize;
            for name in ["ServiceProvider", "ServiceName"] {
                let n = usize::from(entry.u8(from).unwrap_or(0));
                let text = entry.part_there(from.saturating_add(1), n);
                // A first byte below a space names the alphabet.
                let has_alphabet = text.u8(0).is_some_and(|first| first < b' ');
                let words = text_trimmed(text.rest(usize::from(has_alphabet)).bytes);
                if !words.is_empty() {
                    sink.field(Field::new("M2TS", name, "0x48", words, text));
                }
                from = from.saturating_add(1).saturating_add(n);
            }
        }
        at = at.saturating_add(2).saturating_add(n.into());
    }
}

/// The messages beside the first picture of a video: the name of its encoder, what a camcorder notes.
fn picture(packets: &[Packet<'_>], video: Stream, sink: &mut Sink) {
    let mut of_video = packets.iter().filter(|packet| packet.stream == video.number);
    let Some(first) = of_video.find(|packet| packet.begins) else { return };
    // A head stands before the picture: nine bytes, the last of which says how many follow.
    let head = usize::from(first.body.u8(8).unwrap_or(0)).saturating_add(9);
    let mut bytes = first.body.rest(head).bytes.to_vec();
    for packet in of_video.take_while(|packet| !packet.begins) {
        if bytes.len() >= MAX_PICTURE_BYTES {
            break;
        }
        bytes.extend_from_slice(packet.body.bytes);
    }
    for unit in units(&bytes) {
        let place = Span::new(unit, first.at);
        for message in messages(place, video.kind == HEVC) {
            if let Some(content) = camcorder::content(&message) {
                camcorder::read(Span::new(content, first.at), sink);
            } else if let Some((id, words)) = message.words() {
                sink.field(Field::new("M2TS", "StreamEncoder", id, words, place));
            }
        }
    }
}

/// The units of a picture: each stands behind two zeros and a one.
fn units(bytes: &[u8]) -> Vec<&[u8]> {
    let marks = bytes.windows(3).enumerate().filter(|(_, mark)| *mark == [0, 0, 1]);
    let starts: Vec<usize> = marks.map(|(at, _)| at.saturating_add(3)).take(MAX_UNITS).collect();
    let ends = starts.iter().skip(1).map(|next| next.saturating_sub(3)).chain([bytes.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| bytes.get(*start..end)).collect()
}

/// How long the stream is, from the first to the last moment of its clock.
fn length(head: &[Packet<'_>], tail: &[u8], (from, shape): (u64, Shape), sink: &mut Sink) {
    let Some((stream, first)) = head.iter().find_map(|p| Some((p.stream, p.clock?))) else {
        return;
    };
    let of_clock = packets(Span::new(tail, from), shape).filter(|p| p.stream == stream);
    let last = of_clock.filter_map(|packet| Some((packet.clock?, packet.body))).last();
    let Some((last, place)) = last else { return };
    let ticks = last.wrapping_sub(first) & LAST_TICK;
    let seconds = ticks as f64 / CLOCK_HZ;
    let field = Field::new("M2TS", "Duration", "clock", number(seconds, 8), place.part_there(0, 0));
    sink.field(field.meaning(Some(duration(seconds))));
}
