//! The documents: links, commands, labels, and pages that the program generates.

mod commands;
mod generated;
mod json_page;
#[cfg(feature = "gui")]
mod labels;
mod links;
mod package;
mod paths;
mod readme;

use std::fs;
use std::path::Path;

use crate::support::root;

/// Documents whose links must resolve, by their paths in the repository; the manual is added.
const DOCUMENTS: [&str; 12] = [
    "README.md",
    ".github/CONTRIBUTING.md",
    "src/ARCHITECTURE.md",
    "models/NOTICES.md",
    "models/lae/MODEL_CARD.md",
    "models/lae/RESULTS.md",
    "models/lae/training/README.md",
    "models/resynthesis/README.md",
    "assets/fonts/README.md",
    "assets/samples/README.md",
    "assets/trust/README.md",
    "tests/benches/README.md",
];

/// The pages of the manual, by their paths in the repository.
fn manual() -> Vec<String> {
    let entries = fs::read_dir(root().join("assets/manual")).unwrap();
    let mut pages: Vec<String> = entries
        .map(|entry| format!("assets/manual/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|path| Path::new(path).extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    assert!(pages.len() > 8, "{pages:?}");
    pages
}

/// README and manual.
fn user_pages() -> Vec<String> {
    std::iter::once("README.md".to_owned()).chain(manual()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a file that the program generates. With `UPDATE_SNAPSHOTS=1` it is written anew.
fn assert_generated(path: &str, generated: &str) {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        fs::write(root().join(path), generated).unwrap();
    }
    let difference = first_difference(&read(path), generated);
    assert!(
        difference.is_none(),
        "{path} is not what the program generates; run the test with UPDATE_SNAPSHOTS=1. First \
         difference: {difference:?}"
    );
}

/// The first lines that differ, `None` for equal texts. A text that ends earlier has an empty line there.
fn first_difference(committed: &str, generated: &str) -> Option<(String, String)> {
    if committed == generated {
        return None;
    }
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (mut left, mut right) = (lines(committed), lines(generated));
    let n = left.len().max(right.len());
    left.resize(n, String::new());
    right.resize(n, String::new());
    left.into_iter()
        .zip(right)
        .find(|(a, b)| a != b)
        .or_else(|| Some(<(String, String)>::default()))
}
