//! The scene that `gpu` draws: picture, patches, heat maps and masks of a document.

use super::state::{CanvasState, Frame};
use crate::base::Affine;
use crate::gpu::{Layer, MaskLayer, MaskShown, Patch, Placement, Scene};
use crate::gui::mask_tools::MaskTools;
use crate::session::{DegradedFace, Document, FaceItem, Picture, View, ViewMode};

pub(super) fn scene(
    view: &View<'_>,
    document: &Document,
    picture: &Picture,
    frame: &Frame,
    state: &CanvasState,
    hidden: bool,
) -> Scene {
    let mode = if hidden { ViewMode::Picture } else { view.mode };
    let degraded = document.faces.iter().filter(|_| !hidden).filter_map(|face| {
        let item = shown_trial(face)?;
        let image = std::sync::Arc::clone(&item.copy);
        Some(Patch { image, upright_from_patch: item.upright_from_copy })
    });
    let patches = document.faces.iter().filter_map(|face| {
        let patch = face.patch.as_ref()?;
        let image = match mode {
            ViewMode::Reconstruction => &patch.output,
            ViewMode::Residual => &patch.residual,
            ViewMode::Picture | ViewMode::HeatMap => return None,
        };
        let upright_from_patch = patch.upright_from_patch;
        Some(Patch { image: std::sync::Arc::clone(image), upright_from_patch })
    });
    let layers = document.faces.iter().filter(|_| mode == ViewMode::HeatMap).filter_map(|face| {
        let map = shown_trial(face).map_or(&face.map, |item| &item.map);
        let (map, map_from_upright) = map.as_ref()?;
        Some(Layer { map: std::sync::Arc::clone(map), map_from_upright: *map_from_upright })
    });
    // The scene's space is that of the pixels there are; while a video moves they are fewer.
    let pixels = picture.pyramid.picture();
    let full =
        crate::base::Rect::new(0.0, 0.0, picture.full_px[0] as f32, picture.full_px[1] as f32);
    let full_from_pixels = Affine::rect_to_rect(&pixels.bounds(), &full);
    let pixels_from_full = Affine::rect_to_rect(&full, &pixels.bounds());
    let zoom = frame.placement.zoom * f64::from(full.w) / f64::from(pixels.width_px);
    let patches = degraded.chain(patches).map(|patch| {
        let upright_from_patch = pixels_from_full.after(&patch.upright_from_patch);
        Patch { upright_from_patch, ..patch }
    });
    let layers = layers.map(|layer| {
        let map_from_upright = layer.map_from_upright.after(&full_from_pixels);
        Layer { map_from_upright, ..layer }
    });
    let masks = mask_layer(view, document, &state.mask).map(|masks| {
        let image_from_upright = masks.image_from_upright.after(&full_from_pixels);
        MaskLayer { image_from_upright, ..masks }
    });
    Scene {
        pyramid: std::sync::Arc::clone(&picture.pyramid),
        placement: Placement { zoom, ..frame.placement },
        view_size_px: frame.size_px,
        patches: patches.collect(),
        layers: layers.collect(),
        style: view.style,
        split_px: state.split.filter(|_| !hidden).map(|at| at * frame.size_px[0] as f32),
        masks: masks.filter(|_| !hidden),
    }
}

/// The degraded copy shown in place of the face.
pub(super) fn shown_trial(face: &FaceItem) -> Option<&DegradedFace> {
    face.robustness.trial.as_ref()?.shown.as_deref()
}

/// The masks over the picture while masks are edited.
fn mask_layer(view: &View<'_>, document: &Document, tools: &MaskTools) -> Option<MaskLayer> {
    if !view.masks.is_editing {
        return None;
    }
    let frame = document.mask_frame()?;
    let by_hand = document.mask().map(|own| MaskShown {
        mask: std::sync::Arc::clone(&own.mask),
        version: own.version,
        changes: own.changes.clone(),
    });
    let marked = view.masks.marked.as_ref();
    let by_model = marked.filter(|m| m.document == document.id && m.frame == frame);
    let by_model = by_model.map(|marked| MaskShown {
        mask: std::sync::Arc::clone(&marked.mask),
        version: marked.version,
        changes: Vec::new(),
    });
    let image_from_upright = document.image_from_upright();
    Some(MaskLayer { by_hand, by_model, image_from_upright, mode: tools.layer, tint: tools.tint })
}
