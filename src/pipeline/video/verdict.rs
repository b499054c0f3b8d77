//! The verdict on a clip: that of its most suspicious face or region.

use crate::base::{FaceFinding, MIN_DEFINITE_FRAMES, Sample, TrackSuspicion, Verdict, n_examined};

/// The verdict on one face or region of a clip.
#[derive(Debug, Clone, Copy)]
pub struct FaceVerdict<'a> {
    suspicion: TrackSuspicion,
    verdict: Verdict,
    score: Option<f32>,
    reason: Option<&'a str>,
}

impl<'a> FaceVerdict<'a> {
    pub fn from_track(
        samples: &[Sample],
        verdict: Verdict,
        score: Option<f32>,
        reason: Option<&'a str>,
    ) -> Self {
        let suspicion = TrackSuspicion::new(n_examined(samples), verdict, score);
        Self { suspicion, verdict, score, reason }
    }

    /// That of a region drawn by hand in one frame. A person asked for it, so it counts like a face
    /// that lasts.
    pub fn from_region(finding: &'a FaceFinding) -> Self {
        let FaceFinding { verdict, score, .. } = *finding;
        let suspicion = TrackSuspicion::new(MIN_DEFINITE_FRAMES, verdict, score);
        Self { suspicion, verdict, score, reason: finding.reason.as_deref() }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClipVerdict {
    /// That of the most suspicious face.
    pub verdict: Verdict,
    pub score: Option<f32>,
    /// Why it was not examined, or why no more is said of it.
    pub reason: Option<String>,
}

/// The verdict on a clip with these faces; `None` when there is none.
pub fn clip_verdict<'a>(faces: impl Iterator<Item = FaceVerdict<'a>>) -> Option<ClipVerdict> {
    let worst = faces.max_by(|a, b| a.suspicion.compare(b.suspicion))?;
    let FaceVerdict { verdict, score, reason, .. } = worst;
    Some(ClipVerdict { verdict, score, reason: reason.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(n: usize, verdict: Verdict, score: f32, samples: &mut Vec<Sample>) -> FaceVerdict<'_> {
        samples.resize_with(n, || Sample {
            frame: 0,
            face: crate::base::Face {
                box_px: crate::base::Rect::new(0.0, 0.0, 1.0, 1.0),
                landmarks: None,
                confidence: 1.0,
                origin: crate::base::FaceOrigin::Found,
            },
            score: Some(score),
            verdict,
            reason: None,
            caveats: Vec::new(),
            region: None,
            map: None,
        });
        FaceVerdict::from_track(samples, verdict, Some(score), Some("why"))
    }

    #[test]
    fn the_most_suspicious_face_decides_and_a_brief_one_does_not_outweigh_a_lasting_one() {
        let n = MIN_DEFINITE_FRAMES;
        let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
        let faces = [
            track(n, Verdict::NoTraceFound, 0.1, &mut a),
            track(n, Verdict::TracesFound, 0.8, &mut b),
            track(1, Verdict::TracesFound, 0.9, &mut c),
        ];
        let clip = clip_verdict(faces.into_iter()).unwrap();
        assert_eq!((clip.verdict, clip.score), (Verdict::TracesFound, Some(0.8)));
        assert_eq!(clip.reason.as_deref(), Some("why"));
        assert_eq!(clip_verdict(std::iter::empty()), None);
    }
}
