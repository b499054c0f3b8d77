//! Labels that the manual names stand in the window.

use std::path::Path;

use pentimento::dataset::Format;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{manual, read};
use crate::support::root;

/// Bold text that names a label. Text that ends like a sentence or a heading is emphasis.
fn labels(text: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut bold: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Strong) => bold = Some(String::new()),
            Event::Text(text) => {
                if let Some(bold) = &mut bold {
                    bold.push_str(&text);
                }
            }
            Event::End(TagEnd::Strong) => labels.extend(bold.take()),
            _ => {}
        }
    }
    labels.retain(|label| !label.ends_with(['.', ':']));
    labels
}

/// The code of the window, without its tests.
fn code_below(folder: &Path) -> String {
    let mut code = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            code.push_str(&code_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            code.push_str(text.split("#[cfg(test)]").next().unwrap());
        }
    }
    code
}

fn is_in_window(code: &str, label: &str) -> bool {
    code.contains(&format!("\"{label}\""))
}

#[test]
fn every_label_that_the_manual_names_stands_in_the_window() {
    let code = code_below(&root().join("src/gui"));
    let mut n = 0;
    for page in manual() {
        for label in labels(&read(&page)) {
            n += 1;
            assert!(is_in_window(&code, &label), "{page}: no label {label:?} in src/gui");
        }
    }
    assert!(n > 15, "only {n} labels were found");
}

#[test]
fn a_label_that_is_gone_is_seen() {
    let found = labels("**Edit mask** and **Never.** and **Gone**");
    assert_eq!(found, ["Edit mask", "Gone"]);
    let code = "ui.button(\"Edit mask\")";
    assert!(is_in_window(code, "Edit mask") && !is_in_window(code, "Gone"));
}

#[test]
fn the_page_of_data_sets_names_every_format() {
    let page = read("assets/manual/data-sets.md");
    for format in Format::ALL {
        let name = format!("`{}`", format.as_str());
        assert!(page.contains(&name), "data-sets.md does not name {name}");
    }
}
