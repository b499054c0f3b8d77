//! The folder of a report: built beside its final name, then renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Error;
use crate::files::{sha256_hex, sync_folder};

/// The file that names the hash of every other file, as `sha256sum -c` reads it.
pub const SUMS_FILE: &str = "SHA256SUMS";

/// The signature of [`SUMS_FILE`], where minisign looks for it.
pub const SIGNATURE_FILE: &str = "SHA256SUMS.minisig";
/// A request for a time stamp of [`SUMS_FILE`].
pub const REQUEST_FILE: &str = "report.tsq";
/// The answer to it, which a person puts there.
pub const ANSWER_FILE: &str = "report.tsr";

/// A report that is being written. Until [`Self::finish`] nothing lies under the final name;
/// without it nothing stays behind.
#[derive(Debug)]
pub struct ReportFolder {
    building: TempDir,
    target: PathBuf,
    hashes: BTreeMap<String, String>,
}

impl ReportFolder {
    /// Begins a report that will be the folder `target`. There must be no such folder, or an empty
    /// one.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the name is taken, or the folder above it cannot be written.
    pub fn create(target: &Path) -> Result<Self, Error> {
        let refused = |what: String| Error::Folder { folder: target.to_owned(), what };
        match target.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error.to_string())),
            Ok(found) if !found.is_dir() => {
                return Err(refused("there is something else with this name".to_owned()));
            }
            Ok(_) => {
                let mut entries = std::fs::read_dir(target).map_err(|e| refused(e.to_string()))?;
                if entries.next().is_some() {
                    return Err(refused("the folder is not empty; name a new one".to_owned()));
                }
            }
        }
        let above = folder_above(target);
        std::fs::create_dir_all(above).map_err(|e| refused(e.to_string()))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".pentimento-report-");
        // Others may read the report as far as the user's umask allows, as any folder that is
        // created.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let building = builder.tempdir_in(above).map_err(|e| refused(e.to_string()))?;
        Ok(Self { building, target: target.to_owned(), hashes: BTreeMap::new() })
    }

    /// Writes a file, and returns its SHA-256. `name` is relative, with `/` between folders; it is
    /// made by this program, never from the name of a file that is examined.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<String, Error> {
        self.write(name, bytes)?;
        let hash = sha256_hex(bytes);
        self.hashes.insert(name.to_owned(), hash.clone());
        Ok(hash)
    }

    /// Reads a file that was added.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when it cannot be read.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        let failed = |source| Error::Write { name: name.to_owned(), source };
        std::fs::read(self.building.path().join(name)).map_err(failed)
    }

    /// The text of [`SUMS_FILE`].
    pub fn sums(&self) -> String {
        let mut text = String::new();
        for (name, hash) in &self.hashes {
            // Writing into a String cannot fail.
            writeln!(text, "{hash}  {name}").unwrap_or_default();
        }
        text
    }

    /// Writes the hashes and gives the folder its name.
    ///
    /// # Errors
    ///
    /// [`Error::Write`], [`Error::Folder`].
    pub fn finish(self) -> Result<(), Error> {
        self.finish_with(&[])
    }

    /// As [`Self::finish`], with files about the hashes, such as a signature of [`SUMS_FILE`].
    ///
    /// # Errors
    ///
    /// [`Error::Write`], [`Error::Folder`].
    pub fn finish_with(self, about_sums: &[(&str, Vec<u8>)]) -> Result<(), Error> {
        self.write(SUMS_FILE, self.sums().as_bytes())?;
        for (name, bytes) in about_sums {
            self.write(name, bytes)?;
        }
        let about = about_sums.iter().map(|(name, _)| *name);
        self.sync(self.hashes.keys().map(String::as_str).chain([SUMS_FILE]).chain(about))?;
        let refused =
            |e: std::io::Error| Error::Folder { folder: self.target.clone(), what: e.to_string() };
        // An empty folder of that name makes room; anything else stays, and the next line fails.
        std::fs::remove_dir(&self.target).ok();
        std::fs::rename(self.building.path(), &self.target).map_err(refused)?;
        sync_folder(folder_above(&self.target));
        // The temporary name is gone.
        let _moved = self.building.keep();
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.building.path().join(name);
        let failed = |source| Error::Write { name: name.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&path, bytes).map_err(failed)
    }

    /// Brings the files to the disk: all at once, since that waits for the disk far less often than
    /// each for itself.
    fn sync<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let mut folders = BTreeSet::from([self.building.path().to_owned()]);
        for name in names {
            let path = self.building.path().join(name);
            let failed = |source| Error::Write { name: name.to_owned(), source };
            // Some systems sync only what may be written.
            let file = File::options().write(true).open(&path).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            folders.extend(path.parent().map(Path::to_owned));
        }
        for folder in &folders {
            sync_folder(folder);
        }
        Ok(())
    }
}

fn folder_above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            names.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_is_whole_or_not_there() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let mut report = ReportFolder::create(&target).unwrap();
        report.add("report.json", b"{}").unwrap();
        assert!(!target.exists(), "not yet");
        drop(report);
        assert_eq!(entries(place.path()), Vec::<String>::new(), "nothing stays behind");
        std::fs::create_dir(&target).unwrap();
        let mut report = ReportFolder::create(&target).unwrap();
        let hash = report.add("pictures/1.jpg", b"abc").unwrap();
        report.add("report.json", b"{}").unwrap();
        assert_eq!(report.read("pictures/1.jpg").unwrap(), b"abc");
        report.finish().unwrap();
        assert_eq!(entries(place.path()), ["out"]);
        assert_eq!(entries(&target), ["SHA256SUMS", "pictures", "report.json"]);
        let sums = std::fs::read_to_string(target.join(SUMS_FILE)).unwrap();
        assert!(sums.starts_with(&format!("{hash}  pictures/1.jpg\n")), "{sums}");
    }

    #[test]
    fn nothing_that_is_there_is_replaced() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("file"), "x").unwrap();
        for (taken, expected) in
            [(place.path().to_owned(), "not empty"), (place.path().join("file"), "something else")]
        {
            let error = ReportFolder::create(&taken).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let report = ReportFolder::create(&place.path().join("late")).unwrap();
        std::fs::create_dir(place.path().join("late")).unwrap();
        std::fs::write(place.path().join("late/mine"), "x").unwrap();
        report.finish().unwrap_err();
        assert_eq!(entries(place.path()), ["file", "late"]);
        assert_eq!(entries(&place.path().join("late")), ["mine"]);
    }
}
