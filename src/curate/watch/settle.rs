//! Which files have settled: nobody has written to them for a while.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::snapshot::{FileStamp, FolderSnapshot};

/// For so long size and time of a file stay the same before it is opened, unless somebody asks for more.
pub const SETTLE: Duration = Duration::from_secs(2);

/// Endings of files that a browser or a copying program has not finished.
const PARTIAL: [&str; 12] = [
    "part",
    "partial",
    "crdownload",
    "download",
    "opdownload",
    "tmp",
    "temp",
    "filepart",
    "aria2",
    "!ut",
    "!qb",
    "ut!",
];

/// A file that was seen.
#[derive(Debug)]
struct Seen {
    stamp: FileStamp,
    /// Since when it is as it is, on the clock of the caller.
    since: Duration,
    has_settled: bool,
    /// It had settled before it changed.
    had_settled: bool,
}

/// What one look found out.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Files that have settled since the look before; `true` for those that changed after they had
    /// settled once.
    pub(super) settled: Vec<(PathBuf, bool)>,
    /// Files that wait for something, and were not named before.
    pub(super) waiting: Vec<(PathBuf, &'static str)>,
}

/// Remembers files from look to look.
#[derive(Debug)]
pub(super) struct Settling {
    /// For so long a file stays the same until it has settled.
    settle: Duration,
    seen: HashMap<PathBuf, Seen>,
    /// Files that were named as waiting, with the reason.
    named: BTreeMap<PathBuf, &'static str>,
}

impl Settling {
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, seen: HashMap::new(), named: BTreeMap::new() }
    }

    /// Takes in the folder as it was at `now`.
    pub(super) fn look(&mut self, snapshot: &FolderSnapshot, now: Duration) -> Looked {
        let mut looked = Looked::default();
        let mut waiting = BTreeMap::new();
        for (path, stamp) in &snapshot.files {
            if let Some(reason) = why_it_waits(path, *stamp, snapshot) {
                if self.named.get(path) != Some(&reason) {
                    looked.waiting.push((path.clone(), reason));
                }
                waiting.insert(path.clone(), reason);
                self.seen.remove(path);
                continue;
            }
            let new =
                |had_settled| Seen { stamp: *stamp, since: now, has_settled: false, had_settled };
            let seen = self.seen.entry(path.clone()).or_insert_with(|| new(false));
            if seen.stamp != *stamp {
                *seen = new(seen.has_settled || seen.had_settled);
            }
            if !seen.has_settled && now.saturating_sub(seen.since) >= self.settle {
                seen.has_settled = true;
                looked.settled.push((path.clone(), seen.had_settled));
            }
        }
        self.named = waiting;
        self.seen.retain(|path, _| snapshot.files.contains_key(path));
        looked
    }

    /// Whether a file has settled and is now as it was then.
    pub(super) fn is_settled(&self, path: &Path) -> bool {
        let seen = self.seen.get(path).filter(|seen| seen.has_settled);
        seen.is_some_and(|seen| FileStamp::read(path) == Some(seen.stamp))
    }

    /// Files that somebody may still be writing to.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Path> {
        let unsettled = self.seen.iter().filter(|(_, seen)| !seen.has_settled);
        unsettled.map(|(path, _)| path.as_path())
    }
}

/// Why a file is not ready, whatever its times say.
fn why_it_waits(path: &Path, stamp: FileStamp, snapshot: &FolderSnapshot) -> Option<&'static str> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    if ending.is_some_and(|ending| PARTIAL.contains(&ending.as_str())) {
        return Some("its name is that of a download or copy that is not finished");
    }
    // Some browsers make the file first, empty, and write beside it.
    let beside = |ending: &&str| snapshot.files.contains_key(&path.with_added_extension(ending));
    if PARTIAL.iter().any(beside) {
        return Some("a download of the same name beside it is not finished");
    }
    (stamp.bytes == 0).then_some("it is empty")
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn snapshot(files: &[(&str, u64)]) -> FolderSnapshot {
        let stamp = |bytes| FileStamp { bytes, written: Some(SystemTime::UNIX_EPOCH) };
        let files = files.iter().map(|(name, bytes)| (PathBuf::from(name), stamp(*bytes)));
        FolderSnapshot { files: files.collect(), ..FolderSnapshot::default() }
    }

    /// Names of what has settled, `!` for what had settled before.
    fn settled(settling: &mut Settling, files: &[(&str, u64)], at_s: u64) -> Vec<String> {
        let looked = settling.look(&snapshot(files), Duration::from_secs(at_s));
        let name = |(path, again): (PathBuf, bool)| {
            format!("{}{}", path.display(), if again { "!" } else { "" })
        };
        looked.settled.into_iter().map(name).collect()
    }

    #[test]
    fn a_file_settles_once_and_again_after_a_change() {
        let mut s = Settling::new(SETTLE);
        let nothing = Vec::<String>::new();
        assert_eq!(settled(&mut s, &[("a", 1)], 0), nothing);
        assert_eq!(settled(&mut s, &[("a", 1)], 1), nothing, "one second is too short");
        assert_eq!(settled(&mut s, &[("a", 2), ("b", 1)], 2), nothing, "it grows");
        assert_eq!(settled(&mut s, &[("a", 2), ("b", 1)], 4), ["a", "b"]);
        assert_eq!(settled(&mut s, &[("a", 2), ("b", 1)], 60), nothing, "once");
        assert_eq!(settled(&mut s, &[("a", 3), ("b", 1)], 61), nothing);
        assert_eq!(s.unsettled().collect::<Vec<_>>(), [Path::new("a")]);
        assert_eq!(settled(&mut s, &[("a", 3), ("b", 1)], 63), ["a!"]);
        assert_eq!(settled(&mut s, &[("b", 1)], 64), nothing);
        assert_eq!(settled(&mut s, &[("a", 3), ("b", 1)], 65), nothing);
        assert_eq!(settled(&mut s, &[("a", 3), ("b", 1)], 67), ["a"], "it is another file now");
    }

    #[test]
    fn downloads_wait_and_are_named_once() {
        let mut s = Settling::new(SETTLE);
        let files =
            [("a.jpg", 0), ("a.jpg.part", 9), ("b.mp4.crdownload", 9), ("c.TMP", 9), ("d.jpg", 0)];
        let looked = s.look(&snapshot(&files), Duration::ZERO);
        assert_eq!(looked.waiting.len(), 5, "{looked:?}");
        for at_s in [10, 20] {
            let looked = s.look(&snapshot(&files), Duration::from_secs(at_s));
            assert!(looked.waiting.is_empty() && looked.settled.is_empty(), "{looked:?}");
        }
        let ready = [("a.jpg", 9), ("b.mp4", 9), ("c.TMP", 9), ("d.jpg", 1)];
        assert_eq!(settled(&mut s, &ready, 30), Vec::<String>::new());
        assert_eq!(settled(&mut s, &ready, 32), ["a.jpg", "b.mp4", "d.jpg"]);
    }

    #[test]
    fn a_storm_of_files_is_taken_in_one_look() {
        let names: Vec<String> = (0..5000).map(|i| format!("{i:05}.jpg")).collect();
        let files: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 7)).collect();
        let mut s = Settling::new(SETTLE);
        assert_eq!(settled(&mut s, &files[..2500], 0).len(), 0);
        assert_eq!(settled(&mut s, &files, 2).len(), 2500);
        assert_eq!(settled(&mut s, &files, 4), names[2500..]);
    }
}
