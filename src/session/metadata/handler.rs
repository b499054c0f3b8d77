//! Reading the metadata of a file, on the thread of the part.

use std::path::PathBuf;
use std::sync::Arc;

use super::pictures::{self, MAX_THUMBNAILS};
use super::tree::tree;
use super::values::{ChartPacket, FileMetadata, MetadataFacts, SmallPicture};
use crate::base::text::sentence;
use crate::base::{Cancel, Frame, Limits, Orientation, RgbImage, TaskCtx};
use crate::metadata::{Field, Metadata, answers, contradictions, location, read_metadata, summary};
use crate::pipeline::described::{ThumbnailCheck, ThumbnailContent, check_thumbnails, difference};
use crate::session::document::id::DocumentId;
use crate::session::worker::{EventSender, Handler};

/// A file, and what is to be done with it.
pub(super) struct MetadataJob {
    pub(super) task: MetadataTask,
    pub(super) document: DocumentId,
    pub(super) version: u64,
    pub(super) path: PathBuf,
    /// Set when its document is closed.
    pub(super) cancel: Cancel,
}

/// What is to be done with a file.
pub(super) enum MetadataTask {
    Read,
    /// Compare its thumbnails with its picture.
    CompareThumbnails {
        facts: Arc<MetadataFacts>,
        frame: Frame,
        /// The thumbnails that were decoded, upright.
        thumbnails: Vec<Option<Arc<RgbImage>>>,
    },
}

/// What came of a job.
pub(super) struct MetadataEvent {
    pub(super) document: DocumentId,
    pub(super) version: u64,
    pub(super) result: MetadataResult,
}

pub(super) enum MetadataResult {
    Read(Box<FileMetadata>),
    /// Index among the thumbnails, and the picture.
    Thumbnail(usize, SmallPicture),
    /// Index among the pictures of the credential, and the picture.
    CredentialPicture(usize, SmallPicture),
    /// For each thumbnail, whether it shows the picture, and how much it differs.
    ThumbnailChecks(Vec<ThumbnailCheck>, Vec<Option<Arc<RgbImage>>>),
    Failed(String),
    /// Nothing more comes.
    Finished,
}

pub(super) struct MetadataHandler;

impl Handler<MetadataJob, MetadataEvent> for MetadataHandler {
    fn handle(&mut self, job: &MetadataJob, events: &EventSender<MetadataEvent>) {
        let send = |result| {
            events.send(MetadataEvent { document: job.document, version: job.version, result });
        };
        match &job.task {
            _ if job.cancel.is_cancelled() => {}
            MetadataTask::Read => match read_metadata(&job.path, &Limits::default()) {
                Ok(metadata) => {
                    let file = file_metadata(metadata, job.version);
                    let facts = Arc::clone(&file.facts);
                    send(MetadataResult::Read(Box::new(file)));
                    decode_pictures(job, &facts.metadata, send);
                }
                Err(error) => send(MetadataResult::Failed(sentence(&error.to_string()))),
            },
            MetadataTask::CompareThumbnails { facts, frame, thumbnails } => {
                let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &|_| {} };
                let places = &facts.metadata.thumbnails;
                if let Ok(checks) = check_thumbnails(&job.path, places, frame, &ctx) {
                    let differences = differences(&checks, &frame.upright, thumbnails);
                    send(MetadataResult::ThumbnailChecks(checks, differences));
                }
            }
        }
        send(MetadataResult::Finished);
    }

    fn on_crash(job: &MetadataJob, events: &EventSender<MetadataEvent>) {
        let what = match &job.task {
            MetadataTask::Read => MetadataResult::Failed(
                "Reading the metadata crashed; this is a fault of the program.".to_owned(),
            ),
            MetadataTask::CompareThumbnails { facts, .. } => {
                let why = "the comparison crashed; this is a fault of the program".to_owned();
                let check = ThumbnailCheck::NotCompared(why);
                let checks = vec![check; facts.metadata.thumbnails.len()];
                MetadataResult::ThumbnailChecks(checks, Vec::new())
            }
        };
        for result in [what, MetadataResult::Finished] {
            events.send(MetadataEvent { document: job.document, version: job.version, result });
        }
    }
}

/// How much thumbnails differ from the picture that they show, as it lies.
fn differences(
    checks: &[ThumbnailCheck],
    picture: &RgbImage,
    thumbnails: &[Option<Arc<RgbImage>>],
) -> Vec<Option<Arc<RgbImage>>> {
    let pairs = checks.iter().zip(thumbnails);
    let one = |(check, thumbnail): (&ThumbnailCheck, &Option<Arc<RgbImage>>)| match check {
        ThumbnailCheck::Compared(found)
            if matches!(found.content, ThumbnailContent::Same | ThumbnailContent::Changed)
                && found.turn_deg == 0
                && found.compared >= 1.0 =>
        {
            difference(picture, thumbnail.as_deref()?).map(Arc::new)
        }
        _ => None,
    };
    pairs.map(one).collect()
}

/// What is shown of a file, before its small pictures are decoded.
pub(super) fn file_metadata(metadata: Metadata, version: u64) -> FileMetadata {
    let n_thumbnails = metadata.thumbnails.len().min(MAX_THUMBNAILS);
    let n_pictures = metadata.credential.pictures.len();
    let facts = MetadataFacts {
        summary: summary(&metadata, &[]),
        contradictions: contradictions(&metadata, &[]),
        location: location(&metadata.fields),
        answers: answers(&metadata.credential),
        tree: tree(&metadata.credential),
        packets: chart(&metadata),
        groups: groups(&metadata.fields),
        search_texts: metadata.fields.iter().map(search_text).collect(),
        metadata,
    };
    FileMetadata {
        version,
        facts: Arc::new(facts),
        thumbnails: vec![SmallPicture::Waiting; n_thumbnails],
        credential_pictures: vec![SmallPicture::Waiting; n_pictures],
        thumbnail_checks: None,
        thumbnail_differences: Vec::new(),
        reference: None,
    }
}

/// The packets of a video, in the order of showing.
fn chart(metadata: &Metadata) -> Vec<ChartPacket> {
    let packets = metadata.packets.iter().flat_map(|chart| &chart.packets);
    packets.map(|p| ChartPacket { t_s: p.t_s, bytes: p.bytes, is_key: p.is_key }).collect()
}

/// Groups in the order in which they appear.
fn groups(fields: &[Field]) -> Vec<(String, usize)> {
    let mut places = std::collections::BTreeMap::new();
    let mut groups: Vec<(String, usize)> = Vec::new();
    for field in fields {
        let at = *places.entry(field.group.as_ref()).or_insert_with(|| {
            groups.push((field.group.clone().into_owned(), 0));
            groups.len() - 1
        });
        groups[at].1 += 1;
    }
    groups
}

fn search_text(field: &Field) -> Box<str> {
    let meaning = field.meaning.as_deref().unwrap_or_default();
    let text = format!("{} {} {} {meaning}", field.key(), field.tag, field.raw);
    text.to_lowercase().into()
}

/// How the file says that it is turned: its small pictures are turned likewise.
fn orientation(fields: &[Field]) -> Orientation {
    let named = fields.iter().find(|f| f.group == "IFD0" && f.name == "Orientation");
    let value = named.and_then(|field| field.raw.trim().parse().ok());
    value.map_or(Orientation::UPRIGHT, Orientation::from_exif)
}

fn decode_pictures(job: &MetadataJob, metadata: &Metadata, send: impl Fn(MetadataResult)) {
    let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &|_| {} };
    let orientation = orientation(&metadata.fields);
    for (i, place) in metadata.thumbnails.iter().take(MAX_THUMBNAILS).enumerate() {
        if job.cancel.is_cancelled() {
            return;
        }
        let picture = pictures::thumbnail(&job.path, *place, orientation, &ctx);
        send(MetadataResult::Thumbnail(i, picture));
    }
    for (i, stored) in metadata.credential.pictures.iter().enumerate() {
        if job.cancel.is_cancelled() {
            return;
        }
        let picture = pictures::decode(&stored.bytes, Orientation::UPRIGHT, &ctx);
        send(MetadataResult::CredentialPicture(i, picture));
    }
}
