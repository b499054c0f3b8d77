//! One process of the program over mutated files, under limits and under watch.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::calls::{Call, plain};
use crate::seeds::photo;
use crate::watch::Watch;

/// Calls that open sockets, make files or change their names.
const CALLS: &str = "trace=socket,connect,bind,sendto,open,openat,openat2,creat,mkdir,mkdirat,rename,\
                     renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,truncate";
/// Exit codes that the program documents.
const CODES: std::ops::RangeInclusive<i32> = 0..=2;

/// The working folder of processes, in that of the scene.
const HOME: &str = "home";

/// What became of one process.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Lines printed, one a file where files are media.
    pub(crate) n_lines: usize,
    /// How it ended, if not as documented.
    pub(crate) crash: Option<String>,
    pub(crate) is_hanging: bool,
    /// Largest memory of the process and its children.
    pub(crate) peak_bytes: u64,
    /// Longest time from one line to the next.
    pub(crate) slowest: Duration,
    pub(crate) sockets: Vec<String>,
    pub(crate) written: Vec<String>,
}

/// Who sees the calls of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Witness<'a> {
    /// Sees calls that are tried, at no cost.
    Watch(&'a Watch),
    /// Sees what became of them, too, and slows every process down.
    Strace,
    Nobody,
}

/// Where processes may write.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) program: PathBuf,
    pub(crate) has_strace: bool,
    /// A picture for mutated models.
    pub(crate) photo: PathBuf,
    n_runs: AtomicUsize,
}

impl Scene {
    pub(crate) fn new(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
        std::fs::create_dir(folder.path().join(HOME)).unwrap();
        let program = program.canonicalize().unwrap();
        let photo = photo(folder.path());
        let has_strace = strace.is_ok_and(|status| status.success());
        Self { folder, program, has_strace, photo, n_runs: AtomicUsize::new(0) }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join(HOME)
    }

    /// Who looks closer where `watch` has seen something.
    pub(crate) const fn closer<'a>(&self, watch: Option<&'a Watch>) -> Witness<'a> {
        match watch {
            _ if self.has_strace => Witness::Strace,
            Some(watch) => Witness::Watch(watch),
            None => Witness::Nobody,
        }
    }

    fn command(&self, trace: Option<&Path>) -> Command {
        let mut command = if let Some(trace) = trace {
            let mut command = Command::new("strace");
            command.args(["-f", "-qq", "-y", "--seccomp-bpf", "-e", CALLS, "-o"]);
            command.args([trace, &self.program]);
            command
        } else {
            Command::new(&self.program)
        };
        command.env("HOME", self.home()).env("TMPDIR", self.home()).current_dir(self.home());
        // Without it bash asks the system for the user's shell, over a socket where there is
        // `nscd`.
        command.env("SHELL", "/bin/bash");
        for variable in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "PENTIMENTO_MODELS"]
        {
            command.env_remove(variable);
        }
        // In one group, so that a hanging process ends with its children.
        command.process_group(0);
        command
    }

    /// Runs the program with these words. No line for `file_time` counts as hanging.
    pub(crate) fn run(
        &self,
        arguments: &[&Path],
        file_time: Duration,
        witness: Witness<'_>,
    ) -> Outcome {
        let number = self.n_runs.fetch_add(1, Ordering::Relaxed);
        let trace = self.folder.path().join(format!("trace-{number}"));
        let messages = self.folder.path().join(format!("messages-{number}"));
        let mut command = self.command(matches!(witness, Witness::Strace).then_some(&trace));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&messages).unwrap());
        #[expect(clippy::zombie_processes, reason = "`wait` below asks the system itself")]
        let mut child = match witness {
            Witness::Watch(watch) => watch.spawn(command),
            Witness::Strace | Witness::Nobody => command.spawn(),
        }
        .unwrap();
        let (lines_in, lines) = sync_channel(1);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let read = move || stdout.split(b'\n').try_for_each(|line| lines_in.send(line));
        std::thread::Builder::new().spawn(read).unwrap();
        let mut outcome = Outcome::default();
        let mut last = Instant::now();
        loop {
            match lines.recv_timeout(file_time) {
                Ok(_) => outcome.n_lines += 1,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    outcome.is_hanging = true;
                    kill_group(child.id());
                    break;
                }
            }
            outcome.slowest = outcome.slowest.max(last.elapsed());
            last = Instant::now();
        }
        let (status, peak_bytes) = wait(child.id());
        outcome.peak_bytes = peak_bytes;
        let bytes = std::fs::read(&messages).unwrap_or_default();
        let printed = String::from_utf8_lossy(&bytes).into_owned();
        std::fs::remove_file(&messages).ok();
        if !outcome.is_hanging {
            outcome.crash = crash(status, &printed);
        }
        match witness {
            Witness::Watch(watch) => outcome.take_calls(watch.take(), self.folder.path()),
            Witness::Strace => {
                let calls = std::fs::read_to_string(&trace).unwrap();
                outcome.read_calls(&calls, self.folder.path());
                std::fs::remove_file(&trace).unwrap();
            }
            Witness::Nobody => {}
        }
        outcome
    }
}

fn crash(status: ExitStatus, printed: &str) -> Option<String> {
    // Engines do not promise not to panic; the program catches it and refuses the model.
    let panic = printed.lines().find(|line| line.contains("panicked at src/"));
    let is_documented = status.code().is_some_and(|code| CODES.contains(&code));
    match (panic, is_documented) {
        (None, true) => None,
        (Some(line), _) => Some(line.to_owned()),
        (None, false) => Some(format!("{status}: {}", printed.lines().last().unwrap_or_default())),
    }
}

/// The files that a line of `strace` names; of a link the new name only.
fn changed(line: &str, home: &Path) -> impl Iterator<Item = PathBuf> {
    let parts: Vec<&str> = line.split('"').collect();
    // Before a name stands the folder in which it begins: `openat(3</tmp/a>, "b"`.
    let names = parts.chunks_exact(2).map(|pair| {
        let folder = pair[0].rsplit_once('<').and_then(|(_, rest)| Some(rest.rsplit_once('>')?.0));
        plain(&folder.map_or_else(|| home.to_owned(), PathBuf::from).join(pair[1]))
    });
    let names: Vec<PathBuf> = names.collect();
    let is_link = ["link(", "linkat("].iter().any(|call| line.contains(call));
    let n_passed =
        if is_link && !line.contains("unlink") { names.len().saturating_sub(1) } else { 0 };
    names.into_iter().skip(n_passed)
}

/// Whether processes may change this.
fn is_allowed(path: &Path, scratch: &Path) -> bool {
    let is_device = ["/dev/", "/proc/self/"].iter().any(|head| path.starts_with(head));
    is_device || path.starts_with(scratch)
}

impl Outcome {
    fn take_calls(&mut self, calls: Vec<Call>, scratch: &Path) {
        for call in calls {
            match call {
                Call::Socket(text) => self.sockets.push(text),
                Call::Unknown(text) => self.written.push(text),
                Call::Changed(path) if is_allowed(&path, scratch) => {}
                Call::Changed(path) => self.written.push(path.display().to_string()),
            }
        }
    }

    fn read_calls(&mut self, calls: &str, scratch: &Path) {
        for line in calls.lines() {
            if ["socket(", "connect(", "bind(", "sendto("].iter().any(|call| line.contains(call)) {
                // A decoder is not let: that is what the filter is for.
                if !line.contains("= -1 EPERM") {
                    self.sockets.push(line.to_owned());
                }
                continue;
            }
            let opens = line.contains("open(") || line.contains("openat(");
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
            if opens && !writes.iter().any(|flag| line.contains(flag)) || line.contains("= -1 E") {
                continue;
            }
            if changed(line, &scratch.join(HOME)).any(|path| !is_allowed(&path, scratch)) {
                self.written.push(line.to_owned());
            }
        }
    }
}

#[expect(unsafe_code, reason = "std knows no groups of processes")]
fn kill_group(leader: u32) {
    // SAFETY: a signal to a group that this program made, by its number.
    unsafe { libc::kill(-libc::pid_t::try_from(leader).unwrap(), libc::SIGKILL) };
}

/// Waits for a process. How it ended, and the largest memory of it and of the children it waited
/// for.
#[expect(unsafe_code, reason = "std does not tell the memory of a child")]
fn wait(process: u32) -> (ExitStatus, u64) {
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    let process = libc::pid_t::try_from(process).unwrap();
    // SAFETY: both pointers are to values that live through the call; a usage of zeros is a valid one.
    let usage = unsafe {
        libc::wait4(process, &raw mut status, 0, usage.as_mut_ptr());
        usage.assume_init()
    };
    (ExitStatus::from_raw(status), u64::try_from(usage.ru_maxrss).unwrap() << 10)
}
