//! Draws masks over the picture; only changed pixels of a known mask are uploaded.
//!
//! A texel holds 32 pixels, as the mask itself does: a 4K mask takes one megabyte. Masks higher than
//! a texture continue in further columns of the texture.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::instances::QuadInstance;
use super::scene::{MaskLayer, MaskShown, Placement, Scene, rows_from_view};
use super::{pipeline, shaders};
use crate::annotate::{Mask, PixelRect};
use crate::base::{Affine, Rect};

/// Rows of a texture; every adapter supports as many.
const MAX_ROWS: u32 = 2048;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct MaskUniform {
    view_row_x: [f32; 4],
    view_row_y: [f32; 4],
    mask_row_x: [f32; 4],
    mask_row_y: [f32; 4],
    size: [u32; 4],
    mode: [u32; 4],
    tint: [f32; 4],
}

/// A mask on the GPU.
struct MaskTexture {
    version: u64,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    row_words: u32,
    n_rows: u32,
}

/// Pipeline and textures of the masks.
pub(super) struct MaskRenderer {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::RenderPipeline,
    uniform: wgpu::Buffer,
    by_hand: Option<MaskTexture>,
    by_model: Option<MaskTexture>,
    /// Bound in place of a missing mask.
    placeholder: wgpu::TextureView,
    group: Option<wgpu::BindGroup>,
}

impl MaskRenderer {
    pub(super) fn new(
        device: &wgpu::Device,
        view_layout: &wgpu::BindGroupLayout,
        target: wgpu::TextureFormat,
    ) -> Self {
        let bits = |binding| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Uint,
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let layout =
            pipeline::bind_group_layout(device, &[pipeline::uniform_entry(0), bits(1), bits(2)]);
        let module = shaders::module(device, "canvas/mask.wgsl");
        let layouts = [Some(view_layout), Some(&layout)];
        let pipeline = pipeline::pipeline(device, &module, "fs_main", &layouts, target, &[]);
        let texture = texture(device, 1, 1);
        Self {
            pipeline,
            uniform: pipeline::uniform_buffer::<MaskUniform>(device),
            by_hand: None,
            by_model: None,
            placeholder: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            group: None,
            layout,
        }
    }

    pub(super) fn prepare(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, scene: &Scene) {
        let Some(masks) = &scene.masks else {
            self.group = None;
            return;
        };
        let old = (version(self.by_hand.as_ref()), version(self.by_model.as_ref()));
        update(device, queue, &mut self.by_hand, masks.by_hand.as_ref());
        update(device, queue, &mut self.by_model, masks.by_model.as_ref());
        let new = (version(self.by_hand.as_ref()), version(self.by_model.as_ref()));
        let Some(any) = masks.by_hand.as_ref().or(masks.by_model.as_ref()) else {
            self.group = None;
            return;
        };
        let uniform = uniform(&any.mask, masks, &scene.placement);
        queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&uniform));
        if self.group.is_none() || old != new {
            let view = |slot: &Option<MaskTexture>| {
                slot.as_ref().map_or(&self.placeholder, |slot| &slot.view).clone()
            };
            let (hand, model) = (view(&self.by_hand), view(&self.by_model));
            self.group = Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("canvas masks"),
                layout: &self.layout,
                entries: &[
                    pipeline::bind_group_entry(0, self.uniform.as_entire_binding()),
                    pipeline::bind_group_entry(1, wgpu::BindingResource::TextureView(&hand)),
                    pipeline::bind_group_entry(2, wgpu::BindingResource::TextureView(&model)),
                ],
            }));
        }
    }

    /// Draws the prepared masks; bind group 0 is set by the caller.
    pub(super) fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(group) = &self.group {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(1, group, &[]);
            pass.draw(0..4, 0..1);
        }
    }
}

fn version(slot: Option<&MaskTexture>) -> Option<u64> {
    slot.map(|slot| slot.version)
}

fn uniform(mask: &Mask, masks: &MaskLayer, placement: &Placement) -> MaskUniform {
    let image_from_upright = &masks.image_from_upright;
    let (w, h) = (mask.width_px(), mask.height_px());
    let unit = Rect::new(0.0, 0.0, 1.0, 1.0);
    let image_from_unit = Affine::rect_to_rect(&unit, &Rect::new(0.0, 0.0, w as f32, h as f32));
    let upright_from_image = image_from_upright.inverse().unwrap_or(Affine::IDENTITY);
    let quad = QuadInstance::new(&upright_from_image.after(&image_from_unit), placement);
    let (row_x, row_y) = rows_from_view(image_from_upright, placement);
    let four = |[a, b, c]: [f32; 3]| [a, b, c, 0.0];
    MaskUniform {
        view_row_x: four(quad.row_x),
        view_row_y: four(quad.row_y),
        mask_row_x: row_x,
        mask_row_y: row_y,
        size: [w, h, mask.row_words() as u32, MAX_ROWS.min(h)],
        mode: [masks.mode as u32, 0, 0, 0],
        tint: [masks.tint.clamp(0.0, 1.0), 0.0, 0.0, 0.0],
    }
}

fn texture(device: &wgpu::Device, width: u32, height: u32) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("mask"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R32Uint,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn update(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    slot: &mut Option<MaskTexture>,
    shown: Option<&MaskShown>,
) {
    let Some(shown) = shown else {
        *slot = None;
        return;
    };
    let mask = &shown.mask;
    let row_words = mask.row_words() as u32;
    let n_rows = MAX_ROWS.min(mask.height_px());
    let everything = PixelRect { x0: 0, y0: 0, x1: mask.width_px(), y1: mask.height_px() };
    let fits = |slot: &MaskTexture| slot.row_words == row_words && slot.n_rows == n_rows;
    let (mut known, changed) = if let Some(known) = slot.take().filter(fits) {
        let changed = shown.changed_since(known.version, everything);
        (known, changed)
    } else {
        let columns = mask.height_px().div_ceil(n_rows.max(1)).max(1);
        let texture = texture(device, row_words.max(1) * columns, n_rows.max(1));
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        (MaskTexture { version: 0, texture, view, row_words, n_rows }, Some(everything))
    };
    if let Some(changed) = changed {
        upload(queue, &known, mask, changed);
    }
    known.version = shown.version;
    *slot = Some(known);
}

/// Uploads the words that hold these pixels, one block of texture rows at a time.
fn upload(queue: &wgpu::Queue, slot: &MaskTexture, mask: &Arc<Mask>, changed: PixelRect) {
    let (first, last) = (changed.x0 / 32, changed.x1.div_ceil(32).min(slot.row_words));
    if first >= last {
        return;
    }
    let mut y = changed.y0;
    let end = changed.y1.min(mask.height_px());
    while y < end {
        let block = y / slot.n_rows;
        let stop = end.min((block + 1) * slot.n_rows);
        let from = (y * slot.row_words + first) as usize;
        let to = ((stop - 1) * slot.row_words + last) as usize;
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture: &slot.texture,
                mip_level: 0,
                origin: wgpu::Origin3d {
                    x: block * slot.row_words + first,
                    y: y % slot.n_rows,
                    z: 0,
                },
                aspect: wgpu::TextureAspect::All,
            },
            bytemuck::cast_slice(&mask.words()[from..to]),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(slot.row_words * 4),
                rows_per_image: None,
            },
            wgpu::Extent3d { width: last - first, height: stop - y, depth_or_array_layers: 1 },
        );
        y = stop;
    }
}
