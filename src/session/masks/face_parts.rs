//! Parts of a face as a start: the examiner places the mesh on the face, the mask gets the part.
//!
//! Where no mesh can be placed, the part is drawn roughly by the five landmarks.

use super::editor::MaskEditor;
use super::pending::{AwaitedPart, KnownMesh};
use super::tool_task::exact_picture;
use crate::annotate::{Change, FacePart, polygons};
use crate::base::{Face, Mesh};
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::document::open::Document;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl MaskEditor {
    /// Marks a part of the selected face: at once when its mesh is known, else when it comes.
    pub(super) fn mark_face_part(
        &mut self,
        ws: &mut Workspace,
        key: DrawnMaskKey,
        part: FacePart,
        change: Change,
    ) {
        let document = ws.documents.get(key.0).filter(|d| d.mask_frame() == Some(key.1));
        let face = match document.map(selected_face) {
            Some(Ok(face)) => face.clone(),
            Some(Err(what)) => return ws.notify(what),
            None => return,
        };
        let Some(landmarks) = face.landmarks else { return };
        let awaited = AwaitedPart { key, part, change, landmarks };
        if let Some(known) = &self.known_mesh
            && known.key == key
            && known.landmarks == landmarks
        {
            return apply_part(ws, &awaited, known.mesh.as_deref(), None);
        }
        let Some(picture) = exact_picture(ws, key) else { return };
        ws.request(Request::PlaceMesh { document: key.0, picture, face: Box::new(face) });
        self.doing = Some("Placing the mesh on the face");
        self.awaited_part = Some(awaited);
    }

    /// The mesh is there, or why there is none.
    pub(in crate::session) fn take_in_mesh(
        &mut self,
        ws: &mut Workspace,
        id: DocumentId,
        mesh: Result<Option<Box<Mesh>>, String>,
    ) {
        let Some(awaited) = self.awaited_part.take_if(|awaited| awaited.key.0 == id) else {
            return;
        };
        self.doing = None;
        match mesh {
            Ok(mesh) => {
                apply_part(ws, &awaited, mesh.as_deref(), None);
                let AwaitedPart { key, landmarks, .. } = awaited;
                self.known_mesh = Some(KnownMesh { key, landmarks, mesh });
            }
            Err(why) => apply_part(ws, &awaited, None, Some(why)),
        }
        self.do_waiting(ws);
    }

    /// No mesh comes any more: the work was stopped, or the file closed.
    pub(in crate::session) fn give_up_mesh(&mut self, ws: &mut Workspace) {
        if self.awaited_part.take().is_some() {
            self.doing = None;
            self.do_waiting(ws);
        }
    }
}

fn apply_part(ws: &mut Workspace, awaited: &AwaitedPart, mesh: Option<&Mesh>, why: Option<String>) {
    let AwaitedPart { key, part, change, landmarks } = awaited;
    let Some(document) = ws.documents.get_mut(key.0) else { return };
    let Some([w, h]) = document.image_px() else { return };
    let image_from_upright = document.image_from_upright();
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
    let region = polygons(w, h, &outlines);
    if let Some((region, mask)) = region.as_ref().zip(document.mask_mut(key.1)) {
        mask.apply_region(region, *change, tool);
    }
    if mesh.is_none() {
        let why =
            why.unwrap_or_else(|| "the face is turned away, hidden or too dark for it".to_owned());
        ws.notify(format!(
            "No mesh could be placed on this face ({why}): the part was drawn roughly by the five \
             landmarks. Correct it by hand."
        ));
    }
    if region.is_none() {
        ws.notify("This part of the face lies outside the picture.");
    }
}

/// The face whose parts are meant, or a sentence that says why there is none.
fn selected_face(document: &Document) -> Result<&Face, &'static str> {
    let faces = || document.faces.iter().map(|item| &item.finding.face);
    let mut found = faces().filter(|face| face.landmarks.is_some());
    let selected = document.selected_face.and_then(|i| document.faces.get(i));
    match (selected.map(|item| &item.finding.face), found.next(), found.next()) {
        (Some(face), ..) if face.landmarks.is_some() => Ok(face),
        (Some(_), Some(_), _) => Err(
            "The region selected was drawn by hand, so its parts are not known: select a face that \
             was found (N).",
        ),
        (None, Some(face), None) => Ok(face),
        (None, Some(_), Some(_)) => Err("Select a face first (N)."),
        (_, None, _) => Err("No face is known here, so there are no parts of one to mark."),
    }
}
