//! Masks drawn by hand, without a window: commands in, masks and files out.

use std::path::{Path, PathBuf};

use pentimento::annotate::{Brush, Change, Confidence, ForgeryKind, Mask, MaskLabel};
use pentimento::base::Point;
use pentimento::session::{Command, Document, DrawnMask, MaskCommand, MaskQuestion};

use crate::session::picture::Bench;
use crate::support::fake_clip::N_FRAMES;
use crate::support::fake_examiner::{FORGED, HEIGHT, WIDTH};

impl Bench {
    pub(crate) fn mask(&mut self, command: MaskCommand) {
        self.session.apply(Command::Mask(command));
        self.until("masks are done", |view| view.masks.doing.is_none());
    }

    pub(crate) fn shown(&self) -> &Document {
        self.session.view().document().expect("a document is shown")
    }

    pub(crate) fn own(&self) -> &DrawnMask {
        self.shown().mask().expect("there is a mask")
    }

    pub(crate) fn bits(&self) -> Mask {
        Mask::clone(&self.own().mask)
    }

    /// A stroke from here to there, as a hand draws it.
    pub(crate) fn paint(&mut self, from: (f32, f32), to: (f32, f32), change: Change) {
        let brush = Brush { diameter_px: 20.0, hardness: 1.0 };
        let at =
            |t: f32| Point { x: from.0 + t * (to.0 - from.0), y: from.1 + t * (to.1 - from.1) };
        self.mask(MaskCommand::BeginStroke { brush, change, at: at(0.0) });
        for i in 1..=4 {
            self.mask(MaskCommand::ExtendStroke(vec![at(i as f32 / 4.0)]));
        }
        self.mask(MaskCommand::EndStroke);
    }
}

pub(crate) fn examined(name: &Path) -> Bench {
    let mut bench = Bench::new(None);
    bench.session.apply(Command::Open(vec![name.to_owned()]));
    bench.until_idle();
    bench
}

/// Pixels of the forged face that the fake's map calls hot: its right half.
pub(crate) fn hot() -> u64 {
    (FORGED.w * FORGED.h / 2.0) as u64
}

#[test]
fn a_stroke_is_one_step_and_undo_restores_every_bit() {
    let mut bench = examined(Path::new("two-faces.png"));
    assert!(bench.shown().mask().is_none(), "no mask before one is drawn");
    bench.paint((30.0, 30.0), (200.0, 90.0), Change::Add);
    let first = bench.bits();
    assert!(first.get(100, 55) && !first.get(100, 100), "along the way, not beside it");
    assert_eq!((bench.own().n_undo, bench.own().n_set), (1, first.count()), "one step");
    bench.paint((100.0, 10.0), (100.0, 200.0), Change::TakeAway);
    let second = bench.bits();
    assert!(!second.get(100, 55));
    bench.mask(MaskCommand::Undo);
    assert_eq!(bench.bits(), first);
    bench.mask(MaskCommand::Undo);
    assert!(bench.bits().is_empty());
    assert_eq!((bench.own().n_undo, bench.own().n_redo), (0, 2));
    bench.mask(MaskCommand::Redo);
    bench.mask(MaskCommand::Redo);
    assert_eq!(bench.bits(), second);
    let tools: Vec<_> = bench.own().tools.iter().map(|(t, n)| (t.as_str(), *n)).collect();
    assert_eq!(tools, [("brush", 1), ("eraser", 1)]);
}

#[test]
fn the_models_map_is_a_start_to_be_corrected() {
    let mut bench = examined(Path::new("two-faces.png"));
    bench.mask(MaskCommand::AcceptMap);
    let n = bench.bits().count();
    assert!(n.abs_diff(hot()) < 600, "the hot half, {} pixels: {n}", hot());
    assert_eq!(bench.own().started_from_map_at, Some(0.4), "the model's own threshold");
    bench.mask(MaskCommand::Grow(4));
    let grown = bench.bits().count();
    assert!(grown > n);
    bench.mask(MaskCommand::Grow(-4));
    bench.mask(MaskCommand::Invert);
    bench.mask(MaskCommand::FillHoles);
    assert_eq!(bench.bits().count(), u64::from(WIDTH * HEIGHT), "the face was a hole then");
    for _ in 0..4 {
        bench.mask(MaskCommand::Undo);
    }
    assert_eq!(bench.bits().count(), n);
    bench.mask(MaskCommand::Clear);
    bench.mask(MaskCommand::WandOnMap { at: Point { x: 140.0, y: 100.0 }, change: Change::Add });
    assert_eq!(bench.bits().count(), n, "the same part, by a click");
    bench.mask(MaskCommand::WandOnMap { at: Point { x: 5.0, y: 5.0 }, change: Change::Add });
    assert_eq!(bench.bits().count(), n);
    let notices = &bench.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("below the threshold")), "{notices:?}");
}

#[test]
fn areas_wands_and_superpixels() {
    let mut bench = examined(Path::new("two-faces.png"));
    let corners = [(10.0, 10.0), (60.0, 10.0), (60.0, 40.0), (10.0, 40.0)];
    let corners: Vec<Point> = corners.map(|(x, y)| Point { x, y }).to_vec();
    bench.mask(MaskCommand::Polygon { corners, change: Change::Add, is_lasso: false });
    assert_eq!(bench.bits().count(), 50 * 30);
    let at = Point { x: 200.0, y: 200.0 };
    bench.mask(MaskCommand::WandOnPicture { at, tolerance: 3, change: Change::TakeAway });
    assert!(bench.bits().is_empty(), "the fake's picture has one color");
    bench.mask(MaskCommand::Superpixel { at, side_px: 16, change: Change::Add });
    let n = bench.bits().count();
    assert!((100..800).contains(&n) && bench.bits().get(200, 200), "{n} pixels");
    bench.mask(MaskCommand::RemoveIslands(5000));
    assert!(bench.bits().is_empty());
}

#[test]
fn commands_come_in_their_order_however_slow_the_first_is() {
    let mut bench = examined(Path::new("two-faces.png"));
    // Nothing is waited for between these.
    for command in [
        MaskCommand::AcceptMap,
        MaskCommand::Invert,
        MaskCommand::Grow(2),
        MaskCommand::Undo,
        MaskCommand::Invert,
    ] {
        bench.session.apply(Command::Mask(command));
    }
    bench.until("done", |view| {
        let mask = view.document().and_then(Document::mask);
        view.masks.doing.is_none() && mask.is_some_and(|mask| mask.n_undo == 3)
    });
    let count = bench.bits().count();
    assert!(count.abs_diff(hot()) < 600, "as if one had waited: {count}");
}

#[test]
fn what_is_marked_is_shown_while_masks_are_worked_on() {
    let mut bench = examined(Path::new("two-faces.png"));
    assert!(bench.session.view().masks.marked.is_none(), "not before");
    bench.mask(MaskCommand::Edit(true));
    bench.until("marks", |view| view.masks.marked.is_some());
    let n = |bench: &Bench| bench.session.view().masks.marked.as_ref().map(|m| m.mask.count());
    assert!(n(&bench).is_some_and(|n| n.abs_diff(hot()) < 600));
    bench.session.apply(Command::SetThreshold(Some(0.0)));
    bench.until("anew", |view| view.masks.marked.as_ref().is_some_and(|m| m.threshold == 0.0));
    let all = u64::from((FORGED.w * FORGED.h) as u32 + 60 * 60);
    assert_eq!(n(&bench), Some(all), "all of both faces");
}

#[test]
fn a_mask_is_saved_with_what_it_is_of_and_loaded_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = examined(Path::new("two-faces.png"));
    bench.mask(MaskCommand::AcceptMap);
    bench.paint((30.0, 200.0), (200.0, 200.0), Change::Add);
    let label = MaskLabel {
        kind: Some(ForgeryKind::Swap),
        confidence: Some(Confidence::High),
        note: "seam at the chin".to_owned(),
    };
    bench.mask(MaskCommand::SetLabel(label.clone()));
    assert!(bench.own().is_unsaved());
    let path = folder.path().join("mask.png");
    let drawn = bench.bits();
    bench.mask(MaskCommand::Save { path: path.clone(), replaces: false });
    assert!(!bench.own().is_unsaved(), "{:?}", bench.session.view().notices);
    let text = std::fs::read_to_string(folder.path().join("mask.json")).expect("facts");
    let facts: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(facts["media"]["sha256"], "ab".repeat(32));
    assert_eq!(facts["model"]["sha256"], "cd".repeat(32));
    assert_eq!(facts["kind"], "swap");
    assert_eq!(facts["confidence"], "high");
    assert_eq!(facts["note"], "seam at the chin");
    assert_eq!(facts["tools"]["brush"], 1);
    assert_eq!(facts["frame"], serde_json::Value::Null);
    assert!((facts["started_from_map_at"].as_f64().expect("a threshold") - 0.4).abs() < 1e-6);
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("listed").collect();
    assert_eq!(names.len(), 2, "nothing else stays behind");

    let mut other = examined(Path::new("two-faces.png"));
    other.mask(MaskCommand::Load(path));
    assert_eq!(other.bits(), drawn, "bit for bit");
    assert_eq!(other.own().label, label);
    assert_eq!(other.own().started_from_map_at, Some(0.4));
    assert!(!other.own().is_unsaved(), "it is in a file");
    other.mask(MaskCommand::Undo);
    assert!(other.bits().is_empty(), "loading can be undone");
}

#[test]
fn masks_of_another_size_are_refused_and_foreign_ones_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, w: u32, h: u32, value: u8| {
        let path = folder.path().join(name);
        let values = vec![value; (w * h) as usize];
        pentimento::media::write_png_gray(&path, w, h, &values).expect("written");
        path
    };
    let mut bench = examined(Path::new("two-faces.png"));
    bench.paint((30.0, 30.0), (60.0, 30.0), Change::Add);
    let drawn = bench.bits();
    let last_notice = |bench: &Bench| {
        bench.session.view().notices.last().map(|n| n.text.clone()).unwrap_or_default()
    };
    bench.mask(MaskCommand::Load(write("small.png", 100, 50, 255)));
    assert!(
        last_notice(&bench).contains("100 x 50 pixels, the picture 320 x 240"),
        "{}",
        last_notice(&bench)
    );
    bench.mask(MaskCommand::Load(folder.path().join("none.png")));
    assert!(last_notice(&bench).contains("there is no such file"), "{}", last_notice(&bench));
    assert_eq!(bench.bits(), drawn, "as it was");
    bench.mask(MaskCommand::Load(write("grey.png", WIDTH, HEIGHT, 130)));
    assert!(last_notice(&bench).contains("no pure mask"), "{}", last_notice(&bench));
    assert_eq!(bench.bits().count(), u64::from(WIDTH * HEIGHT));
    assert!(bench.own().is_unsaved(), "the file holds something else");
}

#[test]
fn originals_and_foreign_files_are_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let original = folder.path().join("two-faces.png");
    std::fs::write(&original, "the evidence").expect("written");
    let mut bench = examined(&original);
    bench.paint((30.0, 30.0), (60.0, 30.0), Change::Add);
    for replaces in [false, true] {
        bench.mask(MaskCommand::Save { path: original.clone(), replaces });
        assert_eq!(std::fs::read_to_string(&original).expect("there"), "the evidence");
    }
    let notices = &bench.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("never written to")), "{notices:?}");
    #[cfg(unix)]
    {
        let link = folder.path().join("link.png");
        std::os::unix::fs::symlink(&original, &link).expect("a link");
        bench.mask(MaskCommand::Save { path: link, replaces: true });
        assert_eq!(std::fs::read_to_string(&original).expect("there"), "the evidence");
    }

    let foreign = folder.path().join("holiday.png");
    std::fs::write(&foreign, "somebody's").expect("written");
    bench.mask(MaskCommand::Save { path: foreign.clone(), replaces: false });
    assert_eq!(std::fs::read_to_string(&foreign).expect("there"), "somebody's");
    let question = bench.session.view().masks.question;
    assert!(
        matches!(&question, Some(MaskQuestion::Replace(p, _)) if *p == foreign),
        "{question:?}"
    );
    bench.mask(MaskCommand::Save { path: foreign.clone(), replaces: true });
    assert!(bench.session.view().masks.question.is_none());
    assert!(!bench.own().is_unsaved(), "replaced, as told");
    bench.paint((30.0, 90.0), (60.0, 90.0), Change::Add);
    bench.mask(MaskCommand::Save { path: foreign.clone(), replaces: false });
    assert!(!bench.own().is_unsaved(), "one's own mask is replaced without a word");
    let bytes = std::fs::read(&foreign).expect("there");
    std::fs::write(&foreign, [&bytes[..], b"x"].concat()).expect("written");
    bench.mask(MaskCommand::Clear);
    bench.mask(MaskCommand::Save { path: foreign, replaces: false });
    let question = bench.session.view().masks.question;
    let is_named =
        matches!(&question, Some(MaskQuestion::Replace(_, why)) if why.contains("another program"));
    assert!(is_named, "{question:?}");

    let beside = folder.path().join("notes.json");
    std::fs::write(&beside, "{}").expect("written");
    bench.mask(MaskCommand::Save { path: folder.path().join("notes.png"), replaces: false });
    assert_eq!(std::fs::read_to_string(&beside).expect("there"), "{}", "nor a foreign .json");
    bench.mask(MaskCommand::Save { path: folder.path().join("no/such/m.png"), replaces: true });
    assert!(bench.own().is_unsaved());
}

#[test]
fn closing_with_an_unsaved_mask_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = examined(&folder.path().join("two-faces.png"));
    let id = bench.shown().id;
    bench.session.apply(Command::Mask(MaskCommand::Edit(true)));
    bench.paint((30.0, 30.0), (60.0, 30.0), Change::Add);
    bench.session.apply(Command::Close(id));
    assert_eq!(bench.session.view().masks.question, Some(&MaskQuestion::Close(id)));
    assert_eq!(bench.session.view().documents.len(), 1, "still there");
    bench.mask(MaskCommand::DismissQuestion);
    bench.mask(MaskCommand::SaveAndClose(id));
    bench.until("closed", |view| view.documents.is_empty());
    assert!(folder.path().join("two-faces.png.mask.png").is_file());
    assert!(folder.path().join("two-faces.png.mask.json").is_file());

    let mut bench = examined(Path::new("two-faces.png"));
    let id = bench.shown().id;
    bench.session.apply(Command::Close(id));
    assert!(bench.session.view().documents.is_empty(), "nothing drawn, nothing asked");
    let mut bench = examined(Path::new("two-faces.png"));
    let id = bench.shown().id;
    bench.paint((30.0, 30.0), (60.0, 30.0), Change::Add);
    bench.mask(MaskCommand::CloseAnyway(id));
    assert!(bench.session.view().documents.is_empty());
}

#[test]
fn every_frame_of_a_video_has_a_mask_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = examined(Path::new("clip.mp4"));
    let go = |bench: &mut Bench, frame: usize| {
        bench.session.apply(Command::Seek(frame));
        bench.until("the frame", |view| {
            view.document().and_then(|d| d.video.as_ref()).is_some_and(|v| v.shown == Some(frame))
        });
    };
    go(&mut bench, 30);
    bench.mask(MaskCommand::AcceptMap);
    let drawn = bench.bits();
    assert!(drawn.count().abs_diff(hot()) < 600);
    let kind = Some(ForgeryKind::Inpainting);
    bench.mask(MaskCommand::SetLabel(MaskLabel { kind, ..MaskLabel::default() }));
    bench.mask(MaskCommand::CopyToNextFrame);
    bench.until("the next frame", |view| {
        view.document().and_then(|d| d.video.as_ref()).is_some_and(|v| v.shown == Some(31))
    });
    assert_eq!((bench.bits(), bench.own().label.kind), (drawn.clone(), kind));
    bench.paint((10.0, 10.0), (60.0, 10.0), Change::Add);
    assert_ne!(bench.bits(), drawn);
    go(&mut bench, 30);
    assert_eq!(bench.bits(), drawn, "the other frame is as it was");
    assert_eq!(bench.shown().n_unsaved_masks(), 2);
    let path = folder.path().join("frame.png");
    bench.mask(MaskCommand::Save { path: path.clone(), replaces: false });
    let text = std::fs::read_to_string(path.with_extension("json")).expect("facts");
    let facts: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(facts["frame"]["index"], 30);
    assert_eq!(facts["frame"]["pts"], 30 * 512);
    assert_eq!(facts["frame"]["time_base"][1], 12_800);
    go(&mut bench, 31);
    bench.mask(MaskCommand::Save { path, replaces: false });
    let question = &bench.session.view().masks.question;
    assert!(
        matches!(question, Some(MaskQuestion::Replace(..))),
        "another frame's mask: {question:?}"
    );
    go(&mut bench, N_FRAMES - 1);
    bench.mask(MaskCommand::Clear);
    bench.mask(MaskCommand::CopyToNextFrame);
    let notices = &bench.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("last frame")), "{notices:?}");
}

#[test]
fn masks_stay_when_pictures_are_put_away() {
    let mut bench = examined(Path::new("a.png"));
    bench.paint((30.0, 30.0), (60.0, 30.0), Change::Add);
    let drawn = bench.bits();
    bench.session.keep_pictures(0);
    bench.open(&["b.png"]);
    bench.until_idle();
    assert!(bench.document("a.png").picture.is_none(), "put away");
    bench.select("a.png");
    bench.until("back", |view| view.document().is_some_and(|d| d.picture.is_some()));
    assert_eq!(bench.bits(), drawn);
    bench.mask(MaskCommand::Undo);
    assert!(bench.bits().is_empty(), "with its history");
    let _: PathBuf = bench.shown().mask_path(0);
}
