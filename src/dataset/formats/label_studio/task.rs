//! A task of Label Studio, from an export as `JSON` or as `JSON_MIN`.

// A JSON value that lacks a key gives null: indexing one never panics.
#![deny(clippy::arithmetic_side_effects)]

use serde_json::Value;

use crate::dataset::files::is_picture_name;
use crate::dataset::formats::json::{FromJson, id, real, text, whole};

/// Keys of `JSON_MIN` that are no results of the labeling interface.
const PLAIN_KEYS: [&str; 9] = [
    "id",
    "image",
    "split",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "project",
];

pub(super) struct Task {
    /// Where its picture lies.
    pub(super) address: String,
    pub(super) split: Option<String>,
    /// The annotation that counts: the last one that was not cancelled.
    pub(super) annotation: Option<Annotation>,
    /// Annotations before that one.
    pub(super) n_more: u64,
}

pub(super) struct Annotation {
    pub(super) regions: Vec<Region>,
    pub(super) seconds: Option<f64>,
    pub(super) at: Option<String>,
    pub(super) annotator: Option<String>,
}

/// One result of an annotation.
pub(super) struct Region {
    /// The name of the control tag in the labeling interface.
    pub(super) control: String,
    pub(super) kind: RegionKind,
}

/// What a result holds.
pub(super) enum RegionKind {
    Choice(String),
    Text(String),
    /// A list of labels without a shape.
    Labels,
    Shape {
        value: Value,
        is_rotated: bool,
        size: Option<[u32; 2]>,
    },
}

impl FromJson for Task {
    fn from_json(value: &Value) -> Result<Self, String> {
        let name = id(&value["id"]).map_or_else(|| "a task".to_owned(), |id| format!("task {id}"));
        if !value.is_object() {
            return Err(format!("{value} is no task").chars().take(80).collect());
        }
        let is_minimal = !value["data"].is_object();
        let data = if is_minimal { value } else { &value["data"] };
        let address = text(&data["image"]).or_else(|| picture_in(data));
        let address = address.ok_or_else(|| format!("{name} names no picture"))?;
        let split = text(&data["split"]);
        if is_minimal {
            let annotation = Some(minimal_annotation(value));
            return Ok(Self { address, split, annotation, n_more: 0 });
        }
        let all = value["annotations"].as_array().or_else(|| value["completions"].as_array());
        let is_cancelled = |a: &&Value| a["was_cancelled"].as_bool() == Some(true);
        let mut valid = all.into_iter().flatten().filter(|a| !is_cancelled(a));
        let annotation = valid.next_back().map(annotation);
        Ok(Self { address, split, annotation, n_more: valid.count() as u64 })
    }
}

/// The first text of the task that is the name of a picture.
fn picture_in(data: &Value) -> Option<String> {
    let texts = data.as_object()?.values().filter_map(Value::as_str);
    let is_picture = |text: &&str| is_picture_name(text.split('?').next().unwrap_or(text));
    texts.into_iter().find(is_picture).map(str::to_owned)
}

fn annotation(value: &Value) -> Annotation {
    let results = value["result"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = facts(value);
    found.regions = results.iter().flat_map(regions).collect();
    found.annotator = person(&value["completed_by"]);
    found
}

/// Time and duration.
fn facts(value: &Value) -> Annotation {
    Annotation {
        regions: Vec::new(),
        seconds: real(&value["lead_time"]),
        at: text(&value["updated_at"]).or_else(|| text(&value["created_at"])),
        annotator: None,
    }
}

fn person(value: &Value) -> Option<String> {
    match value {
        Value::Number(n) => Some(format!("Label Studio user {n}")),
        Value::Object(user) => user.get("email").and_then(text),
        Value::String(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        _ => None,
    }
}

/// The choices of a control tag, each of which counts; or its one result of another kind.
fn regions(value: &Value) -> Vec<Region> {
    let control = value["from_name"].as_str().unwrap_or_default().to_owned();
    let inner = &value["value"];
    let kind = match value["type"].as_str().unwrap_or_default() {
        "choices" => {
            return choices(&inner["choices"])
                .map(|word| Region { control: control.clone(), kind: RegionKind::Choice(word) })
                .collect();
        }
        "textarea" => RegionKind::Text(lines(&inner["text"])),
        // The shapes repeat the labels of this list.
        "labels" if inner["rle"].is_null() => RegionKind::Labels,
        _ => shape(value, inner),
    };
    vec![Region { control, kind }]
}

/// The words of a list, or the one word.
fn choices(value: &Value) -> impl Iterator<Item = String> {
    let one = value.as_str().map(str::to_owned);
    let all = value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    one.into_iter().chain(all.collect::<Vec<_>>())
}

/// A shape; `outer` says the size of the picture.
fn shape(outer: &Value, inner: &Value) -> RegionKind {
    let size = [&outer["original_width"], &outer["original_height"]].map(whole);
    RegionKind::Shape {
        value: inner.clone(),
        is_rotated: real(&outer["image_rotation"]).is_some_and(|degrees| degrees != 0.0),
        size: if let [Some(w), Some(h)] = size { Some([w, h]) } else { None },
    }
}

fn lines(value: &Value) -> String {
    match value {
        Value::Array(lines) => {
            lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// The annotation of `JSON_MIN`: each control tag is a key of the task itself.
fn minimal_annotation(value: &Value) -> Annotation {
    let mut found = facts(value);
    found.annotator = person(&value["annotator"]);
    for (control, result) in value.as_object().into_iter().flatten() {
        let is_address = result.as_str().is_some_and(is_picture_name);
        if PLAIN_KEYS.contains(&control.as_str()) || is_address {
            continue;
        }
        let mut add = |kind: RegionKind| {
            found.regions.push(Region { control: control.clone(), kind });
        };
        match result {
            Value::String(word) if control == "note" => add(RegionKind::Text(word.clone())),
            Value::String(word) => add(RegionKind::Choice(word.clone())),
            Value::Object(choice) => {
                choices(choice.get("choices").unwrap_or(&Value::Null))
                    .for_each(|word| add(RegionKind::Choice(word)));
            }
            Value::Array(all) if all.iter().any(Value::is_object) => {
                for one in all {
                    add(shape(one, one));
                }
            }
            Value::Array(_) if control == "note" => add(RegionKind::Text(lines(result))),
            _ => {}
        }
    }
    found
}
