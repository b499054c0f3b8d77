//! The union of all shards: every line once, what failed, and what is missing.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::shard::path_key;
use super::shard_file::{Done, ResultLines, ShardFile};
use super::{Error, FailureClass, Plan, Shard};
use crate::base::text::visible;
use crate::files::{csv_row, part_file, read_capped, sha256_of_file};

/// Most bytes of a summary.
const MAX_SUMMARY_BYTES: u64 = 64 << 20;

/// The counts of a merge, `summary.json`.
#[derive(Debug, Serialize)]
pub struct MergeSummary {
    /// What the shards had in common.
    #[serde(flatten)]
    pub plan: Plan,
    /// Files with a line.
    pub files: u64,
    pub failures: BTreeMap<FailureClass, u64>,
    /// Shards without all their lines, or whose lines are not those that were finished.
    pub missing_shards: Vec<MissingShard>,
    /// Shards that several folders have, taken from the first of these.
    pub shards_in_several_folders: Vec<u32>,
    /// Lines of the manifest that named a file a second time.
    pub repeated_lines: u64,
    /// Lines among these with another SHA-256 than the first one.
    pub conflicting_lines: u64,
    /// Lines that another shard had as well, left out here.
    pub duplicates: u64,
    /// SHA-256 of `results.jsonl`.
    pub results_sha256: String,
}

/// A shard that is not in the union.
#[derive(Debug, Serialize)]
pub struct MissingShard {
    /// Its number, from 0 on.
    pub shard: u32,
    pub why: String,
}

/// Writes `results.jsonl` (shard by shard), `failures.csv` and `summary.json` into `out`, from
/// folders of one scan. A shard is taken from the first folder that has it whole.
///
/// # Errors
///
/// [`Error`]; nothing is replaced then.
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<MergeSummary, Error> {
    let plan = common_plan(folders)?;
    refuse_other_union(&plan, out)?;
    let results_path = out.join("results.jsonl");
    let failures_path = out.join("failures.csv");
    let [results_part, failures_part] =
        [(); 2].map(|()| part_file(out, ".part").map_err(Error::output(out)));
    let (results_part, failures_part) = (results_part?, failures_part?);
    let mut results = BufWriter::new(results_part.as_file());
    let mut table = BufWriter::new(failures_part.as_file());
    let not_written = |error| Error::output(&failures_path)(error);
    table.write_all(&csv_row(["path", "class", "why", "attempts"])).map_err(not_written)?;

    let mut summary = MergeSummary {
        files: 0,
        failures: BTreeMap::new(),
        missing_shards: Vec::new(),
        shards_in_several_folders: Vec::new(),
        repeated_lines: 0,
        conflicting_lines: 0,
        duplicates: 0,
        results_sha256: String::new(),
        plan,
    };
    for index in 0..summary.plan.shards {
        let Some(shard) = Shard::new(index, summary.plan.shards) else { continue };
        let (folder, done) = match whole_shard(folders, shard) {
            Ok(found) => found,
            Err(why) => {
                summary.missing_shards.push(MissingShard { shard: index, why });
                continue;
            }
        };
        summary.repeated_lines += done.repeated;
        summary.conflicting_lines += done.conflicting;
        if folders.iter().filter(|folder| Done::read(folder, shard).is_some()).count() > 1 {
            summary.shards_in_several_folders.push(index);
        }
        // A file belongs to one shard, so it can come twice in one only.
        let mut seen = HashSet::new();
        for line in ResultLines::open(&ShardFile::path(folder, shard))? {
            let (line, head) = line?;
            if !shard.holds(head.path.as_bytes()) || !seen.insert(path_key(&head.path)) {
                summary.duplicates += 1;
                continue;
            }
            let written = results.write_all(&line).and_then(|()| results.write_all(b"\n"));
            written.map_err(Error::output(&results_path))?;
            summary.files += 1;
            if let Some(failure) = head.failure {
                *summary.failures.entry(failure.class).or_default() += 1;
                let cells = [
                    visible(&head.path).into_owned(),
                    failure.class.to_string(),
                    visible(&failure.why).into_owned(),
                    head.attempts.to_string(),
                ];
                table.write_all(&csv_row(cells)).map_err(not_written)?;
            }
        }
    }
    results.flush().map_err(Error::output(&results_path))?;
    table.flush().map_err(Error::output(&failures_path))?;
    drop((results, table));
    summary.results_sha256 =
        sha256_of_file(results_part.path()).map_err(Error::output(&results_path))?;
    let summary_path = out.join("summary.json");
    let mut summary_part = part_file(out, ".part").map_err(Error::output(out))?;
    let text = serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n";
    summary_part.write_all(text.as_bytes()).map_err(Error::output(&summary_path))?;
    for (part, path) in [
        (results_part, &results_path),
        (failures_part, &failures_path),
        (summary_part, &summary_path),
    ] {
        part.as_file().sync_all().map_err(Error::output(path))?;
        part.persist(path).map_err(|error| Error::output(path)(error.error))?;
    }
    Ok(summary)
}

fn common_plan(folders: &[PathBuf]) -> Result<Plan, Error> {
    let mut common: Option<(Plan, &Path)> = None;
    for path in folders {
        let plan = Plan::read(path)?.ok_or_else(|| Error::NoPlan { path: path.clone() })?;
        if let Some((first_plan, first)) = &common {
            if let Some((what, _, _)) = first_plan.difference(&plan) {
                let (path, first) = (path.clone(), first.to_path_buf());
                return Err(Error::Mixed { path, first, what });
            }
        } else {
            common = Some((plan, path));
        }
    }
    common.map(|(plan, _)| plan).ok_or_else(|| Error::NoPlan { path: PathBuf::new() })
}

/// Fails where a union of another scan lies.
fn refuse_other_union(plan: &Plan, out: &Path) -> Result<(), Error> {
    let path = out.join("summary.json");
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let bytes = read_capped(&path, MAX_SUMMARY_BYTES).map_err(Error::output(&path))?;
    let there: Option<Plan> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match there.and_then(|there| there.difference(plan)) {
        None => Ok(()),
        Some((what, there, here)) => {
            Err(Error::OtherPlan { folder: out.to_path_buf(), what, there, here })
        }
    }
}

/// The first folder that has a shard whole, or why none has.
fn whole_shard(folders: &[PathBuf], shard: Shard) -> Result<(&Path, Done), String> {
    let mut why = "it has not ended in any folder".to_owned();
    for folder in folders {
        let Some(done) = Done::read(folder, shard) else { continue };
        match done.misfit(&ShardFile::path(folder, shard)) {
            None => return Ok((folder, done)),
            Some(misfit) => why = misfit,
        }
    }
    Err(why)
}
