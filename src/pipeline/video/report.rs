//! The last stage: gathers samples by track and builds the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aggregate::{TrackAggregate, aggregate_intact};
use super::journal::{FrameRecord, Journal};
use super::left_out::{
    damaged_frames, is_large_part, left_out_at_stop, left_out_by_plan, of_damage, of_faces,
    too_small_to_find,
};
use super::plan::{VideoEvent, VideoPlan};
use super::verdict::{ClipVerdict, FaceVerdict, clip_verdict};
use crate::base::text::time_code;
use crate::base::{
    ByteHeatmap, Damage, FaceFinding, FrameTime, NotExamined, Sample, Track, Verdict, VideoReport,
    Warning,
};
use crate::detect::Detector;
use crate::media::video::{SIZE_CHANGES, Video};

/// A frame with all that was found in it.
pub(super) struct ExaminedFrame {
    pub(super) time: FrameTime,
    pub(super) faces: Vec<(u32, FaceFinding)>,
    pub(super) is_cut: bool,
}

/// Gathers samples, cuts and damage, and builds the report of a clip.
pub(super) struct ReportBuilder<'a> {
    video: &'a Video,
    /// Frames to be done, in order.
    planned: &'a [usize],
    done: usize,
    keeps_maps: bool,
    tracks: BTreeMap<u32, Vec<Sample>>,
    cuts: Vec<usize>,
    damage: Vec<Damage>,
    pub(super) warnings: Vec<Warning>,
    pub(super) is_partial: bool,
}

impl<'a> ReportBuilder<'a> {
    pub(super) fn new(video: &'a Video, planned: &'a [usize], keeps_maps: bool) -> Self {
        Self {
            video,
            planned,
            done: 0,
            keeps_maps,
            tracks: BTreeMap::new(),
            cuts: Vec::new(),
            damage: Vec::new(),
            warnings: Vec::new(),
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
            on_event(VideoEvent::Progress { done: self.done, total: self.total(), frame });
        }
    }

    pub(super) fn damage(&mut self, damage: Damage, on_event: &mut dyn FnMut(VideoEvent)) {
        if damage.what == SIZE_CHANGES {
            let at = time_code(damage.t_s);
            self.warnings.push(Warning(format!("behind {at} {}", damage.what)));
            return;
        }
        self.damage.push(damage.clone());
        on_event(VideoEvent::Damage(damage));
    }

    /// Frames done so far.
    pub(super) const fn done(&self) -> usize {
        self.done
    }

    /// Frames to be done.
    pub(super) const fn total(&self) -> usize {
        self.planned.len()
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
        let stretches = damaged_frames(&self.damage, &frames);
        let tracks: Vec<Track> = std::mem::take(&mut self.tracks)
            .into_iter()
            .map(|(id, mut samples)| {
                let TrackAggregate { score, verdict, reason, worst } =
                    aggregate_intact(&mut samples, &stretches, &frames, thresholds);
                Track { id, samples, score, verdict, reason, worst }
            })
            .collect();
        if !plan.plan.regions.is_empty() {
            let what = "regions drawn by hand are not followed through a clip: none was examined";
            self.warnings.push(Warning(what.to_owned()));
        }
        let (mut verdict, score, mut reason) = self.verdict(&tracks);
        let mut not_examined: Vec<NotExamined> =
            left_out_by_plan(plan, self.planned.len(), &frames).into_iter().collect();
        if self.is_partial {
            not_examined.extend(left_out_at_stop(self.done, self.planned, &frames));
        }
        not_examined.extend(self.video.not_examined().iter().cloned());
        not_examined.extend(of_damage(&self.damage, &stretches, &frames));
        not_examined.extend(of_faces(&tracks, &frames));
        let info = self.video.info();
        let longer_px = info.width_px.max(info.height_px);
        not_examined.extend(too_small_to_find(longer_px, plan.plan.min_face_px));
        let n_left_out = self.video.n_unlisted();
        let n_all = frames.len() + n_left_out;
        if verdict == Verdict::NoTraceFound && is_large_part(n_left_out, n_all) {
            verdict = Verdict::Inconclusive;
            reason = Some(format!("{n_left_out} frames were not examined"));
        }
        let is_new = |warning: &&Warning| not_examined.iter().all(|part| part.why != warning.0);
        let of_video = self.video.warnings().iter().filter(is_new).cloned();
        let parts = not_examined.iter().map(|part| Warning(part.to_string()));
        let warnings = of_video.chain(std::mem::take(&mut self.warnings)).chain(parts).collect();
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
            not_examined,
            model: detector.model(),
            engine: detector.engine().clone(),
            elapsed_ms,
            warnings,
        }
    }

    /// Verdict, score and reason of the most suspicious track.
    fn verdict(&self, tracks: &[Track]) -> (Verdict, Option<f32>, Option<String>) {
        let faces = tracks.iter().filter(|t| t.score.is_some());
        let faces = faces
            .map(|t| FaceVerdict::from_track(&t.samples, t.verdict, t.score, t.reason.as_deref()));
        if let Some(ClipVerdict { verdict, score, reason }) = clip_verdict(faces) {
            return (verdict, score, reason);
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
            region: finding.region,
            map: map.map(|map| Arc::new(ByteHeatmap::new(map))),
        };
        (track, sample)
    });
    FrameRecord { frame: index, is_cut: frame.is_cut, samples: samples.collect() }
}
