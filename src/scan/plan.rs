//! What all shards of a scan have in common, kept beside their results.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Error, Kind};
use crate::files::{read_capped, write_new};

/// Version of [`Plan`] and of the result lines.
pub const PLAN_FORMAT: u32 = 1;

/// Most bytes of a plan.
const MAX_BYTES: u64 = 1 << 20;

/// What a folder of results belongs to. Two that differ are never mixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_FORMAT`].
    pub format: u32,
    /// Version of the program.
    pub program: String,
    /// SHA-256 of the manifest.
    pub manifest_sha256: String,
    /// SHA-256 of the path of the root: results do not name folders above the files.
    pub root_sha256: String,
    /// Number of shards.
    pub shards: u32,
    /// What is done with each file.
    pub only: Vec<Kind>,
    /// A video is examined in about 24 frames.
    pub quick: bool,
    /// Name of the detector's bundle; empty where nothing is examined.
    pub detector: String,
    /// SHA-256 of its network.
    pub detector_sha256: String,
    /// Seconds that a file may take.
    pub file_seconds: u64,
    /// Bytes that a file may have.
    pub file_bytes: u64,
}

impl Plan {
    /// Where it lies in a folder of results.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("scan.plan")
    }

    /// Reads that of a folder; `None` where nothing was scanned into it.
    ///
    /// # Errors
    ///
    /// [`Error::Output`], [`Error::NotOurs`].
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(folder);
        let not_ours = |what: String| Error::NotOurs { path: path.clone(), what };
        let bytes = match read_capped(&path, MAX_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(Error::output(&path))?,
        };
        let bytes = bytes.ok_or_else(|| not_ours("it is too large".to_owned()))?;
        serde_json::from_slice(&bytes).map(Some).map_err(|error| not_ours(error.to_string()))
    }

    /// Writes it into a folder, or finds the same one there.
    ///
    /// # Errors
    ///
    /// [`Error::OtherPlan`] where another lies there, [`Error::Output`], [`Error::NotOurs`].
    pub(super) fn settle(&self, folder: &Path) -> Result<(), Error> {
        let path = Self::path(folder);
        if !path.exists() && has_results(folder) {
            let what = "it is missing beside results that others have left".to_owned();
            return Err(Error::NotOurs { path, what });
        }
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        match write_new(&path, text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map_err(Error::output(&path)),
        }
        let there = Self::read(folder)?.ok_or_else(|| Error::NotOurs {
            path: path.clone(),
            what: "it went away".to_owned(),
        })?;
        match there.difference(self) {
            None => Ok(()),
            Some((what, there, here)) => {
                Err(Error::OtherPlan { folder: folder.to_path_buf(), what, there, here })
            }
        }
    }

    /// The first thing in which two plans differ, and its two values.
    pub(super) fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        type Part = (&'static str, fn(&Plan) -> String);
        let parts: [Part; 10] = [
            ("the format", |plan| plan.format.to_string()),
            ("the version of the program", |plan| plan.program.clone()),
            ("the SHA-256 of the manifest", |plan| plan.manifest_sha256.clone()),
            ("the SHA-256 of the path of the root", |plan| plan.root_sha256.clone()),
            ("the number of shards", |plan| plan.shards.to_string()),
            ("what is done with each file", |plan| kinds(&plan.only)),
            ("--quick", |plan| plan.quick.to_string()),
            ("the detector", |plan| format!("{} {}", plan.detector, plan.detector_sha256)),
            ("the time for a file", |plan| format!("{} s", plan.file_seconds)),
            ("the size of a file", |plan| format!("{} bytes", plan.file_bytes)),
        ];
        parts.iter().find_map(|(what, of)| {
            let (here, there) = (of(self), of(other));
            (here != there).then_some((*what, here, there))
        })
    }
}

/// Whether lines of a shard lie in a folder. A plan is written before them.
fn has_results(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.any(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("shard-") && path.extension().is_some_and(|ending| ending == "jsonl")
    })
}

fn kinds(kinds: &[Kind]) -> String {
    kinds.iter().fold(String::new(), |mut text, kind| {
        let comma = if text.is_empty() { "" } else { "," };
        write!(text, "{comma}{kind}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            format: PLAN_FORMAT,
            program: "1.0".to_owned(),
            manifest_sha256: "ab".to_owned(),
            root_sha256: "ef".to_owned(),
            shards: 4,
            only: vec![Kind::Inspect],
            quick: false,
            detector: "lae".to_owned(),
            detector_sha256: "cd".to_owned(),
            file_seconds: 60,
            file_bytes: 1000,
        }
    }

    #[test]
    fn another_plan_is_refused_by_what_differs() {
        let folder = tempfile::tempdir().unwrap();
        plan().settle(folder.path()).unwrap();
        plan().settle(folder.path()).unwrap();
        let others = [
            Plan { manifest_sha256: "ac".to_owned(), ..plan() },
            Plan { detector_sha256: "ce".to_owned(), ..plan() },
            Plan { root_sha256: "ee".to_owned(), ..plan() },
            Plan { shards: 8, ..plan() },
            Plan { only: vec![Kind::Inspect, Kind::Metadata], ..plan() },
            Plan { file_seconds: 61, ..plan() },
            Plan { program: "1.1".to_owned(), ..plan() },
        ];
        for other in others {
            let error = other.settle(folder.path()).unwrap_err();
            assert!(matches!(error, Error::OtherPlan { .. }), "{error}");
        }
        std::fs::write(Plan::path(folder.path()), "{}").unwrap();
        assert!(matches!(plan().settle(folder.path()), Err(Error::NotOurs { .. })));
    }
}
