//! What to do with a folder that was dropped or opened: its files, or a case of all of it.

use std::path::{Path, PathBuf};

use egui::{Button, Context, Label};

use super::listing::{self, Listing, Pending};
use super::prompt::FilePrompt;
use crate::base::text::{counted, visible_path};
use crate::gui::widgets::floating;

/// More files are not opened at once: a case is made for them.
const MAX_FILES: usize = 500;

/// The question, while it is open.
pub(in crate::gui) struct FolderQuestion {
    folder: PathBuf,
    pending: Pending,
    /// `None` until the folder was read.
    listing: Option<Listing>,
}

/// The answer in this frame.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gui) enum FolderAnswer {
    Undecided,
    Cancelled,
    /// Open these files.
    Files(Vec<PathBuf>),
    /// Begin a case with this folder.
    Case(PathBuf),
}

impl FolderQuestion {
    /// Reads the folder on a thread of its own.
    pub(in crate::gui) fn new(folder: &Path, ctx: &Context) -> Self {
        let pending = listing::start(folder.to_owned(), ctx);
        Self { folder: folder.to_owned(), pending, listing: None }
    }

    /// Shows the question above everything else.
    pub(in crate::gui) fn ui(&mut self, ctx: &Context) -> FolderAnswer {
        self.listing = self.pending.take().or_else(|| self.listing.take());
        let mut answer = FolderAnswer::Undecided;
        let modal = floating::dialog(ctx, "folder question", 500.0, |ui| {
            ui.heading("Open a folder");
            ui.add(Label::new(visible_path(&self.folder)).wrap());
            let files = self.listing.as_ref().map(media);
            ui.add(Label::new(sentence(self.listing.as_ref(), files.as_deref())).wrap());
            ui.add_space(6.0);
            ui.horizontal_wrapped(|ui| {
                let n = files.as_ref().map_or(0, Vec::len);
                let label = format!("Open {}", counted(n as u64, "file"));
                let can = (1..=MAX_FILES).contains(&n);
                let open = ui.add_enabled(can, Button::new(label));
                let why_not =
                    format!("At most {MAX_FILES} files are opened at once, and at least one");
                if open.on_disabled_hover_text(why_not).clicked() {
                    answer = FolderAnswer::Files(files.unwrap_or_default());
                }
                let help = "One file that keeps the list, findings, masks and decisions. \
                            Sub-folders are included and become the sources.";
                if ui.button("New case of this folder…").on_hover_text(help).clicked() {
                    answer = FolderAnswer::Case(self.folder.clone());
                }
                if ui.button("Cancel").clicked() {
                    answer = FolderAnswer::Cancelled;
                }
            });
        });
        if modal.should_close() && answer == FolderAnswer::Undecided {
            answer = FolderAnswer::Cancelled;
        }
        answer
    }
}

/// Files of a listing that the program opens.
fn media(listing: &Listing) -> Vec<PathBuf> {
    let is_known = |path: &&PathBuf| FilePrompt::Media.has_known_extension(path);
    listing.files.iter().filter(is_known).cloned().collect()
}

fn sentence(listing: Option<&Listing>, files: Option<&[PathBuf]>) -> String {
    let Some((listing, files)) = listing.zip(files) else {
        return "Reading the folder…".to_owned();
    };
    if let Some(problem) = &listing.problem {
        return crate::base::text::sentence(problem);
    }
    let n = files.len();
    let mut text = match n {
        0 => "No picture or video lies in it.".to_owned(),
        1 => "One picture or video lies in it.".to_owned(),
        n => format!("{n} pictures and videos lie in it."),
    };
    let n_others = listing.files.len() - n;
    if n_others > 0 {
        text = format!("{text} {} of another kind.", counted(n_others as u64, "file"));
    }
    if !listing.folders.is_empty() {
        let n = counted(listing.folders.len() as u64, "sub-folder");
        text = format!("{text} {n}: opened only as a case.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_and_videos_are_offered() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect();
        let listing = Listing {
            folders: paths(&["sub"]),
            files: paths(&["a.png", "b.MP4", "notes.txt"]),
            problem: None,
        };
        let files = media(&listing);
        assert_eq!(files.len(), 2);
        let text = sentence(Some(&listing), Some(&files));
        assert!(
            text.starts_with("2 pictures and videos lie in it. 1 file of another kind."),
            "{text}"
        );
        assert!(text.contains("1 sub-folder"), "{text}");
        let unread = Listing { problem: Some("this folder cannot be read: x".into()), ..listing };
        assert_eq!(sentence(Some(&unread), Some(&[])), "This folder cannot be read: x.");
    }
}
