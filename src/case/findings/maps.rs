//! Heat maps as bytes, and back; each value within 1/131070 of what it was.
//!
//! All numbers are little-endian. For each face: a byte, 0 without a map, 1 with one; then width and
//! height (`u32`), the six numbers of `image_from_map` (`f32`), and the values, `u16`, 65535 for
//! probability 1.

use crate::base::{Affine, Heatmap};
use crate::case::Error;

/// Cells of a map at most: far more than any network gives.
const MAX_CELLS: u64 = 1 << 24;

/// Maps to bytes.
///
/// # Errors
///
/// [`Error::Unfit`] when the number of values of a map does not fit its size, or is too large.
pub(super) fn encode(maps: &[Option<Heatmap>]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for map in maps {
        let Some(map) = map else {
            bytes.push(0);
            continue;
        };
        let n_cells = u64::from(map.width).saturating_mul(u64::from(map.height));
        if n_cells != map.values.len() as u64 || n_cells > MAX_CELLS {
            let what = format!("a heat map of {} x {} cells", map.width, map.height);
            return Err(Error::Unfit { what });
        }
        bytes.push(1);
        bytes.extend(map.width.to_le_bytes());
        bytes.extend(map.height.to_le_bytes());
        bytes.extend(map.image_from_map.m.iter().flat_map(|v| v.to_le_bytes()));
        let whole = |v: &f32| (v.clamp(0.0, 1.0) * 65535.0).round() as u16;
        bytes.extend(map.values.iter().flat_map(|v| whole(v).to_le_bytes()));
    }
    Ok(bytes)
}

/// Bytes to maps.
///
/// # Errors
///
/// [`Error::Damaged`] when the bytes hold no maps.
pub(super) fn decode(mut bytes: &[u8]) -> Result<Vec<Option<Heatmap>>, Error> {
    let damaged = || Error::damaged("a heat map is unreadable");
    let mut maps = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        maps.push(match kind {
            0 => None,
            1 => Some(decode_one(&mut bytes).ok_or_else(damaged)?),
            _ => return Err(damaged()),
        });
    }
    Ok(maps)
}

#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
fn decode_one(bytes: &mut &[u8]) -> Option<Heatmap> {
    let width = u32::from_le_bytes(take(bytes)?);
    let height = u32::from_le_bytes(take(bytes)?);
    let mut image_from_map = Affine::IDENTITY;
    for value in &mut image_from_map.m {
        *value = f32::from_le_bytes(take(bytes)?);
    }
    let n_cells = u64::from(width).checked_mul(u64::from(height))?;
    let (values, rest) = bytes.split_at_checked(usize::try_from(n_cells.checked_mul(2)?).ok()?)?;
    *bytes = rest;
    let (values, _) = values.as_chunks::<2>();
    let values = values.iter().map(|v| f32::from(u16::from_le_bytes(*v)) / 65535.0);
    Some(Heatmap { width, height, values: values.collect(), image_from_map })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

/// Floats to little-endian bytes.
pub(super) fn floats_to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Little-endian bytes to floats.
///
/// # Errors
///
/// [`Error::Damaged`] when their number is no multiple of four.
pub(super) fn floats_from_bytes(bytes: &[u8]) -> Result<Vec<f32>, Error> {
    let (floats, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Error::damaged("an embedding is unreadable"));
    }
    Ok(floats.iter().map(|v| f32::from_le_bytes(*v)).collect())
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    drop((decode(bytes), floats_from_bytes(bytes)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Heatmap {
        let image_from_map = Affine { m: [2.0, 0.0, 1.5, 0.0, 2.0, -3.25] };
        Heatmap {
            width: 3,
            height: 2,
            values: vec![0.0, 0.1, 0.5, 0.999, 1.0, 0.25],
            image_from_map,
        }
    }

    #[test]
    fn maps_come_back_and_a_second_time_exactly() {
        let maps = vec![None, Some(map()), None];
        let once = decode(&encode(&maps).unwrap()).unwrap();
        let [None, Some(back), None] = once.as_slice() else { panic!("{once:?}") };
        assert_eq!(back.image_from_map, map().image_from_map);
        let worst = back.values.iter().zip(map().values).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) <= 1.0 / 131_070.0 + 1e-7);
        assert_eq!(decode(&encode(&once).unwrap()).unwrap(), once);
        assert_eq!(decode(&[]).unwrap(), []);
    }

    #[test]
    fn what_is_no_map_is_refused() {
        let bytes = encode(&[Some(map())]).unwrap();
        for n in 1..bytes.len() {
            assert!(decode(&bytes[..n]).is_err(), "cut after {n} bytes");
        }
        let mut huge = bytes;
        huge[1..9].fill(255);
        assert!(decode(&huge).is_err(), "absurd sizes");
        assert!(decode(&[7]).is_err());
        assert!(encode(&[Some(Heatmap { width: 4, ..map() })]).is_err(), "too few values");
        assert!(floats_from_bytes(&[0; 7]).is_err());
        assert_eq!(floats_from_bytes(&floats_to_bytes(&[0.5, -1.0])).unwrap(), [0.5, -1.0]);
    }
}
