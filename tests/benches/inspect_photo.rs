//! From start to answer on one photo, and what our own code costs beside the engine.
//!
//! `cargo bench --bench inspect_photo` runs, interleaved and reporting medians,
//!
//! 1. the program (`inspect --json`) with ONNX Runtime and with rten against
//!    `inspect_photo.py` (OpenCV + onnxruntime, same bundles) when `PENTIMENTO_PYTHON` names a
//!    Python that has both;
//! 2. decoding a photo in a child process against decoding it in this one, for several sizes;
//! 3. in one process, examining a found face against the bare engine call on a prepared input.
//!
//! Ratios compare within this run only.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use pentimento::base::{Limits, RgbImage, TaskCtx};
use pentimento::bundle::{InputSize, ModelStore};
use pentimento::infer::EngineOptions;
use pentimento::pipeline::Stages;
use pentimento::{media, prep};

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn timed(command: &mut Command) -> Option<f64> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| start.elapsed().as_secs_f64() * 1000.0)
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = root.join("assets/samples/astronaut.png");
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(15);
    start_to_answer(root, &photo, rounds);
    apart_or_here(rounds);
    beside_the_engine(&photo, rounds * 4);
}

fn start_to_answer(root: &Path, photo: &Path, rounds: usize) {
    let python = std::env::var_os("PENTIMENTO_PYTHON");
    let (mut ort, mut rten, mut py) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let inspect = |engine: &str| {
            timed(
                Command::new(env!("CARGO_BIN_EXE_pentimento"))
                    .args(["inspect", "--json", "--engine", engine])
                    .arg(photo)
                    .current_dir(root),
            )
        };
        ort.extend(inspect("onnxruntime"));
        rten.extend(inspect("rten"));
        if let Some(python) = &python {
            let script = root.join("tests/benches/inspect_photo.py");
            py.extend(timed(Command::new(python).arg(script).arg(root.join("models")).arg(photo)));
        }
    }
    let (ort, rten, py) = (median(ort), median(rten), median(py));
    println!(
        "start to answer, median of {rounds}: onnxruntime {ort:.0} ms, rten {rten:.0} ms, Python {py:.0} ms"
    );
    println!("  ratio to Python: onnxruntime {:.2}, rten {:.2}", ort / py, rten / py);
}

/// What the child process that decodes stills costs: its start, and pixels through a pipe.
fn apart_or_here(rounds: usize) {
    let decoder = media::StillDecoder::new(env!("CARGO_BIN_EXE_pentimento").into());
    let (limits, ctx) = (Limits::default(), TaskCtx::silent());
    for (width, height) in [(640, 480), (2000, 1500), (4000, 3000), (8000, 6000)] {
        let pixels = (0..width * height * 3).map(|i: u32| (i / 7 % 251) as u8).collect();
        let Some(image) = RgbImage::new(width, height, pixels) else { return };
        let Ok(bytes) = media::encode_jpeg(&image, 90) else { return };
        drop(image);
        let (mut here, mut apart) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let start = Instant::now();
            let still = media::decode_still(&bytes, &limits);
            here.push(start.elapsed().as_secs_f64() * 1000.0);
            let start = Instant::now();
            let format = media::StillFormat::Jpeg;
            let there = decoder.decode(&bytes, format, String::new(), &limits, &ctx);
            apart.push(start.elapsed().as_secs_f64() * 1000.0);
            assert!(still.is_ok() && there.is_ok(), "it is a picture");
        }
        let (here, apart) = (median(here), median(apart));
        let megapixels = f64::from(width * height) / 1e6;
        println!(
            "decoding {megapixels:.1} megapixels, median of {rounds}: here {here:.1} ms, in a child \
             {apart:.1} ms ({:+.1} ms)",
            apart - here
        );
    }
}

fn beside_the_engine(photo: &Path, rounds: usize) {
    let (store, ctx) = (ModelStore::discover(None), TaskCtx::silent());
    let mut stages = match Stages::load(&store, "lae", &EngineOptions::default(), &ctx) {
        Ok(stages) => stages,
        Err(error) => return println!("no models: {error}"),
    };
    let Ok(still) = media::open_still(photo, &Limits::default(), &ctx) else { return };
    let Ok(faces) = stages.finder.find(&still.frame, &ctx) else { return };
    let Some(face) = faces.first() else { return println!("no face") };
    let spec = stages.detector.card().input.clone();
    let InputSize::SquarePx(side) = spec.size else { return };
    let upright = &still.frame.upright;
    let crop = prep::crop_rect(&face.box_px, spec.crop_scale.unwrap_or(1.0), &upright.bounds());
    let input = prep::prepare(upright, &crop, side, side, &spec);
    let Ok(bundle) = store.read("lae") else { return };
    let Ok(mut session) = stages.engine.load(&bundle) else { return };
    let (mut whole, mut bare, mut prepared, mut raw) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        let start = Instant::now();
        let _input = prep::prepare(upright, &crop, side, side, &spec);
        prepared.push(start.elapsed().as_secs_f64() * 1000.0);
        let start = Instant::now();
        let answer = stages.detector.raw(&input);
        raw.push(start.elapsed().as_secs_f64() * 1000.0);
        assert!(answer.is_ok(), "the detector failed");
        let start = Instant::now();
        let outputs = session.run(&input);
        bare.push(start.elapsed().as_secs_f64() * 1000.0);
        let start = Instant::now();
        let finding = stages.detector.examine(&still.frame, face);
        whole.push(start.elapsed().as_secs_f64() * 1000.0);
        assert!(outputs.is_ok() && finding.is_ok(), "the engine failed");
    }
    let (whole, bare) = (median(whole), median(bare));
    println!("preparing {:.2} ms, checked call {:.2} ms", median(prepared), median(raw));
    println!(
        "one face, median of {rounds}: engine alone {bare:.2} ms, with our work round it {whole:.2} ms"
    );
    println!("  our share {:.1} % of the engine's time", (whole - bare) / bare * 100.0);
}
