//! Photos as short clips: what a hand-held camera and H.264 make of a still face, real or forged.
//!
//! There are no clips of real people to calibrate on that were not made by those who made the
//! forgeries. A photo that drifts, turns, zooms and flickers a little has at least what a detector
//! of single frames meets in a clip: resampling, predicted frames, compression that breathes. It
//! has no speech and no blinking.

use std::f32::consts::TAU;
use std::path::Path;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::pool::ForgedPair;
use super::setup::forger;
use crate::base::{Affine, RgbImage};
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::data::coding::{self, Codec};
use crate::train::forge::Method;

/// Constant rate factor, the default of libx264.
pub const CRF: u8 = 23;
/// Frames a second.
pub const FPS: f32 = 25.0;
/// The part of the picture that is shown, so that its edge never comes into sight.
const SHOWN: f32 = 0.92;
/// Largest drift, as a share of the side.
const DRIFT: f32 = 0.02;
/// Largest change of scale.
const ZOOM: f32 = 0.015;
/// Largest turn in radians.
const TURN: f32 = 0.015;
/// Largest change of brightness.
const FLICKER: f32 = 0.02;

/// Generators of the forgeries, seen and unseen ones in turn.
pub const METHODS: [Method; 8] = [
    Method::SelfBlend,
    Method::MeshSwap,
    Method::PersonSwap,
    Method::Resynthesis,
    Method::Inpaint,
    Method::PatchFill,
    Method::Attribute,
    Method::UpConvolve,
];

/// One slow swing.
#[derive(Debug, Clone, Copy)]
struct Swing {
    reach: f32,
    /// Swings a second.
    rate: f32,
    phase: f32,
}

impl Swing {
    fn draw(reach: f32, rng: &mut ChaCha8Rng) -> Self {
        Self { reach, rate: rng.random_range(0.2..1.2), phase: rng.random_range(0.0..TAU) }
    }

    fn at(self, t_s: f32) -> f32 {
        self.reach * (TAU * self.rate * t_s + self.phase).sin()
    }
}

/// How the camera moves.
#[derive(Debug, Clone, Copy)]
pub struct Motion {
    x: Swing,
    y: Swing,
    zoom: Swing,
    turn: Swing,
    light: Swing,
}

impl Motion {
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        Self {
            x: Swing::draw(DRIFT, rng),
            y: Swing::draw(DRIFT, rng),
            zoom: Swing::draw(ZOOM, rng),
            turn: Swing::draw(TURN, rng),
            light: Swing::draw(FLICKER, rng),
        }
    }

    /// What it makes of a picture at a second of the clip; sides are even.
    pub fn frame(&self, picture: &RgbImage, t_s: f32) -> RgbImage {
        let (w, h) = (picture.width_px as f32, picture.height_px as f32);
        let (width_px, height_px) = (picture.width_px & !1, picture.height_px & !1);
        let scale = SHOWN * (1.0 + self.zoom.at(t_s));
        let (sin, cos) = self.turn.at(t_s).sin_cos();
        let (a, b) = (scale * cos, scale * sin);
        let center = [w * (0.5 + self.x.at(t_s)), h * (0.5 + self.y.at(t_s))];
        let middle = [width_px as f32 / 2.0, height_px as f32 / 2.0];
        let picture_from_frame = Affine {
            m: [
                a,
                -b,
                center[0] - a * middle[0] + b * middle[1],
                b,
                a,
                center[1] - b * middle[0] - a * middle[1],
            ],
        };
        let mut frame = picture.warp(width_px.max(2), height_px.max(2), &picture_from_frame);
        let gain = 1.0 + self.light.at(t_s);
        let table: [u8; 256] =
            std::array::from_fn(|v| (v as f32 * gain).round().clamp(0.0, 255.0) as u8);
        frame.pixels.iter_mut().for_each(|v| *v = table[usize::from(*v)]);
        frame
    }
}

/// Pair number `index` of a seed, of the method whose turn it is.
///
/// # Errors
///
/// The forger's.
pub fn pair(photos: &[Photo], seed: u64, index: usize) -> Result<(ForgedPair, Method), Error> {
    let method = METHODS[index % METHODS.len()];
    Ok((forger(photos, seed)(method, index as u64)?, method))
}

/// Writes a picture as a clip of `n_frames`.
///
/// # Errors
///
/// What `ffmpeg` says.
pub fn write(
    picture: &RgbImage,
    motion: &Motion,
    n_frames: usize,
    path: &Path,
) -> Result<(), Error> {
    let frames = (0..n_frames).map(|i| motion.frame(picture, i as f32 / FPS));
    coding::encode(frames, &["-crf", &CRF.to_string()], Codec::H264, path)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn the_picture_moves_a_little_and_its_edge_stays_out_of_sight() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        // White with a black edge, which must never be seen.
        let mut picture = RgbImage::filled(201, 151, [200; 3]);
        for y in 0..151 {
            for x in 0..201 {
                if x == 0 || y == 0 || x == 200 || y == 150 {
                    picture.pixels[(y * 201 + x) * 3..][..3].fill(0);
                }
            }
        }
        for _ in 0..20 {
            let motion = Motion::draw(&mut rng);
            for i in 0..50 {
                let frame = motion.frame(&picture, i as f32 / FPS);
                assert_eq!((frame.width_px, frame.height_px), (200, 150));
                assert!(frame.pixels.iter().all(|v| *v > 190), "{motion:?} at {i}");
            }
        }
        let spot = RgbImage {
            pixels: (0..100 * 100 * 3).map(|i| if i / 3 % 100 < 50 { 0 } else { 255 }).collect(),
            width_px: 100,
            height_px: 100,
        };
        let motion = Motion::draw(&mut rng);
        assert_ne!(motion.frame(&spot, 0.0), motion.frame(&spot, 0.4), "it moves");
    }
}
