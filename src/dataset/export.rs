//! Exports entries to a folder of any format, atomically and resumably.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::formats::{FormatWriter, PlacedPicture, format_writer};
use super::names::{FileNames, safe_extension};
use super::provenance::{provenance_line, write_provenance};
use super::split::LeakCheck;
use super::staging::StagingFolder;
use super::{Entry, Error, Format, Pixels, Split};
use crate::base::{Limits, Orientation, Phase, TaskCtx};
use crate::media;

/// Entries that were left out for a fault and are named one by one.
const MAX_NAMED: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// Copy pictures into the folder, instead of referring to them by path.
    pub copies_images: bool,
    /// Replace an existing export of this program, once the new one is complete.
    pub replaces: bool,
    /// Number of entries, for progress; 0 when unknown.
    pub n_entries: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { copies_images: true, replaces: false, n_entries: 0 }
    }
}

/// The result of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// The finished folder.
    pub path: PathBuf,
    pub n_entries: u64,
    /// Number of entries in train, validation and test.
    pub n_splits: [u64; 3],
    /// Files written by this run.
    pub n_written: u64,
    /// Files kept from an earlier run.
    pub n_kept: u64,
    /// What the format could not express, and hints: a sentence each.
    pub remarks: Vec<String>,
}

/// Exports entries to the folder `out`, which appears whole or not at all.
///
/// An unfinished export lies in `OUT.partial`. The same call resumes it: files with the right
/// content are not written again. An entry with a fault is left out with a remark.
///
/// # Errors
///
/// [`Error`] by cause; files already written are kept for the next run. When no entry is left,
/// nothing is.
pub fn export(
    entries: &mut dyn Iterator<Item = Result<Entry, Error>>,
    format: Format,
    out: &Path,
    options: &ExportOptions,
    ctx: &TaskCtx<'_>,
) -> Result<Exported, Error> {
    let mut folder = StagingFolder::begin(out, options.replaces)?;
    let mut run = ExportRun {
        writer: format_writer(format, &mut folder)?,
        format,
        options,
        names: FileNames::default(),
        leaks: LeakCheck::default(),
        ids: BTreeSet::new(),
        provenance: String::new(),
        done: Exported::default(),
        n_left_out: 0,
        n_rotated: 0,
        faults: Vec::new(),
    };
    for (i, entry) in entries.enumerate() {
        ctx.step(Phase::Writing, i as u64, options.n_entries)?;
        folder.begin_entry();
        match entry.and_then(|entry| run.add(&mut folder, entry)) {
            Ok(()) => {}
            Err(error) if error.is_of_entry() => {
                folder.drop_entry();
                run.faults.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    let faults = fault_remarks(&run.faults);
    let ExportRun { writer, mut done, provenance, n_left_out, n_rotated, .. } = run;
    if done.n_entries == 0 {
        drop(writer);
        folder.discard()?;
        let left_out = (n_left_out > 0).then(|| left_out(n_left_out, format));
        let mut reasons: Vec<String> = left_out.into_iter().chain(faults).collect();
        if reasons.is_empty() {
            reasons.push("no picture has a decision yet".to_owned());
        }
        return Err(Error::Source { what: format!("nothing to export: {}", reasons.join(" ")) });
    }
    done.remarks = writer.remarks();
    done.remarks.extend(export_remarks(&done, n_left_out, format));
    if n_rotated > 0 && format != Format::Pentimento {
        done.remarks.push(format!(
            "{n_rotated} pictures have an EXIF rotation. Masks refer to the stored pixels: tools that \
             apply the rotation (CVAT, Label Studio, OpenCV) show the masks in the wrong place."
        ));
    }
    done.remarks.extend(faults);
    writer.finish(&mut folder)?;
    if format != Format::Pentimento {
        write_provenance(&mut folder, format, &provenance)?;
    }
    ctx.step(Phase::Writing, options.n_entries, options.n_entries)?;
    done.n_written = folder.n_written;
    done.n_kept = folder.n_kept;
    done.path = folder.publish()?;
    Ok(done)
}

struct ExportRun<'a> {
    writer: Box<dyn FormatWriter>,
    format: Format,
    options: &'a ExportOptions,
    names: FileNames,
    leaks: LeakCheck,
    ids: BTreeSet<String>,
    provenance: String,
    done: Exported,
    /// Entries that the format cannot express.
    n_left_out: u64,
    n_rotated: u64,
    /// What is wrong with entries that are left out.
    faults: Vec<Error>,
}

impl ExportRun<'_> {
    /// Writes one entry, or counts it as left out.
    fn add(&mut self, folder: &mut StagingFolder, mut entry: Entry) -> Result<(), Error> {
        check_entry(&entry)?;
        if !self.ids.insert(entry.record.id.clone()) {
            let what = "another entry has the same id".to_owned();
            return Err(Error::Entry { id: entry.record.id, what });
        }
        self.leaks.add(&entry.record)?;
        if !self.writer.can_express(&entry) {
            self.n_left_out = self.n_left_out.saturating_add(1);
            return Ok(());
        }
        let is_rotated = is_rotated(&entry)?;
        let stem = self.names.stem(&entry.record.id);
        let file = place_picture(folder, self.writer.as_ref(), &mut entry, &stem, self.options)?;
        let placed = PlacedPicture { stem, file };
        self.writer.add(folder, &entry, &placed)?;
        self.n_rotated = self.n_rotated.saturating_add(u64::from(is_rotated));
        self.done.n_entries = self.done.n_entries.saturating_add(1);
        let n_split = entry.record.split.entry_mut(&mut self.done.n_splits);
        *n_split = n_split.saturating_add(1);
        if self.format != Format::Pentimento {
            self.provenance.push_str(&provenance_line(entry, placed.stem)?);
        }
        Ok(())
    }
}

/// A sentence for each of the first faults, and one for the others.
fn fault_remarks(faults: &[Error]) -> Vec<String> {
    let mut remarks: Vec<String> =
        faults.iter().take(MAX_NAMED).map(|fault| format!("Left out: {fault}.")).collect();
    if faults.len() > MAX_NAMED {
        remarks.push(format!(
            "{} more entries were left out.",
            faults.len().saturating_sub(MAX_NAMED)
        ));
    }
    remarks
}

fn export_remarks(done: &Exported, n_left_out: u64, format: Format) -> Vec<String> {
    let mut remarks = Vec::new();
    if n_left_out > 0 {
        remarks.push(left_out(n_left_out, format));
    }
    let [n_train, ..] = done.n_splits;
    if n_train > 0 && n_train.saturating_mul(2) < done.n_entries {
        remarks.push(format!(
            "Only {n_train} of {} entries are in train, because a large source or person fell into \
             another part: try another seed for the split.",
            done.n_entries
        ));
    }
    for split in Split::ALL {
        if *split.entry(&done.n_splits) == 0 {
            remarks.push(format!(
                "{} is empty: there are too few independent sources and persons.",
                split.as_str()
            ));
        }
    }
    remarks
}

fn left_out(n: u64, format: Format) -> String {
    let which = match format {
        Format::YoloSeg => "with the decision \"cannot tell\" were left out",
        _ => "with the decision \"cannot tell\" and no mask were left out",
    };
    format!("{n} entries {which}: {} cannot express that decision.", format.label())
}

fn check_entry(entry: &Entry) -> Result<(), Error> {
    let Entry { record, mask, pixels } = entry;
    let wrong = |what: String| Err(Error::Entry { id: record.id.clone(), what });
    let (w, h) = (record.image.width_px, record.image.height_px);
    if w == 0 || h == 0 {
        return wrong("the picture has no pixels".to_owned());
    }
    if [mask.width_px(), mask.height_px()] != [w, h] {
        let (mask_w, mask_h) = (mask.width_px(), mask.height_px());
        return wrong(format!("the mask has {mask_w} x {mask_h} pixels, the picture {w} x {h}"));
    }
    if let Pixels::Decoded(image) = pixels
        && [image.width_px, image.height_px] != [w, h]
    {
        let (found_w, found_h) = (image.width_px, image.height_px);
        return wrong(format!("the frame has {found_w} x {found_h} pixels, not {w} x {h}"));
    }
    if record.decision().is_none() {
        return wrong(format!("{:?} is no decision", record.decision));
    }
    Ok(())
}

/// Whether the picture has an EXIF rotation. Its size must be that of the record.
fn is_rotated(entry: &Entry) -> Result<bool, Error> {
    let Pixels::File(path) = &entry.pixels else { return Ok(false) };
    let head = media::still_head(path, &Limits::default()).map_err(Error::media(path))?;
    let image = &entry.record.image;
    if [head.width_px, head.height_px] != [image.width_px, image.height_px] {
        return Err(Error::Changed { path: path.clone() });
    }
    Ok(head.orientation != Orientation::UPRIGHT)
}

/// Writes the picture into the folder, or refers to it; returns its path.
fn place_picture(
    folder: &mut StagingFolder,
    writer: &dyn FormatWriter,
    entry: &mut Entry,
    stem: &str,
    options: &ExportOptions,
) -> Result<String, Error> {
    let image = &entry.record.image;
    let known = (image.image_sha256.clone()).or_else(|| {
        (image.frame.is_none() && !image.sha256.is_empty()).then(|| image.sha256.clone())
    });
    let (file, sha256) = match &entry.pixels {
        // A frame exists nowhere else, so it is always written.
        Pixels::Decoded(picture) => {
            let file = writer.image_path(entry, stem, "png");
            let encode = |path: &Path| media::write_png(path, picture);
            (file.clone(), folder.write_picture(&file, encode)?)
        }
        // The picture of a video frame: the original is the video.
        Pixels::File(path) if options.copies_images || image.frame.is_some() => {
            let file = writer.image_path(entry, stem, &safe_extension(path));
            let sha256 = folder.copy_file(&file, path, known.as_deref())?;
            (file, sha256)
        }
        Pixels::Absent if options.copies_images => {
            let what = format!(
                "the picture {:?} was not found; restore it, or export without copying pictures",
                image.origin
            );
            return Err(Error::Entry { id: entry.record.id.clone(), what });
        }
        Pixels::File(path) => {
            let path = std::path::absolute(path).map_err(Error::read(path))?;
            entry.record.image.origin = path.display().to_string();
            entry.record.image.file = None;
            return Ok(entry.record.image.origin.clone());
        }
        Pixels::Absent => {
            entry.record.image.file = None;
            return Ok(entry.record.image.origin.clone());
        }
    };
    let image = &mut entry.record.image;
    if image.sha256.is_empty() && image.frame.is_none() {
        image.sha256.clone_from(&sha256);
    }
    image.image_sha256 = (sha256 != image.sha256).then_some(sha256);
    image.file = Some(file.clone());
    Ok(file)
}
