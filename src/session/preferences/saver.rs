//! Writes small files on a thread of its own, the newest text of each only.
//!
//! * **In**: a path and its text, as often as one likes. **Out**: files that are whole at any time:
//!   written beside, then renamed.
//! * **Not here**: what the text says (`settings`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::files::write_whole;

#[derive(Default)]
struct Waiting {
    texts: BTreeMap<PathBuf, String>,
    closing: bool,
}

type Shared = Arc<(Mutex<Waiting>, Condvar)>;

/// The thread; dropping it writes what is left and waits for that.
pub(in crate::session) struct Saver {
    shared: Shared,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// Starts the thread. Without one (the system gives none) saving does nothing.
    pub(in crate::session) fn start() -> Self {
        let shared = Shared::default();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("saver".into()).spawn(move || run(&theirs));
        if let Err(e) = &thread {
            tracing::warn!("preferences will not be kept: {e}");
        }
        Self { shared, thread: thread.ok() }
    }

    /// Has `text` written to `path` soon; a text still waiting for that path is replaced.
    pub(in crate::session) fn save(&self, path: PathBuf, text: String) {
        let (waiting, changed) = &*self.shared;
        waiting.lock().unwrap_or_else(PoisonError::into_inner).texts.insert(path, text);
        changed.notify_one();
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        let (waiting, changed) = &*self.shared;
        waiting.lock().unwrap_or_else(PoisonError::into_inner).closing = true;
        changed.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("the thread that writes preferences crashed");
        }
    }
}

fn run(shared: &Shared) {
    let (waiting, changed) = &**shared;
    loop {
        let guard = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |w: &mut Waiting| w.texts.is_empty() && !w.closing;
        let mut guard = changed.wait_while(guard, idle).unwrap_or_else(PoisonError::into_inner);
        let texts = std::mem::take(&mut guard.texts);
        let closing = guard.closing;
        drop(guard);
        for (path, text) in texts {
            if let Err(e) = write(&path, &text) {
                tracing::warn!("preferences could not be written: {e} {path:?}");
            }
        }
        if closing {
            return;
        }
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new(".")))?;
    write_whole(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_is_there_after_the_drop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder/a.toml");
        let saver = Saver::start();
        for i in 0..100 {
            saver.save(path.clone(), format!("{i}"));
        }
        drop(saver);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "99");
        let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "no temporary file stays behind");
    }
}
