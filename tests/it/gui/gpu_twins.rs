//! What the shaders draw is what the CPU twin draws.

use std::sync::{Arc, LazyLock, Mutex};

use pentimento::annotate::{Mask, PixelRect};
use pentimento::base::{Affine, Cancel, Heatmap, Rect, RgbImage};
use pentimento::gpu::{Headless, Layer, MaskLayer, MaskMode, MaskShown, Patch, Placement, Scene};
use pentimento::signal::{Colormap, OverlayMode, OverlayStyle, Pyramid, compose};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::skip;

/// One device for all tests of this file.
static HEADLESS: LazyLock<Mutex<Option<Headless>>> =
    LazyLock::new(|| Mutex::new(Headless::start().ok()));

/// Draws a scene; `None` (after `skip`) on machines without any adapter.
fn render(scene: &Scene) -> Option<RgbImage> {
    render_on(&HEADLESS, scene)
}

/// Draws on a device of the caller's own. The device keeps the textures of the last scene, so a test
/// about what is uploaded cannot share it.
fn render_on(device: &Mutex<Option<Headless>>, scene: &Scene) -> Option<RgbImage> {
    let mut headless = device.lock().expect("no test panics while drawing");
    let Some(headless) = headless.as_mut() else {
        skip("GPU twins: no graphics adapter");
        return None;
    };
    Some(headless.render(scene).expect("the adapter draws"))
}

/// A picture without regularity.
fn noise(width_px: u32, height_px: u32) -> RgbImage {
    let mut pixels = vec![0; (width_px * height_px * 3) as usize];
    StdRng::seed_from_u64(12_345).fill(&mut pixels[..]);
    RgbImage::new(width_px, height_px, pixels).expect("a picture")
}

fn scene(picture: &RgbImage, zoom: f64, view_size_px: [u32; 2]) -> Scene {
    let pyramid = Pyramid::build(&Arc::new(picture.clone()), &Cancel::default());
    Scene {
        pyramid: Arc::new(pyramid.expect("not cancelled")),
        placement: Placement { zoom, x_px: 0.0, y_px: 0.0 },
        view_size_px,
        layers: Vec::new(),
        patches: Vec::new(),
        style: OverlayStyle::default(),
        split_px: None,
        masks: None,
    }
}

/// Maps that shaders get wrong: rough, smooth, flat at the threshold, a single cell, and values at
/// the ends.
fn maps() -> Vec<(&'static str, Heatmap)> {
    let grid = |width: u32, height: u32, value: &dyn Fn(u32, u32) -> f32| Heatmap {
        width,
        height,
        values: (0..height).flat_map(|y| (0..width).map(move |x| value(x, y))).collect(),
        image_from_map: Affine::IDENTITY,
    };
    let blob = |x: u32, y: u32| {
        let (dx, dy) = (x as f32 - 17.0, y as f32 - 9.0);
        (-(dx * dx + dy * dy) / 60.0).exp()
    };
    vec![
        ("blob", grid(28, 28, &blob)),
        ("checkerboard", grid(7, 9, &|x, y| f32::from(u8::from((x + y) % 2 == 0)))),
        ("rough", grid(28, 28, &|x, y| ((x * 7919 + y * 104_729) % 101) as f32 / 100.0)),
        ("flat at the threshold", grid(3, 3, &|_, _| 0.5)),
        ("single cell", grid(1, 1, &|_, _| 0.8)),
    ]
}

/// Places of a map in a 160 x 120 picture: plain, partly outside, turned. No pixel center lies on an
/// edge of the grid, where rounding decides.
fn places(map: &Heatmap) -> Vec<(&'static str, Affine)> {
    let grid = Rect::new(0.0, 0.0, map.width as f32, map.height as f32);
    let plain = Affine::rect_to_rect(&Rect::new(21.0, 13.0, 100.0, 90.0), &grid);
    let outside = Affine::rect_to_rect(&Rect::new(-30.0, 60.3, 120.0, 120.0), &grid);
    let (w, h) = (grid.w / 96.0, grid.h / 96.0);
    let turned = Affine { m: [0.0, w, -10.0 * w, -h, 0.0, 130.0 * h] };
    vec![("plain", plain), ("partly outside", outside), ("turned", turned)]
}

/// The largest difference and how many channels differ by more than `slack`.
fn difference(a: &RgbImage, b: &RgbImage, slack: u8) -> (u8, usize) {
    assert_eq!((a.width_px, a.height_px), (b.width_px, b.height_px), "sizes");
    let all = a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.abs_diff(*b));
    (all.clone().max().unwrap_or(0), all.filter(|d| *d > slack).count())
}

fn overlay_agrees(mode: OverlayMode, slack: u8, outliers: usize) {
    let picture = noise(160, 120);
    for (map_name, map) in maps() {
        for (place_name, map_from_upright) in places(&map) {
            for colormap in Colormap::ALL {
                let style = OverlayStyle { colormap, opacity: 0.85, threshold: 0.5, mode };
                let mut scene = scene(&picture, 1.0, [160, 120]);
                scene.style = style;
                scene.layers = vec![Layer { map: Arc::new(map.clone()), map_from_upright }];
                let Some(drawn) = render(&scene) else { return };
                let twin = compose(&picture, &[(&map, map_from_upright)], &style);
                // Contours leave what is flat bare.
                let is_flat = map.values.windows(2).all(|pair| pair[0] == pair[1]);
                let draws = difference(&twin, &picture, 8).1 > 100;
                let may_be_bare = is_flat && mode == OverlayMode::Contour;
                assert!(draws || may_be_bare, "the twin draws nothing: {map_name} {place_name}");
                let (largest, n_over) = difference(&drawn, &twin, slack);
                assert!(
                    n_over <= outliers,
                    "{mode:?} {map_name} {place_name} {colormap:?}: {n_over} channels differ by \
                     more than {slack}, the most by {largest}"
                );
            }
        }
    }
}

#[test]
fn heat_is_the_same_within_2_of_255() {
    overlay_agrees(OverlayMode::Heat, 2, 0);
}

#[test]
fn threshold_is_the_same_within_2_of_255() {
    overlay_agrees(OverlayMode::Threshold, 2, 0);
}

/// Lines divide by the slope of the map, which magnifies rounding where it is almost flat: 8 of
/// 255, and at most 24 of 57,600 channels beyond that.
#[test]
fn contour_is_the_same_within_8_of_255() {
    overlay_agrees(OverlayMode::Contour, 8, 24);
}

#[test]
fn two_maps_are_laid_one_over_the_other() {
    let picture = noise(160, 120);
    let maps = maps();
    let (a, b) = (&maps[0].1, &maps[2].1);
    let (place_a, place_b) = (places(a)[0].1, places(b)[1].1);
    let style = OverlayStyle::default();
    let mut scene = scene(&picture, 1.0, [160, 120]);
    scene.layers = [(a, place_a), (b, place_b)]
        .map(|(map, map_from_upright)| Layer { map: Arc::new(map.clone()), map_from_upright })
        .into();
    let Some(drawn) = render(&scene) else { return };
    let twin = compose(&picture, &[(a, place_a), (b, place_b)], &style);
    assert_eq!(difference(&drawn, &twin, 2).1, 0, "drawn in the given order");
}

#[test]
fn a_picture_of_several_tiles_has_no_seams() {
    let picture = noise(1100, 600);
    let Some(drawn) = render(&scene(&picture, 1.0, [1100, 600])) else { return };
    assert_eq!(difference(&drawn, &picture, 0), (0, 0), "at 1:1 every pixel is itself");
    // A smooth ramp shows a seam as a step.
    let ramp = (0..600).flat_map(|_| (0..1100).flat_map(|x| [(x * 255 / 1100) as u8; 3]));
    let ramp = RgbImage::new(1100, 600, ramp.collect()).expect("a picture");
    let Some(drawn) = render(&scene(&ramp, 1.7, [1800, 20])) else { return };
    for x in 1..1800 {
        let step = i32::from(drawn.get(x, 10)[0]) - i32::from(drawn.get(x - 1, 10)[0]);
        assert!((0..=1).contains(&step), "a step of {step} at {x}");
    }
}

#[test]
fn pixels_are_squares_when_seen_closely() {
    let picture = noise(600, 40);
    let mut scene = scene(&picture, 8.0, [320, 320]);
    scene.placement.x_px = -8.0 * 500.0;
    let Some(drawn) = render(&scene) else { return };
    for (x, y) in [(0, 0), (7, 7), (8, 0), (96, 9), (103, 15), (319, 319)] {
        assert_eq!(drawn.get(x, y), picture.get(500 + x / 8, y / 8), "view pixel {x} {y}");
    }
}

#[test]
fn a_small_view_does_not_alias() {
    let board =
        (0..2000 * 1000).flat_map(|i| [if (i % 2000 + i / 2000) % 2 == 0 { 240 } else { 0 }; 3]);
    let board = RgbImage::new(2000, 1000, board.collect()).expect("a picture");
    for zoom in [0.49, 0.3, 0.13] {
        let Some(drawn) = render(&scene(&board, zoom, [200, 100])) else { return };
        for value in &drawn.pixels {
            assert!((116..=124).contains(value), "{value} at zoom {zoom}: a grey was expected");
        }
    }
}

#[test]
fn left_of_the_split_is_the_bare_picture() {
    let picture = noise(160, 120);
    let map = maps().remove(4).1;
    let (_, map_from_upright) = places(&map)[0];
    let mut scene = scene(&picture, 1.0, [160, 120]);
    scene.layers = vec![Layer { map: Arc::new(map.clone()), map_from_upright }];
    scene.split_px = Some(70.0);
    let Some(drawn) = render(&scene) else { return };
    let twin = compose(&picture, &[(&map, map_from_upright)], &scene.style);
    for y in [20, 60, 100] {
        assert_eq!(drawn.get(69, y), picture.get(69, y), "left of the split");
        let (a, b) = (drawn.get(70, y), twin.get(70, y));
        assert!((0..3).all(|c| a[c].abs_diff(b[c]) <= 2), "right of it: {a:?} {b:?}");
    }
    scene.split_px = Some(500.0);
    let Some(drawn) = render(&scene) else { return };
    assert_eq!(difference(&drawn, &picture, 0), (0, 0), "split beyond the right edge");
}

#[test]
fn a_patch_lies_where_it_is_put() {
    let picture = noise(160, 120);
    let mut scene = scene(&picture, 1.0, [160, 120]);
    let image = Arc::new(RgbImage::filled(8, 8, [10, 200, 30]));
    let place = Rect::new(40.0, 30.0, 64.0, 48.0);
    let upright_from_patch = Affine::rect_to_rect(&image.bounds(), &place);
    scene.patches = vec![Patch { image, upright_from_patch }];
    let Some(drawn) = render(&scene) else { return };
    for (x, y, inside) in [(40, 30, true), (103, 77, true), (39, 30, false), (104, 77, false)] {
        let want = if inside { [10, 200, 30] } else { picture.get(x, y) };
        assert_eq!(drawn.get(x, y), want, "view pixel {x} {y}");
    }
}

#[test]
fn a_map_whose_numbers_do_not_fit_is_left_out() {
    let picture = noise(160, 120);
    let mut scene = scene(&picture, 1.0, [160, 120]);
    let map =
        Heatmap { width: 9, height: 9, values: vec![1.0; 3], image_from_map: Affine::IDENTITY };
    scene.layers = vec![Layer { map: Arc::new(map), map_from_upright: Affine::IDENTITY }];
    let Some(drawn) = render(&scene) else { return };
    assert_eq!(difference(&drawn, &picture, 0), (0, 0));
}

/// Blots, so that there are edges everywhere.
fn blots(width_px: u32, height_px: u32, seed: u32) -> Mask {
    let set = |i: u32| {
        let (x, y) = (i % width_px / 3, i / width_px / 3);
        (x * 7 + y * 13 + x * y + seed) % 5 < 2
    };
    let values: Vec<u8> = (0..width_px * height_px).map(|i| u8::from(set(i)) * 255).collect();
    Mask::from_bytes(width_px, height_px, &values).expect("the size fits")
}

fn shown(mask: &Mask, version: u64, changes: &[(u64, u64, PixelRect)]) -> MaskShown {
    MaskShown { mask: Arc::new(mask.clone()), version, changes: changes.to_vec() }
}

/// How much of the tint covers the picture; not the usual share.
const TINT: f32 = 0.65;

/// What `canvas/mask.wgsl` makes of masks over grey 100 where the picture is.
fn mask_twin(hand: &Mask, model: &Mask, mode: MaskMode, scene: &Scene, x: u32, y: u32) -> [u8; 3] {
    let set_at = |dx: f64, dy: f64| {
        let view = (f64::from(x) + 0.5 + dx, f64::from(y) + 0.5 + dy);
        let p = scene.placement.upright_from_view(view.0, view.1);
        if p.x < 0.0 || p.y < 0.0 {
            return 0;
        }
        let at = (p.x as u32, p.y as u32);
        u32::from(hand.get(at.0, at.1)) | u32::from(model.get(at.0, at.1)) << 1
    };
    let here = set_at(0.0, 0.0);
    let sides = [set_at(1.0, 0.0), set_at(-1.0, 0.0), set_at(0.0, 1.0), set_at(0.0, -1.0)];
    let around = sides.iter().fold(here, |all, side| all | side);
    let within = sides.iter().fold(here, |all, side| all & side);
    let (hand_rgb, model_rgb, both_rgb) =
        ([0.337, 0.706, 0.914], [0.902, 0.624, 0.0], [0.0, 0.62, 0.451]);
    let (wanted, color, tinted) = match mode {
        MaskMode::ByHand => (1, hand_rgb, here & 1),
        MaskMode::ByModel => (2, model_rgb, here & 2),
        MaskMode::Difference if here == 1 => (1, hand_rgb, here),
        MaskMode::Difference if here == 2 => (1, model_rgb, here),
        MaskMode::Difference => (1, both_rgb, here),
    };
    let over = |rgb: [f64; 3], alpha: f64| {
        rgb.map(|v| ((v * alpha + 100.0 / 255.0 * (1.0 - alpha)) * 255.0).round() as u8)
    };
    if around & !within & wanted != 0 {
        return over([if here & wanted != 0 { 1.0 } else { 0.0 }; 3], 0.9);
    }
    over(color, if tinted != 0 { f64::from(TINT) } else { 0.0 })
}

fn assert_masks(drawn: &RgbImage, (hand, model): (&Mask, &Mask), mode: MaskMode, scene: &Scene) {
    let [w, h] = scene.view_size_px;
    let mut n_edges = 0;
    for y in 2..h - 2 {
        for x in 2..w - 2 {
            let expected = mask_twin(hand, model, mode, scene, x, y);
            let pixel = drawn.get(i64::from(x), i64::from(y));
            let near = pixel.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 2);
            assert!(near, "{mode:?} at {x} {y}: drawn {pixel:?}, expected {expected:?}");
            n_edges += usize::from(expected[0].abs_diff(239) < 3);
        }
    }
    assert!(n_edges > 10, "there are edges to be seen");
}

#[test]
fn masks_are_tinted_and_outlined_as_on_the_cpu() {
    let (w, h) = (70, 50);
    let picture = RgbImage::filled(w, h, [100; 3]);
    let (hand, model) = (blots(w, h, 0), blots(w, h, 3));
    let mut version = 100;
    for zoom in [0.6, 1.0, 4.0] {
        for mode in [MaskMode::ByHand, MaskMode::ByModel, MaskMode::Difference] {
            version += 2;
            let size = [(f64::from(w) * zoom) as u32, (f64::from(h) * zoom) as u32];
            let mut scene = scene(&picture, zoom, size);
            scene.masks = Some(MaskLayer {
                by_hand: Some(shown(&hand, version, &[])),
                by_model: Some(shown(&model, version + 1, &[])),
                image_from_upright: Affine::IDENTITY,
                mode,
                tint: TINT,
            });
            let Some(drawn) = render(&scene) else { return };
            assert_masks(&drawn, (&hand, &model), mode, &scene);
        }
    }
}

#[test]
fn only_what_changed_of_a_mask_is_uploaded_also_beside_itself() {
    // Higher than a texture's rows: the mask goes on beside itself.
    let (w, h) = (70, 4500);
    let picture = RgbImage::filled(w, h, [100; 3]);
    let (mut hand, nothing) = (blots(w, h, 1), Mask::new(w, h));
    let mut scene = scene(&picture, 1.0, [70, 300]);
    scene.placement.y_px = -3950.0;
    let layer = |mask: &Mask, version, changes: &[(u64, u64, PixelRect)]| MaskLayer {
        by_hand: Some(shown(mask, version, changes)),
        by_model: None,
        image_from_upright: Affine::IDENTITY,
        mode: MaskMode::ByHand,
        tint: TINT,
    };
    let device = Mutex::new(Headless::start().ok());
    let assert_drawn = |mask: &Mask, scene: &Scene| {
        let drawn = render_on(&device, scene)?;
        assert_masks(&drawn, (mask, &nothing), MaskMode::ByHand, scene);
        Some(())
    };
    scene.masks = Some(layer(&hand, 500, &[]));
    if assert_drawn(&hand, &scene).is_none() {
        return;
    }
    // Across the seam of the texture at row 4096.
    let changed = PixelRect { x0: 20, y0: 4080, x1: 50, y1: 4110 };
    for y in changed.y0..changed.y1 {
        hand.flip_span(y, changed.x0..changed.x1);
    }
    let small = PixelRect { x0: 1, y0: 4000, x1: 9, y1: 4003 };
    for y in small.y0..small.y1 {
        hand.flip_span(y, small.x0..small.x1);
    }
    scene.masks = Some(layer(&hand, 502, &[(500, 501, changed), (501, 502, small)]));
    assert_drawn(&hand, &scene).expect("the same device");
    // A change that is said to be elsewhere is not seen: the texture was not made anew.
    let before = hand.clone();
    hand.flip_span(4060, 10..60);
    let elsewhere = PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 };
    scene.masks = Some(layer(&hand, 503, &[(502, 503, elsewhere)]));
    assert_drawn(&before, &scene).expect("the same device");
}
