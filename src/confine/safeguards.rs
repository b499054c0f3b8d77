//! What of the confinement this system has, in words for people.

/// One part of the confinement of decoder programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safeguard {
    /// `landlock`, `seccomp` or `limits`.
    pub name: &'static str,
    /// Whether this system has it.
    pub is_in_force: bool,
    /// What it keeps away, or what is missing.
    pub detail: String,
}

/// The parts of the confinement, and which of them this system has.
pub fn safeguards() -> [Safeguard; 3] {
    let landlock = landlock_version();
    let seccomp = has_filters();
    [
        Safeguard {
            name: "landlock",
            is_in_force: landlock.is_some(),
            detail: files_detail(landlock),
        },
        Safeguard {
            name: "seccomp",
            is_in_force: seccomp,
            detail: if seccomp {
                "decoders open no socket, start no program and reach no other process".to_owned()
            } else {
                "this system cannot refuse system calls (seccomp, Linux): a decoder that a hostile \
                 file takes over could use the network"
                    .to_owned()
            },
        },
        Safeguard {
            name: "limits",
            is_in_force: cfg!(unix),
            detail: if cfg!(target_os = "linux") {
                "memory, processor time, open files and written bytes of decoders are limited"
            } else if cfg!(unix) {
                "processor time, open files and written bytes of decoders are limited, memory is not"
            } else {
                "this system limits neither memory nor processor time of decoders; they are stopped \
                 when they take too long"
            }
            .to_owned(),
        },
    ]
}

fn files_detail(version: Option<u32>) -> String {
    // The network came with version 4.
    match version {
        Some(version @ 0..=3) => format!(
            "version {version}: decoders open their file and libraries, nothing else, and write \
             nowhere else"
        ),
        Some(version) => format!(
            "version {version}: decoders open their file and libraries, nothing else, write nowhere \
             else, and use no TCP"
        ),
        None => "this system cannot shut files to a program (Landlock, Linux 5.13 and later): a \
                 decoder that a hostile file takes over could read what you can read"
            .to_owned(),
    }
}

/// The version of Landlock that the kernel has, if it has any.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the question has no safe wrapper")]
fn landlock_version() -> Option<u32> {
    const VERSION: libc::c_uint = 1;
    const NO_BYTES: libc::size_t = 0;
    let nothing: *const libc::c_void = std::ptr::null();
    // SAFETY: with this flag the kernel reads no memory and returns a number.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, NO_BYTES, VERSION) };
    u32::try_from(version).ok().filter(|version| *version > 0)
}

#[cfg(not(target_os = "linux"))]
const fn landlock_version() -> Option<u32> {
    None
}

/// Whether the kernel takes filters of system calls, and the library makes them for this machine.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the question has no safe wrapper")]
pub(super) fn has_filters() -> bool {
    const ERRNO: u32 = libc::SECCOMP_RET_ERRNO;
    const NO_FLAGS: libc::c_uint = 0;
    let is_known = seccompiler::TargetArch::try_from(std::env::consts::ARCH).is_ok();
    let action = ERRNO;
    // SAFETY: the kernel reads the number behind the pointer, which lives through the call.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_GET_ACTION_AVAIL,
            NO_FLAGS,
            &raw const action,
        )
    };
    is_known && answer == 0
}

#[cfg(not(target_os = "linux"))]
pub(super) const fn has_filters() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_says_what_it_is_worth() {
        for part in safeguards() {
            assert!(part.detail.len() > 40 && !part.detail.ends_with('.'), "{part:?}");
            let says_lack = part.detail.starts_with("this system");
            assert_eq!(says_lack, !part.is_in_force, "{part:?}");
        }
        assert!(
            files_detail(Some(3)).contains("version 3") && !files_detail(Some(3)).contains("TCP")
        );
        assert!(files_detail(Some(7)).contains("TCP"));
    }
}
