//! Programs, encoders and kinds of coding that a file names. They are told apart: the name of a coding is
//! no trace of a program.

use super::quoted::quoted;
use crate::metadata::field::Field;

/// Names of one kind that a sentence has.
const MAX_NAMES: usize = 5;

/// Fields in which programs name themselves.
const PROGRAMS: &[&str] = &[
    "Software",
    "CreatorTool",
    "ProcessingSoftware",
    "HistorySoftwareAgent",
    "OriginatingProgram",
    "WriterName",
    "Encoder",
    "WritingApp",
    "MuxingApp",
    "SoftwareVersion",
    "XMPToolkit",
];

/// Encoders of programs, by what stands in the fields that name them.
const ENCODERS: &[&str] = &["x264", "x265", "Lavc", "libx26", "HandBrake", "libaom", "libvpx"];

/// Traces that platforms leave: field, beginning of its value, words.
const TRACES: &[(&str, &str, &str)] = &[
    ("SpecialInstructions", "FBMD", "a mark of Facebook or Instagram"),
    ("UserComment", "Screenshot", "a mark of a screenshot"),
    ("Comment", "CREATOR: gd-jpeg", "a mark of the GD library, as on web servers"),
    ("ProfileCopyright", "Google Inc.", "the color profile of Google"),
];

/// Names of one kind.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// Whether the name is a new one and kept.
    fn add(&mut self, name: String) -> bool {
        let is_new = !self.0.contains(&name) && self.0.len() < MAX_NAMES;
        if is_new {
            self.0.push(name);
        }
        is_new
    }
}

/// What a sentence says after "The file names", and the fields that say so; `None` where none does.
pub(super) fn named(fields: &[Field]) -> Option<(String, Vec<String>)> {
    let (mut programs, mut encoders, mut codings) =
        (Names::default(), Names::default(), Names::default());
    let mut keys = Vec::new();
    for field in fields.iter().filter(|field| !field.raw.trim().is_empty()) {
        let trace = TRACES.iter().find(|(name, head, _)| {
            field.name == *name && field.words().trim_start().starts_with(head)
        });
        let is_new = match (trace, field.name.as_ref()) {
            (Some((_, _, words)), _) => programs.add((*words).to_owned()),
            (None, "StreamEncoder") => encoders.add(encoder(field)),
            (None, "CompressorName") if names_encoder(field) => encoders.add(encoder(field)),
            (None, "CompressorName") => codings.add(quoted(field.words())),
            (None, name) if PROGRAMS.contains(&name) => programs.add(program(field)),
            _ => false,
        };
        if is_new {
            keys.push(field.key());
        }
    }
    let kinds = [
        ("as programs", programs),
        ("as encoder of its video", encoders),
        ("as its kind of coding", codings),
    ];
    let parts = kinds.into_iter().filter(|(_, names)| !names.0.is_empty());
    let parts = parts.map(|(what, names)| format!("{what}: {}", crate::base::text::list(&names.0)));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| (parts.join("; "), keys))
}

/// Whether a field names the encoder of a program, as devices do not have it.
pub(super) fn names_encoder(field: &Field) -> bool {
    matches!(field.name.as_ref(), "StreamEncoder" | "CompressorName")
        && ENCODERS.iter().any(|program| field.raw.contains(program))
}

/// The name of an encoder: it writes what it is, and then all of its settings.
fn encoder(field: &Field) -> String {
    quoted(&field.words().split(" - ").take(2).collect::<Vec<_>>().join(" - "))
}

/// The name of a program; a version alone says little.
fn program(field: &Field) -> String {
    let words = quoted(field.words());
    if words.contains(char::is_alphabetic) { words } else { format!("{} {words}", field.name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::source::span::Span;

    fn sentence_on(fields: &[(&'static str, &str)]) -> String {
        let field = |(name, raw): &(&'static str, &str)| {
            Field::new("Track1", *name, "", *raw, Span::new(b"", 0))
        };
        named(&fields.iter().map(field).collect::<Vec<_>>()).unwrap_or_default().0
    }

    #[test]
    fn programs_are_named_without_their_settings_and_versions_with_their_field() {
        let coder = "x264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec - Copyleft 2003-2022";
        assert_eq!(
            sentence_on(&[("StreamEncoder", coder), ("Software", "17.1")]),
            "as programs: Software 17.1; as encoder of its video: x264 - core 164 r3095 baee400"
        );
        assert_eq!(sentence_on(&[("Make", "Sony")]), "");
    }

    #[test]
    fn a_kind_of_coding_is_no_program() {
        assert_eq!(
            sentence_on(&[("CompressorName", "AVC Coding")]),
            "as its kind of coding: AVC Coding"
        );
        assert_eq!(
            sentence_on(&[
                ("CompressorName", "Lavc59.37.100 libx264"),
                ("Encoder", "Lavf59.27.100")
            ]),
            "as programs: Lavf59.27.100; as encoder of its video: Lavc59.37.100 libx264"
        );
    }
}
