//! Reads a file: its container, then the blocks of metadata in it, then what follows from both.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use super::credential::{self, Credential, CredentialState, TrustLists};
use super::error::Error;
use super::field::{Field, Part, Thumbnail};
use super::hints::{self, AiMark};
use super::jpeg::JpegCoding;
use super::packets::PacketChart;
use super::png::read as read_png;
use super::simple::{read_bmp, read_gif, read_icc, read_transport};
use super::sink::{Block, BlockKind, Sink};
use super::sniff::{Format, sniff};
use super::source::input::Input;
use super::source::span::Span;
use super::{bmff, iptc, jpeg, matroska, riff, tiff, xmp};
use crate::base::{Limits, Warning};

/// Bytes that tell the format.
const HEAD_BYTES: usize = 4096;

/// Everything that a file says about itself.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The container, from its content.
    pub format: Format,
    /// Bytes of the file.
    pub length: u64,
    /// The fields in the order of reading: the container, then each block in it.
    pub fields: Vec<Field>,
    /// Segments, chunks, boxes and directories, in the order of the file.
    pub parts: Vec<Part>,
    /// Small pictures in the file.
    pub thumbnails: Vec<Thumbnail>,
    /// How a JPEG picture is coded.
    pub jpeg: Option<JpegCoding>,
    /// The packets of the first video track.
    pub packets: Option<PacketChart>,
    /// The C2PA credential.
    pub credential: Credential,
    /// Marks of AI.
    pub marks: Vec<AiMark>,
    /// What is wrong with the file or was not read.
    pub warnings: Vec<Warning>,
}

impl Metadata {
    /// Whether there is a picture or a movie of which anything can be said: a JPEG file has a frame and a scan,
    /// others name a size or a track.
    pub fn has_content(&self) -> bool {
        let is_size = |name: &str| name.ends_with("ImageWidth") || name == "ImageSpatialExtent";
        match (&self.jpeg, self.format) {
            (Some(jpeg), _) => !jpeg.marker.is_empty() && jpeg.n_scans > 0,
            (None, Format::Xmp | Format::TransportStream) => true,
            (None, _) => self
                .fields
                .iter()
                .any(|field| is_size(&field.name) || field.group.starts_with("Track")),
        }
    }
}

/// Reads the metadata of a file. Of videos only headers are read. Signers of credentials are looked for
/// on the shipped lists.
///
/// # Errors
///
/// An [`Error`] when there is nothing to read. A damaged file is no error: it has warnings.
pub fn read_metadata(path: &Path, limits: &Limits) -> Result<Metadata, Error> {
    read_metadata_with_lists(path, limits, &TrustLists::default())
}

/// The same, with lists of roots for the signer of a credential.
///
/// # Errors
///
/// Those of [`read_metadata`].
pub fn read_metadata_with_lists(
    path: &Path,
    limits: &Limits,
    lists: &TrustLists,
) -> Result<Metadata, Error> {
    let facts = std::fs::metadata(path)?;
    if facts.is_dir() {
        return Err(Error::Folder);
    }
    if !facts.is_file() {
        return Err(Error::NotRegular);
    }
    let file = File::open(path)?;
    let mut input = Input::File { file, length: facts.len() };
    let head = input.read(0, HEAD_BYTES);
    if head.is_empty() {
        return if facts.len() == 0 { Err(Error::Empty) } else { Err(unreadable(path)) };
    }
    let format = sniff(&head).ok_or(Error::UnknownFormat)?;
    if !format.is_small() {
        return Ok(named(read_input(format, &mut input, lists), path));
    }
    let limit = limits.file_bytes;
    if facts.len() > limit {
        return Err(Error::TooLarge { bytes: facts.len(), limit });
    }
    let bytes = crate::files::read_capped(path, limit)?;
    let bytes = bytes.ok_or(Error::TooLarge { bytes: facts.len(), limit })?;
    Ok(named(read_input(format, &mut Input::Bytes(&bytes), lists), path))
}

/// Adds a warning when the name of the file promises another format.
fn named(mut metadata: Metadata, path: &Path) -> Metadata {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let usual = metadata.format.extensions();
    if let Some(ending) = ending.filter(|ending| !usual.contains(&ending.as_str())) {
        let ending = crate::base::text::visible(&ending).into_owned();
        let format = metadata.format.name();
        let text = format!("the name ends in .{ending}, but the content is {format}");
        metadata.warnings.push(Warning(text));
    }
    let beside = path.with_extension("c2pa");
    if matches!(metadata.credential.state, CredentialState::Absent) && beside.exists() {
        let name = beside.file_name().unwrap_or_default().to_string_lossy();
        let name = crate::base::text::visible(&name).into_owned();
        let text =
            format!("beside the file lies {name}, which may be its credential; it was not read");
        metadata.warnings.push(Warning(text));
    }
    metadata
}

/// The reason why a file that has bytes gives none.
fn unreadable(path: &Path) -> Error {
    match std::fs::read(path) {
        Err(error) => Error::from(error),
        Ok(_) => Error::Io(std::io::Error::other("it gives no bytes")),
    }
}

/// Reads the metadata of the bytes of a file.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::UnknownFormat`].
pub fn metadata_of_bytes(bytes: &[u8]) -> Result<Metadata, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let format = sniff(head).ok_or(Error::UnknownFormat)?;
    Ok(read_input(format, &mut Input::Bytes(bytes), &TrustLists::default()))
}

fn read_input(format: Format, input: &mut Input<'_>, lists: &TrustLists) -> Metadata {
    let mut sink = Sink::default();
    match (format, &mut *input) {
        (Format::WebP | Format::Avi, input) => riff::read(input, &mut sink),
        (Format::Heif | Format::IsoMedia, input) => bmff::read(input, &mut sink),
        (Format::Matroska, input) => matroska::read(input, &mut sink),
        (Format::TransportStream, input) => read_transport(input, &mut sink),
        (_, Input::Bytes(bytes)) => read_bytes(format, Span::new(bytes, 0), &mut sink),
        (_, Input::File { .. }) => {}
    }
    read_blocks(format, input, sink, lists)
}

/// Reads the blocks that a container held, and what follows from all fields.
fn read_blocks(
    format: Format,
    input: &mut Input<'_>,
    mut sink: Sink,
    lists: &TrustLists,
) -> Metadata {
    while let Some(block) = sink.next_block() {
        read_block(block, &mut sink);
    }
    several_blocks(&mut sink);
    foreign_extension(&mut sink);
    let evidence = credential::Evidence {
        format,
        fields: &sink.fields,
        parts: &sink.parts,
        stores: &sink.stores,
        places: &sink.places,
        cut_by: sink.cut_by(),
        lists,
    };
    let credential = credential::judge(input, &evidence);
    let marks = hints::marks(&sink.fields, &credential);
    // Directories are read after the segment that holds them.
    sink.parts.sort_by_key(|part| (part.offset, part.depth));
    Metadata {
        format,
        length: input.length(),
        fields: sink.fields,
        parts: sink.parts,
        thumbnails: sink.thumbnails,
        jpeg: sink.jpeg,
        packets: sink.packets,
        credential,
        marks,
        warnings: sink.warnings,
    }
}

fn read_bytes(format: Format, file: Span<'_>, sink: &mut Sink) {
    match format {
        Format::Jpeg => jpeg::read(file, sink),
        Format::Png => read_png(file, sink),
        Format::Gif => read_gif(file, sink),
        Format::Bmp => read_bmp(file, sink),
        Format::Tiff => tiff::read(file, true, sink),
        Format::Xmp => sink.block(BlockKind::Xmp, file),
        _ => {}
    }
}

fn read_block(block: Block, sink: &mut Sink) {
    let (n_fields, n_parts) = (sink.fields.len(), sink.parts.len());
    let (n_thumbnails, at, is_exact) = (sink.thumbnails.len(), block.at, block.is_exact);
    read_by_kind(block, sink);
    if !is_exact {
        // Places in unpacked or joined bytes are no places in the file.
        for field in sink.fields.iter_mut().skip(n_fields) {
            field.offset = at;
        }
        sink.parts.truncate(n_parts);
        sink.thumbnails.truncate(n_thumbnails);
    }
}

fn read_by_kind(block: Block, sink: &mut Sink) {
    let span = Span::new(&block.bytes, block.at);
    match block.kind {
        BlockKind::Exif => tiff::read(span, false, sink),
        BlockKind::Xmp | BlockKind::ExtendedXmp => xmp::read(span, sink),
        BlockKind::Iptc => iptc::read_iim(span, sink),
        BlockKind::Photoshop => iptc::read_photoshop(span, sink),
        BlockKind::Icc => read_icc(span, sink),
        BlockKind::Jumbf => sink.stores.push((block.at, block.bytes)),
    }
}

/// Extended XMP belongs to the packet that names it.
fn foreign_extension(sink: &mut Sink) {
    let named: BTreeSet<String> = sink
        .fields
        .iter()
        .filter(|field| field.name == "HasExtendedXMP")
        .map(|field| field.raw.trim().to_owned())
        .collect();
    let parts = sink.fields.iter().filter(|field| field.name == "ExtendedXMPPart");
    let foreign =
        parts.map(|field| field.tag.to_string()).find(|guid| !named.contains(guid.as_str()));
    if let Some(guid) = foreign {
        sink.warn(format!("no XMP packet names the extended XMP {guid}: programs may not show it"));
    }
}

/// A file with two blocks of a kind can say two things.
fn several_blocks(sink: &mut Sink) {
    for (kind, name) in
        [(BlockKind::Exif, "EXIF"), (BlockKind::Xmp, "XMP"), (BlockKind::Iptc, "IPTC")]
    {
        let n = sink.n_blocks(kind);
        if n > 1 {
            sink.warn(format!(
                "the file has {n} blocks of {name}: programs may show only one of them"
            ));
        }
    }
}

/// Entry for `tests/fuzz`: bytes as a file of a format, whatever they begin with.
#[cfg(fuzzing)]
pub fn fuzz_container(format: Format, bytes: &[u8]) {
    drop(read_input(format, &mut Input::Bytes(bytes), &TrustLists::none()));
}

/// Entry for `tests/fuzz`: bytes as a block that stood in a container. `kind`: `exif`, `xmp`, `iptc`,
/// `photoshop`, `icc`, `jumbf`.
#[cfg(fuzzing)]
pub fn fuzz_block(kind: &str, bytes: &[u8]) {
    let kind = match kind {
        "exif" => BlockKind::Exif,
        "xmp" => BlockKind::Xmp,
        "iptc" => BlockKind::Iptc,
        "photoshop" => BlockKind::Photoshop,
        "icc" => BlockKind::Icc,
        _ => BlockKind::Jumbf,
    };
    let mut sink = Sink::default();
    sink.block(kind, Span::new(bytes, 0));
    drop(read_blocks(Format::Jpeg, &mut Input::Bytes(bytes), sink, &TrustLists::none()));
}

/// Entry for `tests/fuzz`: a text that a generator may have left.
#[cfg(fuzzing)]
pub fn fuzz_note(name: &str, text: &str) {
    let mut sink = Sink::default();
    let span = Span::new(text.as_bytes(), 0);
    sink.field(Field::new("PNG", name.to_owned(), "", text, span));
    drop(read_blocks(Format::Png, &mut Input::Bytes(text.as_bytes()), sink, &TrustLists::none()));
}
