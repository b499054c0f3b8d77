//! Reads our own format and checks its hashes.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::write::{FORMAT, HEADER, Header, MANIFEST, VERSION};
use crate::annotate::Mask;
use crate::base::{Limits, Phase, TaskCtx};
use crate::dataset::files::MAX_FILE_BYTES;
use crate::dataset::links::stays_inside;
use crate::dataset::names::{names_server, path_inside};
use crate::dataset::split::LeakCheck;
use crate::dataset::staging::{Marker, sibling};
use crate::dataset::{Entry, Error, Pixels, Record};
use crate::files::{sha256_hex, sha256_of_file};
use crate::media;

/// A data set in our own format.
#[derive(Debug)]
pub struct DataSet {
    folder: PathBuf,
    records: Vec<Record>,
}

/// Opens a data set in our own format. The hash of the manifest is checked now, those of masks when
/// they are read; [`DataSet::check`] checks all files.
///
/// # Errors
///
/// [`Error`] by cause: no data set, a newer version, unfinished, damaged.
pub fn open(path: &Path) -> Result<DataSet, Error> {
    let header_path = path.join(HEADER);
    let Some(marker) = Marker::read(&header_path).filter(|marker| marker.format == FORMAT) else {
        if sibling(path, ".partial").is_dir() && !path.exists() {
            return Err(Error::HalfWritten { path: sibling(path, ".partial") });
        }
        if path.extension().is_some_and(|e| e == "partial") {
            return Err(Error::HalfWritten { path: path.to_owned() });
        }
        let what = format!("the file {HEADER} is missing");
        return Err(Error::Unknown { what, path: path.to_owned() });
    };
    if marker.version > VERSION {
        let (found, known) = (marker.version, VERSION);
        return Err(Error::Newer { found, known, path: path.to_owned() });
    }
    let bytes = fs::read(&header_path).map_err(Error::read(&header_path))?;
    let header: Header =
        serde_json::from_slice(&bytes).map_err(|e| Error::damaged(&header_path, e))?;
    let manifest = path.join(MANIFEST);
    let size = fs::metadata(&manifest).map_err(Error::read(&manifest))?.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::damaged(&manifest, format!("it is too large ({size} bytes)")));
    }
    let text = fs::read(&manifest).map_err(Error::read(&manifest))?;
    if sha256_hex(&text) != header.manifest_sha256 {
        return Err(Error::Changed { path: manifest });
    }
    let text = String::from_utf8(text).map_err(|e| Error::damaged(&manifest, e))?;
    let records = parse_records(&text).map_err(|what| Error::damaged(&manifest, what))?;
    if records.len() as u64 != header.n_records {
        let (found, wanted) = (records.len(), header.n_records);
        return Err(Error::damaged(&manifest, format!("{found} records, not {wanted}")));
    }
    let mut leaks = LeakCheck::default();
    records.iter().try_for_each(|record| leaks.add(record))?;
    Ok(DataSet { folder: path.to_owned(), records })
}

fn parse_records(text: &str) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    let mut ids = BTreeSet::new();
    let limits = Limits::default();
    for (i, line) in text.lines().enumerate() {
        let at_line =
            |what: &dyn std::fmt::Display| format!("line {}: {what}", i.saturating_add(1));
        let record: Record = serde_json::from_str(line).map_err(|e| at_line(&e))?;
        let (w, h) = (record.image.width_px, record.image.height_px);
        if w == 0 || h == 0 || !limits.allows(w, h) {
            return Err(at_line(&format!("a picture of {w} x {h} pixels")));
        }
        if record.decision().is_none() {
            return Err(at_line(&format!("{:?} is no decision", record.decision)));
        }
        let files = [record.image.file.as_ref(), record.mask.as_ref().map(|mask| &mask.file)];
        for file in files.into_iter().flatten() {
            if path_inside(Path::new("x"), file).is_none() {
                return Err(at_line(&format!("{file:?} points outside the folder")));
            }
        }
        if !ids.insert(record.id.clone()) {
            return Err(at_line(&format!("the id {:?} occurs twice", record.id)));
        }
        records.push(record);
    }
    Ok(records)
}

impl DataSet {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All records, in the order of the manifest.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The picture of a record: in the folder, or at the path it refers to.
    pub fn image_path(&self, record: &Record) -> PathBuf {
        match &record.image.file {
            Some(file) => self.folder.join(file),
            None => PathBuf::from(&record.image.origin),
        }
    }

    /// The mask of a record, in image space; empty when no pixel is set. Hash, size and number of
    /// pixels are checked.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`], [`Error::Damaged`], [`Error::Media`].
    pub fn mask(&self, record: &Record) -> Result<Mask, Error> {
        let (w, h) = (record.image.width_px, record.image.height_px);
        let Some(mask_ref) = &record.mask else { return Ok(Mask::new(w, h)) };
        let path = self.folder.join(&mask_ref.file);
        if path.exists() && !stays_inside(&self.folder, &path) {
            let what = "it is a link out of the folder: copy the file itself into the folder";
            return Err(Error::damaged(&path, what));
        }
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
            let what = format!("it is no mask of {w} x {h} pixels with {} set", mask_ref.n_set);
            Error::damaged(&path, what)
        })
    }

    /// A record with its mask and picture.
    ///
    /// # Errors
    ///
    /// As [`DataSet::mask`].
    pub fn entry(&self, record: &Record) -> Result<Entry, Error> {
        let path = self.image_path(record);
        // Asking for a file on a server would connect to it.
        let is_own = || record.image.file.is_none() || stays_inside(&self.folder, &path);
        let is_here = !names_server(&path.to_string_lossy()) && path.is_file() && is_own();
        let pixels = if is_here { Pixels::File(path) } else { Pixels::Absent };
        Ok(Entry { record: record.clone(), mask: self.mask(record)?, pixels })
    }

    /// Reads every file and compares it with its record; returns a sentence for each that is
    /// missing, changed or invalid.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`].
    pub fn check(&self, ctx: &TaskCtx<'_>) -> Result<Vec<String>, Error> {
        let mut wrong = Vec::new();
        for (i, record) in self.records.iter().enumerate() {
            ctx.step(Phase::Reading, i as u64, self.records.len() as u64)?;
            let mut report = |what: String| wrong.push(format!("{}: {what}", record.id));
            if let Err(e) = self.mask(record) {
                report(e.to_string());
            }
            let image = &record.image;
            let path = self.image_path(record);
            // A video frame exported by reference has no picture file.
            let wanted = image.image_sha256.as_ref().unwrap_or(&image.sha256);
            if wanted.is_empty() {
                continue;
            }
            match sha256_of_file(&path) {
                Err(e) => report(Error::read(&path)(e).to_string()),
                Ok(found) if found != *wanted => {
                    report(Error::Changed { path }.to_string());
                }
                Ok(_) => {}
            }
        }
        Ok(wrong)
    }
}
