//! The last stage: gathers samples by track and builds the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aggregate::{TrackAggregate, aggregate};
use super::journal::{FrameRecord, Journal};
use super::plan::{VideoEvent, VideoPlan};
use crate::base::{
    ByteHeatmap, Damage, FaceFinding, FrameTime, Sample, Track, Verdict, VideoReport, Warning, text,
};
use crate::detect::Detector;
use crate::media::video::Video;

/// A frame with all that was found in it.
pub(super) struct ExaminedFrame {
    pub(super) time: FrameTime,
    pub(super) faces: Vec<(u32, FaceFinding)>,
    pub(super) is_cut: bool,
}

/// Gathers samples, cuts and damage, and builds the report of a clip.
pub(super) struct ReportBuilder<'a> {
    video: &'a Video,
    total: usize,
    done: usize,
    keeps_maps: bool,
    tracks: BTreeMap<u32, Vec<Sample>>,
    cuts: Vec<usize>,
    damage: Vec<Damage>,
    pub(super) warnings: Vec<Warning>,
    pub(super) is_partial: bool,
}

impl<'a> ReportBuilder<'a> {
    pub(super) fn new(video: &'a Video, total: usize, keeps_maps: bool) -> Self {
        Self {
            video,
            total,
            done: 0,
            keeps_maps,
            tracks: BTreeMap::new(),
            cuts: Vec::new(),
            damage: Vec::new(),
            warnings: video.warnings().to_vec(),
            is_partial: false,
        }
    }

    /// Adds newly examined frames, also to the journal.
    pub(super) fn add_examined(
        &mut self,
        frames: Vec<ExaminedFrame>,
        journal: Option<&mut Journal>,
        on_event: &mut dyn FnMut(VideoEvent),
    ) {
        let records: Vec<FrameRecord> =
            frames.into_iter().map(|frame| record(frame, self.keeps_maps)).collect();
        if let Some(journal) = journal {
            journal.write(&records);
        }
        self.add_records(records, on_event);
    }

    /// Adds frames examined now or in an earlier run.
    pub(super) fn add_records(
        &mut self,
        records: Vec<FrameRecord>,
        on_event: &mut dyn FnMut(VideoEvent),
    ) {
        let mut new_samples: BTreeMap<u32, Vec<Sample>> = BTreeMap::new();
        let frames: Vec<usize> = records.iter().map(|record| record.frame).collect();
        for record in records {
            if record.is_cut {
                self.cuts.push(record.frame);
                on_event(VideoEvent::Cut { frame: record.frame });
            }
            for (track, sample) in record.samples {
                new_samples.entry(track).or_default().push(sample);
            }
        }
        for (track, samples) in new_samples {
            self.tracks.entry(track).or_default().extend(samples.iter().cloned());
            on_event(VideoEvent::Samples { track, samples });
        }
        // One event a frame: listeners count frames by their index.
        for frame in frames {
            self.done += 1;
            on_event(VideoEvent::Progress { done: self.done, total: self.total, frame });
        }
    }

    pub(super) fn damage(&mut self, damage: Damage, on_event: &mut dyn FnMut(VideoEvent)) {
        self.damage.push(damage.clone());
        on_event(VideoEvent::Damage(damage));
    }

    /// Frames done so far.
    pub(super) const fn done(&self) -> usize {
        self.done
    }

    /// Frames to be done.
    pub(super) const fn total(&self) -> usize {
        self.total
    }

    /// Aggregates the tracks into the report.
    pub(super) fn build(
        mut self,
        detector: &Detector,
        plan: &VideoPlan,
        elapsed_ms: u64,
    ) -> VideoReport {
        let frames = Arc::clone(self.video.frames());
        let thresholds = detector.thresholds();
        let tracks: Vec<Track> = std::mem::take(&mut self.tracks)
            .into_iter()
            .map(|(id, samples)| {
                let TrackAggregate { score, verdict, reason, worst } =
                    aggregate(&samples, &frames, thresholds);
                Track { id, samples, score, verdict, reason, worst }
            })
            .collect();
        if !plan.plan.regions.is_empty() {
            let what = "regions drawn by hand are not followed through a clip: none was examined";
            self.warnings.push(Warning(what.to_owned()));
        }
        if let Some(first) = self.damage.first() {
            let more = match self.damage.len() {
                1 => String::new(),
                n => format!(", and in {} more places", n - 1),
            };
            let what =
                format!("stream damaged at {}{more}: {}", text::time_code(first.t_s), first.what);
            self.warnings.push(Warning(what));
        }
        let (verdict, score, reason) = self.verdict(&tracks);
        VideoReport {
            sha256: self.video.sha256().to_owned(),
            info: Some(self.video.info().clone()),
            frames,
            verdict,
            score,
            reason,
            tracks,
            cuts: self.cuts,
            frames_examined: self.done,
            is_quick: plan.is_quick,
            is_partial: self.is_partial,
            damage: self.damage,
            model: detector.model(),
            engine: detector.engine().clone(),
            elapsed_ms,
            warnings: self.warnings,
        }
    }

    /// Verdict, score and reason of the most suspicious track.
    fn verdict(&self, tracks: &[Track]) -> (Verdict, Option<f32>, Option<String>) {
        let worst = tracks
            .iter()
            .filter(|t| t.score.is_some())
            .max_by(|a, b| a.suspicion().compare(b.suspicion()));
        if let Some(worst) = worst {
            return (worst.verdict, worst.score, worst.reason.clone());
        }
        let n = self.done;
        let reason = match (tracks.first(), n) {
            (_, 0) if self.is_partial => "stopped before a frame was examined".to_owned(),
            (_, 0) => "no frame could be examined".to_owned(),
            (None, 1) => "no face was found in the one frame examined".to_owned(),
            (None, _) => format!("no face was found in {n} frames"),
            (Some(track), _) => track.reason.clone().unwrap_or_default(),
        };
        (Verdict::NotExamined, None, Some(reason))
    }
}

fn record(frame: ExaminedFrame, keeps_maps: bool) -> FrameRecord {
    let index = frame.time.index;
    let samples = frame.faces.into_iter().map(|(track, finding)| {
        let map = finding.heatmap.as_ref().filter(|_| keeps_maps);
        let sample = Sample {
            frame: index,
            face: finding.face,
            score: finding.score,
            verdict: finding.verdict,
            reason: finding.reason,
            caveats: finding.caveats,
            map: map.map(|map| Arc::new(ByteHeatmap::new(map))),
        };
        (track, sample)
    });
    FrameRecord { frame: index, is_cut: frame.is_cut, samples: samples.collect() }
}
