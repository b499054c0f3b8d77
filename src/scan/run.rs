//! Works on one shard: from the manifest to its result lines.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::record::{Failure, Record, Reply, ReplyHead};
use super::shard::path_key;
use super::shard_file::{Done, LineWriter, ShardFile};
use super::worker::{FileOutcome, WorkerProcess};
use super::{Entry, Error, FailureClass, Manifest, Plan, Ready, Shard, WorkerCommand};

/// Files with lines that differ that are named.
const MAX_CONFLICTS: usize = 20;

/// What is worked on, and how.
#[derive(Debug, Clone, Copy)]
pub struct ScanJob<'a> {
    /// The files.
    pub manifest: &'a Manifest,
    /// Where the results go.
    pub folder: &'a Path,
    /// What examines a file.
    pub command: &'a WorkerCommand,
    /// The part of the manifest.
    pub shard: Shard,
    /// Failures to try again, of a shard that has all its lines.
    pub retry: Option<FailureClass>,
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files with a line, those of earlier runs included.
    pub files: u64,
    /// Files that this run examined.
    pub new: u64,
    /// Lines of the manifest that name a file a second time.
    pub repeated: u64,
    /// Lines among these with another SHA-256 than the first line of the file. They are left out as well.
    pub conflicting: u64,
    /// The first files with such lines.
    pub conflicts: Vec<String>,
    /// Failures by class, those of earlier runs included.
    pub failures: BTreeMap<FailureClass, u64>,
}

/// Whether it was asked to stop before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped(pub bool);

/// Works on a shard until it has all its lines or `stop` is set.
///
/// The file in hand is left to the next run then. `plan` completes the plan by what the child has loaded.
/// `on_step` is called after each file.
///
/// # Errors
///
/// [`Error`]. Lines that were written before stay, and the next run goes on behind them.
pub fn scan(
    job: ScanJob<'_>,
    plan: impl FnOnce(&Ready) -> Plan,
    stop: &AtomicBool,
    on_step: &mut dyn FnMut(&Tally),
) -> Result<(Tally, Stopped), Error> {
    let Some((worker, ready)) = WorkerProcess::start(job.command, stop)? else {
        return Ok((Tally::default(), Stopped(true)));
    };
    let plan = plan(&ready);
    plan.settle(job.folder)?;
    let file = ShardFile::open(job.folder, job.shard)?;
    let examiner =
        ShardExaminer { command: job.command, plan: &plan, ready, worker: Some(worker), stop };
    let mut work = Work { file, job, examiner, tally: Tally::default() };
    let done = Done::read(job.folder, job.shard);
    if let Some(done) = &done {
        work.file.check_lines(done)?;
    }
    let is_done = done.is_some();
    let is_stopped = match job.retry {
        Some(class) if is_done => work.retry(class, on_step)?,
        _ => work.go_on(on_step)?,
    };
    let Work { file, tally, .. } = work;
    job.manifest.check_unchanged()?;
    if !is_stopped {
        let done = Done {
            lines: tally.files,
            sha256: String::new(),
            repeated: tally.repeated,
            conflicting: tally.conflicting,
            failures: tally.failures.clone(),
        };
        file.finish(job.folder, job.shard, done)?;
    }
    Ok((tally, Stopped(is_stopped)))
}

struct Work<'a> {
    file: ShardFile,
    job: ScanJob<'a>,
    examiner: ShardExaminer<'a>,
    tally: Tally,
}

impl Work<'_> {
    /// Examines the files that have no line yet; `true` when it was asked to stop.
    fn go_on(&mut self, on_step: &mut dyn FnMut(&Tally)) -> Result<bool, Error> {
        let mut there = self.file.lines()?;
        let mut lines = None;
        let mut seen = HashMap::new();
        for entry in self.job.manifest.lines()? {
            let entry = entry?;
            if !self.job.shard.holds(entry.path.as_bytes()) {
                continue;
            }
            let hash = hash_key(entry.sha256.as_deref());
            match seen.entry(path_key(&entry.path)) {
                Slot::Vacant(slot) => _ = slot.insert(hash),
                Slot::Occupied(first) => {
                    self.tally.count_repeated(&entry, hash.is_some() && hash != *first.get());
                    continue;
                }
            }
            if lines.is_none()
                && let Some(line) = there.next()
            {
                let (_, head) = line?;
                if head.path != entry.path {
                    let path = ShardFile::path(self.job.folder, self.job.shard);
                    let what =
                        format!("it has {:?} where the manifest has {:?}", head.path, entry.path);
                    return Err(Error::NotOurs { path, what });
                }
                self.tally.count(head.failure.as_ref(), false);
                continue;
            }
            let lines = match &mut lines {
                Some(lines) => lines,
                none => none.insert(self.file.append()?),
            };
            if self.examiner.one(entry, 1, lines, &mut self.tally)? {
                return Ok(true);
            }
            on_step(&self.tally);
        }
        if lines.is_none() && there.next().is_some() {
            let path = ShardFile::path(self.job.folder, self.job.shard);
            return Err(Error::NotOurs { path, what: "it has more lines than files".to_owned() });
        }
        Ok(false)
    }

    /// Examines the failures of a class again. What was there stays until all of them are done.
    fn retry(
        &mut self,
        class: FailureClass,
        on_step: &mut dyn FnMut(&Tally),
    ) -> Result<bool, Error> {
        let done = Done::read(self.job.folder, self.job.shard);
        let repeated = done.map(|done| (done.repeated, done.conflicting));
        (self.tally.repeated, self.tally.conflicting) = repeated.unwrap_or_default();
        let mut entries = BTreeMap::new();
        for line in self.file.lines()? {
            let (_, head) = line?;
            if head.failure.is_some_and(|failure| failure.class == class) {
                entries.insert(path_key(&head.path), None);
            }
        }
        for entry in self.job.manifest.lines()? {
            let entry = entry?;
            if let Some(place) = entries.get_mut(&path_key(&entry.path)) {
                place.get_or_insert(entry);
            }
        }
        let (part, mut lines) = self.file.rewrite()?;
        for line in self.file.lines()? {
            let (line, head) = line?;
            if let Some(entry) = entries.remove(&path_key(&head.path)).flatten() {
                let attempts = head.attempts.saturating_add(1);
                if self.examiner.one(entry, attempts, &mut lines, &mut self.tally)? {
                    return Ok(true);
                }
            } else {
                lines.line(&line)?;
                self.tally.count(head.failure.as_ref(), false);
            }
            on_step(&self.tally);
        }
        self.file.replace(part)?;
        Ok(false)
    }
}

impl Tally {
    fn count_repeated(&mut self, entry: &Entry, is_conflicting: bool) {
        self.repeated += 1;
        if is_conflicting {
            self.conflicting += 1;
            if self.conflicts.len() < MAX_CONFLICTS {
                self.conflicts.push(entry.path.clone());
            }
        }
    }

    fn count(&mut self, failure: Option<&Failure>, is_new: bool) {
        self.files += 1;
        self.new += u64::from(is_new);
        if let Some(failure) = failure {
            *self.failures.entry(failure.class).or_default() += 1;
        }
    }
}

/// Has files examined, by a new child where the last one is gone.
struct ShardExaminer<'a> {
    command: &'a WorkerCommand,
    plan: &'a Plan,
    ready: Ready,
    worker: Option<WorkerProcess>,
    stop: &'a AtomicBool,
}

impl ShardExaminer<'_> {
    /// Examines a file and writes its line; `true` when it was asked to stop, and no line was written.
    fn one(
        &mut self,
        entry: Entry,
        attempts: u32,
        lines: &mut LineWriter,
        tally: &mut Tally,
    ) -> Result<bool, Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let start = Instant::now();
        let refusal = self.refusal(&entry);
        let reply = match refusal {
            Some(failure) => Some(failed(failure)),
            None => self.reply(&entry)?,
        };
        let Some(reply) = reply else { return Ok(true) };
        let record = Record::new(entry, reply, start.elapsed().as_secs_f64(), attempts);
        lines.record(&record)?;
        tally.count(record.failure.as_ref(), true);
        Ok(false)
    }

    /// Why a file is not handed to the child.
    fn refusal(&self, entry: &Entry) -> Option<Failure> {
        if let Some(why) = &entry.refusal {
            return Some(Failure::new(FailureClass::Refused, why));
        }
        let unreadable = |error: std::io::Error| {
            Failure::new(FailureClass::Unreadable, format!("the file cannot be read: {error}"))
        };
        let path = self.command.root.join(&entry.path);
        let found = match path.canonicalize().and_then(|path| Ok((path.metadata()?, path))) {
            Ok(found) => found,
            Err(error) => return Some(unreadable(error)),
        };
        let (facts, target) = found;
        let refused = |why: String| Some(Failure::new(FailureClass::Refused, why));
        if !target.starts_with(&self.command.root) {
            return refused(
                "a link leads out of the root; links are not followed there".to_owned(),
            );
        }
        if !facts.is_file() {
            return refused("this is not a regular file".to_owned());
        }
        let (bytes, limit) = (facts.len(), self.plan.file_bytes);
        if bytes > limit {
            return refused(format!("the file has {bytes} bytes, more than the limit of {limit}"));
        }
        None
    }

    /// `None` when it was asked to stop.
    fn reply(&mut self, entry: &Entry) -> Result<Option<Reply>, Error> {
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => {
                let Some((worker, ready)) = WorkerProcess::start(self.command, self.stop)? else {
                    return Ok(None);
                };
                if ready != self.ready {
                    let what = format!("it has loaded {ready:?} now, and {:?} before", self.ready);
                    return Err(Error::Worker { what });
                }
                none.insert(worker)
            }
        };
        let limit = Duration::from_secs(self.plan.file_seconds);
        let answer = worker.ask(&entry.path, limit, self.stop);
        if !matches!(answer, FileOutcome::Reply(_)) {
            self.worker = None;
        }
        Ok(match answer {
            FileOutcome::Reply(reply) => match reply.head.ends_scan {
                Some(what) => return Err(Error::Ended { what }),
                None => Some(*reply),
            },
            FileOutcome::Stopped => None,
            FileOutcome::TimedOut => {
                let why = format!("it took longer than {} s", limit.as_secs());
                Some(failed(Failure::new(FailureClass::TimedOut, why)))
            }
            FileOutcome::Died(how) => {
                let why = format!("the process that examined it: {how}");
                Some(failed(Failure::new(FailureClass::Killed, why)))
            }
        })
    }
}

/// Eight bytes that stand for a SHA-256 where many are remembered.
fn hash_key(sha256: Option<&str>) -> Option<u64> {
    sha256.and_then(|hash| u64::from_str_radix(hash.get(..16)?, 16).ok())
}

fn failed(failure: Failure) -> Reply {
    Reply { head: ReplyHead { failure: Some(failure), ..ReplyHead::default() }, ..Reply::default() }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
