//! Jobs of the thread that examines, and its events: plain values.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::ExamineError;
use super::examiner::ExamineSettings;
use crate::base::{Cancel, Face, FaceFinding, MediaReport, Mesh, Rect, RgbImage, VideoReport};
use crate::curate::Examination;
use crate::detect::Degradation;
use crate::files::FileFacts;
use crate::session::document::clip_findings::ClipBatch;
use crate::session::document::face::{DegradedFace, FaceItem};
use crate::session::document::id::DocumentId;
use crate::session::document::open::{Document, Picture};
use crate::session::video::clip::Clip;
use crate::session::view::values::ModelFacts;
use crate::signal::Colormap;

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum ExamineTask {
    /// Open and examine the file.
    Examine,
    /// Only open the file: its pixels were put away.
    Open,
    /// Examine an item of the case in the background; nothing of it is shown.
    QueueItem { every_frame: bool },
    /// Examine every frame of a video whose quick look is done. Of an item of the case the findings
    /// are kept.
    FullPass { clip: Arc<dyn Clip>, is_item: bool },
    /// Examine one region of the picture, in image space.
    Region { picture: Arc<Picture>, region: Rect, frame: Option<usize> },
    /// Place the mesh on a face of the picture.
    Mesh { picture: Arc<Picture>, face: Box<Face> },
    /// Examine degraded copies of a face, one after the other.
    Rescore(Rescoring),
}

/// Degraded copies of a face that are to be examined.
#[derive(Debug, Clone)]
pub(super) struct Rescoring {
    pub(super) picture: Arc<Picture>,
    /// The frame of a video that the picture is of.
    pub(super) frame: Option<usize>,
    pub(super) face_idx: usize,
    pub(super) original: Arc<FaceFinding>,
    pub(super) degradations: Vec<Degradation>,
    pub(super) role: Role,
}

/// What a degraded copy is examined for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A step of the series.
    Series,
    /// What a person looks at.
    Trial,
}

/// What sort of job it is: decides what gives way to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    /// A file or a region is examined, or a file opened.
    Short,
    /// The mesh is placed on a face.
    Mesh,
    /// All of a video is examined, which takes long.
    FullPass,
    /// A series is tried on a face.
    Series,
    /// One degradation is examined while a person moves its slider.
    Trial,
    /// An item of the case is examined in the background.
    QueueItem,
}

/// A task with what it is about.
#[derive(Debug, Clone)]
pub(super) struct ExamineJob {
    /// `None` for an item of the case.
    pub(super) document: Option<DocumentId>,
    pub(super) path: PathBuf,
    pub(super) task: ExamineTask,
    pub(super) colormap: Colormap,
    pub(super) cancel: Cancel,
    /// Hash of the video whose quick look is done: it is not done again.
    pub(super) quick_look_sha256: Option<String>,
    /// Set when it begins.
    pub(super) settings: ExamineSettings,
}

impl ExamineJob {
    /// A job about a document.
    pub(super) fn new(document: &Document, task: ExamineTask, colormap: Colormap) -> Self {
        Self {
            document: Some(document.id),
            path: document.path.clone(),
            task,
            colormap,
            cancel: Cancel::default(),
            quick_look_sha256: document.quick_look_sha256(),
            settings: ExamineSettings::default(),
        }
    }

    /// Examines an item of the case in the background.
    pub(super) fn of_item(path: PathBuf, every_frame: bool) -> Self {
        Self {
            document: None,
            path,
            task: ExamineTask::QueueItem { every_frame },
            colormap: Colormap::default(),
            cancel: Cancel::default(),
            quick_look_sha256: None,
            settings: ExamineSettings::default(),
        }
    }

    pub(super) const fn kind(&self) -> JobKind {
        match &self.task {
            ExamineTask::FullPass { .. } => JobKind::FullPass,
            ExamineTask::Rescore(Rescoring { role: Role::Series, .. }) => JobKind::Series,
            ExamineTask::Rescore(Rescoring { role: Role::Trial, .. }) => JobKind::Trial,
            ExamineTask::Mesh { .. } => JobKind::Mesh,
            ExamineTask::QueueItem { .. } => JobKind::QueueItem,
            ExamineTask::Examine | ExamineTask::Open | ExamineTask::Region { .. } => JobKind::Short,
        }
    }

    /// The face that a series is to be tried on.
    pub(super) const fn series_face(&self) -> Option<usize> {
        match &self.task {
            ExamineTask::Rescore(Rescoring { role: Role::Series, face_idx, .. }) => Some(*face_idx),
            _ => None,
        }
    }
}

/// What a job of the examiner has produced.
pub(super) enum Happened {
    /// Size and dates of the file, if it is there.
    FileRead(Option<FileFacts>),
    Opened {
        picture: Arc<Picture>,
        thumbnail: Arc<RgbImage>,
    },
    Model(Arc<ModelFacts>),
    Examined {
        report: Arc<MediaReport>,
        faces: Vec<FaceItem>,
    },
    ClipOpened {
        clip: Arc<dyn Clip>,
        /// The first frame, if it can be decoded.
        picture: Option<Arc<Picture>>,
    },
    ClipProgress(ClipBatch),
    ClipExamined {
        report: Arc<VideoReport>,
        is_quick: bool,
    },
    RegionExamined {
        faces: Vec<FaceItem>,
        /// The frame of a video that it is part of.
        frame: Option<usize>,
    },
    /// The mesh in upright space, none where it would not be sure, or why there is none.
    MeshPlaced(Result<Option<Box<Mesh>>, String>),
    Rescored {
        frame: Option<usize>,
        face_idx: usize,
        role: Role,
        item: Arc<DegradedFace>,
    },
    /// An item of the case was examined, or why not.
    QueueItemExamined(Result<Box<Examination>, ExamineError>),
    /// Every frame of a clip that is an item of the case was examined.
    ItemWatched(Result<Box<Examination>, ExamineError>),
    /// Always the last event of a job.
    Finished(Result<(), ExamineError>),
}

/// What happened, with the document it happened to.
pub(super) struct ExamineEvent {
    pub(super) document: Option<DocumentId>,
    pub(super) happened: Happened,
}
