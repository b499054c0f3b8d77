//! Resource limits of a child process, and its end with its parent.

/// Resource limits of a child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResourceLimits {
    /// Address space in bytes.
    pub(crate) memory_bytes: u64,
    /// Processor time of all its threads in seconds.
    pub(crate) cpu_s: u64,
}

#[cfg(unix)]
pub(crate) use unix::confine;
#[cfg(unix)]
pub(crate) use unix::end_with_parent;

/// Does nothing: this system cannot end a child with its parent.
#[cfg(not(unix))]
pub(crate) const fn end_with_parent(_command: &mut std::process::Command) {}

#[cfg(unix)]
mod unix {
    //! Runs in the child between fork and exec.

    use std::io::{Error, Result};
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    use super::ResourceLimits;
    use crate::confine::Sandbox;

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    type Resource = libc::__rlimit_resource_t;
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    type Resource = libc::c_int;

    #[expect(unsafe_code, reason = "std marks pre_exec unsafe: the closure runs in a forked child")]
    pub(crate) fn confine(
        command: &mut Command,
        limits: ResourceLimits,
        writes: bool,
        sandbox: Sandbox,
    ) {
        let parent = std::process::id();
        let before_exec = move || {
            // Ignored where the system does not know it.
            if let Err(error) = lower(libc::RLIMIT_AS, limits.memory_bytes)
                && cfg!(target_os = "linux")
            {
                return Err(error);
            }
            lower(libc::RLIMIT_CPU, limits.cpu_s)?;
            lower(libc::RLIMIT_NOFILE, 64)?;
            lower(libc::RLIMIT_CORE, 0)?;
            if !writes {
                lower(libc::RLIMIT_FSIZE, 0)?;
            }
            inherit_nothing();
            gain_no_rights()?;
            end_with(parent)?;
            // Last: it shuts what the calls before it need.
            sandbox.enter()
        };
        // SAFETY: between fork and exec only async-signal-safe calls are allowed. The closure makes
        // system calls (getrlimit, setrlimit, close_range, prctl, getppid, landlock_restrict_self,
        // seccomp) on values that were made before the fork; it allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(before_exec);
        }
    }

    /// Has a child killed when the thread that starts it ends, however that comes about. Only Linux can
    /// do so.
    #[expect(unsafe_code, reason = "std marks pre_exec unsafe: the closure runs in a forked child")]
    pub(crate) fn end_with_parent(command: &mut Command) {
        let parent = std::process::id();
        // SAFETY: as in `confine`; the closure calls prctl and getppid.
        unsafe {
            command.pre_exec(move || end_with(parent));
        }
    }

    /// Lowers the soft and the hard limit; one that is lower already stays.
    #[expect(unsafe_code, reason = "the limits of a process have no safe wrapper in std")]
    fn lower(resource: Resource, to: u64) -> Result<()> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the pointer is to a value of the right type that lives through the call.
        if unsafe { libc::getrlimit(resource, &raw mut limit) } != 0 {
            return Err(Error::last_os_error());
        }
        let to = libc::rlim_t::try_from(to).unwrap_or(limit.rlim_max).min(limit.rlim_max);
        let limit = libc::rlimit { rlim_cur: to, rlim_max: to };
        // SAFETY: as above; the system only reads the value.
        if unsafe { libc::setrlimit(resource, &raw const limit) } != 0 {
            return Err(Error::last_os_error());
        }
        Ok(())
    }

    /// Files that a library of this program left open for children are closed when the program
    /// starts. Ignored where the kernel cannot.
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "close_range has no safe wrapper in std")]
    fn inherit_nothing() {
        const FIRST: libc::c_uint = 3;
        const AT_EXEC: libc::c_uint = libc::CLOSE_RANGE_CLOEXEC;
        // SAFETY: the call marks descriptors and closes none before the program starts.
        unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, AT_EXEC) };
    }

    #[cfg(not(target_os = "linux"))]
    const fn inherit_nothing() {}

    #[cfg(target_os = "linux")]
    const NONE: libc::c_ulong = 0;

    /// No program that it starts has more rights than itself.
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "prctl has no safe wrapper in std")]
    fn gain_no_rights() -> Result<()> {
        const ONE: libc::c_ulong = 1;
        // SAFETY: prctl with plain numbers touches no memory of ours.
        let status = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, ONE, NONE, NONE, NONE) };
        if status == 0 { Ok(()) } else { Err(Error::last_os_error()) }
    }

    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "prctl has no safe wrapper in std")]
    fn end_with(parent: u32) -> Result<()> {
        const KILL: libc::c_ulong = libc::SIGKILL as libc::c_ulong;
        // SAFETY: prctl with plain numbers touches no memory of ours.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, KILL, NONE, NONE, NONE) } != 0 {
            return Err(Error::last_os_error());
        }
        // The parent may have ended before the call.
        if std::os::unix::process::parent_id() != parent {
            return Err(Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn gain_no_rights() -> Result<()> {
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn end_with(_parent: u32) -> Result<()> {
        Ok(())
    }
}
