//! Doing commands: at once, or when their turn comes.

use super::command::MaskCommand;
use super::editor::MaskEditor;
use super::job::MaskTask;
use super::review::{go_to_unreviewed, review};
use super::tool_task::{is_adjustable, tool_task};
use crate::annotate::{Mask, polygon};
use crate::base::Point;
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::document::mask::DrawnMask;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl MaskEditor {
    /// Does a command, at once or when its turn comes. Never blocks.
    pub(in crate::session) fn command(&mut self, ws: &mut Workspace, command: MaskCommand) {
        let drawn_on = ws.documents.stroke_key();
        let key = match command {
            MaskCommand::Edit(is_editing) => {
                self.is_editing = is_editing;
                return ws.documents.end_strokes();
            }
            MaskCommand::DismissQuestion => return self.question = None,
            MaskCommand::CloseAnyway(id) => {
                self.question = None;
                return ws.request(Request::Close(id));
            }
            MaskCommand::SaveAndClose(id) => return self.save_and_close(ws, id),
            MaskCommand::SaveAll => {
                return ws.documents.active_id().into_iter().for_each(|id| self.save_all(ws, id));
            }
            MaskCommand::SaveEverything => {
                let all: Vec<DocumentId> = ws.documents.iter().map(|d| d.id).collect();
                return all.into_iter().for_each(|id| self.save_all(ws, id));
            }
            MaskCommand::SetLabel(label) => {
                let shown = ws.documents.shown_mask_key();
                if let Some(mask) = shown.and_then(|key| ws.documents.mask_mut(key)) {
                    mask.set_label(label);
                }
                return;
            }
            MaskCommand::ExtendStroke(_) | MaskCommand::EndStroke => {
                let key = drawn_on.or_else(|| self.waiting.back().map(|(key, _)| *key));
                if key.is_none() {
                    return;
                }
                key
            }
            MaskCommand::Press(pressure) if drawn_on.is_none() && !self.is_busy() => {
                return self.next_pressure = pressure;
            }
            MaskCommand::Press(_) if drawn_on.is_some() => drawn_on,
            _ => ws.documents.shown_mask_key(),
        };
        let Some(key) = key else { return ws.notify("There is no picture to draw a mask on.") };
        if !self.is_busy() && self.waiting.is_empty() {
            return self.do_now(ws, key, command);
        }
        let is_again = |c: &MaskCommand| matches!(c, MaskCommand::Again { .. });
        // Of several adjustments in a row only the last one counts.
        if is_again(&command) {
            self.waiting.pop_back_if(|(other, last)| *other == key && is_again(last));
        }
        self.waiting.push_back((key, command));
    }

    /// Does the commands that waited, until one of them takes longer.
    pub(super) fn do_waiting(&mut self, ws: &mut Workspace) {
        while !self.is_busy()
            && let Some((key, command)) = self.waiting.pop_front()
        {
            self.do_now(ws, key, command);
        }
        self.close_when_saved(ws);
    }

    fn do_now(&mut self, ws: &mut Workspace, key: DrawnMaskKey, command: MaskCommand) {
        if !matches!(command, MaskCommand::ExtendStroke(_) | MaskCommand::Press(_)) {
            ws.documents.end_strokes();
        }
        let Some(document) = ws.documents.get_mut(key.0) else { return };
        let Some([w, h]) = document.image_px() else { return };
        let image_from_upright = document.image_from_upright();
        let to_image = |p: Point| image_from_upright.apply(p);
        self.adjustable_command = is_adjustable(&command).then(|| command.clone());
        match command {
            MaskCommand::BeginStroke { brush, change, at } => {
                let pressure = std::mem::replace(&mut self.next_pressure, 1.0);
                if let Some(mask) = document.mask_mut(key.1) {
                    mask.begin_stroke(brush, change, to_image(at), pressure);
                }
            }
            MaskCommand::Press(pressure) => {
                if !document.known_mask_mut(key.1).is_some_and(|mask| mask.press(pressure)) {
                    self.next_pressure = pressure;
                }
            }
            MaskCommand::ExtendStroke(points) => {
                let points: Vec<Point> = points.into_iter().map(to_image).collect();
                if let Some(mask) = document.known_mask_mut(key.1) {
                    mask.extend_stroke(&points);
                }
            }
            MaskCommand::Polygon { corners, change, is_lasso } => {
                let corners: Vec<Point> = corners.into_iter().map(to_image).collect();
                let tool = if is_lasso { "lasso" } else { "polygon" };
                if let Some((region, mask)) = polygon(w, h, &corners).zip(document.mask_mut(key.1))
                {
                    mask.apply_region(&region, change, tool);
                }
            }
            MaskCommand::Undo => {
                document.known_mask_mut(key.1).into_iter().for_each(DrawnMask::undo);
            }
            MaskCommand::Redo => {
                document.known_mask_mut(key.1).into_iter().for_each(DrawnMask::redo);
            }
            MaskCommand::Clear => {
                if let Some(mask) = document.mask_mut(key.1) {
                    mask.replace_with(&Mask::new(w, h), "clear");
                }
            }
            MaskCommand::Invert => {
                if let Some(mask) = document.mask_mut(key.1) {
                    let inverted = mask.mask.inverted();
                    mask.replace_with(&inverted, "invert");
                }
            }
            MaskCommand::CopyToNextFrame => self.copy_to_next_frame(ws, key),
            MaskCommand::FacePart { part, change } => self.mark_face_part(ws, key, part, change),
            MaskCommand::Follow { n_frames } => self.propagate(ws, key, n_frames),
            MaskCommand::NextUnreviewed(direction) => {
                go_to_unreviewed(ws, key, direction);
            }
            MaskCommand::Accept => review(ws, key, true),
            MaskCommand::AcceptSeen => self.accept_seen(ws, key),
            MaskCommand::Reject => review(ws, key, false),
            MaskCommand::Again { tolerance } => self.adjust(ws, key, tolerance),
            MaskCommand::WandOnPicture { .. }
            | MaskCommand::WandOnMap { .. }
            | MaskCommand::AcceptMap
            | MaskCommand::Superpixel { .. } => {
                if let Some(task) = tool_task(ws, key, &command, None) {
                    self.start_task(ws, key, task);
                }
            }
            MaskCommand::FillHoles => self.start_task(ws, key, MaskTask::FillHoles),
            MaskCommand::RemoveIslands(min_px) => {
                self.start_task(ws, key, MaskTask::RemoveIslands(min_px));
            }
            MaskCommand::Grow(by_px) => {
                self.start_task(ws, key, MaskTask::Grow(by_px.clamp(-1024, 1024)));
            }
            MaskCommand::Load(path) => {
                let sha256 = document.media_sha256();
                let is_frame = document.video.is_some();
                self.start_task(ws, key, MaskTask::Load { path, sha256, is_frame });
            }
            MaskCommand::Save { path, replaces } => self.save(ws, key, path, replaces),
            // The stroke has ended above; `command` does the others.
            MaskCommand::EndStroke
            | MaskCommand::Edit(_)
            | MaskCommand::SetLabel(_)
            | MaskCommand::SaveAndClose(_)
            | MaskCommand::SaveAll
            | MaskCommand::SaveEverything
            | MaskCommand::CloseAnyway(_)
            | MaskCommand::DismissQuestion => {}
        }
    }
}
