//! A case of every format that was ever released, kept for ever: each opens, says what it said, and
//! can be worked on.

use std::path::{Path, PathBuf};

use pentimento::annotate::ForgeryKind;
use pentimento::base::{TaskCtx, Verdict};
use pentimento::case::{
    Access, Case, DescriptionFacts, Examined, FrameRef, ItemId, ItemState, MaskKey, NewItem,
    StoredDescription, StoredMask,
};
use pentimento::curate::{Criterion, search};
use serde_json::json;

use crate::case::descriptions::description;
use crate::case::file::{add, finding, mask};
use crate::support::root;

/// Hashes of the newest entry of the golden cases of formats 1 and 2.
const HEAD_V1: &str = "fcdffd1d0fc31e5b6be197b85143854b309c69546cdd59276e3a548660228e22";
const HEAD_V2: &str = "d386d614f5128862dd72034877b92874aad59e7d554e878ae3ed1f73717b0f95";

fn golden(format: u32) -> PathBuf {
    root().join(format!("tests/golden/case-v{format}.pentimento"))
}

/// Descriptions in the golden case of format 2: two of the first item, by two versions of the
/// program, and one of the third.
fn descriptions() -> [(ItemId, StoredDescription); 3] {
    let stored = |sha256: String, maker: &str, program: &str| {
        let plain = description(&sha256, maker);
        let at = "2026-11-30T19:00:00Z".to_owned();
        let facts = DescriptionFacts { media_sha256: sha256, program: program.to_owned(), at };
        StoredDescription { facts, ..plain }
    };
    [
        (ItemId(1), stored("01".repeat(32), "Canon", "pentimento 0.1.0")),
        (ItemId(1), stored("01".repeat(32), "Canon Inc.", "pentimento 0.2.0")),
        (ItemId(3), stored("02".repeat(32), "Łódź \"=1+1\"\u{202e}", "pentimento 0.2.0")),
    ]
}

fn frame() -> FrameRef {
    FrameRef { index: 12, pts: 12_012, time_base: [1, 24_000], t_s: 0.5005 }
}

/// Writes the golden case. To be run once for every format, when it is released, and never again:
/// `cargo test --test it case_golden -- --ignored`.
#[test]
#[ignore = "the golden case is there, and is not to be changed"]
fn write_the_golden_case() {
    let golden = golden(2);
    assert!(!golden.exists(), "it is kept for ever");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    add(&mut case, &folder.path().join("media"), &["a.png", "clip.mp4"]);
    let other =
        NewItem { path: "/elsewhere/b.jpg".into(), source: None, person: Some("Grace".to_owned()) };
    case.add(&mut std::iter::once(other), &TaskCtx::silent()).unwrap();
    let (signals, embedding) = (json!({"score": 0.5, "words": ["mouth"]}), [0.25, -1.5]);
    case.record(ItemId(1), &finding(&"01".repeat(32), 0.5), &signals, &embedding).unwrap();
    case.record_failure(ItemId(3), Some(&"02".repeat(32)), "no face was found").unwrap();
    case.save_mask(&mask(ItemId(1), "Ada", 5)).unwrap();
    case.save_mask(&StoredMask { frame: Some(frame()), ..mask(ItemId(2), "Ada", 7) }).unwrap();
    let key = MaskKey { item: ItemId(1), frame: None, author: "Ada".to_owned() };
    case.set_review(&key, Some("Bob")).unwrap();
    case.set_state(ItemId(1), ItemState::Done).unwrap();
    case.add_seconds(ItemId(1), 42.5).unwrap();
    let ranks =
        [(ItemId(2), 1, "near the threshold".to_owned()), (ItemId(1), 2, "plain".to_owned())];
    case.set_ranks("uncertainty", &ranks).unwrap();
    case.set_note("title", "Golden").unwrap();
    for (item, description) in descriptions() {
        assert!(case.record_description(item, &description).unwrap());
    }
    println!("head {}", case.head().unwrap());
    drop(case);
    std::fs::copy(path, golden).unwrap();
}

/// What both golden cases hold.
fn check(case: &Case) {
    let rows = case.rows().unwrap();
    let [one, two, three] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(one.path.ends_with("media/a.png") && two.path.ends_with("media/clip.mp4"), "paths");
    assert_eq!(&*three.path, Path::new("/elsewhere/b.jpg"), "path");
    assert_eq!((one.state, one.seconds, one.n_masks), (ItemState::Done, 42.5, 1), "state");
    assert_eq!((one.score, one.verdict), (Some(0.5), Some(Verdict::TracesFound)), "score");
    assert_eq!((two.rank, two.why.as_deref()), (Some(1), Some("near the threshold")), "rank");
    assert_eq!(two.strategy.as_deref(), Some("uncertainty"), "strategy");
    assert_eq!(three.examined, Examined::Failed("no face was found".to_owned()), "failure");
    assert_eq!(three.person.as_deref(), Some("Grace"), "person");
    assert_eq!(three.sha256.as_deref(), Some("02".repeat(32).as_str()), "hash");
    let masks = case.masks(ItemId(1)).unwrap();
    assert_eq!(masks[0].mask, mask(ItemId(1), "Ada", 5).mask, "mask");
    assert_eq!(masks[0].label.kind, Some(ForgeryKind::Inpainting), "kind");
    assert_eq!(masks[0].reviewer.as_deref(), Some("Bob"), "reviewer");
    assert_eq!(case.masks(ItemId(2)).unwrap()[0].frame, Some(frame()), "frame");
    let found = case.findings(ItemId(1)).unwrap();
    assert_eq!(found[0].report, finding("", 0.5).report, "report");
    assert_eq!(found[0].maps.len(), 2, "maps");
    let signals = json!({"score": 0.5, "words": ["mouth"]});
    assert_eq!(case.signals().unwrap(), [(ItemId(1), signals, vec![0.25, -1.5])], "signals");
    assert_eq!(case.note("title").unwrap().as_deref(), Some("Golden"), "note");
}

/// A copy of a golden case, which may be worked on.
fn copy(format: u32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.pentimento");
    std::fs::copy(golden(format), &path).unwrap();
    (folder, path)
}

#[test]
fn a_case_of_format_1_opens_for_ever() {
    let (_folder, path) = copy(1);
    let looked = Case::open_read_only(&path).unwrap();
    assert_eq!(looked.head().unwrap(), HEAD_V1);
    check(&looked);
    assert!(looked.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    drop(looked);
    // It has no descriptions, and none are missed.
    assert_eq!(Case::open_read_only(&path).unwrap().n_described().unwrap(), 0);
    let mut case = Case::open(&path, "Ada").unwrap();
    assert_eq!(*case.access(), Access::Write);
    check(&case);
    let newest = case.log(Some(case.n_entries().unwrap() - 1), 1).unwrap();
    assert_eq!((newest[0].action.as_str(), newest[0].author.as_str()), ("migrated", "Ada"));
    assert!(newest[0].detail.contains(r#""from":1"#) && newest[0].detail.contains(r#""to":2"#));
    assert!(case.record_description(ItemId(1), &description(&"01".repeat(32), "Canon")).unwrap());
    assert_eq!(case.n_described().unwrap(), 1);
    case.save_mask(&mask(ItemId(3), "Ada", 1)).unwrap();
    let out = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(out.is_sound(), "{:?}", out.faults);
    assert!(case.entry_of_head(HEAD_V1).unwrap().is_some(), "what was done before stays");
}

#[test]
fn a_case_of_format_2_opens_for_ever() {
    let check = |case: &Case| {
        check(case);
        assert_eq!(case.n_described().unwrap(), 2);
        let [first, second, third] = descriptions().map(|(_, description)| description);
        assert_eq!(case.descriptions(ItemId(1)).unwrap(), [first, second]);
        assert_eq!(case.descriptions(ItemId(2)).unwrap(), []);
        assert_eq!(case.newest_description(ItemId(3)).unwrap(), Some(third));
        let waiting = case.to_describe("pentimento 0.2.0", 9).unwrap();
        assert_eq!(waiting.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ItemId(2)]);
        let criterion =
            Criterion::Field { name: "Make".to_owned(), value: Some("łódź".to_owned()) };
        let found = search(case, &[criterion], &TaskCtx::silent()).unwrap();
        assert_eq!(found.items.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ItemId(3)]);
    };
    let (_folder, path) = copy(2);
    let looked = Case::open_read_only(&path).unwrap();
    assert_eq!(looked.head().unwrap(), HEAD_V2);
    check(&looked);
    let out = looked.verify(false, &TaskCtx::silent()).unwrap();
    assert!(out.is_sound() && out.n_descriptions == 3, "{:?}", out.faults);
    let n = looked.n_entries().unwrap();
    let described = looked.log(Some(n - 3), 3).unwrap();
    assert!(described.iter().all(|entry| entry.action == "described"), "{described:?}");
    drop(looked);
    let mut case = Case::open(&path, "Ada").unwrap();
    assert_eq!(*case.access(), Access::Write);
    check(&case);
    assert_eq!(
        (case.n_entries().unwrap(), case.head().unwrap()),
        (n, HEAD_V2.to_owned()),
        "as it was"
    );
    let (item, known) = descriptions()[1].clone();
    let later = DescriptionFacts { at: "2027-01-01T00:00:00Z".to_owned(), ..known.facts.clone() };
    let later = StoredDescription { facts: later, ..known };
    assert!(!case.record_description(item, &later).unwrap(), "it is known");
    assert!(case.record_description(item, &description(&"01".repeat(32), "Nikon")).unwrap());
    case.save_mask(&mask(ItemId(3), "Ada", 1)).unwrap();
    let out = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(out.is_sound(), "{:?}", out.faults);
    assert!(case.entry_of_head(HEAD_V2).unwrap().is_some(), "what was done before stays");
}
