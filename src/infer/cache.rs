//! Results of provider tests, kept between starts in a JSON file in the cache folder of the user.
//!
//! A result holds for one library, plugin, driver and version of this program. Refusals expire after
//! a week, so that a repaired driver is tested again (`pentimento doctor` tests all at once). A file
//! that cannot be read counts as empty; one that cannot be written is ignored.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::probe::ProbeReport;
use super::provider::{Provider, WEBGPU_PLUGIN};
use super::runtime::Runtime;
use crate::files::{sha256_hex, write_whole};

const FILE: &str = "providers.json";
const MAX_BYTES: u64 = 1 << 20;
const REFUSAL_LIFE: Duration = Duration::from_hours(7 * 24);

/// The result of testing a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProviderVerdict {
    /// Why it must not be used.
    refused: Option<String>,
    /// Why it is used on request only.
    slow: Option<String>,
    /// Time of the test in seconds since 1970.
    unix_secs: u64,
}

impl ProviderVerdict {
    /// The verdict on a test that ended now.
    pub(super) fn from_probe(result: &Result<ProbeReport, String>) -> Self {
        Self {
            refused: result.as_ref().err().cloned(),
            slow: result.as_ref().ok().and_then(ProbeReport::slowness),
            unix_secs: now_secs(),
        }
    }

    /// The reason not to use it, if any. A requested provider may be slow.
    pub(super) fn into_result(self, is_requested: bool) -> Result<(), String> {
        let slow = self.slow.filter(|_| !is_requested);
        self.refused.or(slow).map_or(Ok(()), Err)
    }

    fn is_valid(&self) -> bool {
        let age = now_secs().checked_sub(self.unix_secs);
        let is_recent = age.is_some_and(|secs| secs < REFUSAL_LIFE.as_secs());
        (self.refused.is_none() && self.slow.is_none()) || is_recent
    }
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// The cached verdicts for the library in use.
#[derive(Debug)]
pub(super) struct ProviderCache {
    file: Option<PathBuf>,
    environment_hash: String,
}

impl ProviderCache {
    /// `folder` is the cache folder of the user when it is `None`.
    pub(super) fn open(folder: Option<&Path>, runtime: &Runtime) -> Self {
        let folder = folder.map(Path::to_owned).or_else(|| {
            directories::ProjectDirs::from("", "", "pentimento")
                .map(|dirs| dirs.cache_dir().to_owned())
        });
        Self { file: folder.map(|f| f.join(FILE)), environment_hash: environment_hash(runtime) }
    }

    fn key(&self, provider: Provider) -> String {
        format!("{provider} {}", self.environment_hash)
    }

    fn read(&self) -> BTreeMap<String, ProviderVerdict> {
        let read = || {
            let mut bytes = Vec::new();
            let file = std::fs::File::open(self.file.as_ref()?).ok()?;
            file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        read().unwrap_or_default()
    }

    /// A verdict that is still valid.
    pub(super) fn get(&self, provider: Provider) -> Option<ProviderVerdict> {
        self.read().remove(&self.key(provider)).filter(ProviderVerdict::is_valid)
    }

    /// Stores a verdict and removes expired ones.
    pub(super) fn insert(&self, provider: Provider, verdict: &ProviderVerdict) {
        let Some(file) = &self.file else { return };
        let mut verdicts = self.read();
        verdicts.retain(|_, verdict| verdict.is_valid());
        verdicts.insert(self.key(provider), verdict.clone());
        if let Err(error) = write(file, &verdicts) {
            tracing::debug!(%error, ?file, "the verdict could not be cached");
        }
    }
}

/// Writes atomically: two processes may write at once.
fn write(file: &Path, verdicts: &BTreeMap<String, ProviderVerdict>) -> std::io::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or_else(|| Path::new(".")))?;
    write_whole(file, &serde_json::to_vec_pretty(verdicts)?)
}

/// A hash of all that may change a verdict: program, library, plugin, driver.
fn environment_hash(runtime: &Runtime) -> String {
    let mut text = format!("{} {}", env!("CARGO_PKG_VERSION"), runtime.name());
    let plugin = runtime.beside(WEBGPU_PLUGIN);
    for file in [Some(&runtime.library), plugin.as_ref()].into_iter().flatten() {
        push_file(&mut text, file);
    }
    for variable in [
        "CUDA_VISIBLE_DEVICES",
        "LD_LIBRARY_PATH",
        "ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER",
        "VK_DRIVER_FILES",
        "VK_ICD_FILENAMES",
    ] {
        push(&mut text, variable, std::env::var_os(variable));
    }
    for folder in ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/dev/dri"] {
        push_folder(&mut text, Path::new(folder));
    }
    for file in ["/proc/driver/nvidia/version", "/proc/sys/kernel/osrelease"] {
        push(&mut text, file, std::fs::read_to_string(file).ok());
    }
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot").map(PathBuf::from).unwrap_or_default();
        push_file(&mut text, &root.join("System32/DriverStore/FileRepository"));
    }
    if cfg!(target_os = "macos") {
        push_file(&mut text, Path::new("/System/Library/CoreServices/SystemVersion.plist"));
    }
    sha256_hex(text.as_bytes())
}

fn push(text: &mut String, name: &str, value: impl std::fmt::Debug) {
    text.extend(["\n", name, "=", &format!("{value:?}")]);
}

/// Uses size and modification time instead of the content: hashing 25 MB would take 50 ms.
fn push_file(text: &mut String, path: &Path) {
    let facts = std::fs::metadata(path).ok().map(|m| (m.len(), m.modified().ok()));
    push(text, &path.to_string_lossy(), facts);
}

fn push_folder(text: &mut String, folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        push_file(text, &path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path, environment: &str) -> ProviderCache {
        ProviderCache { file: Some(folder.join(FILE)), environment_hash: environment.to_owned() }
    }

    fn refused() -> ProviderVerdict {
        ProviderVerdict { refused: Some("no GPU".to_owned()), slow: None, unix_secs: now_secs() }
    }

    #[test]
    fn verdicts_hold_for_their_provider_and_environment_only() {
        let folder = tempfile::tempdir().unwrap();
        let here = cache(folder.path(), "a");
        here.insert(Provider::Cuda, &refused());
        assert_eq!(here.get(Provider::Cuda), Some(refused()));
        assert_eq!(here.get(Provider::WebGpu), None);
        assert_eq!(cache(folder.path(), "b").get(Provider::Cuda), None);
    }

    #[test]
    fn refusals_expire_after_a_week_and_passes_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let here = cache(folder.path(), "a");
        let old = now_secs() - REFUSAL_LIFE.as_secs() - 1;
        here.insert(Provider::Cuda, &ProviderVerdict { unix_secs: old, ..refused() });
        assert_eq!(here.get(Provider::Cuda), None);
        let trusted = ProviderVerdict { refused: None, slow: None, unix_secs: old };
        here.insert(Provider::Cuda, &trusted);
        assert_eq!(here.get(Provider::Cuda), Some(trusted));
    }

    #[test]
    fn a_slow_provider_is_used_on_request_only() {
        let slow =
            ProviderVerdict { refused: None, slow: Some("slow".to_owned()), unix_secs: now_secs() };
        assert_eq!(slow.clone().into_result(true), Ok(()));
        assert_eq!(slow.into_result(false), Err("slow".to_owned()));
        assert_eq!(refused().into_result(true), Err("no GPU".to_owned()));
    }

    #[test]
    fn a_damaged_file_counts_as_empty_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let here = cache(folder.path(), "a");
        std::fs::write(folder.path().join(FILE), b"{ damaged \xff").unwrap();
        assert_eq!(here.get(Provider::Cuda), None);
        here.insert(Provider::Cuda, &refused());
        assert_eq!(here.get(Provider::Cuda), Some(refused()));
    }
}
