//! A filter of system calls that tells this program of some of them (`seccomp`, user notification).

#![expect(unsafe_code, reason = "std knows no filters of system calls")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

/// A call that waits to go on.
#[derive(Debug)]
pub(crate) struct HeldCall {
    pub(crate) id: u64,
    /// The thread that calls.
    pub(crate) thread: u32,
    pub(crate) call: libc::c_long,
    pub(crate) arguments: [u64; 6],
}

/// The machine whose calls the filter knows, as the kernel numbers machines.
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const MACHINE: u32 = 0xC000_00B7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const MACHINE: u32 = 0;

/// Places in what a filter sees: number of the call, machine, arguments of eight bytes.
const CALL: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const fn step(code: u16, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

/// Opening a file changes something with one of these flags.
const WRITING: u32 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC).unsigned_abs();

/// Calls whose flags are the argument of that number.
const OPENING: &[(libc::c_long, u32)] = &[
    (libc::SYS_openat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1),
];

/// Tells of these calls; of those that open a file if it may be changed.
fn program(watched: impl Iterator<Item = libc::c_long>) -> Vec<libc::sock_filter> {
    let (allow, tell) = (libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_USER_NOTIF);
    let mut steps = vec![
        step(LOAD, ARCHITECTURE, 0, 0),
        step(IF_EQUAL, MACHINE, 1, 0),
        // Calls of another kind of program, which is none of ours.
        step(RETURN, tell, 0, 0),
        step(LOAD, CALL, 0, 0),
    ];
    for (call, flags) in OPENING {
        steps.extend([
            step(IF_EQUAL, *call as u32, 0, 4),
            step(LOAD, ARGUMENTS + 8 * flags, 0, 0),
            step(IF_ANY_BIT, WRITING, 0, 1),
            step(RETURN, tell, 0, 0),
            step(RETURN, allow, 0, 0),
        ]);
    }
    let is_opening = |call: &libc::c_long| OPENING.iter().any(|(opens, _)| opens == call);
    for call in watched.filter(|call| !is_opening(call)) {
        steps.extend([step(IF_EQUAL, call as u32, 0, 1), step(RETURN, tell, 0, 0)]);
    }
    steps.push(step(RETURN, allow, 0, 0));
    steps
}

/// From now on these calls of this thread, and of what it starts, are reported to the listener.
pub(crate) fn take_on(watched: impl Iterator<Item = libc::c_long>) -> io::Result<OwnedFd> {
    let mut steps = program(watched);
    let program = libc::sock_fprog {
        len: u16::try_from(steps.len()).map_err(io::Error::other)?,
        filter: steps.as_mut_ptr(),
    };
    let (yes, no): (libc::c_ulong, libc::c_ulong) = (1, 0);
    // SAFETY: numbers only.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, yes, no, no, no) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel reads the steps, which live through the call, and returns a new file.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    match i32::try_from(listener) {
        // SAFETY: the kernel has just made it for this program, and nothing else knows the number.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits for a call; `None` when its process has died meanwhile.
pub(crate) fn receive(listener: &OwnedFd) -> io::Result<Option<HeldCall>> {
    let mut space = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the kernel writes a value of this type, and zeros are one.
    let (result, notification) = unsafe {
        let to = space.as_mut_ptr();
        (libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, to), space.assume_init())
    };
    if result == 0 {
        return Ok(Some(HeldCall {
            id: notification.id,
            thread: notification.pid,
            call: notification.data.nr.into(),
            arguments: notification.data.args,
        }));
    }
    match io::Error::last_os_error() {
        error if [Some(libc::ENOENT), Some(libc::EINTR)].contains(&error.raw_os_error()) => {
            Ok(None)
        }
        error => Err(error),
    }
}

/// Whether that call still waits.
pub(crate) fn is_waiting(listener: &OwnedFd, id: u64) -> bool {
    // SAFETY: the kernel reads the number.
    unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const id) == 0
    }
}

/// The call goes on as if nobody had seen it.
pub(crate) fn let_go_on(listener: &OwnedFd, id: u64) {
    let flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32;
    let mut answer = libc::seccomp_notif_resp { id, val: 0, error: 0, flags };
    // SAFETY: the kernel reads the answer. It fails when the process has died.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer) };
}
