//! `inspect` on videos: the JSON contract, the files written, errors.

use std::fs;
use std::path::Path;

use pentimento::base::{Limits, TaskCtx};
use pentimento::media;
use pentimento::media::video::{Tools, Video, VideoLimits};
use serde_json::Value;

use crate::cli::inspect::{CliFolder, keys};
use crate::model::watch::{head, scene, write_clip};
use crate::support::{portrait, skip};

/// A place with a clip of 60 frames: a bright face, which scores high, wanders.
pub(crate) fn place() -> Option<CliFolder> {
    if let Err(error) = Tools::find() {
        skip(&format!("clips: {error}"));
        return None;
    }
    let place = CliFolder::new(4.0);
    let head = head();
    write_clip(&place.path("clip.mp4"), 60, |i| scene(&head, 20 + 2 * i, 40 + i, 1.5));
    Some(place)
}

#[test]
fn a_video_is_one_object_with_the_documented_keys() {
    let Some(place) = place() else { return };
    let output = place.inspect(&["--json", "clip.mp4"]);
    assert_eq!(output.code, 0, "{output:?}");
    let wanted = [
        "path",
        "sha256",
        "kind",
        "width_px",
        "height_px",
        "duration_s",
        "fps",
        "container",
        "codec",
        "verdict",
        "score",
        "frames",
        "frames_examined",
        "quick",
        "partial",
        "tracks",
        "cuts_s",
        "damage",
        "not_examined",
        "audio",
        "model",
        "engine",
        "provider",
        "elapsed_ms",
        "warnings",
        "metadata",
        "provenance",
        "structure",
        "hints",
    ];
    assert_eq!(keys(output.out.trim()), wanted);
    let clip = &output.json()[0];
    assert_eq!(
        (clip["kind"].as_str(), clip["audio"].as_str()),
        (Some("video"), Some("not examined"))
    );
    assert_eq!((clip["frames"].as_u64(), clip["frames_examined"].as_u64()), (Some(60), Some(60)));
    assert_eq!((clip["fps"].as_f64(), clip["duration_s"].as_f64()), (Some(25.0), Some(2.4)));
    assert_eq!(clip["verdict"], "traces-found");
    let track = &clip["tracks"][0];
    assert_eq!((track["id"].as_u64(), track["frames_examined"].as_u64()), (Some(1), Some(60)));
    assert_eq!((track["first_s"].as_f64(), track["last_s"].as_f64()), (Some(0.0), Some(2.36)));
    let worst = &track["worst"][0];
    let frame = worst["frame"].as_u64().unwrap();
    assert_eq!(worst["t_s"].as_f64(), Some(frame as f64 / 25.0));
    assert_eq!(worst["pts"].as_u64(), Some(frame * 512), "in units of the time base, 1/12800 s");
    assert!(worst["score"].as_f64().unwrap() > 0.8 && worst.get("heatmap").is_none(), "{worst}");
}

#[test]
fn text_output_says_what_was_not_examined() {
    let Some(place) = place() else { return };
    let output = place.inspect(&["clip.mp4"]);
    for expected in [
        "Traces of forgery found",
        "60 of 60 frames examined, 1 shot",
        "face 1, 00:00.000 to 00:02.360",
        "most suspicious at 00:0",
        "audio was not examined",
        "none were measured for videos examined this way",
    ] {
        assert!(output.out.contains(expected), "{expected:?} is not in {}", output.out);
    }
}

#[test]
fn frames_can_be_chosen() {
    let Some(place) = place() else { return };
    let frames = |expected: &[&str]| {
        let output = place.inspect(&[&["--json"], expected, &["clip.mp4"]].concat());
        assert_eq!(output.code, 2, "the others were not examined: {output:?}");
        let clip = &output.json()[0];
        let n = clip["frames_examined"].as_u64();
        let part = &clip["not_examined"][0];
        assert_eq!(part["what"], format!("{} of 60 frames", 60 - n.unwrap()), "{part}");
        assert!(part["why"].as_str().unwrap().len() > 10, "{part}");
        n
    };
    assert_eq!(frames(&["--every", "7"]), Some(9));
    assert_eq!(frames(&["--max-frames", "10"]), Some(10));
    assert_eq!(frames(&["--from", "0:01", "--to", "1.2"]), Some(6));
    assert_eq!(frames(&["--quick"]), Some(20));
    let output = place.inspect(&["--json", "--from", "5", "clip.mp4"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.err.contains("no frame could be examined"), "{output:?}");
    for wrong in [["--every", "0"], ["--from", "1:99"], ["--annotate", "mp4"]] {
        let output = place.inspect(&[&wrong[..], &["clip.mp4"]].concat());
        assert_eq!(output.code, 1, "{output:?}");
    }
}

#[test]
fn the_most_suspicious_moments_and_an_annotated_copy_are_written() {
    let Some(place) = place() else { return };
    let before = fs::read(place.path("clip.mp4")).unwrap();
    let output = place.inspect(&["--json", "--out", "out", "--annotate", "mp4", "clip.mp4"]);
    assert_eq!(output.code, 0, "{output:?}");
    let clip = &output.json()[0];
    let worst = clip["tracks"][0]["worst"].as_array().unwrap();
    assert!(!worst.is_empty(), "{clip}");
    for moment in worst {
        for what in ["heatmap", "overlay"] {
            let path = place.path(moment[what].as_str().unwrap());
            let limits = Limits::default();
            let picture =
                media::open_still(&path, &limits, &TaskCtx::silent()).unwrap().frame.image;
            assert_eq!((picture.width_px, picture.height_px), (480, 320), "{what}");
        }
    }
    let again = place.inspect(&["--json", "--out", "out", "--annotate", "mp4", "clip.mp4"]);
    assert_eq!(again.code, 0, "the copy is made anew: {again:?}");
    let annotated = place.path(clip["annotated"].as_str().unwrap());
    let video = Video::open(&annotated, &VideoLimits::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(video.frames().len(), 60);
    let frame = video.frame_at(30, None, &TaskCtx::silent()).unwrap();
    let original =
        Video::open(&place.path("clip.mp4"), &VideoLimits::default(), &TaskCtx::silent());
    let original = original.unwrap().frame_at(30, None, &TaskCtx::silent()).unwrap();
    let changed = frame.pixels.iter().zip(&original.pixels).filter(|(a, b)| a.abs_diff(**b) > 40);
    let share = changed.count() as f64 / frame.pixels.len() as f64;
    assert!((0.01..0.5).contains(&share), "{share} of the frame was drawn over");
    assert_eq!(fs::read(place.path("clip.mp4")).unwrap(), before, "the original is as it was");
}

#[test]
fn progress_is_printed_as_json_events() {
    let Some(place) = place() else { return };
    let output = place.inspect(&["--json", "--progress", "json", "clip.mp4"]);
    let events: Vec<Value> =
        output.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let frames: Vec<&Value> = events.iter().filter(|e| e["phase"] == "watching").collect();
    let last = frames.last().unwrap();
    assert_eq!((last["done"].as_u64(), last["total"].as_u64()), (Some(60), Some(60)));
    assert_eq!(last["path"], "clip.mp4");
    assert!(frames.iter().all(|e| e["event"] == "progress"), "{frames:?}");
    let quiet = place.inspect(&["--json", "--progress", "none", "clip.mp4"]);
    assert!(!quiet.err.contains("progress"), "{quiet:?}");
}

#[test]
fn a_truncated_video_is_examined_as_far_as_it_goes() {
    let Some(place) = place() else { return };
    // WebM needs no index at its end.
    let head = head();
    write_clip(&place.path("whole.webm"), 60, |i| scene(&head, 20 + 2 * i, 40, 1.5));
    let bytes = fs::read(place.path("whole.webm")).unwrap();
    // The first frame is the larger part of it.
    fs::write(place.path("half.webm"), &bytes[..bytes.len() * 9 / 10]).unwrap();
    let output = place.inspect(&["--json", "half.webm"]);
    let clip = &output.json()[0];
    let n = clip["frames_examined"].as_u64().unwrap();
    assert!((10..60).contains(&n), "{n} frames: {output:?}");
    assert_eq!(clip["verdict"], "traces-found");
}

#[test]
fn an_unreadable_video_is_refused_and_the_next_file_is_examined() {
    let Some(place) = place() else { return };
    let mut bytes = fs::read(place.path("clip.mp4")).unwrap();
    bytes.truncate(600);
    fs::write(place.path("torn.mp4"), &bytes).unwrap();
    let output = place.inspect(&["--json", "torn.mp4", "clip.mp4"]);
    assert_eq!(output.code, 2, "{output:?}");
    let clips = output.json();
    assert_eq!(clips[0]["verdict"], "not-examined");
    assert!(clips[0]["reason"].as_str().is_some_and(|r| r.len() > 20), "{}", clips[0]);
    assert_eq!(clips[1]["verdict"], "traces-found");
}

#[test]
fn without_ffmpeg_pictures_work_and_videos_say_what_to_install() {
    let Some(place) = place() else { return };
    fs::create_dir(place.path("nothing")).unwrap();
    fs::copy(portrait(), place.path("photo.png")).unwrap();
    let mut command = place.command();
    command.env("PENTIMENTO_FFMPEG", place.path("nothing"));
    let expected = ["inspect", "--engine", "rten", "--json", "clip.mp4", "photo.png"];
    let out = command.args(expected).output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    let text = String::from_utf8(out.stdout).unwrap();
    let files: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let reason = files[0]["reason"].as_str().unwrap();
    assert!(reason.contains("ffmpeg") && reason.contains("install"), "{reason}");
    assert_eq!(files[1]["kind"], "image");
    assert_ne!(files[1]["verdict"], "not-examined");
}

#[test]
fn a_stopped_run_can_be_resumed() {
    let Some(place) = place() else { return };
    let run = || place.inspect(&["--json", "--resume", "kept", "clip.mp4"]);
    let (first, second) = (run(), run());
    assert_eq!((first.code, second.code), (0, 0), "{first:?}");
    assert_eq!(first.json()[0]["score"], second.json()[0]["score"]);
    let kept: Vec<_> = fs::read_dir(Path::new(&place.path("kept"))).unwrap().collect();
    assert_eq!(kept.len(), 1, "one file for one run");
}
