//! What pixels say to what a file says: thumbnails, the row where data end, frames that come again.

use std::path::Path;
use std::process::Command;

use pentimento::base::{Limits, TaskCtx};
use pentimento::metadata::TrustLists;
use pentimento::pipeline::described::{
    Description, RepeatCheck, Repeats, ThumbnailCheck, ThumbnailContent, describe,
};
use serde_json::Value;

use super::{evidence, files};
use crate::support::skip;

fn described(path: &Path) -> Description {
    let mut description = describe(path, &Limits::default(), &TrustLists::default()).unwrap();
    description.compare(path, &TaskCtx::silent()).unwrap();
    description
}

#[test]
fn a_thumbnail_of_the_whole_scene_is_told_from_one_of_the_picture() {
    let answers = [
        ("own_thumbnail_matches.jpg", ThumbnailContent::Same),
        ("own_thumbnail_of_uncropped.jpg", ThumbnailContent::OtherCut),
    ];
    for (file, content) in answers {
        let Some(path) = evidence(&format!("ai/{file}")) else { return };
        let description = described(&path);
        let [ThumbnailCheck::Compared(found)] = description.thumbnails.as_slice() else {
            panic!("{file}: {:?}", description.thumbnails)
        };
        println!("{file}: {found:?}");
        assert_eq!(found.content, content, "{file}: {found:?}");
        if content == ThumbnailContent::OtherCut {
            assert!(found.covered.0 < 1.0 && found.covered.1 < 1.0, "{found:?}");
        }
    }
}

/// A thumbnail, or a picture, whose data end early shows nothing else: it is judged by the rows that are
/// there.
#[test]
fn a_cut_thumbnail_or_picture_is_not_called_something_else() {
    let Some(path) = evidence("ai/own_thumbnail_matches.jpg") else { return };
    let whole = std::fs::read(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.jpg");
    let read = described(&path).metadata;
    let length = read.thumbnails[0].length as usize;
    let value = |name: &str| read.fields.iter().find(|field| field.name == name).unwrap();
    let (at, is_big) =
        (value("ThumbnailLength").offset as usize, value("ExifByteOrder").raw == "MM");
    let compared = |bytes: &[u8]| {
        std::fs::write(&cut, bytes).unwrap();
        let [check] = described(&cut).thumbnails.try_into().unwrap();
        check
    };
    let of_thumbnail = |percent: usize| {
        let mut bytes = whole.clone();
        let n = (length * percent / 100) as u32;
        bytes[at..at + 4].copy_from_slice(&if is_big { n.to_be_bytes() } else { n.to_le_bytes() });
        compared(&bytes)
    };
    // The last two rows of blocks are not relied on: of 80 % of the bytes 48 rows of 107 are, of 60 % 16.
    for percent in [80, 95] {
        let check = of_thumbnail(percent);
        let ThumbnailCheck::Compared(found) = &check else { panic!("{percent} %: {check:?}") };
        assert_eq!(found.content, ThumbnailContent::Same, "{percent} %: {found:?}");
        assert!(found.compared < 1.0, "{percent} %: {found:?}");
        assert!(found.sentence().contains("as far as both are there"), "{}", found.sentence());
    }
    for percent in [10, 25, 60] {
        match of_thumbnail(percent) {
            ThumbnailCheck::NotCompared(why) => {
                assert!(why.contains("damaged") || why.contains("cannot be decoded"), "{why}");
            }
            other => panic!("{percent} %: {other:?}"),
        }
    }
    let check = compared(&whole[..whole.len() * 70 / 100]);
    let ThumbnailCheck::Compared(found) = &check else { panic!("{check:?}") };
    assert_eq!(found.content, ThumbnailContent::Same, "{found:?}");
    assert!(found.compared < 1.0, "{found:?}");
}

#[test]
fn thumbnails_are_compared_in_text_and_json_where_it_was_asked_for() {
    let Some(path) = evidence("ai/own_thumbnail_matches.jpg") else { return };
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        let output = command.arg("metadata").args(words).arg(&path).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&[]).contains("not compared with the picture (--pixels does it)"));
    assert!(run(&["--pixels"]).contains("The thumbnail shows the picture (correlation"));
    let json: Value = serde_json::from_str(run(&["--pixels", "--json"]).trim()).unwrap();
    let thumbnail = &json["structure"]["thumbnails"][0];
    assert_eq!(thumbnail["shows"], "same", "{thumbnail}");
    assert!(thumbnail["correlation"].as_f64().unwrap() > 0.9, "{thumbnail}");
}

/// A picture of 320 rows, cut at shares of its bytes. libjpeg-turbo coded it, so that equal shares of its
/// bytes are about equal shares of its rows.
#[test]
fn the_row_where_the_data_of_a_cut_picture_end_is_told() {
    let Some(path) = evidence("jpeg/a_single_90.jpg") else { return };
    let whole = std::fs::read(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.jpg");
    let described =
        |path: &Path| describe(path, &Limits::default(), &TrustLists::default()).unwrap();
    let height = described(&path).metadata.jpeg.unwrap().height_px;
    assert!(described(&path).data_end.is_none(), "a whole picture is not read twice");
    let mut rows = Vec::new();
    for percent in [20, 40, 60, 80, 95] {
        std::fs::write(&cut, &whole[..whole.len() * percent / 100]).unwrap();
        let end = described(&cut).data_end.unwrap();
        let row = end.first_row.unwrap();
        // A decoder shows what is there: rows behind the end are of one color.
        let still =
            pentimento::media::decode_still(&std::fs::read(&cut).unwrap(), &Limits::default());
        let damaged = still.unwrap().frame.damaged.unwrap();
        assert_eq!(f64::from(damaged.y), f64::from(row), "{percent} %");
        let expected = f64::from(height) * percent as f64 / 100.0;
        assert!((f64::from(row) - expected).abs() < 0.2 * f64::from(height), "{percent} %: {row}");
        rows.push(row);
    }
    assert!(rows.is_sorted(), "{rows:?}");
    println!("rows where the data end: {rows:?} of {height}");
    let without_mark = &whole[..whole.len() - 2];
    std::fs::write(&cut, without_mark).unwrap();
    assert_eq!(described(&cut).data_end.unwrap().first_row, None, "every row is there");
}

/// Files whose tables exiftool 12.57 names, and what the file itself says of its quality.
#[test]
fn tables_of_adobe_have_the_names_that_others_give_them() {
    let names = [
        ("c2pa/cloud.jpg", Some("Photoshop, Save As at quality 12")),
        ("c2pa/update_manifest.jpg", Some("Photoshop, Save As at quality 12")),
        ("c2pa/photoshop_generative_ocsp.jpg", Some("Photoshop, Save As at quality 0")),
        (
            "c2pa/no_manifest.jpg",
            Some("Photoshop, Save As at quality 8, and Lightroom at 62 to 69"),
        ),
        ("metadata/Writer.jpg", Some("Photoshop, Save for Web at quality 10")),
        ("metadata/GPS.jpg", None),
        ("jpeg/a_customtable.jpg", None),
        ("jpeg/a_single_90.jpg", None),
    ];
    for (file, name) in names {
        let Some(path) = evidence(file) else { return };
        assert_eq!(super::read(&path).jpeg.unwrap().adobe_tables(), name, "{file}");
    }
    // 26 of the pictures that exiftool ships were shrunk and saved for the web at 10.
    let n = files("metadata")
        .iter()
        .filter_map(|path| super::read_any(path)?.jpeg)
        .filter(|jpeg| jpeg.adobe_tables() == Some("Photoshop, Save for Web at quality 10"))
        .count();
    assert_eq!(n, 26);
}

fn repeats(path: &Path) -> Repeats {
    match described(path).repeats {
        RepeatCheck::Compared(found) => found,
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn frames_that_come_again_are_spans_and_other_clips_have_none() {
    let Some(path) = evidence("video/frames_25_44_repeated_at_60.mp4") else { return };
    let found = repeats(&path);
    println!("{found:?}");
    let [span] = found.spans.as_slice() else { panic!("{found:?}") };
    assert_eq!((span.original, span.copy), ((25, 44), (60, 79)), "{found:?}");
    for file in ["double_gop12_then_250.mp4", "h264_x264_lavf.mp4", "vp9.webm", "hevc_x265.mov"] {
        let found = repeats(&evidence(&format!("video/{file}")).unwrap());
        assert_eq!(found.spans, [], "{file}");
    }
}

/// 4 clips without repetition: moving, noise, still, black.
#[test]
fn still_and_black_clips_have_no_frames_that_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip.mp4");
    let sources = [
        "mandelbrot=s=160x120:r=25",
        "color=gray:s=160x120:r=25,noise=alls=20:allf=t",
        "smptebars=s=160x120:r=25",
        "color=black:s=160x120:r=25",
    ];
    for (source, crf) in sources.into_iter().zip(["23", "35", "30", "23"]) {
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-threads", "1", "-f", "lavfi", "-i", source, "-t", "6"])
            .args(["-c:v", "libx264", "-preset", "veryfast", "-crf", crf, "-pix_fmt", "yuv420p"])
            .arg(&clip)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return skip("ffmpeg cannot make a clip here");
        }
        let found = repeats(&clip);
        assert_eq!((found.spans.as_slice(), found.n_frames), (&[][..], 150), "{source}: {found:?}");
        // Noise that the coder leaves out stands still too.
        let is_moving = source.starts_with("mandelbrot");
        assert_eq!(found.n_still == 150, !is_moving, "{source}: {found:?}");
    }
}
