//! `eval` and `forge` as a user runs them.

use std::path::Path;
use std::process::{Command, Output};

use pentimento::base::RgbImage;
use pentimento::media;

use crate::support::{portrait, stand_in_store};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .current_dir(folder)
        .env("PENTIMENTO_MODELS", folder.join("models"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A labeled folder: the portrait as it is ("real"), and brighter ("fake", with a mask over its
/// lower half). The stand-in detector's logit is the brightness, its map the lower half.
fn labeled(folder: &Path) {
    let still = media::decode_still(
        &std::fs::read(portrait()).unwrap(),
        &pentimento::base::Limits::default(),
    )
    .unwrap();
    let image = still.frame.image.as_ref().clone();
    let (w, h) = (image.width_px, image.height_px);
    let brighter =
        RgbImage { pixels: image.pixels.iter().map(|v| 120 + v / 2).collect(), ..image.clone() };
    // The face lies in the upper half of the portrait: mark what is below the middle of the crop.
    let mask: Vec<u8> =
        (0..h).flat_map(|y| vec![if y > h / 4 { 255 } else { 0 }; w as usize]).collect();
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    media::write_png(&data.join("real.png"), &image).unwrap();
    media::write_png(&data.join("fake.png"), &brighter).unwrap();
    media::write_png_gray(&data.join("mask.png"), w, h, &mask).unwrap();
    media::write_png(&data.join("none.png"), &RgbImage::filled(200, 200, [90; 3])).unwrap();
    let manifest = "file,set,label,kind,mask,origin\nreal.png,s,real,swap,,x\n\
                    fake.png,s,fake,swap,mask.png,x\nnone.png,s,real,swap,,x\n";
    std::fs::write(data.join("manifest.csv"), manifest).unwrap();
}

#[test]
fn eval_measures_a_labeled_folder_and_fills_the_card() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(&folder.path().join("models"), 1.0);
    labeled(folder.path());
    let arguments = ["eval", "--engine", "rten", "--data", "data", "--json", "--card"];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let object: serde_json::Value = serde_json::from_str(text(&output.stdout).trim()).unwrap();
    let number = |key: &str| object[key].as_f64().unwrap_or_else(|| panic!("{key}: {object}"));
    assert_eq!((number("n_real"), number("n_forged")), (1.0, 1.0), "{object}");
    assert_eq!(number("not_examined"), 1.0, "the gray picture has no face");
    assert_eq!(number("auc"), 1.0, "the brighter one scores higher");
    assert_eq!(number("n_masks"), 1.0);
    assert!(number("pixel_auc") > 0.6, "the lower half is marked: {object}");
    let card = std::fs::read_to_string(folder.path().join("models/lae/card.toml")).unwrap();
    assert!(card.contains("[measured.s]") && card.contains("auc = 1.0"), "{card}");
}

#[test]
fn eval_reports_what_is_wrong_with_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(&folder.path().join("models"), 1.0);
    let output = run(folder.path(), &["eval", "--engine", "rten", "--data", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("manifest.csv"), "{}", text(&output.stderr));
}

#[cfg(feature = "train")]
#[test]
fn forge_writes_forgeries_and_masks_deterministically() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(&folder.path().join("models"), 1.0);
    let photo = portrait();
    let photo = photo.to_str().unwrap();
    let make = |out: &str| {
        let arguments =
            ["forge", photo, "--engine", "rten", "--method", "self-blend", "--count", "1"];
        let output = run(folder.path(), &[&arguments[..], &["--out", out]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let name =
            |what: &str| folder.path().join(out).join(format!("astronaut.self-blend.1.{what}.png"));
        ["forged", "real", "mask"].map(|what| std::fs::read(name(what)).unwrap())
    };
    let (one, two) = (make("one"), make("two"));
    assert_eq!(one, two, "the same seed makes the same forgery");
    assert_ne!(one[0], one[1], "something was forged");

    let empty = folder.path().join("gray.png");
    media::write_png(&empty, &RgbImage::filled(200, 200, [90; 3])).unwrap();
    let output = run(folder.path(), &["forge", empty.to_str().unwrap(), "--out", "three"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no face"), "{}", text(&output.stderr));
}

#[cfg(feature = "train")]
#[test]
fn forge_draws_from_a_folder_of_photos_and_lays_out_sheets() {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(&folder.path().join("models"), 1.0);
    let photos = folder.path().join("photos");
    std::fs::create_dir_all(&photos).unwrap();
    let head = "file,set,face_x_px,face_y_px,face_w_px,face_h_px,group\n";
    let mut manifest = head.to_owned();
    // The second person is the first one in the mirror.
    let bytes = std::fs::read(portrait()).unwrap();
    let still = media::decode_still(&bytes, &pentimento::base::Limits::default()).unwrap();
    let mut image = still.frame.image.as_ref().clone();
    media::write_png(&photos.join("a.png"), &image).unwrap();
    for line in image.pixels.chunks_exact_mut(image.width_px as usize * 3) {
        let mirrored: Vec<u8> = line.chunks_exact(3).rev().flatten().copied().collect();
        line.copy_from_slice(&mirrored);
    }
    media::write_png(&photos.join("b.png"), &image).unwrap();
    manifest += "a.png,drawn,180,60,85,130,a\nb.png,drawn,247,60,85,130,b\n";
    std::fs::write(photos.join("manifest.csv"), manifest).unwrap();
    let forge = |arguments: &[&str]| {
        let all = ["forge", "--data", "photos", "--cache", "cache.csv", "--engine", "rten"];
        run(folder.path(), &[&all[..], arguments].concat())
    };
    let output =
        forge(&["--method", "unseen", "-n", "2", "--contact-sheet", "--out", "made", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let made: Vec<serde_json::Value> =
        lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let methods: Vec<&str> = made.iter().filter_map(|m| m["method"].as_str()).collect();
    let pairs_of = |name| methods.iter().filter(|m| **m == name).count();
    assert_eq!(["mesh-swap", "patch-fill", "resynthesis"].map(pairs_of), [2; 3], "{methods:?}");
    assert!(made.iter().all(|m| m["change"].as_f64().unwrap() > 0.5), "{lines}");
    assert!(text(&output.stderr).contains("CPU-ms a pair"), "{}", text(&output.stderr));
    let bytes = std::fs::read(folder.path().join("made/patch-fill.png")).unwrap();
    let sheet = media::decode_still(&bytes, &pentimento::base::Limits::default()).unwrap();
    let image = &sheet.frame.image;
    assert_eq!((image.width_px, image.height_px), (2 * 224, 3 * 224), "two pairs, three rows");

    let refused = forge(&["--method", "watercolor", "--out", "made"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("mesh-swap"), "{}", text(&refused.stderr));
}

/// The forged sample was made by an earlier forger (its origin names the commit), so it cannot be
/// made again; that only the lower half of the face was changed can be seen.
#[test]
fn the_forged_sample_matches_its_origin() {
    let read = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        media::decode_still(&bytes, &pentimento::base::Limits::default()).unwrap().frame.image
    };
    let real = read(&portrait());
    let forged = read(&crate::support::root().join("assets/samples/astronaut-forged.png"));
    let side = real.width_px as usize;
    let differ: Vec<(usize, usize)> = real
        .pixels
        .chunks_exact(3)
        .zip(forged.pixels.chunks_exact(3))
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(i, _)| (i % side, i / side))
        .collect();
    assert!(differ.len() > 500, "{} pixels differ", differ.len());
    let is_lower_face = |(x, y): &(usize, usize)| (170..290).contains(x) && (90..200).contains(y);
    let strays: Vec<_> = differ.iter().filter(|p| !is_lower_face(p)).take(5).collect();
    assert!(strays.is_empty(), "{strays:?}");
}
