//! System calls that no decoder needs, refused by seccomp.
//!
//! A list of what is refused, not of what is allowed: decoders come with every system, and each
//! release calls something new. A refused call fails with an error code, and the program goes on.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::safeguards::has_filters;

/// Refused whatever its arguments are.
const REFUSED: &[c_long] = &[
    // The network and other programs' sockets.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    // Other processes. `execve` itself must pass once, for the program; Landlock limits it to that.
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_personality,
    // File systems.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_fanotify_init,
    // What Landlock does not cover: owners, rights and times of files.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    // Names of files, for kernels without Landlock.
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    // Parts of the kernel that were often broken into.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_vhangup,
];

/// Older calls for the same, which newer machines do not have.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_creat,
    libc::SYS_mknod,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// Refused as unknown: their arguments lie in memory, which a filter cannot read, and programs use
/// the older call then.
const UNKNOWN: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2];

/// Numbers of a second way to make the same calls.
#[cfg(target_arch = "x86_64")]
const X32: c_long = 0x4000_0000;

/// The filters, in the order in which they are taken on; none where the kernel or the machine has no
/// such thing.
pub(super) fn filters(writes: bool) -> Vec<BpfProgram> {
    if !has_filters() {
        return Vec::new();
    }
    let mut refused: BTreeMap<c_long, Vec<SeccompRule>> = BTreeMap::new();
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        refuse(&mut refused, *call, Vec::new());
    }
    refuse(&mut refused, libc::SYS_clone, no_process());
    if !writes {
        refuse(&mut refused, libc::SYS_openat, opened_for_writing(2));
        #[cfg(target_arch = "x86_64")]
        refuse(&mut refused, libc::SYS_open, opened_for_writing(1));
        for call in [libc::SYS_truncate, libc::SYS_ftruncate, libc::SYS_fallocate] {
            refuse(&mut refused, call, Vec::new());
        }
    }
    let mut unknown = BTreeMap::new();
    for call in UNKNOWN {
        refuse(&mut unknown, *call, Vec::new());
    }
    [(refused, libc::EPERM), (unknown, libc::ENOSYS)]
        .into_iter()
        .filter_map(|(rules, error)| filter(rules, error.unsigned_abs()))
        .collect()
}

fn refuse(to: &mut BTreeMap<c_long, Vec<SeccompRule>>, call: c_long, rules: Vec<SeccompRule>) {
    #[cfg(target_arch = "x86_64")]
    to.insert(call | X32, rules.clone());
    to.insert(call, rules);
}

/// `None` on machines that the library does not know.
fn filter(rules: BTreeMap<c_long, Vec<SeccompRule>>, error: u32) -> Option<BpfProgram> {
    let machine = std::env::consts::ARCH.try_into().ok()?;
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(error), machine);
    filter.ok()?.try_into().ok()
}

/// Threads may be made, processes may not.
fn no_process() -> Vec<SeccompRule> {
    masked(0, libc::CLONE_THREAD.unsigned_abs(), 0).into_iter().collect()
}

/// For a call whose flags are the argument `at`.
fn opened_for_writing(at: u8) -> Vec<SeccompRule> {
    let mode = libc::O_ACCMODE.unsigned_abs();
    let [create, truncate] = [libc::O_CREAT, libc::O_TRUNC].map(i32::unsigned_abs);
    [
        masked(at, mode, libc::O_WRONLY.unsigned_abs()),
        masked(at, mode, libc::O_RDWR.unsigned_abs()),
        masked(at, create, create),
        masked(at, truncate, truncate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The argument `at`, in these bits, is this.
fn masked(at: u8, bits: u32, value: u32) -> Option<SeccompRule> {
    let compare = SeccompCmpOp::MaskedEq(bits.into());
    let condition =
        SeccompCondition::new(at, SeccompCmpArgLen::Dword, compare, value.into()).ok()?;
    SeccompRule::new(vec![condition]).ok()
}
