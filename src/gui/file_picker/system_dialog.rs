//! The system's file dialog, where there is one.
//!
//! On Linux `rfd` asks the desktop portal, then `zenity`; without both it answers at once, the same
//! as when a person cancels. So this module looks for them first, and takes an implausibly fast
//! answer for "no dialog".

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::prompt::{FilePrompt, Selection};

/// No person cancels a dialog this fast.
const FASTER_THAN_A_PERSON: Duration = Duration::from_millis(150);

#[derive(Debug, PartialEq, Eq)]
pub(in crate::gui) enum DialogOutcome {
    Picked(Vec<PathBuf>),
    Cancelled,
    /// There is no dialog on this system.
    NoDialog,
}

#[derive(Clone, Default)]
pub(in crate::gui) struct Dialog(Arc<Mutex<Option<DialogOutcome>>>);

impl Dialog {
    /// The outcome, once.
    pub(in crate::gui) fn take(&self) -> Option<DialogOutcome> {
        self.0.lock().take()
    }

    fn finish(&self, outcome: DialogOutcome, ctx: &egui::Context) {
        *self.0.lock() = Some(outcome);
        ctx.request_repaint();
    }
}

/// Opens the dialog at a path; the context is woken when it is answered. `None` when there is no
/// dialog.
pub(in crate::gui) fn open(
    ctx: &egui::Context,
    prompt: FilePrompt,
    at: Option<&Path>,
) -> Option<Dialog> {
    if !is_likely() {
        return None;
    }
    let mut files = rfd::AsyncFileDialog::new().set_title(prompt.title());
    if let Some((name, extensions)) = prompt.filter() {
        files = files.add_filter(name, extensions).add_filter("All files", &["*"]);
    }
    let folder = at.map(|at| if at.is_dir() { at } else { at.parent().unwrap_or(at) });
    if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
        files = files.set_directory(folder);
    }
    // Created on the thread of the window, as macOS demands; awaited on another.
    let picked: Pending = match prompt.picks() {
        Selection::Files => {
            let picked = files.pick_files();
            let path = |file: &rfd::FileHandle| file.path().to_owned();
            Box::pin(async move { Some(picked.await?.iter().map(path).collect()) })
        }
        Selection::File => one(files.pick_file()),
        Selection::Folder => one(files.pick_folder()),
        Selection::NewName => {
            let name = at.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
            one(files.set_file_name(name).save_file())
        }
    };
    let dialog = Dialog::default();
    let (theirs, waker) = (dialog.clone(), ctx.clone());
    let start = Instant::now();
    let wait = move || {
        let outcome = match pollster::block_on(picked) {
            Some(files) => DialogOutcome::Picked(files),
            None if start.elapsed() < FASTER_THAN_A_PERSON => DialogOutcome::NoDialog,
            None => DialogOutcome::Cancelled,
        };
        theirs.finish(outcome, &waker);
    };
    if std::thread::Builder::new().name("file dialog".into()).spawn(wait).is_err() {
        dialog.finish(DialogOutcome::NoDialog, ctx);
    }
    Some(dialog)
}

/// The paths that will be picked.
type Pending = Pin<Box<dyn Future<Output = Option<Vec<PathBuf>>> + Send>>;

fn one(picked: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static) -> Pending {
    Box::pin(async move { Some(vec![picked.await?.path().to_owned()]) })
}

/// Whether the system probably has a dialog.
#[cfg(target_os = "linux")]
fn is_likely() -> bool {
    let service = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let data = std::env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty());
    let data = data.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let has_portal = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        && std::env::split_paths(&data).any(|folder| folder.join(service).exists());
    let programs = std::env::var_os("PATH").unwrap_or_default();
    has_portal || std::env::split_paths(&programs).any(|folder| folder.join("zenity").exists())
}

/// Windows and macOS always have one.
#[cfg(not(target_os = "linux"))]
const fn is_likely() -> bool {
    true
}
