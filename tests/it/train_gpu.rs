//! Training on a graphics adapter: it says what the processor says, and a run goes on on either.
//!
//! The adapter of these tests is drawn by the processor (lavapipe); no graphics card was at hand.

use pentimento::base::TaskCtx;
use pentimento::train::device::{Chosen, DeviceChoice, choose};
use pentimento::train::export;
use pentimento::train::fit::{FitPlan, fit, last_checkpoint};
use pentimento::train::loader::Batch;
use pentimento::train::{Error, fit::Batches};

use crate::support::skip;
use crate::train::my_turn;

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

fn answer(folder: &std::path::Path) -> Vec<f32> {
    let (fitted, _) = last_checkpoint(folder).unwrap();
    let input = Drawn.batch(9).unwrap().input;
    let plan = FitPlan::default();
    let said = export::reference(
        &fitted.model,
        plan.objective.form,
        input,
        PX,
        Chosen::default().device(),
    );
    [said.logits, said.maps].concat()
}

/// Three steps on the processor, three on the adapter, and both mixtures: the same net within what
/// the optimizer makes of rounding, and a net that has moved.
#[test]
fn a_run_goes_on_on_either_device() {
    let _turn = my_turn();
    let Some(card) = adapter() else { return };
    let cpu = Chosen::default;
    let place = tempfile::tempdir().unwrap();
    let run = |name: &str, devices: [Chosen; 2]| {
        let folder = place.path().join(name);
        for (steps, device) in [(1, &devices[0]), (3, &devices[1])] {
            // The learning rate depends on the number of steps: a cosine that has hardly begun.
            let plan = FitPlan { steps, warmup: 100, ..plan(steps, device.clone()) };
            let fitted = fit(&plan, &mut Drawn, &[], &folder, &TaskCtx::silent()).unwrap();
            assert_eq!(fitted.steps, steps);
        }
        (answer(&folder), std::fs::read_to_string(folder.join("device.log")).unwrap())
    };
    let (on_cpu, _) = run("cpu", [cpu(), cpu()]);
    let name = card.card().unwrap().to_owned();
    for (what, devices) in [("there", [cpu(), card.clone()]), ("back", [card.clone(), cpu()])] {
        let (mixed, log) = run(what, devices);
        let worst = mixed.iter().zip(&on_cpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-2, "{what}: {worst}");
        let lines: Vec<&str> = log.lines().collect();
        let on_card = usize::from(what == "there");
        assert!(
            lines[on_card].contains(&name) && lines[1 - on_card].contains("processor"),
            "{log}"
        );
        assert!(lines[1].starts_with("from step 1: "), "{log}");
    }
}
