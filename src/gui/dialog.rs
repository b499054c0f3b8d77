//! The system's file dialog, where there is one.
//!
//! * **In**: nothing. **Out**: the files picked, or that there is no dialog.
//! * **Not here**: the browser inside the window (`browser`), which serves when there is none.
//!
//! On Linux `rfd` asks the desktop portal, then `zenity`; without both it answers at once, the same
//! as when a person cancels. So we look for them before, and take an answer that came faster than a
//! person could give it for "no dialog".

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Extensions of the files that can be opened, as a filter: content decides, not the name.
pub(super) const EXTENSIONS: [&str; 24] = [
    "jpg", "jpeg", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "mp4", "m4v", "mov", "mkv",
    "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "3gp", "wmv", "flv", "ogv",
];

/// No person cancels a dialog this fast.
const FASTER_THAN_A_PERSON: Duration = Duration::from_millis(150);

/// How the dialog ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These were picked.
    Picked(Vec<PathBuf>),
    /// Cancelled by the person.
    Cancelled,
    /// There is no dialog on this system.
    NoDialog,
}

/// A dialog that is open.
#[derive(Clone, Default)]
pub(super) struct Dialog(Arc<Mutex<Option<Answer>>>);

impl Dialog {
    /// The answer, once.
    pub(super) fn take(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, answer: Answer, ctx: &egui::Context) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        ctx.request_repaint();
    }
}

/// Opens the dialog; the context is woken when it is answered. `None` when there is no dialog.
pub(super) fn open(ctx: &egui::Context) -> Option<Dialog> {
    if !is_likely() {
        return None;
    }
    // Made here, on the thread of the window, as macOS demands; waited for elsewhere.
    let picked = rfd::AsyncFileDialog::new()
        .set_title("Open pictures and videos")
        .add_filter("Pictures and videos", &EXTENSIONS)
        .add_filter("All files", &["*"])
        .pick_files();
    let dialog = Dialog::default();
    let (theirs, waker) = (dialog.clone(), ctx.clone());
    let start = Instant::now();
    let wait = move || {
        let answer = match pollster::block_on(picked) {
            Some(files) => Answer::Picked(files.iter().map(|f| f.path().to_owned()).collect()),
            None if start.elapsed() < FASTER_THAN_A_PERSON => Answer::NoDialog,
            None => Answer::Cancelled,
        };
        theirs.put(answer, &waker);
    };
    if std::thread::Builder::new().name("file dialog".into()).spawn(wait).is_err() {
        dialog.put(Answer::NoDialog, ctx);
    }
    Some(dialog)
}

/// Whether the system has a dialog, as far as that can be told without asking it.
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
