//! The page of JSON names every key that `inspect --json` prints.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::read;
use crate::cli::inspect::CliOutput;
use crate::cli::video;
use crate::support::root;

/// Every key of a value and of all in it.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// Keys that a page names neither as `key`, `path[].key` nor "key".
fn missing(page: &str, value: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    keys(value, &mut found);
    let names = |key: &String| {
        [format!("`{key}`"), format!(".{key}`"), format!("\"{key}\"")]
            .iter()
            .any(|form| page.contains(form.as_str()))
    };
    found.into_iter().filter(|key| !names(key)).collect()
}

#[test]
fn every_key_of_a_picture_is_on_the_page() {
    let page = read("assets/manual/json.md");
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command
        .current_dir(root())
        .env("HOME", place.path())
        .env("PENTIMENTO_MODELS", root().join("models"));
    command.args(["inspect", "--json", "--robustness", "--engine", "rten", "--out"]);
    command.arg(place.path()).arg("assets/samples/astronaut-forged.png");
    let output = CliOutput::from_output(&command.output().unwrap());
    assert_eq!(output.code, 0, "{output:?}");
    let object = &output.json()[0];
    let face = object["faces"][0].as_object().unwrap();
    for key in ["heatmap", "region", "quality", "reliability", "robustness"] {
        assert!(face.contains_key(key), "the sample has no {key}: {object}");
    }
    assert_eq!(missing(&page, object), Vec::<String>::new());
}

#[test]
fn every_key_of_a_clip_is_on_the_page() {
    let page = read("assets/manual/json.md");
    let Some(place) = video::place() else { return };
    let output = place.inspect(&["--json", "--out", "maps", "--annotate", "mp4", "clip.mp4"]);
    assert_eq!(output.code, 0, "{output:?}");
    let object = &output.json()[0];
    assert!(
        object["annotated"].is_string() && object["tracks"][0]["worst"][0]["overlay"].is_string()
    );
    assert_eq!(missing(&page, object), Vec::<String>::new());
}

/// The schema names every key of a record, which `tests/it/report/schema.rs` holds.
#[test]
fn every_key_of_a_report_is_on_the_page() {
    fn properties(schema: &Value, found: &mut serde_json::Map<String, Value>) {
        let inner = schema["properties"].as_object().into_iter().flatten();
        found.extend(inner.map(|(key, _)| (key.clone(), Value::Null)));
        schema["$defs"].as_object().into_iter().flatten().for_each(|(_, s)| properties(s, found));
    }
    let schema: Value = serde_json::from_str(&read("assets/report/report.schema.json")).unwrap();
    let mut keys = serde_json::Map::new();
    properties(&schema, &mut keys);
    assert!(keys.len() > 120, "only {} keys", keys.len());
    let page = read("assets/manual/json.md");
    assert_eq!(missing(&page, &Value::Object(keys)), Vec::<String>::new());
}

#[test]
fn a_key_that_is_not_named_is_seen() {
    let value = serde_json::json!({"a": [{"b": 1}], "c": {"d": null}});
    assert_eq!(missing("`a` and `a[].b` and {\"d\"}", &value), ["c"]);
}
