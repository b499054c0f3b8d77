//! Retraining on corrected masks: what is drawn from a data set, what a run leaves behind.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pentimento::annotate::{Decision, ForgeryKind, Mask, MaskLabel};
use pentimento::base::{RgbImage, TaskCtx};
use pentimento::bundle::{Bundle, ModelStore};
use pentimento::dataset::{self, Entry, ExportOptions, Format, ImageRef, Pixels, Record, Split};
use pentimento::detect::Detector;
use pentimento::faces::Finder;
use pentimento::infer::Engine;
use pentimento::media;
use pentimento::train::data::Photo;
use pentimento::train::fit::{Batches as _, FitPlan, fit, keep_weights};
use pentimento::train::net::{INPUT_PX, MAP_CELLS};
use pentimento::train::publish::publish;
use pentimento::train::refine::{self, Items, Mixed, Parent};

use crate::support::{root, rten};
use crate::train::fit::{my_turn, photos, provenance};

fn finder(engine: &Engine) -> Finder {
    Finder::load(
        engine,
        &ModelStore::from_folders(vec![root().join("models")]).read("yunet").unwrap(),
    )
    .unwrap()
}

/// A drawn face with a patch where its mouth is, and the patch's mask.
fn forged(photo: &Photo, into: &Path) -> Mask {
    let still =
        media::open_still(&photo.path, &pentimento::base::Limits::default(), &TaskCtx::silent())
            .unwrap();
    let image = &still.frame.image;
    let (mut pixels, mut bytes) = (image.pixels.clone(), vec![0; image.pixels.len() / 3]);
    for y in 105..135usize {
        for x in 50..100usize {
            let at = y * image.width_px as usize + x;
            pixels[3 * at..3 * at + 3].copy_from_slice(&[200, 40, 40]);
            bytes[at] = 255;
        }
    }
    media::write_png(into, &RgbImage::new(image.width_px, image.height_px, pixels).unwrap())
        .unwrap();
    Mask::from_bytes(image.width_px, image.height_px, &bytes).unwrap()
}

fn entry(id: &str, path: PathBuf, mask: Mask, split: Split, kind: Option<ForgeryKind>) -> Entry {
    let image = ImageRef {
        origin: path.display().to_string(),
        width_px: mask.width_px(),
        height_px: mask.height_px(),
        ..ImageRef::default()
    };
    let faces = vec![[25.0, 25.0, 100.0, 130.0]];
    let mut record = Record { id: id.into(), image, split, faces, ..Record::default() };
    record.source = Some(id.to_owned());
    record.set_label(&MaskLabel { kind, ..MaskLabel::default() }, mask.is_empty());
    Entry { record, mask, pixels: Pixels::File(path) }
}

/// Three forged and two untouched faces to learn from, one of each held out, one undecided.
fn set(folder: &Path) -> PathBuf {
    let photos = photos(folder, 4);
    let mut entries = Vec::new();
    for (i, photo) in photos.iter().enumerate() {
        let path = folder.join(format!("forged-{i}.png"));
        let mask = forged(photo, &path);
        let split = if i == 3 { Split::Test } else { Split::Train };
        let empty = Mask::new(mask.width_px(), mask.height_px());
        entries.push(entry(&format!("f{i}"), path.clone(), mask.clone(), split, None));
        if i == 2 {
            let kind = Some(ForgeryKind::CannotTell);
            entries.push(entry("undecided", path, mask, split, kind));
        } else {
            entries.push(entry(&format!("r{i}"), photo.path.clone(), empty, split, None));
        }
    }
    let out = folder.join("set");
    let mut entries = entries.into_iter().map(Ok);
    let options = ExportOptions::default();
    dataset::export(&mut entries, Format::Pentimento, &out, &options, &TaskCtx::silent()).unwrap();
    out
}

fn items(folder: &Path, engine: &Engine) -> Items {
    let set = dataset::open(&set(folder)).unwrap();
    Items::read(set, &mut finder(engine), &TaskCtx::silent()).unwrap()
}

#[test]
fn what_a_person_decided_is_learned_and_what_nobody_could_tell_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let items = items(folder.path(), &rten());
    let n = |faces: &[refine::Corrected], is_forged: bool| {
        faces.iter().filter(|face| face.is_forged == is_forged).count()
    };
    assert_eq!([n(&items.train, true), n(&items.train, false)], [3, 2]);
    assert_eq!([n(&items.held_out, true), n(&items.held_out, false)], [1, 1]);
    assert_eq!(items.left_out.len(), 1, "{:?}", items.left_out);
    assert!(
        items.left_out[0].contains("undecided") && items.left_out[0].contains("could not tell")
    );
    let of = |is_forged: bool| {
        let face = items.train.iter().find(|face| face.is_forged == is_forged).unwrap();
        items.given(face).unwrap().mask.data.iter().sum::<f32>()
    };
    assert!((of(true) - 1500.0).abs() < 60.0, "the patch has 50 x 30 pixels: {}", of(true));
    assert_eq!(of(false), 0.0);
    assert_eq!(Decision::parse("cannot-tell"), Some(Decision::CannotTell));
}

#[test]
fn batches_hold_corrected_and_replayed_pairs_the_same_for_the_same_step() {
    let folder = tempfile::tempdir().unwrap();
    let items = Arc::new(items(folder.path(), &rten()));
    let replayed = Arc::new(photos(&folder.path().join("set"), 3));
    let plan = FitPlan { seed: 5, pairs: 4, ..FitPlan::default() };
    let batch = |photos: &Arc<Vec<Photo>>, step: u64| {
        let mut mixed = Mixed::new(Arc::clone(&items), Arc::clone(photos), 0.5, &plan).unwrap();
        mixed.begin(step..step + 1).unwrap();
        mixed.batch(step).unwrap()
    };
    let none = Arc::new(Vec::new());
    for photos in [&replayed, &none] {
        let (one, other) = (batch(photos, 3), batch(photos, 3));
        assert_eq!(one, other, "a resumed run sees the same");
        assert_ne!(one, batch(photos, 4));
        assert_eq!(one.input.len(), 8 * 3 * INPUT_PX * INPUT_PX);
        let cells = MAP_CELLS * MAP_CELLS;
        let forged: Vec<f32> =
            one.masks[4 * cells..].chunks_exact(cells).map(|m| m.iter().sum()).collect();
        assert!(one.masks[..4 * cells].iter().all(|m| *m == 0.0), "reals come first");
        assert!(forged.iter().all(|sum| *sum > 0.0), "every forgery has its mask: {forged:?}");
    }
    let corrected_alone = batch(&none, 3);
    assert_ne!(corrected_alone.input, batch(&replayed, 3).input);
}

#[test]
fn a_set_without_forgeries_or_without_anything_real_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let engine = rten();
    let with = |keep_forged: bool| {
        let mut items = items(folder.path(), &engine);
        std::fs::remove_dir_all(folder.path().join("set")).unwrap();
        items.train.retain(|face| face.is_forged == keep_forged);
        let plan = FitPlan { pairs: 2, ..FitPlan::default() };
        let mixed = Mixed::new(Arc::new(items), Arc::new(Vec::new()), 0.5, &plan);
        mixed.err().unwrap().to_string()
    };
    let no_real = with(true);
    assert!(no_real.contains("nothing forged") && no_real.contains("--data"), "{no_real}");
    assert!(with(false).contains("correct some"));
}

#[test]
fn a_retrained_bundle_names_its_parent_and_can_be_trained_on() {
    let _turn = my_turn();
    let folder = tempfile::tempdir().unwrap();
    let engine = rten();
    let ctx = TaskCtx::silent();
    let drawn = photos(folder.path(), 3);
    let start =
        FitPlan { seed: 7, steps: 1, pairs: 2, warmup: 1, validate_every: 0, ..FitPlan::default() };
    let mut forging =
        pentimento::train::batch::loader::Forging::new(Arc::new(drawn.clone()), &start);
    let first = fit(&start, &mut forging, &[], &folder.path().join("run-1"), &ctx).unwrap();
    let at = folder.path().join("lae");
    let made = (&start, first.steps);
    let parent =
        publish(&first.model, made, &provenance(), &drawn, &drawn, &engine, &at, &ctx).unwrap();
    keep_weights(&first.model, made, &at).unwrap();

    let items = Arc::new(items(folder.path(), &engine));
    let plan = refine::plan(3, 2, 2, 1e-4, &at);
    let mut mixed = Mixed::new(Arc::clone(&items), Arc::new(Vec::new()), 0.0, &plan).unwrap();
    let fitted = fit(&plan, &mut mixed, &[], &folder.path().join("run-2"), &ctx).unwrap();
    let facts = Parent {
        card: parent.card.clone(),
        n_learned: items.train.len(),
        set: "set (12345678)".into(),
        date: "2026-01-02".into(),
        commit: String::new(),
    };
    let out = folder.path().join("new");
    let made = (&plan, fitted.steps);
    let bundle = refine::without_photos(&fitted.model, &facts, made, &out).unwrap();
    keep_weights(&fitted.model, made, &out).unwrap();
    let read = Bundle::read(&out).unwrap();
    assert!(read.card.name.starts_with("lae-") && read.card.name != parent.card.name);
    assert_ne!(read.card.file.sha256, parent.card.file.sha256, "it has learned something");
    let origin = &read.card.source.origin;
    assert!(origin.contains("5 corrected faces") && origin.contains("not chosen anew"), "{origin}");
    assert!(read.card.measured.is_empty(), "figures of the parent are not its own");

    let mut detector = Detector::load(&engine, &bundle).unwrap();
    let exam = refine::compare(&mut detector, &items, &items.held_out, &ctx).unwrap();
    assert_eq!((exam.n_real, exam.n_forged), (1, 1));
    assert!(exam.auc.is_some() && exam.iou.is_some(), "{exam:?}");

    let again = refine::plan(4, 1, 2, 1e-4, &out);
    let mut mixed = Mixed::new(Arc::clone(&items), Arc::new(Vec::new()), 0.0, &again).unwrap();
    fit(&again, &mut mixed, &[], &folder.path().join("run-3"), &ctx).unwrap();
}
