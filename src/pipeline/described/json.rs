//! The JSON keys about what a file says: of `metadata --json`, of `inspect --json` and of cases. The keys
//! are a stable contract.

use std::path::Path;

use serde::Serialize;

use super::describe::{Description, describe};
use super::structure_json::StructureObject;
use crate::base::{Frame, Limits, TaskCtx};
use crate::files::{FileIdentity, sha256_of_file};
use crate::metadata::{
    self, AiMark, Comparison, Contradiction, Credential, CredentialState, Field, Generation,
    Location, Manifest, Statement, TrustListRef, TrustLists, contradictions, location, summary,
};

/// Characters of a value without `--raw`.
const SHORT_CHARS: usize = 4096;
/// Fields without `--raw`.
const MAX_FIELDS: usize = 5000;

/// What a file says: the keys of `metadata --json`, those that `inspect --json` adds, and what a case keeps.
#[derive(Debug, Serialize)]
pub struct DescriptionObject {
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
    has_hemispheres: bool,
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
    trust_lists: Vec<TrustListObject>,
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
struct TrustListObject {
    name: String,
    date: Option<String>,
    sha256: String,
    used_for: &'static str,
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
    failures_now: Vec<String>,
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
#[derive(Debug, Clone, Default)]
pub struct JsonOptions<'a> {
    /// Every value and every part in full.
    pub is_raw: bool,
    /// Rules for contradictions that are switched off.
    pub off: &'a [&'a str],
    /// The comparison with reference files, if there are some.
    pub comparison: Option<Comparison>,
}

impl DescriptionObject {
    /// The keys of a file that cannot be read.
    pub const fn unreadable() -> Self {
        Self { metadata: None, provenance: None, structure: None, hints: Vec::new() }
    }

    /// Reads a file with the usual options. `frame`: its decoded picture, with which thumbnails are
    /// compared. A file that cannot be read has no keys.
    pub fn read(path: &Path, frame: Option<&Frame>, ctx: &TaskCtx<'_>) -> Self {
        let Ok(mut description) = describe(path, &Limits::default(), &TrustLists::default()) else {
            return Self::unreadable();
        };
        if let Some(frame) = frame {
            // When it is cancelled, the whole examination is.
            let _cancelled = description.compare_thumbnails(path, frame, ctx);
        }
        Self::new(&description, JsonOptions::default())
    }

    /// As [`Self::read`], of the file that was examined: `None` when the one under this name has another
    /// hash now, or changes while it is read.
    pub fn read_of(
        path: &Path,
        sha256: &str,
        frame: Option<&Frame>,
        ctx: &TaskCtx<'_>,
    ) -> Option<Self> {
        let identity = FileIdentity::new(&std::fs::metadata(path).ok()?);
        let object = Self::read(path, frame, ctx);
        let is_same = sha256_of_file(path).is_ok_and(|now| now == sha256);
        (is_same && identity.is_still_at(path)).then_some(object)
    }

    /// The keys of a file that was read.
    pub fn new(description: &Description, options: JsonOptions<'_>) -> Self {
        let metadata = &description.metadata;
        let JsonOptions { is_raw, off, comparison } = options;
        let most = if is_raw { usize::MAX } else { SHORT_CHARS };
        let shown = metadata.fields.iter().take(if is_raw { usize::MAX } else { MAX_FIELDS });
        let contradictions = contradictions(metadata, off).into_iter().map(contradiction);
        Self {
            metadata: Some(MetadataObject {
                summary: summary(metadata, off).into_iter().map(sentence).collect(),
                location: location(&metadata.fields).map(place),
                contradictions: contradictions.collect(),
                reference: comparison.map(compared),
                n_fields: metadata.fields.len(),
                fields: shown.map(|field| field_object(field, most)).collect(),
                warnings: metadata.warnings.iter().map(|warning| warning.0.clone()).collect(),
            }),
            provenance: Some(provenance(&metadata.credential)),
            structure: Some(StructureObject::new(description, is_raw)),
            hints: metadata.marks.iter().map(|mark| hint(mark, most)).collect(),
        }
    }
}

/// Hash of a file, lower-case hex SHA-256, and what it says about itself; both of the same bytes.
///
/// # Errors
///
/// Those of [`describe`], and when the file changes while it is read.
pub fn read_with_hash(path: &Path) -> Result<(String, DescriptionObject), metadata::Error> {
    // Asked by name first: opening a pipe would wait for a writer.
    let facts = std::fs::metadata(path)?;
    if !facts.is_file() {
        return Err(if facts.is_dir() {
            metadata::Error::Folder
        } else {
            metadata::Error::NotRegular
        });
    }
    let identity = FileIdentity::new(&facts);
    let description = describe(path, &Limits::default(), &TrustLists::default())?;
    let sha256 = sha256_of_file(path)?;
    if !identity.is_still_at(path) {
        let changed = std::io::Error::other("it changed while it was read");
        return Err(metadata::Error::Io(changed));
    }
    Ok((sha256, DescriptionObject::new(&description, JsonOptions::default())))
}

/// At most so many characters, with an ellipsis for the others.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn sentence(statement: Statement) -> SentenceObject {
    SentenceObject { about: statement.about, text: statement.text, from: statement.fields }
}

fn place(place: Location) -> LocationObject {
    LocationObject {
        latitude: place.latitude,
        longitude: place.longitude,
        has_hemispheres: place.has_hemispheres,
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
        trust_lists: credential.lists.iter().map(trust_list).collect(),
        checks: credential.checks.clone(),
        manifests: credential.manifests.iter().map(manifest).collect(),
    }
}

fn trust_list(list: &TrustListRef) -> TrustListObject {
    TrustListObject {
        name: list.name.clone(),
        date: list.date.clone(),
        sha256: list.sha256.clone(),
        used_for: list.used_for.as_str(),
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
        failures_now: ingredient.failures_now.clone(),
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
