//! Videos that are damaged or made to do harm: clear words, nothing hangs, what can be seen is
//! seen.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pentimento::base::{Damage, Limits, RgbImage, TaskCtx};
use pentimento::media::video::{DecodeRequest, MediaKind, Video, VideoLimits, kind};
use pentimento::media::{self, Error};
use rand::{Rng as _, SeedableRng as _};

use crate::support::clips::{H264, N, clip, ffmpeg, has_encoder, has_ffmpeg, number_of, open};
use crate::support::skip;

fn error(path: &Path) -> String {
    let begun = Instant::now();
    let result = Video::open(path, &VideoLimits::default(), &TaskCtx::silent());
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{} took {:?}",
        path.display(),
        begun.elapsed()
    );
    let text =
        result.map_or_else(|e| e.to_string(), |v| panic!("{} opened: {v:?}", path.display()));
    assert!(!text.contains('\n') && !text.contains("file:"), "one sentence without paths: {text}");
    text
}

/// The index of a frame, and the number that it shows.
type Seen = (usize, Option<usize>);

/// The numbers that are shown, by index, and what was damaged.
fn decode(video: &Video) -> Result<(Vec<Seen>, Vec<Damage>), Error> {
    let begun = Instant::now();
    let mut stream = video.decode(&DecodeRequest::default())?;
    let mut seen = Vec::new();
    while let Some(frame) = stream.next(&TaskCtx::silent())? {
        seen.push((frame.time.index, number_of(&frame.pixels.rgb(), 0)));
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
    assert!(seen.is_sorted_by(|a, b| a.0 < b.0), "in order, each once");
    Ok((seen, stream.damage().to_vec()))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_file_cut_short_is_seen_as_far_as_it_goes() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(clip(folder.path(), "a.mp4", H264)).unwrap();
    let path = write(folder.path(), "cut.mp4", &whole[..whole.len() * 6 / 10]);
    let video = open(&path);
    let all: Vec<&str> = video.warnings().iter().map(|w| w.0.as_str()).collect();
    let begin = "the container tells of 90 frames or 3.6 s, but only ";
    assert!(all.len() == 1 && all[0].starts_with(begin), "{all:?}");
    assert!(all[0].ends_with(" s are there: the file is cut off"), "{all:?}");
    let (seen, damage) = decode(&video).unwrap();
    assert!((20..N).contains(&seen.len()), "{} frames", seen.len());
    let right = seen.iter().filter(|(index, number)| *number == Some(*index)).count();
    assert!(right + 2 >= seen.len(), "{right} of {} right", seen.len());
    let last = seen.last().unwrap().0;
    assert!(!damage.is_empty(), "the end is damaged");
    assert!(damage.iter().all(|d| d.frame + 8 >= last), "at the end, {last}: {damage:?}");
    assert!(damage.iter().all(|d| d.t_s == video.frames()[d.frame].t_s), "{damage:?}");

    for name in ["a.mkv", "a.avi"] {
        let args = if name == "a.avi" { "-c:v mpeg4 -q:v 3" } else { H264 };
        let whole = std::fs::read(clip(folder.path(), name, args)).unwrap();
        let path = write(folder.path(), &format!("cut-{name}"), &whole[..whole.len() * 6 / 10]);
        let video = open(&path);
        let warnings = video.warnings();
        assert!(
            warnings.iter().any(|w| w.0.ends_with("the file is cut off")),
            "{name}: {warnings:?}"
        );
    }

    let late = clip(folder.path(), "b.mp4", "-c:v libx264 -pix_fmt yuv420p");
    let late = std::fs::read(late).unwrap();
    let path = write(folder.path(), "no-moov.mp4", &late[..late.len() * 6 / 10]);
    assert_eq!(error(&path), "the video cannot be decoded: moov atom not found");
}

/// 4,000 bytes of `mdat` are overwritten in the second second of three.
#[test]
fn damage_in_the_middle_is_placed_and_decoding_goes_on() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "a.mp4", &format!("{H264} -crf 3"));
    let mut bytes = std::fs::read(&path).unwrap();
    let data = bytes.windows(4).position(|w| w == b"mdat").unwrap();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let length = bytes.len() - data;
    for _ in 0..60 {
        let at = data + length * 4 / 10 + rng.random_range(0..length / 10);
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
    let video = open(&write(folder.path(), "flipped.mp4", &bytes));
    let (seen, damage) = decode(&video).unwrap();
    println!("{} of {N} frames, damage {damage:?}", seen.len());
    assert!(seen.len() >= N - 20, "{} frames", seen.len());
    assert!(!damage.is_empty(), "it is reported");
    assert!(damage.iter().all(|d| !d.what.is_empty() && d.what.len() < 200), "{damage:?}");
    assert!(damage.is_sorted_by(|a, b| a.frame < b.frame), "in order: {damage:?}");
    assert!(damage.iter().all(|d| (15..70).contains(&d.frame)), "in the middle: {damage:?}");
    for (index, number) in seen.iter().filter(|(i, _)| *i < 20 || *i >= 75) {
        assert_eq!(*number, Some(*index), "before and behind it is as it was");
    }
}

#[test]
fn a_file_that_is_swapped_after_it_was_hashed_is_examined_no_further() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "clip.mp4", H264);
    let other = clip(folder.path(), "other.mp4", &format!("-vf hflip {H264}"));
    let video = open(&path);
    let ctx = TaskCtx::silent();
    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    assert!(stream.next(&ctx).unwrap().is_some());
    std::fs::rename(&other, &path).unwrap();
    let changed = |result: Result<(), Error>| matches!(result, Err(Error::Changed));
    assert!(changed(stream.next(&ctx).map(drop)), "while it is decoded");
    assert!(changed(video.decode(&DecodeRequest::default()).map(drop)), "before it is decoded");
    assert!(changed(video.frame_at(3, None, &ctx).map(drop)), "a single frame");
    assert!(open(&path).frame_at(3, None, &ctx).is_ok(), "opened anew it is another file");
}

#[test]
fn a_file_that_is_swapped_while_it_is_hashed_is_not_opened() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "clip.mp4", H264);
    let other = clip(folder.path(), "other.mp4", &format!("-vf hflip {H264}"));
    let swap = |_: pentimento::base::Progress| {
        // The first step is taken while the file is read for its hash.
        std::fs::rename(&other, &path).ok();
    };
    let ctx = TaskCtx { cancel: pentimento::base::Cancel::default(), on_progress: &swap };
    let opened = Video::open(&path, &VideoLimits::default(), &ctx);
    assert!(matches!(opened, Err(Error::Changed)), "{opened:?}");
    let video = open(&path);
    video.check_unchanged().unwrap();
    std::fs::write(folder.path().join("third.mp4"), "x").unwrap();
    std::fs::rename(folder.path().join("third.mp4"), &path).unwrap();
    assert!(matches!(video.check_unchanged(), Err(Error::Changed)));
}

#[test]
fn playlists_in_disguise_open_nothing() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("secret.txt");
    std::fs::write(&target, "secret").unwrap();
    let hls =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{}\n", target.display());
    let concat = format!("ffconcat version 1.0\nfile {}\n", target.display());
    let is_text = "this is a text file, which is not supported; only pictures and videos can be \
                   examined";
    for (name, text) in [("hls.mp4", &hls), ("concat.mp4", &concat)] {
        let path = write(folder.path(), name, text.as_bytes());
        assert_eq!(error(&path), is_text, "{name}");
        assert_eq!(kind(&path).unwrap_err().to_string(), is_text, "{name}");
    }
    // With a head that looks like a video only the demuxer of that video may read them.
    let heads: [&[u8]; 3] = [b"\0\0\0\x14ftypisom\0\0\0\0isom", b"RIFF\0\0\0\0AVI ", b"OggS\n"];
    for (i, head) in heads.iter().enumerate() {
        for text in [&hls, &concat] {
            let path =
                write(folder.path(), &format!("head-{i}.mp4"), &[head, text.as_bytes()].concat());
            let message = error(&path);
            let is_refused = message.starts_with("the video cannot be decoded: ")
                || message == "the file has no video track";
            assert!(is_refused, "{message}");
        }
    }
    // ffmpeg itself would take this one for a playlist, whatever it is called.
    let path = write(folder.path(), "list.ts", format!("{hls}\n").as_bytes());
    assert_eq!(error(&path), is_text);
}

#[test]
fn huge_headers_are_refused_before_anything_is_decoded() {
    if !has_ffmpeg() || !has_encoder("mjpeg") || !has_encoder("apng") {
        return skip("ffmpeg with mjpeg and apng is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let side = 60_000u32;
    let mut avi = std::fs::read(clip(folder.path(), "a.avi", "-c:v mpeg4")).unwrap();
    let format = avi.windows(4).position(|w| w == b"strf").unwrap() + 12;
    avi[format..format + 4].copy_from_slice(&side.to_le_bytes());
    avi[format + 4..format + 8].copy_from_slice(&side.to_le_bytes());
    let raw = std::fs::read(clip(folder.path(), "b.avi", "-c:v rawvideo -pix_fmt bgr24")).unwrap();
    let mut raw = raw;
    let format = raw.windows(4).position(|w| w == b"strf").unwrap() + 12;
    raw[format..format + 4].copy_from_slice(&side.to_le_bytes());
    raw[format + 4..format + 8].copy_from_slice(&side.to_le_bytes());
    let refusal = error(&write(folder.path(), "raw.avi", &raw));
    assert!(refusal.contains("60000 x 60000 pixels, more than the limit"), "{refusal}");
    // The stream knows better than the container here; or it is refused, but never decoded huge.
    let path = write(folder.path(), "huge.avi", &avi);
    match Video::open(&path, &VideoLimits::default(), &TaskCtx::silent()) {
        Ok(video) => assert!(video.info().width_px <= 16_384, "{:?}", video.info()),
        Err(e) => println!("huge.avi: {e}"),
    }
    let args = "-c:v apng -f apng -pix_fmt gray";
    let mut png = std::fs::read(clip(folder.path(), "a.png", args)).unwrap();
    png[16..20].copy_from_slice(&side.to_be_bytes());
    png[20..24].copy_from_slice(&side.to_be_bytes());
    let refusal = error(&write(folder.path(), "huge.png", &png));
    println!("huge.png: {refusal}");
    // The limits are the caller's.
    let small = VideoLimits { side_px: 100, ..VideoLimits::default() };
    let path = folder.path().join("a.avi");
    let refusal = Video::open(&path, &small, &TaskCtx::silent()).unwrap_err();
    assert!(matches!(refusal, Error::Dimensions { width_px: 160, .. }), "{refusal}");
    let tiny = VideoLimits { file_bytes: 1000, ..VideoLimits::default() };
    let message = Video::open(&path, &tiny, &TaskCtx::silent()).unwrap_err();
    assert!(matches!(message, Error::FileSize { .. }), "{message}");
}

/// 300,000 frames of one pixel: the index stops at its limit.
#[test]
fn an_endless_stream_ends_at_the_limit() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    let frame = b"\x21\xF9\x04\0\x02\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    gif.extend(frame.repeat(300_000));
    gif.push(b';');
    let path = write(folder.path(), "endless.gif", &gif);
    assert_eq!(kind(&path).unwrap(), MediaKind::Video);
    let limits = VideoLimits { max_frames: 500, ..VideoLimits::default() };
    let begun = Instant::now();
    let video = Video::open(&path, &limits, &TaskCtx::silent()).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(video.frames().len(), 500);
    let expected = "the video has more than 500 frames: the rest is left out";
    assert_eq!(video.warnings().iter().map(|w| w.0.as_str()).collect::<Vec<_>>(), [expected]);
    let (seen, damage) = decode(&video).unwrap();
    assert_eq!((seen.len(), damage), (500, vec![]));

    // A probe that takes too long is stopped.
    let limits = VideoLimits { probe_time: Duration::from_millis(1), ..VideoLimits::default() };
    let message = Video::open(&path, &limits, &TaskCtx::silent()).unwrap_err();
    assert!(matches!(message, Error::Stalled { .. }), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_decoder_without_memory_says_so() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mp4");
    let source = "-f lavfi -i testsrc2=s=3840x2160:r=5:d=1";
    ffmpeg(&format!("{source} -c:v libx264 -preset ultrafast @"), &[&path]).unwrap();
    for mib in [50u64, 200, 320, 400] {
        let limits = VideoLimits { memory_bytes: mib << 20, ..VideoLimits::default() };
        let result = Video::open(&path, &limits, &TaskCtx::silent()).and_then(|v| decode(&v));
        match result {
            Ok((seen, damage)) => {
                println!("{mib} MiB: {} frames, {damage:?}", seen.len());
                assert!(seen.len() == 5 || !damage.is_empty(), "{mib} MiB: {damage:?}");
            }
            Err(e) => {
                println!("{mib} MiB: {e}");
                assert!(mib < 400 || !e.to_string().is_empty(), "{e}");
            }
        }
    }
    let limits = VideoLimits { memory_bytes: 50 << 20, ..VideoLimits::default() };
    assert!(Video::open(&path, &limits, &TaskCtx::silent()).is_err(), "50 MiB are too few");
    assert_eq!(decode(&open(&path)).unwrap().0.len(), 5, "the usual limit is enough");
}

#[test]
fn what_is_no_video_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let noise: Vec<u8> = (0..50_000).map(|_| rng.random()).collect();
    assert_eq!(error(&write(folder, "empty.mp4", b"")), "the file is empty");
    let unknown = "the content is neither a picture nor a video of a known format";
    assert_eq!(error(&write(folder, "noise.mp4", &noise)), unknown);
    assert_eq!(error(&folder.join("missing.mp4")), "there is no such file");
    assert_eq!(error(folder), "this is a folder, not a file");
    let still = folder.join("still.mp4");
    media::write_png(&still, &RgbImage::filled(8, 8, [1, 2, 3])).unwrap();
    assert_eq!(error(&still), "this PNG picture is not animated: it is no video");
    assert_eq!(kind(&still).unwrap(), MediaKind::Still, "by content");
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let refusal = error(&write(folder, "noise.mkv", &[b"\x1A\x45\xDF\xA3", &noise[..]].concat()));
    assert!(refusal.starts_with("the video cannot be decoded: "), "{refusal}");
    let sound = folder.join("sound.mp4");
    ffmpeg("-f lavfi -i sine=d=1 -c:a aac @", &[&sound]).unwrap();
    assert_eq!(error(&sound), "the file has no video track");
    let mp4 = clip(folder, "a.mp4", H264);
    let message = media::open_still(&mp4, &Limits::default(), &TaskCtx::silent()).unwrap_err();
    assert_eq!(message.to_string(), "this is an MP4 video, not a still picture");
    let both = folder.join("both.mp4");
    ffmpeg("-i @ -f lavfi -i sine=d=3 -c:v copy -c:a aac @", &[&mp4, &both]).unwrap();
    assert!(open(&both).info().has_audio && !open(&mp4).info().has_audio, "sound is noticed");
}

/// Bytes are changed at random in heads and in data.
#[test]
fn mutated_files_neither_hang_nor_break_anything() {
    if !has_ffmpeg() || !has_encoder("libx264") || !has_encoder("libwebp_anim") {
        return skip("ffmpeg with libx264 and libwebp_anim is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let webm = "-c:v libvpx-vp9 -pix_fmt yuv420p -deadline realtime -cpu-used 8";
    let clips = [
        clip(folder.path(), "a.mp4", H264),
        clip(folder.path(), "a.webm", webm),
        clip(folder.path(), "a.gif", ""),
        clip(folder.path(), "a.webp", "-c:v libwebp_anim"),
    ];
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let (mut n_seen, mut n_refused) = (0, 0);
    for round in 0..10 {
        for path in &clips {
            let mut bytes = std::fs::read(path).unwrap();
            let most = if round % 2 == 0 { 600 } else { bytes.len() };
            for _ in 0..rng.random_range(1..60) {
                let at = rng.random_range(0..most.min(bytes.len()));
                bytes[at] = rng.random();
            }
            let name = format!("mutated.{}", path.extension().unwrap().to_str().unwrap());
            let path = write(folder.path(), &name, &bytes);
            let begun = Instant::now();
            let result = Video::open(&path, &VideoLimits::default(), &TaskCtx::silent())
                .and_then(|video| decode(&video));
            match result {
                Ok(_) => n_seen += 1,
                Err(e) => {
                    n_refused += 1;
                    assert!(!e.to_string().contains('\n'), "{e}");
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
        }
    }
    println!("{n_seen} gave frames, {n_refused} were refused");
    assert!(n_seen > 5, "{n_seen} gave frames");
}

/// In a process of its own, since the variable is one of the whole process.
#[test]
fn without_ffmpeg_it_is_reported_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let mp4 = write(folder.path(), "a.mp4", b"\0\0\0\x14ftypisom\0\0\0\0isom");
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["media::video_hostile::child_without_ffmpeg", "--exact", "--ignored", "--nocapture"])
        .env("PENTIMENTO_FFMPEG", folder.path())
        .env("PENTIMENTO_TEST_FILE", &mp4)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{printed}");
    let expected = "SAYS: videos are decoded by ffmpeg and ffprobe, which were not found; install \
                    them: ";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
#[ignore = "not a test: run by the one that needs a process of its own"]
fn child_without_ffmpeg() {
    let path = std::env::var_os("PENTIMENTO_TEST_FILE").map(PathBuf::from);
    let path = path.expect("the test that starts it names the file");
    let message = Video::open(&path, &VideoLimits::default(), &TaskCtx::silent()).unwrap_err();
    assert!(matches!(message, Error::NoFfmpeg { .. }), "{message}");
    println!("SAYS: {message}");
    // Stills need none.
    let still = path.with_extension("png");
    media::write_png(&still, &RgbImage::filled(8, 8, [1, 2, 3])).unwrap();
    media::open_still(&still, &Limits::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(kind(&path).unwrap(), MediaKind::Video);
}
