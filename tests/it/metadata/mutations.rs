//! Damaged copies of every kind of file: no panic, no endless work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rand::{Rng as _, SeedableRng as _};

use pentimento::base::Limits;
use pentimento::metadata::{contradictions, location, metadata_of_bytes, summary};

use super::{assert_tested, files};
use crate::support::skip;

/// Copies of each file. With `PENTIMENTO_MUTATIONS=10000` so many of each kind of file, by its ending; `PENTIMENTO_SEED`
/// gives others, and `PENTIMENTO_KINDS=avi,mkv` tries these kinds only.
const COPIES: usize = 40;

/// Seconds that one copy may take, in a build without optimization on a machine that does other work.
const LIMIT_S: f64 = 5.0;

/// How many copies of each file are made: the same number of every kind, spread over its files.
fn copies(paths: &[PathBuf]) -> BTreeMap<String, usize> {
    let wanted = std::env::var("PENTIMENTO_MUTATIONS").ok().and_then(|n| n.parse::<usize>().ok());
    let mut n_files = BTreeMap::new();
    for path in paths {
        *n_files.entry(kind(path)).or_insert(0usize) += 1;
    }
    n_files
        .into_iter()
        .map(|(kind, n)| (kind, wanted.map_or(COPIES, |wanted| wanted.div_ceil(n))))
        .collect()
}

/// Videos of containers that are not among the files with answers: fragments, Matroska, clusters of open
/// size, a transport stream; where ffmpeg can make them.
fn made(folder: &Path) -> Vec<PathBuf> {
    let kinds: [(&str, &[&str]); 5] = [
        ("fragments.mp4", &["-movflags", "frag_keyframe+empty_moov"]),
        ("a.mkv", &[]),
        ("live.mkv", &["-live", "1"]),
        ("a.avi", &["-c:v", "mpeg4"]),
        ("a.ts", &[]),
    ];
    let mut made = Vec::new();
    for (name, options) in kinds {
        let path = folder.join(name);
        let source = ["-f", "lavfi", "-i", "testsrc=s=64x64:d=2", "-pix_fmt", "yuv420p"];
        let mut command = std::process::Command::new("ffmpeg");
        command.args(["-v", "error", "-threads", "1"]).args(source).args(options).arg(&path);
        if command.status().is_ok_and(|status| status.success()) {
            made.push(path);
        } else {
            skip(&format!("ffmpeg cannot make {name} here"));
        }
    }
    made
}

fn kind(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a copy as the program does; whether it could be read, and the seconds that it took.
fn tried(bytes: &[u8]) -> (bool, f64) {
    let start = std::time::Instant::now();
    let read = metadata_of_bytes(bytes).ok();
    if let Some(metadata) = &read {
        assert!(summary(metadata, &[]).len() <= 7, "more than seven sentences");
        let _ = (contradictions(metadata, &[]), location(&metadata.fields));
        let _ = metadata.packets.as_ref().map(|chart| chart.earlier.sentence());
    }
    if bytes.starts_with(b"\xFF\xD8") {
        let _ = pentimento::media::jpeg_data_end(bytes, &Limits::default());
    }
    (read.is_some(), start.elapsed().as_secs_f64())
}

#[test]
fn damaged_files_neither_panic_nor_take_long() {
    let seed = std::env::var("PENTIMENTO_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed.unwrap_or(16));
    let all =
        files("metadata").into_iter().chain(files("ai")).chain(files("video")).chain(files("c2pa"));
    let folder = tempfile::tempdir().unwrap();
    let all = all.chain(made(folder.path()));
    // Large files are mostly pixels.
    let is_small = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|f| f.len() <= 200_000);
    let kinds = std::env::var("PENTIMENTO_KINDS").ok();
    let is_wanted = |path: &PathBuf| {
        kinds.as_deref().is_none_or(|kinds| kinds.split(',').any(|wanted| wanted == kind(path)))
    };
    let all: Vec<PathBuf> = all.filter(is_small).filter(is_wanted).collect();
    assert!(kinds.is_none() || !all.is_empty(), "no file of these kinds");
    let copies = copies(&all);
    let (mut n_read, mut n) = (0u64, BTreeMap::<String, u64>::new());
    let mut slowest = (0.0, PathBuf::new());
    for path in all {
        let whole = std::fs::read(&path).unwrap();
        let n_copies = copies[&kind(&path)];
        for _ in 0..n_copies {
            let mut bytes = whole.clone();
            if rng.random_bool(0.3) {
                bytes.truncate(rng.random_range(0..=bytes.len()));
            }
            for _ in 0..rng.random_range(1..8) {
                let end = if rng.random_bool(0.6) { bytes.len().min(2000) } else { bytes.len() };
                if end == 0 {
                    break;
                }
                let at = rng.random_range(0..end);
                bytes[at] = match rng.random_range(0..4) {
                    0 => 0xFF,
                    1 => 0,
                    2 => bytes[at].wrapping_add(1),
                    _ => rng.random(),
                };
            }
            *n.entry(kind(&path)).or_default() += 1;
            let (is_read, mut each) = tried(&bytes);
            if each >= LIMIT_S {
                // Another program may have had the processor: such a stop does not come twice.
                each = each.min(tried(&bytes).1);
            }
            n_read += u64::from(is_read);
            assert!(each < LIMIT_S, "{}: a copy took {each:.2} s", path.display());
            if each > slowest.0 {
                slowest = (each, path.clone());
            }
        }
    }
    println!("damaged copies by kind: {n:?}; {n_read} of them read");
    if kinds.is_none() {
        assert_tested(n.len(), 15, "metadata");
        assert_tested(n_read as usize, COPIES * 25, "metadata");
    }
    println!("the slowest took {:.3} s: a copy of {}", slowest.0, slowest.1.display());
}
