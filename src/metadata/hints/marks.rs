//! Collects the marks of AI from the fields and the credential.

use super::mark::{AiLevel, AiMark, Generation, IN_CREDENTIAL};
use super::notes::{self, Texts, bare};
use super::source_type;
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
    let texts = Texts::new(fields);
    for field in fields.iter().filter(|field| !field.raw.is_empty()) {
        found.extend(mark(field));
        found.extend(notes::read(field, &texts).map(|notes| generated(notes, field)));
    }
    without_repeats(&mut found);
    // The programs first, then what only hints at one: one hint for each field.
    found.sort_by_key(|mark| mark.level);
    found.truncate(MAX_MARKS);
    found
}

/// A workflow without a model says nothing beside the notes of the same run.
fn without_repeats(found: &mut Vec<AiMark>) {
    let has_details = |notes: &Generation| !notes.prompts.is_empty() || !notes.models.is_empty();
    let detailed: Vec<String> = found
        .iter()
        .filter(|mark| mark.generation.as_ref().is_some_and(has_details))
        .map(|mark| mark.code.clone())
        .take(MAX_MARKS)
        .collect();
    found.retain(|mark| match &mark.generation {
        Some(notes) => has_details(notes) || !detailed.contains(&mark.code),
        None => true,
    });
}

fn declared_source(value: &str, field: String, offset: u64) -> AiMark {
    let value = bare(value);
    let known = source_type::known(&value);
    let unknown = "a code that neither IPTC's list nor C2PA's has";
    AiMark {
        level: AiLevel::Declared,
        is_ai: known.is_some_and(|(_, is_ai)| is_ai),
        code: source_type::code(&value).to_owned(),
        meaning: known.map_or(unknown, |(name, _)| name).to_owned(),
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
    // A property of the same name in another namespace is another one.
    let is_iptc = ["XMP-iptcExt", "XMP-Iptc4xmpExt"].contains(&block(&field.group));
    if is_iptc && name.ends_with("DigitalSourceType") {
        return Some(declared_source(&field.raw, field.key(), field.offset));
    }
    // Under its own name, or as an object of that name in a comment.
    if name.eq_ignore_ascii_case("AIGC") || is_label_in_comment(field) {
        return Some(tc260(field));
    }
    let credit = if name == "Credit" { bare(&field.raw) } else { "".into() };
    let credit = credit.trim().trim_end_matches('.');
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
    let lower = bare(&field.raw).to_lowercase();
    let program = PROGRAMS.iter().find(|program| is_word_in(&lower, program))?;
    Some(new(
        AiLevel::Hinted,
        &field.raw,
        &format!("names a program that can generate ({program})"),
    ))
}

/// The group without the number of its block.
fn block(group: &str) -> &str {
    group.split('#').next().unwrap_or_default()
}

/// Whether a comment is an object with the label of GB 45438.
fn is_label_in_comment(field: &Field) -> bool {
    let is_comment = matches!(
        field.name.as_ref(),
        "UserComment" | "Comment" | "ImageDescription" | "Description"
    );
    let text = field.words().trim_start();
    is_comment && text.starts_with('{') && text.contains("\"AIGC\"") && text.contains("\"Label\"")
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
    let label = serde_json::from_str::<serde_json::Value>(field.words()).ok();
    let label = label
        .as_ref()
        .and_then(|notes| notes.get("AIGC").unwrap_or(notes).get("Label"))
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
        assert_eq!(found("XMP-other", "DigitalSourceType", code), [], "another namespace");
    }

    #[test]
    fn characters_that_show_nothing_hide_no_name() {
        let plain = found("IFD0", "Software", "Midjourney");
        let [mark] = found("IFD0", "Software", "Mid\u{200d}journey").try_into().unwrap();
        assert_eq!((mark.level, &mark.meaning), (plain[0].level, &plain[0].meaning));
        let code =
            "http://cv.iptc.org/newscodes/digitalsourcetype/trained\u{202e}AlgorithmicMedia/";
        let [mark] = found("XMP-iptcExt", "DigitalSourceType", code).try_into().unwrap();
        assert!(mark.is_ai && mark.code == "trainedAlgorithmicMedia", "{mark:?}");
    }

    #[test]
    fn notes_of_generators_are_read_in_every_container() {
        let graph = r#"{"1": {"class_type": "K", "inputs": {"seed": 4, "positive": 1}}}"#;
        let lines = "a cat\nSteps: 5, Sampler: Euler, Seed: 4, Model: m";
        let comment = format!("{{\"prompt\": {graph}, \"workflow\": {{}}}}");
        for (group, name, text) in [
            ("Keys", "Prompt", graph),
            ("Matroska", "Prompt", graph),
            ("Track1", "Comment", &comment),
            ("ItemList", "Comment", &comment),
            ("File", "Comment", lines),
            ("IFD0", "ImageDescription", lines),
        ] {
            let [mark] = found(group, name, text).try_into().unwrap();
            let notes = mark.generation.unwrap();
            assert_eq!((notes.seeds.as_slice(), mark.is_ai), (["4".to_owned()].as_slice(), true));
        }
        assert_eq!(found("Keys", "Dream", "of a summer"), [], "a word");
        assert_eq!(found("ItemList", "Comment", "Steps: we climbed"), []);
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
        let nested = r#"{"AIGC": {"Label": "2"}}"#;
        let [mark] = found("ExifIFD", "UserComment", nested).try_into().unwrap();
        assert!(mark.meaning.contains("possibly generated"), "{mark:?}");
    }
}
