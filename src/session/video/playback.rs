//! The part that plays clips: its commands.

use std::sync::Arc;

use super::player::Player;
use super::player_state::{PlayedClip, PlayerRequest};
use super::thumbnails::{Subject, Thumbnailer};
use crate::session::document::id::DocumentId;
use crate::session::document::open::Document;
use crate::session::document::video::{OpenVideo, Pass};
use crate::session::worker::Wake;
use crate::session::workspace::Workspace;

/// Plays clips, and has small pictures made of them. The threads start with the first clip.
pub(in crate::session) struct Playback {
    wake: Wake,
    pub(super) player: Option<Player>,
    pub(super) thumbnailer: Option<Thumbnailer>,
    /// Number of the newest request to the player.
    pub(super) request_number: u64,
    /// What the player was asked for.
    #[cfg(test)]
    pub(super) requests: Vec<PlayerRequest>,
}

impl Playback {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            player: None,
            thumbnailer: None,
            request_number: 0,
            #[cfg(test)]
            requests: Vec::new(),
        }
    }

    /// A clip was opened, or opened again: starts what is not running yet, and shows its frame.
    pub(in crate::session) fn clip_opened(&mut self, ws: &mut Workspace, id: DocumentId) {
        if let Err(e) = self.start_threads() {
            ws.notify(format!("Videos cannot be played: could not start a background thread: {e}"));
        }
        if ws.documents.active_id() == Some(id) {
            self.active_changed(ws);
        }
    }

    fn start_threads(&mut self) -> std::io::Result<()> {
        if self.player.is_none() {
            self.player = Some(Player::start(Wake::clone(&self.wake))?);
        }
        if self.thumbnailer.is_none() {
            self.thumbnailer = Some(Thumbnailer::start(Wake::clone(&self.wake))?);
        }
        Ok(())
    }

    fn request(&mut self, request: PlayerRequest) {
        #[cfg(test)]
        self.requests.push(request.clone());
        if let Some(player) = &self.player {
            self.request_number = player.state.request(request);
        }
    }

    /// Has the player work for the document shown, and for no other.
    pub(in crate::session) fn active_changed(&mut self, ws: &mut Workspace) {
        let active = ws.documents.active_id();
        let others = ws.documents.iter_mut().filter(|d| Some(d.id) != active);
        for video in others.filter_map(Document::video_mut) {
            video.pause();
        }
        match active_video(ws).map(|(_, video)| video.position.index) {
            Some(at) => self.go_to(ws, at),
            None => self.request(PlayerRequest::Rest),
        }
    }

    /// Plays the video shown, from its beginning if it is at its end; or pauses it.
    pub(in crate::session) fn play_pause(&mut self, ws: &mut Workspace) {
        let Some((_, video)) = active_video(ws) else { return };
        if video.is_playing {
            return self.pause(ws);
        }
        let from = video.play();
        self.go_to(ws, from);
    }

    /// Stays at the frame seen last, which then comes in full.
    pub(in crate::session) fn pause(&mut self, ws: &mut Workspace) {
        let Some((_, video)) = active_video(ws) else { return };
        if video.pause() {
            let at = video.position.index;
            self.go_to(ws, at);
        }
    }

    /// Pauses and goes this many frames further (negative: back).
    pub(in crate::session) fn step(&mut self, ws: &mut Workspace, frames: i32) {
        let Some((_, video)) = active_video(ws) else { return };
        video.pause();
        let to = video.position.index.saturating_add_signed(frames as isize);
        self.go_to(ws, to);
    }

    /// Goes this many seconds further (negative: back).
    pub(in crate::session) fn skip(&mut self, ws: &mut Workspace, seconds: f64) {
        let Some((_, video)) = active_video(ws) else { return };
        let to = video.frame_at((video.position.t_s + seconds).max(0.0));
        self.go_to(ws, to);
    }

    /// Moves the playhead at once; the player shows the frame or plays on from it.
    pub(in crate::session) fn go_to(&mut self, ws: &mut Workspace, frame: usize) {
        let Some((document, video)) = active_video(ws) else { return };
        video.move_to(frame);
        let frame = video.position.index;
        let played = PlayedClip { document, clip: Arc::clone(video.clip()) };
        let request = if video.is_playing {
            let (_, last) = video.played_range();
            let to = if frame > last { video.frames.len() } else { last };
            PlayerRequest::Play { played, from: frame, to, speed: video.speed }
        } else {
            PlayerRequest::Show { played, frame }
        };
        self.request(request);
    }

    pub(in crate::session) fn set_speed(&mut self, ws: &mut Workspace, speed: f32) {
        let Some((_, video)) = active_video(ws) else { return };
        if video.set_speed(speed) {
            self.play_on(ws);
        }
    }

    /// Plays round and round, or once.
    pub(in crate::session) fn toggle_loop(&mut self, ws: &mut Workspace) {
        if let Some((_, video)) = active_video(ws) {
            video.toggle_loop();
            self.play_on(ws);
        }
    }

    /// Sets the first and the last frame played round and round; `None` is the whole clip.
    pub(in crate::session) fn set_loop_range(
        &mut self,
        ws: &mut Workspace,
        range: Option<(usize, usize)>,
    ) {
        let Some((_, video)) = active_video(ws) else { return };
        video.set_loop_range(range);
        self.play_on(ws);
    }

    /// Hands what changed to a player that plays.
    fn play_on(&mut self, ws: &mut Workspace) {
        let playing = active_video(ws).filter(|(_, video)| video.is_playing);
        if let Some(at) = playing.map(|(_, video)| video.position.index) {
            self.go_to(ws, at);
        }
    }

    /// Pauses at the next suspicious moment of any face (negative: the previous one), around the
    /// ends, and selects that face.
    pub(in crate::session) fn next_moment(&mut self, ws: &mut Workspace, direction: i32) {
        let lowest = ws.thresholds().map_or(0.0, |t| t.no_trace_found);
        let Some((_, video)) = active_video(ws) else { return };
        let mut moments: Vec<(usize, u32)> = video
            .tracks
            .iter()
            .flat_map(|track| track.worst.iter().map(|moment| (moment, track.id)))
            .filter(|(moment, _)| moment.score >= lowest)
            .map(|(moment, track)| (moment.frame, track))
            .collect();
        moments.sort_unstable();
        let at = video.position.index;
        let next = if direction >= 0 {
            moments.iter().find(|(frame, _)| *frame > at).or_else(|| moments.first())
        } else {
            moments.iter().rev().find(|(frame, _)| *frame < at).or_else(|| moments.last())
        };
        let Some((frame, track)) = next.copied() else {
            let so_far = if video.report.is_none() { " so far" } else { "" };
            return ws.notify(format!(
                "No moment of this video stands out{so_far}: no face in it reaches the lower of \
                 the model's two thresholds."
            ));
        };
        video.pause();
        self.go_to(ws, frame);
        ws.documents.active_mut().into_iter().for_each(|d| d.select_track(Some(track)));
    }

    /// Selects a face of the video shown and pauses at its most suspicious moment; or selects none.
    pub(in crate::session) fn select_track(&mut self, ws: &mut Workspace, track: Option<u32>) {
        let Some((_, video)) = active_video(ws) else { return };
        let known = track.and_then(|id| video.track(id));
        let first = known.and_then(|t| Some(t.span()?.0));
        let to = known.and_then(|t| t.worst.first()).map(|moment| moment.frame).or(first);
        let known = known.map(|track| track.id);
        if let Some(frame) = to {
            video.pause();
            self.go_to(ws, frame);
        }
        ws.documents.active_mut().into_iter().for_each(|d| d.select_track(known));
    }

    /// Asks for the small picture of a frame of the video shown.
    pub(in crate::session) fn hover_thumbnail(&mut self, ws: &mut Workspace, frame: usize) {
        let Some((id, video)) = active_video(ws) else { return };
        let is_known = video.thumbnails.contains_key(&frame);
        if frame < video.frames.len()
            && !is_known
            && let Some(thumbnailer) = &mut self.thumbnailer
        {
            thumbnailer.ask(id, video.clip(), Subject::Frame(frame));
        }
    }

    /// Asks for small pictures of the faces of a clip that have none, and at the end of a pass for
    /// those of the most suspicious moments.
    pub(in crate::session) fn make_face_thumbnails(&mut self, ws: &Workspace, id: DocumentId) {
        let Some(thumbnailer) = &mut self.thumbnailer else { return };
        let Some(video) = ws.documents.get(id).and_then(|d| d.video.as_ref()) else { return };
        // While frames are examined the worst one changes with each.
        let is_settled = matches!(video.pass, Pass::QuickDone | Pass::Done | Pass::Stopped);
        for track in &video.tracks {
            let worst = track.worst.first().and_then(|moment| track.at(moment.frame));
            let Some(sample) = worst.or_else(|| track.samples.first()) else { continue };
            let is_other = is_settled && track.thumbnail_frame != Some(sample.frame);
            if track.thumbnail.is_none() || is_other {
                let (frame, box_px) = (sample.frame, sample.face.box_px);
                let subject = Subject::Face { track: track.id, frame, box_px };
                thumbnailer.ask(id, video.clip(), subject);
            }
        }
    }
}

pub(super) fn active_video(ws: &mut Workspace) -> Option<(DocumentId, &mut OpenVideo)> {
    let document = ws.documents.active_mut()?;
    Some((document.id, document.video_mut()?))
}
