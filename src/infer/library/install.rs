//! Installs ONNX Runtime from a file that a person downloaded.

use std::io;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::known::{self, Release};
use super::locate;
use super::remedy::user_folder;
use super::staging::Staging;
use super::trial::{self, LibraryTrial, ProviderTrial};
use crate::base::TaskCtx;
use crate::bundle::Bundle;
use crate::files::sha256_of_file;
use crate::infer::Provider;
use crate::infer::provider::WEBGPU_PLUGIN;

/// What was installed.
#[derive(Debug, serde::Serialize)]
pub struct Installed {
    /// The release, or the hash that was given for it.
    pub release: String,
    /// Files in the user's data folder.
    pub files: Vec<PathBuf>,
    /// The library beside the built-in engine; `None` for a plugin.
    pub trial: Option<LibraryTrial>,
    /// The providers for graphics cards in the package.
    pub providers: Vec<ProviderTrial>,
}

/// Installs the libraries of a wheel, or a library, into the data folder of the user.
///
/// The hashes must be known here, unless `sha256` is the hash of `file`. Before anything is replaced,
/// `program` (this program) runs `detector` with the new library and with the built-in engine, in child
/// processes.
///
/// # Errors
///
/// [`InstallError`]; what was installed before stays as it was.
pub fn install_library(
    file: &Path,
    sha256: Option<&str>,
    program: &Path,
    detector: &Bundle,
    ctx: &TaskCtx<'_>,
) -> Result<Installed, InstallError> {
    let folder = user_folder().ok_or(InstallError::NoFolder)?;
    let staging = Staging::unpack(file, folder.parent().unwrap_or(&folder), ctx)?;
    let release = recognize(&staging, file, sha256)?;
    let library = locate::library_files(&[staging.folder().to_owned()]).into_iter().next();
    let trial = match library {
        Some(library) => Some(trial::try_library(program, &library, detector, &ctx.cancel)?),
        None if locate::library_files(std::slice::from_ref(&folder)).is_empty() => {
            return Err(InstallError::NeedsLibrary { package: release });
        }
        None => None,
    };
    let files = staging.move_into(&folder)?;
    let library = locate::library_files(&[folder]).into_iter().next();
    let providers = library.map_or_else(Vec::new, |library| {
        let try_one = |provider| trial::try_provider(program, library.clone(), provider);
        providers_in(&files).into_iter().map(try_one).collect()
    });
    Ok(Installed { release, files, trial, providers })
}

/// Removes what [`install_library`] put into the data folder of the user, and returns its files.
///
/// # Errors
///
/// [`InstallError::Write`] when a file cannot be removed.
pub fn remove_library() -> Result<Vec<PathBuf>, InstallError> {
    let folder = user_folder().ok_or(InstallError::NoFolder)?;
    let write = |source| InstallError::Write { source, path: folder.clone() };
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(write)?,
    };
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    std::fs::remove_dir_all(&folder).map_err(write)?;
    Ok(files)
}

/// The name of the release, if its hashes are known or the given one fits.
fn recognize(staging: &Staging, file: &Path, stated: Option<&str>) -> Result<String, InstallError> {
    let list = || known::for_here().iter().map(Release::label).collect::<Vec<_>>().join(", ");
    if let Some(release) = known::release_of(&staging.libraries()) {
        let label = release.label();
        return if release.is_for_here() {
            Ok(label)
        } else {
            Err(InstallError::OtherComputer { release: label, needed: list() })
        };
    }
    let sha256 = sha256_of_file(file)
        .map_err(|source| InstallError::Read { source, path: file.to_owned() })?;
    if stated.is_some_and(|stated| stated.trim().eq_ignore_ascii_case(&sha256)) {
        return Ok(format!("a release unknown here, with the SHA-256 {sha256} that you gave"));
    }
    Err(InstallError::Unknown { sha256, known: list(), path: file.to_owned() })
}

/// The providers for graphics cards that these files bring.
fn providers_in(files: &[PathBuf]) -> Vec<Provider> {
    let has = |name: &str| {
        files
            .iter()
            .any(|file| file.file_name().is_some_and(|f| f.to_string_lossy().contains(name)))
    };
    let mut found = Vec::new();
    for (name, provider) in [
        ("providers_cuda", Provider::Cuda),
        ("providers_tensorrt", Provider::TensorRt),
        ("DirectML", Provider::DirectMl),
        (WEBGPU_PLUGIN, Provider::WebGpu),
    ] {
        if has(name) {
            found.push(provider);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_for_another_computer_is_refused_by_name() {
        let elsewhere = if cfg!(target_os = "macos") {
            "aa4079d18f4ea7a5f3a94d80cd4bbe0f2740436626622d64d793803a20381083 libonnxruntime.so.1.28.0"
        } else {
            "cadd9517e089d197e5d381bc31813875eb8addce8712bac501645fea8008800c libonnxruntime.1.28.0.dylib"
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("library.so");
        std::fs::write(&file, "x").unwrap();
        let staging = Staging::of_hashes(folder.path(), &[elsewhere]);
        let error = recognize(&staging, &file, None).unwrap_err();
        assert!(matches!(error, InstallError::OtherComputer { .. }), "{error}");
        assert!(error.to_string().contains("for this computer there are onnxruntime"), "{error}");
    }
}
