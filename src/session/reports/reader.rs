//! The part, and the thread that runs a command and reads what it prints.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use super::values::{Report, ReportKind};
use crate::base::text::visible_page;
use crate::confine::end_with_parent;
use crate::session::worker::{AtEnd, EventSender, Handler, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

const WORKER: WorkerOptions = WorkerOptions {
    name: "reports",
    max_jobs: 4,
    max_events: 4,
    at_end: AtEnd::LeaveAfter(Duration::from_millis(200)),
};
/// Bytes of a report that are kept.
const MAX_BYTES: u64 = 8 << 20;

/// A command to be run.
struct ReportJob {
    kind: ReportKind,
    program: Option<PathBuf>,
    arguments: Vec<OsString>,
}

/// Runs commands for the window.
pub(in crate::session) struct ReportReader {
    wake: Wake,
    worker: Option<Worker<ReportJob, (ReportKind, Vec<String>)>>,
    shown: Option<Report>,
}

impl ReportReader {
    pub(in crate::session) const fn new(wake: Wake) -> Self {
        Self { wake, worker: None, shown: None }
    }

    /// The report that was asked for last.
    pub(in crate::session) const fn shown(&self) -> Option<&Report> {
        self.shown.as_ref()
    }

    /// Asks for a report; `None` closes the one shown. `program` is what runs, this program by
    /// default.
    pub(in crate::session) fn ask(
        &mut self,
        ws: &mut Workspace,
        kind: Option<ReportKind>,
        program: Option<PathBuf>,
        [models, case, file]: [Option<&Path>; 3],
    ) {
        self.shown = None;
        let Some(kind) = kind else { return };
        let Some(arguments) = kind.arguments(case, models, file) else {
            return ws.notify("No case is open.");
        };
        if self.worker.is_none() {
            match Worker::start(WORKER, Wake::clone(&self.wake), || ReportHandler) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => return ws.notify(format!("Could not start a background thread: {e}")),
            }
        }
        let job = ReportJob { kind, program, arguments };
        if self.worker.as_ref().is_some_and(|worker| worker.send(job)) {
            self.shown = Some(Report { kind, lines: None });
        } else {
            ws.notify("Other reports are being made: try again when they are there.");
        }
    }

    /// Takes in what a command has printed; true when there was something.
    pub(in crate::session) fn poll(&mut self) -> bool {
        let mut has_changed = false;
        while let Some((kind, lines)) = self.worker.as_ref().and_then(Worker::next_event) {
            if let Some(shown) = self.shown.as_mut().filter(|shown| shown.kind == kind) {
                shown.lines = Some(lines);
                has_changed = true;
            }
        }
        has_changed
    }
}

/// Runs one command after the other.
struct ReportHandler;

impl Handler<ReportJob, (ReportKind, Vec<String>)> for ReportHandler {
    fn handle(&mut self, job: &ReportJob, events: &EventSender<(ReportKind, Vec<String>)>) {
        let lines = run(job).unwrap_or_else(|e| vec![format!("The command could not be run: {e}")]);
        events.send((job.kind, lines));
    }

    fn on_crash(job: &ReportJob, events: &EventSender<(ReportKind, Vec<String>)>) {
        let line = "Reading the report crashed; this is a fault of the program.".to_owned();
        events.send((job.kind, vec![line]));
    }
}

/// What a command prints: results first, then messages.
fn run(job: &ReportJob) -> std::io::Result<Vec<String>> {
    let program = job.program.clone().map_or_else(std::env::current_exe, Ok)?;
    let mut process = Process::new(program);
    process.args(&job.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    end_with_parent(&mut process);
    let mut child = process.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both are read at once: a full pipe would stop the command.
    let messages = std::thread::scope(|scope| {
        let messages = scope.spawn(|| read(stderr));
        let results = read(stdout);
        (results, messages.join().unwrap_or_default())
    });
    let status = child.wait()?;
    let text = [messages.0, messages.1].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut lines: Vec<String> =
        text.iter().flat_map(|text| text.lines()).map(|l| visible_page(l).into_owned()).collect();
    if lines.is_empty() {
        lines.push(match status.code() {
            Some(0) => "Nothing to report.".to_owned(),
            code => format!("The command ended with code {code:?} and said nothing."),
        });
    }
    Ok(lines)
}

/// Reads a pipe to its end and keeps its beginning.
fn read(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Some(mut pipe) = pipe else { return bytes };
    // What was read before a failure is shown all the same.
    pipe.by_ref().take(MAX_BYTES).read_to_end(&mut bytes).unwrap_or_default();
    std::io::copy(&mut pipe, &mut std::io::sink()).unwrap_or_default();
    bytes
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn results_and_messages_of_a_command_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("fake");
        std::fs::write(&program, "#!/bin/sh\necho \"$@\"\necho oh >&2\nexit 2\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        let arguments = ReportKind::Verify.arguments(Some(Path::new("/a b")), None, None).unwrap();
        let job = ReportJob { kind: ReportKind::Verify, program: Some(program), arguments };
        assert_eq!(run(&job).unwrap(), ["case verify --media /a b", "oh"]);
        assert!(
            ReportKind::Log.arguments(None, None, None).is_none(),
            "without a case there is no log"
        );
        let models = Some(Path::new("/m"));
        let file = Some(Path::new("/w"));
        let arguments =
            |kind: ReportKind| kind.arguments(Some(Path::new("/c")), models, file).unwrap();
        assert_eq!(arguments(ReportKind::Doctor), ["doctor", "--models", "/m"]);
        assert_eq!(arguments(ReportKind::Models), ["models", "list", "--models", "/m"]);
        assert_eq!(arguments(ReportKind::Log), ["case", "log", "/c"], "a case needs no models");
        assert_eq!(arguments(ReportKind::Engine), ["setup", "engine", "/w"]);
    }
}
