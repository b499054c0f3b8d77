//! Bringing masks back that were left behind, as soon as the pictures they are of are open.

use std::path::PathBuf;

use super::kept_mask::KeptMask;
use crate::base::text::visible_path;
use crate::session::document::open::Document;
use crate::session::workspace::Workspace;

/// Masks that wait for their pictures.
#[derive(Default)]
pub(super) struct Restoring {
    waiting: Vec<Waiting>,
}

struct Waiting {
    /// Where it is kept, and under which name.
    folder: PathBuf,
    name: String,
    kept: KeptMask,
}

/// What can be done with a mask now.
enum Fate {
    /// Its picture is not there yet.
    Waits,
    BroughtBack,
    /// Why it cannot be brought back.
    Stays(&'static str),
}

impl Restoring {
    pub(super) fn add(&mut self, folder: PathBuf, name: String, kept: KeptMask) {
        self.waiting.push(Waiting { folder, name, kept });
    }

    /// Puts masks over their pictures. Returns where those that came back were kept.
    pub(super) fn bring_back(&mut self, ws: &mut Workspace) -> Vec<(PathBuf, String)> {
        let mut brought_back = Vec::new();
        let mut notices = Vec::new();
        self.waiting.retain(|waiting| {
            let media = &waiting.kept.facts.media;
            let document = ws.documents.iter_mut().find(|document| document.path == *media);
            match bring_back_one(document, &waiting.kept) {
                Fate::Waits => return true,
                Fate::BroughtBack => {
                    brought_back.push((waiting.folder.clone(), waiting.name.clone()));
                    notices.push(format!(
                        "The unsaved mask of {} is back. Press E to see and edit it; it is still not \
                         saved.",
                        visible_path(media)
                    ));
                }
                Fate::Stays(why) => {
                    notices.push(format!(
                        "The unsaved mask of {} was not restored: {why}. It stays in {}.",
                        visible_path(media),
                        visible_path(&waiting.folder.join(format!("{}.png", waiting.name)))
                    ));
                }
            }
            false
        });
        for notice in notices {
            ws.notify(notice);
        }
        brought_back
    }
}

fn bring_back_one(document: Option<&mut Document>, kept: &KeptMask) -> Fate {
    let Some(document) = document else { return Fate::Stays("its file was closed") };
    let Some(size) = document.image_px() else {
        return if document.is_idle() {
            Fate::Stays("its file cannot be shown")
        } else {
            Fate::Waits
        };
    };
    let is_other = match (&kept.facts.sha256, document.media_sha256()) {
        (Some(kept), Some(now)) => *kept != now,
        // The hash follows with the report.
        (Some(_), None) if !document.is_idle() => return Fate::Waits,
        _ => false,
    };
    if is_other || size != [kept.mask.width_px(), kept.mask.height_px()] {
        return Fate::Stays("the file has changed since");
    }
    if document.video.as_ref().is_some_and(|video| kept.facts.frame > video.last_frame()) {
        return Fate::Stays("the file has changed since");
    }
    let Some(mask) = document.mask_mut(kept.facts.frame) else { return Fate::Waits };
    if !mask.is_nothing() || mask.n_undo > 0 {
        return Fate::Stays("another mask was drawn there");
    }
    mask.replace_with(&kept.mask, "restored");
    mask.set_label(kept.facts.label());
    Fate::BroughtBack
}
