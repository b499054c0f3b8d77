//! Links that lead out of a data set: they are reported, not followed.
//!
//! Whoever sends a data set could else have any file of this machine read as a part of it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Folders in one another that are searched for links.
const MAX_DEPTH: usize = 16;
/// For an annotation file alone, the folders beside it are searched.
const DEPTH_BESIDE_FILE: usize = 2;
/// More files and folders are not searched.
const MAX_ENTRIES: usize = 1 << 20;
/// Links that the remark names.
const MAX_NAMED: usize = 5;

/// Whether a file or folder lies in the data set at `root`, its links followed.
pub(super) fn stays_inside(root: &Path, path: &Path) -> bool {
    let root = root.canonicalize();
    root.is_ok_and(|root| path.canonicalize().is_ok_and(|path| path.starts_with(root)))
}

/// Says which links below the folder of a data set are not followed. `is_file`: only one annotation
/// file of the folder was chosen.
pub(super) fn remark_on_links(root: &Path, is_file: bool) -> Option<String> {
    let whole = root.canonicalize().ok()?;
    let depth = if is_file { DEPTH_BESIDE_FILE } else { MAX_DEPTH };
    let walk = WalkDir::new(&whole).max_depth(depth).sort_by_file_name().into_iter();
    let links = walk.flatten().take(MAX_ENTRIES).filter(walkdir::DirEntry::path_is_symlink);
    let leads_out = |path: &PathBuf| !path.canonicalize().is_ok_and(|to| to.starts_with(&whole));
    let mut named = Vec::new();
    let mut n = 0u64;
    for path in links.map(walkdir::DirEntry::into_path).filter(leads_out) {
        n = n.saturating_add(1);
        if named.len() < MAX_NAMED {
            let name = path.strip_prefix(&whole).unwrap_or(&path);
            named.push(crate::base::text::visible_path(name));
        }
    }
    let more = if n > named.len() as u64 { ", …" } else { "" };
    let (links, were) = if n == 1 {
        ("1 link leads".to_owned(), "it was")
    } else {
        (format!("{n} links lead"), "they were")
    };
    (n > 0).then(|| {
        format!(
            "{links} out of the folder or to nothing, so {were} not followed: {}{more}. Copy the files \
             themselves into the folder.",
            named.join(", ")
        )
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_that_lead_out_are_named_and_others_are_not() {
        let root = tempfile::tempdir().unwrap();
        let [outside, set] = ["outside", "set"].map(|name| root.path().join(name));
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(set.join("images")).unwrap();
        fs::write(set.join("images/a.png"), "x").unwrap();
        assert_eq!(remark_on_links(&set, false), None);
        symlink(set.join("images/a.png"), set.join("b.png")).unwrap();
        assert_eq!(remark_on_links(&set, false), None, "a link in it");
        assert!(stays_inside(&set, &set.join("b.png")), "a link in it");
        symlink(&outside, set.join("labels")).unwrap();
        let one = remark_on_links(&set, false).unwrap();
        assert!(one.starts_with("1 link ") && one.contains("was not followed: labels."), "{one}");
        assert!(!stays_inside(&set, &set.join("labels")), "a link out of it");
        symlink("/nowhere", set.join("images/c\n.png")).unwrap();
        let two = remark_on_links(&set, false).unwrap();
        assert!(
            two.starts_with("2 links ") && two.contains("images/c\\u000a.png, labels"),
            "{two}"
        );
    }
}
