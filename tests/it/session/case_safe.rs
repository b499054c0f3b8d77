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
    let desk = CaseBench { bench: Bench::new(None), folder };
    let mut case = Case::create(desk.path("a.pentimento"), "ada").unwrap();
    let paths: Vec<PathBuf> = names.iter().map(|name| desk.path(name)).collect();
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
            at: case::now(),
            reviewer: None,
        })
        .unwrap();
    }
    desk
}

fn write_picture(path: &Path, color: [u8; 3]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    pentimento::media::write_png(path, &RgbImage::filled(WIDTH, HEIGHT, color)).unwrap();
}

fn open(desk: &mut CaseBench, author: &str) {
    let path = desk.path("a.pentimento");
    desk.apply(CaseCommand::Open { path, author: author.into() });
    desk.until("open", |case| case.author == author && case.is_writable());
}

/// Paths that take a while to be added.
fn many(desk: &CaseBench, n: usize) -> Vec<PathBuf> {
    (0..n).map(|i| desk.path(&format!("many/{i}.png"))).collect()
}

fn document(desk: &CaseBench) -> &Document {
    desk.bench.session.view().document().expect("something is shown")
}

fn n_set(desk: &CaseBench) -> u64 {
    document(desk).mask().map_or(0, |mask| mask.n_set)
}

fn rest(desk: &mut CaseBench, ms: u64) {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(ms) {
        desk.bench.session.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_examination_of_one_case_is_not_written_into_the_next() {
    let gate = gate("1-gated-survey.png");
    gate.allow(3);
    let mut desk = CaseBench::new(&["in/1-gated-survey.png"]);
    desk.apply(CaseCommand::Survey(true));
    desk.until("being examined", |_| gate.n_passed() == 3);
    write_picture(&desk.path("other/9.png"), GREY);
    let path = desk.path("b.pentimento");
    desk.apply(CaseCommand::New { path: path.clone(), author: "ada".into() });
    desk.until("open", |case| case.path == path);
    gate.open();
    let folder = desk.path("other");
    desk.apply(CaseCommand::Add(vec![folder]));
    desk.until("added", |case| case.rows.len() == 1 && case.work.is_none());
    desk.apply(CaseCommand::Survey(true));
    desk.until("examined", |case| case.examined() == [1, 0, 0]);
    assert!(gate.n_passed() <= 4, "the first examination went on: {}", gate.n_passed());
    assert_eq!(Case::open_read_only(&path).unwrap().findings(ItemId(1)).unwrap().len(), 1);
    assert_eq!(desk.on_disk().findings(ItemId(1)).unwrap(), [], "it was stopped");
}

#[test]
fn a_mask_counts_as_saved_when_it_is_and_a_failed_one_stays_open_and_keeps_its_item_from_done() {
    let mut desk = prepared(&["in/1-slow.png", "in/2.png"], &[]);
    let file = desk.path("in/1-slow.png");
    let right = std::fs::read(&file).unwrap();
    let mut case = Case::open(desk.path("a.pentimento"), "ada").unwrap();
    case.identify(ItemId(1), &sha256_hex(&right)).unwrap();
    drop(case);
    open(&mut desk, "ada");
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    // The examination, which would tell, takes long.
    std::fs::write(&file, "another file").unwrap();
    desk.paint(60.0);
    assert_eq!(document(&desk).n_unsaved_masks(), 1, "it is only on its way");
    desk.until_view("refused", |view| {
        view.notices.iter().any(|n| n.text.contains("could not be saved"))
    });
    assert_eq!(document(&desk).n_unsaved_masks(), 1);
    desk.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(desk.shown(), "2.png");
    desk.until("still in work", |case| case.rows[0].state == ItemState::InWork);
    rest(&mut desk, 100);
    assert_eq!(desk.on_disk().row(ItemId(1)).unwrap().state, ItemState::InWork);
    assert_eq!(desk.on_disk().masks(ItemId(1)).unwrap(), []);
    let view = desk.bench.session.view();
    let left = view.documents.iter().find(|d| d.path == file).expect("it stays open");
    assert_eq!(left.n_unsaved_masks(), 1);
    // Mended, the same is saved after all.
    let id = left.id;
    std::fs::write(&file, right).unwrap();
    desk.bench.session.apply(Command::Select(id));
    desk.apply(CaseCommand::Mark(ItemState::Done));
    desk.until("done", |case| case.rows[0].n_masks == 1 && case.rows[0].state == ItemState::Done);
    desk.until_view("put away", |view| view.documents.iter().all(|d| d.path != file));
    assert_eq!(desk.on_disk().row(ItemId(1)).unwrap().state, ItemState::Done);
}

#[test]
fn a_stroke_drawn_before_the_stored_mask_is_there_becomes_a_step_on_top_of_it() {
    let mut desk = prepared(&["in/1.png"], &["ada"]);
    open(&mut desk, "ada");
    // Another program is at it.
    let other = rusqlite::Connection::open(desk.path("a.pentimento")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.until_view("picture", |view| view.document().is_some_and(|d| d.picture.is_some()));
    assert!(!document(&desk).has_case_masks(), "the thread of the case waits");
    desk.paint(60.0);
    let drawn = n_set(&desk);
    desk.apply(CaseCommand::Mark(ItemState::Done));
    assert!(desk.says("One moment"), "nobody has seen yet what was drawn before");
    other.execute_batch("ROLLBACK").unwrap();
    desk.shown();
    assert_eq!(n_set(&desk), 400 + drawn);
    assert_eq!(document(&desk).mask().unwrap().n_undo, 1);
    desk.until_view("kept", |view| view.document().is_some_and(|d| d.n_unsaved_masks() == 0));
    let kept = desk.on_disk().masks(ItemId(1)).unwrap();
    assert!(kept.len() == 1 && kept[0].mask.get(5, 5) && kept[0].mask.get(60, 50));
    desk.mask(MaskCommand::Undo);
    assert_eq!(n_set(&desk), 400);
    desk.mask(MaskCommand::Undo);
    assert_eq!(n_set(&desk), 400, "what is stored is no step");
}

#[test]
fn what_another_reader_drew_is_not_taken_for_ones_own() {
    let mut desk = prepared(&["in/1.png", "in/2.png"], &["bob"]);
    open(&mut desk, "ada");
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    assert_eq!(document(&desk).mask().and_then(|mask| mask.shown_author()), Some("bob"));
    desk.apply(CaseCommand::Mark(ItemState::Done));
    assert!(desk.says("was drawn by bob") && desk.shown() == "1.png");
    desk.apply(CaseCommand::Review(true));
    desk.until("agreed", |case| !case.agreed.is_empty());
    desk.apply(CaseCommand::Mark(ItemState::Done));
    assert_eq!(desk.shown(), "2.png");
    desk.until("done", |case| case.rows[0].state == ItemState::Done);
    let masks = desk.on_disk().masks(ItemId(1)).unwrap();
    assert_eq!((masks.len(), masks[0].author.as_str()), (1, "bob"), "none was stored for ada");
    assert_eq!(masks[0].reviewer.as_deref(), Some("ada"));
    // Drawn on, it is one's own: then nobody else's is shown that could be agreed with.
    desk.paint(60.0);
    desk.until("kept", |case| case.rows[1].n_masks == 2);
    desk.apply(CaseCommand::Review(true));
    assert!(desk.says("your own mask"));
    rest(&mut desk, 100);
    assert!(desk.on_disk().masks(ItemId(2)).unwrap().iter().all(|mask| mask.reviewer.is_none()));
}

#[test]
fn a_blind_reader_sees_no_mask_of_others_in_any_document() {
    let mut desk = prepared(&["in/1.png", "in/2.png"], &["bob"]);
    open(&mut desk, "ada");
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    desk.bench.session.apply(Command::Open(vec!["plain.png".into()]));
    desk.apply(CaseCommand::Take(ItemId(2)));
    desk.shown();
    let n_masks = |desk: &CaseBench| -> usize {
        desk.bench.session.view().documents.iter().map(|d| d.masks.len()).sum()
    };
    assert_eq!((n_masks(&desk), desk.view().other_readers.len()), (2, 1));
    desk.apply(CaseCommand::ReadBlind(true));
    assert_eq!((n_masks(&desk), desk.view().other_readers.len()), (0, 0));
    rest(&mut desk, 100);
    assert_eq!((n_masks(&desk), desk.view().other_readers.len()), (0, 0));
}

#[test]
fn of_a_changed_file_no_mask_is_shown_and_none_is_kept() {
    let mut desk = prepared(&["in/1.png"], &["ada"]);
    let mut case = Case::open(desk.path("a.pentimento"), "ada").unwrap();
    case.identify(ItemId(1), &"0".repeat(64)).unwrap();
    drop(case);
    let before = desk.on_disk().masks(ItemId(1)).unwrap();
    open(&mut desk, "ada");
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    desk.until_view("told", |view| {
        view.notices.iter().any(|n| n.text.contains("1.png was changed since"))
    });
    assert_eq!(n_set(&desk), 0);
    desk.paint(60.0);
    desk.apply(CaseCommand::Mark(ItemState::Done));
    assert!(desk.says("not the one that the case knows"));
    rest(&mut desk, 150);
    assert_eq!(document(&desk).n_unsaved_masks(), 1);
    assert_eq!(desk.on_disk().masks(ItemId(1)).unwrap(), before);
}

#[test]
fn an_item_that_crashes_the_examiner_is_passed_over_and_five_failures_stop_it() {
    let mut desk = CaseBench::new(&["in/1-panic.png", "in/2.png"]);
    desk.apply(CaseCommand::Survey(true));
    desk.until("examined", |case| case.examined() == [1, 1, 0]);

    let names: Vec<String> = (1..=7).map(|i| format!("in/{i}-broken.png")).collect();
    let mut desk = CaseBench::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    desk.apply(CaseCommand::Survey(true));
    desk.until("stopped", |case| case.examined() == [0, 5, 2] && !case.is_surveying);
    rest(&mut desk, 100);
    assert_eq!(desk.view().examined(), [0, 5, 2]);
    assert!(desk.says("has stopped") && desk.says("no model bundle"));
}

#[test]
fn time_is_counted_for_the_item_that_is_shown_and_goes_on_after_a_mark() {
    let mut desk = CaseBench::new(&["in/1.png"]);
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    desk.bench.session.apply(Command::Open(vec!["plain.png".into()]));
    desk.until_view("plain", |view| view.document().is_some_and(|d| d.item.is_none()));
    rest(&mut desk, 900);
    desk.bench.session.apply(Command::SetOpacity(0.5));
    let before = desk.bench.session.view().documents.iter().find(|d| d.item.is_some()).unwrap().id;
    desk.bench.session.apply(Command::Select(before));
    desk.apply(CaseCommand::Mark(ItemState::InWork));
    desk.until("some", |case| case.rows[0].seconds > 0.0);
    let seconds = desk.view().rows[0].seconds;
    assert!(seconds < 0.8, "the other file took the time: {seconds}");
    rest(&mut desk, 400);
    desk.apply(CaseCommand::Mark(ItemState::InWork));
    desk.until("more", |case| case.rows[0].seconds > seconds + 0.3);
}

#[test]
fn long_work_stops_before_it_begins_and_when_the_case_is_left() {
    let mut desk = CaseBench::new(&["in/1.png"]);
    let paths = many(&desk, 200_000);
    desk.apply(CaseCommand::Add(paths.clone()));
    desk.apply(CaseCommand::Stop);
    desk.until("over", |case| case.work.is_none());
    assert!(desk.on_disk().n_items().unwrap() < 100_000);
    desk.apply(CaseCommand::Add(paths));
    desk.apply(CaseCommand::Close);
    let path = desk.path("a.pentimento");
    desk.apply(CaseCommand::Open { path, author: "ada".into() });
    desk.until("open", CaseView::is_writable);
    assert!(desk.view().rows.len() < 100_000, "{}", desk.view().rows.len());
    assert!(desk.view().work.is_none());
}

#[test]
fn words_are_saved_once_they_are_all_there_or_when_the_item_is_left() {
    let mut desk = CaseBench::new(&["in/1.png", "in/2.png"]);
    desk.apply(CaseCommand::Take(ItemId(1)));
    desk.shown();
    desk.paint(60.0);
    desk.until("kept", |case| case.rows[0].n_masks == 1);
    let n_log = |desk: &CaseBench| desk.on_disk().log(None, 1000).unwrap().len();
    let note = |desk: &CaseBench| desk.on_disk().masks(ItemId(1)).unwrap()[0].label.note.clone();
    rest(&mut desk, 200);
    let before = n_log(&desk);
    for n in 1..=10 {
        let label = MaskLabel { note: "x".repeat(n), ..MaskLabel::default() };
        desk.mask(MaskCommand::SetLabel(label));
        rest(&mut desk, 20);
    }
    assert_eq!(note(&desk), "", "not with every key");
    rest(&mut desk, 1500);
    assert_eq!((note(&desk).len(), n_log(&desk)), (10, before + 1));
    let label = MaskLabel { note: "last".to_owned(), ..MaskLabel::default() };
    desk.mask(MaskCommand::SetLabel(label));
    desk.apply(CaseCommand::Take(ItemId(2)));
    rest(&mut desk, 400);
    assert_eq!(note(&desk), "last");
}
