//! Stores what the files of a case say about themselves.

use std::path::Path;

use serde_json::Value;

use crate::base::release::PROGRAM;
use crate::base::{Phase, TaskCtx};
use crate::case::{self, BatchWriter, DescriptionFacts, ItemId, StoredDescription};
use crate::curate::Error;

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedFile {
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The keys of `metadata --json`.
    pub said: Value,
}

/// Counts of a run.
#[expect(clippy::struct_field_names, reason = "counts begin with n, as everywhere")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DescribeCounts {
    /// Items of which a description was stored.
    pub n_new: u64,
    /// Items whose file is no longer the one that the case knows.
    pub n_changed: u64,
    /// Items whose file could not be read.
    pub n_unread: u64,
}

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::curate) enum Described {
    New,
    Changed,
    Unread,
}

/// Stores what was read of an item. A file that cannot be read, or is another one now, is a result.
pub(in crate::curate) fn describe_item(
    case: &mut dyn BatchWriter,
    id: ItemId,
    read: Result<DescribedFile, String>,
) -> Result<Described, Error> {
    let Ok(DescribedFile { sha256, said }) = read else { return Ok(Described::Unread) };
    let facts =
        DescriptionFacts { media_sha256: sha256, program: PROGRAM.to_owned(), at: case::now() };
    let description = StoredDescription { facts, said };
    match case.write(move |case| case.record_description(id, &description)) {
        Ok(_) => Ok(Described::New),
        Err(case::Error::MediaChanged { .. }) => Ok(Described::Changed),
        Err(other) => Err(other.into()),
    }
}

/// Reads up to `n` items of which this version of the program has stored nothing, in the order of the
/// case. Every item is one transaction: the same call continues after a stop.
///
/// # Errors
///
/// [`Error::Cancelled`], [`Error::Case`]. A file that cannot be read is counted.
pub fn describe_items(
    case: &mut dyn BatchWriter,
    n: usize,
    read_one: &mut dyn FnMut(&Path) -> Result<DescribedFile, String>,
    ctx: &TaskCtx<'_>,
) -> Result<DescribeCounts, Error> {
    let items = case.reader().to_describe(PROGRAM, n)?;
    let mut counts = DescribeCounts::default();
    for (i, (id, path)) in items.iter().enumerate() {
        ctx.step(Phase::Reading, i as u64, items.len() as u64)?;
        match describe_item(case, *id, read_one(path))? {
            Described::New => counts.n_new += 1,
            Described::Changed => counts.n_changed += 1,
            Described::Unread => counts.n_unread += 1,
        }
    }
    ctx.step(Phase::Reading, items.len() as u64, items.len() as u64)?;
    Ok(counts)
}
