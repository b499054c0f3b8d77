//! The one ONNX Runtime library and environment of this process.
//!
//! ONNX Runtime allows one environment per process. It is created at the first call and never
//! released: releasing it at exit has deadlocked with some drivers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ort::environment::Environment;
use ort::logging::LogLevel;
use parking_lot::Mutex;

use super::model_io::catch_panic;
use super::{Error, telemetry};

/// A loaded library with its environment.
#[derive(Debug)]
pub(super) struct Runtime {
    pub(super) env: Environment,
    pub(super) library: PathBuf,
    pub(super) minor: u32,
    version: String,
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Path of the loaded library, which cannot be unloaded; locked while it is loading.
static COMMITTED: Mutex<Option<PathBuf>> = Mutex::new(None);

impl Runtime {
    /// For instance `onnxruntime 1.28.0`.
    pub(super) fn name(&self) -> String {
        format!("onnxruntime {}", self.version)
    }

    /// A file in the folder of the library, for instance a provider.
    pub(super) fn beside(&self, name: &str) -> Option<PathBuf> {
        let path = self.library.parent()?.join(name);
        path.is_file().then_some(path)
    }
}

/// The library that this process has loaded.
pub(super) fn current() -> Option<&'static Runtime> {
    RUNTIME.get()
}

/// Loads a library and creates the environment, or returns the existing one of this library.
pub(super) fn start(path: &Path) -> Result<&'static Runtime, Error> {
    let refuse = |reason: String| Error::Library { reason, path: path.to_owned() };
    let real = path.canonicalize().map_err(|e| refuse(e.to_string()))?;
    let mut committed = COMMITTED.lock();
    if let Some(used) = committed.as_ref().filter(|used| **used != real) {
        let reason = match ort::util::probe(&real) {
            None => "it is not an ONNX Runtime library, or it does not load".to_owned(),
            Some(_) => format!("this process already uses {}", used.display()),
        };
        return Err(refuse(reason));
    }
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    if !telemetry::is_disarmed() {
        let minor = ort::util::probe(&real).filter(|minor| telemetry::has_uploader(*minor));
        if let Some(minor) = minor {
            let variable = telemetry::VARIABLE;
            return Err(refuse(format!(
                "version 1.{minor} sends usage data over the network unless {variable}=1 is set"
            )));
        }
    }
    let builder = ort::init_from(&real).map_err(|e| refuse(load_error_message(&e)))?;
    *committed = Some(real.clone());
    let env = catch_panic(|| {
        let logger = Arc::new(|level, category: &str, _: &str, place: &str, message: &str| {
            log(level, category, place, message);
        });
        let env = builder
            .with_name("pentimento")
            .with_telemetry(false)
            .with_logger(logger)
            .build()
            .map_err(|e| e.to_string())?;
        env.set_log_level(LogLevel::Warning);
        Ok(env)
    })
    .map_err(refuse)?;
    let minor = ort::util::probe(&real).unwrap_or(0);
    let version = version_of(&real, ort::info(), minor);
    Ok(RUNTIME.get_or_init(|| Runtime { env, library: real, minor, version }))
}

/// Logs messages of the library. Its errors are also returned as errors.
fn log(level: LogLevel, category: &str, place: &str, message: &str) {
    match level {
        LogLevel::Verbose | LogLevel::Info => {
            tracing::trace!(target: "onnxruntime", category, place, "{message}");
        }
        LogLevel::Warning | LogLevel::Error | LogLevel::Fatal => {
            tracing::debug!(target: "onnxruntime", category, place, "{message}");
        }
    }
}

/// The error of the loader without the path, which [`Error::Library`] adds.
fn load_error_message(error: &ort::LoadDynamicError) -> String {
    use ort::LoadDynamicError as Cause;
    match error {
        Cause::Dlopen { .. } => "it does not load as a library for this machine".to_owned(),
        Cause::MissingApi { .. } => "it is a library, but not ONNX Runtime".to_owned(),
        Cause::InvalidVersionString => "its version string is invalid".to_owned(),
        Cause::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, at least 1.{} is needed", ort::MINOR_VERSION)
        }
    }
}

/// The version with patch level, from the build info or the file name. The API gives only the minor
/// version.
fn version_of(path: &Path, build_info: &str, minor: u32) -> String {
    let prefix = format!("1.{minor}.");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [build_info, &*name]
        .into_iter()
        .find_map(|text| {
            let start = text.find(&prefix)?;
            let rest = text.get(start + prefix.len()..)?;
            let patch: String = rest.chars().take_while(char::is_ascii_digit).collect();
            (!patch.is_empty()).then(|| format!("{prefix}{patch}"))
        })
        .unwrap_or_else(|| format!("1.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_comes_from_build_info_or_file_name() {
        let check = |path: &str, info: &str, expect: &str| {
            assert_eq!(version_of(Path::new(path), info, 28), expect);
        };
        check("libonnxruntime.so.1.28.0", "", "1.28.0");
        check("onnxruntime.dll", "ORT Build Info: git-branch=rel-1.28.3, x", "1.28.3");
        check("onnxruntime.dll", "git-branch=HEAD", "1.28");
    }
}
