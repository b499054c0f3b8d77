//! A report computed again: on the same engine, on another one, and after something was changed.

use std::fs;

use pentimento::report::ReportRecord;

use super::{FINDS_TRACES, make};
use crate::cli::inspect::{CliFolder, CliOutput};
use crate::cli::video;
use crate::support::{onnxruntime, portrait, root, skip, stand_in_detector};

/// Changes the record of a report.
fn edit(place: &CliFolder, change: impl FnOnce(&mut ReportRecord)) {
    let file = place.path("out/report.json");
    let mut record = ReportRecord::read(&file).unwrap();
    change(&mut record);
    fs::write(file, record.to_json().unwrap()).unwrap();
}

fn replay(place: &CliFolder, arguments: &[&str]) -> CliOutput {
    place.run(&[&["replay", "--engine", "rten", "out"], arguments].concat())
}

#[test]
fn the_same_engine_gives_the_same_values() {
    let place = CliFolder::new(FINDS_TRACES);
    fs::copy(portrait(), place.path("a.png")).unwrap();
    fs::write(place.path("odd.jpg"), "this is no picture").unwrap();
    assert_eq!(make(&place, "out", &["a.png", "odd.jpg", "gone.jpg"]).output.code, 2);
    let output = replay(&place, &[]);
    assert_eq!(output.code, 0, "{output:?}");
    for what in [
        "item 1, face 1, score",
        "overlap of the maps",
        "face 1, region",
        "item 2, verdict",
        "not checked",
    ] {
        assert!(output.out.contains(what), "{what}: {}", output.out);
    }
    assert!(output.out.contains("difference 0e0, allowed 1e-6: ok"), "{}", output.out);
    assert!(
        output.out.trim_end().ends_with("of 3 items compared, 0 beyond the tolerance"),
        "{}",
        output.out
    );
    let brief = replay(&place, &["--brief"]);
    assert_eq!(brief.out.lines().count(), 1, "{}", brief.out);
}

#[test]
fn planted_changes_are_found() {
    let place = CliFolder::new(FINDS_TRACES);
    fs::copy(portrait(), place.path("a.png")).unwrap();
    type Change = fn(&mut ReportRecord);
    let plants: [(Change, &str); 6] = [
        (|r| r.items[0].findings.faces[0].score = Some(0.5), "face 1, score"),
        (|r| r.items[0].findings.verdict = "no-trace-found".to_owned(), "item 1, verdict"),
        (
            |r| {
                r.items[0].findings.faces[0]
                    .map
                    .as_mut()
                    .unwrap()
                    .marked_hex
                    .replace_range(0..2, "ff");
            },
            "overlap of the maps",
        ),
        (|r| r.items[0].statements[0].text.push('!'), "statements."),
        (|r| r.items[0].run = None, "findings without a run"),
        (
            |r| r.items[0].run.as_mut().unwrap().model_sha256 = "0".repeat(64),
            "SHA-256 of the detector",
        ),
    ];
    for (i, (change, what)) in plants.into_iter().enumerate() {
        fs::remove_dir_all(place.path("out")).ok();
        assert_eq!(make(&place, "out", &["a.png"]).output.code, 0, "{i}");
        edit(&place, change);
        let output = replay(&place, &["--brief"]);
        assert_eq!(output.code, 2, "{what}: {output:?}");
        assert!(
            output.out.contains(what) && output.out.contains("BEYOND"),
            "{what}: {}",
            output.out
        );
    }
    // The file is another one, then it is gone, then it lies elsewhere.
    fs::remove_dir_all(place.path("out")).unwrap();
    make(&place, "out", &["a.png"]);
    let bytes = fs::read(place.path("a.png")).unwrap();
    fs::write(place.path("a.png"), [bytes.as_slice(), b"x"].concat()).unwrap();
    let output = replay(&place, &[]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(
        output.out.contains("SHA-256 of the file") && !output.out.contains("face 1, score"),
        "{}",
        output.out
    );
    fs::remove_file(place.path("a.png")).unwrap();
    let output = replay(&place, &[]);
    assert!(output.code == 2 && output.out.contains("no longer there"), "{output:?}");
    fs::create_dir(place.path("moved")).unwrap();
    fs::write(place.path("moved/a.png"), bytes).unwrap();
    assert_eq!(replay(&place, &["--media", "moved"]).code, 0);
    let none = place.run(&["replay", "nowhere"]);
    assert_eq!(none.code, 1, "{none:?}");
    // Another detector under the same name.
    stand_in_detector(&place.path("models"), "lae", 3.0);
    let output = replay(&place, &["--media", "moved"]);
    assert!(output.code == 2 && output.out.contains("no detector with this hash"), "{output:?}");
}

#[test]
fn a_clip_is_repeated() {
    let Some(place) = video::place() else { return };
    let code = make(&place, "out", &["--quick", "clip.mp4"]).output.code;
    assert_eq!(code, 2, "some frames were not examined");
    let output = replay(&place, &[]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.out.contains("face 1 of the clip, score"), "{}", output.out);
    edit(&place, |r| r.items[0].findings.tracks[0].score = Some(0.1));
    assert_eq!(replay(&place, &[]).code, 2);
}

/// The shipped detector on both engines.
#[test]
fn the_other_engine_stays_within_its_tolerance() {
    let Some(library) = onnxruntime() else { return skip("there is no ONNX Runtime") };
    let place = CliFolder::new(FINDS_TRACES);
    let run = |arguments: &[&str]| {
        let mut command = place.command();
        command.env("PENTIMENTO_MODELS", root().join("models")).args(arguments);
        command.env("PENTIMENTO_ONNXRUNTIME", &library);
        CliOutput::from_output(&command.output().unwrap())
    };
    let sample = root().join("assets/samples/astronaut-forged.png");
    let made =
        run(&["report", "make", "--engine", "rten", "--out", "out", sample.to_str().unwrap()]);
    assert_eq!(made.code, 0, "{made:?}");
    let output = run(&["replay", "--engine", "onnxruntime", "--provider", "cpu", "out"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.out.contains("allowed 1e-3: ok"), "the other tolerance: {}", output.out);
    assert!(output.out.contains("overlap of the boxes"), "{}", output.out);
}
