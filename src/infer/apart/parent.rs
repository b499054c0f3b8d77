//! Starts the child, hands it tensors and kills it when it has to end.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::wire::{Job, ModelReply, read_line, read_tensor, write_line, write_values};
use crate::base::{Cancel, Cancelled, EngineInfo, Tensor};
use crate::bundle::Bundle;
use crate::infer::model_io::{MAX_OUTPUT_VALUES, ModelIo};
use crate::infer::onnxruntime::{DRIVER_LIMIT, RUN_LIMIT};
use crate::infer::telemetry;
use crate::infer::watchdog::{POLL, StopRule, Stopped, memory_of, stopped_by};
use crate::infer::{EngineOptions, Error, ModelSession, Provider};

/// A child that was told so by its own engine ends a little before it is killed.
const GRACE: Duration = Duration::from_millis(500);
/// Most outputs of a model.
const MAX_OUTPUTS: usize = 64;

/// The program that runs bundles of somebody else.
#[derive(Debug)]
pub(in crate::infer) struct ModelProgram {
    program: PathBuf,
    memory_bytes: Option<u64>,
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
        Some(Self { program, memory_bytes: options.model_bytes })
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
}

/// What a child is started with.
#[derive(Debug)]
struct Launch {
    program: PathBuf,
    job: Job,
    /// The card and the model.
    input: Arc<[u8]>,
}

impl Launch {
    /// A child that has loaded the model, and the provider that runs it.
    fn start(&self, io: &ModelIo, rule: &StopRule) -> Result<(ModelProcess, String), Error> {
        let refuse = |error: io::Error| io.model_error(format!("no process runs it: {error}"));
        let mut running = ModelProcess::start(self).map_err(refuse)?;
        match running.wait(rule) {
            Ok(Reply::Loaded { provider }) => Ok((running, provider)),
            Ok(Reply::Failed(error)) => Err(error.error(&io.name, self.job.provider)),
            Ok(Reply::Ran(_)) => Err(io.model_error(BROKE_OFF)),
            Err(NoReply::Cancelled) => Err(Cancelled.into()),
            Err(NoReply::Why(why)) => Err(io.model_error(why)),
        }
    }
}

const BROKE_OFF: &str = "the process that runs it broke off";

/// What was read of the child.
enum Reply {
    Loaded { provider: String },
    Ran(Vec<Tensor>),
    Failed(super::wire::Failure),
}

/// Why there is no reply.
enum NoReply {
    Cancelled,
    Why(String),
}

/// A child at work; killed when it is dropped.
struct ModelProcess {
    /// `None` only during drop.
    child: Option<Child>,
    replies: Receiver<Reply>,
    to_child: SyncSender<Arc<[u8]>>,
}

impl ModelProcess {
    fn start(launch: &Launch) -> io::Result<Self> {
        let mut command = Command::new(&launch.program);
        command
            .arg(SUBCOMMAND)
            .args(launch.job.words())
            .env(telemetry::VARIABLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt as _;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            command.creation_flags(CREATE_NO_WINDOW);
        }
        let mut child = command.spawn()?;
        let (to_child, parts) = sync_channel::<Arc<[u8]>>(2);
        let (replies_in, replies) = sync_channel(1);
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let running = Self { child: Some(child), replies, to_child };
        if let Some(mut stdin) = stdin {
            // It fails where the child has died, which its answer tells.
            spawn("tensors", move || {
                parts.iter().try_for_each(|part| stdin.write_all(&part)).ok();
            })?;
        }
        if let Some(stdout) = stdout {
            spawn("answers", move || {
                let mut from = BufReader::new(stdout);
                while let Ok(Some(reply)) = read_reply(&mut from) {
                    if replies_in.send(reply).is_err() {
                        break;
                    }
                }
            })?;
        }
        running.to_child.send(Arc::clone(&launch.input)).ok();
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
        if let Err(error) = spawn("end of a model", move || drop(child.wait())) {
            tracing::warn!(%error, "a process that ran a model is left behind");
        }
    }
}

/// Starts a thread that ends with the pipe it serves.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read_reply(from: &mut impl BufRead) -> io::Result<Option<Reply>> {
    Ok(match read_line::<ModelReply>(from)? {
        None => None,
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
            Err(NoReply::Cancelled) => return Err(Cancelled.into()),
            Err(NoReply::Why(why)) => return Err(self.io.run_error(why)),
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
