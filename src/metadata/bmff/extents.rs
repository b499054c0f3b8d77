//! Where the samples of a track lie, chunk by chunk, by its tables.
//!
//! Source: ISO/IEC 14496-12, 8.7.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::sample_tables::SampleTables;
use crate::metadata::source::input::Input;

/// Entries of all tables that are read.
pub(in crate::metadata) const MAX_ENTRIES: usize = 4 << 20;

/// Start and end of every chunk of a track. `budget`: entries that may still be read, of all tracks.
/// `None` where they are more, or where a table is missing or of a kind that is not read.
pub(in crate::metadata) fn chunk_extents(
    input: &mut Input<'_>,
    tables: &SampleTables,
    budget: &mut usize,
) -> Option<Vec<(u64, u64)>> {
    let Some((at, length, is_wide)) = tables.chunks else { return Some(Vec::new()) };
    let width = if is_wide { 2usize } else { 1 };
    let chunks = words(input, (at, length), (4, width), budget)?;
    let starts: Vec<u64> = if is_wide {
        let (pairs, _) = chunks.as_chunks::<2>();
        pairs.iter().map(|[high, low]| u64::from(*high) << 32 | u64::from(*low)).collect()
    } else {
        chunks.into_iter().map(u64::from).collect()
    };
    if starts.is_empty() {
        return Some(Vec::new());
    }
    let runs = words(input, tables.stsc?, (4, 3), budget)?;
    let (runs, _) = runs.as_chunks::<3>();
    let (at, length) = tables.stsz?;
    let head = input.read(at, 8);
    let fixed = u32::from_be_bytes(*head.get(4..8)?.first_chunk()?);
    let sizes = if fixed > 0 { Vec::new() } else { words(input, (at, length), (8, 1), budget)? };
    let mut sizes = sizes.into_iter();
    let mut runs = runs.iter().peekable();
    let mut n_samples = 0u32;
    let mut extents = Vec::with_capacity(starts.len());
    for (i, start) in starts.into_iter().enumerate() {
        // A run holds from its first chunk on; chunks are counted from 1.
        while let Some([_, n, _]) =
            runs.next_if(|[first, ..]| *first as usize <= i.saturating_add(1))
        {
            n_samples = *n;
        }
        let bytes = if fixed > 0 {
            u64::from(fixed).saturating_mul(u64::from(n_samples))
        } else {
            let own = sizes.by_ref().take(n_samples as usize);
            own.fold(0u64, |sum, size| sum.saturating_add(u64::from(size)))
        };
        // Without a byte nothing of the chunk is shown.
        if bytes > 0 {
            extents.push((start, start.saturating_add(bytes)));
        }
    }
    Some(extents)
}

/// The numbers of a table: `width` of them are an entry; how many entries there are stands at `n_at`.
fn words(
    input: &mut Input<'_>,
    (at, length): (u64, u64),
    (n_at, width): (u64, usize),
    budget: &mut usize,
) -> Option<Vec<u32>> {
    let head = input.read(at.saturating_add(n_at), 4);
    let n_declared = u32::from_be_bytes(*head.first_chunk()?);
    let from = n_at.saturating_add(4);
    let n_there = length.saturating_sub(from) / 4;
    let n = u64::from(n_declared).saturating_mul(width as u64).min(n_there);
    let n = usize::try_from(n).ok()?;
    *budget = budget.checked_sub(n)?;
    let bytes = input.read(at.saturating_add(from), n.saturating_mul(4));
    let (numbers, _) = bytes.as_chunks::<4>();
    Some(numbers.iter().map(|number| u32::from_be_bytes(*number)).collect())
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    /// Tables one behind the other; `None` for one that is missing.
    fn extents(
        [chunks, stsc, stsz]: [Option<&[u32]>; 3],
        is_wide: bool,
        mut budget: usize,
    ) -> Option<Vec<(u64, u64)>> {
        let mut bytes = Vec::new();
        let mut place = |words: Option<&[u32]>| {
            let at = bytes.len() as u64;
            bytes.extend(words?.iter().flat_map(|word| word.to_be_bytes()));
            Some((at, bytes.len() as u64 - at))
        };
        let chunks = place(chunks).map(|(at, length)| (at, length, is_wide));
        let (stsc, stsz) = (place(stsc), place(stsz));
        let tables = SampleTables { chunks, stsc, stsz, ..SampleTables::default() };
        chunk_extents(&mut Input::Bytes(&bytes), &tables, &mut budget)
    }

    #[test]
    fn chunks_end_where_their_samples_end() {
        let chunks: &[u32] = &[0, 3, 100, 500, 300];
        let runs: &[u32] = &[0, 2, 1, 2, 1, 3, 1, 1];
        let own: &[u32] = &[0, 0, 5, 10, 20, 30, 40, 50];
        let found = extents([Some(chunks), Some(runs), Some(own)], false, 99);
        assert_eq!(found.unwrap(), [(100, 130), (500, 570), (300, 350)]);
        let fixed: &[u32] = &[0, 7, 5];
        let found = extents([Some(chunks), Some(runs), Some(fixed)], false, 99);
        assert_eq!(found.unwrap(), [(100, 114), (500, 514), (300, 307)]);
        let wide: &[u32] = &[0, 1, 1, 5];
        let found = extents([Some(wide), Some(runs), Some(fixed)], true, 99);
        assert_eq!(found.unwrap(), [(0x1_0000_0005, 0x1_0000_0013)]);
    }

    #[test]
    fn tables_that_are_missing_or_too_long_are_told_apart_from_none() {
        let chunks: &[u32] = &[0, 1, 100];
        let runs: &[u32] = &[0, 1, 1, u32::MAX, 1];
        let fixed: &[u32] = &[0, u32::MAX, u32::MAX];
        assert_eq!(extents([None; 3], false, 9).unwrap(), []);
        assert_eq!(extents([Some(chunks), None, Some(fixed)], false, 9), None);
        assert_eq!(extents([Some(chunks), Some(runs), None], false, 9), None);
        assert_eq!(extents([Some(chunks), Some(runs), Some(fixed)], false, 3), None);
        let found = extents([Some(chunks), Some(runs), Some(fixed)], false, 4).unwrap();
        assert_eq!(found, [(100, 100 + u64::from(u32::MAX) * u64::from(u32::MAX))]);
        let endless: &[u32] = &[0, u32::MAX];
        assert_eq!(extents([Some(endless), Some(runs), Some(fixed)], false, 9).unwrap(), []);
    }
}
