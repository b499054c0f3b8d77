//! The content of a folder, read on a thread of its own: a network drive may be slow.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

/// Most entries read of one folder.
const MAX_ENTRIES: usize = 20_000;

/// The content of a folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Listing {
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: Vec<PathBuf>,
    /// Why the folder could not be read, or not to the end.
    pub(super) problem: Option<String>,
}

/// A listing being read.
#[derive(Debug, Clone)]
pub(super) struct Pending(Arc<Mutex<Option<Listing>>>);

impl Pending {
    /// The listing once it is there.
    pub(super) fn take(&self) -> Option<Listing> {
        self.0.lock().take()
    }
}

/// Starts reading; the context is woken when the listing is there.
pub(super) fn start(folder: PathBuf, ctx: &egui::Context) -> Pending {
    let slot = Arc::new(Mutex::new(None));
    let (theirs, waker) = (Arc::clone(&slot), ctx.clone());
    let put = move |listing| {
        *theirs.lock() = Some(listing);
        waker.request_repaint();
    };
    let failed = put.clone();
    let work = move || put(read(&folder));
    if let Err(e) = std::thread::Builder::new().name("folder listing".into()).spawn(work) {
        failed(Listing {
            problem: Some(format!("could not start a background thread: {e}")),
            ..Listing::default()
        });
    }
    Pending(slot)
}

fn read(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) => {
            listing.problem = Some(format!("this folder cannot be read: {e}"));
            return listing;
        }
    };
    for (i, entry) in entries.flatten().enumerate() {
        if i == MAX_ENTRIES {
            listing.problem = Some(format!("only the first {MAX_ENTRIES} entries are shown"));
            break;
        }
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        match std::fs::metadata(&path) {
            Ok(facts) if facts.is_dir() && !is_hidden => listing.folders.push(path),
            Ok(facts) if facts.is_file() && !is_hidden => listing.files.push(path),
            _ => {}
        }
    }
    let by_name = |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().to_lowercase());
    listing.folders.sort_by_cached_key(by_name);
    listing.files.sort_by_cached_key(by_name);
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_are_told_apart_and_sorted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Sub")).unwrap();
        for name in ["b.png", "A.jpg", ".hidden"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let listing = read(folder.path());
        let names = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&listing.folders), ["Sub"]);
        assert_eq!(names(&listing.files), ["A.jpg", "b.png"]);
        assert!(read(Path::new("/no such folder")).problem.is_some(), "said, not hidden");
    }
}
