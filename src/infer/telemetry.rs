//! Prevents ONNX Runtime from sending usage data.
//!
//! Microsoft's builds from 1.29 on upload usage data by default. Three locks: the environment variable
//! set here before the library is loaded; `with_telemetry(false)` on the environment, which switches
//! off the Windows builds; and the recommended version 1.28.0, which has no uploader on Linux and
//! macOS.

/// Read by ONNX Runtime 1.29 and later, and by its WebGPU plugin from 0.3 on.
pub(super) const VARIABLE: &str = "ORT_DISABLE_TELEMETRY";

/// Switches telemetry off for this process and its children.
///
/// Must be the first statement of `main`, before any thread starts.
pub fn disarm_telemetry() {
    #[expect(unsafe_code, reason = "std marks set_var unsafe; this runs before any thread starts")]
    // SAFETY: called first thing in main, so no other thread reads or writes the environment.
    unsafe {
        std::env::set_var(VARIABLE, "1");
    }
}

/// Whether the variable switches telemetry off.
pub(super) fn is_disarmed() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "1")
}

/// Whether a library of this version contains the uploader.
pub(super) const fn has_uploader(minor: u32) -> bool {
    minor >= 29
}
