//! Small pictures as egui textures, kept as long as they are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{ColorImage, TextureHandle, TextureOptions};

use crate::base::RgbImage;

struct Kept {
    /// Keeps the address, which is the key, from being reused.
    _pixels: Arc<RgbImage>,
    texture: TextureHandle,
    last_used: u64,
}

/// The textures of this window.
#[derive(Default)]
pub(in crate::gui) struct Textures {
    kept: BTreeMap<usize, Kept>,
    frame_idx: u64,
}

impl Textures {
    /// Drops textures that were not shown in the last frame.
    pub(in crate::gui) fn begin_frame(&mut self) {
        let last = self.frame_idx;
        self.kept.retain(|_, kept| kept.last_used >= last);
        self.frame_idx += 1;
    }

    /// The texture of these pixels.
    pub(in crate::gui) fn get(
        &mut self,
        ctx: &egui::Context,
        pixels: &Arc<RgbImage>,
    ) -> TextureHandle {
        self.get_with(ctx, pixels, TextureOptions::LINEAR)
    }

    /// The texture of these pixels, made with these options the first time.
    pub(in crate::gui) fn get_with(
        &mut self,
        ctx: &egui::Context,
        pixels: &Arc<RgbImage>,
        options: TextureOptions,
    ) -> TextureHandle {
        let key = Arc::as_ptr(pixels) as usize;
        let kept = self.kept.entry(key).or_insert_with(|| {
            let size = [pixels.width_px as usize, pixels.height_px as usize];
            let image = ColorImage::from_rgb(size, &pixels.pixels);
            let texture = ctx.load_texture("picture", image, options);
            Kept { _pixels: Arc::clone(pixels), texture, last_used: 0 }
        });
        kept.last_used = self.frame_idx;
        kept.texture.clone()
    }

    /// Shows pixels in a square of `side` points, whole and centered, with a name for screen
    /// readers.
    pub(in crate::gui) fn thumbnail(
        &mut self,
        ui: &mut egui::Ui,
        pixels: &Arc<RgbImage>,
        side: f32,
        name: &str,
    ) -> egui::Response {
        let (rect, response) =
            ui.allocate_exact_size(egui::Vec2::splat(side), egui::Sense::hover());
        let texture = self.get(ui.ctx(), pixels);
        let size = texture.size_vec2();
        let fitted = size * (side / size.max_elem().max(1.0));
        let uv = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        let place = egui::Rect::from_center_size(rect.center(), fitted);
        ui.painter().image(texture.id(), place, uv, egui::Color32::WHITE);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
        response
    }
}
