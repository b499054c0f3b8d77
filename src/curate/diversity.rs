//! The core-set: always the picture that is farthest from all before it (greedy k-centre).
//!
//! * **In**: embeddings. **Out**: an order with distances.
//! * **Not here**: who may be ordered at all ([`super::order`]).
//!
//! Distances are Euclidean, every channel in units of its standard deviation over the pictures.
//! Exact for the first [`EXACT_CENTRES`], which is more than a person looks at in weeks; what is left
//! after them comes by its distance from the nearest of them. A picture need not be compared with a
//! new centre that is at least twice as far from its own nearest centre as it is itself (triangle
//! inequality), which spares most of the work.

use rayon::prelude::*;

use super::Candidate;
use crate::base::{Cancelled, Phase, TaskCtx};

/// So many come in the exact order.
pub const EXACT_CENTRES: usize = 3000;
/// More finished pictures than this are thinned out evenly.
const MAX_FINISHED: usize = 1000;
/// Pictures that one thread takes at a time.
const CHUNK: usize = 4096;

/// A picture's distance from its nearest centre.
#[derive(Clone, Copy)]
struct Near {
    distance: f32,
    /// Number of the centre.
    centre: u32,
}

/// Orders the candidates with the indices `open`, with reasons; `finished` are centres already.
pub(super) fn order(
    candidates: &[Candidate],
    open: &[usize],
    finished: &[usize],
    ctx: &TaskCtx<'_>,
) -> Result<Vec<(usize, String)>, Cancelled> {
    let thinned = finished.iter().step_by(finished.len().div_ceil(MAX_FINISHED).max(1));
    let all: Vec<usize> = open.iter().chain(thinned).copied().collect();
    let Some(dim) = all.first().map(|i| candidates[*i].embedding.len()) else {
        return Ok(Vec::new());
    };
    let points = standardized(candidates, &all, dim);
    let (picked, typical) = greedy(&points, dim, open.len(), EXACT_CENTRES, ctx)?;
    let begins = all.len() == open.len();
    let say = |(n, (i, distance)): (usize, (usize, f32))| {
        let why = match (n, begins) {
            (0, true) => "the most typical picture of all".to_owned(),
            (n, _) if n < EXACT_CENTRES => format!(
                "unlike all before it: {distance:.1} from the nearest, where {typical:.1} is usual"
            ),
            _ => format!("{distance:.1} from the nearest of the first {EXACT_CENTRES}"),
        };
        (all[i], why)
    };
    Ok(picked.into_iter().enumerate().map(say).collect())
}

/// `[n, dim]`, every channel with a standard deviation of 1 about 0.
fn standardized(candidates: &[Candidate], all: &[usize], dim: usize) -> Vec<f32> {
    let rows = || all.iter().map(|i| &candidates[*i].embedding);
    let n = all.len() as f64;
    let mut mean = vec![0.0f64; dim];
    for row in rows() {
        for (sum, v) in mean.iter_mut().zip(row) {
            *sum += f64::from(*v) / n;
        }
    }
    let mut variance = vec![0.0f64; dim];
    for row in rows() {
        for ((sum, v), mean) in variance.iter_mut().zip(row).zip(&mean) {
            *sum += (f64::from(*v) - mean).powi(2) / n;
        }
    }
    // A channel that never changes says nothing.
    let scale = variance.iter().map(|v| if *v > 1e-12 { 1.0 / v.sqrt() } else { 0.0 });
    let place: Vec<(f64, f64)> = mean.into_iter().zip(scale).collect();
    let mut points = Vec::with_capacity(all.len() * dim);
    for row in rows() {
        // Rows of another length (damaged ones) are cut or filled up with what is usual.
        let values = row.iter().map(|v| f64::from(*v));
        let padded = values.map(Some).chain(std::iter::repeat(None));
        points.extend(
            place.iter().zip(padded).map(|((m, s), v)| v.map_or(0.0, |v| ((v - m) * s) as f32)),
        );
    }
    points
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums side by side, which the compiler turns into vector instructions.
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| (x - y) * (x - y));
    let rest: f32 = rest.sum();
    for (a, b) in a8.zip(b8) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += (x - y) * (x - y);
        }
    }
    (sums.iter().sum::<f32>() + rest).sqrt()
}

/// Orders the first `n_open` points; those after them are centres from the start. With the distance
/// from the centres before each, and the median of those distances once all centres are picked.
fn greedy(
    points: &[f32],
    dim: usize,
    n_open: usize,
    n_exact: usize,
    ctx: &TaskCtx<'_>,
) -> Result<(Vec<(usize, f32)>, f32), Cancelled> {
    let point = |i: usize| &points[i * dim..(i + 1) * dim];
    let nothing = Near { distance: f32::INFINITY, centre: 0 };
    let mut near = vec![nothing; n_open];
    let mut centres: Vec<usize> = Vec::new();
    let mut picked: Vec<(usize, f32)> = Vec::new();
    for given in n_open..points.len() / dim.max(1) {
        ctx.step(Phase::Ranking, 0, n_open as u64)?;
        add_centre(points, dim, &mut centres, given, &mut near);
    }
    if centres.is_empty() && n_open > 0 {
        let origin = vec![0.0; dim];
        let norm = |i: &usize| distance(point(*i), &origin);
        let first = (0..n_open).min_by(|a, b| norm(a).total_cmp(&norm(b))).unwrap_or(0);
        picked.push((first, 0.0));
        near[first].distance = f32::NEG_INFINITY;
        add_centre(points, dim, &mut centres, first, &mut near);
    }
    let n_picked = n_open.min(n_exact);
    while picked.len() < n_picked {
        ctx.step(Phase::Ranking, picked.len() as u64, n_picked as u64)?;
        let Some((next, distance)) = farthest(&near) else { break };
        picked.push((next, distance));
        // Out of the race, and nothing brings it back: distances only shrink.
        near[next].distance = f32::NEG_INFINITY;
        add_centre(points, dim, &mut centres, next, &mut near);
    }
    let mut left: Vec<(usize, f32)> = near
        .iter()
        .enumerate()
        .filter(|(_, n)| n.distance > f32::NEG_INFINITY)
        .map(|(i, n)| (i, n.distance))
        .collect();
    left.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    picked.extend(left);
    let mut distances: Vec<f32> = picked.iter().map(|p| p.1).collect();
    distances.sort_by(f32::total_cmp);
    let typical = distances.get(distances.len() / 2).copied().unwrap_or(0.0);
    Ok((picked, typical))
}

/// The open point farthest from its centre; of equals the first.
fn farthest(near: &[Near]) -> Option<(usize, f32)> {
    let better = |a: (usize, f32), b: (usize, f32)| {
        if b.1 > a.1 || (b.1 == a.1 && b.0 < a.0) { b } else { a }
    };
    near.par_chunks(CHUNK)
        .enumerate()
        .filter_map(|(c, chunk)| {
            let of = chunk.iter().enumerate().map(|(i, n)| (c * CHUNK + i, n.distance));
            of.reduce(better)
        })
        .reduce_with(better)
        .filter(|(_, distance)| *distance > f32::NEG_INFINITY)
}

fn add_centre(points: &[f32], dim: usize, centres: &mut Vec<usize>, new: usize, near: &mut [Near]) {
    let point = |i: usize| &points[i * dim..(i + 1) * dim];
    let own = point(new);
    let to_others: Vec<f32> = centres.par_iter().map(|c| distance(point(*c), own)).collect();
    let number = centres.len() as u32;
    centres.push(new);
    near.par_chunks_mut(CHUNK).enumerate().for_each(|(c, chunk)| {
        for (i, near) in chunk.iter_mut().enumerate() {
            let is_far = to_others
                .get(near.centre as usize)
                .is_some_and(|apart| *apart >= 2.0 * near.distance);
            if is_far {
                continue;
            }
            let distance = distance(point(c * CHUNK + i), own);
            if distance < near.distance {
                *near = Near { distance, centre: number };
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Points of `dim` values in five clusters, so that the shortcut has something to skip.
    fn cloud(n: usize, dim: usize) -> impl Strategy<Value = Vec<f32>> {
        vec(0.0..1.0f32, n * dim).prop_map(move |noise| {
            noise.iter().enumerate().map(|(i, v)| v + ((i / dim) % 5) as f32 * 3.0).collect()
        })
    }

    /// The definition, without shortcuts.
    fn plainly(points: &[f32], dim: usize, n_open: usize, n: usize) -> Vec<usize> {
        let point = |i: usize| &points[i * dim..(i + 1) * dim];
        let mut centres: Vec<usize> = (n_open..points.len() / dim).collect();
        let mut picked = Vec::new();
        if centres.is_empty() {
            let norm = |i: &usize| point(*i).iter().map(|v| v * v).sum::<f32>();
            let first = (0..n_open).min_by(|a, b| norm(a).total_cmp(&norm(b))).unwrap();
            centres.push(first);
            picked.push(first);
        }
        while picked.len() < n {
            let nearest = |i: usize| {
                centres.iter().map(|c| distance(point(i), point(*c))).fold(f32::INFINITY, f32::min)
            };
            let next = (0..n_open)
                .filter(|i| !picked.contains(i))
                .max_by(|a, b| nearest(*a).total_cmp(&nearest(*b)).then(b.cmp(a)))
                .unwrap();
            centres.push(next);
            picked.push(next);
        }
        picked
    }

    proptest! {
        #[test]
        fn the_shortcut_changes_nothing(
            (n, dim, points) in (20..90usize, 1..12usize)
                .prop_flat_map(|(n, dim)| (Just(n), Just(dim), cloud(n, dim))),
            n_settled in 0..5usize,
        ) {
            let n_open = n - n_settled;
            let n_wanted = n_open / 2;
            let (found, _) = greedy(&points, dim, n_open, n_wanted, &TaskCtx::silent()).unwrap();
            let order: Vec<usize> = found.iter().map(|p| p.0).collect();
            prop_assert_eq!(&order[..n_wanted], plainly(&points, dim, n_open, n_wanted));
            let mut all = order;
            all.sort_unstable();
            prop_assert_eq!(all, (0..n_open).collect::<Vec<_>>(), "each once");
        }

        #[test]
        fn one_of_every_cluster_comes_before_a_second_of_any(points in cloud(60, 8)) {
            let (found, _) = greedy(&points, 8, 60, 60, &TaskCtx::silent()).unwrap();
            let mut clusters: Vec<usize> = found[..5].iter().map(|p| p.0 % 5).collect();
            clusters.sort_unstable();
            prop_assert_eq!(clusters, [0, 1, 2, 3, 4]);
            prop_assert!(found[1..].is_sorted_by(|a, b| a.1 >= b.1), "ever nearer");
        }
    }

    #[test]
    fn of_no_points_none_is_chosen() {
        assert_eq!(greedy(&[], 8, 0, 10, &TaskCtx::silent()).unwrap().0, Vec::new());
    }
}
