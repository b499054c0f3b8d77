//! Watches processes for sockets and changed files, by a filter of system calls in the kernel.
//!
//! Only calls that open sockets, make, change or remove files are reported; all others run at full
//! speed, which they do not under `strace`. What is reported here is a suspicion: the call may fail
//! afterwards.

use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Weak};

use crate::calls::{Call, plain};
use crate::filter;

type Order = (Command, SyncSender<io::Result<Child>>);

/// Starts processes that are watched, one at a time.
#[derive(Debug)]
pub(crate) struct Watch {
    orders: SyncSender<Order>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Watch {
    /// `None` where the kernel has no such filters.
    pub(crate) fn new() -> Option<Self> {
        let (orders, orders_out) = sync_channel::<Order>(1);
        let (listener_in, listener) = sync_channel(1);
        // A filter holds for the thread that takes it on, and for what this thread starts.
        let start = move || {
            let listener = filter::take_on(watched());
            let is_watched = listener.is_ok();
            listener_in.send(listener).ok();
            if is_watched {
                start_all(&orders_out);
            }
        };
        std::thread::Builder::new().name("starts programs".to_owned()).spawn(start).ok()?;
        let listener = listener.recv().ok()?.ok()?;
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::downgrade(&calls);
        let note = move || note_all(&listener, &kept);
        std::thread::Builder::new().name("notes calls".to_owned()).spawn(note).ok()?;
        Some(Self { orders, calls })
    }

    pub(crate) fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, child) = sync_channel(1);
        let gone = || io::Error::other("the thread that starts programs is gone");
        self.orders.send((command, answer)).map_err(|_gone| gone())?;
        child.recv().map_err(|_gone| gone())?
    }

    /// The calls since the last question. To be asked when the process has ended: a process waits
    /// until its call was noted.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

fn start_all(orders: &Receiver<Order>) {
    for (mut command, answer) in orders {
        answer.send(command.spawn()).ok();
    }
}

/// Notes every call and lets it go on, as long as somebody asks for them.
fn note_all(listener: &OwnedFd, kept: &Weak<Mutex<Vec<Call>>>) {
    let own = std::process::id();
    while let (Ok(received), Some(kept)) = (filter::receive(listener), kept.upgrade()) {
        let Some(call) = received else { continue };
        // The thread that starts processes is watched as well.
        if process_of(call.thread) != Some(own) {
            let noted = note(&call);
            // The process may have died meanwhile, and another may have its number.
            if filter::is_waiting(listener, call.id) {
                kept.lock().unwrap().extend(noted);
            }
        }
        filter::let_go_on(listener, call.id);
    }
}

/// The process that a thread belongs to.
fn process_of(thread: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}

/// How a call names the files that it changes: the arguments of folder and name.
type Places = &'static [(Option<usize>, usize)];

/// Calls that change files.
const CHANGES: &[(libc::c_long, Places)] = &[
    (libc::SYS_openat, &[(Some(0), 1)]),
    (libc::SYS_openat2, &[(Some(0), 1)]),
    (libc::SYS_mkdirat, &[(Some(0), 1)]),
    (libc::SYS_mknodat, &[(Some(0), 1)]),
    (libc::SYS_unlinkat, &[(Some(0), 1)]),
    (libc::SYS_renameat2, &[(Some(0), 1), (Some(2), 3)]),
    (libc::SYS_linkat, &[(Some(2), 3)]),
    (libc::SYS_symlinkat, &[(Some(1), 2)]),
    (libc::SYS_truncate, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_creat, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mknod, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rmdir, &[(None, 0)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, &[(None, 0), (None, 1)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_renameat, &[(Some(0), 1), (Some(2), 3)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, &[(None, 1)]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_symlink, &[(None, 1)]),
];

/// Calls that change files, and those that open sockets.
fn watched() -> impl Iterator<Item = libc::c_long> {
    let sockets = [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind];
    CHANGES.iter().map(|(call, _)| *call).chain(sockets)
}

fn note(held: &filter::HeldCall) -> Vec<Call> {
    let Some((_, places)) = CHANGES.iter().find(|(call, _)| *call == held.call) else {
        let [a, b, c, ..] = held.arguments;
        return vec![Call::Socket(format!("call {}({a}, {b}, {c})", held.call))];
    };
    places
        .iter()
        .map(|(folder, name)| {
            let place =
                place(held.thread, folder.map(|at| held.arguments[at]), held.arguments[*name]);
            place.map_or_else(
                |error| Call::Unknown(format!("call {}: {error}", held.call)),
                Call::Changed,
            )
        })
        .collect()
}

/// The absolute path that a thread names.
fn place(thread: u32, folder: Option<u64>, name: u64) -> io::Result<PathBuf> {
    let name = text(thread, name)?;
    // The number is that of the file in the low half of the register.
    let folder = folder.map(|folder| folder as u32 as RawFd).filter(|fd| *fd != libc::AT_FDCWD);
    let base = match folder {
        _ if name.is_absolute() => PathBuf::new(),
        None => std::fs::read_link(format!("/proc/{thread}/cwd"))?,
        Some(fd) => std::fs::read_link(format!("/proc/{thread}/fd/{fd}"))?,
    };
    Ok(plain(&base.join(name)))
}

/// The text at an address of a thread.
fn text(thread: u32, address: u64) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::FileExt as _;
    let memory = std::fs::File::open(format!("/proc/{thread}/mem"))?;
    let mut bytes = vec![0; 4096];
    // What lies behind the page may not be there.
    let to_page = 4096 - (address % 4096) as usize;
    let mut n = memory.read_at(&mut bytes[..to_page], address)?;
    if !bytes[..n].contains(&0) && n == to_page {
        n += memory.read_at(&mut bytes[n..], address + n as u64).unwrap_or(0);
    }
    let end = bytes[..n].iter().position(|byte| *byte == 0).unwrap_or(n);
    bytes.truncate(end);
    Ok(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}
