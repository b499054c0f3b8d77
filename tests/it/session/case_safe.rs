//! Nothing that a person drew is lost, taken for another's, or written where it does not belong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pentimento::annotate::{Mask, MaskLabel};
use pentimento::base::{RgbImage, TaskCtx};
use pentimento::case::{self, Case, ItemId, ItemState, NewItem, StoredMask};
use pentimento::files::sha256_hex;
use pentimento::session::{CaseCommand, CaseView, Command, Document, MaskCommand};

use crate::session::case::CaseBench;
use crate::session::picture::Bench;
use crate::support::fake_examiner::{GREY, HEIGHT, WIDTH};
use crate::support::gate::gate;

/// A case with a mask of the upper left corner of every item by each of these, not opened yet.
fn prepared(names: &[&str], readers: &[&str]) -> CaseBench {
    let folder = tempfile::tempdir().unwrap();
    let case_bench = CaseBench { bench: Bench::new(None), folder };
    let mut case = Case::create(case_bench.path("a.pentimento"), "ada").unwrap();
    let paths: Vec<PathBuf> = names.iter().map(|name| case_bench.path(name)).collect();
    for path in &paths {
        write_picture(path, GREY);
    }
    let item = |path: &PathBuf| NewItem { path: path.clone(), source: None, person: None };
    case.add(&mut paths.iter().map(item), &TaskCtx::silent()).unwrap();
    for (i, reader) in (1..=names.len()).flat_map(|i| readers.iter().map(move |r| (i, r))) {
        let mut mask = Mask::new(WIDTH, HEIGHT);
        (0..20).for_each(|y| mask.set_span(y, 0..20));
        case.save_mask(&StoredMask {
            item: ItemId(i as i64),
            frame: None,
            author: (*reader).to_owned(),
            mask,
            label: MaskLabel::default(),
            started_from_map_at: None,
            model: None,
            tools: std::collections::BTreeMap::new(),
            seen_readers: None,
            at: case::now(),
            reviewer: None,
        })
        .unwrap();
    }
    case_bench
}

fn write_picture(path: &Path, color: [u8; 3]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    pentimento::media::write_png(path, &RgbImage::filled(WIDTH, HEIGHT, color)).unwrap();
}

fn open(case_bench: &mut CaseBench, author: &str) {
    let path = case_bench.path("a.pentimento");
    case_bench.apply(CaseCommand::Open { path, author: author.into() });
    case_bench.until("open", |case| case.author == author && case.is_writable());
}

/// Paths that take a while to be added.
fn many(case_bench: &CaseBench, n: usize) -> Vec<PathBuf> {
    (0..n).map(|i| case_bench.path(&format!("many/{i}.png"))).collect()
}

fn document(case_bench: &CaseBench) -> &Document {
    case_bench.bench.session.view().document().expect("something is shown")
}

fn n_set(case_bench: &CaseBench) -> u64 {
    document(case_bench).mask().map_or(0, |mask| mask.n_set)
}

fn rest(case_bench: &mut CaseBench, ms: u64) {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(ms) {
        case_bench.bench.session.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_examination_of_one_case_is_not_written_into_the_next() {
    let gate = gate("1-gated-survey.png");
    gate.allow(3);
    let mut case_bench = CaseBench::new(&["in/1-gated-survey.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("being examined", |_| gate.n_passed() == 3);
    write_picture(&case_bench.path("other/9.png"), GREY);
    let path = case_bench.path("b.pentimento");
    case_bench.apply(CaseCommand::New { path: path.clone(), author: "ada".into() });
    case_bench.until("open", |case| case.path == path);
    gate.open();
    let folder = case_bench.path("other");
    case_bench.apply(CaseCommand::Add(vec![folder]));
    case_bench.until("added", |case| case.rows.len() == 1 && case.work.is_none());
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [1, 0, 0]);
    assert!(gate.n_passed() <= 4, "the first examination went on: {}", gate.n_passed());
    assert_eq!(Case::open_read_only(&path).unwrap().findings(ItemId(1)).unwrap().len(), 1);
    assert_eq!(case_bench.on_disk().findings(ItemId(1)).unwrap(), [], "it was stopped");
}

#[test]
fn a_mask_counts_as_saved_when_it_is_and_a_failed_one_stays_open_and_keeps_its_item_from_done() {
    let mut case_bench = prepared(&["in/1-slow.png", "in/2.png"], &[]);
    let file = case_bench.path("in/1-slow.png");
    let right = std::fs::read(&file).unwrap();
    let mut case = Case::open(case_bench.path("a.pentimento"), "ada").unwrap();
    case.identify(ItemId(1), &sha256_hex(&right)).unwrap();
    drop(case);
    open(&mut case_bench, "ada");
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    // The examination, which would tell, takes long.
    std::fs::write(&file, "another file").unwrap();
    case_bench.paint(60.0);
    assert_eq!(document(&case_bench).n_unsaved_masks(), 1, "it is only on its way");
    case_bench.until_view("refused", |view| {
        view.notices.iter().any(|n| n.text.contains("could not be saved"))
    });
    assert_eq!(document(&case_bench).n_unsaved_masks(), 1);
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(case_bench.shown(), "2.png");
    case_bench.until("still in work", |case| case.rows[0].state == ItemState::InWork);
    rest(&mut case_bench, 100);
    assert_eq!(case_bench.on_disk().row(ItemId(1)).unwrap().state, ItemState::InWork);
    assert_eq!(case_bench.on_disk().masks(ItemId(1)).unwrap(), []);
    let view = case_bench.bench.session.view();
    let left = view.documents.iter().find(|d| d.path == file).expect("it stays open");
    assert_eq!(left.n_unsaved_masks(), 1);
    // Mended, the same is saved after all.
    let id = left.id;
    std::fs::write(&file, right).unwrap();
    case_bench.bench.session.apply(Command::Select(id));
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    case_bench
        .until("done", |case| case.rows[0].n_masks == 1 && case.rows[0].state == ItemState::Done);
    case_bench.until_view("put away", |view| view.documents.iter().all(|d| d.path != file));
    assert_eq!(case_bench.on_disk().row(ItemId(1)).unwrap().state, ItemState::Done);
}

#[test]
fn a_stroke_drawn_before_the_stored_mask_is_there_becomes_a_step_on_top_of_it() {
    let mut case_bench = prepared(&["in/1.png"], &["ada"]);
    open(&mut case_bench, "ada");
    // Another program is at it.
    let other = rusqlite::Connection::open(case_bench.path("a.pentimento")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.until_view("picture", |view| view.document().is_some_and(|d| d.picture.is_some()));
    assert!(!document(&case_bench).has_case_masks(), "the thread of the case waits");
    case_bench.paint(60.0);
    let drawn = n_set(&case_bench);
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert!(case_bench.says("One moment"), "nobody has seen yet what was drawn before");
    other.execute_batch("ROLLBACK").unwrap();
    case_bench.shown();
    assert_eq!(n_set(&case_bench), 400 + drawn);
    assert_eq!(document(&case_bench).mask().unwrap().n_undo, 1);
    case_bench.until_view("kept", |view| view.document().is_some_and(|d| d.n_unsaved_masks() == 0));
    let kept = case_bench.on_disk().masks(ItemId(1)).unwrap();
    assert!(kept.len() == 1 && kept[0].mask.get(5, 5) && kept[0].mask.get(60, 50));
    case_bench.mask(MaskCommand::Undo);
    assert_eq!(n_set(&case_bench), 400);
    case_bench.mask(MaskCommand::Undo);
    assert_eq!(n_set(&case_bench), 400, "what is stored is no step");
}

#[test]
fn what_another_reader_drew_is_not_taken_for_ones_own() {
    let mut case_bench = prepared(&["in/1.png", "in/2.png"], &["bob"]);
    open(&mut case_bench, "ada");
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    assert_eq!(document(&case_bench).mask().and_then(|mask| mask.shown_author()), Some("bob"));
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert!(case_bench.says("was drawn by bob") && case_bench.shown() == "1.png");
    case_bench.apply(CaseCommand::Review(true));
    case_bench.until("agreed", |case| !case.agreed.is_empty());
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(case_bench.shown(), "2.png");
    case_bench.until("done", |case| case.rows[0].state == ItemState::Done);
    let masks = case_bench.on_disk().masks(ItemId(1)).unwrap();
    assert_eq!((masks.len(), masks[0].author.as_str()), (1, "bob"), "none was stored for ada");
    assert_eq!(masks[0].reviewer.as_deref(), Some("ada"));
    // Drawn on, it is one's own: then nobody else's is shown that could be agreed with.
    case_bench.paint(60.0);
    case_bench.until("kept", |case| case.rows[1].n_masks == 2);
    let masks = case_bench.on_disk().masks(ItemId(2)).unwrap();
    let own = masks.iter().find(|mask| mask.author == "ada").unwrap();
    let seen = own.seen_readers.as_ref().unwrap();
    assert!(seen.iter().eq(["bob"]), "drawn on bob's mask: {seen:?}");
    case_bench.apply(CaseCommand::Review(true));
    assert!(case_bench.says("your own mask"));
    rest(&mut case_bench, 100);
    assert!(
        case_bench.on_disk().masks(ItemId(2)).unwrap().iter().all(|mask| mask.reviewer.is_none())
    );
}

#[test]
fn a_blind_reader_sees_no_mask_of_others_in_any_document() {
    let mut case_bench = prepared(&["in/1.png", "in/2.png"], &["bob"]);
    open(&mut case_bench, "ada");
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    case_bench.bench.session.apply(Command::Open(vec!["plain.png".into()]));
    case_bench.apply(CaseCommand::Take(ItemId(2)));
    case_bench.shown();
    let n_masks = |case_bench: &CaseBench| -> usize {
        case_bench.bench.session.view().documents.iter().map(|d| d.masks.len()).sum()
    };
    assert_eq!((n_masks(&case_bench), case_bench.view().other_readers.len()), (2, 1));
    case_bench.apply(CaseCommand::ReadBlind(true));
    assert_eq!((n_masks(&case_bench), case_bench.view().other_readers.len()), (0, 0));
    rest(&mut case_bench, 100);
    assert_eq!((n_masks(&case_bench), case_bench.view().other_readers.len()), (0, 0));
}

#[test]
fn of_a_changed_file_no_mask_is_shown_and_none_is_kept() {
    let mut case_bench = prepared(&["in/1.png"], &["ada"]);
    let mut case = Case::open(case_bench.path("a.pentimento"), "ada").unwrap();
    case.identify(ItemId(1), &"0".repeat(64)).unwrap();
    drop(case);
    let before = case_bench.on_disk().masks(ItemId(1)).unwrap();
    open(&mut case_bench, "ada");
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    case_bench.until_view("told", |view| {
        view.notices.iter().any(|n| n.text.contains("1.png was changed since"))
    });
    assert_eq!(n_set(&case_bench), 0);
    case_bench.paint(60.0);
    case_bench.apply(CaseCommand::Mark(ItemState::Done));
    assert!(case_bench.says("not the one that the case knows"));
    rest(&mut case_bench, 150);
    assert_eq!(document(&case_bench).n_unsaved_masks(), 1);
    assert_eq!(case_bench.on_disk().masks(ItemId(1)).unwrap(), before);
}

#[test]
fn an_item_that_crashes_the_examiner_is_passed_over_and_five_failures_stop_it() {
    let mut case_bench = CaseBench::new(&["in/1-panic.png", "in/2.png"]);
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("examined", |case| case.examined() == [1, 1, 0]);

    let names: Vec<String> = (1..=7).map(|i| format!("in/{i}-broken.png")).collect();
    let mut case_bench = CaseBench::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    case_bench.apply(CaseCommand::Survey(true));
    case_bench.until("stopped", |case| case.examined() == [0, 5, 2] && !case.is_surveying);
    rest(&mut case_bench, 100);
    assert_eq!(case_bench.view().examined(), [0, 5, 2]);
    assert!(case_bench.says("has stopped") && case_bench.says("no model bundle"));
}

#[test]
fn time_is_counted_for_the_item_that_is_shown_and_goes_on_after_a_mark() {
    let mut case_bench = CaseBench::new(&["in/1.png"]);
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    case_bench.bench.session.apply(Command::Open(vec!["plain.png".into()]));
    case_bench.until_view("plain", |view| view.document().is_some_and(|d| d.item.is_none()));
    rest(&mut case_bench, 900);
    case_bench.bench.session.apply(Command::SetOpacity(0.5));
    let before =
        case_bench.bench.session.view().documents.iter().find(|d| d.item.is_some()).unwrap().id;
    case_bench.bench.session.apply(Command::Select(before));
    case_bench.apply(CaseCommand::Mark(ItemState::InWork));
    case_bench.until("some", |case| case.rows[0].seconds > 0.0);
    let seconds = case_bench.view().rows[0].seconds;
    assert!(seconds < 0.8, "the other file took the time: {seconds}");
    rest(&mut case_bench, 400);
    case_bench.apply(CaseCommand::Mark(ItemState::InWork));
    case_bench.until("more", |case| case.rows[0].seconds > seconds + 0.3);
}

#[test]
fn long_work_stops_before_it_begins_and_when_the_case_is_left() {
    let mut case_bench = CaseBench::new(&["in/1.png"]);
    let paths = many(&case_bench, 200_000);
    case_bench.apply(CaseCommand::Add(paths.clone()));
    case_bench.apply(CaseCommand::Stop);
    case_bench.until("over", |case| case.work.is_none());
    assert!(case_bench.on_disk().n_items().unwrap() < 100_000);
    case_bench.apply(CaseCommand::Add(paths));
    case_bench.apply(CaseCommand::Close);
    let path = case_bench.path("a.pentimento");
    case_bench.apply(CaseCommand::Open { path, author: "ada".into() });
    case_bench.until("open", CaseView::is_writable);
    assert!(case_bench.view().rows.len() < 100_000, "{}", case_bench.view().rows.len());
    assert!(case_bench.view().work.is_none());
}

#[test]
fn words_are_saved_once_they_are_all_there_or_when_the_item_is_left() {
    let mut case_bench = CaseBench::new(&["in/1.png", "in/2.png"]);
    case_bench.apply(CaseCommand::Take(ItemId(1)));
    case_bench.shown();
    case_bench.paint(60.0);
    case_bench.until("kept", |case| case.rows[0].n_masks == 1);
    let n_log = |case_bench: &CaseBench| case_bench.on_disk().log(None, 1000).unwrap().len();
    let note = |case_bench: &CaseBench| {
        case_bench.on_disk().masks(ItemId(1)).unwrap()[0].label.note.clone()
    };
    rest(&mut case_bench, 200);
    let before = n_log(&case_bench);
    for n in 1..=10 {
        let label = MaskLabel { note: "x".repeat(n), ..MaskLabel::default() };
        case_bench.mask(MaskCommand::SetLabel(label));
        rest(&mut case_bench, 20);
    }
    assert_eq!(note(&case_bench), "", "not with every key");
    rest(&mut case_bench, 1500);
    assert_eq!((note(&case_bench).len(), n_log(&case_bench)), (10, before + 1));
    let label = MaskLabel { note: "last".to_owned(), ..MaskLabel::default() };
    case_bench.mask(MaskCommand::SetLabel(label));
    case_bench.apply(CaseCommand::Take(ItemId(2)));
    rest(&mut case_bench, 400);
    assert_eq!(note(&case_bench), "last");
}
