//! Parts filled with patches from elsewhere in the picture. Kept for measuring, never trained on.
//!
//! Coarse to fine: on every level each patch that touches the hole looks for the most similar one
//! outside it by random search and by what its neighbors found (C. Barnes et al., "`PatchMatch`",
//! 2009), then every pixel of the hole becomes the mean of what the patches over it say
//! (Y. Wexler et al., "Space-Time Completion of Video", 2007).

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::train::forge::pixels::harmonic::{Membrane, Stiffness};
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::pyramid::halved;
use crate::train::forge::pixels::raster::Plane;

/// Patches reach this many pixels to each side of their center.
const REACH: i32 = 3;
/// Search and vote rounds a level.
const ROUNDS: usize = 4;
/// Levels are added until the hole's picture is this small.
const SMALLEST_SIDE: usize = 32;

/// Closes the hole (values above one half).
pub(in crate::train::forge) fn patched(
    picture: &Picture,
    hole: &Plane,
    rng: &mut impl Rng,
) -> Picture {
    let mut rng = ChaCha8Rng::seed_from_u64(rng.random());
    let membrane = Membrane::new(hole);
    let start = picture.map_planes(|p| membrane.close(p, Stiffness::Membrane));
    let mut levels = vec![(start, hole.clone())];
    while let Some((picture, hole)) = levels.last() {
        if picture.width().min(picture.height()) / 2 < SMALLEST_SIDE {
            break;
        }
        let next = (picture.map_planes(halved), halved(hole));
        levels.push(next);
    }
    let mut found: Option<(Matches, (usize, usize))> = None;
    let mut filled = None;
    for (start, hole) in levels.into_iter().rev() {
        let is_hole: Vec<bool> = hole.data.iter().map(|v| *v > 1e-3).collect();
        let size = start.size();
        let Some(mut search) = Search::new(start, is_hole) else {
            // No patch fits beside the hole on this level; a finer one may have room.
            continue;
        };
        let mut matches = match found.take() {
            Some((coarse, coarse_size)) => search.lifted(&coarse, coarse_size, &mut rng),
            None => search.random(&mut rng),
        };
        if filled.is_some() {
            search.vote(&matches);
        }
        for round in 0..ROUNDS {
            search.improve(&mut matches, round % 2 == 1, &mut rng);
            search.vote(&matches);
        }
        filled = Some(search.picture);
        found = Some((matches, size));
    }
    filled.unwrap_or_else(|| picture.clone())
}

/// For every pixel whose patch touches the hole, the center of the patch it resembles.
type Matches = Vec<Option<(i32, i32)>>;

struct Search {
    picture: Picture,
    is_hole: Vec<bool>,
    width: i32,
    height: i32,
    /// Centers of patches that touch the hole.
    targets: Vec<usize>,
    /// Centers of patches that lie wholly outside it.
    sources: Vec<bool>,
    source_list: Vec<usize>,
}

impl Search {
    fn new(picture: Picture, is_hole: Vec<bool>) -> Option<Self> {
        let (width, height) = (picture.width() as i32, picture.height() as i32);
        // A box mean of the hole says whether a patch touches it.
        let touched = |x: i32, y: i32| {
            (-REACH..=REACH).any(|oy| {
                (-REACH..=REACH).any(|ox| {
                    let (px, py) = (x + ox, y + oy);
                    px >= 0
                        && py >= 0
                        && px < width
                        && py < height
                        && is_hole[(py * width + px) as usize]
                })
            })
        };
        let mut targets = Vec::new();
        let mut sources = vec![false; is_hole.len()];
        let mut source_list = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let i = (y * width + x) as usize;
                let fits = x >= REACH && y >= REACH && x + REACH < width && y + REACH < height;
                if touched(x, y) {
                    targets.push(i);
                } else if fits {
                    sources[i] = true;
                    source_list.push(i);
                }
            }
        }
        (!source_list.is_empty()).then_some(Self {
            picture,
            is_hole,
            width,
            height,
            targets,
            sources,
            source_list,
        })
    }

    fn random(&self, rng: &mut impl Rng) -> Matches {
        let mut matches = vec![None; self.is_hole.len()];
        for &i in &self.targets {
            matches[i] = Some(self.any_source(rng));
        }
        matches
    }

    fn any_source(&self, rng: &mut impl Rng) -> (i32, i32) {
        let i = self.source_list[rng.random_range(0..self.source_list.len())] as i32;
        (i % self.width, i / self.width)
    }

    fn lifted(&self, coarse: &Matches, (w, _): (usize, usize), rng: &mut impl Rng) -> Matches {
        let mut matches = vec![None; self.is_hole.len()];
        for &i in &self.targets {
            let (x, y) = (i as i32 % self.width, i as i32 / self.width);
            let parent = coarse.get((y / 2) as usize * w + (x / 2) as usize).copied().flatten();
            let lifted = parent.map(|(px, py)| (2 * px + x % 2, 2 * py + y % 2));
            matches[i] =
                Some(lifted.filter(|p| self.is_source(*p)).unwrap_or_else(|| self.any_source(rng)));
        }
        matches
    }

    fn is_source(&self, (x, y): (i32, i32)) -> bool {
        x >= 0
            && y >= 0
            && x < self.width
            && y < self.height
            && self.sources[(y * self.width + x) as usize]
    }

    /// Squared difference of two patches; stops early above `limit`.
    fn distance(&self, (x, y): (i32, i32), (sx, sy): (i32, i32), limit: f32) -> f32 {
        let mut sum = 0.0;
        for oy in -REACH..=REACH {
            let ty = (y + oy).clamp(0, self.height - 1);
            for ox in -REACH..=REACH {
                let tx = (x + ox).clamp(0, self.width - 1);
                let (t, s) =
                    ((ty * self.width + tx) as usize, ((sy + oy) * self.width + sx + ox) as usize);
                // What is known counts more than what is guessed.
                let weight = if self.is_hole[t] { 1.0 } else { 3.0 };
                for plane in &self.picture.planes {
                    let d = plane.data[t] - plane.data[s];
                    sum += weight * d * d;
                }
            }
            if sum > limit {
                return sum;
            }
        }
        sum
    }

    fn improve(&self, matches: &mut Matches, backwards: bool, rng: &mut impl Rng) {
        let step = if backwards { 1 } else { -1 };
        let order: Vec<usize> = if backwards {
            self.targets.iter().rev().copied().collect()
        } else {
            self.targets.clone()
        };
        for i in order {
            let here = (i as i32 % self.width, i as i32 / self.width);
            let Some(mut best) = matches[i] else { continue };
            let mut least = self.distance(here, best, f32::INFINITY);
            let mut consider = |candidate: (i32, i32)| {
                if candidate != best && self.is_source(candidate) {
                    let d = self.distance(here, candidate, least);
                    if d < least {
                        (best, least) = (candidate, d);
                    }
                }
            };
            for (ox, oy) in [(step, 0), (0, step)] {
                let (nx, ny) = (here.0 + ox, here.1 + oy);
                if nx >= 0 && ny >= 0 && nx < self.width && ny < self.height {
                    let neighbor = matches[(ny * self.width + nx) as usize];
                    if let Some((sx, sy)) = neighbor {
                        consider((sx - ox, sy - oy));
                    }
                }
            }
            let center = best;
            let mut reach = self.width.max(self.height);
            let mut consider = |candidate: (i32, i32)| {
                if self.is_source(candidate) {
                    let d = self.distance(here, candidate, least);
                    if d < least {
                        (best, least) = (candidate, d);
                    }
                }
            };
            while reach > 1 {
                consider((
                    center.0 + rng.random_range(-reach..=reach),
                    center.1 + rng.random_range(-reach..=reach),
                ));
                reach /= 2;
            }
            matches[i] = Some(best);
        }
    }

    /// Every pixel of the hole becomes the mean of what the patches over it say of it.
    fn vote(&mut self, matches: &Matches) {
        let mut next = self.picture.clone();
        for (i, _) in self.is_hole.iter().enumerate().filter(|(_, hole)| **hole) {
            let (x, y) = (i as i32 % self.width, i as i32 / self.width);
            let (mut sums, mut n) = ([0.0f32; 3], 0.0f32);
            for oy in -REACH..=REACH {
                for ox in -REACH..=REACH {
                    let (cx, cy) = (x + ox, y + oy);
                    if cx < 0 || cy < 0 || cx >= self.width || cy >= self.height {
                        continue;
                    }
                    if let Some((sx, sy)) = matches[(cy * self.width + cx) as usize] {
                        let s = ((sy - oy) * self.width + sx - ox) as usize;
                        // Nearer centers say more: a sharper mean.
                        let weight = 1.0 / (1.0 + (ox * ox + oy * oy) as f32);
                        for (sum, plane) in sums.iter_mut().zip(&self.picture.planes) {
                            *sum += weight * plane.data[s];
                        }
                        n += weight;
                    }
                }
            }
            if n > 0.0 {
                for (plane, sum) in next.planes.iter_mut().zip(sums) {
                    plane.data[i] = sum / n;
                }
            }
        }
        self.picture = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_texture_is_continued_where_a_membrane_would_be_flat() {
        let truth = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(96, 90, |p| {
                    let stripe = (p.x as i32 / 4) % 2;
                    100.0 + 10.0 * c as f32 + if stripe == 0 { 40.0 } else { -40.0 }
                })
            }),
        };
        let hole = Plane::from_fn(96, 90, |p| {
            f32::from(u8::from((p.x - 48.0).abs() < 9.0 && (p.y - 45.0).abs() < 9.0))
        });
        let mut broken = truth.clone();
        for plane in &mut broken.planes {
            for (v, h) in plane.data.iter_mut().zip(&hole.data) {
                *v = if *h > 0.5 { 0.0 } else { *v };
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let filled = patched(&broken, &hole, &mut rng);
        let inside = |a: &Picture| {
            let pairs = a.planes[0].data.iter().zip(&truth.planes[0].data).zip(&hole.data);
            let (sum, n) = pairs
                .filter(|(_, h)| **h > 0.5)
                .fold((0.0, 0.0), |(s, n), ((a, t), _)| (s + (a - t).abs(), n + 1.0));
            sum / n
        };
        assert!(inside(&filled) < 12.0, "the stripes go on: {}", inside(&filled));
        assert_eq!(filled.planes[1].data[5 * 96 + 5], truth.planes[1].data[5 * 96 + 5]);
    }
}
