//! Data sets: round trips through every format, interrupted exports, damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pentimento::annotate::Decision;
use pentimento::base::TaskCtx;
use pentimento::dataset::{
    DataSet, Entry, Error, ExportOptions, Format, Imported, Pixels, Split, import, open,
};

use crate::dataset::samples::{picture, sample, try_write, write};

fn silent() -> TaskCtx<'static> {
    TaskCtx::silent()
}

fn read_back(path: &Path) -> (Imported, BTreeMap<String, Entry>) {
    let set = import(path, None, &silent()).unwrap();
    let entries = set.entries().map(|e| e.unwrap()).map(|e| (e.record.id.clone(), e)).collect();
    (set, entries)
}

/// Every file below a folder, with its content.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|e| e.unwrap())
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            let name = e.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (name, fs::read(e.path()).unwrap())
        })
        .collect()
}

fn holds(format: Format, entry: &Entry) -> bool {
    let undecided = entry.record.decision() == Some(Decision::CannotTell);
    match format {
        Format::YoloSeg => !undecided,
        Format::CocoRle | Format::CocoPolygons | Format::VocPng => {
            !undecided || !entry.mask.is_empty()
        }
        _ => true,
    }
}

#[test]
fn every_format_restores_masks_and_records() {
    let (_dir, root, entries) = sample();
    for format in Format::ALL.iter().copied() {
        let out = root.join(format.as_str());
        let done = write(&entries, format, &out);
        let wanted: Vec<&Entry> = entries.iter().filter(|e| holds(format, e)).collect();
        assert_eq!(done.n_entries, wanted.len() as u64, "{format:?}");
        let (set, found) = read_back(&out);
        let same_kind =
            set.format == format || (set.format, format) == (Format::CocoRle, Format::CocoPolygons);
        assert!(same_kind, "{format:?} was taken for {:?}", set.format);
        assert_eq!(found.len(), wanted.len(), "{format:?}");
        for entry in wanted {
            let (id, back) = (&entry.record.id, &found[&entry.record.id]);
            // Our own reader takes pixel centers, so that polygons lose nothing either.
            assert_eq!(back.mask, entry.mask, "{format:?} {id}");
            let mut record = back.record.clone();
            let Pixels::File(path) = &back.pixels else { panic!("{format:?} {id}: no picture") };
            assert!(path.starts_with(&out), "{}", path.display());
            if let Pixels::File(original) = &entry.pixels {
                assert_eq!(fs::read(path).unwrap(), fs::read(original).unwrap(), "{format:?} {id}");
            }
            record.image.file = None;
            record.image.image_sha256 = None;
            record.mask = None;
            assert_eq!(record, entry.record, "{format:?} {id}");
        }
        assert_eq!(set.check(&silent()).unwrap(), [""; 0], "{format:?}");
    }
}

#[test]
fn a_foreign_set_without_our_records_restores_what_it_can() {
    let (_dir, root, entries) = sample();
    for format in Format::ALL.iter().copied().skip(1) {
        let out = root.join(format.as_str());
        write(&entries, format, &out);
        fs::remove_file(out.join("pentimento.jsonl")).unwrap();
        fs::remove_file(out.join("pentimento.json")).unwrap();
        let (set, found) = read_back(&out);
        let by_hash: BTreeMap<&str, &Entry> =
            found.values().map(|e| (e.record.image.sha256.as_str(), e)).collect();
        for entry in entries.iter().filter(|e| holds(format, e) && e.record.image.frame.is_none()) {
            let back = by_hash[entry.record.image.sha256.as_str()];
            let id = &entry.record.id;
            assert_eq!(back.mask, entry.mask, "{format:?} {id}");
            assert_eq!(back.record.decision, entry.record.decision, "{format:?} {id}");
            assert_eq!(back.record.kind, entry.record.kind, "{format:?} {id}");
            let has_splits = set
                .remarks
                .iter()
                .all(|remark| !remark.contains("all masks were imported as train"));
            assert!(has_splits, "{:?}", set.remarks);
            assert_eq!(back.record.split, entry.record.split, "{format:?} {id}");
            let keeps_notes = !matches!(format, Format::VocPng | Format::YoloSeg);
            if keeps_notes && !entry.mask.is_empty() {
                assert_eq!(back.record.note, entry.record.note, "{format:?} {id}");
            }
            assert_eq!(back.record.score, None, "{format:?} {id}: from nowhere");
        }
    }
}

#[test]
fn a_mask_changed_in_another_tool_loses_its_annotator() {
    let (_dir, root, entries) = sample();
    let out = root.join("cvat");
    write(&entries, Format::Cvat, &out);
    let path = out.join("annotations.xml");
    let text = fs::read_to_string(&path).unwrap();
    // The mask of "full": one stretch of 33 x 17 becomes one that leaves the first row out.
    let changed = text.replacen("rle=\"0, 561\"", "rle=\"33, 528\"", 1);
    assert_ne!(changed, text);
    fs::write(&path, changed).unwrap();
    let (_, found) = read_back(&out);
    let full = &found["full"];
    assert_eq!(full.mask.count(), 528);
    assert_eq!((&full.record.annotator, &full.record.reviewer), (&None, &None));
    assert_eq!(full.record.score, Some(0.75), "what the model said is still so");
    assert_eq!(found["disc"].record.annotator.as_deref(), Some("Ada"), "not touched");
}

#[test]
fn labels_changed_in_another_tool_are_imported() {
    let (_dir, root, entries) = sample();
    let out = root.join("cvat");
    write(&entries, Format::Cvat, &out);
    let path = out.join("annotations.xml");
    let text = fs::read_to_string(&path).unwrap();
    let changed = text.replacen("Note of disc", "Looked at again: disc", 1);
    let changed = changed.replacen("<mask label=\"attribute\"", "<mask label=\"other\"", 1);
    fs::write(&path, &changed).unwrap();
    let (_, found) = read_back(&out);
    assert!(found["disc"].record.note.starts_with("Looked at again: disc"), "the note");
    assert_eq!(found["disc"].record.annotator.as_deref(), Some("Ada"), "the mask is hers");
    let tall = &found["tall"].record;
    assert_eq!((tall.kind.as_deref(), &tall.annotator), (Some("other"), &None));
    // The mask is gone: nothing forged was seen, and who saw that is not known.
    let start = changed.find("<mask label=\"other\"").unwrap();
    let end = start + changed[start..].find("</mask>").unwrap() + "</mask>".len();
    fs::write(&path, format!("{}{}", &changed[..start], &changed[end..])).unwrap();
    let (_, found) = read_back(&out);
    let tall = &found["tall"];
    assert!(tall.mask.is_empty(), "no mask");
    assert_eq!(tall.record.decision(), Some(Decision::NothingForged));
    assert_eq!(tall.record.annotator, None);
}

#[test]
fn the_same_name_in_two_parts_makes_two_entries() {
    let dir = tempfile::tempdir().unwrap();
    for (part, salt) in [("train", 1), ("val", 2)] {
        let images = dir.path().join("images").join(part);
        fs::create_dir_all(&images).unwrap();
        pentimento::media::write_png(&images.join("a.png"), &picture(4, 4, salt)).unwrap();
        let text = "{\"images\":[{\"id\":1,\"file_name\":\"a.png\",\"width\":4,\"height\":4}],\
                    \"annotations\":[{\"image_id\":1,\"category_id\":3,\"segmentation\":{\"size\":\
                    [4,4],\"counts\":[4,8,4]}},{\"image_id\":9}],\"categories\":[{\"id\":3,\"name\":\
                    \"pasted\"}]}";
        fs::create_dir_all(dir.path().join("annotations")).unwrap();
        fs::write(dir.path().join(format!("annotations/instances_{part}.json")), text).unwrap();
    }
    let (set, found) = read_back(dir.path());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "validation~2/a"]);
    let entry = &found["validation~2/a"];
    assert_eq!((entry.mask.count(), entry.record.split), (8, Split::Validation));
    assert_eq!(entry.record.decision(), Some(Decision::Forged));
    let remarks = set.remarks.join("\n");
    assert!(remarks.contains("\"pasted\" of 2 pictures is unknown"), "{remarks}");
    assert!(remarks.contains("2 annotations of unlisted pictures"), "{remarks}");
    let out = dir.path().join("out");
    let all: Vec<Entry> = found.into_values().collect();
    assert_eq!(write(&all, Format::Pentimento, &out).n_splits, [1, 1, 0]);
}

#[test]
fn an_interrupted_export_resumes_with_the_same_result() {
    let (_dir, root, entries) = sample();
    for format in Format::ALL.iter().copied() {
        let whole = root.join(format!("whole-{}", format.as_str()));
        write(&entries, format, &whole);
        let out = root.join(format!("stopped-{}", format.as_str()));
        let failing = entries
            .iter()
            .take(9)
            .cloned()
            .map(Ok)
            .chain([Err(Error::Source { what: "the source went away".to_owned() })]);
        let options = ExportOptions::default();
        let mut failing: Box<dyn Iterator<Item = _>> = Box::new(failing);
        let error = pentimento::dataset::export(&mut failing, format, &out, &options, &silent());
        assert!(error.is_err());
        assert!(!out.exists(), "{format:?}: nothing half written has the name");
        let partial = root.join(format!("stopped-{}.partial", format.as_str()));
        let before = tree(&partial).len();
        assert!(before > 9, "{format:?}: what was written is kept");
        // Left over from a run with other entries, and cut off by a crash.
        fs::create_dir_all(partial.join("images/train")).unwrap();
        fs::write(partial.join("images/train/old.png"), b"old").unwrap();
        let is_png = |name: &String| Path::new(name).extension().is_some_and(|e| e == "png");
        let cut = tree(&partial).into_keys().find(is_png).unwrap();
        fs::write(partial.join(&cut), b"cut off").unwrap();
        let done = write(&entries, format, &out);
        assert!(done.n_kept >= 7, "{format:?}: {} kept", done.n_kept);
        assert!(!partial.exists(), "{format:?}");
        let (mut a, mut b) = (tree(&whole), tree(&out));
        // The only file that holds the name of the folder.
        for files in [&mut a, &mut b] {
            files.remove("tasks.json");
        }
        assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{format:?}");
        assert!(a == b, "{format:?}: the same bytes");
    }
}

#[test]
fn an_unfinished_export_is_no_data_set() {
    let (_dir, root, entries) = sample();
    let out = root.join("set");
    let failing = [Ok(entries[0].clone()), Err(Error::Source { what: "stop".to_owned() })];
    let options = ExportOptions::default();
    let each = &mut failing.into_iter();
    assert!(
        pentimento::dataset::export(each, Format::Pentimento, &out, &options, &silent()).is_err()
    );
    for path in [out.clone(), root.join("set.partial")] {
        for error in [open(&path).unwrap_err(), import(&path, None, &silent()).unwrap_err()] {
            assert!(matches!(error, Error::HalfWritten { .. }), "{error}");
            assert!(error.to_string().contains("run the same export again"), "{error}");
        }
    }
}

#[test]
fn existing_files_are_never_overwritten() {
    let (_dir, root, entries) = sample();
    let out = root.join("set");
    write(&entries[..3], Format::Pentimento, &out);
    let options = ExportOptions { replaces: true, ..ExportOptions::default() };
    let refused = try_write(&entries[..4], Format::Pentimento, &out, &ExportOptions::default());
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    assert_eq!(open(&out).unwrap().records().len(), 3);
    try_write(&entries[..4], Format::Pentimento, &out, &options).unwrap();
    assert_eq!(open(&out).unwrap().records().len(), 4);
    assert!(!root.join("set.old").exists());
    // A stop between the two renames: the old one comes back first.
    fs::rename(&out, root.join("set.old")).unwrap();
    let refused = try_write(&entries[..5], Format::Pentimento, &out, &ExportOptions::default());
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    assert_eq!(open(&out).unwrap().records().len(), 4, "back in its place");
    let other = root.join("photos");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("holiday.jpg"), b"mine").unwrap();
    let refused = try_write(&entries[..3], Format::CocoRle, &other, &options);
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    let beside = root.join("new.partial");
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("mine.txt"), b"mine").unwrap();
    let refused = try_write(&entries[..3], Format::CocoRle, &root.join("new"), &options);
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    assert_eq!(fs::read(other.join("holiday.jpg")).unwrap(), b"mine");
    assert_eq!(fs::read(beside.join("mine.txt")).unwrap(), b"mine");
}

#[test]
fn two_exports_at_once_are_refused() {
    let (_dir, root, entries) = sample();
    let out = root.join("set");
    let other = out.clone();
    let inner = entries.clone();
    let mut each = entries.iter().cloned().enumerate().map(|(i, entry)| {
        if i == 1 {
            let error = try_write(&inner, Format::Pentimento, &other, &ExportOptions::default());
            assert!(matches!(error, Err(Error::Busy { .. })), "{error:?}");
        }
        Ok(entry)
    });
    let options = ExportOptions::default();
    pentimento::dataset::export(&mut each, Format::Pentimento, &out, &options, &silent()).unwrap();
}

#[test]
fn damage_is_found_and_reported() {
    let (_dir, root, entries) = sample();
    let out = root.join("set");
    write(&entries, Format::Pentimento, &out);
    let set = open(&out).unwrap();
    assert_eq!(set.check(&silent()).unwrap(), [""; 0]);
    let record = set.records().iter().find(|r| r.id == "disc").unwrap();
    // One pixel of a mask.
    let mask_file = out.join(&record.mask.as_ref().unwrap().file);
    let good = fs::read(&mask_file).unwrap();
    pentimento::media::write_png_gray(&mask_file, 64, 48, &[255; 64 * 48]).unwrap();
    assert!(matches!(set.mask(record), Err(Error::Changed { .. })));
    let wrong = set.check(&silent()).unwrap();
    assert!(wrong.len() == 1 && wrong[0].starts_with("disc: "), "{wrong:?}");
    fs::write(&mask_file, good).unwrap();
    // A picture that is gone, and one that is another.
    fs::remove_file(set.image_path(record)).unwrap();
    let full = set.records().iter().find(|r| r.id == "full").unwrap();
    fs::write(set.image_path(full), b"another").unwrap();
    let wrong = set.check(&silent()).unwrap();
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    // The manifest.
    let manifest = out.join("manifest.jsonl");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"Ada\"", "\"Eve\"")).unwrap();
    assert!(matches!(open(&out), Err(Error::Changed { .. })));
    fs::write(&manifest, &text).unwrap();
    // A later version is refused, whatever else it may hold.
    let head = fs::read_to_string(out.join("dataset.json")).unwrap();
    assert!(
        head.starts_with("{\n  \"format\": \"pentimento-dataset\",\n  \"version\": 1,"),
        "{head}"
    );
    fs::write(out.join("dataset.json"), "{\"format\":\"pentimento-dataset\",\"version\":2}")
        .unwrap();
    let error = open(&out).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 2, known: 1, .. }), "{error}");
    fs::write(out.join("dataset.json"), "{\"format\":\"other\",\"version\":1}").unwrap();
    assert!(matches!(open(&out), Err(Error::Unknown { .. })));
}

/// Writes a manifest with a changed line and the right hash: what an attacker would do.
fn forge_manifest(out: &Path, from: &str, to: &str) -> Result<DataSet, Error> {
    let manifest = out.join("manifest.jsonl");
    let text = fs::read_to_string(&manifest).unwrap();
    let forged = text.replacen(from, to, 1);
    assert_ne!(forged, text, "{from} is not there");
    fs::write(&manifest, &forged).unwrap();
    let head_path = out.join("dataset.json");
    let head = fs::read_to_string(&head_path).unwrap();
    let hash = pentimento::files::sha256_hex;
    let new = head.replace(&hash(text.as_bytes()), &hash(forged.as_bytes()));
    fs::write(&head_path, new).unwrap();
    let opened = open(out);
    fs::write(manifest, text).unwrap();
    fs::write(head_path, head).unwrap();
    opened
}

#[test]
fn a_manifest_that_points_outside_its_folder_is_refused() {
    let (_dir, root, entries) = sample();
    let out = root.join("set");
    write(&entries, Format::Pentimento, &out);
    for (from, to) in [
        ("masks/disc.png", "../../etc/passwd"),
        ("images/disc.png", "/etc/passwd"),
        ("\"width_px\":64", "\"width_px\":4000000000"),
        ("\"decision\":\"forged\"", "\"decision\":\"perhaps\""),
        ("\"id\":\"full\"", "\"id\":\"disc\""),
    ] {
        let error = forge_manifest(&out, from, to).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{to}: {error}");
    }
    let leak = forge_manifest(&out, "\"source\":\"source 1\"", "\"source\":\"source 0\"");
    assert!(matches!(leak, Err(Error::Leak { .. })), "{leak:?}");
    assert!(open(&out).is_ok(), "as it was");
}

#[test]
fn invalid_entries_are_left_out_by_name_and_leaks_are_refused() {
    let (_dir, root, entries) = sample();
    let left_out = |change: &dyn Fn(&mut Vec<Entry>), words: &str| {
        let mut entries = entries.clone();
        change(&mut entries);
        let out = root.join(words.replace(' ', "-"));
        let done = write(&entries, Format::Pentimento, &out);
        assert_eq!(done.n_entries, 15, "{words}");
        let remarks = done.remarks.join("\n");
        assert!(remarks.contains("Left out: ") && remarks.contains(words), "{remarks}");
        let all: std::collections::BTreeSet<String> = tree(&out).into_keys().collect();
        assert_eq!(all.iter().filter(|n| n.starts_with("images/")).count(), 15, "{words}: {all:?}");
        let set = open(&out).unwrap();
        assert_eq!(set.check(&silent()).unwrap(), [""; 0], "{words}");
    };
    left_out(&|e| e[3].record.id = e[0].record.id.clone(), "the same id");
    left_out(&|e| e[3].record.image.width_px = 9, "the mask has 1 x 1 pixels, the picture 9 x 1");
    left_out(&|e| e[3].record.decision = "maybe".to_owned(), "is no decision");
    left_out(&|e| e[3].pixels = Pixels::Absent, "was not found");
    let refuse = |change: &dyn Fn(&mut Vec<Entry>), words: &str| {
        let mut entries = entries.clone();
        change(&mut entries);
        let out = root.join("set");
        let error = try_write(&entries, Format::Pentimento, &out, &ExportOptions::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(!out.exists(), "{words}");
    };
    refuse(&|e| e[1].record.source = e[0].record.source.clone(), "is in both train and validation");
    refuse(&|e| e[2].record.image.sha256 = e[0].record.image.sha256.clone(), "the file");
}

#[test]
fn changed_originals_are_left_out_and_an_export_of_nothing_leaves_nothing() {
    let (_dir, root, entries) = sample();
    let Pixels::File(path) = &entries[0].pixels else { panic!("a file") };
    pentimento::media::write_png(path, &picture(64, 48, 1234)).unwrap();
    for format in [Format::CocoRle, Format::LabelStudio] {
        let out = root.join(format.as_str());
        let done = write(&entries[..3], format, &out);
        assert_eq!(done.n_entries, 2);
        let remarks = done.remarks.join("\n");
        assert!(
            remarks.contains("Left out: the file was changed") && remarks.contains("0.png"),
            "{remarks}"
        );
        assert_eq!(read_back(&out).1.len(), 2, "{format:?}");
        let none = try_write(&entries[..1], format, &root.join("none"), &ExportOptions::default());
        let message = none.unwrap_err().to_string();
        assert!(message.contains("nothing to export: Left out: the file was changed"), "{message}");
        for left in ["none", "none.partial"] {
            assert!(!root.join(left).exists(), "{format:?}: {left}");
        }
    }
}

#[test]
fn pictures_can_be_exported_by_reference() {
    let (_dir, root, entries) = sample();
    let options = ExportOptions { copies_images: false, ..ExportOptions::default() };
    for format in Format::ALL.iter().copied() {
        let out = root.join(format.as_str());
        try_write(&entries, format, &out, &options).unwrap();
        let pictures = tree(&out).into_keys().filter(|n| n.contains("ages/")).count();
        assert_eq!(pictures, 1, "{format:?}: only the frame, which lies nowhere else");
        let (set, found) = read_back(&out);
        for entry in entries.iter().filter(|e| holds(format, e)) {
            let back = &found[&entry.record.id];
            assert_eq!(back.mask, entry.mask, "{format:?} {}", entry.record.id);
            if matches!(entry.pixels, Pixels::File(_)) {
                assert_eq!(back.pixels, entry.pixels, "{format:?} {}", entry.record.id);
            }
        }
        assert_eq!(set.check(&silent()).unwrap(), [""; 0], "{format:?}");
    }
}

#[test]
fn a_new_split_keeps_groups_together() {
    let (_dir, root, mut entries) = sample();
    for (i, entry) in entries.iter_mut().enumerate() {
        entry.record.person = Some(format!("person {}", i / 2));
        entry.record.split = Split::Train;
    }
    let out = root.join("set");
    let done = write(&entries, Format::Pentimento, &out);
    assert_eq!(done.remarks.len(), 2, "validation and test are empty: {:?}", done.remarks);
    let mut set = import(&out, None, &silent()).unwrap();
    set.split_again(5, &silent()).unwrap();
    let all: Vec<Entry> = set.entries().map(|e| e.unwrap()).collect();
    for split in Split::ALL {
        assert!(all.iter().any(|e| e.record.split == split), "{split:?} is empty");
    }
    for pair in all.chunks_exact(2) {
        assert_eq!(pair[0].record.split, pair[1].record.split, "{:?}", pair[0].record.person);
    }
}

#[test]
fn broken_foreign_files_are_refused_with_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let coco = |segmentation: &str| {
        format!(
            "{{\"images\":[{{\"id\":1,\"file_name\":\"a.png\",\"width\":4,\"height\":4}}],\
             \"categories\":[],\"annotations\":[{{\"image_id\":1,\"segmentation\":{segmentation}}}]}}"
        )
    };
    let cvat = |mask: &str| {
        format!(
            "<annotations><image id=\"0\" name=\"a.png\" width=\"4\" height=\"4\">{mask}</image>\
             </annotations>"
        )
    };
    let broken = [
        ("cut.json", "{\"images\": [".to_owned(), "as COCO"),
        ("size.json", coco("{\"size\":[5,4],\"counts\":[20]}"), "5 pixels, the picture 4 x 4"),
        ("sum.json", coco("{\"size\":[4,4],\"counts\":[20]}"), "do not fill"),
        ("letters.json", coco("{\"size\":[4,4],\"counts\":\"~~~\"}"), "do not fill"),
        ("line.json", coco("[[1,1,2,2]]"), "fewer than three corners"),
        ("cut.xml", "<annotations><image id=\"0\"".to_owned(), "damaged"),
        ("end.xml", "<annotations><image id=\"0\" name=\"a\" width=\"4\" height=\"4\">".to_owned(), "truncated"),
        ("number.xml", cvat("<mask label=\"x\" rle=\"a\" left=\"0\" top=\"0\" width=\"2\" height=\"2\"/>"), "not a list of numbers"),
        ("box.xml", cvat("<mask label=\"x\" rle=\"0,9\" left=\"0\" top=\"0\" width=\"2\" height=\"2\"/>"), "do not fill"),
        ("side.xml", cvat("<mask label=\"x\" rle=\"0,4\" top=\"0\" width=\"2\" height=\"2\"/>"), "left is missing"),
        ("tasks.json", "[{\"data\":{\"image\":\"a.png\"},\"annotations\":[{\"result\":[{\"type\":\"brushlabels\",\"original_width\":4,\"original_height\":4,\"value\":{\"rle\":[0,0,0,9]}}]}]}]".to_owned(), "strokes are damaged"),
        ("huge.json", "{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":4000000000,\"height\":4000000000}],\"annotations\":[]}".to_owned(), "4000000000 x 4000000000 pixels"),
    ];
    for (name, text, words) in broken {
        let path = write(name, &text);
        let error = import(&path, None, &silent()).and_then(|set| set.entry(0)).unwrap_err();
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
    let other = write("notes.txt", "nothing of that kind");
    assert!(matches!(import(&other, None, &silent()), Err(Error::Unknown { .. })));
}

#[test]
fn a_picture_annotated_rotated_is_refused() {
    let (_dir, root, entries) = sample();
    let out = root.join("cvat");
    write(&entries, Format::Cvat, &out);
    let path = out.join("annotations.xml");
    let text = fs::read_to_string(&path).unwrap();
    let turned = text.replace("width=\"60\" height=\"31\"", "width=\"31\" height=\"60\"");
    assert_ne!(turned, text);
    fs::write(&path, turned).unwrap();
    let set = import(&out, None, &silent()).unwrap();
    let wrong: Vec<String> =
        set.entries().filter_map(|entry| entry.err().map(|e| e.to_string())).collect();
    assert!(wrong.len() == 1 && wrong[0].contains("EXIF rotation"), "{wrong:?}");
}
