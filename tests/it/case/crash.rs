//! Killed at any moment, and on a full disk: at most what was in hand is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use pentimento::base::TaskCtx;
use pentimento::case::{Access, Case, ItemId, ItemState, NewItem, StoredMask};

use crate::case::file::{mask, verified};

/// Names the case to the child.
const CASE: &str = "PENTIMENTO_TEST_CASE";
/// How often the program is killed, if the variable does not say otherwise.
const KILLS: u32 = 40;
const KILLS_VARIABLE: &str = "PENTIMENTO_KILLS";

fn n_kills() -> u32 {
    let named = std::env::var(KILLS_VARIABLE).ok();
    named.map_or(KILLS, |n| n.parse().expect("the variable holds a number"))
}

/// What the child drew in its n-th stroke.
fn stroke(n: u64) -> StoredMask {
    let mut stroke = mask(ItemId(1), "Ada", (n % 60) as u32);
    stroke.label.note = n.to_string();
    stroke
}

fn last_stroke(case: &Case) -> u64 {
    let masks = case.masks(ItemId(1)).unwrap();
    let Some(last) = masks.first() else { return 0 };
    let n = last.label.note.parse().unwrap();
    assert_eq!(last.mask, stroke(n).mask, "stroke {n} is whole");
    n
}

/// The program that is killed. Draws without end while files are added, and says when it begins to
/// save a stroke and when it was kept.
#[test]
#[ignore = "not a test: the program that the tests of this file start and kill"]
fn child_that_draws_until_it_is_killed() {
    let path = std::env::var_os(CASE).expect("the test that starts it names the case");
    let mut case = Case::open(&path, "Ada").unwrap();
    assert_eq!(*case.access(), Access::Write, "a killed holder leaves no lock");
    let say = |word: &str, n: u64| {
        let mut out = std::io::stdout();
        writeln!(out, "\n{word} {n}").and_then(|()| out.flush()).unwrap();
    };
    // As in the window, work of another thread hands in batches of changes, which are made between
    // two strokes.
    let (batches, submitted) = sync_channel::<Vec<NewItem>>(1);
    let adding = move || {
        for n in 0u64.. {
            let path = format!("/background/{}/{n}.png", std::process::id()).into();
            batches.send(vec![NewItem { path, source: None, person: None }]).unwrap();
        }
    };
    std::thread::Builder::new().spawn(adding).unwrap();
    for n in last_stroke(&case) + 1.. {
        let batch = submitted.recv().unwrap();
        case.add(&mut batch.into_iter(), &TaskCtx::silent()).unwrap();
        let new = NewItem { path: format!("/m/{n}.png").into(), source: None, person: None };
        case.add(&mut std::iter::once(new), &TaskCtx::silent()).unwrap();
        say("begun", n);
        case.save_mask(&stroke(n)).unwrap();
        say("kept", n);
        case.set_state(ItemId(1), ItemState::ALL[n as usize % 4]).unwrap();
    }
}

fn child(path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "case::crash::child_that_draws_until_it_is_killed";
    command.args(["--exact", name, "--ignored", "--nocapture"]);
    command.env(CASE, path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// The number of the next stroke of which the child says this word.
fn next(lines: &mut impl Iterator<Item = String>, word: &str) -> Option<u64> {
    lines.find_map(|line| line.strip_prefix(word)?.trim().parse().ok())
}

#[test]
fn killed_at_any_moment_a_case_loses_at_most_the_stroke_in_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let mut case = Case::create(&path, "Ada").unwrap();
    let first = NewItem { path: "/m/0.png".into(), source: None, person: None };
    case.add(&mut std::iter::once(first), &TaskCtx::silent()).unwrap();
    drop(case);
    let (mut total, mut n_journals, mut n_in_hand) = (0, 0, 0);
    let n_kills = n_kills();
    for round in 0..n_kills {
        let mut child = child(&path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // One stroke tells how long one takes; the child is killed at another point of the next one
        // each time, and now and then in what comes after it.
        next(&mut lines, "begun").expect("the child draws");
        let begun = Instant::now();
        let mut last = next(&mut lines, "kept").expect("the child keeps");
        let stroke = begun.elapsed();
        next(&mut lines, "begun").expect("the child draws on");
        let part = (f64::from(round) * 0.618_034).fract() * 2.5;
        std::thread::sleep(stroke.mul_f64(part));
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(n) = next(&mut lines, "kept") {
            last = n;
        }
        n_journals += u32::from(path.with_extension("pentimento-journal").exists());
        let out = verified(&path);
        assert!(out.is_sound(), "round {round}: {:?}", out.faults);
        let case = Case::open(&path, "Ada").unwrap();
        assert_eq!(*case.access(), Access::Write, "round {round}");
        let found = last_stroke(&case);
        assert!(found == last || found == last + 1, "{last} were kept, {found} is there");
        n_in_hand += u32::from(found == last);
        total = found;
    }
    println!(
        "{n_kills} times killed, {total} strokes, {n_journals} times in mid-change, {n_in_hand} times \
         the stroke in hand was lost"
    );
}

#[test]
fn a_case_killed_while_it_was_made_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    std::fs::write(folder.path().join(".a.pentimento.part"), "half a case").unwrap();
    std::fs::write(folder.path().join(".a.pentimento.lock"), "{\"pid\"").unwrap();
    drop(Case::create(&path, "Ada").unwrap());
    let left: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [path]);
}

/// A process that may write only so many blocks of 512 bytes to a file stands for a full disk.
#[test]
fn on_a_full_disk_the_change_is_refused_and_everything_before_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let media = folder.path().join("media");
    std::fs::create_dir(&media).unwrap();
    for i in 0..4000 {
        std::fs::write(media.join(format!("picture with a long name {i:05}.png")), "").unwrap();
    }
    drop(Case::create(&path, "Ada").unwrap());
    let before = std::fs::read(&path).unwrap();
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$0\" case add \"$1\" \"$2\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_pentimento")]).arg(&path).arg(&media);
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("disk is full") || printed.contains("the disk failed"), "{printed}");
    assert!(!printed.contains("panicked"), "{printed}");
    println!("{printed}");
    // A very slow machine may have ended a first transaction before there was no more room.
    let n_items = verified(&path).n_items;
    assert!(n_items < 4000, "{n_items}");
    if n_items == 0 {
        assert_eq!(std::fs::read(&path).unwrap(), before, "nothing was changed");
    }
    let mut case = Case::open(&path, "Ada").unwrap();
    let one = NewItem { path: media.join("x.png"), source: None, person: None };
    case.add(&mut std::iter::once(one), &TaskCtx::silent()).unwrap();
    assert!(verified(&path).is_sound());
}
