//! A workspace with pictures and clips, for tests of parts without threads.

use std::sync::Arc;

use super::document::id::DocumentId;
use super::document::open::DocumentState;
use super::document::video::OpenVideo;
use super::examine::error::ExamineError;
use super::examine::prepare;
use super::request::Request;
use super::video::clip::{Clip, ClipStream};
use super::workspace::Workspace;
use crate::base::{Cancel, Frame, FrameTime, Orientation, RgbImage, TaskCtx, VideoInfo};

/// A workspace that shows one examined picture of 64 x 48 pixels.
pub(super) fn with_picture() -> (Workspace, DocumentId) {
    let mut ws = Workspace::default();
    let id = add_picture(&mut ws, "/a.png");
    while ws.next_request().is_some() {}
    (ws, id)
}

/// Opens and shows another picture.
pub(super) fn add_picture(ws: &mut Workspace, path: &str) -> DocumentId {
    let id = ws.open(&[path.into()]).expect("one path");
    let frame = Frame::new(RgbImage::filled(64, 48, [90; 3]), Orientation::UPRIGHT);
    let document = ws.documents.get_mut(id).expect("it was opened");
    document.picture = prepare::picture(frame, None, &Cancel::default()).ok();
    document.state = DocumentState::Done;
    id
}

/// A workspace that shows a clip of 100 frames at 25 a second.
pub(super) fn with_clip() -> (Workspace, DocumentId) {
    let (mut ws, id) = with_picture();
    let document = ws.documents.get_mut(id).expect("it was opened");
    document.video = OpenVideo::new(Arc::new(TestClip::new()));
    document.video.as_mut().expect("it has frames").shown = Some(0);
    (ws, id)
}

/// The requests that wait.
pub(super) fn requests(ws: &mut Workspace) -> Vec<Request> {
    std::iter::from_fn(|| ws.next_request()).collect()
}

/// A clip that is never decoded.
#[derive(Debug)]
struct TestClip {
    info: VideoInfo,
    frames: Arc<[FrameTime]>,
}

impl TestClip {
    fn new() -> Self {
        let time = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: index as f64 / 25.0,
            is_key: index == 0,
        };
        let info = VideoInfo {
            container: "test".to_owned(),
            codec: "none".to_owned(),
            pixel_format: "rgb24".to_owned(),
            width_px: 64,
            height_px: 48,
            rotation_deg: 0,
            duration_s: 4.0,
            n_frames: 100,
            fps: 25.0,
            is_variable: false,
            time_base: (1, 25),
            has_audio: false,
        };
        Self { info, frames: (0..100).map(time).collect() }
    }
}

impl Clip for TestClip {
    fn info(&self) -> &VideoInfo {
        &self.info
    }

    fn frames(&self) -> &Arc<[FrameTime]> {
        &self.frames
    }

    fn sha256(&self) -> &'static str {
        "ab"
    }

    fn frame_at(
        &self,
        _index: usize,
        _max_side_px: Option<u32>,
        _ctx: &TaskCtx<'_>,
    ) -> Result<RgbImage, ExamineError> {
        Err(ExamineError::Failed("never decoded".to_owned()))
    }

    fn play(
        &self,
        _from: usize,
        _every: usize,
        _max_side_px: Option<u32>,
    ) -> Result<Box<dyn ClipStream>, ExamineError> {
        Err(ExamineError::Failed("never decoded".to_owned()))
    }
}
