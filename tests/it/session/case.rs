//! The queue of a case in the session: taking, drawing, marking, what is on the disk afterwards.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pentimento::annotate::{Brush, Change, ForgeryKind, MaskLabel};
use pentimento::base::Point;
use pentimento::case::{Access, Case, Examined, ItemId, ItemState};
use pentimento::curate::{QueueStrategy, Quotas};
use pentimento::dataset::{self, Format};
use pentimento::session::{
    CaseCommand, CaseView, Command, Document, MaskCommand, QueueFilter, View,
};

use crate::session::picture::Bench;
use crate::support::fake_examiner::{GREY, HEIGHT, WIDTH};

pub(crate) struct CaseBench {
    pub(crate) bench: Bench,
    pub(crate) folder: tempfile::TempDir,
}

impl CaseBench {
    /// A new case with pictures of these names, which the stand-in examiner never reads.
    pub(crate) fn new(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut case_bench = Self { bench: Bench::new(None), folder };
        for name in names {
            let path = case_bench.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let image = pentimento::base::RgbImage::filled(WIDTH, HEIGHT, GREY);
            pentimento::media::write_png(&path, &image).unwrap();
        }
        let path = case_bench.path("a.pentimento");
        case_bench.apply(CaseCommand::New { path, author: "ada".into() });
        case_bench.until("open", CaseView::is_writable);
        let folder = case_bench.path("in");
        case_bench.apply(CaseCommand::Add(vec![folder]));
        case_bench.until("added", |case| case.rows.len() == names.len() && case.work.is_none());
        case_bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn apply(&mut self, command: CaseCommand) {
        self.bench.session.apply(Command::Case(command));
    }

    pub(crate) fn mask(&mut self, command: MaskCommand) {
        self.bench.session.apply(Command::Mask(command));
    }

    pub(crate) fn view(&self) -> &CaseView {
        self.bench.session.view().case.expect("a case is open")
    }

    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&CaseView) -> bool) {
        let start = Instant::now();
        loop {
            self.bench.session.poll();
            if self.bench.session.view().case.is_some_and(&is_so) {
                return;
            }
            let view = self.bench.session.view();
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{what}: {:?} {:?}",
                view.notices,
                view.case
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn until_view(&mut self, what: &str, is_so: impl Fn(&View<'_>) -> bool) {
        let start = Instant::now();
        loop {
            self.bench.session.poll();
            let view = self.bench.session.view();
            if is_so(&view) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{what}: {:?}", view.notices);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn says(&self, what: &str) -> bool {
        self.bench.session.view().notices.iter().any(|n| n.text.contains(what))
    }

    /// The item shown, once its picture and what was drawn on it before are there.
    pub(crate) fn shown(&mut self) -> String {
        let start = Instant::now();
        loop {
            self.bench.session.poll();
            let document = self.bench.session.view().document();
            let is_whole = |d: &&Document| {
                let has_masks = d.has_case_masks();
                d.item.is_some() && d.picture.is_some() && has_masks
            };
            if let Some(document) = document.filter(is_whole) {
                return document.name();
            }
            let view = self.bench.session.view();
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "nothing is shown: {:?}",
                view.notices
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn paint(&mut self, x: f32) {
        let (brush, at) = (Brush { diameter_px: 20.0, hardness: 1.0 }, Point { x, y: 50.0 });
        self.mask(MaskCommand::BeginStroke { brush, change: Change::Add, at });
        self.mask(MaskCommand::EndStroke);
    }

    /// What another program sees on the disk.
    pub(crate) fn on_disk(&self) -> Case {
        Case::open_read_only(self.path("a.pentimento")).unwrap()
    }
}

fn row_names(case: &CaseView) -> Vec<String> {
    let name = |at: &usize| case.rows[*at].path.file_name().unwrap().to_string_lossy().into_owned();
    case.order.iter().map(name).collect()
}

#[test]
fn the_queue_is_examined_ranked_worked_off_and_kept() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/45.png", "in/80.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [3, 0, 0]);
    let quotas = Quotas::default();
    case_bench.apply(CaseCommand::Rank { strategy: QueueStrategy::Uncertainty, quotas, seed: 1 });
    case_bench.until("ranked", |case| case.strategy == Some(QueueStrategy::Uncertainty));
    assert_eq!(
        row_names(case_bench.view()),
        ["45.png", "80.png", "1.png"],
        "nearest to the middle first"
    );
    assert!(case_bench.view().rows[1].why.is_some(), "every place has its reason");

    case_bench.apply(CaseCommand::TakeNext(1));
    assert_eq!(case_bench.shown(), "45.png");
    case_bench.paint(50.0);
    let label = MaskLabel { kind: Some(ForgeryKind::Swap), ..MaskLabel::default() };
    case_bench.mask(MaskCommand::SetLabel(label.clone()));
    case_bench.until("kept", |case| case.rows[1].n_masks == 1);
    // What is said of it follows what was drawn.
    let path = case_bench.path("a.pentimento");
    let saved = || Case::open_read_only(&path).unwrap().masks(ItemId(2)).unwrap();
    case_bench.until("said", |_| saved()[0].label.kind.is_some());
    let kept = saved();
    assert_eq!((kept[0].author.as_str(), &kept[0].label), ("ada", &label));
    assert!(kept[0].mask.get(50, 50) && kept[0].mask.count() > 200, "{}", kept[0].mask.count());
    assert_eq!(case_bench.on_disk().row(ItemId(2)).unwrap().state, ItemState::InWork);

    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(case_bench.shown(), "80.png", "the next one comes by itself");
    case_bench.until_view("put away", |view| view.documents.len() == 1);
    // Nothing is drawn: nothing forged was seen.
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(case_bench.shown(), "1.png");
    case_bench.apply(CaseCommand::Mark(ItemState::Skipped));
    case_bench.until("worked off", |case| case.counts() == [0, 0, 2, 1]);
    let empty = case_bench.on_disk().masks(ItemId(3)).unwrap();
    assert!(empty.len() == 1 && empty[0].mask.is_empty(), "{empty:?}");

    let out = case_bench.path("set");
    let format = Format::Pentimento;
    case_bench.apply(CaseCommand::Export { format, out: out.clone(), copies_images: true });
    case_bench.until("exported", |case| case.exported.is_some());
    let set = dataset::open(&out).unwrap();
    let mut decisions: Vec<&str> = set.records().iter().map(|r| r.decision.as_str()).collect();
    decisions.sort_unstable();
    assert_eq!(decisions, ["forged", "nothing-forged"], "what was skipped stays behind");
    let forged = set.records().iter().find(|r| r.decision == "forged").unwrap();
    assert_eq!(set.mask(forged).unwrap(), kept[0].mask, "not a pixel is lost");
    assert_eq!((forged.strategy.as_deref(), forged.rank), (Some("uncertainty"), Some(1)));
}

#[test]
fn what_was_drawn_is_there_again_and_a_blind_reader_does_not_see_it() {
    let mut case_bench = CaseBench::new(&["in/1.png"]);
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    case_bench.paint(60.0);
    case_bench.paint(120.0);
    case_bench.until("kept", |case| case.rows[0].n_masks == 1);
    let n_set = case_bench.bench.session.view().document().unwrap().mask().unwrap().n_set;
    let path = case_bench.path("a.pentimento");
    case_bench.apply(CaseCommand::Close);
    // What is still on its way to the disk keeps its document open.
    case_bench.until_view("closed", |view| view.documents.is_empty() && view.case.is_none());

    let open = |author: &str| CaseCommand::Open { path: path.clone(), author: author.into() };
    case_bench.apply(open("ada"));
    case_bench.until("open", CaseView::is_writable);
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    let drawn = |case_bench: &mut CaseBench| {
        case_bench.until_view("the masks of the case", |view| {
            view.document().is_some_and(Document::has_case_masks)
        });
        let mask = case_bench.bench.session.view().document().and_then(|d| d.mask());
        mask.map_or(0, |mask| mask.n_set)
    };
    assert_eq!(drawn(&mut case_bench), n_set);
    assert_eq!(case_bench.bench.session.view().document().unwrap().n_unsaved_masks(), 0);
    case_bench.paint(180.0);
    let tools =
        |case_bench: &CaseBench| case_bench.on_disk().masks(ItemId(1)).unwrap()[0].tools.clone();
    case_bench.until("kept again", |_| {
        let stored = Case::open_read_only(&path).unwrap().masks(ItemId(1)).unwrap();
        stored[0].mask.count() > n_set
    });
    assert_eq!(
        tools(&case_bench).get("brush"),
        Some(&3),
        "two strokes before, one after: {:?}",
        tools(&case_bench)
    );

    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    case_bench.until("done", |case| case.counts() == [0, 0, 1, 0]);
    case_bench.apply(open("bob"));
    case_bench.until("open", |case| case.author == "bob");
    case_bench.apply(CaseCommand::ReadBlind(true));
    case_bench.apply(CaseCommand::TakeNext(1));
    case_bench.shown();
    assert_eq!(drawn(&mut case_bench), 0, "what ada drew stays hidden");
    assert!(case_bench.view().other_readers.is_empty());
    case_bench.paint(60.0);
    case_bench.until("kept", |case| case.rows[0].n_masks == 2);
    case_bench.apply(CaseCommand::CompareReaders);
    case_bench.until("compared", |case| case.agreement.is_some());
    let iou = case_bench.view().agreement.as_ref().unwrap().agreement.mean_iou().unwrap();
    assert!((0.25..0.4).contains(&iou), "one of three strokes: {iou}");
    let independence = case_bench.view().agreement.as_ref().unwrap().independence();
    assert!(independence.starts_with("On none of the 1"), "{independence}");
}

#[test]
fn a_second_window_looks_and_does_not_touch() {
    let mut case_bench = CaseBench::new(&["in/1.png"]);
    let path = case_bench.path("a.pentimento");
    let mut second = CaseBench { bench: Bench::new(None), folder: tempfile::tempdir().unwrap() };
    second.apply(CaseCommand::Open { path, author: "bob".into() });
    second.until("open", |_| true);
    assert!(
        matches!(&second.view().access, Access::ReadOnly { reason } if reason.contains("ada")),
        "{:?}",
        second.view().access
    );
    second.apply(CaseCommand::Mark(ItemState::Done));
    let has_notice =
        second.bench.session.view().notices.iter().any(|n| n.text.contains("reading only"));
    assert!(has_notice, "{:?}", second.bench.session.view().notices);
    second.apply(CaseCommand::Take(ItemId(1)));
    second.shown();
    second.paint(60.0);
    assert_eq!(
        second.bench.session.view().document().unwrap().n_unsaved_masks(),
        1,
        "kept nowhere"
    );
    assert_eq!(case_bench.on_disk().masks(ItemId(1)).unwrap(), []);
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
}

#[test]
fn unreadable_files_are_reported_and_do_not_stop_the_rest() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/2-unreadable.png", "in/3.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [2, 1, 0]);
    let failed =
        case_bench.view().rows.iter().find(|r| matches!(r.examined, Examined::Failed(_))).unwrap();
    assert!(matches!(&failed.examined, Examined::Failed(why) if why.contains("no picture")));
    let filter = QueueFilter { text: "UNREAD".into(), ..QueueFilter::default() };
    case_bench.apply(CaseCommand::Filter(filter));
    assert_eq!(row_names(case_bench.view()), ["2-unreadable.png"]);
}

#[test]
fn what_is_no_case_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pentimento");
    std::fs::write(&path, "not a case").unwrap();
    let mut case_bench = CaseBench { bench: Bench::new(None), folder };
    case_bench.apply(CaseCommand::Open { path: path.clone(), author: "ada".into() });
    let start = Instant::now();
    while case_bench.bench.session.view().notices.is_empty()
        && start.elapsed() < Duration::from_secs(10)
    {
        case_bench.bench.session.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
    let view = case_bench.bench.session.view();
    assert!(
        view.case.is_none() && view.notices[0].text.contains("x.pentimento"),
        "{:?}",
        view.notices
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a case");
    case_bench.apply(CaseCommand::TakeNext(1));
    let has_notice =
        case_bench.bench.session.view().notices.iter().any(|n| n.text.contains("No case"));
    assert!(has_notice && Path::new(&path).is_file());
}

#[test]
fn what_failed_is_tried_again_when_it_is_asked_for() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/2-unreadable.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [1, 1, 0] && !case.is_surveying);
    case_bench.apply(CaseCommand::SurveyAgain);
    case_bench.until("tried again", |case| !case.is_surveying);
    let tried = case_bench.on_disk().log(None, 100).unwrap();
    let n_failures = tried.iter().filter(|entry| entry.action.contains("fail")).count();
    assert_eq!(n_failures, 2, "{tried:?}");
    assert_eq!(
        case_bench.view().examined(),
        [1, 1, 0],
        "what the detector in use examined is left alone"
    );
}

#[test]
fn the_name_is_kept_until_the_next_run_beside_what_else_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    let preferences = config.join("settings.toml");
    std::fs::write(&preferences, "of_the_future = 7\n").unwrap();
    let mut case_bench = CaseBench { bench: Bench::new(Some(&config)), folder };
    assert_eq!(case_bench.bench.session.view().settings.author, None);
    let path = case_bench.path("a.pentimento");
    case_bench.apply(CaseCommand::New { path, author: "Ada".into() });
    case_bench.until("open", CaseView::is_writable);
    let CaseBench { bench, folder } = case_bench;
    // Its end waits for what is being written.
    drop(bench);
    let text = std::fs::read_to_string(&preferences).unwrap();
    assert!(text.contains("author = \"Ada\"") && text.contains("of_the_future = 7"), "{text}");
    let again = Bench::new(Some(&config));
    assert_eq!(again.session.view().settings.author.as_deref(), Some("Ada"));
    drop((again, folder));
}
