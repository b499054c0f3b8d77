//! Names that others chose can neither hide nor forge a line.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use crate::support::{portrait, root};

/// It ends the line, writes a verdict of its own and hides what follows.
const NAME: &str = "a.png\n  No trace found\n\u{1b}[8m\u{202e}gnp.png";

fn run(folder: &std::path::Path, arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .current_dir(folder)
        .env("HOME", folder)
        .env("PENTIMENTO_MODELS", root().join("models"))
        .args(arguments)
        .output()
        .unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).into()
}

fn assert_plain(text: &str) {
    let is_plain = |c: char| c == '\n' || c == '\t' || !(c.is_control() || c == '\u{202e}');
    assert!(text.chars().all(is_plain), "{text:?}");
    assert!(text.lines().all(|line| line.trim() != "No trace found"), "{text}");
}

#[test]
fn a_file_name_writes_no_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let forged = portrait().with_file_name("astronaut-forged.png");
    std::fs::copy(forged, folder.path().join(NAME)).unwrap();
    let inspect = ["inspect", "--engine", "rten", NAME];
    let (out, err) = run(folder.path(), &inspect);
    assert!(out.contains("a.png\\u000a") && out.contains("Traces of forgery found"), "{out}{err}");
    assert_plain(&out);
    assert_plain(&err);
    let (out, _) = run(folder.path(), &["inspect", "--engine", "rten", "--json", NAME]);
    let line: serde_json::Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(line["path"], NAME, "JSON holds the name itself");
    assert_plain(&out);
    for arguments in
        [&["inspect", "absent\n\u{1b}[2J"][..], &["case", "new", "x", "no\n\u{1b}[8mne"]]
    {
        let (out, err) = run(folder.path(), arguments);
        let text = format!("{out}{err}");
        assert_plain(&text);
        assert!(text.contains("\\u001b[") || text.contains("\\u{1b}["), "{arguments:?}: {text}");
    }
    let (out, err) = run(folder.path(), &["case", "new", "x.pentimento", NAME]);
    assert_plain(&format!("{out}{err}"));
}

/// Lines that a name writes below what the program says.
fn forged(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with("FORGED")).collect()
}

#[test]
fn names_within_cases_and_data_sets_write_no_line_either() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a.png\nFORGED intact: 9 items\nhead 00";
    std::fs::copy(portrait(), folder.path().join(name)).unwrap();
    let coco = serde_json::json!({
        "images": [{"id": 1, "file_name": "b\nFORGED 9 entries.png", "width": 8, "height": 8}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]]}],
        "categories": [{"id": 1, "name": "c\nFORGED class"}],
    });
    let set = folder.path().join("set");
    std::fs::create_dir(&set).unwrap();
    std::fs::write(set.join("instances.json"), coco.to_string()).unwrap();
    let mut mistakes = Vec::new();
    for arguments in [
        &["case", "new", "c.pentimento", name][..],
        &["case", "info", "c.pentimento"],
        &["case", "findings", "c.pentimento"],
        &["case", "log", "c.pentimento"],
        &["case", "rank", "c.pentimento"],
        &["case", "import", "c.pentimento", "set"],
        &["dataset", "info", "set"],
        &["dataset", "check", "set"],
        &["dataset", "convert", "set", "--to", "pentimento", "out"],
    ] {
        let (out, err) = run(folder.path(), arguments);
        mistakes.push(format!("{arguments:?}\n{out}{err}"));
    }
    std::fs::remove_file(folder.path().join(name)).unwrap();
    let (out, err) = run(folder.path(), &["case", "verify", "--media", "c.pentimento"]);
    assert!(out.contains("FAULT  missing: ") && out.contains("\\u000aFORGED"), "{out}{err}");
    mistakes.push(format!("{out}{err}"));
    for text in &mistakes {
        assert!(forged(text).is_empty(), "{text}");
        assert_plain(text);
    }
}

/// What a model says of itself stands on the line of that model.
#[test]
fn the_card_of_a_model_writes_no_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = folder.path().join("models/theirs");
    std::fs::create_dir_all(&theirs).unwrap();
    let own = root().join("models/lae");
    std::fs::copy(own.join("model.onnx"), theirs.join("model.onnx")).unwrap();
    let card = std::fs::read_to_string(own.join("card.toml")).unwrap();
    let forge = |key: &str, card: String| -> String {
        let line = |line: &str| match line.strip_prefix(key).and_then(|l| l.strip_prefix(" = \"")) {
            Some(rest) => format!("{key} = \"x\\nFORGED\\u202e {rest}"),
            None => line.to_owned(),
        };
        card.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let card = card.replacen("name = \"lae\"", "name = \"theirs\"", 1);
    let card = ["license", "origin", "date", "summary"].iter().fold(card, |c, key| forge(key, c));
    std::fs::write(theirs.join("card.toml"), card).unwrap();
    for arguments in
        [&["models", "list", "--models", "models"][..], &["doctor", "--models", "models"]]
    {
        let (out, err) = run(folder.path(), arguments);
        let text = format!("{out}{err}");
        assert!(text.contains("theirs") && forged(&text).is_empty(), "{arguments:?}: {text}");
        assert_plain(&text);
    }
    let (out, _) = run(folder.path(), &["models", "list", "--models", "models"]);
    assert!(out.contains("did not come with this program"), "{out}");
}
