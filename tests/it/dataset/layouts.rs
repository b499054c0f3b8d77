//! Folders and archives as Roboflow, CVAT, Ultralytics and Label Studio hand them out.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pentimento::annotate::Decision;
use pentimento::base::TaskCtx;
use pentimento::dataset::{Format, Pixels, import};
use pentimento::media::write_png_gray;
use serde_json::json;

use crate::dataset::odd::{N_SQUARE, SQUARE, content, convert, fill};

type Found = Vec<(String, Result<(Decision, u64), String>)>;

fn forged_and_real(a: &str, b: &str) -> Found {
    vec![
        (a.to_owned(), Ok((Decision::Forged, N_SQUARE))),
        (b.to_owned(), Ok((Decision::NothingForged, 0))),
    ]
}

const LABELS: &[u8] = b"0 0 0 0.5 0 0.5 0.5 0 0.5\n";

fn coco() -> Vec<u8> {
    json!({
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [SQUARE]}],
        "categories": [{"id": 1, "name": "forged"}],
    })
    .to_string()
    .into_bytes()
}

fn cvat(a: &str, b: &str) -> String {
    format!(
        "<annotations><image name=\"{a}\" width=\"8\" height=\"8\"><polygon label=\"forged\" \
         points=\"0.00,0.00;4.00,0.00;4.00,4.00;0.00,4.00\"/></image><image name=\"{b}\" width=\"8\" \
         height=\"8\"/></annotations>"
    )
}

#[test]
fn layouts_of_yolo_are_read() {
    let pairs = |images: &'static str, labels: &'static str| {
        let pictures = vec![(format!("{images}/a.png"), 1), (format!("{images}/b.png"), 2)];
        let files = vec![
            (format!("{labels}/a.txt"), LABELS.to_vec()),
            (format!("{labels}/b.txt"), Vec::new()),
            (format!("{labels}.cache"), b"x".to_vec()),
        ];
        (pictures, files)
    };
    let list = b"images/train/a.png\n./images/train/b.png\n".to_vec();
    let sets = [
        (
            "Roboflow",
            pairs("train/images", "train/labels"),
            (
                "data.yaml",
                "train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['forged']\n",
            ),
        ),
        (
            "a notebook",
            pairs("train/images", "train/labels"),
            ("data.yaml", "train: /content/set-1/train/images\nnames: [forged]\n"),
        ),
        (
            "CVAT",
            pairs("images/train", "labels/train"),
            ("data.yaml", "path: ./\ntrain: train.txt\nnames:\n  0: forged\n"),
        ),
        (
            "Ultralytics",
            pairs("images/train", "labels/train"),
            (
                "coco8.yaml",
                "path: ../coco8\ntrain:\n  - images/train\nval: # none\nnames: {0: forged}\n",
            ),
        ),
    ];
    for (what, (pictures, files), (name, yaml)) in sets {
        let dir = tempfile::tempdir().unwrap();
        let pictures: Vec<_> = pictures.iter().map(|(name, salt)| (name.as_str(), *salt)).collect();
        let mut files: Vec<_> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        files.extend([(name, yaml.as_bytes()), ("train.txt", list.as_slice())]);
        fill(dir.path(), &pictures, &files);
        let (found, remarks) = content(dir.path());
        assert_eq!(found.len(), 2, "{what}: {remarks}");
        let what_of = |i: usize| found[i].1.clone();
        assert_eq!(what_of(0), Ok((Decision::Forged, N_SQUARE)), "{what}: {remarks}");
        assert_eq!(what_of(1), Ok((Decision::NothingForged, 0)), "{what}: {remarks}");
        assert_eq!(
            remarks.contains("\"../valid/images\" was skipped"),
            what == "Roboflow",
            "{remarks}"
        );
        assert_eq!(convert(dir.path(), &dir.path().join("out")).n_entries, 2, "{what}");
    }
}

#[test]
fn a_part_of_yolo_outside_the_folder_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    fill(
        dir.path(),
        &[("set/images/a.png", 1), ("other/images/b.png", 2)],
        &[
            ("set/data.yaml", b"path: ..\ntrain: other/images\nval: /etc\nnames: [forged]\n"),
            ("other/labels/b.txt", LABELS),
        ],
    );
    let error = import(&dir.path().join("set"), None, &TaskCtx::silent()).unwrap_err().to_string();
    assert!(error.contains("names no folder of train, val or test"), "{error}");
    let subset = cvat("b.png", "c.png").replace("<image ", "<image subset=\"../../other/images\" ");
    fs::remove_file(dir.path().join("set/data.yaml")).unwrap();
    fill(&dir.path().join("set"), &[], &[("a.xml", subset.as_bytes())]);
    let set = import(&dir.path().join("set"), None, &TaskCtx::silent()).unwrap();
    assert_eq!(set.entry(0).unwrap().pixels, Pixels::Absent);
}

#[test]
fn names_with_folders_are_found_in_all_formats() {
    let dir = tempfile::tempdir().unwrap();
    let lists: &[(&str, &[u8])] = &[
        ("ImageSets/Segmentation/default.txt", b"x/y/a\nx/y/b\n"),
        ("labelmap.txt", b"# label:color_rgb:parts:actions\nbackground:0,0,0::\nforged:9,9,9::\n"),
    ];
    fill(dir.path(), &[("JPEGImages/x/y/a.png", 1), ("JPEGImages/x/y/b.png", 2)], lists);
    fs::create_dir_all(dir.path().join("SegmentationClass/x/y")).unwrap();
    for (name, n) in [("a", 16), ("b", 0)] {
        let values: [u8; 64] = std::array::from_fn(|i| if i < n { 9 } else { 0 });
        let mask = dir.path().join(format!("SegmentationClass/x/y/{name}.png"));
        write_png_gray(&mask, 8, 8, &values).unwrap();
    }
    let (found, text) = content(dir.path());
    assert_eq!(found, forged_and_real("x/y/a", "x/y/b"), "{text}");
    assert!(text.contains("The part \"default\" of 2 pictures is unknown"), "{text}");
    assert_eq!(convert(dir.path(), &dir.path().join("out")).n_entries, 2);

    let dir = tempfile::tempdir().unwrap();
    let xml = cvat("x/y/a.png", "x\\y\\b.png");
    let pictures = [("images/x/y/a.png", 1), ("images/x/y/b.png", 2)];
    fill(dir.path(), &pictures, &[("annotations.xml", xml.as_bytes())]);
    let (found, remarks) = content(dir.path());
    assert_eq!(found[0].1, Ok((Decision::Forged, N_SQUARE)), "{remarks}");
    assert!(!remarks.contains("not found"), "{remarks}");
}

#[test]
fn tracks_of_cvat_are_read_where_the_frames_lie_beside() {
    let shape = |frame: u32, outside: u32| {
        format!(
            "<polygon frame=\"{frame}\" keyframe=\"1\" outside=\"{outside}\" occluded=\"0\" \
             points=\"0,0;4,0;4,4;0,4\"><attribute name=\"note\">n{frame}</attribute></polygon>"
        )
    };
    let xml = format!(
        "<annotations><version>1.1</version><meta><task><original_size><width>8</width>\
         <height>8</height></original_size></task></meta><track id=\"0\" label=\"swap\">{}{}{}\
         </track></annotations>",
        shape(0, 0),
        shape(7, 0),
        shape(8, 1)
    );
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &[("images/frame_000000.PNG", 1)], &[("annotations.xml", xml.as_bytes())]);
    let (found, text) = content(dir.path());
    assert_eq!(found, [("frame_000000".to_owned(), Ok((Decision::Forged, N_SQUARE)))], "{text}");
    assert!(text.contains("1 frames of 1 tracks were left out"), "{text}");
    let record = import(dir.path(), None, &TaskCtx::silent()).unwrap().entry(0).unwrap().record;
    assert_eq!((record.note.as_str(), record.kind.as_deref()), ("n0", Some("swap")));
    fs::remove_file(dir.path().join("images/frame_000000.PNG")).unwrap();
    let (found, remarks) = content(dir.path());
    assert!(found.is_empty() && remarks.contains("CVAT for images 1.1"), "{remarks}");
}

#[test]
fn the_short_export_of_label_studio_is_read() {
    let tasks = json!([
        {
            "id": 1,
            "image": "/data/upload/1/0a1b2c3d-a.png",
            "mask": [{
                "points": [[0, 0], [50, 0], [50, 50], [0, 50]],
                "polygonlabels": ["swap"],
                "original_width": 8,
                "original_height": 8,
            }],
            "note": "left eye",
            "annotator": 3,
            "annotation_id": 5,
            "updated_at": "2026-01-02T03:04:05Z",
        },
        {"id": 2, "image": "b.png", "decision": "real"},
        {"id": 3, "image": "c.png", "box": [{"x": 1, "rectanglelabels": ["swap"]}]},
    ]);
    let dir = tempfile::tempdir().unwrap();
    fill(
        dir.path(),
        &[("images/a.png", 1), ("images/b.png", 2), ("images/c.png", 3)],
        &[("project-1.json", tasks.to_string().as_bytes())],
    );
    let (found, remarks) = content(dir.path());
    assert_eq!(found, forged_and_real("0a1b2c3d-a", "b"), "{remarks}");
    assert!(remarks.contains("1 pictures were left out") && remarks.contains("c.png"), "{remarks}");
    let record = import(dir.path(), None, &TaskCtx::silent()).unwrap().entry(0).unwrap().record;
    assert_eq!(record.annotator.as_deref(), Some("Label Studio user 3"));
    assert_eq!((record.note.as_str(), record.kind.as_deref()), ("left eye", Some("swap")));
    assert_eq!(record.at.as_deref(), Some("2026-01-02T03:04:05Z"));
}

/// A zip file of a folder, as it is downloaded.
pub(crate) fn zipped(folder: &Path, zip: &Path) -> PathBuf {
    let mut writer = zip::ZipWriter::new(File::create(zip).unwrap());
    for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder.parent().unwrap()).unwrap();
            let name = name.to_string_lossy().into_owned();
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&fs::read(entry.path()).unwrap()).unwrap();
        }
    }
    writer.finish().unwrap();
    zip.to_owned()
}

#[test]
fn zip_files_are_read_as_they_are_downloaded() {
    let dir = tempfile::tempdir().unwrap();
    let set = dir.path().join("My set.v1i.coco");
    fill(
        &set,
        &[("train/a.png", 1), ("train/b.png", 2)],
        &[("train/_annotations.coco.json", &coco()), ("README.roboflow.txt", b"hello")],
    );
    let zip = zipped(&set, &dir.path().join("set.zip"));
    let (found, remarks) = content(&zip);
    assert_eq!(found, forged_and_real("a", "b"), "{remarks}");
    let out = dir.path().join("out");
    assert_eq!(convert(&zip, &out).n_entries, 2);
    let record = pentimento::dataset::open(&out).unwrap().records()[0].clone();
    let inside = zip.join("My set.v1i.coco/train/a.png");
    assert_eq!(record.image.origin, inside.display().to_string(), "not the temporary folder");

    // One whose records name a picture of this machine.
    let own = dir.path().join("own");
    fill(&own, &[], &[("annotations.xml", cvat("a.png", "b.png").as_bytes())]);
    let secret = dir.path().join("secret.png");
    fs::copy(set.join("train/a.png"), &secret).unwrap();
    let line = json!({"stem": "a", "id": "a", "decision": "forged", "split": "train", "mask": null,
        "image": {"file": null, "origin": secret, "sha256": "", "width_px": 8, "height_px": 8,
        "frame": null, "image_sha256": null}});
    fill(&own, &[], &[("pentimento.jsonl", line.to_string().as_bytes())]);
    let zip = zipped(&own, &dir.path().join("own.zip"));
    let set = import(&zip, None, &TaskCtx::silent()).unwrap();
    assert!(set.is_zip(), "{}", zip.display());
    assert_eq!(set.entry(0).unwrap().pixels, Pixels::Absent);
}

#[test]
fn boxes_are_said_to_be_boxes() {
    let boxes = b"<annotation><object><bndbox><xmin>1</xmin></bndbox></object></annotation>";
    for (name, bytes, expected) in [
        ("train/a.xml", &boxes[..], "boxes of Pascal VOC"),
        ("obj.data", &b"classes = 1\n"[..], "boxes of YOLO 1.1 (Darknet)"),
        ("train/_annotations.csv", &b"a,b\n"[..], "boxes as CSV"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path(), &[("train/a.png", 1)], &[(name, bytes)]);
        let error = import(dir.path(), None, &TaskCtx::silent()).unwrap_err().to_string();
        assert!(
            error.contains(expected) && error.contains("export segmentation"),
            "{name}: {error}"
        );
    }
}

/// A data set whose folder or file is a link out of it would have any file of this machine read.
#[cfg(unix)]
#[test]
fn links_out_of_a_data_set_are_reported_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let yolo = |root: &str| {
        let names = [
            (format!("{root}/labels/train/a.txt"), LABELS),
            (format!("{root}/data.yaml"), &b"train: images/train\nnames: [forged]\n"[..]),
        ];
        let files: Vec<(&str, &[u8])> = names.iter().map(|(n, b)| (n.as_str(), *b)).collect();
        fill(dir.path(), &[], &files);
    };
    fill(dir.path(), &[("private/train/a.png", 1), ("voc-private/a.png", 1)], &[]);
    for set in ["folder", "file"] {
        yolo(set);
        let images = dir.path().join(set).join("images");
        if set == "folder" {
            std::os::unix::fs::symlink(dir.path().join("private"), &images).unwrap();
        } else {
            fs::create_dir_all(images.join("train")).unwrap();
            let link = images.join("train/a.png");
            std::os::unix::fs::symlink(dir.path().join("private/train/a.png"), link).unwrap();
        }
        let set = import(&dir.path().join(set), None, &TaskCtx::silent()).unwrap();
        let remarks = set.remarks.join("\n");
        assert!(remarks.contains("1 link leads out of the folder"), "{remarks}");
        assert_eq!(set.len(), 1);
        let is_read = set.entry(0).is_ok_and(|entry| entry.pixels != Pixels::Absent);
        assert!(!is_read, "{remarks}");
    }
    let voc = dir.path().join("voc");
    fs::create_dir_all(voc.join("SegmentationClass")).unwrap();
    write_png_gray(&voc.join("SegmentationClass/b.png"), 8, 8, &[0; 64]).unwrap();
    std::os::unix::fs::symlink(dir.path().join("voc-private"), voc.join("JPEGImages")).unwrap();
    let mask = voc.join("SegmentationClass/a.png");
    std::os::unix::fs::symlink(dir.path().join("voc-private/a.png"), mask).unwrap();
    let set = import(&voc, Some(Format::VocPng), &TaskCtx::silent()).unwrap();
    assert_eq!((set.len(), set.remarks.join("").contains("2 links lead out")), (1, true));
}
