//! A folder watched without threads: its snapshots, and the time, are handed in.

use std::cell::RefCell;

use super::*;
use crate::base::{EngineInfo, MediaReport, ModelRef, Verdict};
use crate::curate::{Examination, ExamineFailure, ItemReport};
use crate::files::sha256_of_file;

/// A folder `in` beside a case.
struct WatchedFolder {
    place: tempfile::TempDir,
    case: Case,
    examined: RefCell<Vec<String>>,
}

/// What happened, a line each: kind and name.
type Lines = Vec<String>;

impl WatchedFolder {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("in")).unwrap();
        let case = Case::create(place.path().join("in/a.pentimento"), "Ada").unwrap();
        Self { place, case, examined: RefCell::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().canonicalize().unwrap().join("in").join(name)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), content).unwrap();
    }

    fn watch(&self) -> FolderWatch {
        let origin = ItemOrigin::default();
        FolderWatch::new(&self.case, &self.path(""), origin, Duration::from_secs(2)).unwrap()
    }

    fn look(&mut self, watch: &mut FolderWatch, at_s: u64) -> Lines {
        let snapshot = FolderSnapshot::take(watch.folder(), &|path| {
            path.extension().is_some_and(|e| e == "pentimento")
        });
        let mut lines = Lines::new();
        let mut report = |event: WatchEvent| lines.push(line(&event));
        let now = Duration::from_secs(at_s);
        let ctx = TaskCtx::silent();
        watch.look(&mut self.case, &snapshot.unwrap(), now, &mut report, &ctx).unwrap();
        lines
    }

    fn examine(&mut self, watch: &mut FolderWatch) -> Lines {
        let mut lines = Lines::new();
        let mut report = |event: WatchEvent| lines.push(line(&event));
        let examined = &self.examined;
        let mut examine_one = |path: &Path| {
            examined.borrow_mut().push(name(path));
            examination(path)
        };
        let mut read_one = |path: &Path| {
            let sha256 = sha256_of_file(path).map_err(|error| error.to_string())?;
            Ok(DescribedFile { sha256, said: serde_json::json!({}) })
        };
        let mut work = WatchWork { examine_one: &mut examine_one, read_one: Some(&mut read_one) };
        let ctx = TaskCtx::silent();
        while watch.examine_next(&mut self.case, &mut work, &mut report, &ctx).unwrap() {}
        lines
    }

    /// Looks twice, far enough from each other, and what is to be examined then.
    fn settle(&mut self, watch: &mut FolderWatch, at_s: u64) -> Lines {
        let mut lines = self.look(watch, at_s);
        lines.extend(self.look(watch, at_s + 2));
        lines.extend(self.examine(watch));
        lines
    }

    fn n_examined(&self) -> usize {
        self.examined.borrow().len()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn line(event: &WatchEvent) -> String {
    let what = match event {
        WatchEvent::Moved { path, from, .. } => format!("{} from {}", name(path), name(from)),
        WatchEvent::Failed { path, reason, .. } => format!("{}: {reason}", name(path)),
        WatchEvent::Added { path, .. }
        | WatchEvent::Examined { path, .. }
        | WatchEvent::Skipped { path, .. }
        | WatchEvent::Waits { path, .. } => name(path),
        WatchEvent::Unreadable { what } => what.clone(),
    };
    format!("{} {what}", event.name())
}

/// Files whose content begins with `bad` cannot be examined.
fn examination(path: &Path) -> Result<Examination, ExamineFailure> {
    let content = std::fs::read_to_string(path).unwrap();
    if content.starts_with("bad") {
        return Err(ExamineFailure::File("it is damaged".to_owned()));
    }
    let report = MediaReport {
        sha256: sha256_of_file(path).unwrap(),
        width_px: 8,
        height_px: 8,
        verdict: Verdict::NoTraceFound,
        reason: None,
        score: Some(0.1),
        faces: Vec::new(),
        model: ModelRef { name: "m".into(), sha256: "d".into() },
        engine: EngineInfo {
            engine: "e".into(),
            provider: "cpu".into(),
            remote: None,
            unused_providers: Vec::new(),
        },
        not_examined: Vec::new(),
        elapsed_ms: 0,
        warnings: Vec::new(),
    };
    let report = ItemReport::Still(Box::new(report));
    Ok(Examination { report, signals: None, parameters: serde_json::Value::Null })
}

fn set_written(path: &Path, time: SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn new_files_are_examined_once_also_after_a_restart() {
    let mut test = WatchedFolder::new();
    test.write("a.jpg", "one");
    test.write("sub/b.jpg", "two");
    test.write("bad.jpg", "bad");
    test.write("notes.txt", "words");
    let mut watch = test.watch();
    assert_eq!(test.look(&mut watch, 0), Lines::new(), "nothing has settled");
    let lines = test.look(&mut watch, 2);
    assert_eq!(lines, ["skipped notes.txt", "added a.jpg", "added bad.jpg", "added b.jpg"]);
    // Killed here, the next run examines what waits.
    let mut watch = test.watch();
    let lines = test.settle(&mut watch, 0);
    let expected = ["skipped notes.txt", "examined a.jpg", "failed bad.jpg: it is damaged"];
    assert_eq!(lines[..3], expected);
    assert_eq!(lines[3..], ["examined b.jpg"]);
    assert_eq!(test.case.row(ItemId(3)).unwrap().source.as_deref(), Some("sub"));
    assert_eq!((watch.counts().n_examined, watch.counts().n_failed), (2, 1));
    for _restart in 0..2 {
        let mut watch = test.watch();
        let lines = test.settle(&mut watch, 0);
        assert_eq!((lines, test.n_examined()), (vec!["skipped notes.txt".to_owned()], 3));
        assert_eq!(test.settle(&mut watch, 60), Lines::new());
    }
    assert_eq!((test.case.n_items().unwrap(), test.case.n_described().unwrap()), (3, 2));
    assert!(test.case.verify(true, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn a_file_that_grows_is_left_alone_until_it_has_settled() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    for at_s in 0..6 {
        test.write("a.jpg", &"x".repeat(at_s as usize + 1));
        assert_eq!(test.look(&mut watch, at_s), Lines::new());
    }
    assert_eq!(watch.unsettled().map(name).collect::<Vec<_>>(), ["a.jpg"]);
    assert_eq!(test.look(&mut watch, 8), ["added a.jpg"]);
}

#[test]
fn a_file_that_is_written_to_again_before_its_turn_settles_again() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg", "one");
    test.write("b.jpg", "two");
    test.look(&mut watch, 0);
    test.look(&mut watch, 2);
    test.write("a.jpg", "one and more");
    std::fs::remove_file(test.path("b.jpg")).unwrap();
    assert_eq!(test.examine(&mut watch), ["skipped b.jpg"]);
    assert_eq!(test.settle(&mut watch, 4), ["examined a.jpg"]);
    assert_eq!(test.n_examined(), 1);
}

#[test]
fn downloads_wait_until_they_have_their_name() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg.part", "one");
    test.write("b.jpg", "");
    assert_eq!(test.settle(&mut watch, 0), ["waits a.jpg.part", "waits b.jpg"]);
    std::fs::rename(test.path("a.jpg.part"), test.path("a.jpg")).unwrap();
    assert_eq!(test.settle(&mut watch, 10), ["added a.jpg", "examined a.jpg"]);
}

#[test]
fn moved_files_are_recognized_and_not_examined_again() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg", "one");
    test.write("b.jpg", "two");
    test.settle(&mut watch, 0);
    std::fs::create_dir(test.path("sorted")).unwrap();
    std::fs::rename(test.path("a.jpg"), test.path("sorted/c.jpg")).unwrap();
    test.write("new.jpg", "three");
    let lines = test.settle(&mut watch, 10);
    assert_eq!(lines, ["moved c.jpg from a.jpg", "added new.jpg", "examined new.jpg"]);
    assert_eq!(test.settle(&mut watch, 20), Lines::new());
    // A copy is a file of its own.
    std::fs::copy(test.path("sorted/c.jpg"), test.path("copy.jpg")).unwrap();
    assert_eq!(test.settle(&mut watch, 30), ["added copy.jpg", "examined copy.jpg"]);
    // What lies there now is another picture.
    test.write("sorted/c.jpg", "something else");
    assert_eq!(test.settle(&mut watch, 40), ["added c.jpg", "examined c.jpg"]);
    std::fs::rename(test.path("b.jpg"), test.path("d.jpg")).unwrap();
    let mut watch = test.watch();
    assert_eq!(test.settle(&mut watch, 0), ["moved d.jpg from b.jpg"], "after a restart");
    assert_eq!(test.n_examined(), 5);
}

#[test]
fn a_file_with_another_content_is_named_once_and_its_finding_stays() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg", "one");
    test.write("b.jpg", "bad");
    test.settle(&mut watch, 0);
    test.write("a.jpg", "another");
    test.write("b.jpg", "mended");
    let lines = test.settle(&mut watch, 10);
    assert!(lines[0].starts_with("failed a.jpg: the file was changed since"), "{lines:?}");
    assert_eq!(lines[1..], ["examined b.jpg"], "what failed has no content that is kept");
    assert_eq!(test.case.row(ItemId(1)).unwrap().verdict, Some(Verdict::NoTraceFound));
    // Its clock is a minute ahead, as that of a network share may be.
    set_written(&test.path("a.jpg"), SystemTime::now() + Duration::from_mins(1));
    let mut watch = test.watch();
    assert_eq!(test.settle(&mut watch, 0), Lines::new(), "told before");
    // The old file again, with a new time.
    test.write("a.jpg", "one");
    assert_eq!(test.settle(&mut watch, 10), ["examined a.jpg"]);
}

#[test]
fn a_file_that_changed_while_nobody_watched_is_noticed() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg", "one");
    test.settle(&mut watch, 0);
    drop(watch);
    std::thread::sleep(Duration::from_millis(20));
    test.write("a.jpg", "two");
    // Its time of writing says nothing.
    set_written(&test.path("a.jpg"), SystemTime::UNIX_EPOCH + Duration::from_secs(1000));
    let mut watch = test.watch();
    let lines = test.settle(&mut watch, 0);
    assert!(lines[0].starts_with("failed a.jpg: the file was changed since"), "{lines:?}");
}

#[test]
fn a_storm_of_5000_files_is_added_at_once_and_each_examined_once() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    for i in 0..5000 {
        std::fs::write(test.path(&format!("{i:05}.jpg")), format!("{i}")).unwrap();
    }
    assert_eq!(test.look(&mut watch, 0), Lines::new());
    assert_eq!(test.look(&mut watch, 2).len(), 5000);
    assert_eq!(test.case.n_items().unwrap(), 5000);
    // One entry of the log, and examinations in the order of the names.
    let n_entries = test.case.n_entries().unwrap();
    assert!(n_entries <= 4, "{n_entries}");
    // The other files take long on a disk that waits for every transaction.
    let mut examine_one = |path: &Path| examination(path);
    let mut work = WatchWork { examine_one: &mut examine_one, read_one: None };
    let mut names = Vec::new();
    let mut report = |event: WatchEvent| names.push(line(&event));
    let ctx = TaskCtx::silent();
    for _ in 0..50 {
        assert!(watch.examine_next(&mut test.case, &mut work, &mut report, &ctx).unwrap());
    }
    let expected: Vec<String> = (0..50).map(|i| format!("examined {i:05}.jpg")).collect();
    assert_eq!(names, expected);
    assert_eq!(test.case.waiting(10_000).unwrap().len(), 4950);
}

#[test]
fn a_stop_leaves_the_file_in_hand_waiting() {
    let mut test = WatchedFolder::new();
    let mut watch = test.watch();
    test.write("a.jpg", "one");
    test.look(&mut watch, 0);
    test.look(&mut watch, 2);
    let mut examine_one = |_: &Path| Err(ExamineFailure::Cancelled);
    let mut work = WatchWork { examine_one: &mut examine_one, read_one: None };
    let stopped = watch.examine_next(&mut test.case, &mut work, &mut |_| {}, &TaskCtx::silent());
    assert!(matches!(stopped, Err(Error::Cancelled(_))), "{stopped:?}");
    assert_eq!(test.case.waiting(10).unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_named_once() {
    let mut test = WatchedFolder::new();
    std::os::unix::fs::symlink("/etc/passwd", test.path("a.jpg")).unwrap();
    let mut watch = test.watch();
    assert_eq!(test.settle(&mut watch, 0), ["skipped a.jpg"]);
    assert_eq!(test.case.n_items().unwrap(), 0);
}
