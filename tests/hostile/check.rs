//! The harness tried on a script that does everything wrong that is looked for.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::batch::Runner;
use crate::run::Scene;
use crate::seeds::FORMATS;
use crate::tally::{Limits, Tally};
use crate::watch::Watch;

/// Stands in for the program: does to each file what stands in it, and prints a line. Its arguments
/// before the files are those of `batch`.
const SCRIPT: &str = r#"#!/bin/bash
exec 9>&2
for file in "$@"; do
    [ -f "$file" ] || continue
    read -r what <"$file"
    case $what in
    crash) kill -SEGV $$ ;;
    panic) echo "thread 'main' panicked at src/media/x.rs:1:1:" >&9; exit 2 ;;
    code) exit 7 ;;
    hang) sleep 1000 ;;
    silent) continue ;;
    memory) dd if=/dev/zero of=/dev/null bs=150M count=1 2>/dev/null ;;
    socket) (exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null ;;
    elsewhere) echo x >ELSEWHERE ;;
    upwards) echo x >../../../../../../../../../../../../ELSEWHERE ;;
    renamed) echo x >"$HOME/own"; mv "$HOME/own" ELSEWHERE ;;
    refused) echo x >ELSEWHERE/none/none ;;
    own) echo x >"$HOME/own" ;;
    esac 2>/dev/null
    echo line
done
exit 0
"#;

/// Each of these files is to be found in the midst of good ones, and to be kept.
pub(crate) fn everything_wrong_is_found() {
    let elsewhere = tempfile::tempdir().unwrap();
    let spot = elsewhere.path().join("spot");
    let program = elsewhere.path().join("program");
    std::fs::write(&program, SCRIPT.replace("ELSEWHERE", spot.to_str().unwrap())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let scene = Scene::new(&program);
    let watches = [Watch::new(), None];
    if watches[0].is_none() {
        println!("SKIPPED: this kernel tells no calls; only strace is tried");
    }
    for watch in watches.iter().filter(|watch| watch.is_some() || scene.has_strace) {
        let tried = Tried { scene: &scene, watch: watch.as_ref(), keep: elsewhere.path() };
        let one = Tally { n: 7, ..Tally::default() };
        let good = ["good", "own"].map(|what| (what, one.clone()));
        let crash = Tally { crashes: 1, ..one.clone() };
        let crashes = ["crash", "panic", "code", "silent"].map(|what| (what, crash.clone()));
        let written = Tally { written: 1, ..one.clone() };
        let changes = ["elsewhere", "renamed", "upwards"].map(|what| (what, written.clone()));
        let others = [
            ("hang", Tally { hangs: 1, ..one.clone() }),
            ("memory", Tally { over_memory: 1, ..one.clone() }),
            ("socket", Tally { sockets: 1, ..one.clone() }),
        ];
        // Only `strace` sees that a call failed.
        let refused = scene.has_strace.then_some(("refused", one));
        let all = good.into_iter().chain(crashes).chain(changes).chain(others).chain(refused);
        for (what, tally) in all {
            let kept = if tally.is_clean() { vec![] } else { vec![what.to_owned()] };
            assert_eq!(tried.tally(what), (tally, kept), "{what}");
        }
    }
}

struct Tried<'a> {
    scene: &'a Scene,
    watch: Option<&'a Watch>,
    keep: &'a Path,
}

impl Tried<'_> {
    /// What a batch of seven files counts, one of which is this, and what of it is kept. Times and
    /// sizes are left out.
    fn tally(&self, what: &str) -> (Tally, Vec<String>) {
        let folder = tempfile::tempdir_in(self.scene.folder.path()).unwrap();
        let keep = self.keep.join("kept");
        let files: Vec<PathBuf> = (0..7)
            .map(|i| {
                let path = folder.path().join(format!("{i}.jpg"));
                std::fs::write(&path, if i == 4 { what } else { "good" }).unwrap();
                path
            })
            .collect();
        let limits = Limits { file_time: Duration::from_secs(2), memory_bytes: 100 << 20 };
        let (scene, watch) = (self.scene, self.watch);
        let runner = Runner { format: &FORMATS[0], scene, limits, keep: &keep, watch };
        let mut tally = runner.run(0, &files);
        assert!(tally.peak_bytes > 0, "{what}: {tally:?}");
        (tally.peak_bytes, tally.slowest) = (0, Duration::ZERO);
        let kept = std::fs::read_dir(&keep).into_iter().flatten();
        let kept = kept.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        let kept = kept.collect();
        std::fs::remove_dir_all(&keep).ok();
        (tally, kept)
    }
}
