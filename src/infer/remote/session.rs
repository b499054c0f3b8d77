//! A model that a server runs, checked against the same model here.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::RemoteOptions;
use super::canary::Canary;
use super::check::{self, FLOATS, quoted};
use super::client::{Client, Fault};
use super::messages::{InferInput, InferRequest, ModelName, RequestedOutput};
use crate::base::{Cancel, Cancelled, EngineInfo, RemoteServer, Tensor, UnusedProvider};
use crate::bundle::Bundle;
use crate::infer::model_io::ModelIo;
use crate::infer::onnxruntime::RUN_LIMIT;
use crate::infer::{Error, ModelSession};

/// The server is checked again after so many messages.
pub const RECHECK_CALLS: u64 = 1000;

/// The provider in results.
const PROVIDER: &str = "remote";
/// Bytes of values in a message; servers refuse messages of more than 4 MiB by default.
const MESSAGE_BYTES: usize = 3_700_000;
/// Most messages under way at once.
const FLIGHT: usize = 2;
/// The first wait for a server that is unavailable; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long the local engine works before a server that failed is tried again.
const LOCAL_FOR: Duration = Duration::from_mins(1);

/// A model in a server.
pub(in crate::infer) struct RemoteSession {
    client: Client,
    options: RemoteOptions,
    model: String,
    limit: Duration,
    io: ModelIo,
    canary: Canary,
    local: Box<dyn ModelSession>,
    trust: Trust,
    /// What runs the model at the moment.
    info: EngineInfo,
    cancel: Cancel,
}

/// What is known of the server.
#[derive(Debug)]
enum Trust {
    /// It has to be checked before its next answer is used.
    Unchecked,
    /// It passed; it has answered so many messages since.
    Checked { n_calls: u64, version: String },
    /// The local engine stands in.
    Local { until: Instant },
    /// It failed for good, in these words.
    Lost(String),
}

impl RemoteSession {
    /// Has the local engine answer the canary batch and checks the server.
    pub(in crate::infer) fn start(
        options: &RemoteOptions,
        bundle: &Bundle,
        mut local: Box<dyn ModelSession>,
        limit: Option<Duration>,
        cancel: Cancel,
    ) -> Result<Self, Error> {
        let io = ModelIo::from_bundle(bundle);
        let canary = Canary::new(&io.input, &mut *local)?;
        let address = options.address.to_string();
        let client = Client::new(&options.address);
        let client = client.map_err(|what| Error::Remote { server: address, what })?;
        let mut session = Self {
            client,
            options: options.clone(),
            model: options.model.clone().unwrap_or_else(|| io.name.clone()),
            limit: limit.unwrap_or(RUN_LIMIT),
            info: local.engine().clone(),
            io,
            canary,
            local,
            trust: Trust::Unchecked,
            cancel,
        };
        match session.persist(Self::trusted_version) {
            Ok(_) => Ok(session),
            Err(Fault::Cancelled) => Err(Cancelled.into()),
            Err(fault) if session.options.or_local => {
                session.stand_in(&fault);
                Ok(session)
            }
            Err(fault) => Err(session.error(&fault)),
        }
    }

    /// Tries until it succeeds, the fault is no passing one, or patience ends.
    fn persist<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let begun = Instant::now();
        // While the local engine stands in nobody waits for the server.
        let stands_in = matches!(self.trust, Trust::Local { .. });
        let patience = if stands_in { Duration::ZERO } else { self.options.patience };
        let mut wait = FIRST_WAIT;
        loop {
            let fault = match work(self) {
                Ok(found) => return Ok(found),
                Err(fault) => fault,
            };
            if fault != Fault::Cancelled {
                // Another server, or another model, may be behind the next connection.
                self.trust = Trust::Unchecked;
            }
            let Fault::Passing(what) = &fault else { return Err(fault) };
            if begun.elapsed().saturating_add(wait) > patience {
                return Err(fault);
            }
            tracing::debug!(server = %self.options.address, "waits for the model server: {what}");
            self.client.pause(&self.cancel, wait)?;
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    /// The version of the model in a server that is checked; checks it where that is due.
    fn trusted_version(&mut self) -> Result<String, Fault> {
        let n_unvouched = match &self.trust {
            Trust::Checked { n_calls, version } if *n_calls < RECHECK_CALLS => {
                return Ok(version.clone());
            }
            Trust::Checked { n_calls, .. } => Some(*n_calls),
            _ => None,
        };
        let server = self.checked().map_err(|fault| match (fault, n_unvouched) {
            (Fault::Wrong(what), Some(n)) => Fault::Wrong(format!(
                "{what}; its last {n} answers, since the check before, are not to be relied on"
            )),
            (fault, _) => fault,
        })?;
        let version = server.model_version.clone();
        let engine = format!("{} {}", server.name, server.version).trim().to_owned();
        self.info = EngineInfo {
            engine: if engine.is_empty() { server.address.clone() } else { engine },
            provider: PROVIDER.to_owned(),
            unused_providers: Vec::new(),
            remote: Some(server),
        };
        self.trust = Trust::Checked { n_calls: 0, version: version.clone() };
        Ok(version)
    }

    /// Checks the server: ready, the model as in the bundle, the canary batch as here.
    fn checked(&self) -> Result<RemoteServer, Fault> {
        let Self { client, cancel, io, canary, .. } = self;
        let model = || ModelName { name: self.model.clone(), version: String::new() };
        let (server, said) = client.wait(cancel, async {
            if !client.server_ready().await?.ready {
                return Err(Fault::Passing("it says that it is not ready".to_owned()));
            }
            if !client.model_ready(model()).await?.ready {
                let what = format!("it says that its model {:?} is not ready", self.model);
                return Err(Fault::Passing(what));
            }
            Ok((client.server_metadata().await?, client.model_metadata(model()).await?))
        })?;
        let (name, version) = (quoted(&server.name), quoted(&server.version));
        let refused = |what: String| {
            let called =
                if name.is_empty() { String::new() } else { format!("{name} {version}: ") };
            Fault::Wrong(format!("{called}its model {:?} is refused, since {what}", self.model))
        };
        check::metadata(&said, io, canary).map_err(refused)?;
        let answered = self.infer(&canary.input, None);
        let (answer, model_version) = match answered {
            Err(Fault::Wrong(what)) => return Err(refused(what)),
            other => other?,
        };
        let (difference, output) = canary.difference(&answer);
        if difference > RemoteServer::TOLERANCE {
            let output = io.outputs.get(output).map_or("", String::as_str);
            return Err(refused(format!(
                "its answer {output:?} to the canary batch differs from that of this program by \
                 {difference:.2e}, and {:.0e} is allowed",
                RemoteServer::TOLERANCE
            )));
        }
        let address = self.options.address.to_string();
        tracing::info!(server = %address, difference, "the model server answered the canary batch");
        Ok(RemoteServer {
            address,
            name,
            version,
            model: self.model.clone(),
            model_version,
            canary_difference: difference,
        })
    }

    /// Sends a batch in messages of bounded size, a few at once. `version`: that of the model which has to
    /// answer; `None` for whichever does. Returns it with the outputs.
    fn infer(&self, input: &Tensor, version: Option<&str>) -> Result<(Vec<Tensor>, String), Fault> {
        let (item, per_message) = sizes(input);
        let parts = input.data.chunks(item.saturating_mul(per_message));
        let calls = parts.map(|values| self.call(values, item, input, version));
        let answers: Vec<_> =
            self.client.wait(&self.cancel, stream::iter(calls).buffered(FLIGHT).try_collect())?;
        joined(answers).map_err(Fault::Wrong)
    }

    /// One message.
    async fn call(
        &self,
        values: &[f32],
        item: usize,
        input: &Tensor,
        version: Option<&str>,
    ) -> Result<(Vec<Tensor>, String), Fault> {
        let n = values.len().checked_div(item).unwrap_or(0);
        let rest = input.shape.iter().skip(1).map(|extent| *extent as i64);
        let request = InferRequest {
            model_name: self.model.clone(),
            model_version: version.unwrap_or_default().to_owned(),
            inputs: vec![InferInput {
                name: self.io.input.name.clone(),
                datatype: FLOATS.to_owned(),
                shape: std::iter::once(n as i64).chain(rest).collect(),
            }],
            outputs: self.io.outputs.iter().cloned().map(|name| RequestedOutput { name }).collect(),
            raw_inputs: vec![values.iter().flat_map(|value| value.to_le_bytes()).collect()],
        };
        let most_bytes = check::most_bytes(n, &self.canary);
        let answer = self.client.infer(request, most_bytes, self.limit).await?;
        let answered_by = quoted(&answer.model_version);
        if version.is_some_and(|version| version != answered_by) {
            let what = format!("version {answered_by:?} of the model answered for {version:?}");
            return Err(Fault::Passing(what));
        }
        let outputs = check::outputs(answer, n, &self.io, &self.canary).map_err(Fault::Wrong)?;
        Ok((outputs, answered_by))
    }

    /// Has the server run the model, after a check where one is due.
    fn run_there(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Fault> {
        self.persist(|session| {
            let version = session.trusted_version()?;
            let (outputs, _) = session.infer(input, Some(&version))?;
            if let Trust::Checked { n_calls, .. } = &mut session.trust {
                let (item, per_message) = sizes(input);
                let n = input.data.len().div_ceil(item.saturating_mul(per_message));
                *n_calls = n_calls.saturating_add(n as u64);
            }
            Ok(outputs)
        })
    }

    /// Lets the local engine work for a while.
    fn stand_in(&mut self, fault: &Fault) {
        let reason = self.error(fault).to_string();
        tracing::warn!("the local engine stands in: {reason}");
        let mut info = self.local.engine().clone();
        info.unused_providers.push(UnusedProvider { provider: PROVIDER.to_owned(), reason });
        self.info = info;
        let now = Instant::now();
        self.trust = Trust::Local { until: now.checked_add(LOCAL_FOR).unwrap_or(now) };
    }

    fn error(&self, fault: &Fault) -> Error {
        let what = match fault {
            Fault::Cancelled => return Cancelled.into(),
            Fault::Wrong(what) => what.clone(),
            Fault::Passing(what) => {
                let s = self.options.patience.as_secs_f32();
                format!("it was not available for {s} s: {what}")
            }
        };
        Error::Remote { server: self.options.address.to_string(), what }
    }
}

/// Values of an item, and items of a message; both are at least one.
fn sizes(input: &Tensor) -> (usize, usize) {
    let n = input.shape.first().copied().unwrap_or(0);
    let item = input.data.len().checked_div(n).unwrap_or(0).max(1);
    let bytes = item.saturating_mul(size_of::<f32>());
    (item, MESSAGE_BYTES.checked_div(bytes).unwrap_or(0).max(1))
}

/// The outputs of all messages in one batch.
fn joined(parts: Vec<(Vec<Tensor>, String)>) -> Result<(Vec<Tensor>, String), String> {
    let mut parts = parts.into_iter();
    let (mut whole, version) = parts.next().ok_or("there is no answer")?;
    for (part, other) in parts {
        if other != version {
            return Err(format!("its versions {version:?} and {other:?} answered one batch"));
        }
        for (whole, part) in whole.iter_mut().zip(part) {
            if let (Some(n), Some(more)) = (whole.shape.first_mut(), part.shape.first()) {
                *n = n.saturating_add(*more);
            }
            whole.data.extend(part.data);
        }
    }
    Ok((whole, version))
}

impl ModelSession for RemoteSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error> {
        self.io.check_input(input)?;
        if let Some(error) = self.lost() {
            return Err(error);
        }
        if matches!(&self.trust, Trust::Local { until } if Instant::now() < *until) {
            return self.local.run(input);
        }
        match self.run_there(input) {
            Ok(outputs) => Ok(outputs),
            Err(Fault::Cancelled) => Err(Cancelled.into()),
            Err(fault) if self.options.or_local => {
                self.stand_in(&fault);
                self.local.run(input)
            }
            Err(fault) => {
                let error = self.error(&fault);
                if let Error::Remote { what, .. } = &error {
                    self.trust = Trust::Lost(what.clone());
                }
                Err(error)
            }
        }
    }

    fn stop_with(&mut self, cancel: Cancel) {
        self.local.stop_with(cancel.clone());
        self.cancel = cancel;
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }

    fn lost(&self) -> Option<Error> {
        let Trust::Lost(what) = &self.trust else { return None };
        Some(Error::Remote { server: self.options.address.to_string(), what: what.clone() })
    }
}
