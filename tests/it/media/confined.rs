//! Decoder programs that turned against the person: what they reach.

#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use pentimento::confine::safeguards;

use crate::support::{root, say_skipped, skip};

/// Stands for `ffmpeg` and `ffprobe`. It knows shell words only, since it may start no program.
const PROGRAM: &str = r#"#!/bin/sh
case "$*" in *-version*) echo "ffmpeg version 7.0"; exit 0 ;; esac
did=
read word < "SECRET" && did="$did read:$word"
read word < /etc/passwd && did="$did passwd"
echo stolen > "FOLDER/written" && did="$did wrote"
echo stolen >> "CLIP" && did="$did changed"
read word < "CLIP" && did="$did clip"
echo "it did:$did." >&2
exit 1
"#;

fn write_program(path: &Path, folder: &Path, clip: &Path) {
    let secret = folder.join("secret");
    let text = [("SECRET", &*secret), ("FOLDER", folder), ("CLIP", clip)]
        .iter()
        .fold(PROGRAM.to_owned(), |text, (word, path)| text.replace(word, path.to_str().unwrap()));
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_decoder_that_turned_reads_its_clip_and_does_nothing_else() {
    let lacking: Vec<&str> =
        safeguards().iter().filter(|part| !part.is_in_force).map(|part| part.name).collect();
    if !lacking.is_empty() {
        return skip(&format!("this kernel lacks {lacking:?}"));
    }
    if !Path::new("/bin/sh").is_file() {
        return say_skipped("there is no /bin/sh");
    }
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("evidence");
    let tools = scratch.path().join("tools");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir_all(&tools).unwrap();
    let clip = folder.join("clip.mp4");
    let bytes = b"\0\0\0\x14ftypisom\0\0\0\0isom\n";
    std::fs::write(&clip, bytes).unwrap();
    std::fs::write(folder.join("secret"), "precious\n").unwrap();
    for name in ["ffmpeg", "ffprobe"] {
        write_program(&tools.join(name), &folder, &clip);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(["inspect", "--json", "--engine", "rten"])
        .arg(&clip)
        .env("PENTIMENTO_FFMPEG", &tools)
        .env("PENTIMENTO_MODELS", root().join("models"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.contains("it did: clip\""),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(std::fs::read(&clip).unwrap(), bytes, "the clip is as it was");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing was added");
}

#[test]
fn the_doctor_says_what_confines_decoders() {
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(["doctor", "--json"])
        .env("PENTIMENTO_MODELS", root().join("models"))
        .output()
        .unwrap();
    let reply: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for part in safeguards() {
        let items = reply["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == part.name).unwrap();
        assert_eq!(item["area"], "confinement");
        assert_eq!(item["state"], if part.is_in_force { "ok" } else { "absent" });
        assert_eq!(item["detail"], part.detail);
    }
    let items = reply["items"].as_array().unwrap();
    let pictures = items.iter().find(|item| item["name"] == "pictures").unwrap();
    assert_eq!(pictures["state"], "ok", "{pictures}");
    let models =
        items.iter().find(|item| item["area"] == "confinement" && item["name"] == "models");
    assert_eq!(models.unwrap()["state"], "ok", "{models:?}");
}
