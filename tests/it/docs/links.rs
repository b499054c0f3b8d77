//! Every relative link and anchor of the documents resolves.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{DOCUMENTS, manual, read};
use crate::support::root;

/// Destinations of links and pictures, and the anchors of headings as GitHub makes them.
fn links_and_anchors(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut links, mut anchors) = (Vec::new(), Vec::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.to_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
                let words = heading.take().unwrap_or_default().to_lowercase();
                anchors.push(words.chars().filter(kept).collect::<String>().replace(' ', "-"));
            }
            _ => {}
        }
    }
    (links, anchors)
}

/// What is wrong with the links of a document; `text_of` gives the text of another one.
fn broken(path: &str, text: &str, text_of: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for link in links_and_anchors(text).0 {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let mut parts: Vec<&str> = path.split('/').collect();
        if !file.is_empty() {
            parts.pop();
            for part in file.split('/') {
                match part {
                    ".." if parts.pop().is_none() => faults.push(format!("{path}: {link} leaves")),
                    ".." => {}
                    part => parts.push(part),
                }
            }
        }
        let target = parts.join("/");
        match text_of(&target) {
            None => faults.push(format!("{path}: {link} leads nowhere")),
            Some(text) if !anchor.is_empty() => {
                let anchors = links_and_anchors(&text).1;
                if !anchors.iter().any(|at| at == anchor) {
                    faults.push(format!("{path}: {link} names no heading of {target}"));
                }
            }
            Some(_) => {}
        }
    }
    faults
}

/// The text of a file of the repository; empty where it is no text.
fn text_of(path: &str) -> Option<String> {
    let bytes = std::fs::read(root().join(path)).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_default())
}

#[test]
fn every_relative_link_and_anchor_resolves() {
    let documents = DOCUMENTS.map(str::to_owned).into_iter().chain(manual());
    let faults: Vec<String> =
        documents.flat_map(|path| broken(&path, &read(&path), text_of)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_page_of_the_manual_is_linked_from_its_contents() {
    let (links, _) = links_and_anchors(&read("assets/manual/index.md"));
    for page in manual() {
        let name = page.trim_start_matches("assets/manual/").to_owned();
        assert!(name == "index.md" || links.contains(&name), "{name} is not in the contents");
    }
}

#[test]
fn planted_broken_links_are_seen() {
    let text_of = |path: &str| (path == "a/c.md").then(|| "# One `two`\n".to_owned());
    let faults = |text: &str| broken("a/b.md", text, text_of).len();
    assert_eq!(faults("[x](c.md) [x](c.md#one-two) [x](https://a.example)"), 0);
    assert_eq!(faults("[x](d.md)"), 1, "no such file");
    assert_eq!(faults("[x](c.md#three)"), 1, "no such heading");
    assert_eq!(faults("| a |\n|---|\n| ![x](no.png) |\n"), 1, "a picture in a table");
    assert_eq!(faults("[x](../../c.md)"), 2, "out of the repository");
}
