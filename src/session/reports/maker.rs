//! The part that makes reports to hand over: this program runs the command in a child process, so that the
//! window and the command line make the same report.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use super::order::{ReportCommand, ReportContent, ReportMaking, ReportOrder};
use crate::base::Cancel;
use crate::base::text::{visible_page, visible_path};
use crate::confine::end_with_parent;

use crate::report::{RECORD_FILE, ReportRecord};
use crate::session::worker::{AtEnd, EventSender, Handler, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

const WORKER: WorkerOptions = WorkerOptions {
    name: "report maker",
    max_jobs: 2,
    max_events: 4,
    at_end: AtEnd::LeaveAfter(Duration::from_millis(500)),
};
/// The variable that hands the password of a key over: command lines can be seen by others.
const PASSWORD: &str = "PENTIMENTO_KEY_PASSWORD";
/// Bytes of messages that are read, and lines of them that are shown.
const MAX_MESSAGE_BYTES: u64 = 64 << 10;
const MAX_LINES: usize = 6;
/// How often the child is looked at.
const INTERVAL: Duration = Duration::from_millis(30);

struct MakeJob {
    order: Box<ReportOrder>,
    /// `None` for a preview.
    out: Option<PathBuf>,
    cancel: Cancel,
    number: u64,
}

/// Makes reports, one after the other.
pub(in crate::session) struct ReportMaker {
    wake: Wake,
    worker: Option<Worker<MakeJob, (u64, ReportMaking)>>,
    shown: Option<ReportMaking>,
    cancel: Cancel,
    /// Number of the report that was asked for last: what comes late of another is dropped.
    number: u64,
}

impl ReportMaker {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self { wake, worker: None, shown: None, cancel: Cancel::default(), number: 0 }
    }

    /// What there is of the report that was asked for last.
    pub(in crate::session) const fn shown(&self) -> Option<&ReportMaking> {
        self.shown.as_ref()
    }

    pub(in crate::session) fn command(&mut self, ws: &mut Workspace, command: ReportCommand) {
        self.cancel.cancel();
        self.number += 1;
        self.shown = None;
        let (order, out) = match command {
            ReportCommand::Forget => return,
            ReportCommand::Preview(order) => (order, None),
            ReportCommand::Save(order, out) => (order, Some(out)),
        };
        if self.worker.is_none() {
            match Worker::start(WORKER, Wake::clone(&self.wake), || MakeHandler) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => return ws.notify(format!("Could not start a background thread: {e}")),
            }
        }
        self.cancel = Cancel::default();
        let job = MakeJob { order, out, cancel: self.cancel.clone(), number: self.number };
        if self.worker.as_ref().is_some_and(|worker| worker.send(job)) {
            self.shown = Some(ReportMaking::Working);
        } else {
            ws.notify("Another report is still being stopped: try again in a moment.");
        }
    }

    /// Takes in what was made; true when there was something.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        while let Some((number, made)) = self.worker.as_ref().and_then(Worker::next_event) {
            if number != self.number {
                continue;
            }
            if let ReportMaking::Made(content) = &made
                && let Some(folder) = &content.folder
            {
                ws.notify(format!("The report was written to {}.", visible_path(folder)));
            }
            self.shown = Some(made);
            has_changed = true;
        }
        has_changed
    }
}

struct MakeHandler;

impl Handler<MakeJob, (u64, ReportMaking)> for MakeHandler {
    fn handle(&mut self, job: &MakeJob, events: &EventSender<(u64, ReportMaking)>) {
        let made = make(job).unwrap_or_else(|why| ReportMaking::Failed(vec![why]));
        events.send((job.number, made));
    }

    fn on_crash(job: &MakeJob, events: &EventSender<(u64, ReportMaking)>) {
        let why = "Making the report crashed; this is a fault of the program.".to_owned();
        events.send((job.number, ReportMaking::Failed(vec![why])));
    }
}

fn make(job: &MakeJob) -> Result<ReportMaking, String> {
    let place = tempfile::tempdir().map_err(|e| format!("There is no room for a preview: {e}"))?;
    let out = job.out.clone().unwrap_or_else(|| place.path().join("report"));
    let started = |e: std::io::Error| format!("The command could not be run: {e}");
    let program =
        job.order.program.clone().map_or_else(std::env::current_exe, Ok).map_err(started)?;
    let mut process = Process::new(program);
    process.args(job.order.arguments(&out)).stdin(Stdio::null()).stdout(Stdio::null());
    process.stderr(Stdio::piped());
    if !job.order.password.0.is_empty() {
        process.env(PASSWORD, &job.order.password.0);
    }
    end_with_parent(&mut process);
    let mut child = process.spawn().map_err(started)?;
    let messages = child.stderr.take();
    let (text, ended) = std::thread::scope(|scope| {
        let messages = scope.spawn(|| read(messages));
        let ended = wait(&mut child, &job.cancel);
        (messages.join().unwrap_or_default(), ended)
    });
    ended.map_err(started)?;
    read_made(&out, job.out.is_some()).map_err(|why| {
        let mut lines: Vec<String> =
            text.lines().map(|line| visible_page(line).into_owned()).collect();
        lines.drain(..lines.len().saturating_sub(MAX_LINES));
        if lines.is_empty() { why } else { lines.join("\n") }
    })
}

/// What the report in a folder says.
fn read_made(folder: &Path, is_kept: bool) -> Result<ReportMaking, String> {
    let record = ReportRecord::read(&folder.join(RECORD_FILE)).map_err(|e| e.to_string())?;
    let content = ReportContent::from_record(&record, is_kept.then(|| folder.to_owned()));
    Ok(ReportMaking::Made(Box::new(content)))
}

/// Waits for a child, or ends it when nobody wants the report any more.
fn wait(child: &mut Child, cancel: &Cancel) -> std::io::Result<()> {
    while child.try_wait()?.is_none() {
        if cancel.is_cancelled() {
            child.kill()?;
            child.wait()?;
            return Ok(());
        }
        std::thread::sleep(INTERVAL);
    }
    Ok(())
}

fn read(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    let Some(mut pipe) = pipe else { return String::new() };
    // What was read before a failure is shown all the same.
    pipe.by_ref().take(MAX_MESSAGE_BYTES).read_to_end(&mut bytes).unwrap_or_default();
    std::io::copy(&mut pipe, &mut std::io::sink()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
