//! From a folder or file of any format to entries.
//!
//! * **In**: a path. **Out**: entries, one at a time, and in words what was lost or skipped.
//! * **Not here**: which files there are (`input`), what those of a format look like (each has a file
//!   of its own).
//!
//! An export of this program carries the records beside the foreign files. They are taken up again
//! where picture and entry belong together; mask and class are what the foreign file says now, so
//! that what another program changed is not lost. A mask that was changed there has no known
//! annotator any more, and that is said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::export::{Line, PROVENANCE};
use super::input::{recognized, root, text};
use super::read::{DataSet, open};
use super::split::{Kin, assign};
use super::{Entry, Error, Format, Pixels, Record, Split, classes};
use super::{coco, cvat, datumaro, label_studio, voc, yolo};
use crate::annotate::{Decision, Mask};
use crate::base::TaskCtx;
use crate::files::sha256_hex;

/// Pictures named one by one.
const MAX_NAMED: usize = 5;

/// A data set of any format, opened.
#[derive(Debug)]
pub struct Imported {
    /// What it is.
    pub format: Format,
    /// What was lost or skipped, and what is to be minded: a sentence each.
    pub remarks: Vec<String>,
    inside: Inside,
    /// Instead of those of the files.
    splits: Option<Vec<Split>>,
}

#[derive(Debug)]
enum Inside {
    Ours(DataSet),
    Foreign { drafts: Vec<Draft>, records: Vec<Option<Record>> },
}

/// Opens a data set. Masks are decoded later, one entry at a time; those of VOC are looked at now,
/// because only their pixels say which classes they hold.
///
/// # Errors
///
/// [`Error`] by cause: no known format, of a later version, not finished, damaged.
pub fn import(path: &Path, format: Option<Format>, ctx: &TaskCtx<'_>) -> Result<Imported, Error> {
    let format = match format {
        Some(format) => format,
        None => recognized(path)?,
    };
    ctx.step(crate::base::Phase::Reading, 0, 0)?;
    if format == Format::Pentimento {
        let set = open(path)?;
        let n_outside = set.records().iter().filter(|r| r.image.file.is_none()).count();
        let remarks = outside(n_outside, path).into_iter().collect();
        return Ok(Imported { format, remarks, inside: Inside::Ours(set), splits: None });
    }
    let mut remarks = Vec::new();
    let mut drafts = match format {
        Format::CocoRle | Format::CocoPolygons => coco::read(path, &mut remarks)?,
        Format::Datumaro => datumaro::read(path, &mut remarks)?,
        Format::Cvat => cvat::read(path, &mut remarks)?,
        Format::LabelStudio => label_studio::read(path, &mut remarks)?,
        Format::VocPng => voc::read(path, &mut remarks)?,
        Format::YoloSeg | Format::Pentimento => yolo::read(path, &mut remarks)?,
    };
    leave_out_unreadable(&mut drafts, &mut remarks);
    let records = provenance(path, &mut drafts)?;
    say_of_drafts(path, &drafts, &records, &mut remarks);
    let mut names = BTreeSet::new();
    for draft in &mut drafts {
        let mut n = 1;
        while !names.insert(draft.id().to_owned()) {
            // The same name in two parts or folders.
            n += 1;
            draft.name = format!("{}~{n}/{}", draft.split.as_str(), draft.name);
        }
    }
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for class in drafts.iter().flat_map(|draft| &draft.classes) {
        if !classes::is_known(class) {
            *unknown.entry(class).or_insert(0) += 1;
        }
    }
    for (class, n) in &unknown {
        remarks.push(format!(
            "The class {class:?} of {n} pictures is not known here; what it marks was taken as \
             forged, in a way not said."
        ));
    }
    let n_absent = drafts.iter().filter(|draft| draft.image.is_none()).count();
    if n_absent > 0 {
        remarks.push(format!("{n_absent} of {} pictures were not found.", drafts.len()));
    }
    if !format.is_lossless() {
        remarks.push(format!("{}: masks came through polygons.", format.label()));
    }
    let inside = Inside::Foreign { drafts, records };
    Ok(Imported { format, remarks, inside, splits: None })
}

/// Pictures of whose marks none is a mask: taken as they are they would count as real ones.
fn leave_out_unreadable(drafts: &mut Vec<Draft>, remarks: &mut Vec<String>) {
    let names: Vec<String> =
        drafts.iter().filter(|d| d.is_unreadable()).map(|d| d.name.clone()).collect();
    if names.is_empty() {
        return;
    }
    drafts.retain(|draft| !draft.is_unreadable());
    let more = if names.len() > MAX_NAMED { ", …" } else { "" };
    remarks.push(format!(
        "{} pictures were left out: something is marked in them, but not with a mask, so nobody \
         knows which pixels are meant: {}{more}",
        names.len(),
        names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ")
    ));
}

/// What is to be minded of the drafts as a whole.
fn say_of_drafts(
    path: &Path,
    drafts: &[Draft],
    records: &[Option<Record>],
    remarks: &mut Vec<String>,
) {
    let unknown = || drafts.iter().zip(records).filter(|(_, r)| r.is_none()).map(|(d, _)| d);
    let n_bare = unknown().filter(|draft| draft.is_bare()).count();
    if n_bare > 0 {
        remarks.push(format!(
            "{n_bare} pictures without a mask were taken as nothing forged: leave out those that \
             nobody has looked at."
        ));
    }
    let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in drafts.iter().filter_map(|draft| draft.unknown_part.as_deref()) {
        *parts.entry(word).or_insert(0) += 1;
    }
    for (word, n) in parts {
        remarks.push(if word.is_empty() {
            format!("It is not said which part {n} pictures belong to: they were taken for train.")
        } else {
            format!("The part {word:?} of {n} pictures is not known: they were taken for train.")
        });
    }
    let root = root(path);
    let folder = if root.ends_with("annotations") { root.parent().unwrap_or(root) } else { root };
    let is_outside = |draft: &&Draft| draft.image.as_ref().is_some_and(|i| !i.starts_with(folder));
    remarks.extend(outside(drafts.iter().filter(is_outside).count(), folder));
}

fn outside(n: usize, folder: &Path) -> Option<String> {
    (n > 0).then(|| {
        format!(
            "{n} pictures are taken from outside the folder {}: from where its files say.",
            folder.display()
        )
    })
}

/// The records beside a foreign export, each with the draft of its picture. Pictures that were
/// referred to are found where the record says.
fn provenance(path: &Path, drafts: &mut [Draft]) -> Result<Vec<Option<Record>>, Error> {
    let root = root(path);
    let file = [root, root.parent().unwrap_or(root)].map(|folder| folder.join(PROVENANCE));
    let Some(file) = file.into_iter().find(|file| file.is_file()) else {
        return Ok(vec![None; drafts.len()]);
    };
    let folder = file.parent().unwrap_or(root);
    let mut by_picture: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut by_stem: BTreeMap<String, usize> = BTreeMap::new();
    let mut records = Vec::new();
    for (i, line) in text(&file)?.lines().enumerate() {
        let line: Line = serde_json::from_str(line)
            .map_err(|e| Error::damaged(&file, format!("line {}: {e}", i + 1)))?;
        let picture = match &line.record.image.file {
            Some(name) => folder.join(name),
            None => PathBuf::from(&line.record.image.origin),
        };
        by_picture.insert(picture, i);
        by_stem.insert(line.stem, i);
        records.push(Some(line.record));
    }
    let mut found = Vec::new();
    for draft in drafts {
        let stem = Path::new(&draft.name).file_stem().unwrap_or_default().to_string_lossy();
        let i = (draft.image.as_ref().and_then(|image| by_picture.get(image)))
            .or_else(|| by_picture.get(Path::new(&draft.name)))
            .or_else(|| by_stem.get(stem.as_ref()));
        // Each record is of one picture.
        let known = i.and_then(|i| records.get_mut(*i)).and_then(Option::take);
        if let (Some(known), None) = (&known, &draft.image) {
            let origin = PathBuf::from(&known.image.origin);
            draft.image = (known.image.frame.is_none() && origin.is_file()).then_some(origin);
            draft.size = draft.size.or(Some([known.image.width_px, known.image.height_px]));
        }
        found.push(known);
    }
    Ok(found)
}

/// A hash of a mask that does not depend on any format.
pub(super) fn mask_sha256(mask: &Mask) -> String {
    let mut bytes = Vec::with_capacity(mask.words().len() * 4 + 8);
    for word in [mask.width_px(), mask.height_px()].iter().chain(mask.words()) {
        bytes.extend(word.to_le_bytes());
    }
    sha256_hex(&bytes)
}

impl Imported {
    /// Pictures and frames.
    pub fn len(&self) -> usize {
        match &self.inside {
            Inside::Ours(set) => set.records().len(),
            Inside::Foreign { drafts, .. } => drafts.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One entry, decoded now.
    ///
    /// # Errors
    ///
    /// [`Error`] by cause; others may still be sound.
    pub fn entry(&self, i: usize) -> Result<Entry, Error> {
        let out_of_range = || Error::Source { what: format!("there is no entry {i}") };
        let mut entry = match &self.inside {
            Inside::Ours(set) => set.entry(set.records().get(i).ok_or_else(out_of_range)?)?,
            Inside::Foreign { drafts, records } => {
                let draft = drafts.get(i).ok_or_else(out_of_range)?;
                foreign(draft, records.get(i).and_then(Option::as_ref))?
            }
        };
        if let Some(split) = self.splits.as_ref().and_then(|splits| splits.get(i)) {
            entry.record.split = *split;
        }
        Ok(entry)
    }

    /// All entries, decoded one at a time.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, Error>> + '_ {
        (0..self.len()).map(|i| self.entry(i))
    }

    /// Reads every file: one sentence for each that is missing, changed or not what it should be.
    /// Foreign formats without our records have no hashes; there masks are decoded and the sizes of
    /// pictures compared.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn check(&self, ctx: &TaskCtx<'_>) -> Result<Vec<String>, Error> {
        if let Inside::Ours(set) = &self.inside {
            return set.check(ctx);
        }
        let mut wrong = Vec::new();
        for i in 0..self.len() {
            ctx.step(crate::base::Phase::Reading, i as u64, self.len() as u64)?;
            let entry = match self.entry(i) {
                Ok(entry) => entry,
                Err(e) => {
                    wrong.push(e.to_string());
                    continue;
                }
            };
            let (id, image) = (&entry.record.id, &entry.record.image);
            let wanted = image.image_sha256.as_ref().unwrap_or(&image.sha256);
            match &entry.pixels {
                Pixels::File(path) => match fs::read(path) {
                    Err(e) => wrong.push(format!("{id}: {}", Error::read(path)(e))),
                    Ok(bytes) if sha256_hex(&bytes) != *wanted => {
                        wrong.push(format!("{id}: {}", Error::Changed { path: path.clone() }));
                    }
                    Ok(_) => {}
                },
                _ => wrong.push(format!("{id}: its picture {:?} was not found", image.origin)),
            }
        }
        Ok(wrong)
    }

    /// Splits by source and person anew, in place of what the files say.
    ///
    /// # Errors
    ///
    /// When a picture cannot be read: its hash tells which pictures are one.
    pub fn split_again(&mut self, seed: u64, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        let mut records = Vec::with_capacity(self.len());
        for i in 0..self.len() {
            ctx.step(crate::base::Phase::Reading, i as u64, self.len() as u64)?;
            records.push(self.entry(i)?.record);
        }
        let kin: Vec<Kin<'_>> = records.iter().map(Kin::of).collect();
        self.splits = Some(assign(&kin, seed));
        Ok(())
    }
}

fn foreign(draft: &Draft, known: Option<&Record>) -> Result<Entry, Error> {
    let size = draft.size()?;
    let mask = draft.mask(size)?;
    let mut record = draft.record(size, mask.is_empty());
    if let Some(known) = known {
        let said = record;
        let is_same = match &known.mask {
            Some(mask_ref) => mask_ref.sha256 == mask_sha256(&mask),
            None => mask.is_empty(),
        };
        record = known.clone();
        record.split = said.split;
        let was = classes::CLASSES[classes::class_of(known)];
        let is_same_class = draft.classes.is_empty() || draft.classes.iter().all(|c| c == was);
        let label = draft.label();
        // What a format cannot say was left out of it, so that it cannot differ either.
        let decision = Decision::of(mask.is_empty(), label.kind);
        if !is_same || !is_same_class || known.decision() != Some(decision) {
            // Somebody else had a hand in it since.
            record.kind = label.kind.map(|kind| kind.as_str().to_owned());
            decision.as_str().clone_into(&mut record.decision);
            (record.annotator, record.reviewer, record.at) = (None, None, None);
        }
        if !said.note.is_empty() {
            record.note = said.note;
        }
        record.confidence = said.confidence.or(record.confidence);
    }
    record.mask = None;
    let pixels = match &draft.image {
        Some(path) => Pixels::File(path.clone()),
        None => Pixels::Absent,
    };
    if let (Pixels::File(path), "") = (&pixels, record.image.sha256.as_str()) {
        record.image.sha256 = sha256_hex(&fs::read(path).map_err(Error::read(path))?);
    }
    Ok(Entry { record, mask, pixels })
}
