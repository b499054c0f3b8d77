//! `scan` and `inspect` with a model server.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::model_server::{Act, Conduct, ModelServer};
use crate::support::{portrait, stand_in_detector, stand_in_store};

/// Models, three pictures with a face, and a server.
fn stage(folder: &Path, conduct: Conduct) -> ModelServer {
    stand_in_store(&folder.join("models"), 1.0);
    let files = folder.join("files");
    std::fs::create_dir(&files).unwrap();
    let bytes = std::fs::read(portrait()).unwrap();
    for (name, n) in [("a.png", 0), ("b.png", 1), ("c.png", 2)] {
        // Bytes behind the end, so that each file has another hash.
        std::fs::write(files.join(name), [&bytes[..], &vec![0; n]].concat()).unwrap();
    }
    let bundle = stand_in_detector(&folder.join("twin"), "lae", 1.0);
    ModelServer::start(&bundle, conduct)
}

fn run(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.current_dir(folder).env("HOME", folder);
    command.env("PENTIMENTO_MODELS", folder.join("models")).args(words);
    let output = command.output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), printed.concat())
}

fn scan(folder: &Path, out: &str, more: &[&str]) -> (Option<i32>, String) {
    let words =
        ["scan", "--engine", "rten", "--only", "inspect", "--manifest", "files", "--out", out];
    run(folder, &[&words[..], more].concat())
}

fn lines(folder: &Path, out: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(out).join("shard-0-of-1.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_scan_by_a_server_has_the_results_of_a_local_one_and_names_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = stage(folder, Conduct::default());
    let (code, printed) = scan(folder, "here", &[]);
    assert_eq!(code, Some(0), "{printed}");
    let (code, printed) = scan(folder, "there", &["--remote", &server.address()]);
    assert_eq!(code, Some(0), "{printed}");
    let words = "its answer to the canary batch differs by at most";
    assert!(
        printed.contains("test 0.1") && printed.contains(words) && printed.contains("1e-3"),
        "{printed}"
    );
    let (here, there) = (lines(folder, "here"), lines(folder, "there"));
    assert_eq!(there.len(), 3);
    for (mut here, mut there) in here.into_iter().zip(there) {
        let inspect = &there["inspect"];
        assert_eq!(
            (&inspect["engine"], &inspect["provider"]),
            (&"test 0.1".into(), &"remote".into())
        );
        let remote = inspect["remote"].as_object().unwrap();
        let keys: Vec<_> = remote.keys().map(String::as_str).collect();
        let known = ["address", "name", "version", "model", "model_version", "canary_difference"];
        assert!(known.iter().all(|key| keys.contains(key)) && keys.len() == 6, "{keys:?}");
        assert_eq!((&remote["name"], &remote["model_version"]), (&"test".into(), &"3".into()));
        assert!(remote["canary_difference"].as_f64().unwrap() < 1e-6);
        for line in [&mut here, &mut there] {
            line.as_object_mut().unwrap().remove("seconds");
            for key in ["engine", "provider", "remote", "elapsed_ms"] {
                line["inspect"].as_object_mut().unwrap().remove(key);
            }
        }
        // By the same engine, behind another door.
        assert_eq!(here, there);
    }
    let words = ["inspect", "--engine", "rten", "--remote", &server.address(), "files/a.png"];
    let (code, printed) = run(folder, &words);
    assert!(code == Some(0) && printed.contains("model server test 0.1"), "{printed}");
}

#[test]
fn a_server_that_turns_ends_the_scan_and_the_next_one_goes_on_at_that_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let turning = |n, mut answer: crate::support::model_server::InferResponse| {
        if n == 2 {
            answer.raw_outputs[0][..4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        Act::Answer(answer)
    };
    let server = stage(folder, Conduct::at_runs(turning));
    let (code, printed) = scan(folder, "out", &["--remote", &server.address()]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains(&server.address()) && printed.contains("NaN"), "{printed}");
    assert!(printed.contains("start the scan again"), "{printed}");
    assert_eq!(lines(folder, "out").len(), 1, "the file in hand has no line");
    assert!(!folder.join("out/shard-0-of-1.done").exists());
    // Its later answers are right.
    let (code, printed) = scan(folder, "out", &["--remote", &server.address()]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(lines(folder, "out").len(), 3);
}

#[test]
fn what_is_not_allowed_is_said_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(stage(folder, Conduct::default()));
    for (words, because) in [
        (&["--remote", "grpc://192.0.2.1:8001"][..], "--insecure"),
        (&["--remote", "grpcs://127.0.0.1:8001"], "TLS is not offered"),
        (&["--insecure"], "--remote"),
        (&["--remote-or-local"], "--remote"),
    ] {
        let (code, printed) = scan(folder, "out", words);
        assert!(code == Some(1) && printed.contains(because), "{words:?}: {code:?} {printed}");
        let inspect = [&["inspect", "files/a.png"][..], words].concat();
        let (code, printed) = run(folder, &inspect);
        assert!(code != Some(0) && printed.contains(because), "{words:?}: {code:?} {printed}");
    }
    assert!(!folder.join("out/shard-0-of-1.jsonl").exists());
}
