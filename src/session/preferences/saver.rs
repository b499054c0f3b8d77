//! Writes small files on a thread of its own, the newest text of each only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::write_whole;
use crate::session::worker::{AtEnd, EventSender, Handler, JobQueue, Worker, WorkerOptions};

/// A file to be written.
struct FileText {
    path: PathBuf,
    text: String,
}

/// The newest text of each file.
#[derive(Default)]
struct NewestTexts(BTreeMap<PathBuf, String>);

impl JobQueue<FileText> for NewestTexts {
    fn push(&mut self, FileText { path, text }: FileText) {
        self.0.insert(path, text);
    }

    fn pop(&mut self) -> Option<FileText> {
        self.0.pop_first().map(|(path, text)| FileText { path, text })
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes one file after the other.
struct Writer;

impl Handler<FileText, ()> for Writer {
    fn handle(&mut self, FileText { path, text }: &FileText, _events: &EventSender<()>) {
        if let Err(e) = write(path, text) {
            tracing::warn!("preferences could not be written: {e} {path:?}");
        }
    }

    fn on_crash(_job: &FileText, _events: &EventSender<()>) {
        tracing::error!("writing the preferences crashed");
    }
}

/// The thread; dropping it writes what is left and waits for that.
pub(in crate::session) struct Saver {
    worker: Option<Worker<FileText, (), NewestTexts>>,
}

impl Saver {
    /// Starts the thread. Without one (the system has none) saving does nothing.
    pub(in crate::session) fn start() -> Self {
        let options = WorkerOptions {
            name: "saver",
            // One for each file.
            max_jobs: usize::MAX,
            max_events: 1,
            at_end: AtEnd::Finish,
        };
        let worker = Worker::start(options, Arc::new(|| {}), || Writer)
            .inspect_err(|e| tracing::warn!("preferences will not be kept: {e}"))
            .ok();
        Self { worker }
    }

    /// Has `text` written to `path` soon; a text still waiting for that path is replaced.
    pub(in crate::session) fn save(&self, path: PathBuf, text: String) {
        if let Some(worker) = &self.worker
            && !worker.send(FileText { path, text })
        {
            tracing::warn!("the thread that writes preferences is gone");
        }
    }
}

/// Writes a file whole; its folder is made when it is not there.
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
