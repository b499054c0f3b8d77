//! The user's library of detectors on the command line.

use crate::cli::inspect::{CliFolder, CliOutput};
use crate::support::stand_in_detector;

/// A program whose own folder is empty, with a second detector beside the shipped one.
fn place() -> CliFolder {
    let place = CliFolder::new(1.0);
    stand_in_detector(&place.path("made"), "lae-mine", 3.0);
    place
}

fn run(place: &CliFolder, arguments: &[&str]) -> CliOutput {
    let mut command = place.command();
    command.env("PENTIMENTO_LIBRARY", place.path("library")).args(arguments);
    CliOutput::from_output(&command.output().unwrap())
}

/// The line of `models list` with the star.
fn used(place: &CliFolder) -> String {
    let output = run(place, &["models", "list"]);
    let line = output.out.lines().find(|line| line.starts_with('*'));
    line.unwrap_or_else(|| panic!("{output:?}")).to_owned()
}

/// Name of the model that examines.
fn examines(place: &CliFolder) -> String {
    let output = run(place, &["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&output.out).unwrap();
    let items = report["items"].as_array().unwrap();
    let is_used = |item: &&serde_json::Value| {
        item["area"] == "model" && item["detail"].as_str().unwrap().starts_with("in use, ")
    };
    items.iter().find(is_used).unwrap()["name"].as_str().unwrap().to_owned()
}

#[test]
fn a_detector_is_installed_used_and_rolled_back() {
    let place = place();
    assert!(used(&place).contains("lae "), "{}", used(&place));
    let made = place.path("made/lae-mine");
    let installed = run(&place, &["models", "install", made.to_str().unwrap()]);
    assert_eq!(installed.code, 0, "{installed:?}");
    assert!(installed.out.contains("was installed in"), "{installed:?}");
    assert!(used(&place).contains("lae "), "installing is not using");
    let shipped = place.path("models/lae");
    for again in [&made, &shipped] {
        let nothing = run(&place, &["models", "install", again.to_str().unwrap()]);
        assert_eq!(nothing.code, 0, "{nothing:?}");
        assert!(nothing.out.contains("already: nothing was written"), "{nothing:?}");
    }
    assert!(!place.path("library/lae").exists(), "the shipped one");
    let chosen = run(&place, &["models", "use", "lae-mine"]);
    assert!(chosen.code == 0 && chosen.err.contains("rollback"), "{chosen:?}");
    assert!(used(&place).contains("lae-mine") && used(&place).contains("yours"));
    assert_eq!(examines(&place), "lae-mine");
    let refused = run(&place, &["models", "remove", "lae-mine"]);
    assert!(refused.code == 1 && refused.err.contains("in use"), "{refused:?}");
    assert_eq!(run(&place, &["models", "rollback"]).code, 0);
    assert_eq!(examines(&place), "lae");
    let nothing = run(&place, &["models", "rollback"]);
    assert!(nothing.code == 1 && nothing.err.contains("nothing was changed"), "{nothing:?}");
    assert_eq!(run(&place, &["models", "remove", "lae-mine"]).code, 0);
    let gone = run(&place, &["models", "use", "lae-mine"]);
    assert!(gone.code == 1 && gone.err.contains("no model bundle is named"), "{gone:?}");
}

#[test]
fn a_damaged_bundle_is_neither_installed_nor_used() {
    let place = place();
    let made = place.path("made/lae-mine");
    std::fs::write(made.join("model.onnx"), b"not the model").unwrap();
    let refused = run(&place, &["models", "install", made.to_str().unwrap(), "--use"]);
    assert!(refused.code == 1 && refused.err.contains("does not match its card"), "{refused:?}");
    assert!(used(&place).contains("lae "));
    let finder = place.path("models/yunet");
    let refused = run(&place, &["models", "install", finder.to_str().unwrap()]);
    assert!(refused.code == 1 && refused.err.contains("not a detector"), "{refused:?}");
}

#[test]
fn figures_are_compared_by_name_or_folder() {
    let place = place();
    let made = place.path("made/lae-mine");
    let output = run(&place, &["models", "compare", "lae", made.to_str().unwrap(), "--json"]);
    let cards: serde_json::Value = serde_json::from_str(&output.out).unwrap();
    assert_eq!((&cards[0]["name"], &cards[1]["name"]), (&"lae".into(), &"lae-mine".into()));
    assert_ne!(cards[0]["sha256"], cards[1]["sha256"]);
    let unknown = run(&place, &["models", "compare", "lae", "nothing"]);
    assert!(unknown.code == 1 && unknown.err.contains("nothing"), "{unknown:?}");
}
