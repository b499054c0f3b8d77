//! Lists the graphics adapters for drawing. The variables of wgpu, such as `WGPU_BACKEND`, apply.

/// A graphics adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterFacts {
    pub name: String,
    /// `vulkan`, `gl`, `dx12` or `metal`.
    pub backend: String,
    /// Driver name and version; empty when unknown.
    pub driver: String,
    /// Whether it is emulated on the processor.
    pub software: bool,
}

impl AdapterFacts {
    /// Converts the facts of wgpu.
    pub fn new(info: &wgpu::AdapterInfo) -> Self {
        Self {
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            software: info.device_type == wgpu::DeviceType::Cpu,
        }
    }
}

/// All adapters in the order of the system. Slow: it loads drivers.
pub fn adapters() -> Vec<AdapterFacts> {
    let instance = instance();
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    found.iter().map(|adapter| AdapterFacts::new(&adapter.get_info())).collect()
}

/// Limits that every adapter of the last ten years supports, with the texture sizes of the adapter.
pub fn modest_limits(adapter: &wgpu::Adapter) -> wgpu::Limits {
    wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits())
}

pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}
