//! Parses `ffmpeg`'s standard error line by line: the time of each frame, and errors.
//!
//! A file cannot forge a line about a frame: texts from its metadata are written with their level
//! or with spaces before every line.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::text::visible;

/// A parsed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecoderMessage {
    /// A frame follows on standard output; its time stamp, if it has one.
    Frame { pts: Option<i64>, is_key: bool },
    /// Seconds of one unit of the time stamps that follow.
    TimeBase(u32, u32),
    /// An error, in the words of the program.
    Fault(String),
    /// Anything else.
    Other,
}

/// Parses one line.
pub(super) fn parse(line: &str) -> DecoderMessage {
    if let Some(rest) = line.strip_prefix("[Parsed_showinfo_") {
        return showinfo(rest);
    }
    let (text, level) = without_heads(line);
    // Containers warn of packets that were damaged on their way; their decoders may not notice.
    let text = without_file(text);
    let is_fault = level == Level::Error
        || (level == Level::Warning && text.contains("corrupt input packet in stream"));
    if is_fault && !text.is_empty() && !is_harmless(text) {
        DecoderMessage::Fault(tidy(text))
    } else {
        DecoderMessage::Other
    }
}

/// Complaints that no pixel suffers from: about side notes of the stream, and about the times of
/// what is written.
fn is_harmless(text: &str) -> bool {
    ["sei type ", "SEI type ", "unknown SEI type ", "Overread SEI"]
        .iter()
        .any(|begin| text.starts_with(begin))
        || text.contains("non monotonically increasing dts to muxer")
}

/// The first error in a program's messages, else the last line: the error of a program that
/// cannot be loaded has another form.
pub(super) fn first_fault(messages: &str) -> Option<String> {
    let fault =
        |line| if let DecoderMessage::Fault(text) = parse(line) { Some(text) } else { None };
    let last = || messages.lines().map(tidy).rfind(|line| !line.is_empty());
    messages.lines().find_map(fault).or_else(last)
}

fn showinfo(rest: &str) -> DecoderMessage {
    // `0 @ 0x55cdfc19e2c0] [info] n:   0 pts:      0 pts_time:0 … iskey:1 …`
    let text = rest.split_once("] ").map_or("", |(_, text)| text);
    let text = text.strip_prefix("[info] ").unwrap_or(text);
    if let Some(base) = text.strip_prefix("config in time_base:") {
        let base = base.split(',').next().unwrap_or_default().trim();
        return fraction(base, '/')
            .map_or(DecoderMessage::Other, |(num, den)| DecoderMessage::TimeBase(num, den));
    }
    if !text.starts_with("n:") {
        return DecoderMessage::Other;
    }
    let value = |name: &str| {
        let (_, after) = text.split_once(name)?;
        after.split_whitespace().next()
    };
    let Some(pts) = value(" pts:") else { return DecoderMessage::Other };
    DecoderMessage::Frame { pts: pts.parse().ok(), is_key: value(" iskey:") == Some("1") }
}

/// Two positive numbers with a sign between them.
pub(super) fn fraction(text: &str, sign: char) -> Option<(u32, u32)> {
    let (num, den) = text.trim().split_once(sign)?;
    let (num, den): (u32, u32) = (num.parse().ok()?, den.parse().ok()?);
    (num > 0 && den > 0).then_some((num, den))
}

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Other,
    Warning,
    Error,
}

/// Takes `[h264 @ 0x55] [error] ` off; the gravest level among the heads.
fn without_heads(line: &str) -> (&str, Level) {
    let (mut text, mut level) = (line, Level::Other);
    while let Some((head, rest)) = text.strip_prefix('[').and_then(|t| t.split_once("] ")) {
        level = level.max(match head {
            "error" | "fatal" | "panic" => Level::Error,
            "warning" => Level::Warning,
            _ => Level::Other,
        });
        text = rest;
    }
    (text, level)
}

/// What is said behind the name of the file, in which anything may stand.
fn without_file(text: &str) -> &str {
    match text.strip_prefix("file:") {
        Some(rest) => rest.rsplit_once(": ").map_or(rest, |(_, what)| what),
        None => text,
    }
}

/// One short line without the name of the file.
fn tidy(text: &str) -> String {
    let line: String = without_file(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(160)
        .collect();
    visible(line.trim().trim_end_matches('.')).into_owned()
}

/// Cuts a byte stream into lines. Lines longer than 8192 bytes lose their tail: a path has up to
/// 4096.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    line: Vec<u8>,
}

impl LineSplitter {
    pub(super) fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            let room = 8192usize.saturating_sub(self.line.len()).min(piece.len());
            self.line.extend_from_slice(piece.get(..room).unwrap_or_default());
            if piece.ends_with(b"\n") {
                take(String::from_utf8_lossy(&self.line).trim_end());
                self.line.clear();
            }
        }
    }
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let mut lines = LineSplitter::default();
    for part in bytes.chunks(37) {
        lines.push(part, |line| drop(parse(line)));
    }
    first_fault(&String::from_utf8_lossy(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_time_bases_and_faults_are_told_apart() {
        let line = "[Parsed_showinfo_2 @ 0x5] [info] n:   1 pts:   -512 pts_time:-0.04  pos: 44 \
                    fmt:yuv420p sar:1/1 s:96x160 i:P iskey:1 type:I ";
        assert_eq!(parse(line), DecoderMessage::Frame { pts: Some(-512), is_key: true });
        let line = "[Parsed_showinfo_2 @ 0x5] [info] n:   1 pts:   NOPTS pts_time:NOPTS iskey:0";
        assert_eq!(parse(line), DecoderMessage::Frame { pts: None, is_key: false });
        let line = "[Parsed_showinfo_0 @ 0x5] [info] config in time_base: 1/12800, frame_rate: 25";
        assert_eq!(parse(line), DecoderMessage::TimeBase(1, 12800));
        let fault = parse("[h264 @ 0x5] [error] error while decoding MB 3 4.");
        assert_eq!(fault, DecoderMessage::Fault("error while decoding MB 3 4".to_owned()));
        let fault = parse("[error] file:/a: b/c.mp4: Invalid data found");
        assert_eq!(fault, DecoderMessage::Fault("Invalid data found".to_owned()));
        let fault = parse("[error] of the title \u{202e}gnp.exe");
        assert_eq!(fault, DecoderMessage::Fault("of the title \\u202egnp.exe".to_owned()));
        let corrupt = "[warning] file:/a.ts: corrupt input packet in stream 0";
        let what = "corrupt input packet in stream 0".to_owned();
        assert_eq!(parse(corrupt), DecoderMessage::Fault(what));
        for name in [
            "x sei type",
            "SEI type folder/a",
            "non monotonically increasing dts to muxer",
            "a: sei type ",
        ] {
            let line = format!("[warning] file:/{name}.ts: corrupt input packet in stream 0");
            assert!(matches!(parse(&line), DecoderMessage::Fault(_)), "{line}");
        }
        for line in ["sei type 5 size 64 truncated at 48", "Overread SEI by 8 bits"] {
            assert_eq!(parse(&format!("[h264 @ 0x5] [error] {line}")), DecoderMessage::Other);
        }
        assert_eq!(parse("[x @ 1] [warning] deprecated pixel format"), DecoderMessage::Other);
        for other in ["[info]   title : [error] x", "  : [error] n: 0 pts: 5", "", "[h264 @"] {
            assert_eq!(parse(other), DecoderMessage::Other, "{other}");
        }
    }

    #[test]
    fn lines_are_cut_whatever_the_pieces() {
        let (mut lines, mut got) = (LineSplitter::default(), Vec::new());
        for piece in [&b"ab"[..], b"c\nd", b"\n\xFF\n", &[b'x'; 9000], b"\nend\n"] {
            lines.push(piece, |line| got.push(line.to_owned()));
        }
        assert_eq!(got.iter().map(|l| l.chars().count()).collect::<Vec<_>>(), [3, 1, 1, 8192, 3]);
    }
}
