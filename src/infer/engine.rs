//! The engine: chosen once at the start, then loads models.
//!
//! * **In**: [`EngineOptions`], then bundles. **Out**: [`Session`]s, one per model and worker.
//! * **Not here**: how a library is found (`locate`), how a provider is tried (`providers`), the
//!   two engines themselves (`onnxruntime`, `pure`).

use std::sync::Arc;

use crate::base::{EngineInfo, UnusedProvider, Tensor};
use crate::bundle::Bundle;

use super::options::{EngineChoice, EngineOptions, Provider};
use super::runtime::Runtime;
use super::{Error, locate, onnxruntime, providers, pure, threads};

/// A loaded model.
pub trait Session: Send {
    /// Runs the model once.
    ///
    /// * `input`: as the card's [`InputSpec`](crate::bundle::InputSpec) says, `[n, 3, h, w]`.
    ///
    /// Returns the outputs in the order of the card. The same input gives the same output on the
    /// same machine with the same engine, provider and number of threads.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for a shape that does not fit or values that are no numbers,
    /// [`Error::Run`] when the engine fails, [`Error::NotFinite`] when the outputs are no numbers.
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error>;

    /// What runs this very model.
    fn engine(&self) -> &EngineInfo;
}

/// A way to run models. Cheap to clone, shared between threads.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    info: EngineInfo,
    n_threads: usize,
    /// A provider that was asked for by name is never replaced by the CPU.
    is_forced: bool,
}

#[derive(Debug)]
enum Kind {
    Ort { runtime: &'static Runtime, provider: Provider },
    Rten { pool: Arc<rten::ThreadPool> },
}

impl Engine {
    /// Chooses the engine and the provider.
    ///
    /// Without wishes: ONNX Runtime with the best provider that proved itself, else its CPU, else
    /// `rten`; [`Engine::info`] says what fell out and why. May start child processes, each with
    /// the time limit of the options; verdicts are kept, so that happens at the first start only.
    ///
    /// # Errors
    ///
    /// An engine or provider that was asked for by name and cannot be had: [`Error::NoLibrary`],
    /// [`Error::Library`], [`Error::Provider`]. Never with default options.
    pub fn start(options: &EngineOptions) -> Result<Self, Error> {
        let n_threads = threads::resolve(options.threads);
        if options.engine == EngineChoice::Rten {
            return match options.provider {
                None | Some(Provider::Cpu) => Ok(Self::rten(n_threads, Vec::new())),
                Some(provider) => Err(Error::Provider {
                    provider,
                    reason: "the engine rten only computes on the CPU".to_owned(),
                    remedy: "choose the engine ONNX Runtime".to_owned(),
                }),
            };
        }
        let must_be_ort = options.engine == EngineChoice::Ort
            || options.provider.is_some_and(|p| p != Provider::Cpu);
        let runtime = match locate::load(options.library.as_deref()) {
            Ok(runtime) => runtime,
            Err(error) if must_be_ort => return Err(error),
            Err(error) => {
                let reason = error.to_string();
                let unused = UnusedProvider { provider: "onnxruntime".to_owned(), reason };
                return Ok(Self::rten(n_threads, vec![unused]));
            }
        };
        let (provider, unused_providers) = providers::choose(runtime, options)?;
        Ok(Self(Arc::new(Inner {
            info: EngineInfo { engine: runtime.name(), provider: provider.to_string(), unused_providers },
            kind: Kind::Ort { runtime, provider },
            n_threads,
            is_forced: options.provider.is_some(),
        })))
    }

    fn rten(n_threads: usize, unused_providers: Vec<UnusedProvider>) -> Self {
        Self(Arc::new(Inner {
            kind: Kind::Rten { pool: Arc::new(rten::ThreadPool::with_num_threads(n_threads)) },
            info: EngineInfo {
                engine: pure::NAME.to_owned(),
                provider: Provider::Cpu.to_string(),
                unused_providers,
            },
            n_threads,
            is_forced: true,
        }))
    }

    /// What was chosen. A [`Session`] knows better: its model may not suit the provider.
    pub fn info(&self) -> EngineInfo {
        self.0.info.clone()
    }

    /// Loads a model.
    ///
    /// If the chosen provider refuses this model or takes none of its nodes, the CPU runs it and
    /// the session's info says why, unless the provider was asked for by name.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the model does not load or lacks what its card promises,
    /// [`Error::Provider`] when the provider asked for by name cannot run it.
    pub fn load(&self, bundle: &Bundle) -> Result<Box<dyn Session>, Error> {
        let inner = &*self.0;
        match &inner.kind {
            Kind::Rten { pool } => {
                Ok(Box::new(pure::RtenSession::load(bundle, Arc::clone(pool), inner.info.clone())?))
            }
            Kind::Ort { runtime, provider } => {
                let load = |provider, info| {
                    onnxruntime::OrtSession::load(runtime, provider, bundle, inner.n_threads, info)
                };
                match load(*provider, inner.info.clone()) {
                    Err(Error::Provider { provider, reason, .. }) if !inner.is_forced => {
                        let mut info = inner.info.clone();
                        info.unused_providers.push(UnusedProvider { provider: provider.to_string(), reason });
                        info.provider = Provider::Cpu.to_string();
                        load(Provider::Cpu, info).map(boxed)
                    }
                    other => other.map(boxed),
                }
            }
        }
    }
}

fn boxed(session: onnxruntime::OrtSession) -> Box<dyn Session> {
    Box::new(session)
}
