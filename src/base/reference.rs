//! How a face compares with genuine material that the analyst brings.

use super::text::{counted, percent};

/// A score that more than this share of the genuine faces reach is usual.
const USUAL_SHARE: f64 = 0.05;

/// A questioned face among genuine ones of the same source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceComparison {
    /// Genuine faces.
    pub n_faces: usize,
    /// Files that they come from.
    pub n_files: usize,
    /// Genuine faces with this score or a higher one.
    pub n_as_high: usize,
    /// Genuine faces of whose heat map as large a share is marked, or a larger one.
    pub n_as_marked: usize,
    /// The score that 95 % of the genuine faces stay below.
    pub usual_score: f32,
}

impl ReferenceComparison {
    /// With fewer genuine faces a rank is shown, but no verdict is changed.
    pub const LEAST_FACES: usize = 20;

    /// Whether such a score is usual in this source; `None` where there are too few genuine faces.
    pub fn is_usual(&self) -> Option<bool> {
        (self.n_faces >= Self::LEAST_FACES).then(|| self.share() > USUAL_SHARE)
    }

    fn share(&self) -> f64 {
        self.n_as_high as f64 / self.n_faces.max(1) as f64
    }

    /// One or two sentences, without full stop.
    pub fn sentence(&self) -> String {
        let Self { n_faces, n_files, n_as_high, .. } = *self;
        let of = format!(
            "{n_as_high} of {} from {} known to be genuine score as high or higher",
            counted(n_faces as u64, "face"),
            counted(n_files as u64, "file")
        );
        match self.is_usual() {
            None => format!("{of}; fewer than {} say little", Self::LEAST_FACES),
            Some(true) => {
                format!(
                    "{of} ({}): such scores are usual in this source",
                    percent(self.share() as f32)
                )
            }
            Some(false) => format!(
                "{of}: such a score is not usual in this source. This does not show that the face \
                 was forged"
            ),
        }
    }
}
