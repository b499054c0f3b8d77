//! Data sets under failures: killed, disk full, no permission. Runs the program itself.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use pentimento::base::TaskCtx;
use pentimento::dataset::{Format, import, open};

use crate::dataset::samples::{sample, write};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pentimento");

fn convert(from: &Path, to: &str, out: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["dataset", "convert", "--to", to]).arg(from).arg(out);
    command
}

fn words_of(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn is_sound(out: &Path, n: usize) {
    let set = import(out, None, &TaskCtx::silent()).unwrap();
    assert_eq!(set.len(), n, "{}", out.display());
    assert_eq!(set.check(&TaskCtx::silent()).unwrap(), [""; 0], "{}", out.display());
}

#[test]
fn an_export_killed_at_any_moment_is_whole_or_absent_and_resumes() {
    let (_dir, root, entries) = sample();
    let from = root.join("from");
    write(&entries, Format::Pentimento, &from);
    for (to, n) in [("pentimento", entries.len()), ("coco-rle", entries.len() - 1)] {
        let out = root.join(format!("killed-{to}"));
        let mut n_killed = 0;
        for wait in 0..40 {
            let mut child = convert(&from, to, &out)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(2 + wait * 3));
            // SIGKILL: nothing can be done about it.
            child.kill().unwrap();
            let status = child.wait().unwrap();
            if out.exists() {
                is_sound(&out, n);
                fs::remove_dir_all(&out).unwrap();
            }
            n_killed += u32::from(!status.success());
        }
        assert!(n_killed > 3, "{to}: killed only {n_killed} times");
        let output = convert(&from, to, &out).output().unwrap();
        assert!(output.status.success(), "{}", words_of(&output));
        is_sound(&out, n);
        assert!(!root.join(format!("killed-{to}.partial")).exists());
    }
}

/// A process may be forbidden to write files beyond a size: to it that is a full disk.
#[test]
fn a_full_disk_is_reported_and_the_export_resumes() {
    let (_dir, root, entries) = sample();
    let from = root.join("from");
    write(&entries, Format::Pentimento, &from);
    for to in ["pentimento", "datumaro"] {
        let out = root.join(format!("full-{to}"));
        let limited = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"", PROGRAM])
            .args(["dataset", "convert", "--to", to])
            .args([&from, &out])
            .output()
            .unwrap();
        assert_eq!(limited.status.code(), Some(1), "{}", words_of(&limited));
        let shown = words_of(&limited);
        assert!(
            shown.contains("disk is full") && shown.contains("run the same command again"),
            "{shown}"
        );
        assert!(!out.exists());
        let output = convert(&from, to, &out).output().unwrap();
        let printed = words_of(&output);
        assert!(output.status.success(), "{printed}");
        assert!(!printed.contains(" 0 kept"), "what was written is kept: {printed}");
        is_sound(&out, entries.len());
    }
}

#[test]
fn a_folder_without_write_permission_is_reported() {
    let (_dir, root, entries) = sample();
    let from = root.join("from");
    write(&entries[..2], Format::Pentimento, &from);
    fs::write(root.join("file"), b"a file").unwrap();
    // No user can create folders in /sys.
    for out in [Path::new("/sys/pentimento-export"), &root.join("file/set")] {
        let output = convert(&from, "cvat", out).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", words_of(&output));
        assert!(words_of(&output).contains("cannot write"), "{}", words_of(&output));
    }
}

#[test]
fn a_set_of_boxes_is_refused_with_the_reason_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let boxes = "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"}],\"annotations\":[{\"image_id\":1,\
        \"bbox\":[0,0,4,4],\"segmentation\":[]}]}";
    let bad = boxes.replace("\"segmentation\":[]", "\"segmentation\":[[1,1,2,2]]");
    for (text, words) in [(boxes, "a.png"), (bad.as_str(), "fewer than three corners")] {
        fs::write(root.join("a.json"), text).unwrap();
        let image = pentimento::base::RgbImage::filled(8, 8, [9; 3]);
        pentimento::media::write_png(&root.join("a.png"), &image).unwrap();
        let output =
            convert(&root.join("a.json"), "pentimento", &root.join("out")).output().unwrap();
        let printed = words_of(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains(words), "{printed}");
        assert!(!root.join("out").exists() && !root.join("out.partial").exists(), "{printed}");
    }
}

#[test]
fn info_and_check_report_the_content() {
    let (_dir, root, entries) = sample();
    let from = root.join("from");
    write(&entries, Format::Pentimento, &from);
    let run = |words: &[&str], path: &Path| {
        Command::new(PROGRAM).arg("dataset").args(words).arg(path).output().unwrap()
    };
    let info = run(&["info", "--json"], &from);
    let object: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    assert_eq!(object["n_entries"], 16);
    assert_eq!(object["decisions"]["cannot-tell"], 2);
    assert_eq!(object["splits"]["train"], 6);
    assert_eq!(object["n_sources"], 16);
    let text = words_of(&run(&["info"], &from));
    assert!(text.contains("16 entries") && text.contains("nothing-forged: 1"), "{text}");
    assert_eq!(run(&["check"], &from).status.code(), Some(0));
    let set = open(&from).unwrap();
    fs::remove_file(set.image_path(&set.records()[0])).unwrap();
    let check = run(&["check"], &from);
    assert_eq!(check.status.code(), Some(2), "{}", words_of(&check));
    assert!(words_of(&check).contains("disc: "), "{}", words_of(&check));
    assert_eq!(run(&["check"], &root.join("nothing")).status.code(), Some(1));
}

#[test]
fn a_converted_set_converts_back_unchanged() {
    let (_dir, root, entries) = sample();
    let from = root.join("from");
    write(&entries, Format::Pentimento, &from);
    for to in Format::ALL.iter().copied().skip(1) {
        let there = root.join(to.as_str());
        let back = root.join(format!("back-{}", to.as_str()));
        let output = convert(&from, to.as_str(), &there).output().unwrap();
        let printed = words_of(&output);
        assert!(output.status.success(), "{printed}");
        assert!(printed.contains("1 pictures have an EXIF rotation"), "{printed}");
        let output = convert(&there, "pentimento", &back).output().unwrap();
        assert!(output.status.success(), "{}", words_of(&output));
        let (first, second) = (open(&from).unwrap(), open(&back).unwrap());
        for record in second.records() {
            let before = first.records().iter().find(|r| r.id == record.id).unwrap();
            let same = |a: &pentimento::dataset::Record| {
                let mut a = a.clone();
                a.image.file = None;
                if let Some(mask) = &mut a.mask {
                    mask.file.clear();
                }
                a
            };
            assert_eq!(same(record), same(before), "{to:?}");
        }
    }
}
