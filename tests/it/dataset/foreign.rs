//! Data sets of other tools, without our records: what they do not say is not invented.

use std::fs;
use std::path::Path;

use pentimento::annotate::{Decision, ForgeryKind};
use pentimento::base::TaskCtx;
use pentimento::dataset::{
    Entry, Error, ExportOptions, Format, Imported, Pixels, Split, import, open,
};
use pentimento::media::{write_png, write_png_gray};

use crate::dataset::samples::{picture, sample, try_write, write};

/// A folder with the pictures `a.png` and `b.png` of 8 x 8 pixels in `images`, and other files.
fn set(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("images")).unwrap();
    for (name, salt) in [("a", 1), ("b", 2)] {
        let path = dir.path().join(format!("images/{name}.png"));
        write_png(&path, &picture(8, 8, salt)).unwrap();
    }
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn opened(path: &Path) -> Imported {
    import(path, None, &TaskCtx::silent()).unwrap()
}

fn entries(set: &Imported) -> Vec<Entry> {
    set.entries().map(Result::unwrap).collect()
}

fn coco(annotations: &str) -> String {
    format!(
        "{{\"images\":[{{\"id\":1,\"file_name\":\"a.png\"}},{{\"id\":2,\"file_name\":\"b.png\"}}],\
         \"categories\":[{{\"id\":1,\"name\":\"swap\"}},{{\"id\":2,\"name\":\"Real\"}}],\
         \"annotations\":[{annotations}]}}"
    )
}

fn cvat(of_a: &str, of_b: &str) -> String {
    let image = |name: &str, inner: &str| {
        format!("<image id=\"0\" name=\"{name}.png\" width=\"8\" height=\"8\">{inner}</image>")
    };
    format!("<annotations>{}{}</annotations>", image("a", of_a), image("b", of_b))
}

const CVAT_MASK: &str =
    "<mask label=\"swap\" rle=\"0,4\" left=\"0\" top=\"0\" width=\"2\" height=\"2\"/>";

fn datumaro(of_a: &str, of_b: &str) -> String {
    format!(
        "{{\"categories\":{{\"label\":{{\"labels\":[{{\"name\":\"swap\"}},{{\"name\":\"real\"}}]}}}},\
         \"items\":[{{\"id\":\"a\",\"annotations\":[{of_a}],\"image\":{{\"path\":\"a.png\"}}}},\
         {{\"id\":\"b\",\"annotations\":[{of_b}],\"image\":{{\"path\":\"b.png\"}}}}]}}"
    )
}

const LINE: &str =
    "{\"type\":\"polygon\",\"label_id\":0,\"points\":[0.0,0.0,4.0,0.0,4.0,4.0,0.0,4.0]}";

fn label_studio(of_a: &str, of_b: &str) -> String {
    let task = |name: &str, inner: &str| {
        format!(
            "{{\"data\":{{\"image\":\"{name}.png\"}},\"annotations\":[{{\"result\":[{inner}]}}]}}"
        )
    };
    format!("[{},{}]", task("a", of_a), task("b", of_b))
}

const STUDIO_LINE: &str = "{\"type\":\"polygonlabels\",\"original_width\":8,\"original_height\":8,\
    \"value\":{\"points\":[[0,0],[50,0],[50,50],[0,50]],\"polygonlabels\":[\"swap\"]}}";

/// A forged one with a mask, and beside it one with a box only.
#[test]
fn pictures_with_annotations_but_no_mask_are_left_out() {
    let dir = set(&[]);
    let images = dir.path().join("images/train");
    fs::create_dir(&images).unwrap();
    for name in ["a.png", "b.png"] {
        fs::copy(dir.path().join("images").join(name), images.join(name)).unwrap();
    }
    let sets: [(&str, &str, String); 5] = [
        (
            "coco",
            "x_train.json",
            coco(
                "{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,4,4],\"segmentation\":[]},\
             {\"image_id\":2,\"category_id\":1,\"segmentation\":[[0,0,4,0,4,4,0,4]]}",
            ),
        ),
        (
            "cvat",
            "a.xml",
            cvat("<box label=\"swap\" xtl=\"0\" ytl=\"0\" xbr=\"4\" ybr=\"4\"/>", CVAT_MASK),
        ),
        (
            "datumaro",
            "train.json",
            datumaro("{\"type\":\"bbox\",\"label_id\":0,\"bbox\":[0,0,4,4]}", LINE),
        ),
        (
            "studio",
            "tasks.json",
            label_studio(
                "{\"type\":\"rectanglelabels\",\"value\":{\"x\":0,\"y\":0,\"rectanglelabels\":[\"swap\"]}}",
                STUDIO_LINE,
            ),
        ),
        ("yolo", "data.yaml", "train: images/train\nnames: [swap]\n".to_owned()),
    ];
    for (what, file, text) in sets {
        let path = dir.path().join(file);
        fs::write(&path, text).unwrap();
        if what == "yolo" {
            let labels = dir.path().join("labels/train");
            fs::create_dir_all(&labels).unwrap();
            fs::write(labels.join("a.txt"), "0 0.5 0.5 0.2 0.2\n").unwrap();
            fs::write(labels.join("b.txt"), "0 0 0 0.5 0 0.5 0.5 0 0.5\n").unwrap();
        }
        let found = opened(&path);
        let ids: Vec<String> = entries(&found).into_iter().map(|e| e.record.id).collect();
        assert_eq!(ids, ["b"], "{what}: {:?}", found.remarks);
        let remarks = found.remarks.join("\n");
        assert!(
            remarks.contains("1 pictures were left out") && remarks.contains("a.png"),
            "{what}: {remarks}"
        );
        assert!(!remarks.contains("imported as \"nothing forged\""), "{what}: {remarks}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn forged_without_a_mask_is_refused_and_real_is_accepted() {
    let choice = |word: &str| {
        format!(
            "{{\"type\":\"choices\",\"from_name\":\"is\",\"value\":{{\"choices\":[\"{word}\"]}}}}"
        )
    };
    let tag = |word: &str| format!("<tag label=\"{word}\"/>");
    let label = |i: u8| format!("{{\"type\":\"label\",\"label_id\":{i}}}");
    for (what, file, text) in [
        ("cvat", "a.xml", cvat(&tag("swap"), &tag("real"))),
        ("cvat's face box", "a.xml", cvat(&tag("Fake"), "<box label=\"real\" xtl=\"0\"/>")),
        ("datumaro", "train.json", datumaro(&label(0), &label(1))),
        ("studio", "tasks.json", label_studio(&choice("forged"), &choice("nothing-forged"))),
        ("studio's word", "tasks.json", label_studio(&choice("fake"), &choice("real"))),
    ] {
        let dir = set(&[(file, &text)]);
        let found = opened(&dir.path().join(file));
        let refused = found.entry(0).unwrap_err().to_string();
        assert!(refused.contains("but there is no mask"), "{what}: {refused}");
        assert_eq!(
            found.entry(1).unwrap().record.decision(),
            Some(Decision::NothingForged),
            "{what}"
        );
    }
    let both = cvat(&format!("{}{CVAT_MASK}", tag("real")), "");
    let dir = set(&[("a.xml", &both)]);
    let refused = opened(dir.path()).entry(0).unwrap_err().to_string();
    assert!(refused.contains("one of them is wrong"), "{refused}");
    let thin = coco("{\"image_id\":1,\"segmentation\":[[1,1,1.1,1,1.1,1.1]]}");
    let dir = set(&[("x_train.json", &thin)]);
    let refused = opened(dir.path()).entry(0).unwrap_err().to_string();
    assert!(refused.contains("polygons cover no pixel"), "{refused}");
}

#[test]
fn pictures_without_annotations_are_counted_unless_our_records_cover_them() {
    let dir = set(&[("a.xml", &cvat("", CVAT_MASK))]);
    let found = opened(dir.path());
    let text = found.remarks.join("\n");
    assert!(
        text.contains("1 pictures without a mask were imported as \"nothing forged\""),
        "{text}"
    );
    assert_eq!(entries(&found).len(), 2);
    let (_dir, root, samples) = sample();
    for format in Format::ALL.iter().copied() {
        let out = root.join(format.as_str());
        write(&samples, format, &out);
        let remarks = opened(&out).remarks.join("\n");
        assert!(!remarks.contains("imported as \"nothing forged\""), "{format:?}: {remarks}");
    }
}

fn voc(files: &[(&str, [u8; 64])], labels: &str) -> tempfile::TempDir {
    let dir = set(&[("ImageSets/Segmentation/train.txt", "a\nb\n"), ("labelmap.txt", labels)]);
    fs::rename(dir.path().join("images"), dir.path().join("JPEGImages")).unwrap();
    fs::create_dir(dir.path().join("SegmentationClass")).unwrap();
    for (name, values) in files {
        let path = dir.path().join(format!("SegmentationClass/{name}.png"));
        write_png_gray(&path, 8, 8, values).unwrap();
    }
    dir
}

/// So many pixels of a value, the others 0.
fn some(n: usize, value: u8) -> [u8; 64] {
    std::array::from_fn(|i| if i < n { value } else { 0 })
}

#[test]
fn black_and_white_masks_and_masks_of_any_colors_are_read() {
    let dir = voc(&[("a", some(10, 255)), ("b", [0; 64])], "");
    let counts = |dir: &tempfile::TempDir| -> Vec<u64> {
        entries(&opened(dir.path())).iter().map(|e| e.mask.count()).collect()
    };
    assert_eq!(counts(&dir), [10, 0]);
    let dir = voc(&[("a", some(10, 255)), ("b", some(7, 1))], "");
    assert_eq!(counts(&dir), [0, 7], "with numbers of classes 255 is not to be counted");

    // Colors that only the list names, and one that nobody names.
    let dir = voc(&[], "background:0,0,0::\nface swap:250,50,83::\nswap:1,2,3::\n");
    for (name, color) in [("a", [250, 50, 83]), ("b", [9, 8, 7])] {
        let mut image = pentimento::base::RgbImage::filled(8, 8, [0; 3]);
        image.pixels[..6 * 3].copy_from_slice(&color.repeat(6));
        write_png(&dir.path().join(format!("SegmentationClass/{name}.png")), &image).unwrap();
    }
    let found = opened(dir.path());
    let all = entries(&found);
    assert_eq!(
        all.iter().map(|e| (e.record.id.as_str(), e.mask.count())).collect::<Vec<_>>(),
        [("a", 6)]
    );
    let remarks = found.remarks.join("\n");
    assert!(
        remarks.contains("1 pictures were left out") && remarks.contains("\"face swap\""),
        "{remarks}"
    );
}

#[test]
fn a_decision_changed_in_another_tool_is_imported() {
    let (_dir, root, samples) = sample();
    let out = root.join("cvat");
    write(&samples, Format::Cvat, &out);
    let path = out.join("annotations.xml");
    let text = fs::read_to_string(&path).unwrap();
    let start = text.find("<tag").unwrap();
    let end = text.find("</tag>").unwrap() + "</tag>".len();
    let tag = text[start..end].to_owned();
    // "not decided, no mask" loses its tag, and "empty" gets it.
    let changed = text.replace(&tag, "");
    let at = changed.find("height=\"17\">\n</image>").unwrap() + "height=\"17\">\n".len();
    fs::write(&path, format!("{}{tag}{}", &changed[..at], &changed[at..])).unwrap();
    let all = entries(&opened(&out));
    let of = |id: &str| all.iter().find(|e| e.record.id == id).unwrap();
    let undecided = &of("not decided, no mask").record;
    assert_eq!(
        (undecided.decision(), &undecided.annotator),
        (Some(Decision::NothingForged), &None)
    );
    assert_eq!(undecided.kind, None);
    let empty = &of("empty").record;
    assert_eq!((empty.decision(), &empty.annotator), (Some(Decision::CannotTell), &None));
    assert_eq!(of("disc").record.annotator.as_deref(), Some("Ada"), "not touched");
}

#[test]
fn a_second_annotation_without_a_note_keeps_the_first_note() {
    let mark = "\"image_id\":1,\"category_id\":1,\"segmentation\":[[0,0,4,0,4,4,0,4]]";
    let attributes = "\"attributes\":{\"note\":\"the left eye\",\"confidence\":\"high\"}";
    let text =
        coco(&format!("{{{mark},{attributes}}},{{{mark},\"attributes\":{{\"note\":\"\"}}}}"));
    let dir = set(&[("x_train.json", &text)]);
    let record = opened(dir.path()).entry(0).unwrap().record;
    assert_eq!(
        (record.note.as_str(), record.confidence.as_deref()),
        ("the left eye", Some("high"))
    );
}

#[test]
fn names_of_parts_are_parsed_and_unknown_ones_are_reported() {
    for (word, split) in [
        ("train2017", Split::Train),
        ("Training", Split::Train),
        ("val2", Split::Validation),
        ("VALID", Split::Validation),
        ("validation", Split::Validation),
        ("testing", Split::Test),
        ("test", Split::Test),
    ] {
        assert_eq!(Split::parse(word), Some(split), "{word}");
    }
    assert_eq!(Split::parse("default"), None);
    let mark = "{\"image_id\":1,\"segmentation\":[[0,0,4,0,4,4,0,4]]}";
    let dir = set(&[("annotations/instances_Val_2017.json", &coco(mark))]);
    let found = opened(dir.path());
    assert_eq!(found.entry(0).unwrap().record.split, Split::Validation);
    assert!(!found.remarks.join("\n").contains("The part"), "{:?}", found.remarks);
    let dir = set(&[("annotations/instances_default.json", &coco(mark))]);
    let remarks = opened(dir.path()).remarks.join("\n");
    assert!(remarks.contains("The part \"default\" of 2 pictures is unknown"), "{remarks}");
}

#[test]
fn pictures_outside_the_folder_are_not_read_and_large_files_are_reported() {
    let dir = set(&[]);
    let other = set(&[]);
    let outside = other.path().join("images/c.png");
    fs::rename(other.path().join("images/a.png"), &outside).unwrap();
    let outside = outside.display().to_string();
    let text = cvat(CVAT_MASK, "").replace("\"a.png\"", &format!("\"{outside}\""));
    let path = dir.path().join("a.xml");
    fs::write(&path, text).unwrap();
    let remarks = opened(dir.path()).remarks.join("\n");
    assert!(
        remarks.contains("1 of 2 pictures were not found") && remarks.contains(&outside),
        "{remarks}"
    );
    assert_eq!(opened(dir.path()).entry(0).unwrap().pixels, Pixels::Absent);
    fs::File::options().write(true).open(&path).unwrap().set_len((512 << 20) + 1).unwrap();
    let error = import(dir.path(), None, &TaskCtx::silent()).unwrap_err();
    assert!(matches!(&error, Error::Damaged { what, .. } if what.contains("too large")), "{error}");
}

#[test]
fn remarks_count_what_was_left_out() {
    let (_dir, root, samples) = sample();
    let remarks =
        |format: Format| write(&samples, format, &root.join(format.as_str())).remarks.join("\n");
    let yolo = remarks(Format::YoloSeg);
    assert!(yolo.contains("2 entries with the decision \"cannot tell\" were left out"), "{yolo}");
    let coco = remarks(Format::CocoRle);
    assert!(
        coco.contains("1 entries with the decision \"cannot tell\" and no mask were left out"),
        "{coco}"
    );
    let undecided: Vec<Entry> = samples
        .into_iter()
        .filter(|e| e.record.kind.as_deref() == Some(ForgeryKind::CannotTell.as_str()))
        .collect();
    let error =
        try_write(&undecided, Format::YoloSeg, &root.join("none"), &ExportOptions::default());
    let message = error.unwrap_err().to_string();
    assert!(
        message.contains("nothing to export: 2 entries with the decision \"cannot tell\""),
        "{message}"
    );
}

#[test]
fn an_export_by_reference_finds_the_pictures() {
    let (_dir, root, samples) = sample();
    let copies = root.join("copies");
    write(&samples, Format::Pentimento, &copies);
    fs::remove_dir_all(root.join("pictures")).unwrap();
    let options = ExportOptions { copies_images: false, ..ExportOptions::default() };
    for format in [Format::Pentimento, Format::Cvat, Format::CocoRle] {
        let out = root.join(format.as_str());
        let again = entries(&opened(&copies));
        try_write(&again, format, &out, &options).unwrap();
        let found = opened(&out);
        let remarks = found.remarks.join("\n");
        assert!(remarks.contains("pictures lie outside the folder"), "{format:?}: {remarks}");
        for entry in entries(&found) {
            let Pixels::File(path) = &entry.pixels else {
                panic!("{format:?} {}", entry.record.id)
            };
            let is_frame = entry.record.image.frame.is_some();
            let home = if is_frame { &out } else { &copies };
            assert!(path.starts_with(home), "{format:?} {}: {}", entry.record.id, path.display());
            if is_frame {
                assert_eq!(
                    entry.record.image.origin, "clip.mp4",
                    "the clip it is of is still known"
                );
            }
        }
        assert_eq!(found.check(&TaskCtx::silent()).unwrap(), [""; 0], "{format:?}");
    }
    assert_eq!(open(&root.join("pentimento")).unwrap().records().len(), samples.len());
}
