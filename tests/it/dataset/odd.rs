//! Odd values that other tools write: read, or refused picture by picture with the reason.

use std::fs;
use std::path::Path;

use pentimento::annotate::Decision;
use pentimento::base::TaskCtx;
use pentimento::dataset::{ExportOptions, Exported, Format, export, import};
use pentimento::media::write_png;
use serde_json::{Value, json};

use crate::dataset::samples::picture;

/// Pixels of [`SQUARE`].
pub(super) const N_SQUARE: u64 = 16;
pub(super) const SQUARE: [u32; 8] = [0, 0, 4, 0, 4, 4, 0, 4];

/// Writes files into a folder; `a.png` to `c.png` are different pictures of 8 x 8 pixels.
pub(super) fn fill(folder: &Path, pictures: &[(&str, u32)], files: &[(&str, &[u8])]) {
    for (name, salt) in pictures {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_png(&path, &picture(8, 8, *salt)).unwrap();
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The decision on an entry and the number of marked pixels, or what is wrong with it.
type Marked = Result<(Decision, u64), String>;

/// A format, the files of a set, why its second picture is refused, and what is remarked.
type OddSet<'a> = (&'a str, Vec<(&'a str, &'a [u8])>, &'a str, &'a str);

/// The ids of a set, each with its decision and the number of marked pixels, or with what is wrong;
/// and the remarks.
pub(super) fn content(path: &Path) -> (Vec<(String, Marked)>, String) {
    let set = import(path, None, &TaskCtx::silent()).unwrap();
    let entries = set.entries().map(|entry| match entry {
        Ok(entry) => {
            let decision = entry.record.decision().unwrap();
            (entry.record.id, Ok((decision, entry.mask.count())))
        }
        Err(pentimento::dataset::Error::Entry { id, what }) => (id, Err(what)),
        Err(other) => (String::new(), Err(other.to_string())),
    });
    (entries.collect(), set.remarks.join("\n"))
}

/// Converts to our own format.
pub(super) fn convert(path: &Path, out: &Path) -> Exported {
    let ctx = TaskCtx::silent();
    let set = import(path, None, &ctx).unwrap();
    export(&mut set.entries(), Format::Pentimento, out, &ExportOptions::default(), &ctx).unwrap()
}

/// COCO of `a.png`, which is forged, and `b.png`, which is not.
fn coco() -> Value {
    json!({
        "images": [
            {"id": 1, "file_name": "a.png", "width": 8, "height": 8},
            {"id": 2, "file_name": "b.png", "width": 8, "height": 8},
        ],
        "categories": [{"id": 1, "name": "forged"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [SQUARE]}],
    })
}

const FORGED: (Decision, u64) = (Decision::Forged, N_SQUARE);
const REAL: (Decision, u64) = (Decision::NothingForged, 0);

#[test]
fn small_oddities_of_coco_are_read() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = coco();
        change(&mut value);
        value.to_string().into_bytes()
    };
    let plain = coco().to_string();
    let wide = |text: &str| {
        let units = format!("\u{FEFF}{text}");
        units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let cases: [(&str, Vec<u8>); 14] = [
        (
            "ids that are words",
            with(&|v| {
                (v["images"][0]["id"], v["images"][1]["id"]) = (json!("one"), json!("two"));
                v["annotations"][0]["image_id"] = json!("one");
            }),
        ),
        ("an id as text", with(&|v| v["annotations"][0]["image_id"] = json!("1"))),
        ("sizes with a point", with(&|v| v["images"][0]["width"] = json!(8.0))),
        (
            "sizes that are null",
            with(&|v| {
                (v["images"][0]["width"], v["images"][0]["height"]) = (Value::Null, Value::Null);
            }),
        ),
        ("attributes that are null", with(&|v| v["annotations"][0]["attributes"] = Value::Null)),
        (
            "a polygon that is not in a list",
            with(&|v| {
                v["annotations"][0]["segmentation"] = json!(SQUARE);
            }),
        ),
        (
            "an empty polygon beside",
            with(&|v| {
                v["annotations"][0]["segmentation"] = json!([[], SQUARE]);
            }),
        ),
        ("a category that is null", with(&|v| v["categories"][0]["supercategory"] = Value::Null)),
        ("no categories", with(&|v| v["categories"] = Value::Null)),
        (
            "a number that JSON lacks",
            plain.replace("\"image_id\"", "\"area\":NaN,\"image_id\"").into(),
        ),
        ("a byte order mark", format!("\u{FEFF}{plain}").into()),
        ("UTF-16", wide(&plain)),
        ("paths of Windows", plain.replace("a.png", "C:\\\\work\\\\a.png").into()),
        ("paths of another machine", plain.replace("a.png", "/home/ada/set/a.png").into()),
    ];
    for (what, bytes) in cases {
        let dir = tempfile::tempdir().unwrap();
        fill(
            dir.path(),
            &[("images/a.png", 1), ("images/b.png", 2)],
            &[("annotations/instances_train.json", &bytes)],
        );
        let (found, remarks) = content(dir.path());
        let found: Vec<_> = found.into_iter().map(|(_, what)| what).collect();
        assert_eq!(found, [Ok(FORGED), Ok(REAL)], "{what}: {remarks}");
        let out = dir.path().join("out");
        assert_eq!(convert(dir.path(), &out).n_entries, 2, "{what}");
    }
}

#[test]
fn files_of_systems_and_other_tools_beside_the_annotations_are_skipped() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = coco().to_string().into_bytes();
    fill(
        dir.path(),
        &[("images/a.png", 1), ("images/b.png", 2)],
        &[
            ("annotations/instances_train.json", &bytes),
            ("annotations/._instances_train.json", b"\0\x05\x16\x07"),
            ("annotations/info.json", b"{\"name\":\"x\"}"),
            ("annotations/cut.json", b"{\"images\": ["),
            (".DS_Store", b"\0"),
        ],
    );
    let (found, remarks) = content(dir.path());
    assert_eq!(found.len(), 2, "{remarks}");
    for file in ["info.json", "cut.json"] {
        assert!(
            remarks.contains(file) && remarks.contains("A file was skipped"),
            "{file}: {remarks}"
        );
    }
    assert!(!remarks.contains("._instances"), "{remarks}");
}

/// One picture that is wrong stops none of the others, and the reason names it.
#[test]
fn a_picture_with_a_fault_is_left_out_by_name() {
    let annotate = |segmentation: Value| {
        let mut value = coco();
        let more = json!({"image_id": 2, "category_id": 1, "segmentation": segmentation});
        value["annotations"].as_array_mut().unwrap().push(more);
        value
    };
    for (segmentation, why) in [
        (json!([[1, 2, 3, 4]]), "fewer than three corners"),
        (json!([[1, 2, 3, null, 5, 6]]), "something else than numbers"),
        (json!({"size": [8, 8], "counts": [1]}), "do not fill the picture"),
        (json!({"size": [9, 8], "counts": [72]}), "9 pixels, the picture 8 x 8"),
        (json!({"counts": [64]}), "no size of height and width"),
        (json!("polygon"), "neither polygons nor run lengths"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let bytes = annotate(segmentation).to_string();
        fill(
            dir.path(),
            &[("images/a.png", 1), ("images/b.png", 2)],
            &[("annotations/instances_train.json", bytes.as_bytes())],
        );
        let (found, text) = content(dir.path());
        assert_eq!(found[0].1, Ok(FORGED), "{why}");
        assert!(found[1].1.as_ref().is_err_and(|what| what.contains(why)), "{why}: {found:?}");
        assert!(!text.contains("nothing forged"), "{text}");
        let out = dir.path().join("out");
        let done = convert(dir.path(), &out);
        let remarks = done.remarks.join("\n");
        assert_eq!(done.n_entries, 1, "{why}");
        assert!(remarks.contains("Left out: the entry \"b.png\" is invalid"), "{why}: {remarks}");
    }
    // Elements that are nothing at all.
    let mut value = coco();
    value["images"].as_array_mut().unwrap().extend([json!({"id": 3}), json!(null), json!(7)]);
    value["annotations"].as_array_mut().unwrap().extend([json!(null), json!({"image_id": 9})]);
    let dir = tempfile::tempdir().unwrap();
    let bytes = value.to_string();
    fill(
        dir.path(),
        &[("images/a.png", 1), ("images/b.png", 2)],
        &[("annotations/instances_train.json", bytes.as_bytes())],
    );
    let (found, remarks) = content(dir.path());
    assert_eq!(found.len(), 2);
    assert!(remarks.contains("4 elements of COCO were left out"), "{remarks}");
    assert!(remarks.contains("image 3 without file_name"), "{remarks}");
    assert!(remarks.contains("1 annotations of unlisted pictures"), "{remarks}");
}

#[test]
fn faults_of_the_other_formats_stop_one_picture_only() {
    let yaml: &[u8] = b"train: images\nnames: [forged]\n";
    let square: &[u8] = b"0 0 0 0.5 0 0.5 0.5 0 0.5\n";
    let cvat = "<annotations><image name=\"a.png\" width=\"8\" height=\"8\"><mask label=\"forged\" \
        rle=\"0, 16\" left=\"0.0\" top=\"0\" width=\"4\" height=\"4\"/></image><image name=\"b.png\" \
        width=\"8\" height=\"8\"><mask label=\"forged\" rle=\"0, x\" left=\"0\" top=\"0\" width=\"4\" \
        height=\"4\"/></image><image id=\"7\"/></annotations>";
    let line = "{\"type\":\"polygonlabels\",\"original_width\":8,\"original_height\":8,\"value\":\
        {\"points\":[[0,0],[50,0],[50,50],[0,50]],\"polygonlabels\":[\"forged\"]}}";
    let task = |name: &str, result: &str| {
        format!("{{\"data\":{{\"img\":\"{name}\"}},\"annotations\":[{{\"result\":[{result}]}}]}}")
    };
    let turned = line.replace("\"value\"", "\"image_rotation\":90,\"value\"");
    let tasks = format!("[{},{},{{}},7]", task("a.png", line), task("b.png", &turned));
    let datumaro = "{\"items\":[{\"id\":\"a\",\"image\":{\"path\":\"a.png\",\"size\":null},\
        \"annotations\":[{\"type\":\"polygon\",\"points\":[0,0,4,0,4,4,0,4],\"attributes\":null}]},\
        {\"id\":\"b\",\"image\":{\"path\":\"b.png\"},\"annotations\":[{\"type\":\"mask\"}]},null]}";
    let sets: [OddSet<'_>; 4] = [
        (
            "yolo",
            vec![
                ("data.yaml", yaml),
                ("labels/a.txt", square),
                ("labels/b.txt", &b"0 0 0 1"[..]),
                ("labels/classes.txt", &b"forged\n"[..]),
            ],
            "line 1 of its labels is no polygon",
            "",
        ),
        ("cvat", vec![("a.xml", cvat.as_bytes())], "not a list of numbers", "image 7 has no name"),
        (
            "studio",
            vec![("tasks.json", tasks.as_bytes())],
            "undo the rotation there",
            "2 tasks were left out",
        ),
        (
            "datumaro",
            vec![("train.json", datumaro.as_bytes())],
            "no run lengths as text",
            "1 items of Datumaro were left out",
        ),
    ];
    for (what, files, why, remark) in sets {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path(), &[("images/a.png", 1), ("images/b.png", 2)], &files);
        let (found, remarks) = content(dir.path());
        assert_eq!(found.len(), 2, "{what}: {found:?} {remarks}");
        assert_eq!(found[0], ("a".to_owned(), Ok(FORGED)), "{what}: {remarks}");
        assert!(found[1].1.as_ref().is_err_and(|w| w.contains(why)), "{what}: {found:?}");
        assert!(remarks.contains(remark), "{what}: {remarks}");
    }
}

#[test]
fn a_mask_of_voc_that_is_none_stops_one_picture_only() {
    let dir = tempfile::tempdir().unwrap();
    fill(
        dir.path(),
        &[("JPEGImages/a.png", 1), ("JPEGImages/b.png", 2)],
        &[("ImageSets/Segmentation/train.txt", b"a\nb\nc\n"), ("SegmentationClass/b.png", b"no")],
    );
    let mut values = [0u8; 64];
    values[..16].fill(255);
    let mask = dir.path().join("SegmentationClass/a.png");
    pentimento::media::write_png_gray(&mask, 8, 8, &values).unwrap();
    let (found, remarks) = content(dir.path());
    assert_eq!(found[0].1, Ok(FORGED), "{remarks}");
    assert!(found[1].1.as_ref().is_err_and(|what| what.contains("its mask cannot be read")));
    assert!(
        remarks.contains("1 listed pictures without a mask") && remarks.contains(": c"),
        "{remarks}"
    );
}

/// What a shape means is read rightly, or its picture is refused with the reason.
#[test]
fn shapes_of_unknown_meaning_are_refused_and_backgrounds_cover() {
    let listed = |category: u32| {
        let mut value = coco();
        value["annotations"][0]["category_id"] = json!(category);
        value.to_string().into_bytes()
    };
    let datumaro = |label: &str| {
        format!(
            "{{\"categories\":{{\"label\":{{\"labels\":[{{\"name\":\"forged\"}},{{\"name\":\"not_fake\"}}]}}}},\
             \"items\":[{{\"id\":\"a\",\"image\":{{\"path\":\"a.png\"}},\"annotations\":[{{\"type\":\"polygon\",\
             \"label_id\":{label},\"points\":[0,0,4,0,4,4,0,4]}}]}}]}}"
        )
        .into_bytes()
    };
    let cvat = |over: &str| {
        let shape = |label: &str, z: i32, points: &str| {
            format!("<polygon label=\"{label}\" z_order=\"{z}\" points=\"{points}\"/>")
        };
        let covered = match over {
            "above" => {
                shape("forged", 0, "0,0;4,0;4,4;0,4") + &shape("background", 1, "0,0;4,0;4,2;0,2")
            }
            "below" => {
                shape("forged", 2, "0,0;4,0;4,4;0,4") + &shape("not_fake", 1, "0,0;4,0;4,2;0,2")
            }
            _ => shape("forged", 0, "0,0;4,0;4,4;0,4") + "<tag label=\"&nothing;\"/>",
        };
        format!(
            "<annotations><image name=\"a.png\" width=\"8\" height=\"8\">{covered}</image></annotations>"
        )
        .into_bytes()
    };
    let studio = |choices: &str| {
        let shape = "{\"type\":\"polygonlabels\",\"original_width\":8,\"original_height\":8,\"value\":\
            {\"points\":[[0,0],[50,0],[50,50],[0,50]],\"polygonlabels\":[\"forged\"]}}";
        format!(
            "[{{\"data\":{{\"img\":\"a.png\"}},\"annotations\":[{{\"result\":[{shape},{{\"type\":\"choices\",\
             \"from_name\":\"verdict\",\"value\":{{\"choices\":{choices}}}}}]}}]}}]"
        )
        .into_bytes()
    };
    let half = (Decision::Forged, N_SQUARE / 2);
    type Expected = Result<(Decision, u64), &'static str>;
    let cases: [(&str, &str, Vec<u8>, Expected); 12] = [
        ("a listed category", "annotations/instances_train.json", listed(1), Ok(FORGED)),
        ("one that is not", "annotations/instances_train.json", listed(7), Err("the category 7")),
        ("a label of Datumaro", "train.json", datumaro("0"), Ok(FORGED)),
        ("a real region", "train.json", datumaro("1"), Ok(REAL)),
        ("a label that is not listed", "train.json", datumaro("5"), Err("the label 5")),
        ("no label", "train.json", datumaro("null"), Err("the label null")),
        ("a background above", "a.xml", cvat("above"), Ok(half)),
        ("one below", "a.xml", cvat("below"), Ok(FORGED)),
        ("an attribute that is none", "a.xml", cvat("broken"), Err("attributes of an element")),
        ("one choice", "tasks.json", studio("[\"fake\"]"), Ok(FORGED)),
        ("two that say the same", "tasks.json", studio("[\"fake\",\"not_real\"]"), Ok(FORGED)),
        ("two that do not", "tasks.json", studio("[\"fake\",\"genuine\"]"), Err("contradict")),
    ];
    for (what, file, bytes, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path(), &[("images/a.png", 1), ("images/b.png", 2)], &[(file, &bytes)]);
        let (found, remarks) = content(dir.path());
        let first = found.into_iter().next().map(|(_, marked)| marked);
        match (first, expected) {
            (Some(Ok(found)), Ok(expected)) => assert_eq!(found, expected, "{what}: {remarks}"),
            (Some(Err(found)), Err(why)) => assert!(found.contains(why), "{what}: {found}"),
            (found, _) => panic!("{what}: {found:?} {remarks}"),
        }
    }
}
