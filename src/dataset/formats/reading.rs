//! What the readers of the formats share: several files, and the part that a file belongs to.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use super::foreign_item::ForeignItem;
use crate::dataset::{Error, Split};

/// Reads each file. One that cannot be read is skipped with a remark, if another one can.
///
/// # Errors
///
/// The error of the first file when no file can be read.
pub(super) fn read_each(
    files: &[PathBuf],
    remarks: &mut Vec<String>,
    mut read: impl FnMut(&Path, &mut Vec<String>) -> Result<Vec<ForeignItem>, Error>,
) -> Result<Vec<ForeignItem>, Error> {
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        match read(file, remarks) {
            Ok(more) => items.extend(more),
            Err(error @ Error::Cancelled(_)) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if errors.len() == files.len()
        && let Some(first) = errors.drain(..).next()
    {
        return Err(first);
    }
    remarks.extend(errors.iter().map(|error| format!("A file was skipped: {error}")));
    Ok(items)
}

/// The name of the part that a file holds: a word of its name (`instances_val2017`,
/// `train_2017`), else the name of its folder (`train/_annotations.coco.json`), else its last word.
pub(super) fn part_of_file(file: &Path) -> String {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_part = |word: &&str| Split::parse(word).is_some();
    if let Some(word) = name.rsplit(['_', '-', '.']).find(is_part) {
        return word.to_owned();
    }
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    if is_part(&&*folder) {
        return folder.into_owned();
    }
    name.rsplit('_').next().unwrap_or(&name).to_owned()
}

/// Elements that were left out for one reason, of which a few are named.
#[derive(Default)]
pub(super) struct LeftOut {
    n: u64,
    named: Vec<String>,
}

impl LeftOut {
    pub(super) fn add(&mut self, what: impl Into<String>) {
        self.n = self.n.saturating_add(1);
        if self.named.len() < 5 {
            self.named.push(what.into());
        }
    }

    /// `N noun were left out: a; b; …`; nothing when there are none.
    pub(super) fn remark(&self, noun: &str) -> Option<String> {
        let more = if self.n > self.named.len() as u64 { "; …" } else { "" };
        let named = self.named.join("; ");
        (self.n > 0).then(|| format!("{} {noun} were left out: {named}{more}", self.n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_a_word_of_the_name_or_that_of_the_folder() {
        for (file, part) in [
            ("set/instances_val2017.json", "val2017"),
            ("set/train_2017.json", "train"),
            ("set/valid/_annotations.coco.json", "valid"),
            ("set/instances_default.json", "default"),
            ("set/test/instances_train.json", "train"),
        ] {
            assert_eq!(part_of_file(Path::new(file)), part, "{file}");
        }
    }
}
