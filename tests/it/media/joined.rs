//! Recordings joined in one file: the clock starts anew, the size changes.

use std::path::Path;

use pentimento::base::TaskCtx;
use pentimento::media::video::{DecodeRequest, SIZE_CHANGES};

use crate::support::clips::{FPS, N, clip, ffmpeg, has_encoder, has_ffmpeg, number_of, open};
use crate::support::skip;

/// The numbered clip twice, one behind the other, as `cat` joins files.
fn joined(folder: &Path, extension: &str, args: &str) -> std::path::PathBuf {
    let once = std::fs::read(clip(folder, &format!("once.{extension}"), args)).unwrap();
    let path = folder.join(format!("twice.{extension}"));
    std::fs::write(&path, [once.as_slice(), &once].concat()).unwrap();
    path
}

#[test]
fn all_frames_of_two_joined_recordings_are_there_in_order() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let mpeg2 = "-c:v mpeg2video -pix_fmt yuv420p -q:v 2 -g 25 -bf 2";
    let h264 = "-c:v libx264 -pix_fmt yuv420p -preset veryfast -bf 3 -g 25";
    let mut kinds = vec![("ts", mpeg2, "mpegts"), ("vob", mpeg2, "vob")];
    if has_encoder("libx264") {
        kinds.push(("h264.ts", h264, "mpegts"));
    }
    for (extension, codec, muxer) in kinds {
        let video = open(&joined(folder.path(), extension, &format!("{codec} -f {muxer}")));
        assert_eq!(video.frames().len(), 2 * N, "{extension}");
        let is_warned = video.warnings().iter().any(|w| w.0.contains("starts anew"));
        assert!(is_warned, "{extension}: {:?}", video.warnings());
        assert_eq!(video.not_examined(), [], "{extension}: nothing is missing");
        assert!(video.frames().is_sorted_by(|a, b| a.t_s < b.t_s), "{extension}: times run on");
        let whole_s = 2.0 * N as f64 / FPS;
        assert!((video.info().duration_s - whole_s).abs() < 0.5, "{:?}", video.info());
        let mut stream = video.decode(&DecodeRequest::default()).unwrap();
        let mut numbers = Vec::new();
        while let Some(frame) = stream.next(&TaskCtx::silent()).unwrap() {
            numbers.extend(number_of(&frame.pixels.rgb(), 0));
        }
        let expected: Vec<usize> = (0..N).chain(0..N).collect();
        assert_eq!(numbers, expected, "{extension}");
        for index in [3, N - 1, N, N + 40, 2 * N - 1] {
            let frame = video.frame_at(index, None, &TaskCtx::silent()).unwrap();
            assert_eq!(number_of(&frame, 0), Some(index % N), "{extension}: frame {index}");
        }
    }
}

#[test]
fn a_change_of_size_is_reported_where_it_happens() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    // The decoder of MPEG-2 loses the last frame before the change.
    if !has_encoder("libx264") {
        return skip("ffmpeg has no libx264");
    }
    let folder = tempfile::tempdir().unwrap();
    let codec = "-c:v libx264 -pix_fmt yuv420p -preset veryfast -f mpegts";
    let small = clip(folder.path(), "small.ts", codec);
    let large = clip(folder.path(), "large.ts", &format!("-vf scale=320:192 {codec}"));
    let path = folder.path().join("both.ts");
    let bytes = [std::fs::read(small).unwrap(), std::fs::read(large).unwrap()].concat();
    std::fs::write(&path, bytes).unwrap();
    let video = open(&path);
    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    let mut n = 0;
    while let Some(frame) = stream.next(&TaskCtx::silent()).unwrap() {
        assert_eq!(number_of(&frame.pixels.rgb(), 0), Some(n % N), "frame {n}");
        n += 1;
    }
    assert_eq!(n, 2 * N);
    let changes: Vec<usize> =
        stream.damage().iter().filter(|d| d.what == SIZE_CHANGES).map(|d| d.frame).collect();
    assert_eq!(changes, [N - 1], "{:?}", stream.damage());
}

#[test]
fn frames_with_the_time_of_another_are_reported() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = clip(folder.path(), "plain.mkv", "-c:v mjpeg -pix_fmt yuvj420p");
    let path = folder.path().join("repeated.mkv");
    // Every second frame gets the time of the one before it.
    let filter = "-c copy -bsf:v setts=pts=PTS-mod(N\\,2)*40:dts=DTS-mod(N\\,2)*40";
    if ffmpeg(&format!("-i @ {filter} @"), &[&plain, &path]).is_err() {
        return skip("ffmpeg has no filter for time stamps");
    }
    let video = open(&path);
    assert_eq!(video.frames().len() + video.n_unlisted(), N);
    let [part] = video.not_examined() else { panic!("{:?}", video.not_examined()) };
    assert_eq!(part.what, format!("{} frames", video.n_unlisted()));
    assert!(part.why.contains("time stamps"), "{part}");
}

#[test]
fn further_video_tracks_are_reported() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let one = clip(folder.path(), "one.ts", "-c:v mpeg2video -pix_fmt yuv420p -q:v 2 -f mpegts");
    let path = folder.path().join("two.ts");
    ffmpeg("-i @ -i @ -map 0:v -map 1:v -c copy -f mpegts @", &[&one, &one, &path]).unwrap();
    let video = open(&path);
    let [part] = video.not_examined() else { panic!("{:?}", video.not_examined()) };
    assert_eq!(part.what, "1 more video track");
}
