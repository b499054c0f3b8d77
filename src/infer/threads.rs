//! Number of threads of a session.

/// More threads do not speed up models of this size, and the window needs some.
const MAX_DEFAULT: usize = 8;

/// The requested number, or for 0 one per physical core, at most eight.
pub(super) fn resolve(requested: usize) -> usize {
    if requested > 0 {
        return requested;
    }
    let logical = std::thread::available_parallelism().map_or(1, usize::from);
    physical_cores()
        .unwrap_or_else(|| if cfg!(target_arch = "x86_64") { logical.div_ceil(2) } else { logical })
        .clamp(1, logical)
        .min(MAX_DEFAULT)
}

/// Physical cores under Linux; hyper-threads of one core share `core_id` and package.
#[cfg(target_os = "linux")]
fn physical_cores() -> Option<usize> {
    let mut cores = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        let topology = entry.path().join("topology");
        let read = |name: &str| std::fs::read_to_string(topology.join(name)).ok();
        if let (Some(package), Some(core)) = (read("physical_package_id"), read("core_id")) {
            cores.insert((package, core));
        }
    }
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(not(target_os = "linux"))]
fn physical_cores() -> Option<usize> {
    None
}
