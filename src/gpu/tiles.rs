//! Textures of the visible part of a picture, cut into square tiles and cached.
//!
//! Each texture has a border of one pixel from its neighbors, so that interpolation shows no seams,
//! and no texture exceeds the limits of adapters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scene::Scene;
use crate::base::{Rect, RgbImage};
use crate::signal::Pyramid;

/// Side of a tile without its border.
const TILE_PX: u32 = 512;
/// Bytes of cached textures that are not visible.
const CACHED_BYTES: usize = 256 << 20;

/// Pyramid level, column, row.
type TileKey = (usize, u32, u32);

struct Tile {
    bind_group: wgpu::BindGroup,
    bytes: usize,
    last_used: u64,
}

/// A tile to draw: its key, its rectangle in the upright plane, and the texture coordinates (origin
/// and size) of that rectangle.
pub(super) struct PlacedTile {
    pub(super) key: TileKey,
    pub(super) upright: Rect,
    pub(super) uv_rect: [f32; 4],
}

/// The tiles of one picture.
#[derive(Default)]
pub(super) struct TileCache {
    pyramid: Option<Arc<Pyramid>>,
    tiles: BTreeMap<TileKey, Tile>,
    frame_idx: u64,
}

impl TileCache {
    /// Uploads missing tiles of the visible part and returns the tiles to draw. Another picture than
    /// last time drops all tiles.
    pub(super) fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        layout: &wgpu::BindGroupLayout,
        scene: &Scene,
    ) -> Vec<PlacedTile> {
        if !self.pyramid.as_ref().is_some_and(|old| Arc::ptr_eq(old, &scene.pyramid)) {
            self.tiles.clear();
            self.pyramid = Some(Arc::clone(&scene.pyramid));
        }
        self.frame_idx += 1;
        let placed = visible_tiles(scene);
        for PlacedTile { key, .. } in &placed {
            let tile = self.tiles.entry(*key).or_insert_with(|| {
                let (level, column, row) = *key;
                let pixels = cut_tile(&scene.pyramid.levels[level], column, row);
                let view = upload_rgba(device, queue, &pixels);
                let bind_group = bind_texture(device, layout, &view);
                Tile { bind_group, bytes: pixels.bytes.len(), last_used: 0 }
            });
            tile.last_used = self.frame_idx;
        }
        self.evict();
        placed
    }

    /// The bind group of a tile placed this frame.
    pub(super) fn get(&self, key: TileKey) -> Option<&wgpu::BindGroup> {
        self.tiles.get(&key).map(|tile| &tile.bind_group)
    }

    /// Drops the tiles that were invisible longest until the rest fits.
    fn evict(&mut self) {
        let mut total: usize = self.tiles.values().map(|tile| tile.bytes).sum();
        let mut old: Vec<(u64, TileKey)> = self
            .tiles
            .iter()
            .filter(|(_, tile)| tile.last_used < self.frame_idx)
            .map(|(key, tile)| (tile.last_used, *key))
            .collect();
        old.sort_unstable();
        for (_, key) in old {
            if total <= CACHED_BYTES {
                break;
            }
            total -= self.tiles.remove(&key).map_or(0, |tile| tile.bytes);
        }
    }
}

fn visible_tiles(scene: &Scene) -> Vec<PlacedTile> {
    let bounds = scene.pyramid.picture().bounds();
    let Some(shown) = scene.placement.shown(scene.view_size_px).intersect(&bounds) else {
        return Vec::new();
    };
    let level = scene.pyramid.level_for(scene.placement.zoom as f32);
    let scale = (1u32 << level) as f32;
    let image = &scene.pyramid.levels[level];
    let step = TILE_PX as f32 * scale;
    let range = |start: f32, extent: f32, size_px: u32| {
        let last = (size_px - 1) / TILE_PX;
        (start / step) as u32..=(((start + extent) / step) as u32).min(last)
    };
    let mut placed = Vec::new();
    for row in range(shown.y, shown.h, image.height_px) {
        for column in range(shown.x, shown.w, image.width_px) {
            let (x0, y0) = (column * TILE_PX, row * TILE_PX);
            let (w, h) = (TILE_PX.min(image.width_px - x0), TILE_PX.min(image.height_px - y0));
            let whole =
                Rect::new(x0 as f32 * scale, y0 as f32 * scale, w as f32 * scale, h as f32 * scale);
            // The last pixel of a halved odd side reaches beyond the picture.
            let Some(upright) = whole.intersect(&bounds) else { continue };
            let (tw, th) = ((w + 2) as f32, (h + 2) as f32);
            let uv_rect = [1.0 / tw, 1.0 / th, upright.w / scale / tw, upright.h / scale / th];
            placed.push(PlacedTile { key: (level, column, row), upright, uv_rect });
        }
    }
    placed
}

/// Pixels in the layout of textures.
pub(super) struct RgbaPixels {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) bytes: Vec<u8>,
}

impl RgbaPixels {
    pub(super) fn new(image: &RgbImage) -> Self {
        let bytes = image.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Self { width_px: image.width_px, height_px: image.height_px, bytes }
    }
}

/// A tile with its border; edge pixels of the picture are repeated.
fn cut_tile(image: &RgbImage, column: u32, row: u32) -> RgbaPixels {
    let (x0, y0) = (column * TILE_PX, row * TILE_PX);
    let (w, h) = (TILE_PX.min(image.width_px - x0), TILE_PX.min(image.height_px - y0));
    let stride = image.width_px as usize * 3;
    let mut bytes = Vec::with_capacity(((w + 2) * (h + 2) * 4) as usize);
    for y in 0..h + 2 {
        let y = (y0 + y).saturating_sub(1).min(image.height_px - 1) as usize;
        let line = &image.pixels[y * stride..(y + 1) * stride];
        for x in 0..w + 2 {
            let x = (x0 + x).saturating_sub(1).min(image.width_px - 1) as usize;
            bytes.extend_from_slice(&[line[x * 3], line[x * 3 + 1], line[x * 3 + 2], 255]);
        }
    }
    RgbaPixels { width_px: w + 2, height_px: h + 2, bytes }
}

/// Uploads a texture of sRGB values.
pub(super) fn upload_rgba(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    pixels: &RgbaPixels,
) -> wgpu::TextureView {
    let (w, h) = (pixels.width_px, pixels.height_px);
    upload(device, queue, [w, h], wgpu::TextureFormat::Rgba8Unorm, &pixels.bytes)
}

/// Uploads a texture with four bytes per texel.
pub(super) fn upload(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    bytes: &[u8],
) -> wgpu::TextureView {
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    queue.write_texture(
        texture.as_image_copy(),
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(width * 4),
            rows_per_image: None,
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// A bind group of one texture at binding 0.
pub(super) fn bind_texture(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::TextureView,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::TextureView(view),
        }],
    })
}
