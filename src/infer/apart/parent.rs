//! Starts the child, hands it tensors and kills it when it has to end.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::wire::{Job, ModelReply, read_line, read_tensor, write_line, write_values};
use crate::base::{Cancel, Cancelled, EngineInfo, Tensor};
use crate::bundle::Bundle;
use crate::confine::spawn;
#[cfg(unix)]
use crate::confine::{Reach, ResourceLimits, Sandbox, confine};
use crate::infer::model_io::{MAX_OUTPUT_VALUES, ModelIo};
use crate::infer::onnxruntime::{DRIVER_LIMIT, RUN_LIMIT};
use crate::infer::telemetry;
use crate::infer::watchdog::{POLL, StopRule, Stopped, memory_of, stopped_by};
use crate::infer::{EngineOptions, Error, ModelSession, Provider};

/// A child that was told so by its own engine ends a little before it is killed.
const GRACE: Duration = Duration::from_millis(500);
/// Most outputs of a model.
const MAX_OUTPUTS: usize = 64;
/// Addresses that engines reserve beyond the memory they use.
#[cfg(unix)]
const RESERVED_BYTES: u64 = 16 << 30;

/// The program that runs bundles of somebody else.
#[derive(Debug)]
pub(in crate::infer) struct ModelProgram {
    program: PathBuf,
    memory_bytes: Option<u64>,
    /// The engine does not start with files and system calls shut to it.
    runs_open: Arc<AtomicBool>,
    /// Such an engine is not started at all.
    must_confine: bool,
}

/// The engine in the child.
#[derive(Debug, Clone, Copy)]
pub(in crate::infer) struct ApartEngine<'a> {
    /// ONNX Runtime, or else `rten`.
    pub(in crate::infer) library: Option<&'a Path>,
    pub(in crate::infer) provider: Provider,
    pub(in crate::infer) n_threads: usize,
    pub(in crate::infer) run_limit: Option<Duration>,
}

impl ModelProgram {
    /// `None` when the options name none.
    pub(in crate::infer) fn named_in(options: &EngineOptions) -> Option<Self> {
        let program = options.model_program.clone()?;
        Some(Self {
            program,
            memory_bytes: options.model_bytes,
            runs_open: Arc::default(),
            must_confine: false,
        })
    }

    /// Runs no engine that does not start with files and system calls shut to it.
    pub(in crate::infer) fn confined_only(self) -> Self {
        Self { must_confine: true, ..self }
    }

    /// Loads a bundle into a child.
    pub(in crate::infer) fn load(
        &self,
        bundle: &Bundle,
        engine: ApartEngine<'_>,
        mut info: EngineInfo,
        cancel: &Cancel,
    ) -> Result<ApartSession, Error> {
        let io = ModelIo::from_bundle(bundle);
        let card = toml::to_string(&bundle.card).map_err(|e| io.model_error(e.to_string()))?;
        let job = Job {
            library: engine.library.map(Path::to_owned),
            provider: engine.provider,
            n_threads: engine.n_threads,
            run_limit: engine.run_limit,
            n_bytes: (card.len(), bundle.model.len()),
        };
        let launch = Launch {
            program: self.program.clone(),
            job,
            input: [card.as_bytes(), &bundle.model].concat().into(),
            runs_open: Arc::clone(&self.runs_open),
            must_confine: self.must_confine,
        };
        let usual = if engine.provider == Provider::Cpu { RUN_LIMIT } else { DRIVER_LIMIT };
        let mut rule = StopRule::after(engine.run_limit.unwrap_or(usual).saturating_add(GRACE));
        rule.memory_bytes = self.memory_bytes.unwrap_or(rule.memory_bytes);
        let mut loading = StopRule { limit: DRIVER_LIMIT, ..rule.clone() };
        loading.cancel = cancel.clone();
        let (running, provider) = launch.start(&io, &loading)?;
        info.provider = provider;
        Ok(ApartSession { launch, running: Some(running), io, info, rule })
    }

    /// Whether this engine starts with files and system calls shut to it.
    ///
    /// # Errors
    ///
    /// Why it does not start at all.
    pub(in crate::infer) fn starts_confined(
        &self,
        engine: ApartEngine<'_>,
    ) -> Result<bool, String> {
        let job = Job {
            library: engine.library.map(Path::to_owned),
            provider: engine.provider,
            n_threads: engine.n_threads,
            run_limit: engine.run_limit,
            n_bytes: (0, 0),
        };
        let launch = Launch {
            program: self.program.clone(),
            job,
            input: Arc::new([]),
            runs_open: Arc::default(),
            must_confine: self.must_confine,
        };
        match launch.process(&StopRule::after(DRIVER_LIMIT)) {
            Ok(_) => Ok(launch.is_confined()),
            Err(NoReply::Cancelled) => Err(BROKE_OFF.to_owned()),
            Err(NoReply::Failed(failure)) => {
                Err(failure.error("a model", engine.provider).to_string())
            }
            Err(NoReply::Why(why)) => Err(why),
        }
    }
}

/// What a child is started with.
#[derive(Debug)]
struct Launch {
    program: PathBuf,
    job: Job,
    /// The card and the model.
    input: Arc<[u8]>,
    /// As in [`ModelProgram`].
    runs_open: Arc<AtomicBool>,
    /// As in [`ModelProgram`].
    must_confine: bool,
}

impl Launch {
    /// A child that has loaded the model, and the provider that runs it.
    fn start(&self, io: &ModelIo, rule: &StopRule) -> Result<(ModelProcess, String), Error> {
        let no_reply = |why: NoReply| why.error(io, self.job.provider);
        let mut running = self.process(rule).map_err(no_reply)?;
        running.to_child.send(Arc::clone(&self.input)).ok();
        match running.wait(rule).map_err(no_reply)? {
            Reply::Loaded { provider } => Ok((running, provider)),
            Reply::Failed(failure) => Err(failure.error(&io.name, self.job.provider)),
            Reply::Started | Reply::Ran(_) => Err(io.model_error(BROKE_OFF)),
        }
    }

    /// Drivers of graphics cards need more of the system than can be listed.
    fn is_confined(&self) -> bool {
        self.job.provider == Provider::Cpu && !self.runs_open.load(Ordering::Relaxed)
    }

    /// A child whose engine has started; it has seen nothing of the model. Where the engine does not start
    /// under confinement, one without.
    fn process(&self, rule: &StopRule) -> Result<ModelProcess, NoReply> {
        let is_confined = self.is_confined();
        match self.started(is_confined, rule) {
            Err(NoReply::Failed(_) | NoReply::Why(_)) if is_confined && !self.must_confine => {
                let open = self.started(false, rule)?;
                self.runs_open.store(true, Ordering::Relaxed);
                tracing::warn!(
                    "models of others run without a sandbox: the engine does not start in it"
                );
                Ok(open)
            }
            other => other,
        }
    }

    fn started(&self, is_confined: bool, rule: &StopRule) -> Result<ModelProcess, NoReply> {
        let refuse = |error| NoReply::Why(format!("no process runs it: {error}"));
        let mut running = ModelProcess::start(self, is_confined, rule).map_err(refuse)?;
        match running.wait(rule)? {
            Reply::Started => Ok(running),
            Reply::Failed(failure) => Err(NoReply::Failed(failure)),
            Reply::Loaded { .. } | Reply::Ran(_) => Err(NoReply::Why(BROKE_OFF.to_owned())),
        }
    }
}

const BROKE_OFF: &str = "the process that runs it broke off";

/// What was read of the child.
enum Reply {
    Started,
    Loaded { provider: String },
    Ran(Vec<Tensor>),
    Failed(super::wire::Failure),
}

/// Why there is no reply.
enum NoReply {
    Cancelled,
    Failed(super::wire::Failure),
    Why(String),
}

impl NoReply {
    fn error(self, io: &ModelIo, provider: Provider) -> Error {
        match self {
            Self::Cancelled => Cancelled.into(),
            Self::Failed(failure) => failure.error(&io.name, provider),
            Self::Why(why) => io.model_error(why),
        }
    }
}

/// A child at work; killed when it is dropped.
struct ModelProcess {
    /// `None` only during drop.
    child: Option<Child>,
    replies: Receiver<Reply>,
    to_child: SyncSender<Arc<[u8]>>,
}

impl ModelProcess {
    fn start(launch: &Launch, is_confined: bool, rule: &StopRule) -> io::Result<Self> {
        let mut command = Command::new(&launch.program);
        command
            .arg(SUBCOMMAND)
            .args(launch.job.words())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NO_WINDOW);
        }
        #[cfg(unix)]
        if is_confined {
            let reach = Reach::nothing().fed().loads(launch.job.library.as_deref());
            // Runs follow one another in one process: the watchdog counts the time of each. Of memory it
            // counts what is used, the system counts what is reserved.
            let memory_bytes = rule.memory_bytes.saturating_add(RESERVED_BYTES);
            let limits = ResourceLimits { memory_bytes, cpu_s: u64::MAX };
            command.env_clear();
            confine(&mut command, limits, false, Sandbox::new(&launch.program, &reach)?);
        }
        #[cfg(not(unix))]
        let _unused = (is_confined, rule);
        command.env(telemetry::VARIABLE, "1");
        let mut child = spawn(command)?;
        let (to_child, parts) = sync_channel::<Arc<[u8]>>(2);
        let (replies_in, replies) = sync_channel(1);
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let running = Self { child: Some(child), replies, to_child };
        if let Some(mut stdin) = stdin {
            // It fails where the child has died, which its answer tells.
            serve("tensors", move || {
                parts.iter().try_for_each(|part| stdin.write_all(&part)).ok();
            })?;
        }
        if let Some(stdout) = stdout {
            serve("answers", move || {
                let mut from = BufReader::new(stdout);
                while let Ok(Some(reply)) = read_reply(&mut from) {
                    if replies_in.send(reply).is_err() {
                        break;
                    }
                }
            })?;
        }
        Ok(running)
    }

    fn run(&mut self, input: &Tensor, rule: &StopRule) -> Result<Reply, NoReply> {
        let mut bytes = Vec::new();
        let written = write_line(&mut bytes, &input.shape)
            .and_then(|()| write_values(&mut bytes, &input.data));
        written.map_err(|error| NoReply::Why(error.to_string()))?;
        self.to_child.send(bytes.into()).map_err(|_gone| NoReply::Why(BROKE_OFF.to_owned()))?;
        self.wait(rule)
    }

    /// Waits for an answer. Without one the child is of no use any more.
    fn wait(&mut self, rule: &StopRule) -> Result<Reply, NoReply> {
        let deadline = Instant::now() + rule.limit;
        let process = self.child.as_ref().map(|child| child.id().to_string()).unwrap_or_default();
        loop {
            // Before the answer: a quick child's must not win over the person who cancelled.
            if rule.cancel.is_cancelled() {
                return Err(NoReply::Cancelled);
            }
            match self.replies.recv_timeout(POLL) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(NoReply::Why(self.how_it_ended()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= deadline {
                return Err(NoReply::Why(stopped_by(Stopped::TooLong, rule)));
            }
            if memory_of(&process).is_some_and(|memory| memory > rule.memory_bytes) {
                return Err(NoReply::Why(stopped_by(Stopped::TooLarge, rule)));
            }
        }
    }

    fn how_it_ended(&mut self) -> String {
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if let Some(Ok(Some(status))) = self.child.as_mut().map(Child::try_wait) {
                return format!("{BROKE_OFF} ({status})");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        BROKE_OFF.to_owned()
    }
}

impl Drop for ModelProcess {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        if let Err(error) = child.kill() {
            tracing::warn!(%error, "a process that runs a model could not be stopped");
            return;
        }
        // The system takes a while to free gigabytes, and nobody has to wait for it.
        if let Err(error) = serve("end of a model", move || drop(child.wait())) {
            tracing::warn!(%error, "a process that ran a model is left behind");
        }
    }
}

/// Starts a thread that ends with the pipe it serves.
fn serve(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read_reply(from: &mut impl BufRead) -> io::Result<Option<Reply>> {
    Ok(match read_line::<ModelReply>(from)? {
        None => None,
        Some(ModelReply::Started) => Some(Reply::Started),
        Some(ModelReply::Loaded { provider }) => Some(Reply::Loaded { provider }),
        Some(ModelReply::Failed(failure)) => Some(Reply::Failed(failure)),
        Some(ModelReply::Ran { shapes }) => {
            if shapes.len() > MAX_OUTPUTS {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let read = |shape| read_tensor(from, shape, MAX_OUTPUT_VALUES);
            Some(Reply::Ran(shapes.into_iter().map(read).collect::<io::Result<_>>()?))
        }
    })
}

/// A model in a child process. Where the child had to be killed, the next run starts another.
pub(in crate::infer) struct ApartSession {
    launch: Launch,
    running: Option<ModelProcess>,
    io: ModelIo,
    info: EngineInfo,
    rule: StopRule,
}

impl ModelSession for ApartSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error> {
        self.io.check_input(input)?;
        let mut running = if let Some(running) = self.running.take() {
            running
        } else {
            let loading = StopRule { limit: DRIVER_LIMIT, ..self.rule.clone() };
            self.launch.start(&self.io, &loading)?.0
        };
        let outputs = match running.run(input, &self.rule) {
            Ok(Reply::Ran(outputs)) if outputs.len() == self.io.outputs.len() => outputs,
            Ok(Reply::Failed(failure)) => {
                self.running = Some(running);
                return Err(failure.error(&self.io.name, self.launch.job.provider));
            }
            Ok(_) => return Err(self.io.run_error(BROKE_OFF)),
            Err(NoReply::Why(why)) => return Err(self.io.run_error(why)),
            Err(other) => return Err(other.error(&self.io, self.launch.job.provider)),
        };
        self.running = Some(running);
        for (name, tensor) in self.io.outputs.iter().zip(&outputs) {
            self.io.check_output(name, tensor)?;
        }
        Ok(outputs)
    }

    fn stop_with(&mut self, cancel: Cancel) {
        self.rule.cancel = cancel;
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }
}
