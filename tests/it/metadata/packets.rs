//! The packets of videos: sizes and key frames as ffprobe counts them, the period of an earlier coding,
//! and controls that have none.

use std::path::Path;
use std::process::Command;

use pentimento::metadata::{EarlierCoding, PacketChart};

use super::{evidence, files, read};
use crate::support::skip;

fn chart(path: &Path) -> Option<PacketChart> {
    read(path).packets
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
        let entries = "packet=pts,size,flags";
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-show_entries", entries])
            .args(["-of", "csv=p=0"])
            .arg(&path)
            .output();
        let Ok(output) = output else { return skip("ffprobe is not installed") };
        let text = String::from_utf8(output.stdout).unwrap();
        let mut theirs: Vec<(i64, u32, bool)> = text
            .lines()
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                (cells[0].parse().unwrap(), cells[1].parse().unwrap(), cells[2].starts_with('K'))
            })
            .collect();
        theirs.sort_unstable();
        let theirs: Vec<(u32, bool)> =
            theirs.iter().map(|(_, size, is_key)| (*size, *is_key)).collect();
        let ours: Vec<(u32, bool)> = chart.packets.iter().map(|p| (p.bytes, p.is_key)).collect();
        assert_eq!(ours, theirs, "{}", path.display());
        n_files += 1;
    }
    println!("{n_files} videos: sizes and key frames of all packets equal to those of ffprobe");
    assert!(n_files >= 8 || evidence("video").is_none(), "{n_files}");
}

#[test]
fn the_period_of_an_earlier_coding_is_found_and_others_have_none() {
    for path in files("video") {
        let Some(chart) = chart(&path) else { continue };
        let name = path.file_name().unwrap().to_str().unwrap();
        let period = (name == "double_gop12_then_250.mp4").then_some(12);
        assert_eq!(chart.earlier.period(), period, "{name}: {:?}", chart.earlier);
    }
}

/// Clips of ffmpeg's own pictures, coded once or twice.
fn made(folder: &Path, source: &str, codings: &[&[&str]]) -> Option<PacketChart> {
    let mut input = None;
    for (i, coding) in codings.iter().enumerate() {
        let output = folder.join(format!("{i}.mp4"));
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-threads", "1"]);
        match &input {
            Some(input) => command.arg("-i").arg(input),
            None => command.args(["-f", "lavfi", "-i", source]),
        };
        command.args(["-t", "8"]).args(*coding).args(["-pix_fmt", "yuv420p"]).arg(&output);
        if !command.status().is_ok_and(|status| status.success()) {
            skip("ffmpeg cannot make a clip here");
            return None;
        }
        input = Some(output);
    }
    chart(&input?)
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
            let Some(chart) = made(folder.path(), source, &[coding]) else { return };
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
    let Some(chart) = made(folder.path(), source, &[FIXED, LONG]) else { return };
    let EarlierCoding::Period { frames, first, n_high, n, .. } = chart.earlier else {
        panic!("{:?}", chart.earlier)
    };
    assert_eq!((frames, first), (12, 0), "{:?}", chart.earlier);
    assert!(n_high == n && n >= 14, "{:?}", chart.earlier);
}
