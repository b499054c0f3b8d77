//! What results and decoded frames do to the view of a video.
//!
//! * **In**: events of the worker, news of the player, small pictures. **Out**: picture and faces of
//!   the frame shown, tracks, marks.
//! * **Not here**: commands (`video`), merging the two passes (`tracks`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use crate::base::{MIN_DEFINITE_FRAMES, RgbImage, TrackSuspicion, Verdict, VideoReport};
use crate::bundle::Thresholds;
use crate::session::examine::live::Batch;
use crate::session::examine::prepare;
use crate::session::examine::queue::Stop;
use crate::session::router::Session;
use crate::session::video::playback::played_range;
use crate::session::video::player::{News, Shown};
use crate::session::video::thumbnails::{Made, Subject};
use crate::session::video::tracks;
use crate::session::{
    Clip, Document, DocumentId, DocumentState, ExamineError, FaceItem, Pass, Picture, VideoView,
};

/// Small pictures of frames kept for the timeline.
const MAX_THUMBNAILS: usize = 200;
/// After summing up tracks, so many times as long is spent on other things.
const SETTLING_RESTS: u32 = 20;

impl Session {
    pub(in crate::session) fn take_in_clip(
        &mut self,
        id: DocumentId,
        clip: Arc<dyn Clip>,
        first: Option<Arc<Picture>>,
    ) {
        if let Err(e) = self.videos.start() {
            self.notify(format!("videos cannot be played, the system gives no thread: {e}"));
        }
        let Some(document) = self.document_mut(id) else { return };
        let same = document.video.take().filter(|old| old.sha256 == clip.sha256());
        let is_new = same.is_none();
        let video = match same {
            Some(mut video) => {
                tracks::make_stale(&mut video.tracks);
                video
            }
            None => match new_view(clip.as_ref()) {
                Some(video) => video,
                None => return,
            },
        };
        document.video = Some(VideoView { pass: Pass::Waiting, progress: None, ..video });
        if is_new {
            (document.verdict, document.score, document.reason) = (None, None, None);
            (document.faces, document.selected_face) = (Vec::new(), None);
            document.report = None;
            document.thumbnail = Some(match &first {
                Some(picture) => thumbnail(picture),
                None => Arc::new(RgbImage::filled(1, 1, [0; 3])),
            });
            document.picture = first;
            let has_picture = document.picture.is_some();
            if let Some(video) = &mut document.video {
                video.shown = has_picture.then_some(0);
            }
            self.videos.forget(id);
            self.drop_misfit_masks(id, true);
        }
        self.videos.clips.insert(id, clip);
        if self.view.active == Some(id) {
            self.turn_player();
        }
    }

    pub(in crate::session) fn take_in_batch(&mut self, id: DocumentId, batch: Batch) {
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        let shown = video.shown;
        let sees_shown = batch.samples.values().flatten().any(|s| Some(s.frame) == shown)
            || batch.examined.iter().any(|frame| Some(*frame) == shown);
        video.pass = if batch.is_quick { Pass::Quick } else { Pass::Full };
        video.progress = batch.progress.or(video.progress);
        let mut selected = video.selected_track;
        let mut changed =
            tracks::add(&mut video.tracks, &mut selected, batch.is_quick, batch.samples);
        for frame in &batch.examined {
            if let Some(done) = video.examined.get_mut(*frame) {
                *done = true;
            }
        }
        if let (false, Some(last)) = (batch.is_quick, batch.examined.iter().max())
            && tracks::pass_over(&mut video.tracks, *last)
        {
            changed = video.tracks.iter().map(|track| track.id).collect();
        }
        video.selected_track = selected.filter(|id| video.track(*id).is_some());
        merge(&mut video.cuts, batch.cuts);
        for damage in batch.damage {
            if !video.damage.contains(&damage) {
                video.damage.push(damage);
            }
        }
        self.videos.unsettled.extend(changed.into_iter().map(|track| (id, track)));
        self.settle(false);
        if sees_shown {
            self.show_faces(id);
        }
    }

    /// Sums up the tracks that changed, unless that was done a moment ago.
    fn settle(&mut self, is_last: bool) {
        let start = Instant::now();
        let waits = self.videos.settles_from.is_some_and(|from| start < from) && !is_last;
        if self.videos.unsettled.is_empty() || waits {
            return;
        }
        let thresholds = self.thresholds();
        let unsettled = std::mem::take(&mut self.videos.unsettled);
        let documents: BTreeSet<DocumentId> = unsettled.iter().map(|(id, _)| *id).collect();
        for id in documents {
            let video = self.document_mut(id).and_then(|document| document.video.as_mut());
            let Some(video) = video else { continue };
            let frames = Arc::clone(&video.frames);
            let changed = video.tracks.iter_mut().filter(|t| unsettled.contains(&(id, t.id)));
            changed.for_each(|track| tracks::settle(track, &frames, thresholds.as_ref()));
            self.sum_up(id);
            self.ask_for_faces(id);
        }
        let rest = start.elapsed() * SETTLING_RESTS;
        self.videos.settles_from = Some(Instant::now() + rest);
    }

    pub(in crate::session) fn take_in_video_report(
        &mut self,
        id: DocumentId,
        report: Arc<VideoReport>,
        is_quick: bool,
    ) {
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        video.pass = match (report.is_partial, is_quick) {
            (true, _) => Pass::Stopped,
            (false, true) => Pass::QuickDone,
            (false, false) => Pass::Done,
        };
        // A stopped pass says nothing of what lies behind the stop: what is known of that stays.
        if report.is_partial {
            self.settle(true);
        } else {
            self.videos.unsettled.retain(|(of, _)| *of != id);
        }
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        if !report.is_partial {
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
        if video.selected_track.is_none() {
            video.selected_track = most_suspicious(video);
        }
        self.sum_up(id);
        self.ask_for_faces(id);
        self.show_faces(id);
    }

    /// The end of a job on a video; true when that is all there is to say of it.
    pub(in crate::session) fn end_video_job(
        &mut self,
        id: DocumentId,
        result: &Result<(), ExamineError>,
        stop: Option<Stop>,
    ) -> bool {
        self.settle(true);
        let Some(document) = self.document_mut(id) else { return false };
        let was_examining = document.state == DocumentState::Working;
        let Some(video) = document.video.as_mut().filter(|_| was_examining) else { return false };
        match result {
            Ok(()) if video.pass == Pass::Done => document.state = DocumentState::Done,
            // It made way for something short.
            Ok(()) | Err(ExamineError::Cancelled(_)) if stop == Some(Stop::Yield) => {
                video.pass = Pass::QuickDone;
                document.state = DocumentState::Waiting;
                self.enqueue_full_pass(id);
            }
            Ok(()) if video.pass != Pass::Stopped && stop.is_none() => {
                document.state = DocumentState::Waiting;
                self.enqueue_full_pass(id);
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
                self.videos.forget(id);
                return false;
            }
        }
        true
    }

    pub(in crate::session) fn take_in_news(&mut self, news: News) {
        let News { shown, n_dropped, ended, problem } = news;
        let wish = self.videos.wish;
        if let Some(Shown { document: id, frame, picture, is_moving }) = shown
            && self.view.active == Some(id)
            && let Some(document) = self.document_mut(id)
            && let Some(video) = &mut document.video
        {
            document.picture = Some(picture);
            let is_new = video.shown.replace(frame) != Some(frame);
            if let Some(time) = video.frames.get(frame).filter(|_| is_moving && video.is_playing) {
                video.position = *time;
            }
            if is_new {
                self.drop_trials(id);
                self.show_faces(id);
            }
            self.see_mask((id, frame));
        }
        let Some(video) = self.active_mut().and_then(|document| document.video.as_mut()) else {
            return;
        };
        video.n_dropped += n_dropped;
        if let Some((_, what)) = problem.filter(|(number, _)| *number == wish) {
            video.problem = Some(what);
            video.is_playing = false;
        }
        if ended == Some(wish) && video.is_playing {
            if video.is_looping {
                let (first, _) = played_range(video);
                self.go_to(first);
            } else {
                video.is_playing = false;
                let at = video.position.index;
                self.go_to(at);
            }
        }
    }

    pub(in crate::session) fn take_in_thumbnail(&mut self, made: Made) {
        let Made { document: id, subject, pixels } = made;
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &mut document.video else { return };
        match subject {
            Subject::Face { track, frame, box_px } => {
                // The number may have gone to another face meanwhile.
                let own = video.tracks.iter_mut().find(|t| {
                    t.id == track && t.at(frame).is_some_and(|s| s.face.box_px == box_px)
                });
                if let Some(track) = own {
                    track.thumbnail = Some(Arc::clone(&pixels));
                    let id = Some(track.id);
                    let faces = document.faces.iter_mut().filter(|face| face.track == id);
                    faces.for_each(|face| face.thumbnail = Arc::clone(&pixels));
                }
            }
            Subject::Frame(frame) => {
                video.thumbnails.insert(frame, pixels);
                self.videos.thumbnail_order.push_back((id, frame));
                while self.videos.thumbnail_order.len() > MAX_THUMBNAILS {
                    let oldest = self.videos.thumbnail_order.pop_front();
                    let Some((id, frame)) = oldest else { return };
                    let old = self.document_mut(id).and_then(|d| d.video.as_mut());
                    old.and_then(|video| video.thumbnails.remove(&frame));
                }
            }
        }
    }

    pub(in crate::session) fn thresholds(&self) -> Option<Thresholds> {
        self.view.model.as_ref().and_then(|model| model.card.thresholds)
    }

    /// The faces of the frame shown: those of the tracks, then regions drawn in it.
    pub(in crate::session) fn show_faces(&mut self, id: DocumentId) {
        let regions = self.videos.regions.iter();
        let regions = regions.filter(|(of, ..)| *of == id).cloned().collect::<Vec<_>>();
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &document.video else { return };
        let Some(shown) = video.shown else { return };
        let old = std::mem::take(&mut document.faces);
        let nothing = Arc::new(RgbImage::filled(1, 1, [0; 3]));
        for track in &video.tracks {
            let Some(sample) = track.at(shown) else { continue };
            let thumbnail = track.thumbnail.as_ref().unwrap_or(&nothing);
            let mut item = prepare::sampled_item(sample, track.id, Arc::clone(thumbnail));
            let twin = old.iter().find(|face| face.track == Some(track.id));
            if let Some(twin) = twin.filter(|twin| twin.finding.score == sample.score) {
                item.robustness = twin.robustness.clone();
            }
            document.faces.push(item);
        }
        let here = regions.into_iter().filter(|(_, frame, _)| *frame == shown);
        document.faces.extend(here.map(|(_, _, item)| item));
        let selected = video.selected_track;
        document.selected_face =
            selected.and_then(|id| document.faces.iter().position(|face| face.track == Some(id)));
    }

    /// The verdict on the file: that of the most suspicious face or region so far.
    pub(in crate::session) fn sum_up(&mut self, id: DocumentId) {
        type Said = (TrackSuspicion, (Verdict, Option<f32>, Option<String>));
        let regions: Vec<Said> = (self.videos.regions.iter())
            .filter(|(of, ..)| *of == id)
            .map(|(_, _, item)| {
                let finding = &item.finding;
                // A region was asked for: it counts like a face that lasts.
                let weight =
                    TrackSuspicion::new(MIN_DEFINITE_FRAMES, finding.verdict, finding.score);
                (weight, (finding.verdict, finding.score, finding.reason.clone()))
            })
            .collect();
        let Some(document) = self.document_mut(id) else { return };
        let Some(video) = &document.video else { return };
        let of_tracks = video
            .tracks
            .iter()
            .map(|track| (track.suspicion(), (track.verdict, track.score, track.reason.clone())));
        let worst: Option<Said> = of_tracks.chain(regions).max_by(|(a, _), (b, _)| a.compare(*b));
        let report = video.report.as_ref();
        if let Some((_, (verdict, score, reason))) = worst {
            (document.verdict, document.score) = (Some(verdict), score);
            document.reason = reason;
        } else {
            document.verdict = report.map(|report| report.verdict);
            document.score = None;
            document.reason = report.and_then(|report| report.reason.clone());
        }
    }

    /// Has small pictures made of faces that have none.
    fn ask_for_faces(&self, id: DocumentId) {
        let Some(video) = self.document(id).and_then(|d| d.video.as_ref()) else { return };
        for track in video.tracks.iter().filter(|track| track.thumbnail.is_none()) {
            let worst = track.worst.first().and_then(|moment| track.at(moment.frame));
            if let Some(sample) = worst.or_else(|| track.samples.first()) {
                let (frame, box_px) = (sample.frame, sample.face.box_px);
                self.videos.ask(id, Subject::Face { track: track.id, frame, box_px });
            }
        }
    }
}

fn new_view(clip: &dyn Clip) -> Option<VideoView> {
    let frames = Arc::clone(clip.frames());
    Some(VideoView {
        info: clip.info().clone(),
        position: *frames.first()?,
        sha256: clip.sha256().to_owned(),
        shown: None,
        is_playing: false,
        speed: 1.0,
        is_looping: false,
        loop_range: None,
        n_dropped: 0,
        problem: None,
        pass: Pass::Waiting,
        has_quick_look: false,
        progress: None,
        examined: vec![false; frames.len()],
        tracks: Vec::new(),
        selected_track: None,
        cuts: Vec::new(),
        damage: Vec::new(),
        thumbnails: BTreeMap::new(),
        report: None,
        frames,
    })
}

fn thumbnail(picture: &Picture) -> Arc<RgbImage> {
    let small = picture.pyramid.levels.last().unwrap_or(&picture.frame.upright);
    prepare::thumbnail(small, &small.bounds())
}

fn merge(cuts: &mut Vec<usize>, new: Vec<usize>) {
    cuts.extend(new);
    cuts.sort_unstable();
    cuts.dedup();
}

fn most_suspicious(video: &VideoView) -> Option<u32> {
    let worst = video.tracks.iter().max_by(|a, b| a.suspicion().compare(b.suspicion()));
    worst.map(|track| track.id)
}

/// A face or region drawn in a frame joins what is seen of it.
pub(in crate::session) fn add_regions(document: &mut Document, frame: usize, faces: &[FaceItem]) {
    if document.video.as_ref().and_then(|video| video.shown) == Some(frame) {
        let first_new = document.faces.len();
        document.faces.extend(faces.iter().cloned());
        document.selected_face = (first_new < document.faces.len()).then_some(first_new);
    }
}
