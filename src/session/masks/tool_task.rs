//! From a tool that points at the picture or the model's map to a task of the worker.

use std::sync::Arc;

use super::command::MaskCommand;
use super::job::MaskTask;
use crate::base::{Heatmap, Point};
use crate::session::document::id::DrawnMaskKey;
use crate::session::document::open::Picture;
use crate::session::workspace::Workspace;

/// Whether what a command does depends on a tolerance or threshold.
pub(super) const fn is_adjustable(command: &MaskCommand) -> bool {
    matches!(
        command,
        MaskCommand::WandOnPicture { .. } | MaskCommand::WandOnMap { .. } | MaskCommand::AcceptMap
    )
}

/// The task for a wand, a superpixel or the model's map. Says why when it cannot be done yet.
pub(super) fn tool_task(
    ws: &mut Workspace,
    key: DrawnMaskKey,
    command: &MaskCommand,
    other_tolerance: Option<u8>,
) -> Option<MaskTask> {
    let document = ws.documents.get(key.0)?;
    let [w, h] = document.image_px()?;
    let image_from_upright = document.image_from_upright();
    let pixel = |p: &Point| {
        let p = image_from_upright.apply(*p);
        let is_inside = p.x >= 0.0 && p.y >= 0.0 && p.x < w as f32 && p.y < h as f32;
        is_inside.then_some((p.x as u32, p.y as u32))
    };
    let threshold = ws.overlay_style().threshold;
    Some(match command {
        MaskCommand::WandOnPicture { at, tolerance, change } => {
            let at = pixel(at)?;
            let picture = Arc::clone(&exact_picture(ws, key)?.frame.image);
            let tolerance = other_tolerance.unwrap_or(*tolerance);
            MaskTask::WandOnPicture { picture, at, tolerance, change: *change }
        }
        MaskCommand::Superpixel { at, side_px, change } => {
            let at = pixel(at)?;
            let picture = Arc::clone(&exact_picture(ws, key)?.frame.image);
            let side_px = (*side_px).clamp(4, 1024);
            MaskTask::Superpixel { picture, at, side_px, change: *change }
        }
        MaskCommand::WandOnMap { at, change } => {
            let at = pixel(at)?;
            MaskTask::WandOnMap { maps: maps(ws, key)?, threshold, at, change: *change }
        }
        MaskCommand::AcceptMap => MaskTask::AcceptMap { maps: maps(ws, key)?, threshold },
        _ => return None,
    })
}

/// The pixels of what is shown; says so when they are not all there.
pub(super) fn exact_picture(ws: &mut Workspace, (id, frame): DrawnMaskKey) -> Option<Arc<Picture>> {
    let document = ws.documents.get(id).filter(|d| d.mask_frame() == Some(frame));
    let picture = document.and_then(|d| d.picture.clone()).filter(|p| p.is_exact());
    if picture.is_none() {
        ws.notify("The frame is not decoded in full yet: try again in a moment.");
    }
    picture
}

/// The model's maps of what is shown; says so when there are none.
fn maps(ws: &mut Workspace, (id, frame): DrawnMaskKey) -> Option<Vec<Arc<Heatmap>>> {
    let maps = ws.documents.get(id).filter(|d| d.mask_frame() == Some(frame))?.heatmaps();
    if maps.is_empty() {
        ws.notify("The model has no map of this picture yet.");
    }
    Some(maps).filter(|maps| !maps.is_empty())
}
