//! The same window over files that somebody made to deceive it, or to slow it down.

use std::path::PathBuf;

use egui::Key;
use egui::accesskit::Role;
use pentimento::base::RgbImage;

use crate::gui::metadata::is_read;
use crate::gui::window::Window;
use crate::metadata::files;

/// A JPEG picture with this comment.
fn commented(comment: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.jpg");
    std::fs::write(&path, jpeg_with(comment)).expect("it can be written");
    (folder, path)
}

/// The bytes of one.
pub(super) fn jpeg_with(comment: &[u8]) -> Vec<u8> {
    let picture = RgbImage::filled(32, 32, [90; 3]);
    let jpeg = pentimento::media::encode_jpeg(&picture, 90).expect("it can be coded");
    let length = (comment.len() as u16 + 2).to_be_bytes();
    let segment = [&[0xFF, 0xFE][..], &length, comment].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

/// A chunk of a PNG file; its checksum is not right, which readers of texts do not mind.
pub(super) fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let mut crc = crc32fast::Hasher::new();
    crc.update(kind);
    crc.update(content);
    let length = (content.len() as u32).to_be_bytes();
    [&length[..], kind, content, &crc.finalize().to_be_bytes()].concat()
}

#[test]
fn escapes_marks_of_direction_and_formulas_are_harmless() {
    let comment = "=cmd|' /C calc'!A0 \u{1b}[2J\u{202e}gnp.exe\u{200b}\nTraces of forgery found";
    let (_folder, path) = commented(comment.as_bytes());
    let Some(mut window) = Window::open_metadata(&path) else { return };
    for key in [Key::ArrowRight; 5] {
        for hidden in ["\u{1b}", "\u{202e}", "\u{200b}", "\n=", "\r"] {
            assert!(!window.says(hidden), "{hidden:?} is shown as it is");
        }
        window.press(key);
    }
    window.click(Role::Button, "Fields");
    window.fill("Search in the fields", "calc");
    let rows = window.table("Field");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].contains("\\u001b[2J\\u202egnp.exe\\u200b\\u000aTraces"), "{rows:?}");
    window.press(Key::ArrowDown);
    window.click_once(Role::Button, "Copy row");
    let line = window.copied().expect("copied");
    assert!(line.contains("\t'=cmd|") && line.lines().count() == 1, "{line}");
    assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
}

#[test]
fn a_long_value_is_cut_on_the_screen_and_whole_in_a_copy() {
    let (_folder, path) = commented("y".repeat(30_000).as_bytes());
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Fields");
    window.fill("Search in the fields", "yyyy");
    window.press(Key::ArrowDown);
    assert!(window.says("… and 25904 more bytes"), "counted");
    assert!(!window.says(&"y".repeat(4097)), "no label is longer than 4 KiB");
    window.click_once(Role::Button, "Copy row");
    assert!(window.copied().expect("copied").contains(&"y".repeat(30_000)), "whole");
}

#[test]
fn a_hundred_thousand_fields_are_drawn_a_few_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("many.png");
    let head = [&1u32.to_be_bytes()[..], &1u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut png = [b"\x89PNG\r\n\x1A\n".as_slice(), &chunk(b"IHDR", &head)].concat();
    for i in 0..99_000 {
        png.extend(chunk(b"tEXt", format!("key{i}\0value {i}").as_bytes()));
    }
    png.extend(chunk(b"IEND", b""));
    std::fs::write(&path, png).expect("it can be written");
    let Some(mut window) = Window::open_metadata(&path) else { return };
    window.click(Role::Button, "Fields");
    window.press(Key::End);
    let rows = window.table("Field");
    assert!((5..60).contains(&rows.len()), "{} rows are drawn", rows.len());
    assert!(rows.last().is_some_and(|row| row.contains("value 98999")), "{rows:?}");
    window.fill("Search in the fields", "value 4711");
    let n = window.table("Field").len();
    assert!(n > 3 && window.says("20 of 99007"), "4711, 14711 to 94711, 47110 to 47119: {n}");
    window.click(Role::Button, "Structure");
    window.press(Key::Home);
    assert!(window.table("Part").len() < 60, "{}", window.table("Part").len());
}

#[test]
fn every_hostile_file_opens_in_every_tab() {
    let paths = files("hostile");
    if paths.is_empty() {
        return;
    }
    let names: Vec<&str> = paths.iter().map(|path| path.to_str().expect("a name")).collect();
    let Some(mut window) = Window::open(&names) else { return };
    window.press(Key::F11);
    let mut n_read = 0;
    for _ in &paths {
        window.until("read", is_read);
        let has_tabs = !window.says("The metadata cannot be read");
        n_read += usize::from(has_tabs);
        for _ in 0..if has_tabs { 5 } else { 0 } {
            window.press(Key::ArrowRight);
            assert!(!window.says("\u{1b}") && !window.says("\u{202e}"), "text as it is");
        }
        for _ in 0..5 {
            window.press(Key::ArrowLeft);
        }
        window.press(Key::PageDown);
    }
    assert!(n_read > 25, "{n_read} of {}", paths.len());
}
