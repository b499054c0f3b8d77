//! Pictures that a foreign data set lists more than once: under two ids, in two parts, in two
//! files.
//!
//! One entry stays of those that say the same. Entries that contradict one another are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::formats::ForeignItem;
use super::record::mask_sha256;
use super::{Error, Format, Record, Split};
use crate::annotate::{Decision, ForgeryKind};
use crate::base::{Phase, TaskCtx};
use crate::files::sha256_of_file;

/// Pictures that a remark names.
const MAX_NAMED: usize = 5;

/// What makes two entries entries of one picture.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum PictureKey {
    /// SHA-256 of a file that was found.
    Content(String),
    /// Path of a file that no other file has the size of.
    Path(PathBuf),
    /// Part and name of a picture that was not found.
    Name(Split, String),
}

/// What an entry says about its picture.
#[derive(PartialEq, Eq)]
struct Statement {
    mask_sha256: String,
    decision: Decision,
    kind: Option<ForgeryKind>,
}

/// Leaves one entry of each picture, or refuses those that contradict one another. Entries that all
/// have records of ours are left alone: frames of one clip may be the same.
pub(super) fn resolve_doubles(
    format: Format,
    items: &mut Vec<ForeignItem>,
    records: &mut Vec<Option<Record>>,
    remarks: &mut Vec<String>,
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let mut groups: BTreeMap<PictureKey, Vec<usize>> = BTreeMap::new();
    for (i, key) in picture_keys(items, ctx)?.into_iter().enumerate() {
        groups.entry(key).or_default().push(i);
    }
    let mut is_kept = vec![true; items.len()];
    for mut group in groups.into_values() {
        group.retain(|i| items.get(*i).is_some_and(|item| item.problem.is_none()));
        let is_known = |i: &usize| records.get(*i).is_some_and(Option::is_some);
        if group.len() < 2 || group.iter().all(is_known) {
            continue;
        }
        ctx.step(Phase::Reading, 0, 0)?;
        // The part that is used first stays.
        group.sort_by_key(|i| (items.get(*i).map(|item| item.split), *i));
        let mut statements: Vec<(usize, Statement)> = Vec::new();
        let mut silent = Vec::new();
        for i in group {
            let Some(item) = items.get(i) else { continue };
            if format.is_silent_without_marks() && item.is_bare() {
                silent.push(i);
            } else if let Some(statement) = statement(item) {
                statements.push((i, statement));
            }
        }
        if statements.is_empty() && !silent.is_empty() {
            silent.remove(0);
        }
        for i in silent {
            leave_out(&mut is_kept, i);
        }
        let Some(((first, common), others)) = statements.split_first() else { continue };
        if others.iter().all(|(_, other)| other == common) {
            for (i, _) in others {
                leave_out(&mut is_kept, *i);
            }
        } else {
            let all: Vec<usize> =
                std::iter::once(first).chain(others.iter().map(|(i, _)| i)).copied().collect();
            refuse(items, &all);
        }
    }
    let left_out: Vec<String> = items
        .iter()
        .zip(&is_kept)
        .filter(|(_, is_kept)| !**is_kept)
        .map(|(item, _)| full_name(item))
        .collect();
    if !left_out.is_empty() {
        let more = if left_out.len() > MAX_NAMED { ", …" } else { "" };
        let named = left_out.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
        remarks.push(format!(
            "{} entries were left out: another entry shows the same picture and says the same, or this \
             one has no marks: {named}{more}",
            left_out.len()
        ));
    }
    let mut kept = is_kept.iter();
    items.retain(|_| kept.next() == Some(&true));
    let mut kept = is_kept.iter();
    records.retain(|_| kept.next() == Some(&true));
    Ok(())
}

fn leave_out(is_kept: &mut [bool], i: usize) {
    if let Some(is_kept) = is_kept.get_mut(i) {
        *is_kept = false;
    }
}

/// The name and the part of an entry.
fn full_name(item: &ForeignItem) -> String {
    format!("{} ({})", item.name, item.split.as_str())
}

/// Refuses entries that contradict one another.
fn refuse(items: &mut [ForeignItem], all: &[usize]) {
    let names: Vec<String> = all.iter().filter_map(|i| items.get(*i)).map(full_name).collect();
    for (n, i) in all.iter().enumerate() {
        let others: Vec<&str> =
            names.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, s)| s.as_str()).collect();
        let Some(item) = items.get_mut(*i) else { continue };
        item.refuse(format!(
            "{} is the same picture with another mask, decision or kind: correct one of them, or \
             delete it",
            others.join(" and ")
        ));
    }
}

/// What the entry says; `None` when it cannot be read, which is reported when its turn comes.
fn statement(item: &ForeignItem) -> Option<Statement> {
    let mask = item.mask(item.size().ok()?).ok()?;
    let kind = item.label().kind;
    let decision = Decision::from_mask(mask.is_empty(), kind);
    Some(Statement { mask_sha256: mask_sha256(&mask), decision, kind })
}

/// The key of each item. Only files of which two have the same size are hashed.
fn picture_keys(items: &[ForeignItem], ctx: &TaskCtx<'_>) -> Result<Vec<PictureKey>, Error> {
    let mut by_size: BTreeMap<u64, BTreeSet<&Path>> = BTreeMap::new();
    let paths = || items.iter().filter_map(|item| item.image.as_deref());
    let size_of = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    for path in paths() {
        by_size.entry(size_of(path)).or_default().insert(path);
    }
    let mut hashes: BTreeMap<&Path, Option<String>> = BTreeMap::new();
    for same_size in by_size.into_values() {
        let is_alone = same_size.len() < 2;
        for path in same_size {
            ctx.step(Phase::Reading, 0, 0)?;
            // What cannot be read is reported when its turn comes.
            let hash = if is_alone { None } else { sha256_of_file(path).ok() };
            hashes.insert(path, hash);
        }
    }
    let key = |item: &ForeignItem| match &item.image {
        None => PictureKey::Name(item.split, item.name.clone()),
        Some(path) => match hashes.get(path.as_path()).cloned().flatten() {
            Some(hash) => PictureKey::Content(hash),
            None => PictureKey::Path(path.clone()),
        },
    };
    Ok(items.iter().map(key).collect())
}
