//! The part with its thread, without a window.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::reader::MetadataReader;
use super::values::{FileMetadata, MetadataState, ReferenceState, SmallPicture};
use crate::base::RgbImage;
use crate::media;
use crate::pipeline::described::ThumbnailCheck;
use crate::session::document::id::DocumentId;
use crate::session::test_support::{add_picture, with_picture_at};
use crate::session::workspace::Workspace;

/// A JPEG picture with a thumbnail in a JFXX segment behind its head.
fn with_thumbnail(path: &Path) {
    let encode = |w, h| media::encode_jpeg(&RgbImage::filled(w, h, [200, 90, 20]), 90).unwrap();
    let (picture, small) = (encode(64, 48), encode(32, 24));
    let length = (small.len() as u16 + 8).to_be_bytes();
    let segment = [&[0xFF, 0xE0][..], &length, b"JFXX\0\x10", &small].concat();
    // SOI and the JFIF segment stand before it.
    let head = 4 + usize::from(u16::from_be_bytes([picture[4], picture[5]])) - 2 + 2;
    std::fs::write(path, [&picture[..head], &segment, &picture[head..]].concat()).unwrap();
}

fn state(ws: &Workspace, id: DocumentId) -> Option<&MetadataState> {
    ws.documents.get(id)?.metadata.as_ref()
}

fn file(ws: &Workspace, id: DocumentId) -> Option<&FileMetadata> {
    match state(ws, id)? {
        MetadataState::Read(file) => Some(file),
        _ => None,
    }
}

fn until(reader: &mut MetadataReader, ws: &mut Workspace, wanted: impl Fn(&Workspace) -> bool) {
    let start = Instant::now();
    while !wanted(ws) {
        reader.poll(ws);
        assert!(start.elapsed() < Duration::from_secs(20), "still waiting");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn is_over(ws: &Workspace, id: DocumentId) -> bool {
    let is_waiting = |picture: &SmallPicture| matches!(picture, SmallPicture::Waiting);
    match state(ws, id) {
        Some(MetadataState::Read(file)) => !file.thumbnails.iter().any(is_waiting),
        Some(MetadataState::Failed(_)) => true,
        _ => false,
    }
}

fn reader() -> MetadataReader {
    MetadataReader::new(Arc::new(|| {}))
}

#[test]
fn a_file_is_read_once_and_its_thumbnail_follows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    with_thumbnail(&path);
    let (mut ws, id) = with_picture_at(path.to_str().unwrap());
    let mut reader = reader();
    assert!(state(&ws, id).is_none(), "nobody has asked");
    reader.read(&mut ws, id);
    assert!(matches!(state(&ws, id), Some(MetadataState::Reading)), "at once");
    until(&mut reader, &mut ws, |ws| is_over(ws, id));
    let read = file(&ws, id).unwrap();
    let [SmallPicture::Decoded { stored_px, is_turned, .. }] = &read.thumbnails[..] else {
        panic!("{:?}", read.thumbnails)
    };
    assert_eq!((*stored_px, *is_turned), ([32, 24], false));
    let facts = &read.facts;
    assert!(
        facts.summary.iter().any(|statement| statement.about == "saving"),
        "{:?}",
        facts.summary
    );
    assert_eq!(facts.search_texts.len(), facts.metadata.fields.len());
    let n: usize = facts.groups.iter().map(|(_, n)| n).sum();
    assert_eq!(n, facts.metadata.fields.len(), "{:?}", facts.groups);
    let first = read.version;
    reader.read(&mut ws, id);
    until(&mut reader, &mut ws, |ws| is_over(ws, id));
    assert!(file(&ws, id).unwrap().version > first, "read again");
    reader.forget(&mut ws, id);
    assert!(state(&ws, id).is_none(), "forgotten");
}

#[test]
fn what_cannot_be_read_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "hello").unwrap();
    for (path, expected) in [
        (folder.path().join("gone.jpg"), "There is no such file."),
        (folder.path().to_owned(), "This is a folder, not a file."),
        (text, "Metadata are not read of files of this format."),
    ] {
        let (mut ws, id) = with_picture_at(path.to_str().unwrap());
        let mut reader = reader();
        reader.read(&mut ws, id);
        until(&mut reader, &mut ws, |ws| is_over(ws, id));
        let found = state(&ws, id);
        let is_it = matches!(found, Some(MetadataState::Failed(why)) if why == expected);
        assert!(is_it, "{expected}: {found:?}");
    }
}

#[test]
fn events_of_a_closed_document_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.jpg", "b.jpg"].map(|name| folder.path().join(name));
    for path in &paths {
        with_thumbnail(path);
    }
    let (mut ws, a) = with_picture_at(paths[0].to_str().unwrap());
    let b = add_picture(&mut ws, paths[1].to_str().unwrap());
    let mut reader = reader();
    reader.read(&mut ws, a);
    reader.read(&mut ws, b);
    reader.stop(a);
    ws.documents.close(a);
    until(&mut reader, &mut ws, |ws| is_over(ws, b));
    assert!(ws.documents.get(a).is_none() && file(&ws, b).is_some(), "only the other one");
    reader.read(&mut ws, b);
    // What was read waits to be taken in when the document is forgotten.
    std::thread::sleep(Duration::from_millis(300));
    reader.forget(&mut ws, b);
    let late = Instant::now();
    while late.elapsed() < Duration::from_millis(300) {
        reader.poll(&mut ws);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(state(&ws, b).is_none(), "what comes late is dropped");
}

#[test]
fn thumbnails_are_compared_once_the_picture_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    with_thumbnail(&path);
    // The workspace shows a flat picture, and the thumbnail is flat.
    let (mut ws, id) = with_picture_at(path.to_str().unwrap());
    let mut reader = reader();
    reader.read(&mut ws, id);
    let checks = |ws: &Workspace| file(ws, id).and_then(|file| file.thumbnail_checks.clone());
    until(&mut reader, &mut ws, |ws| checks(ws).is_some());
    let found = checks(&ws).unwrap();
    let [ThumbnailCheck::NotCompared(why)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(why, "one of the two pictures is flat");
    reader.read(&mut ws, id);
    until(&mut reader, &mut ws, |ws| file(ws, id).is_some());
    until(&mut reader, &mut ws, |ws| checks(ws).is_some());
}

#[test]
fn a_file_is_compared_with_the_folder_that_is_chosen_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    with_thumbnail(&path);
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for (inner, n) in [(&one, 1), (&two, 2)] {
        std::fs::create_dir(inner).unwrap();
        (0..n).for_each(|i| with_thumbnail(&inner.join(format!("{i}.jpg"))));
    }
    let (mut ws, id) = with_picture_at(path.to_str().unwrap());
    let mut reader = reader();
    reader.compare(&mut ws, id);
    reader.read(&mut ws, id);
    until(&mut reader, &mut ws, |ws| is_over(ws, id));
    reader.compare(&mut ws, id);
    let state = |ws: &Workspace| file(ws, id).and_then(|file| file.reference.clone());
    assert_eq!(state(&ws), None, "no folder is chosen");
    let n = |ws: &Workspace| match state(ws) {
        Some(ReferenceState::Compared(result)) => Some(result.comparison.n_references),
        _ => None,
    };
    ws.reference = Some(one);
    reader.compare(&mut ws, id);
    assert!(matches!(state(&ws), Some(ReferenceState::Reading(..))), "at once");
    // Another folder is chosen before anybody takes what came of the first.
    std::thread::sleep(Duration::from_millis(100));
    ws.reference = Some(two);
    reader.forget_references(&mut ws);
    assert_eq!(state(&ws), None, "forgotten");
    reader.compare(&mut ws, id);
    until(&mut reader, &mut ws, |ws| n(ws).is_some());
    assert_eq!(n(&ws), Some(2), "not what was late of the first folder");
    // A folder of its own goes before that of pictures.
    reader.compare_with(&mut ws, Some(folder.path().join("gone")));
    assert_eq!(state(&ws), None, "forgotten");
    reader.compare(&mut ws, id);
    until(&mut reader, &mut ws, |ws| matches!(state(ws), Some(ReferenceState::Failed(_))));
    let failed = state(&ws);
    let is_it =
        matches!(&failed, Some(ReferenceState::Failed(why)) if why.ends_with(" is no folder."));
    assert!(is_it, "{failed:?}");
}
