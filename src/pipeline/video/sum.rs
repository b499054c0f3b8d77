//! The last stage: samples by track, and the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::journal::{Entry, Journal};
use super::{VideoEvent, VideoPlan, settle};
use crate::base::{
    Damage, FaceFinding, FrameTime, Sample, SmallMap, Track, Verdict, VideoReport, Warning,
};
use crate::detect::Detector;
use crate::media::video::Video;

/// A frame with all that was found in it.
pub(super) struct Done {
    pub(super) time: FrameTime,
    pub(super) faces: Vec<(u32, FaceFinding)>,
    pub(super) is_cut: bool,
}

/// Gathers what is found.
pub(super) struct Sum<'a> {
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

impl<'a> Sum<'a> {
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

    /// Takes in frames that were examined now.
    pub(super) fn take(
        &mut self,
        frames: Vec<Done>,
        journal: Option<&mut Journal>,
        on_event: &mut dyn FnMut(VideoEvent),
    ) {
        let entries: Vec<Entry> =
            frames.into_iter().map(|frame| entry(frame, self.keeps_maps)).collect();
        if let Some(journal) = journal {
            journal.write(&entries);
        }
        self.recall(entries, on_event);
    }

    /// Takes in frames that were examined now or before.
    pub(super) fn recall(&mut self, entries: Vec<Entry>, on_event: &mut dyn FnMut(VideoEvent)) {
        let mut news: BTreeMap<u32, Vec<Sample>> = BTreeMap::new();
        let frames: Vec<usize> = entries.iter().map(|entry| entry.frame).collect();
        for entry in entries {
            if entry.is_cut {
                self.cuts.push(entry.frame);
                on_event(VideoEvent::Cut { frame: entry.frame });
            }
            for (track, sample) in entry.samples {
                news.entry(track).or_default().push(sample);
            }
        }
        for (track, samples) in news {
            self.tracks.entry(track).or_default().extend(samples.iter().cloned());
            on_event(VideoEvent::Samples { track, samples });
        }
        // One by one: who listens may want to know which frames they were.
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

    pub(super) fn report(
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
                let said = settle(&samples, &frames, thresholds);
                let settle::Settled { score, verdict, reason, worst } = said;
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
            let what = format!("stream damaged at {}{more}: {}", clock(first.t_s), first.what);
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

    /// That of the most suspicious track.
    fn verdict(&self, tracks: &[Track]) -> (Verdict, Option<f32>, Option<String>) {
        let worst = tracks
            .iter()
            .filter(|t| t.score.is_some())
            .max_by(|a, b| a.weight().against(b.weight()));
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

/// `00:12.3`.
pub(super) fn clock(t_s: f64) -> String {
    let tenths = (t_s * 10.0).round() as u64;
    format!("{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

fn entry(frame: Done, keeps_maps: bool) -> Entry {
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
            map: map.map(|map| Arc::new(SmallMap::new(map))),
        };
        (track, sample)
    });
    Entry { frame: index, is_cut: frame.is_cut, samples: samples.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_said_as_on_a_clock() {
        assert_eq!(clock(12.34), "00:12.3");
        assert_eq!(clock(59.96), "01:00.0");
        assert_eq!(clock(3671.0), "61:11.0");
    }
}
