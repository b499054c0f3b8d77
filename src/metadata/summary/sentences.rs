//! The summary: at most seven sentences, each with the fields that say so.

use super::dates::{readable, taken};
use super::device::{self, Device};
use super::place::location;
use super::programs::named;
use super::quoted::quoted;
use super::rules::contradictions;
use crate::base::text::list;
use crate::metadata::credential::CredentialState;
use crate::metadata::field::Field;
use crate::metadata::hints::{AiLevel, AiMark};
use crate::metadata::read::Metadata;

/// A sentence of the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// A stable word for what it is about: `device`, `time`, `programs`, `ai`, `credential`,
    /// `saving` or `contradictions`.
    pub about: &'static str,
    /// The sentence. It says what the file says, never what happened.
    pub text: String,
    /// The fields that say so.
    pub fields: Vec<String>,
}

/// The summary of a file. Rules that are `off` count no contradictions.
pub fn summary(metadata: &Metadata, off: &[&str]) -> Vec<Statement> {
    let mut sentences = Vec::new();
    sentences.extend(device(&metadata.fields));
    sentences.extend(time_and_place(&metadata.fields));
    sentences.extend(programs(&metadata.fields));
    sentences.push(ai(&metadata.marks, &metadata.credential.state));
    sentences.push(credential(metadata));
    sentences.extend(saving(metadata));
    sentences.extend(contradicting(metadata, off));
    sentences
}

fn statement(about: &'static str, text: String, fields: Vec<String>) -> Statement {
    let text = if fields.is_empty() { text } else { format!("{text} ({})", list(&fields)) };
    Statement { about, text: format!("{text}."), fields }
}

fn device(fields: &[Field]) -> Option<Statement> {
    let find = |names: &[&str]| {
        fields.iter().find(|field| {
            names.contains(&field.name.as_ref())
                && !field.raw.trim().is_empty()
                && !field.group.starts_with("IFD1")
        })
    };
    let Device { make, model, .. } = device::device(fields)?;
    let serial = find(&["SerialNumber", "CameraSerialNumber", "BodySerialNumber"]);
    let lens = find(&["LensModel"]);
    let mut named: Vec<&Field> = make.into_iter().chain(model).collect();
    // Many models begin with their maker.
    let is_doubled = |make: &Field, model: &Field| {
        let first = make.words().split_whitespace().next().unwrap_or_default().to_lowercase();
        !first.is_empty() && model.words().trim_start().to_lowercase().starts_with(&first)
    };
    let shown = match (make, model) {
        (Some(make), Some(model)) if is_doubled(make, model) => vec![model],
        _ => named.clone(),
    };
    let words: Vec<String> = shown.iter().map(|field| quoted(field.words())).collect();
    let mut text = format!("The file says that its device is {}", words.join(" "));
    if let Some(lens) = lens {
        text = format!("{text}, its lens {}", quoted(lens.words()));
        named.push(lens);
    }
    if let Some(serial) = serial {
        text = format!("{text}, its serial number {}", quoted(serial.words()));
        named.push(serial);
    }
    Some(statement("device", text, named.iter().map(|field| field.key()).collect()))
}

fn time_and_place(fields: &[Field]) -> Option<Statement> {
    let taken = taken(fields);
    let place = location(fields);
    let mut keys = Vec::new();
    let mut parts = Vec::new();
    if let Some(date) = taken {
        let zone = if date.is_of_movie() {
            " (UTC by the standard; some devices write their local time)"
        } else {
            ""
        };
        parts.push(format!("the time {}{zone}", quoted(&readable(date.field.words()))));
        keys.push(date.field.key());
        // The companion of IPTC's day is its time.
        if let Some(other) = date.companion {
            let what = if other.name.starts_with("Offset") { "the zone" } else { "at" };
            parts.push(format!("{what} {}", quoted(other.words().trim())));
            keys.push(other.key());
        }
    }
    if let Some(place) = place {
        parts.push(format!("the place {} ({})", place.decimal(), place.words()));
        parts.extend(place.direction_words().map(|words| format!("the direction {words}")));
        keys.push(place.field);
    }
    (!parts.is_empty()).then(|| statement("time", format!("The file gives {}", list(&parts)), keys))
}

fn programs(fields: &[Field]) -> Option<Statement> {
    let (names, keys) = named(fields)?;
    Some(statement("programs", format!("The file names {names}"), keys))
}

fn ai(marks: &[AiMark], state: &CredentialState) -> Statement {
    let of_ai: Vec<&AiMark> = marks.iter().filter(|mark| mark.is_ai).collect();
    let shown = if of_ai.is_empty() { marks.iter().collect() } else { of_ai };
    let Some(first) = shown.first() else {
        let text = "No mark of AI was found. Looked for: source types of IPTC and C2PA, notes and names \
                    of known generators, the label of GB 45438. A generated file may have none";
        return statement("ai", text.to_owned(), Vec::new());
    };
    let verb = match first.level {
        AiLevel::Signed => "The signed credential states",
        AiLevel::Declared if first.field.starts_with("C2PA") => match state {
            CredentialState::Altered { .. } | CredentialState::NotBound => {
                "The credential, for which nothing vouches, states"
            }
            CredentialState::Unchecked => "The credential states, and nobody checked its signature",
            _ => "The credential, which cannot be checked, states",
        },
        AiLevel::Declared => "The file declares, unsigned",
        AiLevel::Hinted => "The file hints",
    };
    let same = shown.iter().filter(|mark| mark.level == first.level);
    let (mut words, mut keys) = (Vec::new(), Vec::new());
    for mark in same {
        let what = match &mark.generation {
            Some(notes) if !notes.models.is_empty() => {
                let models: Vec<String> = notes.models.iter().take(3).map(|m| quoted(m)).collect();
                format!("generated by {} with {}", quoted(&notes.generator), list(&models))
            }
            Some(notes) => format!("generated by {}", quoted(&notes.generator)),
            None => quoted(mark.meaning_alone()),
        };
        if !words.contains(&what) && words.len() < 4 {
            words.push(what);
            keys.push(mark.field.clone());
        }
    }
    let subject = if first.is_ai { "AI" } else { "its origin" };
    statement("ai", format!("{verb}, about {subject}: {}", list(&words)), keys)
}

fn credential(metadata: &Metadata) -> Statement {
    let credential = &metadata.credential;
    let word = credential.state.label();
    let text = match &credential.state {
        CredentialState::Absent => {
            "Credential: no credential; this says nothing about what is shown".to_owned()
        }
        _ => format!("Credential: {word}"),
    };
    let generator = credential.manifests.last().map(|m| quoted(&m.generator));
    let generator = generator.filter(|name| !name.is_empty());
    let signer =
        credential.signer.as_ref().and_then(|s| s.organization.as_ref().or(s.name.as_ref()));
    let signer = signer.map(|name| quoted(name));
    let written = generator.map(|name| format!("that {name} wrote the credential"));
    let text = match &credential.state {
        // Whoever changed the file can have written this as well.
        CredentialState::Altered { .. } | CredentialState::NotBound => {
            let signed = signer.map(|name| format!("that {name} signed it"));
            let stated: Vec<String> = written.into_iter().chain(signed).collect();
            match stated.as_slice() {
                [] => text,
                stated => format!("{text}; nothing vouches for what it states: {}", list(stated)),
            }
        }
        state => {
            let stated = written.map(|text| format!("; it says {text}")).unwrap_or_default();
            // Anyone can make a certificate in any name.
            let signed = match (signer, state) {
                (Some(name), CredentialState::IntactListed { .. }) => format!("; signed by {name}"),
                (Some(name), _) => {
                    format!("; its certificate names {name}, for whom no loaded list vouches")
                }
                (None, _) => String::new(),
            };
            format!("{text}{stated}{signed}")
        }
    };
    let fields = credential.place.map(|(at, _)| format!("C2PA at byte {at}"));
    statement("credential", text, fields.into_iter().collect())
}

fn saving(metadata: &Metadata) -> Option<Statement> {
    let Some(coding) = metadata.jpeg.as_ref() else { return earlier_coding(metadata) };
    let quality = coding.quality_words()?;
    let sampling = coding.sampling().map(|s| format!(", sampling {s}")).unwrap_or_default();
    let huffman = match coding.has_standard_huffman {
        Some(true) => ", standard Huffman tables",
        Some(false) => ", Huffman tables of its own",
        None => "",
    };
    let process = coding.process.split(',').next().unwrap_or_default();
    let text = format!("Last saving as JPEG: {quality}; {process}{sampling}{huffman}");
    let at = coding.tables_in_use().first().map(|table| format!("DQT at byte {}", table.offset));
    Some(statement("saving", text, at.into_iter().collect()))
}

/// What the packets of a video tell of a coding before the last one.
fn earlier_coding(metadata: &Metadata) -> Option<Statement> {
    let chart = metadata.packets.as_ref()?;
    let frames = chart.earlier.period()?;
    let text = format!(
        "Every {frames} frames a packet stands out: the video may have been coded before, with a key \
         frame every {frames} frames"
    );
    Some(statement("saving", text, vec![format!("packets of track {}", chart.track)]))
}

fn contradicting(metadata: &Metadata, off: &[&str]) -> Option<Statement> {
    let found = contradictions(metadata, off);
    let first = found.first()?;
    let n = found.len();
    let pairs = if n == 1 {
        "One pair of statements does".to_owned()
    } else {
        format!("{n} pairs of statements do")
    };
    let text =
        format!("{pairs} not fit together, for instance: {}", first.text.trim_end_matches('.'));
    Some(Statement {
        about: "contradictions",
        text: format!("{text}."),
        fields: first.fields.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::metadata_of_bytes;

    fn field(group: &'static str, name: &'static str, raw: &str) -> Field {
        Field {
            group: group.into(),
            name: name.into(),
            tag: "".into(),
            raw: raw.to_owned(),
            meaning: None,
            offset: 0,
            length: 1,
        }
    }

    #[test]
    fn a_device_is_named_once() {
        for (make, model, named) in [
            ("Canon", "Canon EOS R5", "Canon EOS R5"),
            ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
            ("Apple", "iPhone 12", "Apple iPhone 12"),
        ] {
            let found = device(&[field("IFD0", "Make", make), field("IFD0", "Model", model)]);
            let found = found.unwrap();
            let sentence = format!("The file says that its device is {named} (");
            assert!(found.text.starts_with(&sentence), "{}", found.text);
            assert_eq!(found.fields, ["IFD0:Make", "IFD0:Model"], "both say so");
        }
    }

    #[test]
    fn a_time_has_the_zone_of_its_own_field() {
        let digitized = field("ExifIFD", "CreateDate", "2024:05:01 10:00:00");
        let foreign = field("ExifIFD", "OffsetTimeOriginal", "+05:30");
        let found = time_and_place(&[digitized.clone(), foreign]).unwrap();
        assert_eq!(found.text, "The file gives the time 2024-05-01 10:00:00 (ExifIFD:CreateDate).");
        let own = field("ExifIFD", "OffsetTimeDigitized", "+05:30");
        let found = time_and_place(&[digitized, own]).unwrap();
        assert!(
            found.text.contains("the time 2024-05-01 10:00:00 and the zone +05:30"),
            "{found:?}"
        );
    }

    #[test]
    fn nobody_vouches_for_a_credential_that_does_not_fit() {
        use crate::metadata::credential::{Manifest, Misfit, Signer};
        let mut metadata = metadata_of_bytes(b"\xFF\xD8\xFF\xD9").unwrap();
        let own = &mut metadata.credential;
        own.manifests.push(Manifest { generator: "Maker 1".to_owned(), ..Manifest::default() });
        own.signer = Some(Signer { organization: Some("Ada".to_owned()), ..Signer::default() });
        let lists = || "a list".to_owned();
        let unbelieved = "; nothing vouches for what it states: that Maker 1 wrote the credential and that \
                          Ada signed it.";
        let made = "; it says that Maker 1 wrote the credential";
        for (state, end) in [
            (CredentialState::Altered { what: Misfit::Bytes }, unbelieved.to_owned()),
            (CredentialState::NotBound, unbelieved.to_owned()),
            (
                CredentialState::IntactUnknownSigner { lists: lists() },
                format!("{made}; its certificate names Ada, for whom no loaded list vouches."),
            ),
            (CredentialState::IntactListed { lists: lists() }, format!("{made}; signed by Ada.")),
        ] {
            metadata.credential.state = state;
            let text = credential(&metadata).text;
            assert!(text.ends_with(&end), "{text}");
        }
    }
}
