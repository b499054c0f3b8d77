//! Damaged copies of every kind of file: no panic, no endless work.

use rand::{Rng as _, SeedableRng as _};

use pentimento::metadata::{contradictions, location, metadata_of_bytes, summary};

use super::files;

/// Copies of each file. More are tried by `PENTIMENTO_MUTATIONS=10000`.
fn n_copies() -> usize {
    std::env::var("PENTIMENTO_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

#[test]
fn damaged_files_neither_panic_nor_take_long() {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(16);
    let all =
        files("metadata").into_iter().chain(files("ai")).chain(files("video")).chain(files("c2pa"));
    let (mut n_read, mut n) = (0u64, 0u64);
    for path in all {
        let whole = std::fs::read(&path).unwrap();
        // Large files are mostly pixels.
        if whole.len() > 200_000 {
            continue;
        }
        let start = std::time::Instant::now();
        for _ in 0..n_copies() {
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
            n += 1;
            if let Ok(metadata) = metadata_of_bytes(&bytes) {
                n_read += 1;
                assert!(summary(&metadata, &[]).len() <= 7);
                let _ = (contradictions(&metadata, &[]), location(&metadata.fields));
            }
        }
        let each = start.elapsed().as_secs_f64() / n_copies() as f64;
        assert!(each < 0.5, "{}: {each:.2} s a copy", path.display());
    }
    println!("{n} damaged copies, {n_read} of them read");
}
