//! `validate`: this installation against the release.

use serde_json::Value;

use super::sample::run;
use crate::cli::inspect::CliOutput;

fn validate(arguments: &[&str]) -> CliOutput {
    run(&[&["validate", "--engine", "rten", "--author", "Ada"], arguments].concat())
}

#[test]
fn this_build_computes_what_the_release_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("validation.json");
    let output = validate(&["--out", file.to_str().unwrap()]);
    assert_eq!(output.code, 0, "{output:?}");
    for part in [
        "SHA-256 of the pixels",
        "overlap of the maps",
        "report.html",
        "as released",
        "not validated",
    ] {
        assert!(output.out.contains(part), "{part}: {}", output.out);
    }
    let record: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&record["passed"], &record["by"]), (&Value::from(true), &Value::from("Ada")));
    assert_eq!(record["n_values"], record["values"].as_array().unwrap().len());
    assert!(record["n_values"].as_u64().unwrap() >= 20, "{}", record["n_values"]);
    let again = validate(&["--out", file.to_str().unwrap()]);
    assert_eq!(again.code, 1, "a record is never replaced: {again:?}");
    let json = validate(&["--json"]);
    assert_eq!(json.code, 0, "{json:?}");
    let shown: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(shown["values"], record["values"]);
}

/// Another detector under the same name is not that of the release.
#[test]
fn a_changed_model_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(crate::support::root().join("models"))
        .arg(&models)
        .status();
    assert!(copied.unwrap().success());
    let card = models.join("lae/card.toml");
    let text = std::fs::read_to_string(&card).unwrap();

    std::fs::write(&card, text.replacen("summary = \"", "summary = \"Another ", 1)).unwrap();
    let output = validate(&["--brief", "--models", models.to_str().unwrap()]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(
        output.out.contains("DIFFER") && output.out.contains("another card or model"),
        "{}",
        output.out
    );
}
