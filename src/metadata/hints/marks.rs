//! Collects the marks of AI from the fields and the credential.

use super::mark::{AiLevel, AiMark, Generation, IN_CREDENTIAL};
use super::{generators, source_type};
use crate::metadata::credential::{Credential, CredentialState};
use crate::metadata::field::Field;

/// Names of programs that generate pictures, in lower case. Such a name alone is a hint.
const PROGRAMS: &[&str] = &[
    "novelai",
    "midjourney",
    "dall-e",
    "dall·e",
    "stable diffusion",
    "firefly",
    "comfyui",
    "invokeai",
    "fooocus",
    "openai",
    "chatgpt",
    "gpt-4o",
    "imagen",
    "gemini",
    "bing image creator",
    "leonardo.ai",
    "ideogram",
    "flux.1",
    "black forest labs",
    "grok",
    "runway",
    "sora",
    "playground ai",
    "draw things",
];

/// Fields in which programs and devices name themselves. In those of people and titles the name of a
/// program may be that of a person: "Gemini Rossi".
const NAMING: &[&str] = &[
    "Software",
    "CreatorTool",
    "HistorySoftwareAgent",
    "ProcessingSoftware",
    "WritingApp",
    "Encoder",
    "SoftwareVersion",
    "Make",
    "Model",
    "ImageEditingSoftware",
];

/// The credit line of Google's generators, which is the whole value.
const GOOGLE_CREDIT: &str = "Made with Google AI";

/// Marks that are kept.
const MAX_MARKS: usize = 200;

/// All marks of a file.
pub(in crate::metadata) fn marks(fields: &[Field], credential: &Credential) -> Vec<AiMark> {
    let mut found = Vec::new();
    for manifest in &credential.manifests {
        for action in &manifest.actions {
            let Some(value) = &action.source_type else { continue };
            let field = format!("C2PA {}:{}", manifest.label, action.code);
            let offset = credential.place.map_or(0, |(offset, _)| offset);
            let mut mark = declared_source(value, field, offset);
            if credential.state.is_intact() {
                mark.level = AiLevel::Signed;
            }
            if matches!(
                credential.state,
                CredentialState::Altered { .. } | CredentialState::NotBound
            ) {
                mark.meaning.push_str(IN_CREDENTIAL);
                mark.meaning.push_str(&credential.state.label());
            }
            found.push(mark);
        }
    }
    let text_of = |name: &str| {
        let same = fields.iter().find(|f| f.group == "PNG" && f.name == name);
        same.map(|field| field.raw.clone())
    };
    for field in fields.iter().filter(|field| !field.raw.is_empty()) {
        found.extend(mark(field));
        let is_note = matches!(field.group.as_ref(), "PNG" | "PNG-alpha" | "IFD0" | "ExifIFD");
        // A comment of EXIF is decoded in `meaning`.
        let text = if field.name == "UserComment" { field.words() } else { &field.raw };
        let notes = is_note.then(|| generators::read(&field.name, text, &text_of)).flatten();
        found.extend(notes.map(|notes| generated(notes, field)));
    }
    // The programs first, then what only hints at one: one hint for each field.
    found.sort_by_key(|mark| mark.level);
    found.truncate(MAX_MARKS);
    found
}

fn declared_source(value: &str, field: String, offset: u64) -> AiMark {
    let known = source_type::known(value);
    AiMark {
        level: AiLevel::Declared,
        is_ai: known.is_some_and(|(_, is_ai)| is_ai),
        code: source_type::code(value).to_owned(),
        meaning: known.map_or("a code that IPTC's list does not have", |(name, _)| name).to_owned(),
        field,
        offset,
        generation: None,
    }
}

fn generated(notes: Generation, field: &Field) -> AiMark {
    AiMark {
        level: AiLevel::Declared,
        is_ai: true,
        code: notes.generator.clone(),
        meaning: format!("notes of the generator {}", notes.generator),
        field: field.key(),
        offset: field.offset,
        generation: Some(notes),
    }
}

fn mark(field: &Field) -> Option<AiMark> {
    let name = field.name.as_ref();
    let new = |level, code: &str, meaning: &str| AiMark {
        level,
        is_ai: true,
        code: code.to_owned(),
        meaning: meaning.to_owned(),
        field: field.key(),
        offset: field.offset,
        generation: None,
    };
    if name.ends_with("DigitalSourceType") {
        return Some(declared_source(&field.raw, field.key(), field.offset));
    }
    if field.group.starts_with("XMP-TC260") && name.eq_ignore_ascii_case("AIGC") {
        return Some(tc260(field));
    }
    if name == "AIGC" || name == "Aigc" {
        return Some(tc260(field));
    }
    let credit = field.raw.trim().trim_end_matches('.');
    if name == "Credit" && credit.eq_ignore_ascii_case(GOOGLE_CREDIT) {
        return Some(new(
            AiLevel::Declared,
            GOOGLE_CREDIT,
            "the credit line of Google's generators",
        ));
    }
    // IPTC 2025.1.
    let ai_fields =
        ["AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName"];
    if ai_fields.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Some(new(AiLevel::Declared, name, "IPTC's field about generative AI is filled in"));
    }
    // The key of NovelAI and others in PNG; elsewhere it names who delivers a picture.
    let is_naming = NAMING.contains(&name) || (name == "Source" && field.group == "PNG");
    if !is_naming || field.raw.len() > 500 {
        return None;
    }
    let lower = field.raw.to_lowercase();
    let program = PROGRAMS.iter().find(|program| is_word_in(&lower, program))?;
    Some(new(
        AiLevel::Hinted,
        &field.raw,
        &format!("names a program that can generate ({program})"),
    ))
}

/// Whether a name stands in a text as a whole word.
fn is_word_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// The label of GB 45438-2025: 1 generated, 2 possibly, 3 suspected.
fn tc260(field: &Field) -> AiMark {
    let label = serde_json::from_str::<serde_json::Value>(&field.raw).ok();
    let label = label
        .as_ref()
        .and_then(|notes| notes.get("Label"))
        .map(|label| label.as_str().map_or_else(|| label.to_string(), str::to_owned));
    let (is_ai, meaning) = match label.as_deref() {
        Some("1") => (true, "labeled as generated by AI (GB 45438-2025)"),
        Some("2") => (true, "labeled as possibly generated by AI (GB 45438-2025)"),
        Some("3") => (true, "labeled as suspected to be generated by AI (GB 45438-2025)"),
        _ => (false, "a label of GB 45438-2025 without a known value"),
    };
    AiMark {
        level: AiLevel::Declared,
        is_ai,
        code: label.unwrap_or_default(),
        meaning: meaning.to_owned(),
        field: field.key(),
        offset: field.offset,
        generation: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::credential::CheckResults;
    use crate::metadata::source::span::Span;

    fn found(group: &'static str, name: &'static str, raw: &str) -> Vec<AiMark> {
        let none = Credential {
            state: CredentialState::Absent,
            place: None,
            manifests: Vec::new(),
            signer: None,
            lists: Vec::new(),
            checks: Vec::new(),
            results: CheckResults::default(),
            pictures: Vec::new(),
        };
        marks(&[Field::new(group, name, "", raw, Span::new(b"", 9))], &none)
    }

    #[test]
    fn levels_are_kept_apart() {
        let code = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
        let [mark] = found("XMP-iptcExt", "DigitalSourceType", code).try_into().unwrap();
        assert_eq!((mark.level, mark.is_ai, mark.offset), (AiLevel::Declared, true, 9));
        let [mark] = found("IFD0", "Software", "Adobe Firefly 3").try_into().unwrap();
        assert_eq!(mark.level, AiLevel::Hinted);
        assert!(found("IFD0", "Software", "Resorabc 1").is_empty(), "no whole word");
        assert!(found("IFD0", "Software", "GIMP 2.10").is_empty(), "another program");
        let [mark] =
            found("XMP-iptcExt", "DigitalSourceType", "digitalCapture").try_into().unwrap();
        assert!(!mark.is_ai, "a camera");
    }

    #[test]
    fn names_of_people_and_titles_are_no_hints() {
        for (group, name, raw) in [
            ("IFD0", "Artist", "Gemini Rossi"),
            ("XMP-dc", "Creator", "Sora Tanaka"),
            ("XMP-dc", "Title", "DALL-E exhibition"),
            ("IFD0", "ImageDescription", "Runway in Tokyo"),
            ("XMP-photoshop", "Source", "Gemini News"),
            ("XMP-photoshop", "Credit", "Not Made with Google AI"),
        ] {
            assert_eq!(found(group, name, raw), [], "{name}");
        }
        let [mark] = found("XMP-photoshop", "Credit", "Made with Google AI").try_into().unwrap();
        assert_eq!(mark.level, AiLevel::Declared);
        let [mark] = found("PNG", "Source", "Stable Diffusion 1D44365E").try_into().unwrap();
        assert_eq!(mark.level, AiLevel::Hinted);
    }

    #[test]
    fn the_chinese_label_is_read() {
        let [mark] = found("XMP-TC260", "AIGC", "{\"Label\":\"1\"}").try_into().unwrap();
        assert!(mark.is_ai && mark.meaning.contains("generated by AI"), "{mark:?}");
        let [mark] = found("XMP-TC260", "AIGC", "broken").try_into().unwrap();
        assert!(!mark.is_ai, "{mark:?}");
    }
}
