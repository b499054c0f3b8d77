// One quad per instance, placed by an affine map from the unit square to view pixels.
// In: corner number, instance attributes. Out: position, view pixel, place in the unit square.

struct ViewSize {
    // Width and height of the view in physical pixels.
    size_px: vec2<f32>,
    unused: vec2<f32>,
}

// Whether the target encodes sRGB itself, so that what is written must be linear. Fixed when the
// pipeline is built: software adapters work through both sides of every branch.
override linear_target: bool = false;

@group(0) @binding(0) var<uniform> view: ViewSize;

struct QuadOut {
    @builtin(position) position: vec4<f32>,
    @location(0) view_px: vec2<f32>,
    @location(1) unit: vec2<f32>,
}

// Corners of a triangle strip: 0 1 / 2 3.
fn quad_corner(index: u32) -> vec2<f32> {
    return vec2<f32>(f32(index & 1u), f32(index >> 1u));
}

fn place_quad(index: u32, row_x: vec3<f32>, row_y: vec3<f32>) -> QuadOut {
    let unit = quad_corner(index);
    let h = vec3<f32>(unit, 1.0);
    let px = vec2<f32>(dot(row_x, h), dot(row_y, h));
    let ndc = px / view.size_px * vec2<f32>(2.0, -2.0) + vec2<f32>(-1.0, 1.0);
    return QuadOut(vec4<f32>(ndc, 0.0, 1.0), px, unit);
}

// IEC 61966-2-1, from display values to linear light.
fn linear_from_srgb(c: vec3<f32>) -> vec3<f32> {
    let low = c / 12.92;
    let high = pow((c + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, c <= vec3<f32>(0.04045));
}

// Premultiplied display color to what the target wants.
fn encode(color: vec4<f32>) -> vec4<f32> {
    if linear_target {
        let alpha = max(color.a, 1e-6);
        return vec4<f32>(linear_from_srgb(color.rgb / alpha) * alpha, color.a);
    }
    return color;
}
