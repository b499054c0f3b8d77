//! The one word for a credential, and the checks that lead to it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use memchr::memmem;

use super::binding::{CodedData, disorder, excluded, hash, leaves_out_places, level};
use super::store::{Binding, StoreContent, StoredManifest, read_store};
use super::values::{CheckResults, Credential, CredentialState, Misfit, TrustLists};
use crate::base::text::{counted, list, visible};
use crate::metadata::bmff::SamplePlaces;
use crate::metadata::field::{Field, Part};
use crate::metadata::sniff::Format;
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;

/// Boxes at the top that a file may have for its credential to be checked by the library.
#[cfg(feature = "credentials")]
const MAX_TOP_BOXES: usize = 2000;

/// With these bytes the description of a store begins.
const STORE_HEAD: &[u8] = b"jumdc2pa";
/// So much of the beginning and of the end of a file is searched for a store.
const SEARCHED_BYTES: u64 = 4 << 20;

/// What is known of a file.
pub(in crate::metadata) struct Evidence<'a> {
    pub(in crate::metadata) format: Format,
    pub(in crate::metadata) fields: &'a [Field],
    pub(in crate::metadata) parts: &'a [Part],
    /// Credential stores: offset of the first byte, and the store.
    pub(in crate::metadata) stores: &'a [(u64, Vec<u8>)],
    /// Where the samples of an ISO file lie.
    pub(in crate::metadata) places: &'a SamplePlaces,
    /// Why some of the file was not read, where a credential may lie.
    pub(in crate::metadata) cut_by: Option<&'a str>,
    #[cfg_attr(
        not(feature = "credentials"),
        expect(dead_code, reason = "signers are not checked")
    )]
    pub(in crate::metadata) lists: &'a TrustLists,
}

/// Judges the credential of a file.
pub(in crate::metadata) fn judge(input: &mut Input<'_>, evidence: &Evidence<'_>) -> Credential {
    let is_credential = |store: &&(u64, Vec<u8>)| {
        let head = store.1.get(..200).unwrap_or(&store.1);
        head.windows(4).any(|word| word == b"c2pa")
    };
    let mut stores = evidence.stores.iter().filter(is_credential);
    let Some((at, store)) = stores.next() else { return without_store(input, evidence) };
    let place = container_of(evidence, *at, store.len() as u64);
    let mut credential = Credential {
        state: CredentialState::Unchecked,
        place: Some(place),
        manifests: Vec::new(),
        signer: None,
        lists: Vec::new(),
        checks: Vec::new(),
        results: CheckResults::default(),
        pictures: Vec::new(),
    };
    if stores.next().is_some() {
        credential
            .checks
            .push("The file has more than one credential; the first was read.".to_owned());
    }
    let stored = match read_store(Span::new(store, *at)) {
        Ok(StoreContent { manifests, pictures }) => {
            credential.pictures = pictures;
            manifests
        }
        Err(why) => {
            credential.state = CredentialState::Unreadable { why: visible(&why).into_owned() };
            return credential;
        }
    };
    let known = ["sha256", "sha384", "sha512"];
    let unknown = stored
        .iter()
        .filter_map(|m| m.binding.as_ref())
        .find(|binding| !known.contains(&binding.algorithm.as_str()));
    if let Some(why) = stored.last().and_then(|manifest| manifest.fault) {
        credential.state = CredentialState::Unreadable { why: why.to_owned() };
    } else if let Some(binding) = unknown {
        let why = format!("it uses the unknown algorithm {}", visible(&binding.algorithm));
        credential.state = CredentialState::Unreadable { why };
    } else if let Some((binding, is_updated)) = binding_of(&stored) {
        check_binding(input, evidence, binding, is_updated, place, &mut credential);
    } else {
        let text = "No hash binds the credential to the bytes of this file.";
        credential.checks.push(text.to_owned());
        credential.results.covers_what_is_shown = Some(false);
        credential.state = CredentialState::NotBound;
    }
    if stored.iter().any(|m| m.manifest.has_identity) {
        let text = "It names a person or a body (CAWG identity): not checkable offline. This never \
                    changes the word for the credential.";
        credential.checks.push(text.to_owned());
    }
    #[cfg(feature = "credentials")]
    let is_part = is_part_of_stream(&stored, evidence);
    credential.manifests = stored.into_iter().map(|stored| stored.manifest).collect();
    #[cfg(feature = "credentials")]
    match too_many_parts(evidence) {
        Some(text) => credential.checks.push(text),
        None => super::library::check(input, evidence.lists, is_part, &mut credential),
    }
    #[cfg(not(feature = "credentials"))]
    credential.checks.push(
        "Signature and signer were not checked: this build lacks the feature credentials."
            .to_owned(),
    );
    credential
}

/// Why a file is not given to c2pa-rs: for boxes at the top its time grows with the square of their
/// number (version 0.90.22: 4 s for 10,000 empty ones).
#[cfg(feature = "credentials")]
fn too_many_parts(evidence: &Evidence<'_>) -> Option<String> {
    if !matches!(evidence.format, Format::IsoMedia | Format::Heif) {
        return None;
    }
    let n = evidence.parts.iter().filter(|part| part.depth == 0).count();
    if let Some(why) = evidence.cut_by {
        return Some(format!("Its signature was not checked: {}.", visible(why)));
    }
    (n > MAX_TOP_BOXES).then(|| {
        format!("Its signature was not checked: the file has {n} parts, more than {MAX_TOP_BOXES}.")
    })
}

/// The binding of the last manifest, or of the one that its updates build on.
fn binding_of(stored: &[StoredManifest]) -> Option<(&Binding, bool)> {
    let mut is_updated = false;
    for manifest in stored.iter().rev() {
        if let Some(binding) = &manifest.binding {
            return Some((binding, is_updated));
        }
        if !manifest.is_update {
            return None;
        }
        is_updated = true;
    }
    None
}

fn without_store(input: &mut Input<'_>, evidence: &Evidence<'_>) -> Credential {
    let is_address = |field: &&Field| {
        field.group.starts_with("XMP-dcterms") && field.name.starts_with("Provenance")
    };
    let url = evidence.fields.iter().find(is_address).map(|field| field.raw.trim().to_owned());
    let url = url.filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let state = match (evidence.cut_by, url) {
        (Some(why), _) => CredentialState::NotKnown { why: visible(why).into_owned() },
        _ if let Some(at) = unread_store(input) => {
            let why = format!(
                "bytes like those of one lie at byte {at}, where none is looked for in this kind of file"
            );
            CredentialState::NotKnown { why }
        }
        (None, Some(url)) => CredentialState::Elsewhere { url: visible(&url).into_owned() },
        (None, None) => CredentialState::Absent,
    };
    Credential {
        state,
        place: None,
        manifests: Vec::new(),
        signer: None,
        lists: Vec::new(),
        checks: Vec::new(),
        results: CheckResults::default(),
        pictures: Vec::new(),
    }
}

/// Where a store begins that no reader of a container found: behind the end of a picture, in a box that is
/// cut off, in a container without a place for it. Of a large file the first and last bytes are searched.
fn unread_store(input: &mut Input<'_>) -> Option<u64> {
    let length = input.length();
    let mut search = |from: u64, to: u64| {
        let n = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
        let bytes = input.read(from, n);
        memmem::find(&bytes, STORE_HEAD).map(|at| from.saturating_add(at as u64))
    };
    search(0, length.min(SEARCHED_BYTES)).or_else(|| {
        search(length.saturating_sub(SEARCHED_BYTES).max(SEARCHED_BYTES.min(length)), length)
    })
}

/// Whether the file is one part of the stream for which its hash is made.
#[cfg(feature = "credentials")]
fn is_part_of_stream(stored: &[StoredManifest], evidence: &Evidence<'_>) -> bool {
    let n = binding_of(stored).and_then(|(binding, _)| binding.n_fragments);
    n.is_some_and(|n| n_fragments(evidence) < n)
}

/// Fragments of a video at its top.
fn n_fragments(evidence: &Evidence<'_>) -> u64 {
    evidence.parts.iter().filter(|part| part.depth == 0 && part.name == "moof").count() as u64
}

/// The segments or the chunk around a store, which may be spread over several in a row.
fn container_of(evidence: &Evidence<'_>, at: u64, length: u64) -> (u64, u64) {
    let mut found = None::<(u64, u64)>;
    for part in evidence.parts.iter().filter(|part| part.depth == level(evidence.format)) {
        let end = part.offset.saturating_add(part.length);
        match found {
            None if part.offset <= at && at < end => found = Some((part.offset, end)),
            Some((start, reached)) if part.offset == reached && part.name == "APP11" => {
                // Only a store that is not complete yet goes on in the next segment.
                let so_far = reached.saturating_sub(start);
                if so_far < length {
                    found = Some((start, end));
                }
            }
            _ => {}
        }
    }
    let (start, end) = found.unwrap_or_else(|| (at, at.saturating_add(length)));
    (start, end.saturating_sub(start))
}

fn check_binding(
    input: &mut Input<'_>,
    evidence: &Evidence<'_>,
    binding: &Binding,
    is_updated: bool,
    place: (u64, u64),
    credential: &mut Credential,
) {
    let mut binding = binding.clone();
    if is_updated {
        // An update makes the store longer; its range grows with it.
        for range in binding.ranges.iter_mut().filter(|(start, _)| *start == place.0) {
            range.1 = range.1.max(place.1);
        }
    }
    let mut left_out = excluded(evidence.format, &binding, evidence.parts, place, input.length());
    let mut not_seen = evidence.cut_by.map(|why| visible(why).into_owned());
    if matches!(evidence.format, Format::IsoMedia | Format::Heif) {
        let (places, is_whole) = evidence.places.all(input);
        left_out.shown.extend(CodedData::new(evidence.parts).strays(&places));
        if left_out.shown.is_empty() {
            left_out.shown.extend(disorder(&binding, &places));
        }
        let all = places.iter().flatten().chain(&evidence.places.metadata).copied();
        let unused = CodedData::new(evidence.parts).unused(all);
        if let Some(n) = unused.filter(|_| leaves_out_places(&binding)) {
            let text = format!(
                "{n} bytes of the coded data are shown nowhere, and the places of what is shown are not \
                 covered, so that something else may have been shown when it was signed"
            );
            not_seen.get_or_insert(text);
        }
        if !is_whole {
            not_seen.get_or_insert_with(|| "the places of some samples were not read".to_owned());
        }
    }
    let label = visible(&binding.label).into_owned();
    if let Some(why) = not_seen.filter(|_| left_out.shown.is_empty()) {
        let text = format!("Not all of what {label} leaves out was checked: {why}.");
        credential.checks.push(text);
    } else if left_out.shown.is_empty() {
        let text = format!("What {label} leaves out holds only the credential and headers.");
        credential.checks.push(text);
        credential.results.covers_what_is_shown = Some(true);
    } else {
        let what = list(&left_out.shown.iter().take(5).collect::<Vec<_>>());
        let text = format!("{label} leaves out what is shown: {}.", visible(&what));
        credential.checks.push(text);
        credential.results.covers_what_is_shown = Some(false);
        credential.state = CredentialState::NotBound;
    }
    if !left_out.headers.is_empty() {
        let what = list(&left_out.headers.iter().take(5).collect::<Vec<_>>());
        credential.checks.push(format!("Not covered by the signature: {}.", visible(&what)));
        let is_turned = |field: &&Field| field.name == "Orientation" && field.raw.trim() != "1";
        if let Some(field) = evidence.fields.iter().find(is_turned) {
            let text = format!(
                "How the picture is turned ({} {}) may not be covered by the signature.",
                visible(&field.group),
                visible(&field.name)
            );
            credential.checks.push(text);
        }
    }
    if let Some(n) = binding.n_fragments {
        let n_here = n_fragments(evidence);
        let (all, here) = (counted(n, "fragment"), counted(n_here, "fragment"));
        credential
            .checks
            .push(format!("{label} is made for a stream of {all}; the file has {here}."));
    }
    if binding.label != "c2pa.hash.data" {
        credential
            .checks
            .push(format!("The hash of {label} is not computed by this program itself."));
        return;
    }
    match hash(input, &binding.algorithm, &binding.ranges) {
        Some(found) if found == binding.hash => {
            credential.checks.push(format!("The hash of {label} fits the bytes of the file."));
            credential.results.does_hash_fit = Some(true);
        }
        Some(_) => {
            let text =
                format!("The hash of {label} does not fit: the bytes it covers were changed.");
            credential.checks.push(text);
            credential.results.does_hash_fit = Some(false);
            credential.state = CredentialState::Altered { what: Misfit::Bytes };
        }
        None => {
            let text = format!("The hash of {label} was not computed: the file is too large.");
            credential.checks.push(text);
        }
    }
}
