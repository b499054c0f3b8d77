//! What a clip has beside its picture: times, tracks, playhead.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Deref;
use std::sync::Arc;

use super::face::FaceItem;
use crate::base::{
    Damage, FrameTime, Moment, RgbImage, Sample, TrackSuspicion, Verdict, VideoInfo, VideoReport,
    n_examined,
};
use crate::session::video::clip::Clip;

/// Small pictures of frames kept for the timeline of a clip.
const MAX_THUMBNAILS: usize = 200;

/// How far the examination of a video is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Not begun.
    Waiting,
    /// Frames spread over the clip are being looked at.
    Quick,
    /// The quick look is done, the full pass waits for its turn.
    QuickDone,
    /// Every frame is being examined.
    Full,
    /// Everything was examined.
    Done,
    /// Stopped or failed before its end.
    Stopped,
}

/// One face through the clip, as far as it is known.
#[derive(Debug, Clone)]
pub struct FaceTrack {
    /// Its number.
    pub id: u32,
    /// In the order of showing. While the full pass runs, its samples first, then those of the
    /// quick look further on.
    pub samples: Vec<Sample>,
    /// How many of `samples`, from the first, are of the full pass.
    pub n_full: usize,
    /// Aggregate of the samples so far; `None` when none was examined.
    pub score: Option<f32>,
    /// The verdict for this score.
    pub verdict: Verdict,
    /// Why nothing of it was examined.
    pub reason: Option<String>,
    /// The most suspicious moments so far, the worst first.
    pub worst: Vec<Moment>,
    /// A small picture of the face.
    pub thumbnail: Option<Arc<RgbImage>>,
    /// The frame that it is from.
    pub thumbnail_frame: Option<usize>,
}

impl FaceTrack {
    /// What it weighs among the faces of the clip.
    pub fn suspicion(&self) -> TrackSuspicion {
        TrackSuspicion::new(n_examined(&self.samples), self.verdict, self.score)
    }

    pub fn at(&self, frame: usize) -> Option<&Sample> {
        let i = self.samples.binary_search_by_key(&frame, |s| s.frame).ok()?;
        self.samples.get(i)
    }

    /// Indices of the first and the last frame in which it was seen.
    pub fn span(&self) -> Option<(usize, usize)> {
        Some((self.samples.first()?.frame, self.samples.last()?.frame))
    }
}

/// What there is to see of an open video.
#[derive(Debug, Clone)]
pub struct OpenVideoFacts {
    /// What the container says.
    pub info: VideoInfo,
    /// Every frame that is shown, at least one.
    pub frames: Arc<[FrameTime]>,
    /// Lower-case hex of the file's bytes.
    pub sha256: String,
    /// Where the playhead is. The picture follows as soon as it is decoded.
    pub position: FrameTime,
    /// The frame that the document's picture and faces are of.
    pub shown: Option<usize>,
    /// It plays.
    pub is_playing: bool,
    /// `0.25..=4.0`.
    pub speed: f32,
    /// It begins anew at its end.
    pub is_looping: bool,
    /// First and last frame of what is played round and round; `None` is all.
    pub loop_range: Option<(usize, usize)>,
    /// Frames that came too late to be shown since playing began.
    pub n_dropped: u64,
    /// Why the frame at the playhead cannot be shown.
    pub problem: Option<String>,
    /// How far the examination is.
    pub pass: Pass,
    /// The quick look was done to its end.
    pub has_quick_look: bool,
    /// Frames done and frames to do in this pass.
    pub progress: Option<(usize, usize)>,
    /// For every frame, whether it was examined.
    pub examined: Vec<bool>,
    /// Faces, in the order of their numbers.
    pub tracks: Vec<FaceTrack>,
    /// The face pointed out.
    pub selected_track: Option<u32>,
    /// Index of the first frame of every shot but the first.
    pub cuts: Vec<usize>,
    /// What could not be decoded.
    pub damage: Vec<Damage>,
    /// Small pictures of frames, the ones asked for last.
    pub thumbnails: BTreeMap<usize, Arc<RgbImage>>,
    /// What was found when a pass ended.
    pub report: Option<Arc<VideoReport>>,
}

/// An open video. Its facts are read as fields; only methods in this folder change them: those in
/// `playhead` when the video plays, those in `clip_findings` when it is examined.
#[derive(Debug, Clone)]
pub struct OpenVideo {
    pub(super) facts: OpenVideoFacts,
    /// The open file, for all threads that decode it.
    clip: Arc<dyn Clip>,
    /// Regions drawn by hand, with the frames they were drawn in.
    pub(super) regions: Vec<(usize, FaceItem)>,
    /// Tracks with new samples whose verdict is not up to date.
    pub(super) unsettled: BTreeSet<u32>,
    /// Frames with a small picture, the newest last.
    thumbnail_order: VecDeque<usize>,
}

impl Deref for OpenVideo {
    type Target = OpenVideoFacts;

    fn deref(&self) -> &OpenVideoFacts {
        &self.facts
    }
}

impl OpenVideo {
    /// A clip of which nothing was examined yet; `None` when no frame of it is shown.
    pub(in crate::session) fn new(clip: Arc<dyn Clip>) -> Option<Self> {
        let frames = Arc::clone(clip.frames());
        let facts = OpenVideoFacts {
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
        };
        Some(Self {
            facts,
            clip,
            regions: Vec::new(),
            unsettled: BTreeSet::new(),
            thumbnail_order: VecDeque::new(),
        })
    }

    /// The open file, for all threads that decode it.
    pub(in crate::session) const fn clip(&self) -> &Arc<dyn Clip> {
        &self.clip
    }

    /// The file was opened again: it is examined anew, and what is known of it stays.
    pub(super) fn reopen(&mut self, clip: Arc<dyn Clip>) {
        self.clip = clip;
        self.wait_for_new_pass();
    }

    /// Keeps the small picture of a frame; the one asked for longest ago goes.
    pub(in crate::session) fn add_thumbnail(&mut self, frame: usize, pixels: Arc<RgbImage>) {
        if self.facts.thumbnails.insert(frame, pixels).is_none() {
            self.thumbnail_order.push_back(frame);
        }
        while self.thumbnail_order.len() > MAX_THUMBNAILS {
            let Some(oldest) = self.thumbnail_order.pop_front() else { return };
            self.facts.thumbnails.remove(&oldest);
        }
    }

    /// The number of the most suspicious face.
    pub(super) fn most_suspicious(&self) -> Option<u32> {
        let worst = self.tracks.iter().max_by(|a, b| a.suspicion().compare(b.suspicion()));
        worst.map(|track| track.id)
    }

    /// The face with this number.
    pub fn track(&self, id: u32) -> Option<&FaceTrack> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// Frames examined so far.
    pub fn n_examined(&self) -> usize {
        self.examined.iter().filter(|done| **done).count()
    }

    /// Index of the last frame.
    pub fn last_frame(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// Seconds of a frame since the first one.
    pub fn seconds_of(&self, frame: usize) -> f64 {
        self.frames.get(frame).or_else(|| self.frames.last()).map_or(0.0, |time| time.t_s)
    }

    /// The frame shown at a second.
    pub fn frame_at(&self, t_s: f64) -> usize {
        self.frames.partition_point(|time| time.t_s <= t_s + 1e-9).saturating_sub(1)
    }

    /// The small picture of the frame nearest to this one, no further than `within` away.
    pub fn thumbnail_near(&self, frame: usize, within: usize) -> Option<&Arc<RgbImage>> {
        let range = frame.saturating_sub(within)..=frame.saturating_add(within);
        let near = self.thumbnails.range(range);
        near.min_by_key(|(at, _)| at.abs_diff(frame)).map(|(_, pixels)| pixels)
    }
}
