//! Exporting the masks of a case as a data set.
//!
//! Each picture or frame is exported with one mask: that of the author asked for, else one that was
//! reviewed, else the latest. Still pictures are copied; frames of clips are decoded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::Value;

use super::{Error, report_json};
use crate::base::{Heatmap, Phase, RgbImage, TaskCtx};
use crate::case::{Case, ItemId, ItemRow, ItemState, MaskKey, StoredFinding, StoredMask};
use crate::dataset::{
    self, Entry, ExportOptions, Exported, Format, GroupKeys, ImageRef, Pixels, Record, Split,
};
use crate::files::{sha256_hex, sha256_of_file};
use crate::media::video::{Video, VideoLimits};

/// Items that a remark names at most.
const MAX_NAMED: usize = 5;

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseExportOptions {
    /// Masks of items that are not done as well.
    pub with_unfinished: bool,
    /// Masks of this author only.
    pub author: Option<String>,
    /// Seed of the split by source and person.
    pub seed: u64,
    /// Options of the writing; the number of entries is set by [`export`].
    pub writing: ExportOptions,
}

/// The result of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseExport {
    /// The data set.
    pub exported: Exported,
    /// What was left out, and why: a sentence each.
    pub remarks: Vec<String>,
}

/// Writes the finished masks of a case as a data set. After a stop the same call continues.
///
/// Items whose file is missing or was changed are left out, with a remark.
///
/// # Errors
///
/// [`Error::NothingToExport`] when everything is left out, [`Error::DataSet`], [`Error::Case`],
/// [`Error::Cancelled`].
pub fn export(
    case: &Case,
    format: Format,
    out: &Path,
    options: &CaseExportOptions,
    ctx: &TaskCtx<'_>,
) -> Result<CaseExport, Error> {
    let rows: HashMap<ItemId, ItemRow> = case.rows()?.into_iter().map(|r| (r.id, r)).collect();
    let mut remarks = Vec::new();
    let chosen = chosen_masks(case, &rows, options, &mut remarks)?;
    let (chosen, hashes) = with_unchanged_files(chosen, &rows, &mut remarks, ctx)?;
    if chosen.is_empty() && !remarks.is_empty() {
        return Err(Error::NothingToExport { why: remarks.join(" ") });
    }
    let groups: Vec<GroupKeys<'_>> = chosen
        .iter()
        .map(|key| {
            let (row, media) = (&rows[&key.item], &hashes[&key.item]);
            GroupKeys { media, source: row.source.as_deref(), person: row.person.as_deref() }
        })
        .collect();
    let splits = dataset::assign_splits(&groups, options.seed);
    let mut reader = EntryReader { case, rows: &rows, hashes: &hashes, video: None, ctx };
    let writing = ExportOptions { n_entries: chosen.len() as u64, ..options.writing.clone() };
    let mut entries = chosen.iter().zip(splits).map(|(key, split)| reader.entry(key, split));
    let exported = dataset::export(&mut entries, format, out, &writing, ctx)?;
    Ok(CaseExport { exported, remarks })
}

/// One mask for each picture or frame.
fn chosen_masks(
    case: &Case,
    rows: &HashMap<ItemId, ItemRow>,
    options: &CaseExportOptions,
    remarks: &mut Vec<String>,
) -> Result<Vec<MaskKey>, Error> {
    let mut by_picture: BTreeMap<(ItemId, Option<usize>), Vec<MaskKey>> = BTreeMap::new();
    let (mut n_unfinished, mut n_skipped, mut n_others) = (0u64, 0u64, 0u64);
    for key in case.mask_keys()? {
        match rows.get(&key.item).map(|row| row.state) {
            Some(ItemState::Done) => {}
            Some(ItemState::ToDo | ItemState::InWork) if options.with_unfinished => {}
            Some(ItemState::ToDo | ItemState::InWork) => {
                n_unfinished += 1;
                continue;
            }
            Some(ItemState::Skipped) | None => {
                n_skipped += 1;
                continue;
            }
        }
        if options.author.as_ref().is_some_and(|author| *author != key.author) {
            n_others += 1;
            continue;
        }
        by_picture.entry((key.item, key.frame)).or_default().push(key);
    }
    let mut remark = |n: u64, what: &str| {
        if n > 0 {
            remarks.push(format!("{n} masks were left out: {what}."));
        }
    };
    remark(n_unfinished, "their items are not done");
    remark(n_skipped, "their items were skipped");
    remark(n_others, "other people drew them");
    let mut n_second = 0;
    let mut chosen = Vec::with_capacity(by_picture.len());
    for keys in by_picture.into_values() {
        n_second += keys.len() as u64 - 1;
        chosen.extend(preferred(case, keys)?);
    }
    remark(n_second, "another mask of the same picture, reviewed or later, was exported");
    Ok(chosen)
}

/// The reviewed mask, else the latest.
fn preferred(case: &Case, mut keys: Vec<MaskKey>) -> Result<Option<MaskKey>, Error> {
    if keys.len() < 2 {
        return Ok(keys.pop());
    }
    let mut best: Option<((bool, String), MaskKey)> = None;
    for key in keys {
        let Some(mask) = case.mask(&key)? else { continue };
        let place = (mask.reviewer.is_some(), mask.at);
        if best.as_ref().is_none_or(|(other, _)| place > *other) {
            best = Some((place, key));
        }
    }
    Ok(best.map(|(_, key)| key))
}

/// The masks whose file exists and has the stored hash, and the hashes of the files.
fn with_unchanged_files(
    keys: Vec<MaskKey>,
    rows: &HashMap<ItemId, ItemRow>,
    remarks: &mut Vec<String>,
    ctx: &TaskCtx<'_>,
) -> Result<(Vec<MaskKey>, HashMap<ItemId, String>), Error> {
    let mut hashes: HashMap<ItemId, String> = HashMap::new();
    let mut bad: HashSet<ItemId> = HashSet::new();
    let (mut missing, mut changed) = (Vec::new(), Vec::new());
    let mut kept = Vec::with_capacity(keys.len());
    for key in keys {
        ctx.step(Phase::Reading, kept.len() as u64, 0)?;
        let row = &rows[&key.item];
        if !hashes.contains_key(&key.item) && !bad.contains(&key.item) {
            let name = || row.path.display().to_string();
            match (sha256_of_file(&row.path), &row.sha256) {
                (Err(_), _) => missing.push(name()),
                (Ok(found), Some(known)) if found != *known => changed.push(name()),
                (Ok(found), _) => {
                    hashes.insert(key.item, found);
                }
            }
            if !hashes.contains_key(&key.item) {
                bad.insert(key.item);
            }
        }
        if !bad.contains(&key.item) {
            kept.push(key);
        }
    }
    let mut remark = |paths: &[String], what: &str| {
        if !paths.is_empty() {
            let named = paths.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if paths.len() > MAX_NAMED { ", …" } else { "" };
            remarks.push(format!("{} items were left out: {what}: {named}{more}.", paths.len()));
        }
    };
    remark(&missing, "their files cannot be read");
    remark(&changed, "their files are no longer those that the case knows");
    Ok((kept, hashes))
}

/// Reads one entry after the other; the clip of the last one stays open.
struct EntryReader<'a> {
    case: &'a Case,
    rows: &'a HashMap<ItemId, ItemRow>,
    hashes: &'a HashMap<ItemId, String>,
    video: Option<(ItemId, Video)>,
    ctx: &'a TaskCtx<'a>,
}

impl EntryReader<'_> {
    fn entry(&mut self, key: &MaskKey, split: Split) -> Result<Entry, dataset::Error> {
        let source = |e: &dyn std::fmt::Display| dataset::Error::Source { what: e.to_string() };
        let stored = self.case.mask(key).map_err(|e| source(&e))?;
        let stored = stored.ok_or_else(|| source(&"a mask vanished from the case"))?;
        let row = &self.rows[&key.item];
        let findings = self.case.findings(key.item).map_err(|e| source(&e))?;
        let finding = corrected_finding(&findings, &stored);
        let pixels = match stored.frame {
            None => Pixels::File(row.path.to_path_buf()),
            Some(frame) => Pixels::Decoded(self.frame(row, frame.index)?),
        };
        let mut record = data_set_record(row, &stored, finding, split);
        record.image.sha256.clone_from(&self.hashes[&key.item]);
        Ok(Entry { record, mask: stored.mask, pixels })
    }

    fn frame(&mut self, row: &ItemRow, index: usize) -> Result<RgbImage, dataset::Error> {
        let failed = |source: crate::media::Error| match source {
            crate::media::Error::Cancelled(cancelled) => dataset::Error::Cancelled(cancelled),
            source => dataset::Error::Media { source, path: row.path.to_path_buf() },
        };
        let is_open = self.video.as_ref().is_some_and(|(id, _)| *id == row.id);
        if !is_open {
            self.video = None;
            let video = Video::open(&row.path, &VideoLimits::default(), self.ctx);
            self.video = Some((row.id, video.map_err(failed)?));
        }
        let (_, video) = self.video.as_ref().ok_or_else(|| dataset::Error::Source {
            what: "a clip could not be kept open".to_owned(),
        })?;
        video.frame_at(index, None, self.ctx).map_err(failed)
    }
}

/// The newest finding of the model whose map the mask corrects, else the newest.
fn corrected_finding<'a>(
    findings: &'a [StoredFinding],
    stored: &StoredMask,
) -> Option<&'a StoredFinding> {
    let is_of_model =
        |f: &&StoredFinding| stored.model.as_ref().is_some_and(|m| *m == f.facts.model);
    findings.iter().rev().find(is_of_model).or_else(|| findings.last())
}

fn data_set_record(
    row: &ItemRow,
    stored: &StoredMask,
    finding: Option<&StoredFinding>,
    split: Split,
) -> Record {
    let stem = row.path.file_stem().unwrap_or_default().to_string_lossy();
    let frame = stored.frame;
    let id = match &frame {
        None => format!("{stem}-{}", row.id.0),
        Some(frame) => format!("{stem}-{}-f{}", row.id.0, frame.index),
    };
    let report = finding.map_or(&Value::Null, |f| &f.report);
    let (faces, landmarks) = report_json::face_positions(report).into_iter().unzip();
    let model = stored.model.as_ref().or_else(|| finding.map(|f| &f.facts.model));
    let mut record = Record {
        id,
        image: ImageRef {
            file: None,
            origin: row.path.to_string_lossy().into_owned(),
            sha256: String::new(),
            width_px: stored.mask.width_px(),
            height_px: stored.mask.height_px(),
            frame,
            image_sha256: None,
        },
        source: row.source.as_deref().map(str::to_owned),
        person: row.person.as_deref().map(str::to_owned),
        split,
        faces,
        landmarks,
        model: model.cloned(),
        score: finding.and_then(|f| f.score),
        map_sha256: finding.and_then(|f| map_sha256(&f.maps)),
        started_from_map_at: stored.started_from_map_at,
        annotator: Some(stored.author.clone()),
        reviewer: stored.reviewer.clone(),
        at: Some(stored.at.clone()),
        seconds: (row.seconds > 0.0).then_some(row.seconds),
        strategy: row.strategy.as_deref().map(str::to_owned),
        rank: row.rank,
        tools: stored.tools.clone(),
        ..Record::default()
    };
    record.set_label(&stored.label, stored.mask.is_empty());
    record
}

/// SHA-256 over all maps of a finding: size, `image_from_map` and values, little-endian. `None` without
/// a map.
fn map_sha256(maps: &[Option<Heatmap>]) -> Option<String> {
    let mut bytes = Vec::new();
    for map in maps.iter().flatten() {
        bytes.extend(map.width.to_le_bytes());
        bytes.extend(map.height.to_le_bytes());
        bytes.extend(map.image_from_map.m.iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(map.values.iter().flat_map(|v| v.to_le_bytes()));
    }
    (!bytes.is_empty()).then(|| sha256_hex(&bytes))
}
