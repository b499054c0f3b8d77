//! Gives photos what a stock holds of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::table;
use super::versions::{Decoded, Versions};
use crate::base::Affine;
use crate::train::Error;
use crate::train::data::Photo;

/// Gives every photo what the folder holds of it. Returns how many photos have coded versions,
/// drawn faces and swaps.
///
/// # Errors
///
/// A damaged table.
pub fn attach(photos: &mut [Photo], folder: &Path) -> Result<[usize; 3], Error> {
    let mut all: BTreeMap<String, Versions> = BTreeMap::new();
    for row in table::read::<table::CodedRow>(folder, table::CODED)? {
        let path = folder.join(&row.version);
        all.entry(row.file).or_default().coded.push((path, row.coding));
    }
    for row in table::read::<table::DecodedRow>(folder, table::DECODED)? {
        let part =
            Decoded { path: folder.join(&row.version), corner: [row.x, row.y], look: row.look };
        all.entry(row.file).or_default().decoded.push(part);
    }
    for row in table::read::<table::SquareRow>(folder, table::SQUARES)? {
        let swap = (folder.join(&row.version), Affine { m: row.map });
        all.entry(row.file).or_default().squares.push(swap);
    }
    let mut n = [0; 3];
    for photo in photos {
        let versions = all.remove(&photo.file);
        if let Some(v) = &versions {
            let has = [v.coded.is_empty(), v.decoded.is_empty(), v.squares.is_empty()];
            for (n, is_empty) in n.iter_mut().zip(has) {
                *n += usize::from(!is_empty);
            }
        }
        photo.versions = versions.map(Arc::new);
    }
    Ok(n)
}

/// A file name for what is made of a photo.
pub(in crate::train) fn stem(file: &str) -> String {
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn every_photo_gets_its_own_and_unseen_codecs_stay_out_of_training() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let coded = |file: &str, version: &str, coding: &str| table::CodedRow {
            file: file.into(),
            version: version.into(),
            coding: coding.into(),
        };
        table::append(path, table::CODED, &[coded("a/1.jpg", "coded/1.png", "h264-23")]).unwrap();
        table::append(path, table::CODED, &[coded("a/1.jpg", "coded/2.png", "hevc-30")]).unwrap();
        let row = table::SquareRow {
            file: "b.jpg".into(),
            version: "squares/b.png".into(),
            donor: "c.jpg".into(),
            map: [1.0, 2.0, 3.0, 4.0, 5.0, 6.5],
        };
        table::append(path, table::SQUARES, &[row]).unwrap();
        let photo = |file: &str| Photo::unlocated(PathBuf::new(), file);
        let mut photos = [photo("a/1.jpg"), photo("b.jpg"), photo("none.jpg")];
        assert_eq!(attach(&mut photos, path).unwrap(), [1, 0, 1]);
        let first = photos[0].versions.as_ref().unwrap();
        let seen: Vec<&Path> = first.coded_for_training().collect();
        assert_eq!(seen, [path.join("coded/1.png")]);
        assert_eq!(photos[1].versions.as_ref().unwrap().squares[0].1.m[5], 6.5);
        assert!(photos[2].versions.is_none(), "nothing was made of it");
        assert_eq!(stem("x/y 1.jpg"), "x_y_1");
    }
}
