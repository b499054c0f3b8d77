//! Mutated files through the whole program. Not among the tests that run by themselves:
//!
//! ```text
//! cargo build --release
//! cargo test --test hostile -- --program target/release/pentimento --n 10000 --seed 1
//! ```
//!
//! Prints a row for each format. `--formats jpg,mp4` picks some. `--jobs` processes run at once; the
//! files are the same for each number of them. With `--minutes` a format ends then, with as many files
//! as there were; `--first` leaves out so many, as the next run does that goes on there. Files that
//! crash, hang or break a limit are kept in the folder of `--keep`.
//!
//! Without `--program` it tries itself on a script that does everything wrong.

#![cfg_attr(not(unix), allow(dead_code, reason = "only Unix tells the memory of a child"))]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness that cannot go on has failed")]
#![expect(clippy::indexing_slicing, reason = "tests may")]

mod batch;
mod calls;
mod check;
#[cfg(target_os = "linux")]
mod filter;
mod mutate;
mod run;
mod seeds;
mod tally;
#[cfg_attr(not(target_os = "linux"), path = "no_watch.rs")]
mod watch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use pentimento::files::sha256_hex;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::batch::Runner;
use crate::mutate::mutated;
use crate::run::Scene;
use crate::seeds::{FORMATS, Format, Subject, finder, root, seeds};
use crate::tally::{Limits, Tally};
use crate::watch::Watch;

/// The decoder process alone may have 3 GiB of addresses.
const LIMITS: Limits = Limits { file_time: Duration::from_mins(1), memory_bytes: 2 << 30 };

struct Args {
    program: Option<PathBuf>,
    n: usize,
    first: usize,
    seed: u64,
    formats: Option<String>,
    keep: PathBuf,
    jobs: usize,
    minutes: u64,
}

fn args() -> Args {
    let mut args = Args {
        program: None,
        n: 1000,
        first: 0,
        seed: 1,
        formats: None,
        keep: root().join("target/hostile"),
        jobs: 1,
        minutes: 1_000_000,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
        match word.as_str() {
            "--program" => args.program = Some(value().into()),
            "--n" => args.n = value().parse().unwrap(),
            "--first" => args.first = value().parse().unwrap(),
            "--seed" => args.seed = value().parse().unwrap(),
            "--formats" => args.formats = Some(value()),
            "--jobs" => args.jobs = value().parse().unwrap(),
            "--minutes" => args.minutes = value().parse().unwrap(),
            "--keep" => args.keep = value().into(),
            _ => {}
        }
    }
    args
}

fn main() -> ExitCode {
    let args = args();
    let Some(program) = &args.program else {
        check::everything_wrong_is_found();
        println!("the harness finds what it looks for; name the program with --program");
        return ExitCode::SUCCESS;
    };
    let scene = Scene::new(program);
    let has_watch = Watch::new().is_some();
    println!("seed {}, watch {has_watch}, strace {}", args.seed, scene.has_strace);
    println!(
        "| format | files | crashes | hangs | memory | sockets | written | peak MiB | slowest s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut is_clean = true;
    for format in &FORMATS {
        let is_wanted = |list: &String| list.split(',').any(|name| name == format.name);
        if args.formats.as_ref().is_some_and(|list| !is_wanted(list)) {
            continue;
        }
        let begun = Instant::now();
        let tally = try_format(format, &scene, &args);
        println!("{}", tally.row(format.name));
        eprint_time(format.name, begun.elapsed());
        is_clean &= tally.is_clean();
    }
    if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stderr, reason = "beside the table")]
fn eprint_time(format: &str, took: Duration) {
    eprintln!("{format}: {:.0} s", took.as_secs_f64());
}

fn try_format(format: &Format, scene: &Scene, args: &Args) -> Tally {
    let work = scene.folder.path().join(format.name);
    std::fs::create_dir(&work).unwrap();
    let seeds = seeds(format, &work);
    assert!(!seeds.is_empty(), "{}: no seed could be made", format.name);
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let deadline = Instant::now() + Duration::from_secs(args.minutes * 60);
    // Batches wait for the next process that is free.
    let (batches, waiting) = sync_channel::<(usize, Vec<PathBuf>)>(1);
    let waiting = Mutex::new(waiting);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..args.jobs.max(1))
            .map(|_| {
                scope.spawn(|| {
                    let watch = Watch::new();
                    let (watch, keep) = (watch.as_ref(), args.keep.as_path());
                    let runner = Runner { format, scene, limits: LIMITS, keep, watch };
                    let mut tally = Tally::default();
                    loop {
                        let batch = waiting.lock().unwrap().recv();
                        let Ok((first, files)) = batch else { return tally };
                        tally.merge(&runner.run(first, &files));
                        for file in &files {
                            std::fs::remove_file(file)
                                .or_else(|_| std::fs::remove_dir_all(file))
                                .unwrap();
                        }
                    }
                })
            })
            .collect();
        let mut first = 0;
        while first < args.n && Instant::now() < deadline {
            let n = format.batch.min(args.n - first);
            let mut files = Vec::new();
            for i in first..first + n {
                // Those left out are made as well: the next ones depend on them.
                let [a, b] = [0; 2].map(|_| &seeds[rng.random_range(0..seeds.len())]);
                let bytes = mutated(a, b, &mut rng);
                if i >= args.first {
                    files.push(write(format, &work, i, &bytes, &seeds, a));
                }
            }
            if !files.is_empty() {
                batches.send((first.max(args.first), files)).unwrap();
            }
            first += n;
        }
        drop(batches);
        let mut tally = Tally::default();
        for worker in workers {
            tally.merge(&worker.join().unwrap());
        }
        tally
    })
}

/// Writes a mutated file, or the folder that it belongs into.
fn write(
    format: &Format,
    work: &Path,
    i: usize,
    bytes: &[u8],
    seeds: &[Vec<u8>],
    seed: &[u8],
) -> PathBuf {
    let path = work.join(format!("{i}.{}", format.name));
    if format.subject != Subject::Bundle {
        std::fs::write(&path, bytes).unwrap();
        return path;
    }
    let bundle = path.join("yunet");
    std::fs::create_dir_all(&bundle).unwrap();
    std::os::unix::fs::symlink(root().join("models/lae"), path.join("lae")).unwrap();
    let (model, card) = if seed == seeds[0] {
        // Its hash is right, as whoever wants to do harm would see to.
        let card = std::fs::read_to_string(finder().join("card.toml")).unwrap();
        (bytes, card.replace(&sha256_hex(&seeds[0]), &sha256_hex(bytes)).into_bytes())
    } else {
        (seeds[0].as_slice(), bytes.to_vec())
    };
    std::fs::write(bundle.join("model.onnx"), model).unwrap();
    std::fs::write(bundle.join("card.toml"), card).unwrap();
    path
}
