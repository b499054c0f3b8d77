//! Starting `ffmpeg`, `ffprobe` and the decoder of stills with as few rights as they need.
//!
//! The environment is empty, standard input is closed or a pipe, no file but the input may be
//! opened by its protocol list, none may be written. Memory, processor time and open files are
//! limited by the system (on Unix); on Linux a child dies with this program and can gain no rights,
//! and the kernel itself shuts other files, sockets and processes to it (`confine`).

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::base::{Cancelled, TaskCtx};
use crate::confine::{Reach, ResourceLimits, Sandbox, spawn};
use crate::media::Error;

/// How often a wait checks for cancellation.
pub(super) const POLL: Duration = Duration::from_millis(20);
/// Bytes kept of a child's messages.
const KEPT_BYTES: usize = 16 << 10;
const CHUNK_BYTES: usize = 64 << 10;

/// A child that does not outlive its owner.
#[derive(Debug)]
pub(in crate::media) struct GuardedChild(Child);

impl GuardedChild {
    pub(in crate::media) fn stdin(&mut self) -> Option<ChildStdin> {
        self.0.stdin.take()
    }

    pub(super) fn stdout(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    pub(super) fn stderr(&mut self) -> Option<ChildStderr> {
        self.0.stderr.take()
    }

    /// Waits for its end and kills it at the deadline. Returns its status if it ended by itself.
    pub(super) fn wait_or_kill(&mut self, deadline: Instant) -> Option<ExitStatus> {
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                _ => break,
            }
        }
        self.kill();
        None
    }

    pub(super) fn kill(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait().map(drop)) {
            tracing::warn!(%error, "a child process could not be stopped");
        }
    }
}

impl Drop for GuardedChild {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.kill();
        }
    }
}

/// Starts a child with pipes for its output and its messages, and for its input if it may write.
pub(in crate::media) fn start(
    program: &Path,
    args: &[OsString],
    limits: ResourceLimits,
    reach: Reach<'_>,
) -> Result<GuardedChild, Error> {
    let sandbox = Sandbox::new(program, &reach).map_err(|source| Error::NoStart { source })?;
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .env("LC_ALL", "C")
        .env("AV_LOG_FORCE_NOCOLOR", "1")
        // Every arena reserves 64 MiB of address space.
        .env("MALLOC_ARENA_MAX", "4")
        .stdin(if reach.is_fed() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
        for variable in ["SystemRoot", "TEMP"] {
            if let Some(value) = std::env::var_os(variable) {
                command.env(variable, value);
            }
        }
    }
    #[cfg(unix)]
    crate::confine::confine(&mut command, limits, reach.is_writer(), sandbox);
    #[cfg(not(unix))]
    drop((sandbox, limits));
    spawn(command).map(GuardedChild).map_err(|source| Error::NoStart { source })
}

/// The messages of a child, read by a thread of their own so that the child never blocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Messages(Arc<Mutex<Vec<u8>>>);

impl Messages {
    pub(super) fn gather(stderr: ChildStderr) -> Result<Self, Error> {
        let kept = Self::default();
        let sink = kept.clone();
        spawn_detached("child messages", move || sink.read(stderr))?;
        Ok(kept)
    }

    fn read(&self, mut stderr: ChildStderr) {
        let mut chunk = [0; 1024];
        while let Some(n) = read_some(&mut stderr, &mut chunk) {
            let mut kept = self.0.lock();
            // The first messages are kept; the rest is read and dropped.
            let room = KEPT_BYTES.saturating_sub(kept.len()).min(n);
            kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
        }
    }

    /// The messages so far; waits briefly for the last ones.
    pub(super) fn text(&self) -> String {
        let deadline = Instant::now() + Duration::from_millis(500);
        // The reading thread holds the other reference until the pipe ends.
        while Arc::strong_count(&self.0) > 1 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        let kept = self.0.lock();
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// Bytes read, `None` at the end.
pub(super) fn read_some(from: &mut impl Read, into: &mut [u8]) -> Option<usize> {
    loop {
        match from.read(into) {
            Ok(0) => return None,
            Ok(n) => return Some(n),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Starts a named thread that is never joined: it ends with the pipe it reads.
pub(in crate::media) fn spawn_detached(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), Error> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| Error::NoStart { source })
}

/// Which output of a child is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::media) enum ReadFrom {
    Output,
    Messages,
}

/// The result of a finished child.
#[derive(Debug)]
pub(in crate::media) struct ChildResult {
    /// `None` when the receiver stopped it.
    pub(in crate::media) status: Option<ExitStatus>,
    pub(super) messages: String,
}

/// Runs a child to its end; `take` receives its output in pieces and returns whether to go on.
///
/// # Errors
///
/// [`Error::Stalled`] at the deadline, [`Error::Cancelled`], [`Error::NoStart`].
pub(in crate::media) fn run(
    mut child: GuardedChild,
    from: ReadFrom,
    limit: Duration,
    ctx: &TaskCtx<'_>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<ChildResult, Error> {
    let deadline = Instant::now() + limit;
    let (sender, pieces) = mpsc::sync_channel::<Vec<u8>>(4);
    let (stdout, stderr) = (child.stdout(), child.stderr());
    let mut messages = Messages::default();
    if from == ReadFrom::Output {
        if let Some(stderr) = stderr {
            messages = Messages::gather(stderr)?;
        }
        if let Some(stdout) = stdout {
            spawn_detached("child output", move || forward(stdout, &sender))?;
        }
    } else {
        drop(stdout);
        if let Some(stderr) = stderr {
            spawn_detached("child messages", move || forward(stderr, &sender))?;
        }
    }
    loop {
        if ctx.cancel.is_cancelled() {
            return Err(Cancelled.into());
        }
        match pieces.recv_timeout(POLL) {
            Ok(piece) if take(&piece) => {}
            Ok(_) => {
                child.kill();
                return Ok(ChildResult { status: None, messages: messages.text() });
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() >= deadline {
            return Err(Error::Stalled { secs: limit.as_secs() });
        }
    }
    let status = child.wait_or_kill((Instant::now() + Duration::from_secs(2)).min(deadline));
    Ok(ChildResult { status, messages: messages.text() })
}

fn forward(mut from: impl Read, to: &mpsc::SyncSender<Vec<u8>>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Some(n) = read_some(&mut from, &mut chunk) {
        if to.send(chunk.get(..n).unwrap_or_default().to_vec()).is_err() {
            return;
        }
    }
}

/// `file:` and the absolute path: names that begin with `-` or hold `:` mean nothing else.
///
/// # Errors
///
/// A path with a line feed or another control character: the programs write the path before their
/// messages, which are told apart by lines.
pub(super) fn file_url(path: &Path) -> Result<OsString, Error> {
    let absolute = std::path::absolute(path).map_err(|source| Error::Io { source })?;
    if absolute.to_string_lossy().chars().any(char::is_control) {
        return Err(Error::Unsupported {
            what: "a video whose path holds a line feed or another control character".to_owned(),
            advice:
                ", which would mix with what the decoder says of damage; copy the file to another name"
                    .to_owned(),
        });
    }
    let mut url = OsString::from("file:");
    url.push(absolute);
    Ok(url)
}

pub(super) fn arguments<const N: usize>(arguments: [&str; N]) -> Vec<OsString> {
    arguments.iter().map(|argument| OsStr::new(argument).to_owned()).collect()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "child_tests.rs"]
mod tests;
