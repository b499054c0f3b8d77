//! A progress line on stderr, only when it is a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::base::{Phase, Progress};

/// The line; silent when stderr is no terminal.
pub(super) struct Line {
    bar: Option<ProgressBar>,
}

impl Line {
    /// A line for `n_files` files.
    pub(super) fn new(n_files: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(n_files as u64);
            let style = "{spinner} {pos}/{len} {wide_msg}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar }
    }

    /// Names the file worked on.
    pub(super) fn file(&self, name: &str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(name.to_owned());
            bar.set_message(name.to_owned());
        }
    }

    /// Words a step.
    pub(super) fn step(&self, progress: Progress) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", bar.prefix(), words(progress)));
        }
    }

    /// One more file is done.
    pub(super) fn next(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Hides the line while `print` prints.
    pub(super) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn words(progress: Progress) -> String {
    let what = match progress.phase {
        Phase::Reading => "reading",
        Phase::Decoding => "decoding",
        Phase::Loading => "loading models",
        Phase::Finding => "looking for faces",
        Phase::Examining => "examining faces",
        Phase::Writing => "writing",
        Phase::Training => "training",
        Phase::Evaluating => "measuring",
    };
    match progress {
        Progress { total: 0 | 1, .. } => what.to_owned(),
        Progress { done, total, phase: Phase::Examining | Phase::Training | Phase::Evaluating } => {
            format!("{what} {}/{total}", (done + 1).min(total))
        }
        _ => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_where_they_mean_something() {
        let say = |phase, done, total| words(Progress { phase, done, total });
        assert_eq!(say(Phase::Examining, 1, 3), "examining faces 2/3");
        assert_eq!(say(Phase::Examining, 3, 3), "examining faces 3/3");
        assert_eq!(say(Phase::Reading, 1 << 20, 1 << 22), "reading");
        assert_eq!(say(Phase::Finding, 0, 1), "looking for faces");
    }
}
