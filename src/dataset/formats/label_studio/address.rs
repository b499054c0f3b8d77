//! The address of a picture in a task, and the file it stands for.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Path, PathBuf};

use crate::dataset::files::find_picture;

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex =
            tail.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The name of a task's picture, and its path if it was found in the folder.
pub(super) fn resolve_picture(folder: &Path, address: &str) -> (String, Option<PathBuf>) {
    let path = if let Some((_, path)) = address.split_once("?d=") {
        percent_decode(path.split('&').next().unwrap_or(path))
    } else {
        let plain = address.strip_prefix("file://").unwrap_or(address);
        percent_decode(plain.split('?').next().unwrap_or(plain))
    };
    let folders = [folder, &folder.join("images")].map(Path::to_owned);
    let base = path.rsplit(['/', '\\']).next().unwrap_or(&path).to_owned();
    // Label Studio prefixes uploaded files with eight characters and a hyphen.
    let plain = base.split_once('-').filter(|(head, _)| head.len() == 8).map(|(_, tail)| tail);
    let found = find_picture(&folders, &path).or_else(|| find_picture(&folders, plain?));
    if Path::new(&path).is_absolute() && found.is_none() {
        // An export by reference: our records know the picture by its whole path.
        return (path, None);
    }
    (base, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_pictures_in_the_folder_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let set = dir.path().join("set");
        std::fs::create_dir_all(set.join("images")).unwrap();
        let picture = set.join("images/a b.png");
        std::fs::write(&picture, "x").unwrap();
        std::fs::write(dir.path().join("other.png"), "x").unwrap();
        for address in [
            "a%20b.png",
            "/data/local-files/?d=set/images/a%20b.png&x=1",
            "/data/upload/3/0a1b2c3d-a%20b.png",
            "s3://bucket/images/a%20b.png",
            "https://host/images/a%20b.png?token=1",
        ] {
            let (name, found) = resolve_picture(&set, address);
            assert_eq!(found.as_ref(), Some(&picture), "{address}");
            assert!(name.ends_with("a b.png"), "{address}: {name}");
        }
        for address in ["/data/local-files/?d=other.png", "../other.png"] {
            assert_eq!(resolve_picture(&set, address).1, None, "{address}");
        }
    }
}
