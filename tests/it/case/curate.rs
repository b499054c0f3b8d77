//! The queue of a case, from a folder of pictures to a data set and back.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use pentimento::annotate::{Confidence, Decision, ForgeryKind, Mask, MaskLabel};
use pentimento::base::{
    Cancel, EngineInfo, MediaReport, ModelRef, Phase, Progress, RgbImage, TaskCtx, Verdict,
};
use pentimento::bundle::onnx::{Attr, Axis, GraphWriter};
use pentimento::bundle::{Bundle, Concept, Concepts, ModelStore};
use pentimento::case::{Access, Case, Examined, FrameRef, ItemId, ItemState, StoredMask, now};
use pentimento::curate::{
    self, BlurredCopy, CaseExportOptions, CaseImport, Error, Examination, ExamineFailure,
    Excitation, ItemReport, ItemSignals, QueueStrategy, Quotas, Signals,
};
use pentimento::dataset::{self, ExportOptions, Format};
use pentimento::files::sha256_hex;
use pentimento::infer::{EngineChoice, EngineOptions};
use pentimento::media;
use pentimento::pipeline::Stages;
use pentimento::session::{QueuePlan, examination};

use crate::support::clips;
use crate::support::{no_face, portrait, skip, stand_in_card, stand_in_store};

/// A folder with pictures `a.png` to `f.png`, three in each of two sub-folders, and a case.
pub(crate) struct CurateFolder {
    folder: tempfile::TempDir,
}

/// Another one for every number: waves, so that no two are near-duplicates.
fn picture(number: u32) -> RgbImage {
    let (w, h) = (64u32, 48u32);
    let phase = number as f32 * 1.7;
    let shade = move |x: u32, y: u32| {
        let (x, y) = (x as f32 / 64.0, y as f32 / 48.0);
        128.0 + 60.0 * ((5.0 + phase) * x + phase).sin() + 50.0 * (7.0 * y + phase * x).cos()
    };
    let pixels = (0..h).flat_map(|y| (0..w).flat_map(move |x| [shade(x, y) as u8; 3])).collect();
    RgbImage::new(w, h, pixels).unwrap()
}

impl CurateFolder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (i, name) in ["x/a", "x/b", "x/c", "y/d", "y/e", "y/f"].iter().enumerate() {
            let path = folder.path().join(format!("media/{name}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            media::write_png(&path, &picture(i as u32)).unwrap();
        }
        std::fs::write(folder.path().join("media/notes.txt"), "not a picture").unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn filled(&self) -> Case {
        let mut case = Case::create(self.path("desk.pentimento"), "ann").unwrap();
        let ctx = TaskCtx::silent();
        let filled = curate::add_folder(&mut case, &self.path("media"), &ctx).unwrap();
        assert_eq!((filled.added.new, filled.n_other), (6, 1), "six pictures and a note");
        case
    }

    /// Filled and examined.
    fn examined(&self) -> Case {
        let mut case = self.filled();
        let counts = curate::examine(&mut case, 100, &mut |p| Ok(seen(p)), &TaskCtx::silent());
        assert_eq!(counts.unwrap().n_examined, 6, "all of them");
        case
    }
}

/// The score of a picture is the place of its letter: a is 0, f is 1.
pub(crate) fn score(path: &Path) -> f32 {
    let letter = path.file_stem().unwrap().to_str().unwrap().as_bytes()[0];
    f32::from(letter - b'a') / 5.0
}

/// What a detector would say.
pub(crate) fn seen(path: &Path) -> Examination {
    let score = score(path);
    let bytes = std::fs::read(path).unwrap();
    let still = media::open_still(path, &pentimento::base::Limits::default(), &TaskCtx::silent());
    let report = MediaReport {
        sha256: sha256_hex(&bytes),
        width_px: 64,
        height_px: 48,
        verdict: Verdict::Inconclusive,
        reason: None,
        score: Some(score),
        faces: Vec::new(),
        model: ModelRef { name: "drawn".into(), sha256: "11".repeat(32) },
        engine: EngineInfo {
            engine: "test".into(),
            provider: "cpu".into(),
            unused_providers: Vec::new(),
            remote: None,
        },
        not_examined: Vec::new(),
        elapsed_ms: bytes.len() as u64,
        warnings: Vec::new(),
    };
    let signals = Signals {
        model: "11".repeat(32),
        score,
        middle: 0.5,
        margin: Some(score - 0.6),
        map_peak: score,
        map_area: 1.0 - score,
        blurred: Some(BlurredCopy { score: score * score, iou: 1.0 }),
        concepts: vec![Excitation { channel: 3, times: 2.0 - (score - 0.2).abs() }],
        hash: curate::difference_hash(&still.unwrap().frame.upright),
    };
    let look = Some(ItemSignals { signals, embedding: vec![score, score * score] });
    let parameters = serde_json::json!({ "min_face_px": 48.0 });
    Examination { report: ItemReport::Still(Box::new(report)), signals: look, parameters }
}

pub(crate) fn id_of(case: &Case, curated: &CurateFolder, name: &str) -> ItemId {
    case.find(&curated.path(&format!("media/{name}.png"))).unwrap().unwrap()
}

fn order(case: &Case) -> String {
    let mut rows = case.rows().unwrap();
    rows.retain(|row| row.rank.is_some());
    rows.sort_by_key(|row| row.rank);
    rows.iter().map(|row| row.path.file_stem().unwrap().to_str().unwrap()).collect()
}

#[test]
fn a_folder_fills_the_case_once_with_its_sub_folders_as_sources() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let ctx = TaskCtx::silent();
    let again = curate::add_folder(&mut case, &curated.path("media"), &ctx).unwrap();
    assert_eq!((again.added.new, again.added.known), (0, 6));
    let sources: Vec<_> =
        case.rows().unwrap().iter().map(|r| r.source.as_deref().unwrap().to_owned()).collect();
    assert_eq!(sources, ["x", "x", "x", "y", "y", "y"]);
    let gone = curate::add_folder(&mut case, &curated.path("nowhere"), &ctx);
    let message = gone.unwrap_err().to_string();
    assert!(
        message.starts_with("this folder cannot be read") && message.contains("nowhere"),
        "{message}"
    );
}

#[test]
fn examining_goes_on_where_it_stopped_and_keeps_why_a_file_failed() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let silent = TaskCtx::silent();
    let mut one = |path: &Path| match score(path) {
        s if s < 0.1 => Err(ExamineFailure::File("it is cut off".into())),
        _ => Ok(seen(path)),
    };
    let counts = curate::examine(&mut case, 2, &mut one, &silent).unwrap();
    assert_eq!((counts.n_examined, counts.n_failed), (1, 1));
    let row = case.row(id_of(&case, &curated, "x/a")).unwrap();
    assert_eq!(row.examined, Examined::Failed("it is cut off".into()));
    assert_eq!(case.waiting(9).unwrap().len(), 4);

    // A stop after two more: the two stay.
    let cancel = Cancel::default();
    let on_progress = |p: Progress| {
        if p.phase == Phase::Examining && p.done == 2 {
            cancel.cancel();
        }
    };
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &on_progress };
    let stopped = curate::examine(&mut case, 9, &mut one, &ctx);
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{stopped:?}");
    assert_eq!(case.waiting(9).unwrap().len(), 2);
    assert_eq!(curate::examine(&mut case, 9, &mut one, &silent).unwrap().n_examined, 2);

    // The same again makes no second finding, though it took another time.
    let id = id_of(&case, &curated, "y/d");
    let path = curated.path("media/y/d.png");
    let mut slower = seen(&path);
    if let ItemReport::Still(report) = &mut slower.report {
        report.elapsed_ms += 1;
    }
    assert_eq!(curate::record(&mut case, id, &slower).unwrap(), None);
    assert_eq!(case.findings(id).unwrap().len(), 1);
    // Another file under the name is said and not mixed up.
    media::write_png(&path, &picture(77)).unwrap();
    let stored = curate::record(&mut case, id, &seen(&path)).unwrap().unwrap();
    assert!(stored.contains("was changed"), "{stored}");
    assert_eq!(case.findings(id).unwrap().len(), 1);
}

#[test]
fn a_broken_detector_stops_before_it_spoils_the_case() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let mut broken = |_: &Path| Err(ExamineFailure::Detector("out of memory".into()));
    let error = curate::examine(&mut case, 9, &mut broken, &TaskCtx::silent()).unwrap_err();
    let words = error.to_string();
    assert!(words.contains("5 files one after the other") && words.contains("memory"), "{words}");
    assert_eq!(case.waiting(9).unwrap().len(), 2, "the last of the five is not to blame either");
}

#[test]
fn ranks_and_their_reasons_are_kept_and_finished_items_are_not_ranked() {
    let curated = CurateFolder::new();
    let mut case = curated.examined();
    let rank = |case: &mut Case, strategy, per_source| {
        let quotas = Quotas { per_source: NonZeroU32::new(per_source), ..Quotas::default() };
        curate::rank(case, strategy, quotas, 5, &TaskCtx::silent()).unwrap();
        order(case)
    };
    assert_eq!(rank(&mut case, QueueStrategy::Score, 0), "fedcba");
    assert_eq!(rank(&mut case, QueueStrategy::Concept, 0), "bacdef");
    assert_eq!(rank(&mut case, QueueStrategy::Uncertainty, 0)[..2].len(), 2);
    assert_eq!(rank(&mut case, QueueStrategy::Score, 1), "fcebda");
    let row = case.row(id_of(&case, &curated, "y/e")).unwrap();
    assert_eq!((row.rank, row.strategy.as_deref()), (Some(3), Some("score")));
    assert_eq!(row.why.as_deref(), Some("score 0.80; 1 of y come before it"));

    case.set_state(id_of(&case, &curated, "y/f"), ItemState::Done).unwrap();
    case.set_state(id_of(&case, &curated, "x/a"), ItemState::Skipped).unwrap();
    case.set_state(id_of(&case, &curated, "x/c"), ItemState::InWork).unwrap();
    assert_eq!(rank(&mut case, QueueStrategy::Score, 0), "edcb");
    assert_eq!(rank(&mut case, QueueStrategy::Score, 1), "cebd", "f is one of y already");

    // A copy of a picture, judged alike, comes last and names the other.
    std::fs::copy(curated.path("media/y/e.png"), curated.path("media/x/e2.png")).unwrap();
    curate::add_folder(&mut case, &curated.path("media"), &TaskCtx::silent()).unwrap();
    curate::examine(&mut case, 9, &mut |p| Ok(seen(p)), &TaskCtx::silent()).unwrap();
    assert_eq!(rank(&mut case, QueueStrategy::Score, 0), "edcbe2");
    let why = case.row(id_of(&case, &curated, "x/e2")).unwrap().why.unwrap();
    assert_eq!(why, "score 0.80; but nearly the same picture as e.png");
}

#[test]
fn what_cannot_be_ranked_is_reported_with_the_remedy_and_a_second_window_only_looks() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let error =
        curate::rank(&mut case, QueueStrategy::Score, Quotas::default(), 0, &TaskCtx::silent())
            .unwrap_err();
    let words = error.to_string();
    assert!(words.contains("none of the 6 items"), "{words}");
    assert!(words.contains("pentimento case examine"), "{words}");
    assert_eq!(
        curate::rank(&mut case, QueueStrategy::Random, Quotas::default(), 0, &TaskCtx::silent())
            .unwrap()
            .ranked
            .len(),
        6
    );

    let mut mute = |path: &Path| {
        let mut seen = seen(path);
        if let Some(look) = &mut seen.signals {
            look.signals.concepts.clear();
            look.embedding.clear();
        }
        Ok(seen)
    };
    curate::examine(&mut case, 9, &mut mute, &TaskCtx::silent()).unwrap();
    let concept = QueueStrategy::Concept;
    let words = curate::rank(&mut case, concept, Quotas::default(), 0, &TaskCtx::silent())
        .unwrap_err()
        .to_string();
    assert!(words.contains("does not tell what excites it"), "{words}");
    assert!(words.contains("another strategy"), "{words}");
    assert_eq!(order(&case).len(), 6, "the ranks of before stay");

    let mut second = Case::open(curated.path("desk.pentimento"), "bob").unwrap();
    assert!(matches!(second.access(), Access::ReadOnly { .. }), "{:?}", second.access());
    let before = order(&second);
    let ranking =
        curate::rank(&mut second, QueueStrategy::Score, Quotas::default(), 0, &TaskCtx::silent())
            .unwrap();
    assert_eq!((ranking.ranked.len(), order(&second)), (6, before), "shown, not kept");
}

pub(crate) fn block(from: u32, to: u32) -> Mask {
    let mut mask = Mask::new(64, 48);
    for y in from..to {
        mask.set_span(y, from..to);
    }
    mask
}

pub(crate) fn drawn(
    item: ItemId,
    author: &str,
    mask: Mask,
    kind: Option<ForgeryKind>,
) -> StoredMask {
    StoredMask {
        item,
        frame: None,
        author: author.to_owned(),
        mask,
        label: MaskLabel {
            kind, confidence: Some(Confidence::High), note: "näher \"hin\"".into()
        },
        started_from_map_at: Some(0.25),
        model: Some(ModelRef { name: "drawn".into(), sha256: "11".repeat(32) }),
        tools: BTreeMap::from([("brush".to_owned(), 3)]),
        seen_readers: None,
        at: now(),
        reviewer: None,
    }
}

#[test]
fn two_readers_are_compared_on_what_both_have_read() {
    let curated = CurateFolder::new();
    let mut case = curated.examined();
    let ctx = TaskCtx::silent();
    let nobody = curate::compare_readers(&case, None, &ctx).unwrap_err().to_string();
    assert_eq!(nobody, "nobody has drawn a mask in this case yet");
    let (a, b, c) = (
        id_of(&case, &curated, "x/a"),
        id_of(&case, &curated, "x/b"),
        id_of(&case, &curated, "x/c"),
    );
    case.save_mask(&drawn(a, "ann", block(0, 8), Some(ForgeryKind::Swap))).unwrap();
    case.save_mask(&drawn(b, "ann", block(0, 0), None)).unwrap();
    let alone = curate::compare_readers(&case, None, &ctx).unwrap_err().to_string();
    assert!(alone.contains("only ann"), "{alone}");
    case.save_mask(&drawn(a, "bob", block(4, 12), Some(ForgeryKind::Swap))).unwrap();
    case.save_mask(&drawn(b, "bob", block(0, 0), None)).unwrap();
    case.save_mask(&drawn(c, "bob", block(0, 4), None)).unwrap();
    let two = curate::compare_readers(&case, None, &ctx).unwrap();
    assert_eq!((two.first.as_str(), two.second.as_str(), two.n_read), ("ann", "bob", [2, 3]));
    let r = &two.agreement;
    assert_eq!((r.n(), r.n_alike(), r.kappa_of_decisions()), (2, 2, Some(1.0)));
    assert_eq!((r.n_masks, r.mean_iou()), (1, Some(16.0 / 112.0)));
    assert_eq!(r.pixels.neither, 2 * 64 * 48 - 112);
    assert!(two.independence().contains("on 2 it is not recorded"), "{}", two.independence());
    let alone = |author: &str, mask| StoredMask {
        seen_readers: Some(BTreeSet::new()),
        ..drawn(a, author, mask, Some(ForgeryKind::Swap))
    };
    case.save_mask(&alone("ann", block(0, 8))).unwrap();
    case.save_mask(&alone("bob", block(4, 12))).unwrap();
    let two = curate::compare_readers(&case, None, &ctx).unwrap();
    assert_eq!((two.n_seen, two.n_unrecorded), ([0, 0], 1));
    let named = curate::compare_readers(&case, Some(("bob", "eve")), &ctx).unwrap_err().to_string();
    assert_eq!(named, "eve has drawn no mask in this case; those who have are: ann, bob");
}

/// A case with a forged picture, one in which nothing is, an unfinished one, one put aside, and one
/// of which two people say different things.
fn annotated(curated: &CurateFolder) -> Case {
    let mut case = curated.examined();
    curate::rank(&mut case, QueueStrategy::Score, Quotas::default(), 0, &TaskCtx::silent())
        .unwrap();
    let id = |case: &Case, name: &str| id_of(case, curated, name);
    let swap = Some(ForgeryKind::Swap);
    let (a, b, c) = (id(&case, "x/a"), id(&case, "x/b"), id(&case, "x/c"));
    let (d, e) = (id(&case, "y/d"), id(&case, "y/e"));
    case.save_mask(&drawn(a, "ann", block(3, 20), swap)).unwrap();
    case.save_mask(&drawn(b, "ann", block(0, 0), None)).unwrap();
    case.save_mask(&drawn(c, "ann", block(1, 9), swap)).unwrap();
    case.save_mask(&drawn(d, "ann", block(1, 5), swap)).unwrap();
    let reviewed = StoredMask {
        reviewer: Some("eve".into()),
        at: "2020-01-01T00:00:00Z".into(),
        ..drawn(e, "ann", block(7, 30), Some(ForgeryKind::Attribute))
    };
    case.save_mask(&reviewed).unwrap();
    case.save_mask(&drawn(e, "bob", block(0, 2), swap)).unwrap();
    for (item, state) in [
        (a, ItemState::Done),
        (b, ItemState::Done),
        (c, ItemState::InWork),
        (d, ItemState::Skipped),
        (e, ItemState::Done),
    ] {
        case.set_state(item, state).unwrap();
    }
    case.add_seconds(a, 12.5).unwrap();
    case
}

fn taken(curated: &CurateFolder, name: &str, from: &Path) -> (Case, CaseImport) {
    let mut case = Case::create(curated.path(name), "new").unwrap();
    let taken = curate::import(&mut case, from, None, &TaskCtx::silent()).unwrap();
    (case, taken)
}

#[test]
fn finished_masks_go_out_with_their_history_and_come_back_equal() {
    let curated = CurateFolder::new();
    let case = annotated(&curated);
    let (out, ctx) = (curated.path("out"), TaskCtx::silent());
    let handed =
        curate::export(&case, Format::Pentimento, &out, &CaseExportOptions::default(), &ctx)
            .unwrap();
    assert_eq!(handed.exported.n_entries, 3);
    assert_eq!(
        handed.remarks,
        [
            "1 masks were left out: their items are not done.",
            "1 masks were left out: their items were skipped.",
            "1 masks were left out: another mask of the same picture, reviewed or later, was exported.",
        ]
    );
    let set = dataset::open(&out).unwrap();
    assert_eq!(set.check(&ctx).unwrap(), Vec::<String>::new());
    let of = |name: &str| {
        let ends = format!("{name}.png");
        set.records().iter().find(|r| r.image.origin.ends_with(&ends)).unwrap()
    };
    let a = of("x/a");
    assert_eq!(set.mask(a).unwrap(), block(3, 20));
    assert_eq!((a.decision(), a.kind.as_deref()), (Some(Decision::Forged), Some("swap")));
    assert_eq!(
        (a.source.as_deref(), a.strategy.as_deref(), a.rank),
        (Some("x"), Some("score"), Some(6))
    );
    assert_eq!((a.annotator.as_deref(), a.seconds, a.score), (Some("ann"), Some(12.5), Some(0.0)));
    assert_eq!(a.model.as_ref().map(|m| m.name.as_str()), Some("drawn"));
    assert_eq!(of("x/b").decision(), Some(Decision::NothingForged));
    let e = of("y/e");
    assert_eq!((set.mask(e).unwrap(), e.reviewer.as_deref()), (block(7, 30), Some("eve")));
    assert_eq!(a.split, of("x/b").split, "one source is never parted");

    let (back, taken) = taken(&curated, "back.pentimento", &out);
    assert_eq!((taken.n_new, taken.n_masks, taken.remarks.len()), (3, 3, 0), "{taken:?}");
    for name in ["x/a", "x/b", "y/e"] {
        let mine = case.masks(id_of(&case, &curated, name)).unwrap().remove(0);
        let id = id_of(&back, &curated, name);
        let theirs = back.masks(id).unwrap();
        assert_eq!(theirs, [StoredMask { item: id, ..mine }], "{name}");
        assert_eq!(back.row(id).unwrap().state, ItemState::Done);
        assert!(back.row(id).unwrap().sha256.is_some(), "it is known of which file the mask is");
    }
    assert_eq!(back.row(id_of(&back, &curated, "x/a")).unwrap().seconds, 12.5);
}

#[test]
fn every_lossless_format_goes_round_through_a_case() {
    let curated = CurateFolder::new();
    let case = annotated(&curated);
    for format in Format::ALL.iter().copied().filter(|f| f.is_lossless()) {
        let word = format.as_str();
        let out = curated.path(&format!("out-{word}"));
        let ctx = TaskCtx::silent();
        curate::export(&case, format, &out, &CaseExportOptions::default(), &ctx).unwrap();
        let (back, taken) = taken(&curated, &format!("{word}.pentimento"), &out);
        assert_eq!((taken.format, taken.n_masks), (format, 3), "{word}: {:?}", taken.remarks);
        for (name, mask) in [("x/a", block(3, 20)), ("x/b", block(0, 0)), ("y/e", block(7, 30))] {
            let stored = back.masks(id_of(&back, &curated, name)).unwrap().remove(0);
            assert_eq!(stored.mask, mask, "{word}: {name}");
            assert_eq!(stored.author, "ann", "{word}: the records travel along");
        }
    }
}

#[test]
fn nobody_s_work_is_replaced_and_missing_pictures_are_reported() {
    let curated = CurateFolder::new();
    let mut case = annotated(&curated);
    let (out, ctx) = (curated.path("out"), TaskCtx::silent());
    curate::export(&case, Format::Pentimento, &out, &CaseExportOptions::default(), &ctx).unwrap();
    let a = id_of(&case, &curated, "x/a");
    case.save_mask(&drawn(a, "ann", block(30, 40), None)).unwrap();
    let again = curate::import(&mut case, &out, None, &ctx).unwrap();
    assert_eq!((again.n_new, again.n_masks, again.n_kept), (0, 0, 3));
    assert_eq!(case.masks(a).unwrap()[0].mask, block(30, 40));

    // Without its originals the data set brings its own copies.
    std::fs::rename(curated.path("media"), curated.path("away")).unwrap();
    let (moved, taken) = taken(&curated, "moved.pentimento", &out);
    assert_eq!((taken.n_new, taken.n_masks), (3, 3), "{:?}", taken.remarks);
    let rows = moved.rows().unwrap();
    assert!(rows.iter().all(|row| row.path.starts_with(&out)), "{rows:?}");

    // A file that is gone and one that is another now stay behind.
    let before = curated.path("away/x/b.png");
    std::fs::rename(curated.path("away"), curated.path("media")).unwrap();
    std::fs::remove_file(curated.path("media/x/a.png")).unwrap();
    media::write_png(&curated.path("media/y/e.png"), &picture(99)).unwrap();
    assert!(!before.exists(), "moved back");
    let hand_over = CaseExportOptions {
        writing: ExportOptions { replaces: true, ..ExportOptions::default() },
        ..CaseExportOptions::default()
    };
    let handed = curate::export(&case, Format::Pentimento, &out, &hand_over, &ctx).unwrap();
    assert_eq!(handed.exported.n_entries, 1);
    let remarks = handed.remarks.join("\n");
    assert!(remarks.contains("cannot be read") && remarks.contains("a.png"), "{remarks}");
    assert!(
        remarks.contains("no longer those that the case knows") && remarks.contains("e.png"),
        "{remarks}"
    );
}

#[test]
fn options_choose_what_goes_out() {
    let curated = CurateFolder::new();
    let case = annotated(&curated);
    let ctx = TaskCtx::silent();
    let n = |name: &str, hand_over: &CaseExportOptions| {
        let out = curated.path(name);
        curate::export(&case, Format::Pentimento, &out, hand_over, &ctx).unwrap().exported.n_entries
    };
    assert_eq!(
        n("all", &CaseExportOptions { with_unfinished: true, ..CaseExportOptions::default() }),
        4
    );
    assert_eq!(
        n("bob", &CaseExportOptions { author: Some("bob".into()), ..CaseExportOptions::default() }),
        1
    );
    let eve = CaseExportOptions { author: Some("eve".into()), ..CaseExportOptions::default() };
    let result = curate::export(&case, Format::Pentimento, &curated.path("eve"), &eve, &ctx);
    let words = result.unwrap_err().to_string();
    assert!(words.contains("nothing to export"), "{words}");
}

#[test]
fn frames_of_clips_go_out_as_pictures_and_come_back_to_their_clip() {
    if !clips::has_ffmpeg() || !clips::has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not installed");
    }
    let curated = CurateFolder::new();
    let clip = clips::clip(curated.folder.path(), "clip.mp4", clips::H264);
    let mut case = Case::create(curated.path("clip.pentimento"), "ann").unwrap();
    let item = pentimento::case::NewItem { path: clip.clone(), source: None, person: None };
    let ctx = TaskCtx::silent();
    case.add(&mut std::iter::once(item), &ctx).unwrap();
    let id = case.find(&clip).unwrap().unwrap();
    let times = clips::open(&clip);
    let (w, h) = clips::SIZE;
    for index in [7, 40] {
        let at = times.frames()[index];
        let frame =
            FrameRef { index, pts: at.pts, time_base: times.info().time_base.into(), t_s: at.t_s };
        let mut mask = Mask::new(w, h);
        mask.set_span(index as u32, 3..90);
        let stored = StoredMask { frame: Some(frame), ..drawn(id, "ann", mask, None) };
        case.save_mask(&stored).unwrap();
    }
    case.set_state(id, ItemState::Done).unwrap();
    let out = curated.path("out");
    let handed =
        curate::export(&case, Format::Pentimento, &out, &CaseExportOptions::default(), &ctx);
    assert_eq!(handed.unwrap().exported.n_entries, 2);
    let set = dataset::open(&out).unwrap();
    assert_eq!(set.records()[0].split, set.records()[1].split, "frames of one clip");
    for (record, index) in set.records().iter().zip([7, 40]) {
        let still =
            media::open_still(&set.image_path(record), &pentimento::base::Limits::default(), &ctx);
        let seen = clips::number_of(&still.unwrap().frame.image, 0);
        assert_eq!(seen, Some(index), "the very frame");
        assert_eq!(record.image.sha256, times.sha256(), "the hash of the clip");
    }
    let (back, taken) = taken(&curated, "back.pentimento", &out);
    assert_eq!((taken.n_new, taken.n_masks), (1, 2), "{:?}", taken.remarks);
    let theirs = back.masks(back.find(&clip).unwrap().unwrap()).unwrap();
    assert_eq!(theirs, case.masks(id).unwrap());
}

/// A store with the face finder and a detector that tells what excites it: the brightest red, green
/// and blue of its input. Its logit is the mean brightness, and its map the same everywhere.
pub(crate) fn telling_store(models: &Path) {
    stand_in_store(models, 1.0);
    let side = 32usize;
    let n = || Axis::Free("n");
    let mut graph = GraphWriter::new("telling");
    let input = graph.input("input", &[n(), Axis::Fixed(3), Axis::Fixed(side), Axis::Fixed(side)]);
    let over = |axes: Vec<i64>| [("axes", Attr::Ints(axes)), ("keepdims", Attr::Int(0))];
    let mean = graph.node("ReduceMean", &[&input], &over(vec![1, 2, 3]));
    graph.output(&mean, "logit", &[n()]);
    let pool = [("kernel_shape", Attr::Ints(vec![8, 8])), ("strides", Attr::Ints(vec![8, 8]))];
    let zeros = graph.floats(&[1, 3, 8, 8], &[0.0; 192]);
    let level = graph.floats(&[1], &[0.7]);
    let map = graph.node("Conv", &[&input, &zeros, &level], &pool);
    graph.output(&map, "map", &[n(), Axis::Fixed(1), Axis::Fixed(4), Axis::Fixed(4)]);
    let peaks = graph.node("ReduceMax", &[&input], &over(vec![2, 3]));
    graph.output(&peaks, "embedding", &[n(), Axis::Fixed(3)]);
    let mut card = stand_in_card("lae", side as u32);
    card.outputs = ["logit", "map", "embedding"].map(str::to_owned).to_vec();
    let channels = [(2, 0.5), (0, 1.0)];
    let concept = |(channel, mean_peak)| Concept { channel, sensitivity: 1.0, mean_peak };
    card.concepts = Some(Concepts { n_forgeries: 2, channels: channels.map(concept).to_vec() });
    Bundle::write(&models.join("lae"), card, graph.finish(&[])).unwrap();
}

fn telling_stages(folder: &Path) -> Stages {
    let models = folder.join("models");
    telling_store(&models);
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    let store = ModelStore::from_folders(vec![models]);
    Stages::load(&store, "lae", &options, &TaskCtx::silent()).unwrap()
}

#[test]
fn a_real_examination_gives_signals_of_the_most_suspicious_face() {
    let folder = tempfile::tempdir().unwrap();
    let mut stages = telling_stages(folder.path());
    let (ctx, plan) = (TaskCtx::silent(), QueuePlan::default());
    let portrait_examined = examination(&mut stages, &portrait(), &plan, &ctx).unwrap();
    let ItemReport::Still(report) = &portrait_examined.report else {
        panic!("a still is no clip: {portrait_examined:?}")
    };
    let (look, score) = (portrait_examined.signals.as_ref().unwrap(), report.score.unwrap());
    assert_eq!((look.signals.score, look.embedding.len()), (score, 3));
    assert_eq!(look.signals.model, stages.detector.model().sha256);
    let concepts = &look.signals.concepts;
    assert_eq!(concepts.iter().map(|c| c.channel).collect::<Vec<_>>(), [2, 0]);
    assert!((concepts[0].times - 2.0 * look.embedding[2]).abs() < 1e-5, "{look:?}");
    let logit = look.signals.margin.unwrap();
    assert!((1.0 / (1.0 + (-logit).exp()) - score).abs() < 1e-4, "{logit} {score}");
    let blurred = look.signals.blurred.unwrap();
    assert!((blurred.score - score).abs() < 0.05, "a blur leaves the mean: {blurred:?} {score}");
    assert_eq!(look.signals.map_area, 1.0, "0.7 everywhere");
    assert!(look.signals.hash.is_some());

    let bare = folder.path().join("bare.png");
    no_face(&bare, 200, 160);
    let examined = examination(&mut stages, &bare, &plan, &ctx).unwrap();
    assert_eq!(examined.signals, None, "no face, no signals");
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, "not a picture").unwrap();
    let failure = examination(&mut stages, &broken, &plan, &ctx).unwrap_err();
    assert!(matches!(&failure, ExamineFailure::File(why) if !why.is_empty()), "{failure:?}");
    let cancel = Cancel::default();
    cancel.cancel();
    let stopped = TaskCtx { cancel, on_progress: &|_| {} };
    let stopped_result = examination(&mut stages, &portrait(), &plan, &stopped);
    assert!(matches!(stopped_result, Err(ExamineFailure::Cancelled)), "{stopped_result:?}");
}

#[test]
fn a_clip_is_examined_by_a_first_look_at_its_worst_moment() {
    if !clips::has_ffmpeg() || !clips::has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("portrait.mp4");
    let words = "-loop 1 -i @ -t 1 -r 10 -vf scale=320:-2 -c:v libx264 -pix_fmt yuv420p @";
    clips::ffmpeg(words, &[&portrait(), &clip]).unwrap();
    let mut stages = telling_stages(folder.path());
    let watched =
        examination(&mut stages, &clip, &QueuePlan::default(), &TaskCtx::silent()).unwrap();
    let ItemReport::Clip(report) = &watched.report else {
        panic!("a clip is no still: {watched:?}")
    };
    assert!(report.score.is_some() && !report.sha256.is_empty(), "{:?}", report.reason);
    let look = watched.signals.as_ref().unwrap();
    assert!((look.signals.score - report.score.unwrap()).abs() < 0.1, "{look:?}");
    let mut case = Case::create(folder.path().join("c.pentimento"), "ann").unwrap();
    curate::add_folder(&mut case, folder.path(), &TaskCtx::silent()).unwrap();
    let id = case.find(&clip).unwrap().unwrap();
    assert_eq!(curate::record(&mut case, id, &watched).unwrap(), None);
    let finding = case.newest_finding(id).unwrap().unwrap();
    assert_eq!(finding.report["kind"], "video");
    assert_eq!(finding.report["tracks"].as_array().map(Vec::len), Some(report.tracks.len()));
}
