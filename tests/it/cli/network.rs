//! No engine opens an internet socket: the program under `strace`, with both engines.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use crate::support::{onnxruntime, portrait, shared, skip, stand_in_store};

/// The program and its words under `strace`; what it printed and its calls of the network family,
/// children included. `None` when that cannot be had here.
fn traced(folder: &Path, program: &Path, words: &[&str]) -> Option<(String, String)> {
    let trace = folder.join("trace");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=network", "-o"])
        .args([trace.as_path(), program])
        .args(words)
        .current_dir(folder)
        .env("HOME", folder)
        .env("PENTIMENTO_MODELS", folder.join("models"))
        .envs(onnxruntime().map(|library| ("PENTIMENTO_ONNXRUNTIME", library)))
        .env_remove("XDG_CACHE_HOME")
        // The program has to set it by itself.
        .env_remove("ORT_DISABLE_TELEMETRY")
        .output();
    let Ok(output) = output else {
        skip("strace is not installed (apt-get install strace)");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("PTRACE") || errors.contains("ptrace") {
        skip(&format!("strace may not trace here: {errors}"));
        return None;
    }
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((format!("{printed}{errors}"), std::fs::read_to_string(trace).unwrap()))
}

/// The calls that have to do with the internet, as opposed to the sockets of the desktop.
fn internet_calls(calls: &str) -> Vec<&str> {
    calls.lines().filter(|line| line.contains("AF_INET")).collect()
}

fn assert_offline(words: &[&str], must_say: &str) {
    let folder = tempfile::tempdir().unwrap();
    stand_in_store(&folder.path().join("models"), 1.0);
    let program = Path::new(env!("CARGO_BIN_EXE_pentimento"));
    let Some((printed, calls)) = traced(folder.path(), program, words) else { return };
    assert!(printed.contains(must_say), "{words:?} did not do its work: {printed}");
    assert_eq!(internet_calls(&calls), Vec::<&str>::new(), "{words:?} opened a socket");
    // What the uploader of ONNX Runtime 1.29 and later leaves behind.
    let left = folder.path().join(".cache/Microsoft");
    assert!(!left.exists(), "{words:?} left {}", left.display());
}

/// Whether there is an ONNX Runtime library.
fn has_library() -> bool {
    let is_there = onnxruntime().is_some();
    if !is_there {
        skip("ONNX Runtime is not installed in third_party/onnxruntime");
    }
    is_there
}

#[test]
fn inspecting_with_rten_opens_no_internet_socket() {
    let portrait = portrait();
    let words = ["inspect", "--json", "--engine", "rten", portrait.to_str().unwrap()];
    assert_offline(&words, "\"engine\":\"rten ");
}

#[test]
fn inspecting_with_onnx_runtime_opens_no_internet_socket() {
    if has_library() {
        let portrait = portrait();
        let words = ["inspect", "--json", "--engine", "onnxruntime", portrait.to_str().unwrap()];
        assert_offline(&words, "\"engine\":\"onnxruntime ");
    }
}

#[test]
fn the_doctor_opens_no_internet_socket() {
    if has_library() {
        assert_offline(&["doctor", "--json"], "onnxruntime 1.");
    }
}

#[test]
fn reading_metadata_opens_no_internet_socket() {
    let portrait = portrait();
    assert_offline(&["metadata", "--json", portrait.to_str().unwrap()], "\"provenance\":");
}

/// Credentials that name a server for their manifest or for revocation, an identity that lies in the
/// network, a thumbnail, a clip: with everything that the command can do.
#[test]
fn credentials_thumbnails_and_clips_open_no_internet_socket() {
    let Some(evidence) = shared("evidence") else { return };
    let files = [
        "c2pa/cloud.jpg",
        "c2pa/photoshop_generative_ocsp.jpg",
        "c2pa/adobe_connected_identities.jpg",
        "c2pa/C_with_CAWG_data.jpg",
        "ai/own_thumbnail_matches.jpg",
        "video/frames_25_44_repeated_at_60.mp4",
    ];
    let files: Vec<String> =
        files.iter().map(|file| evidence.join(file).to_str().unwrap().to_owned()).collect();
    let mut words = vec!["metadata", "--json", "--pixels"];
    words.extend(files.iter().map(String::as_str));
    assert_offline(&words, "\"shows\":\"same\"");
    assert_offline(&words, "\"original\":[25,44]");
    if cfg!(feature = "credentials") {
        assert_offline(&words, "intact-unknown-signer");
    }
}

#[test]
fn scanning_opens_no_internet_socket() {
    let portrait = portrait();
    let words = ["scan", "--engine", "rten", "--manifest"];
    let samples = portrait.parent().unwrap().to_str().unwrap();
    assert_offline(&[&words[..], &[samples, "--out", "out"]].concat(), "results: ");
}

/// With a model server the child connects to it, and to nothing else.
#[cfg(feature = "remote")]
#[test]
fn with_a_model_server_one_connection_is_opened_to_it() {
    use crate::support::model_server::{Conduct, ModelServer};
    use crate::support::stand_in_detector;

    let folder = tempfile::tempdir().unwrap();
    let bundle = stand_in_detector(&folder.path().join("twin"), "lae", 1.0);
    stand_in_store(&folder.path().join("models"), 1.0);
    let server = ModelServer::start(&bundle, Conduct::default());
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    std::fs::copy(portrait(), files.join("a.png")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_pentimento"));
    let address = server.address();
    let words = ["scan", "--engine", "rten", "--manifest", "files", "--out", "out", "--remote"];
    let Some((printed, calls)) =
        traced(folder.path(), program, &[&words[..], &[&address]].concat())
    else {
        return;
    };
    assert!(printed.contains("1 file, of them 1 in this run"), "{printed}");
    let port = address.rsplit(':').next().unwrap();
    let there = format!("sin_port=htons({port})");
    let connects: Vec<_> =
        internet_calls(&calls).into_iter().filter(|call| call.contains("connect(")).collect();
    assert!(connects.len() == 1 && connects[0].contains(&there), "{connects:?}");
    let opened = internet_calls(&calls).into_iter().filter(|call| call.contains(" socket("));
    assert_eq!(opened.count(), 1, "{calls}");
}

/// Without this the tests above could pass because `strace` sees nothing.
#[test]
fn a_program_that_opens_a_socket_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let words = ["cli::network::child_that_opens_a_socket", "--exact", "--ignored", "--nocapture"];
    let Some((printed, calls)) = traced(folder.path(), &program, &words) else { return };
    assert!(printed.contains("socket is open"), "{printed}");
    assert!(!internet_calls(&calls).is_empty(), "the trace does not show the socket: {calls}");
}

#[test]
#[ignore = "not a test: run by the one above"]
fn child_that_opens_a_socket() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    println!("socket is open: {socket:?}");
}
