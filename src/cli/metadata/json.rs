//! The JSON keys about what a file says: of `metadata --json` and of `inspect --json`.

use std::path::Path;

use serde::Serialize;

use crate::base::Limits;
use crate::metadata::{
    AiMark, Comparison, Contradiction, Credential, CredentialState, Field, Generation, JpegCoding,
    Location, Manifest, Metadata, Part, Statement, contradictions, location, read_metadata,
    summary,
};

/// Characters of a value without `--raw`.
const SHORT_CHARS: usize = 4096;
/// Fields and parts without `--raw`.
const MAX_FIELDS: usize = 5000;
const MAX_PARTS: usize = 1000;

/// What a file says; the keys that `inspect --json` adds.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct SaidObject {
    /// `null` when it could not be read.
    metadata: Option<MetadataObject>,
    provenance: Option<ProvenanceObject>,
    structure: Option<StructureObject>,
    hints: Vec<HintObject>,
}

#[derive(Debug, Serialize)]
struct MetadataObject {
    summary: Vec<SentenceObject>,
    location: Option<LocationObject>,
    contradictions: Vec<ContradictionObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<ComparisonObject>,
    n_fields: usize,
    fields: Vec<FieldObject>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SentenceObject {
    about: &'static str,
    text: String,
    from: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LocationObject {
    latitude: f64,
    longitude: f64,
    height_m: Option<f64>,
    direction_deg: Option<f64>,
    words: String,
    from: String,
}

#[derive(Debug, Serialize)]
struct ContradictionObject {
    rule: &'static str,
    text: String,
    from: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ComparisonObject {
    n_references: usize,
    only_here: Vec<String>,
    only_there: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FieldObject {
    group: String,
    name: String,
    tag: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    offset: u64,
    length: u64,
}

#[derive(Debug, Serialize)]
struct ProvenanceObject {
    credential: &'static str,
    words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    offset: Option<u64>,
    length: Option<u64>,
    signer: Option<SignerObject>,
    checks: Vec<String>,
    manifests: Vec<ManifestObject>,
}

#[derive(Debug, Serialize)]
struct SignerObject {
    organization: Option<String>,
    name: Option<String>,
    time: Option<String>,
    has_time_stamp: bool,
}

#[derive(Debug, Serialize)]
struct ManifestObject {
    label: String,
    generator: String,
    title: String,
    format: String,
    actions: Vec<ActionObject>,
    ingredients: Vec<IngredientObject>,
    assertions: Vec<String>,
    redacted: Vec<String>,
    has_identity: bool,
}

#[derive(Debug, Serialize)]
struct ActionObject {
    action: String,
    source_type: Option<String>,
    agent: Option<String>,
    when: Option<String>,
}

#[derive(Debug, Serialize)]
struct IngredientObject {
    title: String,
    relationship: String,
    failures: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StructureObject {
    format: &'static str,
    bytes: u64,
    jpeg: Option<JpegObject>,
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
    standard_huffman: Option<bool>,
    restart_interval: u32,
    scans: u32,
    tables: Vec<TableObject>,
    end: Option<u64>,
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
}

#[derive(Debug, Serialize)]
struct PartObject {
    depth: u8,
    name: String,
    meaning: String,
    offset: u64,
    length: u64,
}

#[derive(Debug, Serialize)]
struct HintObject {
    level: &'static str,
    is_ai: bool,
    code: String,
    meaning: String,
    from: String,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<GenerationObject>,
}

#[derive(Debug, Serialize)]
struct GenerationObject {
    generator: String,
    models: Vec<String>,
    prompts: Vec<String>,
    seeds: Vec<String>,
    samplers: Vec<String>,
    bytes: usize,
}

/// What to leave out, and with what to compare.
#[derive(Debug, Default)]
pub(super) struct SaidOptions<'a> {
    pub(super) is_raw: bool,
    pub(super) off: &'a [&'a str],
    pub(super) comparison: Option<Comparison>,
}

/// What a file says, for `inspect`.
pub(in crate::cli) fn said_of_file(path: &Path) -> SaidObject {
    match read_metadata(path, &Limits::default()) {
        Ok(metadata) => object(&metadata, SaidOptions::default()),
        Err(_) => {
            SaidObject { metadata: None, provenance: None, structure: None, hints: Vec::new() }
        }
    }
}

/// The same of metadata that were read.
pub(super) fn object(metadata: &Metadata, options: SaidOptions<'_>) -> SaidObject {
    let SaidOptions { is_raw, off, comparison } = options;
    let most = if is_raw { usize::MAX } else { SHORT_CHARS };
    let shown = metadata.fields.iter().take(if is_raw { usize::MAX } else { MAX_FIELDS });
    let texts = |texts: &[crate::base::Warning]| texts.iter().map(|w| w.0.clone()).collect();
    SaidObject {
        metadata: Some(MetadataObject {
            summary: summary(metadata, off).into_iter().map(sentence).collect(),
            location: location(&metadata.fields).map(place),
            contradictions: contradictions(metadata, off).into_iter().map(contradiction).collect(),
            reference: comparison.map(compared),
            n_fields: metadata.fields.len(),
            fields: shown.map(|field| field_object(field, most)).collect(),
            warnings: texts(&metadata.warnings),
        }),
        provenance: Some(provenance(&metadata.credential)),
        structure: Some(structure(metadata, if is_raw { usize::MAX } else { MAX_PARTS })),
        hints: metadata.marks.iter().map(|mark| hint(mark, most)).collect(),
    }
}

/// At most so many characters, with an ellipsis for the others.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn sentence(said: Statement) -> SentenceObject {
    SentenceObject { about: said.about, text: said.text, from: said.fields }
}

fn place(place: Location) -> LocationObject {
    LocationObject {
        latitude: place.latitude,
        longitude: place.longitude,
        height_m: place.height_m,
        direction_deg: place.direction.as_ref().map(|(degrees, _)| *degrees),
        words: place.words(),
        from: place.field,
    }
}

fn contradiction(found: Contradiction) -> ContradictionObject {
    ContradictionObject { rule: found.rule, text: found.text, from: found.fields }
}

fn compared(found: Comparison) -> ComparisonObject {
    let Comparison { n_references, only_here, only_there } = found;
    ComparisonObject { n_references, only_here, only_there }
}

fn field_object(field: &Field, most: usize) -> FieldObject {
    FieldObject {
        group: field.group.to_string(),
        name: short(&field.name, most),
        tag: short(&field.tag, most),
        value: short(&field.raw, most),
        meaning: field.meaning.as_ref().map(|meaning| short(meaning, most)),
        offset: field.offset,
        length: field.length,
    }
}

fn provenance(credential: &Credential) -> ProvenanceObject {
    let url = match &credential.state {
        CredentialState::Elsewhere { url } => Some(url.clone()),
        _ => None,
    };
    ProvenanceObject {
        credential: credential.state.as_str(),
        words: credential.state.label(),
        url,
        offset: credential.place.map(|(offset, _)| offset),
        length: credential.place.map(|(_, length)| length),
        signer: credential.signer.as_ref().map(|signer| SignerObject {
            organization: signer.organization.clone(),
            name: signer.name.clone(),
            time: signer.time.clone(),
            has_time_stamp: signer.has_time_stamp,
        }),
        checks: credential.checks.clone(),
        manifests: credential.manifests.iter().map(manifest).collect(),
    }
}

fn manifest(stated: &Manifest) -> ManifestObject {
    let actions = stated.actions.iter().map(|action| ActionObject {
        action: action.code.clone(),
        source_type: action.source_type.clone(),
        agent: action.agent.clone(),
        when: action.when.clone(),
    });
    let ingredients = stated.ingredients.iter().map(|ingredient| IngredientObject {
        title: ingredient.title.clone(),
        relationship: ingredient.relationship.clone(),
        failures: ingredient.failures.clone(),
    });
    ManifestObject {
        label: stated.label.clone(),
        generator: stated.generator.clone(),
        title: stated.title.clone(),
        format: stated.format.clone(),
        actions: actions.collect(),
        ingredients: ingredients.collect(),
        assertions: stated.assertions.clone(),
        redacted: stated.redacted.clone(),
        has_identity: stated.has_identity,
    }
}

fn structure(metadata: &Metadata, most: usize) -> StructureObject {
    let part = |part: &Part| PartObject {
        depth: part.depth,
        name: part.name.to_string(),
        meaning: part.meaning.to_string(),
        offset: part.offset,
        length: part.length,
    };
    let thumbnails = metadata.thumbnails.iter();
    StructureObject {
        format: metadata.format.name(),
        bytes: metadata.length,
        jpeg: metadata.jpeg.as_ref().map(jpeg),
        thumbnails: thumbnails
            .map(|t| ThumbnailObject { offset: t.offset, length: t.length })
            .collect(),
        n_parts: metadata.parts.len(),
        parts: metadata.parts.iter().take(most).map(part).collect(),
    }
}

fn jpeg(coding: &JpegCoding) -> JpegObject {
    let quality = coding.quality();
    JpegObject {
        process: coding.process.clone(),
        precision: coding.precision,
        sampling: coding.sampling(),
        ijg_quality: quality.map(|(quality, ..)| quality),
        ijg_deviation: quality.map(|(_, deviation, _)| (deviation * 1000.0).round() / 1000.0),
        is_ijg: quality.is_some_and(|(.., is_exact)| is_exact),
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
    }
}

fn hint(mark: &AiMark, most: usize) -> HintObject {
    HintObject {
        level: mark.level.as_str(),
        is_ai: mark.is_ai,
        code: short(&mark.code, most),
        meaning: mark.meaning.clone(),
        from: mark.field.clone(),
        offset: mark.offset,
        generation: mark.generation.as_ref().map(|notes| generation(notes, most)),
    }
}

fn generation(notes: &Generation, most: usize) -> GenerationObject {
    let list = |texts: &[String]| texts.iter().map(|text| short(text, most)).collect();
    GenerationObject {
        generator: notes.generator.clone(),
        models: list(&notes.models),
        prompts: list(&notes.prompts),
        seeds: list(&notes.seeds),
        samplers: list(&notes.samplers),
        bytes: notes.n_bytes,
    }
}
