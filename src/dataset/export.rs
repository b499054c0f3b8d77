//! From entries to a folder of any format, resumable and atomic.
//!
//! * **In**: entries one after the other, a format. **Out**: the folder, and what was done.
//! * **Not here**: what the files of a format look like (each has a file of its own).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::names::{self, Names};
use super::split::Watch;
use super::stage::{MARKERS, Stage};
use super::{Entry, Error, Format, MaskRef, Pixels, Record, Split, import};
use crate::base::{Limits, Orientation, Phase, TaskCtx};
use crate::media;

/// The records beside a foreign export, one JSON line each.
pub(super) const PROVENANCE: &str = "pentimento.jsonl";
/// The latest version of foreign exports.
const VERSION: u32 = 1;

/// One line of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    /// The name of the entry's files, without an ending.
    pub(super) stem: String,
    #[serde(flatten)]
    pub(super) record: Record,
}

/// How to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// Pictures are copied into the folder; without, they are referred to by their paths.
    pub copies_images: bool,
    /// An export of this program that is there already is replaced, once the new one is whole.
    pub replaces: bool,
    /// How many entries there are, for progress; 0 when not known.
    pub n_entries: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { copies_images: true, replaces: false, n_entries: 0 }
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// The finished folder.
    pub path: PathBuf,
    /// Entries in it.
    pub n_entries: u64,
    /// Of them, in train, validation and test.
    pub n_splits: [u64; 3],
    /// Files written by this run.
    pub n_written: u64,
    /// Files that an earlier run had written.
    pub n_kept: u64,
    /// What the format could not hold, and what is to be minded: a sentence each.
    pub remarks: Vec<String>,
}

/// Where the picture of an entry went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// The name of the entry's files, without an ending.
    pub(super) stem: String,
    /// In the folder, with `/`; or the path of the original.
    pub(super) file: String,
}

/// What writes one format.
pub(super) trait Sink {
    /// Where a picture goes, in the folder, with `/`.
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String;

    /// Whether the format can say what was decided; if not, the entry is left out and counted.
    fn can_hold(&self, entry: &Entry) -> bool {
        let _ = entry;
        true
    }

    /// One more entry, whose picture is in place.
    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error>;

    /// The files of the whole; the marker last.
    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<(), Error>;

    /// What is to be minded.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Writes entries in a format to `out`, which appears whole or not at all.
///
/// Stopped at any moment, even killed, the work lies in `OUT.partial`; the same call goes on from
/// there: files that are there with the right content are not written again.
///
/// # Errors
///
/// [`Error`] by cause; what was written is kept for the next run.
pub fn export(
    entries: &mut dyn Iterator<Item = Result<Entry, Error>>,
    format: Format,
    out: &Path,
    options: &ExportOptions,
    ctx: &TaskCtx<'_>,
) -> Result<Exported, Error> {
    let mut stage = Stage::begin(out, options.replaces)?;
    let mut sink = format.sink(&mut stage)?;
    let mut names = Names::default();
    let mut watch = Watch::default();
    let mut done = Exported::default();
    let mut provenance = String::new();
    let (mut n_left_out, mut n_turned) = (0u64, 0u64);
    let mut ids = BTreeSet::new();
    for (i, entry) in entries.enumerate() {
        ctx.step(Phase::Writing, i as u64, options.n_entries)?;
        let mut entry = entry?;
        check(&entry)?;
        if !ids.insert(entry.record.id.clone()) {
            let what = "another entry has the same id".to_owned();
            return Err(Error::Entry { id: entry.record.id, what });
        }
        watch.see(&entry.record)?;
        if !sink.can_hold(&entry) {
            n_left_out += 1;
            continue;
        }
        n_turned += u64::from(is_turned(&entry)?);
        let stem = names.name(&entry.record.id);
        let file = place(&mut stage, sink.as_ref(), &mut entry, &stem, options)?;
        let placed = Placed { stem, file };
        sink.add(&mut stage, &entry, &placed)?;
        done.n_entries += 1;
        done.n_splits[entry.record.split as usize] += 1;
        if format != Format::Pentimento {
            provenance.push_str(&line(entry, placed.stem)?);
        }
    }
    if done.n_entries == 0 {
        let what = if n_left_out == 0 {
            "there is nothing to export: no picture has a decision yet".to_owned()
        } else {
            format!("there is nothing to export: {}", left_out(n_left_out, format))
        };
        return Err(Error::Source { what });
    }
    done.remarks = sink.remarks();
    done.remarks.extend(remarks(&done, n_left_out, format));
    if n_turned > 0 && format != Format::Pentimento {
        done.remarks.push(format!(
            "{n_turned} pictures are turned by their EXIF tag. Masks lie on the pixels as they are \
             stored: programs that turn pictures (CVAT, Label Studio, OpenCV) show them in the \
             wrong place."
        ));
    }
    sink.finish(&mut stage)?;
    if format != Format::Pentimento {
        stage.put(PROVENANCE, provenance.as_bytes())?;
        let program = format!("pentimento {}", env!("CARGO_PKG_VERSION"));
        let head = format!(
            "{{\n  \"format\": \"pentimento-export\",\n  \"version\": {VERSION},\n  \"to\": \
             \"{}\",\n  \"program\": \"{program}\"\n}}\n",
            format.as_str()
        );
        stage.put(MARKERS[1], head.as_bytes())?;
    }
    ctx.step(Phase::Writing, options.n_entries, options.n_entries)?;
    (done.n_written, done.n_kept) = (stage.n_written, stage.n_kept);
    done.path = stage.publish()?;
    Ok(done)
}

/// The record of an entry whose mask stands in a foreign file: its hash tells later whether it was
/// changed there.
fn line(Entry { mut record, mask, .. }: Entry, stem: String) -> Result<String, Error> {
    record.mask = (!mask.is_empty()).then(|| MaskRef {
        file: String::new(),
        sha256: import::mask_sha256(&mask),
        n_set: mask.count(),
    });
    let id = record.id.clone();
    let line = serde_json::to_string(&Line { stem, record });
    let line = line.map_err(|e| Error::Entry { id, what: e.to_string() })?;
    Ok(line + "\n")
}

fn remarks(done: &Exported, n_left_out: u64, format: Format) -> Vec<String> {
    let mut remarks = Vec::new();
    if n_left_out > 0 {
        remarks.push(left_out(n_left_out, format));
    }
    let [n_train, ..] = done.n_splits;
    if n_train > 0 && n_train * 2 < done.n_entries {
        remarks.push(format!(
            "Only {n_train} of {} entries are in train, because a large source or person fell to \
             another part: another seed of the split may serve better.",
            done.n_entries
        ));
    }
    for split in Split::ALL {
        if done.n_splits[split as usize] == 0 {
            remarks.push(format!(
                "Nothing is in {}: there are too few sources and persons that have nothing to do \
                 with each other.",
                split.as_str()
            ));
        }
    }
    remarks
}

fn left_out(n: u64, format: Format) -> String {
    let which = match format {
        Format::YoloSeg => "that could not be decided were left out, with a mask or without",
        _ => "that could not be decided and have no mask were left out",
    };
    format!("{n} entries {which}: {} cannot say so.", format.label())
}

fn check(entry: &Entry) -> Result<(), Error> {
    let Entry { record, mask, pixels } = entry;
    let wrong = |what: String| Err(Error::Entry { id: record.id.clone(), what });
    let (w, h) = (record.image.width_px, record.image.height_px);
    if w == 0 || h == 0 {
        return wrong("its picture has no pixels".to_owned());
    }
    if [mask.width_px(), mask.height_px()] != [w, h] {
        let (mask_w, mask_h) = (mask.width_px(), mask.height_px());
        return wrong(format!("its mask has {mask_w} x {mask_h} pixels, its picture {w} x {h}"));
    }
    if let Pixels::Decoded(image) = pixels
        && [image.width_px, image.height_px] != [w, h]
    {
        let (found_w, found_h) = (image.width_px, image.height_px);
        return wrong(format!("its frame has {found_w} x {found_h} pixels, not {w} x {h}"));
    }
    if record.decision().is_none() {
        return wrong(format!("{:?} is no decision", record.decision));
    }
    Ok(())
}

/// Whether the picture is to be turned; its size must be that of its record.
fn is_turned(entry: &Entry) -> Result<bool, Error> {
    let Pixels::File(path) = &entry.pixels else { return Ok(false) };
    let head = media::still_head(path, &Limits::default()).map_err(Error::media(path))?;
    let image = &entry.record.image;
    if [head.width_px, head.height_px] != [image.width_px, image.height_px] {
        return Err(Error::Changed { path: path.clone() });
    }
    Ok(head.orientation != Orientation::UPRIGHT)
}

/// Puts the picture into the folder, or refers to it.
fn place(
    stage: &mut Stage,
    sink: &dyn Sink,
    entry: &mut Entry,
    stem: &str,
    options: &ExportOptions,
) -> Result<String, Error> {
    let image = &entry.record.image;
    let known = (image.image_sha256.clone()).or_else(|| {
        (image.frame.is_none() && !image.sha256.is_empty()).then(|| image.sha256.clone())
    });
    let (file, sha256) = match &entry.pixels {
        // A frame lies nowhere else, so it is written in any case.
        Pixels::Decoded(picture) => {
            let file = sink.image_path(entry, stem, "png");
            let encode = |path: &Path| media::write_png(path, picture);
            (file.clone(), stage.put_png(&file, encode, |bytes| bytes)?)
        }
        // The picture of a frame of a clip: the original is the clip.
        Pixels::File(path) if options.copies_images || image.frame.is_some() => {
            let file = sink.image_path(entry, stem, &names::extension(path));
            let sha256 = stage.copy(&file, path, known.as_deref())?;
            (file, sha256)
        }
        Pixels::Absent if options.copies_images => {
            let what = format!(
                "its picture {:?} is not at hand; put it there, or export without copying pictures",
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
