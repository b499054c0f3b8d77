//! What a front end sees of the metadata of a file.

use std::sync::Arc;

use crate::base::RgbImage;
use crate::metadata::{Comparison, Contradiction, CredentialAnswer, Location, Metadata, Statement};
use crate::pipeline::described::ThumbnailCheck;

/// How far the reading of a file's metadata is.
#[derive(Debug, Clone)]
pub enum MetadataState {
    /// The file is being read.
    Reading,
    /// It could not be read; a sentence for people.
    Failed(String),
    /// It was read. Small pictures in it may follow.
    Read(FileMetadata),
}

/// What a file says about itself.
#[derive(Debug, Clone)]
pub struct FileMetadata {
    /// Number of the reading: another one when the file was read again.
    pub version: u64,
    /// What was read, and what follows from it.
    pub facts: Arc<MetadataFacts>,
    /// The small pictures in the file, in the order of [`Metadata::thumbnails`]; no more than are
    /// decoded.
    pub thumbnails: Vec<SmallPicture>,
    /// The pictures in its credential, in the order of
    /// [`Credential::pictures`](crate::metadata::Credential::pictures).
    pub credential_pictures: Vec<SmallPicture>,
    /// Whether each thumbnail shows the picture, in the order of [`Metadata::thumbnails`]; `None`
    /// until they were compared.
    pub thumbnail_checks: Option<Vec<ThumbnailCheck>>,
    /// How much each thumbnail that shows the picture differs from it, in the same order, see
    /// [`difference`](crate::pipeline::described::difference); empty until they were compared.
    pub thumbnail_differences: Vec<Option<Arc<RgbImage>>>,
    /// What distinguishes it from known genuine files; `None` until somebody asks.
    pub reference: Option<ReferenceState>,
}

/// How far the comparison with known genuine files is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceState {
    /// The files are being read: how many of how many.
    Reading(u64, u64),
    /// There is nothing to compare with; a sentence for people.
    Failed(String),
    /// The file was compared.
    Compared(Arc<ReferenceResult>),
}

/// What distinguishes a file from known genuine files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceResult {
    /// What only one side has.
    pub comparison: Comparison,
    /// Files of the folder that could not be read.
    pub n_unread: u64,
    /// The folder has more files than are read.
    pub is_cut: bool,
}

/// What was read, and what follows from it.
#[derive(Debug)]
pub struct MetadataFacts {
    /// What was read.
    pub metadata: Metadata,
    /// At most seven sentences.
    pub summary: Vec<Statement>,
    /// What does not fit together, by all rules.
    pub contradictions: Vec<Contradiction>,
    /// Where the file says that it was made.
    pub location: Option<Location>,
    /// Six questions about the credential.
    pub answers: [CredentialAnswer; 6],
    /// The credential as a tree, each node behind the one it belongs to.
    pub tree: Vec<ProvenanceNode>,
    /// The packets of a video; empty for pictures, and where they were not read.
    pub packets: Vec<ChartPacket>,
    /// Groups of fields in their order, each with its number of fields.
    pub groups: Vec<(String, usize)>,
    /// What a search looks into, for each field: names and values in lower case.
    pub search_texts: Vec<Box<str>>,
}

/// A packet of a video, as the chart of packets shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartPacket {
    /// When it is shown, in seconds from the start of its track.
    pub t_s: f64,
    /// Its size.
    pub bytes: u32,
    /// It holds a key frame.
    pub is_key: bool,
}

/// The file, something it was made from, or another manifest of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenanceNode {
    /// How many nodes it lies in.
    pub depth: u8,
    /// Index of its manifest; `None` where no credential of it was kept.
    pub manifest: Option<usize>,
    /// The manifest that names it as an ingredient, and which; `None` for the file itself, and for
    /// manifests that nothing refers to.
    pub ingredient: Option<(usize, usize)>,
    /// Index of its picture in the credential.
    pub picture: Option<usize>,
    /// What it was made from is left out: it would go round in a circle, too deep or too far.
    pub is_cut: bool,
}

/// A small picture inside a file. Whoever wrote the file chose it.
#[derive(Debug, Clone)]
pub enum SmallPicture {
    /// It is not decoded yet.
    Waiting,
    Decoded {
        /// Its pixels, at most 640 a side: larger ones are made smaller.
        pixels: Arc<RgbImage>,
        /// Width and height as stored in the file, before it is turned.
        stored_px: [u32; 2],
        /// It was turned as the EXIF orientation of the file says.
        is_turned: bool,
    },
    /// It cannot be decoded; a sentence for people.
    Failed(String),
}

impl SmallPicture {
    /// Its pixels, once it is decoded.
    pub const fn pixels(&self) -> Option<&Arc<RgbImage>> {
        match self {
            Self::Decoded { pixels, .. } => Some(pixels),
            _ => None,
        }
    }
}
