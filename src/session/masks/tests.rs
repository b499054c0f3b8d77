//! Tests of editing masks, without threads: jobs are done by the test.

use std::sync::Arc;

use super::command::{MaskCommand, MaskQuestion};
use super::editor::MaskEditor;
use super::file::{MaskFile, MediaFacts, Sidecar, save};
use super::job::Finished;
use super::work::run_job;
use crate::annotate::{Brush, Change, Mask, MaskLabel};
use crate::base::Point;
use crate::session::document::id::DocumentId;
use crate::session::request::Request;
use crate::session::test_support::{
    add_picture, requests, with_clip, with_picture, with_picture_at,
};
use crate::session::workspace::Workspace;

struct Bench {
    editor: MaskEditor,
    ws: Workspace,
    id: DocumentId,
}

impl Bench {
    fn new((ws, id): (Workspace, DocumentId)) -> Self {
        Self { editor: MaskEditor::new(Arc::new(|| {})), ws, id }
    }

    fn command(&mut self, command: MaskCommand) {
        self.editor.command(&mut self.ws, command);
    }

    fn stroke(&mut self, points: &[(f32, f32)]) {
        let point = |(x, y): &(f32, f32)| Point { x: *x, y: *y };
        let brush = Brush { diameter_px: 6.0, hardness: 1.0 };
        let at = point(&points[0]);
        self.command(MaskCommand::BeginStroke { brush, change: Change::Add, at });
        self.command(MaskCommand::ExtendStroke(points[1..].iter().map(point).collect()));
        self.command(MaskCommand::EndStroke);
    }

    /// Does the oldest job, as the worker would.
    fn do_job(&mut self) {
        let job = self.editor.jobs.pop_front().expect("a job");
        let outcome = run_job(&job, &mut None);
        self.editor.take_in(&mut self.ws, Finished::new(&job, outcome));
    }

    /// Pixels set, steps to undo, steps to redo.
    fn state(&self) -> (u64, usize, usize) {
        let mask = self.ws.documents.get(self.id).unwrap().mask().unwrap();
        assert_eq!(mask.n_set, mask.mask.count(), "counted");
        (mask.n_set, mask.n_undo, mask.n_redo)
    }
}

#[test]
fn a_stroke_is_one_step_that_can_be_undone_and_redone() {
    let mut bench = Bench::new(with_picture());
    bench.stroke(&[(10.0, 10.0), (20.0, 10.0), (30.0, 20.0)]);
    let (first, ..) = bench.state();
    assert!(first > 100, "{first}");
    assert_eq!(bench.state(), (first, 1, 0));
    bench.stroke(&[(40.0, 40.0), (50.0, 40.0)]);
    let (both, ..) = bench.state();
    assert_eq!(bench.state(), (both, 2, 0));
    bench.command(MaskCommand::Undo);
    assert_eq!(bench.state(), (first, 1, 1));
    bench.command(MaskCommand::Redo);
    assert_eq!(bench.state(), (both, 2, 0));
    bench.command(MaskCommand::Undo);
    bench.command(MaskCommand::Undo);
    assert_eq!(bench.state(), (0, 0, 2));
    let mask = bench.ws.documents.mask((bench.id, 0)).unwrap();
    assert_eq!(mask.tools.get("brush"), Some(&2));
    assert!(!mask.is_unsaved(), "nothing is left of it");
    assert!(bench.editor.jobs.is_empty(), "no stroke needs the worker");
}

#[test]
fn a_pen_pressed_lightly_draws_a_thinner_line_and_the_next_stroke_begins_anew() {
    let width = |pressure: Option<f32>| {
        let mut bench = Bench::new(with_picture());
        if let Some(pressure) = pressure {
            bench.command(MaskCommand::Press(pressure));
        }
        bench.stroke(&[(10.0, 10.0), (40.0, 10.0)]);
        let first = bench.state().0;
        bench.command(MaskCommand::Clear);
        bench.stroke(&[(10.0, 10.0), (40.0, 10.0)]);
        (first, bench.state().0)
    };
    let (full, again) = width(None);
    let (light, after) = width(Some(0.2));
    assert!(light < full, "{light} {full}");
    assert_eq!((again, after), (full, full));
}

#[test]
fn commands_wait_for_a_job_in_their_order() {
    let mut bench = Bench::new(with_picture());
    bench.stroke(&[(20.0, 20.0), (30.0, 20.0)]);
    let (before, ..) = bench.state();
    bench.command(MaskCommand::Grow(2));
    assert!(bench.editor.is_busy());
    bench.command(MaskCommand::Invert);
    // Into the hole that the inversion leaves.
    bench.stroke(&[(22.0, 20.0), (28.0, 20.0)]);
    bench.command(MaskCommand::Grow(-1));
    bench.command(MaskCommand::Undo);
    assert_eq!(bench.state(), (before, 1, 0), "nothing is done yet");
    assert_eq!(bench.editor.waiting.len(), 6);
    bench.do_job();
    assert_eq!(bench.state().1, 4, "grown, inverted, drawn");
    assert!(bench.editor.is_busy(), "the next job");
    assert_eq!(bench.editor.waiting.len(), 1, "the undo");
    bench.do_job();
    assert!(!bench.editor.is_busy() && bench.editor.waiting.is_empty());
    assert_eq!((bench.state().1, bench.state().2), (4, 1));
}

#[test]
fn of_adjustments_in_a_row_only_the_last_one_counts() {
    let mut bench = Bench::new(with_picture());
    let at = Point { x: 5.0, y: 5.0 };
    bench.command(MaskCommand::WandOnPicture { at, tolerance: 0, change: Change::Add });
    for tolerance in 1..9 {
        bench.command(MaskCommand::Again { tolerance: Some(tolerance) });
    }
    assert_eq!(bench.editor.waiting.len(), 1);
    bench.do_job();
    bench.do_job();
    assert_eq!(bench.state(), (64 * 48, 1, 0), "still one step");
}

#[test]
fn a_result_for_a_mask_that_is_another_one_by_now_is_dropped() {
    let mut bench = Bench::new(with_picture());
    bench.stroke(&[(20.0, 20.0), (30.0, 20.0)]);
    bench.command(MaskCommand::Grow(2));
    let (before, ..) = bench.state();
    let mask = bench.ws.documents.mask_mut((bench.id, 0)).unwrap();
    let empty = Mask::new(64, 48);
    mask.replace_with(&empty, "clear");
    bench.do_job();
    assert_eq!(bench.state(), (0, 2, 0), "{before}");
}

#[test]
fn what_waits_for_a_closed_document_does_nothing() {
    let mut bench = Bench::new(with_picture());
    bench.stroke(&[(20.0, 20.0), (30.0, 20.0)]);
    bench.command(MaskCommand::Grow(2));
    bench.command(MaskCommand::Invert);
    let other = add_picture(&mut bench.ws, "/b.png");
    bench.ws.documents.close(bench.id);
    bench.id = other;
    bench.do_job();
    assert!(!bench.editor.is_busy() && bench.editor.waiting.is_empty());
    assert!(bench.ws.documents.get(other).unwrap().masks.is_empty());
}

#[test]
fn a_document_is_closed_when_its_masks_are_saved_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    std::fs::write(&path, "the picture").unwrap();
    let mut bench = Bench::new(with_picture_at(path.to_str().unwrap()));
    bench.stroke(&[(20.0, 20.0), (30.0, 20.0)]);
    bench.editor.ask_before_closing(bench.id);
    assert_eq!(bench.editor.view().question, Some(&MaskQuestion::Close(bench.id)));
    bench.command(MaskCommand::SaveAndClose(bench.id));
    assert!(requests(&mut bench.ws).is_empty(), "not yet");
    bench.do_job();
    let closes = |r: &Request| matches!(r, Request::Close(id) if *id == bench.id);
    assert!(requests(&mut bench.ws).iter().any(closes));
    assert!(folder.path().join("a.png.mask.png").is_file());
}

#[test]
fn a_copy_goes_to_the_next_frame_and_is_reviewed_there() {
    let mut bench = Bench::new(with_clip());
    bench.stroke(&[(20.0, 20.0), (30.0, 20.0)]);
    let (n, ..) = bench.state();
    bench.command(MaskCommand::CopyToNextFrame);
    assert!(matches!(requests(&mut bench.ws)[..], [Request::GoToFrame(1)]));
    assert_eq!(bench.ws.documents.mask((bench.id, 1)).unwrap().n_set, n);
    bench.command(MaskCommand::Accept);
    assert!(bench.ws.notices.list()[0].text.contains("no copy"), "drawn by hand");
    let label = MaskLabel { note: "left eye".to_owned(), ..MaskLabel::default() };
    bench.command(MaskCommand::SetLabel(label.clone()));
    assert_eq!(bench.ws.documents.mask((bench.id, 0)).unwrap().label, label);
}

#[test]
#[cfg(unix)]
fn a_mask_is_written_through_no_link_and_under_the_longest_name() {
    let folder = tempfile::tempdir().unwrap();
    let [path, victim] = ["m.png", "victim"].map(|name| folder.path().join(name));
    std::fs::write(&victim, "kept").unwrap();
    let pid = std::process::id();
    for name in [".m.png.part".to_owned(), format!(".m.png.{pid}.part"), "m.json".to_owned()] {
        std::os::unix::fs::symlink(&victim, folder.path().join(name)).unwrap();
    }
    let media = MediaFacts { name: "a".into(), sha256: String::new(), width_px: 4, height_px: 4 };
    let mut to_write = MaskFile {
        path: path.clone(),
        replaces: true,
        mask: Arc::new(Mask::new(4, 4)),
        sidecar: Sidecar::new(media, &MaskLabel::default()),
        original: victim.clone(),
        originals: Vec::new(),
    };
    save(&to_write).unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "kept");
    let facts = std::fs::read_to_string(path.with_extension("json")).unwrap();
    assert!(facts.contains(&crate::files::sha256_hex(b"kept")), "{facts}");
    to_write.path = folder.path().join(format!("{}.png", "m".repeat(250)));
    save(&to_write).unwrap();
    assert!(to_write.path.is_file());
}
