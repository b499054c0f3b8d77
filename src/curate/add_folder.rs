//! Adding folders to a case: which files become items, and why the others do not.
//!
//! Files with the ending of a picture or clip become items unread: what is wrong with them is said when
//! they are examined. Of other files the first bytes decide.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Error;
use crate::base::TaskCtx;
use crate::base::text::{counted, visible};
use crate::case::{AddedCounts, BatchWriter, NewItem, add_items};
use crate::media;

/// Problems that are listed at most.
const MAX_PROBLEMS: usize = 20;

/// The result of adding a folder.
#[derive(Debug)]
pub struct AddedFolder {
    /// Counts of its pictures and clips.
    pub added: AddedCounts,
    /// Files that were passed over, links and what could not be read not counted.
    pub n_other: u64,
    /// Why files were passed over: a sentence for each reason, with their number and the name of one;
    /// and sub-folders and files that could not be read: a sentence each, 20 at most.
    pub problems: Vec<String>,
}

/// Adds all pictures and clips below a folder, in the order of their names.
///
/// Sub-folders are searched; names that begin with a dot are passed over. The source of an item is the
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
    let n_other = walk.passed_over.values().map(|part| part.n).sum();
    let more = walk.all_problems();
    let sentences = walk.passed_over.iter().map(|(reason, part)| part.sentence(reason));
    let problems = sentences.chain(more).collect();
    Ok(AddedFolder { added, n_other, problems })
}

/// Files that were passed over for one reason.
struct PassedOver {
    n: u64,
    /// The name of the first one.
    example: String,
}

impl PassedOver {
    fn sentence(&self, reason: &str) -> String {
        let (n, example) = (counted(self.n, "file"), visible(&self.example));
        let more = if self.n > 1 { "for instance " } else { "" };
        format!("{n} passed over ({more}{example}): {reason}")
    }
}

/// Iterates over the pictures and clips below a folder.
struct MediaWalk {
    folder: PathBuf,
    inner: walkdir::IntoIter,
    /// By reason.
    passed_over: BTreeMap<String, PassedOver>,
    problems: Vec<String>,
    /// Problems beyond [`MAX_PROBLEMS`].
    n_more_problems: u64,
}

impl MediaWalk {
    fn new(folder: &Path) -> Self {
        let inner = WalkDir::new(folder).sort_by_file_name().into_iter();
        let folder = folder.to_owned();
        Self {
            folder,
            inner,
            passed_over: BTreeMap::new(),
            problems: Vec::new(),
            n_more_problems: 0,
        }
    }

    fn problem(&mut self, text: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(text);
        } else {
            self.n_more_problems += 1;
        }
    }

    /// The problems, and how many more there were.
    fn all_problems(&mut self) -> Vec<String> {
        let mut problems = std::mem::take(&mut self.problems);
        if self.n_more_problems > 0 {
            problems.push(format!(
                "{} more: links, which are not followed, and what could not be read",
                self.n_more_problems
            ));
        }
        problems
    }

    fn pass_over(&mut self, entry: &DirEntry, reason: &str) {
        let example = || entry.file_name().to_string_lossy().into_owned();
        let reason = reason.to_owned();
        let part = self.passed_over.entry(reason);
        part.or_insert_with(|| PassedOver { n: 0, example: example() }).n += 1;
    }
}

/// The sub-folder of a folder in which a file lies, or the folder's own name.
pub fn sub_folder_of(path: &Path, folder: &Path) -> Option<String> {
    let below = path.parent()?.strip_prefix(folder).ok()?;
    let name = below.iter().next().or_else(|| folder.file_name())?;
    Some(name.to_string_lossy().into_owned())
}

/// Why a file is no picture or clip. With their endings it is one, unread.
pub(super) fn why_no_media(path: &Path) -> Option<String> {
    if has_known_extension(path) {
        return None;
    }
    media::video::kind(path).err().map(|error| error.to_string())
}

impl Iterator for MediaWalk {
    type Item = NewItem;

    fn next(&mut self) -> Option<NewItem> {
        loop {
            let entry = match self.inner.next()? {
                Ok(entry) => entry,
                Err(error) => {
                    self.problem(error.to_string());
                    continue;
                }
            };
            // A link in a folder that somebody sent may lead anywhere.
            if entry.path_is_symlink() && entry.depth() > 0 {
                let path = entry.path().display();
                self.problem(format!("{path} is a link; links are not followed"));
                continue;
            }
            let is_folder = entry.file_type().is_dir();
            if entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.') {
                if is_folder {
                    self.inner.skip_current_dir();
                }
                let what = if is_folder { HIDDEN_FOLDER } else { HIDDEN };
                self.pass_over(&entry, what);
                continue;
            }
            if is_folder {
                continue;
            }
            if !entry.file_type().is_file() {
                self.pass_over(&entry, "this is not a regular file");
                continue;
            }
            if let Some(reason) = why_no_media(entry.path()) {
                self.pass_over(&entry, &reason);
                continue;
            }
            let path = entry.into_path();
            let source = sub_folder_of(&path, &self.folder);
            return Some(NewItem { path, source, person: None });
        }
    }
}

const HIDDEN: &str = "names that begin with a dot are not looked at";
const HIDDEN_FOLDER: &str = "what lies in folders whose names begin with a dot is not looked at";

fn has_known_extension(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|e| media::ENDINGS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RgbImage;

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
        let sentences: Vec<String> =
            walk.passed_over.iter().map(|(reason, part)| part.sentence(reason)).collect();
        let expected = [
            "1 file passed over (.e.png): names that begin with a dot are not looked at",
            "1 file passed over (notes.txt): this is a text file, which is not supported; only \
             pictures and videos can be examined",
            "1 file passed over (.hidden): what lies in folders whose names begin with a dot is not \
             looked at",
        ];
        assert_eq!((sentences, walk.problems.len()), (expected.map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn the_content_decides_where_the_ending_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let picture = media::encode_jpeg(&RgbImage::filled(8, 8, [9, 9, 9]), 90).unwrap();
        for name in ["IMG_0001", "f0012345.dat", "DSC_16.JPG_original", "winter.7z"] {
            std::fs::write(folder.path().join(name), &picture).unwrap();
        }
        std::fs::write(folder.path().join("real.7z"), b"7z\xBC\xAF\x27\x1C\0\x04").unwrap();
        let mut walk = MediaWalk::new(folder.path());
        assert_eq!(walk.by_ref().count(), 4);
        let reasons: Vec<&str> = walk.passed_over.keys().map(String::as_str).collect();
        let known = "the content is neither a picture nor a video of a known format";
        assert_eq!(reasons, [known]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_reported_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.png"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let elsewhere = tempfile::NamedTempFile::with_suffix(".png").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("b.png")).unwrap();
        let problems = || {
            let mut walk = MediaWalk::new(folder.path());
            assert_eq!(walk.by_ref().count(), 1);
            walk.all_problems()
        };
        assert_eq!(problems().len(), 2, "{:?}", problems());
        for i in 0..MAX_PROBLEMS {
            let link = folder.path().join(format!("link {i}"));
            std::os::unix::fs::symlink(folder.path(), link).unwrap();
        }
        let many = problems();
        assert_eq!(many.len(), MAX_PROBLEMS + 1);
        assert!(many[MAX_PROBLEMS].starts_with("2 more"), "the others are counted: {many:?}");
    }
}
