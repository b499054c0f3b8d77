//! Draws a [`Scene`] into a render pass. Textures are uploaded when first needed.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::instances::{QuadInstance, instance_buffer, is_drawable, quad_instances};
use super::masks::MaskRenderer;
use super::pipeline::{
    bind_group_entry, bind_group_layout, pipeline, sampler_entry, texture_entry, uniform_buffer,
    uniform_entry,
};
use super::scene::{Layer, Patch, Scene, rows_from_view};
use super::shaders;
use super::tiles::{PlacedTile, RgbaPixels, TileCache, bind_texture, upload, upload_rgba};
use crate::base::{Heatmap, RgbImage};
use crate::signal::{Colormap, LUT_LEN, OverlayMode};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ViewUniform {
    size_px: [f32; 2],
    unused: [f32; 2],
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct OverlayUniform {
    map_row_x: [f32; 4],
    map_row_y: [f32; 4],
    map_size: [f32; 2],
    opacity: f32,
    threshold: f32,
}

struct LayerSlot {
    map: Arc<Heatmap>,
    uniform: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

struct PatchSlot {
    image: Arc<RgbImage>,
    bind_group: wgpu::BindGroup,
}

/// The pipelines, and the textures of the last picture.
pub struct Canvas {
    tile_layout: wgpu::BindGroupLayout,
    layer_layout: wgpu::BindGroupLayout,
    picture_pipeline: wgpu::RenderPipeline,
    /// By mode: heat, threshold, contour.
    overlay_pipelines: [wgpu::RenderPipeline; 3],
    view_uniform: wgpu::Buffer,
    view_group: wgpu::BindGroup,
    instances: wgpu::Buffer,
    color_table: Option<(Colormap, wgpu::BindGroup)>,
    tiles: TileCache,
    placed: Vec<PlacedTile>,
    patches: Vec<PatchSlot>,
    layers: Vec<LayerSlot>,
    masks: MaskRenderer,
    split_px: Option<f32>,
    mode: OverlayMode,
}

impl Canvas {
    /// Creates the pipelines for a target of this format.
    pub fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let view_layout =
            bind_group_layout(device, &[uniform_entry(0), sampler_entry(1), sampler_entry(2)]);
        let tile_layout = bind_group_layout(device, &[texture_entry(0, true)]);
        let layer_layout = bind_group_layout(device, &[uniform_entry(0), texture_entry(1, false)]);
        let view_uniform = uniform_buffer::<ViewUniform>(device);
        let [smooth, nearest] = [wgpu::FilterMode::Linear, wgpu::FilterMode::Nearest].map(|mode| {
            device.create_sampler(&wgpu::SamplerDescriptor {
                mag_filter: mode,
                min_filter: mode,
                ..Default::default()
            })
        });
        let view_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("canvas view"),
            layout: &view_layout,
            entries: &[
                bind_group_entry(0, view_uniform.as_entire_binding()),
                bind_group_entry(1, wgpu::BindingResource::Sampler(&smooth)),
                bind_group_entry(2, wgpu::BindingResource::Sampler(&nearest)),
            ],
        });
        let picture_layouts = [Some(&view_layout), Some(&tile_layout)];
        let overlay_layouts = [Some(&view_layout), Some(&layer_layout), Some(&tile_layout)];
        let picture = shaders::module(device, "canvas/picture.wgsl");
        let overlay = shaders::module(device, "canvas/overlay.wgsl");
        let quads = [Some(wgpu::VertexBufferLayout {
            array_stride: size_of::<QuadInstance>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &QuadInstance::ATTRIBUTES,
        })];
        Self {
            picture_pipeline: pipeline(
                device,
                &picture,
                "fs_main",
                &picture_layouts,
                target,
                &quads,
            ),
            overlay_pipelines: ["fs_heat", "fs_threshold", "fs_contour"]
                .map(|entry| pipeline(device, &overlay, entry, &overlay_layouts, target, &quads)),
            view_uniform,
            view_group,
            instances: instance_buffer(device, 16),
            color_table: None,
            tiles: TileCache::default(),
            placed: Vec::new(),
            patches: Vec::new(),
            layers: Vec::new(),
            masks: MaskRenderer::new(device, &view_layout, target),
            split_px: None,
            mode: OverlayMode::Heat,
            tile_layout,
            layer_layout,
        }
    }

    /// Uploads what the scene needs and the GPU does not have yet.
    pub fn prepare(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene) {
        let uniform =
            ViewUniform { size_px: scene.view_size_px.map(|v| v as f32), unused: [0.0; 2] };
        queue.write_buffer(&self.view_uniform, 0, bytemuck::bytes_of(&uniform));
        self.split_px = scene.split_px;
        self.mode = scene.style.mode;
        self.placed = self.tiles.prepare(device, queue, &self.tile_layout, scene);
        self.prepare_patches(device, queue, &scene.patches);
        self.prepare_layers(device, queue, scene);
        self.masks.prepare(device, queue, scene);
        let instances = quad_instances(scene, &self.placed);
        let bytes: &[u8] = bytemuck::cast_slice(&instances);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(device, instances.len().next_power_of_two());
        }
        queue.write_buffer(&self.instances, 0, bytes);
    }

    /// Draws the prepared scene. `viewport_px` is the view in the target (left, top, width, height),
    /// `clip_px` the part of the target that may be drawn to.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>, viewport_px: [u32; 4], clip_px: [u32; 4]) {
        let [left, top, width, height] = viewport_px.map(|v| v as f32);
        if width < 1.0 || height < 1.0 {
            return;
        }
        pass.set_viewport(left, top, width, height, 0.0, 1.0);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.set_bind_group(0, &self.view_group, &[]);
        pass.set_pipeline(&self.picture_pipeline);
        let mut instance = 0;
        for placed in &self.placed {
            if let Some(bind_group) = self.tiles.get(placed.key) {
                pass.set_bind_group(1, bind_group, &[]);
                pass.draw(0..4, instance..instance + 1);
            }
            instance += 1;
        }
        if let Some(split_px) = self.split_px {
            let [x, y, w, h] = clip_px;
            let from = (viewport_px[0] + split_px.max(0.0).round() as u32).clamp(x, x + w);
            if from == x + w {
                return;
            }
            pass.set_scissor_rect(from, y, x + w - from, h);
        }
        for patch in &self.patches {
            pass.set_bind_group(1, &patch.bind_group, &[]);
            pass.draw(0..4, instance..instance + 1);
            instance += 1;
        }
        if let Some((_, color_table)) = &self.color_table {
            pass.set_pipeline(match self.mode {
                OverlayMode::Heat => &self.overlay_pipelines[0],
                OverlayMode::Threshold => &self.overlay_pipelines[1],
                OverlayMode::Contour => &self.overlay_pipelines[2],
            });
            pass.set_bind_group(2, color_table, &[]);
            for layer in &self.layers {
                pass.set_bind_group(1, &layer.bind_group, &[]);
                pass.draw(0..4, instance..instance + 1);
                instance += 1;
            }
        }
        self.masks.paint(pass);
    }

    fn prepare_patches(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, patches: &[Patch]) {
        let mut old = std::mem::take(&mut self.patches);
        for patch in patches {
            let known = old.iter().position(|slot| Arc::ptr_eq(&slot.image, &patch.image));
            let slot = if let Some(i) = known {
                old.swap_remove(i)
            } else {
                let view = upload_rgba(device, queue, &RgbaPixels::new(&patch.image));
                let bind_group = bind_texture(device, &self.tile_layout, &view);
                PatchSlot { image: Arc::clone(&patch.image), bind_group }
            };
            self.patches.push(slot);
        }
    }

    fn prepare_layers(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene) {
        let mut old = std::mem::take(&mut self.layers);
        for layer in &scene.layers {
            let known = old.iter().position(|slot| Arc::ptr_eq(&slot.map, &layer.map));
            let slot = known
                .map(|i| old.swap_remove(i))
                .or_else(|| new_layer(device, queue, &self.layer_layout, &layer.map));
            let Some(slot) = slot else { continue };
            let uniform = overlay_uniform(scene, layer);
            queue.write_buffer(&slot.uniform, 0, bytemuck::bytes_of(&uniform));
            self.layers.push(slot);
        }
        let colormap = scene.style.colormap;
        if self.color_table.as_ref().is_none_or(|(old, _)| *old != colormap) {
            let bytes = colormap.lut().0.iter().flat_map(|c| [c[0], c[1], c[2], 255]).collect();
            let pixels = RgbaPixels { width_px: LUT_LEN as u32, height_px: 1, bytes };
            let view = upload_rgba(device, queue, &pixels);
            self.color_table = Some((colormap, bind_texture(device, &self.tile_layout, &view)));
        }
    }
}

fn new_layer(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    layout: &wgpu::BindGroupLayout,
    map: &Arc<Heatmap>,
) -> Option<LayerSlot> {
    if !is_drawable(map) {
        return None;
    }
    let bytes = bytemuck::cast_slice(&map.values);
    let size = [map.width, map.height];
    let view = upload(device, queue, size, wgpu::TextureFormat::R32Float, bytes);
    let uniform = uniform_buffer::<OverlayUniform>(device);
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("canvas layer"),
        layout,
        entries: &[
            bind_group_entry(0, uniform.as_entire_binding()),
            bind_group_entry(1, wgpu::BindingResource::TextureView(&view)),
        ],
    });
    Some(LayerSlot { map: Arc::clone(map), uniform, bind_group })
}

fn overlay_uniform(scene: &Scene, layer: &Layer) -> OverlayUniform {
    let (map_row_x, map_row_y) = rows_from_view(&layer.map_from_upright, &scene.placement);
    OverlayUniform {
        map_row_x,
        map_row_y,
        map_size: [layer.map.width as f32, layer.map.height as f32],
        opacity: scene.style.opacity,
        threshold: scene.style.threshold,
    }
}
