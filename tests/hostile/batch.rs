//! Many mutated files in one process; where anything is wrong with it, each of them alone.

use std::path::{Path, PathBuf};

use crate::run::{Outcome, Scene, Witness};
use crate::seeds::{Format, Subject, root};
use crate::tally::{Limits, Tally};
use crate::watch::Watch;

/// How batches are run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runner<'a> {
    pub(crate) format: &'a Format,
    pub(crate) scene: &'a Scene,
    pub(crate) limits: Limits,
    /// Files that break something are copied to this folder.
    pub(crate) keep: &'a Path,
    /// Without it every process runs under `strace`.
    pub(crate) watch: Option<&'a Watch>,
}

impl Runner<'_> {
    /// Counts what a batch did. `first`: the number of its first file.
    pub(crate) fn run(&self, first: usize, files: &[PathBuf]) -> Tally {
        let mut together = Tally { n: files.len(), ..Tally::default() };
        let quick = self.watch.map_or_else(|| self.scene.closer(None), Witness::Watch);
        let outcome = self.process(first, files, quick);
        if !together.add(&outcome, &self.limits) {
            return together;
        }
        // One of them did it, or several, or the watch saw a call that failed.
        let closer = self.scene.closer(self.watch);
        let mut alone = Tally { n: files.len(), ..Tally::default() };
        let mut is_found = false;
        for (i, file) in files.iter().enumerate() {
            let outcome = self.process(first + i, std::slice::from_ref(file), closer);
            if alone.add(&outcome, &self.limits) {
                is_found = true;
                println!("{}: {outcome:?}", file.display());
                self.keep(file);
            }
        }
        let only_seen = outcome.crash.is_none() && !outcome.is_hanging;
        let is_slight = only_seen && outcome.peak_bytes <= self.limits.memory_bytes;
        if is_found || is_slight && self.is_harmless(first, files, closer) {
            return alone;
        }
        // No file does it alone: nothing that was seen is left out.
        println!("only together, from number {first}: {outcome:?}");
        for file in files {
            self.keep(file);
        }
        together
    }

    /// Whether the batch does nothing wrong where somebody looks closer.
    fn is_harmless(&self, first: usize, files: &[PathBuf], closer: Witness<'_>) -> bool {
        let again = self.process(first, files, closer);
        !Tally::default().add(&again, &self.limits)
    }

    fn process(&self, first: usize, files: &[PathBuf], witness: Witness<'_>) -> Outcome {
        let words = words(self.format, first, files, &self.scene.photo);
        let words: Vec<&Path> = words.iter().map(PathBuf::as_path).collect();
        let mut outcome = self.scene.run(&words, self.limits.file_time, witness);
        let is_short = self.format.subject == Subject::Media && outcome.n_lines != files.len();
        if is_short && outcome.crash.is_none() && !outcome.is_hanging {
            outcome.crash = Some(format!("{} lines on {} files", outcome.n_lines, files.len()));
        }
        outcome
    }

    fn keep(&self, file: &Path) {
        std::fs::create_dir_all(self.keep).unwrap();
        let name = file.file_name().unwrap().to_string_lossy();
        if file.is_file() {
            std::fs::copy(file, self.keep.join(&*name)).unwrap();
            return;
        }
        for part in ["model.onnx", "card.toml"] {
            let to = self.keep.join(format!("{name}-{part}"));
            std::fs::copy(file.join("yunet").join(part), to).unwrap();
        }
    }
}

/// What the program is run on.
fn words(format: &Format, first: usize, files: &[PathBuf], photo: &Path) -> Vec<PathBuf> {
    let words = |words: &[&str]| words.iter().map(PathBuf::from).collect::<Vec<_>>();
    let mut all = match format.subject {
        Subject::Media => words(&["inspect", "--json", "--progress", "none", "--engine", "rten"]),
        Subject::Case => words(&["case", ["verify", "info", "log"][first % 3]]),
        Subject::Bundle => words(&["inspect", "--json", "--engine", "rten"]),
    };
    if format.subject == Subject::Media {
        // As many files at once as there are processors: each has one.
        all.extend(words(&["--threads", "1", "--models"]));
        all.push(root().join("models"));
    }
    if format.subject == Subject::Bundle {
        all.extend(words(&["--threads", "1", "--models"]));
    }
    all.extend_from_slice(files);
    if format.subject == Subject::Bundle {
        all.push(photo.to_owned());
    }
    all
}
