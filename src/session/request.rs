//! What one part of the session asks of another.

use std::path::PathBuf;
use std::sync::Arc;

use super::document::id::{DocumentId, DrawnMaskKey};
use super::document::open::Picture;
use super::examine::error::ExamineError;
use crate::base::{Face, Mesh};
use crate::curate::Examination;

/// A request of a part; the session hands it to the part that can fulfill it.
pub(super) enum Request {
    /// To `examine`: examine a file.
    Examine(DocumentId),
    /// To `examine`: examine a file once more, after a failure or a stop.
    ExamineAgain(DocumentId),
    /// To `examine`: place the mesh on a face of the picture shown, before anything else.
    PlaceMesh { document: DocumentId, picture: Arc<Picture>, face: Box<Face> },
    /// To `examine`: stop what is being done on a document; nothing that waits for it begins.
    StopWork(DocumentId),
    /// To `examine`: stop the examination of an item in the background; it goes on later.
    StopQueueItem,
    /// To `examine` and `video`: a document is shown; `is_new` when another one was shown before.
    DocumentShown { document: DocumentId, is_new: bool },
    /// To `video`: go to a frame of the video shown.
    GoToFrame(usize),
    /// To `video`: a clip was opened, or opened again.
    ClipOpened(DocumentId),
    /// To `video`: make small pictures of the faces of a clip that have none.
    MakeFaceThumbnails(DocumentId),
    /// To `examine` and `masks`: a frame of a video is on the screen.
    FrameShown { key: DrawnMaskKey, is_new: bool },
    /// To `masks`: the mesh of a face in upright space, none where it would not be sure, or why there
    /// is none.
    MeshPlaced { document: DocumentId, mesh: Result<Option<Box<Mesh>>, String> },
    /// To `case`: an item was examined in the background.
    QueueItemExamined(Result<Box<Examination>, ExamineError>),
    /// To `case`: every frame of a clip was examined, which is an item of the case.
    ItemWatched { document: DocumentId, result: Result<Box<Examination>, ExamineError> },
    /// To `output`: write a table.
    SaveTable { path: PathBuf, csv: String },
    /// To all: close a document.
    Close(DocumentId),
}
