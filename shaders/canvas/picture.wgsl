// Tiles of the picture and patches on it (the autoencoder's copy, the residual).
// In: one texture a tile with a border of one pixel. Out: opaque color.
// Not here: choosing the tile level, which is what keeps small views free of aliasing.

#import "lib/quad.wgsl"

@group(0) @binding(1) var smooth_sampler: sampler;
@group(0) @binding(2) var nearest_sampler: sampler;
@group(1) @binding(0) var tile: texture_2d<f32>;

struct PictureOut {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) @interpolate(flat) nearest: f32,
}

@vertex
fn vs_main(
    @builtin(vertex_index) index: u32,
    @location(0) row_x: vec3<f32>,
    @location(1) row_y: vec3<f32>,
    // Origin and size in texture coordinates of what the quad shows.
    @location(2) uv_rect: vec4<f32>,
    // 1 when single pixels of this texture are to be seen.
    @location(3) nearest: f32,
) -> PictureOut {
    let quad = place_quad(index, row_x, row_y);
    return PictureOut(quad.position, uv_rect.xy + quad.unit * uv_rect.zw, nearest);
}

@fragment
fn fs_main(in: PictureOut) -> @location(0) vec4<f32> {
    if in.nearest > 0.5 {
        return encode(vec4<f32>(textureSampleLevel(tile, nearest_sampler, in.uv, 0.0).rgb, 1.0));
    }
    return encode(vec4<f32>(textureSampleLevel(tile, smooth_sampler, in.uv, 0.0).rgb, 1.0));
}
