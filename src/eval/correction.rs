//! Fits how the quality of a picture moves a detector's logits.

use crate::base::{Quality, sigmoid_f64};
use crate::bundle::{Correction, N_MEASURES};

/// Slope, offset, and one of each for every measure.
const N: usize = 2 + 2 * N_MEASURES;
/// Pulls the weights of the measures to zero, per mean observation.
const RIDGE: f64 = 2e-3;
const STEPS: usize = 40;

/// A raw logit with the quality of its picture.
#[derive(Debug, Clone, Copy)]
pub struct Observed {
    /// As the network gave it.
    pub logit: f32,
    /// What was measured of its picture.
    pub quality: Quality,
    /// Whether it shows a forgery.
    pub forged: bool,
}

/// Logistic regression of forged or not on the logit, the measures, and their products.
///
/// By Newton's method. Forgeries and reals must be as many in every quality, or the correction
/// would learn which qualities forgeries have. `None` where nothing can be fitted.
pub fn fit_correction(observed: &[Observed]) -> Option<Correction> {
    let n = observed.len() as f64;
    let both = [true, false].iter().all(|wanted| observed.iter().any(|o| o.forged == *wanted));
    if !both || observed.len() < 10 * N {
        return None;
    }
    let mut weights = [0.0f64; N];
    weights[0] = 1.0;
    for _ in 0..STEPS {
        let mut gradient = [0.0; N];
        let mut hessian = [[0.0; N]; N];
        for i in 2..N {
            gradient[i] = RIDGE * weights[i];
            hessian[i][i] = RIDGE;
        }
        for o in observed {
            let x = row(o);
            let z: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let p = sigmoid_f64(z);
            let residual = (p - f64::from(u8::from(o.forged))) / n;
            let curvature = (p * (1.0 - p)).max(1e-9) / n;
            for i in 0..N {
                gradient[i] += residual * x[i];
                for j in 0..=i {
                    hessian[i][j] += curvature * x[i] * x[j];
                }
            }
        }
        let step = solved(&mut hessian, gradient)?;
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let scale = (1.0 / longest.max(1e-12)).min(1.0);
        for (w, s) in weights.iter_mut().zip(step) {
            *w -= scale * s;
        }
        if longest < 1e-9 {
            break;
        }
    }
    // In units of the logit: what is left over is scale and offset, which Platt scaling fits.
    let scale = weights[0].max(1e-3);
    let part = |first: usize| std::array::from_fn(|i| (weights[first + i] / scale) as f32);
    Some(Correction { offset: part(2), slope: part(2 + N_MEASURES) }).filter(Correction::is_finite)
}

fn row(o: &Observed) -> [f64; N] {
    let (logit, measures) = (f64::from(o.logit), Correction::measures(&o.quality));
    let mut x = [0.0; N];
    (x[0], x[1]) = (logit, 1.0);
    for (i, m) in measures.into_iter().map(f64::from).enumerate() {
        (x[2 + i], x[2 + N_MEASURES + i]) = (m, m * logit);
    }
    x
}

/// Cholesky decomposition of the lower triangle, in place; `None` where it is not positive
/// definite.
fn solved(a: &mut [[f64; N]; N], mut b: [f64; N]) -> Option<[f64; N]> {
    for i in 0..N {
        for j in 0..=i {
            let sum: f64 = a[i][j] - (0..j).map(|k| a[i][k] * a[j][k]).sum::<f64>();
            if i == j {
                a[i][i] = (sum > 0.0).then(|| sum.sqrt())?;
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
    }
    for i in 0..N {
        b[i] = (b[i] - (0..i).map(|k| a[i][k] * b[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..N).rev() {
        b[i] = (b[i] - (i + 1..N).map(|k| a[k][i] * b[k]).sum::<f64>()) / a[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::eval::{Scored, roc_auc};

    /// Blur lowers every logit and brings both classes together.
    fn blurred(n: usize, seed: u64) -> Vec<Observed> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|i| {
                let (forged, blur) = (i % 2 == 0, rng.random_range(0.2..0.7f32));
                let quality = Quality {
                    face_px: 120.0,
                    blur,
                    blockiness: 0.1,
                    noise: 1.7,
                    color: 30.0,
                    shades: 90.0,
                    jpeg: None,
                };
                let noise: f32 = (0..4).map(|_| rng.random_range(-1.0..1.0f32)).sum();
                let sign = if forged { 1.0 } else { -1.0 };
                let logit = sign * (1.5 - 1.5 * (blur - 0.4)) + noise - 8.0 * (blur - 0.4);
                Observed { logit, quality, forged }
            })
            .collect()
    }

    #[test]
    fn an_offset_that_blur_brings_is_found_and_taken_out() {
        let correction = fit_correction(&blurred(4000, 1)).unwrap();
        let test = blurred(2000, 2);
        let auc = |score: &dyn Fn(&Observed) -> f32| {
            let all = test.iter().map(|o| Scored { score: score(o), forged: o.forged });
            roc_auc(&all.collect::<Vec<_>>())
        };
        let (before, after) = (auc(&|o| o.logit), auc(&|o| correction.apply(o.logit, &o.quality)));
        assert!(after > before + 0.08, "{before} {after}");
        assert!(correction.offset[1] > 0.5, "blur is answered by an offset: {correction:?}");
    }

    #[test]
    fn too_little_gives_no_correction() {
        assert_eq!(fit_correction(&blurred(100, 3)), None);
        let reals: Vec<_> = blurred(1000, 4).into_iter().filter(|o| !o.forged).collect();
        assert_eq!(fit_correction(&reals), None);
    }
}
