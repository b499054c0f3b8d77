//! One training step of the LAE: images per CPU second, to be compared with PyTorch.
//!
//! `cargo bench --features train --bench train_step` prints CPU milliseconds per image of a step
//! (forward, loss, backward, AdamW) at 24 images of 224 × 224 with the start of the encoder frozen
//! as in training. `tests/benches/train_step.py` does the same in PyTorch and, when present beside
//! a Python with torch, is run between the rounds (set `PENTIMENTO_PYTHON`).

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::time::Instant;

use burn::module::Module as _;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use pentimento::train::fit::loss::{Objective, Targets, lae_loss};
use pentimento::train::net::{INPUT_PX, Lae, MAP_CELLS};

/// User and system time of this process in seconds.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let n: usize = std::env::var("N").ok().and_then(|v| v.parse().ok()).unwrap_or(24);
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(5);
    let device = Device::flex().autodiff();
    let mut model = Lae::new(&device);
    model.encoder = model.encoder.clone().with_frozen_start();
    println!("{} parameters", model.num_params());
    let mut optim = AdamWConfig::new().init();
    let side = INPUT_PX;
    let input = Tensor::<4>::random([n, 3, side, side], Distribution::Default, &device);
    let labels = Tensor::<1>::random([n], Distribution::Bernoulli(0.5), &device);
    let masks = Tensor::<3>::random([n, MAP_CELLS, MAP_CELLS], Distribution::Default, &device);
    let known = Tensor::<1>::ones([n], &device);
    let weights = Tensor::<1>::ones([n], &device);
    let targets = Targets { labels, masks, known, known_share: 1.0, weights };
    let (mut costs, mut torch) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let (cpu, wall) = (cpu_secs(), Instant::now());
        let losses = lae_loss(&model, None, input.clone(), &input, &targets, &Objective::default());
        let forward = wall.elapsed().as_secs_f64();
        let gradients = losses.total.backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        model = optim.step(1e-4, model, gradients);
        let wall = wall.elapsed().as_secs_f64();
        let cost = (cpu_secs() - cpu) * 1000.0 / n as f64;
        println!(
            "round {round}: {cost:.0} CPU-ms/image, {:.2} images/s, forward {forward:.2} s of {wall:.2} s",
            n as f64 / wall
        );
        costs.push(cost);
        torch.extend(torch_cost(n));
    }
    let (ours, torch) = (median(costs), median(torch));
    println!("median {ours:.0} CPU-ms/image; PyTorch {torch:.0} CPU-ms/image");
    println!("images per CPU second against PyTorch: {:.2}", torch / ours);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// CPU milliseconds per image of PyTorch's second of two steps (the first one warms up).
fn torch_cost(n: usize) -> Option<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/benches/train_step.py");
    let output = std::process::Command::new(std::env::var_os("PENTIMENTO_PYTHON")?)
        .arg(script)
        .env("N", n.to_string())
        .env("ROUNDS", "2")
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().last()?.split_whitespace().nth(1)?.parse().ok()
}
