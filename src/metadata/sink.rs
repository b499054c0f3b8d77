//! Collects what the readers find, within limits.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use super::bmff::SamplePlaces;
use super::field::{Field, Part, Thumbnail};
use super::jpeg::JpegCoding;
use super::packets::PacketChart;
use super::source::span::Span;
use crate::base::Warning;
use crate::base::text::counted;

/// Bytes that one packed or joined text may have.
pub(super) const MAX_TEXT_BYTES: usize = 8 << 20;
/// Fields that are kept.
const MAX_FIELDS: usize = 100_000;
/// Parts of the structure that are kept.
const MAX_PARTS: usize = 100_000;
/// Bytes of all texts together.
const MAX_ALL_BYTES: usize = 32 << 20;
/// Blocks inside blocks that are read, and how deep.
const MAX_BLOCKS: usize = 1000;
const MAX_BLOCK_DEPTH: u8 = 8;
/// Warnings that are kept: a damaged file could give one for each field.
const MAX_WARNINGS: usize = 100;

/// A kind of block that several containers can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BlockKind {
    Exif,
    Xmp,
    /// The part of a packet that did not fit into one segment.
    ExtendedXmp,
    Iptc,
    Photoshop,
    Icc,
    Jumbf,
}

/// A block inside a container, with its bytes.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) bytes: Vec<u8>,
    pub(super) at: u64,
    pub(super) depth: u8,
    /// The bytes stand in the file as they are: offsets in them are offsets in the file.
    pub(super) is_exact: bool,
}

/// Everything that is found, in the order of reading.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub(super) fields: Vec<Field>,
    pub(super) parts: Vec<Part>,
    pub(super) warnings: Vec<Warning>,
    pub(super) thumbnails: Vec<Thumbnail>,
    pub(super) jpeg: Option<JpegCoding>,
    /// The packets of the first video track that has some.
    pub(super) packets: Option<PacketChart>,
    /// Credential stores: offset of the first byte, and the store.
    pub(super) stores: Vec<(u64, Vec<u8>)>,
    /// Where the samples of an ISO file lie.
    pub(super) places: SamplePlaces,
    blocks: VecDeque<Block>,
    n_blocks: BTreeMap<BlockKind, usize>,
    n_all_blocks: usize,
    /// How deep the block lies that is being read.
    depth: u8,
    /// What is added to the names of groups: the number of the block from the second on.
    suffix: String,
    n_bytes: usize,
    is_full: bool,
    /// What a reader said when it stopped before the end: the first one.
    cut_by: Option<String>,
}

impl Sink {
    /// Keeps a field, unless there are too many already.
    pub(super) fn field(&mut self, mut field: Field) {
        let meaning = field.meaning.as_ref().map_or(0, String::len);
        let names = field.name.len().saturating_add(field.tag.len());
        let all = [field.raw.len(), meaning, names]
            .iter()
            .fold(self.n_bytes, |sum, n| sum.saturating_add(*n));
        let n = self.fields.len();
        if n >= MAX_FIELDS || all > MAX_ALL_BYTES {
            if !self.is_full {
                self.is_full = true;
                self.cut(if n >= MAX_FIELDS {
                    format!("the file has more than {MAX_FIELDS} fields: the rest is left out")
                } else {
                    let fields = counted(n as u64, "field");
                    let mib = MAX_ALL_BYTES >> 20;
                    format!(
                        "the file has more than {mib} MiB of text: it is left out after {fields}"
                    )
                });
            }
            return;
        }
        self.n_bytes = all;
        if !self.suffix.is_empty() {
            field.group = Cow::Owned(format!("{}{}", field.group, self.suffix));
        }
        self.fields.push(field);
    }

    /// Whether no further field is kept: a reader can stop.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Why some of the file was not read, so that nothing can be said of what it lacks; `None` where all
    /// was.
    pub(super) fn cut_by(&self) -> Option<&str> {
        self.cut_by.as_deref()
    }

    /// Notes that a reader stopped before the end, and why.
    pub(super) fn cut(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.cut_by.get_or_insert_with(|| text.clone());
        self.warn(text);
    }

    /// Keeps a part of the structure.
    pub(super) fn part(
        &mut self,
        depth: u8,
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Cow<'static, str>>,
        (offset, length): (u64, u64),
    ) {
        if self.parts.len() == MAX_PARTS {
            self.warn("the file has too many parts: the rest of its structure is left out");
        }
        if self.parts.len() <= MAX_PARTS {
            let (name, meaning) = (name.into(), meaning.into());
            self.parts.push(Part { depth, name, meaning, offset, length });
        }
    }

    /// Notes what is wrong with the file, once.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        let warning = Warning(text.into());
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Keeps a block for reading after its container.
    pub(super) fn block(&mut self, kind: BlockKind, span: Span<'_>) {
        // Thousands of entries can point to the same bytes: they are copied only if there is room.
        if self.has_room(span.len()) {
            self.push_block(kind, span.bytes.to_vec(), span.at, true);
        }
    }

    /// Whether a block of so many bytes is kept; says so where not.
    fn has_room(&mut self, n_bytes: usize) -> bool {
        let is_too_much = self.n_bytes.saturating_add(n_bytes) > MAX_ALL_BYTES;
        let mib = MAX_ALL_BYTES >> 20;
        let what = if is_too_much {
            self.is_full = true;
            format!("the file has more than {mib} MiB of metadata: some blocks were not read")
        } else if self.depth >= MAX_BLOCK_DEPTH {
            "the blocks of metadata lie too deep in each other: some were not read".to_owned()
        } else if self.n_all_blocks >= MAX_BLOCKS {
            format!("the file has more than {MAX_BLOCKS} blocks of metadata: some were not read")
        } else {
            return n_bytes > 0;
        };
        self.cut(what);
        false
    }

    /// The same for bytes that were unpacked or joined. `at`: where they begin in the file.
    pub(super) fn block_of_bytes(&mut self, kind: BlockKind, bytes: Vec<u8>, at: u64) {
        if self.has_room(bytes.len()) {
            self.push_block(kind, bytes, at, false);
        }
    }

    fn push_block(&mut self, kind: BlockKind, bytes: Vec<u8>, at: u64, is_exact: bool) {
        self.n_all_blocks = self.n_all_blocks.saturating_add(1);
        self.n_bytes = self.n_bytes.saturating_add(bytes.len());
        let depth = self.depth.saturating_add(1);
        self.blocks.push_back(Block { kind, bytes, at, depth, is_exact });
    }

    /// The next block to read. Fields until the next call belong to it.
    pub(super) fn next_block(&mut self) -> Option<Block> {
        let block = self.blocks.pop_front()?;
        let n = self.n_blocks.entry(block.kind).or_default();
        *n = n.saturating_add(1);
        self.suffix = match (block.kind, *n) {
            (_, 0 | 1) => String::new(),
            (BlockKind::Iptc, n) => n.to_string(),
            (_, n) => format!("#{n}"),
        };
        self.depth = block.depth;
        Some(block)
    }

    /// How many blocks of a kind were read.
    pub(super) fn n_blocks(&self, kind: BlockKind) -> usize {
        self.n_blocks.get(&kind).copied().unwrap_or(0)
    }
}
