//! Starts children from a thread that lasts as long as this program.

use std::process::{Child, Command};
use std::sync::{OnceLock, mpsc};

/// A program to start, and the channel for its child.
type SpawnRequest = (Command, mpsc::SyncSender<std::io::Result<Child>>);

/// Linux kills a child when the *thread* that started it ends, so one thread, which lasts as long as
/// this program, starts them all.
pub(crate) fn spawn(mut command: Command) -> std::io::Result<Child> {
    static STARTER: OnceLock<Option<mpsc::SyncSender<SpawnRequest>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, orders) = mpsc::sync_channel::<SpawnRequest>(16);
        let work = move || {
            while let Ok((mut command, answer)) = orders.recv() {
                // If the requester is gone, the child is killed here.
                if let Err(mpsc::SendError(Ok(mut orphan))) = answer.send(command.spawn()) {
                    drop(orphan.kill().and_then(|()| orphan.wait()));
                }
            }
        };
        let thread = std::thread::Builder::new().name("child starter".to_owned()).spawn(work);
        thread.ok().map(|_| sender)
    });
    let Some(starter) = starter else { return command.spawn() };
    let (answer, child) = mpsc::sync_channel(1);
    let gone = || std::io::Error::other("the thread that starts programs is gone");
    starter.send((command, answer)).map_err(|_gone| gone())?;
    child.recv().map_err(|_gone| gone())?
}
