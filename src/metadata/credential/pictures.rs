//! Small pictures inside a store: of the signed file, and of what it was made from.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use super::cbor::{self, Cbor};
use super::jumbf::LabeledBox;
use super::values::StoredPicture;

/// Pictures that are kept.
const MAX_PICTURES: usize = 64;
/// Bytes of a picture that is kept; larger ones are left out.
const MAX_PICTURE_BYTES: usize = 8 << 20;

/// All pictures of a store, each once.
pub(super) fn pictures(root: &LabeledBox<'_>) -> Vec<StoredPicture> {
    let folders = ["c2pa.assertions", "c2pa.databoxes"];
    let boxes = root.boxes.iter().flat_map(|manifest| {
        folders
            .into_iter()
            .filter_map(move |folder| Some((manifest, folder, manifest.child(folder)?)))
    });
    let found = boxes.flat_map(|(manifest, folder, parent)| {
        parent.boxes.iter().filter_map(move |stored| {
            let (media_type, bytes) = picture(stored)?;
            let path = format!("{}/{folder}/{}", manifest.label, stored.label);
            Some(StoredPicture { path, media_type, bytes })
        })
    });
    found.take(MAX_PICTURES).collect()
}

/// Media type and bytes of a box that holds a picture.
fn picture(stored: &LabeledBox<'_>) -> Option<(String, Arc<[u8]>)> {
    if let Some(bytes) = stored.content(*b"bidb") {
        let head = stored.content(*b"bfdb").unwrap_or_default();
        // A byte of toggles, then the media type up to a zero byte.
        let name = head.get(1..).unwrap_or_default().split(|b| *b == 0).next().unwrap_or_default();
        let media_type = String::from_utf8_lossy(name).into_owned();
        let is_picture = media_type.starts_with("image/") || stored.label.contains("thumbnail");
        return (is_picture && fits(bytes)).then(|| (media_type, bytes.into()));
    }
    let content = stored.content(*b"cbor").filter(|_| stored.label.starts_with("c2pa.data"))?;
    let content = cbor::parse(content).ok()?;
    let media_type = content.string("dc:format").filter(|name| name.starts_with("image/"))?;
    let bytes = content.get("data").and_then(Cbor::bytes).filter(|bytes| fits(bytes))?;
    Some((media_type, bytes.into()))
}

const fn fits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len() <= MAX_PICTURE_BYTES
}

/// The path in the store that a link means. A link without the name of a manifest means the one it
/// stands in.
pub(super) fn path_of(url: &str, manifest: &str) -> String {
    let inner = url.rsplit_once("jumbf=").map_or(url, |(_, path)| path);
    match inner.strip_prefix("/c2pa/") {
        Some(path) => path.to_owned(),
        None => format!("{manifest}/{}", inner.trim_start_matches('/')),
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::metadata::credential::jumbf::parse;
    use crate::metadata::source::span::Span;

    fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = (content.len() as u32 + 8).to_be_bytes();
        [&size[..], &kind, content].concat()
    }

    fn labeled(label: &str, content: &[u8]) -> Vec<u8> {
        let name = [&[0; 16][..], &[3], label.as_bytes(), &[0]].concat();
        boxed(*b"jumb", &[&boxed(*b"jumd", &name), content].concat())
    }

    #[test]
    fn pictures_are_found_where_they_stand() {
        let file =
            |bytes: &[u8]| [boxed(*b"bfdb", b"\0image/jpeg\0"), boxed(*b"bidb", bytes)].concat();
        let pair = [
            labeled("c2pa.thumbnail.claim.jpeg", &file(b"\xFF\xD8one")),
            labeled("c2pa.thumbnail.ingredient.jpeg", &file(b"")),
            labeled("c2pa.actions", &boxed(*b"cbor", b"\x01")),
        ];
        let folder = labeled("c2pa.assertions", &pair.concat());
        let store = labeled("c2pa", &labeled("urn:a", &folder));
        let root = parse(Span::new(&store, 0)).unwrap();
        let found = pictures(&root);
        assert_eq!(found.len(), 1, "an empty one is none: {found:?}");
        assert_eq!(found[0].path, "urn:a/c2pa.assertions/c2pa.thumbnail.claim.jpeg");
        assert_eq!((&*found[0].media_type, &*found[0].bytes), ("image/jpeg", &b"\xFF\xD8one"[..]));
        assert!(format!("{found:?}").contains("5 bytes"), "bytes are counted, not printed");
    }

    #[test]
    fn links_mean_the_own_manifest_unless_they_name_one() {
        assert_eq!(path_of("self#jumbf=c2pa.assertions/x", "m"), "m/c2pa.assertions/x");
        assert_eq!(path_of("self#jumbf=/c2pa/n/c2pa.assertions/x", "m"), "n/c2pa.assertions/x");
        assert_eq!(path_of("self#jumbf=/c2pa/n", "m"), "n");
        assert_eq!(path_of("nonsense", "m"), "m/nonsense");
    }
}
