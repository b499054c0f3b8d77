//! The packets of videos: sizes and key frames as ffprobe counts them, the period of an earlier coding,
//! and controls that have none.

use std::path::{Path, PathBuf};
use std::process::Command;

use pentimento::metadata::{EarlierCoding, PacketChart};

use super::{assert_tested, files, read};
use crate::support::skip;

fn chart(path: &Path) -> Option<PacketChart> {
    read(path).packets
}

/// Size of every packet of the first video track, and whether it is a key frame, in the order of showing;
/// of containers without times in the order of decoding.
fn of_ffprobe(path: &Path) -> Option<Vec<(u32, bool)>> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts,size,flags"])
        .args(["-of", "csv=p=0"])
        .arg(path)
        .output();
    let Ok(output) = output else {
        skip("ffprobe is not installed");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut theirs: Vec<(Option<i64>, u32, bool)> = text
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[0].parse().ok(), cells[1].parse().unwrap(), cells[2].starts_with('K'))
        })
        .collect();
    if theirs.iter().all(|(time, _, _)| time.is_some()) {
        theirs.sort_by_key(|(time, _, _)| *time);
    }
    Some(theirs.iter().map(|(_, size, is_key)| (*size, *is_key)).collect())
}

fn sizes(chart: &PacketChart) -> Vec<(u32, bool)> {
    chart.packets.iter().map(|p| (p.bytes, p.is_key)).collect()
}

#[test]
fn packets_are_those_of_ffprobe() {
    let mut n_files = 0;
    for path in files("video") {
        let Some(chart) = chart(&path) else { continue };
        // An edit list hides packets, and ffprobe leaves them out. Of others only the headers are there.
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "trimmed_editlist.mp4" || name.starts_with("nomexif") {
            continue;
        }
        let Some(theirs) = of_ffprobe(&path) else { return };
        assert_eq!(sizes(&chart), theirs, "{}", path.display());
        n_files += 1;
    }
    println!("{n_files} videos: sizes and key frames of all packets equal to those of ffprobe");
    assert_tested(n_files, 11, "video");
}

#[test]
fn the_period_of_an_earlier_coding_is_found_and_others_have_none() {
    let mut n = 0;
    for path in files("video") {
        let Some(chart) = chart(&path) else { continue };
        let name = path.file_name().unwrap().to_str().unwrap();
        let period = (name == "double_gop12_then_250.mp4").then_some(12);
        assert_eq!(chart.earlier.period(), period, "{name}: {:?}", chart.earlier);
        n += 1;
    }
    assert_tested(n, 12, "video");
}

/// Runs ffmpeg; false, said aloud, where it cannot.
fn ffmpeg(arguments: &[&str], output: &Path) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-threads", "1"]).args(arguments).arg(output);
    let is_made = command.status().is_ok_and(|status| status.success());
    if !is_made {
        skip("ffmpeg cannot make a clip here");
    }
    is_made
}

/// A clip of ffmpeg's own pictures, coded once or several times.
fn made(folder: &Path, source: &str, codings: &[&[&str]]) -> Option<PathBuf> {
    let mut input: Option<PathBuf> = None;
    for (i, coding) in codings.iter().enumerate() {
        let output = folder.join(format!("{i}.mp4"));
        let from = input.as_ref().map(|input| input.to_str().unwrap().to_owned());
        let mut arguments: Vec<&str> = match &from {
            Some(input) => vec!["-i", input],
            None => vec!["-f", "lavfi", "-i", source],
        };
        arguments.extend(["-t", "8"]);
        arguments.extend(*coding);
        arguments.extend(["-pix_fmt", "yuv420p"]);
        if !ffmpeg(&arguments, &output) {
            return None;
        }
        input = Some(output);
    }
    input
}

const ONCE: &[&str] = &["-c:v", "libx264", "-preset", "veryfast", "-crf", "23"];
const FIXED: &[&str] =
    &["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-sc_threshold", "0", "-bf", "0"];
const LONG: &[&str] =
    &["-c:v", "libx264", "-preset", "veryfast", "-g", "250", "-bf", "0", "-crf", "20"];

/// 12 clips that were coded once: 4 pictures (one moves, one is a film of noise, one stands still, one is
/// black) by 3 codings.
#[test]
fn clips_that_were_coded_once_have_no_period() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [
        "mandelbrot=s=160x120:r=25",
        "color=gray:s=160x120:r=25,noise=alls=20:allf=t",
        "smptebars=s=160x120:r=25",
        "color=black:s=160x120:r=25",
    ];
    let mut n = 0;
    for source in sources {
        for coding in [ONCE, FIXED, LONG] {
            let Some(clip) = made(folder.path(), source, &[coding]) else { return };
            let chart = chart(&clip).unwrap();
            assert_eq!(chart.packets.len(), 200, "{source}");
            assert_eq!(chart.earlier.period(), None, "{source} {coding:?}: {:?}", chart.earlier);
            n += 1;
        }
    }
    println!("{n} clips coded once, none with a period");
}

#[test]
fn a_clip_that_was_coded_twice_has_the_period_of_the_first_coding() {
    let folder = tempfile::tempdir().unwrap();
    let source = "mandelbrot=s=160x120:r=25,noise=alls=6:allf=t";
    let Some(clip) = made(folder.path(), source, &[FIXED, LONG]) else { return };
    let chart = chart(&clip).unwrap();
    let EarlierCoding::Period { frames, first, n_high, n, .. } = chart.earlier else {
        panic!("{:?}", chart.earlier)
    };
    assert_eq!((frames, first), (12, 0), "{:?}", chart.earlier);
    assert!(n_high == n && n >= 14, "{:?}", chart.earlier);
}

/// Containers other than plain MP4: name, and what makes ffmpeg write it. Clusters of open size and
/// fragments are what programs write that record live.
const CONTAINERS: [(&str, &[&str]); 6] = [
    ("a.mkv", &[]),
    ("live.mkv", &["-live", "1", "-cluster_time_limit", "300"]),
    ("clusters.mkv", &["-cluster_size_limit", "9000"]),
    ("a.avi", &[]),
    ("fragments.mp4", &["-movflags", "frag_keyframe+empty_moov"]),
    ("short.mp4", &["-movflags", "frag_every_frame+empty_moov+default_base_moof"]),
];

/// One coding in six containers, with sound beside it: sizes and key frames as ffprobe counts them. Only
/// AVI does not say in which order its frames are shown.
#[test]
fn packets_of_other_containers_are_those_of_ffprobe() {
    let folder = tempfile::tempdir().unwrap();
    let source = "mandelbrot=s=160x120:r=25";
    let Some(clip) = made(folder.path(), source, &[ONCE]) else { return };
    let clip = clip.to_str().unwrap();
    let sound = ["-f", "lavfi", "-i", "sine=d=8", "-c:v", "copy", "-c:a", "mp2"];
    for (name, options) in CONTAINERS {
        let path = folder.path().join(name);
        let mut arguments = vec!["-i", clip];
        arguments.extend(sound);
        arguments.extend(options);
        if !ffmpeg(&arguments, &path) {
            return;
        }
        let chart = chart(&path).unwrap();
        let Some(theirs) = of_ffprobe(&path) else { return };
        assert_eq!(
            (chart.packets.len(), chart.n_declared, chart.is_cut),
            (200, 200, false),
            "{name}"
        );
        assert_eq!(sizes(&chart), theirs, "{name}");
        let last = chart.packets.last().unwrap().t_s;
        assert!((last - 7.96).abs() < 0.1, "{name}: the last is shown at {last} s");
        let n_reordered = chart.packets.iter().filter(|p| p.is_reordered).count();
        assert_eq!(n_reordered == 0, name == "a.avi", "{name}: {n_reordered}");
    }
}

/// VP8 and VP9 hide frames in packets; MPEG-4 in AVI is coded in an order that the container does not
/// tell, which must not look like a period.
#[test]
fn packets_of_other_codings_are_those_of_ffprobe_and_have_no_period() {
    let folder = tempfile::tempdir().unwrap();
    let codings: [(&str, &[&str]); 5] = [
        ("8.webm", &["-c:v", "libvpx", "-b:v", "200k", "-deadline", "realtime"]),
        ("9.webm", &["-c:v", "libvpx-vp9", "-b:v", "200k", "-deadline", "realtime"]),
        ("4.avi", &["-c:v", "mpeg4", "-bf", "2", "-q:v", "5", "-g", "250"]),
        ("fixed.avi", &["-c:v", "mpeg4", "-bf", "1", "-q:v", "5", "-b_strategy", "0"]),
        ("m.avi", &["-c:v", "mjpeg"]),
    ];
    for (name, coding) in codings {
        let path = folder.path().join(name);
        let mut arguments = vec!["-f", "lavfi", "-i", "mandelbrot=s=160x120:r=25", "-t", "8"];
        arguments.extend(coding);
        arguments.extend(["-pix_fmt", "yuv420p"]);
        if !ffmpeg(&arguments, &path) {
            return;
        }
        let chart = chart(&path).unwrap();
        let Some(theirs) = of_ffprobe(&path) else { return };
        assert_eq!(sizes(&chart), theirs, "{name}");
        assert_eq!(chart.earlier.period(), None, "{name}: {:?}", chart.earlier);
    }
}

/// The same packets have the same period, whatever container holds them.
#[test]
fn the_period_of_an_earlier_coding_is_found_in_every_container() {
    let folder = tempfile::tempdir().unwrap();
    let source = "mandelbrot=s=160x120:r=25,noise=alls=6:allf=t";
    let Some(clip) = made(folder.path(), source, &[FIXED, LONG]) else { return };
    let clip = clip.to_str().unwrap();
    for (name, options) in CONTAINERS {
        let path = folder.path().join(name);
        let mut arguments = vec!["-i", clip, "-c", "copy"];
        arguments.extend(options);
        if !ffmpeg(&arguments, &path) {
            return;
        }
        let chart = chart(&path).unwrap();
        assert_eq!(chart.earlier.period(), Some(12), "{name}: {:?}", chart.earlier);
    }
}

/// A file in fragments says in the head of its tracks that they have no samples.
#[test]
fn tracks_of_fragments_are_not_called_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let arguments = ["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-movflags", "empty_moov"];
    if ffmpeg(&arguments, &path) {
        let metadata = read(&path);
        let named = metadata.warnings.iter().any(|warning| warning.0.contains("no samples"));
        assert!(!named, "{:?}", metadata.warnings);
        let unknown = metadata.fields.iter().find(|field| field.name.starts_with("Unknown"));
        assert_eq!(unknown, None);
        let encoder = metadata.fields.iter().find(|field| field.name == "StreamEncoder");
        assert!(encoder.is_some_and(|field| field.raw.contains("x264")), "from the first fragment");
    }
}
