//! From pixels to findings with the shipped face finder and a stand-in for the detector.

use std::sync::Mutex;

use pentimento::base::{
    Cancel, FaceOrigin, Frame, Limits, Orientation, Phase, Point, Progress, Rect, RgbImage,
    TaskCtx, Verdict,
};
use pentimento::bundle::ModelStore;
use pentimento::infer::{EngineChoice, EngineOptions};
use pentimento::media;
use pentimento::pipeline::{Error, Plan, Stages, examine_frame, examine_still};
use pentimento::prep;

use crate::support::{no_face, portrait, stand_in_store};

fn stages(gain: f32) -> Stages {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(folder.path(), gain);
    let store = ModelStore::from_folders(vec![folder.path().to_owned()]);
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    Stages::load(&store, "lae", &options, &TaskCtx::silent()).unwrap()
}

fn picture() -> RgbImage {
    let bytes = std::fs::read(portrait()).unwrap();
    RgbImage::clone(&media::decode_still(&bytes, &Limits::default()).unwrap().frame.image)
}

#[test]
fn a_portrait_is_examined_from_file_to_verdict() {
    let mut stages = stages(1.0);
    let plan = Plan::default();
    let (report, frame) =
        examine_still(&mut stages, &portrait(), &plan, &TaskCtx::silent()).unwrap();
    assert_eq!(frame.map(|f| (f.image.width_px, f.image.height_px)), Some((512, 512)));
    assert_eq!((report.faces.len(), report.model.name.as_str()), (1, "lae"));
    let found = &report.faces[0];
    let nose = found.face.landmarks.unwrap()[2];
    assert!(Rect::new(200.0, 90.0, 45.0, 50.0).contains(nose), "{nose:?}");
    assert_eq!((report.score, report.verdict), (found.score, found.verdict));
    assert!(found.heatmap.is_some() && found.reconstruction.is_some(), "{found:?}");
    let (again, _) = examine_still(&mut stages, &portrait(), &plan, &TaskCtx::silent()).unwrap();
    assert_eq!((again.score, &again.faces[0].heatmap), (report.score, &found.heatmap));
}

#[test]
fn all_eight_orientations_give_the_same_answer_in_the_stored_grid() {
    let mut stages = stages(20.0);
    let upright = picture();
    let mut answers = Vec::new();
    for exif in 1..=8 {
        let orientation = Orientation::from_exif(exif);
        // Stored so that turning it shows the portrait: 6 and 8 undo each other, the rest itself.
        let undo = Orientation::from_exif(match exif {
            6 => 8,
            8 => 6,
            other => other,
        });
        let frame = Frame::new(undo.upright(&upright), orientation);
        assert_eq!(*frame.upright, upright, "orientation {exif}");
        let plan = Plan::default();
        let found = examine_frame(&mut stages, &frame, &plan, &TaskCtx::silent()).unwrap();
        assert_eq!(found.len(), 1, "orientation {exif}");
        let upright_from_image = frame.upright_from_image();
        let nose = upright_from_image.apply(found[0].face.landmarks.unwrap()[2]);
        let map = found[0].heatmap.as_ref().unwrap();
        let lowest = Point { x: 2.0, y: 4.0 };
        let chin = upright_from_image.apply(map.image_from_map.apply(lowest));
        assert!(chin.y > nose.y + 40.0, "orientation {exif}: the map stands on its head");
        answers.push((found[0].score.unwrap(), nose, found[0].region.clone()));
    }
    for answer in &answers {
        assert!((answer.0 - answers[0].0).abs() < 1e-3, "{answers:?}");
        assert!((answer.1.x - answers[0].1.x).abs() < 1.0, "{answers:?}");
        assert_eq!(answer.2, answers[0].2);
    }
}

#[test]
fn a_tight_crop_is_clamped_to_the_picture() {
    let mut stages = stages(1.0);
    let tight = prep::resample(&picture(), &Rect::new(170.0, 60.0, 120.0, 150.0), 240, 300);
    let frame = Frame::new(tight, Orientation::UPRIGHT);
    let found = examine_frame(&mut stages, &frame, &Plan::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let map = found[0].heatmap.as_ref().unwrap();
    let area = map.image_from_map.apply_rect(&Rect::new(0.0, 0.0, 4.0, 4.0));
    let inside = area.x >= -0.01
        && area.y >= -0.01
        && area.x + area.w <= 240.01
        && area.y + area.h <= 300.01;
    assert!(inside, "{area:?}");
}

#[test]
fn small_faces_and_empty_pictures_are_not_examined_and_say_why() {
    let mut stages = stages(1.0);
    let folder = tempfile::tempdir().unwrap();
    let (small, none) = (folder.path().join("small.png"), folder.path().join("none.png"));
    let picture = picture();
    media::write_png(&small, &prep::resample(&picture, &picture.bounds(), 140, 140)).unwrap();
    no_face(&none, 300, 200);
    let mut why = |path| {
        let (report, frame) =
            examine_still(&mut stages, path, &Plan::default(), &TaskCtx::silent()).unwrap();
        assert_eq!((report.verdict, report.score), (Verdict::NotExamined, None), "{report:?}");
        assert!(frame.is_some(), "it can still be shown");
        report.reason.unwrap()
    };
    let reason = why(&small);
    assert!(reason.contains("smaller than 48 px"), "{reason}");
    let reason = why(&none);
    assert!(reason.contains("no face") && reason.contains("drawn by hand"), "{reason}");
}

#[test]
fn drawn_regions_come_last_and_are_marked_as_drawn() {
    let mut stages = stages(1.0);
    let frame = Frame::new(picture(), Orientation::UPRIGHT);
    let plan = Plan { regions: vec![Rect::new(20.0, 20.0, 80.0, 80.0)], ..Plan::default() };
    let found = examine_frame(&mut stages, &frame, &plan, &TaskCtx::silent()).unwrap();
    let origins: Vec<FaceOrigin> = found.iter().map(|f| f.face.origin).collect();
    assert_eq!(origins, [FaceOrigin::Found, FaceOrigin::Drawn]);
    assert!(found[1].score.is_some(), "{:?}", found[1]);
}

#[test]
fn a_region_without_a_face_gets_no_verdict_on_a_face() {
    // So high a gain makes both scores extreme: the model alone would decide.
    let mut stages = stages(500.0);
    let frame = Frame::new(picture(), Orientation::UPRIGHT);
    let mut examined = |region: Rect| {
        let plan = Plan { regions: vec![region], find_faces: false, ..Plan::default() };
        examine_frame(&mut stages, &frame, &plan, &TaskCtx::silent()).unwrap().remove(0)
    };
    let says = |found: &pentimento::base::FaceFinding| {
        found.caveats.iter().any(|caveat| caveat.contains("no face was found in this region"))
    };
    for region in [Rect::new(165.0, 55.0, 130.0, 150.0), Rect::new(195.0, 130.0, 60.0, 40.0)] {
        let found = examined(region);
        assert_ne!(found.verdict, Verdict::Inconclusive, "a face, and the mouth of one");
        assert!(!says(&found), "{:?}", found.caveats);
    }
    let found = examined(Rect::new(380.0, 20.0, 110.0, 110.0));
    assert_eq!(found.verdict, Verdict::Inconclusive, "score {:?}", found.score);
    assert!(says(&found), "{:?}", found.caveats);
    assert!(found.heatmap.is_some(), "there to be looked at");
}

#[test]
fn progress_is_reported_and_cancelling_stops() {
    let mut stages = stages(1.0);
    let seen = Mutex::new(Vec::new());
    let note = |p: Progress| {
        let mut seen = seen.lock().unwrap();
        if seen.last() != Some(&p.phase) {
            seen.push(p.phase);
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &note };
    examine_still(&mut stages, &portrait(), &Plan::default(), &ctx).unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.last(), Some(&Phase::Examining));
    let position = |phase| seen.iter().position(|p| *p == phase);
    assert!(position(Phase::Reading) < position(Phase::Finding), "{seen:?}");
    assert!(position(Phase::Finding) < position(Phase::Examining), "{seen:?}");

    // Thrown while faces are looked for: nothing is examined any more.
    let cancel = Cancel::default();
    let throw = |p: Progress| {
        assert_ne!(p.phase, Phase::Examining, "went on");
        if p.phase == Phase::Finding {
            cancel.cancel();
        }
    };
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &throw };
    let stopped = examine_still(&mut stages, &portrait(), &Plan::default(), &ctx);
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{:?}", stopped.err());
}

#[test]
fn a_missing_detector_is_an_error_that_says_where_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(folder.path(), 1.0);
    let store = ModelStore::from_folders(vec![folder.path().to_owned()]);
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    let error = Stages::load(&store, "other", &options, &TaskCtx::silent()).err().unwrap();
    assert!(matches!(error, Error::Bundle(_)), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    let finder = Stages::load(&store, "yunet", &options, &TaskCtx::silent()).err().unwrap();
    assert!(matches!(finder, Error::Detect(_)), "a face finder is no detector: {finder}");
}

/// The shipped portrait as a JPEG file with a stretch of its data overwritten, from this share of
/// the data on.
fn damaged_jpeg(at_permille: usize) -> Vec<u8> {
    let mut bytes = media::encode_jpeg(&picture(), 92).unwrap();
    let scan = bytes.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
    let at = scan + (bytes.len() - scan) * at_permille / 1000;
    bytes[at..at + 512].fill(0);
    bytes
}

#[test]
fn a_face_in_damaged_rows_gets_no_verdict_and_one_above_them_keeps_its_own() {
    let mut stages = stages(1.0);
    let folder = tempfile::tempdir().unwrap();
    let mut examine = |at_permille: usize| {
        let path = folder.path().join("damaged.jpg");
        std::fs::write(&path, damaged_jpeg(at_permille)).unwrap();
        examine_still(&mut stages, &path, &Plan::default(), &TaskCtx::silent()).unwrap().0
    };
    // The face lies in rows 60 to 190 of 512.
    let in_face = examine(200);
    assert_eq!((in_face.verdict, in_face.score), (Verdict::NotExamined, None));
    assert!(in_face.reason.as_ref().is_some_and(|r| r.contains("damaged")), "{:?}", in_face.reason);
    let below = examine(800);
    assert!(below.score.is_some(), "{:?}", below.reason);
    let left_out =
        below.not_examined.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert!(
        left_out.contains("part of the picture (rows ") && left_out.contains("damaged"),
        "{left_out}"
    );
    let warned = below.warnings.iter().any(|w| w.0.contains("damaged"));
    assert!(warned, "{:?}", below.warnings);
}

#[test]
fn a_portrait_on_its_side_is_examined_upright_and_its_face_lies_in_the_stored_grid() {
    let mut stages = stages(20.0);
    let folder = tempfile::tempdir().unwrap();
    let mut examine = |name: &str, image: &RgbImage| {
        let path = folder.path().join(name);
        media::write_png(&path, image).unwrap();
        examine_still(&mut stages, &path, &Plan::default(), &TaskCtx::silent()).unwrap().0
    };
    let upright = examine("upright.png", &picture());
    let turn = Orientation::from_exif(6);
    let lying = examine("lying.png", &turn.upright(&picture()));
    let is_warned = lying.warnings.iter().any(|w| w.0.contains("lies on its side"));
    assert!(
        is_warned && !upright.warnings.iter().any(|w| w.0.contains("side")),
        "{:?}",
        lying.warnings
    );
    let (Some(a), Some(b)) = (upright.score, lying.score) else { panic!("{:?}", lying.reason) };
    assert!((a - b).abs() < 0.05, "{a} and {b}");
    let stored_from_upright = turn.image_from_upright(512, 512).inverse().unwrap();
    let expected = stored_from_upright.apply_rect(&upright.faces[0].face.box_px);
    assert!(lying.faces[0].face.box_px.iou(&expected) > 0.9, "{:?}", lying.faces[0].face);
}
