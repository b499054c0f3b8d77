//! Moving pictures: every frame and its time, in every container, in order and at random.
//!
//! The frames carry their numbers, so a frame is known by its pixels and not by what the container
//! or the decoder says of it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pentimento::base::{Cancel, RgbImage, TaskCtx, Warning};
use pentimento::media::Error;
use pentimento::media::video::{
    DecodeRequest, Decoded, MediaKind, PixelKind, Pixels, Tools, Video, VideoLimits, VideoWriter,
    kind,
};
use rand::{Rng as _, SeedableRng as _};

use crate::support::clips::{
    FPS, H264, N, SIZE, clip, ffmpeg, has_encoder, has_ffmpeg, number_of, open, processes_on,
};
use crate::support::skip;

/// Frames fetched at random from every container.
const SEEKS: usize = 50;

fn all(video: &Video, request: &DecodeRequest) -> Vec<Decoded> {
    let mut stream = video.decode(request).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = stream.next(&TaskCtx::silent()).unwrap() {
        frames.push(frame);
    }
    assert_eq!(stream.damage(), [], "nothing is damaged");
    frames
}

/// The clip shows `numbers` at `times`: every frame in order, and some at random.
fn check(video: &Video, numbers: &[usize], times_s: &[f64], n_seeks: usize) {
    let name = video.path().file_name().unwrap().to_string_lossy().into_owned();
    let turned = video.info().rotation_deg;
    assert_eq!(video.frames().len(), numbers.len(), "{name}: frames in the index");
    assert_eq!(video.info().n_frames, numbers.len(), "{name}");
    // Codecs whose damage may not show have a warning of their own.
    let is_of_codec = |warning: &&Warning| !warning.0.contains("may not show");
    let missing: Vec<&Warning> = video.warnings().iter().filter(is_of_codec).collect();
    assert!(missing.is_empty(), "{name}: {missing:?}");
    let request = DecodeRequest { pixels: PixelKind::Native, ..DecodeRequest::default() };
    let frames = all(video, &request);
    assert_eq!(frames.len(), numbers.len(), "{name}: frames decoded");
    for (i, frame) in frames.iter().enumerate() {
        assert_eq!(frame.time, video.frames()[i], "{name}: frame {i}");
        assert_eq!(frame.time.index, i, "{name}");
        let off = (frame.time.t_s - times_s[i]).abs();
        assert!(off < 0.0021, "{name}: frame {i} at {} s, not {}", frame.time.t_s, times_s[i]);
        let image = frame.pixels.rgb();
        let shown = (video.info().width_px, video.info().height_px);
        assert_eq!((image.width_px, image.height_px), shown, "{name}");
        assert_eq!(number_of(&image, turned), Some(numbers[i]), "{name}: frame {i}");
    }
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let begun = Instant::now();
    for _ in 0..n_seeks {
        let i = rng.random_range(0..numbers.len());
        let image = video.frame_at(i, None, &TaskCtx::silent()).unwrap();
        assert_eq!(number_of(&image, turned), Some(numbers[i]), "{name}: frame_at {i}");
        assert_eq!(&image, frames[i].pixels.rgb().as_ref(), "{name}: frame_at {i}, pixel by pixel");
    }
    let ms = begun.elapsed().as_millis() / n_seeks as u128;
    println!("{name}: {} frames in order, {n_seeks} at random, {ms} ms each", numbers.len());
}

/// A clip of [`N`] frames at a constant rate.
fn check_container(encoder: &str, name: &str, args: &str) {
    if !has_ffmpeg() || !has_encoder(encoder) {
        return skip(&format!("{name}: ffmpeg with {encoder} is not here"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), name, args);
    assert_eq!(kind(&path).unwrap(), MediaKind::Video, "{name}");
    let video = open(&path);
    assert!(!video.info().is_variable, "{name}");
    assert!((video.info().fps - FPS).abs() < 0.1, "{name}: {:?}", video.info());
    let times: Vec<f64> = (0..N).map(|i| i as f64 / FPS).collect();
    check(&video, &(0..N).collect::<Vec<_>>(), &times, SEEKS);
}

#[test]
fn h264_in_mp4() {
    check_container("libx264", "h264.mp4", H264);
}

#[test]
fn h264_in_mkv() {
    check_container("libx264", "h264.mkv", H264);
}

#[test]
fn h264_in_ts() {
    check_container("libx264", "h264.ts", "-c:v libx264 -pix_fmt yuv420p -bf 3 -g 25");
}

#[test]
fn h264_with_open_groups_in_mp4() {
    let args = "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=20:bframes=3";
    check_container("libx264", "open-gop.mp4", args);
}

/// Here seeks land behind the frame: the first that comes is another, and it must be noticed.
#[test]
fn h264_with_open_groups_in_ts() {
    let args = "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=12:bframes=3";
    check_container("libx264", "open-gop.ts", args);
}

/// Later key frames need parameters that stand only before the first one of the second part: where
/// decoding begins at them, times are right and pixels are not. Some cameras and editors do this.
#[test]
fn h264_with_parameters_that_are_not_repeated() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("no ffmpeg with libx264");
    }
    let folder = tempfile::tempdir().unwrap();
    let x264 = "-c:v libx264 -pix_fmt yuv420p -x264-params";
    let plain = format!("{x264} 8x8dct=0:ref=1:keyint=25");
    let other = format!("{x264} 8x8dct=1:ref=4:keyint=25:open-gop=1:scenecut=0");
    clip(folder.path(), "a.mp4", &plain);
    clip(folder.path(), "b.mp4", &other);
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "file a.mp4\nfile b.mp4\n").unwrap();
    let path = folder.path().join("joined.mp4");
    ffmpeg("-f concat -i @ -c copy @", &[&list, &path]).unwrap();
    let numbers: Vec<usize> = (0..N).chain(0..N).collect();
    let times: Vec<f64> = (0..2 * N).map(|i| i as f64 / FPS).collect();
    check(&open(&path), &numbers, &times, SEEKS);
}

#[test]
fn hevc_in_mov() {
    let args = "-c:v libx265 -pix_fmt yuv420p -tag:v hvc1 -x265-params \
                log-level=none:keyint=25:bframes=4:open-gop=1:pools=1";
    check_container("libx265", "hevc.mov", args);
}

#[test]
fn hevc_in_10_bits_in_mp4() {
    let args = "-c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=none:keyint=25:pools=1";
    check_container("libx265", "hevc10.mp4", args);
}

#[test]
fn vp8_in_webm() {
    let args = "-c:v libvpx -deadline realtime -cpu-used 4 -auto-alt-ref 1 -lag-in-frames 16 -g 25";
    check_container("libvpx", "vp8.webm", args);
}

#[test]
fn vp9_in_webm() {
    let args = "-c:v libvpx-vp9 -pix_fmt yuv420p -deadline good -cpu-used 5 -g 25 -crf 30 -b:v 0";
    check_container("libvpx-vp9", "vp9.webm", args);
}

#[test]
fn av1_in_mp4() {
    let (encoder, more) = if has_encoder("libsvtav1") {
        ("libsvtav1", "-preset 10 -svtav1-params lp=1")
    } else {
        ("libaom-av1", "-cpu-used 8 -usage realtime")
    };
    let args = format!("-c:v {encoder} -pix_fmt yuv420p -g 25 {more}");
    check_container(encoder, "av1.mp4", &args);
}

#[test]
fn mjpeg_in_avi() {
    check_container("mjpeg", "mjpeg.avi", "-c:v mjpeg -pix_fmt yuvj420p -q:v 3");
}

#[test]
fn prores_in_mov() {
    check_container("prores_ks", "prores.mov", "-c:v prores_ks -pix_fmt yuv422p10le");
}

#[test]
fn mpeg4_with_b_frames_in_avi() {
    check_container("mpeg4", "mpeg4.avi", "-c:v mpeg4 -bf 2 -g 25 -q:v 3 -pix_fmt yuv420p");
}

#[test]
fn gif() {
    check_container("gif", "animation.gif", "");
}

#[test]
fn apng() {
    check_container("apng", "animation.png", "-c:v apng -f apng -pix_fmt rgb24");
}

/// As Pillow writes it: the color profile stands before the mark of the animation.
#[test]
fn an_apng_with_a_color_profile_is_opened() {
    if !has_ffmpeg() || !has_encoder("apng") {
        return skip("ffmpeg with apng is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "plain.png", "-c:v apng -f apng -pix_fmt rgb24");
    let mut file = std::fs::read(path).unwrap();
    let data = b"iCCPprofile\0\0not one";
    let mut chunk = (data.len() as u32 - 4).to_be_bytes().to_vec();
    chunk.extend(data);
    chunk.extend(crc32fast::hash(data).to_be_bytes());
    file.splice(33..33, chunk);
    let path = folder.path().join("profile.png");
    std::fs::write(&path, file).unwrap();
    assert_eq!(open(&path).frames().len(), N);
}

#[test]
fn animated_webp() {
    // Without ffmpeg's help: one that decodes it may not be there.
    check_container("libwebp_anim", "animation.webp", "-c:v libwebp_anim -lossless 1");
}

#[test]
fn irregular_times_in_mp4() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let args = format!(
        "-vf settb=1/1000,setpts=round(N*40+12*mod(N*7\\,5)+200*floor(N/30)) -fps_mode passthrough \
         -enc_time_base 1/1000 -video_track_timescale 1000 {H264}"
    );
    let video = open(&clip(folder.path(), "irregular.mp4", &args));
    assert!(video.info().is_variable, "{:?}", video.info());
    let time = |n: usize| (n * 40 + 12 * (n * 7 % 5) + 200 * (n / 30)) as f64 / 1000.0;
    check(&video, &(0..N).collect::<Vec<_>>(), &(0..N).map(time).collect::<Vec<_>>(), SEEKS);
}

#[test]
fn turned_and_stretched_frames_come_as_a_player_shows_them() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let times: Vec<f64> = (0..N).map(|i| i as f64 / FPS).collect();
    let numbers: Vec<usize> = (0..N).collect();
    let plain = clip(folder.path(), "plain.mp4", &format!("{H264} -vf setsar=3/2"));
    let video = open(&plain);
    assert_eq!((video.info().width_px, video.info().height_px), (240, 96), "pixels 3:2");
    check(&video, &numbers, &times, SEEKS / 4);
    for angle in ["90", "180", "270"] {
        let turned = folder.path().join(format!("turned-{angle}.mp4"));
        // The first way up to ffmpeg 5, the second from 6 on.
        let old = format!("-i @ -c copy -metadata:s:v:0 rotate={angle} @");
        let new = format!("-display_rotation {angle} -i @ -c copy @");
        ffmpeg(&new, &[&plain, &turned]).or_else(|_| ffmpeg(&old, &[&plain, &turned])).unwrap();
        let video = open(&turned);
        let size = (video.info().width_px, video.info().height_px);
        assert_ne!(video.info().rotation_deg, 0, "{angle}");
        assert_eq!(size, if angle == "180" { (240, 96) } else { (96, 240) }, "{angle}");
        check(&video, &numbers, &times, SEEKS / 4);
        let small = video.frame_at(3, Some(120), &TaskCtx::silent()).unwrap();
        assert_eq!(small.width_px.max(small.height_px), 120);
        assert_eq!(number_of(&small, video.info().rotation_deg), Some(3));
    }
}

#[test]
fn frames_hidden_by_an_edit_list_are_not_counted() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = clip(folder.path(), "whole.mp4", H264);
    let cut = folder.path().join("cut.mp4");
    ffmpeg("-ss 1.5 -i @ -c copy @", &[&whole, &cut]).unwrap();
    let video = open(&cut);
    let n = video.frames().len();
    assert!((N - 38..=N - 37).contains(&n), "{n} frames from 1.5 s on");
    assert!(video.frames()[0].packet > 0, "packets before the first frame are hidden");
    let numbers: Vec<usize> = (N - n..N).collect();
    check(&video, &numbers, &(0..n).map(|i| i as f64 / FPS).collect::<Vec<_>>(), SEEKS);
}

#[test]
fn ranges_steps_and_sizes_are_what_was_asked_for() {
    if !has_ffmpeg() || !has_encoder("libx264") || !has_encoder("libwebp_anim") {
        return skip("ffmpeg with libx264 and libwebp_anim is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let clips = [
        ("a.mp4", H264),
        ("a.ts", "-c:v libx264 -pix_fmt yuv420p -bf 3 -g 25"),
        ("a.gif", ""),
        ("a.webp", "-c:v libwebp_anim -lossless 1"),
    ];
    for (name, args) in clips {
        let video = open(&clip(folder.path(), name, args));
        for (frames, every) in [(0..N, 7), (13..80, 1), (13..80, 9), (88..500, 1), (30..31, 4)] {
            let request =
                DecodeRequest { frames: frames.clone(), every, ..DecodeRequest::default() };
            let wanted: Vec<usize> = (frames.start..frames.end.min(N)).step_by(every).collect();
            let got = all(&video, &request);
            let indices: Vec<usize> = got.iter().map(|f| f.time.index).collect();
            assert_eq!(indices, wanted, "{name}: {frames:?} by {every}");
            for frame in got {
                assert_eq!(number_of(&frame.pixels.rgb(), 0), Some(frame.time.index), "{name}");
            }
        }
        for nothing in [40..40, 500..600] {
            let request = DecodeRequest { frames: nothing, ..DecodeRequest::default() };
            assert!(all(&video, &request).is_empty(), "{name}");
        }
        for (max, size) in [(80, (80, 48)), (33, (33, 20)), (1000, SIZE)] {
            for pixels in [PixelKind::Rgb, PixelKind::Native] {
                let frames = 20..23;
                let request = DecodeRequest { frames, every: 1, pixels, max_side_px: Some(max) };
                let got = all(&video, &request);
                assert_eq!(got.len(), 3, "{name}");
                for frame in got {
                    assert_eq!(frame.pixels.size(), size, "{name}");
                    assert_eq!(number_of(&frame.pixels.rgb(), 0), Some(frame.time.index), "{name}");
                }
            }
        }
        let error = video.frame_at(N, None, &TaskCtx::silent()).unwrap_err();
        assert!(matches!(error, Error::FrameMissing { frame: N, .. }), "{name}: {error}");
    }
}

/// Red, green and blue areas come out as such, by either road and by either matrix.
#[test]
fn colors_are_those_of_the_standard() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let colors = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 120, 90]];
    let mut frame = Vec::new();
    for y in 0..96usize {
        frame.extend((0..160usize).flat_map(|x| colors[x / 80 + 2 * (y / 48)]));
    }
    let raw = folder.path().join("colors.raw");
    std::fs::write(&raw, frame.repeat(5)).unwrap();
    let input = "-f rawvideo -pix_fmt rgb24 -s 160x96 -r 25 -i @";
    for (name, args, is_native) in [
        ("709.mp4", "-vf scale=out_color_matrix=bt709,format=yuv420p -colorspace bt709", true),
        ("601.mp4", "-vf scale=out_color_matrix=bt601,format=yuv420p -colorspace smpte170m", true),
        ("unsaid.mp4", "-vf scale=out_color_matrix=bt601,format=yuv420p", true),
        (
            "full.mp4",
            "-vf scale=out_color_matrix=bt709:out_range=pc,format=yuvj420p \
          -color_range pc -colorspace bt709",
            true,
        ),
        ("444.mp4", "-vf scale=out_color_matrix=bt709,format=yuv444p -colorspace bt709", false),
    ] {
        let path = folder.path().join(name);
        ffmpeg(&format!("{input} {args} -c:v libx264 -crf 1 @"), &[&raw, &path]).unwrap();
        let video = open(&path);
        let get = |pixels| {
            let request = DecodeRequest { pixels, ..DecodeRequest::default() };
            all(&video, &request).remove(2).pixels
        };
        let (native, rgb) = (get(PixelKind::Native), get(PixelKind::Rgb));
        assert_eq!(matches!(native, Pixels::Yuv420(_)), is_native, "{name}");
        assert!(matches!(rgb, Pixels::Rgb(_)), "{name}");
        assert_eq!(native.rgb(), rgb.rgb(), "{name}: both roads");
        for (i, color) in colors.iter().enumerate() {
            let seen = rgb.rgb().get(40 + 80 * (i as i64 % 2), 24 + 48 * (i as i64 / 2));
            let off = (0..3).map(|c| seen[c].abs_diff(color[c])).max().unwrap();
            assert!(off <= 6, "{name}: {seen:?} for {color:?}");
        }
    }
}

#[test]
fn transparent_parts_are_laid_over_white() {
    if !has_ffmpeg() || !has_encoder("apng") {
        return skip("ffmpeg with apng is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("alpha.raw");
    let frame = [[10u8, 20, 30, 255], [10, 20, 30, 0]].concat().repeat(160 * 96 / 2);
    std::fs::write(&raw, frame.repeat(3)).unwrap();
    let path = folder.path().join("alpha.png");
    let args = "-f rawvideo -pix_fmt rgba -s 160x96 -r 25 -i @ -c:v apng -f apng @";
    ffmpeg(args, &[&raw, &path]).unwrap();
    let image = open(&path).frame_at(0, None, &TaskCtx::silent()).unwrap();
    assert_eq!([image.get(0, 0), image.get(1, 0)], [[10, 20, 30], [255; 3]]);
}

/// How long a test waits for what a busy machine does late.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until no process works on the file; whether that came about.
fn ends(path: &Path) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if processes_on(path).is_empty() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Stops the decoder of a file for good, as if it hung.
fn freeze(path: &Path) {
    let pids = processes_on(path);
    assert!(!pids.is_empty(), "a decoder is at work");
    for pid in pids {
        let status = Command::new("kill").args(["-STOP", &pid.to_string()]).status().unwrap();
        assert!(status.success(), "kill -STOP");
    }
}

/// A clip long enough that its decoder waits for us, and the stream after its first frame.
#[cfg(target_os = "linux")]
fn long_clip(folder: &Path, stall_time: Duration) -> Video {
    let path = folder.join("long.mp4");
    let source = "-f lavfi -i testsrc2=s=640x360:r=25:d=12";
    ffmpeg(&format!("{source} -c:v libx264 -preset ultrafast -g 50 @"), &[&path]).unwrap();
    let limits = VideoLimits { stall_time, ..VideoLimits::default() };
    Video::open(&path, &limits, &TaskCtx::silent()).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_decoder_ends_with_its_stream() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let video = long_clip(folder.path(), PATIENCE);
    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    stream.next(&TaskCtx::silent()).unwrap().unwrap();
    assert_eq!(processes_on(video.path()).len(), 1, "one decoder");
    drop(stream);
    assert!(processes_on(video.path()).is_empty(), "it is gone, and reaped");
    // The one who started it may end: the decoder stays with the stream.
    let moved = std::thread::scope(|scope| {
        let start = || video.decode(&DecodeRequest::default()).unwrap();
        scope.spawn(start).join().unwrap()
    });
    std::thread::sleep(Duration::from_millis(200));
    let mut stream = moved;
    let mut n = 0;
    while stream.next(&TaskCtx::silent()).unwrap().is_some() {
        n += 1;
    }
    assert_eq!((n, stream.damage(), stream.ended_early()), (300, &[][..], None));
    drop(stream);
    assert!(ends(video.path()), "gone");
}

#[cfg(target_os = "linux")]
#[test]
fn a_wait_ends_when_cancelled_and_when_nothing_comes() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    // Nothing but the stop ends the wait.
    let video = long_clip(folder.path(), Duration::from_hours(1));
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &|_| {} };

    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    stream.next(&ctx).unwrap().unwrap();
    freeze(video.path());
    let result = std::thread::scope(|scope| {
        let stop = ctx.cancel.clone();
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(250));
            stop.cancel();
        });
        // What is queued comes first.
        loop {
            match stream.next(&ctx) {
                Ok(Some(_)) => {}
                other => break other,
            }
        }
    });
    assert!(matches!(result, Err(Error::Cancelled(_))), "{result:?}");
    assert!(stream.next(&TaskCtx::silent()).unwrap().is_none(), "at its end");
    assert!(ends(video.path()), "killed, though it was frozen");

    // Nothing but the limit ends the wait.
    let video = long_clip(folder.path(), Duration::from_millis(600));
    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    stream.next(&TaskCtx::silent()).unwrap().unwrap();
    freeze(video.path());
    let mut last = 0;
    while let Some(frame) = stream.next(&TaskCtx::silent()).unwrap() {
        last = frame.time.index;
    }
    let damage = stream.damage();
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert_eq!(damage[0].frame, last + 1);
    assert!(damage[0].what.contains("produced nothing for"), "{damage:?}");
    assert_eq!(stream.ended_early(), Some(damage[0].what.as_str()), "not whole");
    assert!(ends(video.path()), "killed");

    let cancelled = TaskCtx { cancel: Cancel::default(), on_progress: &|_| {} };
    cancelled.cancel.cancel();
    let error = Video::open(video.path(), &VideoLimits::default(), &cancelled).unwrap_err();
    assert!(matches!(error, Error::Cancelled(_)), "{error}");
}

#[test]
fn what_was_written_is_read_again_and_nothing_is_written_over() {
    if !has_ffmpeg() || !has_encoder("libx264") || !has_encoder("libvpx-vp9") {
        return skip("ffmpeg with libx264 and libvpx-vp9 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools::find().unwrap();
    let gray = |n: usize| {
        let pixels = crate::support::clips::coded(n).iter().flat_map(|v| [*v; 3]).collect();
        RgbImage::new(SIZE.0, SIZE.1, pixels).unwrap()
    };
    for name in ["out.mp4", "out.webm", "odd: -name.MP4"] {
        let path = folder.path().join(name);
        let mut writer = VideoWriter::create(&path, &tools, SIZE, 12.5).unwrap();
        for n in 0..30 {
            writer.push(&gray(n)).unwrap();
        }
        let other = writer.push(&RgbImage::filled(8, 8, [0; 3])).unwrap_err();
        assert!(matches!(other, Error::Encode { .. }), "{other}");
        assert!(!path.exists(), "not there before it is whole");
        writer.finish().unwrap();
        let video = open(&path);
        assert_eq!(video.frames().len(), 30, "{name}");
        assert!((video.info().fps - 12.5).abs() < 0.1, "{name}: {:?}", video.info());
        for frame in all(&video, &DecodeRequest::default()) {
            assert_eq!(number_of(&frame.pixels.rgb(), 0), Some(frame.time.index), "{name}");
        }
        let before = std::fs::read(&path).unwrap();
        let error = VideoWriter::create(&path, &tools, SIZE, 25.0).unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name} is as it was");
    }
    let odd = folder.path().join("odd.mp4");
    let mut writer = VideoWriter::create(&odd, &tools, (33, 21), 30.0).unwrap();
    writer.push(&RgbImage::filled(33, 21, [200, 30, 40])).unwrap();
    writer.finish().unwrap();
    assert_eq!((open(&odd).info().width_px, open(&odd).info().height_px), (34, 22));
    let image = open(&odd).frame_at(0, None, &TaskCtx::silent()).unwrap();
    let seen = image.get(10, 10);
    assert!(seen[0].abs_diff(200) < 6 && seen[1].abs_diff(30) < 6, "{seen:?}");

    let mut writer =
        VideoWriter::create(&folder.path().join("dropped.mp4"), &tools, SIZE, 25.0).unwrap();
    writer.push(&gray(0)).unwrap();
    drop(writer);
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 4, "a dropped writer leaves nothing");
    for name in ["movie.avi", "movie"] {
        let error = VideoWriter::create(&folder.path().join(name), &tools, SIZE, 25.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the picture cannot be encoded: a video is written as .mp4 or .webm"
        );
    }
}
