//! The engine: chosen once at the start, then loads models.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{Cancel, EngineInfo, UnusedProvider};
use crate::bundle::{Bundle, Origin};

use super::library::locate;
use super::model_session::ModelSession;
use super::options::{EngineChoice, EngineOptions, resolve_threads};
#[cfg(feature = "remote")]
use super::remote;
use super::runtime::Runtime;
use super::{Error, Provider, apart, onnxruntime, providers, pure};

/// An inference engine. Cheap to clone, shared between threads.
#[derive(Debug, Clone)]
pub struct Engine {
    state: Arc<EngineState>,
    /// Stops loading.
    cancel: Cancel,
}

#[derive(Debug)]
struct EngineState {
    backend: Backend,
    info: EngineInfo,
    n_threads: usize,
    run_limit: Option<Duration>,
    /// A requested provider is never replaced by the CPU.
    is_forced: bool,
    /// Runs bundles that did not come with this program.
    apart: Option<apart::ModelProgram>,
    #[cfg(feature = "remote")]
    remote: Option<remote::RemoteOptions>,
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
        let n_threads = resolve_threads(options.threads);
        if options.engine == EngineChoice::Rten {
            return match options.provider {
                None | Some(Provider::Cpu) => Ok(Self::rten(options, Vec::new())),
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
                let reason = match error {
                    Error::NoLibrary { .. } if !locate::is_named(options.library.as_deref()) => {
                        "not installed, see `pentimento doctor`".to_owned()
                    }
                    error => error.to_string(),
                };
                let unused = UnusedProvider { provider: "onnxruntime".to_owned(), reason };
                return Ok(Self::rten(options, vec![unused]));
            }
        };
        let (provider, unused_providers) = providers::choose_provider(runtime, options)?;
        Ok(Self::new(EngineState {
            info: EngineInfo {
                engine: runtime.name(),
                provider: provider.to_string(),
                unused_providers,
                remote: None,
            },
            backend: Backend::Ort { runtime, provider },
            n_threads,
            run_limit: options.run_limit,
            is_forced: options.provider.is_some(),
            apart: apart::ModelProgram::named_in(options),
            #[cfg(feature = "remote")]
            remote: options.remote.clone(),
        }))
    }

    fn new(state: EngineState) -> Self {
        Self { state: Arc::new(state), cancel: Cancel::default() }
    }

    fn rten(options: &EngineOptions, unused_providers: Vec<UnusedProvider>) -> Self {
        let n_threads = resolve_threads(options.threads);
        Self::new(EngineState {
            backend: Backend::Rten {
                pool: Arc::new(rten::ThreadPool::with_num_threads(n_threads)),
            },
            info: EngineInfo {
                engine: pure::NAME.to_owned(),
                provider: Provider::Cpu.to_string(),
                unused_providers,
                remote: None,
            },
            n_threads,
            run_limit: options.run_limit,
            is_forced: true,
            apart: apart::ModelProgram::named_in(options),
            #[cfg(feature = "remote")]
            remote: options.remote.clone(),
        })
    }

    /// The same engine; this flag stops its loading of bundles that did not come with this program.
    #[must_use]
    pub fn loading_until(&self, cancel: Cancel) -> Self {
        Self { state: Arc::clone(&self.state), cancel }
    }

    /// The chosen engine and provider. Those of a [`ModelSession`] may differ: a provider may not support
    /// its model.
    pub fn info(&self) -> EngineInfo {
        self.state.info.clone()
    }

    /// Loads a model; one that did not come with this program, into a child process if a program for it
    /// was named.
    ///
    /// If the provider refuses this model or runs none of its nodes, the CPU runs it, and the info of
    /// the session says why. A requested provider fails instead.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] when the model does not load or differs from its card,
    /// [`Error::Provider`] when a requested provider cannot run it, [`Error::Cancelled`].
    pub fn load(&self, bundle: &Bundle) -> Result<Box<dyn ModelSession>, Error> {
        match &self.state.apart {
            Some(program) if bundle.card.origin() == Origin::Foreign => {
                self.with_fallback(|provider, info| {
                    program.load(bundle, self.apart_with(provider), info, &self.cancel).map(boxed)
                })
            }
            _ => self.load_here(bundle),
        }
    }

    /// As [`Engine::load`], for a network that is fed with crops: a model server runs it, if the options
    /// name one. The other networks see whole pictures, which leave no machine.
    ///
    /// # Errors
    ///
    /// As [`Engine::load`]; [`Error::Remote`] when the server does not answer, or not as this engine does.
    pub fn load_for_crops(&self, bundle: &Bundle) -> Result<Box<dyn ModelSession>, Error> {
        let local = self.load(bundle)?;
        #[cfg(feature = "remote")]
        if let Some(options) = &self.state.remote {
            let (limit, cancel) = (self.state.run_limit, self.cancel.clone());
            return remote::RemoteSession::start(options, bundle, local, limit, cancel).map(boxed);
        }
        Ok(local)
    }

    /// Whether bundles that did not come with this program run with files and system calls shut to them,
    /// as far as the system can do so. `None`: no program for them was named.
    ///
    /// # Errors
    ///
    /// Why they do not run at all.
    pub fn confines_foreign(&self) -> Option<Result<bool, String>> {
        let program = self.state.apart.as_ref()?;
        Some(program.starts_confined(self.apart_with(self.provider())))
    }

    fn provider(&self) -> Provider {
        match &self.state.backend {
            Backend::Ort { provider, .. } => *provider,
            Backend::Rten { .. } => Provider::Cpu,
        }
    }

    /// The same engine in another process.
    fn apart_with(&self, provider: Provider) -> apart::ApartEngine<'_> {
        let library = match &self.state.backend {
            Backend::Ort { runtime, .. } => Some(runtime.library.as_path()),
            Backend::Rten { .. } => None,
        };
        let (n_threads, run_limit) = (self.state.n_threads, self.state.run_limit);
        apart::ApartEngine { library, provider, n_threads, run_limit }
    }

    /// Loads a model into this process.
    pub(super) fn load_here(&self, bundle: &Bundle) -> Result<Box<dyn ModelSession>, Error> {
        let state = &*self.state;
        self.with_fallback(|provider, info| match &state.backend {
            Backend::Rten { pool } => {
                pure::RtenSession::load(bundle, Arc::clone(pool), info).map(boxed)
            }
            Backend::Ort { runtime, .. } => {
                let given = (state.n_threads, state.run_limit);
                onnxruntime::OrtSession::load(runtime, provider, bundle, given, info).map(boxed)
            }
        })
    }

    /// Loads with the chosen provider, and where it may be replaced, with the CPU.
    fn with_fallback(
        &self,
        load: impl Fn(Provider, EngineInfo) -> Result<Box<dyn ModelSession>, Error>,
    ) -> Result<Box<dyn ModelSession>, Error> {
        let state = &*self.state;
        match load(self.provider(), state.info.clone()) {
            Err(Error::Provider { provider, reason, .. }) if !state.is_forced => {
                let mut info = state.info.clone();
                info.unused_providers
                    .push(UnusedProvider { provider: provider.to_string(), reason });
                info.provider = Provider::Cpu.to_string();
                load(Provider::Cpu, info)
            }
            other => other,
        }
    }
}

fn boxed(session: impl ModelSession + 'static) -> Box<dyn ModelSession> {
    Box::new(session)
}
