//! Nothing is loaded from where the evidence lies: the program under `strace`, in a folder full of
//! bait.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{clips, onnxruntime, portrait, root, skip, stand_in_store};

/// Files that nobody may open, below the folder of the evidence.
const BAIT: [&str; 13] = [
    ".cargo/config.toml",
    ".config/pentimento/settings.json",
    "choice.toml",
    "fonts/DejaVuSans.ttf",
    "fonts.conf",
    "lib/libonnxruntime.so.1.28.0",
    "libonnxruntime.so",
    "libonnxruntime.so.1.28.0",
    "libonnxruntime_providers_cuda.so",
    "preferences.toml",
    "settings.json",
    "third_party/onnxruntime/libonnxruntime.so.1.28.0",
    "../third_party/onnxruntime/libonnxruntime.so.1.28.0",
];

/// Programs that nobody may start.
const PROGRAMS: [&str; 3] = ["ffmpeg", "ffprobe", "bin/ffmpeg"];

/// An installation: the program, its models beside it, and evidence with bait in another folder.
struct Scene {
    folder: tempfile::TempDir,
    program: PathBuf,
    evidence: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = folder.path().join("installed/bin");
        let evidence = folder.path().join("received/evidence");
        std::fs::create_dir_all(&installed).unwrap();
        std::fs::create_dir_all(&evidence).unwrap();
        let program = installed.join("pentimento");
        let built = env!("CARGO_BIN_EXE_pentimento");
        if std::fs::hard_link(built, &program).is_err() {
            std::fs::copy(built, &program).unwrap();
        }
        symlink(root().join("models"), installed.join("models")).unwrap();
        std::fs::copy(portrait(), evidence.join("photo.png")).unwrap();
        // A model that would be used if it were found: it is whole and fits its card.
        stand_in_store(&evidence.join("models"), 1.0);
        stand_in_store(&evidence.join("share/pentimento/models"), 1.0);
        for bait in BAIT {
            let path = evidence.join(bait);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "bait").unwrap();
        }
        for name in PROGRAMS {
            let path = evidence.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "#!/bin/sh\ntouch started\necho ffmpeg version 7.0\n").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder, program, evidence }
    }

    /// Runs the program in the folder of the evidence. What it printed, and the calls that open or
    /// start a file; `None` where there is no `strace`.
    fn traced(&self, words: &[&str], library: Option<&Path>) -> Option<(String, String)> {
        let trace = self.folder.path().join("trace");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-e", "trace=open,openat,openat2,execve,execveat", "-o"])
            .args([trace.as_path(), &self.program])
            .args(words)
            .current_dir(&self.evidence)
            .env("HOME", self.folder.path().join("home"))
            .env("PATH", format!(".::bin:{path}"))
            .env_remove("PENTIMENTO_MODELS")
            .env_remove("PENTIMENTO_ONNXRUNTIME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME");
        if let Some(library) = library {
            command.env("PENTIMENTO_ONNXRUNTIME", library);
        }
        let Ok(output) = command.output() else {
            skip("strace is not installed (apt-get install strace)");
            return None;
        };
        let errors = String::from_utf8_lossy(&output.stderr);
        if errors.contains("PTRACE") || errors.contains("ptrace") {
            skip(&format!("strace may not trace here: {errors}"));
            return None;
        }
        let printed = format!("{}{errors}", String::from_utf8_lossy(&output.stdout));
        Some((printed, std::fs::read_to_string(trace).unwrap()))
    }
}

/// The lines of a trace that name bait. Relative names mean the folder of the evidence.
fn touched(calls: &str) -> Vec<&str> {
    let names_bait = |line: &&str| {
        let Some(path) = line.split('"').nth(1) else { return false };
        let path = path.split_once("/received/evidence/").map_or(path, |(_, inner)| inner);
        let path = path.trim_start_matches("./");
        BAIT.iter().chain(&PROGRAMS).any(|bait| path == *bait)
            || path.starts_with("models/")
            || path.starts_with("share/")
            || path.starts_with("third_party/")
            || path.contains("received/third_party/")
    };
    calls.lines().filter(names_bait).collect()
}

fn assert_untouched(scene: &Scene, words: &[&str], library: Option<&Path>, must_say: &str) {
    let Some((printed, calls)) = scene.traced(words, library) else { return };
    assert!(printed.contains(must_say), "{words:?} did not do its work: {printed}");
    assert!(calls.lines().count() > 10, "the trace is empty: {calls}");
    assert_eq!(touched(&calls), Vec::<&str>::new(), "{words:?} opened what was planted");
    assert!(!scene.evidence.join("started").exists(), "{words:?} started a planted program");
}

#[test]
fn inspecting_opens_nothing_that_was_planted_beside_the_picture() {
    let scene = Scene::new();
    assert_untouched(&scene, &["inspect", "--json", "photo.png"], None, "\"origin\":\"shipped\"");
    let engine = ["inspect", "--json", "--engine", "onnxruntime", "photo.png"];
    assert_untouched(&scene, &engine, None, "pentimento setup engine");
    if let Some(library) = onnxruntime() {
        assert_untouched(&scene, &engine, Some(&library), "\"engine\":\"onnxruntime ");
    } else {
        skip("planted libraries: ONNX Runtime is not in third_party/onnxruntime");
    }
}

#[test]
fn a_clip_is_decoded_by_no_planted_program() {
    if !clips::has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let scene = Scene::new();
    let clip = clips::clip(&scene.evidence, "clip.mp4", "-c:v libx264 -preset ultrafast");
    assert!(clip.is_file(), "{clip:?}");
    assert_untouched(&scene, &["inspect", "--json", "clip.mp4"], None, "\"kind\":\"video\"");
}

#[test]
fn doctor_models_and_cases_open_nothing_that_was_planted() {
    let scene = Scene::new();
    assert_untouched(&scene, &["doctor"], None, "lae");
    assert_untouched(&scene, &["models", "list"], None, "lae");
    let case = ["case", "new", "x.case", "photo.png"];
    assert_untouched(&scene, &case, None, "");
}

/// Without this the tests above could pass because nothing in the trace is recognized.
#[test]
fn bait_that_is_named_is_seen_in_the_trace() {
    let scene = Scene::new();
    let words = ["inspect", "--json", "--models", "models", "photo.png"];
    let Some((printed, calls)) = scene.traced(&words, None) else { return };
    assert!(printed.contains("\"origin\":\"foreign\""), "{printed}");
    assert!(printed.contains("did not come with this program"), "{printed}");
    assert!(!touched(&calls).is_empty(), "{calls}");
}
