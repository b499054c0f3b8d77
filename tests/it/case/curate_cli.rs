//! The queue of a case on the command line: examined, ranked, exported, imported, compared.

use std::collections::BTreeMap;

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
    let said = place.run(&["case", "new", "c", "media", "--author", "ann"]);
    assert_eq!(said.code, 0, "{said:?}");
    place
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_case_is_examined_in_parts_and_ranked_with_reasons() {
    let place = filled();
    let file = "c.pentimento";
    let said = place.run(&["case", "rank", file]);
    assert_eq!(said.code, 1, "nothing is examined yet: {said:?}");
    assert!(said.err.contains("pentimento case examine"), "{said:?}");
    let said = place.run(&["case", "examine", file, "--engine", "rten", "--limit", "1"]);
    assert_eq!((said.code, said.out.trim()), (0, "1 item examined"), "{said:?}");
    assert!(said.err.contains("stored what the file says of 1 item"), "{said:?}");
    let told = place.run(&["case", "metadata", file, "--item", "1"]);
    assert!(told.out.contains("Credential: no credential"), "{told:?}");
    let said = place.run(&["case", "examine", file, "--engine", "rten"]);
    assert_eq!(said.code, 2, "one is no picture: {said:?}");
    assert_eq!(
        said.out.trim(),
        "2 items examined, 1 could not be examined: the case gives the reasons"
    );
    let said = place.run(&["case", "examine", file, "--engine", "rten"]);
    assert_eq!((said.code, said.out.trim()), (0, "0 items examined"), "nothing waits: {said:?}");
    let said = place.run(&["case", "examine", file, "--engine", "rten", "--again"]);
    assert_eq!(said.out.trim(), "0 items examined", "all are of this model: {said:?}");
    no_face(&place.path("media/two/broken.png"), 200, 161);
    let said = place.run(&["case", "examine", file, "--engine", "rten", "--failed"]);
    assert_eq!((said.code, said.out.trim()), (0, "1 item examined"), "it was mended: {said:?}");
    std::fs::rename(place.path("models/lae"), place.path("models/lae-old")).unwrap();
    crate::support::stand_in_detector(&place.path("models"), "lae", 2.0);
    let said = place.run(&["case", "examine", file, "--engine", "rten", "--again", "--limit", "3"]);
    assert_eq!((said.code, said.out.trim()), (0, "3 items examined"), "a new model: {said:?}");
    std::fs::remove_dir_all(place.path("models/lae")).unwrap();
    std::fs::rename(place.path("models/lae-old"), place.path("models/lae")).unwrap();
    let said = place.run(&["case", "examine", file, "--engine", "rten", "--again"]);
    assert_eq!((said.code, said.out.trim()), (0, "3 items examined"), "and back: {said:?}");

    let said = place.run(&["case", "rank", file, "--json", "--keep-repeats"]);
    let ranked = lines(&said.out);
    assert_eq!(ranked.len(), 2, "{said:?}");
    let names: Vec<&str> =
        ranked.iter().map(|r| r["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["a.png", "dark.png"], "the brighter blue excites channel 2 more");
    let why = ranked[0]["why"].as_str().unwrap();
    assert!(why.starts_with("shows ") && why.contains("(channel 2)"), "{why}");
    assert_eq!((ranked[0]["rank"].as_u64(), ranked[0]["source"].as_str()), (Some(1), Some("one")));
    assert!(said.err.contains("2 items not ranked: no face of it was examined"), "{said:?}");
    for strategy in QueueStrategy::ALL {
        let said = place.run(&["case", "rank", file, "--strategy", strategy.as_str()]);
        assert_eq!(said.code, 0, "{strategy}: {said:?}");
    }
    let said = place.run(&["case", "rank", file, "--strategy", "chaos"]);
    assert!(said.code == 1 && said.err.contains("blur-consistency"), "{said:?}");
    let said = place.run(&["case", "verify", file]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn what_the_queue_keeps_is_not_in_the_user_s_json() {
    let place = filled();
    let said = place.inspect(&["--json", "media/one/a.png"]);
    let report = &lines(&said.out)[0];
    assert!(report["score"].is_number(), "{said:?}");
    assert!(!said.out.contains("embedding") && !said.out.contains("signals"), "{said:?}");
}

#[test]
fn masks_go_out_and_come_in_and_readers_are_compared() {
    let place = filled();
    let file = "c.pentimento";
    let said = place.run(&["case", "agreement", file]);
    assert!(said.code == 1 && said.err.contains("nobody has drawn a mask"), "{said:?}");
    let said = place.run(&["case", "export", file, "set"]);
    assert!(said.code == 1 && said.err.contains("nothing to export"), "{said:?}");
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
            at: now(),
            reviewer: None,
        };
        case.save_mask(&stored).unwrap();
    }
    case.set_state(id, ItemState::Done).unwrap();
    let theirs = case.masks(id).unwrap();
    drop(case);
    let said = place.run(&["case", "agreement", file, "--json"]);
    let figures = &lines(&said.out)[0];
    assert_eq!(figures["readers"], serde_json::json!(["ann", "bob"]));
    assert!((figures["mean_iou"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9, "{said:?}");
    let said = place.run(&["case", "agreement", file]);
    assert!(said.out.contains("mean IoU 0.667 over 1"), "{said:?}");

    let said = place.run(&["case", "export", file, "set", "--to", "coco-rle", "--by", "ann"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("1 mask written to "), "{said:?}");
    assert!(said.err.contains("1 masks were left out: other people drew them"), "{said:?}");
    let said = place.run(&["case", "export", file, "set"]);
    assert!(said.code == 1 && !said.err.is_empty(), "something is there: {said:?}");
    let said = place.run(&["case", "new", "d"]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = place.run(&["case", "import", "d.pentimento", "set"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("COCO (run lengths)") && said.out.contains("1 item new"), "{said:?}");
    let back = Case::open(place.path("d.pentimento"), "ann").unwrap();
    let id = back.find(&place.path("media/one/a.png")).unwrap().unwrap();
    assert_eq!(back.masks(id).unwrap()[0].mask, theirs[0].mask);
}
