//! Measuring a finished bundle on photos it never saw, in many conditions.
//!
//! Every forgery method gives the same number of pairs, seen ones and unseen ones alike. Every
//! second pair is *native* (JPEG 90 and nothing else); the others are *varied* as in training, or,
//! where photos have versions that went through video codecs, in turn *coded*: forged in such a
//! version, JPEG 90 and nothing else.
//! Native pairs are also degraded: by each of [`Degradation::UNSEEN`], and once along each [`Axis`]
//! by a random amount. Both partners of a pair always go through the same.
//!
//! The pairs are made on all cores while the detector, which is not for sharing, answers.

use std::sync::mpsc::sync_channel;

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::base::{Frame, Orientation, Phase, Quality, Rect, RgbImage, TaskCtx, Tensor};
use crate::bundle::InputSpec;
use crate::detect::{self, Degradation, Detector};
use crate::prep;
use crate::train::Error;
use crate::train::batch::loader::{self, Framing};
use crate::train::data::Photo;
use crate::train::forge::{Method, PostProcessing};
use crate::train::net::{INPUT_PX, MAP_CELLS};
use crate::train::publish::measured::{Axis, Condition, DetectorOutput, Measured, MeasuredPair};
use crate::train::publish::spoil;
use crate::train::publish::validate::truth_of;

/// Seeds of these pairs begin here; no training seed reaches it.
const SEED: u64 = 0x5eed_0a12;
/// Quality of native pictures, see [`PostProcessing::Native`].
const NATIVE_JPEG: u8 = 90;
/// Kept round the crop of a picture that is to be degraded.
const MARGIN_PX: f32 = 32.0;
/// Pairs made at a time.
const CHUNK: u64 = 8;

/// A pair as the network is to see it.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) condition: Condition,
    /// Real, forged.
    pub(super) inputs: [Vec<f32>; 2],
    qualities: [Quality; 2],
    truth: Vec<Option<bool>>,
}

/// Runs a finished bundle over `pairs_per_method` pairs of every method. `stream` tells the pairs
/// of one split from those of another. `with_unseen_qualities` adds those of the tables.
///
/// # Errors
///
/// Undecodable photos, a failing engine, cancellation.
pub fn measure(
    detector: &mut Detector,
    photos: &[Photo],
    pairs_per_method: u64,
    stream: u64,
    with_unseen_qualities: bool,
    ctx: &TaskCtx<'_>,
) -> Result<Measured, Error> {
    let total = pairs_per_method * Method::ALL.len() as u64;
    let sources = &Sources::from_photos(photos);
    let spec = &detector.card().input.clone();
    let (sender, receiver) = sync_channel::<Result<Vec<Vec<Question>>, Error>>(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let make = |i: u64| {
                let method = Method::ALL[(i / pairs_per_method) as usize % Method::ALL.len()];
                questions(sources, spec, method, (SEED + stream, i), with_unseen_qualities)
            };
            for start in (0..total).step_by(CHUNK as usize) {
                let end = (start + CHUNK).min(total);
                let chunk = (start..end).into_par_iter().map(make).collect::<Result<_, _>>();
                let failed = chunk.is_err();
                if sender.send(chunk).is_err() || failed {
                    return;
                }
            }
        });
        let mut out = Measured::default();
        let mut done = 0;
        // Taken by value: dropped on an early return, so that the other thread ends too.
        for chunk in receiver {
            for questions in chunk? {
                ctx.step(Phase::Evaluating, done, total)?;
                done += 1;
                for question in questions {
                    out.pairs.push(answered(detector, question)?);
                }
            }
        }
        ctx.step(Phase::Evaluating, total, total)?;
        Ok(out)
    })
}

fn answered(detector: &mut Detector, question: Question) -> Result<MeasuredPair, Error> {
    let Question { method, condition, inputs, qualities, truth } = question;
    let keeps_maps = !matches!(condition, Condition::Swept(_));
    let mut ask = |data: Vec<f32>, quality| {
        let n_looks = data.len() / (3 * INPUT_PX * INPUT_PX);
        let shape = vec![n_looks, 3, INPUT_PX, INPUT_PX];
        let raw = detector.raw(&Tensor { shape, data })?;
        let (map, reliability) =
            if keeps_maps { (raw.map, raw.reliability) } else { (Vec::new(), None) };
        let logit = detector.corrected(raw.logit, &quality);
        Ok::<_, Error>(DetectorOutput { logit, map, reliability, quality })
    };
    let [real, forged] = inputs;
    let (real, forged) = (ask(real, qualities[0])?, ask(forged, qualities[1])?);
    Ok(MeasuredPair { method, condition, real, forged, truth })
}

/// Photos, and the same as frames of coded video.
pub(super) struct Sources<'a> {
    plain: &'a [Photo],
    /// By codecs that are trained on, and by others.
    coded: [Vec<Photo>; 2],
}

impl<'a> Sources<'a> {
    pub(super) fn from_photos(plain: &'a [Photo]) -> Self {
        let through = |is_unseen: bool| {
            let version = |photo: &Photo| {
                let versions = photo.versions.as_ref()?;
                let path = if is_unseen {
                    versions.coded_for_measuring().next()?
                } else {
                    versions.coded_for_training().next()?
                };
                // Forged in this very file: its own versions are no matter.
                Some(Photo { path: path.to_owned(), versions: None, ..photo.clone() })
            };
            plain.iter().filter_map(version).collect()
        };
        Self { plain, coded: [through(false), through(true)] }
    }

    /// Photos, their condition and post-processing for a pair.
    fn for_pair(&self, index: u64) -> (&[Photo], Condition, PostProcessing) {
        let coded = |is_unseen: bool| {
            let photos = self.coded[usize::from(is_unseen)].as_slice();
            (photos, Condition::Coded { is_unseen }, PostProcessing::Native)
        };
        match index % 8 {
            3 if !self.coded[0].is_empty() => coded(false),
            7 if !self.coded[1].is_empty() => coded(true),
            i if i % 2 == 0 => (self.plain, Condition::Native, PostProcessing::Native),
            _ => (self.plain, Condition::Varied, PostProcessing::Varied),
        }
    }
}

/// One forgery and its partner in all conditions of its kind, the plain one first.
pub(super) fn questions(
    sources: &Sources<'_>,
    spec: &InputSpec,
    method: Method,
    (seed, index): (u64, u64),
    with_unseen_qualities: bool,
) -> Result<Vec<Question>, Error> {
    let (photos, condition, post) = sources.for_pair(index);
    let (pair, mut rng) = loader::make_pair_with(photos, Some(method), post, seed, index)?;
    let method = pair.method;
    let crop = loader::crop_of(&pair, Framing::Centered, &mut rng);
    let truth = truth_of(&pair.mask.pooled(&crop, MAP_CELLS));
    let ask = |condition, pictures: [&RgbImage; 2], face: &Rect, jpeg: Option<u8>, truth| {
        let asked = pictures.map(|picture| input(picture, face, jpeg, spec));
        let [(real, real_quality), (forged, forged_quality)] = asked;
        let (inputs, qualities) = ([real, forged], [real_quality, forged_quality]);
        Question { method, condition, inputs, qualities, truth }
    };
    let pictures = [&pair.real, &pair.forged];
    if condition != Condition::Native {
        let jpeg = (post == PostProcessing::Native).then_some(NATIVE_JPEG);
        return Ok(vec![ask(condition, pictures, &pair.face, jpeg, truth)]);
    }
    let (_, [x, y]) = detect::cut_around(&pair.real, &crop, MARGIN_PX);
    let face = Rect::new(pair.face.x - x as f32, pair.face.y - y as f32, pair.face.w, pair.face.h);
    let native = pictures.map(|picture| detect::cut_around(picture, &crop, MARGIN_PX).0);
    let after = |spoil: &dyn Fn(&RgbImage) -> RgbImage| [spoil(&native[0]), spoil(&native[1])];
    let mut all = Vec::new();
    let [real, forged] = &native;
    all.push(ask(Condition::Native, [real, forged], &face, Some(NATIVE_JPEG), truth.clone()));
    if with_unseen_qualities {
        for degradation in Degradation::UNSEEN {
            let [real, forged] = after(&|picture| degradation.apply(picture));
            let condition = Condition::Degraded(degradation);
            all.push(ask(condition, [&real, &forged], &face, jpeg_of(degradation), truth.clone()));
        }
    }
    let mut strength = ChaCha8Rng::seed_from_u64(seed ^ 0x57ee);
    strength.set_stream(index);
    for axis in Axis::ALL {
        let (degraded, face, jpeg) = swept(axis, &native, &face, &mut strength);
        let [real, forged] = &degraded;
        all.push(ask(Condition::Swept(axis), [real, forged], &face, jpeg, Vec::new()));
    }
    Ok(all)
}

const fn jpeg_of(degradation: Degradation) -> Option<u8> {
    match degradation {
        Degradation::Jpeg(quality) => Some(quality),
        Degradation::Blur(_) | Degradation::Scale(_) => None,
    }
}

/// Both partners made worse by the same random amount, and where the face then is.
fn swept(
    axis: Axis,
    native: &[RgbImage; 2],
    face: &Rect,
    rng: &mut impl Rng,
) -> ([RgbImage; 2], Rect, Option<u8>) {
    let [real, forged] = native;
    let apply = |degradation: Degradation| {
        let degraded = [degradation.apply(real), degradation.apply(forged)];
        (degraded, *face, jpeg_of(degradation))
    };
    let both = |spoil: &dyn Fn(&RgbImage) -> RgbImage| ([spoil(real), spoil(forged)], *face, None);
    match axis {
        Axis::Size => {
            let wanted = 24.0 * (160.0f32 / 24.0).powf(rng.random());
            let factor = (wanted / face.w.max(face.h)).min(1.0);
            let side = |px: u32| ((px as f32 * factor).round() as u32).max(1);
            let [w, h] = [native[0].width_px, native[0].height_px].map(side);
            let small = |picture: &RgbImage| prep::resample(picture, &picture.bounds(), w, h);
            let (sx, sy) =
                (w as f32 / native[0].width_px as f32, h as f32 / native[0].height_px as f32);
            let face = Rect::new(face.x * sx, face.y * sy, face.w * sx, face.h * sy);
            ([small(&native[0]), small(&native[1])], face, None)
        }
        Axis::Blur if rng.random() => apply(Degradation::Blur(rng.random_range(0.2..4.0))),
        Axis::Blur => apply(Degradation::Scale(rng.random_range(0.2..0.9))),
        Axis::Compression => apply(Degradation::Jpeg(rng.random_range(8..=95))),
        Axis::Noise => {
            let (sigma, seed) = (25.0 * rng.random::<f32>().powi(2), rng.random());
            both(&|picture| spoil::noisy(picture, sigma, seed))
        }
        Axis::Color => {
            let share = if rng.random() { 0.0 } else { rng.random() };
            both(&|picture| spoil::desaturated(picture, share))
        }
        Axis::Shades => {
            let (n, diffuses) = (2.0 * 20.0f32.powf(rng.random()), rng.random());
            let color = if rng.random() { 0.0 } else { 1.0 };
            both(&|picture| {
                spoil::few_shades(&spoil::desaturated(picture, color), n as u32, diffuses)
            })
        }
    }
}

/// What the network is fed, cut out as the detector does it, and the quality of the picture.
fn input(
    picture: &RgbImage,
    face: &Rect,
    jpeg: Option<u8>,
    spec: &InputSpec,
) -> (Vec<f32>, Quality) {
    let looks = detect::prepare_looks(picture, face, spec).map_or_else(Vec::new, |t| t.data);
    let frame = Frame { jpeg_quality: jpeg, ..Frame::new(picture.clone(), Orientation::UPRIGHT) };
    (looks, detect::measure_quality(&frame, face))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_treat_both_partners_alike_and_move_the_face_along() {
        let picture = RgbImage::filled(200, 160, [90; 3]);
        let native = [picture.clone(), picture];
        let face = Rect::new(50.0, 40.0, 100.0, 80.0);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..20 {
            let ([a, b], small, jpeg) = swept(Axis::Size, &native, &face, &mut rng);
            assert_eq!((a.width_px, a.height_px), (b.width_px, b.height_px));
            let factor = a.width_px as f32 / 200.0;
            assert!((small.w - 100.0 * factor).abs() < 0.01 && small.w >= 23.0, "{small:?}");
            assert!(factor <= 1.0 && jpeg.is_none(), "never enlarged");
            let (_, same, jpeg) = swept(Axis::Compression, &native, &face, &mut rng);
            assert!(same == face && jpeg.is_some_and(|q| (8..=95).contains(&q)), "{jpeg:?}");
        }
    }
}
