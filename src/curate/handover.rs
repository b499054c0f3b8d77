//! From a case to a data set.
//!
//! * **In**: a case, a format. **Out**: the finished masks with their pictures and where everything
//!   comes from.
//! * **Not here**: the formats and the writing (`dataset`).
//!
//! One reading of a picture or frame goes out: that of the author asked for, else one that was
//! reviewed, else the latest. Stills are copied from where they lie; frames of clips are decoded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::Value;

use super::{Error, report};
use crate::base::{Heatmap, Phase, RgbImage, TaskCtx};
use crate::case::{Case, Finding, ItemId, ItemRow, ItemState, MaskKey, StoredMask};
use crate::dataset::{
    self, Entry, ExportOptions, Exported, Format, GroupKeys, ImageRef, Pixels, Record, Split,
};
use crate::files::{sha256_hex, sha256_of_file};
use crate::media::video::{Video, VideoLimits};

/// Items named one by one when something is wrong with them.
const MAX_NAMED: usize = 5;

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandOver {
    /// Masks of items that are not done, too.
    pub with_unfinished: bool,
    /// The readings of this author only.
    pub author: Option<String>,
    /// Of the split by source and person.
    pub seed: u64,
    /// Of the writing; the number of entries is filled in.
    pub writing: ExportOptions,
}

/// What went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The data set.
    pub exported: Exported,
    /// What stayed behind, and why: a sentence each.
    pub remarks: Vec<String>,
}

/// Writes the finished masks of a case as a data set; stopped, the same call goes on.
///
/// Items whose file is missing or was changed stay behind, with a remark.
///
/// # Errors
///
/// [`Error::NothingToExport`] when everything stays behind, [`Error::DataSet`], [`Error::Case`],
/// [`Error::Cancelled`].
pub fn export(
    case: &Case,
    format: Format,
    out: &Path,
    hand_over: &HandOver,
    ctx: &TaskCtx<'_>,
) -> Result<HandedOver, Error> {
    let rows: HashMap<ItemId, ItemRow> = case.rows()?.into_iter().map(|r| (r.id, r)).collect();
    let mut remarks = Vec::new();
    let chosen = chosen(case, &rows, hand_over, &mut remarks)?;
    let (chosen, hashes) = at_hand(chosen, &rows, &mut remarks, ctx)?;
    if chosen.is_empty() && !remarks.is_empty() {
        return Err(Error::NothingToExport { why: remarks.join(" ") });
    }
    let kin: Vec<GroupKeys<'_>> = chosen
        .iter()
        .map(|key| {
            let (row, media) = (&rows[&key.item], &hashes[&key.item]);
            GroupKeys { media, source: row.source.as_deref(), person: row.person.as_deref() }
        })
        .collect();
    let splits = dataset::assign_splits(&kin, hand_over.seed);
    let mut maker = Maker { case, rows: &rows, hashes: &hashes, video: None, ctx };
    let writing = ExportOptions { n_entries: chosen.len() as u64, ..hand_over.writing.clone() };
    let mut entries = chosen.iter().zip(splits).map(|(key, split)| maker.entry(key, split));
    let exported = dataset::export(&mut entries, format, out, &writing, ctx)?;
    Ok(HandedOver { exported, remarks })
}

/// One reading for every picture and frame.
fn chosen(
    case: &Case,
    rows: &HashMap<ItemId, ItemRow>,
    hand_over: &HandOver,
    remarks: &mut Vec<String>,
) -> Result<Vec<MaskKey>, Error> {
    let mut spots: BTreeMap<(ItemId, Option<usize>), Vec<MaskKey>> = BTreeMap::new();
    let (mut n_unfinished, mut n_aside, mut n_others) = (0u64, 0u64, 0u64);
    for key in case.mask_keys()? {
        match rows.get(&key.item).map(|row| row.state) {
            Some(ItemState::Done) => {}
            Some(ItemState::ToDo | ItemState::InWork) if hand_over.with_unfinished => {}
            Some(ItemState::ToDo | ItemState::InWork) => {
                n_unfinished += 1;
                continue;
            }
            Some(ItemState::Skipped) | None => {
                n_aside += 1;
                continue;
            }
        }
        if hand_over.author.as_ref().is_some_and(|author| *author != key.author) {
            n_others += 1;
            continue;
        }
        spots.entry((key.item, key.frame)).or_default().push(key);
    }
    let mut say = |n: u64, what: &str| {
        if n > 0 {
            remarks.push(format!("{n} masks were left out: {what}."));
        }
    };
    say(n_unfinished, "their items are not done");
    say(n_aside, "their items were put aside");
    say(n_others, "other people drew them");
    let mut n_second = 0;
    let mut chosen = Vec::with_capacity(spots.len());
    for keys in spots.into_values() {
        n_second += keys.len() as u64 - 1;
        chosen.extend(best(case, keys)?);
    }
    say(n_second, "another reading of the same picture, reviewed or later, went out");
    Ok(chosen)
}

fn best(case: &Case, mut keys: Vec<MaskKey>) -> Result<Option<MaskKey>, Error> {
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

/// Those whose file is there and is the one that the case knows, and the hashes of the files.
fn at_hand(
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
    let mut say = |paths: &[String], what: &str| {
        if !paths.is_empty() {
            let named = paths.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if paths.len() > MAX_NAMED { ", …" } else { "" };
            remarks.push(format!("{} items were left out: {what}: {named}{more}.", paths.len()));
        }
    };
    say(&missing, "their files cannot be read");
    say(&changed, "their files are no longer those that the case knows");
    Ok((kept, hashes))
}

/// Makes entries one after the other; the clip of the last one stays open.
struct Maker<'a> {
    case: &'a Case,
    rows: &'a HashMap<ItemId, ItemRow>,
    hashes: &'a HashMap<ItemId, String>,
    video: Option<(ItemId, Video)>,
    ctx: &'a TaskCtx<'a>,
}

impl Maker<'_> {
    fn entry(&mut self, key: &MaskKey, split: Split) -> Result<Entry, dataset::Error> {
        let source = |e: &dyn std::fmt::Display| dataset::Error::Source { what: e.to_string() };
        let stored = self.case.mask(key).map_err(|e| source(&e))?;
        let stored = stored.ok_or_else(|| source(&"a mask vanished from the case"))?;
        let row = &self.rows[&key.item];
        let findings = self.case.findings(key.item).map_err(|e| source(&e))?;
        let finding = finding_of(&findings, &stored);
        let pixels = match stored.frame {
            None => Pixels::File(row.path.to_path_buf()),
            Some(frame) => Pixels::Decoded(self.frame(row, frame.index)?),
        };
        let mut record = record(row, &stored, finding, split);
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

/// The newest finding of the model whose map the mask corrects; without, the newest.
fn finding_of<'a>(findings: &'a [Finding], stored: &StoredMask) -> Option<&'a Finding> {
    let of_model = |f: &&Finding| stored.model.as_ref().is_some_and(|m| *m == f.facts.model);
    findings.iter().rev().find(of_model).or_else(|| findings.last())
}

fn record(row: &ItemRow, stored: &StoredMask, finding: Option<&Finding>, split: Split) -> Record {
    let stem = row.path.file_stem().unwrap_or_default().to_string_lossy();
    let frame = stored.frame;
    let id = match &frame {
        None => format!("{stem}-{}", row.id.0),
        Some(frame) => format!("{stem}-{}-f{}", row.id.0, frame.index),
    };
    let report = finding.map_or(&Value::Null, |f| &f.report);
    let (faces, landmarks) = report::faces_of(report).into_iter().unzip();
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

/// Over all maps of a finding: sizes, places and values, little-endian. `None` without a map.
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
