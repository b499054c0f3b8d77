//! A case with 100,000 examined items: how long it takes to fill, open and rank, and the memory.
//!
//! `cargo bench --bench queue` makes the case in shared memory where there is some, so that filling
//! it measures the program and not the disk; `cargo bench --bench queue -- 20000` takes fewer items.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints its figures, and one that cannot go on has failed"
)]

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use pentimento::annotate::{Mask, MaskLabel};
use pentimento::base::{ModelRef, TaskCtx, Verdict};
use pentimento::case::{
    Batch, BatchWriter, Case, ItemId, NewItem, RunFacts, StoredFinding, StoredMask, add_items, now,
};
use pentimento::curate::{
    BlurredCopy, Excitation, QueueStrategy, Quotas, Signals, add_folder, rank,
};

const CHANNELS: usize = 64;
const SOURCES: usize = 500;

/// The same numbers every time, `0.0..1.0`.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

fn finding(score: f32, n: usize) -> StoredFinding {
    StoredFinding {
        facts: RunFacts {
            media_sha256: format!("{n:064x}"),
            model: ModelRef { name: "lae".into(), sha256: "ab".repeat(32) },
            engine: "bench".into(),
            provider: "cpu".into(),
            program: "bench".into(),
            parameters: serde_json::Value::Null,
            at: now(),
        },
        verdict: Verdict::Inconclusive,
        score: Some(score),
        report: report(score),
        maps: Vec::new(),
    }
}

/// As long as that of a portrait: lists read every report's head.
fn report(score: f32) -> serde_json::Value {
    let landmarks = [[123.456_78, 234.567_89]; 5];
    let quality = serde_json::json!({
        "face_px": 211.5, "blur": 1.234, "blockiness": 0.123, "noise": 2.345, "color": 12.345,
        "shades": 201.0, "jpeg_quality": 92,
    });
    serde_json::json!({
        "kind": "image", "sha256": "ab".repeat(32), "width_px": 1920, "height_px": 1080,
        "verdict": "inconclusive", "reason": null, "score": score,
        "faces": [{
            "id": 0, "box": [612.5, 233.25, 211.5, 260.75], "landmarks": landmarks,
            "origin": "found", "detection_score": 0.987, "verdict": "inconclusive",
            "score": score, "logit": 0.123_456, "quality": quality, "reliability": 0.812,
            "reason": "the score lies between the thresholds of this model at this quality",
            "place": "around the mouth and the left cheek",
            "region": {"box": [650.0, 320.5, 80.25, 61.5], "area": 0.123, "peak": 0.912},
        }],
        "not_examined": [{
            "what": "2 faces", "where": "upper left",
            "why": "they are smaller than the 48 px that this model was measured on",
        }],
        "warnings": ["the file name ends in .png, the content is JPEG"],
    })
}

fn signals(numbers: &mut Numbers, score: f32, embedding: &[f32], n: usize) -> Signals {
    Signals {
        model: "ab".repeat(32),
        score,
        middle: 0.5,
        margin: Some(8.0 * score - 4.0),
        map_peak: numbers.next(),
        map_area: numbers.next() * 0.3,
        blurred: Some(BlurredCopy { score: numbers.next(), iou: numbers.next() }),
        concepts: [37, 5, 61]
            .map(|channel| Excitation { channel, times: embedding[channel] / 0.7 })
            .to_vec(),
        // One in ten looks like the one before it.
        hash: Some(((n - n / 10 % 2) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    }
}

/// Kilobytes of a line of `/proc/self/status`; 0 where there is none.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = status.lines().find_map(|l| l.strip_prefix(line)).unwrap_or_default();
    of.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// Runs a step and says how long it took and how much memory it took at its worst.
fn step<T>(name: &str, run: impl FnOnce() -> T) -> T {
    // Begins a new maximum, where the system can.
    let resets = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let (before, start) = (memory("VmRSS:"), Instant::now());
    let out = run();
    let seconds = start.elapsed().as_secs_f64();
    let peak = memory("VmHWM:").saturating_sub(before) / 1024;
    let peak = if resets { format!("{peak} MB more at its worst") } else { String::new() };
    println!("{name:<34} {:>9.0} ms   {peak}", seconds * 1000.0);
    out
}

fn fill(path: &Path, n: usize) {
    let mut case = Case::create(path, "bench").unwrap();
    let item = |i: usize| NewItem {
        path: PathBuf::from(format!("/data/faces/source-{:03}/picture-{i:06}.jpg", i % SOURCES)),
        source: Some(format!("source-{:03}", i % SOURCES)),
        person: None,
    };
    let ctx = TaskCtx::silent();
    step("add", || case.add(&mut (0..n).map(item), &ctx).unwrap());
    let mut numbers = Numbers(1);
    step("record a finding of each", || {
        for (i, (id, _)) in case.waiting(n).unwrap().into_iter().enumerate() {
            let score = numbers.next();
            // Thirty kinds of pictures.
            let kind = (i * 7919) % 30;
            let embedding: Vec<f32> = (0..CHANNELS)
                .map(|c| numbers.next() + if c % 30 == kind { 2.0 } else { 0.0 })
                .collect();
            let signals = signals(&mut numbers, score, &embedding, i).to_value();
            case.record(id, &finding(score, i), &signals, &embedding).unwrap();
        }
    });
}

/// A folder of so many files with a sub-folder for every source; empty, as nobody opens them.
fn walk(folder: &Path, n: usize) {
    let media = folder.join("media");
    for i in 0..SOURCES {
        std::fs::create_dir_all(media.join(format!("source-{i:03}"))).unwrap();
    }
    for i in 0..n {
        let name = format!("source-{:03}/picture-{i:06}.jpg", i % SOURCES);
        std::fs::write(media.join(name), []).unwrap();
    }
    let mut case = Case::create(folder.join("walk.pentimento"), "bench").unwrap();
    let filled = step("add a folder of so many files", || {
        add_folder(&mut case, &media, &TaskCtx::silent()).unwrap()
    });
    assert_eq!(filled.added.new, n as u64, "files were left out");
    let again = step("the same folder again", || {
        add_folder(&mut case, &media, &TaskCtx::silent()).unwrap()
    });
    assert_eq!((again.added.new, again.added.known), (0, n as u64), "items were doubled");
    std::fs::remove_dir_all(media).unwrap();
}

/// Work of another thread: it reads by its own handle and sends its batches.
struct RemoteCase {
    reader: Case,
    batches: SyncSender<Batch>,
}

impl BatchWriter for RemoteCase {
    fn reader(&self) -> &Case {
        &self.reader
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn submit(&mut self, batch: Batch) {
        self.batches.send(batch).unwrap();
    }
}

/// Runs work in the background, as the window does, and prints how long a stroke waited at most
/// until it was saved.
fn meanwhile(case: &mut Case, what: &str, work: impl FnOnce(&mut dyn BatchWriter) + Send) {
    let mask = StoredMask {
        item: ItemId(1),
        frame: None,
        author: "bench".to_owned(),
        mask: Mask::new(1920, 1080).inverted(),
        label: MaskLabel::default(),
        started_from_map_at: None,
        model: None,
        tools: std::collections::BTreeMap::new(),
        seen_readers: None,
        at: now(),
        reviewer: None,
    };
    let (batches, submitted) = sync_channel(1);
    let mut remote = RemoteCase { reader: case.reader().unwrap(), batches };
    let (mut waits, start) = (Vec::new(), Instant::now());
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(&mut remote));
        let mut due = Instant::now();
        while !worker.is_finished() {
            // A person draws a stroke every 20 ms; strokes go before batches.
            if due <= Instant::now() {
                case.save_mask(&mask).unwrap();
                waits.push(due.elapsed());
                due = Instant::now() + Duration::from_millis(20);
            }
            let idle = due.saturating_duration_since(Instant::now());
            if let Ok(batch) = submitted.recv_timeout(idle) {
                batch(case);
            }
        }
    });
    waits.sort_unstable();
    let ms = |wait: Option<&Duration>| wait.map_or(0.0, |wait| 1000.0 * wait.as_secs_f64());
    println!(
        "{what}: {:.1} s, {} strokes saved meanwhile, half of them within {:.0} ms, the longest {:.0} ms",
        start.elapsed().as_secs_f64(),
        waits.len(),
        ms(waits.get(waits.len() / 2)),
        ms(waits.last())
    );
}

fn main() {
    let n = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let shared = Path::new("/dev/shm");
    // `-- disk` measures the disk, too.
    let is_on_disk = std::env::args().any(|word| word == "disk");
    let folder = if shared.is_dir() && !is_on_disk {
        tempfile::tempdir_in(shared)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.unwrap();
    let path = folder.path().join("bench.pentimento");
    println!("{n} items, {CHANNELS} channels, {SOURCES} sources");
    walk(folder.path(), n);
    fill(&path, n);
    println!("the file has {} MB", std::fs::metadata(&path).unwrap().len() >> 20);
    let mut case = step("open", || Case::open(&path, "bench").unwrap());
    drop(step("all rows", || case.rows().unwrap()));
    let quotas = Quotas { per_source: NonZeroU32::new(20), duplicates_last: true };
    for strategy in QueueStrategy::ALL.iter().copied() {
        let ranking = step(&format!("rank by {strategy}"), || {
            rank(&mut case, strategy, quotas, 1, &TaskCtx::silent()).unwrap()
        });
        assert_eq!(ranking.ranked.len(), n, "{strategy} left an item out");
    }
    let rows = step("all rows, ranked", || case.rows().unwrap());
    assert!(rows.iter().all(|row| row.rank.is_some()), "a rank is missing");
    let ctx = TaskCtx::silent();
    for strategy in [QueueStrategy::Random, QueueStrategy::Concept] {
        meanwhile(&mut case, &format!("rank by {strategy} in the background"), |case| {
            rank(case, strategy, quotas, 1, &ctx).unwrap();
        });
    }
    meanwhile(&mut case, "add as many items in the background", |case| {
        let item =
            |i| NewItem { path: format!("/more/{i}.jpg").into(), source: None, person: None };
        add_items(case, &mut (0..n).map(item), &ctx).unwrap();
    });
    println!("resident with the rows: {} MB", memory("VmRSS:") / 1024);
}
