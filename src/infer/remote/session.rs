//! A model that a server runs, checked against the same model here.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::time::{Duration, Instant};

use super::RemoteOptions;
use super::canary::Canary;
use super::client::{Client, Fault};
use super::server::{Server, n_messages};
use crate::base::{Cancel, Cancelled, EngineInfo, Tensor, UnusedProvider};
use crate::bundle::Bundle;
use crate::infer::model_io::ModelIo;
use crate::infer::onnxruntime::RUN_LIMIT;
use crate::infer::{Error, ModelSession};

/// The provider in results.
const PROVIDER: &str = "remote";
/// The first wait for a server that is unavailable; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long the local engine works before a server that failed is tried again.
const LOCAL_FOR: Duration = Duration::from_mins(1);

/// A model in a server.
pub(in crate::infer) struct RemoteSession {
    server: Server,
    options: RemoteOptions,
    local: Box<dyn ModelSession>,
    trust: Trust,
    /// Messages that the server has answered since it passed a check.
    n_unchecked: u64,
    /// What runs the model at the moment.
    info: EngineInfo,
}

/// What is known of the server.
#[derive(Debug)]
enum Trust {
    /// It has to be checked before its next answer is used.
    Unchecked,
    /// It passed, with this version of the model.
    Checked { version: String },
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
        let server = Server {
            client,
            address: options.address.clone(),
            model: options.model.clone().unwrap_or_else(|| io.name.clone()),
            limit: limit.unwrap_or(RUN_LIMIT),
            io,
            canary,
            cancel,
        };
        let info = local.engine().clone();
        let (options, trust) = (options.clone(), Trust::Unchecked);
        let mut session = Self { server, options, local, trust, n_unchecked: 0, info };
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
        // While the local engine stands in nobody waits for the server.
        let stands_in = matches!(self.trust, Trust::Local { .. });
        let patience = if stands_in { Duration::ZERO } else { self.options.patience };
        let mut wait = FIRST_WAIT;
        let mut since = None;
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
            let since = *since.get_or_insert_with(Instant::now);
            if since.elapsed().saturating_add(wait) > patience {
                return Err(fault);
            }
            tracing::debug!(server = %self.options.address, "waits for the model server: {what}");
            self.server.client.pause(&self.server.cancel, wait)?;
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    /// The version of the model in a server that is checked; checks it where that is due.
    fn trusted_version(&mut self) -> Result<String, Fault> {
        match &self.trust {
            Trust::Checked { version } if self.n_unchecked < self.options.recheck_calls => {
                return Ok(version.clone());
            }
            _ => {}
        }
        let n = self.n_unchecked;
        let server = self.server.checked().map_err(|fault| match fault {
            Fault::Wrong(what) if n > 0 => Fault::Wrong(format!(
                "{what}; its last {n} answers, since the check before, are not to be relied on"
            )),
            fault => fault,
        })?;
        self.n_unchecked = 0;
        let version = server.model_version.clone();
        let engine = format!("{} {}", server.name, server.version).trim().to_owned();
        self.info = EngineInfo {
            engine: if engine.is_empty() { server.address.clone() } else { engine },
            provider: PROVIDER.to_owned(),
            unused_providers: Vec::new(),
            remote: Some(server),
        };
        self.trust = Trust::Checked { version: version.clone() };
        Ok(version)
    }

    /// Has the server run the model, after a check where one is due.
    fn run_there(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Fault> {
        self.persist(|session| {
            let version = session.trusted_version()?;
            let (outputs, _) = session.server.infer(input, Some(&version))?;
            session.n_unchecked = session.n_unchecked.saturating_add(n_messages(input));
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

impl ModelSession for RemoteSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error> {
        self.server.io.check_input(input)?;
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
        self.server.cancel = cancel;
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }

    fn lost(&self) -> Option<Error> {
        let Trust::Lost(what) = &self.trust else { return None };
        Some(Error::Remote { server: self.options.address.to_string(), what: what.clone() })
    }
}
