//! A workspace with pictures and clips, for tests of parts without threads.

use std::sync::Arc;
use std::time::Duration;

use super::document::id::DocumentId;
use super::document::open::Document;
use super::document::video::OpenVideo;
use super::examine::error::ExamineError;
use super::examine::prepare;
use super::request::Request;
use super::video::clip::{Clip, ClipStream};
use super::video::clock::FakeTime;
use super::workspace::Workspace;
use crate::base::{Cancel, Frame, FrameTime, Orientation, Phase, RgbImage, TaskCtx, VideoInfo};

/// A workspace that shows one examined picture of 64 x 48 pixels.
pub(super) fn with_picture() -> (Workspace, DocumentId) {
    with_picture_at("/a.png")
}

/// As [`with_picture`], of a file at this path.
pub(super) fn with_picture_at(path: &str) -> (Workspace, DocumentId) {
    let mut ws = Workspace::default();
    let id = add_picture(&mut ws, path);
    while ws.next_request().is_some() {}
    (ws, id)
}

/// Opens and shows another picture.
pub(super) fn add_picture(ws: &mut Workspace, path: &str) -> DocumentId {
    let id = ws.open(&[path.into()]).expect("one path");
    let document = ws.documents.get_mut(id).expect("it was opened");
    show_gray(document);
    document.finish();
    id
}

/// Gives a document a picture of 64 x 48 pixels.
pub(super) fn show_gray(document: &mut Document) {
    let frame = Frame::new(RgbImage::filled(64, 48, [90; 3]), Orientation::UPRIGHT);
    let picture = prepare::picture(frame, None, &Cancel::default()).expect("nobody stops it");
    let thumbnail = prepare::picture_thumbnail(&picture);
    document.show_still(picture, thumbnail);
}

/// A workspace that shows a clip of 100 frames at 25 a second.
pub(super) fn with_clip() -> (Workspace, DocumentId) {
    let (mut ws, id) = with_picture();
    let document = ws.documents.get_mut(id).expect("it was opened");
    let video = OpenVideo::new(Arc::new(TestClip::new(None))).expect("it has frames");
    let picture = document.picture.clone().expect("it is shown");
    let thumbnail = prepare::picture_thumbnail(&picture);
    document.show_new_clip(video, Some(picture), thumbnail);
    (ws, id)
}

/// The requests that wait.
pub(super) fn requests(ws: &mut Workspace) -> Vec<Request> {
    std::iter::from_fn(|| ws.next_request()).collect()
}

/// A clip of 100 frames at 25 a second with a key frame every ten.
#[derive(Debug, Clone)]
pub(super) struct TestClip {
    info: VideoInfo,
    frames: Arc<[FrameTime]>,
    /// `None` decodes nothing.
    decoder: Option<TestDecoder>,
}

/// A decoder that takes its time by a fake clock.
#[derive(Debug, Clone)]
pub(super) struct TestDecoder {
    pub(super) time: FakeTime,
    /// Before the first frame of every stream.
    pub(super) start: Duration,
    /// For every frame.
    pub(super) frame: Duration,
}

impl TestClip {
    pub(super) fn new(decoder: Option<TestDecoder>) -> Self {
        let time = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: index as f64 / 25.0,
            is_key: index.is_multiple_of(10),
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
        Self { info, frames: (0..100).map(time).collect(), decoder }
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
        from: usize,
        every: usize,
        _max_side_px: Option<u32>,
    ) -> Result<Box<dyn ClipStream>, ExamineError> {
        let decoder = self.decoder.clone();
        let decoder = decoder.ok_or_else(|| ExamineError::Failed("never decoded".to_owned()))?;
        decoder.time.pass(decoder.start);
        Ok(Box::new(TestStream { clip: self.clone(), decoder, next: from, every }))
    }
}

struct TestStream {
    clip: TestClip,
    decoder: TestDecoder,
    next: usize,
    every: usize,
}

impl ClipStream for TestStream {
    fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<(FrameTime, RgbImage)>, ExamineError> {
        ctx.step(Phase::Decoding, 0, 1)?;
        let Some(time) = self.clip.frames.get(self.next) else { return Ok(None) };
        self.next += self.every;
        self.decoder.time.pass(self.decoder.frame);
        Ok(Some((*time, RgbImage::filled(64, 48, [90; 3]))))
    }
}
