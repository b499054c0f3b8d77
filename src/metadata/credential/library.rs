//! Asks c2pa-rs about signature and signer, offline, and words what it answers.
//!
//! The library's one word is never passed on: its "Invalid" covers a changed picture as well as an
//! identity that cannot be looked up without a network. What is said follows from its codes.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use c2pa::settings::Settings;
use c2pa::{Context, Reader};

use super::codes::code_meaning;
use super::pictures::path_of;
use super::values::{
    Credential, CredentialState, ListUse, Misfit, Signer, TrustList, TrustListRef, TrustLists,
};
use crate::base::text::{list, visible};
use crate::metadata::source::input::Input;

/// The version that answers: an answer may change with it.
const LIBRARY: &str = "c2pa-rs 0.90.22";
/// Uses that the certificate of a signer may name, as object identifiers: e-mail protection, signing of
/// documents, time stamps, answers about revocation, and the two of Microsoft's and C2PA's signers.
/// Without such a list versions of the library call signers invalid.
const KEY_USAGES: &str = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.5.5.7.3.8\n\
                          1.3.6.1.5.5.7.3.9\n1.3.6.1.4.1.311.76.59.1.9\n1.3.6.1.4.1.62558.2.1";
const TRUSTED: &str = "signingCredential.trusted";
/// Larger files are not given to the library, which reads them as a whole.
const MAX_BYTES: u64 = 1 << 30;

/// Codes that mean that covered bytes or the credential itself were changed, and what of it.
const ALTERED: &[(&str, Misfit)] = &[
    ("assertion.dataHash.mismatch", Misfit::Bytes),
    ("assertion.bmffHash.mismatch", Misfit::Bytes),
    ("assertion.boxesHash.mismatch", Misfit::Bytes),
    ("assertion.collectionHash.mismatch", Misfit::Bytes),
    ("assertion.hashedURI.mismatch", Misfit::Statements),
    ("assertion.missing", Misfit::Statements),
    ("claimSignature.mismatch", Misfit::Signature),
    ("claimSignature.missing", Misfit::Signature),
];
const EXPIRED: &[&str] = &["signingCredential.expired", "claimSignature.outsideValidity"];
/// Codes that say nothing against the picture: who signed is a question of its own, an identity and a
/// time stamp as well.
const HARMLESS: &[&str] =
    &["signingCredential.untrusted", "signingCredential.invalid", "timeStamp.", "cawg."];

/// What the library answered.
struct Report {
    failures: BTreeSet<String>,
    successes: BTreeSet<String>,
    /// Codes that are neither.
    remarks: BTreeSet<String>,
    signer: Option<Signer>,
    /// Failures in ingredients: address of the ingredient in the store, and codes.
    ingredients: Vec<(String, BTreeSet<String>)>,
}

/// Checks a credential that is there. What our own checks found wrong stays. `is_part`: the file is one
/// part of a stream, and the hash is made for all of them.
pub(super) fn check(
    input: &mut Input<'_>,
    lists: &TrustLists,
    is_part: bool,
    credential: &mut Credential,
) {
    let length = input.length();
    let is_readable = !matches!(credential.state, CredentialState::Unreadable { .. });
    if length > MAX_BYTES || !is_readable {
        return;
    }
    let bytes = input.read(0, usize::try_from(length).unwrap_or(usize::MAX));
    // Hostile files have made versions of the library panic.
    let answer = catch_unwind(AssertUnwindSafe(|| ask(&bytes, lists)));
    let report = match answer {
        Ok(Ok(report)) => report,
        Ok(Err(why)) => return refuse(credential, &why),
        Err(_) => return refuse(credential, "the library gave up on it"),
    };
    let name = |list: &TrustList| match list.date {
        // The name of another list has its hash in it.
        Some(_) => format!("{} (sha256 {})", list.name, list.sha256),
        None => list.name.clone(),
    };
    let names: Vec<String> = lists.lists.iter().map(name).collect();
    let names = if names.is_empty() { "no list".to_owned() } else { list(&names) };
    credential.checks.push(format!(
        "Signature and signer were checked by {LIBRARY}, offline, with {}.",
        visible(&names)
    ));
    credential.lists = lists.lists.iter().map(TrustList::reference).collect();
    if let Some(check) = report.time_stamp() {
        credential.checks.push(check.to_owned());
    }
    let is_match = |code: &&String| code.ends_with("Hash.match");
    let is_own = credential.results.does_hash_fit.is_some();
    for code in report.successes.iter().filter(is_match).filter(|_| !is_own) {
        let code = visible(code);
        credential.checks.push(format!("It reports {code}: the hash fits the bytes of the file."));
    }
    for code in &report.failures {
        credential.checks.push(format!("It reports {}: {}.", visible(code), code_meaning(code)));
    }
    let results = &mut credential.results;
    results.is_signature_valid = Some(is_signature_valid(&report));
    results.do_statements_fit = Some(misfits(&report.failures).all(|m| m != Misfit::Statements));
    results.does_hash_fit = results.does_hash_fit.or_else(|| does_hash_fit(&report));
    credential.signer = report.signer;
    for (url, codes) in report.ingredients {
        found_in_ingredient(&url, &codes, credential);
    }
    let found = state(&report.failures, &report.successes, lists.names_for_signers());
    let own = std::mem::replace(&mut credential.state, CredentialState::Unchecked);
    credential.state = match (own, found) {
        (CredentialState::Altered { what: own }, CredentialState::Altered { what }) => {
            CredentialState::Altered { what: own.max(what) }
        }
        (own @ CredentialState::Altered { .. }, _) => own,
        (_, CredentialState::Altered { what: Misfit::Bytes }) if is_part => {
            CredentialState::Altered { what: Misfit::StreamPart }
        }
        (_, found @ CredentialState::Altered { .. }) => found,
        (CredentialState::NotBound, _) => CredentialState::NotBound,
        (_, found) => found,
    };
}

/// Notes failures where the ingredient stands that they are about.
fn found_in_ingredient(url: &str, codes: &BTreeSet<String>, credential: &mut Credential) {
    let path = path_of(url, "");
    let mut ingredients = credential.manifests.iter_mut().flat_map(|m| &mut m.ingredients);
    match ingredients.find(|ingredient| ingredient.path == path) {
        Some(ingredient) => ingredient.failures_now.extend(codes.iter().cloned()),
        None => credential.checks.extend(codes.iter().map(|code| {
            format!("Of the ingredient {} it reports {}.", visible(&path), visible(code))
        })),
    }
}

fn refuse(credential: &mut Credential, why: &str) {
    let why = format!("{LIBRARY}: {}", visible(why));
    credential.checks.push(format!("Its signature could not be checked ({why})."));
    if credential.state == CredentialState::Unchecked {
        credential.state = CredentialState::Unreadable { why };
    }
}

/// What the library says, with the roots for signers and time stamps. It knows one list for both: a
/// signer that it calls trusted is looked for again with the roots for signers alone.
fn ask(bytes: &[u8], lists: &TrustLists) -> Result<Report, String> {
    let all = lists.pem_for(&[ListUse::Signers, ListUse::Stamps, ListUse::Both]);
    let mut report = ask_with(bytes, all)?;
    let is_mixed = lists.lists.iter().any(|list| list.used_for == ListUse::Stamps);
    if is_mixed && report.successes.contains(TRUSTED) {
        let alone = ask_with(bytes, lists.pem_for(&[ListUse::Signers, ListUse::Both]))?;
        // Without a time stamp that is vouched for, a certificate may count as expired.
        if alone.failures.contains("signingCredential.untrusted") {
            report.successes.remove(TRUSTED);
        }
    }
    Ok(report)
}

fn ask_with(bytes: &[u8], roots: Option<String>) -> Result<Report, String> {
    let mut settings = Settings::default();
    settings.verify.remote_manifest_fetch = false;
    settings.verify.ocsp_fetch = false;
    settings.trust.trust_anchors = roots;
    settings.trust.trust_config = Some(KEY_USAGES.to_owned());
    let context = Context::new().with_settings(settings).map_err(|e| e.to_string())?;
    // The library finds the format by itself; a wrong hint is ignored.
    let reader = Reader::from_context(context).with_stream("image/jpeg", Cursor::new(bytes));
    let reader = reader.map_err(|e| e.to_string())?;
    let codes = reader.validation_results().and_then(|results| results.active_manifest());
    let (mut failures, mut successes) = (BTreeSet::new(), BTreeSet::new());
    let mut remarks = BTreeSet::new();
    if let Some(codes) = codes {
        failures.extend(codes.failure().iter().map(|status| status.code().to_owned()));
        successes.extend(codes.success().iter().map(|status| status.code().to_owned()));
        remarks.extend(codes.informational().iter().map(|status| status.code().to_owned()));
    }
    let deltas = reader.validation_results().and_then(|results| results.ingredient_deltas());
    let ingredients = deltas.into_iter().flatten().filter_map(|delta| {
        let codes = delta.validation_deltas().failure().iter();
        let codes: BTreeSet<String> = codes.map(|status| status.code().to_owned()).collect();
        (!codes.is_empty()).then(|| (delta.ingredient_assertion_uri().to_owned(), codes))
    });
    let has_time_stamp = successes.contains("timeStamp.validated");
    let signer =
        reader.active_manifest().and_then(|manifest| manifest.signature_info()).map(|info| {
            Signer {
                organization: info.issuer.clone(),
                name: info.common_name.clone(),
                time: info.time.clone(),
                has_time_stamp,
            }
        });
    Ok(Report { failures, successes, remarks, signer, ingredients: ingredients.collect() })
}

impl Report {
    /// What is known of the time stamp, as a sentence; `None` where there is none.
    fn time_stamp(&self) -> Option<&'static str> {
        let is_untrusted = |code: &String| code == "timeStamp.untrusted";
        if !self.successes.contains("timeStamp.validated") {
            None
        } else if self.remarks.iter().chain(&self.failures).any(is_untrusted) {
            Some("Its time stamp fits; who made that is on no list that was loaded.")
        } else if self.successes.contains("timeStamp.trusted") {
            Some("Its time stamp fits, and who made that is on a list.")
        } else {
            Some("Its time stamp fits.")
        }
    }
}

impl TrustList {
    fn reference(&self) -> TrustListRef {
        let Self { name, date, sha256, used_for, pem: _ } = self;
        TrustListRef {
            name: name.clone(),
            date: date.clone(),
            sha256: sha256.clone(),
            used_for: *used_for,
        }
    }
}

/// Whether the signature fits the claim.
fn is_signature_valid(report: &Report) -> bool {
    report.successes.contains("claimSignature.validated")
        && misfits(&report.failures).all(|misfit| misfit != Misfit::Signature)
}

/// What the failures say that does not fit.
fn misfits(failures: &BTreeSet<String>) -> impl Iterator<Item = Misfit> {
    ALTERED.iter().filter(|(code, _)| failures.contains(*code)).map(|(_, misfit)| *misfit)
}

/// Whether the hash over the bytes fits; `None` where none was compared.
fn does_hash_fit(report: &Report) -> Option<bool> {
    let is_misfit = report.failures.iter().any(|code| code.ends_with("Hash.mismatch"));
    let is_match = report.successes.iter().any(|code| code.ends_with("Hash.match"));
    (is_misfit || is_match).then_some(!is_misfit)
}

/// The word that follows from the codes.
fn state(
    failures: &BTreeSet<String>,
    successes: &BTreeSet<String>,
    lists: String,
) -> CredentialState {
    let has = |codes: &[&str]| codes.iter().any(|code| failures.contains(*code));
    let is_harmless = |code: &&String| {
        HARMLESS.iter().any(|head| code.starts_with(head)) || EXPIRED.contains(&code.as_str())
    };
    if let Some(what) = misfits(failures).max() {
        return CredentialState::Altered { what };
    }
    if let Some(code) = failures.iter().find(|code| !is_harmless(code)) {
        return CredentialState::Unreadable { why: format!("{LIBRARY} reports {}", visible(code)) };
    }
    if !successes.contains("claimSignature.validated") {
        return CredentialState::Unreadable { why: format!("{LIBRARY} found no valid signature") };
    }
    if has(EXPIRED) && !successes.contains("timeStamp.validated") {
        return CredentialState::IntactExpired;
    }
    if successes.contains(TRUSTED) {
        CredentialState::IntactListed { lists }
    } else {
        CredentialState::IntactUnknownSigner { lists }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(failures: &[&str], successes: &[&str]) -> &'static str {
        let set = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        state(&set(failures), &set(successes), "no list".to_owned()).as_str()
    }

    #[test]
    fn words_follow_from_codes() {
        let signed = &["claimSignature.validated"];
        assert_eq!(word(&[], signed), "intact-unknown-signer");
        assert_eq!(word(&["signingCredential.untrusted"], signed), "intact-unknown-signer");
        assert_eq!(word(&["cawg.ica.did_unavailable"], signed), "intact-unknown-signer");
        assert_eq!(
            word(&[], &["claimSignature.validated", "signingCredential.trusted"]),
            "intact-listed"
        );
        assert_eq!(word(&["signingCredential.expired"], signed), "intact-expired");
        assert_eq!(word(&["assertion.dataHash.mismatch"], signed), "altered");
        assert_eq!(word(&["claimSignature.mismatch"], &[]), "altered");
        assert_eq!(word(&["general.error"], signed), "unreadable");
        assert_eq!(word(&[], &[]), "unreadable");
    }

    #[test]
    fn what_does_not_fit_is_named_and_the_signature_first() {
        let label = |failures: &[&str]| {
            let set = failures.iter().map(|code| (*code).to_owned()).collect();
            state(&set, &BTreeSet::new(), String::new()).label()
        };
        assert!(
            label(&["assertion.dataHash.mismatch"]).ends_with(": bytes of the file were changed")
        );
        let statement = "assertion.hashedURI.mismatch";
        assert!(label(&[statement]).ends_with(": a statement was changed or taken out"));
        let all = ["assertion.dataHash.mismatch", statement, "claimSignature.mismatch"];
        assert!(label(&all).ends_with(": the signature does not fit"), "{}", label(&all));
    }
}
