//! Data sets of other tools and of this program, each around files made of the input.

use pentimento::base::{RgbImage, TaskCtx};
use pentimento::dataset::{Format, fuzz_run_lengths, import};

use crate::Target;
use crate::folders::{folder, halves, write};

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("run_lengths", fuzz_run_lengths),
    ("coco", |bytes| {
        let files = [("annotations/instances_train.json", bytes)];
        read_set(Format::CocoRle, &files, &["train/a.png", "a.png", "images/a.png"]);
    }),
    ("cvat", |bytes| {
        read_set(Format::Cvat, &[("annotations.xml", bytes)], &["images/a.png", "a.png"]);
    }),
    ("datumaro", |bytes| {
        let files = [("annotations/train.json", bytes)];
        read_set(Format::Datumaro, &files, &["images/train/a.png", "images/a.png"]);
    }),
    ("label_studio", |bytes| {
        read_set(Format::LabelStudio, &[("tasks.json", bytes)], &["images/a.png", "a.png"]);
    }),
    ("voc", |bytes| {
        let (head, tail) = halves(bytes);
        let files = [
            ("labelmap.txt", head),
            ("ImageSets/Segmentation/train.txt", tail),
            ("SegmentationClass/a.png", tail),
        ];
        read_set(Format::VocPng, &files, &["JPEGImages/a.png"]);
    }),
    ("yolo", |bytes| {
        let (head, tail) = halves(bytes);
        let files = [("data.yaml", head), ("labels/train/a.txt", tail), ("train.txt", tail)];
        read_set(Format::YoloSeg, &files, &["images/train/a.png"]);
    }),
    ("native", |bytes| {
        let (head, tail) = halves(bytes);
        let files = [("dataset.json", head), ("items.jsonl", tail)];
        read_set(Format::Pentimento, &files, &["images/a.png"]);
    }),
];

/// Reads a data set with these files and a picture of 8 x 8 pixels under the names that its tools use,
/// and the mask of every entry.
fn read_set(format: Format, files: &[(&str, &[u8])], pictures: &[&str]) {
    let folder = folder();
    let picture = pentimento::media::encode_png(&RgbImage::filled(8, 8, [9, 99, 199]));
    let picture = picture.expect("it can be encoded");
    for name in pictures {
        write(&folder.path().join(name), &picture);
    }
    for (name, bytes) in files {
        write(&folder.path().join(name), bytes);
    }
    if let Ok(set) = import(folder.path(), Some(format), &TaskCtx::silent()) {
        for entry in set.entries().take(64) {
            drop(entry);
        }
    }
}
