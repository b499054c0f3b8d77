//! What the player and the thumbnailer have done.

use super::playback::{Playback, active_video};
use super::player_state::{PlayerEvents, ShownFrame};
use super::thumbnails::{Subject, Thumbnail, Thumbnailer};
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl Playback {
    /// Takes in decoded frames and small pictures; true when something changed.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        if let Some(events) = self.player.as_ref().and_then(|player| player.state.take_events()) {
            self.take_in(ws, events);
            has_changed = true;
        }
        while let Some(thumbnail) = self.thumbnailer.as_mut().and_then(Thumbnailer::next) {
            take_in_thumbnail(ws, thumbnail);
            has_changed = true;
        }
        has_changed
    }

    pub(super) fn take_in(&mut self, ws: &mut Workspace, events: PlayerEvents) {
        let PlayerEvents { shown, n_dropped, ended, problem } = events;
        if let Some(shown) = shown {
            take_in_frame(ws, shown);
        }
        let newest = self.request_number;
        let Some((_, video)) = active_video(ws) else { return };
        video.drop_frames(n_dropped);
        if let Some((_, problem)) = problem.filter(|(number, _)| *number == newest) {
            video.stop_at(problem);
        }
        if ended == Some(newest) && video.is_playing {
            let to = video.reach_end();
            self.go_to(ws, to);
        }
    }
}

/// Shows a frame, unless its document is out of sight by now.
fn take_in_frame(ws: &mut Workspace, shown: ShownFrame) {
    let ShownFrame { document: id, frame, picture, is_moving } = shown;
    let document = ws.documents.active_mut().filter(|document| document.id == id);
    if let Some(is_new) = document.and_then(|d| d.show_frame(frame, picture, is_moving)) {
        ws.request(Request::FrameShown { key: (id, frame), is_new });
    }
}

fn take_in_thumbnail(ws: &mut Workspace, thumbnail: Thumbnail) {
    let Thumbnail { document: id, subject, pixels: Some(pixels) } = thumbnail else { return };
    let Some(document) = ws.documents.get_mut(id) else { return };
    match subject {
        Subject::Frame(frame) => {
            if let Some(video) = document.video_mut() {
                video.add_thumbnail(frame, pixels);
            }
        }
        Subject::Face { track, frame, box_px } => {
            document.take_face_thumbnail(track, (frame, box_px), &pixels);
        }
    }
}
