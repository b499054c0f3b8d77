//! Keeps ONNX Runtime from calling home.
//!
//! Microsoft's builds from 1.29 on upload usage data over the network by default. Three locks:
//! the variable set here, which acts before the library starts anything; `with_telemetry(false)` on
//! the environment (`onnxruntime`), which is the switch of the Windows builds; and the version this
//! project installs, 1.28.0, which has no uploader on Linux and macOS.

/// Read by ONNX Runtime 1.29 and later, and by its WebGPU plugin from 0.3 on.
pub(super) const VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Forbids telemetry for this process and its children.
///
/// Must be the first statement of `main`: no other thread may run yet.
pub fn disarm_telemetry() {
    #[expect(unsafe_code, reason = "std marks set_var unsafe; this runs before any thread starts")]
    // SAFETY: called first thing in main, so no other thread reads or writes the environment.
    unsafe {
        std::env::set_var(VARIABLE, "1");
    }
}

/// Whether the variable forbids telemetry.
pub(super) fn is_disarmed() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "1")
}

/// Whether a library of this version contains the uploader.
pub(super) const fn has_uploader(minor: u32) -> bool {
    minor >= 29
}
