// Masks over the picture: a tint where pixels are set, a line along their edges.
// In: one bit a pixel, 32 to a texel, of the mask drawn by hand and of what the model marks.
// Out: premultiplied color to lay over the picture. Tested in tests/it/gui/gpu_twins.rs.

#import "lib/quad.wgsl"

struct Masks {
    // Rows of the affine map from the unit square to view pixels; w unused.
    view_row_x: vec4<f32>,
    view_row_y: vec4<f32>,
    // Rows of the affine map from view pixels to mask pixels; w unused.
    mask_row_x: vec4<f32>,
    mask_row_y: vec4<f32>,
    // Width and height in pixels, texels of a row, rows of the texture: longer masks go on beside.
    size: vec4<u32>,
    // x: 0 by hand, 1 the model's, 2 both with their difference.
    mode: vec4<u32>,
    // x: how much of the tint covers the picture.
    tint: vec4<f32>,
}

@group(1) @binding(0) var<uniform> masks: Masks;
@group(1) @binding(1) var by_hand: texture_2d<u32>;
@group(1) @binding(2) var by_model: texture_2d<u32>;

const RIM: f32 = 0.9;
// Okabe and Ito's palette: apart without color vision.
const HAND: vec3<f32> = vec3<f32>(0.337, 0.706, 0.914);
const MODEL: vec3<f32> = vec3<f32>(0.902, 0.624, 0.0);
const BOTH: vec3<f32> = vec3<f32>(0.0, 0.62, 0.451);

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> QuadOut {
    return place_quad(index, masks.view_row_x.xyz, masks.view_row_y.xyz);
}

// Bit 0: set by hand; bit 1: marked by the model. Nothing is set outside.
fn set_at(view_px: vec2<f32>) -> u32 {
    let h = vec3<f32>(view_px, 1.0);
    let q = floor(vec2<f32>(dot(masks.mask_row_x.xyz, h), dot(masks.mask_row_y.xyz, h)));
    let size = vec2<f32>(masks.size.xy);
    if any(q < vec2<f32>(0.0)) || any(q >= size) {
        return 0u;
    }
    let p = vec2<u32>(q);
    let texel = vec2<u32>((p.x >> 5u) + (p.y / masks.size.w) * masks.size.z, p.y % masks.size.w);
    let at = vec2<i32>(texel);
    let hand = textureLoad(by_hand, at, 0).r >> (p.x & 31u) & 1u;
    let model = textureLoad(by_model, at, 0).r >> (p.x & 31u) & 1u;
    return hand | (model << 1u);
}

@fragment
fn fs_main(in: QuadOut) -> @location(0) vec4<f32> {
    let here = set_at(in.view_px);
    // The line is two view pixels wide however large the picture's are.
    var around = here;
    var within = here;
    for (var i = 0; i < 4; i++) {
        let side = f32(i & 1) * 2.0 - 1.0;
        let step = select(vec2<f32>(side, 0.0), vec2<f32>(0.0, side), i > 1);
        let other = set_at(in.view_px + step);
        around |= other;
        within &= other;
    }
    var wanted = 1u;
    var color = HAND;
    var tinted = here & 1u;
    if masks.mode.x == 1u {
        wanted = 2u;
        color = MODEL;
        tinted = here & 2u;
    } else if masks.mode.x == 2u {
        color = select(select(BOTH, MODEL, here == 2u), HAND, here == 1u);
        tinted = here;
    }
    let edge = around & ~within & wanted;
    if edge != 0u {
        // Light within, dark without: seen on any picture.
        let ink = select(0.0, 1.0, (here & wanted) != 0u);
        return encode(vec4<f32>(vec3<f32>(ink) * RIM, RIM));
    }
    let alpha = select(0.0, masks.tint.x, tinted != 0u);
    return encode(vec4<f32>(color * alpha, alpha));
}
