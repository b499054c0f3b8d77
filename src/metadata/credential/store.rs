//! From the boxes of a store to its manifests.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::cbor::{self, Cbor};
use super::jumbf::{self, LabeledBox};
use super::pictures::{path_of, pictures};
use super::values::{Action, Ingredient, Manifest, StoredPicture};
use crate::metadata::source::span::Span;

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
    let manifests: Result<_, _> =
        root.boxes.iter().map(|stored| manifest(stored, &pictures)).collect();
    Ok(StoreContent { manifests: manifests?, pictures })
}

fn manifest(stored: &LabeledBox<'_>, pictures: &[StoredPicture]) -> Result<StoredManifest, String> {
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
            manifest.ingredients.push(ingredient(&content, &stored.label, pictures));
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

fn ingredient(stored: &Cbor, manifest: &str, pictures: &[StoredPicture]) -> Ingredient {
    let mut failures = Vec::new();
    let status = stored.get("validationStatus").map(Cbor::list).unwrap_or_default();
    let active = stored.get("validationResults").and_then(|r| r.get("activeManifest"));
    let newer = active.and_then(|r| r.get("failure")).map(Cbor::list).unwrap_or_default();
    for entry in status.iter().chain(newer) {
        let is_success = entry.get("success") == Some(&Cbor::Bool(true));
        failures.extend(entry.string("code").filter(|_| !is_success));
    }
    let link = |name: &str| stored.get(name)?.string("url").map(|url| path_of(&url, manifest));
    let picture = link("thumbnail");
    let own = link("activeManifest").or_else(|| link("c2pa_manifest"));
    Ingredient {
        title: stored.string("dc:title").unwrap_or_default(),
        relationship: stored.string("relationship").unwrap_or_default(),
        failures,
        picture: picture.and_then(|path| pictures.iter().position(|known| known.path == path)),
        manifest: own.map(|path| path.split('/').next().unwrap_or_default().to_owned()),
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
    }
}
