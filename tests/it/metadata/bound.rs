//! Samples outside of the coded data of a video with a credential: no hash covers where they lie.

use pentimento::metadata::{Credential, metadata_of_bytes};

use super::evidence;
use crate::support::skip;

fn credential(bytes: &[u8]) -> Credential {
    metadata_of_bytes(bytes).unwrap().credential
}

/// Where the first part with this name lies.
fn place(bytes: &[u8], name: &str) -> usize {
    let parts = metadata_of_bytes(bytes).unwrap().parts;
    parts.iter().find(|part| part.name == name).unwrap().offset as usize
}

/// The tables of offsets are not covered by the hash: they may lead to bytes that nobody signed.
#[test]
fn samples_that_lie_where_no_hash_looks_are_seen() {
    let Some(path) = evidence("c2pa/video1.mp4") else { return };
    let bytes = std::fs::read(path).unwrap();
    let check = |bytes: &[u8]| {
        let found = credential(bytes);
        (found.state.as_str(), found.results.covers_what_is_shown, found.checks)
    };
    assert_eq!(check(&bytes).1, Some(true), "{:?}", check(&bytes));
    // The first table of chunks: head, version, number of entries, entries.
    let at = place(&bytes, "stco") + 8;
    let n = u32::from_be_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
    assert!(n > 2, "a chunk that is neither the first nor the last: {n}");
    let free = place(&bytes, "free") as u32 + 8;
    let mut changed = bytes.clone();
    let entry = at + 8 + n / 2 * 4;
    changed[entry..entry + 4].copy_from_slice(&free.to_be_bytes());
    let (state, covers, checks) = check(&changed);
    assert_eq!((state, covers), ("not-bound", Some(false)), "{checks:?}");
    let expected = format!("leaves out what is shown: samples at byte {free}.");
    assert!(checks.iter().any(|check| check.ends_with(&expected)), "{expected}: {checks:?}");
    // A chunk that begins in the coded data and reaches beyond them.
    let mut changed = bytes.clone();
    let last = bytes.len() as u32 - 1;
    changed[entry..entry + 4].copy_from_slice(&last.to_be_bytes());
    let (_, covers, checks) = check(&changed);
    assert_eq!(covers, Some(false), "{checks:?}");
}

/// The hash covers the coded data and not the tables of their places: frames can be exchanged.
#[test]
fn samples_that_were_exchanged_or_repeated_are_seen() {
    let Some(path) = evidence("c2pa/video1.mp4") else { return };
    let bytes = std::fs::read(path).unwrap();
    let entry = place(&bytes, "stco") + 16;
    let (first, second) = (bytes[entry..entry + 4].to_vec(), bytes[entry + 4..entry + 8].to_vec());
    for entries in [[&second, &first], [&first, &first]] {
        let mut changed = bytes.clone();
        changed[entry..entry + 8].copy_from_slice(&entries.map(Vec::as_slice).concat());
        let found = credential(&changed);
        assert_eq!(found.state.as_str(), "not-bound", "{:?}", found.checks);
        assert!(found.checks[0].contains("out of order"), "{:?}", found.checks);
    }
}

/// Whoever says "no credential" of such a file would be wrong.
#[test]
fn a_credential_where_none_is_looked_for_is_not_called_absent() {
    let Some(path) = evidence("c2pa/C.jpg") else { return };
    let signed = std::fs::read(path).unwrap();
    let at = signed.windows(8).position(|bytes| bytes == b"jumdc2pa").unwrap() - 8;
    let store = &signed[at..at + 300];
    let folder = tempfile::tempdir().unwrap();
    for (name, is_looked_for) in [("a.jpg", false), ("a.png", false), ("a.gif", true)] {
        let path = folder.path().join(name);
        image::RgbImage::new(20, 20).save(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(credential(&bytes).state.as_str(), "none", "{name}");
        if is_looked_for {
            // In an application block before the end mark.
            let end = bytes.pop().unwrap();
            bytes.extend(b"\x21\xFF\x0BC2PA_GIF\x01\0\0");
            for part in store.chunks(255) {
                bytes.push(part.len() as u8);
                bytes.extend(part);
            }
            bytes.extend([0, end]);
        } else {
            bytes.extend(store);
        }
        let label = credential(&bytes).state.label();
        let expected =
            if is_looked_for { "the credential cannot be read" } else { "not known whether" };
        assert!(label.starts_with(expected), "{name}: {label}");
        std::fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn a_side_car_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    image::RgbImage::new(20, 20).save(&path).unwrap();
    let warnings = || {
        let read = pentimento::metadata::read_metadata(&path, &pentimento::base::Limits::default());
        read.unwrap().warnings
    };
    assert!(warnings().is_empty(), "{:?}", warnings());
    std::fs::write(folder.path().join("a.c2pa"), "x").unwrap();
    assert!(warnings()[0].0.contains("beside the file lies a.c2pa"), "{:?}", warnings());
}

/// Fragments say in four ways where their samples lie. ffmpeg writes all of them.
#[test]
fn samples_of_fragments_are_looked_at() {
    let Some(path) = evidence("c2pa/video1.mp4") else { return };
    let signed = std::fs::read(path).unwrap();
    let at = place(&signed, "uuid");
    let size = u32::from_be_bytes(signed[at..at + 4].try_into().unwrap()) as usize;
    let store = &signed[at..at + size];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mp4");
    for flags in ["", "+default_base_moof", "+omit_tfhd_offset", "+separate_moof", "+cmaf"] {
        let movflags = format!("frag_keyframe+empty_moov{flags}");
        let status = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-threads", "1", "-f", "lavfi", "-i"])
            .args(["testsrc=s=64x64:d=3:r=10", "-f", "lavfi", "-i", "sine=d=3", "-c:a", "aac"])
            .args(["-c:v", "libx264", "-g", "10", "-movflags", &movflags])
            .arg(&file)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return skip("ffmpeg cannot make a clip here");
        }
        // The credential is that of another video: only where samples lie is of interest.
        let bytes = [std::fs::read(&file).unwrap().as_slice(), store].concat();
        let found = credential(&bytes);
        assert_eq!(found.results.covers_what_is_shown, Some(true), "{flags}: {:?}", found.checks);
        // The second run of samples leads into the credential.
        let parts = metadata_of_bytes(&bytes).unwrap().parts;
        let runs = parts.iter().filter(|part| part.name == "trun");
        let run = runs.map(|part| part.offset as usize).nth(1).unwrap();
        let mut changed = bytes.clone();
        let offset = bytes.len() as u32 - 40_000_u32.min(size as u32);
        changed[run + 16..run + 20].copy_from_slice(&offset.to_be_bytes());
        let found = credential(&changed);
        assert_eq!(found.results.covers_what_is_shown, Some(false), "{flags}: {:?}", found.checks);
    }
}
