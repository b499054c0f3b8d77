//! The pages of the manual, embedded in the program.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::parse::{ManualBlock, parse};
use crate::gui::actions::shortcuts;

/// Path of the page that the program writes itself.
const KEYS: &str = "assets/manual/keys.md";

/// A file of the manual by its path in the repository.
macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../", $path)))
    };
}

/// Every page in the order of the contents.
const FILES: [(&str, &str); 19] = [
    file!("assets/manual/index.md"),
    file!("assets/manual/install.md"),
    file!("assets/manual/verdicts.md"),
    file!("assets/manual/window.md"),
    file!("assets/manual/inspect.md"),
    file!("assets/manual/metadata.md"),
    file!("assets/manual/videos.md"),
    file!("assets/manual/masks.md"),
    file!("assets/manual/cases.md"),
    file!("assets/manual/report.md"),
    file!("assets/manual/scan.md"),
    file!("assets/manual/data-sets.md"),
    file!("assets/manual/engines.md"),
    file!("assets/manual/security.md"),
    file!("assets/manual/training.md"),
    file!("assets/manual/experiments.md"),
    file!("assets/manual/json.md"),
    file!("assets/manual/changes.md"),
    file!("models/lae/MODEL_CARD.md"),
];

#[derive(Debug)]
pub(super) struct Page {
    /// Path in the repository; links name it.
    pub(super) path: &'static str,
    /// The first heading.
    pub(super) title: String,
    pub(super) blocks: Vec<ManualBlock>,
}

impl Page {
    pub(super) fn new(path: &'static str, text: &str) -> Self {
        let mut blocks = parse(path, text);
        let title = match blocks.first() {
            Some(ManualBlock::Heading { text, .. }) => super::parse::plain(text),
            _ => path.to_owned(),
        };
        // A picture of the window is of no use inside the window.
        blocks.retain(|block| !matches!(block, ManualBlock::Picture));
        Self { path, title, blocks }
    }
}

/// All pages, parsed once.
pub(super) fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let mut pages: Vec<Page> = FILES.map(|(path, text)| Page::new(path, text)).into();
        pages.push(Page::new(KEYS, &keys_page()));
        pages
    });
    &PAGES
}

pub(super) fn page_at(path: &str) -> Option<usize> {
    pages().iter().position(|page| page.path == path)
}

/// `assets/manual/keys.md` as Markdown, written from the key table of the window.
pub fn keys_page() -> String {
    let mut out = "# Keys\n\nThis page is generated from the key table of the program.\n\n- On \
                   macOS, Ctrl is Command.\n- Tab and Shift+Tab reach every button; Space presses \
                   it.\n- Keys of masks work while a mask is edited, keys of cases while a case is \
                   open.\n- Keys of metadata, but F11, work while its window was opened or clicked \
                   last.\n"
        .to_owned();
    let mut group = "";
    for shortcut in shortcuts() {
        if shortcut.group != group {
            group = shortcut.group;
            let _infallible = write!(out, "\n## {group}\n\n| keys | effect |\n|---|---|\n");
        }
        let _infallible = writeln!(out, "| {} | {} |", shortcut.shown, shortcut.meaning);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_title_of_its_own_and_text() {
        let mut titles: Vec<&str> = pages().iter().map(|page| page.title.as_str()).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), FILES.len() + 1, "{titles:?}");
        assert!(pages().iter().all(|page| page.blocks.len() > 3), "a page is empty");
    }

    #[test]
    fn every_file_of_the_manual_is_a_page() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/manual");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("assets/manual/{name}");
            assert!(pages().iter().any(|page| page.path == path), "{path} is missing");
        }
    }
}
