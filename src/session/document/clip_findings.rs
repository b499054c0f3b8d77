//! What is found in a clip: tracks, cuts, damage, verdicts. The examine part calls these.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::open::{Document, Picture};
use super::tracks;
#[cfg(test)]
use super::video::FaceTrack;
use super::video::{OpenVideo, Pass};
use crate::base::{Damage, Rect, RgbImage, Sample, VideoReport};
use crate::bundle::Thresholds;
use crate::session::video::clip::Clip;

/// What a pass over a clip has found since the last batch.
#[derive(Debug, Default)]
pub(in crate::session) struct ClipBatch {
    /// The quick look goes on, not the full pass.
    pub(in crate::session) is_quick: bool,
    /// Per track, in frame order.
    pub(in crate::session) samples: BTreeMap<u32, Vec<Sample>>,
    /// Frames that are done.
    pub(in crate::session) examined: Vec<usize>,
    pub(in crate::session) cuts: Vec<usize>,
    pub(in crate::session) damage: Vec<Damage>,
    /// Done and to do.
    pub(in crate::session) progress: Option<(usize, usize)>,
}

impl ClipBatch {
    fn is_about(&self, frame: Option<usize>) -> bool {
        let mut samples = self.samples.values().flatten();
        samples.any(|sample| Some(sample.frame) == frame)
            || self.examined.iter().any(|at| Some(*at) == frame)
    }
}

impl Document {
    /// The clip was opened again; false when it is another one than before, or the first.
    pub(in crate::session) fn reopen_clip(&mut self, clip: &Arc<dyn Clip>) -> bool {
        let known = self.facts.video.as_mut().filter(|old| old.sha256 == clip.sha256());
        known.map(|video| video.reopen(Arc::clone(clip))).is_some()
    }

    /// The file is a clip that was not open before. What was found on the file is forgotten.
    pub(in crate::session) fn show_new_clip(
        &mut self,
        mut video: OpenVideo,
        first_frame: Option<Arc<Picture>>,
        thumbnail: Arc<RgbImage>,
    ) {
        self.forget_findings();
        video.facts.shown = first_frame.is_some().then_some(0);
        self.facts.video = Some(video);
        (self.facts.picture, self.facts.thumbnail) = (first_frame, Some(thumbnail));
    }

    /// The file is no clip that can be read any more.
    pub(in crate::session) fn drop_clip(&mut self) {
        self.facts.video = None;
        self.forget_findings();
    }

    /// Takes in what was found since the last batch.
    pub(in crate::session) fn take_clip_batch(&mut self, batch: ClipBatch) {
        let Some(video) = &mut self.facts.video else { return };
        let is_about_shown = batch.is_about(video.shown);
        video.take_batch(batch);
        if is_about_shown {
            self.show_faces();
        }
    }

    /// Brings the verdicts of tracks that changed up to date; false when there are none.
    pub(in crate::session) fn settle(&mut self, thresholds: Option<&Thresholds>) -> bool {
        let is_settled = self.facts.video.as_mut().is_some_and(|video| video.settle(thresholds));
        if is_settled {
            self.sum_up_video();
        }
        is_settled
    }

    /// Takes in the report at the end of a pass.
    pub(in crate::session) fn take_clip_report(
        &mut self,
        report: Arc<VideoReport>,
        is_quick: bool,
    ) {
        let Some(video) = &mut self.facts.video else { return };
        video.take_report(report, is_quick);
        self.sum_up_video();
        self.show_faces();
    }

    /// Takes in the small picture of a face, unless its number has gone to another face meanwhile.
    pub(in crate::session) fn take_face_thumbnail(
        &mut self,
        track: u32,
        (frame, box_px): (usize, Rect),
        pixels: &Arc<RgbImage>,
    ) {
        let facts = &mut self.facts;
        let tracks = facts.video.iter_mut().flat_map(|video| &mut video.facts.tracks);
        let mut own = tracks
            .filter(|t| t.id == track && t.at(frame).is_some_and(|s| s.face.box_px == box_px));
        let Some(own) = own.next() else { return };
        (own.thumbnail, own.thumbnail_frame) = (Some(Arc::clone(pixels)), Some(frame));
        let faces = facts.faces.iter_mut().filter(|face| face.track == Some(track));
        faces.for_each(|face| face.thumbnail = Arc::clone(pixels));
    }
}

impl OpenVideo {
    /// The tracks are known without an examination.
    #[cfg(test)]
    pub(in crate::session) fn set_tracks(&mut self, tracks: Vec<FaceTrack>) {
        self.facts.tracks = tracks;
    }

    /// What is known stays until a pass that begins anew replaces it.
    pub(super) fn wait_for_new_pass(&mut self) {
        tracks::make_stale(&mut self.facts.tracks);
        (self.facts.pass, self.facts.progress) = (Pass::Waiting, None);
    }

    pub(super) fn begin_full_pass(&mut self) {
        tracks::make_stale(&mut self.facts.tracks);
        self.facts.pass = Pass::Full;
    }

    /// The full pass waits again.
    pub(super) const fn give_way(&mut self) {
        self.facts.pass = Pass::QuickDone;
    }

    pub(super) const fn stop_pass(&mut self) {
        self.facts.pass = Pass::Stopped;
    }

    fn take_batch(&mut self, batch: ClipBatch) {
        let ClipBatch { is_quick, samples, examined, cuts, damage, progress } = batch;
        let facts = &mut self.facts;
        facts.pass = if is_quick { Pass::Quick } else { Pass::Full };
        facts.progress = progress.or(facts.progress);
        let selected = &mut facts.selected_track;
        let mut changed = tracks::add(&mut facts.tracks, selected, is_quick, samples);
        for frame in &examined {
            if let Some(is_done) = facts.examined.get_mut(*frame) {
                *is_done = true;
            }
        }
        if let (false, Some(last)) = (is_quick, examined.iter().max())
            && tracks::pass_over(&mut facts.tracks, *last)
        {
            changed = facts.tracks.iter().map(|track| track.id).collect();
        }
        let is_known = |id: &u32| facts.tracks.iter().any(|track| track.id == *id);
        facts.selected_track = facts.selected_track.filter(is_known);
        facts.cuts.extend(cuts);
        facts.cuts.sort_unstable();
        facts.cuts.dedup();
        for damage in damage {
            if !facts.damage.contains(&damage) {
                facts.damage.push(damage);
                changed = facts.tracks.iter().map(|track| track.id).collect();
            }
        }
        self.unsettled.extend(changed);
    }

    fn settle(&mut self, thresholds: Option<&Thresholds>) -> bool {
        let unsettled = std::mem::take(&mut self.unsettled);
        let facts = &mut self.facts;
        let changed = facts.tracks.iter_mut().filter(|track| unsettled.contains(&track.id));
        let clip = (&facts.damage[..], &facts.frames[..]);
        changed.for_each(|track| tracks::settle(track, clip, thresholds));
        !unsettled.is_empty()
    }

    /// A report replaces what is known. That of a stopped pass says nothing of frames behind the stop,
    /// so what is known of those stays.
    fn take_report(&mut self, report: Arc<VideoReport>, is_quick: bool) {
        let facts = &mut self.facts;
        facts.pass = match (report.is_partial, is_quick) {
            (true, _) => Pass::Stopped,
            (false, true) => Pass::QuickDone,
            (false, false) => Pass::Done,
        };
        if !report.is_partial {
            self.unsettled.clear();
            let selected = &mut facts.selected_track;
            facts.tracks = tracks::from_report(&report.tracks, &facts.tracks, selected, is_quick);
            facts.cuts.clone_from(&report.cuts);
            facts.damage.clone_from(&report.damage);
            if !is_quick {
                facts.progress = None;
            }
        }
        facts.has_quick_look |= is_quick && !report.is_partial;
        facts.report = Some(report);
        let selected = self.selected_track.or_else(|| self.most_suspicious());
        self.facts.selected_track = selected;
    }
}
