//! The learning loop from end to end on one face: made pictures, the true detector, a queue, masks
//! by session commands, export, a retraining of two steps, figures.

use std::path::Path;
use std::process::Command;

use pentimento::annotate::{Mask, MaskLabel};
use pentimento::base::{Limits, RgbImage, TaskCtx};
use pentimento::dataset::{self, Entry, ExportOptions, Format, ImageRef, Pixels, Record, Split};
use pentimento::media;

use crate::support::root;

/// The sample's face, and a copy with a patch painted over the mouth.
fn pictures() -> (RgbImage, RgbImage, Mask) {
    let sample = root().join("assets/samples/astronaut.png");
    let still = media::open_still(&sample, &Limits::default(), &TaskCtx::silent()).unwrap();
    let real = still.frame.image.as_ref().clone();
    let (w, h) = (real.width_px as usize, real.height_px as usize);
    let (mut forged, mut bytes) = (real.clone(), vec![0; w * h]);
    for y in h * 26 / 100..h * 32 / 100 {
        for x in w * 38 / 100..w * 50 / 100 {
            let (at, from) = (y * w + x, (y - h / 20) * w + x);
            let color: [u8; 3] = real.pixels[3 * from..3 * from + 3].try_into().unwrap();
            forged.pixels[3 * at..3 * at + 3].copy_from_slice(&color);
            bytes[at] = 255;
        }
    }
    let mask = Mask::from_bytes(real.width_px, real.height_px, &bytes).unwrap();
    (real, forged, mask)
}

/// Slightly other pictures, so that no two files are the same.
fn lighter(picture: &RgbImage, by: u8) -> RgbImage {
    let pixels = picture.pixels.iter().map(|v| v.saturating_add(by)).collect();
    RgbImage::new(picture.width_px, picture.height_px, pixels).unwrap()
}

fn prepare(run: &Path) {
    let (real, forged, mask) = pictures();
    let (pool, truth) = (run.join("pool"), run.join("truth"));
    std::fs::create_dir_all(&truth).unwrap();
    let mut known = serde_json::Map::new();
    for i in 0..8u8 {
        let name = format!("s{i}/{i}.png");
        std::fs::create_dir_all(pool.join(format!("s{i}"))).unwrap();
        let is_forged = i.is_multiple_of(2);
        let picture = lighter(if is_forged { &forged } else { &real }, 3 * i);
        media::write_png(&pool.join(&name), &picture).unwrap();
        let path = truth.join(format!("{i}.png"));
        let mask_path = is_forged.then(|| {
            let bytes = mask.to_bytes();
            media::write_png_gray(&path, mask.width_px(), mask.height_px(), &bytes).unwrap();
            path
        });
        known.insert(name, serde_json::json!(mask_path));
    }
    let entry = |i: u8| {
        let is_forged = i.is_multiple_of(2);
        let picture = lighter(if is_forged { &forged } else { &real }, 2 * i + 1);
        let mask =
            if is_forged { mask.clone() } else { Mask::new(mask.width_px(), mask.height_px()) };
        let (width_px, height_px) = (mask.width_px(), mask.height_px());
        let image = ImageRef { origin: i.to_string(), width_px, height_px, ..ImageRef::default() };
        let mut record =
            Record { id: i.to_string(), image, split: Split::Test, ..Record::default() };
        record.set_label(&MaskLabel::default(), mask.is_empty());
        Ok(Entry { record, mask, pixels: Pixels::Decoded(picture) })
    };
    let rest = run.join("rest");
    let (options, ctx) = (ExportOptions::default(), TaskCtx::silent());
    dataset::export(&mut (0..4).map(entry), Format::Pentimento, &rest, &options, &ctx).unwrap();
    let made = serde_json::json!({
        "method": "painted", "pool": pool, "truth": known, "rest": rest, "n_rest": 4,
    });
    std::fs::write(run.join("made.json"), made.to_string()).unwrap();
}

#[test]
fn corrections_go_round_the_whole_loop_and_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    prepare(&run.join("seed-1"));
    let page = folder.path().join("RESULTS.md");
    std::fs::write(&page, "# Before\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .current_dir(root())
        .env("HOME", folder.path())
        .env("PENTIMENTO_MODELS", root().join("models"))
        .args(["experiment", "loop", "--engine", "rten", "--replay", "0", "--steps", "1"])
        .args(["--pairs", "1", "--budget", "50", "--strategies", "uncertainty"])
        .arg("--run")
        .arg(&run)
        .arg("--out")
        .arg(&page)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("# Before") && text.contains("## The learning loop"), "{text}");
    let measured: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(run.join("seed-1/measured.json")).unwrap())
            .unwrap();
    let arms = measured["arms"].as_array().unwrap();
    let names: Vec<&str> = arms.iter().map(|arm| arm["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["none", "uncertainty", "all"]);
    for arm in arms {
        assert!(arm["exam"]["auc"].is_number() && arm["exam"]["iou"].is_number(), "{arm}");
    }
    assert_eq!([&arms[1]["n_looked_at"], &arms[2]["n_looked_at"]], [4, 8]);
    assert_eq!([&arms[2]["n_forged"], &arms[2]["n_real"]], [4, 4], "all are learned from");

    // What was exported is what was laid on, pixel by pixel.
    let set = dataset::open(&run.join("seed-1/set-all-8")).unwrap();
    let (_, _, mask) = pictures();
    let forged: Vec<&Record> = set.records().iter().filter(|r| r.decision == "forged").collect();
    assert_eq!((forged.len(), set.records().len()), (4, 8));
    for record in forged {
        assert_eq!(set.mask(record).unwrap(), mask, "{}", record.id);
    }
    let queued = dataset::open(&run.join("seed-1/set-uncertainty-4")).unwrap();
    let has_rank = |r: &Record| r.strategy.as_deref() == Some("uncertainty") && r.rank.is_some();
    assert!(queued.records().len() == 4 && queued.records().iter().all(has_rank));
}
