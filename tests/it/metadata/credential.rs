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

/// The time of c2pa-rs grows with the square of the boxes at the top: 100,000 take minutes.
#[cfg(feature = "credentials")]
#[test]
fn a_video_of_very_many_boxes_is_not_checked() {
    let Some(path) = evidence("c2pa/video1.mp4") else { return };
    let mut bytes = std::fs::read(path).unwrap();
    let free = b"\0\0\0\x08free";
    for (n, text) in [(3000, "more than 2000"), (97_000, "too many boxes")] {
        bytes.extend(free.repeat(n));
        let start = std::time::Instant::now();
        let found = pentimento::metadata::metadata_of_bytes(&bytes).unwrap().credential;
        assert!(start.elapsed().as_secs() < 10, "{n}: {:?}", start.elapsed());
        assert_eq!(found.state.as_str(), "unchecked", "{found:?}");
        let is_said = |check: &String| check.contains("not checked") && check.contains(text);
        assert!(found.checks.iter().any(is_said), "{text}: {:?}", found.checks);
    }
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
    let lists = TrustLists::none().with("test roots", pem);
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
    for (file, word) in [("own_injected_picture.jpg", "not-bound"), ("XCA.jpg", "altered")] {
        assert_eq!(read(file).credential.state.as_str(), word, "{file}");
    }
}

/// The table of the files' notes, with no list, with the test roots and with the shipped list. No real
/// signer of these years is on the list of 2026-08: that is no alarm.
#[cfg(feature = "credentials")]
#[test]
fn the_words_for_no_list_test_roots_and_the_shipped_list_are_those_of_the_notes() {
    use pentimento::base::Limits;
    use pentimento::metadata::{ListUse, TrustLists, read_metadata_with_lists};

    let Some(roots) = evidence("c2pa/trust/c2pa-rs_test_roots.pem") else { return };
    let roots = TrustLists::none().with("test roots", std::fs::read_to_string(roots).unwrap());
    let unknown = "intact-unknown-signer";
    let rows = [
        ("C.jpg", [unknown, "intact-listed", unknown]),
        ("CA.jpg", [unknown, "intact-listed", unknown]),
        ("boxhash.jpg", [unknown, "intact-listed", unknown]),
        ("update_manifest.jpg", [unknown, "intact-listed", unknown]),
        ("video1.mp4", [unknown, "intact-listed", unknown]),
        ("XCA.jpg", ["altered"; 3]),
        ("E-sig-CA.jpg", ["altered"; 3]),
        ("dashinit.mp4", ["altered"; 3]),
        ("C_with_CAWG_data.jpg", [unknown, "intact-listed", unknown]),
        ("adobe_connected_identities.jpg", [unknown; 3]),
        ("photoshop_generative_ocsp.jpg", [unknown; 3]),
        ("cloud.jpg", ["elsewhere"; 3]),
        ("libpng-test_with_url.png", ["elsewhere"; 3]),
        ("no_manifest.jpg", ["none"; 3]),
        ("no_alg.jpg", ["unreadable"; 3]),
        ("prerelease.jpg", ["unreadable"; 3]),
        ("own_injected_picture.jpg", ["not-bound"; 3]),
    ];
    let mut wrong = Vec::new();
    for (file, words) in rows {
        let path = evidence(&format!("c2pa/{file}")).unwrap();
        let lists = [TrustLists::none(), roots.clone(), TrustLists::shipped()];
        for (lists, word) in lists.iter().zip(words) {
            let found = read_metadata_with_lists(&path, &Limits::default(), lists).unwrap();
            let found = found.credential;
            if found.state.as_str() != word {
                let n = lists.lists.len();
                wrong.push(format!("{file}, {n} lists: {:?} {:?}", found.state, found.checks));
            }
            if found.signer.is_some() {
                assert_eq!(found.lists.len(), lists.lists.len(), "{file}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let adobe = read(&evidence("c2pa/photoshop_generative_ocsp.jpg").unwrap()).credential;
    assert_eq!(adobe.state.label(), "intact, signer not on the C2PA trust list of 2026-08-21");
    assert_eq!(adobe.signer.unwrap().organization.as_deref(), Some("Adobe Inc."));
    let [signers, stamps] = adobe.lists.as_slice() else { panic!("{:?}", adobe.lists) };
    assert_eq!((signers.used_for, stamps.used_for), (ListUse::Signers, ListUse::Stamps));
    assert_eq!(signers.date.as_deref(), Some("2026-08-21"));
    let named = |check: &String| check.contains(&signers.sha256) && check.contains(&stamps.sha256);
    assert!(adobe.checks.iter().any(named), "{:?}", adobe.checks);
}

/// What the program ships is what the folder of answers calls official.
#[test]
fn the_shipped_lists_are_the_official_ones() {
    let theirs = ["C2PA-TRUST-LIST.pem", "C2PA-TSA-TRUST-LIST.pem"];
    let shipped = pentimento::metadata::TrustLists::shipped().lists;
    assert_eq!(shipped.len(), theirs.len());
    for (ours, theirs) in shipped.iter().zip(theirs) {
        let Some(path) = evidence(&format!("c2pa/trust/{theirs}")) else { return };
        assert!(ours.pem == std::fs::read_to_string(path).unwrap(), "{theirs}");
    }
}

/// The program says when nobody checked.
#[cfg(not(feature = "credentials"))]
#[test]
fn without_the_feature_the_program_says_that_signatures_were_not_checked() {
    let Some(found) = credential("C.jpg") else { return };
    assert_eq!(found.state.label(), "there is a credential; its signature was not checked");
    let says = "Signature and signer were not checked: this build lacks the feature credentials.";
    assert!(found.checks.iter().any(|check| check == says), "{:?}", found.checks);
}

/// The word says what does not fit, and no sentence beside it says something else.
#[cfg(feature = "credentials")]
#[test]
fn what_does_not_fit_is_said_and_never_contradicted() {
    use pentimento::metadata::{Misfit, answers, summary};

    if evidence("c2pa").is_none() {
        return;
    }
    for (file, what, word, intact, bound) in [
        (
            "E-sig-CA.jpg",
            Misfit::Signature,
            "altered after signing, or never signed: the signature does not fit",
            "No: the signature does not fit.",
            "Not by a signature: its hash fits the bytes",
        ),
        (
            "XCA.jpg",
            Misfit::Bytes,
            "altered after signing: bytes of the file were changed",
            "Yes: the signature fits",
            "No: bytes that it covers were changed",
        ),
        (
            "dashinit.mp4",
            Misfit::StreamPart,
            "altered after signing, or one part of a longer stream",
            "Yes: the signature fits",
            "Not known: its hash is made for a stream of several parts",
        ),
    ] {
        let read = read(&evidence(&format!("c2pa/{file}")).unwrap());
        let found = &read.credential;
        assert_eq!(found.state, CredentialState::Altered { what }, "{file}");
        assert_eq!(found.state.label(), word, "{file}");
        let [_, said_intact, said_bound, ..] = answers(found).map(|answer| answer.answer);
        assert!(said_intact.starts_with(intact), "{file}: {said_intact}");
        assert!(said_bound.starts_with(bound), "{file}: {said_bound}");
        // c2pa-rs checked the signature: nothing may say that nobody did.
        let text = summary(&read, &[]).into_iter().map(|s| s.text).collect::<Vec<_>>();
        let all = text.join("\n");
        assert!(!all.contains("nobody checked") && !all.contains("was checked"), "{file}: {all}");
    }
    // A credential that names a kind of source, and is not believed.
    let injected = read(&evidence("c2pa/own_injected_picture.jpg").unwrap());
    let all = summary(&injected, &[]).into_iter().map(|s| s.text).collect::<Vec<_>>();
    let all = all.join("\n");
    let text = "The credential, for which nothing vouches, states, about its origin: ";
    assert!(all.contains(text) && !all.contains("in a credential that is"), "{all}");
    let mark = injected.marks.iter().find(|mark| mark.field.starts_with("C2PA")).unwrap();
    let end = ", in a credential that is not bound to what is shown";
    assert!(mark.meaning.ends_with(end), "{}", mark.meaning);
    let part = credential("dashinit.mp4").unwrap();
    let text = "c2pa.hash.bmff.v2 is made for a stream of 11 fragments; the file has 0 fragments.";
    assert!(part.checks.iter().any(|check| check == text), "{:?}", part.checks);
}

/// The first signer of this video is on no list, the last one is: with the test roots c2pa-rs says so of
/// the ingredient alone.
#[cfg(feature = "credentials")]
#[test]
fn failures_in_an_ingredient_stand_where_it_stands() {
    use pentimento::base::Limits;
    use pentimento::metadata::{TrustLists, read_metadata_with_lists};

    let Some(roots) = evidence("c2pa/trust/c2pa-rs_test_roots.pem") else { return };
    let roots = TrustLists::none().with("test roots", std::fs::read_to_string(roots).unwrap());
    let path = evidence("c2pa/video1.mp4").unwrap();
    let found = read_metadata_with_lists(&path, &Limits::default(), &roots).unwrap().credential;
    assert_eq!(found.state.as_str(), "intact-listed", "{:?}", found.checks);
    let [parent] = found.manifests.last().unwrap().ingredients.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(parent.failures_now, ["signingCredential.untrusted"], "{parent:?}");
    assert_eq!(parent.failures, [""; 0], "nobody recorded one");
    let pem = evidence("c2pa/trust/c2pa-rs_test_roots.pem").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(["metadata", "--trust-list"])
        .args([pem, path])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        "      found now: the signer is on no list that was loaded (signingCredential.untrusted)";
    let (before, _) = text.split_once(line).unwrap_or_else(|| panic!("{text}"));
    assert!(before.trim_end().ends_with("states the ingredient video1.mp4 (parentOf)"), "{before}");
}
