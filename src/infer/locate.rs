//! Finds the ONNX Runtime library.
//!
//! The option, else the variable `PENTIMENTO_ONNXRUNTIME`, decide alone when given: a library
//! that was named is never replaced by another one. Else, in this order: `lib` beside the program,
//! `lib/pentimento` above it, the user's data folder, `third_party/onnxruntime` in the working
//! folder, and the same in the source tree for programs run from there.

use std::path::{Path, PathBuf};

use super::runtime::{self, Runtime};
use super::{Error, doctor, telemetry};

/// Names a file or a folder.
pub(super) const VARIABLE: &str = "PENTIMENTO_ONNXRUNTIME";

const PREFIX: &str = if cfg!(windows) { "onnxruntime.dll" } else { "libonnxruntime." };

/// The places looked at, in order.
pub(super) fn places(explicit: Option<&Path>) -> Vec<PathBuf> {
    if let Some(path) = explicit {
        return vec![path.to_owned()];
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return vec![PathBuf::from(path)];
    }
    let mut places = Vec::new();
    let program = std::env::current_exe().ok();
    if let Some(folder) = program.as_deref().and_then(Path::parent) {
        places.push(folder.join("lib"));
        places.push(folder.join("../lib/pentimento"));
    }
    places.extend(user_folder());
    places.push(PathBuf::from("third_party/onnxruntime"));
    places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("third_party/onnxruntime"));
    places
}

/// The folder of the user that may hold the library, for instance
/// `~/.local/share/pentimento/onnxruntime`.
pub(super) fn user_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "pentimento")
        .map(|dirs| dirs.data_dir().join("onnxruntime"))
}

/// The library files in those places, best first.
pub(super) fn files(places: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for place in places {
        if place.is_dir() {
            files.extend(in_folder(place));
        } else if place.is_file() {
            files.push(place.clone());
        }
    }
    let mut seen = Vec::new();
    files.retain(|file| {
        let real = file.canonicalize().unwrap_or_else(|_| file.clone());
        let is_new = !seen.contains(&real);
        seen.push(real);
        is_new
    });
    files
}

/// Newest version first, but those with the uploader of usage data last.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(bool, Vec<u32>, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_library = name.starts_with(PREFIX)
                && (cfg!(windows) || name.contains(std::env::consts::DLL_SUFFIX));
            let version: Vec<u32> = name.split('.').filter_map(|part| part.parse().ok()).collect();
            let is_quiet = !version.get(1).is_some_and(|minor| telemetry::has_uploader(*minor));
            is_library.then(|| (is_quiet, version, entry.path()))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, _, path)| path).collect()
}

/// Loads the first library that works.
pub(super) fn load(explicit: Option<&Path>) -> Result<&'static Runtime, Error> {
    if let (None, Some(runtime)) = (explicit, runtime::current()) {
        return Ok(runtime);
    }
    let places = places(explicit);
    let mut first_error = None;
    for file in files(&places) {
        match runtime::start(&file) {
            Ok(runtime) => return Ok(runtime),
            Err(error) => {
                tracing::debug!(%error, "library passed over");
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.unwrap_or_else(|| Error::NoLibrary {
        remedy: doctor::library_remedy(),
        looked_in: places,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn folders_give_their_libraries_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "libonnxruntime.so.1.9.0",
            "libonnxruntime.so.1.28.0",
            "libonnxruntime.so.1.31.1",
            "libonnxruntime_providers_cuda.so",
            "LICENSE",
        ] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let lone = folder.path().join("LICENSE");
        let found = files(&[folder.path().to_owned(), lone, folder.path().join("absent")]);
        let names: Vec<_> = found.iter().filter_map(|p| p.file_name()?.to_str()).collect();
        let expected = [
            "libonnxruntime.so.1.28.0",
            "libonnxruntime.so.1.9.0",
            "libonnxruntime.so.1.31.1",
            "LICENSE",
        ];
        assert_eq!(names, expected, "quiet ones first, newest first");
    }

    #[test]
    fn a_named_library_is_the_only_place() {
        assert_eq!(places(Some(Path::new("/x/y"))), [PathBuf::from("/x/y")]);
    }
}
