//! Structure of JPEG files, judged by libjpeg-turbo and by how the files were made.

use std::process::Command;

use serde_json::Value;

use super::{answers, assert_tested, evidence, files, read, read_any};
use crate::support::skip;

/// Place in the picture's order of the entries in the file's.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// exiv2 goes on within a segment whose length makes no sense; we go on behind it.
const BROKEN: [&str; 2] = ["exiv2_issue_853_poc.jpg", "exiv2_issue_1881_poc.jpg"];

/// Addresses of the markers in the table that `exiv2 -pS` prints.
fn markers_by_exiv2(path: &std::path::Path) -> Vec<u64> {
    let output = Command::new("exiv2").arg("-pS").arg(path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_marker = |rest: &str| rest.trim_start().starts_with("0xff");
    let rows = text.lines().filter_map(|line| line.split_once('|'));
    rows.filter(|(_, rest)| is_marker(rest)).map(|(at, _)| at.trim().parse().unwrap()).collect()
}

#[test]
fn markers_lie_where_exiv2_finds_them() {
    if Command::new("exiv2").arg("--version").output().is_err() {
        return skip("exiv2 is not installed");
    }
    let (mut n_files, mut n_markers) = (0, 0);
    let folders = ["jpeg", "c2pa", "hostile", "metadata", "ai"];
    for path in folders.iter().flat_map(|folder| files(folder)) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_jpeg = std::fs::read(&path).unwrap().starts_with(b"\xFF\xD8\xFF");
        if !is_jpeg || BROKEN.contains(&name) {
            continue;
        }
        let Some(ours) = read_any(&path) else { continue };
        let theirs = markers_by_exiv2(&path);
        let found: Vec<u64> = ours.parts.iter().map(|part| part.offset).collect();
        let missing: Vec<&u64> = theirs.iter().filter(|at| !found.contains(at)).collect();
        assert!(missing.is_empty(), "{name}: exiv2 has markers at {missing:?}");
        n_files += 1;
        n_markers += theirs.len();
    }
    println!("{n_files} JPEG files: {n_markers} markers where exiv2 finds them");
    assert_tested(n_files, 60, "jpeg");
}

#[test]
fn tables_and_frames_are_those_of_libjpeg_turbo() {
    let Some(theirs) = answers("jpeg_djpeg_verbose.json") else { return };
    let (mut n_files, mut n_tables) = (0, 0);
    for (file, theirs) in theirs.as_object().unwrap() {
        let ours = read(&evidence(&format!("jpeg/{file}")).unwrap());
        let n_data = ours.parts.iter().filter(|part| part.name == "scan data").count();
        let coding = ours.jpeg.unwrap();
        let tables = theirs["tables"].as_array().unwrap();
        assert_eq!(coding.tables.len(), tables.len(), "{file}");
        for (ours, theirs) in coding.tables.iter().zip(tables) {
            let rows = theirs["rows"].as_array().unwrap();
            let natural: Vec<u64> = rows
                .iter()
                .flat_map(|row| row.as_array().unwrap().iter().map(|v| v.as_u64().unwrap()))
                .collect();
            let zigzag: Vec<u64> = ZIGZAG.iter().map(|at| natural[*at]).collect();
            let steps: Vec<u64> = ours.steps.iter().map(|step| u64::from(*step)).collect();
            assert_eq!(steps, zigzag, "{file}, table {}", ours.id);
            let head = theirs["head"].as_str().unwrap();
            let precision = u8::from(ours.is_wide);
            let expected = format!("Quantization Table {}  precision {precision}", ours.id);
            assert!(head.ends_with(&expected), "{file}: {head}");
            n_tables += 1;
        }
        let segments: Vec<&str> =
            theirs["segments"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        let sof: u8 = coding.marker[3..].parse().unwrap();
        let frame = format!(
            "Start Of Frame 0xc{sof:x}: width={}, height={}, components={}",
            coding.width_px,
            coding.height_px,
            coding.components.len()
        );
        assert!(segments.contains(&frame.as_str()), "{file}: {frame}: {segments:?}");
        for component in &coding.components {
            let (h, v) = component.sampling;
            let line = format!("Component {}: {h}hx{v}v q={}", component.id, component.table);
            assert!(segments.contains(&line.as_str()), "{file}: {line}");
        }
        let n_scans = segments.iter().filter(|s| s.starts_with("Start Of Scan")).count();
        assert_eq!((coding.n_scans as usize, n_data), (n_scans, n_scans), "{file}");
        n_files += 1;
    }
    println!("{n_files} JPEG files: {n_tables} tables equal to those of libjpeg-turbo");
    assert!(n_files >= 20, "{n_files}");
}

#[test]
fn quality_sampling_and_coding_are_those_of_the_encoder() {
    let Some(theirs) = answers("expected_jpeg_and_traces.json") else { return };
    let mut n = 0;
    for (file, made) in theirs["files"].as_object().unwrap() {
        if !file.starts_with("jpeg/") {
            continue;
        }
        let coding = read(&evidence(file).unwrap()).jpeg.unwrap();
        let (quality, deviation, is_exact) = coding.quality().unwrap();
        let last = made.get("last").or_else(|| made.get("quality"));
        match last.and_then(Value::as_u64) {
            Some(last) => {
                assert!(is_exact && deviation == 0.0, "{file}: {:?}", coding.quality_words());
                assert_eq!(u64::from(quality), last, "{file}");
            }
            None => assert!(!is_exact && deviation > 0.0, "{file}: {:?}", coding.quality_words()),
        }
        if let Some(sampling) = made.get("sampling").and_then(Value::as_str)
            && let Some(ours) = coding.sampling()
        {
            assert_eq!(ours.replace(':', ""), sampling, "{file}");
        }
        if let Some(sof) = made.get("sof").and_then(Value::as_str) {
            assert_eq!(coding.marker, sof, "{file}");
        }
        if let Some(has_restarts) = made.get("restart_markers").and_then(Value::as_bool) {
            assert_eq!(coding.restart_interval > 0, has_restarts, "{file}");
        }
        let is_baseline = coding.marker == "SOF0" && !file.contains("optimize");
        if is_baseline {
            assert_eq!(coding.has_standard_huffman, Some(true), "{file}");
        }
        if file.contains("optimize") || file.contains("progressive") {
            assert_eq!(coding.has_standard_huffman, Some(false), "{file}");
        }
        n += 1;
    }
    println!("{n} JPEG files: quality, sampling and coding as they were made");
    assert!(n >= 18, "{n}");
}

#[test]
fn parts_cover_the_file_without_gaps() {
    let mut n = 0;
    for path in files("jpeg").into_iter().chain(files("metadata")) {
        let ours = read_any(&path);
        let Some(ours) = ours.filter(|ours| ours.jpeg.is_some()) else { continue };
        let mut end = 0;
        for part in ours.parts.iter().filter(|part| part.depth == 0) {
            assert_eq!(part.offset, end, "{}: {part:?}", path.display());
            end = part.offset + part.length;
        }
        assert_eq!(end, ours.length, "{}", path.display());
        n += 1;
    }
    assert_tested(n, 30, "jpeg");
}
