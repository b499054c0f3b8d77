//! Progress on stderr: a bar on a terminal, JSON events for programs, or nothing.

use parking_lot::Mutex;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output;
use crate::base::text::visible;
use crate::base::{Phase, Progress};

/// Shortest time between two events of one phase.
const EVENT_INTERVAL: Duration = Duration::from_millis(100);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ProgressArg {
    /// A bar if stderr is a terminal.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// Not at all.
    None,
}

/// Shows progress; silent when stderr is no terminal, unless events are asked for.
pub(super) struct ProgressLine {
    bar: Option<ProgressBar>,
    events: Option<Mutex<Events>>,
}

#[derive(Default)]
struct Events {
    path: String,
    /// The event printed last.
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

impl ProgressLine {
    /// A bar over `n_files` files if stderr is a terminal.
    pub(super) fn bar(n_files: usize) -> Self {
        Self::new(ProgressArg::Auto, n_files)
    }

    /// Progress over `n_files` files.
    pub(super) fn new(arg: ProgressArg, n_files: usize) -> Self {
        let has_bar = arg == ProgressArg::Auto && std::io::stderr().is_terminal();
        let events = (arg == ProgressArg::Json).then(Mutex::default);
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

    /// Sets the file that is being processed.
    pub(super) fn file(&self, name: &str) {
        if let Some(bar) = &self.bar {
            let name = visible(name);
            bar.set_prefix(name.clone().into_owned());
            bar.set_message(name.into_owned());
        }
        if let Some(events) = &self.events {
            let mut events = events.lock();
            *events = Events { path: name.to_owned(), last: None };
        }
    }

    /// Shows a step.
    pub(super) fn step(&self, progress: Progress) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", bar.prefix(), step_label(progress)));
        }
        if let Some(events) = &self.events {
            events.lock().print(progress);
        }
    }

    /// Counts one more file as done.
    pub(super) fn next(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// Hides the bar while `print` runs.
    pub(super) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Events {
    /// Prints an event if one is due. First and last step of a phase are always printed.
    fn print(&mut self, progress: Progress) {
        let Progress { phase, done, total } = progress;
        let is_new = self.last.is_none_or(|(last, _)| last != phase);
        let is_due = self.last.is_none_or(|(_, at)| at.elapsed() >= EVENT_INTERVAL);
        if !(is_new || is_due || done == total) {
            return;
        }
        self.last = Some((phase, Instant::now()));
        let event =
            Event { kind: "progress", path: &self.path, phase: event_name(phase), done, total };
        if let Ok(text) = serde_json::to_string(&event) {
            output::eprint_line(&text);
        }
    }
}

/// The name of a phase in events; stable.
const fn event_name(phase: Phase) -> &'static str {
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

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn step_label(progress: Progress) -> String {
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
        let label = |phase, done, total| step_label(Progress { phase, done, total });
        assert_eq!(label(Phase::Examining, 1, 3), "examining faces 2/3");
        assert_eq!(label(Phase::Examining, 3, 3), "examining faces 3/3");
        assert_eq!(label(Phase::Reading, 1 << 20, 1 << 22), "reading");
        assert_eq!(label(Phase::Finding, 0, 1), "looking for faces");
    }
}
