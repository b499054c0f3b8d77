//! The command `metadata`, as a person runs it.

use std::process::Command;

use serde_json::Value;

use super::evidence;

struct RunOutput {
    code: i32,
    out: String,
    err: String,
}

fn run(words: &[&str]) -> RunOutput {
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .arg("metadata")
        .args(words)
        .output()
        .unwrap();
    RunOutput {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_file_of_our_own_is_described_as_text_and_as_json() {
    let sample = crate::support::portrait();
    let sample = sample.to_str().unwrap();
    let output = run(&[sample]);
    assert_eq!(output.code, 0, "{}", output.err);
    for part in ["Summary", "Credential: no credential", "Fields:", "Structure:", "PNG", "IHDR"] {
        assert!(output.out.contains(part), "{part}: {}", output.out);
    }
    assert!(output.out.lines().count() > 5, "a line each: {}", output.out);
    let output = run(&["--json", sample, "/nowhere/at/all.jpg"]);
    assert_eq!(output.code, 2);
    let lines: Vec<Value> =
        output.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for key in ["path", "metadata", "provenance", "structure", "hints"] {
        assert!(lines[0].get(key).is_some(), "{key}: {}", lines[0]);
    }
    assert_eq!(lines[0]["provenance"]["credential"], "none");
    assert_eq!(lines[1]["reason"], "there is no such file");
}

#[test]
fn of_a_folder_every_file_of_a_known_format_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    std::fs::copy(crate::support::portrait(), folder.path().join("inner/b.png")).unwrap();
    std::fs::copy(crate::support::portrait(), folder.path().join("a.png")).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    let output = run(&["--json", folder.path().to_str().unwrap()]);
    assert_eq!((output.code, output.out.lines().count()), (0, 2), "{}", output.err);
    let first: Value = serde_json::from_str(output.out.lines().next().unwrap()).unwrap();
    assert!(first["path"].as_str().unwrap().ends_with("a.png"), "{}", first["path"]);
    assert_eq!(output.err.trim(), "folders: 1 file of no known format passed over");
    // A picture by its name that is none is told.
    std::fs::write(folder.path().join("cut.JPG"), [0xFF, 0xD8]).unwrap();
    std::fs::write(folder.path().join("empty.png"), "").unwrap();
    let output = run(&["--json", folder.path().to_str().unwrap()]);
    assert_eq!((output.code, output.out.lines().count()), (2, 4), "{}", output.out);
    assert!(output.out.contains("\"reason\":\"the file is empty\""), "{}", output.out);
    // Named itself, the same file is a refusal.
    let notes = folder.path().join("notes.txt");
    assert_eq!(run(&[notes.to_str().unwrap()]).code, 2);
}

#[test]
fn rules_and_references_are_taken_from_the_command_line() {
    let output = run(&["--ignore-rule", "no-such-rule", "x.jpg"]);
    assert_eq!(output.code, 1);
    assert!(output.err.contains("there is no rule no-such-rule"), "{}", output.err);
    let Some(folder) = evidence("jpeg") else { return };
    let custom = folder.join("a_customtable.jpg");
    let references = tempfile::tempdir().unwrap();
    for name in ["a_q75_420_baseline.jpg", "a_single_75.jpg"] {
        std::fs::copy(folder.join(name), references.path().join(name)).unwrap();
    }
    let output = run(&[
        "--json",
        "--reference",
        references.path().to_str().unwrap(),
        custom.to_str().unwrap(),
    ]);
    assert_eq!(output.code, 0, "{}", output.err);
    let line: Value = serde_json::from_str(output.out.trim()).unwrap();
    let compared = &line["metadata"]["reference"];
    assert_eq!(compared["n_references"], 2);
    let only_here = compared["only_here"].as_array().unwrap();
    let is_table = |what: &Value| what.as_str().unwrap().starts_with("quantization table 0 [3 7");
    assert!(only_here.iter().any(is_table), "{only_here:?}");
}

/// Side-cars of some programs are in UTF-16; comments may be, with a mark of byte order.
#[test]
fn side_cars_and_comments_in_any_unicode_encoding_are_read() {
    let packet = "<?xml version='1.0'?><!-- made by hand --><x:xmpmeta xmlns:x='adobe:ns:meta/'>\
                  <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
                  <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='Zoë'/>\
                  </rdf:RDF></x:xmpmeta>";
    let little: Vec<u8> = packet.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = packet.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    for (what, bytes) in [
        ("UTF-8", packet.as_bytes().to_vec()),
        ("UTF-8 with a mark", [b"\xEF\xBB\xBF", packet.as_bytes()].concat()),
        ("UTF-16, little-endian", [b"\xFF\xFE", little.as_slice()].concat()),
        ("UTF-16, big-endian", [b"\xFE\xFF", big.as_slice()].concat()),
        ("UTF-16 without a mark", little),
    ] {
        let path = folder.path().join("a.xmp");
        std::fs::write(&path, bytes).unwrap();
        let output = run(&["--json", path.to_str().unwrap()]);
        assert_eq!(output.code, 0, "{what}: {} {}", output.out, output.err);
        let line: Value = serde_json::from_str(output.out.trim()).unwrap();
        let fields = line["metadata"]["fields"].as_array().unwrap();
        let found = fields.iter().find(|field| field["name"] == "Source");
        assert_eq!(found.unwrap()["value"], "Zoë", "{what}");
    }
    let comment = b"\xFF\xD8\xFF\xFE\0\x0A\xFE\xFF\0Z\0o\0\xEB\xFF\xD9";
    let read = pentimento::metadata::metadata_of_bytes(comment).unwrap();
    assert_eq!(read.fields.iter().find(|f| f.name == "Comment").unwrap().raw, "Zoë");
}

/// Without its hemispheres a place has no signs: a map would show another one.
#[test]
fn a_place_without_hemispheres_is_marked_in_json() {
    let Some(path) = evidence("metadata/GPS.jpg") else { return };
    let bytes = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let read = |bytes: &[u8]| -> Value {
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, bytes).unwrap();
        let output = run(&["--json", path.to_str().unwrap()]);
        let line: Value = serde_json::from_str(output.out.trim()).unwrap();
        line["metadata"]["location"].clone()
    };
    let place = read(&bytes);
    assert_eq!(place["has_hemispheres"], true, "{place}");
    let fields = pentimento::metadata::metadata_of_bytes(&bytes).unwrap().fields;
    let named = fields.iter().find(|f| f.name == "GPSLatitudeRef").unwrap();
    let mut unnamed = bytes;
    unnamed[named.offset as usize] = b' ';
    let place = read(&unnamed);
    assert_eq!(place["has_hemispheres"], false, "{place}");
    assert!(place["words"].as_str().unwrap().contains("does not name both hemispheres"), "{place}");
}
