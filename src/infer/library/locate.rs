//! Finds the ONNX Runtime library.
//!
//! The option, else the variable `PENTIMENTO_ONNXRUNTIME`, names the only place. Without both these
//! folders are searched in order: the data folder of the user, `lib` beside the program,
//! `lib/pentimento` above it. So what a user installs comes before what a package brought. The working
//! folder is never searched: it may be the evidence's.

use std::path::{Path, PathBuf};

use super::remedy::{library_remedy, user_folder};
use crate::infer::runtime::{self, Runtime};
use crate::infer::{Error, telemetry};

/// Names the library, or its folder.
pub(in crate::infer) const VARIABLE: &str = "PENTIMENTO_ONNXRUNTIME";

const PREFIX: &str = if cfg!(windows) { "onnxruntime.dll" } else { "libonnxruntime." };

/// Whether an option or the variable names the only place.
pub(in crate::infer) fn is_named(explicit: Option<&Path>) -> bool {
    explicit.is_some() || named_by_variable().is_some()
}

fn named_by_variable() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The files and folders to search, in order.
pub(in crate::infer) fn search_paths(explicit: Option<&Path>) -> Vec<PathBuf> {
    if let Some(path) = explicit {
        return vec![path.to_owned()];
    }
    if let Some(path) = named_by_variable() {
        return vec![path];
    }
    usual_folders(user_folder(), std::env::current_exe().ok().as_deref())
}

fn usual_folders(user: Option<PathBuf>, program: Option<&Path>) -> Vec<PathBuf> {
    let beside = program.and_then(Path::parent);
    let above = beside.and_then(Path::parent);
    let package = [beside.map(|at| at.join("lib")), above.map(|at| at.join("lib/pentimento"))];
    user.into_iter().chain(package.into_iter().flatten()).collect()
}

/// The library files in `paths`, best first, each once.
pub(in crate::infer) fn library_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(libraries_in(path));
        } else if path.is_file() {
            files.push(path.clone());
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

/// Libraries with the newest version first, but those with the uploader of usage data last.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
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
            let has_no_uploader =
                !version.get(1).is_some_and(|minor| telemetry::has_uploader(*minor));
            is_library.then(|| (has_no_uploader, version, entry.path()))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, _, path)| path).collect()
}

/// Loads the first library that works.
pub(in crate::infer) fn load_library(explicit: Option<&Path>) -> Result<&'static Runtime, Error> {
    if let (None, Some(runtime)) = (explicit, runtime::current()) {
        return Ok(runtime);
    }
    let paths = search_paths(explicit);
    let mut first_error = None;
    for file in library_files(&paths) {
        match runtime::start(&file) {
            Ok(runtime) => return Ok(runtime),
            Err(error) => {
                tracing::debug!(%error, "library skipped");
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error
        .unwrap_or_else(|| Error::NoLibrary { remedy: library_remedy(), looked_in: paths }))
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
        let found = library_files(&[folder.path().to_owned(), lone, folder.path().join("absent")]);
        let names: Vec<_> = found.iter().filter_map(|p| p.file_name()?.to_str()).collect();
        let expected = [
            "libonnxruntime.so.1.28.0",
            "libonnxruntime.so.1.9.0",
            "libonnxruntime.so.1.31.1",
            "LICENSE",
        ];
        assert_eq!(names, expected, "those without uploader first, newest first");
    }

    #[test]
    fn the_engine_of_the_user_comes_before_that_of_a_package() {
        let found =
            usual_folders(Some("/home/me/data".into()), Some(Path::new("/usr/bin/program")));
        let expected = ["/home/me/data", "/usr/bin/lib", "/usr/lib/pentimento"];
        assert_eq!(found, expected.map(PathBuf::from));
        assert_eq!(usual_folders(None, None), [""; 0].map(PathBuf::from));
    }

    #[test]
    fn a_named_library_is_the_only_path() {
        assert_eq!(search_paths(Some(Path::new("/x/y"))), [PathBuf::from("/x/y")]);
    }
}
