//! `watch` and `case add-results`, as a person uses them.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId};
use serde_json::Value;

use crate::support::{portrait, root};

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.current_dir(folder).env("HOME", folder);
    command.env("PENTIMENTO_MODELS", root().join("models")).args(words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, stdout, stderr.
fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = command(folder, words).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), out, err)
}

/// Places with a folder `inbox` and a case in it.
fn inbox() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("inbox")).unwrap();
    let made = run(place.path(), &["case", "new", "inbox/a.pentimento", "--author", "ann"]);
    assert_eq!(made.0, 0, "{made:?}");
    place
}

const WATCH: [&str; 8] =
    ["watch", "inbox", "--case", "inbox/a.pentimento", "--json", "--settle", "1", "--engine=rten"];

fn watch_once(place: &Path) -> (i32, Vec<String>) {
    let (code, out, err) = run(place, &[&WATCH[..], &["--once"]].concat());
    assert!(code != 1, "{err}");
    (code, events(&out))
}

/// Kind of each event, and name of its file.
fn events(out: &str) -> Vec<String> {
    let event = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        let path = object["path"].as_str().map(Path::new).and_then(Path::file_name);
        let name = path.unwrap_or_default().to_str().unwrap();
        format!("{} {name}", object["event"].as_str().unwrap())
    };
    out.lines().map(event).collect()
}

#[test]
fn what_comes_into_a_folder_is_examined_once() {
    let place = inbox();
    std::fs::copy(portrait(), place.path().join("inbox/a.png")).unwrap();
    std::fs::write(place.path().join("inbox/b.png"), "no picture").unwrap();
    std::fs::write(place.path().join("inbox/c.png.part"), "half").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", place.path().join("inbox/d.png")).unwrap();
    let (code, first) = watch_once(place.path());
    let expected = ["skipped d.png", "waits c.png.part", "added a.png", "added b.png"];
    assert_eq!(first[..4], expected);
    assert_eq!(first[4..], ["examined a.png", "failed b.png"]);
    assert_eq!(code, 2);
    let (code, second) = watch_once(place.path());
    assert_eq!((code, second.as_slice()), (0, &expected.map(str::to_owned)[..2]));
    std::fs::rename(place.path().join("inbox/a.png"), place.path().join("inbox/e.png")).unwrap();
    let (code, third) = watch_once(place.path());
    assert_eq!((code, third[2..].to_vec()), (0, vec!["moved e.png".to_owned()]));
    let case = Case::open_read_only(place.path().join("inbox/a.pentimento")).unwrap();
    assert_eq!((case.n_items().unwrap(), case.n_described().unwrap()), (2, 1));
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn asked_to_stop_it_ends_soon_and_the_case_is_held_until_then() {
    let place = inbox();
    std::fs::copy(portrait(), place.path().join("inbox/a.png")).unwrap();
    let mut child = command(place.path(), &WATCH).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || events(&lines.next().unwrap().unwrap()).remove(0);
    assert_eq!([next(), next()], ["added a.png", "examined a.png"]);
    std::fs::copy(portrait(), place.path().join("inbox/b.png")).unwrap();
    assert_eq!([next(), next()], ["added b.png", "examined b.png"]);
    let second = run(place.path(), &WATCH);
    assert!(second.0 == 1 && second.2.contains("another window or program"), "{second:?}");
    let start = Instant::now();
    assert!(
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_folder_or_case_that_is_missing_is_a_sentence() {
    let place = inbox();
    let none = run(place.path(), &["watch", "none", "--case", "inbox/a.pentimento", "--once"]);
    assert!(none.0 == 1 && none.2.contains("cannot be read"), "{none:?}");
    let none = run(place.path(), &["watch", "inbox", "--case", "b.pentimento", "--once"]);
    assert!(none.0 == 1 && none.2.contains("create a case first"), "{none:?}");
}

/// A folder `files` with pictures that were scanned and merged into `out`, and a case.
fn scanned() -> tempfile::TempDir {
    let place = inbox();
    let files = place.path().join("files");
    std::fs::create_dir_all(files.join("sub")).unwrap();
    std::fs::copy(portrait(), files.join("sub/a.png")).unwrap();
    let forged = portrait().with_file_name("astronaut-forged.png");
    std::fs::copy(forged, files.join("b.png")).unwrap();
    std::fs::write(files.join("c.png"), "no picture").unwrap();
    let scan = ["scan", "--manifest", "files", "--out", "out", "--engine", "rten"];
    assert_eq!(run(place.path(), &scan).0, 2, "some files failed");
    assert_eq!(run(place.path(), &["merge", "out"]).0, 0, "merged");
    place
}

fn add_results(place: &Path, results: &str) -> (i32, Value) {
    let words = ["case", "add-results", "inbox/a.pentimento", results, "--root", "files", "--json"];
    let (code, out, err) = run(place, &words);
    assert!(code != 1, "{err}");
    (code, serde_json::from_str(&out).unwrap())
}

fn counts(taken: &Value) -> [u64; 5] {
    ["new_items", "findings", "failures", "descriptions", "known"]
        .map(|key| taken[key].as_u64().unwrap())
}

#[test]
fn a_case_takes_the_results_of_a_scan_in_once() {
    let place = scanned();
    let (code, taken) = add_results(place.path(), "out");
    assert_eq!((code, counts(&taken)), (0, [3, 2, 1, 2, 0]), "{taken}");
    assert_eq!(
        (&taken["models"][0]["name"], &taken["models"][0]["in_use"]),
        (&"lae".into(), &true.into())
    );
    let path = place.path().join("inbox/a.pentimento");
    let head = Case::open_read_only(&path).unwrap().head().unwrap();
    // The lines of the shard are the same.
    for results in ["out", "out/results.jsonl", "out/shard-0-of-1.jsonl"] {
        let (code, taken) = add_results(place.path(), results);
        assert_eq!((code, counts(&taken)), (0, [0, 0, 0, 0, 3]), "{results}");
    }
    let case = Case::open_read_only(&path).unwrap();
    assert_eq!(case.head().unwrap(), head, "nothing was logged");
    assert!(case.verify(true, &TaskCtx::silent()).unwrap().is_sound());
    let item = case.find(&place.path().join("files/sub/a.png")).unwrap().unwrap();
    assert_eq!(case.row(item).unwrap().source.as_deref(), Some("sub"));
    drop(case);
    // What is lacking is shown, and an examination here has it.
    let table = run(place.path(), &["case", "findings", "inbox/a.pentimento"]).1;
    assert_eq!(table.matches("by a scan: no maps").count(), 2, "{table}");
    assert!(table.contains("refused: "), "{table}");
    let again = ["case", "examine", "inbox/a.pentimento", "--again", "--engine", "rten"];
    let (code, out, err) = run(place.path(), &again);
    assert!(out.contains("2 items examined"), "{out}{err}");
    assert!(code == 2 && err.contains("could not be read for what the file says: 1"), "{err}");
    let case = Case::open_read_only(&path).unwrap();
    let [scanned, here] = case.findings(item).unwrap().try_into().unwrap();
    assert_eq!((scanned.verdict, scanned.score), (here.verdict, here.score), "the same answer");
    assert!(scanned.maps[0].is_none() && here.maps[0].is_some());
    drop(case);
    let (_, taken) = add_results(place.path(), "out");
    assert_eq!(counts(&taken)[4], 3, "an older finding does not come back");
}

#[test]
fn changed_files_and_hostile_lines_are_named_and_nothing_of_them_is_taken() {
    let place = scanned();
    let out = place.path().join("out");
    std::fs::remove_file(out.join("summary.json")).unwrap();
    let results = out.join("results.jsonl");
    let text = std::fs::read_to_string(&results).unwrap();
    let of = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
    let other_model = {
        let mut line: Value = serde_json::from_str(&of("\"sub/a.png\"")).unwrap();
        line["inspect"]["model"]["sha256"] = "cd".repeat(32).into();
        line["inspect"]["warnings"] = serde_json::json!(["\u{1b}[31mred\u{202e}"]);
        line.to_string()
    };
    let lines = [
        other_model,
        of("\"b.png\""),
        of("\"c.png\"").replace("c.png", "../../c.png"),
        of("\"c.png\"").replace("c.png", "away/c.png"),
        of("\"c.png\"").replace("c.png", "link/passwd"),
        of("\"b.png\"").replace("\"score\":", "\"score\":7"),
        "{".repeat(100_000),
    ];
    std::fs::write(&results, lines.join("\n") + "\n{\"path\":\"torn").unwrap();
    std::os::unix::fs::symlink("/etc", place.path().join("files/link")).unwrap();
    std::fs::write(place.path().join("files/b.png"), "another picture").unwrap();
    let (code, taken) = add_results(place.path(), "out");
    assert_eq!((code, counts(&taken)), (2, [2, 1, 1, 1, 0]), "{taken}");
    assert_eq!(taken["models"][0]["in_use"], false);
    assert_eq!(taken["models"][0]["sha256"], "cd".repeat(32));
    let changed = taken["changed"].as_array().unwrap();
    assert!(changed[0]["path"].as_str().unwrap().ends_with("b.png"), "{taken}");
    let bad: Vec<_> =
        taken["bad_lines"].as_array().unwrap().iter().map(|bad| bad["line"].as_u64()).collect();
    assert_eq!(bad, [Some(3), Some(5), Some(7), Some(8)], "{taken}");
    let case = Case::open_read_only(place.path().join("inbox/a.pentimento")).unwrap();
    assert_eq!(case.row(ItemId(1)).unwrap().path.file_name().unwrap(), "a.png");
    drop(case);
    let report = ["report", "make", "--case", "inbox/a.pentimento", "--out", "report"];
    let (code, _, err) = run(place.path(), &report);
    assert!(code != 1, "{err}");
    let page = std::fs::read_to_string(place.path().join("report/report.html")).unwrap();
    assert!(page.contains("hold no heat maps") && !page.contains('\u{1b}'));
}
