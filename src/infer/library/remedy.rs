//! What to do when a library or a provider is missing.

use std::path::PathBuf;

use crate::infer::{Error, Provider};

/// The release that is installed and tested: the last one without the uploader of usage data.
pub(in crate::infer) const RECOMMENDED: &str = "1.28.0";

/// The folder for the library in the data folder of the user, for instance
/// `~/.local/share/pentimento/onnxruntime`.
pub(in crate::infer) fn user_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "pentimento")
        .map(|dirs| dirs.data_dir().join("onnxruntime"))
        // A relative home would be the working folder, which may be the evidence's.
        .filter(|folder| folder.is_absolute())
}

/// The error for a requested provider that does not work.
pub(in crate::infer) fn provider_error(provider: Provider, reason: String) -> Error {
    Error::Provider { provider, reason, remedy: provider_remedy(provider) }
}

/// How to install the library for this system.
pub(in crate::infer) fn library_remedy() -> String {
    format!(
        "download onnxruntime {RECOMMENDED} from pypi.org/project/onnxruntime/{RECOMMENDED}/#files (the file \
         with {} in its name), then: {COMMAND} FILE",
        platform_tag()
    )
}

/// The command that takes a wheel.
const COMMAND: &str = "pentimento setup engine";

/// What the names of wheels for this computer hold.
const fn platform_tag() -> &'static str {
    match (cfg!(windows), cfg!(target_os = "macos"), cfg!(target_arch = "aarch64")) {
        (true, _, true) => "win_arm64",
        (true, _, false) => "win_amd64",
        (_, true, _) => "macosx",
        (_, _, true) => "manylinux_2_28_aarch64",
        (_, _, false) => "manylinux_2_28_x86_64",
    }
}

/// What may make a provider work.
pub(in crate::infer) fn provider_remedy(provider: Provider) -> String {
    let install = |package: &str, version: &str| {
        format!(
            "download {package} {version} from pypi.org/project/{package}/{version}/#files (the file with \
             {} in its name), then: {COMMAND} FILE",
            platform_tag()
        )
    };
    match provider {
        Provider::Cpu => library_remedy(),
        Provider::Cuda | Provider::TensorRt => {
            let needs = if provider == Provider::Cuda {
                "needs the NVIDIA driver, CUDA 13 and cuDNN 9"
            } else {
                "needs the NVIDIA driver, CUDA 13, cuDNN 9 and TensorRT 10"
            };
            format!("{needs}; then {}", install("onnxruntime-gpu", RECOMMENDED))
        }
        Provider::DirectMl if cfg!(windows) => install("onnxruntime-directml", "1.24.4"),
        Provider::DirectMl => "DirectML exists only under Windows".to_owned(),
        Provider::CoreMl if cfg!(target_os = "macos") => library_remedy(),
        Provider::CoreMl => "CoreML exists only under macOS".to_owned(),
        Provider::WebGpu => {
            let driver = if cfg!(target_os = "linux") {
                "needs a Vulkan driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers; \
                 `vulkaninfo --summary` must list a GPU); then "
            } else {
                ""
            };
            format!("{driver}{}", install("onnxruntime-ep-webgpu", "0.4.0"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn the_remedy_names_the_release_the_file_and_the_command() {
        let remedy = provider_remedy(Provider::WebGpu);
        for words in ["onnxruntime-ep-webgpu/0.4.0", "manylinux_2_28_x86_64", COMMAND] {
            assert!(remedy.contains(words), "{remedy}");
        }
        assert!(library_remedy().contains("onnxruntime/1.28.0"), "{}", library_remedy());
    }
}
