//! What commands do to a video: playing, going to frames, pointing out faces.
//!
//! * **In**: commands. **Out**: wishes for the player, the view of the video.
//! * **Not here**: what results and decoded frames do (`video_results`), decoding (`player`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crate::session::examine::worker::Wake;
use crate::session::router::Session;
use crate::session::video::player::{Player, Reel, Wish};
use crate::session::video::thumbnails::{Subject, Thumbnailer};
use crate::session::{Clip, DocumentId, FaceItem, VideoView};

/// Slowest and fastest playing.
const SPEEDS: (f32, f32) = (0.25, 4.0);

/// What the session keeps for videos beside the view. The threads start with the first video.
pub(in crate::session) struct VideoDesk {
    wake: Wake,
    pub(in crate::session) player: Option<Player>,
    pub(in crate::session) thumbnailer: Option<Thumbnailer>,
    pub(in crate::session) clips: BTreeMap<DocumentId, Arc<dyn Clip>>,
    /// Number of the newest wish.
    pub(in crate::session) wish: u64,
    /// Drawn regions and the frames they were drawn in.
    pub(in crate::session) regions: Vec<(DocumentId, usize, FaceItem)>,
    /// Tracks with new samples, not yet summed up.
    pub(in crate::session) unsettled: BTreeSet<(DocumentId, u32)>,
    /// Summing up waits until then, so that it takes little of the time of whoever polls.
    pub(in crate::session) settles_from: Option<Instant>,
    /// Frames with a small picture, the newest last.
    pub(in crate::session) thumbnail_order: VecDeque<(DocumentId, usize)>,
}

impl VideoDesk {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            player: None,
            thumbnailer: None,
            clips: BTreeMap::new(),
            wish: 0,
            regions: Vec::new(),
            unsettled: BTreeSet::new(),
            settles_from: None,
            thumbnail_order: VecDeque::new(),
        }
    }

    /// Starts what is not running yet.
    pub(in crate::session) fn start(&mut self) -> std::io::Result<()> {
        if self.player.is_none() {
            self.player = Some(Player::start(Arc::clone(&self.wake))?);
        }
        if self.thumbnailer.is_none() {
            self.thumbnailer = Some(Thumbnailer::start(Arc::clone(&self.wake))?);
        }
        Ok(())
    }

    pub(in crate::session) fn reel(&self, document: DocumentId) -> Option<Reel> {
        self.clips.get(&document).map(|clip| Reel { document, clip: Arc::clone(clip) })
    }

    pub(in crate::session) fn wish(&mut self, wish: Wish) {
        if let Some(player) = &self.player {
            self.wish = player.wish(wish);
        }
    }

    pub(in crate::session) fn ask(&self, document: DocumentId, subject: Subject) {
        if let (Some(thumbnailer), Some(reel)) = (&self.thumbnailer, self.reel(document)) {
            thumbnailer.ask(reel, subject);
        }
    }

    pub(in crate::session) fn forget(&mut self, document: DocumentId) {
        self.clips.remove(&document);
        self.regions.retain(|(of, ..)| *of != document);
        self.unsettled.retain(|(of, _)| *of != document);
        self.thumbnail_order.retain(|(of, _)| *of != document);
        if let Some(thumbnailer) = &self.thumbnailer {
            thumbnailer.forget(document);
        }
    }
}

impl Session {
    fn active_video(&mut self) -> Option<(DocumentId, &mut VideoView)> {
        let document = self.active_mut()?;
        Some((document.id, document.video.as_mut()?))
    }

    pub(in crate::session) fn play_pause(&mut self) {
        let Some((_, video)) = self.active_video() else { return };
        if video.is_playing {
            return self.pause();
        }
        let (first, last) = played_range(video);
        let at_end = video.position.index >= last || video.position.index < first;
        let from = if at_end { first } else { video.position.index };
        (video.is_playing, video.n_dropped) = (true, 0);
        self.go_to(from);
    }

    /// Stays at the frame seen last, which then comes in full.
    pub(in crate::session) fn pause(&mut self) {
        let Some((_, video)) = self.active_video().filter(|(_, video)| video.is_playing) else {
            return;
        };
        video.is_playing = false;
        let at = video.position.index;
        self.go_to(at);
    }

    pub(in crate::session) fn step(&mut self, frames: i32) {
        let Some((_, video)) = self.active_video() else { return };
        video.is_playing = false;
        let to = video.position.index.saturating_add_signed(frames as isize);
        self.go_to(to);
    }

    pub(in crate::session) fn skip(&mut self, seconds: f64) {
        let Some((_, video)) = self.active_video() else { return };
        let to = video.frame_at((video.position.t_s + seconds).max(0.0));
        self.go_to(to);
    }

    /// The playhead moves at once; the player is told what is wanted now.
    pub(in crate::session) fn go_to(&mut self, frame: usize) {
        let Some((id, video)) = self.active_video() else { return };
        let frame = frame.min(video.last_frame());
        let Some(position) = video.frames.get(frame) else { return };
        video.position = *position;
        video.problem = None;
        let (is_playing, speed) = (video.is_playing, video.speed);
        let (_, last) = played_range(video);
        let Some(reel) = self.videos.reel(id) else { return };
        self.videos.wish(if is_playing {
            let to = if frame > last { reel.clip.frames().len() } else { last };
            Wish::Play { reel, from: frame, to, speed }
        } else {
            Wish::Show { reel, frame }
        });
    }

    /// Has the player work for the document shown, and for no other.
    pub(in crate::session) fn turn_player(&mut self) {
        let active = self.view.active;
        let documents = self.view.documents.iter_mut().filter(|d| Some(d.id) != active);
        documents.filter_map(|d| d.video.as_mut()).for_each(|video| video.is_playing = false);
        match self.active_video().map(|(_, video)| video.position.index) {
            Some(at) => self.go_to(at),
            None => self.videos.wish(Wish::Rest),
        }
    }

    pub(in crate::session) fn set_speed(&mut self, speed: f32) {
        let Some((_, video)) = self.active_video() else { return };
        let speed = speed.clamp(SPEEDS.0, SPEEDS.1);
        if speed.is_nan() || speed == video.speed {
            return;
        }
        video.speed = speed;
        self.play_on();
    }

    pub(in crate::session) fn toggle_loop(&mut self) {
        if let Some((_, video)) = self.active_video() {
            video.is_looping = !video.is_looping;
            self.play_on();
        }
    }

    pub(in crate::session) fn set_loop_range(&mut self, range: Option<(usize, usize)>) {
        let Some((_, video)) = self.active_video() else { return };
        let last = video.last_frame();
        video.loop_range = range.map(|(a, b)| (a.min(b).min(last), a.max(b).min(last)));
        video.is_looping |= range.is_some();
        self.play_on();
    }

    /// Tells a playing player what changed.
    fn play_on(&mut self) {
        let playing = self.active_video().filter(|(_, video)| video.is_playing);
        if let Some(at) = playing.map(|(_, video)| video.position.index) {
            self.go_to(at);
        }
    }

    pub(in crate::session) fn next_moment(&mut self, direction: i32) {
        let thresholds = self.view.model.as_ref().and_then(|model| model.card.thresholds);
        let lowest = thresholds.map_or(0.0, |t| t.no_trace_found);
        let Some((_, video)) = self.active_video() else { return };
        let moments = video.tracks.iter().flat_map(|track| {
            let worst = track.worst.iter().filter(|moment| moment.score >= lowest);
            worst.map(|moment| (moment.frame, track.id))
        });
        let mut moments: Vec<(usize, u32)> = moments.collect();
        moments.sort_unstable();
        let at = video.position.index;
        let next = if direction >= 0 {
            moments.iter().find(|(frame, _)| *frame > at).or_else(|| moments.first())
        } else {
            moments.iter().rev().find(|(frame, _)| *frame < at).or_else(|| moments.last())
        };
        let Some((frame, track)) = next.copied() else {
            let so_far = if video.report.is_none() { " so far" } else { "" };
            let what = format!(
                "No moment of this video stands out{so_far}: no face in it reaches the lower of the \
                 model's two thresholds."
            );
            return self.notify(what);
        };
        video.is_playing = false;
        video.selected_track = Some(track);
        self.go_to(frame);
        self.point_out();
    }

    pub(in crate::session) fn select_track(&mut self, track: Option<u32>) {
        let Some((_, video)) = self.active_video() else { return };
        let known = track.and_then(|id| video.track(id));
        let first = known.and_then(|t| Some(t.span()?.0));
        let to = known.and_then(|t| t.worst.first()).map(|moment| moment.frame).or(first);
        video.selected_track = known.map(|track| track.id);
        if let Some(frame) = to {
            video.is_playing = false;
            self.go_to(frame);
        }
        self.point_out();
    }

    /// The face that carries the number of the selected track.
    pub(in crate::session) fn point_out(&mut self) {
        let Some(document) = self.active_mut() else { return };
        let selected = document.video.as_ref().and_then(|video| video.selected_track);
        let faces = &document.faces;
        document.selected_face =
            selected.and_then(|id| faces.iter().position(|face| face.track == Some(id)));
    }

    pub(in crate::session) fn hover_thumbnail(&mut self, frame: usize) {
        let Some((id, video)) = self.active_video() else { return };
        let is_known = video.thumbnails.contains_key(&frame);
        if frame < video.frames.len() && !is_known {
            self.videos.ask(id, Subject::Frame(frame));
        }
    }
}

/// First and last frame of what is played.
pub(in crate::session) fn played_range(video: &VideoView) -> (usize, usize) {
    video.loop_range.filter(|_| video.is_looping).unwrap_or_else(|| (0, video.last_frame()))
}
