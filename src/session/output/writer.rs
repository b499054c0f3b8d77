//! The part and its thread: files are drawn, encoded and written beside everything else.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::overlay_picture::OverlayPicture;
use crate::base::RgbImage;
use crate::base::text::visible_path;
use crate::files::write_new;
use crate::media;
use crate::session::worker::{AtEnd, EventSender, Handler, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the thread is set up: what was asked for is written also when the program quits.
const WORKER: WorkerOptions =
    WorkerOptions { name: "results", max_jobs: 64, max_events: 64, at_end: AtEnd::Finish };

/// The content of a file.
enum Content {
    Picture(Box<OverlayPicture>),
    Text(String),
}

/// A file to be written.
struct OutputJob {
    path: PathBuf,
    content: Content,
}

/// Writes results as files.
pub(in crate::session) struct OutputWriter {
    wake: Wake,
    /// Started with the first file. It sends sentences for people.
    worker: Option<Worker<OutputJob, String>>,
}

impl OutputWriter {
    pub(in crate::session) const fn new(wake: Wake) -> Self {
        Self { wake, worker: None }
    }

    /// Writes what is shown, with its overlay and a caption, as a PNG file.
    pub(in crate::session) fn save_picture(
        &mut self,
        ws: &mut Workspace,
        path: PathBuf,
        caption: Arc<RgbImage>,
    ) {
        let style = ws.overlay_style();
        let document = ws.documents.active();
        let drawn = document.and_then(|shown| OverlayPicture::of_document(shown, style, caption));
        match drawn {
            Some(picture) => {
                let path = with_extension(path, "png");
                self.send(ws, OutputJob { path, content: Content::Picture(Box::new(picture)) });
            }
            None => ws.notify(
                "There is no whole picture to save: open one, or pause the video and save again.",
            ),
        }
    }

    /// Writes a table as a CSV file.
    pub(in crate::session) fn save_table(
        &mut self,
        ws: &mut Workspace,
        path: PathBuf,
        csv: String,
    ) {
        let path = with_extension(path, "csv");
        self.send(ws, OutputJob { path, content: Content::Text(csv) });
    }

    fn send(&mut self, ws: &mut Workspace, job: OutputJob) {
        if self.worker.is_none() {
            match Worker::start(WORKER, Wake::clone(&self.wake), || OutputHandler) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => return ws.notify(format!("Could not start a background thread: {e}")),
            }
        }
        if !self.worker.as_ref().is_some_and(|worker| worker.send(job)) {
            ws.notify("Nothing was saved: too many files wait to be written.");
        }
    }

    /// Takes in what was written; true when there was something.
    pub(in crate::session) fn poll(&self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        while let Some(notice) = self.worker.as_ref().and_then(Worker::next_event) {
            ws.notify(notice);
            has_changed = true;
        }
        has_changed
    }
}

/// Draws, encodes and writes.
struct OutputHandler;

impl Handler<OutputJob, String> for OutputHandler {
    fn handle(&mut self, job: &OutputJob, events: &EventSender<String>) {
        let saved = match &job.content {
            Content::Picture(picture) => media::encode_png(&picture.draw())
                .map_err(|e| e.to_string())
                .and_then(|png| write(&job.path, &png)),
            Content::Text(text) => write(&job.path, text.as_bytes()),
        };
        let shown = visible_path(&job.path);
        events.send(match saved {
            Ok(()) => format!("Saved: {shown}"),
            Err(reason) => format!("Not saved as {shown}: {reason}."),
        });
    }

    fn on_crash(job: &OutputJob, events: &EventSender<String>) {
        let shown = visible_path(&job.path);
        events.send(format!(
            "Not saved as {shown}: writing crashed; this is a fault of the program."
        ));
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    write_new(path, bytes).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => "this name is taken, and nothing is ever replaced; choose \
                                     another name"
            .to_owned(),
        _ => e.to_string(),
    })
}

/// The path with this extension, added where it has another one or none.
fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_added_where_it_lacks() {
        let with = |path: &str| with_extension(PathBuf::from(path), "png");
        assert_eq!(with("/a/b"), PathBuf::from("/a/b.png"));
        assert_eq!(with("b.PNG"), PathBuf::from("b.PNG"));
        assert_eq!(with("b.jpg"), PathBuf::from("b.jpg.png"), "never the name of an original");
    }

    #[test]
    fn a_taken_name_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, b"first").unwrap();
        let message = write(&path, b"second").unwrap_err();
        assert!(message.contains("choose another name"), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
    }
}
