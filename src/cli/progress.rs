//! How far the work is, on stderr: a line on a terminal, events for programs, or nothing.
//!
//! * **In**: files and steps. **Out**: an `indicatif` line, or one JSON object a line.
//! * **Not here**: results, which go to stdout (`output`).

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output;
use crate::base::{Phase, Progress};

/// Shortest time between two events of one phase: ten a second are enough for anybody.
const EVENT_INTERVAL: Duration = Duration::from_millis(100);

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ProgressWord {
    /// People, where stderr is a terminal.
    #[default]
    Auto,
    /// Programs: one JSON object a line on stderr.
    Json,
    /// Nobody.
    None,
}

/// The teller; silent when stderr is no terminal, unless events are asked for.
pub(super) struct Line {
    bar: Option<ProgressBar>,
    events: Option<Mutex<Events>>,
}

/// What was told last.
#[derive(Default)]
struct Events {
    path: String,
    last: Option<(Phase, Instant)>,
}

/// One event; keys come in this order.
#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "event")]
    kind: &'static str,
    path: &'a str,
    phase: &'static str,
    done: u64,
    /// 0 when unknown.
    total: u64,
}

impl Line {
    /// For `n_files` files and people.
    pub(super) fn new(n_files: usize) -> Self {
        Self::told_to(ProgressWord::Auto, n_files)
    }

    /// For `n_files` files.
    pub(super) fn told_to(word: ProgressWord, n_files: usize) -> Self {
        let has_bar = word == ProgressWord::Auto && std::io::stderr().is_terminal();
        let events = (word == ProgressWord::Json).then(Mutex::default);
        let bar = has_bar.then(|| {
            let bar = ProgressBar::new(n_files as u64);
            let style = "{spinner} {pos}/{len} {wide_msg}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, events }
    }

    /// Names the file worked on.
    pub(super) fn file(&self, name: &str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(name.to_owned());
            bar.set_message(name.to_owned());
        }
        if let Some(events) = &self.events {
            let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
            *events = Events { path: name.to_owned(), last: None };
        }
    }

    /// Words a step.
    pub(super) fn step(&self, progress: Progress) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", bar.prefix(), words(progress)));
        }
        if let Some(events) = &self.events {
            events.lock().unwrap_or_else(PoisonError::into_inner).tell(progress);
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

impl Events {
    /// The first and the last step of a phase are told in any case.
    fn tell(&mut self, progress: Progress) {
        let Progress { phase, done, total } = progress;
        let is_new = self.last.is_none_or(|(last, _)| last != phase);
        let is_due = self.last.is_none_or(|(_, at)| at.elapsed() >= EVENT_INTERVAL);
        if !(is_new || is_due || done == total) {
            return;
        }
        self.last = Some((phase, Instant::now()));
        let event = Event { kind: "progress", path: &self.path, phase: word(phase), done, total };
        if let Ok(text) = serde_json::to_string(&event) {
            output::people(&text);
        }
    }
}

/// The stable word of an event.
const fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "reading",
        Phase::Decoding => "decoding",
        Phase::Loading => "loading",
        Phase::Finding => "finding",
        Phase::Examining => "examining",
        Phase::Watching => "watching",
        Phase::Writing => "writing",
        Phase::Ranking => "ranking",
        Phase::Training => "training",
        Phase::Evaluating => "measuring",
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
        Phase::Watching => "examining frames",
        Phase::Writing => "writing",
        Phase::Ranking => "ranking",
        Phase::Training => "training",
        Phase::Evaluating => "measuring",
    };
    match progress {
        Progress { total: 0 | 1, .. } => what.to_owned(),
        Progress { done, total, phase: Phase::Watching } => format!("{what} {done}/{total}"),
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
