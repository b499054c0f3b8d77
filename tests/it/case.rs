//! The case file as its users see it: what was kept comes back, also elsewhere and after a crash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pentimento::annotate::{Confidence, ForgeryKind, Mask, MaskLabel};
use pentimento::base::{Affine, Cancel, Heatmap, ModelRef, TaskCtx, Verdict};
use pentimento::case::{
    Access, Added, Case, Error, Examined, Finding, FrameRef, ItemId, ItemState, MaskKey, NewItem,
    RunFacts, StoredMask, now,
};
use serde_json::json;

/// Items of these names, below a folder.
pub(crate) fn items(folder: &Path, names: &[&str]) -> Vec<NewItem> {
    let item = |name: &&str| NewItem {
        path: folder.join(name),
        source: Some("camera".to_owned()),
        person: None,
    };
    names.iter().map(item).collect()
}

/// Adds items of these names, below a folder.
pub(crate) fn add(case: &mut Case, folder: &Path, names: &[&str]) -> Added {
    case.add(&mut items(folder, names).into_iter(), &TaskCtx::silent()).unwrap()
}

/// A rectangle of 40 x 30 pixels in a small picture, `n` columns from the left.
pub(crate) fn mask(item: ItemId, author: &str, n: u32) -> StoredMask {
    let mut pixels = Mask::new(100, 80);
    (20..50).for_each(|y| pixels.set_span(y, n..n + 40));
    StoredMask {
        item,
        frame: None,
        author: author.to_owned(),
        mask: pixels,
        label: MaskLabel {
            kind: Some(ForgeryKind::Inpainting),
            confidence: Some(Confidence::Medium),
            note: "the mouth, “perhaps”".to_owned(),
        },
        started_from_map_at: Some(0.35),
        model: Some(ModelRef { name: "lae".to_owned(), sha256: "ab".repeat(32) }),
        tools: BTreeMap::from([("brush".to_owned(), 3), ("eraser".to_owned(), 1)]),
        at: now(),
        reviewer: None,
    }
}

/// A finding with one map, of a file with this hash.
pub(crate) fn finding(media_sha256: &str, score: f32) -> Finding {
    let image_from_map = Affine { m: [4.0, 0.0, 10.0, 0.0, 4.0, 20.0] };
    let values = (0..64).map(|i| i as f32 / 63.0).collect();
    Finding {
        facts: RunFacts {
            media_sha256: media_sha256.to_owned(),
            model: ModelRef { name: "lae".to_owned(), sha256: "ab".repeat(32) },
            engine: "rten 0.27".to_owned(),
            provider: "cpu".to_owned(),
            program: "pentimento 0.1.0".to_owned(),
            parameters: json!({"min_face_px": 48, "regions": []}),
            at: now(),
        },
        verdict: Verdict::TracesFound,
        score: Some(score),
        report: json!({"faces": [{"score": score, "region": "mouth and chin"}]}),
        maps: vec![Some(Heatmap { width: 8, height: 8, values, image_from_map }), None],
    }
}

#[test]
fn what_was_kept_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let (old, new) = (finding(&"01".repeat(32), 0.25), finding(&"01".repeat(32), 0.75));
    let mut drawn = mask(ItemId(2), "Ada", 10);
    let frame = FrameRef { index: 7, pts: 7007, time_base: [1, 24000], t_s: 0.25 };
    let of_frame = StoredMask { frame: Some(frame), ..mask(ItemId(2), "Ada", 3) };
    let key = MaskKey { item: ItemId(2), frame: None, author: "Ada".to_owned() };
    {
        let mut case = Case::create(&path, "Ada").unwrap();
        assert_eq!(*case.access(), Access::Write);
        let added = add(&mut case, folder.path(), &["x.png", "y.png", "z.png", "x.png"]);
        assert_eq!(added, Added { new: 3, known: 1, left_out: 0 });
        for finding in [&old, &new] {
            let signals = json!({"margin": finding.score});
            case.record(ItemId(1), finding, &signals, &[0.5, -2.0]).unwrap();
        }
        case.record_failure(ItemId(3), None, "no face").unwrap();
        case.save_mask(&drawn).unwrap();
        drawn.mask.set_span(0, 0..100);
        case.save_mask(&drawn).unwrap();
        case.save_mask(&of_frame).unwrap();
        case.set_review(&key, Some("Bob")).unwrap();
        case.set_state(ItemId(2), ItemState::InWork).unwrap();
        case.add_seconds(ItemId(2), 1.5).unwrap();
        case.add_seconds(ItemId(2), 2.25).unwrap();
        let ranks = [(ItemId(3), 1, "odd".to_owned()), (ItemId(1), 2, "plain".to_owned())];
        case.set_ranks("margin", &ranks).unwrap();
        case.set_note("title", "The clip of Tuesday").unwrap();
    }
    let case = Case::open(&path, "Bob").unwrap();
    assert_eq!((case.n_items().unwrap(), case.id().len()), (3, 32));
    let rows = case.rows().unwrap();
    let [one, two, three] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(case.row(ItemId(2)).unwrap(), *two);
    assert_eq!(one.examined, Examined::Done);
    assert_eq!((one.verdict, one.score), (Some(Verdict::TracesFound), Some(0.75)));
    assert_eq!(one.sha256.as_deref(), Some("01".repeat(32).as_str()));
    assert_eq!(
        (one.rank, one.strategy.as_deref(), one.why.as_deref()),
        (Some(2), Some("margin"), Some("plain"))
    );
    assert_eq!((two.state, two.n_masks, two.seconds), (ItemState::InWork, 2, 3.75));
    assert_eq!((two.examined.clone(), two.rank), (Examined::Waiting, None));
    assert_eq!((two.source.as_deref(), two.person.as_deref()), (Some("camera"), None));
    assert_eq!(
        (three.examined.clone(), three.rank),
        (Examined::Failed("no face".to_owned()), Some(1))
    );
    assert_eq!(case.find(&folder.path().join("y.png")).unwrap(), Some(ItemId(2)));
    assert_eq!(case.find(&folder.path().join("none.png")).unwrap(), None);
    let waiting: Vec<ItemId> = case.waiting(9).unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(waiting, [ItemId(2)]);
    drawn.reviewer = Some("Bob".to_owned());
    assert_eq!(case.masks(ItemId(2)).unwrap(), [drawn.clone(), of_frame]);
    assert_eq!(case.mask(&key).unwrap(), Some(drawn));
    assert_eq!(case.mask_keys().unwrap().len(), 2);
    let found = case.findings(ItemId(1)).unwrap();
    assert_eq!(found.iter().map(|f| f.score).collect::<Vec<_>>(), [Some(0.25), Some(0.75)]);
    assert_eq!((&found[1].facts, &found[1].report), (&new.facts, &new.report));
    let [Some(map), None] = found[1].maps.as_slice() else { panic!("{found:?}") };
    let sent = new.maps[0].as_ref().unwrap();
    assert_eq!(map.image_from_map, sent.image_from_map);
    assert!(map.values.iter().zip(&sent.values).all(|(a, b)| (a - b).abs() < 1e-5), "values");
    assert_eq!(case.newest_finding(ItemId(1)).unwrap().as_ref(), found.last());
    assert_eq!(case.signals().unwrap(), [(ItemId(1), json!({"margin": 0.75}), vec![0.5, -2.0])]);
    assert_eq!(case.note("title").unwrap().as_deref(), Some("The clip of Tuesday"));
    let log = case.log(None, 100).unwrap();
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    let wanted = [
        "created", "added", "found", "found", "failed", "drawn", "drawn", "drawn", "reviewed",
        "state", "worked", "worked", "ranked", "noted",
    ];
    assert_eq!(actions, wanted, "every change has one entry");
    assert_eq!(log.last().unwrap().hash, case.head().unwrap());
    assert_eq!(case.log(Some(12), 1).unwrap(), log[12..13]);
}
