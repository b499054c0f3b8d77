//! What results of clips do to documents: tracks, verdicts, how far a pass is.

use std::sync::Arc;
use std::time::Instant;

use super::error::ExamineError;
use super::prepare;
use super::progress_batch::Batch;
use super::queue::{ExamineQueue, StopReason};
use super::tracks;
use crate::base::{RgbImage, VideoReport};
use crate::session::document::id::DocumentId;
use crate::session::document::open::{Document, DocumentState, Picture};
use crate::session::document::video::{OpenVideo, Pass};
use crate::session::request::Request;
use crate::session::video::clip::Clip;
use crate::session::workspace::Workspace;

/// After verdicts were brought up to date, this many times as long is spent on other things.
const SETTLING_PAUSE: u32 = 20;

/// A clip was opened: for the first time, or again.
pub(super) fn take_in_clip(
    ws: &mut Workspace,
    id: DocumentId,
    clip: Arc<dyn Clip>,
    first_frame: Option<Arc<Picture>>,
) {
    let Some(document) = ws.documents.get_mut(id) else { return };
    let known = document.video.take().filter(|old| old.sha256 == clip.sha256());
    let is_known = known.is_some();
    let video = match known {
        Some(mut video) => {
            tracks::make_stale(&mut video.tracks);
            Some(video.reopened(clip))
        }
        None => OpenVideo::new(clip),
    };
    let Some(video) = video else { return };
    document.video = Some(video);
    if !is_known {
        show_new_clip(document, first_frame);
        ws.drop_misfit_masks(id, true);
    }
    ws.request(Request::ClipOpened(id));
}

fn show_new_clip(document: &mut Document, first_frame: Option<Arc<Picture>>) {
    document.forget_findings();
    document.thumbnail = Some(match &first_frame {
        Some(picture) => prepare::picture_thumbnail(picture),
        None => Arc::new(RgbImage::filled(1, 1, [0; 3])),
    });
    if let Some(video) = &mut document.video {
        video.shown = first_frame.is_some().then_some(0);
    }
    document.picture = first_frame;
}

impl ExamineQueue {
    /// Takes in what was found since the last batch.
    pub(super) fn take_in_batch(&mut self, ws: &mut Workspace, id: DocumentId, batch: Batch) {
        let Some(document) = ws.documents.get_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        let shown = video.shown;
        let is_about_shown = batch.samples.values().flatten().any(|s| Some(s.frame) == shown)
            || batch.examined.iter().any(|frame| Some(*frame) == shown);
        video.pass = if batch.is_quick { Pass::Quick } else { Pass::Full };
        add_batch(video, batch);
        self.settle(ws, false);
        if is_about_shown && let Some(document) = ws.documents.get_mut(id) {
            document.show_faces();
        }
    }

    /// Brings the verdicts of tracks that changed up to date, unless that was done a moment ago.
    fn settle(&mut self, ws: &mut Workspace, is_last: bool) {
        let start = Instant::now();
        if !is_last && self.next_settling.is_some_and(|from| start < from) {
            return;
        }
        let thresholds = ws.thresholds();
        let mut settled = Vec::new();
        for document in ws.documents.iter_mut() {
            let Some(video) = &mut document.video else { continue };
            let unsettled = video.take_unsettled();
            if unsettled.is_empty() {
                continue;
            }
            let changed = video.tracks.iter_mut().filter(|track| unsettled.contains(&track.id));
            changed.for_each(|track| tracks::settle(track, &video.frames, thresholds.as_ref()));
            document.sum_up_video();
            settled.push(document.id);
        }
        if settled.is_empty() {
            return;
        }
        for id in settled {
            ws.request(Request::MakeFaceThumbnails(id));
        }
        self.next_settling = Some(Instant::now() + start.elapsed() * SETTLING_PAUSE);
    }

    /// Takes in the report at the end of a pass.
    pub(super) fn take_in_clip_report(
        &mut self,
        ws: &mut Workspace,
        id: DocumentId,
        report: Arc<VideoReport>,
        is_quick: bool,
    ) {
        if report.is_partial {
            self.settle(ws, true);
        }
        let Some(document) = ws.documents.get_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        take_report(video, report, is_quick);
        document.sum_up_video();
        document.show_faces();
        ws.request(Request::MakeFaceThumbnails(id));
    }

    /// The end of a job on a clip; false when the job is none of a clip, or left no clip.
    pub(super) fn finish_clip_job(
        &mut self,
        ws: &mut Workspace,
        id: DocumentId,
        result: &Result<(), ExamineError>,
        stop: Option<StopReason>,
    ) -> bool {
        self.settle(ws, true);
        let Some(document) = ws.documents.get_mut(id) else { return false };
        let was_examining = document.state == DocumentState::Working;
        let Some(video) = document.video.as_mut().filter(|_| was_examining) else { return false };
        match result {
            Ok(()) if video.pass == Pass::Done => document.state = DocumentState::Done,
            Ok(()) | Err(ExamineError::Cancelled(_)) if stop == Some(StopReason::GaveWay) => {
                video.pass = Pass::QuickDone;
                document.state = DocumentState::Waiting;
                self.enqueue_full_pass(ws, id);
            }
            Ok(()) if video.pass != Pass::Stopped && stop.is_none() => {
                document.state = DocumentState::Waiting;
                self.enqueue_full_pass(ws, id);
            }
            Ok(()) | Err(ExamineError::Cancelled(_)) => {
                video.pass = Pass::Stopped;
                document.state = DocumentState::Cancelled;
            }
            Err(ExamineError::Failed(reason)) => {
                video.pass = Pass::Stopped;
                document.state = DocumentState::Failed(reason.clone());
            }
            Err(ExamineError::Unreadable(_)) => {
                document.video = None;
                (document.faces, document.selected_face) = (Vec::new(), None);
                return false;
            }
        }
        true
    }
}

fn add_batch(video: &mut OpenVideo, batch: Batch) {
    let Batch { is_quick, samples, examined, cuts, damage, progress } = batch;
    video.progress = progress.or(video.progress);
    let mut selected = video.selected_track;
    let mut changed = tracks::add(&mut video.tracks, &mut selected, is_quick, samples);
    for frame in &examined {
        if let Some(is_done) = video.examined.get_mut(*frame) {
            *is_done = true;
        }
    }
    if let (false, Some(last)) = (is_quick, examined.iter().max())
        && tracks::pass_over(&mut video.tracks, *last)
    {
        changed = video.tracks.iter().map(|track| track.id).collect();
    }
    video.selected_track = selected.filter(|id| video.track(*id).is_some());
    video.cuts.extend(cuts);
    video.cuts.sort_unstable();
    video.cuts.dedup();
    for damage in damage {
        if !video.damage.contains(&damage) {
            video.damage.push(damage);
        }
    }
    video.add_unsettled(changed);
}

/// A report replaces what is known. That of a stopped pass says nothing of frames behind the stop, so
/// what is known of those stays.
fn take_report(video: &mut OpenVideo, report: Arc<VideoReport>, is_quick: bool) {
    video.pass = match (report.is_partial, is_quick) {
        (true, _) => Pass::Stopped,
        (false, true) => Pass::QuickDone,
        (false, false) => Pass::Done,
    };
    if !report.is_partial {
        video.take_unsettled();
        let selected = &mut video.selected_track;
        video.tracks = tracks::from_report(&report.tracks, &video.tracks, selected, is_quick);
        video.cuts.clone_from(&report.cuts);
        video.damage.clone_from(&report.damage);
        if !is_quick {
            video.progress = None;
        }
    }
    video.has_quick_look |= is_quick && !report.is_partial;
    video.report = Some(report);
    video.selected_track = video.selected_track.or_else(|| video.most_suspicious());
}
