//! Our own folder, read: what it says is checked before it is believed.
//!
//! * **In**: a folder of this program. **Out**: records, masks whose hash was checked, paths.
//! * **Not here**: writing it (`folder`), other formats.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{FORMAT, HEAD, Head, MANIFEST, VERSION};
use super::split::Watch;
use super::stage::{self, beside};
use super::{Entry, Error, Pixels, Record, input, names};
use crate::annotate::Mask;
use crate::base::{Limits, Phase, TaskCtx};
use crate::files::sha256_hex;
use crate::media;

/// A data set of ours.
#[derive(Debug)]
pub struct DataSet {
    folder: PathBuf,
    records: Vec<Record>,
}

/// Opens a data set folder of this program. The manifest is checked against its hash; masks and
/// pictures when they are read, or all at once by [`DataSet::check`].
///
/// # Errors
///
/// [`Error`] by cause: no data set, of a later version, not finished, damaged.
pub fn open(path: &Path) -> Result<DataSet, Error> {
    let head_path = path.join(HEAD);
    let Some(version) = stage::Head::read(&head_path).filter(|head| head.format == FORMAT) else {
        if beside(path, ".partial").is_dir() && !path.exists() {
            return Err(Error::HalfWritten { path: beside(path, ".partial") });
        }
        if path.extension().is_some_and(|e| e == "partial") {
            return Err(Error::HalfWritten { path: path.to_owned() });
        }
        let what = format!("a folder with {HEAD} was looked for");
        return Err(Error::Unknown { what, path: path.to_owned() });
    };
    if version.version > VERSION {
        let (found, known) = (version.version, VERSION);
        return Err(Error::Newer { found, known, path: path.to_owned() });
    }
    let bytes = fs::read(&head_path).map_err(Error::read(&head_path))?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|e| Error::damaged(&head_path, e))?;
    let manifest = path.join(MANIFEST);
    let size = fs::metadata(&manifest).map_err(Error::read(&manifest))?.len();
    if size > input::MAX_FILE_BYTES {
        return Err(Error::damaged(&manifest, format!("{size} bytes are too many")));
    }
    let text = fs::read(&manifest).map_err(Error::read(&manifest))?;
    if sha256_hex(&text) != head.manifest_sha256 {
        return Err(Error::Changed { path: manifest });
    }
    let text = String::from_utf8(text).map_err(|e| Error::damaged(&manifest, e))?;
    let records = records(&text).map_err(|what| Error::damaged(&manifest, what))?;
    if records.len() as u64 != head.n_records {
        let (found, wanted) = (records.len(), head.n_records);
        return Err(Error::damaged(&manifest, format!("{found} records, not {wanted}")));
    }
    let mut watch = Watch::default();
    records.iter().try_for_each(|record| watch.see(record))?;
    Ok(DataSet { folder: path.to_owned(), records })
}

fn records(text: &str) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    let mut ids = BTreeSet::new();
    let pixels = Limits::default().pixels;
    for (i, line) in text.lines().enumerate() {
        let say = |what: &dyn std::fmt::Display| format!("line {}: {what}", i + 1);
        let record: Record = serde_json::from_str(line).map_err(|e| say(&e))?;
        let (w, h) = (record.image.width_px, record.image.height_px);
        if w == 0 || h == 0 || u64::from(w) * u64::from(h) > pixels {
            return Err(say(&format!("a picture of {w} x {h} pixels")));
        }
        if record.decision().is_none() {
            return Err(say(&format!("{:?} is no decision", record.decision)));
        }
        let files = [record.image.file.as_ref(), record.mask.as_ref().map(|mask| &mask.file)];
        for file in files.into_iter().flatten() {
            if names::inside(Path::new("x"), file).is_none() {
                return Err(say(&format!("{file:?} leads out of the folder")));
            }
        }
        if !ids.insert(record.id.clone()) {
            return Err(say(&format!("the id {:?} is there twice", record.id)));
        }
        records.push(record);
    }
    Ok(records)
}

impl DataSet {
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All records, in the order they were written.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The picture of a record: in the folder, or where it was referred to.
    pub fn image_path(&self, record: &Record) -> PathBuf {
        match &record.image.file {
            Some(file) => self.folder.join(file),
            None => PathBuf::from(&record.image.origin),
        }
    }

    /// The mask of a record, in image space; empty when no pixel is set. Its hash, its size and
    /// its number of pixels are checked.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Damaged`], [`Error::Media`].
    pub fn mask(&self, record: &Record) -> Result<Mask, Error> {
        let (w, h) = (record.image.width_px, record.image.height_px);
        let Some(mask_ref) = &record.mask else { return Ok(Mask::new(w, h)) };
        let path = self.folder.join(&mask_ref.file);
        let still = media::open_still(&path, &Limits::default(), &TaskCtx::silent());
        let still = still.map_err(Error::media(&path))?;
        if still.sha256 != mask_ref.sha256 {
            return Err(Error::Changed { path });
        }
        let image = still.frame.image;
        let values: Vec<u8> = image.pixels.iter().step_by(3).copied().collect();
        let is_pure = image.pixels.iter().all(|value| *value == 0 || *value == 255);
        let mask = Mask::from_bytes(w, h, &values).filter(|_| image.width_px == w && is_pure);
        let fits = mask.filter(|mask| mask.count() == mask_ref.n_set);
        fits.ok_or_else(|| {
            let what = format!("this is no mask of {w} x {h} with {} set", mask_ref.n_set);
            Error::damaged(&path, what)
        })
    }

    /// A record with its mask and its picture, to be exported again.
    ///
    /// # Errors
    ///
    /// As [`DataSet::mask`].
    pub fn entry(&self, record: &Record) -> Result<Entry, Error> {
        let path = self.image_path(record);
        let pixels = if path.is_file() { Pixels::File(path) } else { Pixels::Absent };
        Ok(Entry { record: record.clone(), mask: self.mask(record)?, pixels })
    }

    /// Reads every file and compares it with its record: one sentence for each that is missing,
    /// changed or not what it should be.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn check(&self, ctx: &TaskCtx<'_>) -> Result<Vec<String>, Error> {
        let mut wrong = Vec::new();
        for (i, record) in self.records.iter().enumerate() {
            ctx.step(Phase::Reading, i as u64, self.records.len() as u64)?;
            let mut say = |what: String| wrong.push(format!("{}: {what}", record.id));
            if let Err(e) = self.mask(record) {
                say(e.to_string());
            }
            let image = &record.image;
            let path = self.image_path(record);
            // A frame of a video that is only referred to is not at hand.
            let wanted = image.image_sha256.as_ref().unwrap_or(&image.sha256);
            if wanted.is_empty() {
                continue;
            }
            match fs::read(&path) {
                Err(e) => say(Error::read(&path)(e).to_string()),
                Ok(bytes) if sha256_hex(&bytes) != *wanted => {
                    say(Error::Changed { path }.to_string());
                }
                Ok(_) => {}
            }
        }
        Ok(wrong)
    }
}
