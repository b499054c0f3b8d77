//! Starts by one click, steps done otherwise, masks carried on through a clip and their review.

use std::path::Path;

use pentimento::annotate::{Brush, Change, FacePart, ForgeryKind, Mask, MaskLabel};
use pentimento::base::Point;
use pentimento::session::{Command, DrawnMask, MaskCommand};

use crate::session::masks::{examined, hot};
use crate::session::picture::Bench;
use crate::support::fake_clip::{CUT, SEEN, STUCK_AT};
use crate::support::fake_examiner::{FORGED, HEIGHT};

fn part(part: FacePart) -> MaskCommand {
    MaskCommand::FacePart { part, change: Change::Add }
}

impl Bench {
    fn notices(&self) -> String {
        let notices = self.session.view().notices.iter();
        notices.map(|notice| notice.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn go(&mut self, frame: usize) {
        self.session.apply(Command::Seek(frame));
        self.until_at(frame);
    }

    fn until_at(&mut self, frame: usize) {
        self.until("the frame", |view| {
            view.document().and_then(|d| d.video.as_ref()).is_some_and(|v| v.shown == Some(frame))
        });
    }

    fn of_frame(&self, frame: usize) -> Option<&DrawnMask> {
        self.shown().masks.get(&frame)
    }

    fn unreviewed(&self) -> Vec<usize> {
        self.shown().unreviewed_masks().collect()
    }

    /// A rectangle in the face of this frame of a moving clip.
    fn draw(&mut self, frame: usize) {
        self.go(frame);
        let x = FORGED.x + frame as f32;
        let corners = [(x, 60.0), (x + 50.0, 60.0), (x + 50.0, 90.0), (x, 90.0)];
        let corners = corners.map(|(x, y)| Point { x, y }).to_vec();
        self.mask(MaskCommand::Polygon { corners, change: Change::Add, is_lasso: false });
        assert_eq!(self.bits().count(), 50 * 30, "a rectangle");
    }
}

/// Left column of a mask and its pixels.
fn place(mask: &Mask) -> Option<(u32, u64)> {
    Some((mask.bounds()?.x0, mask.count()))
}

#[test]
fn a_part_of_the_face_pointed_out_is_marked_by_the_mesh() {
    let mut bench = examined(Path::new("two-faces.png"));
    bench.mask(part(FacePart::Mouth));
    // The fake's lips are a line round the lower half of the box.
    assert_eq!(bench.bits().count(), 112 * 56, "{}", bench.notices());
    assert!(bench.bits().get(60, 140) && !bench.bits().get(60, 90));
    assert_eq!(bench.own().tools.get("face-part"), Some(&1));
    bench.mask(MaskCommand::Undo);
    assert!(bench.bits().is_empty(), "one step");
    bench.session.apply(Command::SelectFace(Some(1)));
    bench.mask(part(FacePart::Mouth));
    assert_eq!(bench.bits().count(), 60 * 30, "the other face");
    bench.mask(MaskCommand::FacePart { part: FacePart::Mouth, change: Change::TakeAway });
    assert!(bench.bits().is_empty());
    bench.session.apply(Command::SelectFace(None));
    bench.mask(part(FacePart::Mouth));
    assert!(
        bench.notices().contains("Select a face") && bench.bits().is_empty(),
        "{}",
        bench.notices()
    );
}

#[test]
fn without_a_mesh_the_landmarks_serve_and_that_is_reported() {
    for (name, why) in [("turned.png", "turned away"), ("no-mesh.png", "facemesh")] {
        let mut bench = examined(Path::new(name));
        bench.mask(part(FacePart::Eyes));
        let eyes = bench.bits();
        // By the fake's landmarks the eyes lie at 0.3 and 0.7 of the width, 0.4 of the height.
        assert!(eyes.get(73, 84) && eyes.get(118, 84) && !eyes.get(96, 84), "{name}");
        assert_eq!(bench.own().tools.get("face-part-by-landmarks"), Some(&1));
        let notices = bench.notices();
        assert!(notices.contains("five landmarks") && notices.contains(why), "{name}: {notices}");
    }
    let mut bench = examined(Path::new("no-face.png"));
    bench.mask(part(FacePart::Eyes));
    assert!(bench.notices().contains("No face is known here"), "{}", bench.notices());
}

#[test]
fn what_follows_a_part_waits_for_its_mesh() {
    let mut bench = examined(Path::new("slow-mesh.png"));
    bench.session.apply(Command::Mask(part(FacePart::Mouth)));
    bench.session.apply(Command::Mask(MaskCommand::Invert));
    assert!(bench.session.view().masks.doing.is_some(), "it takes a moment");
    bench.until("done", |view| view.masks.doing.is_none());
    let all = u64::from(crate::support::fake_examiner::WIDTH * HEIGHT);
    assert_eq!(bench.bits().count(), all - 112 * 56, "in their order");
    // The mesh is known now.
    bench.session.apply(Command::Mask(part(FacePart::Mouth)));
    assert_eq!(bench.bits().count(), all, "at once");
}

#[test]
fn a_mesh_that_does_not_come_holds_nothing_up() {
    let mut bench = examined(Path::new("slow-mesh.png"));
    bench.session.apply(Command::Mask(part(FacePart::Mouth)));
    bench.session.apply(Command::Mask(MaskCommand::Invert));
    bench.session.apply(Command::Cancel);
    bench.until("given up", |view| view.masks.doing.is_none());
    let all = u64::from(crate::support::fake_examiner::WIDTH * HEIGHT);
    assert_eq!(bench.bits().count(), all, "what waited is done, the part is not");
    bench.mask(MaskCommand::Clear);
    bench.mask(part(FacePart::Mouth));
    assert_eq!(bench.bits().count(), 112 * 56, "and works the next time");

    let mut bench = examined(Path::new("slow-mesh.png"));
    let id = bench.shown().id;
    bench.session.apply(Command::Mask(part(FacePart::Mouth)));
    bench.session.apply(Command::Close(id));
    bench.open(&["two-faces.png"]);
    bench.until_idle();
    bench.mask(MaskCommand::AcceptMap);
    assert!(bench.bits().count() > 0, "another file is not held up by one that is closed");
}

#[test]
fn what_was_made_last_follows_threshold_and_tolerance() {
    let mut bench = examined(Path::new("two-faces.png"));
    bench.mask(MaskCommand::Edit(true));
    bench.mask(MaskCommand::AcceptMap);
    let n = bench.bits().count();
    assert!(n.abs_diff(hot()) < 600);
    let turn = |bench: &mut Bench, threshold: f32| {
        bench.session.apply(Command::SetThreshold(Some(threshold)));
        bench.until("masks are done", |view| view.masks.doing.is_none());
    };
    turn(&mut bench, 0.0);
    let both = (FORGED.w * FORGED.h) as u64 + 60 * 60;
    assert_eq!(bench.bits().count(), both, "all of both faces");
    assert_eq!(bench.own().started_from_map_at, Some(0.0));
    turn(&mut bench, 1.0);
    turn(&mut bench, 0.4);
    assert_eq!((bench.bits().count(), bench.own().n_undo), (n, 1), "still one step");
    assert_eq!(bench.own().tools.get("accept-map"), Some(&1));
    bench.paint((10.0, 200.0), (60.0, 200.0), Change::Add);
    let drawn = bench.bits();
    turn(&mut bench, 0.0);
    assert_eq!(bench.bits(), drawn, "a stroke was the newest step: nothing follows");
    bench.mask(MaskCommand::Undo);
    bench.mask(MaskCommand::Undo);
    assert!(bench.bits().is_empty());

    let mut bench = examined(Path::new("shaded.png"));
    bench.mask(MaskCommand::Edit(true));
    let at = Point { x: 100.5, y: 100.5 };
    bench.mask(MaskCommand::WandOnPicture { at, tolerance: 10, change: Change::Add });
    assert_eq!(bench.bits().count(), 42 * u64::from(HEIGHT), "shades 40 to 60, two columns each");
    bench.mask(MaskCommand::Again { tolerance: Some(20) });
    assert_eq!(bench.bits().count(), 82 * u64::from(HEIGHT), "shades 30 to 70");
    turn(&mut bench, 0.9);
    assert_eq!(bench.bits().count(), 82 * u64::from(HEIGHT), "the map has no say in it");
    bench.mask(MaskCommand::Again { tolerance: Some(0) });
    bench.mask(MaskCommand::Undo);
    assert!(bench.bits().is_empty(), "one step from first to last");
    bench.mask(MaskCommand::Again { tolerance: Some(20) });
    assert!(bench.bits().is_empty(), "what was undone is not done again");
}

#[test]
fn a_pen_pressed_lightly_draws_thin() {
    let mut bench = examined(Path::new("two-faces.png"));
    let brush = Brush { diameter_px: 40.0, hardness: 1.0 };
    let (from, to) = (Point { x: 60.0, y: 180.0 }, Point { x: 260.0, y: 180.0 });
    bench.mask(MaskCommand::Press(0.25));
    bench.mask(MaskCommand::BeginStroke { brush, change: Change::Add, at: from });
    bench.mask(MaskCommand::Press(1.0));
    bench.mask(MaskCommand::ExtendStroke(vec![to]));
    bench.mask(MaskCommand::EndStroke);
    let mask = bench.bits();
    let height = |x: u32| (0..HEIGHT).filter(|y| mask.get(x, *y)).count();
    let heights = [60, 110, 160, 210, 258].map(height);
    assert!(heights.windows(2).all(|pair| pair[0] < pair[1]), "thicker and thicker: {heights:?}");
    assert!((9..=13).contains(&heights[0]) && (38..=41).contains(&heights[4]), "{heights:?}");
    assert_eq!(bench.own().n_undo, 1, "one step");
    bench.mask(MaskCommand::Clear);
    bench.mask(MaskCommand::BeginStroke { brush, change: Change::Add, at: from });
    bench.mask(MaskCommand::EndStroke);
    let n = bench.bits().count();
    assert!(n.abs_diff(1257) < 20, "without a pen the tip is whole again: {n}");
}

#[test]
fn a_mask_is_carried_on_with_its_face_to_the_end_of_the_shot() {
    let mut bench = examined(Path::new("moving-clip.mp4"));
    bench.draw(20);
    let kind = Some(ForgeryKind::Swap);
    bench.mask(MaskCommand::SetLabel(MaskLabel { kind, ..MaskLabel::default() }));
    bench.mask(MaskCommand::Follow { n_frames: None });
    assert_eq!(bench.unreviewed(), (21..CUT).collect::<Vec<_>>(), "{}", bench.notices());
    for frame in 21..CUT {
        let copy = bench.of_frame(frame).expect("a copy");
        let left = FORGED.x as u32 + frame as u32;
        assert_eq!(place(&copy.mask), Some((left, 1500)), "moved with the face, frame {frame}");
        assert_eq!((copy.label.kind, copy.n_undo), (kind, 1));
        assert_eq!(copy.copy.map(|c| c.from_frame), Some(20));
        assert!(copy.is_unsaved());
    }
    assert!(bench.of_frame(CUT).is_none(), "not into the next shot");
    assert!(bench.notices().contains("29 frames") && bench.notices().contains("the shot ends"));
    assert!(!bench.own().is_unreviewed(), "the one drawn by hand is no copy");

    bench.draw(60);
    bench.mask(MaskCommand::Follow { n_frames: Some(4) });
    assert_eq!(bench.unreviewed().split_off(29), [61, 62, 63, 64]);
    bench.mask(MaskCommand::Follow { n_frames: None });
    assert_eq!(bench.unreviewed().last(), Some(&SEEN.1), "as long as the face is seen");
    assert!(bench.notices().contains("not seen"), "{}", bench.notices());
}

#[test]
fn what_a_person_drew_is_never_replaced_by_a_copy() {
    let mut bench = examined(Path::new("moving-clip.mp4"));
    bench.draw(24);
    let own = bench.bits();
    bench.draw(20);
    bench.mask(MaskCommand::Follow { n_frames: Some(8) });
    assert_eq!(bench.unreviewed(), [21, 22, 23, 25, 26, 27, 28]);
    assert_eq!(*bench.of_frame(24).expect("a mask").mask, own);
    assert!(bench.notices().contains("One frame has a mask of its own"), "{}", bench.notices());
    // A copy that was corrected stays too, one that nobody touched is made anew.
    bench.go(22);
    bench.paint((200.0, 200.0), (220.0, 200.0), Change::Add);
    let corrected = bench.bits();
    bench.go(26);
    bench.mask(MaskCommand::Accept);
    bench.go(20);
    bench.mask(MaskCommand::Clear);
    bench.draw(20);
    bench.paint((80.0, 100.0), (90.0, 100.0), Change::Add);
    let n = bench.bits().count();
    bench.mask(MaskCommand::Follow { n_frames: Some(8) });
    let count = |bench: &Bench, frame| bench.of_frame(frame).map(|view| view.n_set);
    assert_eq!(*bench.of_frame(22).expect("a mask").mask, corrected);
    assert_eq!(count(&bench, 26), Some(1500), "accepted");
    assert!(n > 1500 && count(&bench, 23) == Some(n) && count(&bench, 28) == Some(n), "anew");
    let undo = |bench: &mut Bench, frame| {
        bench.go(frame);
        bench.mask(MaskCommand::Undo);
        count(bench, frame)
    };
    assert_eq!(undo(&mut bench, 23), Some(1500), "the copy before it");
}

#[test]
fn copies_are_looked_at_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = examined(Path::new("moving-clip.mp4"));
    bench.draw(20);
    bench.mask(MaskCommand::Accept);
    assert!(bench.notices().contains("no copy"), "{}", bench.notices());
    bench.mask(MaskCommand::NextUnreviewed(1));
    assert!(bench.notices().contains("No frame has a copy"), "{}", bench.notices());
    bench.mask(MaskCommand::Follow { n_frames: Some(4) });
    bench.mask(MaskCommand::NextUnreviewed(1));
    bench.until_at(21);
    bench.mask(MaskCommand::NextUnreviewed(-1));
    bench.until_at(24);
    bench.mask(MaskCommand::NextUnreviewed(1));
    bench.until_at(21);
    bench.mask(MaskCommand::Accept);
    bench.until_at(22);
    assert_eq!(bench.unreviewed(), [22, 23, 24]);
    bench.mask(MaskCommand::Reject);
    bench.until_at(23);
    assert_eq!((bench.unreviewed(), bench.of_frame(22).map(|m| m.n_set)), (vec![23, 24], Some(0)));
    assert!(!bench.of_frame(22).expect("emptied").is_unsaved(), "nothing of it is to be saved");
    bench.go(22);
    bench.mask(MaskCommand::Undo);
    assert_eq!(bench.unreviewed(), [22, 23, 24], "as it was: to be reviewed");

    for (frame, is_reviewed) in [(21, true), (23, false)] {
        bench.go(frame);
        let path = folder.path().join(format!("{frame}.png"));
        bench.mask(MaskCommand::Save { path: path.clone(), replaces: false });
        assert!(!bench.own().is_unsaved(), "{}", bench.notices());
        let text = std::fs::read_to_string(path.with_extension("json")).expect("facts");
        let facts: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(facts["copy"]["from_frame"], 20);
        assert_eq!(facts["copy"]["is_reviewed"], is_reviewed);
    }
    bench.mask(MaskCommand::Accept);
    assert!(bench.of_frame(23).expect("a copy").is_unsaved(), "the file does not say so yet");
    let mut other = examined(Path::new("moving-clip.mp4"));
    other.go(23);
    other.mask(MaskCommand::Load(folder.path().join("23.png")));
    assert_eq!(other.unreviewed(), [23], "the file says that nobody has looked");
    other.mask(MaskCommand::Accept);
    assert!(other.notices().contains("Every copy is reviewed"), "{}", other.notices());
}

#[test]
fn all_masks_of_a_clip_are_saved_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = examined(&folder.path().join("moving-clip.mp4"));
    bench.draw(20);
    bench.mask(MaskCommand::Follow { n_frames: Some(5) });
    assert_eq!(bench.shown().n_unsaved_masks(), 6);
    bench.session.apply(Command::Mask(MaskCommand::SaveAll));
    bench.until("saved", |view| view.document().is_some_and(|d| d.n_unsaved_masks() == 0));
    for frame in 21..=26 {
        let name = format!("moving-clip.mp4.frame{frame:06}.mask.png");
        assert!(folder.path().join(&name).is_file(), "{name}");
    }
    assert_eq!(bench.unreviewed().len(), 5, "saved is not reviewed");
}

#[test]
fn copies_that_were_on_the_screen_are_accepted_together() {
    let mut bench = examined(Path::new("moving-clip.mp4"));
    bench.draw(20);
    bench.mask(MaskCommand::Follow { n_frames: Some(6) });
    // Not worked on: nobody looks at masks that are not drawn.
    bench.go(25);
    bench.mask(MaskCommand::Edit(true));
    bench.go(22);
    bench.go(24);
    bench.mask(MaskCommand::AcceptSeen);
    assert_eq!(bench.unreviewed(), [21, 23, 25, 26], "{}", bench.notices());
    assert!(
        bench.notices().contains("Accepted: 2. Not on the screen yet: 4."),
        "{}",
        bench.notices()
    );
    // A copy made anew was not seen as it is now.
    bench.go(21);
    bench.go(20);
    bench.paint((80.0, 100.0), (90.0, 100.0), Change::Add);
    bench.mask(MaskCommand::Follow { n_frames: Some(6) });
    bench.mask(MaskCommand::AcceptSeen);
    assert_eq!(bench.unreviewed(), [21, 23, 25, 26], "{}", bench.notices());
}

#[test]
fn a_mask_goes_no_further_than_the_clip_is_examined() {
    let mut bench = Bench::new(None);
    bench.open(&["moving-stuck-clip.mp4"]);
    bench.until("examined as far as it goes", |view| {
        let video = view.document().and_then(|d| d.video.as_ref());
        video.and_then(|v| v.track(1)).is_some_and(|t| t.n_full == STUCK_AT - SEEN.0)
    });
    bench.draw(20);
    bench.mask(MaskCommand::Follow { n_frames: None });
    assert_eq!(bench.unreviewed(), (21..STUCK_AT).collect::<Vec<_>>(), "{}", bench.notices());
    assert!(bench.notices().contains("not examined yet"), "{}", bench.notices());

    let mut bench = examined(Path::new("still.png"));
    bench.mask(MaskCommand::AcceptMap);
    bench.mask(MaskCommand::Follow { n_frames: None });
    assert!(bench.notices().contains("Only a video"), "{}", bench.notices());
    let mut bench = examined(Path::new("no-face-clip.mp4"));
    bench.draw(20);
    bench.mask(MaskCommand::Follow { n_frames: None });
    assert!(bench.notices().contains("No face lies below"), "{}", bench.notices());
}
