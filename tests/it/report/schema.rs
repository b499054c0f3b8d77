//! Records keep to the published schema, `assets/report/report.schema.json`.

use serde_json::Value;

use super::{FINDS_TRACES, make};
use crate::cli::inspect::CliFolder;
use crate::cli::video;
use crate::support::{portrait, root};

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("assets/report/report.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema names the type {other}"),
    }
}

/// Where a value breaks the schema. The words of JSON Schema that the schema uses are known, others are a
/// fault; keys that the schema does not name are one, too.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                wrong.extend(faults(value, &root["$defs"][name], root, at));
            }
            "anyOf" => {
                let all = rule.as_array().unwrap().iter();
                let tried: Vec<_> = all.map(|rule| faults(value, rule, root, at)).collect();
                if tried.iter().all(|faults| !faults.is_empty()) {
                    wrong.extend(tried.into_iter().flatten());
                }
            }
            "type" => {
                let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !names.iter().any(|name| is_of_type(value, name.as_str().unwrap())) {
                    wrong.push(format!("{at}: {value} is no {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    wrong.push(format!("{at}: {value} is none of {rule}"));
                }
            }
            "minimum" | "maximum" => {
                let (bound, Some(v)) = (rule.as_f64().unwrap(), value.as_f64()) else { continue };
                if (word == "minimum" && v < bound) || (word == "maximum" && v > bound) {
                    wrong.push(format!("{at}: {v} is beyond {bound}"));
                }
            }
            "minItems" | "maxItems" => {
                let (bound, Some(values)) = (rule.as_u64().unwrap(), value.as_array()) else {
                    continue;
                };
                let n = values.len() as u64;
                if (word == "minItems" && n < bound) || (word == "maxItems" && n > bound) {
                    wrong.push(format!("{at}: {n} values"));
                }
            }
            "pattern" => {
                let Some(text) = value.as_str() else { continue };
                let is_hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                let fits = match rule.as_str().unwrap() {
                    "^[0-9a-f]{64}$" => is_hex && text.len() == 64,
                    "^([0-9a-f]{2})*$" => is_hex && text.len().is_multiple_of(2),
                    other => panic!("the schema has the pattern {other}"),
                };
                if !fits {
                    wrong.push(format!("{at}: {text:?} does not fit {rule}"));
                }
            }
            "items" => {
                for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                    wrong.extend(faults(value, rule, root, &format!("{at}/{i}")));
                }
            }
            "required" => {
                let Some(object) = value.as_object() else { continue };
                let missing = rule.as_array().unwrap().iter().filter_map(Value::as_str);
                let missing = missing.filter(|key| !object.contains_key(*key));
                wrong.extend(missing.map(|key| format!("{at}: no {key}")));
            }
            "properties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    match rule.get(key) {
                        Some(rule) => {
                            wrong.extend(faults(value, rule, root, &format!("{at}/{key}")));
                        }
                        None => wrong.push(format!("{at}: the schema has no {key}")),
                    }
                }
            }
            other => panic!("the schema uses the word {other}"),
        }
    }
    wrong
}

pub(super) fn assert_fits(record: &Value) {
    let schema = schema();
    assert_eq!(faults(record, &schema, &schema, ""), Vec::<String>::new(), "the record");
}

#[test]
fn records_of_pictures_and_clips_fit() {
    let place = CliFolder::new(FINDS_TRACES);
    std::fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    let made = make(&place, "out", &[portrait().to_str().unwrap(), "odd.jpg", "gone.png"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let record = made.json();
    assert_fits(&record);
    for key in ["map", "quality", "region"] {
        assert!(!record["items"][0]["findings"]["faces"][0][key].is_null(), "{key} was not tested");
    }
    let Some(place) = video::place() else { return };
    let record = make(&place, "clip", &["clip.mp4"]).json();
    assert!(record["items"][0]["findings"]["tracks"][0]["worst"][0].is_object(), "{record}");
    assert_fits(&record);
}

#[test]
fn planted_faults_are_seen() {
    let place = CliFolder::new(FINDS_TRACES);
    let good = make(&place, "out", &[portrait().to_str().unwrap()]).json();
    let schema = schema();
    let plants: [(&str, Value); 6] = [
        ("/version", Value::from(2)),
        ("/items/0/findings/verdict", Value::from("real")),
        ("/items/0/findings/faces/0/score", Value::from(1.5)),
        ("/items/0/custody/sha256_now", Value::from("AB")),
        ("/items/0/findings/faces/0/box_px", serde_json::json!([1, 2])),
        ("/request/question", Value::from(7)),
    ];
    for (at, value) in plants {
        let mut record = good.clone();
        *record.pointer_mut(at).unwrap() = value;
        assert_ne!(faults(&record, &schema, &schema, ""), Vec::<String>::new(), "{at}");
    }
    let mut record = good;
    record["items"][0].as_object_mut().unwrap().remove("custody");
    record["extra"] = Value::from(1);
    assert_eq!(faults(&record, &schema, &schema, "").len(), 2);
}
