//! Data sets against the packages of other tools: `tests/roundtrip.py` reads our exports with them
//! and writes data sets with them, which are read here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pentimento::base::TaskCtx;
use pentimento::dataset::{Entry, Format, import};

use crate::dataset::samples::{sample, write};
use crate::support::{python, root, skip};

/// Runs the script; its lines.
fn run(python: &Path, word: &str, folder: &Path) -> Vec<serde_json::Value> {
    let script = root().join("tests/roundtrip.py");
    let output = Command::new(python).arg(script).arg(word).arg(folder).output().unwrap();
    let (printed, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}\n{complained}");
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn other_packages_see_the_same_masks_and_write_the_same() {
    let Some(python) = python() else {
        return skip("no Python with pycocotools, datumaro and label-studio-sdk; see tests/run.sh");
    };
    let (_dir, root, entries) = sample();
    for format in Format::ALL.iter().copied() {
        write(&entries, format, &root.join(format.as_str()));
    }
    let seen = run(&python, "read", &root);
    let mut formats: Vec<&str> = Vec::new();
    for line in &seen {
        println!("{line}");
        let format = Format::parse(line["format"].as_str().unwrap()).unwrap();
        formats.push(format.as_str());
        if format.is_lossless() {
            assert_eq!(line["n"], line["n_equal"], "{line}");
        } else {
            // OpenCV draws the line itself too: thin parts become thick.
            let is_thick = line["package"] == "opencv-python-headless";
            let (least, mean) = if is_thick { (0.5, 0.8) } else { (0.99, 0.99) };
            assert!(line["least_iou"].as_f64().unwrap() >= least, "{line}");
            assert!(line["mean_iou"].as_f64().unwrap() >= mean, "{line}");
        }
    }
    for format in Format::ALL.iter().copied().skip(1) {
        assert!(formats.contains(&format.as_str()), "{format:?} was not read by any package");
    }
    let by_stem: BTreeMap<String, &Entry> =
        import(&root.join("pentimento"), None, &TaskCtx::silent())
            .unwrap()
            .entries()
            .map(|e| e.unwrap())
            .map(|e| {
                let file = e.record.image.file.unwrap();
                let stem = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
                (stem, entries.iter().find(|entry| entry.record.id == e.record.id).unwrap())
            })
            .collect();
    let written = run(&python, "write", &root);
    assert!(written.len() >= 6, "{written:?}");
    for (folder, format) in [
        ("theirs-pycocotools", Format::CocoRle),
        ("theirs-label-studio", Format::LabelStudio),
        ("theirs-datumaro", Format::Datumaro),
        ("theirs-coco-rle", Format::CocoRle),
        ("theirs-cvat", Format::Cvat),
        ("theirs-voc", Format::VocPng),
    ] {
        let set = import(&root.join(folder), None, &TaskCtx::silent()).unwrap();
        assert_eq!(set.format, format, "{folder}");
        // Datumaro writes pictures anew, turned by their EXIF tag: that one is left out there. Its
        // VOC export has no files for masks that are empty.
        let n_wanted = match folder {
            "theirs-pycocotools" | "theirs-label-studio" => 16,
            "theirs-voc" => 13,
            _ => 15,
        };
        assert_eq!(set.len(), n_wanted, "{folder}: {:?}", set.remarks);
        for entry in set.entries() {
            let entry = entry.unwrap();
            let stem =
                Path::new(&entry.record.id).file_name().unwrap().to_str().unwrap().to_owned();
            let wanted = by_stem[&stem];
            assert_eq!(entry.mask, wanted.mask, "{folder}: {stem}");
            if !wanted.mask.is_empty() {
                assert_eq!(entry.record.kind, wanted.record.kind, "{folder}: {stem}");
            }
        }
    }
}
