//! The session without a window: commands in, events pumped, the view looked at.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pentimento::base::{
    Face, FaceFinding, Frame, MediaReport, Mesh, Phase, Rect, TaskCtx, Verdict, VideoReport,
};
use pentimento::bundle::Library;
use pentimento::curate::Examination;
use pentimento::detect::{Degradation, Rescored, SERIES};
use pentimento::pipeline::video::VideoEvent;
use pentimento::session::{
    Clip, Command, Document, DocumentState, ExamineError, ExamineSettings, Examiner, ModelFacts,
    Opened, OpenedStill, Robustness, Session, SessionOptions, Settings, Theme, View, ViewMode,
};
use pentimento::signal::{Colormap, OverlayMode};

use crate::support::fake_examiner::{FORGED, FakeExaminer, rescored};
use crate::support::gate::gate;

pub(crate) struct Bench {
    pub(crate) session: Session,
    wakes: Arc<AtomicUsize>,
    /// What is found at every path instead, if anything.
    content: Arc<Mutex<Option<PathBuf>>>,
}

/// The fake, with files that change.
struct Changing {
    fake: FakeExaminer,
    content: Arc<Mutex<Option<PathBuf>>>,
}

impl Examiner for Changing {
    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Opened, ExamineError> {
        let content = self.content.lock().expect("no crash").clone();
        self.fake.open(content.as_deref().unwrap_or(path), ctx)
    }

    fn examine_still(
        &mut self,
        opened: OpenedStill,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<MediaReport, ExamineError> {
        self.fake.examine_still(opened, settings, ctx)
    }

    fn examine_clip(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<VideoReport, ExamineError> {
        self.fake.examine_clip(clip, is_quick, on_event, settings, ctx)
    }

    fn load(&mut self, settings: &ExamineSettings, ctx: &TaskCtx<'_>) -> Result<(), ExamineError> {
        self.fake.load(settings, ctx)
    }

    fn examine_region(
        &mut self,
        frame: &Frame,
        region: Rect,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError> {
        self.fake.examine_region(frame, region, settings, ctx)
    }

    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError> {
        self.fake.rescore(frame, original, degradation, settings, ctx)
    }

    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError> {
        self.fake.mesh(frame, face, settings, ctx)
    }

    fn examine_item(
        &mut self,
        path: &Path,
        every_frame: bool,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        self.fake.examine_item(path, every_frame, settings, ctx)
    }

    fn clip_examination(
        &mut self,
        clip: &Arc<dyn Clip>,
        report: &VideoReport,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        self.fake.clip_examination(clip, report, settings, ctx)
    }

    fn model(&self) -> Option<ModelFacts> {
        self.fake.model()
    }
}

impl Bench {
    pub(crate) fn new(config_folder: Option<&Path>) -> Self {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&wakes);
        let content = Arc::default();
        let theirs = Arc::clone(&content);
        let session = Session::start(SessionOptions {
            make_examiner: Box::new(move || {
                let content = Arc::clone(&theirs);
                Box::new(Changing { fake: FakeExaminer::default(), content })
            }),
            wake: Arc::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
            }),
            config_folder: config_folder.map(Path::to_owned),
            library: config_folder.map(|folder| Library::at(folder.join("library"))),
            recovery_folder: config_folder.map(|folder| folder.join("unsaved")),
        });
        Self { session: session.expect("a thread"), wakes, content }
    }

    /// Examines `name` again, now that it holds what `content` stands for.
    pub(crate) fn examine_changed(&mut self, name: &str, content: &str) {
        *self.content.lock().expect("no crash") = Some(PathBuf::from(content));
        let id = self.document(name).id;
        self.session.apply(Command::ExamineAgain(id));
    }

    pub(crate) fn select(&mut self, name: &str) {
        let id = self.document(name).id;
        self.session.apply(Command::Select(id));
    }

    fn names_with_picture(&self) -> Vec<String> {
        let documents = self.session.view().documents.iter();
        documents.filter(|d| d.picture.is_some()).map(Document::name).collect()
    }

    pub(crate) fn open(&mut self, names: &[&str]) {
        self.session.apply(Command::Open(names.iter().map(PathBuf::from).collect()));
    }

    /// Polls until the view is as wanted.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&View<'_>) -> bool) {
        let start = Instant::now();
        while !wanted(&self.session.view()) {
            assert!(start.elapsed() < Duration::from_secs(20), "still waiting: {what}");
            std::thread::sleep(Duration::from_millis(1));
            self.session.poll();
        }
    }

    pub(crate) fn until_idle(&mut self) {
        self.until("all jobs done", |view| view.job.is_none());
    }

    pub(crate) fn document(&self, name: &str) -> &Document {
        let found = self.session.view().documents.iter().find(|d| d.name() == name);
        found.unwrap_or_else(|| panic!("{name} is not open"))
    }
}

#[test]
fn a_file_is_opened_examined_and_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::new(Some(folder.path()));
    bench.open(&["/pictures/two-faces.png"]);
    assert_eq!(bench.document("two-faces.png").state, DocumentState::Working);
    bench.until_idle();
    let view = bench.session.view();
    let document = bench.document("two-faces.png");
    assert_eq!(view.active, Some(document.id));
    assert_eq!(document.state, DocumentState::Done);
    assert_eq!((document.verdict, document.score), (Some(Verdict::TracesFound), Some(0.93)));
    assert_eq!(document.faces.len(), 2);
    assert_eq!(document.faces[0].upright_box, FORGED);
    assert_eq!(document.selected_face, Some(0), "the most suspicious face is pointed out");
    assert!(document.picture.is_some() && document.thumbnail.is_some(), "pixels to show");
    assert!(bench.wakes.load(Ordering::Relaxed) >= 2, "the window was woken");
    assert_eq!(view.model.map(|m| m.card.name.as_str()), Some("fake"));
    assert_eq!(view.style.threshold, 0.4, "the model's own threshold");
    drop(bench);
    let again = Bench::new(Some(folder.path()));
    assert_eq!(again.session.view().recent, [PathBuf::from("/pictures/two-faces.png")]);
}

#[test]
fn what_cannot_be_examined_says_why() {
    let mut bench = Bench::new(None);
    bench.open(&["unreadable.txt", "no-face.png", "broken.png"]);
    bench.until_idle();
    let unreadable = bench.document("unreadable.txt");
    assert_eq!(unreadable.state, DocumentState::Done);
    assert_eq!(unreadable.verdict, Some(Verdict::NotExamined));
    assert_eq!(unreadable.reason.as_deref(), Some("this is no picture"));
    assert!(unreadable.picture.is_none(), "nothing to show");
    let no_face = bench.document("no-face.png");
    assert_eq!(no_face.verdict, Some(Verdict::NotExamined));
    assert_eq!(no_face.reason.as_deref(), Some("no face was found"));
    assert!(no_face.picture.is_some(), "the picture is shown all the same");
    let broken = bench.document("broken.png");
    let text = "no model bundle named \"lae\"".to_owned();
    assert_eq!(broken.state, DocumentState::Failed(text));
    assert!(broken.picture.is_some(), "the picture is shown all the same");
    assert!(!bench.session.view().recent.iter().any(|p| p.ends_with("unreadable.txt")));
}

#[test]
fn a_crash_of_the_examiner_ends_the_job_only() {
    let mut bench = Bench::new(None);
    bench.open(&["panic.png", "fine.png"]);
    bench.until_idle();
    let crashed = &bench.document("panic.png").state;
    assert!(
        matches!(crashed, DocumentState::Failed(text) if text.contains("crashed")),
        "{crashed:?}"
    );
    assert_eq!(bench.document("fine.png").state, DocumentState::Done);
}

#[test]
fn cancel_stops_the_job_before_its_next_unit_of_work_and_the_queue() {
    let gate = gate("gated-cancelled.png");
    gate.allow(4);
    let mut bench = Bench::new(None);
    bench.open(&["gated-cancelled.png", "later.png"]);
    bench.until("the fifth unit of work", |view| {
        let progress = view.job.as_ref().and_then(|job| job.progress);
        progress.is_some_and(|p| p.phase == Phase::Examining && p.done == 4)
    });
    assert_eq!(bench.session.view().job.as_ref().map(|job| job.n_waiting), Some(1));
    bench.session.apply(Command::Cancel);
    assert!(bench.session.view().job.as_ref().is_some_and(|job| job.stopping), "said at once");
    gate.open();
    bench.until_idle();
    assert!(gate.n_passed() <= 5, "{} units of work", gate.n_passed());
    assert_eq!(bench.document("gated-cancelled.png").state, DocumentState::Cancelled);
    assert_eq!(bench.document("later.png").state, DocumentState::Cancelled);
    let later = bench.document("later.png").id;
    bench.session.apply(Command::ExamineAgain(later));
    bench.until_idle();
    assert_eq!(bench.document("later.png").state, DocumentState::Done);
}

#[test]
fn what_is_looked_at_is_done_first() {
    let mut bench = Bench::new(None);
    bench.open(&["slow.png", "a.png", "b.png", "c.png"]);
    let c = bench.document("c.png").id;
    bench.session.apply(Command::Select(c));
    let slow = bench.document("slow.png").id;
    bench.session.apply(Command::Close(slow));
    bench.until("c is examined", |view| {
        view.documents.iter().any(|d| d.name() == "c.png" && d.state == DocumentState::Done)
    });
    assert_ne!(bench.document("b.png").state, DocumentState::Done, "b was not before c");
    bench.until_idle();
    assert_eq!(bench.session.view().documents.len(), 3);
}

#[test]
fn a_drawn_region_is_examined_and_counts() {
    let mut bench = Bench::new(None);
    bench.open(&["no-face.png"]);
    bench.until_idle();
    bench.session.apply(Command::ExamineRegion(Rect::new(10.0, 20.0, 64.0, 64.0)));
    bench.until_idle();
    let document = bench.document("no-face.png");
    assert_eq!(document.faces.len(), 1);
    assert_eq!(document.faces[0].upright_box, Rect::new(10.0, 20.0, 64.0, 64.0));
    assert_eq!((document.verdict, document.score), (Some(Verdict::Inconclusive), Some(0.55)));
    assert_eq!(document.selected_face, Some(0));
    // One that fails changes nothing but is spoken of.
    bench.session.apply(Command::ExamineRegion(Rect::new(10.0, 20.0, 6.0, 6.0)));
    bench.until_idle();
    assert_eq!(bench.document("no-face.png").state, DocumentState::Done);
    let notices = &bench.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("too small for the fake")), "{notices:?}");
}

#[test]
fn settings_are_kept_and_values_held_to_their_range() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::new(Some(folder.path()));
    for command in [
        Command::SetTheme(Theme::Light),
        Command::SetColormap(Colormap::Amber),
        Command::SetOverlayMode(OverlayMode::Threshold),
        Command::SetOpacity(7.0),
        Command::SetThreshold(Some(0.25)),
        Command::SetMode(ViewMode::Residual),
    ] {
        bench.session.apply(command);
    }
    assert_eq!(bench.session.view().mode, ViewMode::Residual);
    drop(bench);
    let again = Bench::new(Some(folder.path()));
    let expected = Settings {
        theme: Theme::Light,
        colormap: Colormap::Amber,
        opacity: 1.0,
        threshold: Some(0.25),
        overlay_mode: OverlayMode::Threshold,
        ..Settings::default()
    };
    assert_eq!(again.session.view().settings, &expected);
}

#[test]
fn damaged_preferences_are_ignored_with_a_notice() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("settings.toml"), "opacity = = 3").expect("a file");
    let bench = Bench::new(Some(folder.path()));
    assert_eq!(bench.session.view().settings, &Settings::default());
    let notices = &bench.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("damaged")), "{notices:?}");
}

#[test]
fn opening_twice_shows_the_same_document_and_the_list_goes_round() {
    let mut bench = Bench::new(None);
    bench.open(&["a.png", "b.png"]);
    bench.open(&["a.png"]);
    bench.until_idle();
    assert_eq!(bench.session.view().documents.len(), 2);
    let (a, b) = (bench.document("a.png").id, bench.document("b.png").id);
    assert_eq!(bench.session.view().active, Some(a));
    bench.session.apply(Command::SelectNext(-1));
    assert_eq!(bench.session.view().active, Some(b), "up from the first is the last");
    bench.session.apply(Command::Close(b));
    assert_eq!(bench.session.view().active, Some(a));
    bench.session.apply(Command::Close(a));
    assert_eq!(bench.session.view().active, None);
}

#[test]
fn residuals_follow_the_color_map() {
    let mut bench = Bench::new(None);
    bench.open(&["a.png"]);
    bench.until_idle();
    let color = |bench: &Bench| {
        let patch = bench.document("a.png").faces[0].patch.clone().expect("a patch");
        patch.residual.get(0, 0)
    };
    assert_eq!(color(&bench), Colormap::Viridis.lookup(80.0 / 255.0), "20 of 255, times 4");
    bench.session.apply(Command::SetColormap(Colormap::Inferno));
    assert_eq!(color(&bench), Colormap::Inferno.lookup(80.0 / 255.0));
}

fn assert_no_findings(document: &Document) {
    assert!(document.report.is_none(), "the old report");
    assert!(document.faces.is_empty(), "{} old faces", document.faces.len());
    assert_eq!((document.selected_face, document.score), (None, None), "the old answer");
}

#[test]
fn a_file_that_became_unreadable_keeps_nothing_of_the_old_answer() {
    let mut bench = Bench::new(None);
    bench.open(&["a.png", "b.png"]);
    bench.until_idle();
    assert_eq!(bench.document("a.png").score, Some(0.93));
    bench.examine_changed("a.png", "unreadable.png");
    bench.until_idle();
    let document = bench.document("a.png");
    assert_eq!(document.state, DocumentState::Done);
    assert_eq!(document.verdict, Some(Verdict::NotExamined));
    assert_eq!(document.reason.as_deref(), Some("this is no picture"));
    assert_no_findings(document);
    assert!(document.picture.is_none() && document.thumbnail.is_none(), "nothing to show");
    bench.select("b.png");
    bench.select("a.png");
    assert!(bench.session.view().job.is_none(), "it was not put away: nothing to reopen");
    // It is back.
    bench.examine_changed("a.png", "a.png");
    bench.until_idle();
    let document = bench.document("a.png");
    assert_eq!((document.verdict, document.score), (Some(Verdict::TracesFound), Some(0.93)));
    assert!(document.reason.is_none() && document.picture.is_some());
}

#[test]
fn a_file_that_changed_is_never_shown_under_old_maps() {
    let mut bench = Bench::new(None);
    bench.open(&["a.png"]);
    bench.until_idle();
    let old = bench.document("a.png").picture.clone().expect("a picture");
    bench.examine_changed("a.png", "slow.png");
    bench.until("the new picture", |view| {
        let new = view.documents[0].picture.as_ref();
        new.is_some_and(|new| !Arc::ptr_eq(new, &old))
    });
    let document = bench.document("a.png");
    assert_eq!(document.state, DocumentState::Working);
    assert_no_findings(document);
    assert_eq!((document.verdict, &document.reason), (None, &None));
    bench.session.apply(Command::Cancel);
    bench.until_idle();
    assert_eq!(bench.document("a.png").state, DocumentState::Cancelled);
    assert_no_findings(bench.document("a.png"));
    // A failure of the engine does not bring the old answer back either.
    bench.examine_changed("a.png", "a.png");
    bench.until_idle();
    assert_eq!(bench.document("a.png").faces.len(), 2);
    bench.examine_changed("a.png", "broken.png");
    bench.until_idle();
    let document = bench.document("a.png");
    assert!(matches!(document.state, DocumentState::Failed(_)), "{:?}", document.state);
    assert_no_findings(document);
    assert_eq!((document.verdict, &document.reason), (None, &None));
    assert!(document.picture.is_some(), "the picture is shown all the same");
}

#[test]
fn pictures_are_put_away_whatever_became_of_the_examination() {
    let one_picture = 350_000;
    let mut bench = Bench::new(None);
    bench.session.keep_pictures(one_picture);
    bench.open(&["broken-1.png", "broken-2.png", "broken-3.png"]);
    bench.until_idle();
    assert_eq!(bench.names_with_picture(), ["broken-1.png"], "the one shown");
    bench.select("broken-3.png");
    bench.until_idle();
    assert_eq!(bench.names_with_picture(), ["broken-3.png"], "read once more");
    let state = &bench.document("broken-3.png").state;
    assert!(matches!(state, DocumentState::Failed(_)), "reading examines nothing: {state:?}");
    for name in ["slow-1.png", "slow-2.png"] {
        bench.open(&[name]);
        bench.until("a picture", |view| view.document().is_some_and(|d| d.picture.is_some()));
        bench.session.apply(Command::Cancel);
        bench.until_idle();
        assert_eq!(bench.names_with_picture(), [name], "the one shown");
    }
    bench.select("slow-1.png");
    bench.until_idle();
    assert_eq!(bench.names_with_picture(), ["slow-1.png"], "read once more");
    assert_eq!(bench.document("slow-1.png").state, DocumentState::Cancelled);
    // A region found in a document that was stopped is a result.
    bench.session.apply(Command::ExamineRegion(Rect::new(10.0, 20.0, 64.0, 64.0)));
    bench.until_idle();
    assert_eq!(bench.document("slow-1.png").state, DocumentState::Done);
}

/// The face of the forged side, with what was tried on it.
fn robustness<'a>(view: &View<'a>) -> Option<&'a Robustness> {
    view.document()?.faces.first().map(|face| &face.robustness)
}

#[test]
fn a_series_is_tried_step_by_step_and_leaves_the_finding_alone() {
    let mut bench = Bench::new(None);
    bench.open(&["two-faces.png"]);
    bench.until_idle();
    let score = bench.document("two-faces.png").score;
    bench.session.apply(Command::TestRobustness(0));
    assert!(robustness(&bench.session.view()).is_some_and(|r| r.is_running), "at once");
    bench.session.apply(Command::TestRobustness(0));
    bench.until("the series", |view| robustness(view).is_some_and(|r| !r.is_running));
    let tried = robustness(&bench.session.view()).expect("a face");
    let steps: Vec<Degradation> = tried.series.iter().map(|item| item.degradation).collect();
    assert_eq!(steps, SERIES, "asked for twice, done once");
    assert!(tried.is_complete() && tried.trial.is_none());
    let document = bench.document("two-faces.png");
    assert_eq!((document.score, &document.state), (score, &DocumentState::Done));
    bench.session.apply(Command::TestRobustness(0));
    assert!(robustness(&bench.session.view()).is_some_and(|r| r.series.is_empty()), "once more");
    bench.session.apply(Command::TestRobustness(9));
}

#[test]
fn the_newest_wish_of_a_trial_counts() {
    let mut bench = Bench::new(None);
    let name = "trials-slow-series.png";
    bench.open(&[name]);
    bench.until_idle();
    for sigma in 1..=40 {
        let wish = Degradation::Blur(sigma as f32 / 10.0);
        bench.session.apply(Command::TryDegraded(0, Some(wish)));
    }
    let shown = |view: &View<'_>| {
        robustness(view)?.trial.as_ref()?.shown.as_ref().map(|item| item.degradation)
    };
    bench.until("the last wish", |view| shown(view) == Some(Degradation::Blur(4.0)));
    let n_tried = rescored(name).len();
    assert!(n_tried < 20, "{n_tried} of 40 were tried");
    let job_was_live = bench.session.view().job.as_ref().is_none_or(|job| job.is_live);
    assert!(job_was_live, "nothing to wait for");
    bench.session.apply(Command::SelectFace(Some(1)));
    assert!(robustness(&bench.session.view()).is_some_and(|r| r.trial.is_none()), "another face");
    bench.session.apply(Command::TryDegraded(0, Some(Degradation::Jpeg(20))));
    bench.session.apply(Command::TryDegraded(0, None));
    bench.until_idle();
    assert!(robustness(&bench.session.view()).is_some_and(|r| r.trial.is_none()), "taken back");
}

#[test]
fn a_series_can_be_stopped_and_may_fail_without_harm() {
    let mut bench = Bench::new(None);
    bench.open(&["slow-series.png"]);
    bench.until_idle();
    bench.session.apply(Command::TestRobustness(0));
    bench.until("two steps", |view| robustness(view).is_some_and(|r| r.series.len() >= 2));
    bench.session.apply(Command::Cancel);
    bench.until("the stop", |view| robustness(view).is_some_and(|r| !r.is_running));
    let n_done = robustness(&bench.session.view()).map_or(0, |r| r.series.len());
    assert!((2..SERIES.len()).contains(&n_done), "{n_done}");
    assert_eq!(bench.document("slow-series.png").state, DocumentState::Done);

    bench.open(&["series-fails.png"]);
    bench.until_idle();
    bench.session.apply(Command::TestRobustness(0));
    bench.until("the failure", |view| !view.notices.is_empty());
    assert!(bench.session.view().notices[0].text.contains("gave up"));
    let tried = robustness(&bench.session.view()).expect("the face is still there");
    assert!(!tried.is_running && tried.series.is_empty());
}

#[test]
fn what_was_tried_is_forgotten_with_the_finding() {
    let mut bench = Bench::new(None);
    bench.open(&["slow-series.png"]);
    bench.until_idle();
    let id = bench.document("slow-series.png").id;
    bench.session.apply(Command::ExamineAgain(id));
    // The face still shown is about to be forgotten; its series must not run afterwards.
    bench.session.apply(Command::TestRobustness(0));
    bench.until_idle();
    let tried = robustness(&bench.session.view()).expect("examined again");
    assert!(tried.series.is_empty() && !tried.is_running, "{}", tried.series.len());
}
