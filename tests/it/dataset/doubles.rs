//! Pictures that a data set lists more than once.

use std::path::Path;

use pentimento::annotate::Decision;
use serde_json::{Value, json};

use crate::dataset::odd::{N_SQUARE, SQUARE, content, convert, fill};

fn image(id: u32, name: &str) -> Value {
    json!({"id": id, "file_name": name, "width": 8, "height": 8})
}

fn mark(image: u32, polygon: [u32; 8]) -> Value {
    json!({"image_id": image, "category_id": 1, "segmentation": [polygon]})
}

fn coco(images: &[Value], annotations: &[Value]) -> Vec<u8> {
    let categories = json!([{"id": 1, "name": "forged"}]);
    json!({"images": images, "annotations": annotations, "categories": categories})
        .to_string()
        .into_bytes()
}

fn set(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &[("images/a.png", 1), ("images/b.png", 2)], files);
    dir
}

/// The entries that can be read.
fn readable(path: &Path) -> Vec<(String, Decision, u64)> {
    let (found, _) = content(path);
    found.into_iter().filter_map(|(id, what)| what.ok().map(|(d, n)| (id, d, n))).collect()
}

fn forged_and_real() -> [(String, Decision, u64); 2] {
    [("a".to_owned(), Decision::Forged, N_SQUARE), ("b".to_owned(), Decision::NothingForged, 0)]
}

#[test]
fn files_of_other_tasks_beside_the_masks_make_no_picture_real() {
    let both = [image(1, "a.png"), image(2, "b.png")];
    let masks = coco(&both, &[mark(1, SQUARE)]);
    let captions = coco(&both, &[json!({"image_id": 2, "caption": "a woman"})]);
    let points =
        coco(&both, &[json!({"image_id": 1, "keypoints": [1, 2, 2], "bbox": [0, 0, 4, 4]})]);
    let dir = set(&[
        ("annotations/captions_train.json", &captions),
        ("annotations/instances_train.json", &masks),
        ("annotations/person_keypoints_train.json", &points),
    ]);
    let (_, text) = content(dir.path());
    assert_eq!(readable(dir.path()), forged_and_real(), "{text}");
    assert!(text.contains("captions_train.json was skipped"), "{text}");
    // The same under names that say nothing.
    let dir = set(&[("annotations/x_train.json", &captions), ("annotations/y_train.json", &masks)]);
    let (_, remarks) = content(dir.path());
    assert_eq!(readable(dir.path()), forged_and_real(), "{remarks}");
    assert_eq!(convert(dir.path(), &dir.path().join("out")).n_entries, 2);
}

#[test]
fn a_picture_under_two_ids_is_one_entry() {
    let twice = [image(1, "a.png"), image(2, "b.png"), image(3, "a.png")];
    let dir = set(&[("x_train.json", &coco(&twice, &[mark(1, SQUARE)]))]);
    let (_, remarks) = content(dir.path());
    assert_eq!(readable(dir.path()), forged_and_real(), "{remarks}");
    assert!(
        remarks.contains("1 entries were left out") && remarks.contains("a.png (train)"),
        "{remarks}"
    );
    // With the same mask under both ids, and under two names.
    fill(dir.path(), &[("images/copy.png", 1)], &[]);
    for other in ["a.png", "copy.png"] {
        let twice = [image(1, "a.png"), image(2, "b.png"), image(3, other)];
        let marks = [mark(1, SQUARE), mark(3, SQUARE)];
        std::fs::write(dir.path().join("x_train.json"), coco(&twice, &marks)).unwrap();
        assert_eq!(readable(dir.path()), forged_and_real(), "{other}");
    }
}

#[test]
fn contradictions_are_refused_by_name() {
    let twice = [image(1, "a.png"), image(2, "b.png"), image(3, "a.png")];
    let other = mark(3, [4, 4, 8, 4, 8, 8, 4, 8]);
    let dir = set(&[("x_train.json", &coco(&twice, &[mark(1, SQUARE), other]))]);
    let (found, _) = content(dir.path());
    assert_eq!(readable(dir.path()), forged_and_real()[1..]);
    let faults: Vec<&String> = found.iter().filter_map(|(_, what)| what.as_ref().err()).collect();
    assert_eq!(faults.len(), 2, "{found:?}");
    let named = "a.png (train) is the same picture with another mask";
    assert!(faults.iter().all(|what| what.contains(named)), "{faults:?}");

    // An empty label file of YOLO says that nothing was forged, and a mask says the opposite.
    let dir = tempfile::tempdir().unwrap();
    fill(
        dir.path(),
        &[("images/train/a.png", 1), ("images/val/a.png", 1), ("images/val/b.png", 2)],
        &[
            ("data.yaml", b"train: images/train\nval: images/val\nnames: [forged]\n"),
            ("labels/train/a.txt", b"0 0 0 0.5 0 0.5 0.5 0 0.5\n"),
            ("labels/val/a.txt", b""),
            ("labels/val/b.txt", b""),
        ],
    );
    let (found, _) = content(dir.path());
    let faults: Vec<&String> = found.iter().filter_map(|(_, what)| what.as_ref().err()).collect();
    assert_eq!(faults.len(), 2, "{found:?}");
    assert!(faults.iter().any(|what| what.contains("a.png (validation)")), "{faults:?}");
    assert_eq!(convert(dir.path(), &dir.path().join("out")).n_entries, 1);
}

#[test]
fn an_id_that_stands_for_two_pictures_refuses_both() {
    let both = [image(1, "a.png"), image(1, "b.png"), image(1, "a.png")];
    let dir = set(&[("x_train.json", &coco(&both, &[mark(1, SQUARE)]))]);
    let (found, remarks) = content(dir.path());
    assert_eq!(found.len(), 2, "{remarks}");
    for (id, what) in found {
        let what = what.unwrap_err();
        assert!(what.contains("the image id 1 stands for"), "{id}: {what}");
        assert!(what.contains("a.png") && what.contains("b.png"), "{id}: {what}");
    }
}

#[test]
fn a_picture_in_two_parts_stays_in_the_first() {
    let masks = coco(&[image(1, "a.png"), image(2, "b.png")], &[mark(1, SQUARE)]);
    let dir = tempfile::tempdir().unwrap();
    let pictures = [("train/a.png", 1), ("train/b.png", 2), ("valid/a.png", 1), ("valid/b.png", 2)];
    fill(
        dir.path(),
        &pictures,
        &[("train/_annotations.coco.json", &masks), ("valid/_annotations.coco.json", &masks)],
    );
    let (_, remarks) = content(dir.path());
    assert_eq!(readable(dir.path()), forged_and_real(), "{remarks}");
    assert!(remarks.contains("a.png (validation)"), "{remarks}");
    let done = convert(dir.path(), &dir.path().join("out"));
    assert_eq!((done.n_entries, done.n_splits), (2, [2, 0, 0]));
}
