//! Shards worked on by a script in place of the child.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::*;
use crate::scan::{Kind, PLAN_FORMAT, merge};

/// Answers by the name of the file.
const SCRIPT: &str = r#"#!/bin/bash
say() { printf '%s\n%s\n\n' "$1" "$2"; }
echo '{"detector":"d","sha256":"s","engine":"e","provider":"p"}'
while IFS= read -r line; do
    case $line in
    *hang*) exec sleep 1000 ;;
    *die*) kill -9 $$ ;;
    *later*) if [ -e again ]; then say '{"sha256":"0a"}' '{"n":2}'; else kill -9 $$; fi ;;
    *empty*) say '{"sha256":"00","failure":{"class":"no-face","why":"none"}}' '{"n":0}' ;;
    *) say '{"sha256":"0a"}' '{"n":1}' ;;
    esac
done
"#;

struct Scene {
    folder: tempfile::TempDir,
    manifest: PathBuf,
}

impl Scene {
    /// A folder `files` with files of these names, and a manifest that lists them.
    fn new(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        std::fs::create_dir(&files).unwrap();
        for name in names {
            std::fs::write(files.join(name), "x").unwrap();
        }
        let script = folder.path().join("script");
        std::fs::write(&script, SCRIPT).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let manifest = folder.path().join("files.txt");
        std::fs::write(&manifest, names.join("\n")).unwrap();
        Self { folder, manifest }
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn out(&self, name: &str) -> PathBuf {
        let out = self.folder.path().join(name);
        std::fs::create_dir_all(&out).unwrap();
        out
    }

    /// Works on a shard; stops behind so many new files.
    fn scan(
        &self,
        out: &Path,
        shard: Shard,
        retry: Option<FailureClass>,
        stop_behind: u64,
    ) -> Result<(Tally, Stopped), Error> {
        let manifest = Manifest::open(&self.manifest, Some(&self.files()), out)?;
        let command = WorkerCommand {
            program: self.folder.path().join("script"),
            args: Vec::new(),
            root: manifest.root.clone(),
        };
        let plan = |ready: &Ready| Plan {
            format: PLAN_FORMAT,
            program: "test".to_owned(),
            manifest_sha256: manifest.sha256.clone(),
            root_sha256: manifest.root.display().to_string(),
            shards: shard.n(),
            only: vec![Kind::Inspect],
            quick: false,
            detector: ready.detector.clone(),
            detector_sha256: ready.sha256.clone(),
            file_seconds: 1,
            file_bytes: 1000,
        };
        let stop = AtomicBool::new(false);
        let mut on_step = |tally: &Tally| {
            if tally.new >= stop_behind {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let job = ScanJob { manifest: &manifest, folder: out, command: &command, shard, retry };
        scan(job, plan, &stop, &mut on_step)
    }

    fn whole_or(&self, out: &Path) -> Result<(Tally, Stopped), Error> {
        self.scan(out, Shard::WHOLE, None, u64::MAX)
    }

    fn whole(&self, out: &Path) -> (Tally, Stopped) {
        self.whole_or(out).unwrap()
    }
}

/// Result lines without their times.
fn lines(out: &Path, shard: Shard) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(ShardFile::path(out, shard)).unwrap();
    let timeless = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("seconds").unwrap();
        value
    };
    text.lines().map(timeless).collect()
}

fn numbered(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{i}.jpg")).collect()
}

#[test]
fn the_shards_together_are_the_whole_and_each_file_comes_once() {
    let names = numbered(40);
    let mut named: Vec<&str> = names.iter().map(String::as_str).collect();
    named.push("7.jpg");
    let scene = Scene::new(&named);
    for n in [1, 3, 7, 64] {
        let out = scene.out(&format!("out-{n}"));
        let mut paths = Vec::new();
        let mut repeated = 0;
        for index in 0..n {
            let shard = Shard::new(index, n).unwrap();
            let (tally, _) = scene.scan(&out, shard, None, u64::MAX).unwrap();
            let found = lines(&out, shard);
            assert_eq!(found.len() as u64, tally.files);
            paths.extend(found.iter().map(|line| line["path"].as_str().unwrap().to_owned()));
            repeated += tally.repeated;
        }
        paths.sort();
        let mut all = names.clone();
        all.sort();
        assert_eq!((paths, repeated), (all, 1), "{n} shards");
        let union = scene.out(&format!("union-{n}"));
        let summary = merge(&[out], &union).unwrap();
        assert_eq!((summary.files, summary.repeated_lines), (40, 1));
        assert!(summary.missing_shards.is_empty() && summary.duplicates == 0);
    }
}

#[test]
fn a_second_line_with_another_hash_is_counted_and_named() {
    let scene = Scene::new(&["a.jpg", "b.jpg", "c.jpg"]);
    let line =
        |path: &str, hash: &str| format!(r#"{{"path":"{path}","sha256":"{}"}}"#, hash.repeat(32));
    // The script says that every file has the hash 0a…
    let manifest = [
        line("a.jpg", "0a"),
        line("b.jpg", "0a"),
        line("a.jpg", "0A"),
        line("b.jpg", "0b"),
        "a.jpg".to_owned(),
        line("b.jpg", "0b"),
        "c.jpg".to_owned(),
        line("c.jpg", "0b"),
    ];
    std::fs::write(&scene.manifest, manifest.join("\n")).unwrap();
    let out = scene.out("out");
    let (tally, _) = scene.whole(&out);
    assert_eq!((tally.files, tally.repeated, tally.conflicting), (3, 5, 3));
    assert_eq!(tally.conflicts, ["b.jpg", "b.jpg", "c.jpg"]);
    let (again, _) = scene.whole(&out);
    assert_eq!((again.new, again.conflicting), (0, 3));
    let summary = merge(&[out], &scene.out("union")).unwrap();
    assert_eq!((summary.repeated_lines, summary.conflicting_lines), (5, 3));
}

#[test]
fn stopped_anywhere_it_goes_on_and_the_lines_are_the_same() {
    let names = numbered(12);
    let named: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::new(&named);
    let undisturbed = scene.out("undisturbed");
    assert_eq!(scene.whole(&undisturbed).1, Stopped(false));
    let out = scene.out("stopped");
    for n_before in 0..4 {
        let (tally, stopped) = scene.scan(&out, Shard::WHOLE, None, 3).unwrap();
        assert_eq!(
            (tally.files, stopped),
            (3 * (n_before + 1), Stopped(n_before < 3 || tally.files < 12))
        );
        // A process that was killed while it wrote leaves a part of a line.
        let path = ShardFile::path(&out, Shard::WHOLE);
        let mut torn = std::fs::read(&path).unwrap();
        torn.extend(b"{\"path\":\"1");
        std::fs::write(&path, torn).unwrap();
    }
    let (tally, stopped) = scene.whole(&out);
    assert_eq!((tally.files, tally.new, stopped), (12, 0, Stopped(false)));
    assert_eq!(lines(&out, Shard::WHOLE), lines(&undisturbed, Shard::WHOLE));
    let again = scene.whole(&out);
    assert_eq!(again.0.new, 0, "nothing is done twice");
}

#[test]
fn every_failure_is_a_line_and_the_next_file_is_examined() {
    let names = ["a.jpg", "hang.jpg", "b.jpg", "die.jpg", "empty.jpg", "large.jpg", "c.jpg"];
    let scene = Scene::new(&names);
    std::fs::write(scene.files().join("large.jpg"), vec![0; 1001]).unwrap();
    std::fs::write(scene.folder.path().join("secret"), "x").unwrap();
    symlink("../secret", scene.files().join("link.jpg")).unwrap();
    symlink("a.jpg", scene.files().join("inner.jpg")).unwrap();
    std::fs::create_dir(scene.files().join("folder")).unwrap();
    let mut manifest = std::fs::read(&scene.manifest).unwrap();
    manifest
        .extend(b"\nlink.jpg\ninner.jpg\nfolder\nnone.jpg\n../secret\n/etc/hosts\ncaf\xe9.jpg\n");
    manifest
        .extend(format!("{{\"path\":\"d.jpg\",\"sha256\":\"{}\"}}\n", "ab".repeat(32)).as_bytes());
    std::fs::write(scene.files().join("d.jpg"), "x").unwrap();
    std::fs::write(&scene.manifest, manifest).unwrap();
    let out = scene.out("out");
    let (tally, _) = scene.whole(&out);
    let found = lines(&out, Shard::WHOLE);
    let class = |i: usize| found[i]["failure"]["class"].as_str();
    let classes: Vec<_> = (0..found.len()).map(class).collect();
    let refused = Some("refused");
    let expected = [
        None,
        Some("timed-out"),
        None,
        Some("killed"),
        Some("no-face"),
        refused,
        None,
        refused,
        None,
        refused,
        Some("unreadable"),
        refused,
        refused,
        refused,
        Some("changed"),
    ];
    assert_eq!(classes, expected, "{found:#?}");
    assert_eq!(found[4]["inspect"]["n"], 0, "a face was not found: the result says more");
    assert_eq!(tally.failures[&FailureClass::Refused], 6);
}

#[test]
fn failures_of_a_class_are_tried_again_and_nothing_else() {
    let scene = Scene::new(&["a.jpg", "later.jpg", "empty.jpg", "die.jpg"]);
    let out = scene.out("out");
    scene.whole(&out);
    let before = lines(&out, Shard::WHOLE);
    std::fs::write(scene.files().join("again"), "").unwrap();
    let retry = Some(FailureClass::Killed);
    let (tally, _) = scene.scan(&out, Shard::WHOLE, retry, u64::MAX).unwrap();
    let after = lines(&out, Shard::WHOLE);
    assert_eq!((tally.files, tally.new), (4, 2));
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_eq!((&after[1]["inspect"]["n"], &after[1]["attempts"]), (&2.into(), &2.into()));
    assert_eq!(
        (&after[3]["failure"]["class"], &after[3]["attempts"]),
        (&"killed".into(), &2.into())
    );
    let (summary, paths) = (scene.out("union"), [out]);
    let summary = merge(&paths, &summary).unwrap();
    assert_eq!(summary.failures[&FailureClass::Killed], 1);
}

#[test]
fn results_of_something_else_are_refused() {
    let scene = Scene::new(&["a.jpg", "b.jpg"]);
    let out = scene.out("out");
    scene.whole(&out);
    let other = scene.scan(&out, Shard::new(0, 2).unwrap(), None, u64::MAX);
    assert!(matches!(other, Err(Error::OtherPlan { .. })), "{other:?}");
    std::fs::write(&scene.manifest, "a.jpg\nb.jpg\nc.jpg").unwrap();
    let other = scene.scan(&out, Shard::WHOLE, None, u64::MAX);
    assert!(matches!(other, Err(Error::OtherPlan { .. })), "{other:?}");
    std::fs::remove_file(Plan::path(&out)).unwrap();
    let without = scene.whole_or(&out);
    assert!(matches!(without, Err(Error::NotOurs { .. })), "{without:?}");
    std::fs::write(scene.folder.path().join("script"), "#!/bin/bash\necho no >&2; exit 3\n")
        .unwrap();
    let none = scene.scan(&scene.out("none"), Shard::WHOLE, None, u64::MAX);
    assert!(matches!(none, Err(Error::Worker { .. })), "{none:?}");
}

#[test]
fn a_union_says_what_is_missing_and_counts_a_file_once() {
    let names = numbered(30);
    let named: Vec<&str> = names.iter().map(String::as_str).collect();
    let scene = Scene::new(&named);
    let (first, second) = (scene.out("first"), scene.out("second"));
    let shard = |index| Shard::new(index, 4).unwrap();
    scene.scan(&first, shard(0), None, u64::MAX).unwrap();
    scene.scan(&first, shard(2), None, u64::MAX).unwrap();
    scene.scan(&second, shard(1), None, u64::MAX).unwrap();
    scene.scan(&second, shard(2), None, u64::MAX).unwrap();
    let union = scene.out("union");
    let both = [first.clone(), second];
    let summary = merge(&both, &union).unwrap();
    let missing: Vec<u32> = summary.missing_shards.iter().map(|shard| shard.shard).collect();
    assert_eq!((missing, &summary.shards_in_several_folders[..]), (vec![3], &[2][..]));
    // A line that was changed later is no result; one that was written twice counts once.
    let path = ShardFile::path(&first, shard(0));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{}\n", text.lines().next().unwrap())).unwrap();
    let changed = merge(&both, &union).unwrap();
    assert_eq!(changed.missing_shards.len(), 2);
    assert!(changed.missing_shards[0].why.contains("changed"), "{changed:?}");
    let done_path = Done::path(&first, shard(0));
    let mut done = Done::read(&first, shard(0)).unwrap();
    done.sha256 = crate::files::sha256_of_file(&path).unwrap();
    let write = |done: &Done| {
        std::fs::write(&done_path, serde_json::to_string(done).unwrap()).unwrap();
    };
    // Whoever writes the hash anew has to say the right number of lines, too.
    write(&done);
    let rewritten = merge(&both, &union).unwrap();
    let why = &rewritten.missing_shards[0].why;
    assert!(why.contains("was not written for its lines"), "{why}");
    done.lines += 1;
    write(&done);
    let twice = merge(&both, &union).unwrap();
    assert_eq!((twice.files, twice.duplicates), (summary.files, 1));
    let results = std::fs::read_to_string(union.join("results.jsonl")).unwrap();
    assert_eq!(results.lines().count() as u64, twice.files);
    let none = merge(&[scene.out("nothing")], &union);
    assert!(matches!(none, Err(Error::NoPlan { .. })), "{none:?}");
}

#[test]
#[cfg(unix)]
fn a_union_does_not_wait_for_a_pipe() {
    let scene = Scene::new(&["a.jpg", "b.jpg"]);
    let out = scene.out("out");
    scene.whole(&out);
    let union = scene.out("union");
    let paths = [
        ShardFile::path(&out, Shard::WHOLE),
        Done::path(&out, Shard::WHOLE),
        union.join("summary.json"),
    ];
    for (path, is_shard) in paths.iter().zip([true, true, false]) {
        let kept = path.with_extension("kept");
        std::fs::create_dir_all(&union).unwrap();
        std::fs::rename(path, &kept).ok();
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        let found = merge(std::slice::from_ref(&out), &union);
        if is_shard {
            assert_eq!(found.unwrap().missing_shards.len(), 1, "{path:?}");
        } else {
            found.unwrap_err();
        }
        std::fs::remove_file(path).unwrap();
        std::fs::rename(&kept, path).ok();
    }
    assert_eq!(merge(&[out], &union).unwrap().files, 2);
}

#[test]
fn lines_and_lists_that_change_are_refused() {
    let scene = Scene::new(&["a.jpg", "b.jpg"]);
    let out = scene.out("out");
    scene.whole(&out);
    let path = ShardFile::path(&out, Shard::WHOLE);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"attempts\":1", "\"attempts\":7")).unwrap();
    let changed = scene.whole_or(&out);
    assert!(matches!(changed, Err(Error::NotOurs { .. })), "{changed:?}");
    std::fs::remove_file(Done::path(&out, Shard::WHOLE)).unwrap();
    std::fs::write(&path, format!("{text}{}", text.lines().next().unwrap().to_owned() + "\n"))
        .unwrap();
    let longer = scene.whole_or(&out);
    assert!(matches!(longer, Err(Error::NotOurs { .. })), "{longer:?}");
    // The list grows while it is read: what it was by its hash is not what was examined.
    let manifest = Manifest::open(&scene.manifest, Some(&scene.files()), &out).unwrap();
    manifest.check_unchanged().unwrap();
    std::fs::write(&scene.manifest, "a.jpg\nb.jpg\nlate.jpg").unwrap();
    let grown = manifest.check_unchanged();
    assert!(matches!(grown, Err(Error::ManifestChanged { .. })), "{grown:?}");
}
