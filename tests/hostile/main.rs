//! Mutated files through the whole program. Not among the tests that run by themselves:
//!
//! ```text
//! cargo build --release
//! cargo test --test hostile -- --program target/release/pentimento --n 10000 --seed 1
//! ```
//!
//! Prints a row for each format. `--jobs` processes run at once; the files are the same for each number
//! of them. With `--minutes` a format ends then, with as many files as there were. Files that crash, hang or break a limit are kept in the folder of
//! `--keep`.

#![cfg_attr(not(unix), allow(dead_code, reason = "only Unix tells the memory of a child"))]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness that cannot go on has failed")]
#![expect(clippy::indexing_slicing, reason = "tests may")]

mod mutate;
mod run;
mod seeds;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use pentimento::files::sha256_hex;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::mutate::mutated;
use crate::run::{Outcome, Scene};
use crate::seeds::{FORMATS, Format, Subject, finder, root, seeds};

/// No output for so long counts as hanging. Of a clip every part is bounded by itself.
const FILE_TIME: Duration = Duration::from_secs(60);
/// The decoder process alone may have 3 GiB of addresses.
const MEMORY_BYTES: u64 = 2 << 30;

struct Args {
    program: Option<PathBuf>,
    n: usize,
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

/// What was counted of a format.
#[derive(Default)]
struct Tally {
    n: usize,
    crashes: usize,
    hangs: usize,
    over_memory: usize,
    sockets: usize,
    written: usize,
    peak_bytes: u64,
    slowest: Duration,
}

impl Tally {
    /// Adds what became of a process; whether something is wrong.
    fn add(&mut self, outcome: &Outcome) -> bool {
        let is_large = outcome.peak_bytes > MEMORY_BYTES;
        self.crashes += usize::from(outcome.crash.is_some());
        self.hangs += usize::from(outcome.is_hanging);
        self.over_memory += usize::from(is_large);
        self.sockets += usize::from(!outcome.sockets.is_empty());
        self.written += usize::from(!outcome.written.is_empty());
        self.peak_bytes = self.peak_bytes.max(outcome.peak_bytes);
        self.slowest = self.slowest.max(outcome.slowest);
        let is_alone = outcome.sockets.is_empty() && outcome.written.is_empty();
        outcome.crash.is_some() || outcome.is_hanging || is_large || !is_alone
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.crashes += other.crashes;
        self.hangs += other.hangs;
        self.over_memory += other.over_memory;
        self.sockets += other.sockets;
        self.written += other.written;
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
        self.slowest = self.slowest.max(other.slowest);
    }

    fn row(&self, format: &str) -> String {
        format!(
            "| {format} | {} | {} | {} | {} | {} | {} | {} | {:.1} |",
            self.n,
            self.crashes,
            self.hangs,
            self.over_memory,
            self.sockets,
            self.written,
            self.peak_bytes >> 20,
            self.slowest.as_secs_f64()
        )
    }
}

fn main() -> ExitCode {
    let args = args();
    let Some(program) = &args.program else {
        println!("mutated files were not tried: name the program with --program");
        return ExitCode::SUCCESS;
    };
    let scene = Scene::new(program);
    println!("seed {}, strace {}", args.seed, scene.has_strace);
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
        is_clean &= tally.crashes + tally.hangs + tally.over_memory == 0;
        is_clean &= tally.sockets + tally.written == 0;
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
                    let mut tally = Tally::default();
                    loop {
                        let batch = waiting.lock().unwrap().recv();
                        let Ok((first, files)) = batch else { return tally };
                        run_batch(format, scene, (first, &files), &args.keep, &mut tally);
                        tally.n += files.len();
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
            let files: Vec<PathBuf> = (0..n)
                .map(|i| {
                    let [a, b] = [0; 2].map(|_| &seeds[rng.random_range(0..seeds.len())]);
                    let bytes = mutated(a, b, &mut rng);
                    write(format, &work, first + i, &bytes, &seeds, a)
                })
                .collect();
            batches.send((first, files)).unwrap();
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

/// Runs a batch. What breaks is kept, and the files behind it are given to another process.
fn run_batch(
    format: &Format,
    scene: &Scene,
    (first_number, files): (usize, &[PathBuf]),
    keep: &Path,
    tally: &mut Tally,
) {
    let photo = root().join("assets/samples/astronaut.png");
    let models = root().join("models");
    let case_words = ["verify", "info", "log"];
    let mut rest = files;
    while let Some(first) = rest.first() {
        let words: Vec<&Path> = match format.subject {
            Subject::Media => ["inspect", "--json", "--progress", "none", "--engine", "rten"]
                .iter()
                .map(Path::new)
                .chain([Path::new("--models"), models.as_path()])
                .chain(rest.iter().map(PathBuf::as_path))
                .collect(),
            Subject::Case => {
                let word = case_words[first_number % case_words.len()];
                vec![Path::new("case"), Path::new(word), first]
            }
            Subject::Bundle => ["inspect", "--json", "--engine", "rten", "--models"]
                .iter()
                .map(Path::new)
                .chain([first.as_path(), photo.as_path()])
                .collect(),
        };
        let outcome = scene.run(&words, FILE_TIME);
        let n_done = if format.subject == Subject::Media { outcome.n_lines } else { 1 };
        if tally.add(&outcome) {
            println!("{}: {outcome:?}", first.display());
            std::fs::create_dir_all(keep).unwrap();
            for file in rest.iter().skip(n_done.saturating_sub(1)).take(2) {
                if file.is_file() {
                    std::fs::copy(file, keep.join(file.file_name().unwrap())).unwrap();
                } else {
                    for name in ["model.onnx", "card.toml"] {
                        let to = format!("{}-{name}", file.file_name().unwrap().to_string_lossy());
                        std::fs::copy(file.join("yunet").join(name), keep.join(to)).unwrap();
                    }
                }
            }
        }
        let is_cut = outcome.crash.is_some() || outcome.is_hanging;
        let n_next =
            if is_cut && format.subject == Subject::Media { n_done + 1 } else { rest.len() };
        rest = rest.get(n_next..).unwrap_or_default();
    }
}
