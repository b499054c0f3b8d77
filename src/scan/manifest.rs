//! The list of files: read line by line, never as a whole.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Error;
use super::entry::{Entry, MAX_LINE_BYTES, bytes_path};
use crate::files::{FileIdentity, part_file, sha256_of_file};

/// Where the list of a folder or of standard input is kept, in the folder of results.
const KEPT: &str = "scan.manifest";

/// A list of files below a root.
#[derive(Debug)]
pub struct Manifest {
    /// The file with the lines.
    lines: PathBuf,
    /// Paths lie below this folder.
    pub root: PathBuf,
    /// SHA-256 of the lines.
    pub sha256: String,
    /// A folder below the root whose files are not listed: that of the results.
    pub left_out: Option<PathBuf>,
    /// The file of the lines as it was hashed.
    identity: FileIdentity,
}

impl Manifest {
    /// Opens a file of lines, lists a folder, or (`-`) keeps what standard input gives. A list that is
    /// not a file already is kept in `out`, so that a shard that is started again works on the same one.
    /// Without `root` paths lie below the folder of the file, the folder itself, or the current one.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`], [`Error::Root`], [`Error::ResultsAboveFiles`], [`Error::Output`].
    pub fn open(source: &Path, root: Option<&Path>, out: &Path) -> Result<Self, Error> {
        let kept = out.join(KEPT);
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            move |source| Error::Manifest { path, source }
        };
        let mut left_out = None;
        let (lines, own_root) = if source == Path::new("-") {
            keep(out, &kept, |part| io::copy(&mut io::stdin().lock(), part).map(drop))?;
            (kept, PathBuf::from("."))
        } else if source.is_dir() {
            let [root, results] = [source, out].map(Path::canonicalize);
            let (root, results) =
                (root.map_err(unreadable(source))?, results.map_err(Error::output(out))?);
            if root.starts_with(&results) {
                return Err(Error::ResultsAboveFiles { root, out: results });
            }
            left_out = results.starts_with(&root).then(|| out.to_path_buf());
            if !kept.is_file() {
                keep(out, &kept, |part| list(source, &results, part))?;
            }
            (kept, source.to_path_buf())
        } else if source.metadata().is_ok_and(|facts| !facts.is_file()) {
            let pipe =
                io::Error::other("it is no file; give its lines by standard input: --manifest -");
            return Err(unreadable(source)(pipe));
        } else {
            let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty());
            (source.to_path_buf(), folder.unwrap_or_else(|| Path::new(".")).to_path_buf())
        };
        let root = root.map_or(own_root, Path::to_path_buf);
        let root = root.canonicalize().map_err(|source| Error::Root { path: root, source })?;
        let identity = lines.metadata().map(|facts| FileIdentity::new(&facts));
        let identity = identity.map_err(unreadable(&lines))?;
        let sha256 = sha256_of_file(&lines).map_err(unreadable(&lines))?;
        Ok(Self { lines, root, sha256, left_out, identity })
    }

    /// Fails when the list is no longer the one that was hashed.
    pub(super) fn check_unchanged(&self) -> Result<(), Error> {
        if self.identity.is_still_at(&self.lines) {
            return Ok(());
        }
        Err(Error::ManifestChanged { path: self.lines.clone() })
    }

    /// Reads the lines from the first on.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`].
    pub fn lines(&self) -> Result<ManifestLines, Error> {
        let unreadable = |source| Error::Manifest { path: self.lines.clone(), source };
        let reader =
            BufReader::with_capacity(1 << 16, File::open(&self.lines).map_err(unreadable)?);
        Ok(ManifestLines { reader, path: self.lines.clone(), is_first: true })
    }
}

/// Writes a list beside its name and renames it; a list that another shard has kept meanwhile stays.
fn keep(
    out: &Path,
    kept: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Error> {
    let mut part = part_file(out, ".part").map_err(Error::output(out))?;
    write(part.as_file_mut()).map_err(Error::output(kept))?;
    match part.persist_noclobber(kept) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::output(kept)(error.error))
        }
        // The plan tells whether it was the same.
        Err(error) => same(error.file.path(), kept),
        Ok(_) => Ok(()),
    }
}

/// Whether what was kept before is what would be kept now.
fn same(new: &Path, kept: &Path) -> Result<(), Error> {
    let [here, there] = [new, kept].map(|path| sha256_of_file(path).map_err(Error::output(path)));
    let (here, there) = (here?, there?);
    if here == there {
        return Ok(());
    }
    let folder = kept.parent().unwrap_or(kept).to_path_buf();
    Err(Error::OtherPlan { folder, what: "the SHA-256 of the manifest", there, here })
}

/// Lines for the files of a folder in the order of their names. Links are listed and not followed.
/// `out` is not entered. A folder that cannot be read is listed itself, so that it fails by name.
fn list(folder: &Path, out: &Path, to: &mut File) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        path: &'a str,
    }
    let mut to = io::BufWriter::new(to);
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files =
        files.filter_entry(|entry| entry.path().canonicalize().ok().as_deref() != Some(out));
    for entry in files {
        let path = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => entry.into_path(),
            Err(error) => match error.path() {
                Some(path) if path != folder => path.to_path_buf(),
                _ => return Err(error.into()),
            },
        };
        let path = path.strip_prefix(folder).unwrap_or(&path);
        match path.to_str() {
            Some(text) if is_plain(text) => to.write_all(text.as_bytes())?,
            Some(text) => serde_json::to_writer(&mut to, &Line { path: text })?,
            // It is refused by name: results are text.
            None => {
                let name = bytes_path(path.as_os_str().as_encoded_bytes());
                serde_json::to_writer(&mut to, &Line { path: &name })?;
            }
        }
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// Whether the text as a line means the path.
fn is_plain(path: &str) -> bool {
    !path.starts_with(['{', '\u{feff}'])
        && path.trim() == path
        && !path.chars().any(char::is_control)
}

/// The lines of a manifest. At most one is in memory.
#[derive(Debug)]
pub struct ManifestLines {
    reader: BufReader<File>,
    path: PathBuf,
    is_first: bool,
}

impl ManifestLines {
    /// The next line without its end, cut where it is too long; `None` at the end of the file.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64 + 2;
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.pop_if(|last| *last == b'\n').is_none() && line.len() as u64 == limit {
            self.reader.skip_until(b'\n')?;
        }
        if std::mem::take(&mut self.is_first) {
            if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it is UTF-16; save it as UTF-8",
                ));
            }
            if line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
        }
        Ok(Some(line))
    }
}

impl Iterator for ManifestLines {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.line() {
                Ok(line) => {
                    if let Some(entry) = Entry::parse(&line?) {
                        return Some(Ok(entry));
                    }
                }
                Err(source) => {
                    return Some(Err(Error::Manifest { path: self.path.clone(), source }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(manifest: &Manifest) -> Vec<String> {
        let entries = manifest.lines().unwrap().map(Result::unwrap);
        entries
            .map(|Entry { path, refusal, .. }| format!("{path}{}", refusal.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn ends_of_lines_marks_and_empty_lines_are_no_part_of_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.txt");
        let long = "x".repeat(MAX_LINE_BYTES + 100);
        std::fs::write(&path, format!("\u{feff}a.jpg\r\n\n  \n{long}\nb c.jpg")).unwrap();
        let manifest = Manifest::open(&path, None, folder.path()).unwrap();
        let entries: Vec<Entry> = manifest.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(entries.len(), 3);
        assert_eq!((entries[0].path.as_str(), entries[2].path.as_str()), ("a.jpg", "b c.jpg"));
        assert!(entries[1].refusal.is_some());
        assert_eq!(manifest.root, folder.path().canonicalize().unwrap());
    }

    #[test]
    fn a_folder_is_listed_once_and_the_list_kept() {
        let [files, out] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let names = ["b.jpg", "a/c d.jpg", "a/{x}.jpg", "{y.jpg", " z.jpg", "a/e.jpg"];
        std::fs::create_dir(files.path().join("a")).unwrap();
        for name in names {
            std::fs::write(files.path().join(name), "x").unwrap();
        }
        let mut found = paths(&Manifest::open(files.path(), None, out.path()).unwrap());
        found.sort();
        let mut sorted = names.map(str::to_owned);
        sorted.sort();
        assert_eq!(found, sorted);
        std::fs::write(files.path().join("later.jpg"), "x").unwrap();
        let again = paths(&Manifest::open(files.path(), None, out.path()).unwrap());
        assert_eq!(again.len(), names.len());
        let inside = files.path().join("results");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(inside.join("x.jsonl"), "x").unwrap();
        let around = paths(&Manifest::open(files.path(), None, &inside).unwrap());
        assert_eq!(around.len(), names.len() + 1, "results are no files to examine: {around:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn names_that_are_not_text_are_refused_and_displace_no_file() {
        use std::os::unix::ffi::OsStringExt as _;
        let [files, out] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let forged = b"c\xff\n{\"path\":\"b.png\",\"source\":\"Police\"}";
        let names: [&[u8]; 5] =
            [br"a\xff.png", b"a\xff.png", b"b.png", forged, "\u{feff}d.png".as_bytes()];
        for name in names {
            let name = std::ffi::OsString::from_vec(name.to_vec());
            std::fs::write(files.path().join(name), "x").unwrap();
        }
        let manifest = Manifest::open(files.path(), None, out.path()).unwrap();
        let entries: Vec<Entry> = manifest.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(entries.len(), names.len(), "{entries:?}");
        assert!(entries.iter().all(|entry| entry.source.is_none()), "no name sets a source");
        let accepted: Vec<_> =
            entries.iter().filter(|e| e.refusal.is_none()).map(|e| e.path.as_str()).collect();
        assert_eq!(accepted, [r"a\xff.png", "b.png", "\u{feff}d.png"]);
    }

    #[test]
    fn results_above_the_files_and_lists_in_utf_16_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        std::fs::create_dir(&files).unwrap();
        for out in [folder.path(), &files] {
            let above = Manifest::open(&files, None, out);
            assert!(matches!(above, Err(Error::ResultsAboveFiles { .. })), "{above:?}");
        }
        let path = folder.path().join("list.txt");
        std::fs::write(&path, b"\xff\xfea\0.\0j\0").unwrap();
        let manifest = Manifest::open(&path, None, folder.path()).unwrap();
        let first = manifest.lines().unwrap().next().unwrap();
        assert!(first.unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn a_missing_list_is_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::open(&folder.path().join("none.txt"), None, folder.path());
        assert!(matches!(error, Err(Error::Manifest { .. })), "{error:?}");
    }
}
