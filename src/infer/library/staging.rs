//! Takes the libraries out of a wheel into a folder of their own, within limits, and computes their hashes.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zip::ZipArchive;

use super::error::InstallError;
use crate::base::{Cancelled, Phase, TaskCtx};
use crate::files;

/// Largest wheel or library. The largest known wheel has 250 MB.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// Most bytes of all libraries of a wheel.
const MAX_UNPACKED_BYTES: u64 = 2 << 30;
/// Most entries of a wheel.
const MAX_ENTRIES: usize = 100_000;

/// Folders of wheels that hold libraries.
const FOLDERS: [&str; 2] = ["onnxruntime/capi/", "onnxruntime_ep_webgpu/"];
/// Terms that have to stay with the libraries.
const LICENSES: [&str; 2] = ["LICENSE", "ThirdPartyNotices.txt"];

/// Begins the names of folders that are unpacked into.
const PREFIX: &str = ".unpacking-";
/// No unpacking takes longer.
const LEFTOVER_AGE: Duration = Duration::from_hours(1);

/// Removes what a program that was killed left behind.
fn remove_leftovers(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let modified = entry.metadata().and_then(|facts| facts.modified());
        let is_old =
            modified.is_ok_and(|at| at.elapsed().is_ok_and(|elapsed| elapsed > LEFTOVER_AGE));
        if is_ours && is_old {
            // It may be gone meanwhile, and takes only space.
            let _kept = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A library that was unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StagedFile {
    /// File name.
    pub(super) name: String,
    pub(super) sha256: String,
    /// Whether it is code, not a text of terms.
    pub(super) is_library: bool,
}

/// Unpacked libraries; the folder is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    folder: tempfile::TempDir,
    pub(super) files: Vec<StagedFile>,
}

impl Staging {
    /// Copies the libraries of `file`, a wheel or a library, into a new folder in `parent`.
    pub(super) fn unpack(
        file: &Path,
        parent: &Path,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, InstallError> {
        let refuse =
            |what: &str| InstallError::Unusable { what: what.to_owned(), path: file.into() };
        let read = |source| InstallError::Read { source, path: file.into() };
        let write = |source| InstallError::Write { source, path: parent.into() };
        // Asked by name first: opening a pipe would wait for a writer.
        let facts = std::fs::metadata(file).map_err(read)?;
        if !facts.is_file() {
            return Err(refuse("it is not a file: name the wheel that you downloaded"));
        }
        let opened = File::open(file).map_err(read)?;
        if facts.len() > MAX_FILE_BYTES {
            return Err(refuse("it is larger than any release of ONNX Runtime"));
        }
        std::fs::create_dir_all(parent).map_err(write)?;
        remove_leftovers(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent).map_err(write)?;
        let mut staging = Self { folder, files: Vec::new() };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if is_library(&name) {
            staging.copy(&name, opened, MAX_FILE_BYTES, ctx)?;
            return Ok(staging);
        }
        let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|_not_a_zip| {
            refuse("it is neither a wheel (.whl) nor a library: name the file from PyPI as it is")
        })?;
        if archive.len() > MAX_ENTRIES {
            return Err(refuse("it has more entries than any release of ONNX Runtime"));
        }
        let mut n_left = MAX_UNPACKED_BYTES;
        for i in 0..archive.len() {
            ctx.step(Phase::Reading, i as u64, archive.len() as u64)?;
            let entry = archive
                .by_index(i)
                .map_err(|_damaged| refuse("it is damaged: download it again"))?;
            let name = entry.name().ok().and_then(|name| wanted(&name));
            let Some(name) = name else { continue };
            let n = staging.copy(&name, entry, n_left, ctx).map_err(|e| match e {
                InstallError::Read { .. } => refuse("it is damaged: download it again"),
                other => other,
            })?;
            n_left = n_left.saturating_sub(n);
        }
        if staging.libraries().next().is_none() {
            return Err(refuse(
                "it holds no ONNX Runtime library: the packages are onnxruntime, onnxruntime-gpu, \
                 onnxruntime-directml and onnxruntime-ep-webgpu",
            ));
        }
        Ok(staging)
    }

    /// Names and hashes of the code.
    pub(super) fn libraries(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.files.iter().filter(|f| f.is_library).map(|f| (f.name.as_str(), f.sha256.as_str()))
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Moves all files into `folder`, the terms first. Files of the same name are replaced.
    pub(super) fn move_into(self, folder: &Path) -> Result<Vec<PathBuf>, InstallError> {
        let write = |source| InstallError::Write { source, path: folder.into() };
        std::fs::create_dir_all(folder).map_err(write)?;
        let mut files = self.files;
        files.sort_by_key(|file| file.is_library);
        let mut moved = Vec::new();
        for file in files {
            let target = folder.join(&file.name);
            std::fs::rename(self.folder.path().join(&file.name), &target).map_err(write)?;
            moved.push(target);
        }
        files::sync_folder(folder);
        Ok(moved)
    }

    /// Files of these hashes, each "SHA-256 NAME", that are not there.
    #[cfg(test)]
    pub(super) fn of_hashes(parent: &Path, lines: &[&str]) -> Self {
        let files = lines.iter().filter_map(|line| line.split_once(' '));
        let files = files.map(|(sha256, name)| StagedFile {
            name: name.to_owned(),
            sha256: sha256.to_owned(),
            is_library: true,
        });
        Self { folder: tempfile::tempdir_in(parent).unwrap(), files: files.collect() }
    }

    /// Copies one file and returns its size.
    fn copy(
        &mut self,
        name: &str,
        content: impl Read,
        limit: u64,
        ctx: &TaskCtx<'_>,
    ) -> Result<u64, InstallError> {
        let target = self.folder.path().join(name);
        let write = |source| InstallError::Write { source, path: target.clone() };
        let mut out = File::create_new(&target).map_err(write)?;
        let mut n_bytes = 0u64;
        let sha256 = files::sha256_of_reader(content, |chunk| {
            n_bytes = n_bytes.saturating_add(chunk.len() as u64);
            if n_bytes > limit {
                return Err(Broken::TooLarge);
            }
            out.write_all(chunk).map_err(Broken::Write)?;
            if ctx.cancel.is_cancelled() { Err(Broken::Cancelled) } else { Ok(()) }
        })
        .map_err(|broken| match broken {
            Broken::Read(source) => InstallError::Read { source, path: name.into() },
            Broken::Write(source) => write(source),
            Broken::Cancelled => Cancelled.into(),
            Broken::TooLarge => InstallError::Unusable {
                what: "it unpacks to more than any release of ONNX Runtime".to_owned(),
                path: name.into(),
            },
        })?;
        out.sync_all().map_err(write)?;
        let is_library = !LICENSES.iter().any(|terms| name.ends_with(terms));
        self.files.push(StagedFile { name: name.to_owned(), sha256, is_library });
        Ok(n_bytes)
    }
}

/// Why a copy ended early.
enum Broken {
    Read(io::Error),
    Write(io::Error),
    TooLarge,
    Cancelled,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// The name under which an entry is installed. The terms of a plugin do not replace those of the library.
fn wanted(entry: &str) -> Option<String> {
    let (folder, name) = entry.rsplit_once('/')?;
    if LICENSES.contains(&name) {
        let package = folder.strip_suffix(".dist-info/licenses");
        return match package.and_then(|package| package.split_once('-')) {
            Some((package, _)) if !package.contains('/') => Some(format!("{package}-{name}")),
            _ => (folder == "onnxruntime").then(|| name.to_owned()),
        };
    }
    let name = FOLDERS.iter().find_map(|folder| entry.strip_prefix(folder))?;
    is_library(name).then(|| name.to_owned())
}

/// Whether a file of this name is a library of ONNX Runtime. The binding for Python is none.
fn is_library(name: &str) -> bool {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let known = ["libonnxruntime", "onnxruntime", "DirectML.", "dxcompiler.", "dxil."];
    let is_code = [".so", ".dylib", ".dll"].iter().any(|end| name.contains(end));
    is_plain && is_code && known.iter().any(|k| name.starts_with(k)) && !name.contains("pybind11")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_their_terms_are_taken_and_nothing_else() {
        for (entry, expected) in [
            ("onnxruntime/capi/libonnxruntime.so.1.28.0", Some("libonnxruntime.so.1.28.0")),
            ("onnxruntime/capi/onnxruntime.dll", Some("onnxruntime.dll")),
            ("onnxruntime_ep_webgpu/dxil.dll", Some("dxil.dll")),
            ("onnxruntime/LICENSE", Some("LICENSE")),
            (
                "onnxruntime_ep_webgpu-0.4.0.dist-info/licenses/ThirdPartyNotices.txt",
                Some("onnxruntime_ep_webgpu-ThirdPartyNotices.txt"),
            ),
            ("onnxruntime/capi/onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so", None),
            ("onnxruntime/capi/../../libonnxruntime.so", None),
            ("onnxruntime/capi/onnxruntime_inference_collection.py", None),
            ("libonnxruntime.so", None),
            ("docs/LICENSE", None),
        ] {
            assert_eq!(wanted(entry).as_deref(), expected, "{entry}");
        }
    }
}
