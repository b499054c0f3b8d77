//! Reads CVAT for images, and CVAT for video where the frames lie beside as pictures.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use super::parse::{CvatFile, parse};
use crate::dataset::Error;
use crate::dataset::files::{annotation_files, find_picture, picture_folders};
use crate::dataset::formats::foreign_item::ForeignItem;
use crate::dataset::formats::reading::read_each;
use crate::dataset::text::read_text;

/// File extensions of the frames that CVAT writes.
const FRAMES: [&str; 4] = ["PNG", "png", "jpg", "jpeg"];

/// Reads a folder, or one file.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    read_each(&annotation_files(path, &["xml"]), remarks, |file, remarks| {
        let parsed = parse(&read_text(file)?).map_err(|what| Error::damaged(file, what))?;
        Ok(items(parsed, file, path, remarks))
    })
}

/// The pictures of a file, with where they lie.
fn items(
    parsed: CvatFile,
    file: &Path,
    root: &Path,
    remarks: &mut Vec<String>,
) -> Vec<ForeignItem> {
    let mut items = Vec::new();
    for (mut item, subset) in parsed.images {
        item.image = find_picture(&picture_folders(file, root, &subset), &item.name);
        items.push(item);
    }
    let folders = picture_folders(file, root, "");
    let mut n_missing = 0u64;
    for (number, mut item) in parsed.frames {
        let Some((name, image)) = find_frame(&folders, number) else {
            n_missing = n_missing.saturating_add(1);
            continue;
        };
        (item.name, item.image) = (name, Some(image));
        item.set_part("");
        items.push(item);
    }
    if n_missing > 0 {
        remarks.push(format!(
            "{n_missing} frames of {} tracks were left out: their pictures do not lie beside the file \
             as images/frame_000000.PNG. In CVAT, export with images, or as \"CVAT for images 1.1\".",
            parsed.n_tracks
        ));
    }
    remarks.extend(parsed.left_out.remark("images"));
    for (kind, n) in parsed.skipped.into_iter().filter(|(_, n)| *n > 0) {
        remarks.push(format!("{n} elements <{kind}> were skipped: they are no masks."));
    }
    items
}

fn find_frame(folders: &[PathBuf], number: u32) -> Option<(String, PathBuf)> {
    FRAMES.iter().find_map(|extension| {
        let name = format!("frame_{number:06}.{extension}");
        find_picture(folders, &name).map(|path| (name, path))
    })
}
