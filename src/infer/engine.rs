//! The engine: chosen once at the start, then loads models.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{EngineInfo, UnusedProvider};
use crate::bundle::Bundle;

use super::model_session::ModelSession;
use super::options::{EngineChoice, EngineOptions};
use super::runtime::Runtime;
use super::{Error, Provider, locate, onnxruntime, providers, pure, threads};

/// An inference engine. Cheap to clone, shared between threads.
#[derive(Debug, Clone)]
pub struct Engine(Arc<EngineState>);

#[derive(Debug)]
struct EngineState {
    backend: Backend,
    info: EngineInfo,
    n_threads: usize,
    run_limit: Option<Duration>,
    /// A requested provider is never replaced by the CPU.
    is_forced: bool,
}

#[derive(Debug)]
enum Backend {
    Ort { runtime: &'static Runtime, provider: Provider },
    Rten { pool: Arc<rten::ThreadPool> },
}

impl Engine {
    /// Chooses the engine and the provider.
    ///
    /// By default ONNX Runtime with the best provider that passes its test, else its CPU, else
    /// `rten`; [`Engine::info`] lists the providers that failed and why. Tests run in child
    /// processes, at the first start only: their results are cached.
    ///
    /// # Errors
    ///
    /// A requested engine or provider does not work: [`Error::NoLibrary`], [`Error::Library`],
    /// [`Error::Provider`]. Never with default options.
    pub fn start(options: &EngineOptions) -> Result<Self, Error> {
        let n_threads = threads::resolve(options.threads);
        if options.engine == EngineChoice::Rten {
            return match options.provider {
                None | Some(Provider::Cpu) => Ok(Self::rten(n_threads, Vec::new())),
                Some(provider) => Err(Error::Provider {
                    provider,
                    reason: "the engine rten runs on the CPU only".to_owned(),
                    remedy: "choose the engine ONNX Runtime".to_owned(),
                }),
            };
        }
        let requires_ort = options.engine == EngineChoice::Ort
            || options.provider.is_some_and(|p| p != Provider::Cpu);
        let runtime = match locate::load_library(options.library.as_deref()) {
            Ok(runtime) => runtime,
            Err(error) if requires_ort => return Err(error),
            Err(error) => {
                let reason = error.to_string();
                let unused = UnusedProvider { provider: "onnxruntime".to_owned(), reason };
                return Ok(Self::rten(n_threads, vec![unused]));
            }
        };
        let (provider, unused_providers) = providers::choose_provider(runtime, options)?;
        Ok(Self(Arc::new(EngineState {
            info: EngineInfo {
                engine: runtime.name(),
                provider: provider.to_string(),
                unused_providers,
            },
            backend: Backend::Ort { runtime, provider },
            n_threads,
            run_limit: options.run_limit,
            is_forced: options.provider.is_some(),
        })))
    }

    fn rten(n_threads: usize, unused_providers: Vec<UnusedProvider>) -> Self {
        Self(Arc::new(EngineState {
            backend: Backend::Rten {
                pool: Arc::new(rten::ThreadPool::with_num_threads(n_threads)),
            },
            info: EngineInfo {
                engine: pure::NAME.to_owned(),
                provider: Provider::Cpu.to_string(),
                unused_providers,
            },
            n_threads,
            run_limit: None,
            is_forced: true,
        }))
    }

    /// The chosen engine and provider. Those of a [`ModelSession`] may differ: a provider may not support
    /// its model.
    pub fn info(&self) -> EngineInfo {
        self.0.info.clone()
    }

    /// Loads a model.
    ///
    /// If the provider refuses this model or runs none of its nodes, the CPU runs it, and the info of
    /// the session says why. A requested provider fails instead.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the model does not load or differs from its card,
    /// [`Error::Provider`] when a requested provider cannot run it.
    pub fn load(&self, bundle: &Bundle) -> Result<Box<dyn ModelSession>, Error> {
        let state = &*self.0;
        match &state.backend {
            Backend::Rten { pool } => {
                Ok(Box::new(pure::RtenSession::load(bundle, Arc::clone(pool), state.info.clone())?))
            }
            Backend::Ort { runtime, provider } => {
                let load = |provider, info| {
                    let given = (state.n_threads, state.run_limit);
                    onnxruntime::OrtSession::load(runtime, provider, bundle, given, info)
                };
                match load(*provider, state.info.clone()) {
                    Err(Error::Provider { provider, reason, .. }) if !state.is_forced => {
                        let mut info = state.info.clone();
                        info.unused_providers
                            .push(UnusedProvider { provider: provider.to_string(), reason });
                        info.provider = Provider::Cpu.to_string();
                        load(Provider::Cpu, info).map(boxed)
                    }
                    other => other.map(boxed),
                }
            }
        }
    }
}

fn boxed(session: onnxruntime::OrtSession) -> Box<dyn ModelSession> {
    Box::new(session)
}
