//! The queue of a case on the command line: examined, ranked, exported, imported, compared.

use std::collections::{BTreeMap, BTreeSet};

use pentimento::annotate::{ForgeryKind, Mask, MaskLabel};
use pentimento::case::{Case, ItemState, StoredMask, now};
use pentimento::curate::QueueStrategy;
use serde_json::Value;

use crate::case::curate::telling_store;
use crate::cli::inspect::CliFolder;
use crate::support::{no_face, portrait};

/// A folder with the portrait, a darker copy of it, a picture without a face and one that is none,
/// and a case with all of them.
fn filled() -> CliFolder {
    let place = CliFolder::new(1.0);
    telling_store(&place.path("models"));
    std::fs::create_dir_all(place.path("media/one")).unwrap();
    std::fs::create_dir_all(place.path("media/two")).unwrap();
    std::fs::copy(portrait(), place.path("media/one/a.png")).unwrap();
    let limits = pentimento::base::Limits::default();
    let ctx = pentimento::base::TaskCtx::silent();
    let still = pentimento::media::open_still(&portrait(), &limits, &ctx).unwrap();
    let mut dark = still.frame.image.as_ref().clone();
    for value in &mut dark.pixels {
        *value /= 2;
    }
    pentimento::media::write_png(&place.path("media/two/dark.png"), &dark).unwrap();
    no_face(&place.path("media/two/bare.png"), 200, 160);
    std::fs::write(place.path("media/two/broken.png"), "not a picture").unwrap();
    let output = place.run(&["case", "new", "c", "media", "--author", "ann"]);
    assert_eq!(output.code, 0, "{output:?}");
    place
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_case_is_examined_in_parts_and_ranked_with_reasons() {
    let place = filled();
    let file = "c.pentimento";
    let output = place.run(&["case", "rank", file]);
    assert_eq!(output.code, 1, "nothing is examined yet: {output:?}");
    assert!(output.err.contains("pentimento case examine"), "{output:?}");
    let output = place.run(&["case", "examine", file, "--engine", "rten", "--limit", "1"]);
    assert_eq!((output.code, output.out.trim()), (0, "1 item examined"), "{output:?}");
    assert!(output.err.contains("stored what the file says of 1 item"), "{output:?}");
    let metadata = place.run(&["case", "metadata", file, "--item", "1"]);
    assert!(metadata.out.contains("Credential: no credential"), "{metadata:?}");
    let output = place.run(&["case", "examine", file, "--engine", "rten"]);
    assert_eq!(output.code, 2, "one is no picture: {output:?}");
    assert_eq!(
        output.out.trim(),
        "2 items examined, 1 could not be examined: the case gives the reasons"
    );
    let output = place.run(&["case", "examine", file, "--engine", "rten"]);
    assert_eq!(
        (output.code, output.out.trim()),
        (2, "0 items examined"),
        "nothing waits, and the one that is no picture says nothing: {output:?}"
    );
    assert!(output.err.contains("could not be read for what the file says: 1 item"), "{output:?}");
    let output = place.run(&["case", "examine", file, "--engine", "rten", "--again"]);
    assert_eq!(output.out.trim(), "0 items examined", "all are of this model: {output:?}");
    no_face(&place.path("media/two/broken.png"), 200, 161);
    let output = place.run(&["case", "examine", file, "--engine", "rten", "--failed"]);
    assert_eq!(
        (output.code, output.out.trim()),
        (0, "1 item examined"),
        "it was mended: {output:?}"
    );
    std::fs::rename(place.path("models/lae"), place.path("models/lae-old")).unwrap();
    crate::support::stand_in_detector(&place.path("models"), "lae", 2.0);
    let output =
        place.run(&["case", "examine", file, "--engine", "rten", "--again", "--limit", "3"]);
    assert_eq!(
        (output.code, output.out.trim()),
        (0, "3 items examined"),
        "a new model: {output:?}"
    );
    std::fs::remove_dir_all(place.path("models/lae")).unwrap();
    std::fs::rename(place.path("models/lae-old"), place.path("models/lae")).unwrap();
    let output = place.run(&["case", "examine", file, "--engine", "rten", "--again"]);
    assert_eq!((output.code, output.out.trim()), (0, "3 items examined"), "and back: {output:?}");

    let output = place.run(&["case", "rank", file, "--json", "--keep-repeats"]);
    let ranked = lines(&output.out);
    assert_eq!(ranked.len(), 2, "{output:?}");
    let names: Vec<&str> =
        ranked.iter().map(|r| r["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["a.png", "dark.png"], "the brighter blue excites channel 2 more");
    let why = ranked[0]["why"].as_str().unwrap();
    assert!(why.starts_with("shows ") && why.contains("(channel 2)"), "{why}");
    assert_eq!((ranked[0]["rank"].as_u64(), ranked[0]["source"].as_str()), (Some(1), Some("one")));
    assert!(output.err.contains("2 items not ranked: no face of it was examined"), "{output:?}");
    for strategy in QueueStrategy::ALL {
        let output = place.run(&["case", "rank", file, "--strategy", strategy.as_str()]);
        assert_eq!(output.code, 0, "{strategy}: {output:?}");
    }
    let output = place.run(&["case", "rank", file, "--strategy", "chaos"]);
    assert!(output.code == 1 && output.err.contains("blur-consistency"), "{output:?}");
    let output = place.run(&["case", "verify", file]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn a_description_that_is_not_stored_is_no_success() {
    let place = CliFolder::new(4.0);
    std::fs::copy(portrait(), place.path("a.png")).unwrap();
    assert_eq!(place.run(&["case", "new", "c.pentimento", "a.png"]).code, 0);
    let examine = |more: &[&str]| {
        place.run(&[&["case", "examine", "c.pentimento", "--engine", "rten"], more].concat())
    };
    let output = examine(&["--no-metadata"]);
    assert_eq!(output.code, 0, "{output:?}");
    let mut bytes = std::fs::read(place.path("a.png")).unwrap();
    bytes.push(0);
    std::fs::write(place.path("a.png"), bytes).unwrap();
    let output = examine(&[]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.err.contains("the file changed since it was examined: 1 item"), "{output:?}");
}

#[test]
fn what_the_queue_keeps_is_not_in_the_user_s_json() {
    let place = filled();
    let output = place.inspect(&["--json", "media/one/a.png"]);
    let report = &lines(&output.out)[0];
    assert!(report["score"].is_number(), "{output:?}");
    assert!(!output.out.contains("embedding") && !output.out.contains("signals"), "{output:?}");
}

#[test]
fn masks_go_out_and_come_in_and_readers_are_compared() {
    let place = filled();
    let file = "c.pentimento";
    let output = place.run(&["case", "agreement", file]);
    assert!(output.code == 1 && output.err.contains("nobody has drawn a mask"), "{output:?}");
    let output = place.run(&["case", "export", file, "set"]);
    assert!(output.code == 1 && output.err.contains("nothing to export"), "{output:?}");
    let mut case = Case::open(place.path(file), "ann").unwrap();
    let id = case.find(&place.path("media/one/a.png")).unwrap().unwrap();
    for (author, to) in [("ann", 30), ("bob", 40)] {
        let mut mask = Mask::new(512, 512);
        for y in 10..to {
            mask.set_span(y, 20..60);
        }
        let label = MaskLabel { kind: Some(ForgeryKind::Swap), ..MaskLabel::default() };
        let stored = StoredMask {
            item: id,
            frame: None,
            author: author.to_owned(),
            mask,
            label,
            started_from_map_at: None,
            model: None,
            tools: BTreeMap::new(),
            seen_readers: (author == "bob").then(|| BTreeSet::from(["ann".to_owned()])),
            at: now(),
            reviewer: None,
        };
        case.save_mask(&stored).unwrap();
    }
    case.set_state(id, ItemState::Done).unwrap();
    let theirs = case.masks(id).unwrap();
    drop(case);
    let output = place.run(&["case", "agreement", file, "--json"]);
    let figures = &lines(&output.out)[0];
    assert_eq!(figures["readers"], serde_json::json!(["ann", "bob"]));
    assert!((figures["mean_iou"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9, "{output:?}");
    let output = place.run(&["case", "agreement", file]);
    assert!(output.out.contains("mean IoU 0.667 over 1"), "{output:?}");
    assert!(output.out.contains("of the 1, bob saw ann's mask first on 1."), "{output:?}");
    assert_eq!(figures["seen"], serde_json::json!([0, 1]));

    let output = place.run(&["case", "export", file, "set", "--to", "coco-rle", "--by", "ann"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.out.starts_with("1 mask written to "), "{output:?}");
    assert!(output.err.contains("1 masks were left out: other people drew them"), "{output:?}");
    let output = place.run(&["case", "export", file, "set"]);
    assert!(output.code == 1 && !output.err.is_empty(), "something is there: {output:?}");
    let output = place.run(&["case", "new", "d"]);
    assert_eq!(output.code, 0, "{output:?}");
    let output = place.run(&["case", "import", "d.pentimento", "set"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.out.contains("COCO (run lengths)") && output.out.contains("1 item new"),
        "{output:?}"
    );
    let back = Case::open(place.path("d.pentimento"), "ann").unwrap();
    let id = back.find(&place.path("media/one/a.png")).unwrap().unwrap();
    assert_eq!(back.masks(id).unwrap()[0].mask, theirs[0].mask);
}
