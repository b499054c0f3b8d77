//! A strict reader of the pages that the program writes: what it does not know is a fault.

use std::collections::BTreeMap;

/// Elements that the template uses.
const ELEMENTS: [&str; 36] = [
    "a",
    "bdi",
    "body",
    "caption",
    "code",
    "data",
    "div",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "head",
    "html",
    "img",
    "li",
    "meta",
    "ol",
    "p",
    "section",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "br",
    "em",
    "hr",
    "sub",
    "sup",
];
const VOID: [&str; 4] = ["img", "meta", "br", "hr"];
/// Attributes that the template uses.
const ATTRIBUTES: [&str; 16] = [
    "alt",
    "charset",
    "class",
    "colspan",
    "content",
    "data-at",
    "dir",
    "height",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "role",
    "scope",
    "value",
];
const MORE_ATTRIBUTES: [&str; 2] = ["src", "width"];

/// An element with its attributes and the text in it, without that of its children.
#[derive(Debug, Default, Clone)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) text: String,
}

/// All elements in the order of their ends. Panics on what a browser would have to guess.
pub(super) fn elements(page: &str) -> Vec<Element> {
    let rest = page.trim_start().strip_prefix("<!DOCTYPE html>").expect("no doctype");
    let (mut open, mut done): (Vec<Element>, Vec<Element>) = (Vec::new(), Vec::new());
    let mut rest = rest;
    while let Some(at) = rest.find('<') {
        if let Some(element) = open.last_mut() {
            element.text.push_str(&unescaped(&rest[..at]));
        } else {
            assert!(rest[..at].trim().is_empty(), "text outside: {:?}", &rest[..at]);
        }
        let end = at + rest[at..].find('>').expect("a tag without end");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let element = open.pop().expect("an end too many");
            assert_eq!(element.name, name, "wrongly nested");
            done.push(element);
            continue;
        }
        let element = start(tag);
        if element.name == "style" {
            let length = rest.find("</style>").expect("no end of style");
            assert!(!rest[..length].contains('<') && !rest[..length].contains("url("), "style");
            rest = &rest[length..];
        }
        if VOID.contains(&element.name.as_str()) { done.push(element) } else { open.push(element) }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{:?} {rest:?}", open.last());
    done
}

fn start(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(ELEMENTS.contains(&name), "an element {name:?}");
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    while !rest.trim().is_empty() {
        let (key, value) =
            rest.trim_start().split_once("=\"").expect("an attribute without quotes");
        assert!(
            ATTRIBUTES.contains(&key) || MORE_ATTRIBUTES.contains(&key),
            "an attribute {key:?} of {name}"
        );
        let (value, after) = value.split_once('"').expect("a quote without end");
        assert!(!value.contains(['<', '>']), "{value:?}");
        let is_new = element.attributes.insert(key.to_owned(), unescaped(value)).is_none();
        assert!(is_new, "twice {key}");
        rest = after;
    }
    element
}

/// The text behind the escapes that the template writes; any other escape is a fault.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let end = at + rest[at..].find(';').expect("an & that is not escaped");
        plain.push_str(match &rest[at + 1..end] {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" | "#34" => "\"",
            "#x27" | "#39" => "'",
            "#x2f" | "#x2F" | "#47" => "/",
            other => panic!("the escape {other:?}"),
        });
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    plain
}

/// All text of the page, white space as single spaces.
pub(super) fn all_text(page: &str) -> String {
    let body = page.split_once("<body>").expect("no body").1;
    let mut text = String::new();
    let mut is_tag = false;
    for c in body.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
#[should_panic(expected = "an element \"script\"")]
fn a_script_is_seen() {
    elements("<!DOCTYPE html><html><body><script>x</script></body></html>");
}

#[test]
#[should_panic(expected = "an attribute \"onclick\"")]
fn an_event_handler_is_seen() {
    elements("<!DOCTYPE html><html><body><p onclick=\"x\">x</p></body></html>");
}

#[test]
#[should_panic(expected = "wrongly nested")]
fn wrong_nesting_is_seen() {
    elements(
        "<!DOCTYPE html><html><body><p><b></p></b></body></html>"
            .replace('b', "bdi")
            .replace("bdiody", "body")
            .as_str(),
    );
}
