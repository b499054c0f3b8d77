//! Long work on the case, beside its thread: strokes are saved while it goes on.
//!
//! * **In**: what is to be done, and a handle of the case. **Out**: progress, and what came of it, to
//!   the thread of the case.
//! * **Not here**: saying who waits for whom (`case`), what a front end makes of it (`case_desk`).
//!
//! The work has a handle of its own and changes the case in transactions of bounded length, which
//! stand back for those of the thread of the case. What came of it goes through that thread, which
//! alone knows what it changed itself meanwhile. A case that is left waits for its long work to
//! stop, so that the right to write is free again, and nothing is written behind a person's back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::base::{Cancel, TaskCtx};
use crate::case::{Case, ItemRow, NewItem};
use crate::curate::{self, HandOver, HandedOver, Quotas, Strategy, TakenOver};
use crate::dataset::{ExportOptions, Format};
use crate::session::case::worker::{Desk, Epoch, Event};

/// What takes long.
pub(in crate::session) enum Long {
    Add(Vec<PathBuf>),
    Import(PathBuf),
    Rank(Strategy, Quotas, u64),
    CompareReaders,
    Export {
        format: Format,
        out: PathBuf,
        copies_images: bool,
    },
    #[cfg(test)]
    Crash,
}

impl Long {
    /// Whether it changes the case; what does not may go on for a moment after the case was left.
    fn may_write(&self) -> bool {
        matches!(self, Self::Add(_) | Self::Import(_) | Self::Rank(..))
    }
}

/// What came of long work.
pub(in crate::session) struct Ended {
    pub(in crate::session) epoch: Epoch,
    /// All items, where the work may have changed some. The thread of the case may have changed
    /// others since.
    pub(in crate::session) rows: Option<Vec<ItemRow>>,
    pub(in crate::session) event: Event,
}

/// Long work that goes on.
struct Running {
    thread: JoinHandle<()>,
    cancel: Cancel,
    /// What it would still read at its end is not wanted any more.
    is_left: Cancel,
    /// It has the right to write.
    may_write: bool,
}

/// All long work that goes on: of one case one, as far as a person can begin it.
#[derive(Default)]
pub(in crate::session) struct Beside(Vec<Running>);

impl Beside {
    /// Whether nothing goes on.
    pub(in crate::session) fn is_idle(&mut self) -> bool {
        let (over, running): (Vec<_>, Vec<_>) =
            self.0.drain(..).partition(|running| running.thread.is_finished());
        self.0 = running;
        over.into_iter().for_each(join);
        self.0.is_empty()
    }

    /// Begins long work on a case; what came of it is handed back through the desk.
    ///
    /// # Errors
    ///
    /// A sentence, when it could not begin.
    pub(in crate::session) fn begin(
        &mut self,
        case: &Case,
        long: Long,
        cancel: Cancel,
        desk: &Desk,
    ) -> Result<(), String> {
        let may_write = long.may_write();
        let handle = if may_write { case.beside() } else { Case::look(case.path()) };
        let mut handle = handle.map_err(|e| e.to_string())?;
        let (desk, is_left) = (desk.clone(), Cancel::default());
        let (their_cancel, their_left) = (cancel.clone(), is_left.clone());
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| {
                let event = desk.long(their_cancel, |ctx| work(&mut handle, long, ctx));
                let is_wanted = may_write && !their_left.is_cancelled();
                let rows = is_wanted.then(|| handle.rows()).transpose();
                rows.map_or_else(|e| (None, Event::Said(e.to_string())), |rows| (rows, event))
            }));
            let (rows, event) = done.unwrap_or_else(|_crash| {
                let what = "The long work on the case crashed; this is a fault of the program. \
                            What it had done before is kept.";
                (None, Event::Said(what.to_owned()))
            });
            // The right to write is given back before anybody hears of the end.
            drop(handle);
            desk.rest();
            desk.hand_back(Ended { epoch: desk.epoch, rows, event });
        };
        let thread = std::thread::Builder::new().name("case work".into()).spawn(work);
        let thread = thread.map_err(|e| format!("The system gives no thread: {e}"))?;
        self.0.push(Running { thread, cancel, is_left, may_write });
        Ok(())
    }

    /// Stops all of it, and waits for what may write.
    pub(in crate::session) fn leave(&mut self) {
        for running in &self.0 {
            running.cancel.cancel();
            running.is_left.cancel();
        }
        let (writing, reading): (Vec<_>, Vec<_>) =
            self.0.drain(..).partition(|running| running.may_write);
        self.0 = reading;
        writing.into_iter().for_each(join);
    }

    /// Waits for all of it.
    pub(in crate::session) fn end(self) {
        self.0.into_iter().for_each(join);
    }
}

fn join(running: Running) {
    if running.thread.join().is_err() {
        tracing::error!("long work on the case crashed");
    }
}

fn work(case: &mut Case, long: Long, ctx: &TaskCtx<'_>) -> Event {
    match long {
        Long::Add(paths) => Event::Said(add(case, paths, ctx)),
        Long::Import(path) => Event::Said(match curate::import(case, &path, None, ctx) {
            Ok(taken) => words_of(&taken),
            Err(error) => sentence(&error),
        }),
        Long::Rank(strategy, quotas, seed) => {
            match curate::rank(case, strategy, quotas, seed, ctx) {
                Ok(ranking) => {
                    let left_out = match ranking.left_out.as_slice() {
                        [] => String::new(),
                        [first, ..] => {
                            let n = ranking.left_out.len();
                            format!("; {n} could not be ranked ({})", first.why)
                        }
                    };
                    let n = ranking.ranked.len();
                    let said = format!("{n} items ranked: {}{left_out}.", strategy.label());
                    Event::Ranked(strategy, said)
                }
                Err(error) => Event::Said(sentence(&error)),
            }
        }
        Long::CompareReaders => match curate::two_readers(case, None, ctx) {
            Ok(readers) => Event::Readers(Box::new(readers)),
            Err(error) => Event::Said(sentence(&error)),
        },
        Long::Export { format, out, copies_images } => {
            let writing = ExportOptions { copies_images, ..ExportOptions::default() };
            let options = HandOver { writing, ..HandOver::default() };
            export(case, format, &out, &options, ctx)
        }
        #[cfg(test)]
        Long::Crash => std::panic::panic_any("on purpose"),
    }
}

fn export(case: &Case, format: Format, out: &Path, options: &HandOver, ctx: &TaskCtx<'_>) -> Event {
    match curate::export(case, format, out, options, ctx) {
        Ok(done) => {
            let HandedOver { exported, remarks } = done;
            let remarks = exported.remarks.iter().chain(&remarks).map(|what| format!(" {what}"));
            let said = format!(
                "{} pictures exported to {}.{}",
                exported.n_entries,
                exported.path.display(),
                remarks.collect::<String>()
            );
            Event::Exported((format == Format::Pentimento).then_some(exported.path), said)
        }
        Err(error) => Event::Said(sentence(&error)),
    }
}

/// Files one by one, folders with everything below them.
fn add(case: &mut Case, paths: Vec<PathBuf>, ctx: &TaskCtx<'_>) -> String {
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let (mut new, mut known, mut problems) = (0, 0, Vec::new());
    let mut single = files.into_iter().map(|path| NewItem { path, source: None, person: None });
    match case.add(&mut single, ctx) {
        Ok(added) => (new, known) = (added.new, added.known),
        Err(error) => problems.push(error.to_string()),
    }
    for folder in folders {
        match curate::add_folder(case, &folder, ctx) {
            Ok(filled) => {
                new += filled.added.new;
                known += filled.added.known;
                problems.extend(filled.problems);
            }
            Err(error) => problems.push(sentence(&error)),
        }
    }
    let mut said = format!("{new} files added");
    if known > 0 {
        said = format!("{said}, {known} were in the case already");
    }
    for problem in problems.iter().take(3) {
        said = format!("{said}; {problem}");
    }
    said
}

fn words_of(taken: &TakenOver) -> String {
    let kept = match taken.n_kept {
        0 => String::new(),
        n => format!(", {n} were in the case already"),
    };
    let remarks = taken.remarks.iter().map(|what| format!(" {what}"));
    format!(
        "{} masks taken over from {}, {} new items{kept}.{}",
        taken.n_masks,
        taken.format.label(),
        taken.n_new,
        remarks.collect::<String>()
    )
}

fn sentence(error: &curate::Error) -> String {
    let said = error.to_string();
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
