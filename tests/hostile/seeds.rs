//! The whole files that mutated ones are made of. Made anew in every run, never kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pentimento::base::TaskCtx;
use pentimento::case::{Case, NewItem};

/// How the files of a format are given to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `inspect FILE…`
    Media,
    /// `case verify FILE`, `case info FILE` or `case log FILE`
    Case,
    /// `inspect --models FOLDER PHOTO`
    Bundle,
}

/// A format and how a seed of it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) subject: Subject,
    /// Files that one process is given.
    pub(crate) batch: usize,
    /// Arguments of `ffmpeg` behind the input, one set for each seed.
    recipes: &'static [&'static str],
}

const fn still(name: &'static str, recipes: &'static [&'static str]) -> Format {
    Format { name, subject: Subject::Media, batch: 250, recipes }
}

const fn clip(name: &'static str, recipes: &'static [&'static str]) -> Format {
    Format { name, subject: Subject::Media, batch: 20, recipes }
}

pub(crate) const FORMATS: [Format; 13] = [
    still("jpg", &["-frames:v 1 -pix_fmt yuvj420p", "-frames:v 1 -pix_fmt yuvj444p -q:v 20"]),
    still(
        "png",
        &[
            "-frames:v 1 -pix_fmt rgb24",
            "-frames:v 1 -pix_fmt gray16be",
            "-frames:v 1 -pix_fmt pal8",
        ],
    ),
    still(
        "webp",
        &[
            "-frames:v 1 -c:v libwebp",
            "-frames:v 1 -c:v libwebp -lossless 1",
            "-frames:v 4 -c:v libwebp_anim",
        ],
    ),
    still("gif", &["-frames:v 1"]),
    still(
        "tiff",
        &[
            "-frames:v 1",
            "-frames:v 1 -compression_algo lzw",
            "-frames:v 1 -compression_algo deflate",
        ],
    ),
    still("bmp", &["-frames:v 1 -pix_fmt bgr24", "-frames:v 1 -pix_fmt pal8"]),
    clip(
        "mp4",
        &["-c:v libx264 -pix_fmt yuv420p -g 5", "-c:v mpeg4 -movflags frag_keyframe+empty_moov"],
    ),
    clip("mkv", &["-c:v libx264 -pix_fmt yuv420p -g 5", "-c:v ffv1"]),
    clip("webm", &["-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p"]),
    clip("avi", &["-c:v mpeg4", "-c:v mjpeg"]),
    clip("ts", &["-c:v libx264 -pix_fmt yuv420p -g 5", "-c:v mpeg2video"]),
    Format { name: "case", subject: Subject::Case, batch: 1, recipes: &[] },
    Format { name: "bundle", subject: Subject::Bundle, batch: 1, recipes: &[] },
];

/// The source tree.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Seeds of a format; those that the installed `ffmpeg` cannot make are left out.
pub(crate) fn seeds(format: &Format, folder: &Path) -> Vec<Vec<u8>> {
    match format.subject {
        Subject::Media => media(format, folder),
        Subject::Case => vec![
            case(folder),
            // It has findings, masks and ranks.
            fs::read(root().join("tests/golden/case-v1.pentimento")).unwrap(),
        ],
        Subject::Bundle => {
            ["model.onnx", "card.toml"].map(|name| fs::read(finder().join(name)).unwrap()).to_vec()
        }
    }
}

/// The bundle that is mutated: it is loaded for every picture, and runs first.
pub(crate) fn finder() -> PathBuf {
    root().join("models/yunet")
}

/// A face of 80 pixels, which is examined; without `ffmpeg` the whole sample.
pub(crate) fn photo(folder: &Path) -> PathBuf {
    let (path, portrait) = (folder.join("photo.png"), root().join("assets/samples/astronaut.png"));
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i"]).arg(&portrait);
    command.args(["-vf", "crop=300:300:100:0,scale=212:212"]).arg(&path).stdin(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) { path } else { portrait }
}

/// A face of 42 pixels, which is found and too small to be examined, and a pattern without one.
fn media(format: &Format, folder: &Path) -> Vec<Vec<u8>> {
    let portrait = root().join("assets/samples/astronaut.png");
    let portrait = portrait.to_str().unwrap();
    let face = format!("-loop 1 -i {portrait} -vf crop=300:300:100:0,scale=112:112 -t 0.8 -r 10");
    let pattern = "-f lavfi -i testsrc=s=96x64:r=10:d=0.8".to_owned();
    let mut seeds = Vec::new();
    for (i, input) in [face, pattern].iter().enumerate() {
        for (k, recipe) in format.recipes.iter().enumerate() {
            let path = folder.join(format!("seed-{i}-{k}.{}", format.name));
            let mut command = Command::new("ffmpeg");
            command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
            command.args(input.split(' ')).args(recipe.split(' ')).arg(&path).stdin(Stdio::null());
            if command.status().is_ok_and(|status| status.success()) {
                seeds.push(fs::read(path).unwrap());
            } else {
                println!("{}: this ffmpeg has no {recipe}", format.name);
            }
        }
    }
    seeds
}

fn case(folder: &Path) -> Vec<u8> {
    let path = folder.join("seed.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    let mut items = (0..40).map(|i| NewItem {
        path: folder.join(format!("picture {i}.png")),
        source: Some("a camera".to_owned()),
        person: None,
    });
    case.add(&mut items, &TaskCtx::silent()).unwrap();
    case.set_note("title", "seed").unwrap();
    drop(case);
    fs::read(path).unwrap()
}
