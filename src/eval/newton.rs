//! Logistic regression on one input, by Newton's method.

use crate::base::sigmoid_f64;

/// One observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labeled {
    pub(super) x: f64,
    /// Probability that it shall have.
    pub(super) target: f64,
    pub(super) weight: f64,
}

/// How a line is searched for.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewtonFit {
    /// Slope and offset to start from. The ridge pulls to them.
    pub(super) start: (f64, f64),
    /// Keeps the Hessian invertible where the classes do not overlap.
    pub(super) ridge: f64,
    /// Least curvature that an observation of weight 1 counts with.
    pub(super) least_curvature: f64,
    /// Longest step of slope and offset: far from the minimum a whole one may overshoot.
    pub(super) longest_step: f64,
    pub(super) max_steps: usize,
    /// The search ends when slope and offset move by less than this together.
    pub(super) tolerance: f64,
}

/// What a search came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct FittedLine {
    pub(super) slope: f64,
    pub(super) offset: f64,
    /// The Hessian could not be inverted at this line.
    pub(super) is_singular: bool,
}

impl NewtonFit {
    /// The line `log odds = slope · x + offset` of least cross-entropy.
    pub(super) fn fit<I: Iterator<Item = Labeled>>(&self, all: impl Fn() -> I) -> FittedLine {
        let (mut a, mut b) = self.start;
        for _ in 0..self.max_steps {
            let (mut ga, mut gb) =
                (self.ridge * (a - self.start.0), self.ridge * (b - self.start.1));
            let (mut haa, mut hab, mut hbb) = (self.ridge, 0.0, self.ridge);
            for Labeled { x, target, weight } in all() {
                let p = sigmoid_f64(a * x + b);
                let g = weight * (p - target);
                let h = weight * (p * (1.0 - p)).max(self.least_curvature);
                ga += g * x;
                gb += g;
                haa += h * x * x;
                hab += h * x;
                hbb += h;
            }
            let det = haa * hbb - hab * hab;
            if det <= 0.0 || !det.is_finite() {
                return FittedLine { slope: a, offset: b, is_singular: true };
            }
            let (da, db) = ((ga * hbb - gb * hab) / det, (gb * haa - ga * hab) / det);
            let step = (self.longest_step / da.abs().max(db.abs()).max(1e-300)).min(1.0);
            a -= da * step;
            b -= db * step;
            if da.abs() + db.abs() < self.tolerance {
                break;
            }
        }
        FittedLine { slope: a, offset: b, is_singular: false }
    }
}
