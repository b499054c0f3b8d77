//! Names of files made from ids, and paths read from foreign files.
//!
//! * **In**: any text. **Out**: names every file system takes, unlike each other; relative paths
//!   that stay inside their folder.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// File systems allow 255 bytes; an ending and a number are still to come.
const MAX_BYTES: usize = 120;

/// Hands out names, none twice: the same ones for the same ids in the same order.
#[derive(Debug, Default)]
pub(super) struct Names {
    used: BTreeMap<String, u32>,
}

impl Names {
    /// A name without an ending. Letters of all scripts are kept.
    pub(super) fn name(&mut self, id: &str) -> String {
        let mut stem = String::new();
        for c in id.chars() {
            let c = if c.is_alphanumeric() || "-_.+=@()".contains(c) { c } else { '_' };
            if stem.len() + c.len_utf8() > MAX_BYTES {
                break;
            }
            stem.push(c);
        }
        let stem = stem.trim_matches(|c: char| c == '.' || c == ' ').to_owned();
        let mut stem = if stem.is_empty() { "picture".to_owned() } else { stem };
        if is_device(&stem) {
            stem.insert(0, '_');
        }
        // Some file systems know no upper and lower case.
        loop {
            let n = self.used.entry(stem.to_lowercase()).or_insert(0);
            *n += 1;
            if *n == 1 {
                return stem;
            }
            stem = format!("{stem}~{n}");
        }
    }
}

/// Names that Windows keeps for devices, whatever their ending.
fn is_device(stem: &str) -> bool {
    let word = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |head: &str| {
        word.strip_prefix(head).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    ["con", "prn", "aux", "nul"].contains(&word.as_str()) || numbered("com") || numbered("lpt")
}

/// The ending of a picture's copy, without its dot.
pub(super) fn extension(path: &Path) -> String {
    let word = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_plain = (1..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphanumeric());
    if is_plain { word } else { "img".to_owned() }
}

/// A path inside `folder`; `None` when it leads out of it.
pub(super) fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let path = Path::new(&name);
    let stays = path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    (stays && !name.is_empty() && !name.contains(':')).then(|| folder.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_unlike_each_other() {
        let mut names = Names::default();
        assert_eq!(names.name("a/b:c"), "a_b_c");
        assert_eq!(names.name("A_b_C"), "A_b_C~2", "no case on some file systems");
        assert_eq!(names.name("Žofie 写真.jpg"), "Žofie_写真.jpg");
        assert_eq!(names.name(".."), "picture");
        assert_eq!(names.name("nul.png"), "_nul.png");
        assert_eq!(names.name("com1"), "_com1");
        let long = "é".repeat(300);
        let (first, second) = (names.name(&long), names.name(&long));
        assert!(first.len() <= MAX_BYTES && first != second, "{first} {second}");
    }

    #[test]
    fn paths_stay_inside() {
        let folder = Path::new("/set");
        assert_eq!(inside(folder, "a/b.png"), Some(PathBuf::from("/set/a/b.png")));
        assert_eq!(inside(folder, "a\\b.png"), Some(PathBuf::from("/set/a/b.png")));
        for name in ["../a", "/etc/passwd", "a/../../b", "", "C:\\a", "..\\a"] {
            assert_eq!(inside(folder, name), None, "{name}");
        }
    }
}
