//! Filling a case from folders.
//!
//! * **In**: a folder. **Out**: its pictures and clips as items of the case, each with the sub-folder
//!   it lies in as its source.
//! * **Not here**: opening a file: names choose what is taken, contents decide when it is examined.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Error;
use crate::base::TaskCtx;
use crate::case::{Added, Case, NewItem};
use crate::media;

/// Problems that are told one by one.
const MAX_PROBLEMS: usize = 20;

/// What a folder gave.
#[derive(Debug)]
pub struct Filled {
    /// What became of its pictures and clips.
    pub added: Added,
    /// Files with other endings.
    pub n_other: u64,
    /// Sub-folders and files that could not be read: a sentence each, at most 20.
    pub problems: Vec<String>,
}

/// Adds all pictures and clips below a folder, in the order of their names.
///
/// Sub-folders are looked into; what begins with a dot is passed over. The source of an item is the
/// sub-folder of `folder` below which it lies, or the folder's own name.
///
/// What was added before a stop stays; known files are not doubled, so the same call goes on.
///
/// # Errors
///
/// [`Error::Folder`] when it cannot be read at all, [`Error::Case`].
pub fn add_folder(case: &mut Case, folder: &Path, ctx: &TaskCtx<'_>) -> Result<Filled, Error> {
    add_folder_of(case, folder, &Origin::default(), ctx)
}

/// What a person says of all files of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Where they come from; without it the sub-folder of each.
    pub source: Option<String>,
    /// Whose face they show.
    pub person: Option<String>,
}

/// As [`add_folder`], with what is known of the files.
///
/// # Errors
///
/// As [`add_folder`].
pub fn add_folder_of(
    case: &mut Case,
    folder: &Path,
    origin: &Origin,
    ctx: &TaskCtx<'_>,
) -> Result<Filled, Error> {
    let bad = |source| Error::Folder { source, path: folder.to_owned() };
    let folder = std::path::absolute(folder).map_err(bad)?;
    std::fs::read_dir(&folder).map_err(bad)?;
    let mut walk = Walk::new(&folder);
    let mut items = walk.by_ref().map(|item| NewItem {
        source: origin.source.clone().or(item.source),
        person: origin.person.clone(),
        ..item
    });
    let added = case.add(&mut items, ctx)?;
    Ok(Filled { added, n_other: walk.n_other, problems: walk.problems })
}

/// The pictures and clips below a folder.
struct Walk {
    folder: PathBuf,
    inner: Box<dyn Iterator<Item = walkdir::Result<DirEntry>>>,
    n_other: u64,
    problems: Vec<String>,
}

impl Walk {
    fn new(folder: &Path) -> Self {
        let is_shown = |entry: &DirEntry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        let inner = Box::new(walk.into_iter().filter_entry(is_shown));
        Self { folder: folder.to_owned(), inner, n_other: 0, problems: Vec::new() }
    }

    /// The sub-folder below which an item lies.
    fn source_of(&self, path: &Path) -> Option<String> {
        let below = path.parent()?.strip_prefix(&self.folder).ok()?;
        let name = below.iter().next().or_else(|| self.folder.file_name())?;
        Some(name.to_string_lossy().into_owned())
    }
}

impl Iterator for Walk {
    type Item = NewItem;

    fn next(&mut self) -> Option<NewItem> {
        loop {
            let entry = match self.inner.next()? {
                Ok(entry) => entry,
                Err(error) => {
                    if self.problems.len() < MAX_PROBLEMS {
                        self.problems.push(error.to_string());
                    }
                    continue;
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            if !has_known_ending(entry.path()) {
                self.n_other += 1;
                continue;
            }
            let path = entry.into_path();
            let source = self.source_of(&path);
            return Some(NewItem { path, source, person: None });
        }
    }
}

fn has_known_ending(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|e| media::ENDINGS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_takes_pictures_with_their_sub_folder_as_source() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("Set A");
        for name in ["b.JPG", "sub/deep/c.png", "a.mp4", "notes.txt", ".hidden/d.png", ".e.png"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let mut walk = Walk::new(&root);
        let found: Vec<(String, Option<String>)> = walk
            .by_ref()
            .map(|item| {
                let name = item.path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                (name, item.source)
            })
            .collect();
        let expected = [("a.mp4", "Set A"), ("b.JPG", "Set A"), ("sub/deep/c.png", "sub")];
        assert_eq!(found, expected.map(|(n, s)| (n.to_owned(), Some(s.to_owned()))));
        assert_eq!((walk.n_other, walk.problems.len()), (1, 0));
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let mut walk = Walk::new(folder.path());
        assert_eq!(walk.by_ref().count(), 1);
        assert_eq!(walk.problems.len(), 1, "{:?}", walk.problems);
    }
}
