//! `version`: what this program is, and which version made a case, a model or a report.

use super::inspect::CliOutput;
use crate::support::root;

fn version(arguments: &[&str]) -> CliOutput {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .current_dir(root())
        .env("PENTIMENTO_MODELS", root().join("models"))
        .args([&["version", "--json"], arguments].concat())
        .output()
        .unwrap();
    CliOutput::from_output(&output)
}

#[test]
fn the_program_names_its_version_its_formats_and_its_changes() {
    let output = version(&[]);
    assert_eq!(output.code, 0, "{output:?}");
    let this = &output.json()[0];
    assert_eq!(this["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(this["formats"]["case"], pentimento::case::FORMAT);
    assert_eq!(this["detector"]["name"], "lae");
    assert_eq!(this["releases"][0]["version"], env!("CARGO_PKG_VERSION"));
    assert!(this["features"].is_array());
}

#[test]
fn cases_models_and_reports_name_the_version_that_made_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    drop(pentimento::case::Case::create(&path, "Ada").unwrap());
    let before = std::fs::read(&path).unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "hello").unwrap();
    let output = version(&[
        path.to_str().unwrap(),
        "models/lae",
        "assets/samples/report",
        text.to_str().unwrap(),
    ]);
    assert_eq!(output.code, 2, "one is none of ours: {output:?}");
    let lines = output.json();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds, [Some("case"), Some("model"), Some("report"), None]);
    for line in &lines[..3] {
        assert!(line["made_by"].as_str().unwrap().starts_with("pentimento "), "{line}");
    }
    assert_eq!(lines[0]["age"], "same");
    assert!(lines[3]["failure"].as_str().unwrap().contains("not a case"), "{}", lines[3]);
    assert_eq!(std::fs::read(&path).unwrap(), before, "the case is only read");
}
