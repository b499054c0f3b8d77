//! The findings on a document: faces shown, and the verdict. The examine part calls these.

use std::sync::Arc;

use super::face::{FaceItem, Robustness};
use super::open::Document;
use crate::base::{FaceFinding, Heatmap, MediaReport, Reconstruction, RgbImage};
use crate::pipeline::video::{ClipVerdict, FaceVerdict, clip_verdict};
use crate::pipeline::{self, Plan};

impl Document {
    /// Forgets what was found: the file may have changed since.
    pub(super) fn forget_findings(&mut self) {
        let facts = &mut self.facts;
        (facts.report, facts.verdict, facts.score, facts.reason) = (None, None, None, None);
        (facts.faces, facts.selected_face) = (Vec::new(), None);
    }

    /// Takes in the report on a still.
    pub(in crate::session) fn take_report(
        &mut self,
        report: Arc<MediaReport>,
        faces: Vec<FaceItem>,
    ) {
        let facts = &mut self.facts;
        (facts.verdict, facts.score) = (Some(report.verdict), report.score);
        facts.reason.clone_from(&report.reason);
        facts.faces = faces;
        facts.report = Some(report);
        self.facts.selected_face = self.most_suspicious_face();
    }

    pub(in crate::session) fn heatmaps(&self) -> Vec<Arc<Heatmap>> {
        self.faces.iter().filter_map(|face| Some(Arc::clone(&face.map.as_ref()?.0))).collect()
    }

    fn most_suspicious_face(&self) -> Option<usize> {
        let numbered = self.faces.iter().map(|face| &face.finding).enumerate();
        numbered
            .max_by(|(i, a): &(usize, &FaceFinding), (j, b)| a.compare_suspicion(b).then(j.cmp(i)))
            .map(|(i, _)| i)
    }

    /// Selects a face, or none. What was tried on the others is not looked at any more.
    pub(in crate::session) fn select_face(&mut self, face: Option<usize>) {
        let facts = &mut self.facts;
        let selected = face.filter(|i| *i < facts.faces.len());
        facts.selected_face = selected;
        if let Some(video) = &mut facts.video {
            let face = selected.and_then(|i| facts.faces.get(i));
            video.facts.selected_track = face.and_then(|face| face.track);
        }
        let others = facts.faces.iter_mut().enumerate().filter(|(i, _)| Some(*i) != selected);
        others.for_each(|(_, face)| face.robustness.trial = None);
    }

    /// Selects the face of a clip that has this number, or none.
    pub(in crate::session) fn select_track(&mut self, track: Option<u32>) {
        if let Some(video) = &mut self.facts.video {
            video.facts.selected_track = track;
        }
        self.select_track_face();
    }

    /// Takes in regions drawn by hand, and examined: of a clip in this frame.
    pub(in crate::session) fn take_regions(
        &mut self,
        frame: Option<usize>,
        regions: Vec<FaceItem>,
    ) {
        if let Some(frame) = frame {
            let is_shown = self.shown_frame() == Some(frame);
            let Some(video) = &mut self.facts.video else { return };
            video.regions.extend(regions.iter().cloned().map(|region| (frame, region)));
            if is_shown {
                self.show_regions(regions);
            }
            return self.sum_up_video();
        }
        self.show_regions(regions);
        let findings: Vec<FaceFinding> = self.faces.iter().map(|f| f.finding.clone()).collect();
        let summary = pipeline::summarize(&findings, &Plan::default());
        let facts = &mut self.facts;
        facts.verdict = Some(summary.verdict);
        (facts.score, facts.reason) = (summary.score, summary.reason);
        if self.is_idle() {
            self.finish();
        }
    }

    /// Adds regions drawn by hand to the faces shown and selects the first of them.
    fn show_regions(&mut self, regions: Vec<FaceItem>) {
        let facts = &mut self.facts;
        let first_new = facts.faces.len();
        facts.faces.extend(regions);
        facts.selected_face = (first_new < facts.faces.len()).then_some(first_new);
    }

    /// What is tried on a face.
    pub(in crate::session) fn robustness_mut(
        &mut self,
        face_idx: usize,
    ) -> Option<&mut Robustness> {
        Some(&mut self.facts.faces.get_mut(face_idx)?.robustness)
    }

    /// Makes the residuals shown anew, as `residual` does.
    pub(in crate::session) fn replace_residuals(
        &mut self,
        residual: impl Fn(&Reconstruction) -> Arc<RgbImage>,
    ) {
        for face in &mut self.facts.faces {
            if let (Some(patch), Some(known)) = (&mut face.patch, &face.finding.reconstruction) {
                patch.residual = residual(known);
            }
        }
    }

    /// The faces of the frame of a video that is shown: those of the tracks, then regions drawn in
    /// it.
    pub(super) fn show_faces(&mut self) {
        let facts = &mut self.facts;
        let Some(video) = &facts.video else { return };
        let Some(shown) = video.shown else { return };
        let old = std::mem::take(&mut facts.faces);
        let nothing = Arc::new(RgbImage::filled(1, 1, [0; 3]));
        for track in &video.tracks {
            let Some(sample) = track.at(shown) else { continue };
            let thumbnail = track.thumbnail.as_ref().unwrap_or(&nothing);
            let mut item = FaceItem::from_sample(sample, track.id, Arc::clone(thumbnail));
            let same = old.iter().find(|face| face.track == Some(track.id));
            if let Some(same) = same.filter(|same| same.finding.score == sample.score) {
                item.robustness = same.robustness.clone();
            }
            facts.faces.push(item);
        }
        let regions = video.regions.iter().filter(|(frame, _)| *frame == shown);
        facts.faces.extend(regions.map(|(_, region)| region.clone()));
        self.select_track_face();
    }

    /// Selects the face that has the number of the selected track.
    fn select_track_face(&mut self) {
        let selected = self.video.as_ref().and_then(|video| video.selected_track);
        let is_selected = |face: &FaceItem| selected.is_some() && face.track == selected;
        self.facts.selected_face = self.faces.iter().position(is_selected);
    }

    /// Brings the verdict on a video up to date: that of the most suspicious face or region so far.
    pub(super) fn sum_up_video(&mut self) {
        let facts = &mut self.facts;
        let Some(video) = &facts.video else { return };
        let tracks = video.tracks.iter();
        let tracks = tracks
            .map(|t| FaceVerdict::from_track(&t.samples, t.verdict, t.score, t.reason.as_deref()));
        let regions =
            video.regions.iter().map(|(_, region)| FaceVerdict::from_region(&region.finding));
        (facts.verdict, facts.score, facts.reason) =
            match (clip_verdict(tracks.chain(regions)), &video.report) {
                (Some(ClipVerdict { verdict, score, reason }), _) => (Some(verdict), score, reason),
                (None, Some(report)) => (Some(report.verdict), None, report.reason.clone()),
                (None, None) => (None, None, None),
            };
    }
}
