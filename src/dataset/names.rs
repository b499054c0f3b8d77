//! File names made from ids, and relative paths read from foreign files.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::files::is_device_name;

/// File systems allow 255 bytes; an extension and a number are added.
const MAX_BYTES: usize = 120;

/// Makes file names from ids, each only once: the same names for the same ids in the same order.
#[derive(Debug, Default)]
pub(super) struct FileNames {
    used: BTreeMap<String, u32>,
}

impl FileNames {
    /// A file name without extension. Letters of all scripts are kept.
    pub(super) fn stem(&mut self, id: &str) -> String {
        let mut stem = String::new();
        for c in id.chars() {
            let c = if c.is_alphanumeric() || "-_.+=@()".contains(c) { c } else { '_' };
            if stem.len().saturating_add(c.len_utf8()) > MAX_BYTES {
                break;
            }
            stem.push(c);
        }
        let stem = stem.trim_matches(|c: char| c == '.' || c == ' ').to_owned();
        let mut stem = if stem.is_empty() { "picture".to_owned() } else { stem };
        if is_device_name(&stem) {
            stem.insert(0, '_');
        }
        // Some file systems ignore case.
        loop {
            let n = self.used.entry(stem.to_lowercase()).or_insert(0);
            *n = n.saturating_add(1);
            if *n == 1 {
                return stem;
            }
            stem = format!("{stem}~{n}");
        }
    }
}

/// The extension for the copy of a picture, without dot.
pub(super) fn safe_extension(path: &Path) -> String {
    let word = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_plain = (1..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphanumeric());
    if is_plain { word } else { "img".to_owned() }
}

/// A path below `folder`; `None` when it leads out of it.
pub(super) fn path_inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let path = Path::new(&name);
    let stays = path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    (stays && !name.is_empty() && !name.contains(':')).then(|| folder.join(path))
}

/// Whether a path names a file of another machine, as `\\\\server\\share` does on Windows, or a device.
pub(super) fn names_server(path: &str) -> bool {
    path.bytes().take(2).filter(|byte| matches!(byte, b'\\' | b'/')).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_differ() {
        let mut names = FileNames::default();
        assert_eq!(names.stem("a/b:c"), "a_b_c");
        assert_eq!(names.stem("A_b_C"), "A_b_C~2", "no case on some file systems");
        assert_eq!(names.stem("Žofie 写真.jpg"), "Žofie_写真.jpg");
        assert_eq!(names.stem(".."), "picture");
        assert_eq!(names.stem("nul.png"), "_nul.png");
        assert_eq!(names.stem("com1"), "_com1");
        let long = "é".repeat(300);
        let (first, second) = (names.stem(&long), names.stem(&long));
        assert!(first.len() <= MAX_BYTES && first != second, "{first} {second}");
    }

    #[test]
    fn paths_stay_inside() {
        let folder = Path::new("/set");
        assert_eq!(path_inside(folder, "a/b.png"), Some(PathBuf::from("/set/a/b.png")));
        assert_eq!(path_inside(folder, "a\\b.png"), Some(PathBuf::from("/set/a/b.png")));
        for name in ["../a", "/etc/passwd", "a/../../b", "", "C:\\a", "..\\a"] {
            assert_eq!(path_inside(folder, name), None, "{name}");
        }
        assert!(names_server(r"\\server\share\a.png") && names_server("//server/a.png"), "servers");
        assert!(!names_server("/a/b.png") && !names_server("a//b.png"), "files");
    }
}
