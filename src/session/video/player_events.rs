//! What the player and the thumbnailer have done.

use std::sync::Arc;

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
        video.n_dropped += n_dropped;
        if let Some((_, what)) = problem.filter(|(number, _)| *number == newest) {
            video.problem = Some(what);
            video.is_playing = false;
        }
        if ended == Some(newest) && video.is_playing {
            let to = if video.is_looping {
                video.played_range().0
            } else {
                video.is_playing = false;
                video.position.index
            };
            self.go_to(ws, to);
        }
    }
}

/// Shows a frame, unless its document is out of sight by now.
fn take_in_frame(ws: &mut Workspace, shown: ShownFrame) {
    let ShownFrame { document: id, frame, picture, is_moving } = shown;
    let Some(document) = ws.documents.active_mut().filter(|document| document.id == id) else {
        return;
    };
    let Some(video) = &mut document.video else { return };
    document.picture = Some(picture);
    let is_new = video.shown.replace(frame) != Some(frame);
    if let Some(time) = video.frames.get(frame).filter(|_| is_moving && video.is_playing) {
        video.position = *time;
    }
    if is_new {
        // What was tried on the faces of the last frame goes with them.
        document.faces.clear();
        document.show_faces();
    }
    ws.request(Request::FrameShown { key: (id, frame), is_new });
}

fn take_in_thumbnail(ws: &mut Workspace, thumbnail: Thumbnail) {
    let Thumbnail { document: id, subject, pixels: Some(pixels) } = thumbnail else { return };
    let Some(document) = ws.documents.get_mut(id) else { return };
    let Some(video) = &mut document.video else { return };
    match subject {
        Subject::Frame(frame) => video.add_thumbnail(frame, pixels),
        Subject::Face { track, frame, box_px } => {
            // The number may have gone to another face meanwhile.
            let own = video
                .tracks
                .iter_mut()
                .find(|t| t.id == track && t.at(frame).is_some_and(|s| s.face.box_px == box_px));
            let Some(own) = own else { return };
            own.thumbnail = Some(Arc::clone(&pixels));
            let id = Some(own.id);
            let faces = document.faces.iter_mut().filter(|face| face.track == id);
            faces.for_each(|face| face.thumbnail = Arc::clone(&pixels));
        }
    }
}
