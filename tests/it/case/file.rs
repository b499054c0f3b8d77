//! The case file as its users see it: what was kept comes back, also elsewhere and after a crash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pentimento::annotate::{Confidence, ForgeryKind, Mask, MaskLabel};
use pentimento::base::{Affine, Cancel, Heatmap, ModelRef, TaskCtx, Verdict};
use pentimento::case::{
    Access, AddedCounts, Case, Error, Examined, FrameRef, ItemId, ItemState, MaskKey, NewItem,
    RunFacts, StoredFinding, StoredMask, Verification, now,
};
use pentimento::files::sha256_hex;
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
pub(crate) fn add(case: &mut Case, folder: &Path, names: &[&str]) -> AddedCounts {
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
        seen_readers: None,
        at: now(),
        reviewer: None,
    }
}

/// A finding with one map, of a file with this hash.
pub(crate) fn finding(media_sha256: &str, score: f32) -> StoredFinding {
    let image_from_map = Affine { m: [4.0, 0.0, 10.0, 0.0, 4.0, 20.0] };
    let values = (0..64).map(|i| i as f32 / 63.0).collect();
    StoredFinding {
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
        assert_eq!(added, AddedCounts { new: 3, known: 1, left_out: 0 });
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

/// Checks a case from outside, as another program would.
pub(crate) fn verified(path: &Path) -> Verification {
    Case::open_read_only(path).unwrap().verify(false, &TaskCtx::silent()).unwrap()
}

/// A case with items of every kind, closed again.
pub(crate) fn rich_case(folder: &Path) -> PathBuf {
    let path = folder.join("rich.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    add(&mut case, folder, &["a.png", "b.png"]);
    add(&mut case, folder, &["c.png"]);
    case.record(ItemId(1), &finding(&"01".repeat(32), 0.5), &json!({}), &[1.0]).unwrap();
    case.record_failure(ItemId(2), None, "no face").unwrap();
    case.save_mask(&mask(ItemId(1), "Ada", 5)).unwrap();
    case.save_mask(&mask(ItemId(3), "Bob", 9)).unwrap();
    case.set_state(ItemId(1), ItemState::Done).unwrap();
    case.add_seconds(ItemId(1), 12.3).unwrap();
    case.set_ranks("score", &[(ItemId(2), 1, "first".to_owned())]).unwrap();
    case.set_note("title", "rich").unwrap();
    path
}

#[test]
fn a_case_that_was_only_worked_on_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let out = verified(&path);
    assert!(out.is_sound(), "{:?}", out.faults);
    assert_eq!((out.n_entries, out.n_items, out.n_findings, out.n_masks), (11, 3, 1, 2));
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["rich.pentimento"], "one file, and nothing beside it");
}

#[test]
fn equal_findings_are_kept_once_and_become_the_newest_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    add(&mut case, folder.path(), &["x.png"]);
    let (id, hash) = (ItemId(1), "01".repeat(32));
    let old = finding(&hash, 0.25);
    case.record(id, &old, &json!({"a": 1}), &[]).unwrap();
    case.record(id, &finding(&hash, 0.75), &json!({"a": 1}), &[]).unwrap();
    let mut later = old.clone();
    later.facts.at = "2030-01-01T00:00:00.000Z".to_owned();
    case.record(id, &later, &json!({"a": 1}), &[]).unwrap();
    assert_eq!(case.findings(id).unwrap().len(), 2);
    assert_eq!(case.row(id).unwrap().score, Some(0.25));
    assert_eq!(case.newest_finding(id).unwrap().unwrap().facts.at, old.facts.at);
    case.record(id, &old, &json!({"a": 2}), &[]).unwrap();
    assert_eq!(case.findings(id).unwrap().len(), 3, "other signals are another finding");
    assert!(verified(case.path()).is_sound());
}

#[test]
fn a_changed_file_is_reported_and_what_was_said_of_the_first_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    add(&mut case, folder.path(), &["x.png", "y.png", "gone.png", "new.png"]);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for name in ["x.png", "y.png", "new.png"] {
        write(name, name);
    }
    for (id, name) in [(1, "x.png"), (2, "y.png"), (3, "gone.png")] {
        case.identify(ItemId(id), &sha256_hex(name.as_bytes())).unwrap();
    }
    let before = case.verify(true, &TaskCtx::silent()).unwrap().media.unwrap();
    assert_eq!((before.n_same, before.n_without_hash), (2, 1));
    assert_eq!(before.missing, [case.row(ItemId(3)).unwrap().path.to_path_buf()]);
    write("x.png", "forged");
    let error = case.record(ItemId(1), &finding(&sha256_hex(b"forged"), 0.5), &json!({}), &[]);
    let Err(error @ Error::MediaChanged { .. }) = error else { panic!("{error:?}") };
    assert!(error.to_string().contains(&sha256_hex(b"x.png")), "{error}");
    assert_eq!(case.row(ItemId(1)).unwrap().examined, Examined::Waiting, "nothing was kept");
    let out = case.verify(true, &TaskCtx::silent()).unwrap();
    assert!(!out.is_sound() && out.faults.is_empty(), "the case is sound, its media are not");
    assert_eq!(out.media.unwrap().changed, [case.row(ItemId(1)).unwrap().path.to_path_buf()]);
}

#[test]
fn a_folder_can_be_moved_as_a_whole_or_the_case_alone() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let (old, elsewhere) = (root.join("old"), root.join("elsewhere.png"));
    std::fs::create_dir_all(old.join("sub")).unwrap();
    std::fs::write(old.join("sub/x.png"), "x").unwrap();
    let path = old.join("a.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    let given = [old.join("sub/x.png"), elsewhere.clone(), old.join("sub/../sub/x.png")];
    let given = given.map(|path| NewItem { path, source: None, person: None });
    let added = case.add(&mut given.into_iter(), &TaskCtx::silent()).unwrap();
    assert_eq!((added.new, added.known), (2, 1));
    drop(case);
    let paths = |case: &Case| -> Vec<PathBuf> {
        case.rows().unwrap().iter().map(|row| row.path.to_path_buf()).collect()
    };
    let new = root.join("new");
    std::fs::rename(&old, &new).unwrap();
    let case = Case::open(new.join("a.pentimento"), "Ada").unwrap();
    assert_eq!(paths(&case), [new.join("sub/x.png"), elsewhere.clone()]);
    assert_eq!(case.find(&new.join("sub/x.png")).unwrap(), Some(ItemId(1)));
    assert_eq!(case.log(None, 9).unwrap().last().unwrap().action, "moved");
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    drop(case);
    let alone = root.join("alone.pentimento");
    std::fs::rename(new.join("a.pentimento"), &alone).unwrap();
    let case = Case::open(&alone, "Ada").unwrap();
    assert_eq!(paths(&case), [new.join("sub/x.png"), elsewhere], "the media stayed");
    let nowhere = root.join("nowhere/a.pentimento");
    assert!(matches!(Case::create(nowhere, "Ada"), Err(Error::NotMade { .. })));
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn unknown_items_and_nonsense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    add(&mut case, folder.path(), &["x.png"]);
    let head = case.head().unwrap();
    let (none, hash) = (ItemId(7), "01".repeat(32));
    assert!(matches!(case.row(none), Err(Error::NoItem(7))));
    assert!(matches!(case.set_state(none, ItemState::Done), Err(Error::NoItem(7))));
    assert!(matches!(case.save_mask(&mask(none, "Ada", 1)), Err(Error::NoItem(7))));
    let kept = case.record(none, &finding(&hash, 0.5), &json!({}), &[]);
    assert!(matches!(kept, Err(Error::NoItem(7))));
    assert!(matches!(case.add_seconds(ItemId(1), f64::NAN), Err(Error::Unfit { .. })));
    let twice = [(ItemId(1), 1, String::new()), (ItemId(1), 2, String::new())];
    assert!(case.set_ranks("score", &twice).is_err());
    assert!(case.set_note("id", "mine").is_err());
    let key = MaskKey { item: ItemId(1), frame: None, author: "Eve".to_owned() };
    assert!(matches!(case.set_review(&key, Some("Bob")), Err(Error::NoMask { .. })));
    assert!(matches!(Case::create(&path, "Ada"), Err(Error::Exists)));
    let odd = NewItem { path: "/".into(), source: None, person: None };
    let added = case.add(&mut std::iter::once(odd), &TaskCtx::silent()).unwrap();
    assert_eq!(added.left_out, 1);
    assert_eq!(case.head().unwrap(), head, "nothing was written");
    case.set_state(ItemId(1), ItemState::ToDo).unwrap();
    assert_eq!(case.head().unwrap(), head, "what is so already needs no entry");
}

#[test]
fn changes_made_together_are_all_made_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    add(&mut case, folder.path(), &["x.png", "y.png"]);
    let head = case.head().unwrap();
    let work = |case: &mut Case, id: i64| {
        case.set_state(ItemId(1), ItemState::Done)?;
        case.batch(|case| case.save_mask(&mask(ItemId(2), "Ada", 1)))?;
        // A change that fails may be passed over; the others are made all the same.
        assert!(case.add_seconds(ItemId(9), 1.0).is_err());
        case.set_state(ItemId(id), ItemState::Skipped)
    };
    let failed = case.batch(|case| work(case, 7));
    assert!(matches!(failed, Err(Error::NoItem(7))), "{failed:?}");
    assert_eq!((case.head().unwrap(), case.mask_keys().unwrap().len()), (head, 0));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        case.batch(|case| -> Result<(), Error> {
            case.set_state(ItemId(1), ItemState::Skipped)?;
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(case.row(ItemId(1)).unwrap().state, ItemState::ToDo, "taken back");
    case.batch(|case| work(case, 2)).unwrap();
    assert_eq!(case.row(ItemId(2)).unwrap().state, ItemState::Skipped);
    assert_eq!((case.n_entries().unwrap(), case.mask_keys().unwrap().len()), (5, 1));
    case.set_state(ItemId(2), ItemState::Done).unwrap();
    assert!(verified(case.path()).is_sound());
    let begun = Instant::now();
    for n in 0..50 {
        case.save_mask(&mask(ItemId(1), "Ada", n % 50)).unwrap();
    }
    let alone = begun.elapsed().as_secs_f64() / 50.0;
    let begun = Instant::now();
    let saved: Result<(), Error> = case
        .batch(|case| (0..1000).try_for_each(|n| case.save_mask(&mask(ItemId(1), "Ada", n % 50))));
    saved.unwrap();
    let each = begun.elapsed().as_secs_f64() / 1000.0;
    println!(
        "a mask is saved in {:.1} ms, of many together each in {:.3} ms",
        alone * 1e3,
        each * 1e3
    );
}

#[test]
fn adding_stops_when_asked_and_keeps_whole_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    let cancel = Cancel::default();
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &|_| {} };
    let mut items = (0..20_000).map(|i| {
        if i == 12_000 {
            cancel.cancel();
        }
        NewItem { path: folder.path().join(format!("{i}.png")), source: None, person: None }
    });
    assert!(matches!(case.add(&mut items, &ctx), Err(Error::Cancelled(_))));
    assert_eq!(case.n_items().unwrap(), 10_000);
    assert!(verified(case.path()).is_sound());
}

/// The times are printed; the limits are far above them, for machines that are busy.
#[test]
fn a_hundred_thousand_items_take_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    let n = 100_000;
    let all = || {
        (0..n).map(|i| NewItem {
            path: folder.path().join(format!("camera {}/IMG_{i:08}.jpg", i / 1000)),
            source: Some(format!("camera {}", i / 1000)),
            person: None,
        })
    };
    let timed = |what: &str, begun: Instant| {
        let took = begun.elapsed().as_secs_f64();
        println!("{n} items: {what} {took:.2} s");
        assert!(took < 60.0, "{what} took {took:.1} s");
    };
    let begun = Instant::now();
    assert_eq!(case.add(&mut all(), &TaskCtx::silent()).unwrap().new, n);
    timed("added in", begun);
    let begun = Instant::now();
    assert_eq!(case.add(&mut all(), &TaskCtx::silent()).unwrap().known, n);
    timed("recognized in", begun);
    let ranks: Vec<_> = (1..=n)
        .map(|i| (ItemId(i as i64), i as u32, format!("item {i} excites channel 37")))
        .collect();
    let begun = Instant::now();
    case.set_ranks("concept", &ranks).unwrap();
    timed("ranked in", begun);
    drop(case);
    let begun = Instant::now();
    let case = Case::open(&path, "Ada").unwrap();
    timed("opened in", begun);
    let begun = Instant::now();
    let rows = case.rows().unwrap();
    timed("listed in", begun);
    assert_eq!((rows.len(), rows[99_999].rank), (100_000, Some(100_000)));
    let begun = Instant::now();
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    timed("verified in", begun);
    println!("{n} items: {} MB", std::fs::metadata(&path).unwrap().len() / 1_000_000);
}
