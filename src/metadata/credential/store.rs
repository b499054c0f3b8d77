//! From the boxes of a store to its manifests.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::cbor::{self, Cbor};
use super::jumbf::{self, LabeledBox};
use super::pictures::{path_of, pictures};
use super::values::{Action, Ingredient, Manifest, StoredPicture};
use crate::metadata::source::span::Span;

/// Failures about ingredients of ingredients that are kept.
const MAX_DELTAS: usize = 1000;

/// What a manifest covers, and what it leaves out.
#[derive(Debug, Clone, Default)]
pub(super) struct Binding {
    /// Excluded ranges of the file: offset and bytes.
    pub(super) ranges: Vec<(u64, u64)>,
    /// Excluded boxes of an ISO file, by their paths.
    pub(super) paths: Vec<String>,
    pub(super) algorithm: String,
    /// The stored hash over the rest; of data hashes only.
    pub(super) hash: Vec<u8>,
    /// Label of the assertion.
    pub(super) label: String,
    /// Fragments of the stream for which it is made, where its beginning has a hash of its own.
    pub(super) n_fragments: Option<u64>,
}

/// A manifest with what it covers. An update manifest covers nothing itself.
pub(super) struct StoredManifest {
    pub(super) manifest: Manifest,
    pub(super) binding: Option<Binding>,
    pub(super) is_update: bool,
    /// Why it cannot be checked by anyone, as a clause.
    pub(super) fault: Option<&'static str>,
}

/// What a store holds.
pub(super) struct StoreContent {
    /// In the order of the store; the last one is about the file.
    pub(super) manifests: Vec<StoredManifest>,
    pub(super) pictures: Vec<StoredPicture>,
}

/// Reads all manifests and pictures of a store.
///
/// # Errors
///
/// A clause about what is wrong.
pub(super) fn read_store(store: Span<'_>) -> Result<StoreContent, String> {
    let root = jumbf::parse(store)?;
    if root.label != "c2pa" {
        return Err(format!("the store is called {:?}, not \"c2pa\"", root.label));
    }
    if root.boxes.is_empty() {
        return Err("the store holds no manifest".to_owned());
    }
    let pictures = pictures(&root);
    let mut deltas = Vec::new();
    let manifests: Result<Vec<_>, _> =
        root.boxes.iter().map(|stored| manifest(stored, &pictures, &mut deltas)).collect();
    let mut manifests = manifests?;
    for (path, codes) in deltas {
        let all = manifests.iter_mut().flat_map(|stored| &mut stored.manifest.ingredients);
        if let Some(ingredient) = all.into_iter().find(|ingredient| ingredient.path == path) {
            ingredient.failures.extend(codes);
        }
    }
    Ok(StoreContent { manifests, pictures })
}

/// Failures that an ingredient records about another one: place of that in the store, and codes.
type Delta = (String, Vec<String>);

fn manifest(
    stored: &LabeledBox<'_>,
    pictures: &[StoredPicture],
    deltas: &mut Vec<Delta>,
) -> Result<StoredManifest, String> {
    let claim_box = ["c2pa.claim", "c2pa.claim.v2"].iter().find_map(|label| stored.child(label));
    let claim = claim_box.and_then(|claim| claim.content(*b"cbor"));
    let Some(claim) = claim else {
        return Err(format!("the manifest {} has no claim in CBOR", stored.label));
    };
    let claim = cbor::parse(claim).map_err(|what| format!("of a claim {what}"))?;
    let mut manifest = Manifest {
        label: stored.label.clone(),
        generator: generator(&claim),
        title: claim.string("dc:title").unwrap_or_default(),
        format: claim.string("dc:format").unwrap_or_default(),
        algorithm: claim.string("alg"),
        ..Manifest::default()
    };
    let redacted = claim.get("redacted_assertions").map(Cbor::list).unwrap_or_default();
    manifest.redacted = redacted.iter().filter_map(|url| url.text().map(last_part)).collect();
    let own_picture = format!("{}/c2pa.assertions/c2pa.thumbnail.claim", stored.label);
    manifest.picture = pictures.iter().position(|known| known.path.starts_with(&own_picture));
    let mut binding = None;
    let assertions = stored.child("c2pa.assertions");
    for assertion in assertions.map(|store| store.boxes.as_slice()).unwrap_or_default() {
        let label = &assertion.label;
        manifest.assertions.push(label.clone());
        manifest.has_identity |= label.starts_with("cawg.identity");
        let Some(Ok(content)) = assertion.content(*b"cbor").map(cbor::parse) else { continue };
        if label.starts_with("c2pa.actions") {
            let list = content.get("actions").map(Cbor::list).unwrap_or_default();
            manifest.actions.extend(list.iter().map(action));
        } else if label.starts_with("c2pa.ingredient") {
            let mut found = ingredient(&content, &stored.label, pictures);
            found.path = format!("{}/c2pa.assertions/{label}", stored.label);
            manifest.ingredients.push(found);
            recorded_elsewhere(&content, &stored.label, deltas);
        } else if label.starts_with("c2pa.hash.") {
            binding = binding.or_else(|| Some(read_binding(label, &content, &claim)));
        }
    }
    let fault = fault(&claim, &manifest);
    Ok(StoredManifest { manifest, binding, is_update: &stored.kind == b"c2um", fault })
}

/// Why a manifest cannot be checked.
fn fault(claim: &Cbor, manifest: &Manifest) -> Option<&'static str> {
    let lists = ["assertions", "created_assertions", "gathered_assertions"];
    let links = lists.iter().filter_map(|name| claim.get(name)).flat_map(Cbor::list);
    let is_unnamed =
        claim.get("alg").is_none() && links.into_iter().any(|link| link.get("alg").is_none());
    if is_unnamed {
        return Some("it names no algorithm for the hashes of its assertions");
    }
    let is_early = manifest.assertions.iter().any(|label| label == "adobe.beta");
    is_early.then_some("it was made before the standard was finished (adobe.beta)")
}

fn generator(claim: &Cbor) -> String {
    let info = claim.get("claim_generator_info");
    let info = info.map(|info| info.list().first().unwrap_or(info));
    let named = info.and_then(|info| {
        let name = info.string("name")?;
        let version = info.string("version");
        Some(version.map_or_else(|| name.clone(), |version| format!("{name} {version}")))
    });
    named.or_else(|| claim.string("claim_generator")).unwrap_or_default()
}

fn last_part(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).to_owned()
}

fn action(stored: &Cbor) -> Action {
    let agent = stored.get("softwareAgent");
    let agent =
        agent.and_then(|agent| agent.text().map(str::to_owned).or_else(|| agent.string("name")));
    Action {
        code: stored.string("action").unwrap_or_default(),
        source_type: stored.string("digitalSourceType"),
        agent,
        when: stored.string("when"),
    }
}

/// What an ingredient records about the ingredients of its own credential.
fn recorded_elsewhere(stored: &Cbor, manifest: &str, deltas: &mut Vec<Delta>) {
    let results = stored.get("validationResults").and_then(|r| r.get("ingredientDeltas"));
    for delta in results.map(Cbor::list).unwrap_or_default() {
        let codes = codes(delta.get("validationDeltas").and_then(|d| d.get("failure")));
        let place = delta.string("ingredientAssertionURI").map(|url| path_of(&url, manifest));
        if let Some(place) = place.filter(|_| !codes.is_empty() && deltas.len() < MAX_DELTAS) {
            deltas.push((place, codes));
        }
    }
}

/// The codes of a list of failures. Early writers listed successes beside them.
fn codes(list: Option<&Cbor>) -> Vec<String> {
    let entries = list.map(Cbor::list).unwrap_or_default();
    let is_failure = |entry: &&Cbor| {
        let code = entry.get("code").and_then(Cbor::text);
        entry.get("success") != Some(&Cbor::Bool(true)) && !code.is_some_and(is_success)
    };
    entries.iter().filter(is_failure).filter_map(|entry| entry.string("code")).collect()
}

/// Whether a code of the first versions of the standard says that something fits.
fn is_success(code: &str) -> bool {
    let ends =
        [".validated", ".trusted", ".match", ".accessible", ".insideValidity", ".notRevoked"];
    ends.iter().any(|end| code.ends_with(end))
}

fn ingredient(stored: &Cbor, manifest: &str, pictures: &[StoredPicture]) -> Ingredient {
    let mut failures = codes(stored.get("validationStatus"));
    let active = stored.get("validationResults").and_then(|r| r.get("activeManifest"));
    failures.extend(codes(active.and_then(|r| r.get("failure"))));
    let link = |name: &str| stored.get(name)?.string("url").map(|url| path_of(&url, manifest));
    let picture = link("thumbnail");
    let own = link("activeManifest").or_else(|| link("c2pa_manifest"));
    Ingredient {
        title: stored.string("dc:title").unwrap_or_default(),
        relationship: stored.string("relationship").unwrap_or_default(),
        failures,
        picture: picture.and_then(|path| pictures.iter().position(|known| known.path == path)),
        manifest: own.map(|path| path.split('/').next().unwrap_or_default().to_owned()),
        ..Ingredient::default()
    }
}

fn read_binding(label: &str, content: &Cbor, claim: &Cbor) -> Binding {
    let excluded = content.get("exclusions").map(Cbor::list).unwrap_or_default();
    let range =
        |entry: &Cbor| Some((entry.get("start")?.unsigned()?, entry.get("length")?.unsigned()?));
    let algorithm = content.string("alg").or_else(|| claim.string("alg"));
    Binding {
        ranges: excluded.iter().filter_map(range).collect(),
        paths: excluded.iter().filter_map(|entry| entry.string("xpath")).collect(),
        algorithm: algorithm.unwrap_or_else(|| "sha256".to_owned()),
        hash: content.get("hash").and_then(Cbor::bytes).unwrap_or_default().to_vec(),
        label: label.to_owned(),
        n_fragments: content.get("merkle").and_then(|trees| {
            let starts = trees.list().iter().filter(|tree| tree.get("initHash").is_some());
            starts.filter_map(|tree| tree.get("count")?.unsigned()).max()
        }),
    }
}
