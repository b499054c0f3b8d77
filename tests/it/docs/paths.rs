//! Files and folders that the documents for developers name exist.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser};

use super::read;
use crate::code::tidy::files_below;
use crate::support::root;

/// Documents that name files of the source tree, most of them without `src/`.
const DOCUMENTS: [&str; 2] = ["src/ARCHITECTURE.md", ".github/CONTRIBUTING.md"];

/// What stands for a name that a reader chooses.
const PLACEHOLDERS: [&str; 2] = ["NAME", "TOPIC"];

/// Endings by which a word without a slash is a file.
const EXTENSIONS: [&str; 9] = ["html", "json", "jsonl", "md", "onnx", "py", "rs", "sh", "toml"];

/// Code in a text that is a path.
fn paths(text: &str) -> Vec<String> {
    let codes = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Code(code) => Some(code.to_string()),
        _ => None,
    });
    let is_path = |code: &String| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let has_extension =
            code.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
        code.chars().all(is_plain) && (code.contains('/') || has_extension)
    };
    codes.filter(is_path).collect()
}

/// Paths that are neither in the root nor in `src`; of a name without a folder, no file has it.
fn missing(text: &str, file_names: &BTreeSet<String>) -> Vec<String> {
    let exists = |path: &String| {
        let chosen =
            path.split('/').position(|part| PLACEHOLDERS.iter().any(|p| part.starts_with(p)));
        let fixed: Vec<&str> = path.split('/').take(chosen.unwrap_or(usize::MAX)).collect();
        let fixed = fixed.join("/");
        if fixed.contains('/') || chosen.is_some() {
            root().join(&fixed).exists() || root().join("src").join(&fixed).exists()
        } else {
            file_names.contains(&fixed) || root().join(&fixed).exists()
        }
    };
    paths(text).into_iter().filter(|path| !exists(path)).collect()
}

fn file_names() -> BTreeSet<String> {
    let folders = ["src", "tests", "assets", "models"];
    let files = folders.iter().flat_map(|folder| {
        EXTENSIONS.iter().flat_map(move |extension| files_below(folder, extension))
    });
    files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_path_in_the_documents_for_developers_exists() {
    let names = file_names();
    for document in DOCUMENTS {
        let text = read(document);
        assert!(paths(&text).len() > 20, "{document}: {:?}", paths(&text));
        assert_eq!(missing(&text, &names), Vec::<String>::new(), "{document}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_seen() {
    let text = "`media/video/gone.rs`, `src/lib.rs`, `lib.rs`, `nothing.rs`, `base/NAME.rs`, \
                `nowhere/NAME.rs`, `models card`, `gui::keys`, `base/limits.rs`";
    let names = file_names();
    assert_eq!(missing(text, &names), ["media/video/gone.rs", "nothing.rs", "nowhere/NAME.rs"]);
}
