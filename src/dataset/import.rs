//! Imports a data set of any format, one entry at a time.
//!
//! An export of this program carries our records. They are used again where picture and entry
//! match; mask and class are taken from the foreign file, so that changes made in another tool are
//! kept. A mask that was changed there loses its annotator.

use std::collections::BTreeSet;
use std::path::Path;

use super::detect::detect_format;
use super::doubles::resolve_doubles;
use super::files::{base_folder, data_set_root};
use super::formats::{ForeignItem, classes, read_foreign};
use super::links::remark_on_links;
use super::native::{DataSet, open};
use super::provenance::read_provenance;
use super::record::mask_sha256;
use super::remarks::{add_class_remarks, add_remarks, leave_out_unreadable, outside_remark};
use super::split::{GroupKeys, assign_splits};
use super::unpack::{UnpackedZip, is_zip};
use super::{Entry, Error, Format, Pixels, Record, Split};
use crate::annotate::Decision;
use crate::base::{Phase, TaskCtx};
use crate::files::sha256_of_file;

/// An opened data set of any format.
#[derive(Debug)]
pub struct Imported {
    pub format: Format,
    /// What was lost or skipped, and hints: a sentence each.
    pub remarks: Vec<String>,
    content: Content,
    /// Replaces the split of the files.
    splits: Option<Vec<Split>>,
    /// The zip file that it was unpacked from.
    zip: Option<UnpackedZip>,
}

#[derive(Debug)]
enum Content {
    Native(DataSet),
    Foreign { items: Vec<ForeignItem>, records: Vec<Option<Record>> },
}

/// Opens a data set, a folder or a zip file; `format` is detected when it is `None`. Masks are
/// decoded later, one entry at a time, except those of VOC: only their pixels show which classes
/// they hold.
///
/// # Errors
///
/// [`Error`] by cause: no known format, of a later version, not finished, damaged.
pub fn import(path: &Path, format: Option<Format>, ctx: &TaskCtx<'_>) -> Result<Imported, Error> {
    ctx.step(Phase::Reading, 0, 0)?;
    let mut remarks = Vec::new();
    let zip = if is_zip(path) { Some(UnpackedZip::open(path, &mut remarks, ctx)?) } else { None };
    let root = data_set_root(zip.as_ref().map_or(path, UnpackedZip::folder));
    match (import_folder(&root, format, remarks, ctx), zip) {
        (Ok(imported), zip) => Ok(Imported { zip, ..imported }),
        (Err(error), Some(zip)) => Err(zip.error_in_zip(error)),
        (Err(error), None) => Err(error),
    }
}

fn import_folder(
    path: &Path,
    format: Option<Format>,
    mut remarks: Vec<String>,
    ctx: &TaskCtx<'_>,
) -> Result<Imported, Error> {
    let format = match format {
        Some(format) => format,
        None => detect_format(path)?,
    };
    remarks.extend(remark_on_links(base_folder(path), path.is_file()));
    if format == Format::Pentimento {
        let set = open(path)?;
        let n_outside = set.records().iter().filter(|r| r.image.file.is_none()).count();
        remarks.extend(outside_remark(n_outside, path));
        let content = Content::Native(set);
        return Ok(Imported { format, remarks, content, splits: None, zip: None });
    }
    let mut items = read_foreign(format, path, &mut remarks)?;
    leave_out_unreadable(&mut items, &mut remarks);
    let mut records = read_provenance(path, &mut items)?;
    resolve_doubles(format, &mut items, &mut records, &mut remarks, ctx)?;
    add_remarks(path, &items, &records, &mut remarks);
    add_class_remarks(format, &items, &mut remarks);
    let mut names = BTreeSet::new();
    for item in &mut items {
        let mut n = 1u64;
        while !names.insert(item.id().to_owned()) {
            // Two parts or folders have the same name.
            n = n.saturating_add(1);
            item.name = format!("{}~{n}/{}", item.split.as_str(), item.name);
        }
    }
    let content = Content::Foreign { items, records };
    Ok(Imported { format, remarks, content, splits: None, zip: None })
}

impl Imported {
    /// Number of pictures and frames.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Native(set) => set.records().len(),
            Content::Foreign { items, .. } => items.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its pictures are in a zip file: they lie on the disk only while this value lives.
    pub const fn is_zip(&self) -> bool {
        self.zip.is_some()
    }

    /// Decodes one entry.
    ///
    /// # Errors
    ///
    /// [`Error`] by cause; other entries may still be readable.
    pub fn entry(&self, i: usize) -> Result<Entry, Error> {
        let entry = self.stored_entry(i);
        let Some(zip) = &self.zip else { return entry };
        let mut entry = entry.map_err(|error| zip.error_in_zip(error))?;
        let image = &mut entry.record.image;
        if let Some(path) = zip.path_in_zip(Path::new(&image.origin)) {
            image.origin = path.display().to_string();
        }
        // A zip file brings its pictures itself: others are not its business.
        if matches!(&entry.pixels, Pixels::File(path) if zip.path_in_zip(path).is_none()) {
            entry.pixels = Pixels::Absent;
        }
        Ok(entry)
    }

    fn stored_entry(&self, i: usize) -> Result<Entry, Error> {
        let out_of_range = || Error::Source { what: format!("there is no entry {i}") };
        let mut entry = match &self.content {
            Content::Native(set) => set.entry(set.records().get(i).ok_or_else(out_of_range)?)?,
            Content::Foreign { items, records } => {
                let item = items.get(i).ok_or_else(out_of_range)?;
                foreign_entry(item, records.get(i).and_then(Option::as_ref))?
            }
        };
        if let Some(split) = self.splits.as_ref().and_then(|splits| splits.get(i)) {
            entry.record.split = *split;
        }
        Ok(entry)
    }

    /// Decodes the entries one at a time.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, Error>> + '_ {
        (0..self.len()).map(|i| self.entry(i))
    }

    /// Reads every file; returns a sentence for each that is missing, changed or invalid. Foreign
    /// formats without our records have no hashes: there masks are decoded and sizes compared.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn check(&self, ctx: &TaskCtx<'_>) -> Result<Vec<String>, Error> {
        if let Content::Native(set) = &self.content {
            return set.check(ctx);
        }
        let mut wrong = Vec::new();
        for i in 0..self.len() {
            ctx.step(Phase::Reading, i as u64, self.len() as u64)?;
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
                Pixels::File(path) => match sha256_of_file(path) {
                    Err(e) => wrong.push(format!("{id}: {}", Error::read(path)(e))),
                    Ok(found) if found != *wanted => {
                        wrong.push(format!("{id}: {}", Error::Changed { path: path.clone() }));
                    }
                    Ok(_) => {}
                },
                _ => wrong.push(format!("{id}: the picture {:?} was not found", image.origin)),
            }
        }
        Ok(wrong)
    }

    /// Replaces the split of the files by one by source and person.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn split_again(&mut self, seed: u64, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        let mut records = Vec::with_capacity(self.len());
        for i in 0..self.len() {
            ctx.step(Phase::Reading, i as u64, self.len() as u64)?;
            // One that cannot be read is left out later, whatever its part.
            records.push(self.entry(i).map_or_else(|_| Record::default(), |entry| entry.record));
        }
        let keys: Vec<GroupKeys<'_>> = records.iter().map(GroupKeys::from_record).collect();
        self.splits = Some(assign_splits(&keys, seed));
        Ok(())
    }
}

fn foreign_entry(item: &ForeignItem, known: Option<&Record>) -> Result<Entry, Error> {
    let size = item.size()?;
    let mask = item.mask(size)?;
    let mut record = item.record(size, mask.is_empty());
    if let Some(known) = known {
        let read = record;
        let is_same = match &known.mask {
            Some(mask_ref) => mask_ref.sha256 == mask_sha256(&mask),
            None => mask.is_empty(),
        };
        record = known.clone();
        record.split = read.split;
        let was = classes::class_of(known);
        let is_same_class = item.classes.is_empty() || item.classes.iter().all(|c| c == was);
        let label = item.label();
        // Entries that a format cannot express were not exported, so they cannot differ.
        let decision = Decision::from_mask(mask.is_empty(), label.kind);
        if !is_same || !is_same_class || known.decision() != Some(decision) {
            // Another person changed it.
            record.kind = label.kind.map(|kind| kind.as_str().to_owned());
            decision.as_str().clone_into(&mut record.decision);
            (record.annotator, record.reviewer, record.at) = (None, None, None);
        }
        if !read.note.is_empty() {
            record.note = read.note;
        }
        record.confidence = read.confidence.or(record.confidence);
    }
    record.mask = None;
    let pixels = match &item.image {
        Some(path) => Pixels::File(path.clone()),
        None => Pixels::Absent,
    };
    if let (Pixels::File(path), "") = (&pixels, record.image.sha256.as_str()) {
        record.image.sha256 = sha256_of_file(path).map_err(Error::read(path))?;
    }
    Ok(Entry { record, mask, pixels })
}
