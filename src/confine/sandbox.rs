//! The rules of one child, made before it exists: between fork and exec nothing may be allocated.

use std::path::Path;

use super::reach::Reach;

/// The rules that a child takes on itself, and cannot take off, before it becomes its program.
#[derive(Debug, Default)]
pub(crate) struct Sandbox {
    /// Files and TCP ports; `None` where the kernel has no Landlock.
    #[cfg(target_os = "linux")]
    pub(super) files: Option<std::os::fd::OwnedFd>,
    /// Filters of system calls; none where the kernel has no seccomp.
    #[cfg(target_os = "linux")]
    pub(super) calls: Vec<seccompiler::BpfProgram>,
}

#[cfg(target_os = "linux")]
impl Sandbox {
    /// The rules for this program.
    ///
    /// # Errors
    ///
    /// When the kernel has the means and refuses the rules.
    pub(crate) fn new(program: &Path, reach: &Reach<'_>) -> std::io::Result<Self> {
        if !reach.is_sandboxed {
            return Ok(Self::default());
        }
        let files = super::files::ruleset(program, reach).map_err(std::io::Error::other)?;
        Ok(Self { files, calls: super::calls::filters(reach.writes) })
    }

    /// Takes the rules on this process. Makes system calls on values that exist and nothing else.
    #[expect(unsafe_code, reason = "the call has no wrapper that works between fork and exec")]
    pub(super) fn enter(&self) -> std::io::Result<()> {
        use std::os::fd::AsRawFd as _;
        if let Some(files) = &self.files {
            const NO_FLAGS: libc::c_uint = 0;
            // SAFETY: a descriptor that is open as long as `self`, and a number.
            let status = unsafe {
                libc::syscall(libc::SYS_landlock_restrict_self, files.as_raw_fd(), NO_FLAGS)
            };
            if status != 0 {
                return Err(std::io::Error::last_os_error());
            }
        }
        for filter in &self.calls {
            // It makes two system calls. Its error holds the number that the system returned.
            seccompiler::apply_filter(filter).map_err(|error| match error {
                seccompiler::Error::Prctl(error) | seccompiler::Error::Seccomp(error) => error,
                _ => std::io::Error::from_raw_os_error(libc::EINVAL),
            })?;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
impl Sandbox {
    /// Other systems have no such rules that a program can take on itself.
    pub(crate) const fn new(_program: &Path, _reach: &Reach<'_>) -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(super) const fn enter(&self) -> std::io::Result<()> {
        Ok(())
    }
}
