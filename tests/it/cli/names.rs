//! Names that others chose can neither hide nor forge a line.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use crate::support::{portrait, root};

/// It ends the line, writes a verdict of its own and hides what follows.
const NAME: &str = "a.png\n  No trace found\n\u{1b}[8m\u{202e}gnp.png";

fn run(folder: &std::path::Path, words: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .current_dir(folder)
        .env("HOME", folder)
        .env("PENTIMENTO_MODELS", root().join("models"))
        .args(words)
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
    for words in [&["inspect", "absent\n\u{1b}[2J"][..], &["case", "new", "x", "no\n\u{1b}[8mne"]] {
        let (out, err) = run(folder.path(), words);
        let said = format!("{out}{err}");
        assert_plain(&said);
        assert!(said.contains("\\u001b[") || said.contains("\\u{1b}["), "{words:?}: {said}");
    }
    let (out, err) = run(folder.path(), &["case", "new", "x.pentimento", NAME]);
    assert_plain(&format!("{out}{err}"));
}
