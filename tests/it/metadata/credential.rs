//! Credentials: what our own checks say, without any signature.

use pentimento::metadata::{Credential, CredentialState};

use super::{evidence, read};

fn credential(file: &str) -> Option<Credential> {
    Some(read(&evidence(&format!("c2pa/{file}"))?).credential)
}

/// Viewers show a picture that nobody signed. Some versions of c2pa-rs call it trusted.
#[test]
fn an_injected_picture_is_never_intact() {
    let Some(found) = credential("own_injected_picture.jpg") else { return };
    assert_eq!(found.state, CredentialState::NotBound, "{found:?}");
    assert_eq!(found.state.label(), "not bound to what is shown");
    assert!(
        found.checks.iter().any(|check| check.contains("leaves out what is shown")),
        "{found:?}"
    );
}

/// Without the feature `credentials` nobody checks signatures.
fn without_signatures(word: &'static str) -> &'static str {
    match word {
        "intact-unknown-signer" => "unchecked",
        word => word,
    }
}

#[test]
fn each_file_has_its_word() {
    let words = [
        ("C.jpg", "intact-unknown-signer"),
        ("CA.jpg", "intact-unknown-signer"),
        ("C_with_CAWG_data.jpg", "intact-unknown-signer"),
        ("E-sig-CA.jpg", "unchecked"),
        ("XCA.jpg", "altered"),
        ("adobe_connected_identities.jpg", "intact-unknown-signer"),
        ("boxhash.jpg", "intact-unknown-signer"),
        ("cloud.jpg", "elsewhere"),
        ("libpng-test_with_url.png", "elsewhere"),
        ("no_alg.jpg", "unreadable"),
        ("no_manifest.jpg", "none"),
        ("own_injected_picture.jpg", "not-bound"),
        ("photoshop_generative_ocsp.jpg", "intact-unknown-signer"),
        ("prerelease.jpg", "unreadable"),
        ("update_manifest.jpg", "intact-unknown-signer"),
        ("video1.mp4", "intact-unknown-signer"),
    ];
    let mut wrong = Vec::new();
    for (file, word) in words {
        let Some(found) = credential(file) else { return };
        let has_library = cfg!(feature = "credentials");
        // A signature that does not fit is seen only where signatures are checked.
        let word = match (file, has_library) {
            ("E-sig-CA.jpg", true) => "altered",
            (_, true) => word,
            (_, false) => without_signatures(word),
        };
        if found.state.as_str() != word {
            wrong.push(format!("{file}: {:?}, expected {word}: {:?}", found.state, found.checks));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn statements_are_those_of_the_known_reports() {
    let Some(found) = credential("C.jpg") else { return };
    let manifest = found.manifests.last().unwrap();
    assert_eq!(manifest.title, "C.jpg");
    assert_eq!(manifest.label, "contentauth:urn:uuid:b2b1f7fa-b119-4de1-9c0d-c97fbea3f2c3");
    let action = &manifest.actions[0];
    assert_eq!(
        (action.code.as_str(), action.agent.as_deref()),
        ("c2pa.created", Some("Make Test Images 0.33.1"))
    );
    assert!(action.source_type.as_ref().unwrap().ends_with("/algorithmicMedia"), "{action:?}");
    let fits = "The hash of c2pa.hash.data fits the bytes of the file.";
    assert!(found.checks.iter().any(|check| check == fits), "{:?}", found.checks);
    let generative = credential("photoshop_generative_ocsp.jpg").unwrap();
    let types: Vec<&str> = generative
        .manifests
        .iter()
        .flat_map(|m| &m.actions)
        .filter_map(|a| a.source_type.as_deref())
        .collect();
    assert!(types.iter().any(|t| t.ends_with("compositeWithTrainedAlgorithmicMedia")), "{types:?}");
    let ingredient = credential("CA.jpg").unwrap();
    let parents = &ingredient.manifests.last().unwrap().ingredients;
    assert_eq!(parents[0].relationship, "parentOf", "{parents:?}");
    let cloud = credential("cloud.jpg").unwrap();
    assert!(cloud.state.label().contains("https://cai-manifests.adobe.com/"), "{:?}", cloud.state);
    let identity = credential("C_with_CAWG_data.jpg").unwrap();
    assert!(identity.manifests.iter().any(|m| m.has_identity), "{identity:?}");
}

/// With the roots of the test certificates the same files are listed.
#[cfg(feature = "credentials")]
#[test]
fn signers_are_found_on_the_lists_that_are_named() {
    use pentimento::base::Limits;
    use pentimento::metadata::{AiLevel, TrustLists, read_metadata_with_lists};

    let Some(roots) = evidence("c2pa/trust/c2pa-rs_test_roots.pem") else { return };
    let pem = std::fs::read_to_string(roots).unwrap();
    let lists = TrustLists { lists: vec![("test roots".to_owned(), pem)] };
    let read = |file: &str| {
        let path = evidence(&format!("c2pa/{file}")).unwrap();
        read_metadata_with_lists(&path, &Limits::default(), &lists).unwrap()
    };
    for file in ["C.jpg", "CA.jpg", "boxhash.jpg", "update_manifest.jpg"] {
        let found = read(file).credential;
        assert_eq!(found.state.as_str(), "intact-listed", "{file}: {found:?}");
        assert!(found.state.label().contains("test roots"), "{found:?}");
    }
    let signer = read("C.jpg").credential.signer.unwrap();
    assert_eq!(signer.organization.as_deref(), Some("C2PA Test Signing Cert"));
    assert!(signer.has_time_stamp && signer.time.unwrap().starts_with("2024-08-06"), "time");
    assert!(read("C.jpg").marks.iter().all(|mark| mark.level == AiLevel::Signed));
    // No real signer of these years is on the official list of 2026-08: that is no alarm.
    let official = evidence("c2pa/trust/C2PA-TRUST-LIST.pem").unwrap();
    let pem = std::fs::read_to_string(official).unwrap();
    let official = TrustLists { lists: vec![("the official list".to_owned(), pem)] };
    for file in ["adobe_connected_identities.jpg", "photoshop_generative_ocsp.jpg"] {
        let path = evidence(&format!("c2pa/{file}")).unwrap();
        let found = read_metadata_with_lists(&path, &Limits::default(), &official).unwrap();
        assert_eq!(found.credential.state.as_str(), "intact-unknown-signer", "{file}");
        let signer = found.credential.signer.unwrap();
        assert_eq!(signer.organization.as_deref(), Some("Adobe Inc."), "{file}");
    }
    for (file, word) in [("own_injected_picture.jpg", "not-bound"), ("XCA.jpg", "altered")] {
        assert_eq!(read(file).credential.state.as_str(), word, "{file}");
    }
}
