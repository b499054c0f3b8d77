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

#[test]
fn each_file_has_its_word() {
    let words = [
        ("C.jpg", "unchecked"),
        ("CA.jpg", "unchecked"),
        ("C_with_CAWG_data.jpg", "unchecked"),
        ("E-sig-CA.jpg", "unchecked"),
        ("XCA.jpg", "altered"),
        ("adobe_connected_identities.jpg", "unchecked"),
        ("boxhash.jpg", "unchecked"),
        ("cloud.jpg", "elsewhere"),
        ("libpng-test_with_url.png", "elsewhere"),
        ("no_alg.jpg", "unreadable"),
        ("no_manifest.jpg", "none"),
        ("own_injected_picture.jpg", "not-bound"),
        ("photoshop_generative_ocsp.jpg", "unchecked"),
        ("prerelease.jpg", "unreadable"),
        ("update_manifest.jpg", "unchecked"),
        ("video1.mp4", "unchecked"),
    ];
    let mut wrong = Vec::new();
    for (file, word) in words {
        let Some(found) = credential(file) else { return };
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
