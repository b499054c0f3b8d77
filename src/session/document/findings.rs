//! The findings on a document: faces shown, and the verdict on a video.

use std::sync::Arc;

use super::face::FaceItem;
use super::open::Document;
use crate::base::{FaceFinding, Heatmap, RgbImage};
use crate::pipeline::video::{ClipVerdict, FaceVerdict, clip_verdict};

impl Document {
    /// Forgets what was found: the file may have changed since.
    pub(in crate::session) fn forget_findings(&mut self) {
        (self.report, self.verdict, self.score, self.reason) = (None, None, None, None);
        (self.faces, self.selected_face) = (Vec::new(), None);
    }

    pub(in crate::session) fn heatmaps(&self) -> Vec<Arc<Heatmap>> {
        self.faces.iter().filter_map(|face| Some(Arc::clone(&face.map.as_ref()?.0))).collect()
    }

    pub(in crate::session) fn most_suspicious_face(&self) -> Option<usize> {
        let numbered = self.faces.iter().map(|face| &face.finding).enumerate();
        numbered
            .max_by(|(i, a): &(usize, &FaceFinding), (j, b)| a.compare_suspicion(b).then(j.cmp(i)))
            .map(|(i, _)| i)
    }

    /// Selects a face, or none. What was tried on the others is not looked at any more.
    pub(in crate::session) fn select_face(&mut self, face: Option<usize>) {
        self.selected_face = face.filter(|i| *i < self.faces.len());
        let selected = self.selected_face;
        if let Some(video) = &mut self.video {
            let face = selected.and_then(|i| self.faces.get(i));
            video.selected_track = face.and_then(|face| face.track);
        }
        let others = self.faces.iter_mut().enumerate().filter(|(i, _)| Some(*i) != selected);
        others.for_each(|(_, face)| face.robustness.trial = None);
    }

    /// Adds regions drawn by hand to the faces shown and selects the first of them.
    pub(in crate::session) fn add_regions(&mut self, regions: Vec<FaceItem>) {
        let first_new = self.faces.len();
        self.faces.extend(regions);
        self.selected_face = (first_new < self.faces.len()).then_some(first_new);
    }

    /// The faces of the frame of a video that is shown: those of the tracks, then regions drawn in
    /// it.
    pub(in crate::session) fn show_faces(&mut self) {
        let Some(video) = &self.video else { return };
        let Some(shown) = video.shown else { return };
        let old = std::mem::take(&mut self.faces);
        let nothing = Arc::new(RgbImage::filled(1, 1, [0; 3]));
        for track in &video.tracks {
            let Some(sample) = track.at(shown) else { continue };
            let thumbnail = track.thumbnail.as_ref().unwrap_or(&nothing);
            let mut item = FaceItem::from_sample(sample, track.id, Arc::clone(thumbnail));
            let same = old.iter().find(|face| face.track == Some(track.id));
            if let Some(same) = same.filter(|same| same.finding.score == sample.score) {
                item.robustness = same.robustness.clone();
            }
            self.faces.push(item);
        }
        let regions = video.regions.iter().filter(|(frame, _)| *frame == shown);
        self.faces.extend(regions.map(|(_, region)| region.clone()));
        self.select_track_face();
    }

    /// Selects the face that has the number of the selected track.
    pub(in crate::session) fn select_track_face(&mut self) {
        let selected = self.video.as_ref().and_then(|video| video.selected_track);
        let faces = &self.faces;
        self.selected_face =
            selected.and_then(|id| faces.iter().position(|face| face.track == Some(id)));
    }

    /// Brings the verdict on a video up to date: that of the most suspicious face or region so far.
    pub(in crate::session) fn sum_up_video(&mut self) {
        let Some(video) = &self.video else { return };
        let tracks = video.tracks.iter();
        let tracks = tracks
            .map(|t| FaceVerdict::from_track(&t.samples, t.verdict, t.score, t.reason.as_deref()));
        let regions =
            video.regions.iter().map(|(_, region)| FaceVerdict::from_region(&region.finding));
        (self.verdict, self.score, self.reason) =
            match (clip_verdict(tracks.chain(regions)), &video.report) {
                (Some(ClipVerdict { verdict, score, reason }), _) => (Some(verdict), score, reason),
                (None, Some(report)) => (Some(report.verdict), None, report.reason.clone()),
                (None, None) => (None, None, None),
            };
    }
}
