//! Connects egui with the canvas of `gpu`.

use egui_wgpu::{CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use crate::gpu::{Canvas, Scene};

/// Builds the canvas once, next to egui's renderer.
pub(in crate::gui) fn install(render_state: &RenderState) {
    let canvas = Canvas::new(&render_state.device, render_state.target_format);
    render_state.renderer.write().callback_resources.insert(canvas);
}

/// Draws `scene` into `rect` (egui points) as part of this frame.
pub(super) fn paint(painter: &egui::Painter, rect: egui::Rect, scene: Scene) {
    painter.add(egui_wgpu::Callback::new_paint_callback(rect, SceneCallback { scene }));
}

struct SceneCallback {
    scene: Scene,
}

impl CallbackTrait for SceneCallback {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(canvas) = resources.get_mut::<Canvas>() {
            canvas.prepare(device, queue, &self.scene);
        }
        Vec::new()
    }

    fn paint(
        &self,
        info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(canvas) = resources.get::<Canvas>() else { return };
        let viewport = info.viewport_in_pixels();
        let clip = info.clip_rect_in_pixels();
        let unsigned = |v: i32| v.max(0) as u32;
        canvas.paint(
            pass,
            [viewport.left_px, viewport.top_px, viewport.width_px, viewport.height_px]
                .map(unsigned),
            [clip.left_px, clip.top_px, clip.width_px, clip.height_px].map(unsigned),
        );
    }
}
