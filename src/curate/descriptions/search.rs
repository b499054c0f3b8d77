//! Finds items by what their files say about themselves.

use serde::Deserialize;

use crate::base::{Phase, TaskCtx};
use crate::case::{Case, ItemId, StoredDescription};
use crate::curate::Error;

/// The words for a credential, as JSON has them, by which items can be found.
pub const CREDENTIAL_WORDS: [&str; 9] = [
    "none",
    "elsewhere",
    "unreadable",
    "altered",
    "not-bound",
    "unchecked",
    "intact-unknown-signer",
    "intact-expired",
    "intact-listed",
];

/// What a file has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// Each of these words stands in one and the same field: in its name or its value. Capital and
    /// small letters count alike.
    Text(String),
    /// A field of this name, as `Make` or `IFD0:Make`; with a value, it has to contain that.
    /// Capital and small letters count alike.
    Field {
        /// The name, with or without its group.
        name: String,
        /// Part of the value.
        value: Option<String>,
    },
    /// A serial number of a camera, a lens or a body, whole.
    Serial(String),
    /// A mark that says that AI made or changed the picture.
    Ai,
    /// A word for the credential, one of [`CREDENTIAL_WORDS`].
    Credential(String),
}

/// The field that meets a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// Group and name of the field, or what else says so.
    pub from: String,
    /// Its value in words.
    pub value: String,
}

/// The items that meet all criteria.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchResult {
    /// In the order of the case, with the first field that meets each criterion.
    pub items: Vec<(ItemId, Vec<SearchHit>)>,
    /// Items that were searched: those of which a description is stored.
    pub n_searched: u64,
    /// Items of which nothing is stored.
    pub n_unknown: u64,
}

/// The keys of a description that are searched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchedKeys {
    metadata: Option<SearchedFields>,
    provenance: Option<SearchedCredential>,
    hints: Vec<SearchedMark>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchedFields {
    fields: Vec<SearchedField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchedField {
    group: String,
    name: String,
    value: String,
    meaning: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchedCredential {
    credential: String,
    words: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchedMark {
    level: String,
    is_ai: bool,
    meaning: String,
    from: String,
}

/// The items whose newest description meets all criteria.
///
/// # Errors
///
/// [`Error::Cancelled`], [`Error::Case`].
pub fn search(
    case: &Case,
    criteria: &[Criterion],
    ctx: &TaskCtx<'_>,
) -> Result<SearchResult, Error> {
    let mut result = SearchResult::default();
    let total = case.n_described()?;
    case.each_description(&mut |id, description| {
        ctx.step(Phase::Reading, result.n_searched, total)?;
        result.n_searched += 1;
        let keys = parsed(&description);
        let hits: Option<Vec<SearchHit>> =
            criteria.iter().map(|criterion| hit(&keys, criterion)).collect();
        result.items.extend(hits.map(|hits| (id, hits)));
        Ok(())
    })?;
    result.n_unknown = case.n_items()?.saturating_sub(result.n_searched);
    Ok(result)
}

/// What a description says; nothing where another version wrote it in another form.
fn parsed(description: &StoredDescription) -> SearchedKeys {
    SearchedKeys::deserialize(&description.said).unwrap_or_default()
}

fn hit(keys: &SearchedKeys, criterion: &Criterion) -> Option<SearchHit> {
    let fields = || keys.metadata.iter().flat_map(|metadata| &metadata.fields);
    match criterion {
        Criterion::Text(text) => {
            let text = text.to_lowercase();
            let fits = |field: &&SearchedField| {
                let SearchedField { group, name, value, meaning } = field;
                let meaning = meaning.as_deref().unwrap_or_default();
                let all = format!("{group}:{name} {value} {meaning}").to_lowercase();
                text.split_whitespace().all(|word| all.contains(word))
            };
            fields().find(fits).map(field_hit)
        }
        Criterion::Field { name, value } => {
            let wanted = value.as_ref().map(|value| value.to_lowercase());
            let contains = |text: &str| {
                wanted.as_ref().is_none_or(|wanted| text.to_lowercase().contains(wanted))
            };
            let fits = |field: &&SearchedField| {
                let texts = [Some(&field.value), field.meaning.as_ref()];
                is_named(field, name) && texts.into_iter().flatten().any(|text| contains(text))
            };
            fields().find(fits).map(field_hit)
        }
        Criterion::Serial(serial) => {
            let wanted = serial.trim().to_lowercase();
            let fits = |field: &&SearchedField| {
                field.name.to_lowercase().contains("serialnumber")
                    && field.value.trim().to_lowercase() == wanted
            };
            fields().find(fits).map(field_hit)
        }
        Criterion::Ai => keys.hints.iter().find(|mark| mark.is_ai).map(|mark| SearchHit {
            from: mark.from.clone(),
            value: format!("{}: {}", mark.level, mark.meaning),
        }),
        Criterion::Credential(word) => {
            let credential =
                keys.provenance.as_ref().filter(|provenance| provenance.credential == *word)?;
            Some(SearchHit { from: "credential".to_owned(), value: credential.words.clone() })
        }
    }
}

fn is_named(field: &SearchedField, wanted: &str) -> bool {
    match wanted.split_once(':') {
        Some((group, name)) => {
            field.group.eq_ignore_ascii_case(group) && field.name.eq_ignore_ascii_case(name)
        }
        None => field.name.eq_ignore_ascii_case(wanted),
    }
}

fn field_hit(field: &SearchedField) -> SearchHit {
    let value = field.meaning.as_ref().unwrap_or(&field.value);
    SearchHit { from: format!("{}:{}", field.group, field.name), value: value.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys() -> SearchedKeys {
        let field = |group: &str, name: &str, value: &str| json!({"group": group, "name": name, "value": value, "meaning": null});
        let description = json!({
            "metadata": {"fields": [
                field("IFD0", "Make", "Canon Inc."),
                field("ExifIFD", "BodySerialNumber", "0123456"),
            ]},
            "provenance": {"credential": "altered", "words": "altered after signing"},
            "hints": [{"level": "declared", "is_ai": true, "meaning": "made by AI", "from": "XMP"}],
        });
        SearchedKeys::deserialize(&description).unwrap()
    }

    #[test]
    fn each_criterion_finds_its_field_and_nothing_else() {
        let stored = keys();
        let field = |name: &str, value: Option<&str>| {
            let (name, value) = (name.to_owned(), value.map(str::to_owned));
            hit(&stored, &Criterion::Field { name, value }).map(|hit| hit.value)
        };
        assert_eq!(field("make", Some("canon")).as_deref(), Some("Canon Inc."));
        assert_eq!(field("IFD0:Make", None).as_deref(), Some("Canon Inc."));
        assert_eq!((field("IFD1:Make", None), field("Make", Some("Nikon"))), (None, None));
        let text = |text: &str| hit(&stored, &Criterion::Text(text.to_owned())).map(|hit| hit.from);
        assert_eq!(text("CANON make").as_deref(), Some("IFD0:Make"));
        assert_eq!(text("0123").as_deref(), Some("ExifIFD:BodySerialNumber"), "a part of it");
        assert_eq!(text("canon 0123"), None, "in two fields");
        let serial = |serial: &str| hit(&stored, &Criterion::Serial(serial.to_owned()));
        assert_eq!(serial(" 0123456").unwrap().from, "ExifIFD:BodySerialNumber");
        assert_eq!(serial("012345"), None, "only part of it");
        assert_eq!(hit(&stored, &Criterion::Ai).unwrap().value, "declared: made by AI");
        let credential = |word: &str| hit(&stored, &Criterion::Credential(word.to_owned()));
        assert!(credential("altered").is_some() && credential("none").is_none());
        assert_eq!(hit(&SearchedKeys::default(), &Criterion::Ai), None, "of another form");
    }
}
