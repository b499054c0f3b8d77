// The heat map over the picture. CPU twin: src/signal/overlay.rs, held equal by
// tests/it/gui/gpu_twins.rs: keep every constant and formula in sync.
// In: map values, color table, style. Out: premultiplied color to lay over the picture.

#import "lib/quad.wgsl"

struct Overlay {
    // Rows of the affine map from view pixels to map cells; w unused.
    map_row_x: vec4<f32>,
    map_row_y: vec4<f32>,
    map_size: vec2<f32>,
    opacity: f32,
    threshold: f32,
}

@group(1) @binding(0) var<uniform> overlay: Overlay;
@group(1) @binding(1) var map_values: texture_2d<f32>;
@group(2) @binding(0) var color_table: texture_2d<f32>;

const MIN_SLOPE: f32 = 1e-5;
const HALF_LINE_PX: f32 = 0.75;
const HALF_THRESHOLD_LINE_PX: f32 = 1.5;
const HALO_PX: f32 = 1.0;
const HALO_ALPHA: f32 = 0.6;

@vertex
fn vs_main(
    @builtin(vertex_index) index: u32,
    @location(0) row_x: vec3<f32>,
    @location(1) row_y: vec3<f32>,
) -> QuadOut {
    return place_quad(index, row_x, row_y);
}

// Bilinear value at a map position, edges extended.
fn map_at(q: vec2<f32>) -> f32 {
    let last = overlay.map_size - 1.0;
    let f = clamp(q - 0.5, vec2<f32>(0.0), last);
    let low = floor(f);
    let t = f - low;
    let a = vec2<i32>(low);
    let b = vec2<i32>(min(low + 1.0, last));
    let top = mix(
        textureLoad(map_values, a, 0).r,
        textureLoad(map_values, vec2<i32>(b.x, a.y), 0).r,
        t.x,
    );
    let bottom = mix(
        textureLoad(map_values, vec2<i32>(a.x, b.y), 0).r,
        textureLoad(map_values, b, 0).r,
        t.x,
    );
    return mix(top, bottom, t.y);
}

// Color of a value, between the two nearest of the 256 entries.
fn color_of(v: f32) -> vec3<f32> {
    let x = clamp(v, 0.0, 1.0) * 255.0;
    let i = floor(x);
    let a = textureLoad(color_table, vec2<i32>(i32(i), 0), 0).rgb;
    let b = textureLoad(color_table, vec2<i32>(min(i32(i) + 1, 255), 0), 0).rgb;
    return mix(a, b, x - i);
}

// A value on the color scale: the threshold becomes a half.
fn scaled(value: f32) -> f32 {
    let v = clamp(value, 0.0, 1.0);
    let below = 0.5 * v / max(overlay.threshold, MIN_SLOPE);
    let above = 0.5 + 0.5 * (v - overlay.threshold) / max(1.0 - overlay.threshold, MIN_SLOPE);
    return select(above, below, v < overlay.threshold);
}

// Where a thin contour line runs, i from 1 to 4.
fn level(i: i32) -> f32 {
    if i == 1 {
        return 0.5 * overlay.threshold;
    }
    return overlay.threshold + (1.0 - overlay.threshold) * 0.25 * f32(i - 1);
}

// How much of a line of this half width covers the pixel.
fn line(v: f32, level: f32, slope: f32, half_px: f32) -> f32 {
    return clamp(half_px + 0.5 - abs(v - level) / slope, 0.0, 1.0);
}

fn over(below: vec4<f32>, color: vec3<f32>, alpha: f32) -> vec4<f32> {
    return vec4<f32>(color * alpha, alpha) + below * (1.0 - alpha);
}

// The place in the map of a view pixel.
fn map_position(view_px: vec2<f32>) -> vec2<f32> {
    let h = vec3<f32>(view_px, 1.0);
    return vec2<f32>(dot(overlay.map_row_x.xyz, h), dot(overlay.map_row_y.xyz, h));
}

// 1 within the map, 0 beside it.
fn within(q: vec2<f32>) -> f32 {
    let is_inside = all(q >= vec2<f32>(0.0)) && all(q < overlay.map_size);
    return select(0.0, 1.0, is_inside);
}

// Change of the value per view pixel.
fn slope_at(q: vec2<f32>) -> f32 {
    let dx = 0.5 * vec2<f32>(overlay.map_row_x.x, overlay.map_row_y.x);
    let dy = 0.5 * vec2<f32>(overlay.map_row_x.y, overlay.map_row_y.y);
    let change = vec2<f32>(map_at(q + dx) - map_at(q - dx), map_at(q + dy) - map_at(q - dy));
    return max(length(change), MIN_SLOPE);
}

// One entry point a mode, not one branch a mode: software adapters work through all branches.

@fragment
fn fs_heat(in: QuadOut) -> @location(0) vec4<f32> {
    let q = map_position(in.view_px);
    let t = scaled(map_at(q));
    return encode(within(q) * over(vec4<f32>(0.0), color_of(t), overlay.opacity * t));
}

@fragment
fn fs_threshold(in: QuadOut) -> @location(0) vec4<f32> {
    let q = map_position(in.view_px);
    let v = map_at(q);
    let inside = clamp((v - overlay.threshold) / slope_at(q) + 1.0, 0.0, 1.0);
    let fill = over(vec4<f32>(0.0), color_of(scaled(v)), overlay.opacity * inside);
    return encode(within(q) * fill);
}

@fragment
fn fs_contour(in: QuadOut) -> @location(0) vec4<f32> {
    let q = map_position(in.view_px);
    let v = map_at(q);
    let slope = slope_at(q);
    var halo = line(v, overlay.threshold, slope, HALF_THRESHOLD_LINE_PX + HALO_PX);
    for (var i = 1; i < 5; i++) {
        halo = max(halo, line(v, level(i), slope, HALF_LINE_PX + HALO_PX));
    }
    var sum = over(vec4<f32>(0.0), vec3<f32>(0.0), HALO_ALPHA * halo);
    for (var i = 1; i < 5; i++) {
        let at = level(i);
        sum = over(sum, color_of(scaled(at)), line(v, at, slope, HALF_LINE_PX));
    }
    let bold = line(v, overlay.threshold, slope, HALF_THRESHOLD_LINE_PX);
    sum = over(sum, color_of(0.5), bold);
    return encode(within(q) * sum * overlay.opacity);
}
