//! Order in the source tree: file heads, file lengths, shaders in the table, no pictures of people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::support::{root, say_skipped, shared_path, skip};

/// Files longer than this are to be split; tests of their own may be longer.
const MAX_LINES: usize = 700;

pub(crate) fn files_below(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), extension, &mut found);
    found
}

/// What is wrong with a source file.
fn untidy(text: &str) -> Option<String> {
    let head = text.lines().next().unwrap_or_default();
    if !head.starts_with("//! ") || head.len() < 10 {
        return Some("does not begin with //! and what it is".to_owned());
    }
    let n_lines = text.lines().count();
    (n_lines > MAX_LINES).then(|| format!("has {n_lines} lines, more than {MAX_LINES}"))
}

#[test]
fn every_file_says_what_it_is_and_none_is_long() {
    let mut wrong = Vec::new();
    for path in files_below("src", "rs").into_iter().chain(files_below("tests", "rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        wrong.extend(untidy(&text).map(|what| format!("{}: {what}", path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_topic_is_in_the_test_binary() {
    for path in files_below("tests/it", "rs") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        // `mod.rs` is declared by the folder above it.
        let (name, folder) = match stem {
            "main" => continue,
            "mod" => {
                let folder = path.parent().unwrap();
                (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap())
            }
            _ => (stem, path.parent().unwrap()),
        };
        let map = ["main.rs", "mod.rs"].map(|map| folder.join(map));
        let map = map.iter().find_map(|map| std::fs::read_to_string(map).ok()).unwrap();
        assert!(map.contains(&format!("mod {name};")), "{} is never compiled", path.display());
    }
}

#[test]
fn untidy_files_are_seen() {
    assert!(untidy("use std::fs;\n").is_some(), "no head");
    assert!(untidy("//! x\n").is_some(), "a head that says nothing");
    assert!(untidy(&"//! A long file.\n".repeat(701)).is_some(), "too long");
    assert_eq!(untidy("//! A file.\n"), None);
}

#[test]
fn every_shader_is_in_the_table() {
    let table = std::fs::read_to_string(root().join("src/gpu/shaders.rs")).unwrap();
    for path in files_below("shaders", "wgsl") {
        let name = path.strip_prefix(root().join("shaders")).unwrap().to_str().unwrap();
        assert!(table.contains(name), "{name} is not in src/gpu/shaders.rs");
    }
}

fn sha256(path: &Path) -> Option<[u8; 32]> {
    Some(Sha256::digest(std::fs::read(path).ok()?).into())
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "mp4", "webm"]
        .contains(&extension.to_ascii_lowercase().as_str())
}

/// The files git knows of, with their paths.
fn tracked() -> Option<Vec<PathBuf>> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().ok()?;
    let names = String::from_utf8(output.stdout).ok()?;
    let files: Vec<PathBuf> =
        names.split('\0').filter(|n| !n.is_empty()).map(|n| root().join(n)).collect();
    (output.status.success() && !files.is_empty()).then_some(files)
}

/// Pictures in the tree are the project's own samples, the program's own looks, or screenshots of
/// tests: each folder that may hold some is named here.
#[test]
fn pictures_lie_only_where_they_may() {
    let Some(tracked) = tracked() else { return skip("no git here, files are not listed") };
    let allowed = ["assets/samples", "assets/screenshots", "assets/icons", "tests/snapshots"];
    for path in tracked.iter().filter(|p| is_picture(p)) {
        let inner = path.strip_prefix(root()).unwrap();
        assert!(allowed.iter().any(|a| inner.starts_with(a)), "{}", inner.display());
    }
    let mut samples: Vec<String> = tracked
        .iter()
        .filter_map(|p| Some(p.strip_prefix(root().join("assets/samples")).ok()?.display()))
        .map(|p| p.to_string())
        .collect();
    samples.sort();
    let notes = std::fs::read_to_string(root().join("assets/samples/README.md")).unwrap();
    for sample in samples.iter().filter(|s| s.as_str() != "README.md") {
        assert!(notes.contains(&format!("`{sample}`")), "{sample}: its origin is not stated");
    }
}

/// No byte-for-byte copy of a picture of the shared data. The data may lie beside the tree or not.
#[test]
fn no_picture_of_the_shared_data_is_in_the_tree() {
    let Some(tracked) = tracked() else { return skip("no git here, files are not listed") };
    let ours: BTreeSet<[u8; 32]> = tracked.iter().filter_map(|p| sha256(p)).collect();
    let shared = shared_path("data");
    if !shared.is_dir() {
        // Only those who have the data can compare: no reason to fail elsewhere.
        return say_skipped("there is no shared data beside the tree to compare with");
    }
    let mut n_compared = 0;
    let mut folders = vec![shared];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_picture(&path) {
                let copied = sha256(&path).is_some_and(|hash| ours.contains(&hash));
                assert!(!copied, "{} is in the tree", path.display());
                n_compared += 1;
            }
        }
    }
    println!("{n_compared} pictures compared");
    assert!(n_compared > 0, "the folder of shared data holds no picture");
}
