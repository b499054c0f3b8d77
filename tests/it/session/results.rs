//! What the session gives back and keeps: findings of a case, whole looks at clips, blind reading,
//! recent files.

use std::path::Path;

use pentimento::base::Verdict;
use pentimento::case::ItemState;
use pentimento::session::{CaseCommand, CaseView, Command, QueueFilter};

use crate::session::case::CaseBench;
use crate::session::picture::Bench;
use crate::support::gate::gate;

fn row_look(case: &CaseView, name: &str) -> Option<(bool, u64)> {
    let row = case.rows.iter().find(|row| row.path.ends_with(name))?;
    row.found.as_ref()?.clip.map(|clip| (clip.is_quick, clip.n_examined))
}

#[test]
fn a_quick_look_at_a_clip_is_marked_and_a_whole_one_takes_its_place() {
    let mut case_bench = CaseBench::new(&["in/a-clip.mp4", "in/b-clip.mp4", "in/c.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [3, 0, 0]);
    let quick = row_look(case_bench.view(), "a-clip.mp4").expect("a finding");
    assert!(quick.0 && quick.1 < 100, "{quick:?}");
    assert_eq!(row_look(case_bench.view(), "c.png"), None, "a picture");

    // The item shown is examined frame by frame, and that is kept.
    let item = case_bench.view().rows[0].id;
    case_bench.apply(CaseCommand::Take(item));
    case_bench.until("every frame", |case| row_look(case, "a-clip.mp4") == Some((false, 100)));
    assert!(row_look(case_bench.view(), "b-clip.mp4").is_some_and(|look| look.0), "not opened");
    let kept = case_bench.on_disk();
    assert_eq!(kept.findings(item).unwrap().len(), 2, "the quick look stays in the history");
    assert_eq!(kept.newest_finding(item).unwrap().unwrap().report["quick"], false);

    // A choice beforehand: the background examines the other clip again, every frame.
    case_bench.apply(CaseCommand::ExamineEveryFrame(true));
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("every frame of the others", |case| {
        row_look(case, "b-clip.mp4") == Some((false, 100)) && !case.is_surveying
    });
    assert_eq!(
        case_bench.on_disk().findings(case_bench.view().rows[2].id).unwrap().len(),
        1,
        "not the picture"
    );
}

#[test]
fn known_genuine_files_weaken_the_verdict_of_pictures_that_are_open_and_of_a_case() {
    let mut bench = Bench::new(None);
    bench.open(&["a.png"]);
    bench.until_idle();
    assert_eq!(bench.document("a.png").verdict, Some(Verdict::TracesFound));
    bench.session.apply(Command::CompareWith(Some("genuine".into())));
    assert_eq!(bench.session.view().reference, Some(Path::new("genuine")));
    bench.until_idle();
    let document = bench.document("a.png");
    assert_eq!(document.verdict, Some(Verdict::Inconclusive));
    let compared = document.faces[0].finding.reference.expect("it was compared");
    assert_eq!((compared.n_as_high, compared.is_usual()), (8, Some(true)));
    bench.session.apply(Command::CompareWith(None));
    bench.until_idle();
    assert_eq!(bench.document("a.png").verdict, Some(Verdict::TracesFound), "as before");

    // A picture at work when the folder is chosen is compared, too.
    let gate = gate("gated-compared.png");
    gate.allow(1);
    bench.open(&["gated-compared.png"]);
    bench.until("at work", |_| gate.n_passed() == 1);
    bench.session.apply(Command::CompareWith(Some("genuine".into())));
    gate.open();
    bench.until_idle();
    assert_eq!(bench.document("gated-compared.png").verdict, Some(Verdict::Inconclusive));

    let mut case_bench = CaseBench::new(&["in/1.png"]);
    case_bench.bench.session.apply(Command::CompareWith(Some("genuine".into())));
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [1, 0, 0]);
    let item = case_bench.view().rows[0].id;
    let report = case_bench.on_disk().newest_finding(item).unwrap().unwrap().report;
    assert_eq!(report["faces"][0]["reference"]["n_as_high"], 8, "{report}");
}

#[test]
fn the_findings_are_written_as_a_table_that_replaces_nothing() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/=2.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [2, 0, 0]);
    let path = case_bench.path("table.csv");
    case_bench.apply(CaseCommand::SaveFindings(path.clone()));
    case_bench
        .until_view("saved", |view| view.notices.iter().any(|n| n.text.starts_with("Saved: ")));
    let csv = std::fs::read_to_string(&path).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.contains("\n'=2.png,Picture,"), "no formula: {csv}");
    std::fs::write(&path, "mine").unwrap();
    case_bench.apply(CaseCommand::SaveFindings(path.clone()));
    case_bench
        .until_view("refused", |view| view.notices.iter().any(|n| n.text.starts_with("Not saved")));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn blind_reading_lasts_and_hides_what_others_decided() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/2.png"]);
    let first = case_bench.view().rows[0].id;
    case_bench.apply(CaseCommand::Take(first));
    case_bench.shown();
    case_bench.paint(50.0);
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    case_bench
        .until("done", |case| case.rows[0].state == ItemState::Done && case.rows[0].n_masks == 1);
    let path = case_bench.path("a.pentimento");
    let open = |case_bench: &mut CaseBench, author: &str| {
        let (path, author) = (path.clone(), author.to_owned());
        case_bench.apply(CaseCommand::Close);
        case_bench.apply(CaseCommand::Open { path, author: author.clone() });
        case_bench.until("open", |case| case.author == author && case.is_writable());
    };
    open(&mut case_bench, "bob");
    assert!(!case_bench.view().is_blind);
    assert_eq!(case_bench.view().counts()[2], 1, "seen by who does not read blind");
    case_bench.apply(CaseCommand::ReadBlind(true));
    let [to_do, in_work, done, _] = case_bench.view().counts();
    assert_eq!((done, to_do + in_work), (0, 2), "the count says nothing");
    let row = &case_bench.view().rows[0];
    assert_eq!(case_bench.view().state_for_reader(row), ItemState::ToDo, "nor does the mark");
    case_bench.apply(CaseCommand::Filter(QueueFilter {
        state: Some(ItemState::Done),
        ..QueueFilter::default()
    }));
    assert!(case_bench.view().order.is_empty(), "nor the filter");
    open(&mut case_bench, "bob");
    assert!(case_bench.view().is_blind, "still blind after reopening");
    assert_eq!(case_bench.view().counts()[2], 0);
    open(&mut case_bench, "ada");
    assert!(!case_bench.view().is_blind, "another reader chooses for themselves");
    assert_eq!(case_bench.view().counts()[2], 1, "one's own work is seen");
}

#[test]
fn items_of_a_queue_do_not_push_files_out_of_the_recent_ones() {
    let mut case_bench = CaseBench::new(&["in/1.png"]);
    let first = case_bench.view().rows[0].id;
    case_bench.apply(CaseCommand::Take(first));
    case_bench.shown();
    let recent = case_bench.bench.session.view().recent;
    let is_item = |path: &std::path::PathBuf| path.ends_with("1.png");
    assert!(!recent.iter().any(is_item), "{recent:?}");
    assert!(recent.iter().any(|path| path.ends_with("a.pentimento")), "{recent:?}");
}

#[test]
fn a_file_that_was_opened_has_size_and_dates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two-faces.png");
    std::fs::write(&path, vec![7; 4321]).unwrap();
    let mut bench = Bench::new(None);
    bench.session.apply(Command::Open(vec![path]));
    bench.until_idle();
    let facts = bench.document("two-faces.png").file_facts.clone().expect("facts");
    assert_eq!((facts.bytes, facts.modified.is_some()), (4321, true));
    bench.open(&["/no/such/two-faces-2.png"]);
    bench.until_idle();
    assert_eq!(bench.document("two-faces-2.png").file_facts, None);
}
