//! Videos, judged by `MediaInfo`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pentimento::metadata::{Field, Metadata};
use serde_json::Value;

use super::{evidence, files, read};
use crate::support::skip;

/// Values that differ, with the reason.
const ON_PURPOSE: &[(&str, &str)] = &[
    ("trimmed_editlist.mp4 FrameCount", "theirs of what is shown, ours of what is there"),
    ("xvid.avi Encoded_Library", "user data of MPEG-4 Visual, not read"),
];

/// What `MediaInfo` says of a file: of the container, then of each video.
fn theirs(path: &Path) -> Option<Vec<Value>> {
    let output = Command::new("mediainfo").arg("--Output=JSON").arg(path).output().ok()?;
    let report: Value = serde_json::from_slice(&output.stdout).ok()?;
    let tracks = report["media"]["track"].as_array()?.clone();
    Some(tracks.into_iter().filter(|t| t["@type"] != "Audio" && t["@type"] != "Other").collect())
}

fn field<'a>(ours: &'a Metadata, keys: &[&str]) -> Option<&'a Field> {
    keys.iter().find_map(|key| ours.fields.iter().find(|field| field.key() == *key))
}

/// Our value for one of theirs; `None` where the file names none.
fn ours(ours: &Metadata, key: &str, track: &str) -> Option<String> {
    let of = |name: &str| format!("{track}:{name}");
    let words = |keys: &[&str]| field(ours, keys).map(|field| field.words().to_owned());
    match key {
        "FileSize" => Some(ours.length.to_string()),
        "Encoded_Application" => words(&[
            "ItemList:Encoder",
            "RIFF:Software",
            "Info:WritingApp",
            "Keys:Encoder",
            "UserData:SoftwareVersion",
        ]),
        // Matroska counts no frames: those whose packets were read.
        "FrameCount" => words(&[&of("SampleCount"), "RIFF:VideoFrameCount"])
            .or_else(|| ours.packets.as_ref().map(|chart| chart.packets.len().to_string())),
        "Width" => words(&[&of("SourceImageWidth"), "RIFF:ImageWidth", &of("ImageWidth")]),
        "Height" => words(&[&of("SourceImageHeight"), "RIFF:ImageHeight", &of("ImageHeight")]),
        "CodecID" => words(&[&of("CompressorID"), "RIFF:VideoCodec", &of("CodecID")]),
        "FrameRate" => words(&[&of("VideoFrameRate"), "RIFF:VideoFrameRate"]),
        "Encoded_Library" => words(&[&of("StreamEncoder"), &of("Encoder")]),
        _ => None,
    }
}

/// Whether two values are the same: numbers by value; of a name its first parts, as settings follow.
fn is_same(ours: &str, theirs: &str) -> bool {
    if let (Ok(ours), Ok(theirs)) = (ours.parse::<f64>(), theirs.parse::<f64>()) {
        return (ours - theirs).abs() < 0.01;
    }
    let mut pairs = theirs.split(" - ").zip(ours.split(" - "));
    pairs.all(|(theirs, ours)| ours.starts_with(theirs))
}

#[test]
fn videos_are_described_as_mediainfo_does() {
    if evidence("video").is_none() {
        return;
    }
    if Command::new("mediainfo").arg("--Version").output().is_err() {
        return skip("there is no mediainfo");
    }
    let (mut n, mut n_equal, mut wrong) = (0, 0, Vec::new());
    let mut different = BTreeSet::new();
    for path in files("video") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let found = read(&path);
        let Some(tracks) = theirs(&path) else { continue };
        for (at, track) in tracks.iter().enumerate() {
            let keys: &[&str] = if at == 0 {
                &["FileSize", "Encoded_Application"]
            } else {
                &["FrameCount", "Width", "Height", "CodecID", "FrameRate", "Encoded_Library"]
            };
            for key in keys {
                let Some(theirs) = track[*key].as_str() else { continue };
                n += 1;
                // Ours are numbered in the order of the file, theirs from 0.
                let order =
                    track["StreamOrder"].as_str().and_then(|order| order.parse::<usize>().ok());
                let own = ours(&found, key, &format!("Track{}", order.map_or(at, |n| n + 1)));
                if own.as_deref().is_some_and(|own| is_same(own, theirs)) {
                    n_equal += 1;
                } else if let Some((known, _)) =
                    ON_PURPOSE.iter().find(|(known, _)| *known == format!("{name} {key}"))
                {
                    different.insert(*known);
                } else {
                    wrong.push(format!("{name} {key}: ours {own:?}, theirs {theirs}"));
                }
            }
        }
    }
    let n_different = different.len();
    println!("MediaInfo: {n} values, {n_equal} equal, {n_different} different on purpose");
    assert!(wrong.is_empty(), "{n_equal} of {n} equal\n{}", wrong.join("\n"));
    assert_eq!(n_different, ON_PURPOSE.len(), "each exception is used: {different:?}");
    assert!(n_equal >= 60, "{n_equal}");
}
