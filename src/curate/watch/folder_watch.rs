//! Takes the files of a folder into a case, and has each examined once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::event::WatchEvent;
use super::settle::Settling;
use super::snapshot::{FolderSnapshot, changed_at};
use crate::base::{Phase, TaskCtx};
use crate::case::{self, Case, Examined, ItemId, KnownFile, NewItem, add_items};
use crate::curate::Error;
use crate::curate::add_folder::{ItemOrigin, sub_folder_of, why_no_media};
use crate::curate::descriptions::{DescribedFile, describe_item};
use crate::curate::examine::{ExamineCounts, ExamineOne, Run};
use crate::files::sha256_of_reader;

/// A file that was changed less than this before it was examined is hashed after a restart: the clocks
/// of two machines differ.
const CLOCK_SLACK: Duration = Duration::from_mins(5);

/// Reads what a file says about itself.
type ReadOne<'a> = dyn FnMut(&Path) -> Result<DescribedFile, String> + 'a;

/// What is done with a file.
pub struct WatchWork<'a> {
    /// Examines it.
    pub examine_one: &'a mut ExamineOne<'a>,
    /// Reads what it says about itself; `None` to store nothing of it.
    pub read_one: Option<&'a mut ReadOne<'a>>,
}

/// Receives what happens.
type Report<'a> = dyn FnMut(WatchEvent) + 'a;

/// A watched folder, and what the case knows of its files.
#[derive(Debug)]
pub struct FolderWatch {
    folder: PathBuf,
    origin: ItemOrigin,
    settling: Settling,
    items: BTreeMap<ItemId, KnownFile>,
    /// Items by the paths where their files are, those of moved ones included.
    by_path: HashMap<PathBuf, ItemId>,
    /// Where the files of items are that are no longer where the case says.
    moved_to: HashMap<ItemId, PathBuf>,
    /// Items that wait to be examined here, the oldest first.
    queue: BTreeSet<ItemId>,
    run: Run,
    /// Links and problems that were reported.
    links: HashSet<PathBuf>,
    problems: HashSet<String>,
}

impl FolderWatch {
    /// Begins with what the case knows. A file has settled when it stayed the same for `settle`.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when it cannot be read, [`Error::Case`].
    pub fn new(
        case: &Case,
        folder: &Path,
        origin: ItemOrigin,
        settle: Duration,
    ) -> Result<Self, Error> {
        let unreadable = |source| Error::Folder { source, path: folder.to_owned() };
        std::fs::read_dir(folder).map_err(unreadable)?;
        // Cases know files by paths without links among the folders.
        let real = if cfg!(windows) { std::path::absolute(folder) } else { folder.canonicalize() };
        let folder = real.map_err(unreadable)?;
        let known = case.known_files()?;
        Ok(Self {
            folder,
            origin,
            settling: Settling::new(settle),
            by_path: known.iter().map(|file| (file.path.clone(), file.id)).collect(),
            items: known.into_iter().map(|file| (file.id, file)).collect(),
            moved_to: HashMap::new(),
            queue: BTreeSet::new(),
            run: Run::new(usize::MAX),
            links: HashSet::new(),
            problems: HashSet::new(),
        })
    }

    /// The folder by the path that snapshots are to be taken of.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Files examined, and those that could not be.
    pub const fn counts(&self) -> ExamineCounts {
        self.run.counts
    }

    /// Files that somebody may still be writing to.
    pub fn unsettled(&self) -> impl Iterator<Item = &Path> {
        self.settling.unsettled()
    }

    /// Takes in the folder as it was at `now`, on any clock that goes on: new files become items, and
    /// wait to be examined.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], [`Error::Case`].
    pub fn look(
        &mut self,
        case: &mut Case,
        snapshot: &FolderSnapshot,
        now: Duration,
        report: &mut Report<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        for path in &snapshot.links {
            if self.links.insert(path.clone()) {
                let reason = "this is a link; links are not followed".to_owned();
                report(WatchEvent::Skipped { path: path.clone(), reason });
            }
        }
        for what in &snapshot.problems {
            if self.problems.insert(what.clone()) {
                report(WatchEvent::Unreadable { what: what.clone() });
            }
        }
        self.links.retain(|path| snapshot.links.contains(path));
        self.problems.retain(|what| snapshot.problems.contains(what));
        let looked = self.settling.look(snapshot, now);
        for (path, reason) in looked.waiting {
            report(WatchEvent::Waits { path, reason });
        }
        let mut foreign = Vec::new();
        for (i, (path, has_changed)) in looked.settled.iter().enumerate() {
            ctx.step(Phase::Reading, i as u64, looked.settled.len() as u64)?;
            match self.by_path.get(path).copied() {
                Some(id) if self.is_at_home(id, path) => {
                    self.look_again(case, id, *has_changed, report, ctx)?;
                }
                Some(id) => {
                    self.by_path.remove(path);
                    self.moved_to.remove(&id);
                    foreign.push(path.clone());
                }
                None => match why_no_media(path) {
                    None => foreign.push(path.clone()),
                    Some(_) if *has_changed => {}
                    Some(reason) => report(WatchEvent::Skipped { path: path.clone(), reason }),
                },
            }
        }
        if foreign.is_empty() {
            return Ok(());
        }
        let new = self.without_moved(foreign, snapshot, report, ctx)?;
        self.add(case, new, report, ctx)
    }

    /// Examines the file that waits longest; `false` when none waits. Every file is one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], after which the file still waits; [`Error::Detector`] when it fails on one
    /// file after the other; [`Error::Case`].
    pub fn examine_next(
        &mut self,
        case: &mut Case,
        work: &mut WatchWork<'_>,
        report: &mut Report<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<bool, Error> {
        let waiting = self.queue.pop_first().and_then(|id| self.items.get_mut(&id));
        let Some(file) = waiting else { return Ok(false) };
        let (item, path) = (file.id, file.path.clone());
        if !self.settling.is_settled(&path) {
            // A file that somebody writes to again settles again, and waits again then.
            if !path.exists() {
                let reason = "it was gone before it was examined".to_owned();
                report(WatchEvent::Skipped { path, reason });
            }
            return Ok(true);
        }
        self.run.examine(case, &[(item, path.clone())], work.examine_one, ctx)?;
        // A description ties an item to the content of its file. One that could not be examined may be
        // the beginning of a slow copy, and what comes after it is to be examined.
        let is_examined = matches!(case.row(item)?.examined, Examined::Done);
        if is_examined && let Some(read_one) = &mut work.read_one {
            describe_item(case, item, read_one(&path))?;
        }
        let row = case.row(item)?;
        let is_part = row.is_part();
        file.sha256 = row.sha256;
        file.has_failed = matches!(row.examined, Examined::Failed(_));
        file.examined_at = Some(SystemTime::now());
        report(match row.examined {
            Examined::Failed(reason) => WatchEvent::Failed { item, path, reason },
            Examined::Done | Examined::Waiting => {
                let (verdict, score) = (row.verdict, row.score);
                WatchEvent::Examined { item, path, verdict, is_part, score }
            }
        });
        Ok(true)
    }

    /// Whether a path is the one that the case has for the item.
    fn is_at_home(&self, id: ItemId, path: &Path) -> bool {
        self.items.get(&id).is_some_and(|file| file.path == path)
    }

    /// A file that the case has: whether it is to be examined, or is another one now.
    fn look_again(
        &mut self,
        case: &mut Case,
        item: ItemId,
        has_changed: bool,
        report: &mut Report<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let Some(file) = self.items.get_mut(&item) else { return Ok(()) };
        let mut wait = |is_wanted: bool| {
            if is_wanted {
                self.queue.insert(item);
            }
        };
        let Some(examined_at) = file.examined_at else {
            wait(true);
            return Ok(());
        };
        let changed_at = changed_at(&file.path);
        let is_later = has_changed || changed_at.is_none_or(|at| at > examined_at);
        let Some(known) = file.sha256.clone() else {
            wait(is_later);
            return Ok(());
        };
        let is_old = changed_at.and_then(|at| at.checked_add(CLOCK_SLACK));
        if !has_changed && is_old.is_some_and(|at| at < examined_at) {
            return Ok(());
        }
        let found = match sha256(&file.path, ctx)? {
            Ok(found) => found,
            Err(error) => {
                let what = format!("{}: {error}", file.path.display());
                report(WatchEvent::Unreadable { what });
                return Ok(());
            }
        };
        if found == known {
            wait(file.has_failed && is_later);
        } else if is_later || !file.has_failed {
            let reason = case::Error::MediaChanged { known, found }.to_string();
            (file.has_failed, file.examined_at) = (true, Some(SystemTime::now()));
            // The log's times are cut to milliseconds: a change just before one of them seems later.
            if case.row(item)?.examined == Examined::Failed(reason.clone()) {
                return Ok(());
            }
            case.record_failure(item, None, &reason)?;
            self.run.counts.n_failed += 1;
            report(WatchEvent::Failed { item, path: file.path.clone(), reason });
        }
        Ok(())
    }

    /// These files but those that items of the case have been moved to.
    fn without_moved(
        &mut self,
        files: Vec<PathBuf>,
        snapshot: &FolderSnapshot,
        report: &mut Report<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut missing = self.missing(snapshot);
        let mut new = Vec::new();
        for path in files {
            // Only where a file is missing a new one is read for it.
            let hash = if missing.is_empty() { None } else { sha256(&path, ctx)?.ok() };
            let Some(id) = hash.and_then(|hash| missing.remove(&hash)) else {
                new.push(path);
                continue;
            };
            let from = self.items.get(&id).map(|file| file.path.clone()).unwrap_or_default();
            self.by_path.insert(path.clone(), id);
            self.moved_to.insert(id, path.clone());
            report(WatchEvent::Moved { item: id, path, from });
        }
        Ok(new)
    }

    /// Items whose files are nowhere, by their hashes.
    fn missing(&self, snapshot: &FolderSnapshot) -> HashMap<String, ItemId> {
        let is_there = |path: &Path| snapshot.files.contains_key(path) || path.exists();
        let is_missing = |file: &&KnownFile| {
            !is_there(&file.path) && !self.moved_to.get(&file.id).is_some_and(|path| is_there(path))
        };
        let missing = self.items.values().filter(|file| file.sha256.is_some()).filter(is_missing);
        missing.filter_map(|file| Some((file.sha256.clone()?, file.id))).collect()
    }

    /// Makes files items that wait to be examined.
    fn add(
        &mut self,
        case: &mut Case,
        files: Vec<PathBuf>,
        report: &mut Report<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let mut items = files.iter().map(|path| NewItem {
            path: path.clone(),
            source: self.origin.source.clone().or_else(|| sub_folder_of(path, &self.folder)),
            person: self.origin.person.clone(),
        });
        add_items(case, &mut items, ctx)?;
        for path in files {
            let Some(id) = case.find(&path)? else {
                let reason = "its name cannot be stored".to_owned();
                report(WatchEvent::Skipped { path, reason });
                continue;
            };
            let file = KnownFile {
                id,
                path: path.clone(),
                sha256: None,
                has_failed: false,
                examined_at: None,
            };
            self.items.insert(id, file);
            self.by_path.insert(path.clone(), id);
            self.queue.insert(id);
            report(WatchEvent::Added { item: id, path });
        }
        Ok(())
    }
}

/// Hash of a file, or why it cannot be read.
fn sha256(path: &Path, ctx: &TaskCtx<'_>) -> Result<std::io::Result<String>, Error> {
    let hash = File::open(path).and_then(|file| {
        sha256_of_reader(file, |_| {
            if ctx.cancel.is_cancelled() { Err(std::io::Error::other("stopped")) } else { Ok(()) }
        })
    });
    if ctx.cancel.is_cancelled() { Err(Error::Cancelled(crate::base::Cancelled)) } else { Ok(hash) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
