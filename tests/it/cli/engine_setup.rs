//! `setup engine`: a wheel that somebody downloaded is recognized, tried out, installed and
//! removed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use zip::write::SimpleFileOptions;

use crate::support::{onnxruntime, root, skip};

/// A home folder of its own; the variable that names the library is not set.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pentimento"))
            .args(arguments)
            .env("HOME", self.0.path())
            .env("XDG_DATA_HOME", self.0.path().join("data"))
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
            .env("PENTIMENTO_MODELS", root().join("models"))
            .env_remove("PENTIMENTO_ONNXRUNTIME")
            .output()
            .unwrap()
    }

    fn install(&self, file: &Path, more: &[&str]) -> Output {
        let file = file.to_str().unwrap();
        self.run(&[&["setup", "engine", "--json", file], more].concat())
    }

    fn installed(&self) -> Vec<String> {
        let folder = self.0.path().join("data/pentimento/onnxruntime");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The library of the tests.
fn library() -> Option<PathBuf> {
    let found = onnxruntime().and_then(|folder| {
        let entries = std::fs::read_dir(&folder).ok()?;
        entries.flatten().map(|e| e.path()).find(|p| p.to_string_lossy().contains(".so.1.28.0"))
    });
    if found.is_none() {
        skip("there is no ONNX Runtime 1.28.0 for Linux");
    }
    found
}

/// A wheel with these entries.
fn wheel(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("onnxruntime-1.28.0-cp312-cp312-manylinux_2_28_x86_64.whl");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const NAME: &str = "libonnxruntime.so.1.28.0";

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_known_wheel_is_tried_out_installed_used_and_removed() {
    let Some(library) = library() else { return };
    let home = Home::new();
    let bytes = std::fs::read(&library).unwrap();
    let entry = format!("onnxruntime/capi/{NAME}");
    let file = wheel(
        home.0.path(),
        &[
            (&entry, &bytes),
            ("onnxruntime/LICENSE", b"terms"),
            ("onnxruntime/capi/onnxruntime_pybind11_state.so", b"for Python"),
            ("onnxruntime/__init__.py", b"code"),
        ],
    );
    let output = home.install(&file, &[]);
    assert!(output.status.success(), "{}", message(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["release"], "onnxruntime 1.28.0 for linux x86_64");
    let trial = &answer["trial"];
    assert!(trial["difference"].as_f64().unwrap() < 1e-3, "{answer}");
    assert!(trial["built_in_ms"].as_f64().unwrap() > 0.0, "{answer}");
    assert_eq!(home.installed(), ["LICENSE", NAME], "what is for Python stays in the wheel");

    let doctor = home.run(&["doctor", "--json"]);
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("onnxruntime 1.28.0, provider"), "the next start uses it: {text}");

    assert!(home.run(&["setup", "engine", "--remove"]).status.success());
    assert_eq!(home.installed(), [""; 0]);
    let doctor = home.run(&["doctor"]);
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("pentimento setup engine FILE"), "names the one line: {text}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_unknown_library_needs_its_hash_and_has_to_work() {
    let home = Home::new();
    let entry = format!("onnxruntime/capi/{NAME}");
    let file = wheel(home.0.path(), &[(&entry, b"not a library")]);
    let output = home.install(&file, &[]);
    assert_eq!(output.status.code(), Some(1));
    let sha256 = pentimento::files::sha256_of_file(&file).unwrap();
    assert!(message(&output).contains(&format!("--sha256 {sha256}")), "{}", message(&output));

    let wrong = home.install(&file, &["--sha256", &"0".repeat(64)]);
    assert!(message(&wrong).contains(&sha256), "{}", message(&wrong));

    let tried = home.install(&file, &["--sha256", &sha256]);
    assert_eq!(tried.status.code(), Some(1));
    assert!(message(&tried).contains("does not work here"), "{}", message(&tried));
    assert_eq!(home.installed(), [""; 0], "nothing is installed");
    let data = home.0.path().join("data/pentimento");
    let left: Vec<_> = std::fs::read_dir(data).into_iter().flatten().flatten().collect();
    assert!(left.is_empty(), "nothing is left behind: {left:?}");
}

#[test]
fn files_that_are_no_engine_are_named() {
    let home = Home::new();
    let text = home.0.path().join("notes.txt");
    std::fs::write(&text, "hello").unwrap();
    let empty = wheel(home.0.path(), &[("numpy/core.so", b"x")]);
    for (file, expected) in [
        (text.as_path(), "neither a wheel"),
        (empty.as_path(), "holds no ONNX Runtime library"),
        (home.0.path(), "not a file"),
        (Path::new("/no/such.whl"), "cannot read"),
    ] {
        let output = home.install(file, &[]);
        assert_eq!(output.status.code(), Some(1), "{}", file.display());
        assert!(message(&output).contains(expected), "{}", message(&output));
    }
    let plugin = wheel(
        home.0.path(),
        &[("onnxruntime_ep_webgpu/libonnxruntime_providers_webgpu.so", b"plugin")],
    );
    let sha256 = pentimento::files::sha256_of_file(&plugin).unwrap();
    let output = home.install(&plugin, &["--sha256", &sha256]);
    assert!(message(&output).contains("install onnxruntime first"), "{}", message(&output));
}
