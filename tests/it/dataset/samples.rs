//! A data set with difficult cases for formats: odd sizes, empty and full masks, holes, parts that
//! touch at corners, names in other scripts, a picture with EXIF rotation.

use std::path::{Path, PathBuf};

use pentimento::annotate::{Decision, ForgeryKind, Mask, MaskLabel};
use pentimento::base::{FrameRef, Limits, RgbImage, TaskCtx};
use pentimento::dataset::{
    Entry, Error, ExportOptions, Exported, Format, Pixels, Record, Split, export,
};
use pentimento::media;

/// A picture that is like no other.
pub(crate) fn picture(width: u32, height: u32, salt: u32) -> RgbImage {
    let pixels = (0..width * height * 3).map(|i| ((i * 31 + salt * 97) % 251) as u8).collect();
    RgbImage::new(width, height, pixels).unwrap()
}

/// Pixels for which `is_set` holds.
pub(crate) fn mask(width: u32, height: u32, is_set: impl Fn(i64, i64) -> bool) -> Mask {
    let mut mask = Mask::new(width, height);
    for y in 0..height {
        for x in (0..width).filter(|x| is_set(i64::from(*x), i64::from(y))) {
            mask.set_span(y, x..x + 1);
        }
    }
    mask
}

/// A JPEG file whose EXIF tag says that it is to be turned by a quarter.
fn turned_jpeg(image: &RgbImage) -> Vec<u8> {
    let jpeg = media::encode_jpeg(image, 90).unwrap();
    let tiff: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, 0xE1]);
    out.extend((tiff.len() as u16 + 8).to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out.extend(&jpeg[2..]);
    out
}

/// Entries whose pictures lie in `folder`.
pub(crate) fn entries(folder: &Path) -> Vec<Entry> {
    let disc = |cx: i64, cy: i64, r: i64| {
        move |x: i64, y: i64| (x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r
    };
    let noise = |x: i64, y: i64| (x * 7919 + y * 104_729 + x * y * 31) % 7 < 3;
    let masks = [
        ("disc", mask(64, 48, disc(30, 20, 15)), Some(ForgeryKind::Swap)),
        ("empty", Mask::new(33, 17), None),
        ("full", Mask::new(33, 17).inverted(), Some(ForgeryKind::Inpainting)),
        ("one pixel", Mask::new(1, 1).inverted(), None),
        ("tall", mask(7, 301, |x, y| y > 200 || x == 3), Some(ForgeryKind::Attribute)),
        ("wide", mask(640, 5, |x, _| x % 97 < 40), Some(ForgeryKind::Other)),
        (
            "ring & island <\"'>",
            mask(101, 99, move |x, y| {
                disc(50, 50, 40)(x, y) && !disc(50, 50, 25)(x, y) || disc(50, 50, 6)(x, y)
            }),
            Some(ForgeryKind::Swap),
        ),
        ("corners", mask(9, 9, |x, y| (x + y) % 2 == 0), None),
        ("noise", mask(63, 65, noise), Some(ForgeryKind::Inpainting)),
        ("Žofie 写真", mask(200, 150, disc(100, 70, 60)), Some(ForgeryKind::Swap)),
        ("edges", mask(50, 40, |x, y| x == 0 || y == 0 || x == 49 || y == 39), None),
        ("large", mask(1024, 769, disc(500, 400, 300)), Some(ForgeryKind::Swap)),
        ("not decided", mask(40, 40, disc(20, 20, 9)), Some(ForgeryKind::CannotTell)),
        ("not decided, no mask", Mask::new(40, 41), Some(ForgeryKind::CannotTell)),
    ];
    let mut entries = Vec::new();
    for (i, (name, mask, kind)) in masks.into_iter().enumerate() {
        let path = folder.join(format!("{i}.png"));
        media::write_png(&path, &picture(mask.width_px(), mask.height_px(), i as u32)).unwrap();
        entries.push(entry(name, i, mask, kind, Pixels::File(path)));
    }
    let path = folder.join("turned.JPG");
    std::fs::write(&path, turned_jpeg(&picture(60, 31, 77))).unwrap();
    let turned = media::open_still(&path, &Limits::default(), &TaskCtx::silent());
    assert!(turned.unwrap().frame.orientation.swaps_sides(), "the tag is read");
    entries.push(entry("turned", 14, mask(60, 31, disc(10, 10, 8)), None, Pixels::File(path)));
    let frame = picture(48, 36, 99);
    let mut of_clip = entry("clip/0007", 15, mask(48, 36, noise), None, Pixels::Decoded(frame));
    "clip.mp4".clone_into(&mut of_clip.record.image.origin);
    of_clip.record.image.sha256 = "ab".repeat(32);
    of_clip.record.image.frame =
        Some(FrameRef { index: 7, pts: 3600, time_base: [1, 90_000], t_s: 0.04 });
    entries.push(of_clip);
    entries
}

fn entry(name: &str, i: usize, mask: Mask, kind: Option<ForgeryKind>, pixels: Pixels) -> Entry {
    let mut record = Record {
        id: name.to_owned(),
        source: Some(format!("source {i}")),
        split: Split::ALL[i % 3],
        score: Some(0.75),
        annotator: Some("Ada".to_owned()),
        reviewer: Some("Grace".to_owned()),
        at: Some("2026-11-22T10:00:00Z".to_owned()),
        seconds: Some(12.5),
        strategy: Some("uncertainty".to_owned()),
        rank: Some(i as u32 + 1),
        faces: vec![[1.0, 2.0, 3.0, 4.0]],
        landmarks: vec![None],
        ..Record::default()
    };
    record.tools.insert("brush".to_owned(), 3);
    if let Pixels::File(path) = &pixels {
        record.image.origin = path.display().to_string();
        record.image.sha256 = pentimento::files::sha256_hex(&std::fs::read(path).unwrap());
    }
    record.image.width_px = mask.width_px();
    record.image.height_px = mask.height_px();
    let note = format!("Note of {name}: <&>\"' naïve");
    let label = MaskLabel { kind, confidence: None, note };
    record.set_label(&label, mask.is_empty());
    assert!(Decision::parse(&record.decision).is_some(), "{}", record.decision);
    Entry { record, mask, pixels }
}

/// Writes entries; a failure is one of the test.
pub(crate) fn write(entries: &[Entry], format: Format, out: &Path) -> Exported {
    try_write(entries, format, out, &ExportOptions::default()).unwrap()
}

/// Writes entries.
pub(crate) fn try_write(
    entries: &[Entry],
    format: Format,
    out: &Path,
    options: &ExportOptions,
) -> Result<Exported, Error> {
    let mut each = entries.iter().cloned().map(Ok);
    export(&mut each, format, out, options, &TaskCtx::silent())
}

/// A fresh folder with pictures and their entries.
pub(crate) fn sample() -> (tempfile::TempDir, PathBuf, Vec<Entry>) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let pictures = root.join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let entries = entries(&pictures);
    (dir, root, entries)
}
