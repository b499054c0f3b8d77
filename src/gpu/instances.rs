//! The quads that the canvas draws.

use bytemuck::{Pod, Zeroable};

use super::scene::{Placement, Scene};
use super::tiles::PlacedTile;
use crate::base::{Affine, Heatmap, Rect};

/// From this zoom on (view pixels per picture pixel), pixels are shown as squares.
const NEAREST_FROM_ZOOM: f64 = 4.0;

/// A quad in the view: rows of `view_from_unit`, texture rectangle, and whether to show hard pixels.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(super) struct QuadInstance {
    pub(super) row_x: [f32; 3],
    pub(super) row_y: [f32; 3],
    uv_rect: [f32; 4],
    nearest: f32,
}

impl QuadInstance {
    pub(super) const ATTRIBUTES: [wgpu::VertexAttribute; 4] =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Float32x4, 3 => Float32];

    /// The unit square, mapped to the upright plane by `upright_from_unit` and then to the view.
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

/// The quads of tiles, patches and layers, in this order.
pub(super) fn quad_instances(scene: &Scene, placed: &[PlacedTile]) -> Vec<QuadInstance> {
    let placement = &scene.placement;
    let unit = Rect::new(0.0, 0.0, 1.0, 1.0);
    let tiles = placed.iter().map(|tile| QuadInstance {
        uv_rect: tile.uv_rect,
        nearest: f32::from(u8::from(placement.zoom >= NEAREST_FROM_ZOOM)),
        ..QuadInstance::new(&Affine::rect_to_rect(&unit, &tile.upright), placement)
    });
    let patches = scene.patches.iter().map(|patch| {
        let patch_from_unit = Affine::rect_to_rect(&unit, &patch.image.bounds());
        QuadInstance::new(&patch.upright_from_patch.after(&patch_from_unit), placement)
    });
    let layers = scene.layers.iter().filter(|layer| is_drawable(&layer.map)).map(|layer| {
        let grid = Rect::new(0.0, 0.0, layer.map.width as f32, layer.map.height as f32);
        let upright_from_map = layer.map_from_upright.inverse().unwrap_or(Affine { m: [0.0; 6] });
        let map_from_unit = Affine::rect_to_rect(&unit, &grid);
        QuadInstance::new(&upright_from_map.after(&map_from_unit), placement)
    });
    tiles.chain(patches).chain(layers).collect()
}

/// Whether the number of values of a map fits its size.
pub(super) fn is_drawable(map: &Heatmap) -> bool {
    map.width > 0
        && map.height > 0
        && map.values.len() as u64 == u64::from(map.width) * u64::from(map.height)
}

/// A vertex buffer for `n` quads.
pub(super) fn instance_buffer(device: &wgpu::Device, n: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("canvas instances"),
        size: (n.max(1) * size_of::<QuadInstance>()) as u64,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
