//! Corrections come back into a case: to the picture they belong to, newer ones over older ones.

use std::path::{Path, PathBuf};

use pentimento::annotate::Mask;
use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId, StoredMask};
use pentimento::curate::{self, CaseExportOptions, CaseImport};
use pentimento::dataset::Format;

use crate::case::curate::{CurateFolder, block, drawn, id_of};
use crate::dataset::layouts::zipped;

/// What CVAT gives back for a copy of a picture: a mask of so many rows, without our records.
fn from_cvat(curated: &CurateFolder, folder: &str, picture: &str, n_rows: u32) -> PathBuf {
    let set = curated.path(folder);
    std::fs::create_dir_all(set.join("images")).unwrap();
    std::fs::copy(curated.path(&format!("media/{picture}.png")), set.join("images/copy.png"))
        .unwrap();
    let n_set = n_rows * 64;
    let xml = format!(
        "<annotations><image name=\"copy.png\" width=\"64\" height=\"48\"><mask label=\"swap\" \
         rle=\"0, {n_set}\" left=\"0\" top=\"0\" width=\"64\" height=\"{n_rows}\"/></image>\
         </annotations>"
    );
    std::fs::write(set.join("annotations.xml"), xml).unwrap();
    set
}

fn import(case: &mut Case, set: &Path) -> CaseImport {
    curate::import(case, set, None, &TaskCtx::silent()).unwrap()
}

fn mask_by(case: &Case, id: ItemId, author: &str) -> Mask {
    let masks = case.masks(id).unwrap();
    masks.into_iter().find(|mask| mask.author == author).unwrap().mask
}

/// Number of entries of the log that say that a mask was drawn.
fn n_drawn(case: &Case) -> usize {
    case.log(None, 1000).unwrap().iter().filter(|entry| entry.action == "drawn").count()
}

#[test]
fn a_copy_of_a_known_picture_gets_the_correction_and_no_second_item() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let n_items = case.n_items().unwrap();
    let (a, b) = (id_of(&case, &curated, "x/a"), id_of(&case, &curated, "x/b"));
    let hash = pentimento::files::sha256_of_file(&curated.path("media/x/a.png")).unwrap();
    case.identify(a, &hash).unwrap();
    // The hash of `a` is in the case, that of `b` is not yet.
    for (name, id, n_rows) in [("x/a", a, 4), ("x/b", b, 6)] {
        let done = import(&mut case, &from_cvat(&curated, &name.replace('/', "-"), name, n_rows));
        assert_eq!((done.n_new, done.n_masks, done.n_replaced), (0, 1, 0), "{:?}", done.remarks);
        assert_eq!(mask_by(&case, id, "imported").count(), u64::from(n_rows * 64));
    }
    assert_eq!(case.n_items().unwrap(), n_items);
    assert!(case.verify(true, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn a_later_import_replaces_an_earlier_one_and_the_log_has_both() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let a = id_of(&case, &curated, "x/a");
    let first = import(&mut case, &from_cvat(&curated, "one", "x/a", 4));
    assert_eq!((first.n_masks, first.n_replaced), (1, 0));
    let again = import(&mut case, &curated.path("one"));
    assert_eq!((again.n_masks, again.n_kept), (0, 1), "the same: {:?}", again.remarks);
    let second = import(&mut case, &from_cvat(&curated, "two", "x/a", 9));
    assert_eq!((second.n_masks, second.n_replaced), (1, 1), "{:?}", second.remarks);
    assert_eq!(mask_by(&case, a, "imported").count(), 9 * 64);
    assert_eq!(n_drawn(&case), 2);
    assert!(case.verify(true, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn of_two_masks_by_one_person_the_newer_counts_and_what_has_no_order_is_named() {
    let curated = CurateFolder::new();
    let at = |id: ItemId, rows: u32, time: &str| StoredMask {
        at: time.to_owned(),
        ..drawn(id, "ann", block(0, rows), None)
    };
    let ctx = TaskCtx::silent();
    // Ann draws on another machine.
    let mut there = curated.filled();
    let a = id_of(&there, &curated, "x/a");
    there.save_mask(&at(a, 20, "2026-02-01T00:00:00.000Z")).unwrap();
    there.set_state(a, pentimento::case::ItemState::Done).unwrap();
    let set = curated.path("set");
    curate::export(&there, Format::Pentimento, &set, &CaseExportOptions::default(), &ctx).unwrap();
    for (time, rows, n_replaced, n_kept, is_named) in [
        ("2026-01-01T00:00:00.000Z", 20, 1, 0, false),
        ("2026-03-01T00:00:00.000Z", 10, 0, 1, false),
        ("2026-02-01T00:00:00.000Z", 10, 0, 1, true),
        ("some time", 10, 0, 1, true),
    ] {
        let file = curated.path(&format!("{}.pentimento", time.replace(':', "-")));
        let mut case = Case::create(&file, "new").unwrap();
        let item = pentimento::case::NewItem {
            path: curated.path("media/x/a.png"),
            source: None,
            person: None,
        };
        case.add(&mut std::iter::once(item), &ctx).unwrap();
        let a = id_of(&case, &curated, "x/a");
        case.save_mask(&at(a, 10, time)).unwrap();
        let done = import(&mut case, &set);
        assert_eq!((done.n_replaced, done.n_kept), (n_replaced, n_kept), "{time}");
        assert_eq!(mask_by(&case, a, "ann"), block(0, rows), "{time}");
        let remarks = done.remarks.join("\n");
        assert_eq!(remarks.contains("another mask by ann"), is_named, "{time}: {remarks}");
    }
}

#[test]
fn pictures_of_a_zip_file_are_matched_and_never_added() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let a = id_of(&case, &curated, "x/a");
    let known = from_cvat(&curated, "known", "x/a", 4);
    let done = import(&mut case, &zipped(&known, &curated.path("known.zip")));
    assert_eq!((done.n_new, done.n_masks), (0, 1), "{:?}", done.remarks);
    assert_eq!(mask_by(&case, a, "imported").count(), 4 * 64);
    let other = from_cvat(&curated, "other", "x/b", 4);
    let picture = pentimento::base::RgbImage::filled(64, 48, [7; 3]);
    pentimento::media::write_png(&other.join("images/copy.png"), &picture).unwrap();
    let done = import(&mut case, &zipped(&other, &curated.path("other.zip")));
    assert_eq!((done.n_new, done.n_masks), (0, 0));
    assert!(done.remarks.join("\n").contains("unpack the zip file"), "{:?}", done.remarks);
}

#[test]
fn annotations_without_pictures_are_refused_by_name() {
    let curated = CurateFolder::new();
    let mut case = curated.filled();
    let set = from_cvat(&curated, "bare", "x/a", 4);
    std::fs::remove_dir_all(set.join("images")).unwrap();
    let done = import(&mut case, &set);
    assert_eq!((done.n_new, done.n_masks), (0, 0));
    let remarks = done.remarks.join("\n");
    assert!(remarks.contains("Left out: copy: its picture \"copy.png\""), "{remarks}");
    assert!(remarks.contains("export with pictures"), "{remarks}");
}
