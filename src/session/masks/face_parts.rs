//! Parts of a face as a start: the examiner places the mesh on the face, the mask gets the part.
//!
//! * **In**: a part of the face pointed out, meshes from the worker. **Out**: a step of the mask; a
//!   sentence where only the five landmarks could be had.
//! * **Not here**: the outlines (`annotate`), the mesh itself (`examiner`).
//!
//! Other wishes about masks wait while the examiner works, so that their order is kept.

use crate::annotate::{Change, FacePart, polygons};
use crate::base::{Face, Landmarks, Mesh};
use crate::session::examine::queue::Kind;
use crate::session::examine::worker::{Job, Task};
use crate::session::masks::worker::Key;
use crate::session::router::Session;
use crate::session::{Document, DocumentId};

/// A part that waits for the mesh.
pub(in crate::session) struct AwaitedPart {
    key: Key,
    part: FacePart,
    change: Change,
    landmarks: Landmarks,
}

/// The mesh asked for last, in upright space; none where it would not be sure.
pub(in crate::session) struct KnownMesh {
    key: Key,
    landmarks: Landmarks,
    mesh: Option<Box<Mesh>>,
}

impl Session {
    pub(in crate::session) fn mark_face_part(&mut self, key: Key, part: FacePart, change: Change) {
        let document = self.document(key.0).filter(|d| d.mask_frame() == Some(key.1));
        let Some(face) = document.map(face_pointed_out) else { return };
        let face = match face {
            Ok(face) => face.clone(),
            Err(what) => return self.notify(what.to_owned()),
        };
        let Some(landmarks) = face.landmarks else { return };
        let awaited = AwaitedPart { key, part, change, landmarks };
        let known = self.masks.known_mesh.take_if(|m| m.key == key && m.landmarks == landmarks);
        if let Some(known) = known {
            self.put_part(&awaited, known.mesh.as_deref(), None);
            self.masks.known_mesh = Some(known);
            return;
        }
        let Some(picture) = self.exact_picture(key) else { return };
        self.enqueue(key.0, Task::Mesh { picture, face: Box::new(face) });
        // A hand waits for it.
        if let Some(at) = self.queue.iter().position(Job::is_mesh)
            && let Some(job) = self.queue.remove(at)
        {
            self.queue.push_front(job);
        }
        self.masks.is_busy = true;
        self.masks.awaited = Some(awaited);
        self.view.masks.doing = Some("Placing the mesh on the face");
    }

    pub(in crate::session) fn take_in_mesh(
        &mut self,
        id: DocumentId,
        mesh: Result<Option<Box<Mesh>>, String>,
    ) {
        let Some(awaited) = self.masks.awaited.take_if(|awaited| awaited.key.0 == id) else {
            return;
        };
        self.masks.is_busy = false;
        self.view.masks.doing = None;
        match mesh {
            Ok(mesh) => {
                self.put_part(&awaited, mesh.as_deref(), None);
                let AwaitedPart { key, landmarks, .. } = awaited;
                self.masks.known_mesh = Some(KnownMesh { key, landmarks, mesh });
            }
            Err(why) => self.put_part(&awaited, None, Some(why)),
        }
        self.do_waiting_mask_commands();
    }

    /// Waits no longer for a mesh that does not come: the work was stopped, or the file closed.
    pub(in crate::session) fn settle_mesh(&mut self) {
        let runs = self.running.as_ref().is_some_and(|running| running.kind == Kind::Mesh);
        if runs || self.queue.iter().any(Job::is_mesh) || self.masks.awaited.take().is_none() {
            return;
        }
        self.masks.is_busy = false;
        self.view.masks.doing = None;
        self.do_waiting_mask_commands();
    }

    fn put_part(&mut self, awaited: &AwaitedPart, mesh: Option<&Mesh>, why: Option<String>) {
        let AwaitedPart { key, part, change, landmarks } = awaited;
        let Some(([w, h], image_from_upright)) = self.grid_of(*key) else { return };
        let (outlines, tool) = match mesh {
            Some(mesh) => {
                let mut outlines = part.of_mesh(mesh);
                let points = outlines.iter_mut().flatten();
                points.for_each(|p| *p = image_from_upright.apply(*p));
                (outlines, "face-part")
            }
            // Landmarks are in image space as they are.
            None => (part.of_landmarks(landmarks), "face-part-by-landmarks"),
        };
        if mesh.is_none() {
            let why = why
                .unwrap_or_else(|| "the face is turned away, hidden or too dark for it".to_owned());
            self.notify(format!(
                "No mesh could be placed on this face ({why}): the part was drawn roughly by the \
                 five landmarks. Correct it by hand."
            ));
        }
        match polygons(w, h, &outlines) {
            Some(region) => self.take_region(*key, &region, *change, tool),
            None => self.notify("This part of the face lies outside the picture.".to_owned()),
        }
    }
}

/// The face whose parts are meant, or a sentence that says why there is none.
fn face_pointed_out(document: &Document) -> Result<&Face, &'static str> {
    let faces = || document.faces.iter().map(|item| &item.finding.face);
    let mut found = faces().filter(|face| face.landmarks.is_some());
    let selected = document.selected_face.and_then(|i| document.faces.get(i));
    match (selected.map(|item| &item.finding.face), found.next(), found.next()) {
        (Some(face), ..) if face.landmarks.is_some() => Ok(face),
        (Some(_), Some(_), _) => Err(
            "A region drawn by hand is pointed out, whose parts are not known: point out a face \
                 that was found (N).",
        ),
        (None, Some(face), None) => Ok(face),
        (None, Some(_), Some(_)) => Err("Which face? Point one out (N)."),
        (_, None, _) => Err("No face is known here, so there are no parts of one to mark."),
    }
}
