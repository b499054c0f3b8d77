//! Every value of a record is changed: a second examination reports each, or names it as one that it
//! cannot check.

use std::fs;

use pentimento::report::{NOT_CHECKED, ReportRecord};
use serde_json::{Value, json};

use super::{FINDS_TRACES, make, ratio};
use crate::cli::inspect::{CliFolder, CliOutput};
use crate::cli::video;
use crate::support::{portrait, stand_in_with_doubts};

/// Places of all values that hold no others.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| leaves(value, &format!("{at}/{key}"), found));
        }
        Value::Array(values) if !values.is_empty() => {
            values.iter().enumerate().for_each(|(i, v)| leaves(v, &format!("{at}/{i}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

/// The record with another value at this place; `None` where only an object or one of a few words could
/// stand. No value follows from another that was changed as well.
fn changed(record: &Value, at: &str) -> Option<Value> {
    let candidates = match record.pointer(at).unwrap() {
        Value::String(text) => vec![json!(format!("{text} x {at}"))],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Number(n) if n.is_f64() => {
            let v = n.as_f64().unwrap();
            vec![json!(v + 0.05 + 0.01 * v.abs()), json!(v - 0.05)]
        }
        Value::Number(n) => vec![json!(n.as_i64().unwrap() + 7)],
        _ => vec![json!("x"), json!(7), json!(["x"]), json!([0.5])],
    };
    candidates.into_iter().find_map(|value| {
        let mut other = record.clone();
        *other.pointer_mut(at).unwrap() = value;
        ReportRecord::from_json(other.to_string().as_bytes()).is_ok().then_some(other)
    })
}

/// The keys on the way to a place, without the numbers of lists.
fn keys(at: &str) -> String {
    let is_key = |part: &&str| part.parse::<usize>().is_err();
    at.split('/').skip(1).filter(is_key).collect::<Vec<_>>().join(".")
}

fn is_named_as_not_checked(at: &str) -> bool {
    let keys = keys(at);
    let mut named = NOT_CHECKED.iter().flat_map(|group| group.keys);
    named.any(|key| keys == *key || keys.starts_with(&format!("{key}.")))
}

/// How a replay names the value, up to its last list.
fn name(at: &str) -> String {
    let dotted = |parts: &[&str]| {
        let mut text = String::new();
        for part in parts {
            if part.parse::<usize>().is_ok() {
                text = format!("{text}[{part}]");
            } else {
                text = format!("{text}{}{part}", if text.is_empty() { "" } else { "." });
            }
        }
        text
    };
    let parts: Vec<&str> = at.split('/').skip(1).collect();
    let number = |part: &str| part.parse::<usize>().unwrap() + 1;
    match parts.as_slice() {
        ["items", item, "findings", "faces", face, rest @ ..] => {
            format!("item {}, face {}, {}", number(item), number(face), dotted(rest))
        }
        ["items", item, "findings", "tracks", track, rest @ ..] => {
            format!("item {}, face {} of the clip, {}", number(item), number(track), dotted(rest))
        }
        ["items", item, "findings", rest @ ..] | ["items", item, rest @ ..] => {
            format!("item {}, {}", number(item), dotted(rest))
        }
        all => format!("report, {}", dotted(all)),
    }
}

/// A change of these keeps others from being compared.
fn stands_alone(at: &str) -> bool {
    let keys = keys(at);
    let alone = [
        "format",
        "version",
        "items.number",
        "items.path",
        "items.custody",
        "items.run",
        "items.statements",
        "items.contradictions",
        "items.findings.kind",
        "items.findings.faces.number",
        "items.findings.faces.score",
        "items.findings.faces.box_px",
        "items.findings.faces.map",
        "items.findings.tracks.id",
    ];
    alone.iter().any(|key| keys == *key || keys.starts_with(&format!("{key}.")))
}

fn replay(place: &CliFolder, record: &Value) -> CliOutput {
    fs::write(place.path("changed.json"), record.to_string()).unwrap();
    place.run(&["replay", "--engine", "rten", "changed.json"])
}

/// Places whose change nobody sees.
fn unseen(place: &CliFolder, record: &Value) -> Vec<String> {
    let as_made = replay(place, record);
    assert_eq!(as_made.code, 0, "{as_made:?}");
    for group in NOT_CHECKED {
        let line = format!("not checked: {}: ", group.keys.join(", "));
        assert!(as_made.out.contains(&line), "{line}");
    }
    let mut more = record.clone();
    more["items"][0]["probability_forged"] = json!(0.97);
    let output = replay(place, &more);
    assert!(output.code == 2 && output.out.contains("items[1].probability_forged"), "{output:?}");
    let mut all = Vec::new();
    leaves(record, "", &mut all);
    all.retain(|at| !is_named_as_not_checked(at));
    let (alone, together): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|at| stands_alone(at));
    println!("{} values one by one, {} together", alone.len(), together.len());
    let mut unseen = Vec::new();
    let mut other = record.clone();
    let mut names = Vec::new();
    for at in together {
        if let Some(changed) = changed(&other, &at) {
            other = changed;
            names.push((name(&at), at));
        }
    }
    let output = replay(place, &other);
    let beyond: Vec<&str> = output.out.lines().filter(|line| line.ends_with("BEYOND")).collect();
    for (name, at) in names {
        // Of a list of numbers, the one that differs most is named; of two lists, their lengths.
        let head = name.rsplit_once('[').map_or(name.as_str(), |(head, _)| head);
        if !beyond.iter().any(|line| line.starts_with(head)) {
            unseen.push(format!("{at} ({name})"));
        }
    }
    let (items, whole): (Vec<String>, Vec<String>) =
        alone.into_iter().partition(|at| at.starts_with("/items/"));
    for at in whole {
        let Some(other) = changed(record, &at) else { continue };
        let output = replay(place, &other);
        let is_reported = output.code == 2 && output.out.contains("BEYOND");
        if !is_reported && !output.err.contains("error") {
            unseen.push(at);
        }
    }
    unseen.extend(unseen_in_copies(place, record, items));
    unseen
}

/// One record with a copy of an item for each of these places, which is changed there. It is replayed at
/// once; each copy has to be reported, and the unchanged ones between them must not be.
fn unseen_in_copies(place: &CliFolder, record: &Value, all: Vec<String>) -> Vec<String> {
    let mut many = record.clone();
    let mut copies: Vec<Value> = Vec::new();
    let mut places: Vec<Option<String>> = Vec::new();
    let mut add = |item: &Value, at: Option<String>| {
        let mut copy = item.clone();
        let number = copies.len() + 1;
        let shift = if at.as_ref().is_some_and(|at| at.ends_with("/number")) { 7 } else { 0 };
        // The number of a face is another one.
        let is_of_item = at.as_ref().is_none_or(|at| keys(at) != "items.findings.faces.number");
        copy["number"] = json!(number + if is_of_item { shift } else { 0 });
        copies.push(copy);
        places.push(at);
    };
    for item in record["items"].as_array().unwrap() {
        add(item, None);
    }
    for at in all {
        let Some(other) = changed(record, &at) else { continue };
        let index = at.split('/').nth(2).unwrap().parse::<usize>().unwrap();
        add(&other["items"][index], Some(at));
    }
    for item in record["items"].as_array().unwrap() {
        add(item, None);
    }
    println!("{} copies of {} items", copies.len(), record["items"].as_array().unwrap().len());
    many["items"] = Value::from(copies);
    let output = replay(place, &many);
    assert_eq!(output.code, 2, "{}", output.err);
    let is_reported = |number: usize| {
        let head = format!("item {number}, ");
        output.out.lines().any(|line| line.starts_with(&head) && line.ends_with("BEYOND"))
    };
    let mut unseen = Vec::new();
    for (i, at) in places.into_iter().enumerate() {
        match (at, is_reported(i + 1)) {
            (Some(at), false) => unseen.push(at),
            (None, true) => unseen.push(format!("copy {} was not changed", i + 1)),
            _ => {}
        }
    }
    unseen
}

#[test]
fn every_changed_value_of_a_report_on_pictures_is_reported() {
    let place = CliFolder::new(FINDS_TRACES);
    stand_in_with_doubts(&place.path("models"), "lae", FINDS_TRACES);
    fs::copy(portrait(), place.path("a.png")).unwrap();
    fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    ratio::set_file(&place, |_| {});
    let words = ["--robustness", "--calibration", "set.json", "a.png", "odd.jpg", "gone.png"];
    let made = make(&place, "out", &words);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    let record = made.json();
    let face = &record["items"][0]["findings"]["faces"][0];
    for key in ["map", "quality", "region", "reliability", "robustness", "ratio"] {
        assert!(!face[key].is_null(), "{key} was not tested");
    }
    assert_eq!(unseen(&place, &record), Vec::<String>::new());
}

#[test]
fn every_changed_value_of_a_report_on_a_clip_is_reported() {
    let Some(place) = video::place() else { return };
    let made = make(&place, "out", &["--quick", "clip.mp4"]);
    assert_eq!(made.output.code, 2, "{:?}", made.output);
    assert_eq!(unseen(&place, &made.json()), Vec::<String>::new());
}
