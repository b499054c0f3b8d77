//! Adding folders to a case: names choose which files become items, contents are read only when an
//! item is examined.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Error;
use crate::base::TaskCtx;
use crate::case::{AddedCounts, BatchWriter, NewItem, add_items};
use crate::media;

/// Problems that are listed at most.
const MAX_PROBLEMS: usize = 20;

/// The result of adding a folder.
#[derive(Debug)]
pub struct AddedFolder {
    /// Counts of its pictures and clips.
    pub added: AddedCounts,
    /// Files with other extensions.
    pub n_other: u64,
    /// Sub-folders and files that could not be read: a sentence each, 20 at most.
    pub problems: Vec<String>,
}

/// Adds all pictures and clips below a folder, in the order of their names.
///
/// Sub-folders are searched; names that begin with a dot are skipped. The source of an item is the
/// sub-folder of `folder` in which it lies, or the folder's own name.
///
/// What was added before a stop stays. Known files are not added twice, so the same call continues.
///
/// # Errors
///
/// [`Error::Folder`] when it cannot be read at all, [`Error::Case`].
pub fn add_folder(
    case: &mut dyn BatchWriter,
    folder: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<AddedFolder, Error> {
    add_folder_from(case, folder, &ItemOrigin::default(), ctx)
}

/// Source and person of all files of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemOrigin {
    /// Where the files come from; `None` for the sub-folder of each.
    pub source: Option<String>,
    /// Whose face the files show.
    pub person: Option<String>,
}

/// As [`add_folder`], with a source and a person for all files.
///
/// # Errors
///
/// As [`add_folder`].
pub fn add_folder_from(
    case: &mut dyn BatchWriter,
    folder: &Path,
    origin: &ItemOrigin,
    ctx: &TaskCtx<'_>,
) -> Result<AddedFolder, Error> {
    let unreadable = |source| Error::Folder { source, path: folder.to_owned() };
    let folder = std::path::absolute(folder).map_err(unreadable)?;
    std::fs::read_dir(&folder).map_err(unreadable)?;
    let mut walk = MediaWalk::new(&folder);
    let mut items = walk.by_ref().map(|item| NewItem {
        source: origin.source.clone().or(item.source),
        person: origin.person.clone(),
        ..item
    });
    let added = add_items(case, &mut items, ctx)?;
    Ok(AddedFolder { added, n_other: walk.n_other, problems: walk.problems })
}

/// Iterates over the pictures and clips below a folder.
struct MediaWalk {
    folder: PathBuf,
    inner: Box<dyn Iterator<Item = walkdir::Result<DirEntry>>>,
    n_other: u64,
    problems: Vec<String>,
}

impl MediaWalk {
    fn new(folder: &Path) -> Self {
        let is_visible = |entry: &DirEntry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let walk = WalkDir::new(folder).sort_by_file_name();
        let inner = Box::new(walk.into_iter().filter_entry(is_visible));
        Self { folder: folder.to_owned(), inner, n_other: 0, problems: Vec::new() }
    }

    /// The sub-folder in which a file lies.
    fn source_of(&self, path: &Path) -> Option<String> {
        let below = path.parent()?.strip_prefix(&self.folder).ok()?;
        let name = below.iter().next().or_else(|| self.folder.file_name())?;
        Some(name.to_string_lossy().into_owned())
    }
}

impl Iterator for MediaWalk {
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
            // A link in a folder that somebody sent may lead anywhere.
            if entry.path_is_symlink() && entry.depth() > 0 {
                if self.problems.len() < MAX_PROBLEMS {
                    let path = entry.path().display();
                    self.problems.push(format!("{path} is a link; links are not followed"));
                }
                continue;
            }
            if !entry.file_type().is_file() {
                continue;
            }
            if !has_known_extension(entry.path()) {
                self.n_other += 1;
                continue;
            }
            let path = entry.into_path();
            let source = self.source_of(&path);
            return Some(NewItem { path, source, person: None });
        }
    }
}

fn has_known_extension(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|e| media::ENDINGS.contains(&e.as_str()))
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
        let mut walk = MediaWalk::new(&root);
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
    fn links_are_told_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let elsewhere = tempfile::NamedTempFile::with_suffix(".png").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("b.png")).unwrap();
        let mut walk = MediaWalk::new(folder.path());
        assert_eq!(walk.by_ref().count(), 1);
        assert_eq!(walk.problems.len(), 2, "{:?}", walk.problems);
    }
}
