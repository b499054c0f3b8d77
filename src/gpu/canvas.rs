//! Draws a [`Scene`] into a render pass.
//!
//! * **In**: a scene each frame. **Out**: draw calls; textures are uploaded when first seen.
//! * **Not here**: the pass and its target (`gui`, `headless`).

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::masks::Masks;
use super::scene::rows_from_view;
use super::tiles::{Placed, Rgba, Tiles, bind_texture, upload, upload_rgba};
use super::{Layer, Patch, Placement, Scene, shaders};
use crate::base::{Affine, Heatmap, Rect, RgbImage};
use crate::signal::{Colormap, LUT_LEN, OverlayMode};

/// From this many view pixels per picture pixel on, pixels are shown as squares.
const NEAREST_FROM_ZOOM: f64 = 4.0;

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

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct Instance {
    pub(super) row_x: [f32; 3],
    pub(super) row_y: [f32; 3],
    uv_rect: [f32; 4],
    nearest: f32,
}

impl Instance {
    const ATTRIBUTES: [wgpu::VertexAttribute; 4] =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Float32x4, 3 => Float32];

    /// A unit square brought to the upright plane by `upright_from_unit`, then to the view.
    pub(super) fn new(upright_from_unit: &Affine, placement: &Placement) -> Self {
        let m = upright_from_unit.m.map(|v| f64::from(v) * placement.zoom);
        Self {
            row_x: [m[0] as f32, m[1] as f32, (m[2] + placement.x_px) as f32],
            row_y: [m[3] as f32, m[4] as f32, (m[5] + placement.y_px) as f32],
            uv_rect: [0.0, 0.0, 1.0, 1.0],
            nearest: 0.0,
        }
    }
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

/// The canvas: pipelines, and the textures of the picture shown last.
pub struct Canvas {
    tile_layout: wgpu::BindGroupLayout,
    layer_layout: wgpu::BindGroupLayout,
    picture_pipeline: wgpu::RenderPipeline,
    /// Heat, threshold, contour.
    overlay_pipelines: [wgpu::RenderPipeline; 3],
    view_uniform: wgpu::Buffer,
    view_group: wgpu::BindGroup,
    instances: wgpu::Buffer,
    color_table: Option<(Colormap, wgpu::BindGroup)>,
    tiles: Tiles,
    placed: Vec<Placed>,
    patches: Vec<PatchSlot>,
    layers: Vec<LayerSlot>,
    masks: Masks,
    split_px: Option<f32>,
    mode: OverlayMode,
}

impl Canvas {
    /// Pipelines for a target of this format.
    pub fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let view_layout = layout(device, &[uniform_entry(0), sampler_entry(1), sampler_entry(2)]);
        let tile_layout = layout(device, &[texture_entry(0, true)]);
        let layer_layout = layout(device, &[uniform_entry(0), texture_entry(1, false)]);
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
                entry(0, view_uniform.as_entire_binding()),
                entry(1, wgpu::BindingResource::Sampler(&smooth)),
                entry(2, wgpu::BindingResource::Sampler(&nearest)),
            ],
        });
        let picture_layouts = [Some(&view_layout), Some(&tile_layout)];
        let overlay_layouts = [Some(&view_layout), Some(&layer_layout), Some(&tile_layout)];
        let picture = shaders::module(device, "canvas/picture.wgsl");
        let overlay = shaders::module(device, "canvas/overlay.wgsl");
        let quads = [Some(wgpu::VertexBufferLayout {
            array_stride: size_of::<Instance>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &Instance::ATTRIBUTES,
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
            tiles: Tiles::default(),
            placed: Vec::new(),
            patches: Vec::new(),
            layers: Vec::new(),
            masks: Masks::new(device, &view_layout, target),
            split_px: None,
            mode: OverlayMode::Heat,
            tile_layout,
            layer_layout,
        }
    }

    /// Uploads what the scene needs and is not there yet.
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
        let instances = instances_of(scene, &self.placed);
        let bytes: &[u8] = bytemuck::cast_slice(&instances);
        if self.instances.size() < bytes.len() as u64 {
            self.instances = instance_buffer(device, instances.len().next_power_of_two());
        }
        queue.write_buffer(&self.instances, 0, bytes);
    }

    /// Draws what was prepared last. `viewport_px` is where the view lies in the target (left, top,
    /// width, height), `clip_px` what of the target may be touched.
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
                let view = upload_rgba(device, queue, &Rgba::new(&patch.image));
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
            let pixels = Rgba { width_px: LUT_LEN as u32, height_px: 1, bytes };
            let view = upload_rgba(device, queue, &pixels);
            self.color_table = Some((colormap, bind_texture(device, &self.tile_layout, &view)));
        }
    }
}

/// Whether a map can be drawn: its numbers fit its size.
fn is_drawable(map: &Heatmap) -> bool {
    map.width > 0
        && map.height > 0
        && map.values.len() as u64 == u64::from(map.width) * u64::from(map.height)
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
            entry(0, uniform.as_entire_binding()),
            entry(1, wgpu::BindingResource::TextureView(&view)),
        ],
    });
    Some(LayerSlot { map: Arc::clone(map), uniform, bind_group })
}

/// Tiles, patches, layers, in this order.
fn instances_of(scene: &Scene, placed: &[Placed]) -> Vec<Instance> {
    let placement = &scene.placement;
    let unit = Rect::new(0.0, 0.0, 1.0, 1.0);
    let tiles = placed.iter().map(|tile| Instance {
        uv_rect: tile.uv_rect,
        nearest: f32::from(u8::from(placement.zoom >= NEAREST_FROM_ZOOM)),
        ..Instance::new(&Affine::rect_to_rect(&unit, &tile.upright), placement)
    });
    let patches = scene.patches.iter().map(|patch| {
        let patch_from_unit = Affine::rect_to_rect(&unit, &patch.image.bounds());
        Instance::new(&patch.upright_from_patch.after(&patch_from_unit), placement)
    });
    let layers = scene.layers.iter().filter(|layer| is_drawable(&layer.map)).map(|layer| {
        let grid = Rect::new(0.0, 0.0, layer.map.width as f32, layer.map.height as f32);
        let upright_from_map = layer.map_from_upright.inverse().unwrap_or(Affine { m: [0.0; 6] });
        let map_from_unit = Affine::rect_to_rect(&unit, &grid);
        Instance::new(&upright_from_map.after(&map_from_unit), placement)
    });
    tiles.chain(patches).chain(layers).collect()
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

pub(super) fn pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    fragment_entry: &str,
    layouts: &[Option<&wgpu::BindGroupLayout>],
    target: wgpu::TextureFormat,
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
) -> wgpu::RenderPipeline {
    // The override of `shaders/lib/quad.wgsl`.
    let constants = [("linear_target", f64::from(u8::from(target.is_srgb())))];
    let compilation_options =
        wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() };
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(fragment_entry),
        bind_group_layouts: layouts,
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment_entry),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("vs_main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment_entry),
            compilation_options,
            targets: &[Some(wgpu::ColorTargetState {
                format: target,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

pub(super) fn layout(
    device: &wgpu::Device,
    entries: &[wgpu::BindGroupLayoutEntry],
) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries })
}

pub(super) const fn uniform_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

const fn sampler_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        count: None,
    }
}

const fn texture_entry(binding: u32, filterable: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

pub(super) const fn entry(
    binding: u32,
    resource: wgpu::BindingResource<'_>,
) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry { binding, resource }
}

pub(super) fn uniform_buffer<T>(device: &wgpu::Device) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: size_of::<T>() as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn instance_buffer(device: &wgpu::Device, n: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("canvas instances"),
        size: (n.max(1) * size_of::<Instance>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
