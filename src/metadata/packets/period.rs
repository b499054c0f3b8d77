//! Looks for the period of an earlier coding in the sizes of packets.
//!
//! A frame that was a key frame once is harder to predict from its neighbors, so that its packet is
//! larger than those of frames of its class around it. Where such packets lie at even distances more
//! often than chance brings them there, the distance is told. Chance: each packet stands out with the
//! share of all that do, independent of the others; the number of distances and starts that are tried
//! counts.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::binomial::ln_tail;
use super::chart::{EarlierCoding, Packet};
use super::class::Class;

/// Packets that are looked at: the pace of a coding shows in the first hour.
const MAX_PACKETS: usize = 100_000;
/// Periods that are tried, in frames. Shorter ones are those of frames between which others are predicted.
const SHORTEST: usize = 9;
const LONGEST: usize = 300;
/// Fewer packets tell nothing.
const LEAST_PACKETS: usize = 45;
/// So many packets that stand out are needed.
const LEAST_HIGH: usize = 5;
/// And so large a share of those at the distance.
const LEAST_SHARE: f64 = 0.75;
/// Packets of the same class on each side with which a packet is compared.
const NEIGHBORS: usize = 3;
/// A packet stands out that is larger than the median of those by this factor, and so many bytes.
const HIGH: f64 = 1.25;
const HIGH_BYTES: f64 = 64.0;
/// Chance may bring as much in one of so many clips.
const CHANCE: f64 = 1e-4;

/// By which factor a packet is larger than its neighbors; `None` where that cannot be said.
type Factor = Option<f64>;

/// What the sizes of packets tell, given in the order of showing.
pub(super) fn earlier_coding(packets: &[Packet]) -> EarlierCoding {
    let packets = packets.get(..MAX_PACKETS).unwrap_or(packets);
    if packets.iter().all(|packet| packet.is_key) {
        return EarlierCoding::NotExamined("every frame is a key frame");
    }
    if packets.len() < LEAST_PACKETS {
        return EarlierCoding::NotExamined("the track has too few packets");
    }
    let factors = factors(packets);
    let n_known = factors.iter().flatten().count();
    if n_known < LEAST_PACKETS / 2 {
        return EarlierCoding::NotExamined("too few packets can be compared with others");
    }
    let is_high = |factor: &Factor| factor.is_some_and(|factor| factor >= HIGH);
    let high: Vec<usize> =
        factors.iter().enumerate().filter(|(_, f)| is_high(f)).map(|(i, _)| i).collect();
    // The share of packets that stand out, as if there had been one more.
    let share = (high.len().saturating_add(1)) as f64 / (n_known.saturating_add(1)) as f64;
    let longest = LONGEST.min(packets.len() / LEAST_HIGH);
    let present = [present_period(packets), short_period(&factors)];
    let n_tests: usize = (SHORTEST..=longest).sum();
    let mut best = EarlierCoding::NoneFound;
    let mut least = CHANCE.ln();
    for frames in SHORTEST..=longest {
        if present.iter().flatten().any(|present| frames.is_multiple_of(*present)) {
            continue;
        }
        let mut counts = vec![0usize; frames];
        for i in &high {
            if let Some(count) = i.checked_rem(frames).and_then(|at| counts.get_mut(at)) {
                *count = count.saturating_add(1);
            }
        }
        // At least half of the packets at a distance have to be comparable.
        let half = packets.len() as f64 / frames as f64 / 2.0;
        for (first, n_high) in counts.into_iter().enumerate() {
            if n_high < LEAST_HIGH || (n_high as f64) < half * LEAST_SHARE {
                continue;
            }
            let at = factors.iter().skip(first).step_by(frames);
            let n = at.clone().flatten().count();
            if (n_high as f64) < n as f64 * LEAST_SHARE {
                continue;
            }
            let ln_expected = (n_tests as f64).ln() + ln_tail(n, n_high, share);
            if ln_expected < least {
                least = ln_expected;
                let mut ratios: Vec<f64> = at.filter(|f| is_high(f)).flatten().copied().collect();
                ratios.sort_by(f64::total_cmp);
                let ratio = ratios.get(n_high / 2).copied().unwrap_or(1.0);
                let expected_by_chance = ln_expected.exp();
                best =
                    EarlierCoding::Period { frames, first, n_high, n, ratio, expected_by_chance };
            }
        }
    }
    best
}

/// The distance of the present key frames, where nearly all have the same one. They and their multiples
/// say nothing of an earlier coding.
fn present_period(packets: &[Packet]) -> Option<usize> {
    let keys: Vec<usize> =
        packets.iter().enumerate().filter(|(_, packet)| packet.is_key).map(|(i, _)| i).collect();
    let mut distances: Vec<usize> =
        keys.iter().zip(keys.iter().skip(1)).map(|(a, b)| b.saturating_sub(*a)).collect();
    distances.sort_unstable();
    // Two or three key frames can stand at any distance, for instance where scenes change.
    let median = distances.get(distances.len() / 2).copied().filter(|_| distances.len() >= 3)?;
    let n_same = distances.iter().filter(|distance| **distance == median).count();
    (n_same.saturating_mul(5) >= distances.len().saturating_mul(4)).then_some(median)
}

/// A short distance at which packets stand out: that of frames between which others are predicted, in
/// containers that do not say which frames are shown before they are decoded. Its multiples stand out
/// too.
fn short_period(factors: &[Factor]) -> Option<usize> {
    (2..SHORTEST).find(|frames| {
        (0..*frames).any(|first| {
            let at = factors.iter().skip(first).step_by(*frames).flatten();
            let (n, n_high) = at.fold((0usize, 0usize), |(n, n_high), factor| {
                (n.saturating_add(1), n_high.saturating_add(usize::from(*factor >= HIGH)))
            });
            n_high >= LEAST_HIGH && n_high as f64 >= n as f64 * LEAST_SHARE
        })
    })
}

/// Each packet compared with its neighbors of the same class; key frames and the frame behind each are
/// left out.
fn factors(packets: &[Packet]) -> Vec<Factor> {
    let mut by_class: std::collections::BTreeMap<Class, Vec<usize>> =
        std::collections::BTreeMap::new();
    let mut is_behind_key = false;
    for (i, packet) in packets.iter().enumerate() {
        if !packet.is_key && !is_behind_key {
            by_class.entry(packet.class).or_default().push(i);
        }
        is_behind_key = packet.is_key;
    }
    let mut found: Vec<Factor> = vec![None; packets.len()];
    let bytes = |i: &usize| packets.get(*i).map_or(0.0, |packet| f64::from(packet.bytes));
    for members in by_class.values() {
        for (place, i) in members.iter().enumerate() {
            let from = place.saturating_sub(NEIGHBORS);
            let before = members.get(from..place).unwrap_or_default();
            let behind = members.get(place.saturating_add(1)..).unwrap_or_default();
            let behind = behind.get(..NEIGHBORS).unwrap_or(behind);
            let mut around: Vec<f64> = before.iter().chain(behind).map(bytes).collect();
            if before.is_empty() || behind.is_empty() || around.len() < NEIGHBORS {
                continue;
            }
            around.sort_by(f64::total_cmp);
            let (low, high) = (around.len().saturating_sub(1) / 2, around.len() / 2);
            let median = around.get(low..=high).unwrap_or_default();
            let median = median.iter().sum::<f64>() / median.len().max(1) as f64;
            let size = bytes(i);
            let factor = if size - median < HIGH_BYTES { 1.0 } else { size / median.max(1.0) };
            if let Some(slot) = found.get_mut(*i) {
                *slot = Some(factor);
            }
        }
    }
    found
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    /// Sizes with noise; every `period` frames one is larger by `factor`; key frames every `keys`.
    fn packets(n: usize, period: usize, factor: f64, keys: usize, seed: u64) -> Vec<Packet> {
        let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
        let packet = |i: usize| {
            let noise: f64 = rng.random_range(0.8..1.2);
            let high = if i % period == 3 % period { factor } else { 1.0 };
            let is_key = i.is_multiple_of(keys);
            let bytes = (3000.0 * noise * high * if is_key { 4.0 } else { 1.0 }) as u32;
            let t_s = i as f64 / 25.0;
            Packet { t_s, bytes, is_key, is_reordered: false, class: Class::default() }
        };
        (0..n).map(packet).collect()
    }

    #[test]
    fn a_period_is_found_and_noise_has_none() {
        for seed in 0..20 {
            let found = earlier_coding(&packets(300, 12, 1.8, 250, seed));
            assert_eq!(found.period(), Some(12), "{seed}: {found:?}");
            let noise = earlier_coding(&packets(300, 12, 1.0, 250, seed));
            assert_eq!(noise, EarlierCoding::NoneFound, "{seed}");
        }
    }

    #[test]
    fn a_short_pattern_of_the_present_coding_is_no_period() {
        for (pattern, seed) in [(2, 0), (3, 1), (3, 2), (4, 3), (5, 4)] {
            let found = earlier_coding(&packets(300, pattern, 2.0, 250, seed));
            assert_eq!(found, EarlierCoding::NoneFound, "every {pattern}: {found:?}");
        }
    }

    #[test]
    fn the_period_of_the_present_coding_is_none_of_an_earlier_one() {
        let present = earlier_coding(&packets(300, 12, 1.8, 12, 1));
        assert_eq!(present, EarlierCoding::NoneFound);
        let all = earlier_coding(&packets(300, 12, 1.8, 1, 1));
        assert!(matches!(all, EarlierCoding::NotExamined(_)), "{all:?}");
        let few = earlier_coding(&packets(10, 12, 1.8, 250, 1));
        assert!(matches!(few, EarlierCoding::NotExamined(_)), "{few:?}");
    }
}
