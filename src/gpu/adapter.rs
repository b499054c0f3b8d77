//! Which graphics adapters there are.
//!
//! * **In**: nothing (the variables `WGPU_BACKEND` and the like are heeded). **Out**: facts.
//! * **Not here**: the adapters of the inference engine (`infer`), which are others.

/// What the system says of a graphics adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterFacts {
    /// Its name.
    pub name: String,
    /// `vulkan`, `gl`, `dx12` or `metal`.
    pub backend: String,
    /// Driver name and version; empty when not told.
    pub driver: String,
    /// Whether the processor does the drawing.
    pub software: bool,
}

impl AdapterFacts {
    /// From what wgpu knows.
    pub fn new(info: &wgpu::AdapterInfo) -> Self {
        Self {
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            software: info.device_type == wgpu::DeviceType::Cpu,
        }
    }
}

/// All adapters a window could draw with, in the system's order. Takes a moment: drivers are loaded.
pub fn adapters() -> Vec<AdapterFacts> {
    let instance = instance();
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    found.iter().map(|adapter| AdapterFacts::new(&adapter.get_info())).collect()
}

/// Limits every adapter of the last ten years offers, with the adapter's own texture sizes.
pub fn modest_limits(adapter: &wgpu::Adapter) -> wgpu::Limits {
    wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits())
}

pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}
