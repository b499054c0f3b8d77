//! Training on a graphics adapter: it says what the processor says, and a run goes on on either.
//!
//! The adapter of these tests is drawn by the processor (lavapipe); no graphics card was at hand.

use std::path::Path;

use burn::module::{Module as _, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use pentimento::base::TaskCtx;
use pentimento::train::Error;
use pentimento::train::batch::loader::Batch;
use pentimento::train::fit::device::{Chosen, DeviceChoice, choose};
use pentimento::train::fit::loss::{LossWeights, Objective};
use pentimento::train::fit::{Batches, FitPlan, fit, keep_weights, last_checkpoint};
use pentimento::train::game::{Game, GameForm};
use pentimento::train::net::Lae;
use pentimento::train::publish::export;

use crate::support::skip;
use crate::train::fit::my_turn;

const PX: usize = 64;

fn plan(steps: u64, device: Chosen) -> FitPlan {
    FitPlan {
        seed: 3,
        steps,
        pairs: 1,
        input_px: PX,
        warmup: 1,
        checkpoint_every: 1,
        validate_every: 0,
        device,
        ..FitPlan::default()
    }
}

/// Pictures that are the same for the same step.
struct Drawn;

impl Batches for Drawn {
    fn begin(&mut self, _steps: std::ops::Range<u64>) -> Result<(), Error> {
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let value = |i: usize| ((i as f32 * 0.37 + step as f32).sin() * 97.0).fract();
        let cells = (PX / 8) * (PX / 8);
        Ok(Batch {
            px: PX,
            input: (0..2 * 3 * PX * PX).map(value).collect(),
            masks: (0..2 * cells).map(|i| f32::from(u8::from(i > cells + 20))).collect(),
            known: vec![1.0],
            weights: vec![1.0],
            n_pairs: 1,
        })
    }
}

/// The adapter, after a trial step; `None` (after `skip`) where there is none at all.
fn adapter() -> Option<Chosen> {
    let chosen = choose(DeviceChoice::Gpu, &plan(1, Chosen::default()));
    println!("{}", chosen.words());
    if chosen.why_not_gpu().is_some_and(|why| why.contains("there is no graphics adapter")) {
        skip("training on a graphics adapter: there is none");
        return None;
    }
    assert!(chosen.card().is_some(), "{}", chosen.words());
    Some(chosen)
}

fn answer(folder: &Path) -> Vec<f32> {
    let (fitted, _) = last_checkpoint(folder).unwrap();
    let input = Drawn.batch(9).unwrap().input;
    let plan = FitPlan::default();
    let expected = export::reference(
        &fitted.model,
        plan.objective.form,
        export::Views::One,
        input,
        PX,
        Chosen::default().device(),
    );
    [expected.logits, expected.maps].concat()
}

/// Weights to start from with which a picture does not fade from layer to layer: where it has
/// faded, gradients are rounding, and the optimizer makes whole steps of that.
fn keep_lively(folder: &Path) {
    struct Widen;
    impl ModuleMapper for Widen {
        fn map_float<const D: usize>(&mut self, weights: Param<Tensor<D>>) -> Param<Tensor<D>> {
            weights.map(|w| if D == 4 { w * 2.0 } else { w })
        }
    }
    let device = Device::flex();
    device.seed(5);
    let model = Lae::new(&device).map(&mut Widen);
    keep_weights(&model, (&FitPlan::default(), 0), folder).unwrap();
}

/// Three steps on the processor, and the two mixtures of processor and adapter: all move the net
/// the same way, but for what the optimizer makes of rounding.
#[test]
fn a_run_goes_on_on_either_device() {
    let _turn = my_turn();
    let Some(card) = adapter() else { return };
    let cpu = Chosen::default;
    let place = tempfile::tempdir().unwrap();
    let start = place.path().join("start");
    keep_lively(&start);
    let run = |name: &str, devices: [Chosen; 2]| {
        let folder = place.path().join(name);
        let answers = [(1, &devices[0]), (3, &devices[1])].map(|(steps, device)| {
            let plan = FitPlan { start_from: Some(start.clone()), ..plan(steps, device.clone()) };
            let fitted = fit(&plan, &mut Drawn, &[], &folder, &TaskCtx::silent()).unwrap();
            assert_eq!(fitted.steps, steps);
            answer(&folder)
        });
        (answers, std::fs::read_to_string(folder.join("device.log")).unwrap())
    };
    let apart = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
    };
    let ([first, on_cpu], _) = run("cpu", [cpu(), cpu()]);
    let moved = apart(&first, &on_cpu);
    let name = card.card().unwrap().to_owned();
    for (what, devices) in [("there", [cpu(), card.clone()]), ("back", [card, cpu()])] {
        let ([_, mixed], log) = run(what, devices);
        let off = apart(&mixed, &on_cpu);
        println!("{what}: {off} after a move of {moved}");
        assert!(off < 0.05 * moved, "{what}: {off} after a move of {moved}");
        let lines: Vec<&str> = log.lines().collect();
        let on_card = usize::from(what == "there");
        assert!(
            lines[on_card].contains(&name) && lines[1 - on_card].contains("processor"),
            "{log}"
        );
        assert!(lines[1].starts_with("from step 1: "), "{log}");
    }
}

/// Generators, critic and gradients of pixels work there too, and what they have learned is read
/// back on the processor.
#[test]
fn the_adversaries_follow_the_device() {
    let _turn = my_turn();
    let Some(card) = adapter() else { return };
    let place = tempfile::tempdir().unwrap();
    let weights = LossWeights { adversarial: 0.1, ..LossWeights::default() };
    for form in [GameForm::TwoGenerators, GameForm::GradientBlur, GameForm::Additive] {
        let folder = place.path().join(form.as_str());
        for (steps, device) in [(2, card.clone()), (3, Chosen::default())] {
            let plan = FitPlan {
                game: Game { form, ..Game::default() },
                objective: Objective { weights, ..Objective::default() },
                ..plan(steps, device)
            };
            let fitted = fit(&plan, &mut Drawn, &[], &folder, &TaskCtx::silent()).unwrap();
            assert_eq!(fitted.steps, steps, "{form:?}");
        }
        assert!(answer(&folder).iter().all(|v| v.is_finite()), "{form:?}");
    }
}

/// Folder that the child trains in.
const FOLDER: &str = "PENTIMENTO_TEST_RUN";

/// burn would read an optimizer back on a graphics adapter: without one a resumed run would panic.
#[test]
fn a_run_goes_on_where_there_is_no_adapter() {
    let place = tempfile::tempdir().unwrap();
    let nowhere = place.path().join("nowhere");
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "train::gpu::child_that_goes_on_by_itself", "--ignored", "--nocapture"])
        .env(FOLDER, place.path().join("run"))
        // Drivers of Vulkan and of OpenGL are looked for here.
        .env("VK_ICD_FILENAMES", &nowhere)
        .env("VK_DRIVER_FILES", &nowhere)
        .env("__EGL_VENDOR_LIBRARY_FILENAMES", &nowhere)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{printed}{}", String::from_utf8_lossy(&child.stderr));
    assert!(printed.contains("went on: there is no graphics adapter"), "{printed}");
}

#[test]
#[ignore = "not a test: run by the one that needs a process without an adapter"]
fn child_that_goes_on_by_itself() {
    let folder = std::env::var_os(FOLDER).map(std::path::PathBuf::from);
    let folder = folder.expect("the test that starts it names the folder");
    for steps in [1, 2] {
        let plan = plan(steps, Chosen::default());
        fit(&plan, &mut Drawn, &[], &folder, &TaskCtx::silent()).unwrap();
    }
    let chosen = choose(DeviceChoice::Gpu, &plan(1, Chosen::default()));
    println!("went on: {}", chosen.why_not_gpu().unwrap_or_default());
}
