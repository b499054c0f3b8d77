//! Connects egui with the canvas of `gpu`.

use egui_wgpu::{CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use crate::gpu::{Canvas, Scene};

/// Which of the pictures in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Shown,
    /// The one beside it.
    Beside,
}

/// A canvas holds what one picture needs, so that each has its own.
struct Canvases {
    shown: Canvas,
    /// Made when it is needed first.
    beside: Option<Canvas>,
    target: wgpu::TextureFormat,
}

/// Builds the canvas once, next to egui's renderer.
pub(in crate::gui) fn install(render_state: &RenderState) {
    let target = render_state.target_format;
    let shown = Canvas::new(&render_state.device, target);
    let canvases = Canvases { shown, beside: None, target };
    render_state.renderer.write().callback_resources.insert(canvases);
}

/// Draws `scene` into `rect` (egui points) as part of this frame.
pub(super) fn paint(painter: &egui::Painter, rect: egui::Rect, side: Side, scene: Scene) {
    painter.add(egui_wgpu::Callback::new_paint_callback(rect, SceneCallback { side, scene }));
}

struct SceneCallback {
    side: Side,
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
        if let Some(Canvases { shown, beside, target }) = resources.get_mut() {
            let canvas = match self.side {
                Side::Shown => shown,
                Side::Beside => beside.get_or_insert_with(|| Canvas::new(device, *target)),
            };
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
        let Some(Canvases { shown, beside, .. }) = resources.get() else { return };
        let canvas = match self.side {
            Side::Shown => Some(shown),
            Side::Beside => beside.as_ref(),
        };
        let Some(canvas) = canvas else { return };
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
