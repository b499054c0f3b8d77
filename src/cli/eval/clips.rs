//! Figures of clips: the verdicts on whole files, as a user reads them.

use std::collections::BTreeMap;
use std::path::Path;

use super::figures::round;
use crate::base::{TaskCtx, Verdict};
use crate::eval::{Scored, roc_auc};
use crate::media::video::{Video, VideoLimits};
use crate::pipeline::Stages;
use crate::pipeline::video::{VideoPlan, examine_video};

/// Verdicts on clips of one set.
#[derive(Debug, Default)]
pub(super) struct ClipResults {
    scored: Vec<Scored>,
    /// By forged or not: the verdicts.
    verdicts: Vec<(bool, Verdict)>,
    n_frames: usize,
}

impl ClipResults {
    /// Examines every frame of a clip.
    pub(super) fn examine(
        &mut self,
        stages: &mut Stages,
        path: &Path,
        is_forged: bool,
        ctx: &TaskCtx<'_>,
    ) -> anyhow::Result<()> {
        let silent = TaskCtx { cancel: ctx.cancel.clone(), ..TaskCtx::silent() };
        let video = Video::open(path, &VideoLimits::default(), &silent)?;
        let report = examine_video(stages, &video, &VideoPlan::default(), &mut |_| {}, &silent)?;
        self.n_frames += report.frames_examined;
        self.verdicts.push((is_forged, report.verdict));
        self.scored.extend(report.score.map(|score| Scored { score, forged: is_forged }));
        Ok(())
    }

    /// Rates count verdicts: a clip beyond a limit of the detector's test is inconclusive whatever its
    /// score. Those that could not be examined are in no rate.
    pub(super) fn figures(&self) -> BTreeMap<String, f64> {
        let n = |is_forged: bool, verdict: Option<Verdict>| {
            let is_counted = |(forged, found): &&(bool, Verdict)| {
                *forged == is_forged
                    && verdict.map_or(*found != Verdict::NotExamined, |v| *found == v)
            };
            self.verdicts.iter().filter(is_counted).count() as f64
        };
        let (n_real, n_forged) = (n(false, None), n(true, None));
        let not_examined = self.verdicts.len() as f64 - n_real - n_forged;
        let pairs = [
            ("n_real", n_real),
            ("n_forged", n_forged),
            ("not_examined", not_examined),
            ("frames", self.n_frames as f64),
            ("auc", roc_auc(&self.scored)),
            ("false_positive_rate", n(false, Some(Verdict::TracesFound)) / n_real),
            ("detection_rate", n(true, Some(Verdict::TracesFound)) / n_forged),
            ("miss_rate", n(true, Some(Verdict::NoTraceFound)) / n_forged),
        ];
        pairs.map(|(name, value)| (name.to_owned(), round(value))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_count_verdicts_of_what_was_examined() {
        let verdicts = vec![
            (false, Verdict::TracesFound),
            (false, Verdict::Inconclusive),
            (false, Verdict::NoTraceFound),
            (false, Verdict::NoTraceFound),
            (false, Verdict::NotExamined),
            (true, Verdict::TracesFound),
            (true, Verdict::NoTraceFound),
        ];
        let figures = ClipResults { verdicts, ..ClipResults::default() }.figures();
        let names = [
            "n_real",
            "n_forged",
            "not_examined",
            "false_positive_rate",
            "detection_rate",
            "miss_rate",
        ];
        assert_eq!(names.map(|name| figures[name]), [4.0, 2.0, 1.0, 0.25, 0.5, 0.5]);
    }
}
