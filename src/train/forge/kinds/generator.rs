//! The traces of a generator: a picture taken down in resolution and brought up again by learned
//! up-sampling.
//!
//! Every stage of up-sampling has a small kernel of its own for each of the four positions in a
//! 2 × 2 cell, which is what zero-insertion and convolution, nearest and convolution, and pixel
//! shuffling all come to. The kernels are random and not quite alike: that leaves the repeating
//! patterns and the copies of the spectrum that real generators leave. Detail is given back
//! incompletely, the finest least, and squashed as activations do.

use rand::Rng;

use crate::base::Affine;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::pyramid::{LINEAR, UpKernels, halved, separable, upsampled};
use crate::train::forge::pixels::raster::Plane;

/// One random generator.
#[derive(Debug, Clone)]
pub(in crate::train::forge) struct Generator {
    /// Pixels of its grid per pixel of the picture, 1 or less.
    scale: f32,
    /// From the coarsest up.
    stages: Vec<Stage>,
    /// Step of the color quantization in gray levels.
    step: f32,
}

#[derive(Debug, Clone)]
struct Stage {
    /// How it up-samples, a channel each.
    kernels: [UpKernels; 3],
    /// Share of the detail that comes back.
    detail: f32,
    /// Detail weaker than this is lost, in gray levels.
    dead_zone: f32,
    /// Detail is squashed towards this, in gray levels.
    ceiling: f32,
}

/// The nearest cell alone.
const NEAREST: [[f32; 3]; 2] = [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]];
/// Somewhat softer than linear.
const WIDE: [[f32; 3]; 2] = [[0.3, 0.6, 0.1], [0.1, 0.6, 0.3]];

impl Generator {
    /// Draws one. Half of them keep nearly all detail, so that softness alone does not tell.
    pub(in crate::train::forge) fn draw(rng: &mut impl Rng) -> Self {
        let n = [1, 2, 2, 3][rng.random_range(0..4)];
        // Most traces are faint; all strengths between are alike.
        let roughness = 0.006 * 12.0f32.powf(rng.random());
        let is_sharp = rng.random_bool(0.5);
        let stages = (0..n)
            .map(|i| {
                let kept = if i + 1 < n {
                    0.85..1.0
                } else if is_sharp {
                    0.75..1.0
                } else {
                    0.3..0.8
                };
                let fainter = 0.45f32.powi(n - 1 - i);
                Stage::draw(roughness, fainter, kept, rng)
            })
            .collect();
        let scale = if is_sharp { 0.8..1.0 } else { 0.55..0.95 };
        let scale = if rng.random_bool(0.55) { rng.random_range(scale) } else { 1.0 };
        Self { scale, stages, step: [0.0, 1.0, 2.0][rng.random_range(0..3)] }
    }

    /// Passes the picture through.
    pub(in crate::train::forge) fn repaint(&self, picture: &Picture) -> Picture {
        let (w, h) = picture.size();
        let grid = |v: usize| ((v as f32 * self.scale).round() as usize).max(8);
        if self.scale >= 1.0 {
            return self.pass(picture);
        }
        let (sx, sy) = (w as f32 / grid(w) as f32, h as f32 / grid(h) as f32);
        let down = picture.blurred(0.35 / self.scale).warped(
            grid(w),
            grid(h),
            &Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] },
        );
        let up = Affine { m: [1.0 / sx, 0.0, 0.0, 0.0, 1.0 / sy, 0.0] };
        self.pass(&down).warped(w, h, &up)
    }

    fn pass(&self, picture: &Picture) -> Picture {
        Picture { planes: std::array::from_fn(|c| self.pass_plane(&picture.planes[c], c)) }
    }

    fn pass_plane(&self, plane: &Plane, channel: usize) -> Plane {
        let mut levels = vec![plane.clone()];
        for _ in &self.stages {
            levels.extend(levels.last().map(halved));
        }
        let Some(mut out) = levels.pop() else { return plane.clone() };
        let linear = separable(&LINEAR);
        let mut coarse = out.clone();
        for stage in &self.stages {
            let Some(fine) = levels.pop() else { break };
            let size = (fine.width, fine.height);
            // What the plain up-sampling of the true coarse picture lacks is the detail.
            let smooth = upsampled(&coarse, size, &linear);
            out = upsampled(&out, size, &stage.kernels[channel]);
            for ((v, f), s) in out.data.iter_mut().zip(&fine.data).zip(&smooth.data) {
                *v += stage.detail * stage.squash(f - s);
            }
            coarse = fine;
        }
        for v in &mut out.data {
            if self.step > 0.0 {
                *v = (*v / self.step).round() * self.step;
            }
            *v = v.clamp(0.0, 255.0);
        }
        out
    }
}

impl Stage {
    /// `fainter`: 1 for the last stage, less before it; `kept`: the range of the share of detail
    /// that comes back.
    fn draw(roughness: f32, fainter: f32, kept: std::ops::Range<f32>, rng: &mut impl Rng) -> Self {
        // Jags of large stages would be seen as blocks: those are nearly linear.
        let toward = rng.random_range(0.0..0.6) * fainter;
        let other = if rng.random() { NEAREST } else { WIDE };
        let base = separable(&std::array::from_fn(|i| {
            std::array::from_fn(|k| LINEAR[i][k] + toward * (other[i][k] - LINEAR[i][k]))
        }));
        let roughness = roughness * fainter;
        // Channels share most of a kernel: their patterns come from the same features.
        let mut wobble = |amount: f32| -> UpKernels {
            std::array::from_fn(|_| std::array::from_fn(|_| amount * rng.random_range(-1.0..1.0)))
        };
        let shared = wobble(roughness);
        let kernels = std::array::from_fn(|_| {
            let own = wobble(roughness * 0.4);
            std::array::from_fn(|phase| {
                let mut kernel: [f32; 9] =
                    std::array::from_fn(|i| base[phase][i] + shared[phase][i] + own[phase][i]);
                // The four positions stay almost equally bright, or the grid would be seen.
                let sum: f32 = kernel.iter().sum();
                let target = 1.0 + (sum - 1.0) * 0.12;
                for k in &mut kernel {
                    *k *= target / sum;
                }
                kernel
            })
        });
        let detail = rng.random_range(kept);
        Self {
            kernels,
            detail,
            dead_zone: rng.random_range(0.0..0.4) + (1.0 - detail) * 3.0 * rng.random::<f32>(),
            ceiling: rng.random_range(35.0..120.0),
        }
    }

    /// A soft threshold, then a smooth ceiling.
    fn squash(&self, detail: f32) -> f32 {
        let strength = (detail.abs() - self.dead_zone).max(0.0);
        (strength / (1.0 + strength / self.ceiling)).copysign(detail)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn smooth() -> Picture {
        Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(101, 77, |p| {
                    120.0 + 50.0 * ((p.x * 0.05 + c as f32).sin() + (p.y * 0.04).cos())
                })
            }),
        }
    }

    /// Strength of the alternation from column to column; 0 in smooth pictures.
    fn alternation(plane: &Plane) -> f32 {
        let of_line = |line: &[f32]| {
            let sum: f32 = (20..80)
                .map(|x| {
                    let d = line[x] - f32::midpoint(line[x - 1], line[x + 1]);
                    if x % 2 == 0 { d } else { -d }
                })
                .sum();
            (sum / 60.0).abs()
        };
        plane.data.chunks_exact(101).skip(10).take(50).map(of_line).sum::<f32>() / 50.0
    }

    #[test]
    fn a_generator_keeps_the_picture() {
        let picture = smooth();
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for _ in 0..40 {
            let out = Generator::draw(&mut rng).repaint(&picture);
            assert_eq!(out.size(), picture.size());
            for (a, b) in out.planes.iter().zip(&picture.planes) {
                let pairs = a.data.iter().zip(&b.data);
                let mean = pairs.map(|(a, b)| (a - b).abs()).sum::<f32>() / a.data.len() as f32;
                assert!(mean < 6.0, "it is another picture: {mean}");
            }
        }
    }

    #[test]
    fn rough_kernels_leave_a_repeating_pattern() {
        let picture = smooth();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut strength = |roughness: f32| -> f32 {
            let patterns = (0..30).map(|_| {
                let stages = vec![Stage::draw(roughness, 1.0, 0.8..0.9, &mut rng)];
                let generator = Generator { scale: 1.0, stages, step: 0.0 };
                alternation(&generator.repaint(&picture).planes[1])
            });
            patterns.sum::<f32>() / 30.0
        };
        assert!(alternation(&picture.planes[1]) < 0.01, "there was none before");
        let (smooth, rough) = (strength(0.0), strength(0.05));
        assert!(rough > 1.5 * smooth && rough > 0.1, "{smooth} and {rough}");
    }
}
