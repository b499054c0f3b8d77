//! From the bytes of a JPEG file to what is damaged in it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::picture::Picture;
use super::scan::{ScanHead, data_end, marker, read_scan};
use crate::base::Limits;

/// From which row on the pixels cannot be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) struct Damage {
    /// Row of the stored picture.
    pub(in crate::media) first_row: u32,
    /// What is wrong with the data, in words.
    pub(in crate::media) what: &'static str,
}

/// Where the coded data of a JPEG picture end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegDataEnd {
    /// The first row of the stored picture, from 0, that cannot be relied on; `None` where every row is
    /// there.
    pub first_row: Option<u32>,
    /// What is wrong with the data, as a clause; empty where nothing is.
    pub what: &'static str,
}

/// Where the coded data of a JPEG picture end: the codes of every block are read, no pixel is made.
/// `None` when the coding is one that is not read here, or the picture is larger than `limits` allow.
pub fn jpeg_data_end(bytes: &[u8], limits: &Limits) -> Option<JpegDataEnd> {
    let damage = check(bytes, limits.pixels)?.damage;
    let (first_row, what) = damage.map_or((None, ""), |d| (Some(d.first_row), d.what));
    Some(JpegDataEnd { first_row, what })
}

/// What the data of a JPEG picture say about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::media) struct Findings {
    /// The first row that cannot be relied on.
    pub(in crate::media) damage: Option<Damage>,
    /// The place behind the end-of-image marker; `None` when it is missing.
    pub(in crate::media) end: Option<usize>,
}

/// Reads the codes of a picture of at most `max_pixels`; `None` when it is of a kind that is not
/// checked here.
pub(in crate::media) fn check(bytes: &[u8], max_pixels: u64) -> Option<Findings> {
    let mut picture = Picture::default();
    let mut findings = Findings::default();
    let mut n_scans = 0u32;
    let mut at = 2usize;
    while let Some((code, after)) = marker(bytes, data_end(bytes, at)) {
        at = after;
        match code {
            0x01 | 0xD0..=0xD8 => continue,
            0xD9 => {
                findings.end = Some(after);
                break;
            }
            // The number of rows follows the first scan.
            0xDC => return None,
            _ => {}
        }
        let length = bytes.get(after..after.checked_add(2)?)?;
        let end = after.checked_add(usize::from(u16::from_be_bytes(length.try_into().ok()?)))?;
        let Some(segment) = bytes.get(after.checked_add(2)?..end) else { break };
        at = end;
        match code {
            0xC0..=0xC2 => {
                let declared = segment.get(1..5).and_then(|s| <[u8; 4]>::try_from(s).ok())?;
                let [h1, h0, w1, w0] = declared;
                let sides = [[h1, h0], [w1, w0]].map(|s| u64::from(u16::from_be_bytes(s)));
                if sides.iter().product::<u64>() > max_pixels {
                    return None;
                }
                picture.take_frame(code, segment)?;
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => return None,
            0xC4 => picture.take_codes(segment)?,
            0xDB => picture.take_steps(segment)?,
            0xDD => {
                let every = segment.get(..2).and_then(|s| <[u8; 2]>::try_from(s).ok())?;
                picture.restart_every = u32::from(u16::from_be_bytes(every));
            }
            0xDA => {
                let head = ScanHead::new(segment, &picture)?;
                if !head.follows_on(&picture) {
                    let what =
                        "its scans contradict one another: programs differ in what they show";
                    let damage = Damage { first_row: 0, what };
                    return Some(Findings { damage: Some(damage), end: None });
                }
                let (next, fault) = read_scan(&mut picture, &head, bytes, end);
                n_scans = n_scans.saturating_add(1);
                if let Some(fault) = fault {
                    // Without all of its scans a progressive picture lacks detail in every row.
                    let first_row = if picture.is_progressive { 0 } else { fault.first_row };
                    let damage = Damage { first_row, what: fault.what };
                    return Some(Findings { damage: Some(damage), end: None });
                }
                head.note(&mut picture);
                at = next;
            }
            _ => {}
        }
    }
    let is_complete =
        picture.components.iter().all(|c| c.bits_to_come.iter().all(|n_bits| *n_bits == 0));
    if !is_complete {
        // Whoever cuts a file can put an end mark behind it.
        let what = if findings.end.is_none() {
            "the file ends before the last of its scans"
        } else {
            "some of its scans are missing, so that detail is missing everywhere"
        };
        findings.damage = Some(Damage { first_row: 0, what });
    }
    (n_scans > 0).then_some(findings)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::base::RgbImage;
    use crate::media::encode_jpeg;

    const SIDE: u32 = 256;

    /// A picture full of detail, so that its codes are long.
    fn picture() -> Vec<u8> {
        let mut rng = rand::rngs::StdRng::seed_from_u64(4);
        let mut value = |x: u32, y: u32| (x * y / 90 % 200) as u8 + rng.random_range(0..50);
        let at = |i: u32| (i % SIDE, i / SIDE);
        let pixels = (0..SIDE * SIDE).flat_map(|i| {
            let (x, y) = at(i);
            [value(x, y), value(y, x), value(x + 9, y)]
        });
        encode_jpeg(&RgbImage::new(SIDE, SIDE, pixels.collect()).unwrap(), 90).unwrap()
    }

    fn damage(bytes: &[u8]) -> Option<Damage> {
        check(bytes, 1 << 30).unwrap().damage
    }

    #[test]
    fn a_whole_picture_has_no_damage_and_its_end_is_known() {
        let whole = picture();
        let findings = check(&whole, 1 << 30).unwrap();
        assert_eq!(findings, Findings { damage: None, end: Some(whole.len()) });
        let mut followed = whole.clone();
        followed.extend(b"more");
        assert_eq!(check(&followed, 1 << 30).unwrap(), findings);
        assert_eq!(check(&whole, 100), None, "more pixels than allowed");
    }

    #[test]
    fn a_lost_sector_is_seen_and_rows_above_it_are_sound() {
        let whole = picture();
        let scan = whole.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
        for permille in [100, 300, 500, 700, 900] {
            let at = scan + (whole.len() - scan) * permille / 1000;
            let mut zeros = whole.clone();
            zeros[at..at + 512].fill(0);
            let mut gone = whole.clone();
            gone.drain(at..at + 512);
            // Noise of this kind takes as many bytes in every row.
            let row = SIDE * permille as u32 / 1000;
            for (bytes, what) in [(zeros, "zeros"), (gone, "gone")] {
                let found = damage(&bytes).unwrap_or_else(|| panic!("{what} at {permille}"));
                assert!(found.first_row <= row + 8, "{what} at row {row}: {found:?}");
            }
        }
    }

    #[test]
    fn a_picture_that_ends_early_is_sound_up_to_there() {
        let whole = picture();
        let cut = &whole[..whole.len() / 2];
        let found = damage(cut).unwrap();
        assert!((64..140).contains(&found.first_row), "{found:?}");
        let without_mark = &whole[..whole.len() - 2];
        let found = check(without_mark, 1 << 30).unwrap();
        assert_eq!(found, Findings { damage: None, end: None }, "every pixel is there");
    }

    /// A picture of plain blocks: each is the code of no change and the end of the block.
    fn with_restarts(rows: u8, n_stretches: u8) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
        bytes.extend([1; 64]);
        bytes.extend([0xFF, 0xC0, 0, 11, 8, 0, rows, 0, 64, 1, 1, 0x11, 0]);
        for table in [0x00, 0x10] {
            // One code of one bit, for the value 0.
            bytes.extend([0xFF, 0xC4, 0, 20, table, 1]);
            bytes.extend([0; 15]);
            bytes.push(0);
        }
        bytes.extend([0xFF, 0xDD, 0, 4, 0, 8]);
        bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
        for i in 0..n_stretches {
            if i > 0 {
                bytes.extend([0xFF, 0xD0 | ((i - 1) & 7)]);
            }
            // Eight blocks of two bits.
            bytes.extend([0, 0]);
        }
        bytes.extend([0xFF, 0xD9]);
        bytes
    }

    #[test]
    fn stretches_behind_the_last_row_are_left_over() {
        assert_eq!(damage(&with_restarts(32, 4)), None);
        assert_eq!(damage(&with_restarts(32, 5)), None, "two bytes may fill the end");
        let mut more = with_restarts(32, 4);
        more.truncate(more.len() - 2);
        more.extend([0xFF, 0xD3, 1, 2, 3, 4, 5, 0xFF, 0xD9]);
        assert!(damage(&more).unwrap().what.contains("more data"), "{:?}", damage(&more));
    }

    /// The places of the start-of-scan markers.
    fn scans(bytes: &[u8]) -> Vec<usize> {
        (0..bytes.len() - 1).filter(|at| bytes[*at..].starts_with(&[0xFF, 0xDA])).collect()
    }

    #[test]
    fn a_scan_that_comes_twice_or_not_at_all_is_seen() {
        let whole = picture();
        let [begin] = scans(&whole)[..] else { panic!("one scan") };
        let scan = &whole[begin..whole.len() - 2];
        let twice = [&whole[..whole.len() - 2], scan, &[0xFF, 0xD9]].concat();
        assert!(damage(&twice).unwrap().what.contains("contradict"), "{:?}", damage(&twice));
        // The scan of one component only, with an end mark behind it.
        let mut one = whole[..begin].to_vec();
        one.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
        one.extend(vec![0; 40_000]);
        one.extend([0xFF, 0xD9]);
        assert!(damage(&one).is_some(), "the colors are missing");
    }

    #[test]
    fn hostile_bytes_do_not_panic() {
        let whole = picture();
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        for _ in 0..400 {
            let mut bytes = whole[..rng.random_range(3..whole.len())].to_vec();
            for _ in 0..rng.random_range(1..30) {
                let at = rng.random_range(0..bytes.len().min(900));
                bytes[at] = rng.random();
            }
            let _findings = check(&bytes, 1 << 22);
        }
    }
}
