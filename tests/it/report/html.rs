//! The pages judged by `html5lib`, a parser of others that follows the standard of HTML to the
//! letter.

use std::process::Command;

use serde_json::Value;

use super::{FINDS_TRACES, MadeReport, make};
use crate::cli::inspect::CliFolder;
use crate::cli::video;
use crate::support::{portrait, python, skip};

/// Prints what is wrong with a page: where the standard has an error, and what would run or load.
const SCRIPT: &str = r#"
import json, sys, html5lib
parser = html5lib.HTMLParser()
tree = parser.parse(open(sys.argv[1], "rb"), transport_encoding="utf-8")
wrong = ["%s: %s" % (where, code) for where, code, _ in parser.errors]
elements = [e for e in tree.iter() if isinstance(e.tag, str)]
for element in elements:
    name = element.tag.rpartition("}")[2]
    if name in ("script", "iframe", "object", "embed", "link", "base", "form"):
        wrong.append("the element " + name)
    for key, value in element.attrib.items():
        if str(key).startswith("on"):
            wrong.append("the attribute " + str(key))
        if str(key) in ("src", "href") and not value.startswith("data:image/jpeg;") and ":" in value:
            wrong.append("a reference to " + value[:60])
print(json.dumps({"wrong": wrong, "elements": len(elements)}))
"#;

/// What is wrong with a page; `None`, said aloud, where there is no judge.
fn wrong(page: &str) -> Option<Vec<String>> {
    let Some(python) = python() else {
        skip("no Python with html5lib; see tests/run.sh");
        return None;
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), page).unwrap();
    let mut command = Command::new(python);
    let output = command.args(["-c", SCRIPT]).arg(file.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(printed["elements"].as_u64().unwrap() > 20, "{printed}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Some(printed["wrong"].as_array().unwrap().iter().map(text).collect())
}

fn assert_right(page: &str, what: &str) {
    if let Some(wrong) = wrong(page) {
        assert_eq!(wrong, Vec::<String>::new(), "{what}");
    }
}

fn report(place: &CliFolder) -> MadeReport {
    std::fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    let name = "<b x=1>&lt;\" onload=\"y()\" 写真 صورة.png";
    std::fs::copy(portrait(), place.path(name)).unwrap();
    let arguments =
        ["--question", "</section><script>y()</script><!-- ]]>", name, "odd.jpg", "gone.png"];
    let made = make(place, "out", &arguments);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    made
}

#[test]
#[cfg(unix)]
fn the_standard_has_no_error_in_any_page() {
    let place = CliFolder::new(FINDS_TRACES);
    let made = report(&place);
    assert_right(&made.page(), "pictures");
    let mut many = made.record();
    many.items = many.items.iter().cycle().take(501).cloned().collect();
    many.summary.n_items = many.items.len();
    let pictures = |file: &str| std::fs::read(made.folder.join(file)).ok();
    let pages = pentimento::report::render_pages(&many, &pictures).unwrap();
    assert_eq!(pages.len(), 2);
    for (name, page) in &pages {
        assert_right(page, name);
    }
    let Some(place) = video::place() else { return };
    assert_right(&make(&place, "out", &["clip.mp4"]).page(), "a clip");
}

#[test]
#[cfg(unix)]
fn planted_errors_are_seen() {
    let place = CliFolder::new(FINDS_TRACES);
    let page = report(&place).page();
    let plants: [(&str, &str); 8] = [
        ("<!DOCTYPE html>", ""),
        ("</table>", ""),
        ("</h1>", "</h2>"),
        ("<p>", "<p><p></p></p>"),
        ("<li>", "<li title=\"a\" title=\"b\">"),
        ("&lt;", "&lt"),
        ("</body>", "<script>1</script></body>"),
        ("<h1>", "<h1 onclick=\"1\">"),
    ];
    for (from, to) in plants {
        assert!(page.contains(from), "{from}");
        let Some(found) = wrong(&page.replacen(from, to, 1)) else { return };
        assert!(!found.is_empty(), "{from} became {to}");
    }
    let outside = page.replacen("<p>", "<p><a href=\"https://example.org\">x</a>", 1);
    let Some(found) = wrong(&outside) else { return };
    assert_eq!(found, ["a reference to https://example.org"]);
}
